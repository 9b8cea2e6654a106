"""Limits of a vectoriser: which columns of a matrix stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastslop.base.arrays import Counts
from fastslop.vectors.errors import DocumentsError, ParameterError

NOTHING_LEFT = "After pruning, no terms remain. Try a lower min_df or a higher max_df."


@dataclass(frozen=True)
class Limits:
    """Least and most documents of a term, as numbers or as shares, and the most terms there may be (None: any)."""

    least: float
    most: float
    n_features: int | None

    def are_any(self, n_docs: int) -> bool:
        """Whether they can leave out any term.

        Raises
        ------
        ParameterError : no term can be within them
        """
        least, most = self._documents(n_docs)
        if most < least:
            raise ParameterError("max_df corresponds to < documents than min_df")
        return least > 1 or most < n_docs or self.n_features is not None

    def keep(self, n_docs_of_each: Counts, n_of_each: Counts, n_docs: int, dtype: Any) -> NDArray[np.bool_]:
        """Whether each term stays, by the documents and the occurrences of each, both i64[terms].

        Of equally frequent terms those stay that scikit-learn keeps: its expression is used, for counts of ``dtype``.

        Raises
        ------
        DocumentsError : no term stays
        """
        least, most = self._documents(n_docs)
        is_kept = (n_docs_of_each >= least) & (n_docs_of_each <= most)
        if self.n_features is not None and is_kept.sum() > self.n_features:
            totals = n_of_each.astype(_type_of_sum(dtype))
            first = (-totals[is_kept]).argsort()[: self.n_features]
            chosen = np.flatnonzero(is_kept)[first]
            is_kept = np.zeros(len(is_kept), np.bool_)
            is_kept[chosen] = True
        if not is_kept.any():
            raise DocumentsError(NOTHING_LEFT)
        return np.asarray(is_kept)

    def _documents(self, n_docs: int) -> tuple[float, float]:
        least = self.least if isinstance(self.least, int | np.integer) else self.least * n_docs
        most = self.most if isinstance(self.most, int | np.integer) else self.most * n_docs
        return float(least), float(most)


def _type_of_sum(dtype: Any) -> np.dtype[Any]:
    """The type that the sums of a sparse matrix of counts of ``dtype`` have in SciPy."""
    kind = np.dtype(dtype)
    if kind.kind == "u":
        return np.dtype(np.uint64)
    return np.dtype(np.int64) if np.can_cast(kind, np.int64) else kind
