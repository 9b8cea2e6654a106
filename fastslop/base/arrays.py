"""Names of the array types that rooms hand to each other, and what is done with any array."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Ids = NDArray[np.uint32]
Shorts = NDArray[np.uint16]
Keys = NDArray[np.uint64]
Counts = NDArray[np.int64]
Item = TypeVar("Item")


def in_halves(combine: Callable[[Item, Item], Item], items: Sequence[Item]) -> Item:
    """Items combined, halves first, so that what is in them is copied no more often than log2 of their number."""
    if len(items) == 1:
        return items[0]
    middle = len(items) // 2
    return combine(in_halves(combine, items[:middle]), in_halves(combine, items[middle:]))


def union_of_keys(*keys: Keys) -> Keys:
    """All different keys, sorted.

    A stable sort merges what is sorted already: two sorted arrays of 120,000 in 2 ms, where ``np.unique``, which hashes
    since NumPy 2.3, takes 187.
    """
    every = np.sort(np.concatenate(keys), kind="stable")
    is_new = np.ones(len(every), np.bool_)
    is_new[1:] = every[1:] != every[:-1]
    return every[is_new]


def offsets_of(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of several things of these lengths begins, one behind the other, and where the last ends."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def ranges_within(sizes: Counts, most: int) -> Iterator[tuple[int, int]]:
    """Neighbouring items in ranges (first, behind the last) of together ``most`` at most, or of one larger item."""
    first, total = 0, 0
    for i, size in enumerate(sizes.tolist()):
        if i > first and total + size > most:
            yield first, i
            first, total = i, 0
        total += size
    if first < len(sizes):
        yield first, len(sizes)


def to_bytes(texts: pl.Series) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """UTF-8 of strings without nulls, concatenated, and the offsets (one more than strings) into it; both writable.

    Kernels are compiled once more for arrays that cannot be written.
    """
    offsets = offsets_of(texts.str.len_bytes().to_numpy())
    # Twice as fast as by way of Polars' lists of bytes, and twenty times as fast as to join strings.
    text = np.frombuffer(bytearray().join(texts.cast(pl.Binary).to_list()), np.uint8)
    return text, offsets
