"""Layout of a tree, which all its drawings share: the places of its nodes in its own units, and colours of branches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fastslop.base.wording import plural
from fastslop.drawing.collapse import Collapsed
from fastslop.drawing.colours import GREY
from fastslop.drawing.scene import safe
from fastslop.trees.tree import Children, heights, leaf_order


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
    apexes
        Height of each leaf's own joint, float64 of shape (leaves,): above the leaf where it is a group of labels.
    has_lengths
        Whether heights mean something.
    """

    order: tuple[int, ...]
    heights: npt.NDArray[np.float64]
    rows: npt.NDArray[np.float64]
    children: Children
    apexes: npt.NDArray[np.float64]
    has_lengths: bool

    @property
    def depths(self) -> npt.NDArray[np.float64]:
        """Heights as shares of the tallest, float64 of shape (nodes,)."""
        return self.heights / (self.heights[-1] or 1.0)

    @property
    def apex_depths(self) -> npt.NDArray[np.float64]:
        """Heights of the leaves' own joints as shares of the tallest, float64 of shape (leaves,)."""
        return self.apexes / (self.heights[-1] or 1.0)

    @property
    def scale(self) -> float:
        """The height of the root, for a scale bar; 0 where heights mean nothing."""
        return float(self.heights[-1]) if self.has_lengths else 0.0


def layout(drawn: Collapsed) -> Layout:
    """Place every node of the tree; a parent stands midway between its outermost children."""
    tree = drawn.tree
    order = leaf_order(tree)
    rows = np.empty(len(order) + len(tree.children))
    rows[order] = np.arange(len(order))
    for inner, of_node in enumerate(tree.children, start=len(order)):
        rows[inner] = (rows[of_node[0]] + rows[of_node[-1]]) / 2
    high = heights(tree)
    apexes = high[: len(order)] + drawn.apexes
    return Layout(tuple(order), high, rows, tree.children, apexes, tree.lengths is not None)


def branch_colours(places: Layout, leaf_colours: Sequence[str]) -> list[str]:
    """Return a colour for each node: the one that all leaves under it share, or grey."""
    colours = list(leaf_colours)
    for of_node in places.children:
        first, *others = (colours[child] for child in of_node)
        colours.append(first if all(other == first for other in others) else GREY)
    return colours


def describe(drawn: Collapsed, places: Layout) -> str:
    """Say in words what the drawing shows, for those who cannot see it."""
    names = ", ".join(safe(drawn.tree.labels[leaf]) for leaf in places.order)
    return (
        f"Dendrogram of {n_labels(drawn)} labels, neighbours beside each other, from top to bottom: {names}. "
        f"{safe(drawn.tree.meaning)}"
    )


def n_labels(drawn: Collapsed) -> int:
    """How many labels there are, in groups or alone."""
    return sum(map(len, drawn.groups))


def caption(drawn: Collapsed, least_support: int, n_without_room: int) -> str:
    """Say what the lengths, numbers and triangles of the drawing mean, and its root."""
    tree = drawn.tree
    sentences = [safe(tree.meaning)]
    if tree.support is not None and least_support <= 100:
        where = f", where {least_support} or more" if least_support else ""
        sentences.append(f"Numbers: percent of replicates that agree{where}.")
    if n_without_room:
        sentences.append(f"{plural(n_without_room, 'number')} left out for lack of room; the Newick file has all.")
    if not tree.is_rooted:
        sentences.append("The tree has no root; it is drawn from the middle of its longest path.")
    sizes = [len(group) for group in drawn.groups if len(group) > 1]
    depth = "" if tree.lengths is None else "; a triangle is as long as its group is deep"
    if sizes:
        sentences.append(
            f"{plural(len(sizes), 'triangle')}: groups of {sum(sizes)} of the {n_labels(drawn)} labels, named by what "
            f"their names share or by their families{depth}."
        )
    return " ".join(sentences)
