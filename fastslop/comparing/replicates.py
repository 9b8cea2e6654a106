"""Counts by prompt to inner products of fingerprints under many draws of prompts, on all cores.

Replicates, halves of the prompts, tests of links and pseudo-queries are measured here. It equals
``fingerprint.style_gram`` of ``PromptCounts.sample``, draw by draw; but several draws are made at once, and no sparse
matrix is. What needs the fingerprints themselves, and not their products (parsimony), makes samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.comparing.replicates import (
    Cells,
    add_products,
    count_cells,
    drawn_values,
    fill_dense,
    put_cells,
)
from fastslop.base.arrays import Counts, Floats, offsets_of, ranges_of, ranges_within
from fastslop.comparing.fingerprint import MIN_LABELS, MIN_PROMPTS, most_frequent
from fastslop.comparing.prompt_counts import LabelCounts, PromptCounts
from fastslop.system.ceiling import ceiling
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
PARTS = 8
"""Parts of the features whose products with few rows are made side by side."""
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
    for draws in _draws(counts, rows, n_known or len(rows)):
        yield from _squares(draws.products()[1])


class FixedDraws(NamedTuple):
    """Draws of rows that stay the same whatever rows are behind them.

    ``is_chosen`` bool[draws, features]; ``grams`` f64[draws, rows, rows].
    """

    is_chosen: NDArray[np.bool_]
    grams: Floats


def fixed_draws(counts: PromptCounts, rows: Sequence[Row], n_known: int) -> FixedDraws:
    """The draws of rows, of which the first ``n_known`` choose features, to be added to by ``grams_behind``."""
    chosen: list[NDArray[np.bool_]] = []
    grams: list[Floats] = []
    for draws in _draws(counts, rows, n_known):
        is_chosen, lower = draws.products()
        chosen.append(is_chosen.T)
        grams.extend(_squares(lower))
    return FixedDraws(np.concatenate(chosen), np.array(grams))


def grams_behind(counts: PromptCounts, rows: Sequence[Row], fixed: FixedDraws) -> Iterator[Floats]:
    """Inner products as of ``drawn_grams``; those of the first rows are known, and only the others' are made.

    Features that none of the others has add nothing to these, and are not drawn.
    """
    n_fixed, done = fixed.grams.shape[1], 0
    others = [counts.counts[label] for label, _ in rows[n_fixed:]]
    wanted = _n_cells(others, np.ones(len(counts.features), np.bool_)) > 0
    for draws in _draws(counts, rows, n_fixed, wanted):
        of_batch = slice(done, done + draws.n_draws)
        behind = draws.products_behind(n_fixed, np.ascontiguousarray(fixed.is_chosen[of_batch].T))
        for d, known in enumerate(fixed.grams[of_batch]):
            lower = np.zeros((len(rows), len(rows)))
            lower[:n_fixed, :n_fixed], lower[n_fixed:] = np.tril(known), behind[:, :, d]
            yield lower + np.tril(lower, -1).T
        done += draws.n_draws


def _squares(lower: Floats) -> Iterator[Floats]:
    """The symmetric matrix of each draw, of which the lower triangle is given, f64[rows, rows, draws]."""
    for d in range(lower.shape[2]):
        yield lower[:, :, d] + np.tril(lower[:, :, d], -1).T


def _draws(
    counts: PromptCounts, rows: Sequence[Row], n_known: int, wanted: NDArray[np.bool_] | None = None
) -> Iterator[DrawnFeatures]:
    """The draws of these rows, some at once, of all features or those that are ``wanted``."""
    cells = _cells(counts, [label for label, _ in rows], wanted)
    distinct = {id(weights): weights for _, weights in rows}
    places = dict(zip(distinct, offsets_of(np.array([*map(len, distinct.values())])).tolist(), strict=False))
    weights_at = np.array([places[id(weights)] for _, weights in rows])
    n_words = np.array([np.maximum(counts.counts[label].n_words @ weights, 1.0) for label, weights in rows])
    exact = np.dtype(np.float32 if n_words.max() < EXACT else np.float64)
    n_draws = n_words.shape[1]
    n_each = min(max(1, BATCH_BYTES // (8 * len(rows) ** 2)), MAX_DRAWS, n_draws)
    products = 3 * 8 * n_each * len(rows) ** 2
    ceiling.require("drawing prompts", BLOCK_BYTES + products + 9 * n_each * len(counts.features))
    for first in range(0, n_draws, n_each):
        batch = slice(first, first + n_each)
        weights = np.concatenate([of_rows[:, batch] for of_rows in distinct.values()]).astype(exact)
        yield DrawnFeatures(counts, cells, weights, weights_at, np.ascontiguousarray(n_words[:, batch]), n_known)


def of_each_draw(function: Callable[[Item], Result], grams: Iterable[Item]) -> Iterator[Result]:
    """Results of a function of the products of each draw, on all cores, in the order of the draws."""
    with one_blas_thread:
        yield from map_bounded(function, grams, n_cores())


def _cells(counts: PromptCounts, labels: Sequence[int], wanted: NDArray[np.bool_] | None = None) -> Cells:
    """The features that each of these rows has in two groups at least, a row for each label: others never count.

    Of all features, or of those that are ``wanted`` bool[features].
    """
    of_rows = [counts.counts[label] for label in labels]
    wanted = np.ones(len(counts.features), np.bool_) if wanted is None else wanted
    n_cells = _n_cells(of_rows, wanted)
    n = int(n_cells.sum())
    places = np.cumsum(n_cells) - n_cells
    cells = Cells(np.empty(n, np.int32), np.empty(n, np.int64), np.empty(n, np.uint16), places)
    for row, of_row in enumerate(of_rows):  # each is put behind those of the rows before, and so moves the places on
        put_cells(of_row.columns, of_row.n_units, MIN_PROMPTS, wanted, row, of_row.first, cells)
    return cells


def _n_cells(of_rows: Iterable[LabelCounts], wanted: NDArray[np.bool_]) -> Counts:
    """How many of the rows have each feature in two groups at least, i64[features]."""
    n_cells = np.zeros(len(wanted), np.int64)
    for of_row in of_rows:
        count_cells(of_row.columns, of_row.n_units, MIN_PROMPTS, wanted, n_cells)
    return n_cells


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

    def products(self) -> tuple[NDArray[np.bool_], Floats]:
        """The features that are chosen, bool[features, draws], and products over them, however many cores there are.

        The inner products are those of each row with those up to itself, f64[rows, rows, draws]. Which features are
        chosen is known when all of them were drawn. Where their values need more than ``BLOCK_BYTES``, they are drawn
        once more, block by block, when they are multiplied.
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
        return is_chosen, gram + np.tril(dense_gram).transpose(1, 2, 0)

    def products_behind(self, first_row: int, is_chosen: NDArray[np.bool_]) -> Floats:
        """Inner products over chosen features of the rows from ``first_row`` on, each with those up to itself.

        f64[rows from the first on, rows, draws]. They are few: cores share the features, in parts that do not depend on
        how many cores there are.
        """
        n_rows = len(self.weights_at)
        rates = np.empty((len(self._sizes), self.n_draws))
        gram = np.zeros((n_rows - first_row, n_rows, self.n_draws))
        for block in ranges_within(self._sizes, max(1, BLOCK_BYTES // (4 * self.n_draws) // PARTS)):
            values = self._room(block)
            self._draw(block, values, rates)
            parts = ranges_of(self._sizes[slice(*block)], PARTS)
            behind = partial(self._products_of, block[0], values, is_chosen, gram.shape)
            for of_part in map_bounded(behind, parts, n_cores()):
                gram += of_part
        return gram

    def _products_of(
        self,
        feature: int,
        values: NDArray[np.float32],
        is_chosen: NDArray[np.bool_],
        shape: tuple[int, ...],
        part: tuple[int, int],
    ) -> Floats:
        """Products of the last rows over a part of the features from ``feature`` on, which have these ``values``."""
        products, (first, last) = np.zeros(shape), (part[0] + feature, part[1] + feature)
        begin, n_rows = self._cell(feature), shape[1]
        of_part = values[self._cell(first) - begin : self._cell(last) - begin]
        add_products(self.cells, (first, last), of_part, is_chosen[first:last], n_rows - shape[0], n_rows, products)
        return products

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
