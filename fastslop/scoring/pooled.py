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
    labels. ``agreed``, ``answers`` and ``expected`` are those of an `Agreement`, of ``n_told`` answers that have the
    feature. The others are sums of `LabelValues`.
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
    n_told: Counts

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
    def prompt_variance(self) -> Floats:
        """Variance of the rate over prompts, beyond that of answers, in squares of the rate.

        If c labels have a feature in their answer to a prompt, the variance of their sum over prompts is about the sum
        of c^2, of which the sum of c would be there if answers did not depend on prompts. ``agreed`` is their
        difference, the sum of c (c - 1); ``n_told`` is the sum of c.
        """
        return np.asarray(self.agreed / np.maximum(self.n_told, 1) ** 2)

    def agreeing_as(self, whole: PooledFeatures) -> PooledFeatures:
        """The features with the agreement that they have in a whole; none, where they are not in it."""
        rows = pl.DataFrame({"text": whole.texts}).with_row_index("row")
        found = pl.DataFrame({"text": self.texts}).join(rows, on="text", how="left", maintain_order="left")["row"]
        is_known = found.is_not_null().to_numpy()
        agreement, n_told = np.zeros((3, len(found))), np.zeros(len(found), np.int64)
        rows_known = found.drop_nulls().to_numpy()
        agreement[:, is_known], n_told[is_known] = np.array(whole.agreement)[:, rows_known], whole.n_told[rows_known]
        agreed, answers, expected = agreement
        return replace(self, agreed=agreed, answers=answers, expected=expected, n_told=n_told)

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
            found = replace(self._sums[table], words=words).at(numbers)
            pooled[table] = replace(found, **agreement, n_told=found.n_prompts)
        return pooled


def _empty(n: int, order: int) -> PooledFeatures:
    """So many features that no label was added of."""
    sums, counts, agreement = np.zeros((4, n)), np.zeros((6, n), np.int64), np.zeros((3, n))
    ids = np.zeros((n, order), np.uint32)
    return PooledFeatures(pl.Series([], dtype=pl.String), ids, *(*sums, *counts[:5], *agreement, counts[5]))


def listed_table(spec: CountSpec, order: int) -> Table:
    """The table that a list of n-grams of this order is taken from: without stopwords, where these were counted."""
    content = ("content", order)
    return content if content in spec.tables else (SINGLE_WORDS[0], order)
