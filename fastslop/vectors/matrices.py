"""Rows and columns of counts, as arrays of a sparse matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastslop.base.arrays import Counts, Ids

MOST_ENTRIES = np.iinfo(np.int32).max
"""Most entries, or nodes, whose places have 32 bits."""


@dataclass(frozen=True)
class Entries:
    """Entries of a matrix by rows: row i has the columns ``indices`` and the counts ``data`` from ``indptr[i]`` to
    ``indptr[i + 1]``."""

    indptr: NDArray[Any]
    indices: NDArray[Any]
    data: Counts

    @staticmethod
    def of_rows(n_entries: Counts) -> Entries:
        """Room for so many entries of each row, i64. As in scikit-learn, places have 32 bits while these are enough."""
        indptr = np.concatenate((np.zeros(1, np.int64), np.cumsum(n_entries)))
        n = int(indptr[-1])
        kind = np.int32 if n <= MOST_ENTRIES else np.int64
        return Entries(indptr.astype(kind), np.empty(n, kind), np.empty(n, np.int64))

    def matrix(self, n_columns: int, dtype: Any) -> sparse.csr_matrix:
        """The matrix of these entries."""
        shape = (len(self.indptr) - 1, n_columns)
        return sparse.csr_matrix((self.data.astype(dtype, copy=False), self.indices, self.indptr), shape=shape)


@dataclass(frozen=True)
class Nodes:
    """N-grams as nodes of a trie, each before those that begin with it.

    By node: its depth, the rank of its last token, and its column, below 0 where it has none. If ``columns`` is empty,
    the column of each node is its number.
    """

    depths: NDArray[np.uint8]
    ranks: Ids
    columns: NDArray[np.int32]

    @property
    def n_columns(self) -> int:
        """How many columns there are."""
        return int(self.columns.max(initial=-1)) + 1 if len(self.columns) else len(self.depths)


def columns_of(is_kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The column of each node, -1 where it is not kept."""
    return np.where(is_kept, np.cumsum(is_kept) - 1, -1).astype(np.int32)
