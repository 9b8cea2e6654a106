"""Counts by prompt to inner products of fingerprints under many draws of prompts, on all cores.

Replicates, halves of the prompts, tests of links and pseudo-queries are measured here. It equals
``fingerprint.style_gram`` of ``PromptCounts.sample``, draw by draw; but several draws are made at once, and no sparse
matrix is. What needs the fingerprints themselves, and not their products (parsimony), makes samples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.comparing.replicates import Cells, add_products, drawn_values, fill_dense
from fastslop.base.arrays import Floats, offsets_of, ranges_of
from fastslop.comparing.fingerprint import MIN_LABELS, most_frequent
from fastslop.comparing.prompt_counts import PromptCounts
from fastslop.system.threads import do_all, n_cores

BATCH_BYTES = 256 << 20
"""Memory for the draws that are made at once."""
MAX_DRAWS = 32
"""Most draws that are made at once: more are no faster."""
DENSE_SHARE, DENSE_ROWS = 0.5, 128
"""Share of the rows that a feature is in, and number of rows, from which on its values are multiplied as a matrix: of
227 rows that takes a quarter of the time, of 78 it would take more than twice as long."""
DENSE_FEATURES = 512
"""Features that are made a matrix together."""
JOBS = 8
"""Jobs for each core, so that cores end together."""

EXACT = 1 << 24
"""Sums up to this are exact in single precision, in which twice as many are made at once."""

Row = tuple[int, Floats]
"""A label, and how often each group of its panel is drawn in each draw, f64[groups, draws]."""


def drawn_grams(counts: PromptCounts, rows: Sequence[Row], n_known: int | None = None) -> Iterator[Floats]:
    """Inner products of the rows' fingerprints in each draw, f64[rows, rows].

    Features are winsorised and chosen anew in every draw, by the first ``n_known`` rows (all, if not given). A label
    may stand in several rows. ``style_gram`` is exact in double precision; here values are rounded to single precision
    before they are multiplied, which moves a cosine by 1e-7 at most.
    """
    cells = _cells(counts, [label for label, _ in rows])
    distinct = {id(weights): weights for _, weights in rows}
    places = dict(zip(distinct, offsets_of(np.array([*map(len, distinct.values())])).tolist(), strict=False))
    weights_at = np.array([places[id(weights)] for _, weights in rows])
    n_words = np.array([np.maximum(counts.counts[label].n_words @ weights, 1.0) for label, weights in rows])
    exact = np.dtype(np.float32 if n_words.max() < EXACT else np.float64)
    n_draws = n_words.shape[1]
    n_each = min(max(1, BATCH_BYTES // _bytes_of_draw(cells, len(rows))), MAX_DRAWS)
    for first in range(0, n_draws, n_each):
        batch = slice(first, first + n_each)
        weights = np.concatenate([of_rows[:, batch] for of_rows in distinct.values()]).astype(exact)
        drawn = _drawn_values(counts, cells, weights, weights_at, n_words[:, batch], n_known or len(rows))
        grams = _products(cells, *drawn, len(rows))
        for d in range(grams.shape[2]):
            lower = grams[:, :, d]
            yield lower + np.tril(lower, -1).T


def _bytes_of_draw(cells: Cells, n_rows: int) -> int:
    """Memory that a draw takes: values of cells, rates of features and whether they are chosen, and products."""
    return 4 * len(cells.rows) + 9 * len(cells.feature_ends) + 8 * n_rows**2


def _cells(counts: PromptCounts, labels: Sequence[int]) -> Cells:
    """The features that each of these rows has, a row for each label."""
    of_rows = [counts.counts[label] for label in labels]
    columns = np.concatenate([of_row.columns for of_row in of_rows])
    order = np.argsort(columns, kind="stable")
    rows = np.repeat(np.arange(len(labels), dtype=np.int32), [len(of_row.columns) for of_row in of_rows])
    ends = np.concatenate([of_row.ends + of_row.first for of_row in of_rows])
    n_units = np.concatenate([np.diff(of_row.ends, prepend=0) for of_row in of_rows])
    ends, n_units = ends[order], n_units[order]
    feature_ends = np.cumsum(np.bincount(columns, minlength=len(counts.features)), dtype=np.int64)
    return Cells(rows[order], ends - n_units, ends, feature_ends)


def _drawn_values(
    counts: PromptCounts,
    cells: Cells,
    weights: NDArray[Any],
    weights_at: NDArray[np.int64],
    n_words: Floats,
    n_known: int,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Values of the cells in each draw, f32[cells, draws], and the features that are chosen, bool[features, draws]."""
    n_draws, n_words = weights.shape[1], np.ascontiguousarray(n_words)
    values = np.empty((len(cells.rows), n_draws), np.float32)
    rates = np.empty((len(cells.feature_ends), n_draws))
    drawn = (counts.unit_groups, counts.unit_n, weights, weights_at, n_words, n_known, MIN_LABELS, values, rates)
    features = ranges_of(np.diff(cells.feature_ends, prepend=0), JOBS * n_cores())
    do_all(lambda of_job: drawn_values(cells, *of_job, *drawn), features, n_cores())
    is_chosen = np.zeros(rates.shape, np.bool_)
    tables = [np.flatnonzero(counts.tables == table) for table in np.unique(counts.tables)]

    def choose(draw: int) -> None:
        for of_table in tables:
            is_chosen[most_frequent(rates[:, draw], of_table), draw] = True

    do_all(choose, range(n_draws), n_cores())
    return values, is_chosen


def _products(cells: Cells, values: NDArray[np.float32], is_chosen: NDArray[np.bool_], n_rows: int) -> Floats:
    """Inner products of each row with those up to itself, f64[rows, rows, draws], however many cores there are.

    Where many rows share a feature, whole matrices are multiplied, else pair by pair.
    """
    n_of_feature = np.diff(cells.feature_ends, prepend=0)
    is_dense = (n_of_feature >= DENSE_SHARE * n_rows) & (n_rows >= DENSE_ROWS)
    gram = _dense_products(cells, values, is_chosen, np.flatnonzero(is_dense), n_rows)
    others = is_chosen & ~is_dense[:, None]
    n_products = np.bincount(cells.rows, minlength=n_rows) * np.arange(1, n_rows + 1)
    bands = ranges_of(n_products, n_cores())
    do_all(lambda rows: add_products(cells, values, others, *rows, gram[slice(*rows)]), bands, n_cores())
    return gram


def _dense_products(
    cells: Cells, values: NDArray[np.float32], is_chosen: NDArray[np.bool_], features: NDArray[np.int64], n_rows: int
) -> Floats:
    """The inner products of each row with those up to itself over these features, f64[rows, rows, draws]."""
    n_draws = values.shape[1]
    products = np.zeros((n_draws, n_rows, n_rows))
    for first in range(0, len(features), DENSE_FEATURES):
        some = features[first : first + DENSE_FEATURES]
        dense = np.empty((n_draws, len(some), n_rows))

        def fill(part: tuple[int, int], some: NDArray[np.int64] = some, dense: Floats = dense) -> None:
            fill_dense(cells, values, is_chosen, some, *part, dense)

        def multiply(draw: int, dense: Floats = dense) -> None:
            products[draw] += dense[draw].T @ dense[draw]

        do_all(fill, ranges_of(np.ones(len(some), np.int64), n_cores()), n_cores())
        do_all(multiply, range(n_draws), n_cores())
    return np.ascontiguousarray(np.tril(products).transpose(1, 2, 0))
