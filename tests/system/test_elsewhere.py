"""Nothing that only Linux has is needed to start, to count with little memory, or to compare."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fastslop.system.memory import free_bytes, peak_rss_mb, rss_bytes
from fastslop.system.spill import Spill
from tests.corpora_of import FAMILIES, records, write_jsonl

TAKEN_AWAY = """
import ctypes, os, signal, sys
import psutil  # it has a way of its own on each system
for name in ("resource", "fcntl", "pwd", "grp", "termios"):
    sys.modules[name] = None
for name in ("pread", "pwrite", "preadv", "pwritev", "sched_getaffinity", "tcgetpgrp", "getpgrp", "fork"):
    if hasattr(os, name):
        delattr(os, name)
del signal.siginterrupt
library = ctypes.CDLL
def no_c_library(name, *arguments, **named):
    if name is None:  # as on Windows
        raise TypeError("a name is needed")
    return library(name, *arguments, **named)
ctypes.CDLL = no_c_library
from fastslop.cli.main import main
main()
"""


def test_commands__run_without_what_windows_has_not(tmp_path: Path) -> None:
    files = [write_jsonl(tmp_path / f"{m.label}.jsonl", records(m)) for m in FAMILIES]
    for arguments in (
        ["count", *map(str, files), "-o", str(tmp_path / "profiles"), "--memory", "1GB"],
        ["compare", str(tmp_path / "profiles"), "--json", "--replicates", "20"],
    ):
        run = subprocess.run(
            [sys.executable, "-c", TAKEN_AWAY, *arguments], capture_output=True, text=True, timeout=300, check=False
        )
        assert run.returncode == 0, run.stderr
    assert len(json.loads(run.stdout)["labels"]) == len(FAMILIES)


def test_spill__gives_back_what_was_written_without_positioned_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.arange(10_000, dtype=np.uint16)
    for name in ("pwrite", "preadv"):
        monkeypatch.delattr(os, name, raising=False)
    with Spill(None) as spill:
        first, second = spill.put_numbers(numbers), spill.put_numbers(numbers[::-1].copy())
        np.testing.assert_array_equal(second.read(), numbers[::-1])
        np.testing.assert_array_equal(first[10:20].read(), numbers[10:20])


def test_memory__is_told_in_plausible_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1e6 < rss_bytes() <= peak_rss_mb() * 1e6 * 1.01
    assert free_bytes() > 0
    monkeypatch.setitem(sys.modules, "resource", None)
    assert peak_rss_mb() > 1
