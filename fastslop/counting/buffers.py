"""Resources of a count: threads, bytes of memory, and buffers that were used before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import numpy as np

from fastslop.base.arrays import Keys


class BufferPool:
    """A pool of u64 buffers that are used again, because fresh memory costs as much as writing to it."""

    def __init__(self) -> None:
        self.idle: list[Keys] = []

    @contextmanager
    def of_size(self, n: int) -> Iterator[Keys]:
        """A buffer of ``n`` numbers, whatever their values; several threads may ask at once."""
        buffer = np.empty(0, np.uint64)
        with suppress(IndexError):
            buffer = self.idle.pop()
        if len(buffer) < n:
            del buffer
            buffer = np.empty(n, np.uint64)
        yield buffer[:n]
        self.idle.append(buffer)  # not after an error: other threads may still be writing there


@dataclass(frozen=True)
class Resources:
    """Resources of a count: threads, bytes for the records of a table, and buffers that were used before."""

    workers: int = 1
    record_bytes: int = 1 << 30
    buffers: BufferPool = field(default_factory=BufferPool)
