"""Ray runs the tasks of a count on a local cluster, and survives a worker that is killed; what fails is told."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from fastslop.base.errors import FastslopError, UsageError
from fastslop.engines.ray_cluster import RayCluster
from tests.conftest import ROOT
from tests.corpora_of import done, fastslop, write_jsonl
from tests.engines.test_tasks import contents, records

HAS_RAY = find_spec("ray") is not None or bool(os.environ.get("CI"))
needs_ray = pytest.mark.skipif(not HAS_RAY, reason="needs Ray: pip install 'fastslop[ray]'")

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


@needs_ray
@pytest.mark.alone
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


@needs_ray
@pytest.mark.alone
def test_ray__that_does_not_answer_is_named_at_once(tmp_path: Path) -> None:
    texts = write_jsonl(tmp_path / "a.jsonl", records(9))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        answer = fastslop("tasks", "run", texts, "-o", tmp_path / "out", "--engine", "ray", "--address", address)
    assert answer.code == 2 and f"no Ray cluster answers at {address}" in answer.log


# What is said where Ray fails, by a stand-in for it


class RayError(Exception):
    """A worker is lost."""


class RayTaskError(RayError):
    """A function raised ``cause``."""

    def __init__(self, cause: Exception) -> None:
        self.cause = cause


def stand_in(raised: Exception, *, is_initialized: bool = True) -> SimpleNamespace:
    """A stand-in for Ray that raises whenever it is called."""

    def fail(*_: object, **__: object) -> None:
        raise raised

    errors = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)
    return SimpleNamespace(is_initialized=lambda: is_initialized, init=fail, get=fail, exceptions=errors)


@pytest.mark.parametrize(
    ("ray", "address", "message"),
    [
        (None, "local", r"Ray is not installed: pip install 'fastslop\[ray\]'"),
        (
            stand_in(ConnectionError("no head"), is_initialized=False),
            "auto",
            r"no Ray cluster can be used at auto \(no head\); is it running, and is this the address of its head\?",
        ),
        (stand_in(RayError(), is_initialized=False), "nowhere:x", r"no Ray cluster answers at nowhere:x \(.*\); is it"),
    ],
)
def test_ray__that_cannot_be_used_is_told(ray, address: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    with pytest.raises(UsageError, match=message):
        RayCluster(address, 1, 1)


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (
            RayError("worker killed\nmore"),
            r"task 3: its worker died 4 times \(worker killed\); .*--memory",
        ),
        (RayTaskError(UsageError("a.jsonl: is not there")), "^a.jsonl: is not there$"),
    ],
)
def test_ray__tells_what_goes_wrong(raised: Exception, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", stand_in(raised))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    with pytest.raises(FastslopError, match=message):
        RayCluster(None, 1, 1)._result(object(), 3)
