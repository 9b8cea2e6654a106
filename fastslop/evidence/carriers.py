"""The features that carry a likeness, and those that separate two labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop.base.arrays import Counts, Floats
from fastslop.comparing.distances import mean_weights
from fastslop.comparing.fingerprint import MIN_PROMPTS, chosen_values
from fastslop.comparing.prompt_counts import PromptCounts
from fastslop.evidence.origins import origins_of
from fastslop.profiles.origins import Origins


class LabelFeatures(NamedTuple):
    """Features of a label, [features] each: winsorised counts ``n`` i64, ``n_prompts`` i64, and ``rates`` f64."""

    n: Counts
    n_prompts: Counts
    rates: Floats


@dataclass(frozen=True)
class Carriers:
    """The features of the fingerprint, and the means that are subtracted from labels' values.

    ``origins``: where features may come from. ``columns`` i64: which of the candidates of ``counts`` these are.
    ``mean_of`` i64[labels]: which mean is subtracted from a label; ``mean_rates`` and ``mean_values`` f64[means,
    features]: the rates and values of each mean.
    """

    counts: PromptCounts
    origins: Origins
    columns: NDArray[np.int64]
    mean_of: NDArray[np.int64]
    mean_rates: Floats
    mean_values: Floats

    @staticmethod
    def of(counts: PromptCounts, origins: Origins) -> Carriers:
        """The carriers of all labels, on all prompts."""
        columns, values = chosen_values(counts.whole())
        means, mean_of = np.unique(mean_weights(counts.panels), axis=0, return_inverse=True)
        carriers = Carriers(
            counts, origins, columns, mean_of.ravel(), np.zeros((len(means), len(columns))), means @ values
        )
        for label, weights in enumerate(means.T):
            carriers.mean_rates[:] += weights[:, None] * carriers.of_label(label).rates
        return carriers

    def of_label(self, label: int) -> LabelFeatures:
        """The features of a label, on all prompts."""
        once = np.ones((self.counts.n_groups(label), 1))
        drawn = self.counts.draw(label, once)
        n, n_prompts = np.zeros((2, len(self.counts.features)), np.int64)
        n[drawn.columns], n_prompts[drawn.columns] = drawn.totals[0], drawn.n_prompts[0]
        n, n_prompts = n[self.columns], n_prompts[self.columns]
        return LabelFeatures(n, n_prompts, n / max(drawn.n_words[0], 1))

    def of_pair(self, a: int, b: int, top: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Features of two labels: the ``top`` that carry the similarity, over-represented in both, and the ``top`` that
        separate the two."""
        pair = [a, b]
        n, n_prompts, rates = map(np.stack, zip(self.of_label(a), self.of_label(b), strict=True))
        centred = np.where(n_prompts >= MIN_PROMPTS, np.sqrt(rates), 0.0) - self.mean_values[self.mean_of[pair]]
        units = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-15)
        ratios = rates / np.maximum(self.mean_rates[self.mean_of[pair]], 1e-15)
        product, apart = units[0] * units[1], (units[0] - units[1]) ** 2
        shared, separating = _largest(np.where((units > 0).all(axis=0), product, -np.inf), top), _largest(apart, top)

        def shown(places: Counts, share: Floats) -> list[dict[str, Any]]:
            frame = self.counts.features[self.columns[places]].select("feature", "kind", "order")
            counts = {"n_a": n[0], "n_b": n[1], "n_prompts_a": n_prompts[0], "n_prompts_b": n_prompts[1]}
            columns = counts | {"ratio_a": ratios[0], "ratio_b": ratios[1], "share": share}
            frame = frame.with_columns(**{name: column[places] for name, column in columns.items()})
            frame = frame.hstack(origins_of(self.origins, self.counts, self.columns[places], a, b))
            by = pl.Series(np.abs(share[places]))  # the sum of products may be negative, and with it every share
            return frame.with_columns(by=by).sort("by", "feature", descending=[True, False]).drop("by").to_dicts()[:top]

        return shown(shared, product / product.sum()), shown(separating, apart / apart.sum())


def _largest(values: Floats, n: int) -> Counts:
    """Places of the ``n`` largest finite values, and of those that equal the last of them."""
    least = -np.inf if len(values) <= n else np.partition(values, -n)[-n]
    return np.flatnonzero((values >= least) & np.isfinite(values))
