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

    def wants(self, key: int) -> bool:
        """Whether a value of this key would be taken."""
        return key not in self.keys and (len(self.heap) < self.size or key < -self.heap[0][0])

    def offer(self, key: int, value: object) -> None:
        """Take in a value."""
        if not self.wants(key):
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
class Keys:
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
