"""N-grams of a few documents, in NumPy: the same as counting finds in many.

N-grams skip the tokens that are not of their kind, and end at breaks (see ``CountSpec``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import IS_BREAK, IS_MARK, IS_SHORT, IS_STOPWORD, IS_WORD
from fastslop.base.arrays import Counts, Ids
from fastslop.base.spec import Table
from fastslop.tokens.tokeniser import TokenStream


def flags_of(table: Table) -> tuple[int, int]:
    """The flags that tokens of a table's n-grams must have one of, and those that they must not have."""
    kind, order = table
    if kind == "mark":
        return IS_MARK, 0
    return IS_WORD, (IS_STOPWORD if kind == "content" else 0) | (IS_SHORT if order == 1 else 0)


def selects(flags: NDArray[np.uint8], table: Table) -> NDArray[np.bool_]:
    """Whether tokens of these flags are in a table's n-grams."""
    keep, drop = flags_of(table)
    return np.asarray((flags & keep != 0) & (flags & drop == 0))


def word_ngrams(stream: TokenStream, table: Table) -> tuple[Ids, Counts]:
    """All n-grams of words of a table, in order, as ranks u32[n-grams, order]; and the document of each, i64."""
    order, flags = table[1], stream.flags[stream.tokens]
    docs = np.repeat(np.arange(len(stream.doc_ends)), np.diff(stream.doc_ends, prepend=0))
    part = docs + np.cumsum(flags & IS_BREAK != 0)  # rises with every document, and with every break
    at = np.flatnonzero(selects(flags, table))
    if len(at) < order:
        return np.empty((0, order), np.uint32), np.empty(0, np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(at, order)
    windows = windows[part[windows[:, 0]] == part[windows[:, -1]]]
    return stream.rank[stream.tokens[windows]], docs[windows[:, 0]]
