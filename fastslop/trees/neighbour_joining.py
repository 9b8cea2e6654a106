"""Neighbour joining: condensed distances to an unrooted tree, which unlike a linkage may have branches of any length.

Saitou, Nei (1987), Molecular Biology and Evolution 4(4), in the form of Studier, Keppler (1988), same journal 5(6): on
distances that are those of a tree it gives that tree, exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.spatial.distance import squareform

from fastslop.base.arrays import Floats
from fastslop.base.errors import BadInputError
from fastslop.trees.tree import Children, Tree, splits


def neighbour_joining(
    labels: Sequence[str], condensed: Floats, replicates: Floats | None = None, *, metric: str = "distance"
) -> Tree:
    """
    Join the two labels that stand out together, again and again. Negative branches are set to 0.

    Parameters
    ----------
    condensed
        Distances in SciPy's condensed order of ``labels``.
    replicates
        Distances of each replicate, f64[replicates, pairs]: gives each branch the share of them that have its split.
    metric
        Name of the distance.

    Raises
    ------
    BadInputError
        If there are fewer than three labels.
    """
    names, condensed = _sorted_by_label(labels, condensed)
    children, lengths = _join(squareform(condensed))
    meaning = f"The path between two labels is about as long as their distance (neighbour joining, {metric})."
    tree = Tree(names, children, lengths, "nj", meaning, is_rooted=False)
    if replicates is None:
        return tree
    found = count_splits(labels, replicates)
    support = [found[split] / len(replicates) for split in splits(len(names), children)]
    return replace(tree, support=(*support, None))


def count_splits(labels: Sequence[str], replicates: Floats) -> Counter[int]:
    """Number of replicates whose neighbour joining has each split, as bits (`tree.splits`) of the sorted labels."""
    found: Counter[int] = Counter()
    for condensed in replicates:
        found.update(splits(len(labels), _join(squareform(_sorted_by_label(labels, condensed)[1]))[0]))
    return found


def _sorted_by_label(labels: Sequence[str], condensed: Floats) -> tuple[tuple[str, ...], Floats]:
    if len(labels) < 3:
        raise BadInputError(f"neighbour joining needs 3 labels at least, got {len(labels)}; count more models")
    order = sorted(range(len(labels)), key=labels.__getitem__)
    square = squareform(condensed)[np.ix_(order, order)]
    return tuple(labels[i] for i in order), squareform(square, checks=False)


def _join(square: Floats) -> tuple[Children, tuple[float, ...]]:
    """The children of each inner node, three of the last, and the length of the branch above each node."""
    distances = square.copy()
    nodes = list(range(len(square)))
    children: list[tuple[int, ...]] = []
    lengths = np.zeros(2 * len(square) - 2)
    while len(nodes) > 3:
        n = len(nodes)
        sums = distances.sum(axis=1)
        criterion = (n - 2) * distances - sums[:, None] - sums[None, :]
        criterion[np.tril_indices(n)] = np.inf
        i, j = map(int, np.unravel_index(int(criterion.round(12).argmin()), criterion.shape))
        to_i = distances[i, j] / 2 + (sums[i] - sums[j]) / (2 * (n - 2))
        children.append((nodes[i], nodes[j]))
        lengths[[nodes[i], nodes[j]]] = to_i, distances[i, j] - to_i
        to_new = (distances[i] + distances[j] - distances[i, j]) / 2
        kept = [k for k in range(n) if k not in (i, j)]
        distances = np.block(
            [[distances[np.ix_(kept, kept)], to_new[kept, None]], [to_new[None, kept], np.zeros((1, 1))]]
        )
        nodes = [*(nodes[k] for k in kept), len(square) + len(children) - 1]
    ab, ac, bc = distances[0, 1], distances[0, 2], distances[1, 2]
    lengths[nodes] = (ab + ac - bc) / 2, (ab + bc - ac) / 2, (ac + bc - ab) / 2
    return (*children, tuple(nodes)), tuple(np.maximum(lengths, 0.0).tolist())
