"""Contractions that were cut are told as damage, and are no vocabulary."""

from __future__ import annotations

import gzip
import json
import re
from itertools import product

import numpy as np
import polars as pl
import pytest

import fastslop as fs
from fastslop.base.wordfreq import wordfreq_frequencies
from fastslop.scoring.damage import LEAST_STUMPS, OTHER_WORDS, STUMPS

WHOLE = "it wasn't late and they didn't mind, though she wouldn't say why"


def texts(model: str, text: str, n: int = 40, **cut: int) -> list[dict[str, str]]:
    """So many texts; each of the words ``cut`` is added to so many of them, as a sampler leaves it."""
    added = {i: [word for word, times in cut.items() if i < times] for i in range(n)}
    return [
        {"model": model, "prompt": str(i), "text": f"{text}. {' '.join(f'it {word}’ a stone.' for word in added[i])}"}
        for i in range(n)
    ]


def scored(*of_models: list[dict[str, str]], spec: str = "default") -> fs.Scores:
    return fs.score(fs.count([text for of_model in of_models for text in of_model], spec=spec), max_p=1)


def notes(scores: fs.Scores) -> list[str]:
    return [note for note in scores.notes if "broken contractions" in note]


def test_damage__is_said_with_every_fragment_and_taken_out_of_words_and_ngrams() -> None:
    scores = scored(texts("cut", WHOLE, wasn=30, isn=12, hadn=4, ll=2, won=5), texts("whole", WHOLE))
    words = scores.labels.filter(label="cut")["n_words"].item()
    (note,) = notes(scores)
    assert note == (
        f"cut: 48 broken contractions (wasn 30, isn 12, hadn 4, …), {1e5 * 48 / words:,.0f} per 100,000 words: "
        "text was cut there; they are not scored or listed as vocabulary"
    )
    features = scores.features.filter(label="cut")
    parts = features.filter(pl.col("kind") != "mark")["feature"].str.split(" ").explode()
    assert not parts.is_in(["wasn", "isn", "hadn", "ll"]).any()
    assert parts.is_in(["wasn't", "won", "stone"]).sum() > 3
    pooled = scores.pooled["word", 1].texts
    assert not pooled.is_in(["wasn", "isn", "hadn"]).any() and pooled.is_in(["won"]).any()


@pytest.mark.parametrize("n", [LEAST_STUMPS - 1, LEAST_STUMPS])
def test_damage__takes_ten_fragments(n) -> None:
    scores = scored(texts("a", WHOLE, wasn=n))
    assert len(notes(scores)) == (n >= LEAST_STUMPS)
    assert scores.features["feature"].is_in(["wasn"]).any() == (n < LEAST_STUMPS)


def test_damage__is_none_where_fragments_are_rare() -> None:
    words = np.random.default_rng(1).choice(
        ["".join(some) for some in product("bdfgklm", "aeio", "nprst")], (40, 13_000)
    )
    many = [{"model": "a", "prompt": str(i), "text": " ".join(text)} for i, text in enumerate(words)]
    cut = texts("a", WHOLE, wasn=LEAST_STUMPS)
    assert len(notes(scored(cut))) == 1
    assert notes(scored(cut, many)) == []


def test_damage__is_not_what_stands_alone_as_a_word_or_in_programs() -> None:
    assert notes(scored(texts("a", "don won a haven, int ll ve can ain", n=60))) == []


def test_damage__is_none_where_the_tokeniser_cuts_at_apostrophes() -> None:
    scores = scored(texts("a", WHOLE, wasn=30), spec="slop-forensics")
    assert notes(scores) == []
    assert scores.features["feature"].is_in(["wasn"]).any()


@pytest.mark.parametrize("language", ["de", "fr", "es", "it", "nl", "pt"])
def test_stumps__are_no_words_of_other_languages(language) -> None:
    frequencies = wordfreq_frequencies(language)
    assert {stump for stump in STUMPS if frequencies.get(stump, 0) >= 1e-5} == set()


def test_stumps__are_what_is_left_of_contractions_with_not() -> None:
    assert {"wasn", "isn", "didn", "couldn", "wouldn", "hadn", "shouldn", "doesn", "weren"} <= STUMPS
    assert not STUMPS & OTHER_WORDS


def test_damage__of_a_real_panel_is_that_of_the_model_whose_sampler_cut(corpora, tmp_path) -> None:
    names = ("gemma-3-27b-it-antislop", "gemma-3-27b-it", "kimi-k2")
    profiles = fs.count([str(corpora / "slop-score" / f"{name}.jsonl.gz") for name in names])
    (note,) = notes(fs.score(profiles))
    found = re.match(r"gemma-3-27b-it-antislop: (\d+) broken contractions \(wasn (\d+), isn (\d+), doesn ", note)
    assert found is not None
    with gzip.open(corpora / "slop-score" / "gemma-3-27b-it-antislop.jsonl.gz") as lines:
        text = " ".join(json.loads(line)["output"].lower() for line in lines)
    for stump, n in zip(("wasn", "isn"), found.groups()[1:], strict=True):
        assert int(n) == len(re.findall(rf"\b{stump}(?!['’]\w|\w)", text)) > 40
