"""Unrooted trees held at the middle of their longest path, so that they can be drawn."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from fastslop.trees.tree import Tree, ladderised, parents

Neighbours = list[dict[int, float]]
"""For each node the nodes next to it, and how far away they are."""
Shares = dict[tuple[int, int], float | None]
"""Support of the branch between two nodes, either way round."""

NULL = 1e-12
"""Relative tolerance: a middle nearer to a node than this share of the branch is that node."""


def rooted_at_midpoint(tree: Tree) -> Tree:
    """
    Return the same branches held at the middle of the longest path between two labels (Farris 1972, The American
    Naturalist 106); where lengths mean nothing, of the path of most branches.

    A group's support is that of the branch above it, as before; where the middle is inside a branch, both halves have
    it. Sister groups stand in order of size. The middle is no root that data speak for: ``is_rooted`` stays as it is.
    """
    near, shares = _graph(tree)
    path = _longest_path(near)
    middle, half = len(near) - 1, path[-1][1] / 2
    for (one, at_one), (other, at_other) in pairwise(path):
        if at_one <= half < at_other:
            middle = _node_between(near, shares, one, other, (half - at_one) / (at_other - at_one))
    return _held_at(tree, middle, near, shares)


def _graph(tree: Tree) -> tuple[Neighbours, Shares]:
    near: Neighbours = [{} for _ in range(len(tree.labels) + len(tree.children))]
    shares: Shares = {}
    for node, above in enumerate(parents(tree)):
        near[node][above] = near[above][node] = 1.0 if tree.lengths is None else tree.lengths[node]
        if tree.support is not None and node >= len(tree.labels):
            shares[node, above] = shares[above, node] = tree.support[node - len(tree.labels)]
    return near, shares


def _longest_path(near: Neighbours) -> list[tuple[int, float]]:
    """The nodes of the longest path between two labels, and how far each is from its start."""
    from_first, _ = _walk(near, 0)
    far, before = _walk(near, max(from_first, key=from_first.__getitem__))
    node: int | None = max(far, key=far.__getitem__)
    path = []
    while node is not None:
        path.append((node, far[node]))
        node = before[node]
    return path[::-1]


def _walk(near: Neighbours, start: int) -> tuple[dict[int, float], dict[int, int | None]]:
    """Ways from a node to all others, in the order they are walked: the length of each, and its last node but one."""
    far: dict[int, float] = {}
    before: dict[int, int | None] = {start: None}
    pending = [(start, 0.0)]
    while pending:
        node, walked = pending.pop()
        far[node] = walked
        for other, length in near[node].items():
            if other not in before:
                before[other] = node
                pending.append((other, walked + length))
    return far, before


def _node_between(near: Neighbours, shares: Shares, one: int, other: int, part: float) -> int:
    """The node that stands this part of the way from one node to the next; a new one where there is none."""
    if min(part, 1 - part) <= NULL:
        return one if part < 0.5 else other
    length, new = near[one].pop(other), len(near)
    del near[other][one]
    near.append({})
    for node, share_of_way in ((one, part), (other, 1 - part)):
        near[node][new] = near[new][node] = share_of_way * length
        shares[node, new] = shares[new, node] = shares.get((one, other))
    return new


def _held_at(tree: Tree, top: int, near: Neighbours, shares: Shares) -> Tree:
    """The tree of these branches with the node ``top`` as the last, its nodes numbered anew."""
    n = len(tree.labels)
    _, before = _walk(near, top)
    upwards = list(before)[::-1]  # children stand before their parents
    number = {node: node for node in range(n)}
    number |= {node: n + k for k, node in enumerate(node for node in upwards if node >= n)}
    children = [tuple(number[other] for other in near[node] if other != before[node]) for node in upwards if node >= n]
    lengths = [0.0] * (len(number))
    support: list[float | None] = [None] * len(children)
    for node, above in before.items():
        if above is not None:
            lengths[number[node]] = near[node][above]
            if node >= n:
                support[number[node] - n] = shares.get((node, above))
    return ladderised(
        replace(
            tree,
            children=tuple(children),
            lengths=None if tree.lengths is None else tuple(lengths),
            support=None if tree.support is None else tuple(support),
        )
    )
