"""Clusters are found where there are any, and indices of them are what the slow definitions say."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastslop.lists.clusters import adjusted_rand_index, clusters_of, principal_components, silhouette

partitions = st.integers(2, 12).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 3), min_size=n, max_size=n).map(np.array)] * 2)
)


def blobs(*centres: float, n: int = 20, spread: float = 0.1) -> NDArray[np.float64]:
    """So many points about each centre, in three dimensions."""
    random = np.random.default_rng(0)
    return np.concatenate([random.normal(centre, spread, (n, 3)) for centre in centres])


@given(partitions)
def test_adjusted_rand_index__is_that_of_pairs(pair) -> None:
    one, other = pair
    pairs = [(one[i] == one[j], other[i] == other[j]) for i, j in combinations(range(len(one)), 2)]
    both, in_one, in_other = sum(a and b for a, b in pairs), sum(a for a, _ in pairs), sum(b for _, b in pairs)
    expected, most = in_one * in_other / len(pairs), (in_one + in_other) / 2
    by_pairs = 1.0 if most == expected else (both - expected) / (most - expected)
    assert adjusted_rand_index(one, other) == pytest.approx(by_pairs)


@given(partitions)
def test_adjusted_rand_index__does_not_care_for_names_and_sides(pair) -> None:
    one, other = pair
    found = adjusted_rand_index(one, other)
    assert found == pytest.approx(adjusted_rand_index(other, one))
    assert found == pytest.approx(adjusted_rand_index(3 - one, other))
    assert adjusted_rand_index(one, 3 - one) == 1


def test_adjusted_rand_index__is_about_zero_by_chance() -> None:
    random = np.random.default_rng(1)
    found = [adjusted_rand_index(*random.integers(0, 3, (2, 60))) for _ in range(200)]
    assert abs(np.mean(found)) < 0.01


@given(st.lists(st.integers(0, 2), min_size=3, max_size=12).filter(lambda clusters: len(set(clusters)) > 1))
def test_silhouette__is_the_mean_of_its_points(clusters) -> None:
    points, clusters = np.random.default_rng(len(clusters)).normal(size=(len(clusters), 2)), np.array(clusters)
    widths = []
    for i, own in enumerate(clusters):
        distances = np.linalg.norm(points - points[i], axis=1)
        others = [distances[clusters == c].mean() for c in set(clusters.tolist()) - {int(own)}]
        same = distances[(clusters == own) & (np.arange(len(points)) != i)]
        widths.append((min(others) - same.mean()) / max(min(others), same.mean()) if len(same) else 0.0)
    assert silhouette(points, clusters) == pytest.approx(np.mean(widths))


def test_silhouette__is_large_where_clusters_stand_apart_and_small_where_there_are_none() -> None:
    truth = np.repeat([0, 1], 20)
    assert silhouette(blobs(0, 5), truth) > 0.9
    assert abs(silhouette(blobs(0, 0), truth)) < 0.1
    assert silhouette(np.zeros((4, 2)), np.array([0, 0, 1, 1])) == 0
    assert silhouette(blobs(0, 5), np.zeros(40, np.int64)) == 0


@pytest.mark.parametrize("k", [2, 3, 4])
def test_clusters_of__finds_what_stands_apart(k) -> None:
    found = clusters_of(blobs(*range(k)), k)
    assert adjusted_rand_index(found, np.repeat(np.arange(k), 20)) == 1


def test_clusters_of__points_at_one_place_are_one() -> None:
    assert set(clusters_of(np.zeros((9, 3)), 3).tolist()) == {0}


def test_principal_components__keep_distances_where_there_are_enough() -> None:
    points = blobs(0, 2, 5)
    found = principal_components(points, 3)
    pairs = np.array([*combinations(range(len(points)), 2)])
    distances = (np.linalg.norm(p[pairs[:, 0]] - p[pairs[:, 1]], axis=1) for p in (points, found))
    assert np.allclose(*distances)
    assert principal_components(points[:2], 3).shape == (2, 2)
