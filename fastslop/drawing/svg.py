"""A scene as SVG text: no outside resources, light or dark as the reader prefers, the same bytes every time."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from fastslop.drawing.colours import BAND, GREY, INK, PAPER
from fastslop.drawing.print_size import MM_OF_PIXEL, PrintSize
from fastslop.drawing.scene import LINE_WIDTH, Box, Point, Scene, Stroke, Text

_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', sans-serif"


def scene_to_svg(scene: Scene, size: PrintSize | None = None) -> str:
    """Write the scene as one SVG element, in pixels or to a size; its style touches only ``.fastslop-tree``."""
    used = {PAPER, INK, GREY, BAND}.union(s.colour for s in scene.strokes).union(b.colour for b in scene.boxes)
    dark = scene.on_dark
    styles = "".join(f".fastslop-tree .{_class(c)}{{color:{dark[c]}}}" for c in sorted(used & dark.keys()))
    whole = f'{scene.width}" height="{scene.height}'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="fastslop-tree" role="img" width="{_size(scene, size)}" '
            f'viewBox="0 0 {scene.width} {scene.height}" font-family="{_FONTS}">',
            f"<title>{escape(scene.name)}</title>",
            f"<desc>{escape(scene.description)}</desc>",
            f"<style>@media (prefers-color-scheme:dark){{{styles}}}</style>",
            f'<rect {_paint(PAPER, "fill")} width="{whole}"/>',
            *_boxes(scene.boxes),
            f'<g fill="none" stroke-width="{LINE_WIDTH}" stroke-linecap="square">',
            *_paths(scene.strokes),
            "</g>",
            '<g xml:space="preserve">',
            *(_text(text) for text in scene.texts),
            "</g>",
            "</svg>\n",
        ]
    )


def _size(scene: Scene, size: PrintSize | None) -> str:
    if size is None:
        return f'{scene.width}" height="{scene.height}'
    mm = MM_OF_PIXEL * size.scale(scene)
    return f'{_number(scene.width * mm)}mm" height="{_number(scene.height * mm)}mm'


def _boxes(boxes: Sequence[Box]) -> list[str]:
    """Write boxes with square corners as one path per colour, the others one by one."""
    paths: dict[str, list[str]] = {}
    lines = []
    for box in boxes:
        if box.radius:
            lines.append(_round_box(box))
        else:
            corner = f"M{_number(box.left)} {_number(box.top)}"
            sides = f"h{_number(box.width)}v{_number(box.height)}h{_number(-box.width)}z"
            paths.setdefault(box.colour, []).append(corner + sides)
    cells = (f'<path {_paint(colour, "fill")} d="{"".join(path)}"/>' for colour, path in paths.items())
    return [*lines, *cells]


def _round_box(box: Box) -> str:
    x, y = box.pivot
    turned = f' transform="rotate({_number(box.angle)} {_number(x)} {_number(y)})"' if box.angle else ""
    return (
        f'<rect {_paint(box.colour, "fill")} x="{_number(box.left)}" y="{_number(box.top)}" '
        f'width="{_number(box.width)}" height="{_number(box.height)}" rx="{_number(box.radius)}"{turned}/>'
    )


def _paths(strokes: Sequence[Stroke]) -> list[str]:
    """Write one path per colour, grey first so that it lies below."""
    lines: dict[str, list[str]] = {GREY: []}
    areas: dict[str, list[str]] = {}
    for stroke in strokes:
        (areas if stroke.is_filled else lines).setdefault(stroke.colour, []).append(_path(stroke))
    filled = [f'<path {_paint(colour, "fill")} d="{"".join(moves)}"/>' for colour, moves in areas.items()]
    return filled + [f'<path {_paint(c, "stroke")} d="{"".join(moves)}"/>' for c, moves in lines.items() if moves]


def _path(stroke: Stroke) -> str:
    start, *rest = stroke.points
    x, y = start
    moves = f"M{_number(x)} {_number(y)}"
    if stroke.is_curve:
        return moves + "C" + " ".join(map(_point, rest))
    for point in rest:
        if point[0] == x:
            moves += f"V{_number(point[1])}"
        elif point[1] == y:
            moves += f"H{_number(point[0])}"
        else:
            moves += f"L{_point(point)}"
        x, y = point
    return moves


def _text(text: Text) -> str:
    weight = ' font-weight="bold"' if text.bold else ""
    anchor = ' text-anchor="end"' if text.anchor == "end" else ""
    x, y = _number(text.x), _number(text.y)
    turned = f' transform="rotate({_number(text.angle)} {x} {y})"' if text.angle else ""
    tooltip = f"<title>{escape(text.tooltip)}</title>" if text.tooltip else ""
    return (
        f'<text {_paint(text.colour, "fill")} x="{x}" y="{y}" '
        f'font-size="{_number(text.size)}"{weight}{anchor}{turned}>{tooltip}{escape(text.text)}</text>'
    )


def _point(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _class(colour: str) -> str:
    return "c" + colour[1:]


def _paint(colour: str, what: str) -> str:
    """Say fill or stroke by way of ``currentColor``: the class lets the dark scheme change it."""
    return f'class="{_class(colour)}" color="{colour}" {what}="currentColor"'
