"""Packed profiles that are held in memory for a job of many steps, as many as there is room for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Lock

from fastslop.profiles.packed import Packed
from fastslop.profiles.parts import SpilledParts
from fastslop.system.ceiling import ceiling

HELD, HELD_PACKED = 3, 2
"""Bytes that a byte of a profile's file, and one of its packed form, takes where the profile is held, with what was
unpacked of its words, at most: 1.7 to 2.6 and 1.2 to 1.7 were measured."""
MOST_HELD, ROOM_SHARE = 1 << 28, 8
"""Most bytes of profiles that are held, and the part of the room in memory that they may take: what is held adds to
the peak of a job."""


class WrittenProfiles:
    """Packed profiles that were written, by their files, while memory has room for all of them; then none."""

    def __init__(self) -> None:
        self.by_path: dict[Path, Packed] = {}
        self._room, self._lock = room(), Lock()

    def add(self, path: Path, packed: Packed) -> None:
        """Add the profile of a file; any thread may do so."""
        with self._lock:
            self._room -= HELD_PACKED * packed.n_bytes
            if self._room < 0 or isinstance(packed.parts, SpilledParts):
                self._room = -1
                self.by_path = {}
            else:
                self.by_path[path] = replace(packed, path=path)


def room() -> int:
    """Bytes of profiles that may be held."""
    return min(MOST_HELD, ceiling.room // ROOM_SHARE)
