"""Jobs that are killed at any moment leave nothing half done under a final name, and the next finishes what they began.

``FASTSLOP_KILLS=200 python -m pytest tests/system/test_kills.py`` kills that many.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import perf_counter, sleep

import pytest

from tests.conftest import ROOT

KILLS = int(os.environ.get("FASTSLOP_KILLS", "12"))
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
INTERRUPTED = {signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: 143, signal.SIGINT: 130}

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


@dataclass(frozen=True)
class Job:
    """A command, without its target; the name of the target; and what makes the next call go on."""

    command: tuple[str, ...]
    target: str
    again: str

    def start(self, folder: Path, *more: str) -> subprocess.Popen[bytes]:
        """The command as a process, in a new session: what signals it gets is for the test to say."""
        command = [sys.executable, "-m", "fastslop", *self.command, "-o", str(folder / self.target), *more]
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT, start_new_session=True
        )


@pytest.fixture(scope="module")
def jobs(texts: Path, profiles: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Job]:
    banned = tmp_path_factory.mktemp("list") / "list.txt"
    banned.write_text("door to night\npetrichor\n", encoding="utf-8")
    return [
        Job(("count", str(texts)), "profiles", "--resume"),
        Job(("merge", str(profiles)), "merged", "--force"),
        Job(("run", str(texts)), "run", "--resume"),
        Job(("filter", str(texts), "--list", str(banned)), "kept.jsonl", "--force"),
    ]


@pytest.fixture(scope="module")
def whole(jobs: list[Job], tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, float]]:
    """What each job leaves if nobody kills it, and how long it takes."""
    found = []
    for job in jobs:
        folder = tmp_path_factory.mktemp("whole")
        start = perf_counter()
        assert finish(job.start(folder)) == (0, b"")
        found.append((folder, perf_counter() - start))
    return found


def finish(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """The exit code of a process, and what it said of an error or a fault."""
    _, log = process.communicate(timeout=300)
    return process.returncode, b"".join(line for line in log.splitlines() if b"error" in line or b"Traceback" in line)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def differing(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    """Names of files that differ; of the bytes themselves pytest would seek the least change, for minutes."""
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


@pytest.mark.parametrize("kill", range(KILLS))
def test_killed_job__leaves_whole_files_only_and_the_next_finishes_it(
    kill: int, jobs: list[Job], whole: list[tuple[Path, float]], tmp_path: Path
) -> None:
    rng = Random(kill)
    job, (reference, duration) = jobs[kill % len(jobs)], whole[kill % len(jobs)]
    sent = SIGNALS[kill // len(jobs) % len(SIGNALS)]
    process = job.start(tmp_path)
    sleep(duration * rng.uniform(0.2, 1))
    process.send_signal(sent)
    code, errors = finish(process)
    assert code in (0, INTERRUPTED[sent], -sent)
    assert not errors or code == -signal.SIGINT  # Python's own, before it came to any code of ours
    expected = files_of(reference)
    left = files_of(tmp_path)
    for name, content in left.items():
        assert Path(name).name.startswith(".fastslop-") or content == expected[name], name
    assert sent is signal.SIGKILL or not any(Path(name).name.startswith(".fastslop-") for name in left)
    assert finish(job.start(tmp_path, job.again)) == (0, b"")
    assert differing(files_of(tmp_path), expected) == []
