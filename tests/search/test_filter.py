"""Slop scores equal those of a slow obvious count, whatever the chunks; filters drop nothing silently."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fastslop.base.errors import BadInputError
from fastslop.base.rates import jackknife_margin
from fastslop.base.spec import PRESETS
from fastslop.reading import formats
from fastslop.reading.options import ReadOptions
from fastslop.reading.tally import Tally
from fastslop.search.filter import Bounds, FilterJob, LabelScore, filter_corpus
from fastslop.search.list_files import read_phrases
from fastslop.search.matcher import build_matcher
from fastslop.system.budget import Budget
from tests.corpora_of import done, fastslop
from tests.naive import fnv1a

PHRASES = ["barely above a whisper", "a whisper", "elara"]
TEXTS = [
    ("oak", "p1", "Elara spoke, barely above a whisper. A whisper!"),
    ("elm", "p1", "Nothing of the kind is here."),
    ("oak", "p2", "elara ELARA Elara's"),
    ("elm", "p2", "A whisper? Barely. Above a whisper."),
    ("oak", "p3", "1234"),
]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "texts.jsonl"
    rows = ({"model": model, "prompt": prompt, "output": text} for model, prompt, text in TEXTS)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def filtered(path: Path, bounds: Bounds, workers: int = 0) -> tuple[list[dict[str, object]], list[LabelScore]]:
    lines: list[bytes] = []
    job = FilterJob(build_matcher(PHRASES, PRESETS["default"]), bounds, ReadOptions(), Budget(workers), Tally())
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
    job = FilterJob(build_matcher(PHRASES, PRESETS["default"]), bounds, options, Budget(), Tally())
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


def test_filter__rewrites_what_is_no_line_of_json(tmp_path: Path) -> None:
    pl.DataFrame({"model": ["oak", "elm"], "text": ["Elara.", "Calm."]}).write_parquet(tmp_path / "texts.parquet")
    rows, _ = filtered(tmp_path / "texts.parquet", Bounds(high=0))
    assert rows == [{"model": "elm", "prompt": f"{fnv1a('Calm.'):016x}", "score": 0.0, "text": "Calm."}]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "barely above\n\nelara\n"),
        ("a.json", '["barely above", "elara"]'),
        ("b.json", '[["barely above", 0.1], ["elara", 0.5]]'),
        ("a.jsonl", '["barely above", 12]\n["elara", 3]\n'),
        ("b.jsonl", '"barely above"\n\n"elara"\n'),
        ("a.csv", 'n,phrase\n1,"barely above"\n2,elara\n'),
    ],
)
def test_read_phrases__reads_every_shape(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    assert read_phrases(tmp_path / name) == ["barely above", "elara"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.doc", "x", "unknown kind of list"),
        ("a.txt", "\n", "no phrase in it"),
        ("a.json", "{", "no valid JSON"),
        ("a.json", '{"a": 1}', "is a JSON array"),
        ("a.json", '["a", 1]', "entry 2"),
        ("a.jsonl", '"a"\n{', ":2: no valid JSON"),
        ("a.csv", "word\na\n", "no column 'phrase' among word"),
        ("a.csv", "", "no readable CSV"),
    ],
)
def test_read_phrases__names_what_is_wrong(name: str, content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(BadInputError, match=re.escape(words)):
        read_phrases(tmp_path / name)


def test_filter__says_what_was_left_out_of_list_and_texts(corpus: Path, tmp_path: Path) -> None:
    listed, out = tmp_path / "list.txt", tmp_path / "kept.jsonl"
    listed.write_text("elara\nthe end. The start\n???\n")
    with corpus.open("a") as file:
        file.write('{"model": "oak", "prompt": "p4", "output": ""}\n')
    answer = done("filter", corpus, "--list", listed, "--max-score", 300, "--max-bad", 1, "-o", out)
    assert answer.out == ""
    assert "kept 4 of 5 texts, dropped 1" in answer.log
    assert "skipped 1: " in answer.log
    assert "left out 1" in answer.log and "'the end. The start'" in answer.log and "'???'" in answer.log
    assert len(out.read_text().splitlines()) == 4


def test_filter__does_not_overwrite(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("elara")
    assert fastslop("filter", corpus, "--list", tmp_path / "list.txt", "-o", corpus).code == 2
    assert len(corpus.read_text().splitlines()) == len(TEXTS)


def test_filter__prints_json_lines(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("elara")
    answer = done("filter", corpus, "--list", tmp_path / "list.txt")
    assert [json.loads(line)["matches"] for line in answer.out.splitlines()] == [1, 0, 2, 0, 0]
    assert "scored 5 texts" in answer.log
