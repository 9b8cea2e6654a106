"""Profiles to counts by prompt of the features that a fingerprint may have, and their totals under drawn prompts.

Everything that resamples prompts stands on this: support, replicate floor, paired tests, identification. The texts are
not needed; a profile keeps every prompt's count (of more than 1,024 prompts, those of 64 blocks).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fastslop._kernels.comparing.draws import drawn_counts
from fastslop._kernels.machine.constants import N_BLOCKS
from fastslop.base.arrays import Floats, Keys, union_of_keys
from fastslop.base.errors import BadInputError
from fastslop.base.spec import KINDS, Table
from fastslop.comparing.fingerprint import MAX_FEATURES, MIN_LABELS, MIN_PROMPTS, STYLE_TABLES, Sample, require_tables
from fastslop.profiles.profile import MAX_PROMPTS, Profile
from fastslop.profiles.profile_set import Member
from fastslop.profiles.rows import filter_of, groups_of_units, hashes_of, keys_of, n_prompts_of, texts_of, winsorised
from fastslop.system.progress import Progress, silent, tracked
from fastslop.system.threads import map_bounded, n_cores

MAX_CANDIDATES = MAX_FEATURES + MAX_FEATURES // 2
"""Most candidates of each table: in replicates features from beyond the cut of ``MAX_FEATURES`` come in, but hardly any
from beyond one and a half times the cut."""


@dataclass(frozen=True)
class LabelCounts:
    """A label's counts by prompt, a row for each candidate feature that it has.

    ``columns`` i32[rows]: which candidates these are, rising. ``groups`` and ``n``: the groups of prompts that a row is
    in and its occurrences there, the most first; those of row i end at ``ends[i]``. ``n_words`` f64[groups of the
    panel]: the label's words. ``first``: how many units of other labels are before these in `PromptCounts`.
    """

    columns: NDArray[np.int32]
    ends: NDArray[np.int64]
    groups: NDArray[np.uint32]
    n: NDArray[np.integer]
    n_words: Floats
    first: int = 0


@dataclass(frozen=True)
class Draws:
    """Totals of a label under several draws of prompts.

    ``columns`` i32[rows]: candidates, as in `LabelCounts`; ``totals`` f64[draws, rows]: winsorised counts;
    ``n_prompts`` i32[draws, rows]: different prompts; ``n_words`` f64[draws].
    """

    columns: NDArray[np.int32]
    totals: Floats
    n_prompts: NDArray[np.int32]
    n_words: Floats


@dataclass(frozen=True)
class PromptCounts:
    """Counts by prompt of all labels.

    ``features``: ``kind``, ``order``, ``key`` and ``feature`` (text) of each candidate, sorted by the first three.
    ``tables`` i8[features]: the index of each one's table in ``STYLE_TABLES``. ``groups`` u64: for each panel the keys
    of its prompts, or the numbers of the 64 blocks where one of its labels has more prompts than profiles keep one by
    one. Groups are drawn, the same for all labels of a panel. ``unit_groups`` u32 and ``unit_n`` (u32, or
    i64 where these are larger): the groups and occurrences of all labels, one label after the other.
    """

    labels: tuple[str, ...]
    panels: tuple[str, ...]
    features: pl.DataFrame
    tables: NDArray[np.int8]
    groups: dict[str, NDArray[np.uint64]]
    counts: tuple[LabelCounts, ...]
    unit_groups: NDArray[np.uint32] = field(init=False)
    unit_n: NDArray[np.integer] = field(init=False)

    def __post_init__(self) -> None:
        """Make the labels' groups and occurrences parts of one array each."""
        ends = np.cumsum([len(of_label.groups) for of_label in self.counts])
        most = max(int(of_label.n.max(initial=0)) for of_label in self.counts)
        groups = np.empty(ends[-1], np.uint32)
        n = np.empty(ends[-1], np.uint32 if most <= 0xFFFFFFFF else np.int64)
        joined = list(self.counts)
        object.__setattr__(self, "counts", ())
        for i, of_label in enumerate(joined):  # one by one: what is copied is freed
            part = slice(int(ends[i]) - len(of_label.groups), int(ends[i]))
            groups[part], n[part] = of_label.groups, of_label.n
            joined[i] = replace(of_label, groups=groups[part], n=n[part], first=part.start)
        for name, value in (("counts", tuple(joined)), ("unit_groups", groups), ("unit_n", n)):
            object.__setattr__(self, name, value)

    def n_groups(self, label: int) -> int:
        """Number of prompts (or blocks) of a label's panel."""
        return len(self.groups[self.panels[label]])

    def groups_of(self, label: int) -> NDArray[np.int64]:
        """Groups of its panel, by number, in which a label has words: i64."""
        return np.flatnonzero(self.counts[label].n_words > 0)

    def draw(self, label: int, weights: Floats) -> Draws:
        """A label's totals when each group of its panel is drawn as often as ``weights`` f64[groups, draws] says."""
        counts = self.counts[label]
        weights = np.ascontiguousarray(weights, np.float64)
        shape = (weights.shape[1], len(counts.columns))
        totals, n_prompts = np.empty(shape), np.empty(shape, np.int32)
        drawn_counts(counts.ends, counts.groups, counts.n, weights, totals, n_prompts)
        return Draws(counts.columns, totals, n_prompts, counts.n_words @ weights)

    def draw_all(self, weights: dict[str, Floats]) -> list[Draws]:
        """Totals of all labels under the draws of their panels, ``weights`` being by panel (see ``draw``)."""
        labels = range(len(self.labels))
        return list(map_bounded(lambda i: self.draw(i, weights[self.panels[i]]), labels, n_cores()))

    def sample(self, rows: Sequence[tuple[Draws, int]]) -> Sample:
        """The sample whose rows are these, each given as a label's draws and the number of one of them."""
        present = [np.flatnonzero(draws.n_prompts[d]) for draws, d in rows]
        ends = np.cumsum([0, *map(len, present)])
        columns = np.concatenate([draws.columns[p] for (draws, _), p in zip(rows, present, strict=True)])
        totals = np.concatenate([draws.totals[d][p] for (draws, d), p in zip(rows, present, strict=True)])
        n_prompts = np.concatenate([draws.n_prompts[d][p] for (draws, d), p in zip(rows, present, strict=True)])
        shape = (len(rows), len(self.features))
        n_words = np.array([draws.n_words[d] for draws, d in rows])
        return Sample(
            csr_array((totals, columns, ends), shape=shape),
            csr_array((n_prompts, columns, ends), shape=shape),
            n_words,
            self.tables,
        )

    @cached_property
    def whole(self) -> Sample:
        """The sample in which every prompt is drawn once."""
        once = {panel: np.ones((len(keys), 1)) for panel, keys in self.groups.items()}
        return self.sample([(draws, 0) for draws in self.draw_all(once)])

    def batches(self, n_draws: int, share: int = 1) -> Iterator[slice]:
        """Cut draws into batches whose totals take about 100 MB, or one ``share``-th of that."""
        n_rows = sum(len(counts.columns) for counts in self.counts)
        size = max(1, min(32, 8_000_000 // share // max(n_rows, 1)))
        return (slice(first, min(first + size, n_draws)) for first in range(0, n_draws, size))


def read_prompt_counts(
    members: Sequence[Member],
    chosen_by: Sequence[Member] | None = None,
    *,
    min_labels: int = MIN_LABELS,
    progress: Progress = silent,
) -> PromptCounts:
    """Counts by prompt of the features that any method may choose for these labels, from their profiles.

    A candidate is in ``MIN_PROMPTS`` prompts of a label, and so in ``min_labels`` labels; of each table the
    ``MAX_CANDIDATES`` most frequent. A replicate has no prompt that the whole has not, so no other feature can come in;
    but where one label is to stand in several rows, what it alone has can, and ``min_labels`` must be 1. With
    ``chosen_by`` these labels alone choose the candidates.

    Raises
    ------
    BadInputError
        If no feature is a candidate.
    IncompatibleProfilesError
        If a profile was counted without a table that is needed.
    """
    features, filters = _candidates(members if chosen_by is None else chosen_by, min_labels, progress)
    if features.is_empty():
        raise BadInputError("these labels have no feature in common that each uses in two prompts: too little text")
    groups = _groups(members)
    keys = [features.filter(kind=kind, order=order)["key"].to_numpy() for kind, order in STYLE_TABLES]
    read = map_bounded(lambda m: _label_counts(_read(m, filters=filters), keys, groups[m.panel]), members, n_cores())
    counts = tuple(tracked(read, progress, "reading counts by prompt", len(members), "models"))
    tables = np.repeat(np.arange(len(keys), dtype=np.int8), [len(of_table) for of_table in keys])
    names, panels = tuple(member.name for member in members), tuple(member.panel for member in members)
    return PromptCounts(names, panels, features, tables, groups, counts)


def _read(member: Member, min_prompts: int = 1, filters: Mapping[Table, Keys] | None = None) -> Profile:
    profile = member.read([table for table in STYLE_TABLES if table in member.spec.tables], min_prompts, filters)
    require_tables(profile, STYLE_TABLES, "fastslop")
    return profile


def _candidates(
    members: Sequence[Member], min_labels: int, progress: Progress
) -> tuple[pl.DataFrame, dict[Table, Keys]]:
    """The candidates, as in `PromptCounts`, and the filters that their rows pass."""
    read = map_bounded(lambda m: _frequent_rows(_read(m, MIN_PROMPTS)), members, n_cores())
    rates = pl.concat(list(tracked(read, progress, "choosing features", len(members), "models")))
    order = pl.col("table").cast(pl.UInt8)
    chosen = (
        rates.group_by("table", "key")
        .agg(pl.col("feature", "hash").first(), rate=pl.col("rate").sort().sum(), n_labels=pl.len())
        .filter(pl.col("n_labels") >= min_labels)
        .sort("rate", "key", descending=[True, False])
        .group_by("table", maintain_order=True)
        .head(MAX_CANDIDATES)
        .sort("table", "key")
    )
    kinds = pl.Series([kind for kind, _ in STYLE_TABLES], dtype=pl.Enum(KINDS))
    orders = pl.Series([order for _, order in STYLE_TABLES], dtype=pl.UInt8)
    hashes = {table: chosen.filter(table=i)["hash"].to_numpy() for i, table in enumerate(STYLE_TABLES)}
    features = chosen.select(
        kind=kinds.gather(chosen.select(order).to_series()),
        order=orders.gather(chosen.select(order).to_series()),
        key="key",
        feature="feature",
    )
    return features, {table: filter_of([of_table]) for table, of_table in hashes.items()}


def _frequent_rows(profile: Profile) -> pl.DataFrame:
    """Rows that may count for a label: ``table`` (its index), ``key``, ``hash``, ``feature`` and ``rate``."""
    frames = []
    for i, table in enumerate(STYLE_TABLES):
        grams = profile.tables[table]
        rows = np.flatnonzero(n_prompts_of(profile, grams) >= MIN_PROMPTS)
        rate = winsorised(grams)[rows] / max(profile.n_words, 1)
        names = {"key": keys_of(profile, table, rows), "hash": hashes_of(profile, table, rows)}
        frame = names | {"feature": texts_of(profile, table, rows), "rate": rate}
        frames.append(pl.DataFrame(frame).with_columns(table=pl.lit(i, pl.Int8)))
    return pl.concat(frames)


def _groups(members: Sequence[Member]) -> dict[str, NDArray[np.uint64]]:
    """Groups drawn in each panel: its prompts, or blocks of them if the profile of a label keeps blocks only."""
    by_panel: dict[str, list[NDArray[np.uint64]]] = {}
    for member in members:
        by_panel.setdefault(member.panel, []).append(member.prompts.keys)
    return {
        panel: np.arange(N_BLOCKS, dtype=np.uint64)
        if any(len(keys) > MAX_PROMPTS for keys in all_keys)
        else union_of_keys(*all_keys)
        for panel, all_keys in by_panel.items()
    }


def _label_counts(profile: Profile, keys: Sequence[NDArray[np.uint64]], groups: NDArray[np.uint64]) -> LabelCounts:
    """Counts of a label in these groups, of the candidates with these ``keys``, by table."""
    prompts = profile.prompts
    has_blocks = len(groups) == N_BLOCKS and groups[-1] == N_BLOCKS - 1
    group_of = prompts.blocks if has_blocks else np.searchsorted(groups, prompts.keys).astype(np.uint32)
    n_words = np.zeros(len(groups))
    np.add.at(n_words, group_of, prompts.n_words)
    columns, lengths, units, occurrences = [], [], [], []
    n_before = 0
    for table, wanted in zip(STYLE_TABLES, keys, strict=True):
        grams = profile.tables[table]
        positions, rows = _matches(wanted, keys_of(profile, table))
        n_units = np.diff(grams.ends, prepend=0)[rows]
        at = np.repeat(grams.ends[rows] - np.cumsum(n_units), n_units) + np.arange(int(n_units.sum()))
        of_row = np.repeat(np.arange(len(rows)), n_units)
        order = np.lexsort((-grams.unit_n[at], of_row))
        columns.append(positions + n_before)
        lengths.append(n_units)
        units.append(groups_of_units(grams.units[at][order], group_of))
        occurrences.append(grams.unit_n[at][order])
        n_before += len(wanted)
    ends = np.cumsum(np.concatenate(lengths), dtype=np.int64)
    n = np.concatenate(occurrences)
    return LabelCounts(np.concatenate(columns).astype(np.int32), ends, np.concatenate(units), n, n_words)


def _matches(wanted: NDArray[np.uint64], keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions, rising, of the ``wanted`` keys that are among ``keys``, and the rows of these: i64 each."""
    order = np.argsort(keys)
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), max(len(keys) - 1, 0))
    is_there = keys[order[at]] == wanted if len(keys) else np.zeros(len(wanted), np.bool_)
    return np.flatnonzero(is_there), order[at[is_there]] if len(keys) else np.zeros(0, np.int64)
