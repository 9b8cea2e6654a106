"""Neighbour joining: condensed distances to an unrooted tree, which unlike a linkage may have branches of any length.

Saitou, Nei (1987), Molecular Biology and Evolution 4(4), in the form of Studier, Keppler (1988), same journal 5(6): on
distances that are those of a tree it gives that tree, exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import squareform

from fastslop.errors import BadInputError
from fastslop.tree import SIGNIFICANT_DIGITS, quoted_for_newick

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Joined:
    """An unrooted tree: leaf ``i`` is ``labels[i]``, inner nodes follow in the order they were made, the last of three
    children, the others of two. ``children``: of each inner node; ``lengths``: of the branch towards each."""

    labels: tuple[str, ...]
    children: tuple[tuple[int, ...], ...]
    lengths: tuple[tuple[float, ...], ...]
    support: tuple[float, ...] | None = None


def neighbour_joining(labels: Sequence[str], condensed: Floats, replicates: Floats | None = None) -> Joined:
    """
    Join the two labels that stand out together, again and again. Negative branches are set to 0.

    Parameters
    ----------
    condensed
        Distances in SciPy's condensed order of ``labels``.
    replicates
        Distances of each replicate, f64[replicates, pairs]: gives each branch the share of them that have its split.

    Raises
    ------
    BadInputError
        If there are fewer than three labels.
    """
    if len(labels) < 3:
        raise BadInputError(f"neighbour joining needs 3 labels at least, got {len(labels)}")
    order = sorted(range(len(labels)), key=labels.__getitem__)
    names = tuple(labels[i] for i in order)
    children, lengths = _join(squareform(condensed)[np.ix_(order, order)])
    if replicates is None:
        return Joined(names, children, lengths)
    found: Counter[int] = Counter()
    for one in replicates:
        found.update(_splits(len(names), _join(squareform(one)[np.ix_(order, order)])[0]))
    support = tuple(found[split] / len(replicates) for split in _splits(len(names), children))
    return Joined(names, children, lengths, support)


def _join(square: Floats) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[float, ...], ...]]:
    distances = square.copy()
    nodes = list(range(len(square)))
    children: list[tuple[int, ...]] = []
    lengths: list[tuple[float, ...]] = []
    while len(nodes) > 3:
        n = len(nodes)
        sums = distances.sum(axis=1)
        criterion = (n - 2) * distances - sums[:, None] - sums[None, :]
        criterion[np.tril_indices(n)] = np.inf
        i, j = map(int, np.unravel_index(int(criterion.round(12).argmin()), criterion.shape))
        to_i = distances[i, j] / 2 + (sums[i] - sums[j]) / (2 * (n - 2))
        children.append((nodes[i], nodes[j]))
        lengths.append((max(float(to_i), 0.0), max(float(distances[i, j] - to_i), 0.0)))
        to_new = (distances[i] + distances[j] - distances[i, j]) / 2
        kept = [k for k in range(n) if k not in (i, j)]
        distances = np.block(
            [[distances[np.ix_(kept, kept)], to_new[kept, None]], [to_new[None, kept], np.zeros((1, 1))]]
        )
        nodes = [*(nodes[k] for k in kept), len(square) + len(children) - 1]
    ab, ac, bc = distances[0, 1], distances[0, 2], distances[1, 2]
    last = ((ab + ac - bc) / 2, (ab + bc - ac) / 2, (ac + bc - ab) / 2)
    return (*children, tuple(nodes)), (*lengths, tuple(max(float(x), 0.0) for x in last))


def _splits(n: int, children: Sequence[tuple[int, ...]]) -> list[int]:
    """For each inner node but the last the labels on that side of its branch that has not the first, as bits."""
    below = [1 << i for i in range(n)]
    for of_node in children[:-1]:
        below.append(sum(below[child] for child in of_node))
    everything = (1 << n) - 1
    return [everything ^ bits if bits & 1 else bits for bits in below[n:]]


def joined_distances(tree: Joined) -> Floats:
    """Lengths of the paths between labels on the tree, condensed in the order of ``tree.labels``."""
    n = len(tree.labels)
    square = np.zeros((n, n))
    below: list[dict[int, float]] = [{i: 0.0} for i in range(n)]
    for of_node, lengths in zip(tree.children, tree.lengths, strict=True):
        parts = [{i: d + length for i, d in below[c].items()} for c, length in zip(of_node, lengths, strict=True)]
        for k, one in enumerate(parts):
            for other in parts[:k]:
                for i, d in one.items():
                    for j, e in other.items():
                        square[i, j] = square[j, i] = d + e
        below.append({i: d for part in parts for i, d in part.items()})
    return np.asarray(squareform(square, checks=False))


def joined_newick(tree: Joined) -> str:
    """The tree as Newick, with branch lengths and, where there is support, its share as inner nodes' labels."""
    n = len(tree.labels)
    texts = [quoted_for_newick(label) for label in tree.labels]
    for k, (of_node, lengths) in enumerate(zip(tree.children, tree.lengths, strict=True)):
        inside = ",".join(
            f"{texts[c]}:{length:.{SIGNIFICANT_DIGITS}g}" for c, length in zip(of_node, lengths, strict=True)
        )
        share = "" if tree.support is None or k == n - 3 else f"{tree.support[k]:.{SIGNIFICANT_DIGITS}g}"
        texts.append(f"({inside}){share}")
    return texts[-1] + ";\n"
