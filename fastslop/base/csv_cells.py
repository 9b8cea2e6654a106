"""Tables as CSV whose cells a spreadsheet takes for text, never for a formula.

Labels and n-grams are untrusted: a spreadsheet computes a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a
carriage return. Such a text is written with an apostrophe before it, and so is one that would look like that already:
it can be taken away again. Numbers stay as they are.

References
----------
OWASP, CSV Injection: https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import re
from typing import TypeVar

import polars as pl
import polars.selectors as cs

_FORMULA = r"'*[=+\-@\t\r]"
_IS_FORMULA = re.compile(_FORMULA)
_IS_INERT = re.compile(f"^'({_FORMULA})")
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)


def inert(text: str) -> str:
    """The text as it is written into a cell."""
    return f"'{text}" if _IS_FORMULA.match(text) else text


def plain(cell: str) -> str:
    """The text of a cell that ``inert`` may have made."""
    return _IS_INERT.sub(r"\1", cell)


def inert_cells(frame: Frame) -> Frame:
    """A frame whose texts are as they are written into cells."""
    return frame.with_columns(cs.string().str.replace(f"^({_FORMULA})", "'${1}"))


def csv_of(frame: pl.DataFrame) -> str:
    """A frame as CSV: a line for its header, one for each row, numbers in full."""
    return inert_cells(frame.rename(inert)).write_csv()
