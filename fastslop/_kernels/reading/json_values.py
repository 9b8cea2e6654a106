"""Values of JSON that are passed over.

Each function returns the place behind what it passed, or 0 if that is no JSON. A line's end, which is part of no value,
stops them all.
"""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import ONE, ZERO_BYTE
from fastslop._kernels.machine.jit import helper, inlined
from fastslop._kernels.reading.json_strings import QUOTE_BYTE, copy_string

OPEN_ARRAY, CLOSE_ARRAY = np.uint8(91), np.uint8(93)
OPEN_OBJECT, CLOSE_OBJECT = np.uint8(123), np.uint8(125)
COMMA_BYTE = np.uint8(44)
COLON_BYTE = np.uint8(58)
LITERALS = np.frombuffer(b"truefalsenull", np.uint8)
MAX_DIGITS = 640
"""Most digits of a whole number: Python may be told to refuse numbers of more."""
MAX_DEPTH = 60
"""Most objects and arrays that are open at once: each takes a bit of a number of 64."""


@inlined
def past_space(text, i):
    """Pass white space within a line."""
    while text[i] == 32 or text[i] == 9 or text[i] == 13:
        i += 1
    return i


@inlined
def past_digits(text, i):
    """Pass digits, if there are any."""
    while 48 <= text[i] <= 57:
        i += 1
    return i


@inlined
def stands_at(text, i, word, begin, end):
    """Whether ``word[begin:end]`` stands at ``i``."""
    for j in range(begin, end):
        if text[i] != word[j]:
            return False
        i += 1
    return True


@inlined
def past_literal(text, i):
    """Pass a true, false or null."""
    begin, end = (0, 4) if text[i] == LITERALS[0] else (4, 9) if text[i] == LITERALS[4] else (9, 13)
    return i + end - begin if stands_at(text, i, LITERALS, begin, end) else 0


@helper
def past_number(text, i):
    """Pass a number."""
    first = i + (text[i] == 45)
    i = past_digits(text, first)
    if i == first or (text[first] == ZERO_BYTE and i > first + 1) or i > first + MAX_DIGITS:
        return 0
    if text[i] == 46:
        first = i + 1
        i = past_digits(text, first)
        if i == first:
            return 0
    if text[i] | 32 == 101:
        first = i + 1 + (text[i + 1] == 43 or text[i + 1] == 45)
        i = past_digits(text, first)
        if i == first:
            return 0
    return i


@inlined
def past_scalar(text, i, out, n):
    """Pass a string, number or literal; a string is copied into ``out`` from ``n`` on, which checks it."""
    byte = text[i]
    if byte == QUOTE_BYTE:
        i, _ = copy_string(text, i + 1, out, n)
        return i
    if byte >= 97:
        return past_literal(text, i)
    return past_number(text, i)


@inlined
def past_key(text, i, out, n):
    """Pass a key and its colon, up to the value; the key is copied into ``out`` from ``n`` on, which checks it."""
    if text[i] != QUOTE_BYTE:
        return 0
    i, _ = copy_string(text, i + 1, out, n)
    if i > 0:
        i = past_space(text, i)
        i = past_space(text, i + 1) if text[i] == COLON_BYTE else 0
    return i


@helper
def past_value(text, i, out, n):
    """Pass any value, and check all that it holds; ``out`` needs room from ``n`` on for its longest string."""
    objects = np.uint64(0)  # a bit for each object or array that is open, the innermost the lowest
    depth = 0
    while True:
        byte = text[i]
        if byte in (OPEN_OBJECT, OPEN_ARRAY) and depth < MAX_DEPTH:
            depth += 1
            objects = objects << ONE | np.uint64(byte == OPEN_OBJECT)
            i = past_space(text, i + 1)
            if text[i] != byte + 2:  # what closes it
                if byte == OPEN_OBJECT:
                    i = past_key(text, i, out, n)
                    if i == 0:
                        return 0
                continue
        else:
            i = past_scalar(text, i, out, n)
            if i == 0:
                return 0
        i = past_space(text, i)
        while depth > 0 and text[i] == (CLOSE_OBJECT if objects & ONE else CLOSE_ARRAY):
            depth -= 1
            objects >>= ONE
            i = past_space(text, i + 1)
        if depth == 0:
            return i
        if text[i] != COMMA_BYTE:
            return 0
        i = past_space(text, i + 1)
        if objects & ONE:
            i = past_key(text, i, out, n)
            if i == 0:
                return 0
