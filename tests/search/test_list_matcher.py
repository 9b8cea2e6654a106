"""Matches of a list in documents equal those that a slow obvious search finds."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.arrays import to_bytes
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.reading.documents import FRAME, Plan, documents_of
from fastslop.reading.fields import Columns
from fastslop.reading.languages import declared
from fastslop.search.expressions import Expression
from fastslop.search.list_entries import ListEntries, with_contractions
from fastslop.search.list_matcher import matcher_of_list
from fastslop.search.matcher import split_phrases, stream_of
from fastslop.tokens.tokeniser import tokenise
from tests.strategies import wordy_texts

SPEC = PRESETS["default"]
CHINESE = declared(SPEC, "zh")
CONTENT = ["deep", "breath", "lamp", "could"]
ngrams = st.lists(st.lists(st.sampled_from(CONTENT), min_size=2, max_size=3).map(tuple), max_size=4, unique=True)
phrases = st.lists(
    st.lists(st.sampled_from([*CONTENT, "a", "the"]), min_size=1, max_size=3).map(tuple), max_size=4, unique=True
)
texts = st.lists(st.sampled_from([*CONTENT, "a", "The", "of", "couldn't", "deep,", "lamp.", "7"]), max_size=25)


def counted(written: list[str], entries: ListEntries, spec: CountSpec = SPEC) -> list[int]:
    rows = [(i, text, None, None, 0, None) for i, text in enumerate(written)]
    frame = pl.DataFrame(rows, schema=FRAME, orient="row")
    documents = documents_of(frame, Plan(Columns("text", None, ()), "m", str)).documents
    stream = stream_of(documents.text, documents.offsets, spec)
    return matcher_of_list(entries, spec).count(documents, stream, str).tolist()


def spans_of(tokens: list[str], at: list[int], wanted: list[tuple[str, ...]]) -> list[tuple[int, int]]:
    """From which token to which each phrase goes, if only the tokens at some places are looked at."""
    return [
        (at[i], at[i + len(words) - 1] + 1)
        for i in range(len(at))
        for words in wanted
        if tuple(tokens[place] for place in at[i : i + len(words)]) == words
    ]


def naive(text: str, entries: ListEntries) -> int:
    tokens = tokenise(text, SPEC)
    is_passed = [token == "," for token in tokens]
    forms = with_contractions(entries.ngrams)
    held = {word for words in forms for word in words}
    content = [
        place
        for place, token in enumerate(tokens)
        if not is_passed[place] and (token in held or token not in SPEC.stopwords)
    ]
    whole = [place for place in range(len(tokens)) if not is_passed[place]]
    n = last = 0
    for start, end in sorted(
        {*spans_of(tokens, whole, list(entries.phrases)), *spans_of(tokens, content, forms)},
        key=lambda span: (span[0], -span[1]),
    ):
        if start >= last:
            n, last = n + 1, end
    return n


@pytest.mark.kernels
@given(st.lists(texts.map(" ".join).filter(str.strip), min_size=1, max_size=3), phrases, ngrams)
def test_count__equals_a_search_word_by_word(
    written: list[str], listed: list[tuple[str, ...]], content: list[tuple[str, ...]]
) -> None:
    entries = ListEntries(tuple(listed), tuple(content), (), {})
    assert counted(written, entries) == [naive(text, entries) for text in written]


@given(st.lists(wordy_texts.filter(str.strip), min_size=1, max_size=3))
def test_count__of_expressions_stands_beside_that_of_words(written: list[str]) -> None:
    words, expression = ListEntries((("cat",),), (), (), {}), Expression(r"\bcat\b")
    both = ListEntries((("cat",),), (), (expression,), {})
    alone = ListEntries((), (), (expression,), {})
    sums = [a + b for a, b in zip(counted(written, words), counted(written, alone), strict=True)]
    assert counted(written, both) == sums


def test_count__finds_ngrams_as_they_were_made() -> None:
    trigrams = ListEntries(
        (), (("lamp", "barely", "lit"), ("could", "help", "feel"), ("held", "deep", "breath")), (), {}
    )
    texts = [
        "The lamp was barely, just barely, lit.",
        "The lamp was barely lit.",
        "She couldn't help but feel it, and he could not help but feel it.",
        "She held a deep. Breath.",
        "Held, then, a deep breath",
    ]
    assert counted(texts, trigrams) == [0, 1, 2, 0, 1]


def test_count__takes_the_longest_of_phrases_and_ngrams_at_each_place() -> None:
    entries = ListEntries((("whisper",), ("barely", "above", "a", "whisper")), (("barely", "whisper"),), (), {})
    assert counted(["barely above a whisper", "barely a whisper", "a whisper barely"], entries) == [1, 1, 1]


def test_words__of_a_stream_are_those_that_counting_sees() -> None:
    text = "Her voice was barely a whisper, and she couldn't hear it."
    matcher = matcher_of_list(ListEntries((), (("voice", "barely"),), (), {}), SPEC).ngrams
    assert matcher is not None
    stream = stream_of(*to_bytes(pl.Series([text])), SPEC)
    shown = [tokenise(text, SPEC)[place] for place in matcher.words_of(stream).at]
    assert [word for word in shown if word.isalpha()] == ["voice", "barely", "whisper", "hear"]


@pytest.mark.parametrize(
    ("phrases", "ngrams", "text", "n"),
    [
        (["使用"], [], "使用户满意，使用方便。", 2),  # the first is a part of another word
        (["AI模型"], [], "大ai模型，AI 模型, AI。模型", 2),
        (["カタ"], [], "カタカナはカタい", 2),
        (["值得"], [("值得", "思考")], "值得我们思考。", 1),
        (["得我"], [("值得", "思考")], "这个 plan 值得我们思考，得我", 2),
        (["我们"], [("思考", "问题")], "我们思考的问题，我们", 3),
    ],
)
def test_count__finds_phrases_without_spaces_wherever_their_characters_stand(
    phrases: list[str], ngrams: list[tuple[str, ...]], text: str, n: int
) -> None:
    words = tuple(split_phrases(phrases, CHINESE).words.values())
    assert counted([text, "x"], ListEntries(words, tuple(ngrams), (), {}), CHINESE) == [n, 0]
