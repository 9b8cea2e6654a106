"""Genres: prompts of a kind, such as stories and essays, told from each other by the words of their answers.

A pooled list of several genres holds mostly what the one has more of than the other. Prompts are clustered by the most
frequent words of their answers, and a partition stands if the two halves of the labels agree on it, and if its parts
stand apart.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop.base.arrays import Counts, Floats, Keys, union_of_keys
from fastslop.base.hashing import hash_strings
from fastslop.lists.clusters import adjusted_rand_index, clusters_of, principal_components, silhouette
from fastslop.profiles.profile import MAX_PROMPTS
from fastslop.profiles.profile_set import Member, ProfileSet, readers
from fastslop.scoring.pooled import LISTED_ORDERS, PooledFeatures, listed_table
from fastslop.scoring.score import Scores
from fastslop.scoring.slop_score import SINGLE_WORDS
from fastslop.system.threads import map_bounded

N_WORDS = 500
"""Words by which prompts are clustered: the most frequent, over labels of equal weight."""
N_COMPONENTS = 10
"""Principal components of these words' rates in which prompts are clustered: what is beyond is mostly noise."""
MOST_GENRES = 4
MIN_PROMPTS = 20
"""Least prompts of a genre: with fewer, intervals are so wide that hardly a word is surely overused."""
MIN_AGREEMENT = 0.8
"""Least adjusted Rand index of the two halves of the labels: from here on recovery is good (Steinley 2004, Properties
of the Hubert-Arabie adjusted Rand index, *Psychological Methods* 9)."""
MIN_SILHOUETTE = 0.25
"""Least mean silhouette: below, there is no substantial structure (Kaufman & Rousseeuw 1990, *Finding Groups in Data*,
table 4). Halves agree on where to cut a continuum, too; that there is a gap is told by this."""
NAME_WORDS = 3
"""Words in the name of a genre that was found."""


@dataclass(frozen=True)
class Genre:
    """Prompts of a kind, by their keys u64, rising."""

    name: str
    prompts: Keys

    def of(self, profiles: ProfileSet) -> ProfileSet:
        """The profiles of these prompts alone, of the labels that answered one of them; of tables those of lists."""
        tables = [
            table for order in LISTED_ORDERS if (table := listed_table(profiles.spec, order)) in profiles.spec.tables
        ]
        members = [member.on_prompts(self.prompts, tables) for member in profiles.members]
        return ProfileSet([member for member in members if len(member.prompts.keys)])


class _Answers(NamedTuple):
    """What the answers to prompts have of words.

    ``prompts`` u64: their keys; ``roots`` f64[2, prompts, words]: the root of each word's share, as the mean over the
    labels of each of two halves; ``n_labels`` i64[2, prompts]: how many labels of each answered; ``words``.
    """

    prompts: Keys
    roots: Floats
    n_labels: Counts
    words: list[str]

    @property
    def whole(self) -> Floats:
        """The means over all labels, f64[prompts, words]."""
        return np.asarray((self.roots * self.n_labels[:, :, None]).sum(axis=0) / self.n_labels.sum(axis=0)[:, None])

    def at(self, kept: NDArray[np.bool_]) -> _Answers:
        """The prompts that are kept."""
        return _Answers(self.prompts[kept], self.roots[:, kept], self.n_labels[:, kept], self.words)


def find_genres(profiles: ProfileSet, scores: Scores) -> tuple[Genre, ...]:
    """The genres of the prompts of scored profiles, in the order of their names; none where all are of one kind.

    None are looked for where labels are of several panels, or a label has more than 1,024 prompts. Prompts that too
    few labels answered, one of each half at least, are of no genre.
    """
    members = sorted(profiles.members, key=_by_content)
    words = scores.pooled.get(SINGLE_WORDS)
    if len({member.panel for member in members}) > 1 or len(members) < 2 or words is None or not len(words.n):
        return ()
    n_prompts = [len(member.prompts.keys) for member in members]
    if max(n_prompts) > MAX_PROMPTS or max(n_prompts) < 2 * MIN_PROMPTS:
        return ()
    answers = _read_answers(members, _frequent_words(words))
    answers = answers.at(np.all(answers.n_labels > 0, axis=0))
    clusters = _best_partition(answers)
    if clusters is None:
        return ()
    names = _names(answers, clusters, profiles.spec.stopwords)
    return tuple(sorted((Genre(name, answers.prompts[clusters == i]) for i, name in enumerate(names)), key=_name_of))


def _name_of(genre: Genre) -> str:
    return genre.name


def _by_content(member: Member) -> tuple[int, int, bytes, str]:
    """The order in which labels take turns in two halves: it does not depend on their names."""
    prompts = member.prompts
    return member.n_words, int(prompts.n_bytes.sum()), prompts.n_words.tobytes(), member.name


def _best_partition(answers: _Answers) -> Counts | None:
    """The clusters of prompts that stand farthest apart, of the partitions that both halves of the labels find."""
    if len(answers.prompts) < 2 * MIN_PROMPTS:
        return None
    one, other = (principal_components(half, N_COMPONENTS) for half in answers.roots)
    points = principal_components(answers.whole, N_COMPONENTS)
    best, apart = None, MIN_SILHOUETTE
    for k in range(2, MOST_GENRES + 1):
        clusters = clusters_of(points, k)
        if np.bincount(clusters, minlength=k).min() < MIN_PROMPTS or (width := silhouette(points, clusters)) < apart:
            continue
        if adjusted_rand_index(clusters_of(one, k), clusters_of(other, k)) >= MIN_AGREEMENT:
            best, apart = clusters, width
    return best


def _names(answers: _Answers, clusters: Counts, stopwords: Collection[str]) -> list[str]:
    """A name for each cluster: the words, without stopwords, of which its answers have most more than all others'.

    Differences of the mean roots are in units of their deviation within clusters.
    """
    roots = answers.whole
    means = np.array([roots[clusters == i].mean(axis=0) for i in range(clusters.max() + 1)])
    within = np.sqrt(((roots - means[clusters]) ** 2).mean(axis=0))
    names = []
    for i, own in enumerate(means):
        beyond = (own - np.delete(means, i, axis=0).max(axis=0)) / np.maximum(within, 1e-9)
        order = np.lexsort((answers.words, -beyond))
        marks = [answers.words[j] for j in order if answers.words[j] not in stopwords]
        names.append("-".join(marks[:NAME_WORDS]))
    return names


def _read_answers(members: Sequence[Member], words: Sequence[str]) -> _Answers:
    """The answers of labels, every other one of which is in the same half."""
    keys = hash_strings(list(words))
    order = np.argsort(keys)
    prompts = union_of_keys(*(member.prompts.keys for member in members))
    sums, n_labels = np.zeros((2, len(prompts), len(words))), np.zeros((2, len(prompts)), np.int64)
    read = map_bounded(lambda member: _roots(member, keys[order]), members, readers(members))
    for i, (member, roots) in enumerate(zip(members, read, strict=True)):
        at = np.searchsorted(prompts, member.prompts.keys)
        sums[i % 2, at] += roots
        n_labels[i % 2, at] += 1
    means = sums / np.maximum(n_labels, 1)[:, :, None]
    return _Answers(prompts, means, n_labels, [words[i] for i in order.tolist()])


def _roots(member: Member, keys: Keys) -> Floats:
    """Roots of the shares of words, given by their keys, rising, in a label's answers: f64[prompts, words]."""
    profile = member.read([SINGLE_WORDS])
    grams = profile.tables[SINGLE_WORDS]
    own = profile.vocabulary.keys[grams.ids[:, 0]]
    words = np.searchsorted(keys, own).clip(max=len(keys) - 1)
    is_in = np.repeat(keys[words] == own, np.diff(grams.ends, prepend=0))
    units, words = grams.units[is_in], np.repeat(words, np.diff(grams.ends, prepend=0))[is_in]
    shares = np.zeros((profile.n_prompts, len(keys)))
    shares[units, words] = grams.unit_n[is_in] / np.maximum(profile.prompts.n_words, 1)[units]
    return np.sqrt(shares)


def _frequent_words(pooled: PooledFeatures) -> list[str]:
    """The ``N_WORDS`` most frequent words; of equally frequent ones the first in order."""
    rates = pl.DataFrame({"word": pooled.texts, "rate": pooled.rate.round(6)})  # sums depend on the order of labels
    return rates.sort("rate", "word", descending=[True, False])["word"].head(N_WORDS).to_list()
