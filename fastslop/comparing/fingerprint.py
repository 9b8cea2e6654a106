"""The fingerprint of a label: square roots of its rates of words, marks and their neighbours; and its distances.

Everything that resamples calls ``style_distances`` anew in each replicate: features are chosen again, so that no
choice made on the whole is taken for granted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.spec import Table
from fastslop.comparing.distances import condensed, cosine_about_means, matched_cosine
from fastslop.profiles.profile import Profile

STYLE_TABLES: tuple[Table, ...] = (("word", 1), ("word", 2), ("mark", 1), ("mark", 2))
"""Words and marks and their neighbours: what a model falls back on whatever the prompt."""
MAX_FEATURES = 20_000
"""Of each table, the most frequent over all labels. From 5,000 on the number changes little; see docs/method.md."""
MIN_PROMPTS, MIN_LABELS = 2, 2
"""A feature must be in two prompts of a label to count for it, and be so in two labels."""
CHUNK = 8192
"""Features that are made dense together."""


def require_tables(profile: Profile, tables: Sequence[Table], method: str) -> None:
    """Raise IncompatibleProfilesError where a profile was counted without a table that the method needs."""
    missing = [f"{kind} n-grams of order {order}" for kind, order in tables if (kind, order) not in profile.tables]
    if missing:
        raise IncompatibleProfilesError(
            f"the profile of {profile.label!r} was counted without {', '.join(missing)}, "
            f"which the method {method!r} needs; count again with the default specification"
        )


def style_distances(
    totals: csr_array,
    n_prompts: csr_array,
    n_words: NDArray[np.float64],
    tables: NDArray[np.int8],
    panels: Sequence[str],
) -> NDArray[np.float64]:
    """Condensed distances between labels, 0 to 2, from counts of candidate features.

    Parameters
    ----------
    totals
        Winsorised counts, f64[labels, candidates].
    n_prompts
        In how many prompts each label has each of them, i32[labels, candidates], entry for entry as ``totals``.
    n_words
        Words of each label, f64[labels].
    tables
        Index into ``features.STYLE_TABLES`` of each candidate, rising.
    panels
        The panel of each label.
    """
    return condensed(1 - matched_cosine(style_gram(totals, n_prompts, n_words, tables), panels))


def plain_distances(
    totals: csr_array,
    n_prompts: csr_array,
    n_words: NDArray[np.float64],
    tables: NDArray[np.int8],
    panels: Sequence[str],
) -> NDArray[np.float64]:
    """``style_distances``, but between panels the cosine alone, as within them."""
    return condensed(1 - cosine_about_means(style_gram(totals, n_prompts, n_words, tables), panels))


def style_gram(
    totals: csr_array,
    n_prompts: csr_array,
    n_words: NDArray[np.float64],
    tables: NDArray[np.int8],
    n_known: int | None = None,
) -> NDArray[np.float64]:
    """Inner products of the labels' values as they are, f64[labels, labels]; arguments as of ``style_distances``.

    The first ``n_known`` labels choose the features (all, if not given): what the others are measured by does then not
    depend on them.
    """
    columns, values = _chosen(totals, n_prompts, n_words, tables, n_known)
    gram = np.zeros((len(n_words), len(n_words)))
    by_column = values.tocsc()
    for first in range(0, len(columns), CHUNK):
        dense = by_column[:, first : first + CHUNK].toarray()
        gram += dense @ dense.T
    return gram


def chosen_columns(
    totals: csr_array, n_prompts: csr_array, n_words: NDArray[np.float64], tables: NDArray[np.int8]
) -> NDArray[np.int64]:
    """The candidates that ``style_distances`` measures by; arguments as there."""
    return _chosen(totals, n_prompts, n_words, tables)[0]


def chosen_values(
    totals: csr_array, n_prompts: csr_array, n_words: NDArray[np.float64], tables: NDArray[np.int8]
) -> tuple[NDArray[np.int64], csr_array]:
    """The candidates that ``style_distances`` measures by, and the labels' values of them; arguments as there."""
    return _chosen(totals, n_prompts, n_words, tables)


def _chosen(
    totals: csr_array,
    n_prompts: csr_array,
    n_words: NDArray[np.float64],
    tables: NDArray[np.int8],
    n_known: int | None = None,
) -> tuple[NDArray[np.int64], csr_array]:
    """The chosen candidates, and the square roots of their relative frequencies (Bartlett 1936), sparse.

    A feature must be in ``MIN_PROMPTS`` prompts of a label to count for it, and be so in ``MIN_LABELS`` labels; of
    each table the ``MAX_FEATURES`` most frequent are taken.
    """
    n_columns = totals.shape[1]
    rows = np.repeat(np.arange(totals.shape[0]), np.diff(totals.indptr))
    counts = n_prompts.data >= MIN_PROMPTS
    rows, columns, rate = rows[counts], totals.indices[counts], totals.data[counts]
    rate = rate / np.maximum(n_words, 1)[rows]
    known = slice(None) if n_known is None else rows < n_known
    n_labels = np.bincount(columns[known], minlength=n_columns)
    over_all = np.bincount(columns[known], rate[known], minlength=n_columns).astype(np.float64)
    over_all[n_labels < MIN_LABELS] = -1.0
    chosen = np.concatenate([_most_frequent(over_all, np.flatnonzero(tables == t)) for t in np.unique(tables)])
    place = np.full(n_columns, -1)
    place[chosen] = np.arange(len(chosen))
    kept = place[columns] >= 0
    shape = (totals.shape[0], len(chosen))
    return chosen, csr_array((np.sqrt(rate[kept]), (rows[kept], place[columns[kept]])), shape=shape)


def _most_frequent(over_all: NDArray[np.float64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    columns = columns[over_all[columns] >= 0]
    if len(columns) <= MAX_FEATURES:
        return columns
    return np.sort(columns[np.argsort(-over_all[columns], kind="stable")[:MAX_FEATURES]])
