"""A tree as a circle: root in the middle, labels around it, each turned so that it reads from left to right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from fastslop.drawing.collapse import Collapsed
from fastslop.drawing.colours import GREY, PALE
from fastslop.drawing.frame import Inscription
from fastslop.drawing.scene import LABEL, MARGIN, Box, Measure, Point, Scene, Stroke, Text, scale_bar, widest
from fastslop.drawing.support_labels import Joint, support_texts
from fastslop.drawing.tree_layout import Layout, branch_colours, caption, describe, layout, n_labels

_ARC, _DENSE_ARC, _DENSE = 18.0, 13.5, 60  # pixels of the rim for a label, and for one of more labels than the last
_LABEL_GAP, _GAP, _LEAST_LENGTH = 8.0, 5.0, 190.0  # pixels
# Radius of the hole in the middle, as a share of the longest way from it to the rim: labels that are little alike are
# joined near the root, where a circle has least room.
_HOLE = 0.4
_TRIANGLE, _WIDEST_TRIANGLE = 0.36, 8.0  # of a label's arc, and in pixels, to either side
_BEZIER_TURN = math.pi / 8  # arcs of up to this angle are drawn as one curve, wrong by less than 1e-7 of the radius


def compose_circular(drawn: Collapsed, written: Inscription, measure: Measure, least_support: int = 0) -> Scene:
    """Turn the layout into strokes and texts in pixels, given what is written and how wide texts are."""
    labels, n = written.labels, len(written.labels)
    length = max(_LEAST_LENGTH, (_ARC if n <= _DENSE else _DENSE_ARC) * n / (2 * math.pi * (1 + _HOLE)))
    hole = _HOLE * length
    radius = hole + length
    reach = radius + _LABEL_GAP + widest(labels, measure) + 6.0
    heading = written.heading(2 * reach, measure)
    top = heading[-1].y + 14.0 if heading else MARGIN
    centre = (MARGIN + reach, top + reach)

    places = layout(drawn)
    turns = (2 * math.pi / n * (places.rows + 0.5) - math.pi / 2).tolist()
    radii = (hole + length * (1.0 - places.depths)).tolist()
    apexes = (hole + length * (1.0 - places.apex_depths)).tolist()
    colours = [label.colour for label in labels]
    strokes = _branches(places, centre, radii, apexes, turns, colours)
    strokes += _triangles(drawn, centre, radii, apexes, turns, colours)
    strokes += _leaders(centre, radii[:n], turns, radius)
    shares = (*drawn.supports, *(drawn.tree.support or ()))
    joints = [
        Joint(share, _polar(centre, r, turn), turn, radius - r)
        for share, r, turn in zip(shares, apexes + radii[n:], turns, strict=False)
    ]
    support, n_without_room = support_texts(joints, strokes, measure, least_support)
    labels = [_turned(label, centre, radius + _LABEL_GAP, turn) for label, turn in zip(labels, turns, strict=False)]
    bottom = top + 2 * reach + 20.0
    bar, number = scale_bar(MARGIN, bottom, places.scale, length)
    sentence = caption(drawn, least_support, n_without_room)
    dots, footer = written.footer(bottom + 10.0 * bool(bar), 2 * reach, measure, sentence)
    return Scene(
        width=math.ceil(2 * (MARGIN + reach)),
        height=math.ceil(footer[-1].y + MARGIN),
        name=" ".join(t.text for t in heading) or f"Similarity tree of {n_labels(drawn)} labels",
        description=describe(drawn, places),
        boxes=[_band(label, measure(label.text, label.size, True)) for label in labels if label.bold] + dots,
        strokes=strokes + bar,
        texts=heading + [labels[leaf] for leaf in places.order] + support + number + footer,
    )


def _branches(
    places: Layout,
    centre: Point,
    radii: Sequence[float],
    apexes: Sequence[float],
    turns: Sequence[float],
    leaf_colours: Sequence[str],
) -> list[Stroke]:
    """Draw an arc per inner node and a spoke to each child, in the colour that all leaves under it share."""
    colours = branch_colours(places, leaf_colours)
    far = [*apexes, *radii[len(apexes) :]]
    strokes = []
    for parent, of_node in enumerate(places.children, start=len(leaf_colours)):
        radius = radii[parent]
        strokes.append(_arc(centre, radius, turns[of_node[0]], turns[of_node[-1]], colours[parent]))
        for child in of_node:
            ends = (_polar(centre, radius, turns[child]), _polar(centre, far[child], turns[child]))
            strokes.append(Stroke(ends, colours[child]))
    return strokes


def _triangles(
    drawn: Collapsed,
    centre: Point,
    radii: Sequence[float],
    apexes: Sequence[float],
    turns: Sequence[float],
    colours: Sequence[str],
) -> list[Stroke]:
    """Draw a triangle for each group of labels, from its joint to its farthest label; filled if it has a colour."""
    strokes = []
    half = min(_TRIANGLE * 2 * math.pi / len(drawn.groups), _WIDEST_TRIANGLE / max(radii))
    for i, group in enumerate(drawn.groups):
        if len(group) > 1:
            apex = _polar(centre, apexes[i], turns[i])
            base = [_polar(centre, radii[i], turns[i] + side) for side in (-half, half)]
            strokes.append(Stroke((apex, *base, apex), colours[i], is_filled=colours[i] != GREY))
    return strokes


def _leaders(centre: Point, radii: Sequence[float], turns: Sequence[float], rim: float) -> list[Stroke]:
    """Lead the eye from leaves that end early to their labels."""
    return [
        Stroke((_polar(centre, radius + _GAP, turn), _polar(centre, rim, turn)), PALE)
        for radius, turn in zip(radii, turns, strict=False)
        if rim - radius > 2 * _GAP
    ]


def _polar(centre: Point, radius: float, turn: float) -> Point:
    return centre[0] + radius * math.cos(turn), centre[1] + radius * math.sin(turn)


def _arc(centre: Point, radius: float, start: float, end: float, colour: str) -> Stroke:
    """Draw a part of a circle as Bezier curves: handles of 4/3 tan(turn / 4) radii along the tangents."""
    n_curves = max(1, math.ceil(abs(end - start) / _BEZIER_TURN))
    step = (end - start) / n_curves
    handle = 4 / 3 * math.tan(step / 4) * radius
    points = [_polar(centre, radius, start)]
    for i in range(n_curves):
        a, b = start + i * step, start + (i + 1) * step
        (ax, ay), (bx, by) = _polar(centre, radius, a), _polar(centre, radius, b)
        points.append((ax - handle * math.sin(a), ay + handle * math.cos(a)))
        points += [(bx + handle * math.sin(b), by - handle * math.cos(b)), (bx, by)]
    return Stroke(tuple(points), colour, is_curve=True)


def _turned(label: Text, centre: Point, radius: float, turn: float) -> Text:
    """Put a label at the rim; on the left half it is turned round and ends there."""
    is_left = math.cos(turn) < 0
    angle = math.degrees(turn) + (180.0 if is_left else 0.0)
    drop = 0.36 * label.size
    x, y = _polar(centre, radius, turn)
    x, y = x - drop * math.sin(math.radians(angle)), y + drop * math.cos(math.radians(angle))
    return replace(label, x=x, y=y, angle=angle, anchor="end" if is_left else "start")


def _band(label: Text, width: float) -> Box:
    left = label.x - (width + 5.0 if label.anchor == "end" else 5.0)
    top = label.y - 0.9 * LABEL - 1.5
    return Box(left, top, width + 10.0, 17.0, radius=4.0, angle=label.angle, pivot=(label.x, label.y))
