"""UTF-8, code point by code point and eight bytes at a time."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.jit import inlined


@inlined
def code_point_at(text, i):
    """The code point whose UTF-8 begins at ``i``, and the position behind that; ``text`` must be valid UTF-8."""
    b = np.int64(text[i])
    if b < 0x80:
        return b, i + 1
    if b < 0xE0:
        return ((b & 0x1F) << 6) | (np.int64(text[i + 1]) & 0x3F), i + 2
    c = np.int64(text[i + 1]) & 0x3F
    d = np.int64(text[i + 2]) & 0x3F
    if b < 0xF0:
        return ((b & 0x0F) << 12) | (c << 6) | d, i + 3
    return ((b & 0x07) << 18) | (c << 12) | (d << 6) | (np.int64(text[i + 3]) & 0x3F), i + 4


@inlined
def put_code_point(arena, a, c):
    """Write code point ``c`` as UTF-8 at ``a``; return the position behind it."""
    if c < 0x80:
        arena[a] = c
        return a + 1
    if c < 0x800:
        arena[a] = 0xC0 | (c >> 6)
        arena[a + 1] = 0x80 | (c & 0x3F)
        return a + 2
    if c < 0x10000:
        arena[a] = 0xE0 | (c >> 12)
        arena[a + 1] = 0x80 | ((c >> 6) & 0x3F)
        arena[a + 2] = 0x80 | (c & 0x3F)
        return a + 3
    arena[a] = 0xF0 | (c >> 18)
    arena[a + 1] = 0x80 | ((c >> 12) & 0x3F)
    arena[a + 2] = 0x80 | ((c >> 6) & 0x3F)
    arena[a + 3] = 0x80 | (c & 0x3F)
    return a + 4


@inlined
def eight_bytes(text, i):
    """Read the eight bytes from ``i`` u64 on as u64, the first byte the lowest: one load, since ``i`` is unsigned."""
    return (
        np.uint64(text[i])
        | np.uint64(text[i + np.uint64(1)]) << np.uint64(8)
        | np.uint64(text[i + np.uint64(2)]) << np.uint64(16)
        | np.uint64(text[i + np.uint64(3)]) << np.uint64(24)
        | np.uint64(text[i + np.uint64(4)]) << np.uint64(32)
        | np.uint64(text[i + np.uint64(5)]) << np.uint64(40)
        | np.uint64(text[i + np.uint64(6)]) << np.uint64(48)
        | np.uint64(text[i + np.uint64(7)]) << np.uint64(56)
    )


@inlined
def put_eight(out, n, piece):
    """Write the eight bytes of ``piece`` u64 from ``n`` u64 on, the lowest first: one store."""
    out[n] = np.uint8(piece)
    out[n + np.uint64(1)] = np.uint8(piece >> np.uint64(8))
    out[n + np.uint64(2)] = np.uint8(piece >> np.uint64(16))
    out[n + np.uint64(3)] = np.uint8(piece >> np.uint64(24))
    out[n + np.uint64(4)] = np.uint8(piece >> np.uint64(32))
    out[n + np.uint64(5)] = np.uint8(piece >> np.uint64(40))
    out[n + np.uint64(6)] = np.uint8(piece >> np.uint64(48))
    out[n + np.uint64(7)] = np.uint8(piece >> np.uint64(56))
