"""Rows of a profile's tables: the key and the text of an n-gram, and the prompts it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import BLOCK_FLAG, N_BLOCKS
from fastslop._kernels.profiles.packed_rows import NgramRows, row_hashes, set_filter
from fastslop._kernels.profiles.rows import feature_keys
from fastslop._kernels.profiles.rows import winsorised as winsorised_kernel
from fastslop.base.arrays import Counts, Ids, Keys
from fastslop.base.errors import UsageError
from fastslop.base.spec import Table
from fastslop.profiles.profile import MAX_PROMPTS, Profile, pruning_rule
from fastslop.tokens.vocabulary import Vocabulary

BITS_PER_ROW = 32
"""Bits of a filter for each row that is to pass it."""


def n_prompts_of(profile: Profile, grams: NgramRows) -> Counts:
    """Distinct prompts of each row, i64.

    Exact in profiles of up to 1,024 prompts, for rows of up to 64 prompts, and where no prompt has two documents;
    otherwise a lower bound of 65.
    """
    n_units = np.diff(grams.ends, prepend=0)
    firsts = grams.ends - n_units
    in_blocks = (grams.units[firsts] & BLOCK_FLAG) != 0 if len(firsts) else np.zeros(0, np.bool_)
    one_each = profile.n_docs == profile.n_prompts
    beyond = grams.n_docs if one_each else N_BLOCKS + 1
    return np.where(in_blocks, beyond, n_units).astype(np.int64)


def rows_in(profile: Profile, grams: NgramRows, min_prompts: int) -> NDArray[np.int64]:
    """Places i64 of the rows in at least so many prompts.

    Raises
    ------
    UsageError
        If the profile does not know which these are: see ``n_prompts_of``.
    """
    check_known(profile.label, profile.n_prompts, profile.n_docs, min_prompts)
    return np.flatnonzero(n_prompts_of(profile, grams) >= min_prompts)


def check_known(label: str, n_prompts: int, n_docs: int, min_prompts: int) -> None:
    """Raise UsageError if a profile of so many prompts and documents cannot know which rows are in ``min_prompts``."""
    if n_prompts > MAX_PROMPTS and n_docs != n_prompts and min_prompts > N_BLOCKS + 1:
        raise UsageError(
            f"{label!r} has more than {MAX_PROMPTS:,} prompts, some of them with several texts: of its "
            f"frequent n-grams it is only known that they are in {N_BLOCKS + 1} prompts or more; ask for at least "
            f"{N_BLOCKS + 1} prompts, or fewer"
        )


def prune(profile: Profile, min_prompts: int) -> Profile:
    """The profile without rows in fewer prompts: it has a fraction of the size, and can no longer be merged.

    Raises
    ------
    UsageError
        If the profile does not know which rows these are.
    """
    kept = {table: rows_of(grams, rows_in(profile, grams, min_prompts)) for table, grams in profile.tables.items()}
    left_out = {t: profile.left_out.get(t, 0) + len(profile.tables[t].n) - len(grams.n) for t, grams in kept.items()}
    return replace(profile, tables=kept, pruned=pruning_rule(min_prompts), left_out=left_out)


def rows_of(grams: NgramRows, rows: NDArray[np.int64]) -> NgramRows:
    """The rows at these places, in the table's order, with their units."""
    is_kept = np.zeros(len(grams.n), np.bool_)
    is_kept[rows] = True
    n_units = np.diff(grams.ends, prepend=0)
    units_kept = np.repeat(is_kept, n_units)
    return NgramRows(
        ids=grams.ids[is_kept],
        n=grams.n[is_kept],
        n_docs=grams.n_docs[is_kept],
        ends=np.cumsum(n_units[is_kept], dtype=np.int64),
        units=grams.units[units_kept],
        unit_n=grams.unit_n[units_kept],
    )


def keys_of(profile: Profile, table: Table, rows: NDArray[np.int64] | None = None) -> Keys:
    """The published key of each row's n-gram: see ``ngram_keys``."""
    ids = profile.tables[table].ids
    return ngram_keys(profile.vocabulary, ids if rows is None else ids[rows])


def ngram_keys(vocabulary: Vocabulary, ids: Ids) -> Keys:
    """Published keys u64 of n-grams ``ids`` u32[n-grams, order]: FNV-1a 64 of their tokens joined by spaces."""
    keys = np.empty(len(ids), np.uint64)
    feature_keys(ids, vocabulary.text, vocabulary.starts, vocabulary.ends, keys)
    return keys


def hashes_of(profile: Profile, table: Table, rows: NDArray[np.int64]) -> Keys:
    """Hashes u64 of the tokens of these rows, the same in every profile."""
    hashes = np.empty(len(rows), np.uint64)
    row_hashes(profile.tables[table].ids, profile.vocabulary.keys, rows, hashes)
    return hashes


def filter_of(hashes: Sequence[Keys]) -> Keys:
    """The filter u64 that rows of these hashes pass, and one of fifty others, when they are read."""
    n = sum(len(some) for some in hashes)
    bits = np.zeros(1 << max((BITS_PER_ROW * n // 64).bit_length(), 1), np.uint64)
    for some in hashes:
        set_filter(some, bits)
    return bits


def texts_of(profile: Profile, table: Table, rows: NDArray[np.int64]) -> pl.Series:
    """The n-grams of these rows as text."""
    return ngram_texts(profile.vocabulary.tokens, profile.tables[table].ids[rows])


def ngram_texts(tokens: pl.Series, ids: Ids) -> pl.Series:
    """N-grams ``ids`` u32[n-grams, order] of these tokens as text."""
    columns = [tokens.gather(pl.Series(ids[:, i])).alias(str(i)) for i in range(ids.shape[1])]
    return pl.DataFrame(columns).select(pl.concat_str(pl.all(), separator=" ").alias("feature")).to_series()


def winsorised(grams: NgramRows) -> NDArray[np.int64]:
    """Occurrences of each row, its largest prompt cut down to the second largest (Winsor; Tukey 1962)."""
    out = np.empty(len(grams.n), np.int64)
    winsorised_kernel(grams.ends, grams.units, grams.unit_n, out)
    return out


def groups_of_units(units: NDArray[np.uint32], group_of: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The group u32 of each unit: for a prompt that in ``group_of`` u32[prompts], for a block the block's number."""
    in_blocks = (units & BLOCK_FLAG) != 0
    return np.where(in_blocks, units ^ BLOCK_FLAG, group_of[np.where(in_blocks, 0, units)]).astype(np.uint32)
