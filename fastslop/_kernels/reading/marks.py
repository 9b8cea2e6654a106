"""Documents that hold one of some pairs of bytes, such as begin a tag or an entity."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import MASK_BYTES, ONE
from fastslop._kernels.machine.intrinsics import first_bit
from fastslop._kernels.machine.jit import inlined, kernel
from fastslop._kernels.reading.json_strings import places_of

AMPERSAND, ANGLE, BRACKET = (np.uint8(ord(char)) for char in "&<[")
BEFORE_ACCENT = np.uint8(0xC2)  # first byte of the acute accent
IN_TRIANGLE = np.uint8(0x97)  # second byte of the triangle that begins Kimi's tags; its first is that of quotes, too


@inlined
def flag(text, i, pairs, ends, doc, out):
    """Flag the document with the byte at ``i`` if it begins a pair; ``doc`` is that before, or it. Returns it."""
    if pairs[np.int64(text[i]) << 8 | np.int64(text[i + ONE])]:
        while ends[doc] <= np.int64(i):
            doc += 1
        out[doc] = True
    return doc


@kernel
def find_marked(text, ends, pairs, out):
    """Say of each document of ``text`` u8, which ``ends`` i64 cut, whether it holds a pair of bytes that is marked.

    ``pairs`` bool[65536] marks them, first byte times 256 and second byte; the first is ``&``, ``<``, ``[``, 0xC2 or
    0x97. Behind the text a byte of padding may be read. ``out`` bool[documents] is all False. Takes 0.3 ns a byte.
    """
    doc = 0
    end = np.uint64(ends[-1]) if len(ends) > 0 else np.uint64(0)
    last = end // np.uint64(MASK_BYTES) * np.uint64(MASK_BYTES)
    for i in range(np.uint64(0), last, np.uint64(MASK_BYTES)):
        places = places_of(text, i, AMPERSAND) | places_of(text, i, ANGLE)
        places |= places_of(text, i, BRACKET) | places_of(text, i, BEFORE_ACCENT)
        places |= places_of(text, i, IN_TRIANGLE)
        while places != 0:
            doc = flag(text, i + first_bit(places), pairs, ends, doc, out)
            places &= places - ONE
    for i in range(last, end):
        doc = flag(text, i, pairs, ends, doc, out)
