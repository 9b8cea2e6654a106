"""Records as lines of JSON, for who passes them on: as they were, of whatever format; and the values of one field."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.reading.json_fields import UNKNOWN, find_field
from fastslop.base.arrays import Ints
from fastslop.reading.json_lines import Lines, find_newlines
from fastslop.reading.names import RECORD_IDS, in_order
from fastslop.reading.options import IDS, NOTHING, RECORDS
from fastslop.tokens.unicode import PADDING

LEAST_BLOCK = 8
"""Bytes that a block must have, for a kernel that reads eight at once."""


def lines_of_records(records: Sequence[tuple[int, Any]], keeps: str) -> Lines | None:
    """What is kept of numbered records, as lines of JSON; what JSON has no form for becomes a string."""
    if keeps == NOTHING:
        return None
    kept = (_ids_of(record) if keeps == IDS else record for _, record in records)
    block = "".join(json.dumps(record, ensure_ascii=False, default=str) + "\n" for record in kept)
    # Half a surrogate pair has no UTF-8, and Python's escape of it is that of JSON.
    encoded = block.encode("utf-8", "backslashreplace")
    return Lines(encoded, find_newlines(encoded), np.array([number for number, _ in records], np.int64))


def _ids_of(record: object) -> dict[str, Any]:
    return {name: record[name] for name in in_order(RECORD_IDS, record)} if isinstance(record, dict) else {}


def lines_of_rows(frame: pl.DataFrame, numbers: Ints, keeps: str) -> Lines | None:
    """What is kept of the rows of a table, as lines of JSON."""
    columns = kept_columns(frame, keeps)
    if not columns:
        return None
    block = frame.select(columns).write_ndjson().encode()
    return Lines(block, find_newlines(block), numbers)


def kept_columns(frame: pl.DataFrame, keeps: str) -> list[str]:
    """The columns of a table that are kept: none of bytes, such as pictures, for which JSON has no form."""
    names = frame.columns if keeps == RECORDS else list(in_order(RECORD_IDS, frame.columns)) if keeps == IDS else []
    return [name for name in names if "Binary" not in str(frame.schema[name])]


def not_kept(frame: pl.DataFrame, keeps: str) -> list[str]:
    """The columns that are not kept of records that are kept."""
    return [name for name in frame.columns if name not in kept_columns(frame, keeps)] if keeps == RECORDS else []


def values_in(lines: Lines, at: NDArray[np.intp], name: str) -> list[bytes]:
    """The JSON of a field's value in each of the lines at these places, as it stands there; null where it is not."""
    block = lines.block if len(lines.block) >= LEAST_BLOCK else lines.block.ljust(LEAST_BLOCK)
    longest = int(np.diff(lines.ends, prepend=-1).max(initial=0))
    begins, ends = np.empty((2, len(at)), np.int64)
    scratch = np.empty(longest + PADDING, np.uint8)
    encoded = np.frombuffer(bytearray(name, "utf-8"), np.uint8)
    find_field(np.frombuffer(block, np.uint8), lines.ends, at.astype(np.int64), encoded, scratch, begins, ends)
    spans = zip(at.tolist(), begins.tolist(), ends.tolist(), strict=True)
    return [
        _parsed_value(lines, i, name) if b == UNKNOWN else block[b:e].rstrip() if b >= 0 else b"null"
        for i, b, e in spans
    ]


def _parsed_value(lines: Lines, at: int, name: str) -> bytes:
    """The value in a line that is left to the standard library."""
    (line,) = lines.cut(np.array([at], np.int64))
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return b"null"
    return json.dumps(record.get(name) if isinstance(record, dict) else None).encode()
