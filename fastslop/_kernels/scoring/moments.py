"""Moments of a row's occurrences over blocks of prompts."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import BLOCK_FLAG
from fastslop._kernels.machine.jit import kernel


@kernel
def block_moments(rows, ends, units, unit_n, prompt_blocks, block_words, out):
    """Write the moments over blocks of prompts of each of ``rows`` into ``out`` f64[rows, 3].

    With x the occurrences and w the words in a block, the columns are the sums over blocks of x squared and of x times
    w, and half the sum of ``|x / sum(x) - w / sum(w)|`` (Gries 2008, deviation of proportions).

    Parameters
    ----------
    rows
        Numbers of rows, i64.
    ends, units, unit_n
        The units of all rows of the table, as in ``NgramRows``.
    prompt_blocks
        The block of each prompt, u32[prompts].
    block_words
        Words in each block, i64[blocks].
    out
        f64[rows, 3], written.
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
