"""Strings of JSON, copied as the UTF-8 they stand for."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import MASK_BYTES, ONE
from fastslop._kernels.machine.intrinsics import bits_from, first_bit, n_bits
from fastslop._kernels.machine.jit import helper, inlined, kernel
from fastslop._kernels.machine.utf8 import eight_bytes, put_code_point, put_eight

BACKSLASH_BYTE = np.uint8(92)
QUOTE_BYTE = np.uint8(34)
NOT_ASCII = np.uint64(0x8080808080808080)
LOW_BITS = np.uint64(0x0101010101010101)
# The bytes that letters behind a backslash stand for (0: none), and the values of hexadecimal digits (-1: none).
ESCAPES = np.zeros(256, np.uint8)
ESCAPES[list(b'"\\/bfnrt')] = list(b'"\\/\b\f\n\r\t')
HEX = np.full(256, -1, np.int64)
HEX[list(b"0123456789abcdefABCDEF")] = [*range(16), *range(10, 16)]
QUOTES, BACKSLASHES, SPACES = (LOW_BITS * np.uint64(byte) for byte in b'"\\ ')


@inlined
def places_of(text, i, byte):
    """A mask u64 of the ``MASK_BYTES`` bytes from ``i`` u64 on, the first the lowest bit: whether each is ``byte``."""
    return bits_from(text, i, byte) & ~bits_from(text, i, byte + np.uint8(1))


@kernel
def find_byte(text, byte):
    """Places i64 of a byte, below 255, in ``text``: 0.2 ns a byte, where eight bytes at a time took twice as long."""
    end = np.uint64(len(text))
    last = end // np.uint64(MASK_BYTES) * np.uint64(MASK_BYTES)
    n = np.uint64(0)
    for i in range(np.uint64(0), last, np.uint64(MASK_BYTES)):
        n += n_bits(places_of(text, i, byte))
    for i in range(last, end):
        n += np.uint64(text[i] == byte)
    out = np.empty(n, np.int64)
    n = np.uint64(0)
    for i in range(np.uint64(0), last, np.uint64(MASK_BYTES)):
        places = places_of(text, i, byte)
        while places != 0:
            out[n] = i + first_bit(places)
            n += ONE
            places &= places - ONE
    for i in range(last, end):
        if text[i] == byte:
            out[n] = i
            n += ONE
    return out


@inlined
def special_bytes(piece):
    """High bits of quotes, backslashes, control characters and bytes beyond ASCII; only the lowest set bit is sure."""
    return ((piece ^ QUOTES) - LOW_BITS | (piece ^ BACKSLASHES) - LOW_BITS | piece - SPACES | piece) & NOT_ASCII


@inlined
def n_below(flags):
    """Number of bytes below the lowest byte whose high bit is set."""
    lowest = flags & (~flags + ONE)
    return ((lowest - ONE & LOW_BITS) * LOW_BITS >> np.uint64(56)) - ONE


@inlined
def utf8_length(text, i):
    """Bytes of the code point beyond ASCII at ``i``, or 0 if it is no UTF-8; ``text`` ends with an ASCII character."""
    a = text[i]
    b = text[i + ONE]
    if a < 0xC2 or a > 0xF4 or b & 0xC0 != 0x80:
        return np.uint64(0)
    if a < 0xE0:
        return np.uint64(2)
    is_overlong = (a == 0xE0 and b < 0xA0) or (a == 0xF0 and b < 0x90)
    is_none = (a == 0xED and b >= 0xA0) or (a == 0xF4 and b >= 0x90)  # a surrogate, or beyond U+10FFFF
    if is_overlong or is_none or text[i + np.uint64(2)] & 0xC0 != 0x80:
        return np.uint64(0)
    if a < 0xF0:
        return np.uint64(3)
    return np.uint64(4) if text[i + np.uint64(3)] & 0xC0 == 0x80 else np.uint64(0)


@inlined
def copy_beyond_ascii(text, i, out, n):
    """Copy code points from ``i`` up to the next of ASCII; return both ends, the first 0 if it is no UTF-8."""
    while text[i] >= 0x80:
        length = utf8_length(text, i)
        if length == 0:
            return np.uint64(0), n
        for _ in range(length):
            out[n] = text[i]
            i += ONE
            n += ONE
    return i, n


@inlined
def code_unit(text, i):
    r"""The code unit of the escape ``\uXXXX`` at ``i``, negative if there is none."""
    if i + 6 > len(text) or text[i] != BACKSLASH_BYTE or text[i + 1] != 117:
        return np.int64(-1)
    return HEX[text[i + 2]] << 12 | HEX[text[i + 3]] << 8 | HEX[text[i + 4]] << 4 | HEX[text[i + 5]]


@helper
def copy_escape(text, i, out, n):
    r"""Write the code point of one or two escapes ``\uXXXX`` at ``i``; both ends, the first 0 if there is none."""
    c = code_unit(text, i)
    i += 6
    if 0xD800 <= c < 0xDC00:
        low = code_unit(text, i)
        i += 6
        c = 0x10000 + ((c & 0x3FF) << 10 | low & 0x3FF) if 0xDC00 <= low < 0xE000 else -1
    if c < 0 or 0xDC00 <= c < 0xE000:
        return 0, n
    return i, put_code_point(out, n, c)


@helper
def copy_string(text, start, out, at):
    """Copy the JSON string whose content begins at ``start``, unescaped, into ``out`` from ``at`` on.

    Returns the place behind the closing quote, and the end of the copy; the place is 0 if this is no string of JSON, or
    no UTF-8, or holds half a surrogate pair. ``text`` has at least eight bytes and ends with a newline; ``out`` needs
    room for seven bytes more than the string has.
    """
    i = np.uint64(start)
    n = np.uint64(at)
    last = np.uint64(len(text) - 8)
    while True:
        piece = eight_bytes(text, i) if i <= last else eight_bytes(text, last) >> (i - last << np.uint64(3))
        special = special_bytes(piece)
        put_eight(out, n, piece)
        if special == 0:
            i += np.uint64(8)
            n += np.uint64(8)
            continue
        plain = n_below(special)
        i += plain
        n += plain
        byte = text[i]
        if byte == QUOTE_BYTE:
            return np.int64(i + ONE), np.int64(n)
        if byte >= 0x80:
            i, n = copy_beyond_ascii(text, i, out, n)
        elif byte != BACKSLASH_BYTE:
            return 0, at
        elif ESCAPES[text[i + ONE]] != 0:
            out[n] = ESCAPES[text[i + ONE]]
            i += np.uint64(2)
            n += ONE
        else:
            place, end = copy_escape(text, np.int64(i), out, np.int64(n))
            i = np.uint64(place)
            n = np.uint64(end)
        if i == 0:
            return 0, at
