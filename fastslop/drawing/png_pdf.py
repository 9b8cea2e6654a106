"""A scene as PNG or PDF, drawn by matplotlib, which is imported here alone and only when a picture is asked for."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from fastslop.base.errors import UsageError
from fastslop.drawing.colours import GREY, PAPER
from fastslop.drawing.print_size import PRINT_DPI, SCREEN_DPI, PrintSize
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


def write_scene(
    compose: Callable[[Measure], Scene],
    target: str | os.PathLike[str] | IO[bytes],
    format: str,
    size: PrintSize | None = None,
    dpi: float | None = None,
) -> None:
    """
    Draw a scene, composed with the widths of matplotlib's own texts, as "png" or "pdf".

    Parameters
    ----------
    size
        On paper; None for as large as on the screen.
    dpi
        Dots per inch of a PNG; None for `SCREEN_DPI`, or fewer if it would be too large, or `PRINT_DPI` with a size.

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
        scale = 1.0 if size is None else size.scale(scene)
        most = _MAX_PNG_PIXELS * _DPI / (scale * max(scene.width, scene.height))
        if dpi is None:
            dpi = min(SCREEN_DPI, most) if size is None else PRINT_DPI
        if format == "png" and not _DPI / 2 <= dpi <= most:
            raise UsageError(f"{scene.name}: a PNG of {dpi:.0f} dpi would have too many pixels, or too few; write .svg")
        _draw(figure, scene, scale)
        # Nothing in a picture changes between two equal runs, so no date and no version.
        silent = {"Software": None} if format == "png" else {"CreationDate": None, "Creator": None, "Producer": None}
        figure.savefig(target, format=format, dpi=dpi, metadata=silent)


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


def _draw(figure: Figure, scene: Scene, scale: float) -> None:
    """Translate the scene; one unit of the axes is one pixel of the SVG, of 1/96 inch times ``scale``."""
    figure.set_size_inches(scale * scene.width / _DPI, scale * scene.height / _DPI)
    figure.set_facecolor(PAPER)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(0, scene.width), ylim=(scene.height, 0))
    axes.set_axis_off()
    _draw_boxes(axes, scene)
    _draw_strokes(axes, scene, scale)
    for t in scene.texts:
        side = "right" if t.anchor == "end" else "left"
        axes.text(
            *(t.x, t.y, t.text),
            size=t.size * _POINTS * scale,
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


def _draw_strokes(axes: Axes, scene: Scene, scale: float) -> None:
    from matplotlib.collections import PathCollection

    kinds = {(not stroke.is_filled, stroke.colour != GREY, stroke.colour) for stroke in scene.strokes}
    for is_line, is_coloured, colour in sorted(kinds):
        kind = (is_line, is_coloured, colour)
        paths = [_path(s) for s in scene.strokes if (not s.is_filled, s.colour != GREY, s.colour) == kind]
        width = LINE_WIDTH * _POINTS * scale if is_line else 0.0
        face = "none" if is_line else colour
        lines = PathCollection(paths, facecolors=face, edgecolors=colour, linewidths=width, capstyle="projecting")
        axes.add_collection(lines)


def _path(stroke: Stroke) -> Path:
    from matplotlib.path import Path

    rest = Path.CURVE4 if stroke.is_curve else Path.LINETO
    return Path(stroke.points, [Path.MOVETO] + [rest] * (len(stroke.points) - 1))
