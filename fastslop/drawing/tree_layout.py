"""Layout of a tree, which all its drawings share: the places of its nodes in its own units, and colours of branches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fastslop.drawing.colours import GREY
from fastslop.drawing.scene import safe
from fastslop.trees.tree import Children, Tree, heights, leaf_order


@dataclass(frozen=True, eq=False)
class Layout:
    """
    Places of a tree's nodes, in its own units; nodes are numbered as in the tree.

    Parameters
    ----------
    order
        Leaves from top to bottom, indices into the tree's labels.
    heights
        Height above the leaf that is farthest from the root, float64 of shape (nodes,).
    rows
        Vertical position, float64 of shape (nodes,): leaves at 0, 1, 2, ..., parents midway between their outermost
        children.
    children
        The children of each inner node.
    has_lengths
        Whether heights mean something.
    """

    order: tuple[int, ...]
    heights: npt.NDArray[np.float64]
    rows: npt.NDArray[np.float64]
    children: Children
    has_lengths: bool

    @property
    def depths(self) -> npt.NDArray[np.float64]:
        """Heights as shares of the tallest, float64 of shape (nodes,)."""
        return self.heights / (self.heights[-1] or 1.0)

    @property
    def scale(self) -> float:
        """The height of the root, for a scale bar; 0 where heights mean nothing."""
        return float(self.heights[-1]) if self.has_lengths else 0.0


def layout(tree: Tree) -> Layout:
    """Place every node of the tree; a parent stands midway between its outermost children."""
    order = leaf_order(tree)
    rows = np.empty(len(order) + len(tree.children))
    rows[order] = np.arange(len(order))
    for inner, of_node in enumerate(tree.children, start=len(order)):
        rows[inner] = (rows[of_node[0]] + rows[of_node[-1]]) / 2
    return Layout(tuple(order), heights(tree), rows, tree.children, tree.lengths is not None)


def branch_colours(places: Layout, leaf_colours: Sequence[str]) -> list[str]:
    """Return a colour for each node: the one that all leaves under it share, or grey."""
    colours = list(leaf_colours)
    for of_node in places.children:
        first, *others = (colours[child] for child in of_node)
        colours.append(first if all(other == first for other in others) else GREY)
    return colours


def describe(tree: Tree, places: Layout) -> str:
    """Say in words what the drawing shows, for those who cannot see it."""
    names = ", ".join(safe(tree.labels[leaf]) for leaf in places.order)
    return (
        f"Dendrogram of {len(tree.labels)} labels, neighbours beside each other, from top to bottom: {names}. "
        f"{safe(tree.meaning)}"
    )


def caption(tree: Tree) -> str:
    """Say what the lengths and numbers of the drawing mean, and its root."""
    return " ".join(
        [
            safe(tree.meaning),
            *(["Numbers: percent of replicates that agree."] if tree.support is not None else []),
            *([] if tree.is_rooted else ["The tree has no root; it is drawn from the middle of its longest path."]),
        ]
    )
