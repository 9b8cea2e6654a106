"""How phrases are written is found as a regular expression finds it, and faster."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fastslop.base.arrays import to_bytes
from fastslop.reading.chunks import TextChunk
from fastslop.search.spellings import Spellings, written_pattern

PHRASES = [("a",), ("a", "b"), ("b", "a", "b"), ("don't", "a"), ("é", "a"), ("a", "'b")]
PIECES = [*"abAB", "don't", "DON’T", "é", "_", "1", " ", "  ", "\n", "—", "’", "'", ", ", "…", "«", "\r"]
texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def spellings(found: list[str], phrases: list[tuple[str, ...]]) -> list[list[str | None]]:
    """How each phrase is first written in each text."""
    chunk = TextChunk("oak", *to_bytes(pl.Series(found, dtype=pl.String)), np.zeros(len(found), np.uint64))
    docs, numbers = np.divmod(np.arange(len(found) * len(phrases)), len(phrases))
    flat = Spellings(phrases).find(chunk, numbers, docs)
    return [flat[i : i + len(phrases)] for i in range(0, len(flat), len(phrases))]


@pytest.mark.kernels
@given(st.lists(texts, min_size=1, max_size=3))
@example(["xa b", "a b", "é a b", "a—B!", "a    b", "aé a b"])
@example(["Don’t, a", "don't\na don’t  A"])
def test_spellings__are_those_of_the_regular_expression(found: list[str]) -> None:
    for text, of_text in zip(found, spellings(found, PHRASES), strict=True):
        matches = [written_pattern(words).search(text) for words in PHRASES]
        assert of_text == [" ".join(match[0].split()) if match else None for match in matches]


@pytest.mark.kernels
def test_spellings__of_words_without_spaces_are_found_in_running_text() -> None:
    phrases = [("值得注意", "的", "是"), ("使用", "python", "的"), ("pip", "install")]
    (found,) = spellings(["请使用Python 的库。值得注意的是，pip install也可以。"], phrases)
    assert found == ["值得注意的是", "使用Python 的", "pip install"]
    (found,) = spellings(["值得注意：的是 usepython的 使用 python 的 spip installs"], phrases)
    assert found == ["值得注意：的是", "使用 python 的", None]
