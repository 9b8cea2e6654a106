"""Sorted records of a table to its parts: cut as they come where a part ends, and written on all threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.counting.count_prompts import N_COUNTERS, UnitScratch
from fastslop._kernels.counting.count_records import (
    BLOCK_RECORDS,
    NO_RANK,
    Block,
    RecordLayout,
    count_records,
    pass_rows,
    write_counted_row,
)
from fastslop._kernels.machine.constants import N_BLOCKS
from fastslop.base.arrays import Counts, Ids, Keys
from fastslop.base.spec import Table
from fastslop.counting.label_numbering import LabelNumbering
from fastslop.counting.window_layout import WindowLayout
from fastslop.profiles import packed as packing
from fastslop.profiles.packed import as_bytes, new_streams, section_of, stream_sizes
from fastslop.profiles.parts import Part

WAITING_RECORDS = 1 << 20
"""Most sorted records that wait for a part to be full: those of frequent words pile up without filling it."""


class SortedRecords(NamedTuple):
    """Sorted records of neighbouring groups: ``records`` u64, ``ends`` i64 of the groups, the number of the first, and
    how many rows they are."""

    records: Keys
    ends: Counts
    group: int
    n_rows: int


class CountedRow(NamedTuple):
    """A row of order 1 that is counted already: the token's ``rank``; the ``units`` u32, prompts or blocks, and
    ``unit_n`` i64, the uses in each; of all uses ``n``, in ``n_docs`` documents."""

    rank: int
    units: Ids
    unit_n: Counts
    n: int
    n_docs: int

    @property
    def most_units(self) -> int:
        """Units for which the row needs room: all it has."""
        return len(self.units)


class RecordSlice(NamedTuple):
    """Records ``first:last`` of sorted ones, whole rows."""

    records: SortedRecords
    first: int
    last: int

    @property
    def most_units(self) -> int:
        """Units for which the rows need room: one of each record."""
        return self.last - self.first


Piece = RecordSlice | CountedRow
"""A piece of a part, from which rows are written."""


class OpenPart:
    """A part as far as it is written: its streams, how far they are, and a block that has the ids of the last row.

    ``state`` and ``block`` are those of the kernel ``count_records``.
    """

    def __init__(self, order: int) -> None:
        self.order, self.state = order, np.zeros(7, np.int64)
        first, second, third = np.full((3, BLOCK_RECORDS + 1), NO_RANK)
        rows, (numbers, repeated) = np.empty(BLOCK_RECORDS + 1, np.int64), np.empty((2, BLOCK_RECORDS), np.uint32)
        self.block = Block(rows, first, second, third, numbers, repeated)
        self.streams: tuple[NDArray[np.uint8], ...] = ()


class RowWriter:
    """Writes pieces to parts of the tables of a kind; several threads may do so at once, each to a part of its own."""

    def __init__(self, numbering: LabelNumbering, layout: WindowLayout, token_codes: Ids) -> None:
        self.numbering, self.layout, self.token_codes = numbering, layout, token_codes
        self.idle: list[tuple[NDArray[np.uint8], ...]] = []

    def part(self, part: OpenPart, pieces: Sequence[Piece]) -> tuple[Table, Part]:
        """Write the last pieces of a part, and return its table and the finished part."""
        self.write(part, pieces)
        n_rows, first, name, once, few, spread, n_units = part.state.tolist()
        lengths = (n_rows, first, name, (once + 7) // 8, (few + 7) // 8, spread)
        table = (self.layout.kind, part.order)
        packed = Part(section_of(table), n_rows, n_units, as_bytes(part.streams, lengths))
        self.idle.append(part.streams)
        return table, packed

    def write(self, part: OpenPart, pieces: Sequence[Piece]) -> None:
        """Write pieces to a part, behind those written before."""
        numbering, n_prompts = self.numbering, len(self.numbering.prompts.keys)
        self._make_room(part, sum(piece.most_units for piece in pieces))
        counters = np.empty(int(N_COUNTERS) * max(numbering.prompts.cap, N_BLOCKS), np.uint32)
        scratch = UnitScratch(*new_units(n_prompts), np.empty(N_BLOCKS, np.int64), counters)
        for piece in pieces:
            written = (self.token_codes, part.block, part.state, part.streams)
            if isinstance(piece, CountedRow):
                write_counted_row(np.uint32(piece.rank), *piece[1:], *written)
                continue
            (records, ends, group, _), first, last = piece
            layout = RecordLayout(*self.layout.for_kernel(part.order, group))
            count_records(records, ends, first, last, layout, numbering.prompts_of_documents, scratch, *written)

    def _make_room(self, part: OpenPart, n_units: int) -> None:
        """Make room for ``n_units`` more units in a part, in streams that were used before if there are any."""
        if not part.streams:
            with suppress(IndexError):
                part.streams = self.idle.pop()
        used = int(part.state[5])
        sizes = stream_sizes(packing.PART_ROWS, self.layout.longest, used // 20 + 1 + n_units)  # 20 bytes a unit
        if not part.streams:
            part.streams = new_streams(sizes)
        elif len(part.streams[-1]) < sizes[-1]:
            (larger,) = new_streams(sizes[-1:])
            larger[:used] = part.streams[-1][:used]
            part.streams = (*part.streams[:-1], larger)


def new_units(n_prompts: int) -> tuple[Ids, Counts]:
    """Room for the units u32 of a row, and for the uses i64 in each."""
    return np.empty(n_prompts + 1, np.uint32), np.empty(n_prompts + 1, np.int64)


class PartCutter:
    """Cuts the sorted records of a table into parts of ``PART_ROWS`` rows."""

    def __init__(self, order: int, doc_bits: int, write: Callable[[OpenPart, Sequence[Piece]], None]) -> None:
        self.order, self.doc_bits, self.write = order, doc_bits, write
        self._begin()

    def _begin(self) -> None:
        self.part, self.n_rows, self.n_waiting = OpenPart(self.order), 0, 0
        self.waiting: list[Piece] = []

    def add(self, rows: SortedRecords | CountedRow) -> Iterator[tuple[OpenPart, list[Piece]]]:
        """Yield the parts that these rows make full; where too many records wait for a part, write them at once."""
        if isinstance(rows, CountedRow):
            yield from self._take(rows, 1)
            return
        first = 0
        while first < len(rows.records):
            most = packing.PART_ROWS - self.n_rows
            last, n_rows = len(rows.records), rows.n_rows
            if first > 0 or n_rows > most:
                last, n_rows = pass_rows(rows.records, rows.ends, self.doc_bits, first, most)
            yield from self._take(RecordSlice(rows, first, last), n_rows)
            first = last

    def _take(self, piece: Piece, n_rows: int) -> Iterator[tuple[OpenPart, list[Piece]]]:
        """Take in a piece of ``n_rows`` rows, and yield the part if it is then full."""
        self.waiting.append(piece)
        self.n_rows += n_rows
        self.n_waiting += piece.most_units
        if self.n_rows == packing.PART_ROWS:
            yield from self.rest()
        elif self.n_waiting > WAITING_RECORDS:
            self.write(self.part, self.waiting)
            self.waiting, self.n_waiting = [], 0

    def rest(self) -> Iterator[tuple[OpenPart, list[Piece]]]:
        """Yield the part, if it has rows, and begin another."""
        if self.n_rows:
            yield self.part, self.waiting
        self._begin()
