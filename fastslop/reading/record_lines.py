"""Records as lines of JSON, for who passes them on: as they were, of whatever format; and the values of one field."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.reading.json_fields import UNKNOWN, find_field
from fastslop.base.arrays import Ints
from fastslop.reading.json_lines import Lines, find_newlines
from fastslop.tokens.unicode import PADDING

LEAST_BLOCK = 8
"""Bytes that a block must have, for a kernel that reads eight at once."""


def lines_of_records(records: Iterable[tuple[int, object]]) -> Lines:
    """Numbered records as lines of JSON; what JSON has no form for becomes a string."""
    numbered = list(records)
    lines = (json.dumps(record, ensure_ascii=False, default=str) for _, record in numbered)
    # Half a surrogate pair has no UTF-8, and Python's escape of it is that of JSON.
    block = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
    return Lines(block, find_newlines(block), np.array([number for number, _ in numbered], np.int64))


def lines_of_rows(frame: pl.DataFrame, numbers: Ints) -> Lines:
    """The rows of a table as lines of JSON, without columns of bytes, such as pictures."""
    plain = [name for name, dtype in frame.schema.items() if "Binary" not in str(dtype)]
    block = frame.select(plain).write_ndjson().encode()
    return Lines(block, find_newlines(block), numbers)


def values_in(lines: Lines, at: NDArray[np.intp], name: str) -> list[bytes]:
    """The JSON of a field's value in each of the lines at these places, as it stands there; null where it is not."""
    block = lines.block if len(lines.block) >= LEAST_BLOCK else lines.block.ljust(LEAST_BLOCK)
    longest = int(np.diff(lines.ends, prepend=-1).max(initial=0))
    begins, ends = np.empty((2, len(at)), np.int64)
    scratch = np.empty(longest + PADDING, np.uint8)
    encoded = np.frombuffer(bytearray(name, "utf-8"), np.uint8)
    find_field(np.frombuffer(block, np.uint8), lines.ends, at.astype(np.int64), encoded, scratch, begins, ends)
    spans = zip(at.tolist(), begins.tolist(), ends.tolist(), strict=True)
    return [_parsed_value(lines, i, name) if b == UNKNOWN else block[b:e] if b >= 0 else b"null" for i, b, e in spans]


def _parsed_value(lines: Lines, at: int, name: str) -> bytes:
    """The value in a line that is left to the standard library."""
    (line,) = lines.cut(np.array([at], np.int64))
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return b"null"
    return json.dumps(record.get(name) if isinstance(record, dict) else None).encode()
