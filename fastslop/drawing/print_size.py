"""The size of a picture on paper, and whether its texts can be read there."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TypeAlias

from fastslop.base.errors import UsageError
from fastslop.drawing.scene import LABEL, Scene

Size: TypeAlias = str | float | tuple[float, float]
"""Millimetres: a width (``180``, the height follows), or a width and a height to stay within (``"180x250"``)."""

SCREEN_DPI, PRINT_DPI = 192.0, 300.0
"""Dots per inch of a PNG without a size (two for each pixel of the SVG), and of one with a size."""
MM_OF_PIXEL = 25.4 / 96  # one pixel of an SVG is 1/96 inch
_POINT_MM = 25.4 / 72
_LEAST_POINTS = 5.0
"""Height of letters, in points, below which print is hard to read: what journals ask for at least."""
_SIZE = re.compile(r"(\d+(?:\.\d+)?)(?:x(\d+(?:\.\d+)?))?")


@dataclass(frozen=True)
class PrintSize:
    """Millimetres that a picture stays within: ``width_mm`` wide, or less if ``height_mm`` is reached."""

    width_mm: float
    height_mm: float | None = None

    @staticmethod
    def of(size: Size) -> PrintSize:
        """
        Take a size as it is given.

        Raises
        ------
        UsageError
            If it is no size.
        """
        text = "x".join(map(str, size)) if isinstance(size, tuple) else str(size)
        found = _SIZE.fullmatch(text)
        sides = [float(side) for side in found.groups() if side] if found else []
        if not sides or not all(side > 0 for side in sides):
            raise UsageError(f"{text!r} is no size; write a width in millimetres, or width and height: 180, 180x250")
        return PrintSize(*sides)

    def scale(self, scene: Scene) -> float:
        """How many times as large as on the screen a picture is."""
        wide = self.width_mm / (scene.width * MM_OF_PIXEL)
        high = wide if self.height_mm is None else self.height_mm / (scene.height * MM_OF_PIXEL)
        return min(wide, high)

    def note(self, scene: Scene) -> str | None:
        """A sentence on names that are too small to read at this size, and one that would do; None if they are not."""
        scale = self.scale(scene)
        width, height = (side * MM_OF_PIXEL * scale for side in (scene.width, scene.height))
        points = LABEL * scale * MM_OF_PIXEL / _POINT_MM
        if points >= _LEAST_POINTS:
            return None
        larger = _LEAST_POINTS / points
        return (
            f"at {width:.0f} x {height:.0f} mm names are {points:.1f} points high, and {_LEAST_POINTS:g} can be "
            f"read: {math.ceil(width * larger)} x {math.ceil(height * larger)} mm would do"
        )
