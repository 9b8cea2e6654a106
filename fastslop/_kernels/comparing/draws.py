"""Counts when prompts are drawn again."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.jit import kernel


@kernel
def drawn_counts(ends, groups, unit_n, weights, totals, n_prompts):
    """Count the occurrences of each row when prompts are drawn several times or not at all, winsorised in every draw.

    Takes O(units x draws).

    Parameters
    ----------
    ends
        Where each row's units end, i64[rows].
    groups, unit_n
        The prompts (or blocks) that each row is in, and its occurrences there, whole numbers of any size[units]; within
        a row the most frequent first.
    weights
        How often each prompt (or block) was drawn, f64[groups, draws].
    totals
        f64[draws, rows], written: the weighted sum of the occurrences, with those of the largest prompt that was drawn
        cut down to those of the second largest.
    n_prompts
        i32[draws, rows], written: the number of different prompts drawn that the row is in.
    """
    n_draws = weights.shape[1]
    total = np.zeros(n_draws)
    n_seen = np.zeros(n_draws, np.int32)
    for row in range(len(ends)):
        begin = ends[row - 1] if row > 0 else 0
        total.fill(0.0)
        n_seen.fill(0)
        for u in range(begin, ends[row]):
            n = np.float64(unit_n[u])
            drawn = weights[groups[u]]
            for d in range(n_draws):
                total[d] += drawn[d] * n
                n_seen[d] += np.int32(drawn[d] > 0)
        for d in range(n_draws):
            first = begin
            while first < ends[row] and weights[groups[first], d] == 0:
                first += 1
            second = first + 1
            while second < ends[row] and weights[groups[second], d] == 0:
                second += 1
            if first < ends[row]:
                least = unit_n[second] if second < ends[row] else 0
                total[d] -= weights[groups[first], d] * np.float64(unit_n[first] - least)
            totals[d, row] = total[d]
            n_prompts[d, row] = n_seen[d]
