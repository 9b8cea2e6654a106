"""Features added up over labels with equal weight, which pooled lists are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop.base.arrays import Counts, Floats, Ids
from fastslop.base.spec import CountSpec, Table
from fastslop.profiles.echo import Echo
from fastslop.profiles.feature_index import FeatureIndex
from fastslop.profiles.rows import ngram_texts
from fastslop.scoring.candidates import Candidates, Index
from fastslop.scoring.slop_score import SINGLE_WORDS
from fastslop.scoring.topicality import Agreement, Topics

LISTED_ORDERS = (1, 2, 3)
"""Orders of the n-grams that lists have."""


class LabelValues(NamedTuple):
    """What a label adds to its features, [features] each.

    ``rate`` per million words, winsorised; ``lrc``; ``baseline``, the reference's rate per million; ``n``,
    ``n_prompts``; ``n_asked`` and ``n_echo`` of an `Echo`.
    """

    rate: Floats
    lrc: Floats
    baseline: Floats
    n: Counts
    n_prompts: Counts
    n_asked: Counts
    n_echo: Counts


@dataclass(frozen=True)
class PooledFeatures:
    """Features of one table summed over the labels in which they are scored, [features] each.

    ``ids`` u32[features, order]: their words among ``words``; ``squares``: of the rates; ``n_labels``: in how many
    labels. ``agreed``, ``answers`` and ``expected`` are those of an `Agreement`.
    The others are sums of `LabelValues`.
    """

    words: pl.Series
    ids: Ids
    rate: Floats
    squares: Floats
    lrc: Floats
    baseline: Floats
    n: Counts
    n_prompts: Counts
    n_asked: Counts
    n_echo: Counts
    n_labels: Counts
    agreed: Floats
    answers: Floats
    expected: Floats

    def at(self, rows: NDArray[np.integer]) -> PooledFeatures:
        """The features at these places."""
        columns = {name: column[rows] for name, column in vars(self).items() if name != "words"}
        return PooledFeatures(self.words, **columns)

    @property
    def echo(self) -> pl.Series:
        """The share of occurrences that echo prompts: see `Echo`."""
        return Echo(self.n_asked, self.n_echo).share

    @property
    def agreement(self) -> Agreement:
        """How far labels agree on the prompts of each feature, which tells topics."""
        return Agreement(self.agreed, self.answers, self.expected)

    @property
    def elsewhere(self) -> Floats:
        """What is left of the rate where no prompt calls for the feature, as a share: see `Agreement.elsewhere`."""
        return self.agreement.elsewhere

    @property
    def effective_prompts(self) -> Floats:
        """The number of prompts that would be as many if labels used a feature to each of them alike: 1 / sum(share^2),
        share being a prompt's part of the answers that have the feature.

        With c answers to a prompt, ``agreed`` sums c (c - 1), so that the sum of c^2 is ``agreed`` and ``n_prompts``.
        """
        return self.n_prompts**2 / np.maximum(self.agreed + self.n_prompts, 1)

    def agreeing_as(self, whole: PooledFeatures) -> PooledFeatures:
        """The features with the agreement that they have in a whole; none, where they are not in it."""
        rows = pl.DataFrame({"text": whole.texts}).with_row_index("row")
        found = pl.DataFrame({"text": self.texts}).join(rows, on="text", how="left", maintain_order="left")["row"]
        is_known = found.is_not_null().to_numpy()
        agreement = np.zeros((3, len(found)))
        agreement[:, is_known] = np.array(whole.agreement)[:, found.drop_nulls().to_numpy()]
        agreed, answers, expected = agreement
        return replace(self, agreed=agreed, answers=answers, expected=expected)

    @property
    def texts(self) -> pl.Series:
        """The features as text."""
        return ngram_texts(self.words, self.ids)


class Pool:
    """Sums over labels, as labels are added, of those tables that lists are made of."""

    def __init__(self, spec: CountSpec, index: Index) -> None:
        tables = {listed_table(spec, order) for order in LISTED_ORDERS}
        self._sums = {table: _empty(len(index[table]), table[1]) for table in spec.tables if table in tables}
        self._tokens, self._words = FeatureIndex(), [pl.Series("word", [], pl.String)]

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that are summed."""
        return tuple(self._sums)

    def add(self, own: Candidates, values: Mapping[Table, LabelValues]) -> None:
        """Add the candidates of one label, with their values by table."""
        n_known = len(self._tokens)
        tokens = self._tokens.enter(own.vocabulary.keys)
        self._words.append(own.vocabulary.tokens.filter(tokens >= n_known).alias("word"))
        for table, of_table in values.items():
            sums, numbers = self._sums[table], own.numbers[table]
            sums.ids[numbers] = tokens[own.rows[table].ids]
            sums.squares[numbers] += of_table.rate**2
            sums.n_labels[numbers] += 1
            for name, column in of_table._asdict().items():
                getattr(sums, name)[numbers] += column

    def numbers(self) -> dict[Table, Counts]:
        """The numbers i64 of the features that a label was added of, by table."""
        return {table: np.flatnonzero(sums.n_labels) for table, sums in self._sums.items()}

    def pooled(self, topics: Topics) -> dict[Table, PooledFeatures]:
        """The features that a label was added of, by table, with what ``topics`` says of them."""
        words, pooled = pl.concat(self._words), {}
        for table, numbers in self.numbers().items():
            agreement = topics.pooled(table, numbers)._asdict()
            pooled[table] = replace(replace(self._sums[table], words=words).at(numbers), **agreement)
        return pooled


def _empty(n: int, order: int) -> PooledFeatures:
    """So many features that no label was added of."""
    rate, squares, lrc, baseline, *agreement = np.zeros((7, n))
    counts = np.zeros((5, n), np.int64)
    ids = np.zeros((n, order), np.uint32)
    return PooledFeatures(pl.Series([], dtype=pl.String), ids, rate, squares, lrc, baseline, *counts, *agreement)


def listed_table(spec: CountSpec, order: int) -> Table:
    """The table that a list of n-grams of this order is taken from: without stopwords, where these were counted."""
    content = ("content", order)
    return content if content in spec.tables else (SINGLE_WORDS[0], order)
