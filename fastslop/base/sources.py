"""What is recorded of the sources that a profile counts: whole ones, and parts of a division into shards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_LATER = re.compile(r"~\d+$")
MOST_SHARDS = 1 << 20
"""Most parts of a division."""
HALF = 16
"""Hexadecimal digits of each of the two numbers of a sum."""


@dataclass(frozen=True)
class Shards:
    """Parts of one division of some inputs, as counted for one label.

    ``n`` parts there are in all. ``parts`` has those that are counted, and of each of how many labels it has texts, or
    0 if it has none of this label. ``sums`` has the sum of what these parts have of each source, by how it begins;
    sources that begin alike have their number in the division behind it.
    """

    n: int
    parts: Mapping[int, int]
    sums: Mapping[str, str]

    @property
    def missing(self) -> tuple[int, ...]:
        """The parts that are not counted."""
        return tuple(part for part in range(self.n) if part not in self.parts)

    def of_label(self, label: str) -> Shards:
        """The same where its label was pooled: parts of another label are of another source."""
        return Shards(self.n, self.parts, {f"{label}:{name}": total for name, total in self.sums.items()})


def numbered(beginning: str, n_before: int) -> str:
    """The name of a source in a division, of which ``n_before`` earlier ones begin alike."""
    return f"{beginning}~{n_before}" if n_before else beginning


def begins(name: str) -> str:
    """How the source of this name begins, which has a number in its division or not."""
    return _LATER.sub("", name)


def source_of(name: str, total: str) -> str:
    """What is recorded of a whole source: how it begins, and its sum."""
    return f"{begins(name)}-{total}"


def beginning_of_source(source: str) -> str:
    """How a whole source begins, by its record."""
    return source.rpartition("-")[0] or source


def hexadecimal(first: int, second: int) -> str:
    """Two sums, taken modulo 2^64, as 32 hexadecimal digits."""
    return f"{first % (1 << 64):0{HALF}x}{second % (1 << 64):0{HALF}x}"


def sum_of_sums(sums: Iterable[str]) -> str:
    """The sum of sums."""
    pairs = [(int(one[:HALF], 16), int(one[HALF:], 16)) for one in sums]
    return hexadecimal(sum(a for a, _ in pairs), sum(b for _, b in pairs))


def ranges(numbers: Iterable[int]) -> str:
    """Rising numbers, those that follow one another drawn together: ``0, 3-5``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)
