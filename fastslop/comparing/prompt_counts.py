"""Profiles to counts by prompt of the features that a fingerprint may have, and their totals under drawn prompts.

Everything that resamples prompts stands on this: support, replicate floor, paired tests, identification. The texts are
not needed; a profile keeps every prompt's count (of more than 1,024 prompts, those of 64 blocks).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fastslop._kernels.comparing.draws import drawn_counts
from fastslop._kernels.comparing.prompt_counts import sorted_units
from fastslop._kernels.machine.constants import N_BLOCKS
from fastslop.base.arrays import Counts, Floats, GrowingArray, Ids, Shorts, union_of_keys
from fastslop.base.errors import BadInputError
from fastslop.base.spec import KINDS, Table
from fastslop.comparing.candidates import Candidates, choose_candidates, read_style
from fastslop.comparing.fingerprint import MIN_LABELS, STYLE_TABLES, Sample
from fastslop.profiles.profile import MAX_PROMPTS, Profile
from fastslop.profiles.profile_set import Member, readers
from fastslop.profiles.rows import hashes_of, ngram_texts
from fastslop.system.memory import trim
from fastslop.system.progress import Progress, silent, tracked
from fastslop.system.threads import map_bounded, n_cores
from fastslop.tokens.vocabulary import Vocabulary

SHORT = 1 << 16
"""Numbers below this are kept in two bytes: of 227 models there are 70 million."""
NOTHING_IN_COMMON = "these labels have no feature in common that each uses in two prompts; count more text"


@dataclass(frozen=True)
class LabelCounts:
    """A label's counts by prompt, a row for each candidate feature that it has.

    ``columns`` i32[rows]: which candidates these are, rising. ``groups`` and ``n``: the groups of prompts that a row is
    in and its occurrences there (u16, where these are small), the most first; ``n_units`` u16[rows]: in how many groups
    a row is. ``n_words`` f64[groups of the panel]: the label's words. ``first``: how many units of other labels are
    before these in `PromptCounts`.
    """

    columns: NDArray[np.int32]
    n_units: Shorts
    groups: NDArray[np.unsignedinteger]
    n: NDArray[np.integer]
    n_words: Floats
    first: int = 0

    @property
    def ends(self) -> Counts:
        """Where each row's units end among the label's, i64[rows]."""
        return np.cumsum(self.n_units, dtype=np.int64)


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


class Rows(NamedTuple):
    """Rows of a label's table that are candidates, i64: their ``columns``, rising, and the ``rows``."""

    columns: Counts
    rows: Counts


class Named(NamedTuple):
    """Candidates that a label has, by their ``columns`` i64, as tokens of its vocabulary, u32[columns, order]."""

    columns: Counts
    vocabulary: Vocabulary
    ids: Ids


class CandidateTexts:
    """Texts of one table's candidates, each from the first label that has it."""

    def __init__(self, n: int) -> None:
        self._is_known = np.zeros(n, np.bool_)
        self._columns: list[Counts] = [np.zeros(0, np.int64)]
        self._texts = [pl.Series("feature", [], pl.String)]

    def take(self, named: Named) -> None:
        """Take the texts that are not known yet from a label's candidates."""
        new = np.flatnonzero(~self._is_known[named.columns])
        self._is_known[named.columns[new]] = True
        self._columns.append(named.columns[new])
        self._texts.append(ngram_texts(named.vocabulary.tokens, named.ids[new]))

    def texts(self) -> pl.Series:
        """The texts of all candidates, by column."""
        return pl.concat(self._texts).gather(np.argsort(np.concatenate(self._columns)))


class JoinedCounts:
    """Counts of labels as parts of one array each, taken label by label, so that no label's stay apart from them."""

    def __init__(self) -> None:
        self._columns, self._n_units = GrowingArray(np.int32), GrowingArray(np.uint16)
        self._groups, self._n = GrowingArray(np.uint16), GrowingArray(np.uint16)
        self._sizes: list[tuple[int, int]] = []
        self._n_words: list[Floats] = []

    def add(self, of_label: LabelCounts) -> None:
        """Add a label's counts."""
        self._columns.extend(of_label.columns)
        self._n_units.extend(of_label.n_units)
        self._groups.extend(of_label.groups)
        self._n.extend(of_label.n)
        self._sizes.append((len(of_label.columns), len(of_label.groups)))
        self._n_words.append(of_label.n_words)

    def joined(self) -> tuple[NDArray[np.unsignedinteger], NDArray[np.integer], tuple[LabelCounts, ...]]:
        """Groups and occurrences of all units; and the labels' counts, which are parts of these."""
        columns, n_units, groups, n = (a.whole() for a in (self._columns, self._n_units, self._groups, self._n))
        by_label, row, unit = [], 0, 0
        for (n_rows, n_own), n_words in zip(self._sizes, self._n_words, strict=True):
            rows, units = slice(row, row + n_rows), slice(unit, unit + n_own)
            by_label.append(LabelCounts(columns[rows], n_units[rows], groups[units], n[units], n_words, unit))
            row, unit = rows.stop, units.stop
        return groups, n, tuple(by_label)


@dataclass(frozen=True)
class PromptCounts:
    """Counts by prompt of all labels.

    ``features``: ``kind``, ``order``, ``key`` and ``feature`` (text) of each candidate, sorted by the first three.
    ``tables`` i8[features]: the index of each one's table in ``STYLE_TABLES``. ``groups`` u64: for each panel the keys
    of its prompts, or the numbers of the 64 blocks where one of its labels has more prompts than profiles keep one by
    one. Groups are drawn, the same for all labels of a panel. ``unit_groups`` and ``unit_n``: the groups and
    occurrences of all labels, one label after the other, of which ``counts`` has the parts. Of n-grams there is one in
    ``scaled``.
    """

    labels: tuple[str, ...]
    panels: tuple[str, ...]
    features: pl.DataFrame
    tables: NDArray[np.int8]
    groups: dict[str, NDArray[np.uint64]]
    unit_groups: NDArray[np.unsignedinteger]
    unit_n: NDArray[np.integer]
    counts: tuple[LabelCounts, ...]
    scaled: int = 1

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

    def draw_all(self, weights: dict[str, Floats]) -> Iterator[Draws]:
        """Totals of all labels under the draws of their panels, ``weights`` being by panel (see ``draw``)."""
        labels = range(len(self.labels))
        return map_bounded(lambda i: self.draw(i, weights[self.panels[i]]), labels, n_cores())

    def sample(self, rows: Iterable[tuple[Draws, int]]) -> Sample:
        """The sample whose rows are these, each given as a label's draws and the number of one of them."""
        columns, totals, n_prompts = GrowingArray(np.int32), GrowingArray(np.float64), GrowingArray(np.int32)
        ends, n_words = [0], []
        for draws, d in rows:
            present = np.flatnonzero(draws.n_prompts[d])
            columns.extend(draws.columns[present])
            totals.extend(draws.totals[d][present])
            n_prompts.extend(draws.n_prompts[d][present])
            ends.append(ends[-1] + len(present))
            n_words.append(draws.n_words[d])
        shape, index = (len(n_words), len(self.features)), (columns.whole(), ends)
        return Sample(
            csr_array((totals.whole(), *index), shape=shape),
            csr_array((n_prompts.whole(), *index), shape=shape),
            np.array(n_words),
            self.tables,
        )

    def whole(self) -> Sample:
        """The sample in which every prompt is drawn once."""
        once = {panel: np.ones((len(keys), 1)) for panel, keys in self.groups.items()}
        return self.sample((draws, 0) for draws in self.draw_all(once))

    def batches(self, n_draws: int) -> Iterator[slice]:
        """Cut draws into batches whose totals take about 100 MB."""
        n_rows = sum(len(counts.columns) for counts in self.counts)
        size = max(1, min(32, 8_000_000 // max(n_rows, 1)))
        return (slice(first, min(first + size, n_draws)) for first in range(0, n_draws, size))


def read_prompt_counts(
    members: Sequence[Member],
    candidates: Sequence[Candidates] | None = None,
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
    chosen = choose_candidates(members, min_labels, progress) if candidates is None else candidates
    if not any(len(of_table.keys) for of_table in chosen):
        raise BadInputError(NOTHING_IN_COMMON)
    groups = _groups(members)
    names = [CandidateTexts(len(of_table.keys)) for of_table in chosen]
    joined = JoinedCounts()
    for of_label, named in _read(members, chosen, groups, progress):
        joined.add(of_label)
        for of_table, some in zip(names, named, strict=True):
            of_table.take(some)
    tables = np.repeat(np.arange(len(chosen), dtype=np.int8), [len(of_table.keys) for of_table in chosen])
    features = pl.concat([_features(*of_table) for of_table in zip(STYLE_TABLES, chosen, names, strict=True)])
    labels, panels = tuple(member.name for member in members), tuple(member.panel for member in members)
    trim()
    return PromptCounts(labels, panels, features, tables, groups, *joined.joined(), members[0].spec.scaled)


def with_more_labels(
    counts: PromptCounts, members: Sequence[Member], candidates: Sequence[Candidates], *, progress: Progress = silent
) -> PromptCounts:
    """The counts with those of other labels behind them, of the same ``candidates``, in panels of their own."""
    groups = _groups(members)
    joined = JoinedCounts()
    for of_label in counts.counts:
        joined.add(of_label)
    for of_label, _ in _read(members, candidates, groups, progress):
        joined.add(of_label)
    unit_groups, unit_n, by_label = joined.joined()
    return replace(
        counts,
        labels=(*counts.labels, *(member.name for member in members)),
        panels=(*counts.panels, *(member.panel for member in members)),
        groups=counts.groups | groups,
        unit_groups=unit_groups,
        unit_n=unit_n,
        counts=by_label,
    )


def _read(
    members: Sequence[Member],
    candidates: Sequence[Candidates],
    groups: Mapping[str, NDArray[np.uint64]],
    progress: Progress,
) -> Iterator[tuple[LabelCounts, list[Named]]]:
    """Counts of each label, and the candidates of each table that it has."""
    filters = {table: of_table.filter() for table, of_table in zip(STYLE_TABLES, candidates, strict=True)}

    def read(member: Member) -> tuple[LabelCounts, list[Named]]:
        profile = read_style(member, filters=filters)
        rows = [_rows_of_candidates(profile, *pair) for pair in zip(STYLE_TABLES, candidates, strict=True)]
        counts = _label_counts(profile, rows, [len(of_table.keys) for of_table in candidates], groups[member.panel])
        return counts, [_named(profile, *pair) for pair in zip(STYLE_TABLES, rows, strict=True)]

    read_ahead = map_bounded(read, members, readers(members))
    return tracked(read_ahead, progress, "reading counts by prompt", len(members), "models")


def _features(table: Table, candidates: Candidates, names: CandidateTexts) -> pl.DataFrame:
    """``kind``, ``order``, ``key`` and ``feature`` (text) of the candidates of a table."""
    n = len(candidates.keys)
    kind = pl.repeat(table[0], n, dtype=pl.Enum(KINDS), eager=True)
    order = pl.repeat(table[1], n, dtype=pl.UInt8, eager=True)
    return pl.DataFrame({"kind": kind, "order": order, "key": candidates.keys, "feature": names.texts()})


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


def _rows_of_candidates(profile: Profile, table: Table, candidates: Candidates) -> Rows:
    """The rows of a table that are candidates, by their columns."""
    columns = candidates.columns(hashes_of(profile, table, np.arange(len(profile.tables[table].n))))
    rows = np.flatnonzero(columns >= 0)
    order = np.argsort(columns[rows])
    return Rows(columns[rows[order]], rows[order])


def _named(profile: Profile, table: Table, rows: Rows) -> Named:
    return Named(rows.columns, profile.vocabulary, profile.tables[table].ids[rows.rows])


def _label_counts(
    profile: Profile, rows: Sequence[Rows], n_candidates: Sequence[int], groups: NDArray[np.uint64]
) -> LabelCounts:
    """Counts of a label in these groups, of its ``rows`` by table."""
    prompts = profile.prompts
    has_blocks = len(groups) == N_BLOCKS and groups[-1] == N_BLOCKS - 1
    group_of = prompts.blocks if has_blocks else np.searchsorted(groups, prompts.keys).astype(np.uint32)
    n_words = np.zeros(len(groups))
    np.add.at(n_words, group_of, prompts.n_words)
    sizes = [
        int(np.diff(profile.tables[t].ends, prepend=0)[r.rows].sum()) for t, r in zip(STYLE_TABLES, rows, strict=True)
    ]
    ends = [np.empty(len(of_table.rows), np.int64) for of_table in rows]
    most = max(int(profile.tables[table].unit_n.max(initial=0)) for table in STYLE_TABLES)
    units: NDArray[np.unsignedinteger] = np.empty(sum(sizes), "u2" if len(groups) <= SHORT else "u4")
    n: NDArray[np.integer] = np.empty(sum(sizes), "u2" if most < SHORT else "i8")
    begin = 0
    for table, of_table, of_rows, size in zip(STYLE_TABLES, rows, ends, sizes, strict=True):
        grams, part = profile.tables[table], slice(begin, begin + size)
        sorted_units(of_table.rows, grams.ends, grams.units, grams.unit_n, group_of, of_rows, units[part], n[part])
        of_rows += begin
        begin += size
    firsts = np.cumsum([0, *n_candidates[:-1]])
    columns = np.concatenate([of_table.columns + first for of_table, first in zip(rows, firsts, strict=True)])
    n_units = np.diff(np.concatenate(ends), prepend=0).astype(np.uint16)  # MAX_PROMPTS and N_BLOCKS at most
    return LabelCounts(columns.astype(np.int32), n_units, units, n, n_words)
