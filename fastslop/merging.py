"""Many packed profiles of one label to their sum, in one pass over their sorted rows and in bounded memory.

Every run of rows is read part by part. All rows up to the smallest key at which some run's part ends can be merged at
once; then that run goes on to its next part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import reduce

import numpy as np

from fastslop import _kernels as k
from fastslop.packing import (
    PART_ROWS,
    Packed,
    Row,
    as_frame,
    codes_of,
    decode_part,
    parts_of,
    plain_sections,
    section_of,
    unpack_head,
    verified,
)
from fastslop.profile import (
    Ids,
    Prompts,
    check_mergeable,
    concatenate,
    empty_grams,
    trim,
    union_of_prompts,
    union_of_vocabularies,
)
from fastslop.spec import Table

FAN_IN = 64
"""Runs merged in one pass: each holds a decoded part, about 3 MB, in memory."""


def merge_packed(runs: Sequence[Packed], workers: int = 1) -> Packed:
    """The exact sum of packed profiles of one label, as ``profile.merge`` of all of them and ``pack`` would give it.

    Tables are merged ``workers`` at a time.

    Raises
    ------
    IncompatibleProfilesError
        If they cannot be merged.
    """
    while len(runs) > FAN_IN:
        runs = [merge_packed(runs[i : i + FAN_IN], workers) for i in range(0, len(runs), FAN_IN)]
    first = runs[0]
    if len(runs) == 1:
        return first
    for number, run in enumerate(runs[1:], 1):
        for other in runs[:number]:
            check_mergeable(other.profile, run.profile)
    heads = [unpack_head(run) for run in runs]
    prompts = reduce(union_of_prompts, (p for p, _, _ in heads))
    vocabulary = reduce(union_of_vocabularies, (v for _, v, _ in heads))
    maps = [
        (
            ranks,
            np.searchsorted(vocabulary.keys, v.keys).astype(np.uint32),
            np.searchsorted(prompts.keys, p.keys).astype(np.uint32),
        )
        for p, v, ranks in heads
    ]
    same = np.arange(max(len(vocabulary.keys), len(prompts.keys)), dtype=np.uint32)
    singles = [_merged(t, runs, maps, prompts, same) for t in first.profile.spec.tables if t[1] == 1]
    codes = codes_of(vocabulary, (grams for batches in singles for grams in batches))
    rows: list[Row] = [*plain_sections(vocabulary, prompts, codes)]

    def merged_parts(table: Table) -> list[Row]:
        batches = _in_parts(_merged(table, runs, maps, prompts, same))
        return [row for grams in batches for row in parts_of(table, grams, codes)]

    with ThreadPoolExecutor(workers) as pool:
        for parts in pool.map(merged_parts, first.profile.spec.tables):
            rows.extend(parts)
    sources = frozenset[str]().union(*(run.profile.sources for run in runs))
    profile = replace(first.profile, vocabulary=vocabulary, prompts=prompts, sources=sources)
    return Packed(profile, as_frame(rows))


def _merged(
    table: Table, runs: Sequence[Packed], maps: Sequence[tuple[Ids, Ids, Ids]], prompts: Prompts, same: Ids
) -> Iterator[k.Grams]:
    """The merged rows of a table, batch by batch."""
    cursors = [_Cursor(run, table, *renumber) for run, renumber in zip(runs, maps, strict=True)]
    blocks, cap = prompts.blocks, prompts.cap

    def merge_two(a: k.Grams, b: k.Grams) -> k.Grams:
        out = empty_grams(len(a.n) + len(b.n), table[1], len(a.units) + len(b.units))
        return trim(out, *k.merge_grams(a, same, same, b, same, same, blocks, cap, out))

    while active := [cursor for cursor in cursors if cursor.is_open()]:
        last = min(cursor.last for cursor in active)
        slices = [cursor.take(last) for cursor in active]
        # Even a single run goes through a merge: its rows may have more prompts than the whole may keep apart.
        slices = [s for s in slices if len(s.n)]
        if len(slices) == 1:
            slices.append(empty_grams(0, table[1]))
        while len(slices) > 1:
            slices = [
                merge_two(*slices[i : i + 2]) if i + 1 < len(slices) else slices[i] for i in range(0, len(slices), 2)
            ]
        yield slices[0]


class _Cursor:
    """One run's rows of a table, in the numbers of the whole, a part at a time."""

    def __init__(self, run: Packed, table: Table, ranks: Ids, tokens: Ids, prompts: Ids) -> None:
        self.scan = run.scan
        sections = run.scan.select("section").collect()["section"]
        self.rows = (sections == section_of(table)).arg_true().to_list()
        self.order = table[1]
        self.ranks, self.tokens, self.prompts = ranks, tokens, prompts
        self.part = 0
        self.at = 0
        self.grams = empty_grams(0, table[1])

    def is_open(self) -> bool:
        """Whether there is a row left; reads the next part where the last is used up."""
        if self.at < len(self.grams.n):
            return True
        if self.part == len(self.rows):
            return False
        part = self.scan.slice(self.rows[self.part], 1).collect().row(0)
        streams = verified(part)
        self.grams = empty_grams(part[1], self.order, part[2])
        decode_part(streams, self.ranks, self.grams, 0, 0)
        k.renumber(self.grams.ids, self.grams.units, self.tokens, self.prompts)
        self.part += 1
        self.at = 0
        return True

    @property
    def last(self) -> tuple[int, ...]:
        """The key of the part's last row."""
        return tuple(self.grams.ids[-1].tolist())

    def take(self, last: tuple[int, ...]) -> k.Grams:
        """The rows from here up to the key ``last``."""
        end = int(k.rows_up_to(self.grams.ids, self.at, np.array(last, np.uint32)))
        begin, self.at = self.at, end
        return _slice(self.grams, begin, end)


def _slice(grams: k.Grams, begin: int, end: int) -> k.Grams:
    """Rows ``begin:end`` as a table of their own."""
    first = int(grams.ends[begin - 1]) if begin else 0
    last = int(grams.ends[end - 1]) if end > begin else first
    rows = slice(begin, end)
    return k.Grams(
        ids=grams.ids[rows],
        n=grams.n[rows],
        n_docs=grams.n_docs[rows],
        ends=grams.ends[rows] - first,
        units=grams.units[first:last],
        unit_n=grams.unit_n[first:last],
    )


def _in_parts(batches: Iterator[k.Grams]) -> Iterator[k.Grams]:
    """The same rows in tables of whole parts, so that files do not show how they were merged."""
    waiting: list[k.Grams] = []
    n_waiting = 0
    for batch in batches:
        waiting.append(batch)
        n_waiting += len(batch.n)
        if n_waiting >= PART_ROWS:
            grams = concatenate(waiting)
            whole = n_waiting - n_waiting % PART_ROWS
            yield _slice(grams, 0, whole)
            waiting = [_slice(grams, whole, n_waiting)]
            n_waiting -= whole
    if n_waiting:
        yield concatenate(waiting)
