"""Counts of features and their variation over blocks of prompts, which keyness needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import N_BLOCKS
from fastslop._kernels.scoring.moments import block_moments, stratum_moments
from fastslop.base.arrays import Counts, Floats, Ids
from fastslop.base.spec import Table
from fastslop.profiles.feature_index import FeatureIndex
from fastslop.profiles.profile import Profile
from fastslop.profiles.rows import hashes_of, n_prompts_of, winsorised


class FeatureRows(NamedTuple):
    """Counts of features of one table, [features] each.

    ``ids`` u32[features, order]: their tokens in the profile's vocabulary; ``n``, ``n_winsorised``, ``n_docs``,
    ``n_prompts`` i64; ``squares``, ``products``, ``dp`` f64: over blocks of prompts, see the kernel ``block_moments``.
    """

    ids: NDArray[np.uint32]
    n: Counts
    n_winsorised: Counts
    n_docs: Counts
    n_prompts: Counts
    squares: Floats
    products: Floats
    dp: Floats

    def at(self, rows: NDArray[np.integer]) -> FeatureRows:
        """The features at these places."""
        return FeatureRows(*(column[rows] for column in self))


class Spread(NamedTuple):
    """Occurrences of features and what their variance over blocks is (n at least), f64[features]; ``n_prompts``."""

    n: Floats
    variance: Floats
    n_prompts: Floats

    def at(self, rows: NDArray[np.integer]) -> Spread:
        """The features at these places."""
        return Spread(*(column[rows] for column in self))


@dataclass(frozen=True)
class BlockDesign:
    """Totals of a target that the statistics over blocks need.

    ``n_words``: its words; ``squared_words``: the sum of their squares over blocks; ``n_blocks``: blocks that have
    words; ``mean_words``, ``words_per_prompt``: mean words of a document and of a prompt, one at least.
    """

    n_words: int
    squared_words: float
    n_blocks: int
    mean_words: float
    words_per_prompt: float

    @staticmethod
    def of(profile: Profile) -> BlockDesign:
        """The design of a profile."""
        words = profile.prompts.by_block("n_words").astype(np.float64)
        return BlockDesign(
            profile.n_words,
            float((words**2).sum()),
            int((words > 0).sum()),
            max(profile.n_words / max(profile.n_docs, 1), 1.0),
            max(profile.n_words / max(profile.n_prompts, 1), 1.0),
        )


def clustered_variance(rate: Floats, squares: Floats, products: Floats, design: BlockDesign) -> Floats:
    """Variance of n about ``rate`` times the words, from the residuals of the blocks (Cochran 1977, 6.3), f64[rows].

    ``squares`` and ``products`` f64[rows] are those of the kernel ``block_moments``.
    """
    residuals = squares - 2 * rate * products + rate**2 * design.squared_words
    return np.asarray(np.maximum(residuals, 0.0)) * design.n_blocks / max(design.n_blocks - 1, 1)


def own_variance(n: Floats, squares: Floats, products: Floats, design: BlockDesign) -> Floats:
    """Variance over blocks of prompts of each n, n at least: f64[rows]."""
    return np.asarray(np.maximum(clustered_variance(n / max(design.n_words, 1), squares, products, design), n))


def feature_rows(profile: Profile, table: Table, rows: Counts) -> FeatureRows:
    """The features of these rows of a table."""
    grams = profile.tables[table]
    squares, products, dp = moments_of(profile, table, rows)
    n, n_winsorised, n_docs = grams.n[rows], winsorised(grams)[rows], grams.n_docs[rows]
    n_prompts = n_prompts_of(profile, grams)[rows]
    return FeatureRows(grams.ids[rows], n, n_winsorised, n_docs, n_prompts, squares, products, dp)


def moments_of(profile: Profile, table: Table, rows: Counts) -> Floats:
    """Moments of these rows over blocks of prompts, f64[3, rows]: see the kernel ``block_moments``."""
    grams, moments = profile.tables[table], np.empty((3, len(rows)))
    block_words = profile.prompts.by_block("n_words")
    block_moments(rows, grams.ends, grams.units, grams.unit_n, profile.prompts.blocks, block_words, moments)
    return moments


class StratumCounts(NamedTuple):
    """Occurrences of features in strata of prompts, and their variances over blocks there: f64[strata, features]."""

    n: Floats
    variance: Floats


def stratum_counts(profile: Profile, table: Table, rows: Counts, strata: Ids, n_strata: int) -> StratumCounts:
    """What rows of a table have in each stratum; ``strata`` u32 has the stratum of each prompt."""
    grams, prompts = profile.tables[table], profile.prompts
    words = np.zeros((n_strata, N_BLOCKS), np.int64)
    np.add.at(words, (strata, prompts.blocks), prompts.n_words)
    n, squares, products = moments = np.empty((3, n_strata, len(rows)))
    stratum_moments(rows, grams.ends, grams.units, grams.unit_n, prompts.blocks, strata, words, moments)
    variance = np.empty((n_strata, len(rows)))
    for s, of_stratum in enumerate(words.astype(np.float64)):
        design = BlockDesign(int(of_stratum.sum()), float((of_stratum**2).sum()), int((of_stratum > 0).sum()), 1.0, 1.0)
        variance[s] = own_variance(n[s], squares[s], products[s], design)
    return StratumCounts(n, variance)


def spread_of(profile: Profile, table: Table, index: FeatureIndex) -> tuple[Counts, Spread]:
    """The numbers i64 of those features of ``index`` that a profile has, and their occurrences in it."""
    grams = profile.tables[table]
    numbers = index.find(hashes_of(profile, table, np.arange(len(grams.n))))
    rows = np.flatnonzero(numbers >= 0)
    n, (squares, products, _) = grams.n[rows].astype(np.float64), moments_of(profile, table, rows)
    variance = own_variance(n, squares, products, BlockDesign.of(profile))
    return numbers[rows], Spread(n, variance, n_prompts_of(profile, grams)[rows].astype(np.float64))
