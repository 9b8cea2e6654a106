"""The share of a scaled profile is told from the words of n-grams alone, and holds that of a coarser one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.hashing import hash_strings
from fastslop.profiles.shares import in_share, most_hash

WORD = (1 << 64) - 1
MIX = 0x9E3779B97F4A7C15


def share_hash(words: list[str]) -> int:
    """The hash as docs/reference/profile.md has it, in Python's whole numbers."""
    h = 0
    for key in map(int, hash_strings(words)):
        h = (h + key) * MIX & WORD
        h ^= h >> 32
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9 & WORD
    h = (h ^ h >> 27) * 0x94D049BB133111EB & WORD
    return h ^ h >> 31


@pytest.mark.kernels
@given(st.lists(st.text(min_size=1), min_size=1, max_size=6), st.integers(1, 1000))
def test_in_share__is_what_the_words_hash_to(words, scaled) -> None:
    ids = np.arange(len(words), dtype=np.uint32)[None]
    expected = share_hash(words) < (1 << 64) // scaled
    assert in_share(ids, hash_strings(words), scaled).tolist() == [expected]


def test_in_share__keeps_one_row_in_so_many_and_all_of_the_larger_scales() -> None:
    keys = hash_strings([f"w{i}" for i in range(400)])
    ids = np.stack(np.meshgrid(*[np.arange(400, dtype=np.uint32)] * 2), axis=-1).reshape(-1, 2)
    kept = {scaled: in_share(ids, keys, scaled) for scaled in (1, 2, 3, 7, 50)}
    assert kept[1].all()
    for finer, coarser in ((2, 3), (3, 7), (7, 50)):
        assert not (kept[coarser] & ~kept[finer]).any()
    for scaled, rows in kept.items():
        expected = len(ids) / scaled
        assert abs(rows.sum() - expected) < 5 * np.sqrt(expected)


def test_in_share__does_not_depend_on_what_a_word_or_the_other_is() -> None:
    keys = hash_strings([f"w{i}" for i in range(400)])
    ids = np.stack(np.meshgrid(*[np.arange(400, dtype=np.uint32)] * 2), axis=-1).reshape(-1, 2)
    kept = in_share(ids, keys, 10).reshape(400, 400)
    for axis in (0, 1):
        assert kept.sum(axis=axis).var() == pytest.approx(400 * 0.1 * 0.9, rel=0.25)


def test_most_hash__of_all_is_the_largest_there_is() -> None:
    assert int(most_hash(1)) == WORD
    assert int(most_hash(2)) == WORD >> 1
