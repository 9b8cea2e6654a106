"""Documents copied together, one after the other."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.jit import kernel


@kernel
def copy_documents(text, starts, ends, out):
    """Copy each ``text[start:end]`` into ``out`` u8, one behind the other."""
    n = np.uint64(0)
    for d in range(len(starts)):
        start = np.uint64(starts[d])  # unsigned: the compiler then copies many bytes at a time
        length = np.uint64(ends[d]) - start
        for i in range(length):
            out[n + i] = text[start + i]
        n += length
