"""Sets that stay small while texts stream by."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fastslop.base.arrays import union_of_keys


@dataclass
class Smallest:
    """The values of the smallest keys among those offered, each key once."""

    size: int
    heap: list[tuple[int, object]] = field(default_factory=list)
    keys: set[int] = field(default_factory=set)

    @property
    def limit(self) -> int:
        """The key that one must be below to be taken; 2^64 - 1 while there is room."""
        return -self.heap[0][0] if len(self.heap) == self.size else 2**64 - 1

    def offer(self, key: int, value: object) -> None:
        """Take in a value."""
        if key in self.keys or (len(self.heap) == self.size and key >= self.limit):
            return
        self.keys.add(key)
        heapq.heappush(self.heap, (-key, value))
        if len(self.heap) > self.size:
            self.keys.discard(-heapq.heappop(self.heap)[0])

    @property
    def values(self) -> list[object]:
        """Values that are left, in the order of their keys."""
        return [value for _, value in sorted(self.heap, key=lambda entry: -entry[0])]


@dataclass
class DistinctKeys:
    """A set of different keys; added ones are sorted into it once they outnumber the known ones."""

    known: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    added: list[NDArray[np.uint64]] = field(default_factory=list)
    n_added: int = 0

    def add(self, keys: NDArray[np.uint64]) -> None:
        """Take in keys, known or not."""
        self.added.append(keys)
        self.n_added += len(keys)
        if self.n_added > len(self.known):
            self.settle()

    def settle(self) -> int:
        """Sort in the added keys; returns how many different ones there are."""
        self.known = union_of_keys(self.known, *self.added)
        self.added, self.n_added = [], 0
        return len(self.known)
