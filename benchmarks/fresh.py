"""Commands in fresh processes, with their time and their peak of memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]
BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


class Failure(RuntimeError):
    """A command ended badly."""


@dataclass(frozen=True)
class Done:
    """A process that ended well: what it printed, its time from start to end, its peak of resident memory.

    On Linux the peak is not below that of the process that started it, which must therefore be a small one.
    """

    output: str
    elapsed_s: float
    peak_rss_mb: float


def run_fresh(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Done:
    """Run a command in the project's root, with some variables set.

    Raises
    ------
    Failure : with what the command said
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as said:
        start = perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=said, cwd=ROOT, env={**os.environ, **(environ or {})})
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said.seek(0)
        if process.returncode:
            raise Failure(f"{' '.join(command)} ended with {process.returncode}:\n{said.read()}")
        return Done(output.read(), elapsed, usage.ru_maxrss * BYTES_OF_MAXRSS / 1e6)


def run_python(arguments: Sequence[str], environ: Mapping[str, str] | None = None) -> Done:
    """Run this interpreter."""
    return run_fresh([sys.executable, *arguments], environ)
