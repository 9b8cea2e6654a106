"""Ray runs the tasks of a count on a local cluster, and survives a worker that is killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.corpora_of import done, fastslop, write_jsonl
from tests.engines.test_tasks import contents, records

pytestmark = pytest.mark.alone
if not os.environ.get("CI"):
    pytest.importorskip("ray", reason="needs Ray: pip install 'fastslop[ray]'")

JOB = """
import os, sys
from pathlib import Path
from fastslop.engines import tasks

texts, out, killed = map(Path, sys.argv[1:])
whole = tasks._map

def map_alone(folder, budget, task):
    if task == 1 and not killed.exists():
        killed.touch()
        os.kill(os.getpid(), 9)
    return whole(folder, folder.read_plan(), budget, tasks.silent, task)

tasks._map_alone = map_alone
steps = []
tasks.count_in_tasks(texts, out, engine="ray", n_tasks=3, memory="500MB", progress=lambda *step: steps.append(step))
assert ("counting", 3, 3, "tasks") in steps
assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
"""
"""A count whose second task kills its worker the first time."""


def test_ray__makes_the_profiles_of_one_count_though_a_worker_is_killed(tmp_path: Path) -> None:
    """In a process of its own: Ray leaves threads and sockets behind."""
    texts = write_jsonl(tmp_path / "a.jsonl", records(90))
    done("count", texts, "-o", tmp_path / "whole")
    arguments = [texts, tmp_path / "sum", tmp_path / "killed"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RAY_ADDRESS": ""}
    ran = subprocess.run(
        [sys.executable, "-c", JOB, *map(str, arguments)], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "killed").exists()
    assert contents(tmp_path / "sum") == contents(tmp_path / "whole")


def test_ray__that_does_not_answer_is_named_at_once(tmp_path: Path) -> None:
    texts = write_jsonl(tmp_path / "a.jsonl", records(9))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        answer = fastslop("tasks", "run", texts, "-o", tmp_path / "out", "--engine", "ray", "--address", address)
    assert answer.code == 2 and f"no Ray cluster answers at {address}" in answer.log
