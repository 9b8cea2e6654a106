"""Records in JSON documents: which are taken of objects of several kinds, and that none of these is silently lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fastslop.base.errors import BadInputError
from fastslop.reading.corpus import read_chunks
from fastslop.reading.json_documents import records_of
from fastslop.reading.options import ReadOptions
from fastslop.reading.tally import Tally
from tests.reading.test_corpus import docs_of, write_lines

TEXTS = [f"The ferry of {when} was late and nobody on the pier minded." for when in ("noon", "dusk", "dawn")]


def read(path: Path, max_bad: float = 1) -> tuple[list[tuple[str, str]], Tally]:
    """Text and label of every document of a file, and the tally."""
    tally = Tally()
    found = docs_of(read_chunks([str(path)], ReadOptions(max_bad=max_bad), tally=tally))
    return [(doc.text, doc.label) for doc in found], tally


def write(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_records__without_a_text_are_counted_beside_those_that_have_one(tmp_path: Path) -> None:
    calls = [{"prompt": f"p{i}", "output": text} for i, text in enumerate(TEXTS)]
    run = {"model": "ash", "results": [*calls, {"prompt": "p3", "output": None}, {"prompt": "p4", "error": "timeout"}]}
    found, tally = read(write(tmp_path / "run.json", run))
    assert found == [(text, "ash") for text in TEXTS]
    assert tally.skipped == {"no text field": 2}


@pytest.mark.parametrize("inner", [None, {}, {"story": None}])
def test_records__whose_text_lies_deeper_are_counted_if_they_have_none(tmp_path: Path, inner: object) -> None:
    items = [{"prompt": f"p{i}", "result": {"story": text}} for i, text in enumerate(TEXTS)]
    run = {"model": "ash", "items": [*items, {"prompt": "p3", "result": inner}]}
    found, tally = read(write(tmp_path / "run.json", run))
    assert found == [(text, "ash") for text in TEXTS]
    assert tally.skipped == {"no text field": 1}


def test_lists__that_name_their_texts_otherwise_are_not_silently_lost(tmp_path: Path) -> None:
    both = {
        who: [{"prompt": f"p{i}", name: f"{who}: {text}"} for i, text in enumerate(TEXTS)]
        for who, name in (("ash", "output"), ("fir", "response"))
    }
    with pytest.raises(BadInputError, match=r"3 of 6 records cannot be used.*no text field: 3"):
        read(write(tmp_path / "both.json", {"results": both}), max_bad=0.001)


def test_runs__may_hold_their_records_at_different_depths() -> None:
    calls = [{"prompt": f"p{i}", "output": text} for i, text in enumerate(TEXTS)]
    runs = [{"model": "ash", "items": calls}, {"model": "fir", "groups": [{"items": calls}]}]
    assert [record["model"] for record in records_of({"runs": runs})] == ["ash"] * 3 + ["fir"] * 3


def test_root_of_a_tree__is_no_record_without_a_text() -> None:
    root: dict[str, Any] = {"id": "r", "message": None, "parent": None, "children": ["a"]}
    said = {"author": {"role": "assistant"}, "content": {"content_type": "text", "parts": TEXTS[:1]}}
    leaf = {"id": "a", "message": said, "parent": "r", "children": []}
    assert [record["id"] for record in records_of({"title": "Piers", "mapping": {"r": root, "a": leaf}})] == ["a"]


def test_lines__with_no_record_in_them_are_counted(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        {"prompt": f"p{i}", "answers": [{"model": "ash", "answer": text}]} for i, text in enumerate(TEXTS)
    ]
    lines += [{"prompt": "p3", "answers": []}, {"prompt": "p4", "answers": [{"model": "ash", "answer": None}]}]
    found, tally = read(write_lines(tmp_path / "a.jsonl", lines))
    assert found == [(text, "ash") for text in TEXTS]
    assert tally.skipped == {"no text field": 2}


@pytest.mark.parametrize("where", ["error", "errors", "exception"])
def test_errors__are_no_texts_wherever_they_stand(tmp_path: Path, where: str) -> None:
    failed = {"model": "ash", where: {"message": "Too many requests were made of this service today."}}
    assert records_of(failed) == []
    answers = [{"model": "ash", "output": text} for text in TEXTS]
    found, tally = read(write_lines(tmp_path / "a.jsonl", [failed, *answers]))
    assert found == [(text, "ash") for text in TEXTS]
    assert tally.skipped == {"no text field": 1}


@pytest.mark.parametrize("name", ["judgements", "judge_outputs", "annotations", "evaluation", "feedback", "critiques"])
def test_what_others_say_of_texts__is_read_only_if_there_is_nothing_else(name: str) -> None:
    said = [{"judge": "yew", "response": "A calm and careful piece of writing. " * 20}]
    run = {"model": "ash", "items": [{"prompt": "p", "result": {"story": text}, name: said} for text in TEXTS]}
    assert [record["story"] for record in records_of(run)] == TEXTS
    assert [record["response"] for record in records_of({name: said})] == [said[0]["response"]]


@pytest.mark.parametrize("is_by_prompt", [False, True])
def test_names_above_names_or_lists__are_no_prompts_and_said_to_be_models_perhaps(
    tmp_path: Path, is_by_prompt: bool
) -> None:
    both: dict[str, Any] = {who: [{"output": f"{who}: {text}"} for text in TEXTS] for who in ("ash", "fir")}
    if is_by_prompt:
        both = {who: {f"p{i}": record for i, record in enumerate(records)} for who, records in both.items()}
    found, tally = read(write(tmp_path / "both.json", both))
    assert len(found) == 6
    (columns,) = tally.taken
    assert columns.prompt == (("key",) if is_by_prompt else ())
    assert any("if model_of_list (ash, fir) names models: --model model_of_list" in note for note in tally.notes)
