"""Distances equal their dense definitions, and the order of labels only orders them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial.distance import pdist, squareform

from fastslop.comparing.compare import Comparison
from fastslop.comparing.distances import (
    MIN_PANEL,
    RIDGE,
    condensed,
    cosine_about_means,
    matched_cosine,
    panel_likeness,
    shortfall,
    whitened,
)
from fastslop.comparing.slop_forensics import FeatureMatrix, jaccard


def matrix_of(values: NDArray[np.float64]) -> FeatureMatrix:
    return FeatureMatrix(tuple(f"m{i}" for i in range(len(values))), pl.DataFrame(), csr_array(values))


def style_distances_of(values: NDArray[np.float64], panels: list[str]) -> NDArray[np.float64]:
    """The distances of `fastslop.compare` between labels with these values."""
    return condensed(1 - matched_cosine(values @ values.T, panels))


@st.composite
def fingerprints(draw: st.DrawFn) -> NDArray[np.float64]:
    """Values of two to nine labels in one to forty features, many of them zero."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = draw(st.tuples(st.integers(2, 9), st.integers(1, 40)))
    return np.sqrt(rng.random(shape)) * (rng.random(shape) < draw(st.sampled_from([0.2, 0.6, 1.0])))


def panels_of(values: NDArray[np.float64], n_panels: int) -> list[str]:
    """Labels dealt out to panels unevenly: the first gets about half, the last may get one."""
    return [f"panel-{min(int(i).bit_length(), n_panels)}" for i in range(len(values))]


def plain_centred_cosine(values: NDArray[np.float64], panels: list[str]) -> NDArray[np.float64]:
    """By definition: subtract the mean of the label's panel, or of all where that is small; one minus the cosine."""
    centred = []
    for row, panel in zip(values, panels, strict=True):
        mates = [other for other, name in zip(values, panels, strict=True) if name == panel]
        mean = np.mean(mates if len(mates) >= 3 else values, axis=0)
        centred.append(row - mean if len(values) >= 3 else row)
    norms = [np.linalg.norm(row) for row in centred]
    return np.array(
        [
            1 - centred[i] @ centred[j] / (norms[i] * norms[j]) if norms[i] and norms[j] else 1.0
            for i in range(len(values))
            for j in range(i + 1, len(values))
        ]
    )


def is_degenerate(values: NDArray[np.float64], panels: list[str]) -> bool:
    """Whether a label is (nearly) its panel's mean: its direction from there is then noise."""
    names = np.array(panels)
    means = [values[names == p].mean(0) if (names == p).sum() >= 3 else values.mean(0) for p in panels]
    return bool(np.min(np.linalg.norm(values - means, axis=1)) < 1e-3)


@pytest.mark.parametrize("n_panels", [1, 2, 4])
@given(values=fingerprints())
def test_style_distances__equal_their_dense_definition(n_panels, values) -> None:
    """Between panels as well before matching."""
    panels = panels_of(values, n_panels)
    if not is_degenerate(values, panels):
        plain = squareform(plain_centred_cosine(values, panels))
        np.testing.assert_allclose(1 - cosine_about_means(values @ values.T, panels), plain, atol=1e-8)
        found = squareform(style_distances_of(values, panels))
        is_within = np.array(panels)[:, None] == np.array(panels)[None, :]
        np.testing.assert_allclose(found[is_within], plain[is_within], atol=1e-8)


@given(fingerprints())
def test_style_distances__lie_between_0_and_2(values) -> None:
    found = style_distances_of(values, ["p"] * len(values))
    assert found.shape == (len(values) * (len(values) - 1) // 2,)
    assert ((found >= 0) & (found <= 2 + 1e-9)).all()


@given(fingerprints(), st.floats(0.01, 100))
def test_style_distances__do_not_depend_on_a_common_part_or_scale(values, scale) -> None:
    panels = ["p"] * len(values)
    if len(values) > 2 and not is_degenerate(values, panels):
        found = style_distances_of(scale * (values + 1), panels)
        np.testing.assert_allclose(found, style_distances_of(values, panels), atol=1e-6)


def test_style_distances__take_away_what_a_panels_prompts_have_in_common() -> None:
    rng = np.random.default_rng(0)
    own = rng.random((3, 50))  # three models ...
    topics = 5 * rng.random((2, 50))  # ... on two sets of prompts
    values = np.vstack([own + topics[0], own + topics[1]])
    square = squareform(style_distances_of(values, ["x"] * 3 + ["y"] * 3))
    assert [int(np.argmin(np.where(np.arange(6) == i, 9, square[i]))) for i in range(6)] == [3, 4, 5, 0, 1, 2]
    np.testing.assert_allclose(square[[0, 1, 2], [3, 4, 5]], 0, atol=1e-9)


def test_style_distances__of_a_small_panel_are_about_the_mean_of_all() -> None:
    values = np.random.default_rng(0).random((5, 9))
    assert MIN_PANEL == 3
    small = squareform(style_distances_of(values, ["x", "x", "y", "y", "y"]))
    together = squareform(style_distances_of(values, ["x"] * 5))
    assert small[0, 1] == together[0, 1] < 1.9
    assert small[2, 3] != together[2, 3]


def test_style_distances__of_equal_fingerprints_are_0() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        values = np.tile(np.sqrt(rng.random(rng.integers(3, 300))), (6, 1))
        assert set(style_distances_of(values, ["p"] * 6)) == {0.0}


@given(fingerprints())
def test_whitened__equals_its_dense_definition(values) -> None:
    panels = ["p"] * len(values)
    if len(values) >= MIN_PANEL and not is_degenerate(values, panels):
        own = values - values.mean(axis=0)
        left, lengths, _ = np.linalg.svd(own, full_matrices=False)
        ridge = RIDGE * (lengths**2).sum() / len(own)
        dense = left * (lengths / np.sqrt(lengths**2 + ridge))
        np.testing.assert_allclose(condensed(1 - whitened(own @ own.T)), pdist(dense, "cosine"), atol=1e-7)


def two_panels(rng: np.random.Generator, n: int = 12) -> tuple[NDArray[np.float64], list[str]]:
    """The same labels on two panels, each moved along a common direction."""
    own, axis = rng.standard_normal((n, 400)), 5 * rng.standard_normal(400)
    values = np.vstack([own + np.outer(3 * rng.standard_normal(n), axis) for _ in range(2)])
    return values @ values.T, ["x"] * n + ["y"] * n


@pytest.mark.parametrize("seed", range(5))
def test_matched_cosine__knows_more_labels_again_where_a_common_direction_moves(seed) -> None:
    gram, panels = two_panels(np.random.default_rng(seed))

    def known(cosine: NDArray[np.float64]) -> int:
        return int((cosine[:12, 12:].argmax(axis=1) == np.arange(12)).sum())

    assert known(matched_cosine(gram, panels)) > known(cosine_about_means(gram, panels))


@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(1, 5))
def test_matched_cosine__equals_its_definition_pair_by_pair(seed, n, m) -> None:
    values = np.random.default_rng(seed).random((n + m, 30))
    gram, panels = values @ values.T, ["x"] * n + ["y"] * m
    found, plain = matched_cosine(gram, panels), cosine_about_means(gram, panels)
    np.testing.assert_allclose(found, found.T, atol=1e-12)
    np.testing.assert_array_equal(found[:n, :n], plain[:n, :n])
    blocks = [(one, other, like) for one, other, like in panel_likeness(gram, panels)]
    assert len(blocks) == (n + m > 2)
    for _, _, like in blocks:
        rows, columns = [max(row) for row in like], [max(column) for column in like.T]
        top = (np.mean(rows) + np.mean(columns)) / 2
        cosines = plain[:n, n:]
        scale = (np.mean([max(row) for row in cosines]) + np.mean([max(column) for column in cosines.T])) / 2 / top
        for i in range(n):
            for j in range(m):
                match = (like[i, j] + top - (rows[i] + columns[j]) / 2) * scale
                expected = max(0.25 * cosines[i, j] + 0.75 * match, -1) if top > 0 and scale > 0 else cosines[i, j]
                assert found[i, n + j] == pytest.approx(expected, abs=1e-9)


def test_matched_cosine__of_two_panels_does_not_depend_on_a_third() -> None:
    rng = np.random.default_rng(1)
    values = rng.random((13, 40))
    gram, panels = values @ values.T, ["x"] * 5 + ["y"] * 4 + ["z"] * 4
    np.testing.assert_allclose(matched_cosine(gram, panels)[:9, :9], matched_cosine(gram[:9, :9], panels[:9]))


def test_matched_cosine__leaves_labels_without_a_fingerprint_of_their_own_as_they_are() -> None:
    values = np.tile(np.random.default_rng(0).random(30), (6, 1))
    np.testing.assert_array_equal(matched_cosine(values @ values.T, ["p"] * 3 + ["q"] * 3), 1.0)


def test_shortfall__is_0_for_mutually_nearest_labels_only() -> None:
    likeness = np.random.default_rng(0).random((5, 4))
    found = shortfall(likeness)
    assert (found >= 0).all()
    assert (found == 0).any()
    for i, j in np.argwhere(found == 0):
        assert likeness[i, j] == likeness[i].max() == likeness[:, j].max()


def test_shortfall__takes_no_hub_for_a_match() -> None:
    likeness = np.array([[0.9, 0.3], [0.6, 0.5]])
    assert likeness[1].argmax() == 0
    assert shortfall(likeness)[1].argmin() == 1


@given(fingerprints())
@example(np.zeros((3, 2)))
@example(np.array([[0.0, 0], [1, 1], [1, 0]]))
def test_jaccard__equals_scipys(values) -> None:
    np.testing.assert_allclose(jaccard(matrix_of(values)), pdist(values > 0, "jaccard"), atol=1e-12)


@given(fingerprints(), st.randoms(use_true_random=False))
def test_distances__of_labels_in_another_order_are_those_in_that_order(values, random) -> None:
    order = list(range(len(values)))
    random.shuffle(order)
    panels = panels_of(values, 2)
    other = values[order]
    assert np.array_equal(
        squareform(jaccard(matrix_of(other))), squareform(jaccard(matrix_of(values)))[order][:, order]
    )
    if not is_degenerate(values, panels):
        found = squareform(style_distances_of(other, [panels[i] for i in order]))
        expected = squareform(style_distances_of(values, panels))[order][:, order]
        np.testing.assert_allclose(found, expected, atol=1e-10)


def test_condensed__is_clean_of_rounding_errors() -> None:
    square = np.array([[1e-17, 0.3, -1e-17], [0.3 + 1e-16, 0, 1.0], [1e-17, 1.0, 0]])
    assert condensed(square).tolist() == [0.3, 0.0, 1.0]


def compared(distances: list[float], labels: str = "abc") -> Comparison:
    return Comparison("fastslop", "cosine", tuple(labels), ("p",) * len(labels), np.array(distances), 7)


def test_neighbours__ranks_every_other_label_nearest_first() -> None:
    rows = compared([0.5, 0.2, 0.9]).neighbours.select("label", "neighbour", "rank", "distance").rows()
    assert rows == [
        ("a", "c", 1, 0.2),
        ("a", "b", 2, 0.5),
        ("b", "a", 1, 0.5),
        ("b", "c", 2, 0.9),
        ("c", "a", 1, 0.2),
        ("c", "b", 2, 0.9),
    ]


def test_neighbours__are_never_the_label_itself_and_ties_go_by_place() -> None:
    rows = compared([0.0] * 6, "abcd").neighbours
    assert (rows["label"] != rows["neighbour"]).all()
    assert rows.filter(pl.col("label") == "b")["neighbour"].to_list() == ["a", "c", "d"]
