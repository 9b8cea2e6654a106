"""Features that fingerprints of some labels may have: of each table the most frequent, over all labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fastslop.base.arrays import Counts, Floats, Ids, Keys
from fastslop.base.spec import Table
from fastslop.comparing.fingerprint import MAX_FEATURES, MIN_PROMPTS, STYLE_TABLES, require_tables
from fastslop.profiles.feature_index import FeatureIndex
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member, readers
from fastslop.profiles.rows import filter_of, hashes_of, keys_of, rows_in, winsorised
from fastslop.system.progress import Progress, tracked
from fastslop.system.threads import map_bounded

MAX_CANDIDATES = MAX_FEATURES + MAX_FEATURES // 2
"""Most candidates of each table: in replicates features from beyond the cut of ``MAX_FEATURES`` come in, but hardly any
from beyond one and a half times the cut."""


@dataclass(frozen=True)
class Candidates:
    """The candidates of one table: ``keys`` u64, rising, of which each is a column.

    ``column_of`` i64: the column of each n-gram of ``index``, -1 for those that are no candidates.
    """

    keys: Keys
    index: FeatureIndex
    column_of: Counts

    def filter(self) -> Keys:
        """What the candidates pass when a profile is read: see ``rows.filter_of``."""
        return filter_of([self.index.hashes[self.column_of >= 0]])

    def columns(self, hashes: Keys) -> Counts:
        """The columns i64 of n-grams by ``rows.hashes_of`` them, -1 for those that are no candidates."""
        numbers = self.index.find(hashes)
        return np.where(numbers >= 0, self.column_of[numbers], -1) if len(self.column_of) else numbers


def as_arrays(candidates: Sequence[Candidates]) -> dict[str, Keys]:
    """Candidates of all tables as arrays by name, which ``candidates_of`` makes candidates again."""
    arrays: dict[str, Keys] = {}
    for i, of_table in enumerate(candidates):
        hashes = np.empty_like(of_table.keys)
        chosen = np.flatnonzero(of_table.column_of >= 0)
        hashes[of_table.column_of[chosen]] = of_table.index.hashes[chosen]
        arrays |= {f"{i}.keys": of_table.keys, f"{i}.hashes": hashes}
    return arrays


def candidates_of(arrays: Mapping[str, Keys]) -> list[Candidates]:
    """The candidates of all tables, from what ``as_arrays`` made of them."""
    candidates = []
    for i in range(len(STYLE_TABLES)):
        index, keys = FeatureIndex(), np.asarray(arrays[f"{i}.keys"])
        index.enter(np.asarray(arrays[f"{i}.hashes"]))
        candidates.append(Candidates(keys, index, np.arange(len(keys))))
    return candidates


class FrequentRows(NamedTuple):
    """Rows of a label's table that are in ``MIN_PROMPTS`` prompts: ``hashes``, ``keys``, and winsorised ``rates``."""

    hashes: Keys
    keys: Keys
    rates: Floats


def choose_candidates(
    members: Sequence[Member], min_labels: int, progress: Progress, most: int = MAX_CANDIDATES
) -> list[Candidates]:
    """The ``most`` frequent rows of each of ``STYLE_TABLES``, of those that ``min_labels`` labels have.

    A row counts for a label if it is in ``MIN_PROMPTS`` prompts. Rates are added in the order of the labels.
    """
    read = map_bounded(lambda member: [*_frequent_rows(member)], members, readers(members))
    tables = [RateSums() for _ in STYLE_TABLES]
    for of_label in tracked(read, progress, "choosing features", len(members), "models"):
        for table, rows in zip(tables, of_label, strict=True):
            table.add(rows)
    return [table.candidates(min_labels, most) for table in tables]


def _frequent_rows(member: Member) -> Iterator[FrequentRows]:
    """The frequent rows of each of ``STYLE_TABLES``."""
    profile = read_style(member, MIN_PROMPTS)
    for table in STYLE_TABLES:
        grams = profile.tables[table]
        rows = rows_in(profile, grams, MIN_PROMPTS)
        rates = winsorised(grams)[rows] / max(profile.n_words, 1)
        yield FrequentRows(hashes_of(profile, table, rows), keys_of(profile, table, rows), rates)


def read_style(member: Member, min_prompts: int = 1, filters: Mapping[Table, Keys] | None = None) -> Profile:
    """The tables of a label that fingerprints are made of.

    Raises
    ------
    IncompatibleProfilesError
        If it was counted without one of them.
    """
    profile = member.read([table for table in STYLE_TABLES if table in member.spec.tables], min_prompts, filters)
    require_tables(profile, STYLE_TABLES, "fastslop")
    return profile


class RateSums:
    """Rates of one table's rows, summed as labels are added."""

    def __init__(self) -> None:
        self.index = FeatureIndex()
        self._keys: list[Keys] = []
        self._numbers: list[Ids] = []
        self._rates: list[Floats] = []

    def add(self, rows: FrequentRows) -> None:
        """Add a label's rows."""
        n_known = len(self.index)
        numbers = self.index.enter(rows.hashes)
        self._keys.append(rows.keys[numbers >= n_known])
        self._numbers.append(numbers)
        self._rates.append(rows.rates)

    def candidates(self, min_labels: int, most: int) -> Candidates:
        """The ``most`` frequent rows; of equally frequent ones those with the smaller keys."""
        keys, numbers = np.concatenate(self._keys), np.concatenate(self._numbers)
        rates = np.bincount(numbers, np.concatenate(self._rates), len(keys))
        shared = np.flatnonzero(np.bincount(numbers, minlength=len(keys)) >= min_labels)
        first = shared[np.lexsort((keys[shared], -rates[shared]))[:most]]
        chosen = first[np.argsort(keys[first])]
        column_of = np.full(len(keys), -1)
        column_of[chosen] = np.arange(len(chosen))
        return Candidates(keys[chosen], self.index, column_of)
