"""Where the value of one field stands in lines of JSON."""

from __future__ import annotations

from fastslop._kernels.machine.jit import helper, kernel
from fastslop._kernels.reading.json_strings import QUOTE_BYTE, copy_string
from fastslop._kernels.reading.json_values import (
    COLON_BYTE,
    COMMA_BYTE,
    OPEN_OBJECT,
    past_space,
    past_value,
    stands_at,
)

MISSING, UNKNOWN = -1, -2
"""Begins of a field that a line does not have, and of one that is left to ``json.loads``."""


@helper
def span_of_field(text, i, name, scratch):
    """From where to where the value of a field goes, the last of them, in the object in the line that begins at ``i``.

    The first is ``MISSING`` if there is none, and ``UNKNOWN`` if the line is no object for certain.
    """
    begin = end = MISSING
    i = past_space(text, i)
    is_more = text[i] == OPEN_OBJECT
    if not is_more:
        return UNKNOWN, UNKNOWN
    while is_more:
        i = past_space(text, i + 1)
        if text[i] != QUOTE_BYTE:
            return UNKNOWN, UNKNOWN
        i, n = copy_string(text, i + 1, scratch, 0)
        is_wanted = i > 0 and n == len(name) and stands_at(scratch, 0, name, 0, n)
        i = past_space(text, i) if i > 0 else 0
        if i == 0 or text[i] != COLON_BYTE:
            return UNKNOWN, UNKNOWN
        value = past_space(text, i + 1)
        i = past_value(text, value, scratch, 0)
        if i == 0:
            return UNKNOWN, UNKNOWN
        if is_wanted:
            begin, end = value, i
        i = past_space(text, i)
        is_more = text[i] == COMMA_BYTE
    return begin, end


@kernel
def find_field(block, line_ends, lines, name, scratch, begins, ends):
    """Write from where to where the value of the field ``name`` u8 goes in each of the ``lines`` i64 of a block.

    The lines end at ``line_ends`` i64; the block has eight bytes at least. ``begins`` and ``ends`` i64[lines];
    ``scratch`` u8 has room for the longest line and eight bytes more.
    """
    for i in range(len(lines)):
        line = lines[i]
        start = line_ends[line - 1] + 1 if line > 0 else 0
        begins[i], ends[i] = span_of_field(block, start, name, scratch)
