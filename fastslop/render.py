"""A tree as a picture: a rectangular dendrogram, root left, labels right, as SVG text or a PNG file.

``layout`` places the nodes in the tree's own units, ``_compose`` turns that into strokes and texts in pixels,
and the two writers only translate those. Everything shown may be hostile: labels are escaped, made safe for
XML and never trusted to be short.
"""

from __future__ import annotations

import math
import os
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, TypeAlias
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from fastslop.errors import UsageError
from fastslop.families import GREY, family_colours
from fastslop.tree import Tree, leaf_order, node_heights

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

Floats: TypeAlias = npt.NDArray[np.float64]
Measure: TypeAlias = Callable[[str, float, bool], float]  # text, size in pixels, bold -> width in pixels
Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom

PAPER, INK, BAND = "#FFFFFF", "#1F2933", "#FFF0B8"
_ON_DARK = {
    PAPER: "#14171C", INK: "#E8EAED", GREY: "#A3ADB8", BAND: "#4A3F12",
    "#0072B2": "#56B4E9", "#D55E00": "#EE8866", "#009E73": "#44BB99", "#AA3377": "#CC79A7",
    "#332288": "#AA99EE", "#666633": "#DDCC77", "#663333": "#CC6677",
}  # fmt: skip

_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', sans-serif"
_MARGIN, _ROW, _STUB, _LABEL_GAP = 24.0, 20.0, 10.0, 8.0
_TITLE, _LABEL, _SMALL, _SUPPORT = 16.0, 12.0, 11.0, 9.0
_LINE_WIDTH = 1.25
_MIN_TEXT_WIDTH = 420.0
_MAX_LABEL_CHARS = 60
_ASCII_EMS = (
    dict.fromkeys(" !'(),-./:;I[\\]fijlrt|", 0.42)
    | dict.fromkeys("#&+<=>^~ABCDEFGHJKLNOPQRSTUVXYZ", 0.84)
    | dict.fromkeys("%@MWmw", 1.01)
)
_DPI, _POINTS = 96.0, 0.75  # one SVG pixel is 1/96 inch and 3/4 of a point
_PNG_FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
)
_MAX_PNG_PIXELS = 65_000  # Agg refuses pictures of 2**16 pixels and more

# What no XML document may hold, and what would move or reverse the text around it.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_HEX_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, eq=False)
class Layout:
    """
    Where the nodes of a tree stand, in its own units; nodes are numbered as in the linkage.

    Parameters
    ----------
    order
        Leaves from top to bottom, indices into the tree's labels.
    heights
        Height above the leaves, float64 of shape (2 n - 1,); half the distance at which a node joins.
    rows
        Vertical position, float64 of shape (2 n - 1,): leaves at 0, 1, 2, ..., parents midway between
        their children.
    children
        The two children of each inner node, int64 of shape (n - 1, 2).
    """

    order: tuple[int, ...]
    heights: Floats
    rows: Floats
    children: npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Text:
    x: float
    y: float
    text: str
    size: float = _SMALL
    colour: str = GREY
    bold: bool = False
    tooltip: str | None = None


@dataclass(frozen=True)
class _Stroke:
    """A horizontal or vertical line."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str = GREY


@dataclass(frozen=True)
class _Scene:
    width: int
    height: int
    name: str
    description: str
    bands: list[Box]
    strokes: list[_Stroke]
    texts: list[_Text]


def layout(tree: Tree) -> Layout:
    """Place every node of the tree; a parent stands midway between its children."""
    order = leaf_order(tree)
    children = tree.linkage[:, :2].astype(np.int64)
    rows = np.empty(2 * len(order) - 1)
    rows[order] = np.arange(len(order))
    for inner, (left, right) in enumerate(children.tolist(), start=len(order)):
        rows[inner] = (rows[left] + rows[right]) / 2
    return Layout(tuple(order), node_heights(tree), rows, children)


def to_svg(
    tree: Tree,
    *,
    title: str | None = None,
    colours: Mapping[str, str] | None = None,
    note: str | None = None,
    highlight: Sequence[str] = (),
) -> str:
    """
    Draw the tree as one SVG element with no outside resources.

    The same tree gives the same bytes. The picture follows the reader's light or dark colour scheme, by a
    style that touches only what is below ``.fastslop-tree``; without styles it is light.

    Parameters
    ----------
    tree
        What to draw; support, if present, is written at the inner nodes in percent, rounded down.
    title
        Heading above the tree.
    colours
        Colour ("#RRGGBB") by label; labels left out are grey. A branch has a colour when all labels under it
        share it. Default: `family_colours`.
    note
        Text below the scale bar.
    highlight
        Labels to mark with a band and bold type.

    Raises
    ------
    UsageError
        If a colour is not "#RRGGBB" or a label to highlight is not in the tree.
    """
    scene = _compose(tree, estimate_width, title, colours, note, highlight)
    used = {PAPER, INK, GREY, BAND}.union(stroke.colour for stroke in scene.strokes)
    dark = "".join(f".fastslop-tree .{_class(c)}{{color:{_ON_DARK[c]}}}" for c in sorted(used & _ON_DARK.keys()))
    size = f'{scene.width}" height="{scene.height}'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="fastslop-tree" role="img" width="{size}" '
            f'viewBox="0 0 {scene.width} {scene.height}" font-family="{_FONTS}">',
            f"<title>{escape(scene.name)}</title>",
            f"<desc>{escape(scene.description)}</desc>",
            f"<style>@media (prefers-color-scheme:dark){{{dark}}}</style>",
            f'<rect {_paint(PAPER, "fill")} width="{size}"/>',
            *(_svg_band(band) for band in scene.bands),
            f'<g fill="none" stroke-width="{_LINE_WIDTH}" stroke-linecap="square">',
            *_svg_paths(scene.strokes),
            "</g>",
            '<g xml:space="preserve">',
            *(_svg_text(text) for text in scene.texts),
            "</g>",
            "</svg>\n",
        ]
    )


def write_png(
    tree: Tree,
    path: str | os.PathLike[str] | IO[bytes],
    *,
    title: str | None = None,
    colours: Mapping[str, str] | None = None,
    note: str | None = None,
    highlight: Sequence[str] = (),
) -> None:
    """
    Draw the same picture as `to_svg` into a PNG file, two pixels for one, with matplotlib.

    Raises
    ------
    UsageError
        If matplotlib is missing, the tree is too large for a PNG, or as in `to_svg`.
    """
    try:
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError('a PNG needs matplotlib: pip install "fastslop[plot]" (or write .svg)') from error
    with warnings.catch_warnings(), mpl.rc_context():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        mpl.rcdefaults()  # the picture must not depend on a user's matplotlibrc
        mpl.rcParams["font.family"] = _installed_fonts()
        mpl.rcParams["text.hinting"] = "none"  # or a text's width would depend on the resolution
        figure = Figure(dpi=_DPI)
        scene = _compose(tree, _renderer_measure(FigureCanvasAgg(figure)), title, colours, note, highlight)
        scale = min(2.0, _MAX_PNG_PIXELS / max(scene.width, scene.height))
        if scale < 0.5:
            raise UsageError(f"{len(tree.labels)} labels are too many for a PNG; write .svg")
        _draw(figure, scene)
        figure.savefig(path, format="png", dpi=_DPI * scale, metadata={"Software": None})


def estimate_width(text: str, size: float, bold: bool = False) -> float:
    """
    Estimate on the safe side how wide a text is in an unknown sans-serif font, in the unit of ``size``.

    The widths are those of DejaVu Sans, the widest of the usual fonts, rounded up by class of character. By
    ranges of code points, not Unicode properties, so that all Python versions agree.
    """
    return size * sum(map(_em, text)) * (1.18 if bold else 1.0)


def _em(character: str) -> float:
    code = ord(character)
    if code < 0x80:
        return _ASCII_EMS.get(character, 0.65)
    if 0x300 <= code < 0x370:
        return 0.0  # combining marks
    return 1.1 if code < 0x10000 else 1.35  # Han is 1 wide, emoji are wider


def _compose(
    tree: Tree,
    measure: Measure,
    title: str | None,
    colours: Mapping[str, str] | None,
    note: str | None,
    highlight: Sequence[str],
) -> _Scene:
    """Turn the layout into strokes and texts in pixels, given how wide texts are."""
    labels = _leaf_labels(tree, family_colours(tree.labels) if colours is None else colours, highlight)
    plot_width = min(760.0, 380.0 + 4.0 * len(labels))
    right = _MARGIN + _STUB + plot_width
    label_end = right + _LABEL_GAP + max(measure(label.text, label.size, label.bold) for label in labels)
    text_width = max(label_end - _MARGIN, _MIN_TEXT_WIDTH)
    heading = _paragraph(_Text(_MARGIN, _MARGIN, title or "", _TITLE, INK, True), text_width, measure)
    top = heading[-1].y + 14.0 if heading else _MARGIN

    places = layout(tree)
    depth = places.heights / (places.heights[-1] or 1.0)
    xs, ys = right - plot_width * depth, top + _ROW * (places.rows + 0.5)
    strokes = _branches(places, xs, ys, [label.colour for label in labels])
    labels = [
        replace(label, x=right + _LABEL_GAP, y=y + 0.36 * label.size)
        for label, y in zip(labels, ys.tolist(), strict=False)
    ]
    support = _support_texts(tree, xs, ys, strokes, right, measure)
    bar, footer = _footer(tree, top + _ROW * len(labels), plot_width, text_width, note, measure)
    return _Scene(
        width=math.ceil(_MARGIN + text_width + _MARGIN),
        height=math.ceil(footer[-1].y + _MARGIN),
        name=" ".join(t.text for t in heading) or f"Similarity tree of {len(labels)} labels",
        description=_describe(tree, places),
        bands=[(right + 3.0, t.y - 13.0, label_end + 5.0, t.y + 5.0) for t in labels if t.bold],
        strokes=strokes + bar,
        texts=heading + [labels[leaf] for leaf in places.order] + support + footer,
    )


def _leaf_labels(tree: Tree, colours: Mapping[str, str], highlight: Sequence[str]) -> list[_Text]:
    """Return the text of every leaf, not yet placed."""
    for colour in colours.values():
        if not _HEX_COLOUR.fullmatch(colour):
            raise UsageError(f"colour {colour!r} is not of the form #RRGGBB")
    for label in highlight:
        if label not in tree.labels:
            raise UsageError(f"cannot highlight {label!r}; the tree has: {', '.join(tree.labels)}")
    texts = []
    for label in tree.labels:
        full = _safe(label)
        shown = _elide(full)
        colour = colours.get(label, GREY).upper()
        texts.append(_Text(0.0, 0.0, shown, _LABEL, colour, label in highlight, None if shown == full else full))
    return texts


def _branches(places: Layout, xs: Floats, ys: Floats, leaf_colours: Sequence[str]) -> list[_Stroke]:
    """Draw a bar per inner node and a line to each child, in the colour that all leaves under it share."""
    x, y, colours = xs.tolist(), ys.tolist(), list(leaf_colours)
    strokes = []
    for parent, (left, right) in enumerate(places.children.tolist(), start=len(leaf_colours)):
        colours.append(colours[left] if colours[left] == colours[right] else GREY)
        strokes.append(_Stroke(x[parent], y[left], x[parent], y[right], colours[parent]))
        strokes += [_Stroke(x[parent], y[child], x[child], y[child], colours[child]) for child in (left, right)]
    strokes.append(_Stroke(x[-1] - _STUB, y[-1], x[-1], y[-1], colours[-1]))
    return strokes


def _support_texts(
    tree: Tree, xs: Floats, ys: Floats, strokes: Sequence[_Stroke], right: float, measure: Measure
) -> list[_Text]:
    """Write each support beside its node, where it crosses the fewest lines and other numbers."""
    if tree.support is None:
        return []
    lines = np.array([(min(s.x1, s.x2), min(s.y1, s.y2), max(s.x1, s.x2), max(s.y1, s.y2)) for s in strokes])
    lines += (-1.0, -1.0, 1.0, 1.0)
    taken = np.empty((0, 4))
    texts = []
    n_leaves = len(tree.labels)
    for share, x, y in zip(tree.support[:-1], xs[n_leaves:-1].tolist(), ys[n_leaves:-1].tolist(), strict=True):
        percent = f"{math.floor(100 * share + 1e-9)}"
        width, height = measure(percent, _SUPPORT, False), 0.75 * _SUPPORT
        inside, outside = x + 3.5, x - 3.5 - width
        middle = y - height / 2
        corners = [(inside, middle), (outside, y - 3 - height), (outside, y + 3)]
        corners += [(inside, middle - 5), (inside, middle + 5)]
        boxes = [(left, upper, left + width, upper + height) for left, upper in corners]
        costs = [_n_hits(box, lines) + 4 * _n_hits(box, taken) + 4 * (box[2] > right + 4) for box in boxes]
        best = boxes[costs.index(min(costs))]
        taken = np.vstack([taken, best])
        texts.append(_Text(best[0], best[3], percent, _SUPPORT))
    return texts


def _n_hits(box: Box, boxes: Floats) -> int:
    left, top, right, bottom = box
    hits = (boxes[:, 0] < right) & (boxes[:, 2] > left) & (boxes[:, 1] < bottom) & (boxes[:, 3] > top)
    return int(np.count_nonzero(hits))


def _footer(
    tree: Tree, y: float, plot_width: float, text_width: float, note: str | None, measure: Measure
) -> tuple[list[_Stroke], list[_Text]]:
    """Draw the scale bar, say what it measures, and add the note."""
    x = _MARGIN
    tallest = float(tree.linkage[-1, 2]) / 2
    strokes, texts = [], []
    y += 20.0
    if tallest > 0:
        unit = _round_below(tallest / 4)
        end = x + plot_width * (unit / tallest)
        strokes = [
            _Stroke(x, y, end, y),
            _Stroke(x, y - 3.5, x, y + 3.5),
            _Stroke(end, y - 3.5, end, y + 3.5),
        ]
        texts = [_Text(end + 8.0, y + 4.0, f"{unit:g}", _SMALL, INK)]
        y += 10.0
    caption = (
        f"The path between two labels is as long as the distance at which they join "
        f"({tree.method} linkage, {_safe(tree.metric)})."
    )
    if tree.support is not None:
        caption += " Numbers: percent of replicates that agree."
    texts += _paragraph(_Text(x, y, caption), text_width, measure)
    texts += _paragraph(_Text(x, texts[-1].y + 4.0, note or ""), text_width, measure)
    return strokes, texts


def _round_below(value: float) -> float:
    """Return the largest of 1, 2 or 5 times a power of ten that is not above the value."""
    exponent = math.floor(math.log10(value))
    return max(
        candidate
        for candidate in (float(f"{digit}e{exponent + shift}") for digit in (1, 2, 5) for shift in (-1, 0))
        if candidate <= value
    )


def _paragraph(text: _Text, width: float, measure: Measure) -> list[_Text]:
    """Break a text into lines of at most this width, the first one below ``text.y``."""

    def fits(line: str) -> bool:
        return measure(line, text.size, text.bold) <= width

    lines = [line for paragraph in text.text.splitlines() for line in _wrap(_safe(paragraph), fits)]
    leading = 1.45 * text.size
    return [replace(text, text=line, y=text.y + leading * i) for i, line in enumerate(lines, start=1)]


def _wrap(paragraph: str, fits: Callable[[str], bool]) -> list[str]:
    lines: list[str] = []
    for word in paragraph.split():
        if lines and fits(f"{lines[-1]} {word}"):
            lines[-1] += f" {word}"
        else:
            lines += _pieces(word, fits)
    return lines


def _pieces(word: str, fits: Callable[[str], bool]) -> list[str]:
    """Cut a word that is wider than a line."""
    pieces = [""]
    for character in word:
        if pieces[-1] and not fits(pieces[-1] + character):
            pieces.append("")
        pieces[-1] += character
    return pieces


def _describe(tree: Tree, places: Layout) -> str:
    names = ", ".join(_safe(tree.labels[leaf]) for leaf in places.order)
    return (
        f"Dendrogram of {len(tree.labels)} labels ({tree.method} linkage, {_safe(tree.metric)}), "
        f"neighbours beside each other, from top to bottom: {names}."
    )


def _safe(text: str) -> str:
    return _UNSAFE.sub("\ufffd", text)


def _elide(text: str) -> str:
    """Cut the middle out of a long text: names of one family differ at the end."""
    if len(text) <= _MAX_LABEL_CHARS:
        return text
    tail = _MAX_LABEL_CHARS * 2 // 5
    return f"{text[: _MAX_LABEL_CHARS - tail - 1]}…{text[-tail:]}"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _class(colour: str) -> str:
    return "c" + colour[1:]


def _paint(colour: str, what: str) -> str:
    """Say fill or stroke by way of ``currentColor``: the class lets the dark scheme change it."""
    return f'class="{_class(colour)}" color="{colour}" {what}="currentColor"'


def _svg_band(band: Box) -> str:
    left, top, right, bottom = band
    return (
        f'<rect {_paint(BAND, "fill")} x="{_number(left)}" y="{_number(top)}" '
        f'width="{_number(right - left)}" height="{_number(bottom - top)}" rx="4"/>'
    )


def _svg_paths(strokes: Iterable[_Stroke]) -> list[str]:
    """Write one path per colour, grey first so that it lies below."""
    paths: dict[str, list[str]] = {GREY: []}
    for s in strokes:
        move = f"V{_number(s.y2)}" if s.x1 == s.x2 else f"H{_number(s.x2)}"
        paths.setdefault(s.colour, []).append(f"M{_number(s.x1)} {_number(s.y1)}{move}")
    return [f'<path {_paint(colour, "stroke")} d="{"".join(moves)}"/>' for colour, moves in paths.items() if moves]


def _svg_text(text: _Text) -> str:
    weight = ' font-weight="bold"' if text.bold else ""
    tooltip = f"<title>{escape(text.tooltip)}</title>" if text.tooltip else ""
    return (
        f'<text {_paint(text.colour, "fill")} x="{_number(text.x)}" y="{_number(text.y)}" '
        f'font-size="{_number(text.size)}"{weight}>{tooltip}{escape(text.text)}</text>'
    )


def _installed_fonts() -> list[str]:
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return [name for name in _PNG_FONTS if name in installed]


def _renderer_measure(canvas: FigureCanvasAgg) -> Measure:
    from matplotlib.font_manager import FontProperties

    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]

    def measure(text: str, size: float, bold: bool) -> float:
        font = FontProperties(size=size * _POINTS, weight="bold" if bold else "normal")
        return float(renderer.get_text_width_height_descent(text, font, ismath=False)[0])

    return measure


def _draw(figure: Figure, scene: _Scene) -> None:
    """Translate the scene; one unit of the axes is one pixel of the SVG."""
    from matplotlib.collections import LineCollection
    from matplotlib.patches import FancyBboxPatch

    figure.set_size_inches(scene.width / _DPI, scene.height / _DPI)
    figure.set_facecolor(PAPER)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(0, scene.width), ylim=(scene.height, 0))
    axes.set_axis_off()
    for left, top, right, bottom in scene.bands:
        style = "round,pad=0,rounding_size=4"
        axes.add_patch(FancyBboxPatch((left, top), right - left, bottom - top, style, color=BAND, linewidth=0))
    for colour in sorted({stroke.colour for stroke in scene.strokes}, key=lambda c: (c != GREY, c)):
        lines = [((s.x1, s.y1), (s.x2, s.y2)) for s in scene.strokes if s.colour == colour]
        width = _LINE_WIDTH * _POINTS
        axes.add_collection(LineCollection(lines, colors=colour, linewidths=width, capstyle="projecting"))
    for t in scene.texts:
        weight = "bold" if t.bold else "normal"
        axes.text(t.x, t.y, t.text, size=t.size * _POINTS, color=t.colour, weight=weight, parse_math=False)
