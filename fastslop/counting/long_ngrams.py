"""N-grams longer than a window: rows of ranks, sorted and summed by NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.counting.windows import window_ngrams
from fastslop._kernels.machine.constants import BLOCK_FLAG
from fastslop._kernels.profiles.packed_rows import NgramRows
from fastslop.base.arrays import Counts, Ids
from fastslop.base.spec import Table
from fastslop.counting.label_numbering import LabelNumbering
from fastslop.counting.token_chunks import Tokenised
from fastslop.tokens.ngrams import flags_of


def wide_rows(numbering: LabelNumbering, table: Table) -> NgramRows:
    """The rows of a table of n-grams too long for a window, counted by the ranks of these among the different ones."""
    windows, docs = (np.concatenate(c) for c in zip(*map(_windows(numbering, table), numbering.chunks), strict=True))
    ranks, windows = _dense_ranks(windows)
    n_docs = _numbers_of_pairs(ranks, docs)[0]
    prompts = numbering.doc_prompts[docs]
    is_over = (np.bincount(_numbers_of_pairs(ranks, prompts)[0]) > numbering.prompts.cap)[ranks]
    units = np.where(is_over, numbering.prompts.blocks[prompts] | BLOCK_FLAG, prompts)
    rows, units, unit_n = _numbers_of_pairs(ranks, units)
    ends = np.cumsum(np.bincount(rows))
    return NgramRows(windows, np.bincount(ranks), np.bincount(n_docs), ends, units, unit_n)


def _numbers_of_pairs(rows: NDArray[np.int64], values: Ids) -> tuple[NDArray[np.int64], Ids, Counts]:
    """The different pairs of a row and a value, sorted, and how often each occurs."""
    pairs, n = np.unique((rows.astype(np.uint64) << np.uint64(32)) | values, return_counts=True)
    return (pairs >> np.uint64(32)).astype(np.int64), pairs.astype(np.uint32), n


def _windows(numbering: LabelNumbering, table: Table) -> Callable[[Tokenised], tuple[Ids, Ids]]:
    """A function of a chunk that gives a table's n-grams as rows of ranks u32, and the document u32 of each."""

    def windows(chunk: Tokenised) -> tuple[Ids, Ids]:
        numbers = chunk.read()
        out, docs = np.empty((len(numbers), table[1]), np.uint32), np.empty(len(numbers), np.uint32)
        of_tokens = (numbering.runs_of(chunk, numbers), numbering.ranks, numbering.token_flags)
        n = window_ngrams(*of_tokens, table[1], *flags_of(table), out, docs)
        return out[:n], docs[:n]

    return windows


def _dense_ranks(windows: Ids) -> tuple[NDArray[np.int64], Ids]:
    """The rank of each row among the different rows, and the different rows, sorted."""
    by_row = np.lexsort(windows.T[::-1])
    ordered = windows[by_row]
    is_new = np.r_[True, (ordered[1:] != ordered[:-1]).any(axis=1)][: len(ordered)]
    ranks = np.empty(len(windows), np.int64)
    ranks[by_row] = np.cumsum(is_new) - 1
    return ranks, ordered[is_new]
