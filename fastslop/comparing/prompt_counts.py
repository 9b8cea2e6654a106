"""Profiles to counts by prompt of the features that a fingerprint may have, and their totals under drawn prompts.

Everything that resamples prompts stands on this: support, replicate floor, paired tests, identification. The texts are
not needed; a profile keeps every prompt's count (of more than 1,024 prompts, those of 64 blocks).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fastslop._kernels.comparing.draws import drawn_counts
from fastslop._kernels.comparing.prompt_counts import sorted_units
from fastslop._kernels.machine.constants import N_BLOCKS
from fastslop.base.arrays import Counts, Floats, Ids, union_of_keys
from fastslop.base.errors import BadInputError
from fastslop.base.spec import KINDS, Table
from fastslop.comparing.candidates import Candidates, choose_candidates, read_style
from fastslop.comparing.fingerprint import MIN_LABELS, STYLE_TABLES, Sample
from fastslop.profiles.profile import MAX_PROMPTS, Profile
from fastslop.profiles.profile_set import Member
from fastslop.profiles.rows import hashes_of, ngram_texts
from fastslop.system.progress import Progress, silent, tracked
from fastslop.system.threads import map_bounded, n_cores
from fastslop.tokens.vocabulary import Vocabulary

SHORT = 1 << 16
"""Numbers below this are kept in two bytes: of 227 models there are 70 million."""


@dataclass(frozen=True)
class LabelCounts:
    """A label's counts by prompt, a row for each candidate feature that it has.

    ``columns`` i32[rows]: which candidates these are, rising. ``groups`` and ``n``: the groups of prompts that a row is
    in and its occurrences there (u16, where these are small), the most first; those of row i end at ``ends[i]``.
    ``n_words`` f64[groups of the panel]: the label's words. ``first``: how many units of other labels are before these
    in `PromptCounts`.
    """

    columns: NDArray[np.int32]
    ends: NDArray[np.int64]
    groups: NDArray[np.unsignedinteger]
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


@dataclass(frozen=True)
class PromptCounts:
    """Counts by prompt of all labels.

    ``features``: ``kind``, ``order``, ``key`` and ``feature`` (text) of each candidate, sorted by the first three.
    ``tables`` i8[features]: the index of each one's table in ``STYLE_TABLES``. ``groups`` u64: for each panel the keys
    of its prompts, or the numbers of the 64 blocks where one of its labels has more prompts than profiles keep one by
    one. Groups are drawn, the same for all labels of a panel. ``unit_groups`` and ``unit_n``: the groups and
    occurrences of all labels, one label after the other; ``counts``, if it is a list, gives its own up for them.
    """

    labels: tuple[str, ...]
    panels: tuple[str, ...]
    features: pl.DataFrame
    tables: NDArray[np.int8]
    groups: dict[str, NDArray[np.uint64]]
    counts: Sequence[LabelCounts]
    unit_groups: NDArray[np.unsignedinteger] = field(init=False)
    unit_n: NDArray[np.integer] = field(init=False)

    def __post_init__(self) -> None:
        """Make the labels' groups and occurrences parts of one array each."""
        joined = self.counts if isinstance(self.counts, list) else list(self.counts)
        ends = np.cumsum([len(of_label.groups) for of_label in joined])
        groups = np.empty(ends[-1], np.result_type(*(of_label.groups for of_label in joined)))
        n = np.empty(ends[-1], np.result_type(*(of_label.n for of_label in joined)))
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
        raise BadInputError("these labels have no feature in common that each uses in two prompts: too little text")
    groups = _groups(members)
    filters = {table: of_table.filter() for table, of_table in zip(STYLE_TABLES, chosen, strict=True)}
    names = [CandidateTexts(len(of_table.keys)) for of_table in chosen]

    def read(member: Member) -> tuple[LabelCounts, list[Named]]:
        profile = read_style(member, filters=filters)
        rows = [_rows_of_candidates(profile, *pair) for pair in zip(STYLE_TABLES, chosen, strict=True)]
        counts = _label_counts(profile, rows, [len(of_table.keys) for of_table in chosen], groups[member.panel])
        return counts, [_named(profile, *pair) for pair in zip(STYLE_TABLES, rows, strict=True)]

    counts = []
    read_ahead = map_bounded(read, members, n_cores())
    for of_label, named in tracked(read_ahead, progress, "reading counts by prompt", len(members), "models"):
        counts.append(of_label)
        for of_table, some in zip(names, named, strict=True):
            of_table.take(some)
    tables = np.repeat(np.arange(len(chosen), dtype=np.int8), [len(of_table.keys) for of_table in chosen])
    features = pl.concat([_features(*of_table) for of_table in zip(STYLE_TABLES, chosen, names, strict=True)])
    labels, panels = tuple(member.name for member in members), tuple(member.panel for member in members)
    return PromptCounts(labels, panels, features, tables, groups, counts)


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
    return LabelCounts(columns.astype(np.int32), np.concatenate(ends), units, n, n_words)
