"""Sets chosen one after the other, each for what it adds."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.jit import inlined, kernel


@inlined
def set_bounds(ends, is_left, bounds):
    """Set the gain of every set that is left to all its elements."""
    for i in range(len(ends)):
        if is_left[i]:
            bounds[i] = ends[i] - (ends[i - 1] if i > 0 else 0)


@kernel
def choose_greedily(elements, ends, n_elements, order, covered):
    """Choose, again and again, the set that covers most of what is not covered yet; of equals the first.

    ``elements`` i64 of all sets, each up to its end in ``ends`` i64. Written, i64[sets]: the chosen sets in ``order``,
    and how many elements are ``covered`` up to each. Where all that can be is covered, it is to be covered once more,
    by the sets that are left. Sets without elements are not chosen. Returns how many are. A gain only shrinks while
    sets are chosen, so that it is reckoned anew only where it might be the largest (Minoux 1978).
    """
    ever, now = np.zeros(n_elements, np.bool_), np.zeros(n_elements, np.bool_)
    bounds, known_at = np.zeros(len(ends), np.int64), np.zeros(len(ends), np.int64)
    is_left = np.ones(len(ends), np.bool_)
    set_bounds(ends, is_left, bounds)
    is_left[:] = bounds > 0
    n = n_covered = 0
    while True:
        best = -1
        for i in range(len(ends)):
            if is_left[i] and (best < 0 or bounds[i] > bounds[best]):
                best = i
        if best < 0:
            return n
        first = ends[best - 1] if best > 0 else 0
        if known_at[best] < n:
            gain = 0
            for at in range(first, ends[best]):
                gain += not now[elements[at]]
            bounds[best], known_at[best] = gain, n
        elif bounds[best] == 0:
            now[:] = False
            set_bounds(ends, is_left, bounds)
            known_at[:] = n
        else:
            for at in range(first, ends[best]):
                n_covered += not ever[elements[at]]
                now[elements[at]] = ever[elements[at]] = True
            is_left[best] = False
            order[n], covered[n] = best, n_covered
            n += 1
