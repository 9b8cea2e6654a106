"""Strata of prompts: those that the same labels answered, so that each is held against answers to its own prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastslop.base.arrays import Counts, Ids, Keys, union_of_keys
from fastslop.profiles.profile import MAX_PROMPTS, Prompts
from fastslop.profiles.profile_set import Member, comparison_groups

LEAST_SHARE = 0.05
"""Share of the prompts that the same labels must have answered for these to be a stratum of their own: a few answers
that are missing here and there, having been refused or set aside, make none."""
MOST_UNSHARED = 0.5
"""Share of a label's words that may answer prompts of its own, above which it is said."""
LABELS_NAMED = 5
"""Most labels named in one note."""


@dataclass(frozen=True)
class Strata:
    """Strata of the prompts of labels that are measured against each other.

    ``keys`` u64: the prompts, none if they are all of one stratum; ``numbers`` u32: the stratum of each. ``has``
    bool[strata, labels]: which labels answered those of a stratum; ``n_words`` i64[strata, labels]: their words there.
    ``is_by_blocks``: that labels answered different prompts, but of some only blocks are kept: one stratum.
    """

    labels: tuple[str, ...]
    keys: Keys
    numbers: Ids
    has: NDArray[np.bool_]
    n_words: Counts
    is_by_blocks: bool = False

    def __len__(self) -> int:
        return len(self.has)

    def of(self, prompts: Prompts) -> Ids:
        """The stratum u32 of each prompt of one of the labels."""
        if not len(self.keys):
            return np.zeros(len(prompts.keys), np.uint32)
        return self.numbers[np.searchsorted(self.keys, prompts.keys)]

    def others(self, stratum: int, label: int) -> Counts:
        """Words of each other label that answered the prompts of a stratum, i64; of those that have any."""
        is_other = self.has[stratum] & (self.n_words[stratum] > 0)
        is_other[label] = False
        return np.asarray(self.n_words[stratum, is_other])


def strata_by_panel(members: Sequence[Member]) -> dict[str, Strata]:
    """The strata of the labels that those of each panel are measured against.

    A label that is alone in its panel is measured against all others, whose prompts are not its own: one stratum.
    """
    return {
        panel: _strata(inside) if all(member.panel == panel for member in inside) else _one_stratum(inside)
        for panel, inside in comparison_groups(members).items()
    }


def _one_stratum(members: Sequence[Member], is_by_blocks: bool = False) -> Strata:
    names, n_words = tuple(member.name for member in members), np.array([[member.n_words for member in members]])
    none = np.zeros(0, np.uint64)
    return Strata(names, none, none.astype(np.uint32), np.ones((1, len(names)), np.bool_), n_words, is_by_blocks)


def _strata(members: Sequence[Member]) -> Strata:
    """Prompts by which labels answered them; where these are few, they go to the stratum whose labels differ least."""
    keys = union_of_keys(*(member.prompts.keys for member in members))
    answered = np.stack([np.isin(keys, member.prompts.keys) for member in members], axis=1)
    patterns, pattern_of, counts = np.unique(answered, axis=0, return_inverse=True, return_counts=True)
    large = np.flatnonzero(counts >= LEAST_SHARE * len(keys))
    if len(large) < 2:
        return _one_stratum(members)
    if any(len(member.prompts.keys) > MAX_PROMPTS for member in members):
        return _one_stratum(members, is_by_blocks=True)
    large = large[np.argsort(-counts[large], kind="stable")]  # of two as near, the larger is taken
    nearest = np.argmin((patterns[:, None] != patterns[large][None]).sum(axis=2), axis=1).astype(np.uint32)
    numbers = nearest[pattern_of.reshape(-1)]
    n_words = np.zeros((len(large), len(members)), np.int64)
    for i, member in enumerate(members):
        np.add.at(n_words[:, i], numbers[np.searchsorted(keys, member.prompts.keys)], member.prompts.n_words)
    return Strata(tuple(member.name for member in members), keys, numbers, patterns[large], n_words)


def notes_of(by_panel: Mapping[str, Strata]) -> tuple[str, ...]:
    """What a reader must know of labels that did not answer the same prompts."""
    different = [name for strata in by_panel.values() for name in _different(strata)]
    alone = [name for strata in by_panel.values() for name in _mostly_alone(strata)]
    notes = []
    if different:
        notes.append(
            f"not all models answered the same prompts ({_some(different)} did not answer some): n-grams and marks of "
            "each are scored against what others wrote to the prompts that it answered"
        )
    if alone:
        notes.append(
            f"most of what {_some(alone)} wrote answers prompts that no other model of the panel answered: n-grams and "
            "marks of all of it are scored against what others wrote to the rest of its prompts, or to any prompt if "
            "there is no rest"
        )
    if any(strata.is_by_blocks for strata in by_panel.values()):
        notes.append(
            f"not all models answered the same prompts, and there are more than {MAX_PROMPTS:,}: n-grams and marks are "
            "scored against all that others wrote"
        )
    return tuple(notes)


def _different(strata: Strata) -> list[str]:
    return [name for i, name in enumerate(strata.labels) if not strata.has[:, i].all()]


def _mostly_alone(strata: Strata) -> list[str]:
    """Labels of most of whose words no other label answered the prompts."""
    alone = []
    for i, name in enumerate(strata.labels):
        own = strata.n_words[:, i]
        unshared = sum(own[s] for s in range(len(strata)) if not len(strata.others(s, i)))
        if len(strata) > 1 and unshared > MOST_UNSHARED * own.sum():
            alone.append(name)
    return alone


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:LABELS_NAMED]) + (" and others" if len(names) > LABELS_NAMED else "")
