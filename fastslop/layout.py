"""Where the nodes of a tree stand, in its own units, and the colour of each branch: what all its drawings share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fastslop.families import GREY
from fastslop.scene import safe
from fastslop.tree import Tree, leaf_order, node_heights


@dataclass(frozen=True, eq=False)
class Layout:
    """
    Where the nodes of a tree stand, in its own units; nodes are numbered as in the linkage.

    Parameters
    ----------
    order
        Leaves from top to bottom, indices into the tree's labels.
    heights
        Height above the leaves, float64 of shape (2 n - 1,); half the distance at which a node joins.
    rows
        Vertical position, float64 of shape (2 n - 1,): leaves at 0, 1, 2, ..., parents midway between
        their children.
    children
        The two children of each inner node, int64 of shape (n - 1, 2).
    """

    order: tuple[int, ...]
    heights: npt.NDArray[np.float64]
    rows: npt.NDArray[np.float64]
    children: npt.NDArray[np.int64]

    @property
    def depths(self) -> npt.NDArray[np.float64]:
        """Heights as shares of the tallest, float64 of shape (2 n - 1,)."""
        return self.heights / (self.heights[-1] or 1.0)


def layout(tree: Tree) -> Layout:
    """Place every node of the tree; a parent stands midway between its children."""
    order = leaf_order(tree)
    children = tree.linkage[:, :2].astype(np.int64)
    rows = np.empty(2 * len(order) - 1)
    rows[order] = np.arange(len(order))
    for inner, (left, right) in enumerate(children.tolist(), start=len(order)):
        rows[inner] = (rows[left] + rows[right]) / 2
    return Layout(tuple(order), node_heights(tree), rows, children)


def branch_colours(places: Layout, leaf_colours: Sequence[str]) -> list[str]:
    """Return a colour for each node: the one that all leaves under it share, or grey."""
    colours = list(leaf_colours)
    for left, right in places.children.tolist():
        colours.append(colours[left] if colours[left] == colours[right] else GREY)
    return colours


def describe(tree: Tree, places: Layout) -> str:
    """Say in words what the drawing shows, for those who cannot see it."""
    names = ", ".join(safe(tree.labels[leaf]) for leaf in places.order)
    return (
        f"Dendrogram of {len(tree.labels)} labels ({tree.method} linkage, {safe(tree.metric)}), "
        f"neighbours beside each other, from top to bottom: {names}."
    )


def caption(tree: Tree) -> str:
    """Say what the lengths and numbers of the drawing mean."""
    text = (
        f"The path between two labels is as long as the distance at which they join "
        f"({tree.method} linkage, {safe(tree.metric)})."
    )
    return text if tree.support is None else f"{text} Numbers: percent of replicates that agree."
