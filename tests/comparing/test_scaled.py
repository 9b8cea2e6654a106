"""What is measured of a share of all n-grams is, on average over the shares, what is measured of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

import fastslop as fs
from fastslop.base.errors import IncompatibleProfilesError
from fastslop.comparing.fingerprint import STYLE_TABLES, Sample, most_of, style_gram
from fastslop.comparing.prompt_counts import PromptCounts, read_prompt_counts
from fastslop.comparing.prompt_products import drawn_products
from fastslop.comparing.replicates import drawn_grams
from fastslop.comparing.resampling import rows_of
from fastslop.trees.parsimony import find_parsimonious

N_LABELS, N_FEATURES = 4, 60


def sample_of(columns: Sequence[int], tables: np.ndarray, totals: np.ndarray, scaled: int) -> Sample:
    """The sample that has these of all features."""
    own = csr_array(totals[:, columns])
    n_prompts = csr_array((np.full(own.nnz, 2, np.int32), own.indices, own.indptr), shape=own.shape)
    return Sample(own, n_prompts, np.full(N_LABELS, 1000.0), tables[columns], scaled)


def test_style_gram__of_all_shares_is_on_average_that_of_all_n_grams() -> None:
    rng = np.random.default_rng(0)
    tables = np.sort(rng.integers(0, 4, N_FEATURES)).astype(np.int8)
    totals = rng.integers(1, 50, (N_LABELS, N_FEATURES)).astype(np.float64)
    orders = np.array([order for _, order in STYLE_TABLES])[tables]
    share = rng.integers(0, 3, N_FEATURES)
    grams = [
        style_gram(sample_of(np.flatnonzero((orders == 1) | (share == own)), tables, totals, 3)) for own in range(3)
    ]
    whole = style_gram(sample_of(np.arange(N_FEATURES), tables, totals, 1))
    np.testing.assert_allclose(np.mean(grams, axis=0), whole)


def test_most_of__takes_of_a_share_as_many_as_are_in_it_of_the_most_frequent() -> None:
    assert [most_of(table, 10, 20_000) for table in range(4)] == [20_000, 2000, 20_000, 2000]
    assert most_of(1, 1_000_000, 20_000) == 1


def counts_of(scaled: int) -> PromptCounts:
    rng = np.random.default_rng(1)
    words = [f"w{chr(97 + i)}" for i in range(20)]
    shares = [rng.dirichlet(np.ones(20)) for _ in range(N_LABELS)]
    texts = [
        {"model": label, "prompt": str(i), "text": " ".join(rng.choice(words, 60, p=p)) + "."}
        for label, p in zip("abcd", shares, strict=True)
        for i in range(12)
    ]
    return read_prompt_counts(fs.count(texts, scaled=scaled).members)


def test_drawn_grams__of_every_prompt_once_are_the_gram_of_the_sample() -> None:
    counts = counts_of(3)
    assert counts.scaled == 3
    once = {panel: np.ones((len(keys), 2)) for panel, keys in counts.groups.items()}
    for gram in drawn_grams(counts, rows_of(counts, once)):
        np.testing.assert_allclose(gram, style_gram(counts.whole()), rtol=1e-5)


def test_drawn_products__weigh_n_grams_by_how_many_each_stands_for() -> None:
    counts = counts_of(1)
    never = {panel: np.zeros((len(keys), 0)) for panel, keys in counts.groups.items()}
    words, one_in_3, one_in_9 = (drawn_products(replace(counts, scaled=n), never).whole() for n in (1, 3, 9))
    assert np.abs(one_in_3 - words).max() > 1e-3
    np.testing.assert_allclose((one_in_9 - words) / 8, (one_in_3 - words) / 2, atol=1e-4)


@pytest.mark.parametrize("method", ["slop-forensics", "parsimony"])
def test_methods_that_look_for_single_n_grams__refuse_a_share_of_them(method) -> None:
    texts = [{"model": m, "prompt": str(i), "text": f"{m} went home, and so did I."} for m in "abcd" for i in range(4)]
    profiles = fs.count(texts, scaled=2)
    with pytest.raises(
        IncompatibleProfilesError, match=f"{method}.* needs all n-grams, and these profiles have one in 2"
    ):
        if method == "parsimony":
            find_parsimonious(profiles, replicates=0)
        else:
            fs.compare(profiles, method=method)


def test_compare__says_that_distances_are_estimates() -> None:
    texts = [{"model": m, "prompt": str(i), "text": f"{m} went home, and so did I."} for m in "abcd" for i in range(4)]
    whole, some = (fs.compare(fs.count(texts, scaled=n), replicates=0).notes for n in (1, 2))
    assert [note for note in some if note not in whole] == [
        "of n-grams the profiles have one in 2 (--scaled): distances are estimates of those over all n-grams"
    ]
