"""Prompts drawn again: how sure a distance and a neighbour are, and how far a label is from itself.

The prompt is the unit, and labels of a panel are drawn together: a replicate has the same prompts, as often, for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import squareform

from fastslop.base.arrays import Floats
from fastslop.base.defaults import CONFIDENCE
from fastslop.comparing.distances import distances
from fastslop.comparing.fingerprint import Sample
from fastslop.comparing.prompt_counts import PromptCounts
from fastslop.comparing.prompt_products import DrawnProducts, Weights
from fastslop.comparing.replicates import Row, drawn_grams, of_each_draw
from fastslop.system.memory import trim
from fastslop.system.progress import Progress, silent, tracked

HALVINGS = 20
"""Random halvings of the prompts; distances on halves are medians over them."""
PAIRS_AT_ONCE = 1 << 16
"""Pairs whose percentiles are found together."""
MIN_GROUPS = 4
"""Fewest prompts of a label whose halves can be compared: a feature must be in two prompts."""


@dataclass(frozen=True)
class Resampled:
    """Results of resampling for distances; arrays over pairs are condensed, in SciPy's order of labels.

    ``replicates`` f64[replicates, pairs]: the distances of each. ``low``, ``high`` f64[pairs]: the interval of each
    distance. ``support`` f64[labels, labels]: the share of replicates in which the column is nearest to the row.
    ``split`` f64[pairs]: the distance on disjoint halves of the prompts, one half for each; ``floor`` f64[labels]: that
    of a label from itself (NaN where it has too few prompts). ``position`` f64[pairs]: where ``split`` stands between
    the two labels' own floor, 0, and the median of all pairs, 1.
    """

    seed: int
    replicates: Floats
    low: Floats
    high: Floats
    support: Floats
    split: Floats
    floor: Floats
    position: Floats


def resample(
    counts: PromptCounts,
    condensed: Floats,
    weights: Weights,
    products: DrawnProducts,
    *,
    seed: int,
    progress: Progress = silent,
) -> Resampled:
    """Support, intervals and the replicate floor of the distances ``condensed`` between the labels of ``counts``.

    ``weights`` are those of `replicate_weights`, and ``products`` those prompt by prompt of the same draws.
    """
    n_replicates = len(next(iter(weights.values())).T)
    drawn = drawn_distances(counts, weights, products)
    of_each = np.empty((n_replicates, len(condensed)))
    for i, of_draw in enumerate(tracked(drawn, progress, "resampling prompts", n_replicates, "replicates")):
        of_each[i] = of_draw
    trim()  # draws leave gaps between what is in use, which were a tenth of the peak on many labels
    low, high = interval(condensed, of_each)
    split, floor = half_distances(counts, seed, progress=progress)
    trim()
    return Resampled(seed, of_each, low, high, nearest_share(of_each), split, floor, positions(split, floor))


def interval(estimate: Floats, replicates: Floats, level: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """The percentile interval (Efron 1979), moved so that the median of the replicates falls on the estimate.

    A replicate has about 63 % of the prompts, so its fingerprints are noisier and its distances drawn towards 1. Left
    where they are, percentiles would often not hold the estimate itself.
    """
    tail = 50 * (1 - level)
    low, middle, high = np.empty((3, len(estimate)))
    for first in range(0, len(estimate), PAIRS_AT_ONCE):  # what is sorted is a copy
        pairs = slice(first, first + PAIRS_AT_ONCE)
        low[pairs], middle[pairs], high[pairs] = np.percentile(replicates[:, pairs], [tail, 50, 100 - tail], axis=0)
    return np.maximum(estimate + low - middle, 0.0), estimate + high - middle


def nearest_share(replicates: Floats) -> Floats:
    """Share of replicates in which the label of a column is the nearest to that of a row, f64[labels, labels]."""
    n = len(squareform(replicates[0]))
    n_nearest = np.zeros((n, n))
    for row in replicates:
        square = squareform(row)
        np.fill_diagonal(square, np.inf)
        n_nearest[np.arange(n), square.argmin(axis=1)] += 1
    return n_nearest / len(replicates)


def replicate_weights(counts: PromptCounts, n_replicates: int, seed: int) -> Weights:
    """How often each prompt of a panel is drawn in each replicate, f64[groups, replicates]."""
    weights = {}
    streams = np.random.SeedSequence(seed).spawn(len(counts.groups))
    for stream, panel in zip(streams, sorted(counts.groups), strict=True):
        n = len(counts.groups[panel])
        drawn = np.random.default_rng(stream).multinomial(n, np.full(n, 1 / n), n_replicates)
        weights[panel] = np.ascontiguousarray(drawn.T, np.float64)
    return weights


def drawn_distances(
    counts: PromptCounts, weights: Weights, products: DrawnProducts, *, is_matched: bool = True
) -> Iterator[Floats]:
    """Condensed distances of each draw, on all cores; features are winsorised and chosen anew in it.

    ``products``: those of the same draws. ``is_matched``: as of ``distances.likeness``.
    """

    def measured(draw: tuple[int, Floats]) -> Floats:
        number, gram = draw
        return distances(gram, counts.panels, products.of_draw(number), is_matched=is_matched)

    return of_each_draw(measured, enumerate(drawn_grams(counts, rows_of(counts, weights))))


def rows_of(counts: PromptCounts, weights: Weights) -> list[Row]:
    """A row of each label, all labels of a panel under the same draws: ``weights`` by panel, f64[groups, draws]."""
    return [(label, weights[panel]) for label, panel in enumerate(counts.panels)]


def weighted_samples(counts: PromptCounts, weights: Weights, n_draws: int) -> Iterator[Sample]:
    """The sample of all labels under each draw of ``weights`` (by panel, f64[groups, draws])."""
    for batch in counts.batches(n_draws):
        draws = [*counts.draw_all({panel: w[:, batch] for panel, w in weights.items()})]
        for d in range(batch.stop - batch.start):
            yield counts.sample([(of_label, d) for of_label in draws])


def half_distances(
    counts: PromptCounts, seed: int, n_halvings: int = HALVINGS, progress: Progress = silent
) -> tuple[Floats, Floats]:
    """Distances on disjoint halves of the prompts: between labels (condensed), and of each label from itself.

    Prompts are halved at random ``n_halvings`` times. In each, one half of every label stands beside the other half of
    every label, each half a panel of its own, as if counted from prompts that have nothing in common. Results are
    medians over the halvings; a distance between A and B is the mean of both ways round. All are of half the prompts
    and of disjoint ones, so they can be compared, as distances on the same prompts and a floor on others could not.
    Answers to disjoint prompts cannot be held together prompt by prompt, and there is nothing to be matched.
    """
    rng = np.random.default_rng([seed, 1])
    n = len(counts.labels)
    halves = {panel: _halvings(rng, len(counts.groups[panel]), n_halvings) for panel in sorted(counts.groups)}
    panels = [f"{panel}/{side}" for side in "12" for panel in counts.panels]
    others = {panel: 1.0 - half for panel, half in halves.items()}
    grams = drawn_grams(counts, [*rows_of(counts, halves), *rows_of(counts, others)])
    of_each = of_each_draw(lambda gram: distances(gram, panels, is_matched=False), grams)
    measured = tracked(of_each, progress, "halving prompts", n_halvings, "halvings")
    across = np.array([squareform(c)[:n, n:] for c in measured])
    middle = np.median((across + across.transpose(0, 2, 1)) / 2, axis=0)
    floor = np.diag(middle).copy()
    floor[[len(counts.groups_of(i)) < MIN_GROUPS for i in range(n)]] = np.nan
    return middle[np.triu_indices(n, 1)], floor


def _halvings(rng: np.random.Generator, n: int, n_halvings: int) -> Floats:
    """Random halvings of n prompts, f64[n, halvings]: 1 for the prompts in the first half."""
    first = np.arange(n) < (n + 1) // 2
    return np.array([rng.permutation(first) for _ in range(n_halvings)], np.float64).T


def positions(split: Floats, floor: Floats) -> Floats:
    """Position of each pair between its own floor (0) and the median of all pairs (1), f64[pairs]."""
    one, other = np.triu_indices(len(floor), 1)
    of_pair = (floor[one] + floor[other]) / 2
    span = np.median(split) - of_pair
    return np.asarray(np.divide(split - of_pair, span, out=np.full(len(split), np.nan), where=span > 0))
