"""The features that carry a likeness, and those that separate two labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fastslop.base.arrays import Counts, Floats, Ints
from fastslop.base.written import written
from fastslop.comparing.distances import Whitening, mean_weights, whitenings
from fastslop.comparing.fingerprint import chosen_values, gram_of
from fastslop.comparing.prompt_counts import PromptCounts
from fastslop.evidence.origins import origins_of
from fastslop.profiles.origins import Origins


class LabelFeatures(NamedTuple):
    """Features of a label, [features] each: winsorised counts ``n`` i64, ``n_prompts`` i64, and ``rates`` f64."""

    n: Counts
    n_prompts: Counts
    rates: Floats


class LikenessParts(NamedTuple):
    """Parts of the likeness of two labels, [features] each.

    ``is_over`` bool: whether the whitened values of both are positive. ``shared`` f64: the part of a feature in their
    whitened cosine, to which answers to the same prompts add; ``apart`` f64: its part in the squared distance.
    """

    is_over: NDArray[np.bool_]
    shared: Floats
    apart: Floats


GROUPS = ("typography", "words", "phrases")
"""Groups of features: marks and what stands beside them; single words; words beside each other."""


class FeatureGroup(NamedTuple):
    """The features of one of ``GROUPS`` that carry a likeness, largest first, and the share that all of them add."""

    name: str
    share: float
    features: list[dict[str, Any]]


class PairCarriers(NamedTuple):
    """Features that carry the likeness of two labels, over-represented in both, and features that separate them.

    The ``share`` of a feature is that in what all features add that both labels over-represent, or in the squared
    distance. ``groups``: what carries the likeness, in each of ``GROUPS``.
    """

    shared: list[dict[str, Any]]
    separating: list[dict[str, Any]]
    groups: list[FeatureGroup]


@dataclass(frozen=True)
class Carriers:
    """The features of the fingerprint, their values, the means that are subtracted, and how they are whitened.

    ``origins``: where features may come from. ``columns`` i64: which of the candidates of ``counts`` these are;
    ``values`` [labels, features]. ``mean_of`` i64[labels]: which mean is subtracted from a label; ``mean_rates`` and
    ``mean_values`` f64[means, features]: the rates and values of each mean. ``whitenings``: as of
    ``distances.whitenings``.
    """

    counts: PromptCounts
    origins: Origins
    columns: NDArray[np.int64]
    values: csr_array
    mean_of: NDArray[np.int64]
    mean_rates: Floats
    mean_values: Floats
    whitenings: tuple[tuple[Ints, Ints, Whitening], ...]

    @staticmethod
    def of(counts: PromptCounts, origins: Origins, by_prompt: Floats) -> Carriers:
        """The carriers of all labels, on all prompts; ``by_prompt`` are their products prompt by prompt."""
        columns, values = chosen_values(counts.whole())
        means, mean_of = np.unique(mean_weights(counts.panels), axis=0, return_inverse=True)
        blocks = tuple(whitenings(gram_of(values), counts.panels, by_prompt))
        rates = np.zeros((len(means), len(columns)))
        carriers = Carriers(counts, origins, columns, values, mean_of.ravel(), rates, means @ values, blocks)
        for label, weights in enumerate(means.T):
            rates[:] += weights[:, None] * carriers.of_label(label).rates
        return carriers

    def of_label(self, label: int) -> LabelFeatures:
        """The features of a label, on all prompts."""
        once = np.ones((self.counts.n_groups(label), 1))
        drawn = self.counts.draw(label, once)
        n, n_prompts = np.zeros((2, len(self.counts.features)), np.int64)
        n[drawn.columns], n_prompts[drawn.columns] = drawn.totals[0], drawn.n_prompts[0]
        n, n_prompts = n[self.columns], n_prompts[self.columns]
        return LabelFeatures(n, n_prompts, n / max(drawn.n_words[0], 1))

    def of_pair(self, a: int, b: int, top: int) -> PairCarriers:
        """What carries the likeness of two labels, and what separates them: ``top`` features of each and of a group."""
        parts = self.parts(a, b)
        if parts is None:
            return PairCarriers([], [], [])
        over = np.where(parts.is_over, parts.shared, -np.inf)
        total = float(parts.shared[parts.is_over].sum())
        of_groups = [np.where(self.group_of == group, over, -np.inf) for group in range(len(GROUPS))]
        wanted = [(over, total), (parts.apart, float(parts.apart.sum())), *((own, total) for own in of_groups)]
        shared, separating, *groups = self._shown(a, b, wanted, top)
        shares = [float(own[np.isfinite(own)].sum()) / max(total, 1e-300) for own in of_groups]
        return PairCarriers(shared, separating, [*map(FeatureGroup, GROUPS, shares, groups)])

    def _shown(self, a: int, b: int, wanted: Sequence[tuple[Floats, float]], top: int) -> list[list[dict[str, Any]]]:
        """The ``top`` features of each of some values, which are shared by a total; a feature is described once."""
        places = [_largest(values, top) for values, _ in wanted]
        every = np.unique(np.concatenate(places))
        n, n_prompts, rates = map(np.stack, zip(self.of_label(a), self.of_label(b), strict=True))
        ratios = rates / np.maximum(self.mean_rates[self.mean_of[[a, b]]], 1e-15)
        counts = {"n_a": n[0], "n_b": n[1], "n_prompts_a": n_prompts[0], "n_prompts_b": n_prompts[1]}
        columns = counts | {"ratio_a": ratios[0], "ratio_b": ratios[1], "share": np.zeros(len(n[0]))}
        frame = written(self.counts.features[self.columns[every]].select("feature", "kind", "order"), "feature")
        frame = frame.with_columns(**{name: column[every] for name, column in columns.items()})
        rows = frame.hstack(origins_of(self.origins, self.counts, self.columns[every], a, b)).to_dicts()
        shown = []
        for (values, total), own in zip(wanted, places, strict=True):
            described = zip(np.searchsorted(every, own).tolist(), (values[own] / total).tolist(), strict=True)
            of_values = [rows[i] | {"share": share} for i, share in described]
            shown.append(sorted(of_values, key=lambda row: (-row["share"], row["feature"]))[:top])
        return shown

    @cached_property
    def group_of(self) -> NDArray[np.int8]:
        """Which of ``GROUPS`` each feature is of, i8[features]."""
        group = pl.when(pl.col("kind") == "mark").then(0).when(pl.col("order") == 1).then(1).otherwise(2)
        return self.counts.features[self.columns].select(group.cast(pl.Int8).alias("group"))["group"].to_numpy()

    def parts(self, a: int, b: int) -> LikenessParts | None:
        """The likeness of two labels, feature by feature; None if one of them has no values about the mean.

        With X the values about means and R the root of their whitening, the whitened values are R X.
        """
        whitening = self._whitening(a, b)
        if whitening is None:
            return None
        rows = whitening.root[whitening.places(np.array([a, b]))]
        of_means = np.zeros((2, len(self.mean_values)))
        np.add.at(of_means.T, self.mean_of[whitening.labels], rows.T)
        own = (self.values[whitening.labels].T @ rows.T).T - of_means @ self.mean_values
        lengths = np.sqrt(np.diag(whitening.products)[whitening.places(np.array([a, b]))])
        own *= np.sqrt(whitening.scale) / lengths[:, None]
        return LikenessParts((own > 0).all(axis=0), own[0] * own[1], (own[0] - own[1]) ** 2)

    def _whitening(self, a: int, b: int) -> Whitening | None:
        """The whitening by which two labels are held together."""
        for one, other, whitening in self.whitenings:
            if (a in one and b in other) or (b in one and a in other):
                return whitening
        return None


def _largest(values: Floats, n: int) -> Counts:
    """Places of the ``n`` largest finite values, and of those that equal the last of them."""
    places = np.flatnonzero(np.isfinite(values))  # to partition many infinite values takes ten times as long
    finite = values[places]
    least = -np.inf if len(finite) <= n else np.partition(finite, -n)[-n]
    return np.asarray(places[finite >= least])
