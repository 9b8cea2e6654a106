"""Slop scores equal those of a slow obvious count, whatever the chunks; filters drop nothing silently."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import fastslop as fs
from fastslop.base.errors import BadInputError
from fastslop.base.rates import jackknife_margin
from fastslop.base.spec import PRESETS
from fastslop.reading import formats
from fastslop.reading.options import ReadOptions
from fastslop.reading.tally import Tally
from fastslop.search import expressions
from fastslop.search.filter import Bounds, FilterJob, LabelScore, filter_corpus
from fastslop.search.list_entries import understand
from fastslop.search.list_files import Entry, Group
from fastslop.search.list_matcher import ListMatcher, matcher_of_list
from fastslop.system.budget import Budget
from tests.corpora_of import done, fastslop
from tests.naive import fnv1a

SPEC = PRESETS["default"]
PHRASES = ["barely above a whisper", "a whisper", "elara"]
TEXTS = [
    ("oak", "p1", "Elara spoke, barely above a whisper. A whisper!"),
    ("elm", "p1", "Nothing of the kind is here."),
    ("oak", "p2", "elara ELARA Elara's"),
    ("elm", "p2", "A whisper? Barely. Above a whisper."),
    ("oak", "p3", "1234"),
]


def matcher_of(phrases: list[str]) -> ListMatcher:
    return matcher_of_list(understand([Group("", [Entry(phrase, "") for phrase in phrases])], "", SPEC), SPEC)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "texts.jsonl"
    rows = ({"model": model, "prompt": prompt, "output": text} for model, prompt, text in TEXTS)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def filtered(path: Path, bounds: Bounds, workers: int = 0) -> tuple[list[dict[str, object]], list[LabelScore]]:
    lines: list[bytes] = []
    job = FilterJob(matcher_of(PHRASES), bounds, ReadOptions(), Budget(workers), Tally())
    labels = filter_corpus([str(path)], job, lines.append)
    return [json.loads(line) for line in b"".join(lines).splitlines()], labels


def test_filter__scores_every_text(corpus: Path) -> None:
    rows, labels = filtered(corpus, Bounds())
    assert {row["contrasts"] for row in rows} == {0}
    found = {(row["label"], row["prompt"]): (row["n_words"], row["matches"], row["score"]) for row in rows}
    assert found == {
        ("oak", f"{fnv1a('p1'):016x}"): (8, 3, 375.0),
        ("elm", f"{fnv1a('p1'):016x}"): (6, 0, 0.0),
        ("oak", f"{fnv1a('p2'):016x}"): (3, 2, 666.667),
        ("elm", f"{fnv1a('p2'):016x}"): (6, 2, 333.333),
        ("oak", f"{fnv1a('p3'):016x}"): (0, 0, 0.0),
    }
    assert [(own.label, own.n_docs, own.n_kept, own.matches.n, own.n_words) for own in labels] == [
        ("elm", 2, 2, 2, 12),
        ("oak", 3, 3, 5, 11),
    ]


def test_filter__counts_contrasts(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    texts = ["It was not a house but a promise. It's not far.", "It wasn't a wave. It was a wall.", "It was late."]
    rows = ({"model": "oak", "prompt": f"p{i}", "output": text} for i, text in enumerate(texts))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    scored, (label,) = filtered(path, Bounds())
    assert [(row["contrasts"], row["contrasts_per_1000"]) for row in scored] == [(1, 90.909), (1, 125.0), (0, 0.0)]
    groups = [(1, 11), (1, 8), (0, 3)]
    margin = jackknife_margin(*np.array(groups).T)
    assert margin is not None
    assert label.contrasts == (
        2,
        pytest.approx(2000 / 22),
        pytest.approx(2000 / 22 - margin),
        pytest.approx(2000 / 22 + margin),
    )
    assert filtered(path, Bounds(high=1e9))[1] == [label]


def test_filter__keeps_what_lies_between_the_bounds_and_can_be_read_again(corpus: Path, tmp_path: Path) -> None:
    rows, labels = filtered(corpus, Bounds(low=333, high=400))
    assert rows == [json.loads(line) for line in corpus.read_text().splitlines()[::3]]
    assert {own.label: own.n_kept for own in labels} == {"oak": 1, "elm": 1}
    again = tmp_path / "kept.jsonl"
    again.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert {row["score"] for row in filtered(again, Bounds())[0]} == {375.0, 333.333}


@pytest.mark.parametrize("bounds", [Bounds(), Bounds(high=350)])
def test_filter__does_not_depend_on_batches_or_workers(
    corpus: Path, bounds: Bounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = filtered(corpus, bounds, workers=1)
    monkeypatch.setattr(formats, "READ_BYTES", 80)
    assert filtered(corpus, bounds, workers=3) == one


LINES = [
    b'{"model": "oak","n":1.50 , "output":"Elara spoke.", "id": 1, "nested": {"b": [1,2], "a": null}}',
    b'{"output": "Nothing \\u00e9lse \\n of the kind \xc3\xa9.", "id": 2, "model":"elm"}\r',
    b"",
    b'{"model": "oak", "output": "\\ud83d\\ude00 Nothing.", "output": "Elara.", "id": 3}',
    b"{broken",
    b'{"id": 4, "model": "oak", "output": "It is what it is.", "score": "as it was"}',
    b'{"id": 5, "model": "oak", "output": ["Calm.", "Elara."]}',
    b'{"id": 6, "model": "oak", "output": ["Calm.", "Still calm."]}',
    b'{"id": 7, "model": "oak", "output": "   "}',
    b' {"id": 8, "model": "elm", "output": "No more."} ',
]


def kept_lines(data: bytes, path: Path, bounds: Bounds, shard: tuple[int, int] = (0, 1)) -> bytes:
    path.write_bytes(data)
    lines: list[bytes] = []
    options = ReadOptions(shard=shard, max_bad=1.0)
    job = FilterJob(matcher_of(PHRASES), bounds, options, Budget(), Tally())
    filter_corpus([str(path)], job, lines.append)
    return b"".join(lines)


@pytest.mark.parametrize("read_bytes", [1, 100, 1 << 20])
@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_filter__passes_lines_of_json_on_byte_for_byte(
    read_bytes: int, end: bytes, pack: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "READ_BYTES", read_bytes)
    path, data = tmp_path / "texts.jsonl", pack(b"\n".join(LINES) + end)
    without = [LINES[i] + b"\n" for i in (1, 5, 7, 9)]
    assert kept_lines(data, path, Bounds(high=0)) == b"".join(without)
    assert kept_lines(data, path, Bounds(low=1)) == LINES[0] + b"\n" + LINES[3] + b"\n"
    shards = [kept_lines(data, path, Bounds(high=0), shard=(i, 3)) for i in range(3)]
    assert sorted(b"".join(shards).splitlines()) == sorted(b"".join(without).splitlines())


ROWS = [
    {"uid": "a", "model": "oak", "text": "Elara.", "n": 1, "tags": ["x"], "day": "2026-01-02"},
    {"uid": "b", "model": "elm", "text": "Calm.", "n": 2, "tags": [], "day": None},
]


def write_rows(path: Path) -> Path:
    frame = pl.DataFrame(ROWS).with_columns(pl.col("day").str.to_date())
    if path.suffix == ".parquet":
        frame.with_columns(picture=pl.lit(b"png")).write_parquet(path)
    elif path.suffix == ".csv":
        frame.drop("tags").write_csv(path)
    elif path.suffix == ".json":
        path.write_text(json.dumps({"made": "by hand", "rows": ROWS}, indent=1))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


@pytest.mark.parametrize("name", ["a.parquet", "a.json", "a.jsonl", "a.csv"])
def test_filter__gives_back_records_as_they_came(name: str, tmp_path: Path) -> None:
    found = fs.filter_texts(write_rows(tmp_path / name), ["elara"], max_score=0)
    (kept,) = ROWS[1:]
    if name.endswith(".csv"):  # which knows no numbers
        kept = {field: None if value is None else str(value) for field, value in kept.items() if field != "tags"}
    assert found.texts is not None
    assert found.texts.to_dicts() == [kept]
    assert ("columns of bytes are left out of what is kept: picture" in "".join(found.notes)) == (name == "a.parquet")


@pytest.mark.parametrize("name", ["a.parquet", "a.json", "a.jsonl", "a.csv"])
def test_filter__says_of_each_score_whose_it_is(name: str, tmp_path: Path) -> None:
    found = fs.filter_texts(write_rows(tmp_path / name), ["elara"])
    assert found.texts is not None
    assert found.texts.select("id", "file", "row").rows() == [
        ("a", str(tmp_path / name), 1),
        ("b", str(tmp_path / name), 2),
    ]
    assert "bytes" not in "".join(found.notes)


def test_filter__writes_ids_as_they_were(tmp_path: Path) -> None:
    ids = ['"7"', "7", "7.50", "null", '{"a": [1, "\\u00e9"]}', '"é\\""']
    lines = [f'{{"nested": {{"id": 0}}, "id" : {own} , "output": "Calm."}}' for own in ids]
    lines += ['{"output": "No id."}', '{"id": 1, "output": "Twice.", "id": 2}', '{"id": NaN, "output": "Odd."}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    written: list[bytes] = []
    fs.filter_texts(tmp_path / "a.jsonl", ["elara"], out=written.append)
    found = [line.split(',"file"')[0] for line in b"".join(written).decode().splitlines()]
    assert found == [f'{{"id":{own}' for own in [*ids, "null", "2", "NaN"]]


def test_filter__of_files_that_are_texts(tmp_path: Path) -> None:
    (tmp_path / "oak").mkdir()
    for name, text in (("a.txt", "Elara."), ("b.txt", "Calm.")):
        (tmp_path / "oak" / name).write_text(text)
    scored = fs.filter_texts(tmp_path / "oak", ["elara"]).texts
    kept = fs.filter_texts(tmp_path / "oak", ["elara"], max_score=0).texts
    assert scored is not None and kept is not None
    assert scored.select("file", "row", "matches").rows() == [
        (str(tmp_path / "oak" / "a.txt"), None, 1),
        (str(tmp_path / "oak" / "b.txt"), None, 0),
    ]
    assert kept.select("file", "model", "score", "text").rows() == [
        (str(tmp_path / "oak" / "b.txt"), "oak", 0.0, "Calm.")
    ]


def test_filter__says_what_was_left_out_of_list_and_texts(corpus: Path, tmp_path: Path) -> None:
    listed, out = tmp_path / "list.txt", tmp_path / "kept.jsonl"
    listed.write_text("elara\nthe end. The start\n???\n")
    with corpus.open("a") as file:
        file.write('{"model": "oak", "prompt": "p4", "output": ""}\n')
    answer = done("filter", corpus, "--list", listed, "--max-score", 300, "--max-bad", 1, "-o", out)
    assert answer.out == ""
    assert "kept 4 of 5 texts, dropped 1" in answer.log
    assert "skipped 1: " in answer.log
    crosses = "'the end. The start' (it goes on past the end of a sentence or a line)"
    assert f"list: 1 phrase; 2 entries cannot match: {crosses}, '???' (it has no words)\n" in answer.log
    assert len(out.read_text().splitlines()) == 4


def test_filter__does_not_overwrite(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("elara")
    answer = fastslop("filter", corpus, "--list", tmp_path / "list.txt", "-o", corpus)
    assert answer.code == 2 and f"{corpus} is already there; choose another place or say --force" in answer.log
    assert len(corpus.read_text().splitlines()) == len(TEXTS)


def test_filter__prints_json_lines(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("elara")
    answer = done("filter", corpus, "--list", tmp_path / "list.txt")
    assert [json.loads(line)["matches"] for line in answer.out.splitlines()] == [1, 0, 2, 0, 0]
    assert "scored 5 texts" in answer.log


def test_filter__counts_phrases_ngrams_and_expressions_of_a_list(corpus: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list.json"
    listed.write_text(json.dumps({"phrases": ["elara"], "ngrams": ["barely whisper"], "regex": [r"\bNothing\b.*here"]}))
    answer = done("filter", corpus, "--list", listed)
    assert "list: 1 phrase, 1 content n-gram, 1 regular expression\n" in answer.log
    assert [json.loads(line)["matches"] for line in answer.out.splitlines()] == [2, 1, 2, 0, 0]


def test_filter__names_the_text_for_which_an_expression_takes_too_long(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expressions, "SECONDS", 0.05)
    with corpus.open("a") as file:
        file.write(json.dumps({"model": "oak", "prompt": "p4", "output": "ab" * 20_000}) + "\n")
    with pytest.raises(BadInputError, match=r"texts\.jsonl:6: the regular expression .* \(entry 1\) takes more than"):
        fs.filter_texts(corpus, ["(?:a|ab|b)+$(?<=c)"], max_score=1)


# Languages

CHINESE = "我们不应该只看结果，而是要看过程。这不是终点，而是起点。他们在这里生活和工作，也在这里学习。"


def of_models(**texts: str) -> list[dict[str, str]]:
    return [{"model": model, "prompt": str(i), "text": text} for model, text in texts.items() for i in range(9)]


def test_filter__finds_the_language_of_texts_and_says_it() -> None:
    found = fs.filter_texts(of_models(oak=CHINESE), ["起点"])
    assert (found.language, found.languages) == ("zh", {"oak": "zh"})
    assert found.labels.select("matches", "contrasts").rows() == [(9, 18)]
    assert "scored as 'zh': its most frequent words are the stopwords" in found.notes
    assert (found.to_dict()["language"], found.to_dict()["languages"]) == ("zh", {"oak": "zh"})
    declared = fs.filter_texts(of_models(oak=CHINESE), ["起点"], language="zh")
    assert declared.labels.equals(found.labels) and declared.languages == {}


def test_filter__of_english_texts_says_nothing_of_languages() -> None:
    found = fs.filter_texts(of_models(oak="It was not the end of it, but the beginning. " * 9), ["end"])
    assert found.language == "en" and not [note for note in found.notes if "as '" in note]


def test_filter__names_languages_without_rules_and_labels_in_another_language(tmp_path: Path) -> None:
    swedish = "Det var inte slutet, utan början på det som de hade sett i staden. " * 9
    alone = fs.filter_texts(of_models(ask=swedish), ["slutet"])
    assert alone.language == "sv" and alone.labels["contrasts"].sum() == 0
    assert any("contrasts are known in English, Chinese," in note for note in alone.notes)
    for name, text in {"oak": CHINESE * 9, "ask": swedish}.items():
        rows = of_models(**{name: text})
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    both = fs.filter_texts([str(tmp_path / "ask.jsonl"), str(tmp_path / "oak.jsonl")], ["slutet"], language="auto")
    assert both.languages == {"ask": "sv", "oak": "zh"}
    assert any("but scored as" in note and "score languages apart" in note for note in both.notes)


def test_filter__counts_contrasts_by_the_language_that_is_declared(tmp_path: Path) -> None:
    texts = tmp_path / "texts.jsonl"
    texts.write_text(json.dumps({"model": "oak", "text": "Das ist kein Fehler, sondern eine Chance."}) + "\n")
    (tmp_path / "list.txt").write_text("fehler")
    for language, n in (("de", 1), ("en", 0)):
        value = done("filter", texts, "--list", tmp_path / "list.txt", "--language", language, "--json").json
        assert (value["language"], value["labels"][0]["contrasts"]) == (language, n)
    answer = fastslop("filter", texts, "--list", tmp_path / "list.txt", "--language", "xx")
    assert answer.code == 2 and "unknown language 'xx'" in answer.log
