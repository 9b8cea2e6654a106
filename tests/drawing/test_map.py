"""Claims about maps: every label has its dot in its place, names cross nothing, and none is missing unsaid."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from fastslop.base.errors import BadInputError
from fastslop.comparing.compare import Comparison
from fastslop.comparing.scaling import classical_scaling
from fastslop.drawing.frame import Inscription
from fastslop.drawing.map import compose_map
from fastslop.drawing.scene import LABEL, Scene, Text, estimate_width


def some_labels(n: int) -> list[str]:
    return [f"{('oak', 'elm', 'ash', 'fir')[i % 4]}-{i}-instruct" for i in range(n)]


def scene_of(points: np.ndarray) -> Scene:
    labels = some_labels(len(points))
    written = Inscription.of(labels, {label: label[:3] for label in labels}, title="T")
    return compose_map(classical_scaling(pdist(points)), "m", written, estimate_width)


def corners(text: Text) -> tuple[float, float, float, float]:
    width = estimate_width(text.text, text.size, text.bold)
    return text.x, text.y - 0.75 * text.size, text.x + width, text.y + 0.2 * text.size


@pytest.mark.parametrize("n", [3, 22, 120])
def test_map__has_a_dot_for_each_label_and_names_that_cross_nothing(n) -> None:
    scene = scene_of(np.random.default_rng(1).normal(size=(n, 2)))
    dots = scene.boxes[:n]
    names = [text for text in scene.texts if text.size == LABEL]
    said = " ".join(text.text for text in scene.texts if text.size != LABEL)
    shown = {text.text for text in names}
    assert all(label in shown or label in said for label in some_labels(n)), "drawn, or listed as left out"
    for box in map(corners, names):
        assert 0 <= box[0] < box[2] <= scene.width
        assert 0 <= box[1] < box[3] <= scene.height
    for one, other in combinations(map(corners, names), 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    for text in names:
        left, top, right, bottom = corners(text)
        for dot in dots:
            x, y = dot.left + dot.width / 2, dot.top + dot.height / 2
            assert not (left < x < right and top < y < bottom)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(max_size=90), min_size=3, max_size=9, unique=True), st.integers(0, 99))
def test_map__is_well_formed_and_holds_any_names(labels, seed) -> None:
    condensed = pdist(np.random.default_rng(seed).normal(size=(len(labels), 3)))
    comparison = Comparison("fastslop", "m", tuple(labels), ("p",) * len(labels), condensed, 10)
    root = ElementTree.fromstring(comparison.map().svg())
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        shown = (text[0].tail if len(text) else text.text) or ""
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        assert 0 <= x <= x + estimate_width(shown, float(text.attrib["font-size"])) <= width
        assert 0 <= y <= height


def test_map__keeps_distances_in_one_unit_on_both_axes() -> None:
    points = np.random.default_rng(2).normal(size=(15, 2))
    dots = scene_of(points).boxes[:15]
    drawn = pdist([(dot.left, dot.top) for dot in dots])
    assert np.ptp(drawn / pdist(points)) == pytest.approx(0.0, abs=1e-6 * drawn.max())


def test_map__of_equal_labels_lists_the_names_it_has_no_room_for() -> None:
    scene = scene_of(np.zeros((60, 2)))
    names = {text.text for text in scene.texts if text.size == LABEL}
    said = " ".join(text.text for text in scene.texts if text.size != LABEL)
    assert 0 < len(names) < 60
    assert f"{60 - len(names)} names left out for lack of room" in said
    assert all(label in names or f"{label}" in said for label in some_labels(60))


def test_map__of_a_comparison_says_its_stress_and_needs_three_labels() -> None:
    condensed = pdist(np.random.default_rng(3).normal(size=(4, 3)))
    comparison = Comparison("fastslop", "m", ("a", "b", "c", "d"), ("p",) * 4, condensed, 10)
    assert "Stress 0." in comparison.map().svg()
    two = Comparison("fastslop", "m", ("a", "b"), ("p",) * 2, np.ones(1), 10)
    with pytest.raises(BadInputError, match="a map needs three labels at least; there are 2"):
        two.map()
