"""No cell of a CSV is taken for a formula, numbers stay as they are, and texts can be had again."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fastslop.base.csv_cells import csv_of, inert, plain

FORMULAS = "=+-@\t\r"
TEXTS = st.text(st.sampled_from([*FORMULAS, "'", '"', ",", "a", "1", "\n"]), max_size=6)


@example("'=1")
@example("''=1")
@example("=cmd|' /C calc'!A0")
@given(TEXTS)
def test_text__is_inert_in_a_cell_and_can_be_had_again(text: str) -> None:
    assert inert(text)[:1] not in FORMULAS or not text
    assert plain(inert(text)) == text


@given(st.lists(st.tuples(st.none() | TEXTS, st.floats(allow_nan=False, allow_infinity=False)), min_size=1))
def test_csv__has_the_texts_and_the_numbers(rows: list[tuple[str | None, float]]) -> None:
    frame = pl.DataFrame(rows, schema={"-text": pl.String, "n": pl.Float64}, orient="row")
    written = csv_of(frame)
    header, *read = csv.reader(io.StringIO(written, newline=""))
    assert header == ["'-text", "n"]
    assert [(plain(text), float(n)) for text, n in read] == [(text or "", n) for text, n in rows]
    assert all(cell[:1] not in FORMULAS for cell, _ in read if cell)


@pytest.mark.parametrize("n", [-1, -0.25, 1e-9])
def test_number__is_not_changed(n: float) -> None:
    assert csv_of(pl.DataFrame({"n": [n]})) == pl.DataFrame({"n": [n]}).write_csv()
