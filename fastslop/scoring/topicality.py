"""Topicality: how far the prompt decides whether a feature is used, from what labels say to the same prompts.

A topic is what a prompt calls for: if one label's answer to a prompt has it, so have many of the others' answers to
that prompt, and few of their answers to other prompts. A cliché is used whatever the prompt. Church (2000, *Empirical
estimates of adaptation*, COLING) tells content words so, by the second half of a document whose first half has them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import BLOCK_FLAG
from fastslop._kernels.scoring.agreement import count_agreement
from fastslop.base.arrays import Counts, Floats, GrowingArray, Keys, union_of_keys
from fastslop.base.spec import Table
from fastslop.profiles.profile_set import Member, readers
from fastslop.profiles.rows import filter_of, hashes_of, rows_of
from fastslop.scoring.candidates import Index
from fastslop.system.memory import Gaps, trim
from fastslop.system.progress import Progress, tracked
from fastslop.system.threads import map_bounded

_ByPlace = tuple[Counts, NDArray[np.float32]]
"""Places i64 of features, rising, and the columns f32[3, features] of their `Agreement`."""
SHORT = 1 << 16
"""Prompts below this number are kept in two bytes."""
LEAST_AGREED = 5
"""Answers that have a feature together, or would if it were a topic, from which its topicality is told: the least
expected count for which a comparison with chance is held to be safe (Cochran 1954)."""
FAIR = 0.2
"""Topicality above which a feature may be a topic: what Landis and Koch (1977) call a fair agreement."""
LEAST_RATIO = 10.0
"""How many times as often as elsewhere other answers to a prompt must have a topic. Where prompts are of a few genres,
what one of these calls for is found as many times as often as there are genres: twice, where half are stories."""


class Agreement(NamedTuple):
    """Agreement of other labels on the prompts of features, f64[features].

    Of the ``answers`` that other labels gave to the prompts to which a label's answers have the feature, ``agreed``
    have it too; ``expected`` would if they had it as often as their answers to all other prompts.
    """

    agreed: Floats
    answers: Floats
    expected: Floats

    @property
    def topicality(self) -> pl.Series:
        """The share of agreement that is possible beyond chance and is there (kappa of Cohen 1960), from 0 to 1.

        Null where fewer than ``LEAST_AGREED`` answers have the feature, and fewer would if topicality were ``FAIR``.
        """
        beyond = np.maximum(self.agreed - self.expected, 0.0)
        possible = self.answers - self.expected
        share = np.divide(beyond, possible, out=np.zeros(len(beyond)), where=possible > 0)
        return self._where_told("topicality", pl.Series(np.minimum(share, 1.0)))

    @property
    def is_topic(self) -> pl.Series:
        """Whether topicality is above ``FAIR``, and agreement ``LEAST_RATIO`` times the expected; null as there."""
        is_narrow = pl.Series(self.agreed >= LEAST_RATIO * self.expected)
        return self._where_told("is_topic", is_narrow & (self.topicality > FAIR))

    @property
    def elsewhere(self) -> Floats:
        """How often answers to other prompts have a feature, as a share of how often answers to its own have it.

        It is what is left of a rate where no prompt calls for the feature: 1 at most, and 1 where that is not told.
        """
        is_told = np.maximum(self.agreed, FAIR * self.answers) >= LEAST_AGREED
        share = np.divide(self.expected, self.agreed, out=np.ones(len(self.agreed)), where=is_told & (self.agreed > 0))
        return np.minimum(share, 1.0)

    def _where_told(self, name: str, values: pl.Series) -> pl.Series:
        is_told = pl.Series(np.maximum(self.agreed, FAIR * self.answers) >= LEAST_AGREED)
        return pl.select(pl.when(is_told).then(values).alias(name)).to_series()


class _Uses(NamedTuple):
    """Features that a label has, by their ``places`` i64, and the prompts that each is in, up to ``ends`` i64.

    ``is_known``: whether its prompts are known; else it has none here.
    """

    places: Counts
    is_known: NDArray[np.bool_]
    ends: Counts
    prompts: NDArray[np.unsignedinteger]


@dataclass(frozen=True)
class Topics:
    """Agreement on features of labels.

    ``place_of`` i64: the place of each feature of an index among those that were looked at, -1 for the others;
    ``by_label``: what each label agrees on; ``sums`` f64[3, places]: the columns of `Agreement` summed over labels.
    """

    place_of: Mapping[Table, Counts]
    by_label: Mapping[str, _ByPlace]
    sums: Floats

    @staticmethod
    def none() -> Topics:
        """Agreement on nothing."""
        return Topics({}, {}, np.zeros((3, 0)))

    def of(self, label: str, table: Table, numbers: NDArray[np.integer]) -> Agreement:
        """Agreement with a label on its features of these numbers in the index of a table."""
        places, columns = self.by_label.get(label, (np.zeros(0, np.int64), np.zeros((3, 0), np.float32)))
        wanted = self._places(table, numbers)
        padded = np.append(places, -1)  # whoever finds nothing finds the last
        at = np.searchsorted(places, wanted)
        is_known = (padded[at] == wanted) & (wanted >= 0)
        agreement = np.zeros((3, len(numbers)))
        agreement[:, is_known] = columns[:, at[is_known]]
        return Agreement(*agreement)

    def pooled(self, table: Table, numbers: NDArray[np.integer]) -> Agreement:
        """Agreement with all labels, added up."""
        padded = np.concatenate([self.sums, np.zeros((3, 1))], axis=1)  # the place -1
        return Agreement(*padded[:, self._places(table, numbers)])

    def _places(self, table: Table, numbers: NDArray[np.integer]) -> Counts:
        """The places of features of these numbers, -1 for those that were not looked at."""
        return self.place_of[table][numbers] if table in self.place_of else np.full(len(numbers), -1)


def read_topics(members: Sequence[Member], index: Index, chosen: Mapping[Table, Counts], progress: Progress) -> Topics:
    """Agreement of the labels of each panel on features ``chosen`` of an index, by their numbers i64.

    Labels count in which prompts a feature is, not how often. Features whose prompts a label does not know, being kept
    by blocks of prompts, agree on nothing.
    """
    place_of, n_places = {}, 0
    for table, numbers in chosen.items():
        place_of[table] = np.full(len(index[table]), -1)
        place_of[table][numbers] = np.arange(n_places, n_places + len(numbers))
        n_places += len(numbers)
    filters = {table: filter_of([index[table].hashes[numbers]]) for table, numbers in chosen.items()}
    panels: dict[str, list[Member]] = {}
    for member in members:
        panels.setdefault(member.panel, []).append(member)
    read = partial(_uses, index=index, place_of=place_of, filters=filters)
    by_label: dict[str, _ByPlace] = {}
    for inside in panels.values():
        if len(inside) > 1 and n_places:
            by_label |= _agreement_of(inside, read, progress)
    sums = np.zeros((3, n_places))
    for places, columns in by_label.values():
        sums[:, places] += columns
    trim()
    return Topics(place_of, by_label, sums)


def _agreement_of(
    members: Sequence[Member], read: Callable[[Member, Keys], _Uses], progress: Progress
) -> dict[str, _ByPlace]:
    """What `Topics` has of each label of a panel."""
    keys = union_of_keys(*(member.prompts.keys for member in members))
    n_labels = np.zeros(len(keys), np.int64)
    for member in members:
        n_labels[np.searchsorted(keys, member.prompts.keys)] += 1
    n_prompts = np.array([len(member.prompts.keys) for member in members])
    places, is_known, n_uses, prompts = (GrowingArray(dtype) for dtype in (np.int64, np.bool_, np.int64, np.uint16))
    n_rows, gaps = [], Gaps()
    read_ahead = map_bounded(lambda member: read(member, keys), members, readers(members))
    for own in tracked(read_ahead, progress, "telling topics", len(members), "models"):
        n_rows.append(len(own.places))
        places.extend(own.places)
        is_known.extend(own.is_known)
        n_uses.extend(np.diff(own.ends, prepend=0))
        prompts.extend(own.prompts)
        gaps.give_back()
    features, labels = places.whole(), np.repeat(np.arange(len(members)), n_rows)
    out = np.empty((3, len(features)), np.float32)
    order, ends = np.argsort(features, kind="stable"), np.cumsum(n_uses.whole(), dtype=np.int64)
    count_agreement(order, features, labels, ends, prompts.whole(), n_prompts, n_labels, out)
    out[:, np.isin(features, features[~is_known.whole()])] = 0
    by_label, begin = {}, 0
    for member, n in zip(members, n_rows, strict=True):
        rising = begin + np.argsort(features[begin : begin + n])
        by_label[member.name] = features[rising], out[:, rising]
        begin += n
    return by_label


def _uses(
    member: Member, keys: Keys, index: Index, place_of: Mapping[Table, Counts], filters: Mapping[Table, Keys]
) -> _Uses:
    """The features that a label has, of those that have a place, and their prompts, by their rank among ``keys``."""
    profile = member.read(tuple(filters), filters=filters)
    prompt_of = np.searchsorted(keys, profile.prompts.keys).astype("u2" if len(keys) <= SHORT else "u4")
    of_tables = []
    for table in filters:
        grams = profile.tables[table]
        numbers = index[table].find(hashes_of(profile, table, np.arange(len(grams.n))))
        places = np.where(numbers >= 0, place_of[table][numbers], -1)
        kept = rows_of(grams, np.flatnonzero(places >= 0))
        n_units, is_prompt = np.diff(kept.ends, prepend=0), (kept.units & BLOCK_FLAG) == 0
        is_known = is_prompt[kept.ends - n_units]
        of_tables.append((places[places >= 0], is_known, n_units * is_known, prompt_of[kept.units[is_prompt]]))
    places, is_known, n_uses, prompts = (np.concatenate(columns) for columns in zip(*of_tables, strict=True))
    return _Uses(places, is_known, np.cumsum(n_uses), prompts)
