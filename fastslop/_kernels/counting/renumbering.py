"""Tokens that wait as numbers u16 to the same tokens under other numbers."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.counting.windows import LONG, put_token
from fastslop._kernels.machine.constants import ONE
from fastslop._kernels.machine.intrinsics import borrowed
from fastslop._kernels.machine.jit import kernel


@kernel
def renumber(numbers, doc_ends, new, out, out_ends):
    """Write the tokens of documents under their new numbers; returns whether each has one.

    They may not where ``numbers`` come from a file: a token beyond ``new``, or one that runs over its document.

    Parameters
    ----------
    numbers
        The tokens as numbers u16, as the kernel ``shorten`` writes them, those of each document up to ``doc_ends`` i64.
    new
        The new number of each token, u32.
    out
        Written, in the same form: u16, with room for three numbers a token; where no new number is ``LONG`` or more,
        for one.
    out_ends
        Written: where those of each document end, i64.
    """
    numbers, new, out = borrowed(numbers), borrowed(new), borrowed(out)
    n_new = np.uint32(len(new))
    two, half = np.uint64(2), np.uint32(16)
    t = n = np.uint64(0)
    for d in range(len(doc_ends)):
        end = np.uint64(doc_ends[d])
        while t < end:
            token = np.uint32(numbers[t])
            t += ONE
            if token == LONG:
                if t + two > end:
                    return False
                token = np.uint32(numbers[t]) | np.uint32(numbers[t + ONE]) << half
                t += two
            if token >= n_new:
                return False
            n = put_token(new[token], out, n)
        out_ends[d] = n
    return True
