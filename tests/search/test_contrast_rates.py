"""Rates of contrasts are those of counting text by text, whatever the chunks, workers and tokeniser."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from fastslop.base.arrays import to_bytes
from fastslop.base.hashing import hash_strings
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.reading.chunks import TextChunk
from fastslop.search.bounded_sets import DistinctKeys
from fastslop.search.contrast_rates import ALL, PatternCounter, names_of, pattern_rates
from fastslop.search.passes import TextPasses, watch
from fastslop.tokens.tokeniser import tokenise
from tests.corpora_of import FAMILIES, done, records

SPEC = PRESETS["default"]
BUT, PAIR = "He came *not* with anger, but with silence.", "He saw it. It wasn’t a wave. It was\na wall."
WALL = "He saw it. It wasn’t a wave. It was a wall!"
TEXTS = [
    ("oak", "p1", f"{BUT} {WALL}"),
    ("oak", "p1", BUT),
    ("oak", "p2", f"The sea was green. {BUT}"),
    ("oak", "p3", f"{BUT} {BUT}"),
    ("oak", "p4", "Nothing here at all, 1234."),
    ("elm", "p1", PAIR),
    ("elm", "p2", WALL),
]


def chunks(size: int) -> Iterator[TextChunk]:
    for label in ("oak", "elm"):
        own = [(prompt, text) for name, prompt, text in TEXTS if name == label]
        keys = hash_strings([prompt for prompt, _ in own])
        for i in range(0, len(own), size):
            texts = pl.Series([text for _, text in own[i : i + size]])
            yield TextChunk(label, *to_bytes(texts), keys[i : i + size])


def rates(size: int = 2, workers: int = 1, spec: CountSpec = SPEC) -> pl.DataFrame:
    counter = PatternCounter(spec)
    watch(TextPasses(lambda step: chunks(size), spec, workers), [counter])
    return pattern_rates(counter.sums, spec.language)


def test_pattern_rates__are_those_of_counting_text_by_text() -> None:
    found = {(row["label"], row["pattern"]): row for row in rates().to_dicts()}
    assert [name for label, name in found if label == "oak"] == list(names_of("en"))
    n_words = sum(token.isalpha() or "'" in token for *_, text in TEXTS[:5] for token in tokenise(text, SPEC))
    own = found["oak", "not, but"]
    assert (own["n"], own["n_docs"], own["n_prompts"]) == (5, 4, 3)
    assert own["per_1000_words"] == pytest.approx(5000 / n_words, abs=1e-4)
    assert own["low"] < own["per_1000_words"] < own["high"]
    everything = found["oak", ALL]
    assert (everything["n"], everything["n_docs"], everything["n_prompts"]) == (6, 4, 3)
    assert found["elm", ALL]["n"] == found["elm", "it is not. It is"]["n"] == 1


def test_pattern_rates__in_fewer_than_three_prompts_are_unresolved() -> None:
    unresolved = rates().filter(pl.col("low").is_null())
    assert unresolved["high"].null_count() == unresolved.height
    assert unresolved["n_prompts"].max() == 1
    assert rates().filter(pl.col("low").is_not_null())["n_prompts"].min() == 3


def test_pattern_rates__quote_a_passage_as_it_stands() -> None:
    quoted = {(label, name): text for label, name, text in rates().select("label", "pattern", "example").iter_rows()}
    assert quoted["oak", "not, but"] == "He came *not* with anger, but with silence."
    assert quoted["oak", "it is not. It is"] == "It wasn’t a wave. It was a wall!"
    assert quoted["oak", "not only, but"] is None


@pytest.mark.parametrize(("size", "workers"), [(1, 1), (3, 2), (9, 3)])
def test_pattern_rates__do_not_depend_on_chunks_or_workers(size: int, workers: int) -> None:
    assert rates(size, workers).equals(rates())


def test_pattern_rates__do_not_depend_on_a_tokeniser_without_marks() -> None:
    assert rates(spec=PRESETS["slop-forensics"]).equals(rates())


def test_keys__are_counted_once() -> None:
    keys = DistinctKeys()
    batches = [[3, 1], [1], [2, 3, 9], [9], [4]]
    for batch in batches:
        keys.add(pl.Series(batch, dtype=pl.UInt64).to_numpy())
    assert keys.settle() == keys.settle() == len({key for batch in batches for key in batch})


def test_run__leaves_the_rates_of_contrasts(tmp_path: Path) -> None:
    corpus, out = tmp_path / "texts.jsonl", tmp_path / "out"
    rows = [row for model in FAMILIES[:2] for row in records(model)]
    text = next(name for name in ("output", "text") if name in rows[0])
    planted = [{**row, text: f"{row[text]} {WALL}"} if i < 7 else row for i, row in enumerate(rows)]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in planted))
    done("run", corpus, "-o", out)
    table = list(csv.DictReader((out / "patterns.csv").read_text().splitlines()))
    assert {row["label"]: row["n"] for row in table if row["pattern"] == "it is not. It is"} == {
        "oak-1": "7",
        "oak-2": "0",
    }
    assert json.loads((out / "run.json").read_text())["patterns"] == "patterns.csv"
    assert r"It wasn\u2019t a wave. It was a wall!" in (out / "report.html").read_text()
