"""The score of distances that come from a tree, and of those that come from none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform

from fastslop.comparing import tree_likeness as tree_likeness_module
from fastslop.comparing.tree_likeness import ON_A_PLANE, cophenetic_correlation, likeness_words, mean_delta


def random_points(n: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, 30))


def test_mean_delta__is_zero_on_a_tree() -> None:
    ultrametric = hierarchy.cophenet(hierarchy.linkage(pdist(random_points(9)), "average"))
    tips = np.random.default_rng(1).uniform(0, 3, 9)
    additive = squareform(squareform(ultrametric) + tips[:, None] + tips[None, :] - 2 * np.diag(tips), checks=False)
    assert mean_delta(additive) == pytest.approx(0.0, abs=1e-9)


def test_mean_delta__of_a_quartet_is_that_of_the_definition() -> None:
    assert mean_delta(np.array([1.0, 3.0, 4.0, 4.0, 2.0, 1.0])) == pytest.approx((8 - 5) / (8 - 2))


def test_mean_delta__is_large_where_there_is_no_tree() -> None:
    assert mean_delta(pdist(random_points(12))) > 0.2


def test_mean_delta__of_a_sample_is_that_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    condensed = pdist(random_points(20))
    of_all = mean_delta(condensed)
    monkeypatch.setattr(tree_likeness_module, "MAX_QUARTETS", 2000)
    assert mean_delta(condensed) == pytest.approx(of_all, abs=0.03)


def test_mean_delta__of_three_labels_is_none() -> None:
    assert math.isnan(mean_delta(np.array([1.0, 2.0, 2.0])))


def test_cophenetic_correlation__is_one_of_the_same_and_none_of_a_constant() -> None:
    some, constant = np.array([1.0, 2.0, 2.0]), np.ones(3)
    assert cophenetic_correlation(some, 3 * some) == pytest.approx(1.0)
    assert math.isnan(cophenetic_correlation(some, constant))


def test_likeness_words__are_true_of_a_tree_of_a_plane_and_of_no_order() -> None:
    ultrametric = hierarchy.cophenet(hierarchy.linkage(pdist(random_points(9)), "average"))
    plane = pdist(np.random.default_rng(0).normal(size=(60, 2)))
    no_order = np.random.default_rng(0).uniform(1, 2, len(plane))
    assert "close to those of a tree" in likeness_words(mean_delta(ultrametric))
    assert mean_delta(plane) == pytest.approx(ON_A_PLANE, abs=0.02)
    assert mean_delta(no_order) == pytest.approx(0.5, abs=0.02)
    assert "not those of a tree" in likeness_words(mean_delta(no_order))
    assert "partly" in likeness_words(0.2)
