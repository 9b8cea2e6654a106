"""Places for the support of a tree's groups, written so that it crosses the fewest lines and numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from fastslop.drawing.scene import SUPPORT, Measure, Point, Stroke, Text
from fastslop.trees.tree import Tree

Corners = tuple[float, float, float, float]  # left, top, right, bottom


def support_texts(
    tree: Tree, points: Sequence[Point], strokes: Sequence[Stroke], right: float, measure: Measure
) -> list[Text]:
    """
    Write each support, in percent rounded down, beside its node, where there is one.

    Parameters
    ----------
    points
        Places of the inner nodes.
    strokes
        Lines to keep clear of.
    right
        Left edge of the labels, in pixels.
    measure
        Tells how wide texts are.
    """
    if tree.support is None:
        return []
    lines = np.array([segment for stroke in strokes for segment in _segments(stroke)])
    lines += (-1.0, -1.0, 1.0, 1.0)
    taken = np.empty((0, 4))
    texts = []
    for share, (x, y) in zip(tree.support, points, strict=True):
        if share is None:
            continue
        percent = f"{math.floor(100 * share + 1e-9)}"
        width, height = measure(percent, SUPPORT, False), 0.75 * SUPPORT
        inside, outside = x + 3.5, x - 3.5 - width
        middle = y - height / 2
        corners = [(inside, middle), (outside, y - 3 - height), (outside, y + 3)]
        corners += [(inside, middle - 5), (inside, middle + 5)]
        boxes = [(left, upper, left + width, upper + height) for left, upper in corners]
        costs = [_n_hits(box, lines) + 4 * _n_hits(box, taken) + 4 * (box[2] > right + 4) for box in boxes]
        best = boxes[costs.index(min(costs))]
        taken = np.vstack([taken, best])
        texts.append(Text(best[0], best[3], percent, SUPPORT))
    return texts


def _segments(stroke: Stroke) -> list[Corners]:
    """Boxes around the pieces of a stroke: a curve counts by the points that are on it."""
    on_line = stroke.points[::3] if stroke.is_curve else stroke.points
    return [(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)) for (ax, ay), (bx, by) in pairwise(on_line)]


def _n_hits(box: Corners, boxes: npt.NDArray[np.float64]) -> int:
    left, top, right, bottom = box
    hits = (boxes[:, 0] < right) & (boxes[:, 2] > left) & (boxes[:, 1] < bottom) & (boxes[:, 3] > top)
    return int(np.count_nonzero(hits))
