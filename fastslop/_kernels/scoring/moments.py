"""Moments of a row's occurrences over blocks of prompts."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import BLOCK_FLAG
from fastslop._kernels.machine.jit import inlined, kernel


@inlined
def block_of(unit, prompt_blocks):
    """The block of prompts of a unit, which is a prompt or a block itself."""
    return unit ^ BLOCK_FLAG if unit & BLOCK_FLAG else prompt_blocks[unit]


@kernel
def block_moments(rows, ends, units, unit_n, prompt_blocks, block_words, out):
    """Write the moments over blocks of prompts of each of ``rows`` into ``out`` f64[3, rows].

    With x the occurrences and w the words in a block, these are the sums over blocks of x squared and of x times w, and
    half the sum of ``|x / sum(x) - w / sum(w)|`` (Gries 2008, deviation of proportions). Most rows are in few blocks:
    only these are looked at, since the others add nothing to the first two, and their share of the words to the last.

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
        f64[3, rows], written.
    """
    total_words = block_words.sum()
    block_n = np.zeros(len(block_words), np.int64)
    for r in range(len(rows)):
        begin, end = ends[rows[r] - 1] if rows[r] > 0 else 0, ends[rows[r]]
        n = 0
        for u in range(begin, end):
            block_n[block_of(units[u], prompt_blocks)] += unit_n[u]
            n += unit_n[u]
        squares = 0.0
        products = 0.0
        deviation = 1.0
        for u in range(begin, end):
            block = block_of(units[u], prompt_blocks)
            x, w = np.float64(block_n[block]), np.float64(block_words[block])
            block_n[block] = 0
            if x > 0:
                squares += x * x
                products += x * w
                deviation += abs(x / n - w / total_words) - w / total_words if total_words > 0 else 0.0
        out[0, r] = squares
        out[1, r] = products
        out[2, r] = max(deviation, 0.0) / 2 if total_words > 0 else 0.0


@kernel
def stratum_moments(rows, ends, units, unit_n, prompt_blocks, prompt_strata, block_words, out):
    """Write what each of ``rows`` has in each stratum of prompts into ``out`` f64[3, strata, rows].

    These are its occurrences x, and the sums over blocks of x squared and of x times w, as in ``block_moments``.

    Parameters
    ----------
    rows, ends, units, unit_n, prompt_blocks
        As in ``block_moments``. Units that are blocks are of the stratum 0, and there must be no other.
    prompt_strata
        The stratum of each prompt, u32[prompts].
    block_words
        Words in each block of each stratum, i64[strata, blocks].
    out
        f64[3, strata, rows], written.
    """
    block_n = np.zeros(block_words.shape, np.int64)
    out[:] = 0.0
    for r in range(len(rows)):
        begin, end = ends[rows[r] - 1] if rows[r] > 0 else 0, ends[rows[r]]
        for u in range(begin, end):
            stratum = 0 if units[u] & BLOCK_FLAG else prompt_strata[units[u]]
            block_n[stratum, block_of(units[u], prompt_blocks)] += unit_n[u]
        for u in range(begin, end):
            stratum = 0 if units[u] & BLOCK_FLAG else prompt_strata[units[u]]
            block = block_of(units[u], prompt_blocks)
            x, w = np.float64(block_n[stratum, block]), np.float64(block_words[stratum, block])
            block_n[stratum, block] = 0
            out[0, stratum, r] += x
            out[1, stratum, r] += x * x
            out[2, stratum, r] += x * w
