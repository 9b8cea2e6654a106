"""Counts when prompts are drawn again."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.jit import kernel


@kernel
def drawn_counts(ends, groups, unit_n, weights, totals, n_prompts):
    """Occurrences of each row when prompts are drawn several times or not at all, winsorised anew in every draw.

    ``groups`` and ``unit_n``: for each row up to its end in ``ends`` the prompts (or blocks) it is in and its
    occurrences there, the most frequent first. ``weights`` f64[groups, draws]: how often each was drawn. Into
    ``totals`` f64[draws, rows] goes the sum with the largest prompt that was drawn cut down to the second largest, and
    into ``n_prompts`` i32[draws, rows] in how many different prompts the row is. O(units x draws).
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
