"""Records in JSON documents: which are taken of objects of several kinds, and that none of these is silently lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import fastslop as fs
from fastslop.base.errors import BadInputError, NoTextsError
from fastslop.reading.corpus import read_chunks
from fastslop.reading.json_documents import records_of
from fastslop.reading.options import ReadOptions
from fastslop.reading.tally import Tally
from fastslop.reading.unusable import FAILED_CALL
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
    assert tally.skipped == {"no text field": 1, FAILED_CALL: 1}


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
    assert tally.skipped == {FAILED_CALL if where == "error" else "no text field": 1}


@pytest.mark.parametrize("name", ["judge_outputs", "annotations", "evaluation", "feedback", "critiques"])
def test_what_others_say_of_texts__is_read_only_if_there_is_nothing_else(name: str) -> None:
    said = [{"judge": "yew", "response": "A calm and careful piece of writing. " * 20}]
    run = {"model": "ash", "items": [{"prompt": "p", "result": {"story": text}, name: said} for text in TEXTS]}
    assert [record["story"] for record in records_of(run)] == TEXTS
    assert [record["response"] for record in records_of({name: said})] == [said[0]["response"]]


@pytest.mark.parametrize("name", ["judgment", "judgements"])
def test_judgements__are_nobodys_texts_and_told_by_their_path(tmp_path: Path, name: str) -> None:
    games = [{"score": "A>B", name: {"answer": f"{text} The first is better."}} for text in TEXTS]
    path = write_lines(tmp_path / "ash.jsonl", [{"uid": "u1", "model": "ash", "judge": "yew", "games": games}])
    with pytest.raises(NoTextsError, match=rf"games\[\]\.{name}\.answer; choose the text with --text"):
        read(path)


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


def test_records__of_another_kind_are_read_by_their_own_names(tmp_path: Path) -> None:
    stories = [{"prompt": f"p{i}", "output": text} for i, text in enumerate(TEXTS)]
    essays = [{"question": f"q{i}", "response": f"Of late, {text}"} for i, text in enumerate(TEXTS)]
    path = write(tmp_path / "run.json", {"model": "ash", "stories": stories, "essays": essays})
    found, tally = read(path)
    assert sorted(found) == sorted((text, "ash") for text in (*TEXTS, *(f"Of late, {text}" for text in TEXTS)))
    assert tally.skipped == {}
    (looked,) = fs.look(path).files
    assert looked.n_prompts == 6


@pytest.mark.parametrize(
    "other",
    [
        {"table": {"rows": [{"prompt": "p", "response": text} for text in TEXTS]}},
        {"copies": [{"prompt": "p", "response": text} for text in TEXTS]},
        {"prompts": [{"id": i, "text": f"Tell me of {i}."} for i in range(3)]},
    ],
)
def test_records__of_another_kind_that_may_be_copies_or_prompts_are_counted(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    calls = [{"prompt": f"p{i}", "output": text} for i, text in enumerate(TEXTS)]
    found, tally = read(write(tmp_path / "run.json", {"model": "ash", "results": calls, **other}), max_bad=0.001)
    assert found == [(text, "ash") for text in TEXTS]
    assert tally.skipped == {"record of another kind": 3}


@pytest.mark.parametrize("name", ["references", "gold_answers", "expected", "judgements"])
def test_records__of_references_are_not_read_beside_answers(tmp_path: Path, name: str) -> None:
    calls = [{"prompt": f"p{i}", "output": text} for i, text in enumerate(TEXTS)]
    gold = [{"prompt": f"p{i}", "answer": f"It should be said that {text} " * 3} for i, text in enumerate(TEXTS)]
    found, _ = read(write(tmp_path / "run.json", {"model": "ash", "results": calls, name: gold}))
    assert found == [(text, "ash") for text in TEXTS]


NESTED = [
    {"prompt": f"p{i}", "answers": [{"model": who, "answer": f"{who}: {text}"} for who in ("ash", "fir")]}
    for i, text in enumerate(TEXTS)
]


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "frame", "records", "iterator"])
def test_records__within_records_are_read_whatever_they_come_from(tmp_path: Path, kind: str) -> None:
    source: Any = NESTED
    if kind == "jsonl":
        source = write_lines(tmp_path / "a.jsonl", NESTED)
    elif kind == "parquet":
        source = tmp_path / "a.parquet"
        pl.DataFrame(NESTED).write_parquet(source)
    elif kind == "frame":
        source = pl.DataFrame(NESTED)
    elif kind == "iterator":
        source = iter(NESTED)
    (looked,) = fs.look(source).files
    assert looked.models == {"ash": 3, "fir": 3}
    assert looked.n_prompts == 3


def test_chats__in_memory_may_be_lists_of_turns() -> None:
    chats = [[{"role": "user", "content": f"p{i}"}, {"role": "assistant", "content": t}] for i, t in enumerate(TEXTS)]
    (looked,) = fs.look(chats).files
    assert (looked.n_docs, looked.n_prompts, looked.text) == (3, 3, TEXTS[0])


def test_latin_1__is_named_with_its_line_and_a_remedy(tmp_path: Path) -> None:
    records = [{"prompt": "p", "output": text} for text in (TEXTS[0], "Die Fähre kam spät.")]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="latin-1")
    (tmp_path / "a.json").write_text(f"[{lines[0]},\n{lines[1]}]", encoding="latin-1")
    (tmp_path / "a.txt").write_text(records[1]["output"], encoding="latin-1")
    for name, place in (("a.jsonl", "a.jsonl:2"), ("a.json", "line 2 is no UTF-8"), ("a.txt", "a.txt")):
        with pytest.raises(BadInputError, match=rf"{place}.*it may be Latin-1 .*iconv -f WINDOWS-1252"):
            read(tmp_path / name, max_bad=0.001)
