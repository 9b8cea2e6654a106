"""Places for the support of a tree's groups, so that no number crosses a line or another number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fastslop.drawing.geometry import Lines, lines_in_boxes
from fastslop.drawing.scene import SUPPORT, Measure, Point, Stroke, Text

Sides = tuple[float, float, float, float]  # of a box: nearer, farther, upper, lower, as seen from the root

_NEAR = (3.5, 6.0, 9.0, 12.0)  # pixels from the joint: farther off, a number could be another joint's
_ASIDE = (0.0, -5.0, 5.0, -9.0, 9.0)
_CLEAR = 1.2  # pixels around a number that no line enters
_REACH = 90.0  # pixels from a joint beyond which no line matters
_STEPS_OF_CURVE = 8


@dataclass(frozen=True)
class Joint:
    """A joint of a tree in its picture: support of its group, its place, and how it is turned.

    ``turn`` is the angle, clockwise from the right, at which the tree grows there; ``room`` how far it is to the names.
    """

    share: float | None
    point: Point
    turn: float = 0.0
    room: float = math.inf


def percent(share: float) -> int:
    """A share in percent, rounded down: 100 is of all."""
    return math.floor(100 * share + 1e-9)


def support_texts(
    joints: Iterable[Joint], strokes: Sequence[Stroke], measure: Measure, least: int = 0
) -> tuple[list[Text], int]:
    """
    Write each support, in percent rounded down, beside its joint.

    Parameters
    ----------
    joints
        Those without a share have no number.
    strokes
        Lines to keep clear of.
    measure
        Tells how wide texts are.
    least
        Percent below which no number is written.

    Returns
    -------
    texts
        The numbers that find a place.
    n_without_room
        How many do not.
    """
    lines = np.array([piece for stroke in strokes for piece in _pieces(stroke)]).reshape(-1, 4)
    texts, n_without_room = [], 0
    for joint in joints:
        if joint.share is None or percent(joint.share) < least:
            continue
        number = f"{percent(joint.share)}"
        near = _seen_from(joint, lines)
        sides = (s for s in _sides(measure(number, SUPPORT, False), joint.room) if not _is_crossed(s, near))
        if (free := next(sides, None)) is None:
            n_without_room += 1
            continue
        text, outline = _placed(number, free, joint)
        texts.append(text)
        lines = np.vstack([lines, outline])
    return texts, n_without_room


def _sides(width: float, room: float) -> Iterator[Sides]:
    """Places to try, the best first: in the fork, above or below the branch that leads to it, then farther off."""
    half = 0.375 * SUPPORT
    for off in _NEAR:
        if off + width <= room:
            yield from ((off, off + width, aside - half, aside + half) for aside in _ASIDE)
        for aside in (-3.0 - half, 3.0 + half):
            yield (-off - width, -off, aside - half, aside + half)


def _placed(number: str, sides: Sides, joint: Joint) -> tuple[Text, Lines]:
    """The number as a text that reads from left to right, and the outline of its box with the diagonals."""
    near, far, upper, lower = sides
    is_left = math.cos(joint.turn) < 0
    x, y = _on_page(joint, far, upper) if is_left else _on_page(joint, near, lower)
    angle = math.degrees(joint.turn) + (180.0 if is_left else 0.0)
    corners = [_on_page(joint, *at) for at in ((near, upper), (far, upper), (far, lower), (near, lower))]
    ring = [*pairwise([*corners, corners[0]]), (corners[0], corners[2]), (corners[1], corners[3])]
    return Text(x, y, number, SUPPORT, angle=angle), np.array([(*one, *other) for one, other in ring])


def _on_page(joint: Joint, along: float, aside: float) -> Point:
    cos, sin = math.cos(joint.turn), math.sin(joint.turn)
    return joint.point[0] + along * cos - aside * sin, joint.point[1] + along * sin + aside * cos


def _seen_from(joint: Joint, lines: Lines) -> Lines:
    """The lines near a joint, with the joint at 0 and the tree growing to the right."""
    x, y = joint.point
    near_x = (lines[:, 0::2].min(axis=1) < x + _REACH) & (lines[:, 0::2].max(axis=1) > x - _REACH)
    near_y = (lines[:, 1::2].min(axis=1) < y + _REACH) & (lines[:, 1::2].max(axis=1) > y - _REACH)
    ends = lines[near_x & near_y].reshape(-1, 2) - joint.point
    cos, sin = math.cos(joint.turn), math.sin(joint.turn)
    return np.asarray((ends @ np.array([[cos, -sin], [sin, cos]])).reshape(-1, 4))


def _is_crossed(sides: Sides, lines: Lines) -> bool:
    """Whether a line enters the box or comes too near."""
    near, far, upper, lower = sides
    box = np.array([[near - _CLEAR, upper - _CLEAR, far + _CLEAR, lower + _CLEAR]])
    return bool(lines_in_boxes(lines, box).any())


def _pieces(stroke: Stroke) -> Iterator[tuple[float, float, float, float]]:
    """The straight pieces of a stroke: a curve's are chords."""
    points = list(_points_of_curve(stroke.points)) if stroke.is_curve else stroke.points
    yield from ((*one, *other) for one, other in pairwise(points))


def _points_of_curve(points: Sequence[Point]) -> Iterator[Point]:
    """Points on Bezier curves, each of which has the end of the one before and three more."""
    yield points[0]
    for i in range(0, len(points) - 1, 3):
        a, b, c, d = np.array(points[i : i + 4])
        for t in np.arange(1, _STEPS_OF_CURVE + 1) / _STEPS_OF_CURVE:
            at = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
            yield float(at[0]), float(at[1])
