"""Claims about support in pictures: a number crosses no line and no other number, and what has no place is counted."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from fastslop.drawing.collapse import collapsed
from fastslop.drawing.frame import Inscription
from fastslop.drawing.pictures import LAYOUTS
from fastslop.drawing.scene import SUPPORT, Point, Scene, Stroke, Text, estimate_width
from fastslop.drawing.support_labels import Joint, percent, support_texts
from fastslop.trees.linkage import as_tree, linkage_of


def scene_of(n: int, layout: str) -> tuple[Scene, int]:
    """A tree of n labels, and how many numbers it has."""
    rng = np.random.default_rng(n)
    labels = [f"label-{i}" for i in range(n)]
    condensed = pdist(rng.normal(size=(n, 12)), "cosine")
    tree = as_tree(linkage_of(labels, condensed, metric="m", support=rng.random(n - 1)))
    families = dict.fromkeys(labels, "one")
    scene = LAYOUTS[layout](collapsed(tree, None, families), Inscription.of(labels, families), estimate_width)
    return scene, n - 2


def outline(text: Text) -> list[Point]:
    """Corners of a number, turned as it is."""
    width, turn = estimate_width(text.text, text.size), math.radians(text.angle)
    flat = [(0.0, 0.0), (width, 0.0), (width, -0.75 * text.size), (0.0, -0.75 * text.size)]
    cos, sin = math.cos(turn), math.sin(turn)
    return [(text.x + x * cos - y * sin, text.y + x * sin + y * cos) for x, y in flat]


def on_stroke(stroke: Stroke) -> np.ndarray:
    """Many points along a stroke."""
    points = np.array(stroke.points)
    if stroke.is_curve:
        t = np.linspace(0, 1, 40)[:, None]
        pieces = [
            (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
            for a, b, c, d in (points[i : i + 4] for i in range(0, len(points) - 1, 3))
        ]
    else:
        pieces = [np.linspace(a, b, 400) for a, b in pairwise(points)]
    return np.concatenate(pieces)


def contains(corners: list[Point], points: np.ndarray) -> np.ndarray:
    """Which points are inside a rectangle."""
    (ox, oy), (ax, ay), _, (bx, by) = corners
    one, other = np.array([ax - ox, ay - oy]), np.array([bx - ox, by - oy])
    away = points - (ox, oy)
    along, aside = away @ one / (one @ one), away @ other / (other @ other)
    return (along > 0) & (along < 1) & (aside > 0) & (aside < 1)


@pytest.mark.parametrize("layout", ["rectangular", "circular"])
@pytest.mark.parametrize("n", [5, 22, 90])
def test_support__crosses_no_branch_and_no_other_number(n, layout) -> None:
    scene, n_numbers = scene_of(n, layout)
    numbers = [text for text in scene.texts if text.size == SUPPORT]
    lines = np.concatenate([on_stroke(stroke) for stroke in scene.strokes])
    assert len(numbers) > n_numbers / 2
    for text in numbers:
        assert not contains(outline(text), lines).any(), text
    inside = [np.array(outline(text)) for text in numbers]
    for one, other in combinations(range(len(numbers)), 2):
        assert not contains(outline(numbers[one]), inside[other]).any()


@pytest.mark.parametrize("layout", ["rectangular", "circular"])
def test_support__without_a_place_is_counted_in_the_caption(layout) -> None:
    scene, n_numbers = scene_of(90, layout)
    n_shown = sum(text.size == SUPPORT for text in scene.texts)
    said = " ".join(text.text for text in scene.texts)
    missing = n_numbers - n_shown
    assert ("left out for lack of room" in said) == (missing > 0)
    assert missing == 0 or f"{missing} number" in said


def test_support__of_joints_in_one_place_is_written_once_or_beside() -> None:
    joints = [Joint(0.5, (0.0, 0.0)) for _ in range(40)]
    texts, n_without_room = support_texts(joints, [], estimate_width)
    assert len(texts) + n_without_room == 40
    assert n_without_room > 0
    assert len({(text.x, text.y) for text in texts}) == len(texts)


def test_support__keeps_away_from_the_names() -> None:
    texts, n_without_room = support_texts([Joint(1.0, (0.0, 0.0), room=10.0)], [], estimate_width)
    assert n_without_room == 0
    assert texts[0].x + estimate_width("100", SUPPORT) <= 10.0


def test_percent__is_rounded_down() -> None:
    assert [percent(share) for share in (0.999, 1.0, 0.29, 0.0)] == [99, 100, 29, 0]
