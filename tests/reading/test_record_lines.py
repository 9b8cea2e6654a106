"""Records as lines of JSON are the records, and a field's value in a line is what the standard library finds."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fastslop.reading.json_lines import Lines, find_newlines
from fastslop.reading.options import IDS, NOTHING, RECORDS
from fastslop.reading.record_lines import lines_of_records, lines_of_rows, not_kept, values_in

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
records = st.dictionaries(st.sampled_from(["id", "é", "text", 'i"d', "i"]), values, max_size=4)


def lines_of(block: bytes) -> Lines:
    ends = find_newlines(block)
    return Lines(block, ends, np.arange(1, len(ends) + 1))


@pytest.mark.kernels
@given(st.lists(records, min_size=1, max_size=4), st.sampled_from(["id", "é", 'i"d']), st.booleans())
@example([{}], "id", False)
def test_values_in__are_those_of_the_standard_library(own: list[dict[str, Any]], name: str, is_ascii: bool) -> None:
    lines = lines_of("".join(json.dumps(record, ensure_ascii=is_ascii) + "\n" for record in own).encode())
    found = values_in(lines, np.arange(len(own)), name)
    assert [json.loads(value) for value in found] == [record.get(name) for record in own]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('{"id":1,"id":2}', b"2"),
        (' {"id" : [1, {"id":3}] } ', b'[1, {"id":3}]'),
        ('{"a":{"id":1}}', b"null"),
        ('["id", 1]', b"null"),
        ('{"id":NaN}', b"NaN"),
        ("{}", b"null"),
        ("", b"null"),
    ],
)
def test_values_in__are_as_they_stand_or_null(line: str, value: bytes) -> None:
    assert values_in(lines_of(line.encode() + b"\n"), np.array([0]), "id") == [value]


@given(st.lists(records, max_size=4))
def test_lines_of_records__are_the_records(own: list[dict[str, Any]]) -> None:
    numbered = list(enumerate(own, 5))
    lines = lines_of_records(numbered, RECORDS)
    assert lines is not None
    assert [json.loads(line) for line in lines.block.splitlines()] == own if own else lines.block == b""
    assert lines.numbers.tolist() == [number for number, _ in numbered]
    assert lines_of_records(numbered, NOTHING) is None


def test_lines_of_records__may_hold_ids_alone_and_half_a_pair() -> None:
    lines = lines_of_records([(1, {"id": "\ud800", "text": "x"}), (2, ["no object"])], IDS)
    assert lines is not None
    assert lines.block == b'{"id": "\\ud800"}\n{}\n'


def test_lines_of_rows__leave_out_bytes() -> None:
    frame = pl.DataFrame({"id": [1], "text": ["x"], "picture": [{"bytes": b"png"}], "raw": [b"x"]})
    lines = lines_of_rows(frame, np.array([7]), RECORDS)
    assert lines is not None
    assert (lines.block, lines.numbers.tolist()) == (b'{"id":1,"text":"x"}\n', [7])
    assert not_kept(frame, RECORDS) == ["picture", "raw"]
    ids = lines_of_rows(frame, np.array([7]), IDS)
    assert ids is not None and ids.block == b'{"id":1}\n'
    assert lines_of_rows(frame.drop("id"), np.array([7]), IDS) is None
