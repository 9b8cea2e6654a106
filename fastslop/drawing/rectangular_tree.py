"""A tree as a rectangular dendrogram: root left, labels right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from fastslop.drawing.colours import INK, PALE
from fastslop.drawing.scene import (
    MARGIN,
    MIN_TEXT_WIDTH,
    TITLE,
    Box,
    Measure,
    Point,
    Scene,
    Stroke,
    Text,
    paragraph,
    scale_bar,
    widest,
)
from fastslop.drawing.support_labels import support_texts
from fastslop.drawing.tree_layout import Layout, branch_colours, caption, describe, layout
from fastslop.trees.tree import Tree

_ROW, _STUB, _LABEL_GAP, _GAP = 20.0, 10.0, 8.0, 5.0


def compose_rectangular(
    tree: Tree, labels: Sequence[Text], measure: Measure, title: str | None, note: str | None
) -> Scene:
    """Turn the layout into strokes and texts in pixels, given the labels' texts and how wide texts are."""
    plot_width = min(760.0, 380.0 + 4.0 * len(labels))
    right = MARGIN + _STUB + plot_width
    label_end = right + _LABEL_GAP + widest(labels, measure)
    text_width = max(label_end - MARGIN, MIN_TEXT_WIDTH)
    heading = paragraph(Text(MARGIN, MARGIN, title or "", TITLE, INK, True), text_width, measure)
    top = heading[-1].y + 14.0 if heading else MARGIN

    places = layout(tree)
    xs, ys = right - plot_width * places.depths, top + _ROW * (places.rows + 0.5)
    points = list(zip(xs.tolist(), ys.tolist(), strict=True))
    strokes = _branches(places, points, [label.colour for label in labels], has_stub=tree.is_rooted)
    strokes += _leaders(points[: len(labels)], right)
    labels = [
        replace(label, x=right + _LABEL_GAP, y=y + 0.36 * label.size)
        for label, y in zip(labels, ys.tolist(), strict=False)
    ]
    support = support_texts(tree, points[len(labels) :], strokes, right, measure)
    bottom = top + _ROW * len(labels) + 20.0
    bar, number = scale_bar(MARGIN, bottom, places.scale, plot_width)
    footer = paragraph(Text(MARGIN, bottom + 10.0 * bool(bar), caption(tree)), text_width, measure)
    footer += paragraph(Text(MARGIN, footer[-1].y + 4.0, note or ""), text_width, measure)
    band = label_end + 5.0 - (right + 3.0)
    return Scene(
        width=math.ceil(MARGIN + text_width + MARGIN),
        height=math.ceil(footer[-1].y + MARGIN),
        name=" ".join(t.text for t in heading) or f"Similarity tree of {len(labels)} labels",
        description=describe(tree, places),
        boxes=[Box(right + 3.0, t.y - 13.0, band, 18.0, radius=4.0) for t in labels if t.bold],
        strokes=strokes + bar,
        texts=heading + [labels[leaf] for leaf in places.order] + support + number + footer,
    )


def _branches(places: Layout, points: Sequence[Point], leaf_colours: Sequence[str], *, has_stub: bool) -> list[Stroke]:
    """Draw a bar per inner node and a line to each child, in the colour that all leaves under it share."""
    colours = branch_colours(places, leaf_colours)
    strokes = []
    for parent, of_node in enumerate(places.children, start=len(leaf_colours)):
        x = points[parent][0]
        strokes.append(Stroke(((x, points[of_node[0]][1]), (x, points[of_node[-1]][1])), colours[parent]))
        strokes += [Stroke(((x, points[child][1]), points[child]), colours[child]) for child in of_node]
    if has_stub:
        x, y = points[-1]
        strokes.append(Stroke(((x - _STUB, y), (x, y)), colours[-1]))
    return strokes


def _leaders(leaves: Sequence[Point], right: float) -> list[Stroke]:
    """Lead the eye from leaves that end early to their labels."""
    return [Stroke(((x + _GAP, y), (right, y)), PALE) for x, y in leaves if right - x > 2 * _GAP]
