"""Numbers of the n-grams of several profiles, so that what is known of one is found by its number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.profiles.feature_index import enter_hashes, find_hashes
from fastslop.base.arrays import Counts, Keys
from fastslop.profiles.rows import filter_of

LEAST = 1 << 10
"""N-grams for which there is room at first."""


class FeatureIndex:
    """Numbers of n-grams of one table, in the order in which they were entered, found by ``rows.hashes_of`` them."""

    def __init__(self) -> None:
        self._table = np.zeros(4 * LEAST, np.uint64)
        self._hashes = np.empty(LEAST, np.uint64)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    @property
    def hashes(self) -> Keys:
        """The hash of each n-gram, u64."""
        return self._hashes[: self._n]

    def enter(self, hashes: Keys) -> NDArray[np.uint32]:
        """The numbers u32 of n-grams; those that are new get the next ones."""
        self._make_room(self._n + len(hashes))
        numbers = np.empty(len(hashes), np.uint32)
        self._n = int(enter_hashes(hashes, self._table, self._hashes, self._n, numbers))
        return numbers

    def find(self, hashes: Keys) -> Counts:
        """The numbers i64 of n-grams, -1 for those that were not entered."""
        numbers = np.empty(len(hashes), np.int64)
        find_hashes(hashes, self._table, numbers)
        return numbers

    def filter(self) -> Keys:
        """What these n-grams, and few others, pass when a profile is read: see ``rows.filter_of``."""
        return filter_of([self.hashes])

    def _make_room(self, n: int) -> None:
        """Room for so many n-grams, half of the table being empty."""
        if n <= len(self._hashes):
            return
        size = 1 << (n - 1).bit_length()
        known, self._hashes = self.hashes, np.empty(size, np.uint64)
        self._table = np.zeros(4 * size, np.uint64)
        enter_hashes(known, self._table, self._hashes, 0, np.empty(len(known), np.uint32))
