"""Small tables that a user writes: a CSV of two columns, such as what is known of each label."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from fastslop.base.errors import BadInputError, NotThereError


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
        If the file is not there or is no such CSV, a line has no label or more than two cells, or a label comes twice.
    """
    columns = ["label", column]
    needed = f"a label and {what} are needed, as in {','.join(columns)}"
    line_of: dict[str, int] = {}
    for line, cells in rows_of(path, columns, needed):
        place = f"{path}:{line}"
        if len(cells) != len(columns) or not cells[0]:
            raise BadInputError(f"{place}: {needed}")
        label, value = cells
        if label in line_of:
            raise BadInputError(f"{place}: {label!r} has {what} at line {line_of[label]} already; leave one out")
        line_of[label] = line
        yield label, value, place


def rows_of(path: Path, columns: Sequence[str], needed: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV below its header that are not empty: the number of their last line, and stripped cells.

    Raises
    ------
    BadInputError
        If the file is not there or is no CSV in UTF-8, or its first line has not these ``columns``; ``needed`` is what
        is said of a line that is none.
    """
    if path.is_dir() or not path.exists():  # a pipe is taken
        raise NotThereError(f"there is no file {path}")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.reader(lines, strict=True)
        try:
            if [cell.strip() for cell in next(rows, [])] != columns:
                raise BadInputError(f"{path}:1: the first line must be {','.join(columns)}")
            for row in rows:
                cells = [cell.strip() for cell in row]
                if any(cells):
                    yield rows.line_num, cells
        except UnicodeDecodeError as error:
            raise BadInputError(f"{path}: is no text in UTF-8; save it as UTF-8") from error
        except csv.Error as error:
            raise BadInputError(f"{path}:{rows.line_num}: is no row of a CSV: {error}; {needed}") from error
