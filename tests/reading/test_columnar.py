"""Objects that are tables by their columns: which are, and which only hold lists of one length."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastslop as fs
from fastslop.base.errors import BadInputError
from fastslop.reading.columnar import rows_of
from fastslop.reading.json_documents import records_of

ASK, SAID = ["Where is the quay?", "Who keeps the mill?"], ["Behind the school.", "A widow and her two sons."]
TURNS = [{"role": "user", "content": ASK[0]}, {"role": "assistant", "content": SAID[0]}]


@given(
    st.lists(st.tuples(st.text(), st.text(), st.text()), min_size=1), st.sampled_from(["list", "dict", "split", "rest"])
)
def test_rows_of__gives_back_the_rows_that_were_written_by_columns(rows: list[Any], form: str) -> None:
    names = ["prompt", "output", "kind"]
    columns: dict[str, Any] = {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    expected = [dict(zip(names, row, strict=True)) for row in rows]
    table: dict[str, Any] = columns
    if form == "dict":
        table = {name: {str(i): value for i, value in enumerate(column)} for name, column in columns.items()}
    elif form == "split":
        table = {"columns": names, "index": list(range(len(rows))), "data": [list(row) for row in rows]}
    elif form == "rest":
        table, expected = columns | {"model": "ash"}, [{"model": "ash"} | row for row in expected]
    assert rows_of(table) == expected


@pytest.mark.parametrize(
    "table",
    [
        {"prompt": ASK[0], "models": ["ash", "elm"], "responses": SAID},
        {"models": ["ash", "elm"], "responses": SAID},
        {"prompt": TURNS, "responses": SAID},
        {"prompt": ASK, "output": SAID[:1]},
        {"ash": [{"output": SAID[0]}], "elm": [{"output": SAID[1]}]},
        {"messages": TURNS, "scores": [1, 2]},
        {"model": "ash", "prompt": ASK, "responses": [*SAID, "Nobody."]},
        {"text": SAID[0], "prompt": ASK, "output": [*SAID, "Nobody."]},
        {"prompt": ASK[0], "output": SAID[0]},
        {},
    ],
)
def test_rows_of__lists_of_one_length_are_no_table_by_that_alone(table: dict[str, Any]) -> None:
    assert rows_of(table) == []


def test_rows_of__a_list_of_another_length_that_is_no_text_prompt_or_label_is_left_aside() -> None:
    table = {"model": ["ash", "elm"], "prompt": ASK, "text": SAID}
    assert rows_of(table | {"seed": [1, 2, 3]}) == rows_of(table)
    assert len(rows_of(table)) == 2


@pytest.mark.parametrize("column", ["model", "prompt", "text"])
def test_count__columns_of_texts_prompts_and_labels_that_differ_in_length_are_refused(
    tmp_path: Path, column: str
) -> None:
    table = {"model": ["ash", "elm"] * 2, "prompt": ASK * 2, "text": SAID * 2}
    table[column] = table[column][:3]
    (tmp_path / "a.json").write_text(json.dumps(table), encoding="utf-8")
    with pytest.raises(BadInputError, match=rf"a\.json: columns of one table differ in length: .*'{column}' of 3"):
        fs.count(tmp_path / "a.json")


def test_rows_of__every_table_in_a_list_are_records() -> None:
    tables = [{"model": name, "prompts": ASK, "outputs": SAID} for name in ("ash", "elm")]
    assert [(one["model"], one["prompt"], one["output"]) for one in records_of(tables)] == [
        (name, asked, said) for name in ("ash", "elm") for asked, said in zip(ASK, SAID, strict=True)
    ]
