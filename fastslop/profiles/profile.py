"""The profile of a label: exact counts with their prompts.

Token ids are ranks in the profile's own vocabulary, which is sorted by the tokens' hashes. Profiles therefore need no
shared vocabulary; merging takes the union of two vocabularies, and as ranks keep their order under it, sorted tables
merge in one pass. Prompts are numbered in the same way. Decisions and the figures behind them: docs/profile.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import BLOCK_FLAG, MIX, N_BLOCKS
from fastslop._kernels.profiles.packed_rows import Grams
from fastslop.base.errors import BadInputError, IncompatibleProfilesError
from fastslop.base.spec import CountSpec, Table
from fastslop.tokens.guards import Guarded

MAX_PROMPTS = 1024
"""Profiles of up to this many prompts keep every prompt's count in every row. Above, rows of more than ``N_BLOCKS``
prompts keep their counts by block. Which of the two a row has depends on the prompts of the whole alone, so however a
whole is cut and merged, it ends the same."""

Bytes = NDArray[np.uint8]
Ids = NDArray[np.uint32]
Shorts = NDArray[np.uint16]
Keys = NDArray[np.uint64]
Counts = NDArray[np.int64]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Vocabulary:
    """Tokens sorted by ``keys`` u64, the FNV-1a hashes of their text; ``kinds`` u8; ``text`` u8 up to ``ends`` i64."""

    keys: Keys
    kinds: Bytes
    text: Bytes
    ends: Counts

    @property
    def starts(self) -> Counts:
        """Where each token's text begins."""
        starts = np.zeros_like(self.ends)
        starts[1:] = self.ends[:-1]
        return starts

    @cached_property
    def tokens(self) -> pl.Series:
        """The tokens' text."""
        text, starts, ends = self.text.tobytes(), self.starts.tolist(), self.ends.tolist()
        return pl.Series("token", [text[a:b].decode() for a, b in zip(starts, ends, strict=True)], pl.String)

    def take(self, rows: NDArray[np.int64]) -> Vocabulary:
        """These rows of the vocabulary, in this order."""
        lengths = (self.ends - self.starts)[rows]
        ends = np.cumsum(lengths, dtype=np.int64)
        at = np.repeat(self.starts[rows] - (ends - lengths), lengths) + np.arange(int(lengths.sum()))
        return Vocabulary(self.keys[rows], self.kinds[rows], self.text[at], ends)


@dataclass(frozen=True)
class Prompts:
    """Prompts sorted by ``keys`` u64 (FNV-1a of their name), with the documents, words, marks and bytes of each."""

    keys: Keys
    n_docs: Counts
    n_words: Counts
    n_marks: Counts
    n_bytes: Counts

    @cached_property
    def blocks(self) -> Ids:
        """The block of each prompt, below ``N_BLOCKS``. The product spreads names that differ in one digit only."""
        return ((self.keys * MIX) >> np.uint64(58)).astype(np.uint32)

    @property
    def cap(self) -> int:
        """How many prompts a row may have and still keep the count of each."""
        return MAX_PROMPTS if len(self.keys) <= MAX_PROMPTS else N_BLOCKS

    def by_block(self, column: str) -> Counts:
        """A column's sum in each block."""
        totals = np.zeros(N_BLOCKS, np.int64)
        np.add.at(totals, self.blocks, getattr(self, column))
        return totals


@dataclass(frozen=True)
class Profile:
    """Exact counts of one label.

    ``tables`` holds, for each kind and order of the specification, sorted rows of n-grams with their occurrences,
    documents and prompts (see ``_kernels.Grams``). ``sources`` names what was counted, lest it be counted twice.
    ``panel`` is the panel the user named, or None. ``guarded`` says how many generations loop, refuse or break off;
    ``text_keys`` u64 holds the sorted hashes of the texts that were counted, one for each.
    """

    spec: CountSpec
    label: str
    vocabulary: Vocabulary
    prompts: Prompts
    tables: Mapping[Table, Grams]
    sources: frozenset[str] = field(default_factory=frozenset)
    panel: str | None = None
    guarded: Guarded = field(default_factory=Guarded)
    text_keys: Keys = field(default_factory=lambda: np.zeros(0, np.uint64))

    @property
    def n_docs(self) -> int:
        """How many generations were counted; those that were set aside are none of them."""
        return int(self.prompts.n_docs.sum())

    @property
    def n_prompts(self) -> int:
        """How many different prompts they answer."""
        return len(self.prompts.keys)

    @property
    def n_words(self) -> int:
        """How many words they have: the base of every rate."""
        return int(self.prompts.n_words.sum())

    @property
    def n_tokens(self) -> int:
        """How many words and marks they have."""
        return self.n_words + int(self.prompts.n_marks.sum())

    @property
    def n_bytes(self) -> int:
        """Size of their text in UTF-8."""
        return int(self.prompts.n_bytes.sum())

    @property
    def n_duplicate(self) -> int:
        """How many of the generations that were counted are copies: all of one text but the first."""
        return int(np.count_nonzero(self.text_keys[1:] == self.text_keys[:-1]))

    @staticmethod
    def empty(spec: CountSpec, label: str, panel: str | None = None) -> Profile:
        """Nothing counted: the identity of ``merging.merge``."""
        none = np.zeros(0, np.int64)
        keys = np.zeros(0, np.uint64)
        vocabulary = Vocabulary(keys, np.zeros(0, np.uint8), np.zeros(0, np.uint8), none)
        tables = {table: empty_grams(0, table[1]) for table in spec.tables}
        return Profile(spec, label, vocabulary, Prompts(keys, none, none, none, none), tables, panel=panel)


def empty_grams(n_rows: int, order: int, n_units: int | None = None) -> Grams:
    """Room for that many rows and units; memory is taken up only as it is written."""
    n_units = n_rows if n_units is None else n_units
    return Grams(
        ids=np.empty((n_rows, order), np.uint32),
        n=np.empty(n_rows, np.int64),
        n_docs=np.empty(n_rows, np.int64),
        ends=np.empty(n_rows, np.int64),
        units=np.empty(n_units, np.uint32),
        unit_n=np.empty(n_units, np.int64),
    )


def cut(grams: Grams, n_rows: int, n_units: int) -> Grams:
    """The first rows and units, not copied."""
    return Grams(
        ids=grams.ids[:n_rows],
        n=grams.n[:n_rows],
        n_docs=grams.n_docs[:n_rows],
        ends=grams.ends[:n_rows],
        units=grams.units[:n_units],
        unit_n=grams.unit_n[:n_units],
    )


def n_prompts_of(profile: Profile, grams: Grams) -> Counts:
    """Distinct prompts of each row.

    Exact in profiles of up to 1,024 prompts, for rows of up to 64 prompts, and where no prompt has two documents;
    otherwise a lower bound of 65.
    """
    n_units = np.diff(grams.ends, prepend=0)
    firsts = grams.ends - n_units
    in_blocks = (grams.units[firsts] & BLOCK_FLAG) != 0 if len(firsts) else np.zeros(0, np.bool_)
    one_each = profile.n_docs == profile.n_prompts
    beyond = grams.n_docs if one_each else N_BLOCKS + 1
    return np.where(in_blocks, beyond, n_units).astype(np.int64)


def check_compatible(a: Profile, b: Profile) -> None:
    """Raise IncompatibleProfilesError naming the fields in which the two specifications differ."""
    differences = a.spec.differences(b.spec)
    if differences:
        raise IncompatibleProfilesError(
            f"profiles of {a.label!r} and {b.label!r} were counted differently: {'; '.join(differences)}"
        )


def check_mergeable(a: Profile, b: Profile) -> None:
    """Raise IncompatibleProfilesError if specification, label or panel differ, or if a source was counted in both."""
    check_compatible(a, b)
    for name in ("label", "panel"):
        if getattr(a, name) != getattr(b, name):
            raise IncompatibleProfilesError(
                f"profiles differ in their {name}: {getattr(a, name)!r} and {getattr(b, name)!r}"
            )
    if a.sources & b.sources:
        raise IncompatibleProfilesError(
            f"the same source of {a.label!r} was counted in both profiles ({min(a.sources & b.sources)}); "
            "merging them would count it twice"
        )


def prune(profile: Profile, min_prompts: int) -> Profile:
    """The profile without the rows seen in fewer prompts: a fraction of the size, and no longer fit to be merged."""
    kept = {table: _rows_of(g, n_prompts_of(profile, g) >= min_prompts) for table, g in profile.tables.items()}
    return replace(profile, tables=kept)


def _rows_of(grams: Grams, is_kept: NDArray[np.bool_]) -> Grams:
    """The rows that are kept, with their units."""
    n_units = np.diff(grams.ends, prepend=0)
    units_kept = np.repeat(is_kept, n_units)
    return Grams(
        ids=grams.ids[is_kept],
        n=grams.n[is_kept],
        n_docs=grams.n_docs[is_kept],
        ends=np.cumsum(n_units[is_kept], dtype=np.int64),
        units=grams.units[units_kept],
        unit_n=grams.unit_n[units_kept],
    )


def in_halves(combine: Callable[[Item, Item], Item], items: Sequence[Item]) -> Item:
    """Items combined, halves first, so that what is in them is copied no more often than log2 of their number."""
    if len(items) == 1:
        return items[0]
    middle = len(items) // 2
    return combine(in_halves(combine, items[:middle]), in_halves(combine, items[middle:]))


def union_of_keys(*keys: Keys) -> Keys:
    """All different keys, sorted.

    A stable sort merges what is sorted already: two sorted arrays of 120,000 in 2 ms, where ``np.unique``, which hashes
    since NumPy 2.3, takes 187.
    """
    every = np.sort(np.concatenate(keys), kind="stable")
    is_new = np.ones(len(every), np.bool_)
    is_new[1:] = every[1:] != every[:-1]
    return every[is_new]


def union_of_vocabularies(a: Vocabulary, b: Vocabulary) -> Vocabulary:
    """All tokens of a and b, sorted.

    Raises
    ------
    BadInputError
        If two different tokens have one hash: expected once in 10^19 pairs, and never passed over.
    """
    keys = union_of_keys(a.keys, b.keys)
    a_ranks, b_ranks = np.searchsorted(keys, a.keys), np.searchsorted(keys, b.keys)
    rows = np.empty(len(keys), np.int64)
    rows[b_ranks] = np.arange(len(b_ranks)) + len(a_ranks)
    rows[a_ranks] = np.arange(len(a_ranks))
    both = Vocabulary(
        np.concatenate((a.keys, b.keys)),
        np.concatenate((a.kinds, b.kinds)),
        np.concatenate((a.text, b.text)),
        np.concatenate((a.ends, b.ends + len(a.text))),
    )
    union = both.take(rows)
    same = union.take(b_ranks)
    if not (np.array_equal(same.ends, b.ends) and np.array_equal(same.text, b.text)):
        raise BadInputError("two different words have the same 64-bit hash; these profiles cannot be merged")
    return union


def union_of_prompts(a: Prompts, b: Prompts) -> Prompts:
    """All prompts of a and b, sorted, with their sums."""
    keys = union_of_keys(a.keys, b.keys)
    a_ranks, b_ranks = np.searchsorted(keys, a.keys), np.searchsorted(keys, b.keys)
    columns = []
    for name in ("n_docs", "n_words", "n_marks", "n_bytes"):
        column = np.zeros(len(keys), np.int64)
        column[a_ranks] += getattr(a, name)
        column[b_ranks] += getattr(b, name)
        columns.append(column)
    return Prompts(keys, *columns)
