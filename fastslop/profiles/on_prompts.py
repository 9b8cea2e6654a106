"""Profiles cut down to some of their prompts, as if the answers to these alone had been counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.profiles.packed_rows import NgramRows
from fastslop.base.arrays import Counts, Keys
from fastslop.base.errors import UsageError
from fastslop.profiles.profile import MAX_PROMPTS, Profile, Prompts

CUT_DOWN = "some prompts only"
"""What ``Profile.pruned`` says of a profile that was cut down: its counts no longer add up with others."""


def prompts_among(prompts: Prompts, keys: Keys) -> Prompts:
    """Those of the prompts that are among ``keys``, with their totals."""
    return _at(prompts, np.isin(prompts.keys, keys))


def on_prompts(profile: Profile, keys: Keys, min_prompts: int = 1) -> Profile:
    """The profile of the prompts among ``keys``: its rows are those in so many of them.

    The vocabulary, its capitals, and what was set aside stay those of all prompts. ``n_docs`` of a row is exact where
    a prompt has one document, or where the row is in no other prompts; else it is the most that it can be.

    Raises
    ------
    UsageError
        If the profile has more than 1,024 prompts, of which frequent n-grams are kept by blocks.
    """
    check_by_prompt(profile.label, profile.prompts)
    kept = np.isin(profile.prompts.keys, keys)
    prompts = _at(profile.prompts, kept)
    number_of = (np.cumsum(kept) - 1).astype(np.uint32)
    one_each = profile.n_docs == profile.n_prompts
    tables, left_out = {}, {}
    for table, grams in profile.tables.items():
        rows, n_units, n = _rows_on(grams, kept)
        is_wanted = n_units >= max(min_prompts, 1)
        left_out[table] = profile.left_out.get(table, 0) + int(np.count_nonzero(n_units)) - int(is_wanted.sum())
        tables[table] = _cut_down(grams, rows, is_wanted, n_units, n, number_of, one_each=one_each)
    return replace(
        profile,
        prompts=prompts,
        tables=tables,
        left_out=left_out,
        pruned=CUT_DOWN,
        text_keys=np.zeros(0, np.uint64),  # a text's prompt is not kept
    )


def check_by_prompt(label: str, prompts: Prompts) -> None:
    """Raise UsageError if a profile of these prompts does not keep the count of every n-gram in each."""
    if len(prompts.keys) > MAX_PROMPTS:
        raise UsageError(
            f"{label!r} has {len(prompts.keys):,} prompts, and beyond {MAX_PROMPTS:,} a profile does not know in which "
            "of them a frequent word is: count the texts of each genre by themselves"
        )


def _at(prompts: Prompts, kept: NDArray[np.bool_]) -> Prompts:
    counts = (prompts.n_docs, prompts.n_words, prompts.n_marks, prompts.n_bytes)
    return Prompts(prompts.keys[kept], *(column[kept] for column in counts))


def _rows_on(grams: NgramRows, kept: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Counts, Counts]:
    """Which units are of prompts that are kept; of each row how many these are, and its occurrences there."""
    is_kept = kept[grams.units]
    if not len(grams.n):
        return is_kept, np.zeros(0, np.int64), np.zeros(0, np.int64)
    firsts = np.concatenate(([0], grams.ends[:-1]))
    n_units = np.add.reduceat(is_kept, firsts, dtype=np.int64)
    return is_kept, n_units, np.add.reduceat(np.where(is_kept, grams.unit_n, 0), firsts)


def _cut_down(
    grams: NgramRows,
    is_kept: NDArray[np.bool_],
    is_wanted: NDArray[np.bool_],
    n_units: Counts,
    n: Counts,
    number_of: NDArray[np.uint32],
    *,
    one_each: bool,
) -> NgramRows:
    """The rows that are wanted, with the units that are kept."""
    units = is_kept & np.repeat(is_wanted, np.diff(grams.ends, prepend=0))
    n_units, n = n_units[is_wanted], n[is_wanted]
    return NgramRows(
        ids=grams.ids[is_wanted],
        n=n,
        n_docs=n_units if one_each else np.minimum(grams.n_docs[is_wanted], n),
        ends=np.cumsum(n_units),
        units=number_of[grams.units[units]],
        unit_n=grams.unit_n[units],
    )
