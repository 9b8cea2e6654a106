"""Where entries stand is what a plain look at every place says, in texts and in lists of words."""

from __future__ import annotations

import unicodedata
from collections import Counter

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from fastslop.counting.count import count
from fastslop.lists.contexts import APOSTROPHES, INSIDE, TextSample, find_contexts, spellings_of
from fastslop.lists.inside_words import contexts_in_language, contexts_in_words
from fastslop.reading.corpus import text_chunks
from fastslop.reading.frames import inputs_of
from fastslop.reading.options import read_options
from fastslop.reading.tally import Tally
from fastslop.search.passes import TextPasses, watch
from fastslop.system.budget import budget_of

SHORT_WORDS = st.text("hume'é ", min_size=1, max_size=3).filter(lambda word: word.strip("' ") == word)
TEXTS = st.text("humeHÉé19 '’\n.,—\"", max_size=40)


def is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM"


def side_of(chars: str) -> tuple[str, bool]:
    """What stands on a side, given its characters, the nearest first; and whether that makes the entry a rest."""
    nearest, beyond = chars[0], chars[1] if len(chars) > 1 else "\0"
    is_joined = nearest in APOSTROPHES and is_letter(beyond)
    if is_letter(nearest) or nearest.isdigit() or is_joined:
        return INSIDE, is_joined or nearest.isdigit()
    return nearest.strip("\0"), False


def plain_contexts(text: str, spellings: list[str]) -> Counter[tuple[str, str, str, bool]]:
    lower, found = f"\0{text.lower()}\0", Counter[tuple[str, str, str, bool]]()
    for spelling in spellings:
        for start in range(1, len(lower) - len(spelling)):
            if lower.startswith(spelling, start):
                before, is_rest = side_of(lower[start - 1 :: -1])
                after, also = side_of(lower[start + len(spelling) :])
                found[spelling, before, after, is_rest or also] += 1
    return found


@given(TEXTS, st.lists(SHORT_WORDS, max_size=4, unique=True))
def test_find_contexts__looks_at_every_place(text: str, spellings: list[str]) -> None:
    found = find_contexts(text, spellings)
    assert {row[:4]: row[4] for row in found.iter_rows()} == plain_contexts(text, spellings)


@given(st.lists(st.text("hume", min_size=1, max_size=5), max_size=8, unique=True), st.lists(SHORT_WORDS, max_size=4))
def test_contexts_in_words__are_those_inside_of_each_word(words: list[str], entries: list[str]) -> None:
    weights = np.arange(1.0, len(words) + 1)
    expected: dict[str, Counter[tuple[str, str]]] = {}
    for word, weight in zip(words, weights.tolist(), strict=True):
        for (entry, before, after, _), n in plain_contexts(f" {word} ", sorted(set(entries))).items():
            if " " not in entry and INSIDE in (before, after):
                expected.setdefault(entry, Counter())[before, after] += n * weight
    assert contexts_in_words(pl.Series(words, dtype=pl.String), weights, entries) == expected


def test_contexts_in_language__know_that_void_is_in_avoid() -> None:
    found = contexts_in_language("en", 0, ["void", "Elara"])
    assert found["void"][INSIDE, " "] > 50.0  # in a million words: avoid
    assert contexts_in_language(None, 0, ["void"]) == {}


def test_spellings_of__have_either_apostrophe() -> None:
    assert spellings_of("Didn’t HUM") == (
        "didn't hum",
        "didn’t hum",
    )
    assert spellings_of("Hum") == ("hum",)


def test_spellings_of__have_no_spaces_where_the_script_has_none() -> None:
    assert spellings_of("一 个 word 数 据") == ("一个 word 数据",)
    (row,) = find_contexts("有一个人", ["一个"]).rows()
    assert row == ("一个", "有", "人", False, 1)
    assert find_contexts("print函数1", ["函数"]).rows() == [("函数", "t", "1", False, 1)]


def test_text_sample__is_the_same_whatever_the_chunks_and_takes_as_much_of_each_label() -> None:
    texts = [{"model": m, "prompt": str(i), "text": f"The {m} hums {i}." * 9} for m in "ab" for i in range(60)]
    texts += [{"model": "b", "prompt": str(i), "text": f"A hum of {i}." * 9} for i in range(60, 600)]
    members = count(texts).members

    def sampled(workers: int, n_bytes: int) -> tuple[dict[str, int], int]:
        sample = TextSample(members, n_bytes)
        options, budget = read_options(None, None, None, None), budget_of(workers, None, None)
        chunks = text_chunks(inputs_of(texts), options, budget, Tally())
        watch(TextPasses(lambda step: chunks, members[0].spec, workers), [sample])
        contexts = sample.contexts(["hum", "hums", "The a"], workers)
        return {spelling: sum(own.values()) for spelling, own in contexts.by_spelling.items()}, contexts.n_words

    assert sampled(1, 1 << 20) == (
        {"hum": 60 * 9 * 2 + 540 * 9, "hums": 60 * 9 * 2, "the a": 60 * 9},
        60 * 9 * 6 + 540 * 9 * 3,
    )
    few = sampled(1, 8_000)
    assert few == sampled(2, 8_000)
    assert 0 < few[1] < 0.5 * (60 * 9 * 6 + 540 * 9 * 3)
