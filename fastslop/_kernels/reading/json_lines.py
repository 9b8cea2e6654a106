"""Documents of JSON Lines, where it is certain that ``json.loads`` would make the same of a line."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import NEWLINE_BYTE, ZERO, ZERO_BYTE
from fastslop._kernels.machine.fnv import FNV_OFFSET, FNV_PRIME, fnv1a
from fastslop._kernels.machine.intrinsics import borrowed
from fastslop._kernels.machine.jit import helper, inlined, kernel
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
from fastslop._kernels.reading.prompts import fnv1a_of_words, is_blank

SPACE_BYTE = np.uint8(32)
MISSING, NULL = -1, -2
"""Ends of a field that a line does not have, or whose value is null."""


class JsonFields(NamedTuple):
    """The fields of JSON Lines that are read."""

    names: NDArray[np.uint8]  # one after the other, the text's first
    name_ends: NDArray[np.int64]
    label: int  # number of the label's field, or -1
    prompt: NDArray[np.int64]  # numbers of the fields that are the prompt's parts
    is_optional: NDArray[np.bool_]  # [parts of the prompt]: whether each may be missing
    joint: int  # byte between the parts
    asked: NDArray[np.int64]  # numbers of the fields that hold what was asked
    ending: int  # number of the field that says how a generation ended, or -1
    ending_keys: NDArray[np.uint64]  # hashes of what it may say, in lower case
    endings: NDArray[np.uint8]  # [ending_keys]: the ending that each is


class JsonDocuments(NamedTuple):
    """Room for the documents of JSON Lines, one a line at most."""

    text: NDArray[np.uint8]
    ends: NDArray[np.int64]  # [documents]: where each one's text ends
    lines: NDArray[np.int64]  # [documents]: number of its line in the block
    labels: NDArray[np.int64]  # [documents]: number of its label
    prompt_keys: NDArray[np.uint64]  # [documents]
    endings: NDArray[np.uint8]  # [documents]
    asked_text: NDArray[np.uint8]  # what was asked
    asked_ends: NDArray[np.int64]  # [documents]: where that of each document ends
    label_text: NDArray[np.uint8]  # of all labels, one after the other
    label_ends: NDArray[np.int64]  # [labels]


@inlined
def find_name(values, begin, end, fields):
    """The number of the field whose name is ``values[begin:end]``, or -1."""
    first = ZERO
    for field in range(len(fields.name_ends)):
        last = fields.name_ends[field]
        if last - first == end - begin and stands_at(values, begin, fields.names, first, last):
            return field
        first = last
    return -1


@inlined
def past_name(text, i, fields, out, n):
    """The place behind a key and its colon, 0 if they are no JSON; and the number of the field it names, or -1."""
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

    Returns the place behind the value, 0 if it is none of these; and the end of the copy, or ``NULL``.
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
    """Read the object in the line that begins at ``i``, and copy its text into ``out`` from ``at`` on.

    Returns the end of the copy, or -1 if the line is left to ``json.loads``: it is no object or invalid, has a wanted
    key twice, its text is no string, or its label or prompt is anything but a string, a whole number or null. Labels
    and parts of prompts are copied into ``values``, which has room for the line; ``spans`` i64[fields, 2] says from
    where to where each is there (``MISSING``, ``NULL``).
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


@helper
def label_of(values, begin, end, documents, n_labels, code):
    """The number of the label ``values[begin:end]``, and how many labels there are: a new one is entered (-1: no room).

    The label is compared with those known from number ``code`` on, that of the document before: most are the same or,
    where labels take turns, the next.
    """
    for _ in range(n_labels):
        first = documents.label_ends[code - 1] if code > 0 else 0
        last = documents.label_ends[code]
        if last - first == end - begin and stands_at(values, begin, documents.label_text, first, last):
            return code, n_labels
        code = code + 1 if code + 1 < n_labels else 0
    first = documents.label_ends[n_labels - 1] if n_labels > 0 else 0
    last = first + end - begin
    if n_labels == len(documents.label_ends) or last > len(documents.label_text):
        return -1, n_labels
    for i in range(end - begin):
        documents.label_text[first + i] = values[begin + i]
    documents.label_ends[n_labels] = last
    return n_labels, n_labels + 1


@helper
def prompt_key_of(values, spans, fields, text, begin, end):
    """FNV-1a 64 of a prompt's parts, whatever their white space; of the document if a part is missing or all is blank.

    Parts that may be missing make every part that is blank count as missing.
    """
    h = FNV_OFFSET
    has_optional = False
    for part in range(len(fields.prompt)):
        has_optional |= fields.is_optional[part]
    is_known = len(fields.prompt) > 1
    n_parts = 0
    for part in range(len(fields.prompt)):
        first = spans[fields.prompt[part], 0]
        last = spans[fields.prompt[part], 1]
        is_missing = last < 0 or (has_optional and is_blank(values, first, last))
        if is_missing and not fields.is_optional[part]:
            return fnv1a(FNV_OFFSET, text, begin, end)
        if not is_missing:
            if n_parts > 0:
                h = (h ^ np.uint64(fields.joint)) * FNV_PRIME
            h = fnv1a_of_words(h, values, first, last)
            n_parts += 1
            is_known = is_known or not is_blank(values, first, last)
    return h if is_known else fnv1a(FNV_OFFSET, text, begin, end)


@helper
def copy_asked(values, spans, fields, out, at):
    """Copy what was asked, those parts that are there, spaces between, into ``out`` from ``at`` on; return its end."""
    first_at = at
    for part in range(len(fields.asked)):
        first = spans[fields.asked[part], 0]
        last = spans[fields.asked[part], 1]
        if last > first:
            if at > first_at:
                out[at] = SPACE_BYTE
                at += 1
            for i in range(first, last):
                out[at] = values[i]
                at += 1
    return at


@helper
def ending_of(values, spans, fields):
    """How a generation ended, whatever the case of what says so; 0 if nothing does."""
    if fields.ending < 0:
        return np.uint8(0)
    h = FNV_OFFSET
    for i in range(spans[fields.ending, 0], spans[fields.ending, 1]):
        c = values[i]
        if 65 <= c <= 90:
            c = c + np.uint8(32)
        h = (h ^ np.uint64(95 if c == 45 else c)) * FNV_PRIME
    for i in range(len(fields.ending_keys)):
        if fields.ending_keys[i] == h:
            return fields.endings[i]
    return np.uint8(0)


@kernel
def read_json_lines(block, line_ends, fields, values, documents):
    """Read lines of JSON up to their newlines at ``line_ends`` i64; return the number of documents and of labels.

    Each document written into ``documents`` is what ``json.loads`` and ``reading.fields.read_record`` would make of its
    line. Lines that do not give one document with a text and a label are left to these. ``values`` u8 has room for the
    longest line and eight bytes more, ``documents.text`` for all texts and eight bytes more, ``documents.asked_text``
    for what was asked. Takes O(bytes): 0.4 ns a
    byte, and 1.4 more if the text is its own prompt and so is hashed.
    """
    fields = JsonFields(
        borrowed(fields.names),
        borrowed(fields.name_ends),
        fields.label,
        borrowed(fields.prompt),
        borrowed(fields.is_optional),
        fields.joint,
        borrowed(fields.asked),
        fields.ending,
        borrowed(fields.ending_keys),
        borrowed(fields.endings),
    )
    text = borrowed(documents.text)
    block, values = borrowed(block), borrowed(values)
    asked = borrowed(documents.asked_text)
    spans_of_line = np.empty((len(fields.name_ends), 2), np.int64)
    spans = borrowed(spans_of_line)
    n_docs = 0
    n_labels = code = begin = asked_at = ZERO
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
            known, n_labels = label_of(values, first, last, documents, n_labels, code)
            if known < 0:
                continue
            code = known
        documents.ends[n_docs] = end
        documents.lines[n_docs] = line
        documents.labels[n_docs] = code
        documents.endings[n_docs] = ending_of(values, spans, fields)
        documents.prompt_keys[n_docs] = prompt_key_of(values, spans, fields, text, begin, end)
        asked_at = copy_asked(values, spans, fields, asked, asked_at)
        documents.asked_ends[n_docs] = asked_at
        n_docs += 1
        begin = end
    return n_docs, n_labels + 0 * spans_of_line[0, 0]  # a use, which keeps the array alive until here
