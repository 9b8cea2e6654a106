"""The profile of a label: exact counts with their prompts.

Token ids are ranks in the profile's own vocabulary, which is sorted by the tokens' hashes. Profiles therefore need no
shared vocabulary; merging takes the union of two vocabularies, and as ranks keep their order under it, sorted tables
merge in one pass. Prompts are numbered in the same way. Decisions and the figures behind them:
docs/reference/profile.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path

import numpy as np
import polars as pl

from fastslop._kernels.machine.constants import MIX, N_BLOCKS
from fastslop._kernels.profiles.packed_rows import NgramRows
from fastslop.base.arrays import Counts, Ids, Keys, union_of_keys
from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.prompt_texts import PromptTexts
from fastslop.base.sources import Shards
from fastslop.base.spec import CountSpec, Table
from fastslop.profiles.capitals import Capitals, no_capitals
from fastslop.tokens.guards import Guarded
from fastslop.tokens.vocabulary import Vocabulary

MAX_PROMPTS = 1024
"""Most prompts of a profile whose rows all keep every prompt's count. In larger profiles, rows of more than
``N_BLOCKS`` prompts keep their counts by block. Which of the two a row has depends on the prompts of the whole alone,
so however a whole is cut and merged, it ends the same."""


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
        """The block u32 of each prompt, below ``N_BLOCKS``. The product spreads names that differ in one digit only."""
        return ((self.keys * MIX) >> np.uint64(58)).astype(np.uint32)

    @staticmethod
    def empty() -> Prompts:
        """The prompts of an empty profile."""
        none = np.zeros(0, np.int64)
        return Prompts(np.zeros(0, np.uint64), none, none, none, none)

    @property
    def cap(self) -> int:
        """Most prompts of a row that keeps the count of each."""
        return MAX_PROMPTS if len(self.keys) <= MAX_PROMPTS else N_BLOCKS

    def by_block(self, column: str) -> Counts:
        """The sum of a column in each block, i64[N_BLOCKS]."""
        totals = np.zeros(N_BLOCKS, np.int64)
        np.add.at(totals, self.blocks, getattr(self, column))
        return totals


@dataclass(frozen=True, repr=False)
class Profile:
    """Exact counts of one label.

    ``tables`` holds, for each kind and order of the specification, sorted rows of n-grams with their occurrences,
    documents and prompts (see ``_kernels.profiles.packed_rows.NgramRows``). ``sources`` names what was counted, lest it
    be counted twice; ``shards``, by division, the parts of sources that are not counted as a whole. ``panel`` is the
    panel the user named, or None. ``guarded`` says how many generations loop, refuse or break off; ``text_keys`` u64
    holds the sorted hashes of the texts that were counted, one for each. ``pruned`` is the rule by which rows were left
    out, or None where the profile is complete; ``left_out``: how many, by table. ``capitals`` are those of the
    vocabulary's words, None where they are not known; ``prompt_texts``, what was asked, as far as it is known and kept.
    """

    spec: CountSpec
    label: str
    vocabulary: Vocabulary
    prompts: Prompts
    tables: Mapping[Table, NgramRows]
    sources: frozenset[str] = field(default_factory=frozenset)
    shards: Mapping[str, Shards] = field(default_factory=dict)
    panel: str | None = None
    guarded: Guarded = field(default_factory=Guarded)
    text_keys: Keys = field(default_factory=lambda: np.zeros(0, np.uint64))
    pruned: str | None = None
    left_out: Mapping[Table, int] = field(default_factory=dict)
    capitals: Capitals | None = None
    prompt_texts: PromptTexts = field(default_factory=PromptTexts)

    def frame(self, kind: str = "word", order: int = 1, *, min_prompts: int = 0) -> pl.DataFrame:
        """
        The counts of one kind and order of n-grams, the most frequent first.

        Columns: ``feature``, ``n``, ``n_docs``, ``n_prompts``, ``per_million`` words.

        Parameters
        ----------
        kind
            "word", "content" (without stopwords) or "mark".
        order
            Length of the n-grams.
        min_prompts
            Only n-grams in at least so many prompts.

        Raises
        ------
        UsageError
            If n-grams of this kind and order were not counted.
        """
        from fastslop.profiles.columns import profile_frame  # here, as below: these modules import this one

        return profile_frame(self, kind, order, min_prompts=min_prompts)

    def find(self, text: str) -> pl.DataFrame:
        """The counts of this word, phrase or mark: ``kind``, ``order`` and the columns of `frame`.

        No row if there is none; an n-gram that a scaled profile does not keep has no row either.
        """
        from fastslop.profiles.columns import find_rows

        return find_rows(self, text)

    def __add__(self, other: Profile) -> Profile:
        """The exact sum of two profiles of one label.

        Raises
        ------
        IncompatibleProfilesError
            If specification, label or panel differ, or if a source was counted in both.
        """
        from fastslop.profiles.merge import sum_of

        return sum_of(self, other)

    def write(self, path: str | PathLike[str], *, force: bool = False) -> None:
        """Write the profile as a file; equal profiles give equal bytes.

        Raises
        ------
        UsageError
            If the file is already there, unless ``force``.
        """
        from fastslop.profiles.files import write_profile

        write_profile(self, Path(path), force=force)

    def __repr__(self) -> str:
        return f"<Profile of {self.label!r}: {self.n_docs:,} generations, {self.n_words:,} words>"

    @property
    def n_docs(self) -> int:
        """How many generations were counted, without those set aside."""
        return int(self.prompts.n_docs.sum())

    @property
    def n_prompts(self) -> int:
        """How many different prompts the counted generations answer."""
        return len(self.prompts.keys)

    @property
    def n_words(self) -> int:
        """How many words the counted generations have: the base of every rate."""
        return int(self.prompts.n_words.sum())

    @property
    def n_tokens(self) -> int:
        """How many words and marks the counted generations have."""
        return self.n_words + int(self.prompts.n_marks.sum())

    @property
    def n_bytes(self) -> int:
        """Bytes of the counted generations' text in UTF-8."""
        return int(self.prompts.n_bytes.sum())

    @property
    def n_duplicate(self) -> int:
        """How many of the counted generations are copies: all of one text but the first."""
        return int(np.count_nonzero(self.text_keys[1:] == self.text_keys[:-1]))

    @staticmethod
    def empty(spec: CountSpec, label: str, panel: str | None = None) -> Profile:
        """A profile without counts: the identity of ``profiles.merge.sum_of``."""
        tables = {table: empty_grams(0, table[1]) for table in spec.tables}
        capitals = no_capitals(0) if spec.knows_sentences else None
        return Profile(spec, label, Vocabulary.empty(), Prompts.empty(), tables, panel=panel, capitals=capitals)


def pruning_rule(min_prompts: int) -> str:
    """The rule by which a profile has no rows in fewer prompts."""
    return f"rows in fewer than {min_prompts} prompts left out"


def empty_grams(n_rows: int, order: int, n_units: int | None = None) -> NgramRows:
    """Room for so many rows, and as many units unless they are given; memory is taken up only as it is written."""
    n_units = n_rows if n_units is None else n_units
    return NgramRows(
        ids=np.empty((n_rows, order), np.uint32),
        n=np.empty(n_rows, np.int64),
        n_docs=np.empty(n_rows, np.int64),
        ends=np.empty(n_rows, np.int64),
        units=np.empty(n_units, np.uint32),
        unit_n=np.empty(n_units, np.int64),
    )


def cut(grams: NgramRows, n_rows: int, n_units: int) -> NgramRows:
    """The first ``n_rows`` rows and ``n_units`` units, which are not copied."""
    return NgramRows(
        ids=grams.ids[:n_rows],
        n=grams.n[:n_rows],
        n_docs=grams.n_docs[:n_rows],
        ends=grams.ends[:n_rows],
        units=grams.units[:n_units],
        unit_n=grams.unit_n[:n_units],
    )


def refuse_pruned(title: str, pruned: str | None) -> None:
    """Raise IncompatibleProfilesError if a profile was pruned by a rule, after which it cannot be merged."""
    if pruned:
        raise IncompatibleProfilesError(
            f"{title} was pruned ({pruned}) and its counts no longer add up; merge or count what it was made of"
        )


def check_mergeable(a: Profile, b: Profile, titles: tuple[str, str]) -> None:
    """Raise IncompatibleProfilesError if specification, label or panel differ, or if one is pruned.

    ``titles``: how messages call them.
    """
    both = " and ".join(titles)
    a.spec.check_same(b.spec, f"{both} were counted differently")
    for profile, title in zip((a, b), titles, strict=True):
        refuse_pruned(title, profile.pruned)
    for name in ("label", "panel"):
        ours, theirs = getattr(a, name), getattr(b, name)
        if ours != theirs:
            raise IncompatibleProfilesError(
                f"{both} differ in their {name}, {ours!r} and {theirs!r}; `fastslop.merge` pools them under one"
            )


def union_of_prompts(a: Prompts, b: Prompts) -> Prompts:
    """All prompts of ``a`` and ``b``, sorted, with the sums of their documents, words, marks and bytes."""
    keys = union_of_keys(a.keys, b.keys)
    a_ranks, b_ranks = np.searchsorted(keys, a.keys), np.searchsorted(keys, b.keys)
    columns = []
    for name in ("n_docs", "n_words", "n_marks", "n_bytes"):
        column = np.zeros(len(keys), np.int64)
        column[a_ranks] += getattr(a, name)
        column[b_ranks] += getattr(b, name)
        columns.append(column)
    return Prompts(keys, *columns)
