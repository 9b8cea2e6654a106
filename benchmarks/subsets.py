"""Some of the generations of each label, and the distances between them by each method, from profiles alone.

Texts are never read again: a profile keeps the counts of every prompt (of more than 1,024 prompts, of 64 blocks).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import squareform

from fastslop._kernels.machine.constants import BLOCK_FLAG
from fastslop._kernels.profiles.packed_rows import NgramRows
from fastslop.base.arrays import Keys
from fastslop.base.spec import Table
from fastslop.comparing.distances import distances
from fastslop.comparing.fingerprint import MIN_LABELS, MIN_PROMPTS, style_gram
from fastslop.comparing.prompt_counts import Draws, JoinedCounts, LabelCounts, PromptCounts
from fastslop.comparing.prompt_products import drawn_products
from fastslop.comparing.slop_forensics import jaccard, slop_forensics_matrix
from fastslop.profiles.merge import sum_of
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member
from fastslop.profiles.rows import prune

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Measure = Callable[[Floats, Sequence[str]], Floats]


@dataclass(frozen=True)
class Texts:
    """What a label wrote for the prompts that are ``kept``, bool[groups of its panel].

    For those ``replaced``, what the label ``source``, of the same panel, wrote for them.
    """

    label: int
    kept: Bools
    source: int | None = None
    replaced: Bools | None = None

    @property
    def parts(self) -> list[tuple[int, Bools]]:
        """Each label that wrote of it, and for which prompts."""
        if self.source is None or self.replaced is None:
            return [(self.label, self.kept)]
        return [(self.label, self.kept & ~self.replaced), (self.source, self.kept & self.replaced)]


class Method(Protocol):
    """A fingerprint and its distance."""

    name: str

    def distances(self, texts: Sequence[Texts], panels: Sequence[str]) -> Floats:
        """f64[texts, texts]; ``panels`` says which texts answer the same prompts."""
        ...

    def within(self, texts: Sequence[Texts]) -> Floats:
        """f64[texts, texts], of texts that are one panel."""
        ...


class Style:
    """The default fingerprint."""

    def __init__(self, counts: PromptCounts, measure: Measure = distances, name: str = "fastslop") -> None:
        self.counts, self.measure, self.name = counts, measure, name

    def distances(self, texts: Sequence[Texts], panels: Sequence[str]) -> Floats:
        """As ``distances.distances`` between panels, features winsorised and chosen anew."""
        condensed = self.measure(self._gram(texts), panels)
        return np.asarray(squareform(condensed))

    def within(self, texts: Sequence[Texts]) -> Floats:
        """As ``compare``: prompt by prompt as well, by the candidates that these texts alone would have."""
        panels = [self.counts.panels[some.label] for some in texts]
        alone = with_candidates(counts_of(self.counts, texts, panels))
        never = {panel: np.zeros((len(keys), 0)) for panel, keys in alone.groups.items()}
        condensed = distances(self._gram(texts), panels, drawn_products(alone, never).whole())
        return np.asarray(squareform(condensed))

    def _gram(self, texts: Sequence[Texts]) -> Floats:
        return style_gram(self.counts.sample([(self._draw(some), 0) for some in texts]))

    def _draw(self, texts: Texts) -> Draws:
        if len(texts.parts) == 1:
            return self.counts.draw(texts.label, texts.kept[:, None].astype(np.float64))
        mixed = joined([(self.counts.counts[label], kept) for label, kept in texts.parts])
        alone = replace(self.counts, panels=(self.counts.panels[texts.label],), counts=(mixed,))
        return alone.draw(0, np.ones((len(texts.kept), 1)))


def counts_of(counts: PromptCounts, texts: Sequence[Texts], panels: Sequence[str]) -> PromptCounts:
    """Counts by prompt of these texts, each of one of these panels, which have the prompts that their texts answer."""
    used: dict[str, Bools] = {}
    keys: dict[str, Keys] = {}
    for some, panel in zip(texts, panels, strict=True):
        used[panel] = used.get(panel, False) | some.kept
        keys[panel] = counts.groups[counts.panels[some.label]]
    by_text = JoinedCounts()
    for some, panel in zip(texts, panels, strict=True):
        own = joined([(counts.counts[label], kept) for label, kept in some.parts])
        by_text.add(renumbered(own, used[panel]))
    unit_groups, unit_n, of_texts = by_text.joined()
    return replace(
        counts,
        labels=tuple(counts.labels[some.label] for some in texts),
        panels=tuple(panels),
        groups={panel: keys[panel][kept] for panel, kept in used.items()},
        unit_groups=unit_groups,
        unit_n=unit_n,
        counts=of_texts,
    )


def with_candidates(counts: PromptCounts) -> PromptCounts:
    """The same counts without the features that too few of these labels have in two prompts."""
    n_labels = np.zeros(len(counts.features), np.int64)
    for own in counts.counts:
        n_labels[own.columns[own.n_units >= MIN_PROMPTS]] += 1
    by_label = JoinedCounts()
    for own in counts.counts:
        by_label.add(_with_rows(own, n_labels[own.columns] >= MIN_LABELS))
    unit_groups, unit_n, of_labels = by_label.joined()
    return replace(counts, unit_groups=unit_groups, unit_n=unit_n, counts=of_labels)


def _with_rows(counts: LabelCounts, kept: Bools) -> LabelCounts:
    """Only those rows of a label's counts."""
    units = np.repeat(kept, counts.n_units)
    return LabelCounts(
        counts.columns[kept], counts.n_units[kept], counts.groups[units], counts.n[units], counts.n_words
    )


def joined(parts: Sequence[tuple[LabelCounts, Bools]]) -> LabelCounts:
    """One label's counts from several labels' for prompts that have nothing in common."""
    columns, groups, n = [], [], []
    for counts, kept in parts:
        is_kept = kept[counts.groups]
        columns.append(np.repeat(counts.columns, counts.n_units)[is_kept])
        groups.append(counts.groups[is_kept])
        n.append(counts.n[is_kept])
    column, group, count = np.concatenate(columns), np.concatenate(groups), np.concatenate(n)
    order = np.lexsort((group, -count.astype(np.int64), column))
    rows, lengths = np.unique(column, return_counts=True)
    n_words = np.sum([np.where(kept, counts.n_words, 0.0) for counts, kept in parts], axis=0)
    return LabelCounts(rows, lengths.astype(np.uint16), group[order], count[order], n_words)


def on_prompts(counts: PromptCounts, kept: Mapping[str, Bools]) -> PromptCounts:
    """Counts as of profiles of these prompts alone, ``kept`` bool[groups] by panel."""
    by_label = JoinedCounts()
    for of_label, panel in zip(counts.counts, counts.panels, strict=True):
        by_label.add(renumbered(joined([(of_label, kept[panel])]), kept[panel]))
    unit_groups, unit_n, of_labels = by_label.joined()
    groups = {panel: keys[kept[panel]] for panel, keys in counts.groups.items()}
    return with_candidates(replace(counts, groups=groups, unit_groups=unit_groups, unit_n=unit_n, counts=of_labels))


def renumbered(counts: LabelCounts, groups: Bools) -> LabelCounts:
    """A label's counts where its panel has these groups alone, bool[groups before]; it has text in no other."""
    place = np.cumsum(groups) - 1
    return replace(counts, groups=place[counts.groups].astype(np.uint16), n_words=counts.n_words[groups])


class SlopForensics:
    """slop-forensics' fingerprint, of profiles that are cut down to some prompts.

    Rows seen in one prompt only can enter in no subset, and are left out at once. (In a mixture, one seen once in each
    of its two parts could: it would have to be among the 200 most frequent.)
    """

    name = "slop-forensics"
    tables: tuple[Table, ...] = (("word", 1), ("content", 2), ("content", 3))

    def __init__(self, members: Sequence[Member], counts: PromptCounts) -> None:
        self.profiles = [prune(member.read(self.tables), 2) for member in members]
        self.groups = [
            group_of_prompts(profile, counts.groups[member.panel])
            for profile, member in zip(self.profiles, members, strict=True)
        ]

    def distances(self, texts: Sequence[Texts], panels: Sequence[str]) -> Floats:
        """Jaccard distances between lists made anew."""
        names = [str(i) for i in range(len(texts))]
        matrix = slop_forensics_matrix(names, (self._profile(some) for some in texts))
        return np.asarray(squareform(jaccard(matrix)))

    def within(self, texts: Sequence[Texts]) -> Floats:
        """The same distances."""
        return self.distances(texts, [""] * len(texts))

    def _profile(self, texts: Texts) -> Profile:
        parts = [restricted(self.profiles[label], kept, self.groups[label]) for label, kept in texts.parts]
        if len(parts) == 1:
            return parts[0]
        # Pruned as they are, they may be added up: see above.
        own, other = (replace(part, label="mixed", sources=frozenset(), pruned=None) for part in parts)
        return sum_of(own, other)


def group_of_prompts(profile: Profile, groups: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The place among its panel's groups of each prompt of a profile; of its blocks where groups are blocks."""
    if np.isin(profile.prompts.keys, groups).all():
        return np.searchsorted(groups, profile.prompts.keys)
    return profile.prompts.blocks.astype(np.int64)


def restricted(profile: Profile, kept: Bools, group_of: NDArray[np.int64]) -> Profile:
    """The profile's rows with what they have in the groups of prompts that are kept."""
    tables = {}
    for table, grams in profile.tables.items():
        in_blocks = (grams.units & BLOCK_FLAG) != 0
        unit_kept = kept[np.where(in_blocks, grams.units ^ BLOCK_FLAG, group_of[np.where(in_blocks, 0, grams.units)])]
        n_units = np.diff(np.cumsum(unit_kept)[grams.ends - 1], prepend=0)
        n = np.diff(np.cumsum(grams.unit_n * unit_kept)[grams.ends - 1], prepend=0)
        rows = n_units > 0
        tables[table] = NgramRows(
            ids=grams.ids[rows],
            n=n[rows],
            n_docs=n_units[rows],
            ends=np.cumsum(n_units[rows]),
            units=grams.units[unit_kept],
            unit_n=grams.unit_n[unit_kept],
        )
    return replace(profile, tables=tables)
