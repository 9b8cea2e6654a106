"""CSV as programs write it: whatever separates its fields, and in UTF-16 too."""

from __future__ import annotations

import csv
import io
import os
import string
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

import polars as pl

from fastslop.base.errors import BadInputError
from fastslop.reading.compression import unpacked
from fastslop.reading.inputs import InputFile
from fastslop.reading.limits import LONGEST_TEXT, WHOLE_BYTES
from fastslop.reading.unusable import CONVERT

HEAD_BYTES = 1 << 18
"""Bytes at the start of a file by which its separator is told."""
SEPARATORS = {"csv": ",;\t|", "tsv": "\t,;|"}
"""What may separate fields, the usual one first."""
_HINT, HINTED = "sep=", f"{string.punctuation}\t ".replace('"', "")
"""How a first line begins that names the separator, and what may be one."""


def scan_csv(file: InputFile) -> pl.LazyFrame:
    """A scan of a CSV or TSV file, all columns as strings.

    Raises
    ------
    BadInputError : it is in UTF-16 and too large to be read whole, or has a row that is packed and too large
    """
    if not file.paths:
        return pl.scan_csv(file.name, separator=SEPARATORS[file.kind][0], infer_schema=False, glob=True)
    check_unpacked(file)
    path = file.on_disk
    with unpacked(path) as stream:
        is_utf_16 = stream.is_recoded
        head = stream.content.read(HEAD_BYTES).decode(errors="replace").removeprefix("\ufeff")
    separator, n_skipped = separator_of(head, SEPARATORS[file.kind])
    source: str | io.BytesIO = os.fspath(path)
    if is_utf_16:
        with unpacked(path) as stream:
            whole = stream.content.read(WHOLE_BYTES + 1)
        if len(whole) > WHOLE_BYTES:
            raise BadInputError(
                f"{file.name}: over {WHOLE_BYTES >> 20} MiB of UTF-16; convert it, as iconv -f UTF-16 -t UTF-8 does"
            )
        source = io.BytesIO(whole)
    return pl.scan_csv(source, separator=separator, infer_schema=False, glob=False, skip_lines=n_skipped)


def whole_numbers(names: Sequence[str]) -> pl.Expr:
    """Columns in which ``5.0`` is written ``5``: a column of whole numbers with gaps is written as one of floats."""
    return pl.col(names).str.replace(r"^(-?\d+)\.0$", "$1")


def separator_of(head: str, candidates: str) -> tuple[str, int]:
    """What separates the fields, and how many lines come before the names of the columns (``sep=;``, as Excel has it).

    It is the character that makes most columns, as many in nearly every row as in the first.
    """
    hinted = head[len(_HINT) : len(_HINT) + 1]
    if head.casefold().startswith(_HINT) and hinted and hinted in HINTED:
        return hinted, 1
    n_columns = {candidate: _n_columns(head, candidate) for candidate in candidates}
    return max(candidates, key=lambda candidate: n_columns[candidate]), 0  # the first of several


def _n_columns(head: str, separator: str) -> int:
    """The columns that a separator makes of rows, the last of which may be cut off; 1 if they differ."""
    try:
        rows = [row for row in csv.reader(io.StringIO(head, newline=""), delimiter=separator) if row]
    except csv.Error:  # a field beyond 128 KiB
        return 1
    rows = rows[:-1] if len(rows) > 2 else rows
    n_alike = sum(len(row) == len(rows[0]) for row in rows)
    return len(rows[0]) if rows and 10 * n_alike >= 9 * len(rows) else 1


def where_wrong(file: InputFile, problem: str) -> str:
    """Where a file is wrong of which Polars tells a problem, and what may be done; "" if that is not found."""
    if not file.paths:
        return ""
    if "utf-8" in problem.casefold():
        return where_no_utf8(file)
    return where_ragged(file) if "more fields" in problem else where_unclosed(file)


def where_ragged(file: InputFile) -> str:
    """The first row that has more fields than there are columns; "" if there is none."""
    with unpacked(file.paths[0]) as stream:
        head = stream.content.read(HEAD_BYTES)
    separator, n_skipped = separator_of(head.decode(errors="replace").removeprefix("\ufeff"), SEPARATORS[file.kind])
    with unpacked(file.paths[0]) as stream:
        lines = (line.decode(errors="replace") for line in iter(stream.content.readline, b""))
        rows = csv.reader(islice(lines, n_skipped, None), delimiter=separator)
        with suppress(csv.Error):  # a field beyond 128 KiB
            n_columns = len(next(rows, []))
            for number, row in enumerate(rows, start=1):
                if len(row) > n_columns:
                    return (
                        f"row {number} has {len(row)} fields, but there are {n_columns} columns, "
                        f"separated by {separator!r}: put quotes around texts that hold the separator"
                    )
    return ""


def where_no_utf8(file: InputFile) -> str:
    """Where a file stops being UTF-8, and what may be done; "" if it does not."""
    with unpacked(file.paths[0]) as stream:
        for number, line in enumerate(iter(stream.content.readline, b""), start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return f"line {number} is no UTF-8 (byte 0x{line[error.start]:02X}); {CONVERT}"
    return ""


def where_unclosed(file: InputFile) -> str:
    """The line from which on there are quotes without an end, and what may be done; "" if there is none."""
    line = begin = 0
    is_open = False
    with unpacked(file.paths[0]) as stream:
        for line, text in enumerate(iter(stream.content.readline, b""), start=1):
            if text.count(b'"') % 2:
                is_open = not is_open
                begin = line
    if not is_open:
        return ""
    return f"a quote in line {begin} has no end: put fields that hold quotes into quotes, and write each of these twice"


def check_unpacked(file: InputFile) -> None:
    """Check that no row of a packed file is larger than a text may be: Polars would unpack it whole.

    Raises
    ------
    BadInputError : one is
    """
    if not file.paths:
        return
    with unpacked(file.paths[0]) as stream:
        if stream.content is stream.stored:
            return
        row, is_open = 0, False
        while line := stream.content.readline(LONGEST_TEXT):
            row += len(line)
            is_open ^= line.count(b'"') % 2 == 1
            if row >= LONGEST_TEXT:
                what = f"a row unpacks to over {LONGEST_TEXT >> 20} MiB"
                raise BadInputError(f"{file.name}: {what}; take it out, or close the quote before it")
            row *= is_open or not line.endswith(b"\n")
