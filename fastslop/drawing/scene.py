"""Parts of a picture: strokes, filled boxes and texts in pixels; and estimates of how wide texts are.

Pictures are composed once, as a `Scene`; ``svg`` and ``png_pdf`` only translate it. Everything shown may be hostile:
labels are made safe for XML and never trusted to be short.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from fastslop.drawing.colours import BAND, GREY, INK, ON_DARK

Measure: TypeAlias = Callable[[str, float, bool], float]  # text, size in pixels, bold -> width in pixels
Point: TypeAlias = tuple[float, float]


MARGIN = 24.0
TITLE, LABEL, SMALL, SUPPORT = 16.0, 12.0, 11.0, 9.0
LINE_WIDTH = 1.25
MIN_TEXT_WIDTH = 420.0
_ASCII_EMS = (
    dict.fromkeys(" !'(),-./:;I[\\]fijlrt|", 0.42)
    | dict.fromkeys("#&+<=>^~ABCDEFGHJKLNOPQRSTUVXYZ", 0.84)
    | dict.fromkeys("%@MWmw", 1.01)
)

# What no XML document may hold, and what would move or reverse the text around it.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")


@dataclass(frozen=True)
class Text:
    """A line of text.

    ``anchor`` is the end that stands at ``x`` ("start" or "end"); ``angle``, in degrees clockwise, turns the line about
    its point; ``tooltip`` is the whole text where it was shortened.
    """

    x: float
    y: float
    text: str
    size: float = SMALL
    colour: str = GREY
    bold: bool = False
    tooltip: str | None = None
    anchor: str = "start"
    angle: float = 0.0


@dataclass(frozen=True)
class Stroke:
    """A line through points; where ``is_curve``, each three points after the first are a Bezier curve's.

    Where ``is_filled``, what it encloses has its colour too.
    """

    points: tuple[Point, ...]
    colour: str = GREY
    is_curve: bool = False
    is_filled: bool = False


@dataclass(frozen=True)
class Box:
    """A filled rectangle with round corners, turned by ``angle`` about ``pivot``."""

    left: float
    top: float
    width: float
    height: float
    colour: str = BAND
    radius: float = 0.0
    angle: float = 0.0
    pivot: Point = (0.0, 0.0)


@dataclass(frozen=True)
class Scene:
    """A whole picture, ``width`` by ``height`` pixels; boxes lie below strokes, strokes below texts."""

    width: int
    height: int
    name: str
    description: str
    boxes: list[Box]
    strokes: list[Stroke]
    texts: list[Text]
    on_dark: Mapping[str, str] = field(default_factory=lambda: ON_DARK)


def estimate_width(text: str, size: float, bold: bool = False) -> float:
    """
    Estimate on the safe side how wide a text is in an unknown sans-serif font, in the unit of ``size``.

    The widths are those of DejaVu Sans, the widest of the usual fonts, rounded up by class of character. Classes are
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


def widest(texts: Sequence[Text], measure: Measure) -> float:
    """Width of the widest of these texts."""
    return max(measure(text.text, text.size, text.bold) for text in texts)


def scale_bar(x: float, y: float, tallest: float, length: float) -> tuple[list[Stroke], list[Text]]:
    """Draw a round number of a tree's units, of which ``tallest`` are ``length`` pixels long; nothing if that is 0."""
    if tallest <= 0:
        return [], []
    unit = _round_below(tallest / 4)
    end = x + length * (unit / tallest)
    strokes = [
        Stroke(((x, y), (end, y))),
        Stroke(((x, y - 3.5), (x, y + 3.5))),
        Stroke(((end, y - 3.5), (end, y + 3.5))),
    ]
    return strokes, [Text(end + 8.0, y + 4.0, f"{unit:g}", SMALL, INK)]


def _round_below(value: float) -> float:
    """Return the largest of 1, 2 or 5 times a power of ten that is not above the value."""
    exponent = math.floor(math.log10(value))
    return max(
        candidate
        for candidate in (float(f"{digit}e{exponent + shift}") for digit in (1, 2, 5) for shift in (-1, 0))
        if candidate <= value
    )


def paragraph(text: Text, width: float, measure: Measure) -> list[Text]:
    """Break a text into lines of at most this width, the first one below ``text.y``."""

    def fits(line: str) -> bool:
        return measure(line, text.size, text.bold) <= width

    lines = [line for part in text.text.splitlines() for line in _wrap(safe(part), fits)]
    leading = 1.45 * text.size
    return [replace(text, text=line, y=text.y + leading * i) for i, line in enumerate(lines, start=1)]


def _wrap(text: str, fits: Callable[[str], bool]) -> list[str]:
    lines: list[str] = []
    for word in text.split():
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


def safe(text: str) -> str:
    """Replace what XML cannot hold and what would turn the text around it."""
    return _UNSAFE.sub("\ufffd", text)
