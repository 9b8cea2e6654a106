"""Many packed profiles of one label to their sum, in one pass over their sorted rows and in bounded memory.

Each profile is a run of sorted rows, of which a window is decoded at a time. A share of each window is taken, and the
smallest of the keys that shares end with ends the batch: all rows up to it are there. A batch's keys are packed into 64
bits with their places and sorted by NumPy's vectorised sort, whatever the number of runs, and equal rows are summed.
Merging runs two by two, each row five or six times, took four times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np

from fastslop._kernels.profiles.merge import batch_keys, end_batch, sum_rows
from fastslop._kernels.profiles.packed_rows import NgramRows
from fastslop._kernels.profiles.varints import bits_of
from fastslop.base.arrays import Ids, Keys
from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.prompt_texts import sum_of_texts
from fastslop.base.spec import Table
from fastslop.profiles import packed
from fastslop.profiles.capitals import Capitals, sum_of_capitals
from fastslop.profiles.packed import (
    Packed,
    codes_of,
    pack,
    pack_prompt_texts,
    pack_text_keys,
    parts_of,
    plain_sections,
    section_of,
    unpack,
    unpack_capitals,
    unpack_head,
    unpack_prompt_texts,
    unpack_text_keys,
)
from fastslop.profiles.parts import Part, SpilledParts, chain_parts
from fastslop.profiles.profile import MAX_PROMPTS, Profile, Prompts, check_mergeable, cut, empty_grams, union_of_prompts
from fastslop.profiles.row_reader import EVERY_ROW, RowReader
from fastslop.profiles.shares import most_hash
from fastslop.profiles.source_ledger import SourceLedger
from fastslop.system.spill import Spill
from fastslop.system.threads import map_bounded
from fastslop.tokens.vocabulary import Vocabulary, union_of_vocabularies

FAN_IN = 512
"""Most runs merged in one pass. Their windows share ``WINDOW_ROWS``, but each run holds a packed part as well."""
WINDOW_ROWS = 1 << 20
"""Rows in the windows of all runs, about 50 MB."""
BATCH_ROWS = 1 << 15
"""Rows merged at once: about 2 MB with their units, so that they are found again in the processor's cache."""


class Renumbering(NamedTuple):
    """A run's own ``prompts`` and ``keys`` u64 of tokens, and new numbers u32: ``ranks``, of each code in the run's
    vocabulary; ``tokens``, the rank of each of these in the whole vocabulary; ``numbers``, of each of its prompts among
    all."""

    prompts: Prompts
    keys: Keys
    ranks: Ids
    tokens: Ids
    numbers: Ids


def sum_of(*profiles: Profile) -> Profile:
    """The exact sum of profiles of one label: associative, commutative, with ``Profile.empty`` as identity.

    Raises
    ------
    IncompatibleProfilesError
        If specification, label or panel differ, or if a source was counted in several.
    """
    return unpack(merge_packed([pack(profile) for profile in profiles]))


def merge_packed(
    runs: Sequence[Packed], workers: int = 1, spill: Spill | None = None, scaled: int | None = None
) -> Packed:
    """The exact sum of packed profiles of one label, as ``sum_of`` and ``pack`` would give it.

    Tables are merged ``workers`` at a time, and their rows encoded in other threads. With ``spill`` the sum waits
    there, not in memory. With ``scaled`` one n-gram in so many is kept of each.

    Raises
    ------
    IncompatibleProfilesError
        If they cannot be merged.
    """
    while len(runs) > FAN_IN:
        runs = [merge_packed(runs[i : i + FAN_IN], workers, spill, scaled) for i in range(0, len(runs), FAN_IN)]
    profile = _sum_of_heads(runs, scaled)
    profile = replace(
        profile,
        text_keys=np.sort(np.concatenate([unpack_text_keys(run) for run in runs]), kind="stable"),
        prompt_texts=sum_of_texts(map(unpack_prompt_texts, runs)),
    )
    if len(runs) == 1 and profile.spec.scaled == runs[0].profile.spec.scaled:
        prompts, vocabulary, ranks = unpack_head(runs[0])
        profile = replace(profile, capitals=unpack_capitals(runs[0], ranks))
        return replace(runs[0], profile=replace(profile, vocabulary=vocabulary, prompts=prompts))
    prompts, vocabulary, maps = _renumberings(runs)
    profile = replace(profile, capitals=_sum_of_capitals(runs, vocabulary, maps))
    keep: Callable[[Iterable[Part]], Sequence[Part]] = partial(SpilledParts.of, spill) if spill else list

    def merged(table: Table) -> Iterator[NgramRows]:
        return merge_rows(table, runs, maps, prompts, profile.spec.scaled_of(table[1]))

    # Tables of order 1 are merged once more for their codes: they are small.
    singles = chain.from_iterable(merged(table) for table in profile.spec.tables if table[1] == 1)
    codes = codes_of(vocabulary, singles)

    def merged_parts(table: Table) -> Sequence[Part]:
        def encoded(grams: NgramRows) -> list[Part]:
            return [*parts_of(table, grams, codes, len(prompts.keys))]

        return keep(chain.from_iterable(map_bounded(encoded, merged(table), workers)))

    longest_first = sorted(profile.spec.tables, key=lambda table: -table[1])
    by_table = dict(zip(longest_first, map_bounded(merged_parts, longest_first, workers), strict=True))
    of_vocabulary = plain_sections(vocabulary, prompts, codes, profile.capitals)
    plain = keep((*of_vocabulary, pack_text_keys(profile.text_keys), *pack_prompt_texts(profile.prompt_texts)))
    parts = chain_parts([plain, *(by_table[table] for table in profile.spec.tables)])
    return Packed(replace(profile, vocabulary=vocabulary, prompts=prompts), parts)


def _sum_of_heads(runs: Sequence[Packed], scaled: int | None) -> Profile:
    """The profile without counts that all of these, ``scaled`` if that is given, have in common, with all their sources
    and the sums of guards."""
    heads = [run.profile if scaled is None else _scaled_head(run, scaled) for run in runs]
    whole = replace(heads[0], tables={})
    for run, other in zip(runs[1:], heads[1:], strict=True):
        check_mergeable(whole, other, (runs[0].title, run.title))
        whole = replace(whole, spec=whole.spec.joined(other.spec), guarded=whole.guarded + other.guarded)
    ledger = SourceLedger(whole.label)
    for run in runs:
        ledger.add(run.title, run.profile.sources, run.profile.shards)
    sources, shards = ledger.total()
    return replace(whole, sources=sources, shards=shards)


def _scaled_head(run: Packed, scaled: int) -> Profile:
    """The profile without counts of which one n-gram in ``scaled`` is kept."""
    own = run.profile.spec.scaled
    if own > scaled:
        raise IncompatibleProfilesError(
            f"{run.title} has one n-gram in {own:,} and cannot have one in {scaled:,}; say --scaled {own} or more, or "
            "count its texts again"
        )
    return replace(run.profile, spec=replace(run.profile.spec, scaled=scaled))


def _renumberings(runs: Sequence[Packed]) -> tuple[Prompts, Vocabulary, list[Renumbering]]:
    """All prompts, all tokens, and the new numbers of each run's among them."""
    prompts, vocabulary = _union(runs)
    maps = []
    for run in runs:
        of_run, tokens_of_run, ranks = unpack_head(run)
        tokens = np.searchsorted(vocabulary.keys, tokens_of_run.keys).astype(np.uint32)
        numbers = np.searchsorted(prompts.keys, of_run.keys).astype(np.uint32)
        maps.append(Renumbering(of_run, tokens_of_run.keys, ranks, tokens, numbers))
    return prompts, vocabulary, maps


def _sum_of_capitals(runs: Sequence[Packed], vocabulary: Vocabulary, maps: Sequence[Renumbering]) -> Capitals | None:
    """Capitals of all runs; None if one of them does not know its own."""
    of_runs = ((unpack_capitals(run, own.ranks), own.tokens) for run, own in zip(runs, maps, strict=True))
    return sum_of_capitals(len(vocabulary.keys), of_runs)


def _union(runs: Sequence[Packed]) -> tuple[Prompts, Vocabulary]:
    """All prompts and tokens of the runs, united by halves, so that each is copied about log2 of their number times."""
    if len(runs) == 1:
        return unpack_head(runs[0])[:2]
    middle = len(runs) // 2
    (a_prompts, a), (b_prompts, b) = _union(runs[:middle]), _union(runs[middle:])
    return union_of_prompts(a_prompts, b_prompts), union_of_vocabularies(a, b)


def merge_rows(
    table: Table, runs: Sequence[Packed], maps: Sequence[Renumbering], prompts: Prompts, scaled: int
) -> Iterator[NgramRows]:
    """Yield the merged rows of a table, one in ``scaled``, in pieces of ``PART_ROWS`` (the last may be smaller)."""
    windows = _MergeWindows(table, runs, maps, scaled)
    out = _Output(table)
    blocks, cap = prompts.blocks, prompts.cap
    bits = max((len(own.tokens) and int(own.tokens[-1])).bit_length() for own in maps)
    rows, keys = np.empty(0, np.int64), np.empty(0, np.uint64)
    scratch = (np.empty(8 * MAX_PROMPTS, np.uint32), np.empty(8 * MAX_PROMPTS, np.int64))
    while n_active := windows.fill():
        n = end_batch(windows.held, windows.at, windows.ends, max(BATCH_ROWS // n_active, 1), windows.upto)
        if n > len(rows):
            rows, keys = np.empty(n, np.int64), np.empty(n, np.uint64)
        batch = keys[:n]
        if batch_keys(windows.held, windows.at, windows.upto, bits, rows, batch):
            batch.sort(kind="stable")  # merges the runs, whose keys rise: 3 ns a key of two runs, where others take 79
        else:
            batch = _wide_keys(windows.held.ids[rows[:n]])
        out.make_room(n, windows.n_units())
        out.row, out.unit = sum_rows(
            windows.held, windows.begins, rows, batch, blocks, cap, scratch, out.grams, out.row, out.unit
        )
        windows.at[:] = windows.upto
        yield from out.whole_parts()
    yield from out.rest()


def _wide_keys(ids: Ids) -> Keys:
    """Keys of rows too wide for 64 bits, sorted: the rank of each among the different rows, then its place."""
    places = np.lexsort(ids.T[::-1])
    ordered = ids[places]
    ranks = np.cumsum(np.r_[False, (ordered[1:] != ordered[:-1]).any(axis=1)])
    return np.asarray(ranks.astype(np.uint64) << np.uint64(bits_of(len(ids))) | places.astype(np.uint64))


class _MergeWindows:
    """A window of decoded rows of every run, in one table: run r's are ``at[r]:ends[r]`` of ``held``."""

    def __init__(self, table: Table, runs: Sequence[Packed], maps: Sequence[Renumbering], scaled: int) -> None:
        self.runs = runs
        self.wanted = EVERY_ROW._replace(most=most_hash(scaled))
        self.waiting = [run.of_section(section_of(table)) for run in runs]
        self.size = min(max(WINDOW_ROWS // len(runs), 1024), packed.PART_ROWS)
        self.room = 2 * self.size + MAX_PROMPTS
        self.held = empty_grams(self.size * len(runs), table[1], self.room * len(runs))
        self.begins = np.empty(len(self.held.n), np.int64)
        self.at, self.ends, self.upto = (np.zeros(len(runs), np.int64) for _ in range(3))
        self.readers = [
            RowReader(run.title, table, of, own.prompts, own.keys, own.ranks, (own.tokens, own.numbers))
            for run, own, of in zip(runs, maps, [run.profile.spec.scaled_of(table[1]) for run in runs], strict=True)
        ]

    def fill(self) -> int:
        """Decode on where a window is used up, and return how many runs have rows left."""
        for run in np.flatnonzero(self.at == self.ends).tolist():
            self._fill(run)
        return int((self.at < self.ends).sum())

    def _fill(self, run: int) -> None:
        first, first_unit = run * self.size, run * self.room
        self.at[run] = self.ends[run] = first
        reader = self.readers[run]
        units = self.held.units[: first_unit + self.room], self.held.unit_n[: first_unit + self.room]
        held = self.held._replace(units=units[0], unit_n=units[1])
        while self.ends[run] == first:  # of a part, no row may be wanted
            if not reader.has_rows:
                if not self.waiting[run]:
                    return
                reader.begin(self.runs[run].parts[self.waiting[run].pop(0)])
            self.ends[run], _ = reader.read(held, self.begins, first, first + self.size, first_unit, self.wanted)

    def n_units(self) -> int:
        """Units of all rows of the batch."""
        some = np.flatnonzero(self.at < self.upto)
        return int((self.held.ends[self.upto[some] - 1] - self.begins[self.at[some]]).sum())


class _Output:
    """Merged rows that wait until they fill a part, so that files do not show how they were merged."""

    def __init__(self, table: Table) -> None:
        self.order = table[1]
        self.grams = empty_grams(2 * packed.PART_ROWS, self.order, 4 * packed.PART_ROWS)
        self.row = self.unit = 0

    def make_room(self, n_rows: int, n_units: int) -> None:
        """Make room for so many rows and units more."""
        rows, units = self.row + n_rows, self.unit + n_units
        if rows > len(self.grams.n) or units > len(self.grams.units):
            larger = empty_grams(max(rows, len(self.grams.n)), self.order, max(2 * units, len(self.grams.units)))
            _copy_rows(self.grams, 0, self.row, 0, self.unit, larger)
            self.grams = larger

    def whole_parts(self) -> Iterator[NgramRows]:
        """Yield the parts that are full; the rows behind them begin the next part."""
        if self.row < packed.PART_ROWS:
            return
        full = self.grams
        whole = self.row - self.row % packed.PART_ROWS
        first_unit = int(full.ends[whole - 1])
        self.grams = empty_grams(2 * packed.PART_ROWS, self.order, max(4 * packed.PART_ROWS, self.unit - first_unit))
        _copy_rows(full, whole, self.row, first_unit, self.unit, self.grams)
        self.row, self.unit = self.row - whole, self.unit - first_unit
        yield cut(full, whole, first_unit)

    def rest(self) -> Iterator[NgramRows]:
        """Yield the last part, if it has rows."""
        if self.row:
            yield cut(self.grams, self.row, self.unit)


def _copy_rows(source: NgramRows, row: int, row_end: int, unit: int, unit_end: int, target: NgramRows) -> None:
    """Copy rows ``row:row_end``, whose units are ``unit:unit_end``, to the target's beginning."""
    for name in ("ids", "n", "n_docs"):
        getattr(target, name)[: row_end - row] = getattr(source, name)[row:row_end]
    target.ends[: row_end - row] = source.ends[row:row_end] - unit
    for name in ("units", "unit_n"):
        getattr(target, name)[: unit_end - unit] = getattr(source, name)[unit:unit_end]
