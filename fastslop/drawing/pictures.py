"""Trees and distances as pictures: SVG by ourselves, PNG and PDF by matplotlib, all from the same scene."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import squareform

from fastslop.base.errors import BadInputError, UsageError
from fastslop.comparing.compare import Comparison
from fastslop.drawing.circular_tree import compose_circular
from fastslop.drawing.collapse import collapsed
from fastslop.drawing.families import Families, families_of
from fastslop.drawing.frame import Inscription
from fastslop.drawing.heatmap import compose_heatmap
from fastslop.drawing.map import compose_map
from fastslop.drawing.names import group_texts
from fastslop.drawing.png_pdf import write_scene
from fastslop.drawing.print_size import PrintSize, Size
from fastslop.drawing.rectangular_tree import compose_rectangular
from fastslop.drawing.scene import Measure, Scene, estimate_width
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

    def svg(self, *, size: Size | None = None) -> str:
        """
        The picture as one SVG element with no outside resources.

        The same picture gives the same bytes. It follows the reader's light or dark colour scheme, by a style that
        touches only what is below ``.fastslop-tree``; without styles it is light. ``size`` is as for `write`.
        """
        return scene_to_svg(self.compose(estimate_width), None if size is None else PrintSize.of(size))

    def save(
        self,
        target: str | PathLike[str] | IO[bytes],
        format: str,
        *,
        size: Size | None = None,
        dpi: float | None = None,
    ) -> None:
        """
        Draw the same picture as "png" or "pdf", with matplotlib; parameters as for `write`.

        Raises
        ------
        UsageError
            If matplotlib is missing or the picture is too large for a PNG.
        """
        write_scene(self.compose, target, format, None if size is None else PrintSize.of(size), dpi)

    def write(
        self,
        path: str | PathLike[str],
        *,
        size: Size | None = None,
        dpi: float | None = None,
        force: bool = False,
    ) -> None:
        """
        Write the picture as .svg, .png or .pdf, by the ending of ``path``.

        Parameters
        ----------
        size
            Millimetres: a width, or ``"180x250"`` to stay within a width and a height. None for as on the screen.
        dpi
            Dots per inch of a PNG: 192 if None, or 300 if it has a size.
        force
            Replace a file that is already there.

        Raises
        ------
        UsageError
            As `check_picture` does; and see `save`.
        """
        target = check_picture(path, size=size, dpi=dpi, force=force)
        suffix = target.suffix.lower()
        if suffix == ".svg":
            write_text(target, self.svg(size=size), force=force)
        else:
            write_atomically(target, lambda beside: self.save(beside, suffix[1:], size=size, dpi=dpi), force=force)

    def print_note(self, size: Size) -> str | None:
        """A sentence on names that are too small to read at this size, and one that would do; None if they are not."""
        return PrintSize.of(size).note(self.compose(estimate_width))

    def _repr_svg_(self) -> str:
        return self.svg()


def check_picture(
    path: str | PathLike[str], *, size: Size | None = None, dpi: float | None = None, force: bool = False
) -> Path:
    """
    The file of a picture, if it can be written so; parameters as for `Picture.write`.

    Raises
    ------
    UsageError
        If it has another ending, the file is already there, ``size`` is none, or ``dpi`` is not for a PNG.
    """
    target = check_target(path, PICTURE_SUFFIXES, force=force)
    suffix = target.suffix.lower()
    if dpi is not None and suffix != ".png":
        raise UsageError(f"{target}: dots per inch are of a PNG; lines and texts of {suffix} are sharp at any size")
    if size is not None:
        PrintSize.of(size)
    return target


def draw_tree(
    tree: Linkage | Tree,
    *,
    layout: str = "rectangular",
    title: str | None = None,
    families: Families | None = None,
    note: str | None = None,
    highlight: Sequence[str] = (),
    hide_support: int = 0,
    collapse: int | str | None = None,
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
    families
        Families of labels; see `families_of`. Those of two labels or more have a colour, as far as the palette goes. A
        branch has it when all labels under it do.
    note
        Text below the scale bar; the caption of the tree, if None.
    highlight
        Labels to mark with a band and bold type; no group hides them.
    hide_support
        Percent below which support is not written.
    collapse
        Groups that are drawn as one leaf each: "families", or a number of leaves; see `collapsed`.

    Raises
    ------
    UsageError
        If there is no such layout, or a label to highlight or with a family is not in the tree; and see `collapsed`.
    BadInputError
        If the file of families is malformed.
    """
    if layout not in LAYOUTS:
        raise UsageError(f"unknown layout {layout!r}; choose one of: {', '.join(LAYOUTS)}")
    known = families_of(tree.labels, families)
    text = tree.caption if note is None and isinstance(tree, Tree) else note
    written = Inscription.of(tree.labels, known, highlight, title, text)
    whole = as_tree(tree) if isinstance(tree, Linkage) else tree
    whole = whole if whole.is_rooted else rooted_at_midpoint(whole)
    drawn = collapsed(whole, collapse, known, highlight)
    texts = dict(zip(tree.labels, written.labels, strict=True))
    written = replace(written, labels=group_texts(drawn.groups, texts, known))
    return Picture(lambda measure: LAYOUTS[layout](drawn, written, measure, hide_support))


def draw_heatmap(
    tree: Linkage,
    distances: npt.ArrayLike,
    *,
    title: str | None = None,
    families: Families | None = None,
    note: str | None = None,
    highlight: Sequence[str] = (),
) -> Picture:
    """
    Draw the distances between a tree's labels, in its order.

    ``distances`` are condensed, float64 of shape (n (n - 1) / 2,), in the order of ``tree.labels``; the rest is as in
    `draw_tree`.
    """
    written = Inscription.of(tree.labels, families_of(tree.labels, families), highlight, title, note)
    return Picture(lambda measure: compose_heatmap(tree, distances, written, measure))


def heatmap_of(
    comparison: Comparison,
    *,
    title: str | None = None,
    families: Families | None = None,
    highlight: Sequence[str] = (),
) -> Picture:
    """Draw the distances of a comparison in the order of their tree; parameters and errors as of `draw_tree`."""
    linkage = comparison_linkage(comparison)
    place = {label: i for i, label in enumerate(comparison.labels)}
    order = [place[label] for label in linkage.labels]
    condensed = squareform(comparison.square[np.ix_(order, order)], checks=False)
    note = comparison.caption
    return draw_heatmap(linkage, condensed, title=title, families=families, note=note, highlight=highlight)


def map_of(
    comparison: Comparison,
    *,
    title: str | None = None,
    families: Families | None = None,
    highlight: Sequence[str] = (),
) -> Picture:
    """Draw the labels of a comparison on a map; parameters and errors as of `draw_tree`, and three labels at least."""
    scaling = comparison.scaling
    if scaling is None:
        raise BadInputError(f"a map needs three labels at least; there are {len(comparison.labels)}")
    known = families_of(comparison.labels, families)
    written = Inscription.of(comparison.labels, known, highlight, title, comparison.caption)
    return Picture(lambda measure: compose_map(scaling, comparison.metric, written, measure))
