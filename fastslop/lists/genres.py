"""Genres: prompts of a kind, such as stories and essays, told from each other by the words of their answers.

A pooled list of several genres holds mostly what the one has more of than the other. Prompts are clustered by the most
frequent words of their answers, and a partition stands if the two halves of the labels agree on it, and if its parts
stand apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

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


class Answers(NamedTuple):
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


class Partition(NamedTuple):
    """Clusters i64[prompts] of prompts; how well the halves of the labels agree on so many (adjusted Rand index); and
    how far the clusters stand apart (mean silhouette)."""

    clusters: Counts
    agreement: float
    silhouette: float

    @property
    def stands(self) -> bool:
        """Whether these are genres."""
        is_large = np.bincount(self.clusters).min() >= MIN_PROMPTS
        return bool(is_large and self.agreement >= MIN_AGREEMENT and self.silhouette >= MIN_SILHOUETTE)


def find_genres(profiles: ProfileSet, scores: Scores) -> tuple[Genre, ...]:
    """The genres of the prompts of scored profiles, in the order of their names; none where all are of one kind.

    None are looked for where there is one label, or labels are of several panels, or one has more than 1,024 prompts.
    Prompts that labels of one half alone answered are of no genre.
    """
    if len({member.panel for member in profiles.members}) > 1 or len(profiles) < 2:
        return ()
    most, words = max(len(member.prompts.keys) for member in profiles.members), scores.pooled.get(SINGLE_WORDS)
    if words is None or not len(words.n) or not 2 * MIN_PROMPTS <= most <= MAX_PROMPTS:
        return ()
    answers = read_answers(profiles, scores)
    found = max(
        (part for part in partitions_of(answers) if part.stands), key=lambda part: part.silhouette, default=None
    )
    if found is None:
        return ()
    names = _names(answers, found.clusters, profiles.spec.stopwords)
    genres = (Genre(name, answers.prompts[found.clusters == i]) for i, name in enumerate(names))
    return tuple(sorted(genres, key=lambda genre: genre.name))


def partitions_of(answers: Answers) -> Iterator[Partition]:
    """The partition of prompts into two clusters, into three, and so on."""
    if len(answers.prompts) < 2 * MIN_PROMPTS:
        return
    points, one, other = (principal_components(roots, N_COMPONENTS) for roots in (answers.whole, *answers.roots))
    for k in range(2, MOST_GENRES + 1):
        clusters = clusters_of(points, k)
        agreement = adjusted_rand_index(clusters_of(one, k), clusters_of(other, k))
        yield Partition(clusters, agreement, silhouette(points, clusters))


def _names(answers: Answers, clusters: Counts, stopwords: Collection[str]) -> list[str]:
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


def read_answers(profiles: ProfileSet, scores: Scores) -> Answers:
    """What answers have of the most frequent words, to prompts that labels of both halves answered.

    Every other label is of the same half, in an order that does not depend on their names.
    """
    members = sorted(profiles.members, key=_by_content)
    words = _frequent_words(scores.pooled[SINGLE_WORDS])
    keys = hash_strings(words)
    order = np.argsort(keys)
    prompts = union_of_keys(*(member.prompts.keys for member in members))
    sums, n_labels = np.zeros((2, len(prompts), len(words))), np.zeros((2, len(prompts)), np.int64)
    read = map_bounded(lambda member: _roots(member, keys[order]), members, readers(members))
    for i, (member, roots) in enumerate(zip(members, read, strict=True)):
        at = np.searchsorted(prompts, member.prompts.keys)
        sums[i % 2, at] += roots
        n_labels[i % 2, at] += 1
    shared = np.all(n_labels > 0, axis=0)
    means = sums[:, shared] / n_labels[:, shared, None]
    return Answers(prompts[shared], means, n_labels[:, shared], [words[i] for i in order.tolist()])


def _by_content(member: Member) -> tuple[int, int, bytes, str]:
    prompts = member.prompts
    return member.n_words, int(prompts.n_bytes.sum()), prompts.n_words.tobytes(), member.name


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
