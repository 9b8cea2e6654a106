"""Profiles cut down to some of their rows, and to the words and marks of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.profiles.packed_rows import NgramRows
from fastslop.base.arrays import Counts
from fastslop.base.prompt_texts import PromptTexts
from fastslop.base.spec import Table
from fastslop.profiles.profile import Profile, empty_grams
from fastslop.profiles.rows import rows_of


def with_rows(profile: Profile, rows: Mapping[Table, Counts], rule: str) -> Profile:
    """The profile with these rows of each table, i64, and none of a table without; ``rule`` says which they are.

    Its vocabulary is what these rows have. It has neither capitals nor texts of prompts.
    """
    kept = {table: rows_of(profile.tables[table], of_table) for table, of_table in rows.items()}
    used = np.zeros(len(profile.vocabulary.keys), np.bool_)
    for grams in kept.values():
        used[grams.ids] = True
    tables, left_out = {}, {}
    for table, grams in profile.tables.items():
        tables[table] = _renumbered(kept.get(table, empty_grams(0, table[1])), used)
        left_out[table] = profile.left_out.get(table, 0) + len(grams.n) - len(tables[table].n)
    return replace(
        profile,
        vocabulary=profile.vocabulary.take(np.flatnonzero(used)),
        tables=tables,
        pruned=rule,
        left_out=left_out,
        capitals=None,
        prompt_texts=PromptTexts(),
    )


def _renumbered(grams: NgramRows, used: NDArray[np.bool_]) -> NgramRows:
    """Rows with the ranks of their tokens among those that are used; ranks keep their order, and rows theirs."""
    rank_of = (np.cumsum(used) - 1).astype(np.uint32)
    return grams._replace(ids=rank_of[grams.ids])
