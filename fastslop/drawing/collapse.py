"""Trees of many labels made small: groups of them as one leaf each, which is drawn as a triangle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from fastslop.base.arrays import Floats
from fastslop.base.errors import UsageError
from fastslop.trees.tree import Tree, labels_below

FAMILIES = "families"
"""What stands for groups of one family each, in place of a number of leaves."""


@dataclass(frozen=True, eq=False)
class Collapsed:
    """
    A tree whose leaves are groups of labels.

    Parameters
    ----------
    tree
        The tree of the groups; a group is as far from the root as its farthest label.
    groups
        The labels in each leaf, in their order in the whole tree.
    apexes
        How far each group's first joint is above its farthest label, f64[leaves]; 0 for a single label.
    supports
        Support of each group, None where that says nothing or there is none.
    """

    tree: Tree
    groups: tuple[tuple[str, ...], ...]
    apexes: Floats
    supports: tuple[float | None, ...]


def collapsed(tree: Tree, how: int | str | None, families: Mapping[str, str], kept: Sequence[str] = ()) -> Collapsed:
    """
    Put groups of a tree together, so that it has fewer leaves.

    Parameters
    ----------
    how
        "families": each group whose labels are all of one family. A number: the groups that are joined lowest, until
        there are that many leaves. None: no group.
    families
        The family of each label.
    kept
        Labels that stay leaves.

    Raises
    ------
    UsageError
        If ``how`` is something else, or a number below 2.
    """
    below = labels_below(len(tree.labels), tree.children)[:-1]  # the root stays
    apart = sum(1 << i for i, label in enumerate(tree.labels) if label in kept)
    allowed = [not bits & apart for bits in below]
    if how is None:
        chosen: set[int] = set()
    elif how == FAMILIES:
        of_leaves = [families[label] for label in tree.labels]
        shared = _shared_family(tree, of_leaves)
        chosen = {i for i, may in enumerate(allowed) if may and shared[i] is not None}
    elif isinstance(how, int) and how >= 2:
        chosen = _lowest(tree, how, allowed)
    else:
        raise UsageError(f"cannot collapse to {how!r}: give {FAMILIES!r} or a number of leaves, 2 at least")
    return _without(tree, chosen)


def _shared_family(tree: Tree, of_leaves: Sequence[str]) -> list[str | None]:
    """The family of all labels under each inner node; None where they have several."""
    shared: list[str | None] = list(of_leaves)
    for of_node in tree.children:
        first, *others = (shared[child] for child in of_node)
        shared.append(first if all(other == first for other in others) else None)
    return shared[len(of_leaves) :]


def _lowest(tree: Tree, n_leaves: int, allowed: Sequence[bool]) -> set[int]:
    """Inner nodes that leave ``n_leaves`` leaves, or as few as are allowed: those with the nearest leaves first."""
    depths = _depths(tree)
    n = len(tree.labels)
    left, chosen = n, set[int]()
    for i in sorted((i for i, may in enumerate(allowed) if may), key=lambda i: (depths[n + i], i)):
        if left <= n_leaves:
            break
        if all(child < n or child - n in chosen for child in tree.children[i]):
            left -= len(tree.children[i]) - 1
            chosen.add(i)
    return chosen


def _depths(tree: Tree) -> Floats:
    """How far the farthest leaf is below every node, f64[nodes]; in joints where lengths mean nothing."""
    n = len(tree.labels)
    depths = np.zeros(n + len(tree.children))
    for parent, of_node in enumerate(tree.children, start=n):
        depths[parent] = max(depths[c] + (1.0 if tree.lengths is None else tree.lengths[c]) for c in of_node)
    return depths


def _without(tree: Tree, chosen: Set[int]) -> Collapsed:
    """The tree with these inner nodes, and what is under them, as leaves."""
    n, depths = len(tree.labels), _depths(tree)
    members: list[list[int]] = [[i] for i in range(n)]
    for of_node in tree.children:
        members.append([leaf for child in of_node for leaf in members[child]])
    hidden = {child for i in chosen for child in tree.children[i]}
    for i in reversed(range(len(tree.children))):
        if n + i in hidden:
            hidden.update(tree.children[i])
    leaves = [node for node in range(n) if node not in hidden]
    leaves += [n + i for i in sorted(chosen) if n + i not in hidden]
    inner = [n + i for i in range(len(tree.children)) if i not in chosen and n + i not in hidden]
    leaves.sort(key=lambda node: min(members[node]))
    place = {node: i for i, node in enumerate((*leaves, *inner))}
    supports = tree.support or (None,) * len(tree.children)
    of_leaves = tuple(tuple(tree.labels[leaf] for leaf in members[node]) for node in leaves)
    apexes = np.array([depths[node] for node in leaves])
    lengths = None
    if tree.lengths is not None:
        reach = [tree.lengths[node] + depths[node] for node in leaves]
        lengths = (*reach, *(tree.lengths[node] for node in inner))
    fewer = Tree(
        labels=tuple(" + ".join(group) for group in of_leaves),
        children=tuple(tuple(place[child] for child in tree.children[node - n]) for node in inner),
        lengths=lengths,
        name=tree.name,
        meaning=tree.meaning,
        support=None if tree.support is None else tuple(supports[node - n] for node in inner),
        is_rooted=tree.is_rooted,
        caption=tree.caption,
        notes=tree.notes,
    )
    own = tuple(None if node < n else supports[node - n] for node in leaves)
    return Collapsed(fewer, of_leaves, apexes if lengths is not None else np.minimum(apexes, 0.5), own)
