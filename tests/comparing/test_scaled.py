"""Distances of scaled profiles are those of the n-grams that they have, and say that these are not all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fastslop as fs
from fastslop.base.errors import IncompatibleProfilesError
from fastslop.comparing.compare import compare_counts
from fastslop.comparing.fingerprint import STYLE_TABLES
from fastslop.comparing.prompt_counts import PromptCounts, read_prompt_counts
from fastslop.trees.parsimony import find_parsimonious


def texts() -> list[dict[str, Any]]:
    rng = np.random.default_rng(1)
    words = [f"w{chr(97 + i)}" for i in range(20)]
    shares = [rng.dirichlet(np.ones(20)) for _ in "abcd"]
    return [
        {"model": label, "prompt": str(i), "text": " ".join(rng.choice(words, 60, p=p)) + "."}
        for label, p in zip("abcd", shares, strict=True)
        for i in range(12)
    ]


def single(counts: PromptCounts) -> np.ndarray:
    """Which features are words and marks."""
    return np.array([order == 1 for _, order in STYLE_TABLES])[counts.tables]


def test_prompt_counts__have_all_words_and_a_share_of_the_others() -> None:
    whole, some = (read_prompt_counts(fs.count(texts(), scaled=n).members) for n in (1, 3))
    assert (whole.scaled, some.scaled) == (1, 3)
    assert single(some).sum() == single(whole).sum()
    pairs = [set(counts.features.filter(~single(counts))["feature"]) for counts in (some, whole)]
    assert pairs[0] < pairs[1] and len(pairs[0]) < len(pairs[1]) / 2


def test_compare__says_that_distances_rest_on_fewer_n_grams() -> None:
    whole, some = (fs.compare(fs.count(texts(), scaled=n), replicates=5) for n in (1, 3))
    told = [note for note in some.notes if note not in whole.notes]
    assert told == ["of n-grams the profiles have one in 3 (--scaled): distances rest on fewer of them"]
    assert 0 < np.abs(some.condensed - whole.condensed).max() < 0.3


def test_compare__of_whole_profiles_merged_to_a_share_is_that_of_texts_counted_so() -> None:
    counted, merged = fs.count(texts(), scaled=3), fs.merge(fs.count(texts()), scaled=3)
    distances = [compare_counts(read_prompt_counts(s.members), replicates=0).condensed for s in (counted, merged)]
    assert np.array_equal(*distances)


def test_parsimony__takes_the_n_grams_that_there_are() -> None:
    found = find_parsimonious(fs.count(texts(), scaled=3), replicates=0)
    assert any("one in 3 (--scaled)" in note for note in found.comparison.notes)


def test_slop_forensics__refuses_a_share_since_it_looks_for_the_most_frequent() -> None:
    with pytest.raises(IncompatibleProfilesError, match="has one in 2; count the texts again without --scaled"):
        fs.compare(fs.count(texts(), scaled=2), method="slop-forensics", replicates=0)
