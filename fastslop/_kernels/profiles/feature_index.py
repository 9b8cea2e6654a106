"""A hash table from the hashes of n-grams to their numbers."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import ONE
from fastslop._kernels.machine.intrinsics import borrowed, prefetch
from fastslop._kernels.machine.jit import inlined, kernel

N_AHEAD = 16  # hashes whose place is fetched in advance: else each look-up waits for memory


@inlined
def first_place(table, h):
    """The place in ``table`` where a hash is looked for first: pairs of a number and a hash lie side by side."""
    return (h << ONE) & np.uint64(len(table) - 1)


@inlined
def place_of(table, h):
    """The place in ``table`` of a hash, or the empty place where it belongs."""
    place = first_place(table, h)
    while table[place] != 0 and table[place + ONE] != h:
        place = (place + np.uint64(2)) & np.uint64(len(table) - 1)
    return place


@kernel
def enter_hashes(hashes, table, known, n, numbers):
    """Give numbers to hashes, those that ``table`` has or the next ones; return how many there are then.

    Parameters
    ----------
    hashes
        u64.
    table
        u64, its length a power of two: pairs of a number, one higher, or 0, and its hash. Written; it must have room.
    known, n
        The hash of each number u64, written from ``n`` on.
    numbers
        u32[hashes], written.
    """
    hashes, table, known, numbers = borrowed(hashes), borrowed(table), borrowed(known), borrowed(numbers)
    for i in range(len(hashes)):
        if i + N_AHEAD < len(hashes):
            prefetch(table, first_place(table, hashes[i + N_AHEAD]))
        h = hashes[i]
        place = place_of(table, h)
        if table[place] == 0:
            known[n] = h
            n += 1
            table[place] = n
            table[place + ONE] = h
        numbers[i] = table[place] - ONE
    return n


@kernel
def find_hashes(hashes, table, numbers):
    """Write the number of each hash u64 into ``numbers`` i64, -1 if ``table`` (see ``enter_hashes``) lacks it."""
    hashes, table, numbers = borrowed(hashes), borrowed(table), borrowed(numbers)
    for i in range(len(hashes)):
        if i + N_AHEAD < len(hashes):
            prefetch(table, first_place(table, hashes[i + N_AHEAD]))
        numbers[i] = np.int64(table[place_of(table, hashes[i])]) - 1
