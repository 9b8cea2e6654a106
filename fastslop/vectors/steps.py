"""Windows of words, sorted on all cores, to steps through the trie of all n-grams; see ``_kernels.vectors.columns``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.counting.sorting import DIGIT_BITS, sort_windows
from fastslop._kernels.counting.windows import (
    LONG,
    MAX_WINDOW,
    SKIPPED,
    WANTED,
    TokenRuns,
    count_tokens,
    scatter_windows,
    shorten,
    window_scratch,
)
from fastslop._kernels.vectors.columns import steps_of_rows, steps_of_windows, window_rows
from fastslop.base.arrays import Counts, Ids, Keys, ranges_within
from fastslop.system.threads import do_all, map_bounded
from fastslop.vectors.reading import SKIPPED_RANK

RECORD_BITS = 64
MAX_GROUP_BITS = 18
"""Most bits of a group's number: scattering into more groups is too slow."""
GROUP_RECORDS, JOB_RECORDS = 1 << 15, 1 << 17
"""Windows of a group, and of a job, about: so many are sorted in the second cache."""


class Chunk(NamedTuple):
    """Some documents as numbers u16 of tokens (see the kernel ``shorten``), where those of each document end, and the
    number of their tokeniser."""

    numbers: NDArray[np.uint16]
    ends: Counts
    tokeniser: int


class Steps(NamedTuple):
    """Steps of sorted windows, and the nodes that are new at them.

    By step: its document, how many words it shares with the step before, and how many it has. By node: its depth, and
    the rank of its last word.
    """

    docs: Ids
    shared: NDArray[np.uint8]
    lengths: NDArray[np.uint8]
    depths: NDArray[np.uint8]
    ranks: Ids


class Corpus(NamedTuple):
    """Documents as tokens; by tokeniser the rank of each token, ``SKIPPED_RANK`` where it is left out; and how many
    words have a rank."""

    chunks: list[Chunk]
    ranks: list[Ids]
    n_words: int

    @property
    def n_docs(self) -> int:
        """How many documents there are."""
        return sum(len(chunk.ends) for chunk in self.chunks)

    @property
    def n_tokens(self) -> int:
        """How many tokens there are, at most."""
        return sum(len(chunk.numbers) for chunk in self.chunks)


def shortened(tokens: Ids, ends: Counts, tokeniser: int) -> Chunk:
    """A chunk of tokens u32 with ``ends`` i64 of the documents."""
    n_long = int(np.count_nonzero(tokens >= LONG))
    numbers, out_ends = np.empty(len(tokens) + 2 * n_long, np.uint16), np.empty_like(ends)
    shorten(tokens, ends, numbers, out_ends)
    return Chunk(numbers, out_ends, tokeniser)


def steps(corpus: Corpus, order: int, workers: int) -> list[Steps]:
    """The steps of all windows of ``order`` words, in the order of the windows."""
    layout = Layout.of(corpus, order)
    if layout is None:
        return [wide_steps(corpus, order)]
    return [*SortedWindows(corpus, layout, workers).steps()]


class Layout(NamedTuple):
    """Layout of windows as records: words of a window, bits of a rank and of a document, the shift of the first rank
    that gives the group, and bits of the group."""

    order: int
    rank_bits: int
    doc_bits: int
    shift: int
    group_bits: int

    @staticmethod
    def of(corpus: Corpus, order: int) -> Layout | None:
        """The layout of these documents' windows, or None if they are too long for records."""
        if order > MAX_WINDOW:
            return None
        rank_bits, doc_bits = corpus.n_words.bit_length(), max(corpus.n_docs - 1, 1).bit_length()
        needed = order * rank_bits + doc_bits - RECORD_BITS
        for_work = min((corpus.n_tokens // GROUP_RECORDS).bit_length(), rank_bits - 1, MAX_GROUP_BITS)
        group_bits = max(needed, for_work, 0)
        if group_bits > MAX_GROUP_BITS or group_bits >= rank_bits:
            return None
        return Layout(order, rank_bits, doc_bits, rank_bits - group_bits, group_bits)

    def numbers(self, *groups: int) -> Keys:
        """The layout as kernels take it, u64, with the numbers of groups, from and to."""
        numbers = (self.order, self.rank_bits, self.doc_bits, self.shift, *groups)
        return np.array(numbers, np.uint64)


class SortedWindows:
    """Windows scattered into groups by their first word, then sorted group by group."""

    def __init__(self, corpus: Corpus, layout: Layout, workers: int) -> None:
        self.layout, self.workers = layout, workers
        self.n_groups = 1 << layout.group_bits
        self.corpus = corpus
        self.codes = np.concatenate([_codes(ranks) for ranks in corpus.ranks])
        self.stripes = self._stripes()

    def steps(self) -> Iterator[Steps]:
        """The steps of neighbouring groups, from the first to the last."""
        sizes = self._sizes()
        ends = np.cumsum(sizes.T).reshape(self.n_groups, -1)
        places = np.ascontiguousarray((ends - sizes.T).T)
        windows = np.empty(int(ends[-1, -1]), np.uint64)
        self._scatter(places, windows)
        jobs = ranges_within(sizes.sum(axis=0), JOB_RECORDS)
        yield from map_bounded(partial(self._sorted, windows, ends[:, -1]), jobs, self.workers, ahead=self.workers)

    def _stripes(self) -> list[TokenRuns]:
        """All documents as runs of numbers, in stripes of neighbours that have about as many numbers."""
        n = self.workers
        bases = np.cumsum([0, *(len(ranks) for ranks in self.corpus.ranks)])
        addresses, n_numbers, of_tokeniser = [], [], []
        for chunk in self.corpus.chunks:
            lengths = np.diff(chunk.ends, prepend=0)
            addresses.append(np.uint64(chunk.numbers.ctypes.data) + 2 * (chunk.ends - lengths).astype(np.uint64))
            n_numbers.append(lengths)
            of_tokeniser.append(np.full(len(lengths), bases[chunk.tokeniser]))
        docs = np.arange(self.corpus.n_docs, dtype=np.uint32)
        columns = [*map(np.concatenate, (addresses, n_numbers)), docs, np.concatenate(of_tokeniser)]
        behind = np.cumsum(columns[1])
        cuts = np.searchsorted(behind, [int(behind[-1]) * i // n for i in range(1, n)])
        return [TokenRuns(*stripe) for stripe in zip(*(np.split(c, cuts) for c in columns), strict=True)]

    def _sizes(self) -> Counts:
        """How many windows of each stripe are in each group; i64[stripes, groups]."""
        begins = self.codes != SKIPPED
        groups = (self.codes[begins] ^ WANTED) >> np.uint32(self.layout.shift)

        def sizes(runs: TokenRuns) -> Counts:
            n = np.zeros(len(self.codes), np.int64)
            count_tokens(runs, n)
            return np.bincount(groups, n[begins], self.n_groups).astype(np.int64)

        return np.array([*map_bounded(sizes, self.stripes, self.workers)])

    def _scatter(self, places: Counts, windows: Keys) -> None:
        """Put the windows of every stripe to their ``places`` i64[stripes, groups]."""
        layout = self.layout.numbers(0, self.n_groups)

        def scatter(stripe: int) -> None:
            runs = self.stripes[stripe]
            room = window_scratch(int(runs.n.max(initial=0)), self.n_groups)
            scatter_windows(runs, self.codes, layout, room, places[stripe], windows)

        do_all(scatter, range(len(self.stripes)), self.workers)

    def _sorted(self, windows: Keys, ends: Counts, groups: tuple[int, int]) -> Steps:
        """Sort the windows of ``groups``, from and to; their steps."""
        first, last = groups
        begin = int(ends[first - 1]) if first else 0
        of_groups, group_ends = windows[begin : int(ends[last - 1])], ends[first:last] - begin
        layout = self.layout
        key_bits = layout.shift + (layout.order - 1) * layout.rank_bits
        spare, counts = np.empty(len(of_groups), np.uint64), np.empty(1 << int(DIGIT_BITS), np.uint32)
        if sort_windows(of_groups, group_ends, np.uint64(layout.doc_bits), np.uint64(key_bits), spare, counts):
            of_groups = spare
        made = _new_steps(len(of_groups), layout.order)
        return _trimmed(made, steps_of_windows(of_groups, group_ends, layout.numbers(first), *made))


def wide_steps(corpus: Corpus, order: int) -> Steps:
    """The steps of windows of any length, sorted by NumPy as numbers of as many words as 64 bits hold."""
    rows, docs = np.empty((corpus.n_tokens, order), np.uint32), np.empty(corpus.n_tokens, np.uint32)
    n, first_doc = 0, 0
    for chunk in corpus.chunks:
        n += window_rows(
            *chunk[:2], first_doc, corpus.ranks[chunk.tokeniser], np.uint32(SKIPPED_RANK), rows[n:], docs[n:]
        )
        first_doc += len(chunk.ends)
    rows, docs = rows[:n], docs[:n]
    by_row = np.lexsort(_packed(rows, corpus.n_words.bit_length())[::-1])
    made = _new_steps(n, order)
    return _trimmed(made._replace(docs=docs[by_row]), steps_of_rows(rows, by_row, *made[1:]))


def _packed(rows: NDArray[np.uint32], rank_bits: int) -> list[Keys]:
    """Rows of ranks as fewer columns u64, by which they sort the same; the first column counts most."""
    together = max(RECORD_BITS // max(rank_bits, 1), 1)
    mask = np.uint32((1 << rank_bits) - 1)
    columns = []
    for first in range(0, rows.shape[1], together):
        column = np.zeros(len(rows), np.uint64)
        for ranks in rows[:, first : first + together].T:
            column = column << np.uint64(rank_bits) | (ranks & mask)
        columns.append(column)
    return columns


def _codes(ranks: Ids) -> Ids:
    """Codes u32 of tokens in windows, for the kernel ``scatter_windows``."""
    return np.where(ranks == SKIPPED_RANK, SKIPPED, ranks | WANTED)


def _new_steps(n: int, order: int) -> Steps:
    """Room for the steps of so many windows."""
    shared, lengths = np.empty((2, n), np.uint8)
    return Steps(np.empty(n, np.uint32), shared, lengths, np.empty(n * order, np.uint8), np.empty(n * order, np.uint32))


def _trimmed(made: Steps, n_nodes: int) -> Steps:
    """Steps with only the first ``n_nodes`` of their nodes."""
    return made._replace(depths=made.depths[:n_nodes].copy(), ranks=made.ranks[:n_nodes].copy())
