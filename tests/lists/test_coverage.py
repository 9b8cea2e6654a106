"""Few entries catch the most: the lazy greedy choice is the plain one, and never far from the best there is."""

from __future__ import annotations

import csv
import json
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.arrays import to_bytes
from fastslop.base.hashing import hash_strings
from fastslop.base.spec import PRESETS
from fastslop.lists.coverage import PromptSample, WordPrompts, greedy_coverage
from fastslop.reading.chunks import TextChunk
from fastslop.search.passes import TextPasses, watch
from tests.corpora_of import done, write_jsonl

SPEC = PRESETS["default"]
SETS = st.lists(st.sets(st.integers(0, 11), max_size=8), max_size=8)


def greedy(sets: list[set[int]]) -> tuple[list[int], list[int]]:
    return greedy_coverage([np.array(sorted(own), np.int64) for own in sets], 12)


def plain_greedy(sets: list[set[int]]) -> list[int]:
    """Try every set at every step; begin anew where none adds anything."""
    order: list[int] = []
    left, covered = [i for i, own in enumerate(sets) if own], set[int]()
    while left:
        best = max(left, key=lambda i: (len(sets[i] - covered), -i))
        if not sets[best] - covered:
            covered = set()
            continue
        covered |= sets[best]
        order.append(best)
        left.remove(best)
    return order + [i for i, own in enumerate(sets) if not own]


@given(SETS)
def test_greedy_coverage__is_the_plain_greedy_choice(sets: list[set[int]]) -> None:
    order, covered = greedy(sets)
    assert order == plain_greedy(sets)
    assert covered == [len(set().union(*(sets[i] for i in order[: n + 1]))) for n in range(len(order))]


@given(SETS)
def test_greedy_coverage__is_no_worse_than_is_proved(sets: list[set[int]]) -> None:
    """Nemhauser, Wolsey & Fisher 1978, theorem 4.1: 1 - (1 - 1/k)^k of the best choice of k sets."""
    _, covered = greedy(sets)
    for n in range(1, len(sets) + 1):
        best = max(len(set().union(*chosen)) for chosen in combinations(sets, n))
        assert covered[n - 1] >= (1 - (1 - 1 / n) ** n) * best - 1e-9


def keys(*names: str) -> np.ndarray:
    return hash_strings(names)


def test_sample__numbers_every_prompt_of_a_label_once() -> None:
    prompts = {label: keys(*(f"{label} {i}" for i in range(n))) for label, n in (("oak", 40), ("elm", 25))}
    whole = PromptSample.of(prompts)
    assert sorted(np.concatenate([whole.find(label, own) for label, own in prompts.items()])) == list(range(65))
    assert (whole.find("oak", prompts["elm"]) == -1).all() and (whole.find("ash", prompts["elm"]) == -1).all()


def test_sample__of_some_prompts_does_not_depend_on_their_order() -> None:
    prompts = {label: keys(*(f"{label} {i}" for i in range(n))) for label, n in (("oak", 40), ("elm", 25))}
    some = PromptSample.of(prompts, 20)
    again = PromptSample.of({label: own[::-1] for label, own in prompts.items()}, 20)
    assert some.size == again.size == 20
    assert all((some.keys[label] == again.keys[label]).all() for label in prompts)
    assert sum((some.find(label, own) >= 0).sum() for label, own in prompts.items()) == 20


def test_word_prompts__are_those_in_which_words_occur() -> None:
    texts = ["elm oak", "Oak, oak!", "ash", "elm's elm", "oak"]
    prompts = keys("p", "q", "r", "p", "s")
    sample = PromptSample.of({"a": prompts[:4]})
    for size in (1, 3, 5):
        words = WordPrompts(["oak", "elm", "yew"], sample, SPEC)

        def chunks(size: int = size):  # type: ignore[no-untyped-def]
            for i in range(0, len(texts), size):
                yield TextChunk("a", *to_bytes(pl.Series(texts[i : i + size])), prompts[i : i + size])

        watch(TextPasses(lambda step: chunks(), SPEC, 2), [words])
        found = {word: {*own.tolist()} for word, own in words.prompts().items()}
        p, q = sample.find("a", prompts[:2]).tolist()
        assert found == {"oak": {p, q}, "elm": {p}, "yew": set()}


def test_lists__rank_by_what_few_entries_catch(tmp_path: Path) -> None:
    """Two words that always stand together catch no more than one of them; what both miss comes next."""
    filler = "that it was all of this and there you are of it and so they have been there with us all"
    rows = [
        {"model": "oak", "id": i, "output": f"{filler}. {'gossamer petrichor ' * 3 if i < 30 else 'verdigris ' * 2}."}
        for i in range(40)
    ]
    corpus, out = write_jsonl(tmp_path / "texts.jsonl", rows), tmp_path / "lists"
    done("count", corpus, "-o", tmp_path / "profiles")
    done("lists", tmp_path / "profiles", "--texts", corpus, "-o", out)
    table = list(csv.DictReader((out / "models" / "oak" / "list.csv").read_text().splitlines()))
    entries = sorted((row for row in table if row["coverage_rank"]), key=lambda row: int(row["coverage_rank"]))
    assert {row["phrase"] for row in entries} == {row["phrase"] for row in table if row["kind"] in ("words", "phrases")}
    assert [int(row["coverage_rank"]) for row in entries] == list(range(1, len(entries) + 1))
    for n, row in enumerate(entries, 1):
        caught = sum(any(e["phrase"] in str(text["output"]) for e in entries[:n]) for text in rows)
        assert float(row["coverage"]) == caught / len(rows)
    assert entries[1]["phrase"].startswith("verdigris") and entries[1]["coverage"] == "1.0"
    banned = json.loads((out / "models" / "oak" / "banned_tokens.json").read_text())
    in_excess = {
        row["phrase"]: (row["kind"] == "words", float(row["baseline_per_million"]) - float(row["rate_per_million"]))
        for row in entries
    }
    assert banned == sorted(in_excess, key=lambda phrase: (in_excess[phrase], phrase))
