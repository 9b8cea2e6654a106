"""Counts by prompt to inner products of fingerprints under many draws of prompts, on all cores.

Replicates, halves of the prompts, tests of links and pseudo-queries are measured here. It equals
``fingerprint.style_gram`` of ``PromptCounts.sample``, draw by draw; but several draws are made at once, and no sparse
matrix is. What needs the fingerprints themselves, and not their products (parsimony), makes samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.comparing.replicates import Cells, add_products, drawn_values, fill_dense
from fastslop.base.arrays import Counts, Floats, offsets_of, ranges_of, ranges_within
from fastslop.comparing.fingerprint import MIN_LABELS, MIN_PROMPTS, most_frequent
from fastslop.comparing.prompt_counts import PromptCounts
from fastslop.system.threads import do_all, map_bounded, n_cores, one_blas_thread

BATCH_BYTES = 256 << 20
"""Memory for the products of the draws that are made at once."""
BLOCK_BYTES = 128 << 20
"""Memory for the values of the features that are multiplied at once."""
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

Item = TypeVar("Item")
Result = TypeVar("Result")
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
    n_each = min(max(1, BATCH_BYTES // (8 * len(rows) ** 2)), MAX_DRAWS)
    for first in range(0, n_draws, n_each):
        batch = slice(first, first + n_each)
        weights = np.concatenate([of_rows[:, batch] for of_rows in distinct.values()]).astype(exact)
        draws = DrawnFeatures(
            counts, cells, weights, weights_at, np.ascontiguousarray(n_words[:, batch]), n_known or len(rows)
        )
        grams = draws.products()
        for d in range(grams.shape[2]):
            lower = grams[:, :, d]
            yield lower + np.tril(lower, -1).T


def of_each_draw(function: Callable[[Item], Result], grams: Iterable[Item]) -> Iterator[Result]:
    """Results of a function of the products of each draw, on all cores, in the order of the draws."""
    with one_blas_thread:
        yield from map_bounded(function, grams, n_cores())


def _cells(counts: PromptCounts, labels: Sequence[int]) -> Cells:
    """The features that each of these rows has in two groups at least, a row for each label: others never count."""
    sizes = [np.diff(counts.counts[label].ends, prepend=0).astype(np.int32) for label in labels]
    kept = [np.flatnonzero(n_units >= MIN_PROMPTS) for n_units in sizes]
    of_rows = [counts.counts[label] for label in labels]
    columns = np.concatenate([of_row.columns[k] for of_row, k in zip(of_rows, kept, strict=True)])
    order = np.argsort(columns, kind="stable")
    rows = np.repeat(np.arange(len(labels), dtype=np.int32), [*map(len, kept)])
    ends = np.concatenate([of_row.ends[k] + of_row.first for of_row, k in zip(of_rows, kept, strict=True)])[order]
    n_units = np.concatenate([of_row[k] for of_row, k in zip(sizes, kept, strict=True)])[order]
    feature_ends = np.cumsum(np.bincount(columns, minlength=len(counts.features)), dtype=np.int64)
    return Cells(rows[order], ends - n_units, ends, feature_ends)


@dataclass(frozen=True)
class DrawnFeatures:
    """Some draws that are made at once: parameters are those of the kernel ``drawn_values``."""

    counts: PromptCounts
    cells: Cells
    weights: NDArray[Any]
    weights_at: NDArray[np.int64]
    n_words: Floats
    n_known: int

    @property
    def n_draws(self) -> int:
        """How many draws there are."""
        return len(self.n_words[0])

    def products(self) -> Floats:
        """Inner products of each row with those up to itself, f64[rows, rows, draws], however many cores there are.

        Which features are chosen is known when all of them were drawn. Where their values need more than
        ``BLOCK_BYTES``, they are drawn once more, block by block, when they are multiplied.
        """
        n_rows = len(self.weights_at)
        blocks = [*ranges_within(self._sizes, max(1, BLOCK_BYTES // (4 * self.n_draws)))]
        rates, values = np.empty((len(self._sizes), self.n_draws)), self._room((0, 0))
        if len(blocks) == 1:
            values = self._room(blocks[0])
        self._draw((0, len(self._sizes)), values, rates)
        is_chosen = self._chosen(rates)
        gram, dense_gram = np.zeros((n_rows, n_rows, self.n_draws)), np.zeros((self.n_draws, n_rows, n_rows))
        for block in blocks:
            if len(blocks) > 1:
                values = self._room(block)
                self._draw(block, values, rates)
            self._add_products(block, values, is_chosen, gram, dense_gram)
        return gram + np.tril(dense_gram).transpose(1, 2, 0)

    @cached_property
    def _sizes(self) -> Counts:
        """Cells of each feature."""
        return np.diff(self.cells.feature_ends, prepend=0)

    def _cell(self, feature: int) -> int:
        """The first cell of a feature."""
        return int(self.cells.feature_ends[feature - 1]) if feature > 0 else 0

    def _room(self, features: tuple[int, int]) -> NDArray[np.float32]:
        """Room for the values of these features."""
        return np.empty((self._cell(features[1]) - self._cell(features[0]), self.n_draws), np.float32)

    def _draw(self, features: tuple[int, int], values: NDArray[np.float32], rates: Floats) -> None:
        """Draw features, on all cores; ``values`` may be empty."""
        counts = (self.counts.unit_groups, self.counts.unit_n)
        drawn = (*counts, self.weights, self.weights_at, self.n_words, self.n_known, MIN_LABELS)
        begin = self._cell(features[0])

        def draw(part: tuple[int, int]) -> None:
            first, last = part[0] + features[0], part[1] + features[0]
            of_part = values[self._cell(first) - begin : self._cell(last) - begin]
            drawn_values(self.cells, first, last, *drawn, of_part, rates)

        do_all(draw, ranges_of(self._sizes[slice(*features)], JOBS * n_cores()), n_cores())

    def _chosen(self, rates: Floats) -> NDArray[np.bool_]:
        """The features that are chosen in each draw, bool[features, draws]."""
        is_chosen = np.zeros(rates.shape, np.bool_)
        tables = [np.flatnonzero(self.counts.tables == table) for table in np.unique(self.counts.tables)]

        def choose(draw: int) -> None:
            for of_table in tables:
                is_chosen[most_frequent(rates[:, draw], of_table), draw] = True

        do_all(choose, range(self.n_draws), n_cores())
        return is_chosen

    def _add_products(
        self,
        block: tuple[int, int],
        values: NDArray[np.float32],
        is_chosen: NDArray[np.bool_],
        gram: Floats,
        dense_gram: Floats,
    ) -> None:
        """Add the products over a block of features.

        Where many rows share a feature, whole matrices are multiplied, else pair by pair.
        """
        n_rows, part = len(gram), slice(*block)
        is_dense = (self._sizes[part] >= DENSE_SHARE * n_rows) & (n_rows >= DENSE_ROWS)
        self._add_dense(np.flatnonzero(is_dense) + block[0], self._cell(block[0]), values, is_chosen, dense_gram)
        others = is_chosen[part] & ~is_dense[:, None]
        rows_of_block = self.cells.rows[self._cell(block[0]) : self._cell(block[1])]
        n_products = np.bincount(rows_of_block, minlength=n_rows) * np.arange(1, n_rows + 1)
        bands = ranges_of(n_products, n_cores())
        do_all(
            lambda rows: add_products(self.cells, block, values, others, *rows, gram[slice(*rows)]), bands, n_cores()
        )

    def _add_dense(
        self,
        features: NDArray[np.int64],
        first_cell: int,
        values: NDArray[np.float32],
        is_chosen: NDArray[np.bool_],
        products: Floats,
    ) -> None:
        """Add the products over these features, as matrices, to ``products`` f64[draws, rows, rows]."""
        for first in range(0, len(features), DENSE_FEATURES):
            some = features[first : first + DENSE_FEATURES]
            dense = np.empty((self.n_draws, len(some), products.shape[1]))

            def fill(part: tuple[int, int], some: NDArray[np.int64] = some, dense: Floats = dense) -> None:
                fill_dense(self.cells, first_cell, values, is_chosen, some, *part, dense)

            def multiply(draw: int, dense: Floats = dense) -> None:
                products[draw] += dense[draw].T @ dense[draw]

            do_all(fill, ranges_of(np.ones(len(some), np.int64), n_cores()), n_cores())
            with one_blas_thread:
                do_all(multiply, range(self.n_draws), n_cores())
