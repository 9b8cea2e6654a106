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

from fastslop.base.arrays import Floats
from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.spec import Table
from fastslop.profiles.profile import Profile

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


def style_gram(sample: Sample, n_known: int | None = None) -> Floats:
    """Inner products of the labels' values as they are, f64[labels, labels]; ``n_known`` as in ``chosen_values``."""
    columns, values = chosen_values(sample, n_known)
    gram = np.zeros((len(sample.n_words), len(sample.n_words)))
    by_column = values.tocsc()
    for first in range(0, len(columns), CHUNK):
        dense = by_column[:, first : first + CHUNK].toarray()
        gram += dense @ dense.T
    return gram


def chosen_values(sample: Sample, n_known: int | None = None) -> tuple[NDArray[np.int64], csr_array]:
    """The chosen candidates, and the square roots of their relative frequencies (Bartlett 1936), [labels, chosen].

    A feature must be in ``MIN_PROMPTS`` prompts of a label to count for it, and be so in ``MIN_LABELS`` labels; of
    each table the ``MAX_FEATURES`` most frequent are taken. The first ``n_known`` labels choose the features (all, if
    not given): what the others are measured by does then not depend on them.
    """
    totals = sample.totals
    n_columns = totals.shape[1]
    rows = np.repeat(np.arange(totals.shape[0]), np.diff(totals.indptr))
    counts = sample.n_prompts.data >= MIN_PROMPTS
    rows, columns, rate = rows[counts], totals.indices[counts], totals.data[counts]
    rate = rate / np.maximum(sample.n_words, 1)[rows]
    known = slice(None) if n_known is None else rows < n_known
    n_labels = np.bincount(columns[known], minlength=n_columns)
    over_all = np.bincount(columns[known], rate[known], minlength=n_columns).astype(np.float64)
    over_all[n_labels < MIN_LABELS] = -1.0
    of_tables = [np.flatnonzero(sample.tables == table) for table in np.unique(sample.tables)]
    chosen = np.concatenate([most_frequent(over_all, of_table) for of_table in of_tables])
    place = np.full(n_columns, -1)
    place[chosen] = np.arange(len(chosen))
    kept = place[columns] >= 0
    shape = (totals.shape[0], len(chosen))
    return chosen, csr_array((np.sqrt(rate[kept]), (rows[kept], place[columns[kept]])), shape=shape)


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
