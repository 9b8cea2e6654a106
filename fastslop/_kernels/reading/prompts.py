"""Hashes of prompts, in which white space does not matter."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.fnv import FNV_OFFSET, FNV_PRIME
from fastslop._kernels.machine.jit import helper, inlined, kernel
from fastslop._kernels.machine.utf8 import code_point_at

SPACE_BYTE = np.uint64(32)


@inlined
def is_space(c):
    """Whether a code point is Unicode's white space."""
    is_ascii_space = c == 0x20 or 0x09 <= c <= 0x0D
    is_wide = c in (0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000) or 0x2000 <= c <= 0x200A
    return is_ascii_space or is_wide


@inlined
def is_blank(text, i, end):
    """Whether ``text[i:end]`` is nothing but Unicode's white space."""
    while i < end:
        c, i = code_point_at(text, i)
        if not is_space(c):
            return False
    return True


@helper
def fnv1a_of_words(h, text, start, end):
    """FNV-1a 64, continued from ``h``, of ``text[start:end]`` with one space for any white space, none at both ends."""
    is_begun = is_gap = False
    i = start
    while i < end:
        c, after = code_point_at(text, i)
        if is_space(c):
            is_gap = is_begun
        else:
            if is_gap:
                h = (h ^ SPACE_BYTE) * FNV_PRIME
            for j in range(i, after):
                h = (h ^ np.uint64(text[j])) * FNV_PRIME
            is_begun, is_gap = True, False
        i = after
    return h


@kernel
def hash_prompts(text, starts, ends, out):
    """Write the hash of each ``text[start:end]``, whatever its white space, into ``out`` u64."""
    for i in range(len(out)):
        out[i] = fnv1a_of_words(FNV_OFFSET, text, starts[i], ends[i])
