"""Vocabularies become one, of each word once; two words are never taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from fastslop.base.errors import BadInputError
from fastslop.tokens.vocabulary import Vocabulary, union_of_vocabularies


def vocabulary(words: dict[int, str]) -> Vocabulary:
    """Words under made-up hashes."""
    texts = [words[key].encode() for key in sorted(words)]
    return Vocabulary(
        np.array(sorted(words), np.uint64),
        np.ones(len(words), np.uint8),
        np.frombuffer(b"".join(texts), np.uint8),
        np.cumsum([len(text) for text in texts], dtype=np.int64),
    )


def test_union__has_each_word_once() -> None:
    both = union_of_vocabularies(vocabulary({1: "sea", 4: "hill"}), vocabulary({1: "sea", 3: "rain"}))
    assert (both.keys.tolist(), both.tokens.to_list()) == ([1, 3, 4], ["sea", "rain", "hill"])


@pytest.mark.parametrize("other", ["bay", "seas"])
def test_union__names_two_words_of_one_hash(other: str) -> None:
    message = f"the words 'sea' and '{other}' have the same 64-bit hash, .*; take one of the words out of the texts"
    with pytest.raises(BadInputError, match=message):
        union_of_vocabularies(vocabulary({1: "sea", 4: "hill"}), vocabulary({1: other, 3: "rain"}))
