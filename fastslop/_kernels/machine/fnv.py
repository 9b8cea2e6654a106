"""FNV-1a hashes of texts."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.jit import inlined, kernel

FNV_OFFSET = np.uint64(0xCBF29CE484222325)
FNV_PRIME = np.uint64(0x100000001B3)


@inlined
def fnv1a(h, text, start, end):
    """FNV-1a 64 (Fowler, Noll, Vo; draft-eastlake-fnv) of ``text[start:end]``, continued from the hash ``h`` so far."""
    for i in range(start, end):
        h = (h ^ np.uint64(text[i])) * FNV_PRIME
    return h


@kernel
def fnv1a_many(text, starts, ends, out):
    """Write the FNV-1a 64 of each ``text[start:end]`` into ``out`` u64."""
    for i in range(len(out)):
        out[i] = fnv1a(FNV_OFFSET, text, starts[i], ends[i])
