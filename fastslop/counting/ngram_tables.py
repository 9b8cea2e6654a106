"""A label's n-gram tables, packed: windows of tokens in groups, sorted records, rows, parts.

Every token begins a window of up to three. Windows are scattered once, by the first bits of their first token, into
groups that stay in the cache; ``window_sorter`` reads the n-grams of each order off them, group by group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from fastslop._kernels.counting.windows import MAX_WINDOW, SKIPPED, WANTED, scatter_windows, window_scratch
from fastslop.base.arrays import Counts, Ids, Keys, ranges_within
from fastslop.base.spec import Table
from fastslop.counting.buffers import Resources
from fastslop.counting.label_numbering import LabelNumbering
from fastslop.counting.long_ngrams import wide_rows
from fastslop.counting.pruning import Pruning
from fastslop.counting.row_writer import OpenPart, PartCutter, Piece, RowWriter
from fastslop.counting.window_layout import WindowLayout
from fastslop.counting.window_sorter import WindowSorter, spare_to_cut
from fastslop.profiles.packed import parts_of
from fastslop.profiles.parts import Part
from fastslop.system.threads import do_all, map_bounded

RECORD_BITS = 64
"""Bits of a record: a window of tokens with its document, or an n-gram with its document."""
MAX_GROUP_BITS = 18
"""Most bits of a group's number: scattering into more groups is too slow, and documents are counted in halves then."""
MOST_RANGES = 64
"""Most ranges of groups that are counted one after the other where memory has no room for all: for each range all
tokens are gone through again, 1 s a GB of text, while to count documents in halves and add these up takes 50 s a GB."""
MAX_WIDE_TOKENS = 1 << 22
"""Most tokens whose long n-grams, of over three tokens, are counted at once, at 60 bytes each."""
GROUP_RECORDS = 1 << 15
"""Windows of a group, about: so many are sorted in the second cache."""


def are_few_ranges(numbering: LabelNumbering, record_bytes: int) -> bool:
    """Whether the windows of all documents fit into ``MOST_RANGES`` times so many bytes."""
    return 8 * numbering.n_tokens <= MOST_RANGES * record_bytes


def fits_at_once(numbering: LabelNumbering, orders: Iterable[int]) -> bool:
    """Whether n-grams of these orders can be counted in all documents at once."""
    longest = max(orders)
    if longest > MAX_WINDOW and numbering.n_tokens > MAX_WIDE_TOKENS:
        return False
    group_bits = _group_bits(numbering, min(longest, MAX_WINDOW))
    return group_bits <= MAX_GROUP_BITS and group_bits < numbering.rank_bits  # a record has a bit of the first rank


def _group_bits(numbering: LabelNumbering, order: int) -> int:
    """Bits of the first rank that do not fit into a record."""
    return max(order * numbering.rank_bits + numbering.doc_bits - RECORD_BITS, 0)


def packed_tables(
    numbering: LabelNumbering, tables: Sequence[Table], codes: Ids, resources: Resources, pruning: Pruning
) -> Iterator[tuple[Table, Part]]:
    """Yield the parts of all tables, those of each in their order, encoded by ``codes`` (``profiles.packed.codes_of``).

    Where the windows of a kind would take more memory than they may, they are counted range by range of their groups.
    """
    for kind in dict.fromkeys(kind for kind, _ in tables):
        orders = [order for name, order in tables if name == kind]
        short = [order for order in orders if order <= MAX_WINDOW]
        if short:
            yield from _parts_of_kind(WindowPlan(numbering, kind, short, resources), codes, pruning)
        for order in orders[len(short) :]:
            table = (kind, order)
            rows = pruning.kept(table, wide_rows(numbering, table))
            yield from ((table, part) for part in parts_of(table, rows, codes, len(numbering.prompts.keys)))


def _parts_of_kind(plan: WindowPlan, codes: Ids, pruning: Pruning) -> Iterator[tuple[Table, Part]]:
    """Yield the parts of all orders that the windows hold, those of each in their order, written on all threads."""
    writer = RowWriter(plan.numbering, plan.layout, codes)
    contents = _contents_of_parts(plan, writer, pruning)
    return map_bounded(lambda made_of: writer.part(*made_of), contents, plan.workers)


def _contents_of_parts(plan: WindowPlan, writer: RowWriter, pruning: Pruning) -> Iterator[tuple[OpenPart, list[Piece]]]:
    """Yield each part as far as it is written, and the pieces that are still to be written to it."""
    cutters = {order: PartCutter(order, plan.layout.doc_bits, writer.write) for order in plan.layout.orders}
    sorter = WindowSorter(plan.numbering, plan.layout, plan.workers, pruning)
    for windows, ends, first_group, spare in plan.scattered():
        for by_order in sorter.sort_groups(windows, ends, first_group, spare):
            for order, records in by_order.items():
                yield from cutters[order].add(records)
    for cutter in cutters.values():
        yield from cutter.rest()


class WindowPlan:
    """Plan of the windows of one kind, off which n-grams of ``orders`` are read: layout, and how many fit at once."""

    def __init__(self, numbering: LabelNumbering, kind: str, orders: Sequence[int], resources: Resources) -> None:
        self.numbering, self.resources, self.workers = numbering, resources, resources.workers
        for_work = (max(numbering.n_tokens, 1) // GROUP_RECORDS).bit_length()
        needed = _group_bits(numbering, max(orders))
        group_bits = max(needed, min(for_work, numbering.rank_bits, MAX_GROUP_BITS))
        self.layout = WindowLayout(kind, tuple(orders), numbering.rank_bits, numbering.doc_bits, group_bits)
        self.codes = numbering.codes(kind)

    def scattered(self) -> Iterator[tuple[Keys, Counts, int, Keys]]:
        """Scatter windows into groups, from the first group to the last, as many together as memory has room for.

        Yields the windows u64 of neighbouring groups, where each group ends i64, the number of the first, and spare
        room u64 in which large groups are cut. All of it is written over when the next are asked for.
        """
        sizes = self._sizes()
        totals = sizes.sum(axis=0)
        most = max(self.resources.record_bytes // 8, 1)
        n_spare = spare_to_cut(totals, most) if self.numbering.is_in_order else 0
        ranges = [*ranges_within(totals, most - n_spare)]
        largest = max(int(totals[first:last].sum()) for first, last in ranges)
        with self.resources.buffers.of_size(n_spare + largest) as buffer:
            for first, last in ranges:
                ends = np.cumsum(sizes[:, first:last].T).reshape(last - first, -1)
                places = np.ascontiguousarray((ends - sizes[:, first:last].T).T)
                windows = buffer[n_spare : n_spare + int(ends[-1, -1])]
                self._scatter(first, last, places, windows)
                yield windows, ends[:, -1], first, buffer[:n_spare]

    def _sizes(self) -> Counts:
        """How many windows of each stripe are in each group; i64[stripes, groups]."""
        sizes = np.zeros((self.numbering.n_stripes, 1 << self.layout.group_bits), np.int64)
        if self.layout.kind == "mark":  # which words stand beside a mark is known from the documents alone
            self._scatter(0, 1 << self.layout.group_bits, sizes, np.empty(0, np.uint64))
            return sizes
        begins = (self.codes != SKIPPED) & (self.codes & WANTED != 0)
        groups = (self.codes[begins] ^ WANTED) >> np.uint32(self.layout.shift)
        for of_stripe, n in zip(sizes, self.numbering.n_by_stripe, strict=True):
            np.add.at(of_stripe, groups, n[begins])
        return sizes

    def _scatter(self, first: int, last: int, places: Counts, windows: Keys) -> None:
        """Put windows of groups ``first:last`` to ``places`` i64[stripes, groups]; count them if there is no room."""
        numbering, layout = self.numbering, self.layout.for_kernel(self.layout.longest, first, last)

        def scatter(stripe: int) -> None:
            scratch = window_scratch(0, last - first)
            for runs in numbering.runs(stripe):
                n_tokens = int(runs.n.max(initial=0))
                if n_tokens > len(scratch.groups):
                    scratch = window_scratch(n_tokens, last - first)
                scatter_windows(runs, self.codes, layout, scratch, places[stripe], windows)

        do_all(scatter, range(numbering.n_stripes), self.workers)
