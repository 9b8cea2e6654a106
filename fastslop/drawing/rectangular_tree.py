"""A tree as a rectangular dendrogram: root left, labels right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from fastslop.drawing.collapse import Collapsed
from fastslop.drawing.colours import GREY, PALE
from fastslop.drawing.frame import Inscription
from fastslop.drawing.scene import MARGIN, MIN_TEXT_WIDTH, Box, Measure, Point, Scene, Stroke, scale_bar, widest
from fastslop.drawing.support_labels import Joint, support_texts
from fastslop.drawing.tree_layout import Layout, branch_colours, caption, describe, layout, n_labels

_STUB, _LABEL_GAP, _GAP = 10.0, 8.0, 5.0
_ROW, _DENSE_ROW, _DENSE = 20.0, 17.0, 100  # pixels of a row, and of one in a tree of more labels than the last
_TRIANGLE = 0.36  # of a row, to either side


def compose_rectangular(drawn: Collapsed, written: Inscription, measure: Measure, least_support: int = 0) -> Scene:
    """Turn the layout into strokes and texts in pixels, given what is written and how wide texts are."""
    labels = written.labels
    row = _ROW if len(labels) <= _DENSE else _DENSE_ROW
    plot_width = min(760.0, 380.0 + 4.0 * len(labels))
    right = MARGIN + _STUB + plot_width
    label_end = right + _LABEL_GAP + widest(labels, measure)
    text_width = max(label_end - MARGIN, MIN_TEXT_WIDTH)
    heading = written.heading(text_width, measure)
    top = heading[-1].y + 14.0 if heading else MARGIN

    places = layout(drawn)
    xs, ys = right - plot_width * places.depths, top + row * (places.rows + 0.5)
    points = list(zip(xs.tolist(), ys.tolist(), strict=True))
    apexes = list(zip((right - plot_width * places.apex_depths).tolist(), ys.tolist(), strict=False))
    strokes = _branches(places, points, apexes, [label.colour for label in labels], has_stub=drawn.tree.is_rooted)
    strokes += _triangles(drawn, apexes, points, [label.colour for label in labels], _TRIANGLE * row)
    strokes += _leaders(points[: len(labels)], right)
    shares = (*drawn.supports, *(drawn.tree.support or ()))
    joints = [
        Joint(share, point, room=right - point[0])
        for share, point in zip(shares, apexes + points[len(labels) :], strict=False)
    ]
    support, n_without_room = support_texts(joints, strokes, measure, least_support)
    labels = [
        replace(label, x=right + _LABEL_GAP, y=y + 0.36 * label.size)
        for label, y in zip(labels, ys.tolist(), strict=False)
    ]
    bottom = top + row * len(labels) + 20.0
    bar, number = scale_bar(MARGIN, bottom, places.scale, plot_width)
    sentence = caption(drawn, least_support, n_without_room)
    dots, footer = written.footer(bottom + 10.0 * bool(bar), text_width, measure, sentence)
    band = label_end + 5.0 - (right + 3.0)
    return Scene(
        width=math.ceil(MARGIN + text_width + MARGIN),
        height=math.ceil(footer[-1].y + MARGIN),
        name=" ".join(t.text for t in heading) or f"Similarity tree of {n_labels(drawn)} labels",
        description=describe(drawn, places),
        boxes=[Box(right + 3.0, t.y - 13.0, band, 18.0, radius=4.0) for t in labels if t.bold] + dots,
        strokes=strokes + bar,
        texts=heading + [labels[leaf] for leaf in places.order] + support + number + footer,
    )


def _branches(
    places: Layout,
    points: Sequence[Point],
    apexes: Sequence[Point],
    leaf_colours: Sequence[str],
    *,
    has_stub: bool,
) -> list[Stroke]:
    """Draw a bar per inner node and a line to each child, in the colour that all leaves under it share."""
    colours = branch_colours(places, leaf_colours)
    ends = [*apexes, *points[len(apexes) :]]
    strokes = []
    for parent, of_node in enumerate(places.children, start=len(leaf_colours)):
        x = points[parent][0]
        strokes.append(Stroke(((x, points[of_node[0]][1]), (x, points[of_node[-1]][1])), colours[parent]))
        strokes += [Stroke(((x, points[child][1]), ends[child]), colours[child]) for child in of_node]
    if has_stub:
        x, y = points[-1]
        strokes.append(Stroke(((x - _STUB, y), (x, y)), colours[-1]))
    return strokes


def _triangles(
    drawn: Collapsed, apexes: Sequence[Point], leaves: Sequence[Point], colours: Sequence[str], half: float
) -> list[Stroke]:
    """Draw a triangle for each group of labels, from its joint to its farthest label; filled if it has a colour."""
    return [
        Stroke((apex, (x, y - half), (x, y + half), apex), colour, is_filled=colour != GREY)
        for group, apex, (x, y), colour in zip(drawn.groups, apexes, leaves, colours, strict=False)
        if len(group) > 1
    ]


def _leaders(leaves: Sequence[Point], right: float) -> list[Stroke]:
    """Lead the eye from leaves that end early to their labels."""
    return [Stroke(((x + _GAP, y), (right, y)), PALE) for x, y in leaves if right - x > 2 * _GAP]
