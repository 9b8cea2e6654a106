"""Which features make a label's fingerprint, and their values: profiles to a matrix of labels and features."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fastslop.base.errors import IncompatibleProfilesError
from fastslop.base.spec import KINDS, Table
from fastslop.profiles.profile import Profile, n_prompts_of
from fastslop.profiles.rows import keys_of, texts_of, winsorised
from fastslop.scoring.reference import wordfreq_frequencies

STYLE_TABLES: tuple[Table, ...] = (("word", 1), ("word", 2), ("mark", 1), ("mark", 2))
"""Words and marks and their neighbours: what a model falls back on whatever the prompt."""
MAX_FEATURES = 20_000
"""Of each table, the most frequent over all labels. From 5,000 on the number changes little; see docs/method.md."""
MIN_PROMPTS = 2
MIN_LABELS = 2

SLOP_FORENSICS_WORDS, SLOP_FORENSICS_NGRAMS, SLOP_FORENSICS_CUT, SLOP_FORENSICS_COUNT = 1000, 200, 3000, 5
SLOP_FORENSICS_CHARS = 4


@dataclass(frozen=True)
class FeatureMatrix:
    """``values`` f64[labels, features], sparse; ``features``: ``kind``, ``order`` and ``key`` of each column."""

    labels: tuple[str, ...]
    features: pl.DataFrame
    values: csr_array


def require_tables(profile: Profile, tables: Sequence[Table], method: str) -> None:
    """Raise IncompatibleProfilesError where a profile was counted without a table that the method needs."""
    missing = [f"{kind} n-grams of order {order}" for kind, order in tables if (kind, order) not in profile.tables]
    if missing:
        raise IncompatibleProfilesError(
            f"the profile of {profile.label!r} was counted without {', '.join(missing)}, "
            f"which the method {method!r} needs; count again with the default specification"
        )


def style_matrix(labels: Sequence[str], profiles: Iterable[Profile]) -> FeatureMatrix:
    """Square roots of relative frequencies (per word) of words, marks and their neighbours.

    The square root evens out the variance of counts (Bartlett 1936), so that frequent features do not rule. A feature
    must be in two prompts of a label to count for it, and be so in two labels. Counts are winsorised, so that no single
    text that loops can make a fingerprint.
    """
    parts = [_style_rows(row, profile) for row, profile in enumerate(profiles)]
    values = pl.concat(parts)
    features = (
        values.group_by("kind", "order", "key")
        .agg(total=pl.col("rate").sort().sum(), n_labels=pl.len())
        .filter(pl.col("n_labels") >= MIN_LABELS)
        .sort("total", "key", descending=[True, False])
        .group_by("kind", "order", maintain_order=True)
        .head(MAX_FEATURES)
        .sort("kind", "order", "key")
        .select("kind", "order", "key")
    )
    return _matrix(labels, features, values.with_columns(value=pl.col("rate").sqrt()))


def _style_rows(row: int, profile: Profile) -> pl.DataFrame:
    """``label`` (its row), ``kind``, ``order``, ``key`` and ``rate`` of a profile's features in two prompts or more."""
    require_tables(profile, STYLE_TABLES, "fastslop")
    frames = []
    for table in STYLE_TABLES:
        grams = profile.tables[table]
        rows = np.flatnonzero(n_prompts_of(profile, grams) >= MIN_PROMPTS)
        rate = winsorised(grams)[rows] / max(profile.n_words, 1)
        frames.append(_frame(row, table, keys_of(profile, table, rows), rate))
    return pl.concat(frames)


def _frame(row: int, table: Table, keys: NDArray[np.uint64], rate: NDArray[np.float64]) -> pl.DataFrame:
    return pl.DataFrame({"key": keys, "rate": rate}).with_columns(
        label=pl.lit(row, pl.UInt32), kind=pl.lit(table[0], pl.Enum(KINDS)), order=pl.lit(table[1], pl.UInt8)
    )


def _matrix(labels: Sequence[str], features: pl.DataFrame, values: pl.DataFrame) -> FeatureMatrix:
    """Values (``label``, ``kind``, ``order``, ``key``, ``value``) of the chosen features as a matrix."""
    columns = features.with_row_index("column")
    found = values.join(columns, on=["kind", "order", "key"]).sort("label", "column")
    places = (found["label"].to_numpy(), found["column"].to_numpy())
    matrix = csr_array((found["value"].to_numpy(), places), shape=(len(labels), len(features)))
    return FeatureMatrix(tuple(labels), features, matrix)


def slop_forensics_matrix(labels: Sequence[str], profiles: Iterable[Profile]) -> FeatureMatrix:
    """Presence of each label's 1,000 most over-represented words, 200 content bigrams and 200 content trigrams.

    As slop-forensics chooses them (Paech 2025): words of four letters or more, in two prompts, more than five times,
    by their share over wordfreq's, of the first 3,000 those that wordfreq knows; n-grams in two prompts, by count.
    Ties are broken by name, not by the order of insertion.
    """
    frames = []
    for row, profile in enumerate(profiles):
        require_tables(profile, (("word", 1), ("content", 2), ("content", 3)), "slop-forensics")
        words = _over_represented_words(profile)
        frames.append(_frame(row, ("word", 1), words["key"].to_numpy(), np.ones(len(words))))
        for table in (("content", 2), ("content", 3)):
            top = _seen_twice(profile, table).sort("n", "feature", descending=[True, False])
            keys = top.head(SLOP_FORENSICS_NGRAMS)["key"].to_numpy()
            frames.append(_frame(row, table, keys, np.ones(len(keys))))
    values = pl.concat(frames)
    features = values.select("kind", "order", "key").unique().sort("kind", "order", "key")
    return _matrix(labels, features, values.rename({"rate": "value"}))


def _seen_twice(profile: Profile, table: Table) -> pl.DataFrame:
    """``key``, ``feature`` and ``n`` of the rows in two prompts or more."""
    grams = profile.tables[table]
    rows = np.flatnonzero(n_prompts_of(profile, grams) >= MIN_PROMPTS)
    return pl.DataFrame(
        {"key": keys_of(profile, table, rows), "feature": texts_of(profile, table, rows), "n": grams.n[rows]}
    )


def _over_represented_words(profile: Profile) -> pl.DataFrame:
    frequencies = wordfreq_frequencies("en")
    words = _seen_twice(profile, ("word", 1)).filter(
        (pl.col("n") > SLOP_FORENSICS_COUNT) & (pl.col("feature").str.len_chars() >= SLOP_FORENSICS_CHARS)
    )
    known = pl.Series("known", [frequencies.get(word, 0.0) for word in words["feature"]], pl.Float64)
    return (
        words.with_columns(known, ratio=pl.col("n") / known.clip(1e-12))
        .sort("ratio", "feature", descending=[True, False])
        .head(SLOP_FORENSICS_CUT)
        .filter(pl.col("known") > 0)
        .head(SLOP_FORENSICS_WORDS)
    )
