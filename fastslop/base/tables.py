"""Frames as tables in a notebook."""

from __future__ import annotations

from html import escape

import polars as pl

ROWS_SHOWN = 50
"""Most rows shown of a table in a notebook."""


def html_table(frame: pl.DataFrame) -> str:
    """A frame as a plain HTML table: numbers to three decimals, flush right; its text is escaped."""
    shown = frame.head(ROWS_SHOWN)
    head = "".join(f"<th>{escape(name)}</th>" for name in shown.columns)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in shown.iter_rows())
    more = frame.height - shown.height
    rest = f"<p>and {more:,} more rows</p>" if more else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{rest}"


def _cell(value: object) -> str:
    if value is None:
        return "<td></td>"
    if isinstance(value, float):
        return f'<td style="text-align:right">{value:,.3f}</td>'
    if isinstance(value, int):
        return f'<td style="text-align:right">{value:,}</td>'
    return f"<td>{escape(str(value))}</td>"
