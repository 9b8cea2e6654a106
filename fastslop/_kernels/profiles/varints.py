"""Numbers written as bytes (LEB128) and as bits, and read again."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import ONE, ZERO
from fastslop._kernels.machine.jit import inlined, kernel
from fastslop._kernels.machine.utf8 import eight_bytes, put_eight


@inlined
def put_word(out, at, word):
    """Write the four lowest bytes of ``word`` from ``at`` u64 on: one store, since the place is unsigned."""
    out[at] = np.uint8(word)
    out[at + ONE] = np.uint8(word >> np.uint64(8))
    out[at + np.uint64(2)] = np.uint8(word >> np.uint64(16))
    out[at + np.uint64(3)] = np.uint8(word >> np.uint64(24))


@inlined
def put_varint(out, at, value):
    """Write ``value`` u64 in sevens of bits, the lowest first (LEB128), at ``at`` u64; return the position behind it.

    Three bytes behind that may be written, too: values below 2**21 are written without a branch, since no processor can
    foresee how many bytes they take.
    """
    while value >= np.uint64(1 << 21):
        out[at] = np.uint8(value & np.uint64(0x7F) | np.uint64(0x80))
        value >>= np.uint64(7)
        at += ONE
    more = np.uint64(value >= np.uint64(1 << 7))
    yet_more = np.uint64(value >= np.uint64(1 << 14))
    word = value & np.uint64(0x7F) | (value & np.uint64(0x3F80)) << ONE | (value >> np.uint64(14)) << np.uint64(16)
    put_word(out, at, word | more << np.uint64(7) | yet_more << np.uint64(15))
    return at + ONE + more + yet_more


@inlined
def put_pair(out, at, x, y):
    """Write ``x`` and ``y``, both u64; return the position behind them.

    They are written as ``put_varint`` writes ``2 * x + 1`` and ``y - 1``, or ``2 * x`` alone if ``y`` is 0: in one
    store if both are small.
    """
    has_y = np.uint64(y > 0)
    x = x << ONE | has_y
    y -= has_y
    if x | y >= np.uint64(1 << 14):
        at = put_varint(out, at, x)
        return put_varint(out, at, y) if has_y else at
    x_more = np.uint64(x >= np.uint64(1 << 7))
    y_more = np.uint64(y >= np.uint64(1 << 7))
    x += ((x & np.uint64(0x3F80)) + np.uint64(0x80)) * x_more
    y += ((y & np.uint64(0x3F80)) + np.uint64(0x80)) * y_more
    put_word(out, at, x | y << (x_more + ONE) * np.uint64(8))
    return at + ONE + x_more + has_y + y_more


@kernel
def bits_of(n_values):
    """Number of bits that tell ``n_values`` values apart."""
    bits = 0
    while n_values > np.int64(1) << bits:
        bits += 1
    return bits


@inlined
def held_bits(out, at):
    """The lower bits of the byte that bit ``at`` u64 is in, those before that bit."""
    return np.uint64(out[at >> np.uint64(3)]) & (ONE << (at & np.uint64(7))) - ONE


@inlined
def put_bits(out, at, held, value, bits):
    """Write ``bits`` u64, 32 at most, of ``value`` u64 from bit ``at`` u64 on, the lowest first.

    ``held`` u64 has the bits already in the byte at ``at``. Returns the place behind the bits, and the ``held`` that
    goes with it. Up to seven bytes behind may be written, too.
    """
    used = at & np.uint64(7)
    held |= value << used
    put_eight(out, at >> np.uint64(3), held)
    return at + bits, held >> (used + bits & ~np.uint64(7))


@inlined
def get_bits(data, at, bits):
    """The number of ``bits`` u64 bits that ``put_bits`` wrote at bit ``at`` u64; ``data`` has ``PAD`` behind it."""
    return eight_bytes(data, at >> np.uint64(3)) >> (at & np.uint64(7)) & ((ONE << bits) - ONE)


@inlined
def get_varint(data, at):
    """Read the number that ``put_varint`` wrote at ``at``; return it and the position behind it.

    Of more than 63 bits nothing sensible is read, but the position is behind the first byte without a top bit.
    """
    value = np.int64(data[at] & 127)
    shift = 7
    while data[at] & 128:
        at += 1
        value |= np.int64(data[at] & 127) << (shift & 63)
        shift += 7
    return value, at + 1


@inlined
def get_pair(data, at):
    """Read the two numbers that ``put_pair`` wrote at ``at``; return them and the position behind them."""
    x, at = get_varint(data, at)
    y = ZERO
    if x & 1:
        y, at = get_varint(data, at)
        y += 1
    return x >> 1, y, at


@inlined
def n_bytes(bits):
    """Number of bytes i64 that ``bits`` u64 bits take."""
    return np.int64(bits + np.uint64(7) >> np.uint64(3))
