"""Variation of n-grams' occurrences over blocks of prompts, which keyness needs of each row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.scoring.moments import block_moments
from fastslop.base.spec import KINDS, Table
from fastslop.profiles.profile import Profile
from fastslop.profiles.rows import keys_of, n_prompts_of, texts_of, winsorised


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


def clustered_variance(
    rate: NDArray[np.float64], squares: NDArray[np.float64], products: NDArray[np.float64], design: BlockDesign
) -> NDArray[np.float64]:
    """Variance of n about ``rate`` times the words, from the residuals of the blocks (Cochran 1977, 6.3), f64[rows].

    ``squares`` and ``products`` f64[rows] are those of the kernel ``block_moments``.
    """
    residuals = squares - 2 * rate * products + rate**2 * design.squared_words
    return np.asarray(np.maximum(residuals, 0.0)) * design.n_blocks / max(design.n_blocks - 1, 1)


def feature_rows(profile: Profile, table: Table, *, min_prompts: int) -> pl.DataFrame:
    """The rows of a table seen in at least ``min_prompts`` prompts.

    Columns: ``kind``, ``order``, ``key``, ``feature`` (text), ``n``, ``n_winsorised``, ``n_docs``, ``n_prompts``;
    ``n_tests``, how many rows the table has; and over blocks of prompts ``squares``, ``products`` and ``dp`` (see
    the kernel ``block_moments``).
    """
    grams = profile.tables[table]
    n_prompts, n_tests = n_prompts_of(profile, grams), len(grams.n) + profile.left_out.get(table, 0)
    rows = np.flatnonzero(n_prompts >= min_prompts)
    moments = moments_of(profile, table, rows)
    return pl.DataFrame(
        {
            "kind": pl.repeat(table[0], len(rows), dtype=pl.Enum(KINDS), eager=True),
            "order": pl.repeat(table[1], len(rows), dtype=pl.UInt8, eager=True),
            "key": keys_of(profile, table, rows),
            "feature": texts_of(profile, table, rows),
            "n": grams.n[rows],
            "n_winsorised": winsorised(grams)[rows],
            "n_docs": grams.n_docs[rows],
            "n_prompts": n_prompts[rows],
            "n_tests": pl.repeat(n_tests, len(rows), dtype=pl.Int64, eager=True),
            "squares": moments[:, 0],
            "products": moments[:, 1],
            "dp": moments[:, 2],
        }
    )


def moments_of(profile: Profile, table: Table, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Moments of these rows over blocks of prompts, f64[rows, 3]: see the kernel ``block_moments``."""
    grams = profile.tables[table]
    moments = np.zeros((len(rows), 3))
    block_words = profile.prompts.by_block("n_words")
    block_moments(rows, grams.ends, grams.units, grams.unit_n, profile.prompts.blocks, block_words, moments)
    return moments


def own_variance(rows: pl.DataFrame, design: BlockDesign) -> NDArray[np.float64]:
    """Variance over blocks of prompts of each ``n`` of ``feature_rows``, n at least: f64[rows]."""
    n, squares, products = (rows[name].to_numpy().astype(np.float64) for name in ("n", "squares", "products"))
    return np.asarray(np.maximum(clustered_variance(n / max(design.n_words, 1), squares, products, design), n))


def spread_of(profile: Profile, table: Table, keys: pl.Series) -> pl.DataFrame:
    """Rows of a table among ``keys``: ``key``, ``n``, the ``variance`` of n over blocks (n at least), ``n_prompts``."""
    every = pl.DataFrame({"key": keys_of(profile, table)}).with_row_index("row")
    rows = every.join(keys.to_frame("key"), on="key")["row"].sort().to_numpy().astype(np.int64)
    grams, design = profile.tables[table], BlockDesign.of(profile)
    n, moments = grams.n[rows].astype(np.float64), moments_of(profile, table, rows)
    variance = clustered_variance(n / max(design.n_words, 1), moments[:, 0], moments[:, 1], design)
    n_prompts = n_prompts_of(profile, grams)[rows].astype(np.float64)
    matches = keys_of(profile, table, rows)
    return pl.DataFrame({"key": matches, "n": n, "variance": np.maximum(variance, n), "n_prompts": n_prompts})
