"""What a count may use: threads, bytes of memory, and buffers that were used before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import numpy as np

from fastslop.base.arrays import Keys


class Rooms:
    """Arrays that are used again: memory new to the process takes as long as what is then written there."""

    def __init__(self) -> None:
        self.idle: list[Keys] = []

    @contextmanager
    def of_size(self, n: int) -> Iterator[Keys]:
        """Numbers, u64, n of them, with whatever they were. Threads may ask at once."""
        room = np.empty(0, np.uint64)
        with suppress(IndexError):
            room = self.idle.pop()
        if len(room) < n:
            del room
            room = np.empty(n, np.uint64)
        yield room[:n]
        self.idle.append(room)  # not after an error: other threads may still be at work there


@dataclass(frozen=True)
class Resources:
    """What a count may use: threads, bytes for the records of a table, and memory that was used before."""

    workers: int = 1
    record_bytes: int = 1 << 30
    rooms: Rooms = field(default_factory=Rooms)
