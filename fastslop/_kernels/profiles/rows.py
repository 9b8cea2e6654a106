"""Keys and winsorised counts of rows."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import ZERO
from fastslop._kernels.machine.fnv import FNV_OFFSET, FNV_PRIME, fnv1a
from fastslop._kernels.machine.jit import kernel


@kernel
def feature_keys(ids, text, starts, ends, out):
    """Write the FNV-1a 64 of each row's n-gram, its tokens' text joined by single spaces, into ``out`` u64[rows]."""
    for row in range(len(out)):
        h = FNV_OFFSET
        for i in range(ids.shape[1]):
            if i > 0:
                h = (h ^ np.uint64(32)) * FNV_PRIME
            h = fnv1a(h, text, starts[ids[row, i]], ends[ids[row, i]])
        out[row] = h


@kernel
def winsorised(ends, units, unit_n, out):
    """Write the winsorised occurrences of each row into ``out`` i64[rows].

    The largest prompt (or block) of a row counts no more than the second largest, so that a document that loops over a
    phrase counts like the next one that has the phrase.
    """
    for row in range(len(out)):
        n = ZERO
        first = ZERO
        second = ZERO
        for u in range(ends[row - 1] if row > 0 else 0, ends[row]):
            n += unit_n[u]
            if unit_n[u] > first:
                second = first
                first = unit_n[u]
            elif unit_n[u] > second:
                second = unit_n[u]
        out[row] = n - first + second
