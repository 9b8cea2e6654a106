"""Occurrences in each prompt, summed over the rows of a packed part."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import ZERO
from fastslop._kernels.machine.intrinsics import borrowed
from fastslop._kernels.machine.jit import inlined, kernel
from fastslop._kernels.profiles.packed_rows import PAD, SHAPE_BIT
from fastslop._kernels.profiles.varints import get_bits, get_pair


@inlined
def add_pairs(data, at, most, by_prompt, by_block):
    """Add the units of a row that ``put_units`` wrote; return the position behind, -1 if they are none there can be."""
    value, _, at = get_pair(data, at)
    totals = by_block if value & 1 else by_prompt
    unit = np.int64(-1)
    for _ in range(np.uint64(value) >> np.uint64(1)):
        distance, more, at = get_pair(data, at)
        if at > len(data) - PAD or np.uint64(distance) >= np.uint64(len(totals)) or np.uint64(more) >= np.uint64(most):
            return np.int64(-1)
        unit += distance + 1
        if unit >= len(totals):
            return np.int64(-1)
        totals[unit] += more + 1
    return at


@kernel
def add_units(streams, bits, most, by_prompt, by_block):
    """Add the occurrences in each unit of a part to ``by_prompt`` i64[prompts] or ``by_block`` i64[blocks].

    Nothing is read or written beyond an array, whatever is in the streams. Returns whether they hold what ``heads``
    says, in units that there are.

    Parameters
    ----------
    streams
        The six streams of a part, u8, each with ``PAD`` zeros behind it.
    bits
        Bits of a prompt.
    most
        Most occurrences in a unit.
    by_prompt, by_block
        Written.
    """
    heads, _, _, once, few, spread = streams
    heads, once, few, spread = borrowed(heads), borrowed(once), borrowed(few), borrowed(spread)
    by_prompt, by_block = borrowed(by_prompt), borrowed(by_block)
    bits = np.uint64(bits)
    at_once = at_few = np.uint64(0)
    at = ZERO
    for i in range(len(heads) - PAD):
        shape = np.int64(heads[i] >> SHAPE_BIT)
        if shape == 0:
            at = add_pairs(spread, at, most, by_prompt, by_block)
            if at < 0:
                return False
            continue
        data, place = (once, at_once) if shape == 1 else (few, at_few)
        if place > np.uint64(len(data) - PAD) << np.uint64(3):
            return False
        for _ in range(shape):
            prompt = np.int64(get_bits(data, place, bits))
            if prompt >= len(by_prompt):
                return False
            by_prompt[prompt] += 1
            place += bits
        if shape == 1:
            at_once = place
        else:
            at_few = place
    return True
