"""The scripts that count shards side by side make the profiles of one count, with GNU parallel or without."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.corpora_of import done

SCRIPTS = ROOT / "docs" / "how-to"
TOOLS = ("sh", "bash", "seq", "sed", "mkdir", "touch", "tail", "xargs", "cat", "env")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with texts, the profiles of one count of them, and a folder ``bin`` with the command."""
    texts = tmp_path / "some texts"
    texts.mkdir()
    rows = [{"model": "ab"[i % 2], "prompt": f"p{i // 2}", "output": f"The sea, {i} times the sea."} for i in range(30)]
    (texts / "a 'b' {}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done("count", texts, "-o", tmp_path / "whole")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "fastslop"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m fastslop "$@"\n')
    command.chmod(0o755)
    return tmp_path


def run_script(place: Path, *args: object, has_all: bool = False, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script where only ``TOOLS`` are installed, or all that there is."""
    for tool in TOOLS:
        found, link = shutil.which(tool), place / "bin" / tool
        if found and not link.exists():
            link.symlink_to(found)
    path = os.pathsep.join([str(place / "bin"), os.environ["PATH"]] if has_all else [str(place / "bin")])
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path, **variables}
    return subprocess.run([*map(str, args)], cwd=place, env=environment, capture_output=True, text=True, check=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


@pytest.mark.parametrize("tool", ["xargs", "parallel"])
def test_count_shards__makes_the_profiles_of_one_count(place: Path, tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    script = ("sh", SCRIPTS / "count-shards.sh", 3, 2, "profiles", "some texts")
    answer = run_script(place, *script, has_all=tool == "parallel")
    assert (answer.returncode, "incomplete" in answer.stderr) == (0, False), answer.stderr
    assert contents(place / "profiles") == contents(place / "whole")


def test_count_shards__says_why_a_shard_failed_and_goes_on_when_it_is_mended(place: Path) -> None:
    script = ("sh", SCRIPTS / "count-shards.sh", 2, 1, "profiles", "some texts", "more.jsonl")
    answer = run_script(place, *script)
    assert answer.returncode != 0 and "more.jsonl" in answer.stderr and not (place / "profiles").exists()
    (place / "more.jsonl").write_text('{"model": "c", "output": "Rain on the hill."}\n' * 3)
    (place / "profiles.parts" / "0.done").touch()  # as if it had been counted: it is not counted again
    assert run_script(place, *script).returncode == 0
    assert not (place / "profiles.parts" / "0").exists()


def test_count_shards__without_inputs_says_how_it_is_called(place: Path) -> None:
    answer = run_script(place, "sh", SCRIPTS / "count-shards.sh", 3)
    assert answer.returncode == 2 and "count-shards.sh N JOBS PROFILES INPUT..." in answer.stdout


def test_slurm_script__makes_the_profiles_of_one_count(place: Path) -> None:
    """Without Slurm: each task is told its number as Slurm tells it."""
    for i in range(3):
        answer = run_script(
            place, "bash", SCRIPTS / "count-shards.sbatch", "some texts", SLURM_ARRAY_TASK_ID=f"{i}", SHARDS="3"
        )
        assert answer.returncode == 0, answer.stderr
    done("merge", *(place / "parts").iterdir(), "-o", place / "profiles")
    assert contents(place / "profiles") == contents(place / "whole")
