"""A scene as PNG or PDF, drawn by matplotlib, which is imported here alone and only when a picture is asked for."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from fastslop.base.errors import UsageError
from fastslop.drawing.colours import GREY, PAPER
from fastslop.drawing.scene import LINE_WIDTH, Measure, Scene, Stroke

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.path import Path


_DPI, _POINTS = 96.0, 0.75  # one SVG pixel is 1/96 inch and 3/4 of a point
_FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
)
_MAX_PNG_PIXELS = 65_000  # Agg refuses pictures of 2**16 pixels and more


def write_scene(compose: Callable[[Measure], Scene], target: str | os.PathLike[str] | IO[bytes], format: str) -> None:
    """
    Draw a scene, composed with the widths of matplotlib's own texts, as "png" (two pixels for one) or "pdf".

    Raises
    ------
    UsageError
        If matplotlib is missing, or the picture is too large for a PNG.
    """
    try:
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        name = format.upper()
        raise UsageError(f'a {name} needs matplotlib: pip install "fastslop[plot]" (or write .svg)') from error
    with warnings.catch_warnings(), mpl.rc_context():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        mpl.rcdefaults()  # the picture must not depend on a user's matplotlibrc
        mpl.rcParams["font.family"] = _installed_fonts()
        mpl.rcParams["text.hinting"] = "none"  # or a text's width would depend on the resolution
        mpl.rcParams["pdf.fonttype"] = 42  # TrueType: the text of a PDF stays text
        figure = Figure(dpi=_DPI)
        scene = compose(_renderer_measure(FigureCanvasAgg(figure)))
        scale = min(2.0, _MAX_PNG_PIXELS / max(scene.width, scene.height))
        if format == "png" and scale < 0.5:
            raise UsageError(f"{scene.name}: that many labels are too many for a PNG; write .svg")
        _draw(figure, scene)
        # Nothing in a picture changes between two equal runs, so no date and no version.
        silent = {"Software": None} if format == "png" else {"CreationDate": None, "Creator": None, "Producer": None}
        figure.savefig(target, format=format, dpi=_DPI * scale, metadata=silent)


def _installed_fonts() -> list[str]:
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return [name for name in _FONTS if name in installed]


def _renderer_measure(canvas: FigureCanvasAgg) -> Measure:
    from matplotlib.font_manager import FontProperties

    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]

    def measure(text: str, size: float, bold: bool) -> float:
        font = FontProperties(size=size * _POINTS, weight="bold" if bold else "normal")
        return float(renderer.get_text_width_height_descent(text, font, ismath=False)[0])

    return measure


def _draw(figure: Figure, scene: Scene) -> None:
    """Translate the scene; one unit of the axes is one pixel of the SVG."""
    figure.set_size_inches(scene.width / _DPI, scene.height / _DPI)
    figure.set_facecolor(PAPER)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(0, scene.width), ylim=(scene.height, 0))
    axes.set_axis_off()
    _draw_boxes(axes, scene)
    _draw_strokes(axes, scene)
    for t in scene.texts:
        side = "right" if t.anchor == "end" else "left"
        axes.text(
            *(t.x, t.y, t.text),
            size=t.size * _POINTS,
            color=t.colour,
            weight="bold" if t.bold else "normal",
            horizontalalignment=side,
            verticalalignment="baseline",
            rotation=-t.angle,
            rotation_mode="anchor",
            parse_math=False,
        )


def _draw_boxes(axes: Axes, scene: Scene) -> None:
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import FancyBboxPatch
    from matplotlib.transforms import Affine2D

    cells = [box for box in scene.boxes if not box.radius]
    corners = [
        [(b.left, b.top), (b.left + b.width, b.top), (b.left + b.width, b.top + b.height), (b.left, b.top + b.height)]
        for b in cells
    ]
    axes.add_collection(PolyCollection(corners, facecolors=[b.colour for b in cells], linewidths=0, antialiased=False))
    for b in (box for box in scene.boxes if box.radius):
        style = f"round,pad=0,rounding_size={b.radius}"
        patch = FancyBboxPatch((b.left, b.top), b.width, b.height, style, color=b.colour, linewidth=0)
        patch.set_transform(Affine2D().rotate_deg_around(*b.pivot, b.angle) + axes.transData)
        axes.add_patch(patch)


def _draw_strokes(axes: Axes, scene: Scene) -> None:
    from matplotlib.collections import PathCollection

    for colour in sorted({stroke.colour for stroke in scene.strokes}, key=lambda c: (c != GREY, c)):
        paths = [_path(stroke) for stroke in scene.strokes if stroke.colour == colour]
        width = LINE_WIDTH * _POINTS
        lines = PathCollection(paths, facecolors="none", edgecolors=colour, linewidths=width, capstyle="projecting")
        axes.add_collection(lines)


def _path(stroke: Stroke) -> Path:
    from matplotlib.path import Path

    rest = Path.CURVE4 if stroke.is_curve else Path.LINETO
    return Path(stroke.points, [Path.MOVETO] + [rest] * (len(stroke.points) - 1))
