"""How well likeness tells related pairs from unrelated ones: ROC curves, areas under them, intervals over models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

GRID = np.linspace(0, 1, 101)
"""Shares of unrelated pairs at which the curve is kept."""
FALSE_ALARMS = 0.05
N_BOOTSTRAPS = 1000


@dataclass(frozen=True)
class Curve:
    """``area`` under the curve; ``found``: share of pairs that are more alike than all but ``FALSE_ALARMS`` of the
    unrelated ones; ``shares`` f64[grid]: that share at each point of ``GRID``."""

    area: float
    found: float
    shares: Floats


def curve(pairs: Floats, unrelated: Floats, weights: Floats, of_unrelated: Floats) -> Curve:
    """The curve of some pairs against unrelated ones, by their distances and weights, f64[pairs] and f64[unrelated].

    The area is the share of all couples of a pair and an unrelated one in which the pair is nearer, ties counting half
    (Mann and Whitney 1947).
    """
    order = np.argsort(unrelated, kind="stable")
    total, own = of_unrelated.sum(), weights.sum()
    if not (total and own):
        return Curve(np.nan, np.nan, np.full(len(GRID), np.nan))
    at_most = np.concatenate([[0.0], np.cumsum(of_unrelated[order])]) / total
    nearer, as_near = (at_most[np.searchsorted(unrelated[order], pairs, side)] for side in ("left", "right"))
    exceeded = np.sort(as_near)
    heights = np.concatenate([[0.0], np.cumsum(weights[np.argsort(as_near, kind="stable")])]) / own
    shares = heights[np.searchsorted(exceeded, GRID + 1e-9, side="right")]
    found = heights[np.searchsorted(exceeded, FALSE_ALARMS + 1e-9, side="right")]
    return Curve(float(1 - weights @ (nearer + as_near) / (2 * own)), float(found), shares)


def draw_models(n: int, rng: np.random.Generator, n_bootstraps: int = N_BOOTSTRAPS) -> Counts:
    """How often each of n models is drawn, with replacement, i64[bootstraps, n]."""
    return rng.multinomial(n, np.full(n, 1 / n), n_bootstraps)


@dataclass(frozen=True)
class Roc:
    """The mean `Curve` over draws of prompts; of models drawn anew, ``areas`` and ``found_anew`` f64[bootstraps]."""

    mean: Curve
    areas: Floats
    found_anew: Floats


def roc(squares: Sequence[Floats], group: Bools, unrelated: Bools, drawn: Counts) -> Roc:
    """How well distances, f64[models, models] for each draw of prompts, tell a group of pairs from unrelated ones.

    ``group`` and ``unrelated`` bool[models, models], symmetric. When models are drawn anew, a pair counts as often as
    one of its models times the other was drawn; a model with itself is no pair.
    """
    own, others = (np.nonzero(np.triu(pairs, 1)) for pairs in (group, unrelated))
    found, anew = [], []
    for square in squares:
        a, b = square[own], square[others]
        found.append(curve(a, b, np.ones(len(a)), np.ones(len(b))))
        anew.append([curve(a, b, _weights(n, own), _weights(n, others)) for n in drawn])
    areas, shares = (np.array([[getattr(c, name) for c in of] for of in anew]) for name in ("area", "found"))
    mean = Curve(*(np.mean([getattr(c, name) for c in found], axis=0) for name in ("area", "found", "shares")))
    return Roc(mean, areas.mean(axis=0), shares.mean(axis=0))


def _weights(drawn: Counts, pairs: tuple[Counts, ...]) -> Floats:
    return (drawn[pairs[0]] * drawn[pairs[1]]).astype(np.float64)


def interval(values: Iterable[float]) -> list[float]:
    """The 95 % percentile interval of bootstrap values; those without a pair of either kind are left out."""
    found = np.array([value for value in values if np.isfinite(value)])
    return [float(np.percentile(found, q)) for q in (2.5, 97.5)] if len(found) else [float("nan")] * 2
