"""Kernels are compiled ahead for the types that a run calls them with, and are then found on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from numba import typeof

from fastslop._kernels.machine import ahead

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_kernel_list.py"
ONE = "fastslop._kernels.machine.pieces:text_keys"
COMPILE_ONE = f"""
from fastslop._kernels.machine import ahead
from fastslop._kernels.machine.pieces import text_keys
one = [kernel for kernel in ahead.listed() if kernel[0] == {ONE!r}]
ahead.listed = lambda: [("fastslop._kernels.tokens.guards:gone", []), *one]
ahead.compile_share(0, 1)
print(sum(text_keys.stats.cache_hits.values()), sum(text_keys.stats.cache_misses.values()))
"""


def test_list__has_every_kernel_that_the_demo_calls() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), "write it anew: python scripts/make_kernel_list.py"


def test_example__is_of_the_type_that_was_described() -> None:
    for name, kinds in ahead.listed():
        assert [ahead.described(typeof(ahead.example(kind))) for kind in kinds] == kinds, name


def test_in_turn__has_every_kernel_once_those_that_count_first() -> None:
    names = ("reading.a:r", "tokens.a:t", "counting.a:c", "profiles.a:p", "search.a:s", "lists.a:l")
    kernels = [(f"fastslop._kernels.{name}", ["i8"]) for name in names]
    order = [name.rpartition(":")[2] for name, _ in ahead.in_turn(kernels)]
    assert order == ["c", "p", "l", "s", "t", "r"]


@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="nothing is compiled")
def test_compile_share__keeps_kernels_on_disk_and_passes_over_what_is_gone(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "FASTSLOP_"))}
    environment["NUMBA_CACHE_DIR"] = str(tmp_path)
    for found in ("0 1", "1 0"):
        command = [sys.executable, "-c", COMPILE_ONE]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        assert done.stdout.strip() == found


def test_compiled_ahead__ends_its_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[bytes]] = []
    begin = subprocess.Popen

    def noted(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        begun.append(begin(*arguments, **options))  # type: ignore[call-overload]
        return begun[-1]

    monkeypatch.setattr(ahead.subprocess, "Popen", noted)
    with ahead.compiled_ahead(3):
        assert [one.args[-2:] for one in begun] == [["0", "2"], ["1", "2"]]  # type: ignore[index]
    assert all(one.poll() is not None for one in begun)
    with ahead.compiled_ahead(1):
        assert len(begun) == 2
