"""Tokens to windows, and windows to groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.constants import ONE
from fastslop._kernels.intrinsics import borrowed, token_at
from fastslop._kernels.jit import kernel

# Codes of tokens in windows; others are their ranks, those that are counted with this bit.
WANTED, BETWEEN, SKIPPED = np.uint32(0x80000000), np.uint32(0x7FFFFFFF), np.uint32(0xFFFFFFFF)
MAX_WINDOW = 3
"""Tokens of a window: longer n-grams seldom fit a record with their document."""


class TokenRuns(NamedTuple):
    """The tokens of documents, wherever they lie; each column by document."""

    addresses: NDArray[np.uint64]  # of the first token, u32
    n: NDArray[np.int64]  # how many there are
    docs: NDArray[np.uint32]  # the document's number
    bases: NDArray[np.int64]  # where the tokens of their tokeniser begin, among those of all


@kernel
def count_tokens(runs, counts):
    """Add to ``counts`` i64 how often each token of each tokeniser occurs."""
    addresses, n_tokens, docs, bases = runs
    counts = borrowed(counts)
    for d in range(len(docs)):
        base = np.uint64(bases[d])
        address = addresses[d]
        for t in range(np.uint64(n_tokens[d])):
            counts[base + token_at(address, t)] += 1


@kernel
def scatter_windows(runs, codes, layout, window, places, records):
    """Records of the window that begins at each token, by groups: the token, those that follow it, its document.

    ``codes`` u32 by token: its rank, with ``WANTED`` set if its kind is counted; ``BETWEEN`` for what ends every
    window; ``SKIPPED``, which is passed over. A window of no token that is wanted is left out; where it is cut short,
    its last ranks are all ones. ``layout`` u64: tokens of a window, the bits of a rank and of a document, how far a
    first rank is shifted to give its group, and the groups wanted, from and to. The bits that name the group are not in
    the record: it is the rest of the first rank, the other ranks and the document. ``places`` i64 has where the next
    record of each group goes and is moved on; without room for ``records`` it counts them. ``window`` u32 has room for
    a document's tokens and two more.
    """
    order, bits, doc_bits, shift, begin, end = layout
    addresses, n_tokens, docs, bases = runs
    codes, window, places, records = borrowed(codes), borrowed(window), borrowed(places), borrowed(records)
    rest_bits = (order - ONE) * bits
    dropped = (np.uint64(MAX_WINDOW) - order) * bits
    rank_mask = (ONE << bits) - ONE
    low_mask = (ONE << shift) - ONE
    n_groups = end - begin
    writes = len(records) > 0
    for d in range(len(docs)):
        doc = np.uint64(docs[d])
        base = np.uint64(bases[d])
        address = addresses[d]
        n = np.uint64(0)
        for t in range(np.uint64(n_tokens[d])):
            code = codes[base + token_at(address, t)]
            window[n] = code
            n += np.uint64(code != SKIPPED)
        window[n] = window[n + ONE] = BETWEEN
        for i in range(n):
            first = window[i]
            second = window[i + ONE]
            group = ((np.uint64(first) & rank_mask) >> shift) - begin  # beyond the end for groups before the first
            if (first | second) & WANTED and first != BETWEEN and group < n_groups:
                at = places[group]
                places[group] = at + 1
                if writes:
                    third = BETWEEN if second == BETWEEN else window[i + np.uint64(2)]
                    rest = (((np.uint64(second) & rank_mask) << bits) | (np.uint64(third) & rank_mask)) >> dropped
                    records[np.uint64(at)] = (((np.uint64(first) & low_mask) << rest_bits | rest) << doc_bits) | doc
