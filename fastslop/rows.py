"""Rows of profiles as Polars frames: an n-gram's key, counts and spread over prompts, and its text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop import _kernels as k
from fastslop.profile import Profile, n_prompts_of
from fastslop.spec import KINDS, Table


def keys_of(profile: Profile, table: Table, rows: NDArray[np.int64] | None = None) -> NDArray[np.uint64]:
    """The published key of each row's n-gram: FNV-1a 64 of its tokens joined by spaces."""
    ids = profile.tables[table].ids if rows is None else profile.tables[table].ids[rows]
    keys = np.empty(len(ids), np.uint64)
    vocabulary = profile.vocabulary
    k.feature_keys(ids, vocabulary.text, vocabulary.starts, vocabulary.ends, keys)
    return keys


def texts_of(profile: Profile, table: Table, rows: NDArray[np.int64]) -> pl.Series:
    """The n-grams of these rows as text."""
    ids = profile.tables[table].ids[rows]
    tokens = profile.vocabulary.tokens
    columns = [tokens.gather(pl.Series(ids[:, i])).alias(str(i)) for i in range(table[1])]
    return pl.DataFrame(columns).select(pl.concat_str(pl.all(), separator=" ").alias("feature")).to_series()


def feature_rows(profile: Profile, table: Table, *, min_prompts: int) -> pl.DataFrame:
    """The rows of a table seen in at least ``min_prompts`` prompts.

    Columns: ``kind``, ``order``, ``key``, ``feature`` (text), ``n``, ``n_docs``, ``n_prompts``, and over blocks of
    prompts ``squares``, ``products`` and ``dp`` (see ``_kernels.block_moments``).
    """
    grams = profile.tables[table]
    n_prompts = n_prompts_of(profile, grams)
    rows = np.flatnonzero(n_prompts >= min_prompts)
    moments = np.zeros((len(rows), 3))
    block_words = profile.prompts.by_block("n_words")
    k.block_moments(rows, grams.ends, grams.units, grams.unit_n, profile.prompts.blocks, block_words, moments)
    return pl.DataFrame(
        {
            "kind": pl.repeat(table[0], len(rows), dtype=pl.Enum(KINDS), eager=True),
            "order": pl.repeat(table[1], len(rows), dtype=pl.UInt8, eager=True),
            "key": keys_of(profile, table, rows),
            "feature": texts_of(profile, table, rows),
            "n": grams.n[rows],
            "n_docs": grams.n_docs[rows],
            "n_prompts": n_prompts[rows],
            "squares": moments[:, 0],
            "products": moments[:, 1],
            "dp": moments[:, 2],
        }
    )


def counts_of(profile: Profile, table: Table, keys: pl.Series) -> pl.DataFrame:
    """``key`` and ``n`` of those rows of a table whose key is among ``keys``."""
    frame = pl.DataFrame({"key": keys_of(profile, table), "n": profile.tables[table].n})
    return frame.join(keys.to_frame("key"), on="key", how="semi")


def stack(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Frames of one schema below one another."""
    return pl.concat(frames, how="vertical", rechunk=True)
