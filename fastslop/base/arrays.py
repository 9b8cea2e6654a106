"""Array types that rooms hand to each other, and functions for any array."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import DTypeLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Ids = NDArray[np.uint32]
Shorts = NDArray[np.uint16]
Keys = NDArray[np.uint64]
Counts = NDArray[np.int64]
Item = TypeVar("Item")


class GrowingArray:
    """An array to which others are added at its end.

    It grows in place by an eighth at a time: the C library moves pages of large arrays without copying them, and what
    waits in parts, to be joined at last, takes twice the memory.
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self._array, self._n = np.empty(0, dtype), 0

    def extend(self, values: NDArray[Any]) -> None:
        """Add values; the type becomes that which holds these and those before."""
        if (dtype := np.promote_types(self._array.dtype, values.dtype)) != self._array.dtype:
            self._array = self._array.astype(dtype)
        n = self._n + len(values)
        if n > len(self._array):
            self._array.resize(max(n, len(self._array) * 9 // 8), refcheck=False)
        self._array[self._n : n] = values
        self._n = n

    def whole(self) -> NDArray[Any]:
        """The array, to which nothing is added any more."""
        self._array.resize(self._n, refcheck=False)
        return self._array


def in_halves(combine: Callable[[Item, Item], Item], items: Sequence[Item]) -> Item:
    """Combine items, at least one, into one, halves first: what is in them is copied about log2 of their number times.

    One after the other, the first item would be copied as often as there are items.
    """
    if len(items) == 1:
        return items[0]
    middle = len(items) // 2
    return combine(in_halves(combine, items[:middle]), in_halves(combine, items[middle:]))


def union_of_keys(*keys: Keys) -> Keys:
    """The different keys u64 of all arrays, sorted.

    A stable sort merges arrays that are sorted already: two of 120,000 keys in 2 ms, where ``np.unique``, which hashes
    since NumPy 2.3, takes 187 ms.
    """
    every = np.sort(np.concatenate(keys), kind="stable")
    is_new = np.ones(len(every), np.bool_)
    is_new[1:] = every[1:] != every[:-1]
    return every[is_new]


def offsets_of(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Offsets i64[n + 1] of items that lie one behind the other: where each begins, and where the last one ends."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def ranges_within(sizes: Counts, most: int) -> Iterator[tuple[int, int]]:
    """Cut items into ranges ``(first, last)``, ``last`` excluded, whose sizes sum to ``most`` at most.

    An item that is larger is a range by itself.
    """
    first, total = 0, 0
    for i, size in enumerate(sizes.tolist()):
        if i > first and total + size > most:
            yield first, i
            first, total = i, 0
        total += size
    if first < len(sizes):
        yield first, len(sizes)


def ranges_of(sizes: Counts, n: int) -> Iterator[tuple[int, int]]:
    """Neighbouring items in about ``n`` ranges (first, behind the last) of about equal size."""
    return ranges_within(sizes, -(-int(sizes.sum()) // n))


def to_bytes(texts: pl.Series) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """UTF-8 u8 of strings without nulls, concatenated, and the offsets i64[n + 1] into it.

    Both arrays are writable: for read-only arrays the kernels would be compiled a second time.
    """
    offsets = offsets_of(texts.str.len_bytes().to_numpy())
    # Twice as fast as going through Polars' lists of bytes, and twenty times as fast as joining strings.
    text = np.frombuffer(bytearray().join(texts.cast(pl.Binary).to_list()), np.uint8)
    return text, offsets
