"""Occurrences of n-grams in answers to prompts that hold them."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import BLOCK_FLAG
from fastslop._kernels.machine.jit import kernel


@kernel
def count_echo(rows, numbers, ends, units, unit_n, asked_of, asked_ends, asked_prompts, out):
    """Count the occurrences of rows in answers to prompts whose text is known, and to those that hold the n-gram.

    Takes O(units + prompts that hold the n-gram) for each row, since both are sorted.

    Parameters
    ----------
    rows, numbers
        Rows of a table, i64, and the number of each one's n-gram among those of prompts, i64, or -1.
    ends, units, unit_n
        Of the table, see ``profiles.packed_rows.NgramRows``. Blocks of prompts count for none.
    asked_of
        The number of each prompt of the profile among those of known text, i64, rising but for -1 where it is unknown.
    asked_ends, asked_prompts
        The prompts that hold each n-gram, u32, rising, up to ``asked_ends`` i64.
    out
        i64[2, rows], written.
    """
    for i in range(len(rows)):
        row, number = rows[i], numbers[i]
        n_asked = n_echo = np.int64(0)
        at = asked_ends[number - 1] if number > 0 else 0
        end = asked_ends[number] if number >= 0 else 0
        for u in range(ends[row - 1] if row > 0 else 0, ends[row]):
            if units[u] & BLOCK_FLAG != 0 or asked_of[units[u]] < 0:
                continue
            prompt = asked_of[units[u]]
            n_asked += unit_n[u]
            while at < end and asked_prompts[at] < prompt:
                at += 1
            if at < end and asked_prompts[at] == prompt:
                n_echo += unit_n[u]
        out[0, i] = n_asked
        out[1, i] = n_echo
