"""The ROC curves of ``benchmarks.kinship`` as a picture: SVG, light or dark as the reader prefers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastslop.base.defaults import DEFAULT_METHOD, SLOP_FORENSICS
from fastslop.drawing.colours import GREY, INK, PALE, PALETTE
from fastslop.drawing.scene import LABEL, MARGIN, SMALL, TITLE, Point, Scene, Stroke, Text
from fastslop.drawing.svg import scene_to_svg

SIDE = 360.0
"""Width and height of the square that curves are drawn in, in pixels."""
LEFT, TOP, KEY, WIDTH = 76.0, 64.0, 28.0, 780
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
THICKNESS = (-0.6, 0.0, 0.6)
"""Offsets of the lines that make a thick one."""


def to_svg(results: Mapping[str, Any]) -> str:
    """The curves on all prompts: parent and child by both methods, other relatives by the first."""
    of_all = results["sizes"][-1]
    pairs = of_all["pairs"]
    curves = [
        (f"parent and child, {DEFAULT_METHOD}", "related", DEFAULT_METHOD, PALETTE[0]),
        (f"parent and child, {SLOP_FORENSICS}", "related", SLOP_FORENSICS, PALETTE[1]),
        (f"other relatives, {DEFAULT_METHOD}", "sibling", DEFAULT_METHOD, PALETTE[2]),
    ]
    shown = [
        (title, pairs[group]["methods"][method], colour) for title, group, method, colour in curves if group in pairs
    ]
    strokes, texts = _frame()
    for i, (title, of, colour) in enumerate(shown):
        strokes += _curve(of["curve"], colour)
        strokes += _thick([(LEFT + SIDE + KEY, _key(i)), (LEFT + SIDE + 2 * KEY, _key(i))], colour)
        texts.append(Text(LEFT + SIDE + 2 * KEY + 8, _key(i) + 4, title, LABEL, INK))
        texts.append(Text(LEFT + SIDE + 2 * KEY + 8, _key(i) + 20, f"area {of['area']:.2f}", SMALL, GREY))
    strokes += _thick([_at(0, 0), _at(1, 1)], GREY)[1:2]
    texts.append(Text(LEFT + SIDE + 2 * KEY + 8, _key(len(shown)) + 4, "the diagonal: chance", SMALL, GREY))
    areas = "; ".join(f"{title}: area {of['area']:.2f}" for title, of, _ in shown)
    description = f"Receiver operating characteristic of likeness, {results['n_labels']} models: {areas}."
    height = int(TOP + SIDE + 64)
    return scene_to_svg(Scene(WIDTH, height, "Who is related, by likeness", description, [], strokes, texts))


def _key(i: int) -> float:
    return TOP + 24 + 48 * i


def _at(x: float, y: float) -> Point:
    return (LEFT + SIDE * x, TOP + SIDE * (1 - y))


def _curve(shares: Sequence[float], colour: str) -> Iterator[Stroke]:
    """A curve over equal steps, drawn as the steps it is."""
    points = [_at(0, 0)]
    for i, share in enumerate(shares):
        x = i / (len(shares) - 1)
        points += [(_at(x, 0)[0], points[-1][1]), _at(x, share)]
    yield from _thick(points, colour)


def _thick(points: Sequence[Point], colour: str) -> list[Stroke]:
    return [Stroke(tuple((x + d, y + d) for x, y in points), colour) for d in THICKNESS]


def _frame() -> tuple[list[Stroke], list[Text]]:
    """Title, axes and their ticks."""
    strokes: list[Stroke] = []
    texts = [Text(MARGIN, 34, "Are two models related? Told by their likeness", TITLE, INK, bold=True)]
    for tick in TICKS:
        strokes += [Stroke((_at(tick, 0), _at(tick, 1)), PALE), Stroke((_at(0, tick), _at(1, tick)), PALE)]
        texts.append(Text(_at(tick, 0)[0] + 12, _at(0, 0)[1] + 20, f"{tick:.0%}", SMALL, GREY, anchor="end"))
        texts.append(Text(LEFT - 8, _at(0, tick)[1] + 4, f"{tick:.0%}", SMALL, GREY, anchor="end"))
    texts.append(
        Text(LEFT + SIDE, TOP + SIDE + 44, "unrelated pairs that are taken for related", LABEL, INK, anchor="end")
    )
    texts.append(Text(22, TOP, "related pairs that are found", LABEL, INK, anchor="end", angle=-90))
    return strokes, texts
