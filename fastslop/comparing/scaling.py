"""Distances as a map: classical scaling, which assumes no tree, and how much of the distances a map can hold.

Torgerson (1952), Psychometrika 17; Gower (1966), Biometrika 53. Stress is that of Kruskal (1964), Psychometrika 29.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.spatial.distance import pdist, squareform

MIN_POINTS = 3
"""Least labels of a map: two are a line."""
STRESSES = ((0.05, "good"), (0.1, "fair"), (0.2, "poor"))
"""Kruskal's words for a stress up to these bounds; beyond the last he has none."""
_ROUNDING = 1e-9  # share of the largest eigenvalue or coordinate below which a number is rounding


@dataclass(frozen=True, eq=False)
class Scaling:
    """
    Places of labels on a map, in the unit of their distances.

    Parameters
    ----------
    points
        f64[labels, 2], their mean at 0; the first axis is the longer one.
    stress
        Kruskal's stress-1: how far distances on the map are from keeping the order of those given, 0 for a map that
        keeps it wholly.
    explained
        Share of the two axes in all eigenvalues, the negative ones by their size: 1 for points of a plane.
    negative
        Share of the negative eigenvalues in all, by their size: 0 for distances between points of any space. Where
        it is large, no map of however many axes holds the distances.
    """

    points: NDArray[np.float64]
    stress: float
    explained: float
    negative: float

    @property
    def words(self) -> str:
        """What the stress says, in a sentence or two."""
        verdict = next((word for bound, word in STRESSES if self.stress <= bound), "worse than poor")
        said = (
            f"Stress {self.stress:.2f}, which is {verdict} (0.05 is good, 0.2 poor); the two axes hold "
            f"{self.explained:.0%} of what sets the models apart."
        )
        if self.negative > _ROUNDING:
            said += f" {self.negative:.0%} fits no map of any number of axes."
        if self.stress > STRESSES[1][0]:
            said += " Near on the map need not be near: look at the distances."
        return said

    def to_dict(self) -> dict[str, Any]:
        """The map as plain values: ``x``, ``y``, ``stress``, ``words``."""
        x, y = self.points.T.tolist()
        return {"x": x, "y": y, "stress": self.stress, "words": self.words}


def classical_scaling(condensed: NDArray[np.float64]) -> Scaling:
    """
    Place labels in a plane so that their distances are those given as far as two axes can hold them.

    The axes are the two largest eigenvalues of the squared distances, centred on both sides. Each axis points to
    where its farthest label lies (the first of equally far ones), so that the same distances give the same map. Axes
    of equal length can be turned in any way.

    Parameters
    ----------
    condensed
        Distances in SciPy's order, f64[pairs] of `MIN_POINTS` labels or more.
    """
    squared = squareform(condensed) ** 2
    centred = squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean()
    values, vectors = np.linalg.eigh(-0.5 * centred)
    values[np.abs(values) <= _ROUNDING * np.abs(values).max()] = 0.0
    longest = values[:-3:-1].clip(0.0)
    points = _turned_to_farthest(vectors[:, :-3:-1] * np.sqrt(longest))
    whole = float(np.abs(values).sum()) or 1.0
    explained = float(longest.sum()) / whole if longest.any() else 1.0
    return Scaling(points, stress(condensed, pdist(points)), explained, float(-values.clip(None, 0.0).sum()) / whole)


def stress(given: NDArray[np.float64], on_map: NDArray[np.float64]) -> float:
    """
    Kruskal's stress-1 of distances on a map: how far they are from rising with those given, 0 to 1.

    It is the root of their squared differences from the nearest distances that do rise (isotonic regression), over
    their own squares. Equal distances may be unequal on the map (his primary approach to ties).

    Parameters
    ----------
    given, on_map
        Distances of the same pairs, f64[pairs].
    """
    rising = on_map[np.lexsort((on_map, given))]
    size = float(rising @ rising)
    off = rising - isotonic_regression(rising).x
    return float(np.sqrt(off @ off / size)) if size else 0.0


def _turned_to_farthest(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points with each axis turned so that its farthest one is on the positive side."""
    far = np.abs(points)
    first = (far >= (1 - _ROUNDING) * far.max(axis=0)).argmax(axis=0)
    return np.asarray(points * np.where(np.take_along_axis(points, first[None], axis=0) < 0, -1.0, 1.0))
