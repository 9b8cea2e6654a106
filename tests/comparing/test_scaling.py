"""Claims about maps: a plane is found again, whatever the order, place and size; what no map holds is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform

from fastslop.comparing.scaling import Scaling, classical_scaling, stress

SEEDS = st.integers(0, 10_000)


def some_points(seed: int, n_axes: int = 2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(int(rng.integers(3, 30)), n_axes)) * rng.uniform(0.1, 10)


@settings(deadline=None, max_examples=60)
@given(SEEDS)
def test_scaling__finds_points_of_a_plane_again(seed) -> None:
    condensed = pdist(some_points(seed))
    found = classical_scaling(condensed)
    assert pdist(found.points) == pytest.approx(condensed, rel=1e-6, abs=1e-9)
    assert found.stress == pytest.approx(0.0, abs=1e-6)
    assert found.explained == pytest.approx(1.0)
    assert found.negative == 0.0
    assert "good" in found.words


@settings(deadline=None, max_examples=60)
@given(SEEDS)
def test_scaling__is_of_the_distances_and_not_of_their_order_place_or_unit(seed) -> None:
    points = some_points(seed, n_axes=5)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(points))
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    one, other = classical_scaling(pdist(points)), classical_scaling(pdist(3.0 * (points @ turn + 7.0)[order]))
    assert other.points == pytest.approx(3.0 * one.points[order], rel=1e-5, abs=1e-5)
    assert other.stress == pytest.approx(one.stress, abs=1e-6)
    assert other.explained == pytest.approx(one.explained)


def test_scaling__of_points_of_space_is_their_projection_on_the_two_longest_axes() -> None:
    points = some_points(4, n_axes=6)
    centred = points - points.mean(axis=0)
    left, lengths, _ = np.linalg.svd(centred, full_matrices=False)
    found = classical_scaling(pdist(points))
    assert np.abs(found.points) == pytest.approx(np.abs(left[:, :2] * lengths[:2]))
    assert found.explained == pytest.approx((lengths[:2] ** 2).sum() / (lengths**2).sum())


def test_scaling__turns_each_axis_to_its_farthest_label() -> None:
    found = classical_scaling(pdist(some_points(7)))
    assert (found.points.max(axis=0) >= -found.points.min(axis=0)).all()


def test_scaling__says_what_fits_no_map() -> None:
    shortcut = np.full((4, 4), 2.0)  # a star, whose middle is nearer to all than any place of a plane can be
    shortcut[0] = shortcut[:, 0] = 1.0
    np.fill_diagonal(shortcut, 0.0)
    found = classical_scaling(squareform(shortcut))
    assert found.negative > 0.02
    assert "fits no map" in found.words


def test_scaling__of_equals_is_one_place() -> None:
    found = classical_scaling(np.zeros(6))
    assert found.points == pytest.approx(np.zeros((4, 2)))
    assert (found.stress, found.explained, found.negative) == (0.0, 1.0, 0.0)


def test_stress__is_zero_where_the_order_is_kept_and_kruskals_otherwise() -> None:
    assert stress(np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 5.5])) == 0.0
    assert stress(np.array([1.0, 2.0, 2.0]), np.array([1.0, 5.0, 4.0])) == 0.0
    # The last two pool to 4: off by 1 either way.
    assert stress(np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0, 3.0])) == pytest.approx(np.sqrt(2 / 35))


@pytest.mark.parametrize(("value", "word"), [(0.04, "good"), (0.08, "fair"), (0.15, "poor"), (0.3, "worse than poor")])
def test_words__are_kruskals(value, word) -> None:
    said = Scaling(np.zeros((3, 2)), value, 0.5, 0.0).words
    assert f"which is {word} (" in said
    assert ("need not be near" in said) == (value > 0.1)
