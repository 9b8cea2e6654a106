"""Where the features that carry a likeness may come from: a prompt that holds them, or a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from fastslop.base.arrays import Counts
from fastslop.comparing.prompt_counts import PromptCounts
from fastslop.profiles.echo import AskedNgrams, Echo, read_asked
from fastslop.profiles.names import Names, read_names
from fastslop.profiles.profile_set import Member


@dataclass(frozen=True)
class Origins:
    """The n-grams of the prompts of labels, and the names among the words of these."""

    asked: AskedNgrams
    names: Names

    @staticmethod
    def of(members: Sequence[Member]) -> Origins:
        """What the profiles of labels tell of it."""
        return Origins(read_asked(members), read_names(members))

    def of_features(self, counts: PromptCounts, columns: Counts, a: int, b: int) -> pl.DataFrame:
        """``echo_a`` and ``echo_b``, the share of each feature's occurrences that echo prompts in both labels, and
        ``is_name``; null where that is not known."""
        features = counts.features[columns]
        echo = {f"echo_{which}": self._echo(counts, columns, label).share for which, label in (("a", a), ("b", b))}
        return pl.DataFrame(echo | {"is_name": self.names.are_in(features["feature"])})

    def _echo(self, counts: PromptCounts, columns: Counts, label: int) -> Echo:
        """The echo of features in a label."""
        own, ends = counts.counts[label], counts.counts[label].ends
        asked = self.asked.prompts_of(counts.labels[label], counts.groups[counts.panels[label]])
        found = np.zeros((2, len(columns)), np.int64)
        rows = np.minimum(np.searchsorted(own.columns, columns), max(len(own.columns) - 1, 0))
        kinds = counts.features.select("kind", "order", "feature")[columns].rows()
        for i, (row, column, (kind, order, feature)) in enumerate(
            zip(rows.tolist(), columns.tolist(), kinds, strict=True)
        ):
            if kind == "mark" or not len(own.columns) or own.columns[row] != column:
                continue
            units = slice(int(ends[row - 1]) if row else 0, int(ends[row]))
            prompts, n = asked[own.groups[units]], own.n[units]
            is_held = np.isin(prompts, self.asked.holders_of((kind, order), feature))
            found[:, i] = n[prompts >= 0].sum(), n[is_held].sum()
        return Echo(*found)
