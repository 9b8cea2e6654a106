"""Kernels on documents: marks that texts have to be cleaned of, and prompts whose white space does not matter."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop._kernels.reading.marks import find_marked
from fastslop.reading.chats import Generation
from fastslop.reading.cleaning import clean
from fastslop.reading.documents import FRAME, MARKED, Plan, documents_of, prompt_hashes
from fastslop.reading.fields import Columns
from tests.naive import fnv1a
from tests.reading.test_corpus import WHITE_SPACE


@pytest.mark.kernels
@given(st.lists(st.text(st.sampled_from("<>/|t&a#[T´é "), max_size=90), max_size=6))
def test_find_marked__flags_the_texts_that_hold_a_pair(texts: list[str]) -> None:
    raw = [text.encode() for text in texts]
    out = np.zeros(len(raw), np.bool_)
    whole = np.array(bytearray(b"".join(raw) + b"\0"))
    find_marked(whole, np.cumsum([len(one) for one in raw], dtype=np.int64), MARKED, out)
    joined = b"".join(raw) + b"\0"
    starts = np.cumsum([0, *map(len, raw)])
    expected = [
        any(MARKED[joined[i] << 8 | joined[i + 1]] for i in range(starts[n], starts[n + 1])) for n in range(len(raw))
    ]
    assert out.tolist() == expected


@pytest.mark.kernels
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(WHITE_SPACE)), min_size=1))
def test_prompt_hashes__take_any_white_space_for_one_space(prompts: list[str]) -> None:
    words = [re.split(f"[{WHITE_SPACE}]+", prompt) for prompt in prompts]
    assert prompt_hashes(pl.Series(prompts)).tolist() == [fnv1a(" ".join(filter(None, one))) for one in words]


@given(
    st.lists(
        st.sampled_from(
            [
                "It is.",
                "<think>So.</think>It is.",
                "It is.</s>",
                "<think>So",
                "◁think▷So.◁/think▷It is.",
                "<Think>So.</Think>It is.",
                "a&amp;b",
                "<b>",
                "x &amp; y < z",
            ]
        )
        | st.text(st.characters(exclude_categories=["Cs"])),
        max_size=8,
    )
)
def test_documents_of__are_the_cleaned_texts(texts: list[str]) -> None:
    rows = [(i, text, None, str(i), 0, None) for i, text in enumerate(texts)]
    made = documents_of(pl.DataFrame(rows, schema=FRAME, orient="row"), Plan(Columns("text", None, ("id",)), "m", str))
    expected = {i: clean(Generation(text)).text for i, text in enumerate(texts) if text.strip(WHITE_SPACE)}
    found = {int(record): made.documents.text_of(doc).decode() for doc, record in enumerate(made.documents.records)}
    assert found == {i: text for i, text in expected.items() if text.strip(WHITE_SPACE)}
    assert {number for number, _ in made.skipped} == set(range(len(texts))) - set(found)


@pytest.mark.parametrize(
    ("text", "reason"), [("<s>", "empty text"), ("</s> ", "empty text"), ("<think>So", "nothing but reasoning")]
)
def test_documents_of__say_why_nothing_is_left(text: str, reason: str) -> None:
    frame = pl.DataFrame([(7, text, None, "p", 0, None)], schema=FRAME, orient="row")
    made = documents_of(frame, Plan(Columns("text", None, ("id",)), "m", str))
    assert len(made.documents) == 0 and made.skipped == [(7, reason)]
