"""Examples are quoted from texts that have the feature, the same whatever the chunks, workers and order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from unicodedata import normalize

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.arrays import to_bytes
from fastslop.base.hashing import hash_strings
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.reading.chunks import TextChunk
from fastslop.search.examples import Entry, Examples
from fastslop.search.matcher import stream_of
from fastslop.search.passes import TextPasses, watch
from fastslop.search.phrases import find_phrases
from fastslop.search.quotes import WIDTH, Passage, Script, cut_passage
from tests.naive import ngrams, tokens
from tests.strategies import texts, wordy_texts

SPEC = PRESETS["default"]
Document = tuple[str, str]


def chunk_of(documents: Sequence[Document], label: str = "oak") -> TextChunk:
    prompts = hash_strings([prompt for prompt, _ in documents])
    return TextChunk(label, *to_bytes(pl.Series([text for _, text in documents], dtype=pl.String)), prompts)


def examples_of(
    documents: Sequence[Document], features: dict[str, list[str]], *, size: int = 100, workers: int = 1
) -> dict[Entry, Passage]:
    examples = Examples(SPEC)
    for table, own in features.items():
        examples.want("oak", table, own)
    chunks = (chunk_of(documents[i : i + size]) for i in range(0, len(documents), size))

    watch(TextPasses(lambda step: chunks, SPEC, workers), [examples])
    return dict(examples.of_label("oak"))


def features_of(documents: Sequence[Document]) -> dict[str, list[str]]:
    """All n-grams of words and of content words that the documents have, by table."""
    tables = [("word", 1), ("word", 2), ("word", 3), ("content", 2), ("content", 3)]
    streams = [tokens(text) for _, text in documents]
    stopwords = set(SPEC.stopwords)
    return {
        f"{kind} {order}": sorted({gram for own in streams for gram in ngrams(own, order, kind, stopwords, 1)})
        for kind, order in tables
    }


def words_of(text: str) -> list[str]:
    return [token for kind, token in tokens(text) if kind == "word"]


documents = st.lists(st.tuples(st.sampled_from(["p", "q", "r"]), wordy_texts), min_size=1, max_size=6)


@given(documents)
def test_examples__of_every_n_gram_hold_it_and_stand_in_a_text(documents) -> None:
    features = features_of(documents)
    found = examples_of(documents, features)
    assert found.keys() == {(table, feature) for table, own in features.items() for feature in own}
    lines = [" ".join(text.split()) for _, text in documents]
    for (table, feature), passage in found.items():
        own = words_of(passage.feature)
        if table.startswith("content"):
            own = [word for word in own if word not in SPEC.stopwords]
        assert own == feature.split(" ")
        quoted = "".join(passage).removeprefix("…").removesuffix("…")
        assert any(" ".join(quoted.split()) in line for line in lines)


@given(st.lists(st.tuples(st.sampled_from(["p", "q"]), texts), min_size=1, max_size=4))
def test_examples__of_any_text_hold_the_words_they_are_of(documents) -> None:
    for (table, feature), passage in examples_of(documents, features_of(documents)).items():
        own = words_of(passage.feature)
        if table.startswith("content"):
            own = [word for word in own if word not in SPEC.stopwords]
        # A piece of a text in normal form need not be in it: marks of the dotted capital I change places.
        # Spaces are left out: by itself, a quotation without spaces may be cut into other words.
        assert normalize("NFKC", "".join(own)) == normalize("NFKC", feature.replace(" ", ""))


@given(documents, st.integers(1, 3), st.randoms(use_true_random=False))
def test_examples__do_not_depend_on_chunks_workers_or_order(documents, size, rng: random.Random) -> None:
    features = features_of(documents)
    shuffled = list(documents)
    rng.shuffle(shuffled)
    assert examples_of(documents, features) == examples_of(shuffled, features, size=size, workers=3)


def test_examples__of_one_model_come_from_many_prompts() -> None:
    letters = "abcdefghijklmnopqrst"
    words = [f"x{one}{other}" for one in letters for other in letters[:10]]
    documents = [(f"prompt {name}", " ".join(f"{word} from-{name}." for word in words)) for name in letters]
    found = examples_of(documents, {"word 1": words})
    sources = [passage.after.split("from-")[1][0] for passage in found.values()]
    assert len(sources) == 200
    assert set(sources) == set(letters)
    assert max(map(sources.count, letters)) < 30, "10 of each are expected"


def test_examples__are_of_their_own_model_only() -> None:
    examples = Examples(SPEC)
    examples.want("oak", "word 1", ["delve", "elara"])
    for label, text in (("elm", "Elara and delve."), ("oak", "They delve deep.")):
        chunk = chunk_of([("p", text)], label)
        examples.take(examples.look(chunk, stream_of(chunk.text, chunk.doc_offsets, SPEC)))
    assert examples.of_label("oak") == {("word 1", "delve"): Passage("They ", "delve", " deep.")}
    assert examples.of_label("elm") == {}


def test_examples__are_found_in_the_pass_that_counts_phrases_even_if_there_are_none() -> None:
    examples = Examples(SPEC)
    examples.want("oak", "word 2", ["barely above"])
    found = find_phrases(
        [], TextPasses(lambda step: iter([chunk_of([("p", "Barely, above it.")])]), SPEC, 1), [examples]
    )
    assert found.phrases == []
    assert examples.of_label("oak") == {("word 2", "barely above"): Passage("", "Barely, above", " it.")}


def test_examples__that_get_other_names_keep_the_better_one() -> None:
    examples = Examples(SPEC)
    examples.want("oak", "phrase", ["a whisper", "the whisper"])
    examples.want("oak", "word 2", ["a whisper"])
    chunk = chunk_of([("p", "A whisper. The whisper.")])
    found = examples.look(chunk, stream_of(chunk.text, chunk.doc_offsets, SPEC))
    examples.take(found)
    examples.rename("phrase", {"a whisper": "W", "the whisper": "W"})
    best = min(example for (table, _), example in found.examples if table == "phrase")
    renamed = examples.of_label("oak")
    assert renamed.keys() == {("phrase", "W"), ("word 2", "a whisper")}
    assert renamed["phrase", "W"] == best.passage


# Where words stand


def located(text: str, words: str, spec: CountSpec = SPEC) -> str | None:
    script = Script.of(spec.tokeniser)
    place = script.locate(script.folded(text), words.split(" "))
    return None if place is None else text[slice(*place)]


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("rebarely barely.", "barely", "barely"),
        ("Elara’s cat met Elara", "elara", "Elara"),
        ("Elara’s cat", "elara's", "Elara’s"),
        ("“Don’t!” I don't", "don't", "Don’t"),
        ("so—“and” so", "so and", "so—“and"),
        ("so. And so, and", "so and", "so, and"),
        ("so\nand", "so and", None),
        ("so 1 and", "so and", None),
        ("ΟΔΟΣ", "οδοσ", "ΟΔΟΣ"),
        ("日本語", "本 語", "本語"),
        ("cats and dog", "cat", None),
        ("soand so and", "so and", "so and"),
    ],
)
def test_locate__finds_whole_words_in_one_sentence(text, words, found) -> None:
    assert located(text, words) == found


def test_locate__splits_at_apostrophes_where_the_tokeniser_does() -> None:
    assert located("Elara's cat", "elara", PRESETS["slop-forensics"]) == "Elara"


def test_fold__is_the_same_in_pieces(monkeypatch) -> None:
    text = "Élan’s ΟΔΟΣ 日本 🙂 ǅ" * 3
    whole = Script.of("fastslop/1").folded(text)
    assert len(whole) == len(text) and whole.startswith("élan's οδο")
    monkeypatch.setattr("fastslop.search.quotes.PIECE", 5)
    assert Script.of("fastslop/1").folded(text) == whole


# Cutting


@given(st.text(st.sampled_from("abc \n日"), max_size=400), st.data())
def test_cut_passage__is_short_on_one_line_and_cut_between_words(text, data) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 150)))
    passage = cut_passage(text, start, end)
    assert not set("".join(passage)) & set("\n\t")
    assert "  " not in passage.before and "  " not in passage.after
    assert passage.feature.split() == text[start:end].split()
    assert sum(map(len, passage)) <= max(WIDTH, end - start) + 2
    for piece, rest in ((passage.before, text[:start]), (passage.after[::-1], text[end:][::-1])):
        own = " ".join(piece.removeprefix("…").split())
        assert f" {' '.join(rest.split())}".endswith(f" {own}") or " " not in own, "between words, where it has two"


def test_cut_passage__has_about_the_width_where_there_is_text() -> None:
    text = "word and " * 100
    passage = cut_passage(text, 405, 409)
    assert passage.feature == "word"
    assert 80 <= sum(map(len, passage)) <= 120
    assert passage.before.split()[0] in ("…word", "…and")
    assert passage.after.split()[-1] in ("word…", "and…")
    assert cut_passage(text, 0, 4).before == "" and len(cut_passage(text, 0, 4).after) > 80
    assert np.ptp([len("".join(cut_passage(text, at, at + 4))) for at in range(0, 896, 9)]) < 20
