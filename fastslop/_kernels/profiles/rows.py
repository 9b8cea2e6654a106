"""What the statistics need of rows."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import BLOCK_FLAG, ZERO
from fastslop._kernels.machine.jit import kernel
from fastslop._kernels.machine.utf8 import FNV_OFFSET, FNV_PRIME, fnv1a


@kernel
def feature_keys(ids, text, starts, ends, out):
    """FNV-1a 64 of each row's n-gram, its tokens' text joined by single spaces, into ``out`` u64."""
    for row in range(len(out)):
        h = FNV_OFFSET
        for i in range(ids.shape[1]):
            if i > 0:
                h = (h ^ np.uint64(32)) * FNV_PRIME
            h = fnv1a(h, text, starts[ids[row, i]], ends[ids[row, i]])
        out[row] = h


@kernel
def winsorised(ends, units, unit_n, out):
    """Occurrences of each row with its largest prompt (or block) taken to have no more than the second largest.

    A text that loops over a phrase then counts as the next one that has it: into ``out`` i64[rows].
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


@kernel
def block_moments(rows, ends, units, unit_n, prompt_blocks, block_words, out):
    """What the statistics over blocks of prompts need of each of ``rows``, into ``out`` f64[rows, 3].

    With x the occurrences and w the words in a block: the sums over blocks of x squared and of x times w, and half the
    sum of ``|x / sum(x) - w / sum(w)|`` (Gries 2008, deviation of proportions).
    """
    total_words = block_words.sum()
    block_n = np.zeros(len(block_words), np.int64)
    for r in range(len(rows)):
        row = rows[r]
        block_n.fill(0)
        n = 0
        for u in range(ends[row - 1] if row > 0 else 0, ends[row]):
            unit = units[u]
            block_n[unit ^ BLOCK_FLAG if unit & BLOCK_FLAG else prompt_blocks[unit]] += unit_n[u]
            n += unit_n[u]
        squares = 0.0
        products = 0.0
        deviation = 0.0
        for block in range(len(block_n)):
            x = np.float64(block_n[block])
            w = np.float64(block_words[block])
            squares += x * x
            products += x * w
            deviation += abs(x / n - w / total_words) if total_words > 0 else 0.0
        out[r, 0] = squares
        out[r, 1] = products
        out[r, 2] = deviation / 2
