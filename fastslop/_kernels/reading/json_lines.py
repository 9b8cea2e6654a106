"""Documents of JSON Lines: what is certainly what ``json.loads`` makes of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import NEWLINE_BYTE, ZERO, ZERO_BYTE
from fastslop._kernels.machine.fnv import FNV_OFFSET, FNV_PRIME, fnv1a
from fastslop._kernels.machine.intrinsics import borrowed
from fastslop._kernels.machine.jit import helper, inlined, kernel
from fastslop._kernels.machine.utf8 import code_point_at
from fastslop._kernels.reading.json_strings import QUOTE_BYTE, copy_string
from fastslop._kernels.reading.json_values import (
    CLOSE_OBJECT,
    COLON_BYTE,
    COMMA_BYTE,
    LITERALS,
    OPEN_OBJECT,
    past_digits,
    past_literal,
    past_number,
    past_space,
    past_value,
    stands_at,
)

MISSING, NULL = -1, -2


class JsonFields(NamedTuple):
    """The fields of JSON Lines that are read."""

    names: NDArray[np.uint8]  # one after the other, the text's first
    name_ends: NDArray[np.int64]
    label: int  # which of them is the label, or -1
    prompt: NDArray[np.int64]  # which are the prompt's parts


class JsonDocuments(NamedTuple):
    """Room for the documents of JSON Lines, one a line at most."""

    text: NDArray[np.uint8]
    ends: NDArray[np.int64]  # into the text; this and the next three by document
    lines: NDArray[np.int64]
    labels: NDArray[np.int64]
    prompt_keys: NDArray[np.uint64]
    label_text: NDArray[np.uint8]  # of all labels
    label_ends: NDArray[np.int64]


@inlined
def find_name(values, begin, end, fields):
    """Which field's name is ``values[begin:end]``, or -1."""
    first = ZERO
    for field in range(len(fields.name_ends)):
        last = fields.name_ends[field]
        if last - first == end - begin and stands_at(values, begin, fields.names, first, last):
            return field
        first = last
    return -1


@inlined
def past_name(text, i, fields, out, n):
    """A key and its colon, up to the value, and which field it is, or -1."""
    if text[i] != QUOTE_BYTE:
        return 0, -1
    i, end = copy_string(text, i + 1, out, n)
    if i == 0:
        return 0, -1
    i = past_space(text, i)
    return past_space(text, i + 1) if text[i] == COLON_BYTE else 0, find_name(out, n, end, fields)


@helper
def copy_value(text, i, out, n):
    """Copy a label or part of a prompt: a string, or a whole number as it is written; null has no copy.

    The place behind it and the end of the copy (or ``NULL``); 0 for the first if it is none of these.
    """
    if text[i] == QUOTE_BYTE:
        return copy_string(text, i + 1, out, n)
    if text[i] >= 97:
        return past_literal(text, i) if text[i] == LITERALS[9] else 0, NULL
    end = past_number(text, i)
    if text[i] == 45 and text[i + 1] == ZERO_BYTE:  # -0 is the same as 0
        return 0, n
    while i < end:
        if past_digits(text, i) == i and text[i] != 45:  # no whole number
            return 0, n
        out[n] = text[i]
        i += 1
        n += 1
    return end, n


@helper
def read_line(text, i, fields, out, at, values, spans):
    """Read the object in the line that begins at ``i``: its text into ``out`` from ``at`` on, up to the place returned.

    -1 if the line is left to ``json.loads``: it is no object or invalid, has a wanted key twice, its text is no string,
    or its label or prompt anything but a string, a whole number or null. Labels and prompts go into ``values``, which
    has room for the line; ``spans`` i64[fields, 2] cut it (``MISSING``, ``NULL``).
    """
    for field in range(len(spans)):
        spans[field, 0] = spans[field, 1] = MISSING
    end = -1
    n = ZERO
    i = past_space(text, i)
    is_more = text[i] == OPEN_OBJECT
    while is_more:
        i, field = past_name(text, past_space(text, i + 1), fields, values, n)
        if i == 0 or (field >= 0 and spans[field, 0] != MISSING):
            return -1
        if field < 0:
            i = past_value(text, i, values, n)
        elif field > 0:
            spans[field, 0] = n
            i, spans[field, 1] = copy_value(text, i, values, n)
            n = max(n, spans[field, 1])
        else:
            spans[0, 0] = at
            i, end = copy_string(text, i + 1, out, at) if text[i] == QUOTE_BYTE else (0, at)
        if i == 0:
            return -1
        i = past_space(text, i)
        is_more = text[i] == COMMA_BYTE
    is_whole = text[i] == CLOSE_OBJECT and text[past_space(text, i + 1)] == NEWLINE_BYTE
    return end if is_whole else -1


@inlined
def is_blank(text, i, end):
    """Whether ``text[i:end]`` is nothing but Unicode's white space."""
    while i < end:
        c, i = code_point_at(text, i)
        is_ascii_space = c == 0x20 or 0x09 <= c <= 0x0D
        is_space = c in (0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000) or 0x2000 <= c <= 0x200A
        if not (is_ascii_space or is_space):
            return False
    return True


@helper
def label_of(values, begin, end, found, n_labels, code):
    """The number of the label ``values[begin:end]``, entered if it is new (-1: no room), and how many there are.

    Labels are compared from ``code`` on, the one before: most are that or, where models take turns, the next.
    """
    for _ in range(n_labels):
        first = found.label_ends[code - 1] if code > 0 else 0
        last = found.label_ends[code]
        if last - first == end - begin and stands_at(values, begin, found.label_text, first, last):
            return code, n_labels
        code = code + 1 if code + 1 < n_labels else 0
    first = found.label_ends[n_labels - 1] if n_labels > 0 else 0
    last = first + end - begin
    if n_labels == len(found.label_ends) or last > len(found.label_text):
        return -1, n_labels
    for i in range(end - begin):
        found.label_text[first + i] = values[begin + i]
    found.label_ends[n_labels] = last
    return n_labels, n_labels + 1


@inlined
def prompt_key_of(values, spans, prompt, text, begin, end):
    """The hash of a prompt's parts joined by ``_``; of the document where one is missing or the prompt is blank."""
    h = FNV_OFFSET
    is_known = len(prompt) > 1
    for part in range(len(prompt)):
        first = spans[prompt[part], 0]
        last = spans[prompt[part], 1]
        if last < 0:
            return fnv1a(FNV_OFFSET, text, begin, end)
        if part > 0:
            h = (h ^ np.uint64(95)) * FNV_PRIME
        h = fnv1a(h, values, first, last)
        is_known = is_known or not is_blank(values, first, last)
    return h if is_known else fnv1a(FNV_OFFSET, text, begin, end)


@kernel
def read_json_lines(block, line_ends, fields, values, found):
    """Read lines of JSON up to their newlines at ``line_ends`` i64 into ``found``; how many documents and labels.

    What is read means what ``json.loads`` and ``fields.read_record`` make of it. Lines that do not give one document
    with a text and a label are left to them. ``values`` u8 is room for the longest line; it and the text's need eight
    bytes more. O(bytes): 0.4 ns a byte, and 1.4 more where the text is its own prompt and so is hashed.
    """
    fields = JsonFields(borrowed(fields.names), borrowed(fields.name_ends), fields.label, borrowed(fields.prompt))
    text = borrowed(found.text)
    block, values = borrowed(block), borrowed(values)
    own_spans = np.empty((len(fields.name_ends), 2), np.int64)
    spans = borrowed(own_spans)
    n_docs = 0
    n_labels = code = begin = ZERO
    for line in range(len(line_ends) if len(block) >= 8 else 0):
        start = line_ends[line - 1] + 1 if line > 0 else 0
        end = read_line(block, start, fields, text, begin, values, spans)
        if end < 0 or is_blank(text, begin, end):
            continue
        if fields.label >= 0:
            first = spans[fields.label, 0]
            last = spans[fields.label, 1]
            if last < 0 or is_blank(values, first, last):
                continue
            known, n_labels = label_of(values, first, last, found, n_labels, code)
            if known < 0:
                continue
            code = known
        found.ends[n_docs] = end
        found.lines[n_docs] = line
        found.labels[n_docs] = code
        found.prompt_keys[n_docs] = prompt_key_of(values, spans, fields.prompt, text, begin, end)
        n_docs += 1
        begin = end
    return n_docs, n_labels + 0 * own_spans[0, 0]
