"""Files that say something of each label: a CSV of ``label`` and one other column."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from fastslop.base.errors import BadInputError


def read_label_file(path: Path, column: str, what: str) -> Iterator[tuple[str, str, str]]:
    """
    Each label of a CSV of ``label,<column>``, its value, and the place of its line for messages.

    Parameters
    ----------
    path
        The file; UTF-8, cells may have spaces around them, empty lines are skipped.
    column
        Name of the second column.
    what
        The same with its article, as in "a date".

    Raises
    ------
    BadInputError
        If the file is no such CSV, a line has no label or more than two cells, or a label comes twice.
    """
    columns = ["label", column]
    needed = f"a label and {what} are needed, as in {','.join(columns)}"
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path}: is no text in UTF-8") from error
    rows = _cells(path, lines, needed)
    _, header = next(rows, (1, []))
    if header != columns:
        raise BadInputError(f"{path}:1: the first line must be {','.join(columns)}")
    line_of: dict[str, int] = {}
    for line, cells in rows:
        place = f"{path}:{line}"
        if not any(cells):
            continue
        if len(cells) != len(columns) or not cells[0]:
            raise BadInputError(f"{place}: {needed}")
        label, value = cells
        if label in line_of:
            raise BadInputError(f"{place}: {label!r} has {what} at line {line_of[label]} already")
        line_of[label] = line
        yield label, value, place


def _cells(path: Path, lines: Sequence[str], needed: str) -> Iterator[tuple[int, list[str]]]:
    """The number of the line and the stripped cells of each row."""
    rows = csv.reader(lines)
    try:
        for row in rows:
            yield rows.line_num, [cell.strip() for cell in row]
    except csv.Error as error:
        raise BadInputError(f"{path}:{rows.line_num}: is no row of a CSV: {error}; {needed}") from error
