"""Phrases found in tokens equal those found by a slow obvious search."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.arrays import to_bytes
from fastslop.base.spec import PRESETS
from fastslop.search.matcher import CROSSES, HAS_DIGIT, NO_WORDS, Matcher, matcher_of_words, split_phrases, stream_of
from fastslop.tokens.tokeniser import tokenise

SPEC = PRESETS["default"]
words = st.lists(st.sampled_from(["a", "b", "c", "d,", "e.", "A"]), max_size=25).map(" ".join)
phrases = st.lists(
    st.lists(st.sampled_from("abcde"), min_size=1, max_size=4).map(" ".join), min_size=1, max_size=6, unique=True
)


def matcher_of(wanted: list[str], *, content_only: bool = False) -> Matcher:
    split = split_phrases(wanted, SPEC, content_only=content_only)
    return matcher_of_words([split.words[phrase] for phrase in wanted], SPEC, content_only=content_only)


def found(texts: list[str], wanted: list[str], *, longest: bool) -> list[tuple[int, str]]:
    import polars as pl

    matcher = matcher_of(wanted)
    matches = matcher.find(matcher.words_of(stream_of(*to_bytes(pl.Series(texts)), SPEC)), longest=longest)
    return [(int(d), wanted[int(p)]) for p, d in zip(matches.phrases, matches.docs, strict=True)]


def naive(texts: list[str], wanted: list[str], *, longest: bool) -> list[tuple[int, str]]:
    out = []
    for d, text in enumerate(texts):
        tokens = [t for t in tokenise(text, SPEC) if t != ","]
        i = 0
        while i < len(tokens):
            here = sorted((p for p in wanted if tokens[i : i + len(p.split())] == p.split()), key=len)
            if longest:
                out.extend((d, p) for p in here[-1:])
                i += len(here[-1].split()) if here else 1
            else:
                out.extend((d, p) for p in here)
                i += 1
    return out


@given(texts=st.lists(words, min_size=1, max_size=3), wanted=phrases)
def test_find__equals_a_search_word_by_word(texts: list[str], wanted: list[str]) -> None:
    for longest in (True, False):
        assert found(texts, wanted, longest=longest) == naive(texts, wanted, longest=longest)


def test_find__matches_any_case_and_across_commas_but_not_across_sentences() -> None:
    texts = ["Barely, ABOVE a whisper", "barely above. A whisper"]
    assert found(texts, ["barely above a whisper"], longest=True) == [(0, "barely above a whisper")]


def test_find__grows_its_room() -> None:
    assert len(found(["a " * 5000], ["a"], longest=True)) == 5000


def test_words_of__know_where_they_stand() -> None:
    import polars as pl

    matcher = matcher_of(["night"])
    stream = stream_of(*to_bytes(pl.Series(["a, night", "night"])), SPEC)
    words = matcher.words_of(stream)
    assert words.at.tolist() == [0, 2, 3]
    assert np.array_equal(words.doc_ends, [2, 3])


def test_split_phrases__gives_the_words_and_says_what_can_match_nothing() -> None:
    listed = ["A breath, held", "...", "", "the end. The start", "’tis late.", "a breath, held", "user1", "chapter ٣"]
    split = split_phrases(listed, SPEC)
    assert split.words == {
        "A breath, held": ("a", "breath", "held"),
        "’tis late.": tuple(t for t in tokenise("’tis late", SPEC) if t[-1].isalpha()),
        "a breath, held": ("a", "breath", "held"),
    }
    assert split.unusable == {
        "...": NO_WORDS,
        "": NO_WORDS,
        "the end. The start": CROSSES,
        "user1": HAS_DIGIT,
        "chapter ٣": HAS_DIGIT,
    }


def test_split_phrases__of_nothing_but_blanks() -> None:
    assert split_phrases([""], SPEC).unusable == {"": NO_WORDS}
    assert split_phrases([], SPEC) == ({}, {})


def test_split_phrases__without_stopwords() -> None:
    assert split_phrases(["barely above a whisper"], SPEC, content_only=True).words == {
        "barely above a whisper": ("barely", "whisper")
    }
