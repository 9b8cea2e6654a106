"""Slop scores equal those of a slow count over texts, and their intervals leave out each prompt."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop._kernels.machine.constants import N_BLOCKS
from fastslop.base.hashing import hash_strings
from fastslop.base.rates import jackknife_margin, slop_score_of
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.counting.one_label import count_documents
from fastslop.profiles.files import profile_name, write_profile
from fastslop.profiles.profile import MAX_PROMPTS
from fastslop.profiles.profile_set import open_profiles
from fastslop.scoring.score import Scores, score
from fastslop.scoring.slop_score import overused_words, second_largest, slop_by_group, wordfreq_score
from tests.strategies import chunk

SPEC = replace(PRESETS["default"], guards="count-only/1")  # its texts repeat a few words
LISTED = ("tapestry", "testament")
WORDS = st.lists(st.sampled_from([*LISTED, "a", "house"]), max_size=8).map(" ".join)
GROUPS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 50)), min_size=2, max_size=9)


def keys(words=LISTED) -> pl.Series:
    return pl.Series("key", hash_strings(list(words))).sort()


def naive_matches(documents: list[tuple[str, str]]) -> int:
    """Occurrences in all prompts; of each word the prompt with the most is cut down to the second most."""
    total = 0
    for word in LISTED:
        by_prompt = Counter()
        for prompt, text in documents:
            by_prompt[prompt] += text.split().count(word)
        most = sorted(by_prompt.values(), reverse=True)
        total += sum(most) - most[0] + (most[1] if len(most) > 1 else 0)
    return total


@given(st.lists(st.tuples(st.sampled_from("pqrs"), WORDS), min_size=1, max_size=9))
def test_slop_by_group__equals_counting_words_of_each_prompt(documents) -> None:
    profile = count_documents(chunk(documents, "a"), SPEC)
    n_matches, n_words = slop_by_group(profile, keys())
    assert n_matches.sum() == naive_matches(documents)
    expected = Counter()
    for prompt, text in documents:
        expected[prompt] += len(text.split())
    assert sorted(n_words.tolist()) == sorted(expected.values())


def test_slop_by_group__is_by_block_where_a_profile_has_more_prompts_than_it_keeps() -> None:
    often = [(f"p{i}", f"tapestry {'testament' if i % 300 == 0 else ''} house") for i in range(MAX_PROMPTS + 1)]
    profile = count_documents(chunk(often, "a"), SPEC)
    n_matches, n_words = slop_by_group(profile, keys())
    assert len(n_matches) == N_BLOCKS
    of_blocks = np.bincount(profile.prompts.blocks, minlength=N_BLOCKS)
    cut = np.minimum(of_blocks, np.sort(of_blocks)[-2]).sum()  # such rows are winsorised by block
    assert n_matches.sum() == cut + 4
    assert n_words.sum() == sum(len(text.split()) for _, text in often)
    assert slop_score_of(n_matches, n_words).low is not None


def test_slop_by_group__of_a_profile_without_single_words_is_0() -> None:
    profile = count_documents(chunk([("p", "tapestry house")], "a"), CountSpec(orders=(2,), content_orders=()))
    assert slop_by_group(profile, keys())[0].tolist() == [0]


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=5), max_size=6))
def test_second_largest__equals_sorting(rows) -> None:
    n, lengths = np.array([*chain(*rows)], np.int64), np.array([*map(len, rows)], np.int64)
    assert second_largest(n, lengths).tolist() == [[0, *sorted(row)][-2 if len(row) > 1 else 0] for row in rows]


@given(GROUPS)
def test_jackknife__equals_leaving_out_each_group(groups) -> None:
    from scipy.stats import t

    rates = []
    for left_out in range(len(groups)):
        rest = groups[:left_out] + groups[left_out + 1 :]
        rates.append(1000 * sum(m for m, _ in rest) / sum(w for _, w in rest))
    n = len(groups)
    error = (np.var(rates) * (n - 1)) ** 0.5
    margin = jackknife_margin(*np.array(groups).T)
    assert margin == pytest.approx(t.ppf(0.975, n - 1) * error, abs=1e-9)


def test_jackknife__of_one_group_is_unresolved() -> None:
    assert jackknife_margin(np.array([3, 0]), np.array([10, 0])) is None
    assert slop_score_of(np.array([3]), np.array([10])) == (300.0, None, None)


@given(GROUPS)
def test_score__lies_within_its_interval_and_the_interval_not_below_0(groups) -> None:
    found = slop_score_of(*np.array(groups).T)
    assert 0 <= found.low <= found.score <= found.high


def test_wordfreq_score__is_the_sum_of_frequencies_in_a_thousand_words() -> None:
    import wordfreq

    words = pl.Series(["house", "tapestry", "zzqqxx"])
    expected = 1000 * sum(wordfreq.get_frequency_dict("en", "best").get(word, 0) for word in words)
    assert wordfreq_score("en", words) == pytest.approx(expected)
    assert wordfreq_score("en", pl.Series(["zzqqxx"])) == 0


# Of profiles that are scored


def scores_of(tmp_path, *, slop_in: int, baseline: bool) -> Scores:
    """Scores of two models that have a listed word in each text, against a human who has it in some, or wordfreq."""
    rest = "there was a house by the river and people said so " * 60
    for label in "ab":
        documents = [(f"p{i}", f"{rest} tapestry tapestry") for i in range(40)]
        profile = count_documents(chunk(documents, label), SPEC)
        write_profile(replace(profile, panel="x"), tmp_path / profile_name(label), force=True)
    documents = [(f"b{i}", rest + ("tapestry" if i < slop_in else "")) for i in range(200)]
    human = tmp_path / "human" / "human.parquet"
    human.parent.mkdir(exist_ok=True)
    write_profile(count_documents(chunk(documents, "human"), SPEC), human, force=True)
    profiles = open_profiles(*(tmp_path / profile_name(label) for label in "ab"))
    return score(profiles, baseline=human if baseline else "wordfreq:en")


def test_human_level__of_a_baseline_counts_the_same_words_in_it(tmp_path) -> None:
    level = scores_of(tmp_path, slop_in=5, baseline=True).human
    assert level.name == "human (human.parquet)"
    assert level.slop_score == pytest.approx(1000 * 5 / (200 * 660 + 5))
    assert 0 <= level.slop_low < level.slop_score < level.slop_high
    assert "chosen for being rare" in level.note


def test_human_level__of_wordfreq_is_what_its_frequencies_expect_without_an_interval(tmp_path) -> None:
    scores = scores_of(tmp_path, slop_in=0, baseline=False)
    level = scores.human
    assert level.name == "wordfreq:en"
    assert level.slop_score == pytest.approx(wordfreq_score("en", overused_words(scores.features)["feature"].unique()))
    assert level.slop_score > wordfreq_score("en", pl.Series(["tapestry"])) > 0
    assert (level.slop_low, level.slop_high) == (None, None)
    assert "no texts for an interval" in level.note


def test_human_level__of_no_common_word_is_not_known(tmp_path) -> None:
    assert scores_of(tmp_path, slop_in=200, baseline=True).human is None
