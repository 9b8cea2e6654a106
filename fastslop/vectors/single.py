"""Counts of single words, made document by document while the tokens are in the cache."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.vectors.columns import count_kept, put_words, sum_columns
from fastslop._kernels.vectors.columns import count_words as count_words_kernel
from fastslop.base.arrays import Counts, Ids
from fastslop.system.threads import do_all, map_bounded
from fastslop.vectors.errors import EMPTY, DocumentsError
from fastslop.vectors.limits import Limits
from fastslop.vectors.matrices import Entries, Nodes, columns_of
from fastslop.vectors.reading import SKIPPED_RANK, Union, read
from fastslop.vectors.words import TokenTexts, WordTokeniser


class Counted(NamedTuple):
    """The different tokens of some documents, how often each is there, and where those of each document end."""

    tokens: Ids
    counts: Ids
    ends: Counts
    tokeniser: WordTokeniser


def count_chunk(tokens: Ids, ends: Counts, tokeniser: WordTokeniser) -> Counted:
    """Count the words of a chunk of documents."""
    out, counts = np.empty((2, len(tokens) + 1), np.uint32)
    out_ends = np.empty_like(ends)
    count_words_kernel(tokens, ends, np.zeros(tokeniser.n_tokens, np.uint32), out, counts, out_ends)
    n = int(out_ends[-1]) if len(ends) else 0
    return Counted(out[:n].copy(), counts[:n].copy(), out_ends, tokeniser)


def count_words(
    documents: list[str],
    lowercase: bool,
    stop_words: list[str],
    limits: Limits,
    binary: bool,
    workers: int,
    dtype: type,
) -> tuple[Entries, Nodes, TokenTexts]:
    """Count words in documents: the entries of their matrix, its columns, and the words.

    Parameters are those of ``ngrams.count_ngrams`` without orders.

    Raises
    ------
    DocumentsError : no word is left
    """
    chunks, tokenisers = read(documents, workers, count_chunk, partial(WordTokeniser, lowercase))
    union = Union(tokenisers, stop_words)
    n_words = len(union.texts.ends)
    if n_words == 0:
        raise DocumentsError(EMPTY)
    columns = columns_of(np.ones(n_words, np.bool_))
    if limits.are_any(len(documents)):
        n_docs, n = sums(chunks, _by_tokeniser(tokenisers, union, columns), n_words)
        columns = columns_of(limits.keep(n_docs, n_docs if binary else n, len(documents), dtype))
    entries = put(chunks, _by_tokeniser(tokenisers, union, columns), workers)
    words = np.flatnonzero(columns >= 0)
    nodes = Nodes(np.ones(len(words), np.uint8), np.arange(len(words), dtype=np.uint32), np.empty(0, np.int32))
    return entries, nodes, union.texts if len(words) == n_words else union.texts.take(words)


Columns = dict[int, NDArray[np.int64]]
"""The column of each token, -1 where it has none, by the identity of the tokeniser."""


def _by_tokeniser(tokenisers: list[WordTokeniser], union: Union, columns: NDArray[np.int32]) -> Columns:
    """The columns of each tokeniser's tokens, from those of ranks."""
    of_ranks = np.append(columns, -1).astype(np.int64)
    of_tokens = {}
    for tokeniser, ranks in zip(tokenisers, union.ranks, strict=True):
        of_tokens[id(tokeniser)] = of_ranks[np.where(ranks == SKIPPED_RANK, len(columns), ranks)]
    return of_tokens


def sums(chunks: list[Counted], columns: Columns, n_columns: int) -> tuple[Counts, Counts]:
    """Documents and occurrences of each column, both i64[columns]."""
    n_docs, n = np.zeros((2, n_columns), np.int64)
    for chunk in chunks:
        sum_columns(chunk.tokens, chunk.counts, columns[id(chunk.tokeniser)], n_docs, n)
    return n_docs, n


def put(chunks: list[Counted], columns: Columns, workers: int) -> Entries:
    """The entries of all documents whose tokens have a column."""

    def kept(chunk: Counted) -> Counts:
        n_entries = np.diff(chunk.ends, prepend=0)
        of_tokens = columns[id(chunk.tokeniser)]
        if (of_tokens[1:] < 0).any():
            count_kept(chunk.tokens, chunk.ends, of_tokens, n_entries)
        return n_entries

    n_entries = [*map_bounded(kept, chunks, workers)]
    entries = Entries.of_rows(np.concatenate([np.empty(0, np.int64), *n_entries]))
    begins = np.cumsum([0, *(n.sum() for n in n_entries)])

    def write(i: int) -> None:
        chunk = chunks[i]
        put_words(
            chunk.tokens, chunk.counts, columns[id(chunk.tokeniser)], int(begins[i]), entries.indices, entries.data
        )

    do_all(write, range(len(chunks)), workers)
    return entries
