"""The units of rows, those of most occurrences first."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import BLOCK_FLAG
from fastslop._kernels.machine.jit import helper, kernel


@kernel
def sorted_units(rows, ends, units, unit_n, group_of, out_ends, groups, n):
    """Write the units of ``rows`` one after the other, those of a row by their occurrences, the most first.

    Parameters
    ----------
    rows
        Numbers of rows, i64.
    ends, units, unit_n
        The units of all rows of the table, as in ``NgramRows``.
    group_of
        The group of each prompt, u32[prompts]; a unit that is a block is a group itself.
    out_ends, groups, n
        Written: i64[rows], where each one's units end; the group and the occurrences of each unit.
    """
    at = 0
    first = np.zeros(1, np.int64)
    for i in range(len(rows)):
        begin, end = ends[rows[i] - 1] if rows[i] > 0 else 0, ends[rows[i]]
        most = unit_n[begin:end].max()
        if most > 1 and len(first) < most + 1 <= 4 * (end - begin) + 256:
            first = np.zeros(most + 1, np.int64)
        is_counted = 1 < most < len(first)
        if is_counted:
            places_by_count(unit_n, begin, end, most, first)
        for u in range(begin, end):
            place = at + u - begin
            if is_counted:
                place = at + first[unit_n[u]]
                first[unit_n[u]] += 1
            elif most > 1:
                while place > at and n[place - 1] < unit_n[u]:
                    groups[place], n[place] = groups[place - 1], n[place - 1]
                    place -= 1
            unit = units[u]
            groups[place] = unit ^ BLOCK_FLAG if unit & BLOCK_FLAG else group_of[unit]
            n[place] = unit_n[u]
        at += end - begin
        out_ends[i] = at


@helper
def places_by_count(unit_n, begin, end, most, first):
    """Write into ``first`` i64, for each number up to ``most``, how many units ``begin:end`` have more occurrences."""
    first[: most + 1] = 0
    for u in range(begin, end):
        first[unit_n[u]] += 1
    n_before = 0
    for count in range(most, -1, -1):
        n_with = first[count]
        first[count] = n_before
        n_before += n_with
