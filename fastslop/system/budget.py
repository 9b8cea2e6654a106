"""The budget of a job: threads, memory, and a folder for what memory has no room for."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from fastslop.base.errors import UsageError
from fastslop.base.sizes import bytes_of
from fastslop.system.memory import free_bytes
from fastslop.system.threads import n_cores

BASE_BYTES = 600 << 20
"""Bytes that the process takes before any text is read: Python, its libraries, the kernels, and what they free and
keep."""


@dataclass(frozen=True)
class Budget:
    """Threads, bytes of memory and the temporary folder of a job; with 0 or None the machine decides."""

    workers: int = 0
    memory_bytes: int = 0
    temp: Path | None = None

    @property
    def n_workers(self) -> int:
        """Threads to work in: as many as there are cores, unless a number is given."""
        return self.workers or n_cores()

    @property
    def memory(self) -> int:
        """Bytes to stay within: half of what is free, unless a number is given."""
        return self.memory_bytes or max(free_bytes() // 2, BASE_BYTES)

    @property
    def spare_bytes(self) -> int:
        """Bytes left for texts and counts; below zero where the memory is less than ``BASE_BYTES``."""
        return self.memory - BASE_BYTES


def budget_of(
    workers: int | None = None, memory: str | int | None = None, temp: str | PathLike[str] | None = None
) -> Budget:
    """The budget of these options, as users give them: ``memory`` is a number of bytes, or a size such as ``2GB``.

    Raises
    ------
    UsageError
        If ``workers`` is less than 1, or ``memory`` is no size or too little.
    """
    if workers is not None and workers < 1:
        raise UsageError(f"workers {workers}: there must be one at least")
    return Budget(workers or 0, 0 if memory is None else bytes_of(memory), None if temp is None else Path(temp))
