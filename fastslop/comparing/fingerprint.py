"""The fingerprint of a label: square roots of its rates of words, marks and their neighbours; and its distances.

Everything that resamples chooses features again in each replicate, so that no choice made on the whole is taken for
granted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fastslop.base.arrays import Floats, GrowingArray
from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.spec import Table
from fastslop.profiles.profile import Profile
from fastslop.system.threads import one_blas_thread

STYLE_TABLES: tuple[Table, ...] = (("word", 1), ("word", 2), ("mark", 1), ("mark", 2))
"""Words and marks and their neighbours: what a model falls back on whatever the prompt."""
MAX_FEATURES = 20_000
"""Most features of each table, the most frequent over all labels: from 5,000 on it changes little (method.md)."""
MIN_PROMPTS, MIN_LABELS = 2, 2
"""Prompts of a label that a feature must be in to count for it, and labels that it must count for to be chosen."""
CHUNK = 8192
"""Features that are made dense at once, at 8 bytes for each label."""


def require_tables(profile: Profile, tables: Sequence[Table], method: str) -> None:
    """Raise IncompatibleProfilesError where a profile was counted without a table that the method needs."""
    missing = [f"{kind} n-grams of order {order}" for kind, order in tables if (kind, order) not in profile.tables]
    if missing:
        raise IncompatibleProfilesError(
            f"the profile of {profile.label!r} was counted without {', '.join(missing)}, "
            f"which the method {method!r} needs; count again with the default specification"
        )


@dataclass(frozen=True)
class Sample:
    """Counts of candidate features that fingerprints are made of: of every prompt, or of prompts drawn.

    ``totals``: winsorised counts, f64[labels, candidates]; ``n_prompts``: in how many prompts, i32[labels, candidates],
    entry for entry as ``totals``; ``n_words`` f64[labels]; ``tables`` i8[candidates], rising: which of
    ``STYLE_TABLES`` each candidate is of.
    """

    totals: csr_array
    n_prompts: csr_array
    n_words: Floats
    tables: NDArray[np.int8]

    def rates(self, label: int) -> tuple[NDArray[np.int32], Floats]:
        """The candidates that are in ``MIN_PROMPTS`` prompts of a label, and their relative frequencies."""
        own = slice(*self.totals.indptr[label : label + 2])
        counts = self.n_prompts.data[own] >= MIN_PROMPTS
        rates = self.totals.data[own][counts] / np.maximum(self.n_words[label], 1)
        return self.totals.indices[own][counts], rates


def style_gram(sample: Sample, n_known: int | None = None) -> Floats:
    """Inner products of the labels' values as they are, f64[labels, labels]; ``n_known`` as in ``chosen_values``."""
    return gram_of(chosen_values(sample, n_known)[1])


def gram_of(values: csr_array) -> Floats:
    """Inner products of rows, f64[rows, rows]."""
    gram = np.zeros((values.shape[0], values.shape[0]))
    by_column = values.tocsc()
    with one_blas_thread:  # of 78 labels: several would wait for each other longer than they multiply
        for first in range(0, values.shape[1], CHUNK):
            dense = by_column[:, first : first + CHUNK].toarray()
            gram += dense @ dense.T
    return gram


def chosen_values(sample: Sample, n_known: int | None = None) -> tuple[NDArray[np.int64], csr_array]:
    """The chosen candidates, and the square roots of their relative frequencies (Bartlett 1936), [labels, chosen].

    A feature must be in ``MIN_PROMPTS`` prompts of a label to count for it, and be so in ``MIN_LABELS`` labels; of
    each table the ``MAX_FEATURES`` most frequent are taken. The first ``n_known`` labels choose the features (all, if
    not given): what the others are measured by does then not depend on them.
    """
    n_labels, n_columns = sample.totals.shape
    n_with, over_all = np.zeros(n_columns, np.int32), np.zeros(n_columns)
    for label in range(n_labels)[:n_known]:
        columns, rates = sample.rates(label)
        n_with[columns] += 1
        over_all[columns] += rates
    over_all[n_with < MIN_LABELS] = -1.0
    of_tables = [np.flatnonzero(sample.tables == table) for table in np.unique(sample.tables)]
    chosen = np.concatenate([most_frequent(over_all, of_table) for of_table in of_tables])
    return chosen, _values_of(sample, chosen)


def _values_of(sample: Sample, chosen: NDArray[np.int64]) -> csr_array:
    """Square roots of the relative frequencies of these candidates, [labels, chosen]."""
    n_labels, n_columns = sample.totals.shape
    place = np.full(n_columns, -1, np.int32)
    place[chosen] = np.arange(len(chosen))
    places, values, ends = GrowingArray(np.int32), GrowingArray(np.float64), [0]
    for label in range(n_labels):
        columns, rates = sample.rates(label)
        of_label = place[columns]
        kept = np.flatnonzero(of_label >= 0)
        places.extend(of_label[kept])
        values.extend(np.sqrt(rates[kept]))
        ends.append(ends[-1] + len(kept))
    return csr_array((values.whole(), places.whole(), ends), shape=(n_labels, len(chosen)))


def most_frequent(rates: Floats, columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """The ``MAX_FEATURES`` of these columns, rising, whose rates are largest and not negative; of equals the first."""
    columns = columns[rates[columns] >= 0]
    n_over = len(columns) - MAX_FEATURES
    if n_over <= 0:
        return columns
    rates = rates[columns]
    least = np.partition(rates, n_over)[n_over]
    is_chosen = rates > least
    equals = np.flatnonzero(rates == least)
    is_chosen[equals[: MAX_FEATURES - np.count_nonzero(is_chosen)]] = True
    return np.asarray(columns[is_chosen])
