"""All distances as a heat map, rows and columns in the order of the tree: the nearer, the darker."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import squareform

from fastslop.drawing.colours import INK, ON_DARK, PALE
from fastslop.drawing.frame import Inscription
from fastslop.drawing.scene import LABEL, MARGIN, MIN_TEXT_WIDTH, Box, Measure, Scene, Stroke, Text, safe, widest
from fastslop.trees.linkage import Linkage, leaf_order

Colour = tuple[int, int, int]
_NEAR_TO_FAR: tuple[Colour, ...] = ((8, 48, 107), (66, 146, 198), (239, 244, 250))
_ON_DARK: tuple[Colour, ...] = ((255, 236, 160), (74, 137, 190), (27, 35, 46))
_SHADES = 64
_LABEL_GAP, _RAMP = 8.0, 192.0
_SPACED = 100  # labels up to which there is space between cells


def compose_heatmap(
    tree: Linkage,
    distances: npt.ArrayLike,
    written: Inscription,
    measure: Measure,
) -> Scene:
    """
    Draw the distances between the tree's labels in the order of its leaves.

    Parameters
    ----------
    distances
        Condensed, float64 of shape (n (n - 1) / 2,), in the order of ``tree.labels``.
    written
        The labels' texts, in the order of ``tree.labels``, and what is written around the picture.
    """
    labels = written.labels
    condensed = np.asarray(distances, dtype=np.float64)
    order = leaf_order(tree)
    cell = 20.0 if len(order) <= 60 else 14.0
    room = widest(labels, measure) + _LABEL_GAP
    left = MARGIN + room
    side = cell * len(order)
    text_width = max(room + side, MIN_TEXT_WIDTH)
    heading = written.heading(text_width, measure)
    top = (heading[-1].y + 14.0 if heading else MARGIN) + room
    size = min(LABEL, cell - 3.0)
    names = [replace(labels[leaf], size=size) for leaf in order]
    low, high = float(condensed.min()), float(condensed.max())
    bottom = top + side + 22.0
    ramp, ends = _ramp(left, bottom, low, high, measure)
    meaning = f"{safe(tree.metric)}; in the order of the tree."
    dots, footer = written.footer(bottom + 18.0, text_width, measure, meaning)
    return Scene(
        width=math.ceil(MARGIN + max(text_width, ends[-1].x - MARGIN + 60.0) + MARGIN),
        height=math.ceil(footer[-1].y + MARGIN),
        name=" ".join(t.text for t in heading) or f"Distances between {len(order)} labels",
        description=_describe(tree, order),
        boxes=_cells(squareform(condensed)[np.ix_(order, order)], left, top, cell) + ramp + dots,
        strokes=[
            Stroke(((left, top - 3.0), (left + side, top - 3.0))),
            Stroke(((left - 3.0, top), (left - 3.0, top + side))),
        ],
        texts=heading + _row_names(names, left, top, cell) + _column_names(names, left, top, cell) + ends + footer,
        on_dark=ON_DARK | dict(zip(_shades(_NEAR_TO_FAR), _shades(_ON_DARK), strict=True)),
    )


def _describe(tree: Linkage, order: Sequence[int]) -> str:
    names = ", ".join(safe(tree.labels[leaf]) for leaf in order)
    return f"Heat map of distances ({safe(tree.metric)}) between: {names}."


def _cells(square: npt.NDArray[np.float64], left: float, top: float, cell: float) -> list[Box]:
    """Fill a cell for each pair; those of the diagonal, where a label meets itself, have a colour of their own."""
    n = len(square)
    off = ~np.eye(n, dtype=bool)
    low, high = square[off].min(), square[off].max()
    share = (square - low) / ((high - low) or 1.0)
    shade = np.clip((share * _SHADES).astype(np.int64), 0, _SHADES - 1).tolist()
    colours = _shades(_NEAR_TO_FAR)
    size = cell - (1.0 if n <= _SPACED else 0.0)  # the spaces of very many cells would flicker
    return [
        Box(left + cell * j, top + cell * i, size, size, PALE if i == j else colours[shade[i][j]])
        for i in range(n)
        for j in range(n)
    ]


def _shades(stops: Sequence[Colour]) -> list[str]:
    """Return the ramp through these colours as "#RRGGBB"; no two steps are the same."""
    places = np.linspace(0, len(stops) - 1, _SHADES)
    channels = [np.interp(places, np.arange(len(stops)), [stop[c] for stop in stops]).round() for c in range(3)]
    return [f"#{int(r):02X}{int(g):02X}{int(b):02X}" for r, g, b in zip(*channels, strict=True)]


def _ramp(x: float, y: float, low: float, high: float, measure: Measure) -> tuple[list[Box], list[Text]]:
    """Show what the colours mean."""
    near = Text(x, y + 9.0, f"near {low:.3g}", colour=INK)
    start = x + measure(near.text, near.size, False) + 8.0
    step = _RAMP / _SHADES
    boxes = [Box(start + step * i, y, step, 11.0, colour) for i, colour in enumerate(_shades(_NEAR_TO_FAR))]
    far = Text(start + _RAMP + 8.0, y + 9.0, f"{high:.3g} far", colour=INK)
    at = far.x + measure(far.text, far.size, False) + 24.0
    boxes.append(Box(at, y, 11.0, 11.0, PALE))
    return boxes, [near, far, Text(at + 17.0, y + 9.0, "same", colour=INK)]


def _row_names(names: Sequence[Text], left: float, top: float, cell: float) -> list[Text]:
    middles = (top + cell * (i + 0.5) + 0.36 * name.size for i, name in enumerate(names))
    return [replace(name, x=left - _LABEL_GAP, y=y, anchor="end") for name, y in zip(names, middles, strict=True)]


def _column_names(names: Sequence[Text], left: float, top: float, cell: float) -> list[Text]:
    middles = (left + cell * (i + 0.5) + 0.36 * name.size for i, name in enumerate(names))
    return [replace(name, x=x, y=top - _LABEL_GAP, angle=-90.0) for name, x in zip(names, middles, strict=True)]
