"""Where the features that carry a likeness may come from: a prompt that holds them, or a name."""

from __future__ import annotations

import numpy as np
import polars as pl

from fastslop.base.arrays import Counts
from fastslop.comparing.prompt_counts import PromptCounts
from fastslop.profiles.echo import Echo
from fastslop.profiles.origins import Origins


def origins_of(origins: Origins, counts: PromptCounts, columns: Counts, a: int, b: int) -> pl.DataFrame:
    """``echo_a`` and ``echo_b``, the share of the occurrences of features, given by their columns, that echo prompts in
    two labels; and ``is_name``; null where that is not known."""
    echo = {f"echo_{which}": _echo(origins, counts, columns, label).share for which, label in (("a", a), ("b", b))}
    return pl.DataFrame(echo | {"is_name": origins.names.are_in(counts.features["feature"][columns])})


def _echo(origins: Origins, counts: PromptCounts, columns: Counts, label: int) -> Echo:
    """The echo of features in a label."""
    own, ends = counts.counts[label], counts.counts[label].ends
    asked = origins.asked.prompts_of(counts.labels[label], counts.groups[counts.panels[label]])
    found = np.zeros((2, len(columns)), np.int64)
    rows = np.searchsorted(own.columns, columns)
    features = counts.features.select("kind", "order", "feature")[columns].rows()
    for i, (kind, order, feature) in enumerate(features):
        row = rows[i]
        if kind == "mark" or row == len(own.columns) or own.columns[row] != columns[i]:
            continue
        units = slice(int(ends[row - 1]) if row else 0, int(ends[row]))
        prompts, n = asked[own.groups[units]], own.n[units]
        is_held = np.isin(prompts, origins.asked.holders_of((kind, order), feature))
        found[:, i] = n[prompts >= 0].sum(), n[is_held].sum()
    return Echo(*found)
