"""Parts of packed profiles, a row of the file each: they wait in memory, or in a file for what has no room there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import NamedTuple, overload

import numpy as np

from fastslop.system.spill import Spill


class Part(NamedTuple):
    """A plain section, in the first of its ``streams``, or up to ``PART_ROWS`` rows of a table, in all streams."""

    section: str
    n_rows: int
    n_units: int
    streams: tuple[bytes, ...]

    @property
    def n_bytes(self) -> int:
        """Size of the streams."""
        return sum(map(len, self.streams))


class SpilledParts(Sequence[Part]):
    """Parts that are read from a spill one by one, each time they are asked for.

    ``places`` has, of each, its section, rows and units, its offset in the spill and the lengths of its streams.
    """

    def __init__(self, spill: Spill, places: Iterable[tuple[str, int, int, int, tuple[int, ...]]] = ()) -> None:
        self.spill = spill
        self.places = list(places)

    @staticmethod
    def of(spill: Spill, parts: Iterable[Part]) -> SpilledParts:
        """Write parts to a spill; the result reads them back."""
        spilled = SpilledParts(spill)
        for part in parts:
            spilled.append(part)
        return spilled

    @property
    def sections(self) -> list[str]:
        """The section of each part."""
        return [place[0] for place in self.places]

    @property
    def n_bytes(self) -> int:
        """Size of all parts."""
        return sum(sum(place[-1]) for place in self.places)

    def append(self, part: Part) -> None:
        """Write one more part to the spill."""
        offset = self.spill.write(b"".join(part.streams))
        self.places.append((*part[:3], offset, tuple(map(len, part.streams))))

    def __len__(self) -> int:
        return len(self.places)

    def __add__(self, other: SpilledParts) -> SpilledParts:
        """Parts of both, the other's last; they are in the same spill."""
        return SpilledParts(self.spill, self.places + other.places)

    @overload
    def __getitem__(self, index: int) -> Part: ...
    @overload
    def __getitem__(self, index: slice) -> SpilledParts: ...
    def __getitem__(self, index: int | slice) -> Part | SpilledParts:
        if isinstance(index, slice):
            return SpilledParts(self.spill, self.places[index])
        section, n_rows, n_units, offset, lengths = self.places[index]
        data = self.spill.read(offset, sum(lengths))
        ends = np.cumsum(lengths).tolist()
        return Part(section, n_rows, n_units, tuple(data[e - n : e] for e, n in zip(ends, lengths, strict=True)))


PartStore = list[Part] | SpilledParts
"""A place where parts wait: in memory, or in a file."""


def chain_parts(lists: Iterable[Sequence[Part]]) -> Sequence[Part]:
    """Lists of parts as one, all of them in memory or all in one spill."""
    return reduce(lambda a, b: a + b, lists)  # type: ignore[operator]
