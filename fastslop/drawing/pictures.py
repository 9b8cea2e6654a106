"""Trees and distances as pictures: SVG by ourselves, PNG and PDF by matplotlib, all from the same scene."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import IO

import numpy.typing as npt

from fastslop.base.errors import UsageError
from fastslop.drawing.circular import compose_circular
from fastslop.drawing.colours import family_colours
from fastslop.drawing.heatmap import compose_heatmap
from fastslop.drawing.png_pdf import write_scene
from fastslop.drawing.rectangular import compose_rectangular
from fastslop.drawing.scene import Measure, Scene, estimate_width, label_texts
from fastslop.drawing.svg import scene_to_svg
from fastslop.trees.linkage import Tree, phylogeny
from fastslop.trees.midpoint import rooted_at_midpoint
from fastslop.trees.tree import Phylogeny

LAYOUTS = {"rectangular": compose_rectangular, "circular": compose_circular}

Drawing = Callable[[Measure], Scene]
"""A picture that can be composed once it is known how wide texts are."""


def draw_tree(
    tree: Tree | Phylogeny,
    *,
    layout: str = "rectangular",
    title: str | None = None,
    colours: Mapping[str, str] | None = None,
    note: str | None = None,
    highlight: Sequence[str] = (),
) -> Drawing:
    """
    Return the drawing of a tree, for `to_svg` or `write_picture`.

    Parameters
    ----------
    tree
        What to draw, one without a root from the middle of its longest path; support, if present, is written at the
        inner nodes in percent, rounded down.
    layout
        "rectangular" or "circular".
    title
        Heading above the tree.
    colours
        Colour ("#RRGGBB") by label; labels left out are grey. A branch has a colour when all labels under it
        share it. Default: `family_colours`.
    note
        Text below the scale bar.
    highlight
        Labels to mark with a band and bold type.

    Raises
    ------
    UsageError
        If there is no such layout, a colour is not "#RRGGBB" or a label to highlight is not in the tree.
    """
    if layout not in LAYOUTS:
        raise UsageError(f"unknown layout {layout!r}; choose one of: {', '.join(LAYOUTS)}")
    labels = label_texts(tree.labels, family_colours(tree.labels) if colours is None else colours, highlight)
    drawn = phylogeny(tree) if isinstance(tree, Tree) else tree
    drawn = drawn if drawn.is_rooted else rooted_at_midpoint(drawn)
    return lambda measure: LAYOUTS[layout](drawn, labels, measure, title, note)


def draw_heatmap(
    tree: Tree,
    distances: npt.ArrayLike,
    *,
    title: str | None = None,
    note: str | None = None,
    highlight: Sequence[str] = (),
) -> Drawing:
    """
    Return the drawing of the distances between a tree's labels, in its order.

    ``distances`` are condensed, float64 of shape (n (n - 1) / 2,), in the order of ``tree.labels``; the rest is as in
    `draw_tree`.
    """
    labels = label_texts(tree.labels, family_colours(tree.labels), highlight)
    return lambda measure: compose_heatmap(tree, distances, labels, measure, title, note)


def to_svg(drawing: Drawing) -> str:
    """
    Write the drawing as one SVG element with no outside resources.

    The same drawing gives the same bytes. The picture follows the reader's light or dark colour scheme, by a
    style that touches only what is below ``.fastslop-tree``; without styles it is light.
    """
    return scene_to_svg(drawing(estimate_width))


def write_picture(drawing: Drawing, target: str | os.PathLike[str] | IO[bytes], format: str) -> None:
    """
    Draw the same picture as `to_svg` as "png" (two pixels for one) or "pdf", with matplotlib.

    Raises
    ------
    UsageError
        If matplotlib is missing or the picture is too large for a PNG.
    """
    write_scene(drawing, target, format)
