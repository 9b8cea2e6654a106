"""The fingerprint of slop-forensics (Paech 2025), to compare with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fastslop.base.defaults import SLOP_FORENSICS
from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.spec import KINDS, Table
from fastslop.base.wordfreq import wordfreq_frequencies
from fastslop.base.written import SPACELESS
from fastslop.comparing.distances import condensed
from fastslop.comparing.fingerprint import MIN_PROMPTS, require_tables
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member, readers
from fastslop.profiles.rows import keys_of, n_prompts_of, texts_of
from fastslop.system.threads import map_bounded

SLOP_FORENSICS_WORDS, SLOP_FORENSICS_NGRAMS = 1000, 200
"""Words, and n-grams of each order, that are each label's features."""
SLOP_FORENSICS_CUT = 3000
"""Words of a label among which those are taken that wordfreq knows."""
SLOP_FORENSICS_COUNT, SLOP_FORENSICS_CHARS = 5, 4
"""Occurrences that a word must have more of, and its fewest letters."""
SPACELESS_LANGUAGES, SPACELESS_CHARS = ("zh", "ja"), 2
"""Languages whose words hardly ever have four characters, and the fewest of a word there."""
TABLES: tuple[Table, ...] = (("word", 1), ("content", 2), ("content", 3))


@dataclass(frozen=True)
class FeatureMatrix:
    """``values`` f64[labels, features], sparse; ``features``: ``kind``, ``order`` and ``key`` of each column."""

    labels: tuple[str, ...]
    features: pl.DataFrame
    values: csr_array


def read_slop_forensics(members: Sequence[Member]) -> Iterator[Profile]:
    """The profiles of labels, with the tables that this fingerprint is made of."""
    return map_bounded(lambda m: m.read([t for t in TABLES if t in m.spec.tables]), members, readers(members))


def slop_forensics_matrix(labels: Sequence[str], profiles: Iterable[Profile]) -> FeatureMatrix:
    """Presence of each label's 1,000 most over-represented words, 200 content bigrams and 200 content trigrams.

    They are chosen as slop-forensics does (Paech 2025): words of four letters or more, in two prompts, more than five
    times, by their share over wordfreq's, of the first 3,000 those that wordfreq knows; n-grams in two prompts, by
    count. Ties are broken by name, not by the order of insertion.

    slop-forensics knows English alone. Of texts that were counted as another language, wordfreq's list of that language
    is taken, and of Chinese and Japanese words of two characters or more.
    """
    frames = []
    for row, profile in enumerate(profiles):
        require_tables(profile, TABLES, SLOP_FORENSICS)
        if profile.spec.scaled > 1:
            raise IncompatibleProfilesError(
                f"the method {SLOP_FORENSICS!r} looks for the most frequent of all n-grams, of which the profile of "
                f"{profile.label!r} has one in {profile.spec.scaled:,}; count the texts again without --scaled"
            )
        words = _over_represented_words(profile)
        frames.append(_frame(row, ("word", 1), words["key"].to_numpy(), np.ones(len(words))))
        for table in TABLES[1:]:
            top = _seen_twice(profile, table).sort("n", "feature", descending=[True, False])
            keys = top.head(SLOP_FORENSICS_NGRAMS)["key"].to_numpy()
            frames.append(_frame(row, table, keys, np.ones(len(keys))))
    values = pl.concat(frames)
    features = values.select("kind", "order", "key").unique().sort("kind", "order", "key")
    return _matrix(labels, features, values)


def _seen_twice(profile: Profile, table: Table) -> pl.DataFrame:
    """Rows of a table in two prompts or more: ``key``, ``feature`` and ``n``."""
    grams = profile.tables[table]
    rows = np.flatnonzero(n_prompts_of(profile, grams) >= MIN_PROMPTS)
    return pl.DataFrame(
        {"key": keys_of(profile, table, rows), "feature": texts_of(profile, table, rows), "n": grams.n[rows]}
    )


def _over_represented_words(profile: Profile) -> pl.DataFrame:
    frequencies = wordfreq_frequencies(profile.spec.language)
    words = _seen_twice(profile, ("word", 1)).filter(
        (pl.col("n") > SLOP_FORENSICS_COUNT) & (pl.col("feature").str.len_chars() >= _least_chars(profile))
    )
    known = pl.Series("known", [frequencies.get(word, 0.0) for word in words["feature"]], pl.Float64)
    return (
        words.with_columns(known, ratio=pl.col("n") / known.clip(1e-12))
        .sort("ratio", "feature", descending=[True, False])
        .head(SLOP_FORENSICS_CUT)
        .filter(pl.col("known") > 0)
        .head(SLOP_FORENSICS_WORDS)
    )


def _least_chars(profile: Profile) -> pl.Expr:
    """Fewest characters of a word, by its script."""
    if profile.spec.language in SPACELESS_LANGUAGES:
        is_spaceless = pl.col("feature").str.contains(f"[{SPACELESS}]")
        return pl.when(is_spaceless).then(SPACELESS_CHARS).otherwise(SLOP_FORENSICS_CHARS)
    return pl.lit(SLOP_FORENSICS_CHARS)


def _frame(row: int, table: Table, keys: NDArray[np.uint64], values: NDArray[np.float64]) -> pl.DataFrame:
    return pl.DataFrame({"key": keys, "value": values}).with_columns(
        label=pl.lit(row, pl.UInt32), kind=pl.lit(table[0], pl.Enum(KINDS)), order=pl.lit(table[1], pl.UInt8)
    )


def _matrix(labels: Sequence[str], features: pl.DataFrame, values: pl.DataFrame) -> FeatureMatrix:
    """Values (``label``, ``kind``, ``order``, ``key``, ``value``) of the chosen features as a matrix."""
    columns = features.with_row_index("column")
    entries = values.join(columns, on=["kind", "order", "key"]).sort("label", "column")
    places = (entries["label"].to_numpy(), entries["column"].to_numpy())
    matrix = csr_array((entries["value"].to_numpy(), places), shape=(len(labels), len(features)))
    return FeatureMatrix(tuple(labels), features, matrix)


def jaccard(matrix: FeatureMatrix) -> NDArray[np.float64]:
    """Condensed Jaccard distances, 0 to 1: one minus the share of the features of either label that both have."""
    present = (matrix.values != 0).astype(np.float64)
    shared = np.asarray((present @ present.T).todense())
    sizes = np.diag(shared)
    either = sizes[:, None] + sizes[None, :] - shared
    return condensed(1 - np.divide(shared, either, out=np.ones_like(shared), where=either > 0))
