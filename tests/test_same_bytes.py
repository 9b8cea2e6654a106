"""The same texts give the same bytes in any locale, with any number of workers and memory, compiled or interpreted.

Other versions of Python and of dependencies: ``scripts/same_bytes.py``, whose comparison is tested here.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import same_bytes
from tests.conftest import ROOT
from tests.corpora_of import done

N_TEXTS = 6


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texts with letters of several scripts, and the profiles of their models."""
    place = tmp_path_factory.mktemp("same")
    words = "sea hill Rain naïve Ärger — « 雨 мир don’t 42 * İstanbul".split()
    rows = [
        {"model": "añ"[i % 2], "prompt": f"é{i // 2}", "output": " ".join(random.Random(i).choices(words, k=40)) + "."}
        for i in range(N_TEXTS)
    ]
    (place / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done("count", place / "texts.jsonl", "-o", place / "profiles")
    return place


@pytest.mark.parametrize(
    ("options", "variables"),
    [
        (["--workers", "1"], {"LC_ALL": "C", "PYTHONHASHSEED": "1"}),
        (["--workers", "3", "--memory", "500MB"], {"LC_ALL": "POSIX", "PYTHONHASHSEED": "2"}),
        (["--workers", "2"], {"NUMBA_DISABLE_JIT": "1"}),
    ],
    ids=["one worker, LC_ALL=C", "little memory", "interpreted"],
)
def test_count__gives_the_same_bytes(
    place: Path, tmp_path: Path, options: list[str], variables: dict[str, str]
) -> None:
    command = [
        sys.executable,
        "-m",
        "fastslop",
        "count",
        str(place / "texts.jsonl"),
        "-o",
        str(tmp_path / "out"),
        *options,
    ]
    answer = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert same_bytes.differences(tmp_path / "out", place / "profiles", computed=False) == []


def test_differences__are_found(place: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, x, version in ((one, 0.1, "1"), (other, 0.1 + 1e-12, "2")):
        folder.mkdir()
        (folder / "run.json").write_text(json.dumps({"x": x, "versions": {"numpy": version}}))
    assert same_bytes.differences(one, other, computed=True) == []
    assert len(same_bytes.differences(one, other, computed=False)) == 1
    (other / "run.json").write_text(json.dumps({"x": 0.2, "versions": {}}))
    assert len(same_bytes.differences(one, other, computed=True)) == 1
    (other / "more").touch()
    assert "do not have the same files" in same_bytes.differences(one, other, computed=True)[0]
