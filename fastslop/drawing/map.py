"""Places of labels on a map, as classical scaling finds them: near is alike, and no tree is assumed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from fastslop.base.wording import plural
from fastslop.comparing.scaling import Scaling
from fastslop.drawing.frame import Inscription
from fastslop.drawing.geometry import boxes_overlap, lines_in_boxes
from fastslop.drawing.scene import (
    LABEL,
    MARGIN,
    MIN_TEXT_WIDTH,
    Box,
    Measure,
    Point,
    Scene,
    Stroke,
    Text,
    safe,
    scale_bar,
)

_SIDE, _SIDE_OF_LABEL = 480.0, 85.0  # pixels of the longer axis, and of the square root of the number of labels
_DOT, _GAP, _LINE = 7.0, 4.0, 14.0
_RINGS = (0.0, 14.0, 28.0, 46.0, 68.0, 94.0)  # pixels from its dot by which a name may move away
_LED = 10.0  # pixels from which on a line leads from the dot to its name
_COMPASS = 16
Corners = tuple[float, float, float, float]  # left, top, right, bottom


def compose_map(scaling: Scaling, metric: str, written: Inscription, measure: Measure) -> Scene:
    """
    Draw a dot and a name for each label, both axes in one unit.

    Names move away from their dots until they cross none and each other nowhere; those that find no place are listed
    below.
    """
    labels = written.labels
    side = _SIDE + _SIDE_OF_LABEL * math.sqrt(len(labels))
    spread = np.ptp(scaling.points, axis=0)
    unit = side / (float(spread.max()) or 1.0)
    margin = MARGIN + 0.5 * max(measure(label.text, label.size, label.bold) for label in labels) + _GAP
    width = max(2 * margin + float(spread[0]) * unit, MIN_TEXT_WIDTH + 2 * MARGIN)
    height = float(spread[1]) * unit
    heading = written.heading(width - 2 * MARGIN, measure)
    top = (heading[-1].y + 14.0 if heading else MARGIN) + 2 * _LINE
    corner = scaling.points.min(axis=0)
    x = margin + (scaling.points[:, 0] - corner[0]) * unit
    y = top + height - (scaling.points[:, 1] - corner[1]) * unit
    dots: list[Point] = list(zip(x.tolist(), y.tolist(), strict=True))

    names, leaders = _named(labels, dots, (MARGIN, top - 2 * _LINE, width - MARGIN, top + height + 2 * _LINE), measure)
    bottom = top + height + 3 * _LINE
    bar, number = scale_bar(MARGIN, bottom, float(spread.max()), side)
    left_out = [label.text for label, name in zip(labels, names, strict=True) if name is None]
    sentences = [
        f"Near is alike ({safe(metric)}), as far as two axes can show it (classical scaling). {scaling.words}",
        *([f"{plural(len(left_out), 'name')} left out for lack of room: {', '.join(left_out)}."] if left_out else []),
    ]
    keys, footer = written.footer(bottom + 10.0 * bool(bar), width - 2 * MARGIN, measure, *sentences)
    return Scene(
        width=math.ceil(width),
        height=math.ceil(footer[-1].y + MARGIN),
        name=" ".join(t.text for t in heading) or f"Map of {len(labels)} labels",
        description=f"Map of {len(labels)} labels by {safe(metric)}: {', '.join(label.text for label in labels)}.",
        boxes=[_dot(dot, label.colour) for dot, label in zip(dots, labels, strict=True)] + keys,
        strokes=leaders + bar,
        texts=heading + [name for name in names if name is not None] + number + footer,
    )


def _dot(at: Point, colour: str) -> Box:
    return Box(at[0] - _DOT / 2, at[1] - _DOT / 2, _DOT, _DOT, colour, radius=_DOT / 2)


def _named(
    labels: Sequence[Text], dots: Sequence[Point], page: Corners, measure: Measure
) -> tuple[list[Text | None], list[Stroke]]:
    """Each name in a free place near its dot, or None; and lines to those that are far from it."""
    half = _DOT / 2
    taken = np.array([(x - half, y - half, x + half, y + half) for x, y in dots])
    lines = np.empty((0, 4))
    names: list[Text | None] = [None] * len(labels)
    leaders = []
    # Those that stand alone come first: their places are the surest.
    for i in np.argsort([_n_near(dot, dots) for dot in dots], kind="stable").tolist():
        label = labels[i]
        for box, is_led in _places(dots[i], measure(label.text, label.size, label.bold)):
            inside = page[0] <= box[0] and box[2] <= page[2] and page[1] <= box[1] and box[3] <= page[3]
            if not inside or boxes_overlap(box, taken).any() or lines_in_boxes(lines, np.array([box])).any():
                continue
            leader = _leader(dots[i], box, label.colour)
            line = np.array([[*leader.points[0], *leader.points[1]]])
            if is_led and lines_in_boxes(line, np.delete(taken, i, axis=0)).any():
                continue
            if is_led:
                leaders.append(leader)
                lines = np.vstack([lines, line])
            taken = np.vstack([taken, box])
            names[i] = replace(label, x=box[0], y=box[3] - 0.25 * LABEL)
            break
    return names, leaders


def _n_near(dot: Point, dots: Sequence[Point]) -> int:
    return sum(abs(dot[0] - x) < 8 * _LINE and abs(dot[1] - y) < 2 * _LINE for x, y in dots)


def _places(dot: Point, width: float) -> Iterator[tuple[Corners, bool]]:
    """Boxes for a name around its dot, the nearest first, and whether a line has to lead there."""
    x, y = dot
    half = _LINE / 2
    for ring in _RINGS:
        for step in range(_COMPASS):
            # To the right first, then by turns up and down the other side.
            turn = math.pi * 2 / _COMPASS * ((step + 1) // 2) * (-1 if step % 2 else 1)
            cos, sin = math.cos(turn), math.sin(turn)
            far = _DOT / 2 + _GAP + ring
            middle = x + cos * (far + width / 2), y + sin * (far + half)
            box = (middle[0] - width / 2, middle[1] - half, middle[0] + width / 2, middle[1] + half)
            yield box, ring >= _LED


def _leader(dot: Point, box: Corners, colour: str) -> Stroke:
    """A line from a dot to the nearest point of its name."""
    left, upper, right, lower = box
    return Stroke((dot, (min(max(dot[0], left), right), min(max(dot[1], upper), lower))), colour)
