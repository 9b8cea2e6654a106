"""Tree-likeness of distances: how far a tree drawn from them can be trusted."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import squareform

MAX_QUARTETS = 200_000
"""Most quartets that are looked at: a random sample of this size, taken of more, gives the mean to a thousandth."""


ON_A_PLANE = 0.3
"""Mean delta of points strewn over a plane (normal, 22 or 78 of them: 0.31); with axes it rises, to 0.5."""


def likeness_words(delta: float) -> str:
    """What a mean delta says of a tree, in two sentences."""
    scale = f"Mean delta {delta:.2f}, where 0 is a tree, 0.3 points strewn over a plane and 0.5 no order at all"
    if delta < ON_A_PLANE / 2:
        return f"{scale}: the distances are close to those of a tree."
    if delta < ON_A_PLANE:
        return (
            f"{scale}: the distances are partly those of a tree. Joints near the root are less sure than their support."
        )
    return (
        f"{scale}: the distances are not those of a tree. What is joined near the names may be trusted; what is joined "
        "near the root comes from the method, whatever its support. A map assumes no tree."
    )


def mean_delta(condensed: NDArray[np.float64], seed: int = 0) -> float:
    """Mean delta over quartets of labels: 0 for distances of a tree, 0.3 for points of a plane, 0.5 for no order.

    On a tree the two largest of a quartet's three sums of opposite distances are equal; delta is their difference
    over that of the largest and the smallest, 0 where all three are equal (Holland et al. 2002, Molecular Biology and
    Evolution 19, equation 2).
    """
    square = squareform(condensed)
    a, b, c, d = _quartets(len(square), seed).T
    if not len(a):
        return float("nan")
    sums = np.sort([square[a, b] + square[c, d], square[a, c] + square[b, d], square[a, d] + square[b, c]], axis=0)
    room = sums[2] - sums[0]
    return float(np.divide(sums[2] - sums[1], room, out=np.zeros(len(room)), where=room > 1e-12).mean())


def _quartets(n: int, seed: int) -> NDArray[np.int64]:
    """All fours of n labels, or a sample of them, i64[quartets, 4]."""
    if n * (n - 1) * (n - 2) * (n - 3) // 24 <= MAX_QUARTETS:
        return np.array(list(combinations(range(n), 4)), np.int64).reshape(-1, 4)
    drawn = np.random.default_rng(seed).integers(0, n, (2 * MAX_QUARTETS, 4))
    ordered = np.sort(drawn, axis=1)
    return drawn[(np.diff(ordered, axis=1) > 0).all(axis=1)][:MAX_QUARTETS]


def cophenetic_correlation(condensed: NDArray[np.float64], on_tree: NDArray[np.float64]) -> float:
    """Correlation of distances with those on a tree (Sokal and Rohlf 1962, Taxon 11); NaN where either is constant."""
    varies = len(condensed) > 1 and np.ptp(condensed) > 0 and np.ptp(on_tree) > 0
    return float(np.corrcoef(condensed, on_tree)[0, 1]) if varies else float("nan")
