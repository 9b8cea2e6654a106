"""Condensed distances -> linkage -> tree.

The tree is SciPy's linkage matrix, without a class for nodes: node ``i < n`` is leaf ``labels[i]``, node
``n + k`` is row ``k`` of ``linkage``, and children stand before their parents. Nothing here recurses, so a
chain of thousands of leaves works. What a label means and where its distances come from is no concern here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from fastslop.base.arrays import Floats
from fastslop.base.errors import BadInputError, UsageError
from fastslop.trees.newick import SIGNIFICANT_DIGITS, newick
from fastslop.trees.tree import Tree

METHODS = ("average", "ward")
LARGEST_DISTANCE = 1e150  # Ward's method squares them; beyond, SciPy overflows and returns nonsense


@dataclass(frozen=True, eq=False)
class Linkage:
    """
    A rooted binary tree over labels.

    Parameters
    ----------
    labels
        Leaf names, sorted; leaf ``i`` of the linkage is ``labels[i]``.
    matrix
        SciPy's linkage matrix, float64 of shape (n - 1, 4), in optimal leaf ordering; read-only.
    method
        How clusters were joined: "average" or "ward".
    metric
        Name of the distance, for captions.
    support
        Share (0 to 1) of replicates that agree, one per inner node in linkage order; the last is the root's,
        which every replicate has, and is never written. ``dataclasses.replace(linkage, support=...)`` adds it.

    Raises
    ------
    BadInputError
        If ``support`` has another length or holds something that is not a share.
    """

    labels: tuple[str, ...]
    matrix: Floats
    method: str
    metric: str
    support: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        n_inner = len(self.labels) - 1
        if self.matrix.shape != (n_inner, 4):
            shape = self.matrix.shape
            raise BadInputError(f"{n_inner + 1} labels need a linkage of shape ({n_inner}, 4), not {shape}")
        if self.support is None:
            return
        if len(self.support) != n_inner:
            raise BadInputError(
                f"support has {len(self.support)} values for {n_inner} inner nodes; give one per node, in linkage order"
            )
        for node, share in enumerate(self.support[:-1]):
            if not 0.0 <= share <= 1.0:
                raise BadInputError(f"support of inner node {node} is {share}; give a share from 0 to 1")


def linkage_of(
    labels: Sequence[str],
    condensed: npt.ArrayLike,
    *,
    method: str = "average",
    metric: str,
    support: Sequence[float] | None = None,
) -> Linkage:
    """
    Join labels by their distances.

    Labels are sorted first and the distances with them, so ties fall the same way and the tree is the same
    in whatever order the labels come. Leaves stand in optimal order (Bar-Joseph, Gifford, Jaakkola 2001), of
    its two mirror images in the one that starts with the alphabetically earlier end. Ward's method is
    SciPy's: the update formula applied to the given distances.

    Parameters
    ----------
    labels
        At least two different names.
    condensed
        Distances in SciPy's condensed order of ``labels``, of shape (n (n - 1) / 2,); finite, not negative.
    method
        "average" or "ward".
    metric
        Name of the distance.
    support
        Share of replicates for each inner node, as in `Linkage`.

    Raises
    ------
    BadInputError
        If labels or distances cannot make a tree.
    UsageError
        If the method is unknown.

    Examples
    --------
    >>> to_newick(linkage_of(["b", "a", "c"], [2.0, 6.0, 6.0], metric="euclidean"))
    '((a:1,b:1):2,c:3);\\n'
    """
    if method not in METHODS:
        raise UsageError(f"unknown linkage method {method!r}; choose one of: {', '.join(METHODS)}")
    _check_labels(labels)
    distances = _check_condensed(labels, condensed)
    ordered, distances = _sort_by_label(labels, distances)
    linkage = _order_leaves(hierarchy.linkage(distances, method=method), distances)
    linkage.setflags(write=False)
    return Linkage(ordered, linkage, method, metric, None if support is None else tuple(map(float, support)))


def node_heights(linkage: Linkage) -> Floats:
    """
    Return the height of every node above the leaves.

    A node stands at half the distance at which SciPy joins it, so that the path between two leaves, up and
    down again, is as long as their cophenetic distance.

    Returns
    -------
    heights
        float64 of shape (2 n - 1,): n zeros for the leaves, then the inner nodes in linkage order.
    """
    return np.concatenate([np.zeros(len(linkage.labels)), linkage.matrix[:, 2] / 2])


def leaf_order(linkage: Linkage) -> list[int]:
    """Return indices into ``linkage.labels`` in the order a drawing shows them, top to bottom."""
    order: list[int] = hierarchy.leaves_list(linkage.matrix).tolist()
    return order


def clades(linkage: Linkage) -> list[frozenset[str]]:
    """Return the labels under each inner node, in linkage order; the last holds them all."""
    members = [frozenset((label,)) for label in linkage.labels]
    for left, right in children_of(linkage):
        members.append(members[left] | members[right])
    return members[len(linkage.labels) :]


def as_tree(linkage: Linkage) -> Tree:
    """
    Return the linkage as a `Tree`.

    Branch lengths are differences of `node_heights`, so the path between two leaves is as long as their cophenetic
    distance. Heights are rounded to 10 digits of the tallest before they are subtracted, which keeps rounding noise
    out of them. The root, which every replicate has, has no support.
    """
    support = None if linkage.support is None else (*linkage.support[:-1], None)
    meaning = (
        f"The path between two labels is as long as the distance at which they join "
        f"({linkage.method} linkage, {linkage.metric})."
    )
    return Tree(linkage.labels, tuple(children_of(linkage)), _branch_lengths(linkage), linkage.method, meaning, support)


def to_newick(linkage: Linkage) -> str:
    """Write the linkage as `newick.newick` does a tree."""
    return newick(as_tree(linkage))


def children_of(linkage: Linkage) -> Iterator[tuple[int, int]]:
    """Yield the two children of each inner node, in linkage order."""
    yield from map(tuple, linkage.matrix[:, :2].astype(np.int64).tolist())


def _check_labels(labels: Sequence[str]) -> None:
    if len(labels) < 2:
        raise BadInputError(f"a tree needs at least 2 labels, got {len(labels)}; count more models")
    seen: set[str] = set()
    for label in labels:
        if label in seen:
            raise BadInputError(f"label {label!r} occurs twice; give every model its own label")
        seen.add(label)


def _check_condensed(labels: Sequence[str], condensed: npt.ArrayLike) -> Floats:
    distances = np.asarray(condensed, dtype=np.float64) + 0.0  # a copy, and -0.0 becomes 0.0
    n_pairs = len(labels) * (len(labels) - 1) // 2
    if distances.shape != (n_pairs,):
        raise BadInputError(
            f"{len(labels)} labels need {n_pairs} distances in one row (SciPy's condensed form, the upper "
            f"triangle row by row), got shape {distances.shape}"
        )
    bad = ~((distances >= 0) & (distances <= LARGEST_DISTANCE))
    if bad.any():
        first = int(np.argmax(bad))
        one, other = (labels[indices[first]] for indices in np.triu_indices(len(labels), 1))
        raise BadInputError(
            f"the distance between {one!r} and {other!r} is {distances[first]}; distances must be from 0 "
            f"to {LARGEST_DISTANCE:g} (leave out a label that has no features)"
        )
    return distances


def _sort_by_label(labels: Sequence[str], distances: Floats) -> tuple[tuple[str, ...], Floats]:
    order = sorted(range(len(labels)), key=labels.__getitem__)
    square = squareform(distances)[np.ix_(order, order)]
    return tuple(labels[i] for i in order), squareform(square, checks=False)


def _order_leaves(linkage: Floats, distances: Floats) -> Floats:
    ordered: Floats = hierarchy.optimal_leaf_ordering(linkage, distances)
    leaves = hierarchy.leaves_list(ordered)
    if leaves[0] > leaves[-1]:
        ordered[:, [0, 1]] = ordered[:, [1, 0]]  # all children swapped: the mirror image
    return ordered


def _branch_lengths(linkage: Linkage) -> tuple[float, ...]:
    """Return the length of the branch above each node; the root's is 0."""
    heights = node_heights(linkage).tolist()
    tallest = heights[-1]
    digits = SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(tallest)) if tallest > 0 else 0
    heights = [round(height, digits) for height in heights]
    lengths = [0.0] * len(heights)
    for parent, children in enumerate(children_of(linkage), start=len(linkage.labels)):
        for child in children:
            lengths[child] = round(heights[parent] - heights[child], digits)
    return tuple(lengths)
