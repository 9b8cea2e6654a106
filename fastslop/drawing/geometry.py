"""Whether lines enter boxes: what keeps numbers and names of a picture clear of its lines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Boxes = npt.NDArray[np.float64]  # f64[boxes, 4]: left, top, right, bottom
Lines = npt.NDArray[np.float64]  # straight pieces, f64[lines, 4]: x, y of one end, x, y of the other


def lines_in_boxes(lines: Lines, boxes: Boxes) -> npt.NDArray[np.bool_]:
    """
    Whether each line has a part inside each box, bool[lines, boxes].

    A line is inside a box from where it has entered both pairs of sides to where it leaves the first of them (Liang and
    Barsky 1984, ACM Transactions on Graphics 3).
    """
    start, end = lines[:, None, :2], lines[:, None, 2:]
    way = np.where(start == end, 1e-9, end - start)
    one, other = (boxes[None, :, :2] - start) / way, (boxes[None, :, 2:] - start) / way
    enters = np.minimum(one, other).max(axis=2).clip(0.0)
    leaves = np.maximum(one, other).min(axis=2).clip(None, 1.0)
    return np.asarray(enters < leaves)


def boxes_overlap(box: npt.ArrayLike, boxes: Boxes) -> npt.NDArray[np.bool_]:
    """Whether a box has a part inside each of the others, bool[boxes]."""
    left, top, right, bottom = np.asarray(box, np.float64)
    return np.asarray(
        (boxes[:, 0] < right) & (boxes[:, 2] > left) & (boxes[:, 1] < bottom) & (boxes[:, 3] > top), np.bool_
    )
