"""Keyness: effects as by hand, intervals that hold the truth when words cluster in prompts, few false discoveries.

Simulations are seeded, so they pass or fail for good; their bounds leave three standard errors of sampling.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from fastslop.base.spec import KINDS, CountSpec, Table
from fastslop.counting.one_label import count_documents
from fastslop.profiles.origins import read_origins
from fastslop.profiles.packed import pack
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member
from fastslop.profiles.rows import keys_of, rows_in, texts_of
from fastslop.scoring import keyness
from fastslop.scoring.candidates import read_candidates
from fastslop.scoring.dispersion import BlockDesign, FeatureRows, Spread, feature_rows
from fastslop.scoring.keyness import Significance, g2, log_odds_z, ranked, score
from fastslop.scoring.label import References, nothing_scored, score_label
from fastslop.scoring.panel import ComparisonGroup
from fastslop.scoring.reference import Baseline, Reference, baseline_of_profile
from fastslop.system.progress import silent
from tests.naive import block_of
from tests.profile_checks import index_of
from tests.strategies import chunk

# The texts here are simulated, word by word in blocks: by the rules they loop.
WORDS = CountSpec(orders=(1,), content_orders=(), mark_orders=(), stopwords=(), guards="count-only/1")
WORD = ("word", 1)
counts = st.integers(0, 10**6)


def profile_of(texts: Sequence[str], tag: str = "p") -> Profile:
    """One document to a prompt."""
    return count_documents(chunk([(f"{tag}{i}", text) for i, text in enumerate(texts)]), WORDS)


@dataclass(frozen=True)
class Known:
    """A reference by word: occurrences of each, their variance, and its prompts; of other words there are none."""

    name: str
    counts: Mapping[str, tuple[float, float, float]]
    n_words: float

    def of(self, words: Sequence[str]) -> Reference:
        """The reference of these words."""
        found = np.array([self.counts.get(word, (0.0, 0.0, 0.0)) for word in words])
        return Reference(self.name, Spread(*found.reshape(-1, 3).T), self.n_words)


def known(rates: dict[str, float]) -> Known:
    """A reference that knows the truth."""
    size = 1e12
    return Known("truth", {word: (rate * size, 0.0, rate * size) for word, rate in rates.items()}, size)


def measured(
    profile: Profile, against: Known | Profile, min_prompts: int
) -> tuple[pl.DataFrame, FeatureRows, Reference]:
    """A profile's words in so many prompts by name: their names, their counts, and their reference."""
    rows = rows_in(profile, profile.tables[WORD], min_prompts)
    rows = rows[texts_of(profile, WORD, rows).arg_sort().to_numpy()]
    names = pl.DataFrame({"key": keys_of(profile, WORD, rows), "feature": texts_of(profile, WORD, rows)})
    if isinstance(against, Known):
        reference = against.of(names["feature"].to_list())
    else:
        baseline = baseline_of_profile("other", against, {WORD: index_of(profile, WORD)})
        reference = baseline.at(WORD, rows.astype(np.uint32))
    return names, feature_rows(profile, WORD, rows), reference


def scored(profile: Profile, against: Known | Profile, *, min_prompts: int = 3) -> pl.DataFrame:
    """Keyness of a profile's words, by name; the words in fewer prompts are tests too."""
    names, rows, reference = measured(profile, against, min_prompts)
    design, n_tests = BlockDesign.of(profile), len(profile.tables[WORD].n)
    p = keyness.p_values(rows, design, reference)
    return score(WORD, rows, names, design, reference, Significance(p, keyness.q_values(p, n_tests), n_tests))


def spelled(i: int) -> str:
    """A word for each number."""
    return "w" + "".join(chr(97 + int(digit)) for digit in str(i))


# Effect sizes


def test_g2__of_a_table_worked_out_by_hand() -> None:
    # 30 in 1,000 against 10 in 4,000: expected 8 and 32; 2 (30 ln 30/8 + 10 ln 10/32).
    expected = 2 * (30 * math.log(30 / 8) + 10 * math.log(10 / 32))
    assert expected == pytest.approx(56.042, abs=0.001)
    assert g2(np.array([30.0]), 1000, np.array([10.0]), 4000) == pytest.approx([expected])


def test_g2__of_an_absent_word_leaves_its_cell_out() -> None:
    assert g2(np.array([5.0]), 1000, np.array([0.0]), 1000) == pytest.approx([2 * 5 * math.log(2)])
    assert g2(np.array([0.0]), 1000, np.array([5.0]), 1000) == pytest.approx([2 * 5 * math.log(2)])


@given(st.integers(1, 1000), st.integers(1, 1000), st.integers(1, 100))
def test_g2__of_equal_rates_is_0(n, words, times) -> None:
    found = g2(np.array([float(n)]), 1000.0 * words, np.array([float(n * times)]), 1000.0 * words * times)
    assert found == pytest.approx([0], abs=1e-6 * n * times)


@given(counts, counts, st.integers(10**6, 10**9), st.integers(10**6, 10**9))
def test_g2__equals_scipys_log_likelihood_of_its_two_cells(n, n_ref, words, words_ref) -> None:
    if n + n_ref == 0:
        return
    expected = np.array([words, words_ref]) * (n + n_ref) / (words + words_ref)
    theirs = stats.power_divergence([n, n_ref], expected, lambda_="log-likelihood").statistic
    assert g2(np.array([n * 1.0]), words, np.array([n_ref * 1.0]), words_ref) == pytest.approx(
        theirs, abs=1e-6, rel=1e-6
    )


def plain_monroe_z(y: float, n: float, y_ref: float, n_ref: float, alpha_0: float) -> float:
    """Monroe, Colaresi & Quinn 2008: difference of log-odds (16) over its standard deviation (20, 22)."""
    alpha = alpha_0 * (y + y_ref + 0.5) / (n + n_ref + 1)
    omega = (y + alpha) / max(n + alpha_0 - y - alpha, 0.5)
    omega_ref = (y_ref + alpha) / max(n_ref + alpha_0 - y_ref - alpha, 0.5)
    variance = 1 / (y + alpha) + 1 / (y_ref + alpha)
    return (math.log(omega) - math.log(omega_ref)) / math.sqrt(variance)


@given(counts, counts, st.integers(10**6, 10**9), st.integers(10**6, 10**9), st.floats(1, 2000))
def test_z__equals_the_log_odds_of_monroe(n, n_ref, words, words_ref, prior_words) -> None:
    found = log_odds_z(np.array([n * 1.0]), words, np.array([n_ref * 1.0]), words_ref, prior_words)
    assert found == pytest.approx([plain_monroe_z(n, words, n_ref, words_ref, prior_words)], rel=1e-6, abs=1e-6)


def test_z__draws_rare_words_to_0_more_than_frequent_ones() -> None:
    n, n_ref = np.array([2.0, 2000.0]), np.array([1.0, 1000.0])
    rare, frequent = log_odds_z(n, 10**6, n_ref, 10**6, 500.0)
    assert 0 < rare < 1 < 10 < frequent


def test_score__of_words_worked_out_by_hand() -> None:
    target = profile_of(["slop " * 7 + "the " * 20 + "filler " * 6] * 3)  # 99 words: slop 21, the 60
    reference = known({"the": 0.05}), Known("small", {"the": (50.0, 50.0, 50.0)}, 999.0)
    against_truth, against_small = (scored(target, each) for each in reference)
    rows = {row["feature"]: row for row in against_small.iter_rows(named=True)}
    assert rows["slop"]["rate_per_million"] == pytest.approx(21 / 99 * 1e6)
    assert rows["the"]["baseline_per_million"] == pytest.approx(50 / 999 * 1e6)
    assert rows["the"]["log_ratio"] == pytest.approx(math.log2((60.5 / 100) / (50.5 / 1000)))
    # Absent from the reference: half an occurrence in it.
    assert rows["slop"]["log_ratio"] == pytest.approx(math.log2((21.5 / 100) / (0.5 / 1000)))
    assert rows["slop"]["baseline_per_million"] == 0
    assert rows["slop"]["z"] == pytest.approx(plain_monroe_z(21, 99, 0, 999, 33))  # a generation has 33 words
    assert rows["slop"]["g2"] == pytest.approx(2 * 21 * math.log(21 / (99 * 21 / 1098)))
    assert set(against_small["baseline"]) == {"small"}
    assert against_truth.filter(pl.col("feature") == "the")["log_ratio"][0] == pytest.approx(
        math.log2((60.5 / 100) / 0.05), rel=1e-9
    )


def test_z__of_marks_that_are_more_than_the_words_is_a_number() -> None:
    assert np.isfinite(log_odds_z(np.array([9.0]), 3, np.array([5.0]), 1000, 1.0)).all()


# Uncertainty


def lumpy_texts(seed: int, n_prompts: int) -> list[str]:
    """Texts of uneven length; of their words some cluster in few prompts."""
    rng = np.random.default_rng(seed)
    return [
        "filler " * int(rng.integers(1, 60))
        + "even " * int(rng.poisson(2))
        + "lumpy " * int(20 * (rng.random() < 0.2))
        + "once " * (i == 2)
        for i in range(n_prompts)
    ]


def by_block(texts: Sequence[str]) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """Occurrences of each word, and all words, in each of the 64 blocks of prompts."""
    n: dict[str, NDArray[np.float64]] = {}
    words = np.zeros(64)
    for i, text in enumerate(texts):
        for word, times in Counter(text.split()).items():
            n.setdefault(word, np.zeros(64))[block_of(f"p{i}")] += times
            words[block_of(f"p{i}")] += times
    return n, words


def plain_variance(x: NDArray[np.float64], words: NDArray[np.float64], rate: float) -> float:
    """Of the sum of x: residuals about rate times words, over the blocks that have words."""
    n_blocks = int((words > 0).sum())
    return n_blocks / (n_blocks - 1) * sum((x_b - rate * w_b) ** 2 for x_b, w_b in zip(x, words, strict=True))


@pytest.mark.parametrize("n_prompts", [5, 80, 1500])
def test_interval__is_that_of_residuals_over_blocks_of_prompts(n_prompts) -> None:
    texts = lumpy_texts(1, n_prompts)
    n, words = by_block(texts)
    rows = scored(profile_of(texts), known({"filler": 0.5, "even": 0.05, "lumpy": 0.1}), min_prompts=1)
    wide = stats.t.ppf(0.975, (words > 0).sum() - 1)
    assert set(rows["feature"]) == set(n)
    for row in rows.iter_rows(named=True):
        x = n[row["feature"]]
        variance = max(plain_variance(x, words, x.sum() / words.sum()), x.sum())
        variance_ref = 0.5 / (0.5 if row["feature"] == "once" else math.inf) ** 2
        error = math.sqrt(variance / (x.sum() + 0.5) ** 2 + variance_ref) / math.log(2)
        standard_error = (row["log_ratio_high"] - row["log_ratio_low"]) / 2 / wide
        assert standard_error == pytest.approx(error, rel=1e-6)
        assert row["log_ratio_high"] - row["log_ratio"] == pytest.approx(wide * error, rel=1e-6)
        assert row["log_ratio"] - row["log_ratio_low"] == pytest.approx(wide * error, rel=1e-6)


@pytest.mark.parametrize("n_prompts", [5, 80, 1500])
def test_lrc__is_made_of_winsorised_counts_and_the_same_standard_error_over_blocks(n_prompts) -> None:
    texts = lumpy_texts(1, n_prompts)
    rows = scored(profile_of(texts), known({"filler": 0.01, "even": 0.001, "lumpy": 0.001}), min_prompts=1)
    n_tests, n_blocks = len(rows), (by_block(texts)[1] > 0).sum()
    for row in rows.iter_rows(named=True):
        error = (row["log_ratio_high"] - row["log_ratio"]) / stats.t.ppf(0.975, n_blocks - 1)
        winsorised = row["log_ratio"] + math.log2((row["n_winsorised"] + 0.5) / (row["n"] + 0.5))
        low = min(winsorised - stats.norm.isf(0.025 / n_tests) * error, row["log_ratio_low"])
        assert row["lrc"] == pytest.approx(max(low, 0), rel=1e-6)
    assert (rows["lrc"] > 0).sum() >= 2
    assert (rows["n_winsorised"] < rows["n"]).any()


def bursts(seed: int, n_prompts: int, share: float, burst: int, n_words: int = 400, tag: str = "p") -> Profile:
    """400 words by one author: each is in a ``share`` of the prompts, ``burst`` times on average where it is."""
    rng = np.random.default_rng(seed)
    is_in = rng.random((n_prompts, n_words)) < share
    times = is_in * (1 + rng.poisson(burst - 1, is_in.shape))
    names = [spelled(i) for i in range(n_words)]
    return profile_of([" ".join(np.repeat(names, row)) + " filler" * 500 for row in times], tag)


def truth_of_bursts(share: float, burst: int, n_words: int = 400) -> Known:
    rate = share * burst / (share * burst * n_words + 500)
    return known({spelled(i): rate for i in range(n_words)} | {"filler": 500 * rate / (share * burst)})


def coverage(rows: pl.DataFrame, factor: float = 1.0) -> float:
    """Share of the words whose interval, its width times ``factor``, holds a log ratio of 0."""
    rows = rows.filter(pl.col("feature") != "filler")
    half = factor * (rows["log_ratio_high"] - rows["log_ratio"])
    return float((rows["log_ratio"].abs() <= half).mean())


@pytest.mark.parametrize(("share", "burst"), [(0.3, 4), (0.3, 12), (0.08, 12)])
def test_interval__holds_the_truth_in_95_percent_though_words_cluster_in_prompts(share, burst) -> None:
    target, truth = bursts(0, 300, share, burst), truth_of_bursts(share, burst)
    rows = scored(target, truth)
    assert coverage(rows) == pytest.approx(0.95, abs=0.03)
    # The interval of independent words, 1.96 times the root of n, would hold it far too rarely.
    naive = 1.96 / np.sqrt(rows["n"]) / math.log(2)
    assert (rows["log_ratio"].abs() <= naive).filter(rows["feature"] != "filler").mean() < 0.8


@pytest.mark.parametrize("n_prompts_of_reference", [300, 100, 40])
def test_interval__holds_the_truth_in_95_percent_against_a_profile_whose_words_cluster(n_prompts_of_reference) -> None:
    found = [
        coverage(scored(bursts(seed, 300, 0.3, 12), bursts(seed + 10, n_prompts_of_reference, 0.3, 12, tag="q")))
        for seed in range(3)
    ]
    assert np.mean(found) == pytest.approx(0.95, abs=0.02)


# Tests


def p_of_both(profile: Profile, against: Known) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """p of the score test and of the prompt test for every word of a profile but the filler, by name."""
    names, rows, reference = measured(profile, against, 1)
    others = np.flatnonzero(names["feature"] != "filler")
    rows, reference, design = rows.at(others), reference.at(others), BlockDesign.of(profile)
    by_score = keyness._score_test(rows, design, reference)
    prompts_ref = reference.spread.n_prompts
    return by_score, keyness._prompt_test(rows.n_prompts, prompts_ref, design.n_words, reference.n_words)


@pytest.mark.parametrize("n_prompts", [5, 80])
def test_score_test__is_the_excess_over_its_deviation_under_the_null(n_prompts) -> None:
    texts = lumpy_texts(1, n_prompts)
    n, words = by_block(texts)
    names = sorted(set(n) - {"filler"})
    n_ref = {"even": 40.0, "lumpy": 3.0}
    small = Known("small", {"even": (40.0, 90.0, 40.0), "lumpy": (3.0, 3.0, 3.0)}, 1000.0)
    found, _ = p_of_both(profile_of(texts), small)
    for name, p in zip(names, found, strict=True):
        rate = (n_ref.get(name, 0) + 0.5) / 1001
        variance_ref = ({"even": 90, "lumpy": 3}.get(name, 0) + 0.5) * (words.sum() / 1000) ** 2
        t = (n[name].sum() - rate * words.sum()) / math.sqrt(plain_variance(n[name], words, rate) + variance_ref)
        assert p == pytest.approx(stats.t.sf(t, (words > 0).sum() - 1))


@given(st.integers(1, 30), st.integers(0, 30), st.integers(100, 10**6), st.integers(100, 10**6))
def test_prompt_test__is_poisson_with_the_rate_as_the_reference_leaves_it(n_prompts, n_ref, words, words_ref) -> None:
    found = keyness._prompt_test(np.array([n_prompts]), np.array([float(n_ref)]), words, words_ref)
    # The chance of so many, averaged over the rate's posterior, a gamma with Jeffreys' prior, in a thousand steps.
    rates = stats.gamma.ppf((np.arange(1000) + 0.5) / 1000, n_ref + 0.5, scale=1 / words_ref)
    assert found == pytest.approx([stats.poisson.sf(n_prompts - 1, rates * words).mean()], rel=0.05, abs=1e-3)


@pytest.mark.parametrize(("share", "burst"), [(0.02, 1), (0.02, 12), (0.3, 1), (0.3, 12)])
def test_tests__of_one_author_reject_no_more_often_than_they_say(share, burst) -> None:
    for each in p_of_both(bursts(0, 300, share, burst), truth_of_bursts(share, burst)):
        for level in (0.05, 0.01):
            assert (each <= level).mean() <= level + 3 * math.sqrt(level * (1 - level) / len(each))


def test_score_test__of_frequent_words_rejects_about_as_often_as_it_says() -> None:
    by_score, _ = p_of_both(bursts(0, 300, 0.3, 12), truth_of_bursts(0.3, 12))
    assert (by_score <= 0.2).mean() == pytest.approx(0.2, abs=0.06)


def test_prompt_test__of_rare_words_rejects_about_as_often_as_it_says() -> None:
    _, by_prompts = p_of_both(bursts(0, 300, 0.02, 1), truth_of_bursts(0.02, 1))
    # Counts are few, so p is never exactly 0.2: it must not be far below.
    assert 0.05 <= (by_prompts <= 0.2).mean() <= 0.26


def test_a_word_in_one_prompt_only__is_never_significant_however_often_it_is_repeated() -> None:
    def p_of(times: int) -> tuple[float, float, float]:
        profile = profile_of(["some usual words " * 30 + "loop " * times * (i == 5) for i in range(100)])
        rows = scored(profile, known({"loop": 1e-6}), min_prompts=1).filter(pl.col("feature") == "loop")
        by_score, by_prompts = p_of_both(profile, known({"loop": 1e-6}))
        at = sorted(["some", "usual", "words", "loop"]).index("loop")
        return by_score[at], by_prompts[at], rows["p_value"][0]

    once, many = p_of(1), p_of(500)
    assert many[0] > 0.1
    assert once[1] == pytest.approx(many[1], rel=0.1)  # but for the words that the loop adds to the text
    assert many[1] == pytest.approx(1 - math.exp(-9500e-6), rel=1e-3)  # Poisson, of one prompt or more


def test_a_word_in_every_prompt__is_significant() -> None:
    profile = profile_of([f"some usual words whispered {spelled(i)}" for i in range(40)])
    rows = scored(profile, known({"whispered": 1e-4, "some": 0.2, "usual": 0.2, "words": 0.2}))
    p = dict(rows.select("feature", "p_value").iter_rows())
    assert p["whispered"] < 1e-6
    assert min(p["some"], p["usual"], p["words"]) > 0.3


def test_p_value__is_twice_the_smaller_of_two_and_1_at_most() -> None:
    profile, truth = bursts(0, 30, 0.3, 4), truth_of_bursts(0.3, 4)
    rows = scored(profile, truth, min_prompts=1).filter(pl.col("feature") != "filler")
    expected = np.minimum(2 * np.minimum(*p_of_both(profile, truth)), 1)
    assert rows["p_value"].to_list() == pytest.approx(expected)
    assert rows["p_value"].max() == 1


def author(seed: int, n_prompts: int, rates: NDArray[np.float64], tag: str = "p") -> Profile:
    """Texts of 300 words; in each prompt every word's rate is its author's times gamma noise of variance 2."""
    rng = np.random.default_rng(seed)
    names = [spelled(i) for i in range(len(rates))]
    texts = []
    for _ in range(n_prompts):
        here = rates * rng.gamma(0.5, 2, len(rates))
        texts.append(" ".join(np.repeat(names, rng.multinomial(300, here / here.sum()))))
    return profile_of(texts, tag)


def zipf(n_words: int = 1500) -> NDArray[np.float64]:
    rates = 1 / np.arange(10, n_words + 10)
    return rates / rates.sum()


@pytest.mark.parametrize("n_prompts_of_reference", [300, 1500])
def test_two_samples_of_one_author__have_hardly_a_word_between_them(n_prompts_of_reference) -> None:
    for seed in range(3):
        target, reference = author(seed, 300, zipf()), author(seed + 50, n_prompts_of_reference, zipf(), "q")
        rows = scored(target, reference)
        assert len(rows) > 1000
        assert (rows["q_value"] <= 0.05).sum() <= 1


def test_planted_words__are_found_and_few_others() -> None:
    rates = zipf()
    planted = np.arange(20, 420, 10)
    more = rates.copy()
    more[planted] *= 8
    rows = scored(author(0, 300, more / more.sum()), author(50, 1500, rates, "q"))
    found = set(rows.filter(pl.col("q_value") <= 0.05)["feature"])
    truly = {spelled(i) for i in planted}
    assert len(found & truly) >= 0.95 * len(truly)
    assert len(found - truly) <= 0.1 * len(found)  # 5 % are expected at most


def test_two_samples_of_one_author__do_not_differ_by_their_rare_words() -> None:
    def sample(seed: int, n_prompts: int, tag: str) -> Profile:
        rng = np.random.default_rng(seed)
        names = np.array([spelled(i) for i in range(20_000)])
        return profile_of([" ".join(names[rng.random(20_000) < 0.005]) + " filler" * 50 for _ in range(n_prompts)], tag)

    rows = scored(sample(1, 100, "p"), sample(2, 1000, "q"))
    assert (rows["q_value"] <= 0.05).mean() < 0.01


def test_two_samples_of_one_author__have_hardly_a_word_between_them_though_the_reference_is_small() -> None:
    rows = scored(bursts(0, 300, 0.3, 12), bursts(1, 40, 0.3, 12, tag="q"))
    assert (rows["q_value"] <= 0.05).mean() < 0.01


@pytest.mark.parametrize(("n_prompts", "n_words"), [(200, 600), (20, 30_000)])
def test_two_samples_of_one_author__do_not_differ_though_the_reference_has_longer_texts(n_prompts, n_words) -> None:
    def sample(seed: int, n_prompts: int, n_words: int, tag: str) -> Profile:
        rng = np.random.default_rng(seed)
        names, rates = [spelled(i) for i in range(600)], zipf(600)
        return profile_of([" ".join(np.repeat(names, rng.multinomial(n_words, rates))) for _ in range(n_prompts)], tag)

    rows = scored(sample(0, 200, 300, "p"), sample(1, n_prompts, n_words, "q"))
    assert (rows["q_value"] <= 0.05).mean() < 0.01


# Ranks


def frame(
    p: Sequence[float], log_ratio: Sequence[float], error: Sequence[float], names: Sequence[str] | None = None
) -> pl.DataFrame:
    """Scored rows with only what ranks need."""
    low = np.array(log_ratio) - 2 * np.array(error)
    return pl.DataFrame(
        {
            "kind": ["word"] * len(p),
            "order": [1] * len(p),
            "feature": names or [spelled(i) for i in range(len(p))],
            "q_value": keyness.q_values(np.array(p), len(p)),
            "log_ratio_low": low,
            "lrc": keyness.conservative(np.array(log_ratio), np.array(error), low, len(p)),
        }
    )


def plain_bh(p: Sequence[float]) -> list[float]:
    """Benjamini & Hochberg 1995: the smallest p m / rank of all that rank no lower."""
    ranked = sorted(p)
    at_rank = [x * len(p) / (i + 1) for i, x in enumerate(ranked)]
    return [min([1.0, *at_rank[ranked.index(x) :]]) for x in p]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_q_values__equal_benjamini_and_hochberg(p) -> None:
    found = keyness.q_values(np.array(p), len(p)).tolist()
    assert found == pytest.approx(plain_bh(p))
    assert found == pytest.approx(list(stats.false_discovery_control(p)))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(0, 50))
def test_q_values__take_features_that_were_not_scored_for_tests_that_found_nothing(p, n_others) -> None:
    found = keyness.q_values(np.array(p), len(p) + n_others)
    assert found.tolist() == pytest.approx(list(stats.false_discovery_control([*p, *[1.0] * n_others])[: len(p)]))


def scored_alone(text: str, spec: CountSpec, tables: Sequence[Table], n_tests: Mapping[Table, int]) -> pl.DataFrame:
    """Keyness of a label of nine such texts, with so many tests, against a baseline that has these tables, empty."""
    profile = count_documents(chunk([(f"p{i}", text) for i in range(9)]), spec)
    member = Member("a", "a", "x", pack(profile), spec, profile.prompts)
    (own,), index = read_candidates([member], spec, read_origins([member]), silent)
    spreads = {table: Spread(*np.zeros((3, len(index[table])))) for table in tables}
    references = References([Baseline("empty", spreads, 1e6)], {"x": ComparisonGroup([member], {})})
    return score_label(member, replace(own, n_tests=n_tests), references, [], 1.0).features


def test_q_values__count_the_features_of_every_table_that_is_scored() -> None:
    spec = CountSpec(orders=(1,), content_orders=(), mark_orders=(1, 2), stopwords=(), guards="count-only/1")
    n_tests = {("word", 1): 100, ("mark", 1): 20, ("mark", 2): 5000}
    rows = scored_alone("a b c — ; …", spec, [("word", 1), ("mark", 1)], n_tests)
    p = rows["p_value"][0]
    assert rows["p_value"].to_list() == [p] * 6
    assert rows["q_value"].to_list() == pytest.approx([p * 120 / 6] * 6, rel=1e-9, abs=0)
    assert 0 < p * 120 / 6 < 1


def test_q_values__of_no_rows_are_none() -> None:
    assert keyness.q_values(np.zeros(0), 0).tolist() == []
    assert ranked(nothing_scored()).is_empty()
    assert scored_alone("a b", WORDS, [], {WORD: 2}).equals(nothing_scored())


def test_lrc__is_the_lower_end_of_an_interval_wide_enough_for_all_and_never_below_0() -> None:
    ratio, error = np.array([4.0, 1.0, 0.0, -3.0, 2.0]), np.array([0.5, 1.0, 1.0, 0.1, 0.0])
    wide = stats.norm.isf(0.025 / 5)
    found = keyness.conservative(ratio, error, ratio - 2 * error, 5)
    assert found.tolist() == pytest.approx([4 - wide / 2, 0, 0, 0, 2])


def test_rank__puts_over_represented_words_first_and_large_and_sure_before_larger_and_unsure() -> None:
    p = [0.001, 0.9, 0.001, 0.001]
    rows = ranked(frame(p, [3.0, 9.0, 5.0, 6.0], [0.1, 0.1, 0.1, 5.0], ["sure", "no", "larger", "unsure"]))
    assert rows["feature"].to_list() == ["larger", "sure", "unsure", "no"]


@given(st.permutations(["a", "b", "c", "d", "ä", "日本"]))
def test_rank__breaks_ties_by_name(names) -> None:
    rows = ranked(frame([0.01] * 6, [2.0] * 6, [0.1] * 6, names))
    assert rows["feature"].to_list() == sorted(names)


def test_rank__breaks_ties_of_one_name_by_kind_and_order() -> None:
    rows = frame([0.01] * 5, [2.0] * 5, [0.1] * 5, ["b", "a", "a", "a", "b"]).with_columns(
        kind=pl.Series(["mark", "word", "content", "word", "content"], dtype=pl.Enum(KINDS)),
        order=pl.Series([1, 2, 2, 1, 1]),
    )
    found = ranked(rows).select("feature", "kind", "order").rows()
    assert found == [("a", "word", 1), ("a", "word", 2), ("a", "content", 2), ("b", "content", 1), ("b", "mark", 1)]


def test_lrc__is_no_higher_than_the_lower_end_of_a_single_interval() -> None:
    texts = ["some words whispered"] * 2 + ["some words whispered whispered"]
    rows = scored(profile_of(texts), known({"whispered": 1e-3, "some": 0.1, "words": 0.1}))
    assert (rows["lrc"] <= rows["log_ratio_low"].clip(0)).all()
