"""Text to runs of bytes of one kind, which tokens are made of."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import APOSTROPHE_BYTE, MASK_BYTES, ONE
from fastslop._kernels.machine.intrinsics import bits_from, first_bit, n_bits
from fastslop._kernels.machine.jit import inlined

RUN_SPACE, RUN_LETTERS, RUN_DIGITS, RUN_NEWLINES, RUN_OTHER = 0, 1, 2, 254, 255
"""Kinds of runs of bytes; a run of an ASCII mark has the mark's byte, 33 to 126, as its kind."""


@inlined
def is_letter(b):
    """Whether a byte is an ASCII letter."""
    return ((b >= 97) & (b <= 122)) | ((b >= 65) & (b <= 90))


@inlined
def kind_of_byte(b, has_marks):
    """The kind of run a byte belongs to; ``has_marks`` u8 is 255, or 0 if all of ASCII but letters is white space."""
    is_digit = (b >= 48) & (b <= 57)
    is_space = (b == 32) | (b == 9)
    is_control = (b < 32) | (b == 127)
    mark = RUN_SPACE if is_space else RUN_NEWLINES if b == 10 else RUN_OTHER if is_control else b
    kind = (RUN_DIGITS if is_digit else mark) & has_marks
    return np.uint8(RUN_LETTERS if is_letter(b) else RUN_OTHER if b >= 128 else kind)


@inlined
def kinds_of_bytes(text, start, length, has_marks, kinds):
    """Write the kinds of ``length`` bytes of ``text`` from ``start`` on into ``kinds[1:]``, white space around them.

    An apostrophe between two letters is a letter; between a letter and a character beyond ASCII, which may be a letter,
    it is of kind ``RUN_OTHER``. The compiler makes vector instructions of these loops: 0.2 ns a byte, where looking up
    each byte's kind took 0.6.
    """
    kinds[0] = RUN_SPACE
    for i in range(length):
        kinds[i + ONE] = kind_of_byte(text[start + i], has_marks)
    for i in range(ONE, max(length, ONE) - ONE):
        at = start + i
        kind = kinds[i + ONE]
        follows = (text[at] == APOSTROPHE_BYTE) & is_letter(text[at - ONE]) & (has_marks != 0)
        inner = RUN_LETTERS if is_letter(text[at + ONE]) else RUN_OTHER if text[at + ONE] >= 128 else kind
        kinds[i + ONE] = np.uint8(inner if follows else kind)
    for i in range(np.uint64(MASK_BYTES + 1)):
        kinds[length + ONE + i] = RUN_SPACE


@inlined
def put_edges(begin_bits, end_bits, i, begins, n, ends, n_ended):
    """Write ``i`` plus the place of each set bit of two masks: where runs begin, and where runs end.

    Returns how many begins and ends there are then. Places are written eight at a time, with some of no use behind
    the last, since a processor guesses the number of bits wrong nearly every time; begins and ends are written in one
    loop, since each chain of instructions waits for itself.
    """
    at, at_end = n, n_ended
    n += n_bits(begin_bits)
    n_ended += n_bits(end_bits)
    while begin_bits | end_bits != 0:
        for j in range(np.uint64(8)):
            begins[at + j] = i + first_bit(begin_bits)
            ends[at_end + j] = i + first_bit(end_bits)
            begin_bits &= begin_bits - ONE
            end_bits &= end_bits - ONE
        at += np.uint64(8)
        at_end += np.uint64(8)
    return n, n_ended


@inlined
def find_runs(text, start, end, has_marks, scratch):
    """Cut ``text[start:end]`` into runs of bytes of one kind, without white space; return how many runs there are."""
    kinds, is_edge, begins, ends, _ = scratch
    length = np.uint64(end - start)
    kinds_of_bytes(text, np.uint64(start), length, has_marks, kinds)
    for i in range(length + np.uint64(MASK_BYTES)):
        is_edge[i] = kinds[i + ONE] != kinds[i]
    n = np.uint64(0)
    n_ended = np.uint64(0)
    for i in range(np.uint64(0), length + ONE, np.uint64(MASK_BYTES)):
        edges = bits_from(is_edge, i, 1)
        begin_bits = edges & bits_from(kinds, i + ONE, 1)
        end_bits = edges & bits_from(kinds, i, 1)
        n, n_ended = put_edges(begin_bits, end_bits, i, begins, n, ends, n_ended)
    return np.int64(n)
