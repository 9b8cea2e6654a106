"""Trees and distances as pictures: SVG by ourselves, PNG and PDF by matplotlib, all from the same scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import IO

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import squareform

from fastslop.base.errors import UsageError
from fastslop.comparing.compare import Comparison
from fastslop.drawing.circular_tree import compose_circular
from fastslop.drawing.colours import family_colours
from fastslop.drawing.heatmap import compose_heatmap
from fastslop.drawing.png_pdf import write_scene
from fastslop.drawing.rectangular_tree import compose_rectangular
from fastslop.drawing.scene import Measure, Scene, estimate_width, label_texts
from fastslop.drawing.svg import scene_to_svg
from fastslop.system.atomic import check_target, write_atomically, write_text
from fastslop.system.file_kinds import PICTURE_SUFFIXES
from fastslop.trees.build import comparison_linkage
from fastslop.trees.linkage import Linkage, as_tree
from fastslop.trees.midpoint import rooted_at_midpoint
from fastslop.trees.tree import Tree

LAYOUTS = {"rectangular": compose_rectangular, "circular": compose_circular}


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture that is composed once it is known how wide texts are; a notebook shows it as SVG."""

    compose: Callable[[Measure], Scene]

    def svg(self) -> str:
        """
        The picture as one SVG element with no outside resources.

        The same picture gives the same bytes. It follows the reader's light or dark colour scheme, by a style that
        touches only what is below ``.fastslop-tree``; without styles it is light.
        """
        return scene_to_svg(self.compose(estimate_width))

    def save(self, target: str | PathLike[str] | IO[bytes], format: str) -> None:
        """
        Draw the same picture as "png" (two pixels for one) or "pdf", with matplotlib.

        Raises
        ------
        UsageError
            If matplotlib is missing or the picture is too large for a PNG.
        """
        write_scene(self.compose, target, format)

    def write(self, path: str | PathLike[str], *, force: bool = False) -> None:
        """
        Write the picture as .svg, .png or .pdf, by the ending of ``path``.

        Raises
        ------
        UsageError
            If it has another ending, or the file is already there, unless ``force``; and see `save`.
        """
        target = check_target(path, PICTURE_SUFFIXES, force=force)
        suffix = target.suffix.lower()
        if suffix == ".svg":
            write_text(target, self.svg(), force=force)
        else:
            write_atomically(target, lambda beside: self.save(beside, suffix[1:]), force=force)

    def _repr_svg_(self) -> str:
        return self.svg()


def draw_tree(
    tree: Linkage | Tree,
    *,
    layout: str = "rectangular",
    title: str | None = None,
    colours: Mapping[str, str] | None = None,
    note: str | None = None,
    highlight: Sequence[str] = (),
) -> Picture:
    """
    Draw a tree.

    Parameters
    ----------
    tree
        The tree, drawn from the middle of its longest path if it has no root; support, if present, is written at the
        inner nodes in percent, rounded down.
    layout
        "rectangular" or "circular".
    title
        Heading above the tree.
    colours
        Colour ("#RRGGBB") by label; labels left out are grey. A branch has a colour when all labels under it
        share it. Default: `family_colours`.
    note
        Text below the scale bar; the caption of the tree, if None.
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
    drawn = as_tree(tree) if isinstance(tree, Linkage) else tree
    drawn = drawn if drawn.is_rooted else rooted_at_midpoint(drawn)
    text = tree.caption if note is None and isinstance(tree, Tree) else note
    return Picture(lambda measure: LAYOUTS[layout](drawn, labels, measure, title, text))


def draw_heatmap(
    tree: Linkage,
    distances: npt.ArrayLike,
    *,
    title: str | None = None,
    note: str | None = None,
    highlight: Sequence[str] = (),
) -> Picture:
    """
    Draw the distances between a tree's labels, in its order.

    ``distances`` are condensed, float64 of shape (n (n - 1) / 2,), in the order of ``tree.labels``; the rest is as in
    `draw_tree`.
    """
    labels = label_texts(tree.labels, family_colours(tree.labels), highlight)
    return Picture(lambda measure: compose_heatmap(tree, distances, labels, measure, title, note))


def heatmap_of(comparison: Comparison, *, title: str | None = None, highlight: Sequence[str] = ()) -> Picture:
    """Draw the distances of a comparison in the order of their tree; parameters and errors as of `draw_tree`."""
    linkage = comparison_linkage(comparison)
    place = {label: i for i, label in enumerate(comparison.labels)}
    order = [place[label] for label in linkage.labels]
    condensed = squareform(comparison.square[np.ix_(order, order)], checks=False)
    return draw_heatmap(linkage, condensed, title=title, note=comparison.caption, highlight=highlight)
