"""Counts of n-grams of several orders: windows are sorted once, and passed twice, to size rows and to write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.vectors.columns import NO_NODE, mark_needed, put_ngrams
from fastslop._kernels.vectors.columns import survey as survey_kernel
from fastslop.base.arrays import Counts, Ids
from fastslop.system.threads import do_all, map_bounded
from fastslop.vectors.errors import EMPTY, DocumentsError
from fastslop.vectors.limits import Limits
from fastslop.vectors.matrices import MOST_ENTRIES, Entries, Nodes, columns_of
from fastslop.vectors.reading import Union, read
from fastslop.vectors.steps import Chunk, Corpus, Steps, shortened, steps
from fastslop.vectors.words import TokenTexts, WordTokeniser

NO_COLUMNS = np.empty(0, np.int32)
"""Columns of nodes whose column is their number."""
NO_SUMS = np.empty(0, np.int64)
"""Room for sums that are not wanted."""


def count_ngrams(
    documents: list[str],
    lowercase: bool,
    stop_words: list[str],
    orders: tuple[int, int],
    limits: Limits,
    binary: bool,
    workers: int,
    dtype: type,
) -> tuple[Entries, Nodes, TokenTexts]:
    """Count n-grams in documents: the entries of their matrix, its columns, and the words.

    Parameters
    ----------
    documents : the texts
    lowercase : whether words are lowered
    stop_words : words that are passed over, so that their neighbours join
    orders : the lowest and the highest order of n-grams
    limits : which terms stay
    binary : whether an entry is 1 however often its term occurs
    workers : threads
    dtype : type of the matrix's counts, by whose sums the most frequent terms are chosen

    Raises
    ------
    DocumentsError : no term is left, or there are too many different n-grams
    """
    corpus, texts = _corpus(documents, lowercase, stop_words, workers)
    if corpus.n_words == 0:
        raise DocumentsError(EMPTY)
    walk = Walk(steps(corpus, orders[1], workers), corpus.n_docs, orders[1], workers)
    is_term = walk.depths >= orders[0]
    if not is_term.any():
        raise DocumentsError(EMPTY)
    columns = NO_COLUMNS
    if limits.are_any(corpus.n_docs):
        n_docs, n = walk.sums()
        is_kept = is_term.copy()
        is_kept[is_term] = limits.keep(n_docs[is_term], (n_docs if binary else n)[is_term], corpus.n_docs, dtype)
        columns = columns_of(is_kept)
    elif not is_term.all():
        columns = columns_of(is_term)
    entries = walk.entries(columns, binary)
    return entries, *_compact(Nodes(walk.depths, walk.ranks, columns), texts)


def _corpus(documents: list[str], lowercase: bool, stop_words: list[str], workers: int) -> tuple[Corpus, TokenTexts]:
    """Documents as tokens with ranks, and the words in the order of their ranks."""

    def shorten(tokens: Ids, ends: Counts, tokeniser: WordTokeniser) -> Chunk:
        return shortened(tokens, ends, id(tokeniser))

    made, tokenisers = read(documents, workers, shorten, partial(WordTokeniser, lowercase))
    numbers = {id(tokeniser): i for i, tokeniser in enumerate(tokenisers)}
    union = Union(tokenisers, stop_words)
    chunks = [chunk._replace(tokeniser=numbers[chunk.tokeniser]) for chunk in made]
    return Corpus(chunks, union.ranks, len(union.texts.ends)), union.texts


class Walk:
    """Steps through the trie of all n-grams, cut into as many parts as there are threads."""

    def __init__(self, in_order: Sequence[Steps], n_docs: int, order: int, workers: int) -> None:
        self.n_docs, self.order, self.workers = n_docs, order, workers
        self.depths = np.concatenate([some.depths for some in in_order])
        self.ranks = np.concatenate([some.ranks for some in in_order])
        if len(self.depths) > MOST_ENTRIES:
            raise DocumentsError(
                f"{len(self.depths):,} different n-grams are too many; fit parts, or shorter ngram_range"
            )
        behind = np.cumsum([len(some.docs) for some in in_order])
        cuts = np.searchsorted(behind, [int(behind[-1]) * i // workers for i in range(1, workers)])
        self.parts = [part for part in np.split(np.arange(len(in_order)), cuts) if len(part)]
        self.in_order, self.first_nodes = in_order, np.cumsum([0, *(len(some.depths) for some in in_order)])

    def sums(self) -> tuple[Counts, Counts]:
        """Documents and occurrences of each node, both i64[nodes]."""
        n_docs, n = np.zeros((2, len(self.depths)), np.int64)
        for _ in self._survey(NO_COLUMNS, n_docs, n):
            pass
        return n_docs, n

    def entries(self, columns: NDArray[np.int32], binary: bool) -> Entries:
        """The entries of all nodes that have a column."""
        n_by_part = [*self._survey(columns, NO_SUMS, NO_SUMS)]
        entries = Entries.of_rows(np.sum(n_by_part, axis=0))
        first = entries.indptr[:-1] + np.cumsum([np.zeros(self.n_docs, np.int64), *n_by_part[:-1]], axis=0)
        more = 0 if binary else 1

        def put(i: int) -> None:
            state = np.full((self.n_docs, 1 + 2 * self.order), -1, np.int64)
            state[:, 0] = first[i]
            for some, node in self._of_part(i):
                put_ngrams(*some, node, self.order, columns, more, state.ravel(), entries.indices, entries.data)

        do_all(put, range(len(self.parts)), self.workers)
        return entries

    def _survey(self, columns: NDArray[np.int32], n_docs: Counts, n: Counts) -> Iterator[Counts]:
        """Yield, part by part, how many entries each document has, i64; add to ``n_docs`` and ``n`` if not empty."""

        def survey(i: int) -> Counts:
            last = np.full(self.n_docs * self.order, NO_NODE)
            n_entries = np.zeros(self.n_docs, np.int64)
            for some, node in self._of_part(i):
                survey_kernel(*some, node, self.order, columns, last, n_entries, n_docs, n)
            return n_entries

        return map_bounded(survey, range(len(self.parts)), self.workers)

    def _of_part(self, i: int) -> Iterator[tuple[tuple[Ids, NDArray[np.uint8], NDArray[np.uint8]], int]]:
        """Yield the steps of a part, and the number of the first node that is new at them."""
        for j in self.parts[i]:
            some = self.in_order[j]
            yield (some.docs, some.shared, some.lengths), int(self.first_nodes[j])


def _compact(nodes: Nodes, texts: TokenTexts) -> tuple[Nodes, TokenTexts]:
    """Only the nodes that have a column or lead to one, and only their words."""
    if not len(nodes.columns):
        return nodes, texts
    is_needed = np.empty(len(nodes.depths), np.bool_)
    mark_needed(nodes.depths, nodes.columns >= 0, is_needed)
    depths, ranks, columns = nodes.depths[is_needed], nodes.ranks[is_needed], nodes.columns[is_needed]
    is_used = np.zeros(len(texts.ends), np.bool_)
    is_used[ranks] = True
    new_ranks = (np.cumsum(is_used) - 1).astype(np.uint32)
    columns = NO_COLUMNS if (columns >= 0).all() else columns
    return Nodes(depths, new_ranks[ranks], columns), texts.take(np.flatnonzero(is_used))
