"""The second of two jobs on one output is told who is there; a job that was killed blocks nobody."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fastslop.base.errors import UsageError
from fastslop.system.claims import claims_in
from tests.conftest import ROOT
from tests.corpora_of import done, fastslop, files_below

CLAIMING = """
import sys
from pathlib import Path
from fastslop.system.claims import claims_in

with claims_in(Path(sys.argv[1])) as claims:
    claims.add("a.parquet")
    print("there", flush=True)
    sys.stdin.read()
"""


def claiming(folder: Path) -> subprocess.Popen[str]:
    """A process that claims ``a.parquet`` in a folder until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", CLAIMING, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None and process.stdout.readline() == "there\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.communicate()
    assert process.returncode == 0


def test_claim__of_another_process_is_refused_until_it_ends(tmp_path: Path) -> None:
    process = claiming(tmp_path)
    told = rf"a\.parquet is being written by process {process.pid} on {platform.node()}, since 20.* UTC; wait"
    with claims_in(tmp_path) as claims:
        claims.add("b.parquet")
        with pytest.raises(UsageError, match=told):
            claims.add("a.parquet")
    end(process)
    with claims_in(tmp_path) as claims:
        claims.add("a.parquet")
    assert files_below(tmp_path) == []


def test_claim__of_a_killed_process_is_removed(tmp_path: Path) -> None:
    process = claiming(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()
    assert len(files_below(tmp_path)) == 1
    with claims_in(tmp_path) as claims:
        claims.add("a.parquet")
    assert files_below(tmp_path) == []


def test_claim__of_the_same_process_is_refused_too(tmp_path: Path) -> None:
    with claims_in(tmp_path) as one, claims_in(tmp_path) as other:
        one.add("a")
        one.add("a")
        with pytest.raises(UsageError, match=f"process {os.getpid()}"):
            other.add("a")


@pytest.mark.parametrize("command", ["count", "run"])
def test_second_job__on_one_output_says_who_is_there(tmp_path: Path, command: str) -> None:
    """The first job reads from a pipe, and waits for more."""
    record = json.dumps({"model": "a", "output": "The sea, the sea."}) + "\n"
    (tmp_path / "a.jsonl").write_text(record)
    first = subprocess.Popen(
        [sys.executable, "-m", "fastslop", command, "-", "-o", str(tmp_path / "out")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert first.stdin is not None
    first.stdin.write(record * 400_000)  # more than a block, so that the first of it is taken
    first.stdin.flush()
    try:
        answer = fastslop(command, tmp_path / "a.jsonl", "-o", tmp_path / "out", "--force")
        assert answer.code == 2, answer.log
        assert f"is being written by process {first.pid} on {platform.node()}, since" in answer.log
        if command == "count":  # another profile in the same folder is no conflict
            done("count", tmp_path / "a.jsonl", "--label", "other", "-o", tmp_path / "out")
    finally:
        _, log = first.communicate()
    assert first.returncode == 0, log
    assert not [name for name in files_below(tmp_path / "out") if "fastslop-" in name]


SAVING = """
import sys, time
import numpy as np
from numba.core.caching import IndexDataCacheFile
from fastslop._kernels.machine.pieces import text_keys

read_index = IndexDataCacheFile._load_index

def read_slowly(self):
    index = read_index(self)
    time.sleep(0.5)
    return index

IndexDataCacheFile._load_index = read_slowly
kind = np.dtype(sys.argv[1])
while time.time() < float(sys.argv[2]):
    pass
out = np.empty(1, np.uint64)
text_keys(np.arange(64, dtype=kind), np.array([0]), np.array([16]), out)
print(int(out[0]), sum(text_keys.stats.cache_hits.values()))
"""


def test_processes__that_compile_a_kernel_for_several_types_at_once_keep_all(tmp_path: Path) -> None:
    """They are slow between reading the index of what is kept and writing it, where another one must not come in."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_DISABLE_JIT": "0", "PYTHONPATH": str(ROOT)}

    def processes() -> list[list[int]]:
        begin = str(time.time() + 4)
        started = [
            subprocess.Popen(
                [sys.executable, "-c", SAVING, kind, begin], env=environment, stdout=subprocess.PIPE, text=True
            )
            for kind in ("u1", "i1", "u2")
        ]
        return [[int(n) for n in process.communicate()[0].split()] for process in started]

    first, second = processes(), processes()
    assert [one[0] for one in first] == [one[0] for one in second]
    assert [one[1] for one in second] == [1, 1, 1], "each is loaded, and none was lost"
