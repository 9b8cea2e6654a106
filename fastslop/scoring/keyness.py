"""Keyness: how over-represented each feature of a label is against a reference, with intervals and q-values.

The unit is the block of prompts, never the token: word counts within one text are far from independent, and tests that
treat them as such find everything significant (Lijffijt et al. 2016; Bestgen 2014).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from fastslop.base.arrays import Floats
from fastslop.base.defaults import CONFIDENCE, MAX_Q
from fastslop.scoring.dispersion import BlockDesign, clustered_variance
from fastslop.scoring.reference import Reference

SMOOTHING = 0.5
"""Occurrences added to both counts of a ratio (Haldane 1956, Anscombe 1956): an absent word then has a modest ratio."""


class FeatureCounts(NamedTuple):
    """Counts of features, f64[features] each.

    ``n``: occurrences; ``squares``, ``products``: their sums over blocks (see the kernel ``block_moments``); ``n_ref``,
    ``var_ref``: the reference's occurrences and their variance.
    """

    n: Floats
    squares: Floats
    products: Floats
    n_ref: Floats
    var_ref: Floats


def score(rows: pl.DataFrame, design: BlockDesign, reference: Reference) -> pl.DataFrame:
    """Keyness of ``rows`` (see ``dispersion.feature_rows``), all of one table, against a reference.

    Adds ``rate_per_million`` and ``baseline_per_million``; ``log_ratio`` (Hardie 2014, log2 of the smoothed rates'
    ratio) with ``log_ratio_low`` and ``_high``, its 95 % interval from the spread over blocks; ``z`` (log-odds with an
    informative Dirichlet prior, Monroe, Colaresi & Quinn 2008, eq. 16 and 22; the prior weighs as much as one
    document); ``g2`` (Dunning 1993, over two cells as Rayson & Garside 2000); ``p_value``, twice the smaller one of the
    two tests'; and ``baseline``, the reference's name. ``standard_error`` and ``winsorised_log_ratio`` are for
    ``with_q_values``, which drops them.
    """
    joined = rows.select("key").join(reference.counts, on="key", how="left", maintain_order="left")
    n_ref, var_ref, prompts_ref = (joined[name].fill_null(0.0).to_numpy() for name in ("n", "variance", "n_prompts"))
    n_words = max(design.n_words, 1)
    names = ("n", "n_winsorised", "squares", "products")
    n, n_winsorised, squares, products = (rows[name].to_numpy().astype(np.float64) for name in names)
    counts = FeatureCounts(n, squares, products, n_ref, var_ref)
    ratio, error = _log_ratio(counts, design, reference.n_words)
    half = error * special.stdtrit(max(design.n_blocks - 1, 1), 0.5 + CONFIDENCE / 2)
    by_score = _score_test(counts, design, reference.n_words)
    # Longer texts have a feature in fewer prompts for the same words; there cannot be more prompts than occurrences.
    longer = max(reference.words_per_prompt / design.words_per_prompt, 1.0)
    expected = np.minimum(n_ref, prompts_ref * longer)
    by_prompts = _prompt_test(rows["n_prompts"].to_numpy(), expected, design.n_words, reference.n_words)
    return rows.with_columns(
        rate_per_million=pl.Series(n / n_words * 1e6),
        baseline_per_million=pl.Series(n_ref / reference.n_words * 1e6),
        log_ratio=pl.Series(ratio),
        log_ratio_low=pl.Series(ratio - half),
        log_ratio_high=pl.Series(ratio + half),
        z=pl.Series(log_odds_z(n, n_words, n_ref, reference.n_words, design.mean_words)),
        g2=pl.Series(g2(n, n_words, n_ref, reference.n_words)),
        standard_error=pl.Series(error),
        winsorised_log_ratio=pl.Series(ratio + np.log2((n_winsorised + SMOOTHING) / (n + SMOOTHING))),
        p_value=pl.Series(np.minimum(2 * np.minimum(by_score, by_prompts), 1.0)),
        baseline=pl.lit(reference.name),
    ).drop("squares", "products")


def _log_ratio(counts: FeatureCounts, design: BlockDesign, words_ref: float) -> tuple[Floats, Floats]:
    """Log2 ratio of the smoothed rates, and its standard error (delta method on the ratio estimator)."""
    n, squares, products, n_ref, var_ref = counts
    smooth, smooth_ref = n + SMOOTHING, n_ref + SMOOTHING
    ratio = np.log2(smooth / (design.n_words + 1)) - np.log2(smooth_ref / (words_ref + 1))
    own = np.maximum(clustered_variance(n / max(design.n_words, 1), squares, products, design), n)
    variance = own / smooth**2 + (var_ref + SMOOTHING) / smooth_ref**2
    return ratio, np.sqrt(variance) / np.log(2)


def _score_test(counts: FeatureCounts, design: BlockDesign, words_ref: float) -> Floats:
    """One-sided p that the target's rate is the reference's: the excess over its standard error over blocks.

    The variance is taken under the null, so that the statistic of a feature of k blocks cannot exceed about sqrt(k).
    The test is made for frequent features and tells little of rare ones.
    """
    n, squares, products, n_ref, var_ref = counts
    rate = (n_ref + SMOOTHING) / (words_ref + 1)
    own = clustered_variance(rate, squares, products, design)
    of_reference = (var_ref + SMOOTHING) * (design.n_words / words_ref) ** 2
    excess = n - rate * design.n_words
    spread = np.sqrt(np.maximum(own + of_reference, SMOOTHING**2))
    return np.asarray(special.stdtr(max(design.n_blocks - 1, 1), -excess / spread))


def _prompt_test(n_prompts: NDArray[np.int64], prompts_ref: Floats, words: float, words_ref: float) -> Floats:
    """One-sided p of a feature in so many prompts or more, if it falls into them as often as the reference uses it.

    Occurrences within a prompt count once, in both, so that a looping text weighs no more than another (occurrences
    stand in where a reference has no prompts). The reference's rate has a gamma posterior (Jeffreys' prior: its count
    and one half), which makes the number of prompts at most negative binomial. The test is made for rare features and
    tells little where nearly all prompts have one.
    """
    # The tail of the negative binomial, n_prompts or more; scipy.stats takes 0.3 s to import.
    return np.asarray(special.betainc(n_prompts, prompts_ref + SMOOTHING, words / (words_ref + words)))


def log_odds_z(n: Floats, words: float, n_ref: Floats, words_ref: float, prior_words: float) -> Floats:
    """z of the log-odds ratio with a Dirichlet prior of ``prior_words`` words, as both samples together use them."""
    prior = prior_words * (n + n_ref + SMOOTHING) / (words + words_ref + 1)
    y, y_ref = n + prior, n_ref + prior
    # Marks can outnumber words; their odds are then as good as infinite.
    rest = np.maximum(words + prior_words - y, SMOOTHING)
    rest_ref = np.maximum(words_ref + prior_words - y_ref, SMOOTHING)
    log_odds = np.log(y / rest) - np.log(y_ref / rest_ref)
    return np.asarray(log_odds / np.sqrt(1 / y + 1 / y_ref))


def g2(n: Floats, words: float, n_ref: Floats, words_ref: float) -> Floats:
    """Log-likelihood statistic of two cells: 0 where both rates are equal."""
    expected = words * (n + n_ref) / (words + words_ref)
    expected_ref = words_ref * (n + n_ref) / (words + words_ref)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(n > 0, n * np.log(n / expected), 0.0)
        other = np.where(n_ref > 0, n_ref * np.log(n_ref / expected_ref), 0.0)
    return np.asarray(np.maximum(2 * (own + other), 0.0))


def with_q_values(scored: pl.DataFrame) -> pl.DataFrame:
    """Add ``q_value`` (Benjamini & Hochberg 1995) and ``lrc``, and rank by them.

    Every different feature of the target counts as a test, also those in too few prompts to be scored: which these are
    depends on the counts. ``lrc`` is the conservative log ratio (Evert 2022, R package corpora) of the winsorised
    count: the lower end of an interval that is wide enough for all tests at once (Bonferroni), or 0. Over-represented
    features come first, the highest lrc leading: large and sure beats larger and unsure. Ties are broken by name.
    """
    n_tests = int(scored.group_by("kind", "order").agg(pl.col("n_tests").first())["n_tests"].sum() or 0)
    quantile = -special.ndtri((1 - CONFIDENCE) / 2 / max(n_tests, 1))
    lowest = pl.col("winsorised_log_ratio") - quantile * pl.col("standard_error")
    return (
        scored.with_columns(
            q_value=pl.Series(q_values(scored["p_value"].to_numpy(), n_tests), dtype=pl.Float64),
            lrc=pl.min_horizontal(lowest, "log_ratio_low").clip(0),
        )
        .drop("standard_error", "winsorised_log_ratio", "n_tests")
        .sort(
            pl.col("q_value") > MAX_Q,
            "lrc",
            "log_ratio_low",
            "feature",
            "kind",
            "order",
            descending=[False, True, True, False, False, False],
        )
    )


def q_values(p: Floats, n_tests: int) -> Floats:
    """False discovery rate of each p-value among ``n_tests``, those not given being 1 (Benjamini & Hochberg 1995)."""
    order = np.argsort(p)
    stepped = p[order] * n_tests / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return q
