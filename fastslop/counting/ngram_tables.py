"""The tables of a whole, packed: windows of tokens in groups, sorted records, rows, parts.

Every token begins a window of up to three. Windows are scattered once, by the first bits of their first token, into
groups that stay in the cache; the n-grams of each order are then read off them, sorted and summed group by group.
Trigrams are the windows themselves, sorted by their heads, off which bigrams are read, and then by their tails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial

import numpy as np

from fastslop._kernels.counting.prompts import count_word
from fastslop._kernels.counting.row_writer import pass_rows
from fastslop._kernels.counting.sorting import (
    DIGIT_BITS,
    records_of_heads,
    records_of_order,
    sort_by_tail,
    sort_windows,
    split,
    split_in_place,
)
from fastslop._kernels.counting.windows import MAX_WINDOW, SKIPPED, WANTED, scatter_windows, window_scratch
from fastslop.base.arrays import Counts, Ids, Keys, ranges_within
from fastslop.base.spec import Table
from fastslop.counting.buffers import Resources
from fastslop.counting.label_numbering import Whole, selects
from fastslop.counting.long_ngrams import wide_rows
from fastslop.counting.row_writer import Cutter, Encoder, OpenPart, Piece, Row, Sorted, new_units, numbers
from fastslop.profiles.packed import Part, parts_of
from fastslop.system.threads import map_bounded, taken_ahead

RECORD_BITS = 64
MAX_GROUP_BITS = 18
"""More groups than that are scattered into too slowly; the documents are then counted in two halves."""
MAX_WIDE_TOKENS = 1 << 22
"""As many tokens are counted at once where n-grams are too long for a window; they take 60 bytes each."""
GROUP_RECORDS = 1 << 15
"""Windows of a group, about: they are sorted in the second cache."""
JOB_RECORDS = 1 << 17
"""Windows that are sorted by one job, about."""
JOBS_AHEAD = 64
"""Jobs that are made while others are done, so that they last while the group of a frequent word is cut."""
LARGE_GROUP = 1 << 18
"""Windows of a group that make it be cut, more than ``_kernels.MAX_SHAPE``."""
SECOND_BITS = 8
"""Bits of the second token by which the windows of a frequent first one are cut."""


Found = Mapping[int, Sorted | Row]
"""The sorted records of each order of some windows; or a frequent word's row, which has no records."""
Job = Callable[[], Found]
"""What sorts some windows."""


def fit(whole: Whole, orders: Iterable[int]) -> bool:
    """Whether n-grams of these orders can be counted of all documents at once."""
    longest = max(orders)
    if longest > MAX_WINDOW and whole.n_tokens > MAX_WIDE_TOKENS:
        return False
    group_bits = _group_bits(whole, min(longest, MAX_WINDOW))
    return group_bits <= MAX_GROUP_BITS and group_bits < whole.rank_bits  # a record has something of the first rank


def _group_bits(whole: Whole, order: int) -> int:
    """Bits of the first rank that do not fit into a record."""
    return max(order * whole.rank_bits + whole.doc_bits - RECORD_BITS, 0)


def packed_tables(
    whole: Whole, tables: Sequence[Table], codes: Ids, resources: Resources
) -> Iterator[tuple[Table, Part]]:
    """The parts of all tables, those of each in their order, encoded by ``codes`` (see ``packing.codes_of``).

    Where the records of a table would take more memory than they may, it is counted range by range of its rows.
    """
    for kind in dict.fromkeys(kind for kind, _ in tables):
        orders = [order for name, order in tables if name == kind]
        short = [order for order in orders if order <= MAX_WINDOW]
        if short:
            yield from _Windows(whole, kind, short, codes, resources).packed()
        for order in orders[len(short) :]:
            table = (kind, order)
            rows = wide_rows(whole, table)
            yield from ((table, part) for part in parts_of(table, rows, codes, len(whole.prompts.keys)))


class _Windows:
    """The n-grams of one kind and of ``orders``, read off the windows of the longest."""

    def __init__(self, whole: Whole, kind: str, orders: Sequence[int], token_codes: Ids, resources: Resources) -> None:
        self.whole, self.kind, self.orders, self.resources = whole, kind, orders, resources
        self.workers = resources.workers
        self.longest = max(orders)
        for_work = (max(whole.n_tokens, 1) // GROUP_RECORDS).bit_length()
        self.group_bits = max(_group_bits(whole, self.longest), min(for_work, whole.rank_bits, MAX_GROUP_BITS))
        self.shift = whole.rank_bits - self.group_bits
        self.is_single = selects(whole.flags, (kind, 1))
        self.codes = whole.codes(kind)
        self.encoder = Encoder(whole, kind, self.longest, self.shift, token_codes)

    def packed(self) -> Iterator[tuple[Table, Part]]:
        """The parts of all orders, those of each in their order."""
        return map_bounded(lambda made_of: self.encoder.part(*made_of), self._pieces(), self.workers)

    def _pieces(self) -> Iterator[tuple[OpenPart, list[Piece | Row]]]:
        """What makes each part: what is written of it, and the sorted records of its other rows."""
        cutters = {order: Cutter(order, self.whole.doc_bits, self.encoder.write) for order in self.orders}
        for found in self._sorted():
            for order, records in found.items():
                yield from cutters[order].add(records)
        for cutter in cutters.values():
            yield from cutter.rest()

    def _sorted(self) -> Iterator[Found]:
        """The sorted records of every order, of neighbouring groups, from the first group to the last."""
        sizes = self._sizes()
        totals = sizes.sum(axis=0)
        most = max(self.resources.record_bytes // 8, 1)
        spare = self._spare_records(totals, most)
        ranges = [*ranges_within(totals, most - spare)]
        most = max(int(totals[first:last].sum()) for first, last in ranges)
        with self.resources.rooms.of_size(spare + most) as room:
            for first, last in ranges:
                ends = np.cumsum(sizes[:, first:last].T).reshape(last - first, -1)
                places = np.ascontiguousarray((ends - sizes[:, first:last].T).T)
                windows = room[spare : spare + int(ends[-1, -1])]
                self._scatter(first, last, places, windows)
                yield from self._sorted_groups(windows, ends[:, -1], first, room[:spare])

    def _spare_records(self, totals: Counts, most: int) -> int:
        """Room beside ``most`` windows, to cut large groups of which each takes no more than a quarter of that."""
        large = totals[(totals > LARGE_GROUP) & (totals <= most // 4)]
        return int(large.max(initial=0)) if self.whole.is_in_order else 0

    def _sizes(self) -> Counts:
        """How many windows of each stripe are in each group; i64[stripes, groups]."""
        sizes = np.zeros((self.whole.n_stripes, 1 << self.group_bits), np.int64)
        if self.kind == "mark":  # which words stand beside a mark can only be seen
            self._scatter(0, 1 << self.group_bits, sizes, np.empty(0, np.uint64))
            return sizes
        begins = (self.codes != SKIPPED) & (self.codes & WANTED != 0)
        groups = (self.codes[begins] ^ WANTED) >> np.uint32(self.shift)
        for own, n in zip(sizes, self.whole.n_by_stripe, strict=True):
            np.add.at(own, groups, n[begins])
        return sizes

    def _scatter(self, first: int, last: int, places: Counts, windows: Keys) -> None:
        """Windows of every stripe, of groups ``first:last``, to their places; without room for them, their numbers."""
        whole = self.whole
        layout = numbers(self.longest, whole.rank_bits, whole.doc_bits, self.shift, first, last)

        def scatter(stripe: int) -> None:
            room = window_scratch(0, last - first)
            for runs in whole.runs(stripe):
                n_tokens = int(runs.n.max(initial=0))
                if n_tokens > len(room.groups):
                    room = window_scratch(n_tokens, last - first)
                scatter_windows(runs, self.codes, layout, room, places[stripe], windows)

        for _ in map_bounded(scatter, range(whole.n_stripes), self.workers):
            pass

    def _sorted_groups(self, windows: Keys, ends: Counts, first: int, spare: Keys) -> Iterator[Found]:
        """``_sorted`` of the groups from ``first`` on, whose windows end at ``ends``."""
        n_ahead = JOBS_AHEAD if self.workers > 1 else 0  # large groups are cut meanwhile
        with closing(taken_ahead(self._jobs(windows, ends, first, spare), n_ahead)) as jobs:
            yield from map_bounded(lambda job: job(), jobs, self.workers, ahead=self.workers)

    def _jobs(self, windows: Keys, ends: Counts, first: int, spare: Keys) -> Iterator[Job]:
        """What sorts some windows: those of neighbouring groups, or of a part of a large one."""
        for group, last in ranges_within(np.diff(ends, prepend=0), JOB_RECORDS):
            begin = int(ends[group - 1]) if group else 0
            own = windows[begin : int(ends[last - 1])]
            if last == group + 1 and len(own) > LARGE_GROUP:
                yield from self._jobs_of_group(own, first + group, spare)
            else:
                where = (ends[group:last] - begin, first + group)
                yield partial(self._sort, own, *where, self.orders, self.whole.is_in_order)

    def _jobs_of_group(self, own: Keys, group: int, spare: Keys) -> Iterator[Job]:
        """A group with a frequent word would need much memory, and one thread for long: it is cut by first words, and
        the windows of a frequent one by second words. Where the spare room has none for it, it is cut in place, and its
        windows are then in no order."""
        low, longer = self._bit_of_token(0), [order for order in self.orders if order > 1]
        is_in_order, spare = len(spare) >= len(own), spare[: len(own)]
        for begin, end in _split(own, spare, low, self.shift):
            word, other = own[begin:end], spare[begin:end]
            key = int(word[0]) >> low
            is_frequent = len(word) > LARGE_GROUP and key == int(word[-1]) >> low
            if not is_frequent:
                yield partial(self._sort, word, np.array([len(word)]), group, self.orders, is_in_order)
                continue
            rank = (group << self.shift) + key
            if 1 in self.orders and self.is_single[rank]:  # counted now: jobs to come write over the windows
                yield partial(dict, {1: self._row_of_word(word, rank)})
            if longer:
                bits = min(SECOND_BITS, self.whole.rank_bits)
                for first, last in _split(word, other, self._bit_of_token(1) + self.whole.rank_bits - bits, bits):
                    part = word[first:last]
                    yield partial(self._sort, part, np.array([len(part)]), group, longer, is_in_order)

    def _bit_of_token(self, i: int) -> int:
        """The lowest bit of a window's i-th token."""
        return self.whole.doc_bits + (self.longest - 1 - i) * self.whole.rank_bits

    def _row_of_word(self, word: Keys, rank: int) -> Row:
        """The row of order 1 of windows that all begin with the token of this rank."""
        units, unit_n = new_units(len(self.whole.prompts.keys))
        n_of_document = np.zeros(self.whole.n_docs, np.uint32)
        n, n_docs = count_word(word, self.whole.doc_bits, self.whole.prompts_of_documents, n_of_document, units, unit_n)
        return Row(rank, units[:n].copy(), unit_n[:n].copy(), len(word), n_docs)

    def _sort(
        self, own: Keys, ends: Counts, group: int, orders: Sequence[int], is_in_order: bool
    ) -> Mapping[int, Sorted]:
        """Sorted records of each order of some windows, which may be in the order of their documents already."""
        whole, found = self.whole, {}
        layout = numbers(self.longest, whole.rank_bits, whole.doc_bits, self.shift, group)
        spare, counts = np.empty(len(own), np.uint64), np.empty(1 << int(DIGIT_BITS), np.uint32)
        if not is_in_order and sort_windows(own, ends, *numbers(0, whole.doc_bits), spare, counts):
            own, spare = spare, own
        by_head = [order for order in orders if order > 1 and self.longest == MAX_WINDOW]
        for order in (order for order in orders if order not in by_head):
            records, at = np.empty(len(own), np.uint64), np.empty_like(ends)
            where = (own, ends, np.uint64(order), layout, self.is_single)
            found[order] = self._records(group, records, at, records_of_order(*where, records, spare, counts, at))
        head = numbers(whole.rank_bits + whole.doc_bits, self.shift + whole.rank_bits)
        if by_head and sort_windows(own, ends, *head, spare, counts):
            own, spare = spare, own
        for order in by_head:
            records, at = np.empty(len(own), np.uint64), np.empty_like(ends)
            if order < self.longest:
                n = records_of_heads(own, ends, layout, records, at)
            else:
                n = sort_by_tail(own, ends, layout, records, spare, counts, at)
            found[order] = self._records(group, records, at, n)
        return found

    def _records(self, group: int, records: Keys, ends: Counts, n: int) -> Sorted:
        """The first ``n`` records, which are sorted, and how many rows they are."""
        records = records[:n]
        return Sorted(records, ends, group, pass_rows(records, ends, self.whole.doc_bits, 0, n)[1])


def _split(windows: Keys, spare: Keys, low: int, bits: int) -> Iterator[tuple[int, int]]:
    """Put windows in the order of some of their bits; from where to where there are parts of about a job's size, cut
    where these bits change. With spare room for all, windows of the same bits stay in order."""
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
