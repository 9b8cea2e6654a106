"""The features that carry a likeness, and those that separate two labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fastslop.base.arrays import Floats
from fastslop.comparing.distances import mean_weights
from fastslop.comparing.fingerprint import chosen_values
from fastslop.comparing.prompt_counts import PromptCounts


@dataclass(frozen=True)
class Carriers:
    """The features of the fingerprint, with each label's counts, rates and values.

    ``features``: ``feature``, ``kind`` and ``order`` of each. ``n``, ``n_prompts``, ``rates`` and ``values``: sparse
    [labels, features]. ``mean_of`` i64[labels]: which mean is subtracted from a label; ``mean_rates`` and
    ``mean_values`` f64[means, features]: the rates and values of each mean.
    """

    features: pl.DataFrame
    n: csr_array
    n_prompts: csr_array
    rates: csr_array
    values: csr_array
    mean_of: NDArray[np.int64]
    mean_rates: Floats
    mean_values: Floats

    @staticmethod
    def of(counts: PromptCounts) -> Carriers:
        """The carriers of all labels, on all prompts."""
        whole = counts.whole
        columns, values = chosen_values(whole)
        means, mean_of = np.unique(mean_weights(counts.panels), axis=0, return_inverse=True)
        rates = (whole.totals / np.maximum(whole.n_words, 1)[:, None]).tocsc()[:, columns]
        n, n_prompts = (m.tocsc()[:, columns].tocsr() for m in (whole.totals, whole.n_prompts))
        features = counts.features[columns].select("feature", "kind", "order")
        mean_rates, mean_values = means @ rates, means @ values
        return Carriers(features, n, n_prompts, rates.tocsr(), values, mean_of.ravel(), mean_rates, mean_values)

    def of_pair(self, a: int, b: int, top: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Features of two labels: the ``top`` that carry the similarity, over-represented in both, and the ``top`` that
        separate the two."""
        pair = [a, b]
        centred = self.values[pair].toarray() - self.mean_values[self.mean_of[pair]]
        units = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-15)
        ratios = self.rates[pair].toarray() / np.maximum(self.mean_rates[self.mean_of[pair]], 1e-15)
        product, apart = units[0] * units[1], (units[0] - units[1]) ** 2
        n, n_prompts = (m[pair].toarray().astype(np.int64) for m in (self.n, self.n_prompts))
        frame = self.features.with_columns(
            n_a=n[0],
            n_b=n[1],
            n_prompts_a=n_prompts[0],
            n_prompts_b=n_prompts[1],
            ratio_a=ratios[0],
            ratio_b=ratios[1],
        )
        linking = frame.with_columns(share=product / product.sum(), by=product)
        linking = linking.filter(pl.Series((units > 0).all(axis=0)))
        parting = frame.with_columns(share=apart / apart.sum())
        return (
            linking.sort("by", "feature", descending=[True, False]).head(top).drop("by").to_dicts(),
            parting.sort("share", "feature", descending=[True, False]).head(top).to_dicts(),
        )
