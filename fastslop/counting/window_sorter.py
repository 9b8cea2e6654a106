"""Windows in groups to sorted records of each order, on all cores.

Windows hold n-grams of up to three tokens. Trigrams are the windows themselves: sorted by their heads, the first two
tokens, bigrams are read off them; they are then sorted by their tails, the third.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial

import numpy as np

from fastslop._kernels.counting.count_prompts import count_word
from fastslop._kernels.counting.count_records import pass_rows
from fastslop._kernels.counting.sorting import (
    DIGIT_BITS,
    records_of_heads,
    records_of_order,
    sort_by_tail,
    sort_windows,
    split,
    split_in_place,
)
from fastslop._kernels.counting.windows import MAX_WINDOW
from fastslop.base.arrays import Counts, Keys, ranges_within
from fastslop.counting.label_numbering import LabelNumbering
from fastslop.counting.pruning import Pruning
from fastslop.counting.row_writer import CountedRow, SortedRecords, new_units
from fastslop.counting.window_layout import WindowLayout, as_u64
from fastslop.system.threads import map_bounded, taken_ahead
from fastslop.tokens.ngrams import selects

JOB_RECORDS = 1 << 17
"""Windows that are sorted by one job, about."""
JOBS_AHEAD = 64
"""Jobs that are made in advance: so many last while the group of a frequent word is cut."""
LARGE_GROUP = 1 << 18
"""Most windows of a group that is sorted as one; a larger group is cut by first tokens. Must exceed ``MAX_SHAPE``: see
the kernel ``write_counted_row``."""
SECOND_BITS = 8
"""Bits of the second token by which the windows of a frequent first one are cut."""

SortedByOrder = Mapping[int, SortedRecords | CountedRow]
"""Sorted records by order, of some windows; for order 1 perhaps a frequent word's row, which has no records."""
Job = Callable[[], SortedByOrder]
"""A call that sorts some windows."""


class WindowSorter:
    """Sorts the windows of a kind, in jobs of neighbouring groups that are done on several threads."""

    def __init__(self, numbering: LabelNumbering, layout: WindowLayout, workers: int, pruning: Pruning) -> None:
        self.numbering, self.layout, self.workers, self.pruning = numbering, layout, workers, pruning
        self.is_single = selects(numbering.flags, (layout.kind, 1))

    def sort_groups(self, windows: Keys, ends: Counts, first: int, spare: Keys) -> Iterator[SortedByOrder]:
        """Yield the sorted records of every order, in the order of the groups.

        Parameters
        ----------
        windows
            Windows u64 of the groups from number ``first`` on; written over.
        ends
            Where each group's windows end, i64[groups].
        spare
            Room u64 in which large groups are cut; those that do not fit are cut in place.
        """
        n_ahead = JOBS_AHEAD if self.workers > 1 else 0  # large groups are cut meanwhile
        with closing(taken_ahead(self._jobs(windows, ends, first, spare), n_ahead)) as jobs:
            yield from map_bounded(lambda job: job(), jobs, self.workers, ahead=self.workers)

    def _jobs(self, windows: Keys, ends: Counts, first: int, spare: Keys) -> Iterator[Job]:
        """Jobs of neighbouring groups, or of a part of a large one; parameters as of ``sort_groups``."""
        for group, last in ranges_within(np.diff(ends, prepend=0), JOB_RECORDS):
            begin = int(ends[group - 1]) if group else 0
            of_job = windows[begin : int(ends[last - 1])]
            if last == group + 1 and len(of_job) > LARGE_GROUP:
                yield from self._jobs_of_group(of_job, first + group, spare)
            else:
                where = (ends[group:last] - begin, first + group)
                yield partial(self._sort, of_job, *where, self.layout.orders, self.numbering.is_in_order)

    def _jobs_of_group(self, windows: Keys, group: int, spare: Keys) -> Iterator[Job]:
        """Jobs of one large group, which has a frequent word.

        As one job it would need much memory, and one thread for long: it is cut by first words, and the windows of a
        frequent word by second words. A group that is too large for the spare room is cut in place, and its windows are
        then in no order.
        """
        layout, low = self.layout, self.layout.bit_of_token(0)
        longer = [order for order in layout.orders if order > 1]
        is_in_order, spare = len(spare) >= len(windows), spare[: len(windows)]
        for begin, end in _split(windows, spare, low, layout.shift):
            of_word, other = windows[begin:end], spare[begin:end]
            key = int(of_word[0]) >> low
            is_frequent = len(of_word) > LARGE_GROUP and key == int(of_word[-1]) >> low
            if not is_frequent:
                yield partial(self._sort, of_word, np.array([len(of_word)]), group, layout.orders, is_in_order)
                continue
            rank = (group << layout.shift) + key
            if 1 in layout.orders and self.is_single[rank]:  # counted now: jobs to come write over the windows
                row = self._row_of_word(of_word, rank)
                if self.pruning.keeps((layout.kind, 1), row.units):
                    yield partial(dict, {1: row})
            if longer:
                bits = min(SECOND_BITS, layout.rank_bits)
                second = layout.bit_of_token(1) + layout.rank_bits - bits
                for first, last in _split(of_word, other, second, bits):
                    part = of_word[first:last]
                    yield partial(self._sort, part, np.array([len(part)]), group, longer, is_in_order)

    def _row_of_word(self, windows: Keys, rank: int) -> CountedRow:
        """The row of order 1 of windows that all begin with the token of this rank."""
        numbering = self.numbering
        units, unit_n = new_units(len(numbering.prompts.keys))
        n_of_document = np.zeros(numbering.n_docs, np.uint32)
        of_documents = numbering.prompts_of_documents
        n, n_docs = count_word(windows, self.layout.doc_bits, of_documents, n_of_document, units, unit_n)
        return CountedRow(rank, units[:n].copy(), unit_n[:n].copy(), len(windows), n_docs)

    def _sort(
        self, windows: Keys, ends: Counts, group: int, orders: Sequence[int], is_in_order: bool
    ) -> Mapping[int, SortedRecords]:
        """Sorted records of each order of some windows, which may be in the order of their documents already."""
        layout, longest, by_order = self.layout, self.layout.longest, {}
        in_group = layout.for_kernel(longest, group)
        spare, counts = np.empty(len(windows), np.uint64), np.empty(1 << int(DIGIT_BITS), np.uint32)
        if not is_in_order and sort_windows(windows, ends, *as_u64(0, layout.doc_bits), spare, counts):
            windows, spare = spare, windows
        by_head = [order for order in orders if order > 1 and longest == MAX_WINDOW]
        for order in (order for order in orders if order not in by_head):
            records, at = np.empty(len(windows), np.uint64), np.empty_like(ends)
            where = (windows, ends, np.uint64(order), in_group, self.is_single)
            n = records_of_order(*where, records, spare, counts, at)
            by_order[order] = self._records(order, group, records[:n], at)
        head = as_u64(layout.rank_bits + layout.doc_bits, layout.shift + layout.rank_bits)
        if by_head and sort_windows(windows, ends, *head, spare, counts):
            windows, spare = spare, windows
        for order in by_head:
            records, at = np.empty(len(windows), np.uint64), np.empty_like(ends)
            if order < longest:
                n = records_of_heads(windows, ends, in_group, records, at)
            else:
                n = sort_by_tail(windows, ends, in_group, records, spare, counts, at)
            by_order[order] = self._records(order, group, records[:n], at)
        return by_order

    def _records(self, order: int, group: int, records: Keys, ends: Counts) -> SortedRecords:
        """Sorted records without rows that are left out, and how many rows they are."""
        table, doc_bits = (self.layout.kind, order), self.layout.doc_bits
        records = self.pruning.drop(table, records, ends, self.layout, group, self.numbering.prompt_steps)
        return SortedRecords(records, ends, group, pass_rows(records, ends, doc_bits, 0, len(records))[1])


def spare_to_cut(sizes: Counts, most: int) -> int:
    """Windows of the largest group that is cut with spare room, which may have a quarter of ``most`` windows."""
    is_cut = (sizes > LARGE_GROUP) & (sizes <= most // 4)
    return int(sizes[is_cut].max(initial=0))


def _split(windows: Keys, spare: Keys, low: int, bits: int) -> Iterator[tuple[int, int]]:
    """Order windows by ``bits`` bits from bit ``low`` on, and yield the beginnings and ends of parts.

    Parts have about a job's size and are cut where these bits change. With spare room for all windows, those of the
    same bits stay in order.
    """
    ends = np.empty(1 << bits, np.uint32)
    if len(spare) == len(windows):
        split(windows, spare, np.uint64(low), np.uint64(bits), ends)
        windows[:] = spare
    else:
        split_in_place(windows, np.uint64(low), np.uint64(bits), ends)
    for first, last in ranges_within(np.diff(ends, prepend=0), JOB_RECORDS):
        begin, end = int(ends[first - 1]) if first else 0, int(ends[last - 1])
        if begin < end:
            yield begin, end
