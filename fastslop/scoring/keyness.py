"""Keyness: how over-represented each feature of a label is against a reference, with intervals and q-values.

The unit is the block of prompts, never the token: word counts within one text are far from independent, and tests that
treat them as such find everything significant (Lijffijt et al. 2016; Bestgen 2014).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from scipy import special

from fastslop.base.arrays import Counts, Floats
from fastslop.base.defaults import CONFIDENCE, MAX_Q
from fastslop.base.spec import KINDS, Table
from fastslop.scoring.dispersion import BlockDesign, FeatureRows, clustered_variance, own_variance
from fastslop.scoring.reference import Reference

SMOOTHING = 0.5
"""Occurrences added to both counts of a ratio (Haldane 1956, Anscombe 1956): an absent word then has a modest ratio."""


class Significance(NamedTuple):
    """``p`` and ``q`` of features, f64[features], and how many features of the label are tested in all."""

    p: Floats
    q: Floats
    n_tests: int

    def at(self, rows: Counts) -> Significance:
        """Those of the features at these places."""
        return Significance(self.p[rows], self.q[rows], self.n_tests)


class LogRatios(NamedTuple):
    """Effects of features, f64[features]: ``log_ratio``, its interval ``low`` and ``high``, and ``lrc``."""

    log_ratio: Floats
    low: Floats
    high: Floats
    lrc: Floats


def p_values(rows: FeatureRows, design: BlockDesign, reference: Reference) -> Floats:
    """Twice the smaller p of two one-sided tests, of occurrences and of prompts, 1 at most: f64[features]."""
    by_score = _score_test(rows, design, reference)
    # Longer texts have a feature in fewer prompts for the same words; there cannot be more prompts than occurrences.
    longer = max(reference.words_per_prompt / design.words_per_prompt, 1.0)
    expected = np.minimum(reference.spread.n, reference.spread.n_prompts * longer)
    by_prompts = _prompt_test(rows.n_prompts, expected, design.n_words, reference.n_words)
    return np.asarray(np.minimum(2 * np.minimum(by_score, by_prompts), 1.0))


def q_values(p: Floats, n_tests: int) -> Floats:
    """False discovery rate of each p-value among ``n_tests``, those not given being 1 (Benjamini & Hochberg 1995)."""
    order = np.argsort(p)
    stepped = p[order] * n_tests / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return q


def log_ratios(rows: FeatureRows, design: BlockDesign, reference: Reference, n_tests: int) -> LogRatios:
    """Log2 ratios of the smoothed rates (Hardie 2014) with their 95 % intervals, from the spread over blocks.

    The standard error is that of the ratio estimator, by the delta method. See ``conservative`` for ``lrc``.
    """
    smooth, smooth_ref = rows.n + SMOOTHING, reference.spread.n + SMOOTHING
    ratio = np.log2(smooth / (design.n_words + 1)) - np.log2(smooth_ref / (reference.n_words + 1))
    own = own_variance(rows.n.astype(np.float64), rows.squares, rows.products, design)
    variance = own / smooth**2 + (reference.spread.variance + SMOOTHING) / smooth_ref**2
    error = np.sqrt(variance) / np.log(2)
    half = error * special.stdtrit(max(design.n_blocks - 1, 1), 0.5 + CONFIDENCE / 2)
    winsorised = ratio + np.log2((rows.n_winsorised + SMOOTHING) / smooth)
    return LogRatios(ratio, ratio - half, ratio + half, conservative(winsorised, error, ratio - half, n_tests))


def conservative(log_ratio: Floats, error: Floats, low: Floats, n_tests: int) -> Floats:
    """The conservative log ratio (``lrc``; Evert 2022, R package corpora) of a winsorised ``log_ratio``.

    It is the lower end of an interval that is wide enough for all tests at once (Bonferroni), no higher than ``low``,
    the lower end of a single one; or 0.
    """
    quantile = -special.ndtri((1 - CONFIDENCE) / 2 / max(n_tests, 1))
    return np.asarray(np.maximum(np.minimum(log_ratio - quantile * error, low), 0.0))


def score(
    table: Table,
    rows: FeatureRows,
    names: pl.DataFrame,
    design: BlockDesign,
    reference: Reference,
    tests: Significance,
) -> pl.DataFrame:
    """Keyness of features of one table, unranked; ``names``: each one's ``key`` and text (``feature``).

    ``rate_per_million`` and ``baseline_per_million``; ``log_ratio`` with ``log_ratio_low`` and ``_high``, and ``lrc``
    (see ``log_ratios``); ``z`` (log-odds with an informative Dirichlet prior, Monroe, Colaresi & Quinn 2008, eq. 16 and
    22; the prior weighs as much as one document); ``g2`` (Dunning 1993, over two cells as Rayson & Garside 2000);
    ``p_value`` and ``q_value``; ``baseline``, the reference's name.
    """
    n, n_ref, words, words_ref = rows.n.astype(np.float64), reference.spread.n, design.n_words, reference.n_words
    ratios = log_ratios(rows, design, reference, tests.n_tests)
    return pl.DataFrame(
        {
            "kind": pl.repeat(table[0], len(n), dtype=pl.Enum(KINDS), eager=True),
            "order": pl.repeat(table[1], len(n), dtype=pl.UInt8, eager=True),
            "key": names["key"],
            "feature": names["feature"],
            "n": rows.n,
            "n_winsorised": rows.n_winsorised,
            "n_docs": rows.n_docs,
            "n_prompts": rows.n_prompts,
            "dp": rows.dp,
            "rate_per_million": n / max(words, 1) * 1e6,
            "baseline_per_million": n_ref / words_ref * 1e6,
            "log_ratio": ratios.log_ratio,
            "log_ratio_low": ratios.low,
            "log_ratio_high": ratios.high,
            "z": log_odds_z(n, max(words, 1), n_ref, words_ref, design.mean_words),
            "g2": g2(n, max(words, 1), n_ref, words_ref),
            "p_value": tests.p,
            "baseline": pl.repeat(reference.name, len(n), dtype=pl.String, eager=True),
            "q_value": tests.q,
            "lrc": ratios.lrc,
        }
    )


def ranked(scored: pl.DataFrame) -> pl.DataFrame:
    """Over-represented features first, the highest ``lrc`` leading: large and sure beats larger and unsure.

    Ties are broken by name.
    """
    return scored.sort(
        pl.col("q_value") > MAX_Q,
        "lrc",
        "log_ratio_low",
        "feature",
        "kind",
        "order",
        descending=[False, True, True, False, False, False],
    )


def _score_test(rows: FeatureRows, design: BlockDesign, reference: Reference) -> Floats:
    """One-sided p that the target's rate is the reference's: the excess over its standard error over blocks.

    The variance is taken under the null, so that the statistic of a feature of k blocks cannot exceed about sqrt(k).
    The test is made for frequent features and tells little of rare ones.
    """
    rate = (reference.spread.n + SMOOTHING) / (reference.n_words + 1)
    own = clustered_variance(rate, rows.squares, rows.products, design)
    of_reference = (reference.spread.variance + SMOOTHING) * (design.n_words / reference.n_words) ** 2
    excess = rows.n - rate * design.n_words
    spread = np.sqrt(np.maximum(own + of_reference, SMOOTHING**2))
    return np.asarray(special.stdtr(max(design.n_blocks - 1, 1), -excess / spread))


def _prompt_test(n_prompts: Counts, prompts_ref: Floats, words: float, words_ref: float) -> Floats:
    """One-sided p of a feature in so many prompts or more, if it falls into them as often as the reference uses it.

    Occurrences within a prompt count once, in both, so that a looping text weighs no more than another (occurrences
    stand in where a reference has no prompts). The reference's rate has a gamma posterior (Jeffreys' prior: its count
    and one half), which makes the number of prompts at most negative binomial. The test is made for rare features and
    tells little where nearly all prompts have one.
    """
    # The tail of the negative binomial, n_prompts or more.
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
