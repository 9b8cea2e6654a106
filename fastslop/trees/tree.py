"""A tree of any shape over labels, which is drawn and written wherever it comes from.

Nodes are numbered as in SciPy's linkage: node ``i < n`` is leaf ``labels[i]``, node ``n + k`` is inner node ``k``;
children stand before their parents and the last node is the root. Nothing here recurses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import squareform

from fastslop.base.arrays import Floats
from fastslop.base.defaults import JSON_FORMAT
from fastslop.base.errors import BadInputError
from fastslop.system.atomic import check_target, write_text
from fastslop.system.file_kinds import PICTURE_SUFFIXES

if TYPE_CHECKING:
    from fastslop.drawing.families import Families
    from fastslop.drawing.pictures import Picture

TREE_SUFFIXES = (".nwk", ".nex", *PICTURE_SUFFIXES)
"""Endings of files that a tree is written to."""

Children = tuple[tuple[int, ...], ...]
"""For each inner node the numbers of the nodes below it."""


@dataclass(frozen=True)
class Tree:
    """
    A rooted tree, or one without a root that is held at some inner node of three branches or more.

    Parameters
    ----------
    labels
        Leaf names, sorted.
    children
        Numbers of the nodes below each inner node.
    lengths
        Length of the branch above each node, 0 above the root; None where lengths mean nothing.
    name
        Method that made the tree, in a word: "average", "nj".
    meaning
        A sentence on what lengths and shape say.
    support
        Share (0 to 1) of replicates that have the branch above each inner node; None where that says nothing: at the
        root, and where only one label is on the other side of an unrooted tree. None for all where there are no
        replicates.
    is_rooted
        Whether the root is found from the data; else only branches count, not where the tree is held.
    caption
        A few words for pictures on what the tree rests on.
    notes
        Sentences that a reader of the tree must know.

    Raises
    ------
    BadInputError
        If labels, children, lengths and support do not fit together.
    """

    labels: tuple[str, ...]
    children: Children
    lengths: tuple[float, ...] | None
    name: str
    meaning: str
    support: tuple[float | None, ...] | None = None
    is_rooted: bool = True
    caption: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n_nodes = len(self.labels) + len(self.children)
        below = sorted(child for of_node in self.children for child in of_node)
        if below != list(range(n_nodes - 1)) or any(
            child >= parent for parent, of_node in enumerate(self.children, len(self.labels)) for child in of_node
        ):
            raise BadInputError(
                f"these children are no tree of {len(self.labels)} labels; give each node but the root one parent, "
                "which comes behind it"
            )
        if self.lengths is not None and len(self.lengths) != n_nodes:
            raise BadInputError(f"{len(self.lengths)} branch lengths for {n_nodes} nodes; give one per node")
        if self.support is not None and len(self.support) != len(self.children):
            n_inner = len(self.children)
            raise BadInputError(f"support has {len(self.support)} values for {n_inner} inner nodes; give one per node")

    def newick(self) -> str:
        """The tree as one Newick statement and a line feed; support labels inner nodes as a share."""
        from fastslop.trees.newick import newick  # a door: it reads trees as well

        return newick(self)

    def nexus(self) -> str:
        """The tree as a Nexus file with a TAXA and a TREES block."""
        from fastslop.trees.newick import nexus

        return nexus(self)

    def clades(self) -> list[frozenset[str]]:
        """The labels below each inner node; the last holds all of them."""
        below = labels_below(len(self.labels), self.children)
        return [frozenset(label for i, label in enumerate(self.labels) if bits >> i & 1) for bits in below]

    def draw(
        self,
        *,
        layout: str = "rectangular",
        title: str | None = None,
        families: Families | None = None,
        highlight: Sequence[str] = (),
        hide_support: int = 0,
        collapse: int | str | None = None,
    ) -> Picture:
        """
        Draw the tree.

        Parameters
        ----------
        layout
            "rectangular" or "circular".
        title
            Heading above the tree.
        families
            Families of labels, for colours: a CSV of ``label,family``, or the family of each label. Others are guessed
            from their names.
        highlight
            Labels to mark.
        hide_support
            Percent below which support is not written.
        collapse
            Draw groups of labels as a triangle each: "families" those of one family, a number as many as leave that
            many leaves.

        Raises
        ------
        UsageError
            If there is no such layout, a label to highlight or with a family is not in the tree, or ``collapse`` is
            something else.
        BadInputError
            If the file of families is malformed.
        """
        from fastslop.drawing.pictures import draw_tree  # a door: the picture is made in a room above

        return draw_tree(
            self,
            layout=layout,
            title=title,
            families=families,
            highlight=highlight,
            hide_support=hide_support,
            collapse=collapse,
        )

    def write(
        self,
        path: str | PathLike[str],
        *,
        layout: str = "rectangular",
        title: str | None = None,
        families: Families | None = None,
        highlight: Sequence[str] = (),
        force: bool = False,
    ) -> None:
        """Write the tree as .nwk or .nex, or draw it as .svg, .png or .pdf, by the ending of ``path``.

        A picture is that of `draw`, which has more to choose.

        Raises
        ------
        UsageError
            If it has another ending, or the file is already there, unless ``force``; and see `draw`.
        """
        target = check_target(path, TREE_SUFFIXES, force=force)
        texts = {".nwk": self.newick, ".nex": self.nexus}
        if (suffix := target.suffix.lower()) in texts:
            write_text(target, texts[suffix](), force=force)
        else:
            drawn = self.draw(layout=layout, title=title, families=families, highlight=highlight)
            drawn.write(target, force=force)

    def to_dict(self) -> dict[str, Any]:
        """The shape of ``tree --json``; a group is the labels below an inner node, ``height`` how far it stands above
        the leaf that is farthest from the root."""
        n, inner = len(self.labels), range(len(self.children))
        above = heights(self) if self.lengths is not None else None
        groups = [
            {
                "labels": sorted(below),
                "support": None if self.support is None else self.support[k],
                "height": None if above is None else round(float(above[n + k]), 6),
            }
            for k, below in zip(inner, self.clades(), strict=True)
        ]
        return {
            "format": JSON_FORMAT,
            "name": self.name,
            "meaning": self.meaning,
            "caption": self.caption,
            "is_rooted": self.is_rooted,
            "labels": list(self.labels),
            "groups": groups,
            "newick": self.newick(),
            "notes": list(self.notes),
        }

    def _repr_svg_(self) -> str:
        return self.draw().svg()


def parents(tree: Tree) -> list[int]:
    """The parent of every node but the root."""
    above = [0] * (len(tree.labels) + len(tree.children) - 1)
    for parent, of_node in enumerate(tree.children, start=len(tree.labels)):
        for child in of_node:
            above[child] = parent
    return above


def heights(tree: Tree) -> Floats:
    """
    Return how far every node stands above the leaf that is farthest from the root, f64[nodes].

    Without lengths a node stands one above the highest of its children, and all leaves at 0.
    """
    n = len(tree.labels)
    if tree.lengths is None:
        levels = [0.0] * n
        for of_node in tree.children:
            levels.append(1.0 + max(levels[child] for child in of_node))
        return np.array(levels)
    above = parents(tree)
    depths = np.zeros(len(above) + 1)
    for node in range(len(above) - 1, -1, -1):
        depths[node] = depths[above[node]] + tree.lengths[node]
    return np.asarray(depths.max() - depths)


def leaf_order(tree: Tree) -> list[int]:
    """Return indices into ``tree.labels`` in the order a drawing shows them, top to bottom."""
    n, order, pending = len(tree.labels), [], [len(tree.labels) + len(tree.children) - 1]
    while pending:
        node = pending.pop()
        if node < n:
            order.append(node)
        else:
            pending += reversed(tree.children[node - n])
    return order


def labels_below(n: int, children: Sequence[Sequence[int]]) -> list[int]:
    """The labels under each inner node, as bits: bit ``i`` is leaf ``i`` of ``n``."""
    below = [1 << i for i in range(n)]
    for of_node in children:
        below.append(sum(below[child] for child in of_node))
    return below[n:]


def splits(n: int, children: Sequence[Sequence[int]]) -> list[int]:
    """Splits of the branches above inner nodes but the last: the labels on the side without the first one, as bits."""
    everything = (1 << n) - 1
    return [everything ^ bits if bits & 1 else bits for bits in labels_below(n, children)[:-1]]


def path_lengths(tree: Tree) -> Floats:
    """Lengths of paths between labels, condensed in the order of ``tree.labels``; NaN where lengths mean nothing."""
    n = len(tree.labels)
    if tree.lengths is None:
        return np.full(n * (n - 1) // 2, np.nan)
    from_root = heights(tree)
    from_root = from_root[-1] - from_root
    square = np.zeros((n, n))
    below: list[NDArray[np.int64]] = [np.array([i]) for i in range(n)]
    for parent, of_node in enumerate(tree.children, start=n):
        together = below[of_node[0]]
        for child in of_node[1:]:
            paths = from_root[together, None] + from_root[None, below[child]] - 2 * from_root[parent]
            square[np.ix_(together, below[child])] = paths
            square[np.ix_(below[child], together)] = paths.T
            together = np.concatenate([together, below[child]])
        below.append(together)
        for child in of_node:
            below[child] = np.empty(0, np.int64)
    return np.asarray(squareform(square, checks=False))


def ladderised(tree: Tree) -> Tree:
    """The same tree with smaller sister groups before larger ones, equal ones in the order of their first labels."""
    ranks = [(1, i) for i in range(len(tree.labels))]
    children = []
    for of_node in tree.children:
        ordered = tuple(sorted(of_node, key=ranks.__getitem__))
        children.append(ordered)
        ranks.append((sum(ranks[child][0] for child in ordered), min(ranks[child][1] for child in ordered)))
    return replace(tree, children=tuple(children))
