"""The search for documents that must be normalised to NFKC."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import ALL, MASK_BYTES, NEEDS_NFKC, ONE, REORDERS
from fastslop._kernels.machine.intrinsics import bits_from, borrowed, first_bit
from fastslop._kernels.machine.jit import inlined, kernel
from fastslop._kernels.machine.utf8 import code_point_at


@inlined
def is_unnormal(text, start, end, klass):
    """Whether folding ``text[start:end]`` u64 code point by code point might differ from its NFKC form."""
    reorders_before = end
    for block in range(start, end, np.uint64(MASK_BYTES)):
        beyond = np.uint64(MASK_BYTES) - min(end - block, np.uint64(MASK_BYTES))
        leads = bits_from(text, block, 0xC0) & (ALL >> beyond)
        while leads != 0:
            i = block + first_bit(leads)
            leads &= leads - ONE
            c, after = code_point_at(text, np.int64(i))
            k = klass[c]
            if k & NEEDS_NFKC or (k & REORDERS and i == reorders_before):
                return True
            reorders_before = np.uint64(after) if k & REORDERS else end
    return False


@kernel
def find_unnormal(text, offsets, klass, out):
    """Set ``out[d]`` if folding document d code point by code point might differ from its NFKC form.

    ``text`` u8 must go on for 64 bytes behind the last document; document d is ``text[offsets[d]:offsets[d + 1]]``.
    """
    text, klass = borrowed(text), borrowed(klass)
    for d in range(len(out)):
        out[d] = is_unnormal(text, np.uint64(offsets[d]), np.uint64(offsets[d + 1]), klass)
