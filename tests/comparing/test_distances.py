"""Distances equal their dense definitions, and the order of labels only orders them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.spatial.distance import pdist, squareform

from fastslop.base.arrays import Floats
from fastslop.comparing.compare import Comparison
from fastslop.comparing.distances import (
    MIN_PANEL,
    RIDGE,
    condensed,
    distances,
    likeness,
    shortfall,
    unshrunk,
    whitenings,
)
from fastslop.comparing.slop_forensics import FeatureMatrix, jaccard


def matrix_of(values: Floats) -> FeatureMatrix:
    return FeatureMatrix(tuple(f"m{i}" for i in range(len(values))), pl.DataFrame(), csr_array(values))


def distances_of(values: Floats, panels: list[str], answers: Floats | None = None) -> Floats:
    """The distances of `fastslop.compare` between labels with these values; ``answers`` f64[prompts, labels, features]
    are their values in the answer to each prompt."""
    return distances(values @ values.T, panels, None if answers is None else products_by_prompt(answers))


def products_by_prompt(answers: Floats) -> Floats:
    """Inner products of answers about the mean answer to each prompt."""
    about = answers - answers.mean(axis=1, keepdims=True)
    return np.einsum("pif,pjf->ij", about, about)


@st.composite
def fingerprints(draw: st.DrawFn) -> Floats:
    """Values of two to nine labels in one to forty features, many of them zero."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = draw(st.tuples(st.integers(2, 9), st.integers(1, 40)))
    return np.sqrt(rng.random(shape)) * (rng.random(shape) < draw(st.sampled_from([0.2, 0.6, 1.0])))


def panels_of(values: Floats, n_panels: int) -> list[str]:
    """Labels dealt out to panels unevenly: the first gets about half, the last may get one."""
    return [f"panel-{min(int(i).bit_length(), n_panels)}" for i in range(len(values))]


def centred(values: Floats, panels: list[str]) -> Floats:
    """Values less the mean of the label's panel, or of all where that is small."""
    names = np.array(panels)
    means = [values[names == p].mean(0) if (names == p).sum() >= MIN_PANEL else values.mean(0) for p in panels]
    return values - np.array(means)


def of_unit_length(values: Floats) -> Floats:
    """Values whose mean squared length is one."""
    return values / np.sqrt((values**2).sum(axis=1).mean())


def whitened_products(values: Floats) -> Floats:
    """By definition, in the space of features: what labels differ by, over the root of the labels' own covariance."""
    lengths, directions = np.linalg.eigh(values.T @ values)
    ridge = RIDGE * (values**2).sum() / len(values)
    white = values @ directions / np.sqrt(np.maximum(lengths, 0) + ridge)
    return white @ white.T


def cosines_of(products: Floats) -> Floats:
    lengths = np.sqrt(np.diag(products))
    return products / np.outer(lengths, lengths)


def plain_within(values: Floats, answers: Floats | None = None) -> Floats:
    """The likeness within a panel, by definition."""
    every = of_unit_length(values - values.mean(axis=0))
    if answers is not None:
        about = (answers - answers.mean(axis=1, keepdims=True)).transpose(1, 0, 2).reshape(len(values), -1)
        every = np.hstack([every, of_unit_length(about)])
    products = whitened_products(every)
    n = len(values)
    return unshrunk(cosines_of(products + np.trace(products) / (n - 1) / n))


def is_degenerate(values: Floats, panels: list[str]) -> bool:
    """Whether a label is (nearly) its panel's mean: its direction from there is then noise."""
    names = np.array(panels)
    means = [values[names == p].mean(0) if (names == p).sum() >= 3 else values.mean(0) for p in panels]
    return bool(np.min(np.linalg.norm(values - means, axis=1)) < 1e-3)


@pytest.mark.parametrize("n_panels", [1, 2, 4])
@given(values=fingerprints(), seed=st.integers(0, 2**32))
def test_distances__within_panels_equal_their_dense_definition(n_panels, values, seed) -> None:
    """With answers to prompts and without."""
    panels = panels_of(values, n_panels)
    if is_degenerate(values, panels):
        return
    names = np.array(panels)
    answers = np.random.default_rng(seed).random((3, len(values), 5))
    by_prompt = np.zeros((len(values), len(values)))
    for name in set(panels):
        rows = np.flatnonzero(names == name)
        by_prompt[np.ix_(rows, rows)] = products_by_prompt(answers[:, rows])
    for given_answers, given_products in ((None, None), (answers, by_prompt)):
        found = likeness(values @ values.T, panels, given_products)
        for name in set(panels):
            rows = np.flatnonzero(names == name)
            if len(rows) >= MIN_PANEL:
                own_answers = None if given_answers is None else given_answers[:, rows]
                expected = plain_within(values[rows], own_answers)
                np.testing.assert_allclose(found[np.ix_(rows, rows)], expected, atol=1e-6)


@given(fingerprints())
def test_distances__of_two_labels_are_those_of_plain_cosines(values) -> None:
    pair = values[:2]
    if np.linalg.norm(pair, axis=1).min() > 1e-3:
        np.testing.assert_allclose(distances_of(pair, ["p", "p"]), pdist(pair, "cosine"), atol=1e-9)


@given(st.floats(-0.999, 1))
def test_unshrunk__gives_back_the_cosine_of_two_labels_that_are_like_nothing_else(cosine) -> None:
    products = np.array([[1.0, cosine], [cosine, 1.0]])
    shrunk = cosines_of(products @ np.linalg.inv(products + RIDGE * np.eye(2)))[0, 1]
    assert unshrunk(np.array([shrunk]))[0] == pytest.approx(cosine, abs=1e-9)


@pytest.mark.parametrize("n", [3, 4, 9, 50, 250])
def test_distances__of_labels_with_nothing_in_common_are_1_however_many_they_are(n) -> None:
    np.testing.assert_allclose(distances_of(np.eye(n), ["p"] * n), 1.0, atol=1e-9)


def test_distances__see_who_answers_single_prompts_alike() -> None:
    """What two labels share in each answer cancels in the sum of all answers."""
    rng = np.random.default_rng(0)
    answers = rng.random((40, 6, 30))
    answers[:, 1] = answers[:, 0] + 0.3 * rng.random((40, 30))
    values = rng.random((6, 30))
    with_answers = squareform(distances_of(values, ["p"] * 6, answers))
    assert with_answers[0, 1] == with_answers[np.triu_indices(6, 1)].min()
    assert with_answers[0, 1] < squareform(distances_of(values, ["p"] * 6))[0, 1]


@given(fingerprints())
def test_distances__lie_between_0_and_2(values) -> None:
    found = distances_of(values, ["p"] * len(values))
    assert found.shape == (len(values) * (len(values) - 1) // 2,)
    assert ((found >= 0) & (found <= 2 + 1e-9)).all()


@given(fingerprints(), st.floats(0.01, 100))
def test_distances__do_not_depend_on_a_common_part_or_scale(values, scale) -> None:
    panels = ["p"] * len(values)
    if len(values) > 2 and not is_degenerate(values, panels):
        found = distances_of(scale * (values + 1), panels)
        np.testing.assert_allclose(found, distances_of(values, panels), atol=1e-6)


def test_distances__take_away_what_a_panels_prompts_have_in_common() -> None:
    rng = np.random.default_rng(0)
    own = rng.random((3, 50))  # three models ...
    topics = 5 * rng.random((2, 50))  # ... on two sets of prompts
    values = np.vstack([own + topics[0], own + topics[1]])
    square = squareform(distances_of(values, ["x"] * 3 + ["y"] * 3))
    assert [int(np.argmin(np.where(np.arange(6) == i, 9, square[i]))) for i in range(6)] == [3, 4, 5, 0, 1, 2]
    np.testing.assert_allclose(square[[0, 1, 2], [3, 4, 5]], 0, atol=1e-9)


def test_distances__of_a_small_panel_are_about_the_mean_of_all() -> None:
    values = np.random.default_rng(0).random((5, 9))
    assert MIN_PANEL == 3
    small = likeness(values @ values.T, ["x", "x", "y", "y", "y"])
    about = centred(values, ["x", "x", "y", "y", "y"])
    assert small[0, 1] == pytest.approx(unshrunk(cosines_of(whitened_products(about)))[0, 1])
    assert abs(small[0, 1]) < 0.9


def test_distances__of_equal_fingerprints_are_0() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        values = np.tile(np.sqrt(rng.random(rng.integers(3, 300))), (6, 1))
        assert set(distances_of(values, ["p"] * 6)) == {0.0}


def two_panels(rng: np.random.Generator, n: int = 12) -> tuple[Floats, list[str]]:
    """The same labels on two panels, each moved along a common direction."""
    own, axis = rng.standard_normal((n, 400)), 5 * rng.standard_normal(400)
    values = np.vstack([own + np.outer(3 * rng.standard_normal(n), axis) for _ in range(2)])
    return values @ values.T, ["x"] * n + ["y"] * n


@pytest.mark.parametrize("seed", range(5))
def test_likeness__knows_more_labels_again_where_a_common_direction_moves(seed) -> None:
    gram, panels = two_panels(np.random.default_rng(seed))
    means = np.kron(np.eye(2), np.full((12, 12), 1 / 12))
    about = gram - means @ gram - gram @ means + means @ gram @ means

    def known(cosine: Floats) -> int:
        return int((cosine[:12, 12:].argmax(axis=1) == np.arange(12)).sum())

    assert known(likeness(gram, panels)) > known(cosines_of(about))


@pytest.mark.parametrize("is_matched", [True, False])
@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(1, 5))
def test_likeness__between_panels_equals_its_definition_pair_by_pair(is_matched, seed, n, m) -> None:
    values = np.random.default_rng(seed).random((n + m, 30))
    panels = ["x"] * n + ["y"] * m
    if n + m < MIN_PANEL:
        return
    found = likeness(values @ values.T, panels, is_matched=is_matched)
    np.testing.assert_allclose(found, found.T, atol=1e-12)
    like = cosines_of(whitened_products(centred(values, panels)))[:n, n:]
    rows, columns = [max(row) for row in like], [max(column) for column in like.T]
    top = (np.mean(rows) + np.mean(columns)) / 2
    for i in range(n):
        for j in range(m):
            match = 0.9 * (like[i, j] + top - (rows[i] + columns[j]) / 2) + 0.1 * like[i, j]
            match = max(match, -1.0) if is_matched else like[i, j]
            assert found[i, n + j] == pytest.approx(unshrunk(np.array([match]))[0], abs=1e-6)


def test_likeness__of_pairs_that_are_each_others_best_differs_as_their_cosines_do() -> None:
    """Two that are strangers to each other, each other's best for want of better, are not as near as the same label."""
    rng = np.random.default_rng(2)
    own = rng.standard_normal((3, 400))
    values = np.vstack([own, own[0] + 0.1 * rng.standard_normal(400), rng.standard_normal((2, 400))])
    found = likeness(values @ values.T, ["x"] * 3 + ["y"] * 3)[:3, 3:]
    assert found[0, 0] == found.max()
    assert np.sort(found.ravel())[-2] < found[0, 0] - 0.01


def test_likeness__of_two_panels_does_not_depend_on_a_third() -> None:
    rng = np.random.default_rng(1)
    values = rng.random((13, 40))
    gram, panels = values @ values.T, ["x"] * 5 + ["y"] * 4 + ["z"] * 4
    np.testing.assert_allclose(likeness(gram, panels)[:9, :9], likeness(gram[:9, :9], panels[:9]))


def test_likeness__of_labels_without_a_fingerprint_of_their_own_is_1_with_each_other() -> None:
    values = np.tile(np.random.default_rng(0).random(30), (6, 1))
    np.testing.assert_array_equal(likeness(values @ values.T, ["p"] * 3 + ["q"] * 3), 1.0)


@given(fingerprints())
def test_whitening__has_a_root_that_makes_its_products(values) -> None:
    if len(values) >= MIN_PANEL and not is_degenerate(values, ["p"] * len(values)):
        ((one, other, whitening),) = whitenings(values @ values.T, ["p"] * len(values))
        assert one is other
        given_back = whitening.products - whitening.root @ whitening.style @ whitening.root
        np.testing.assert_allclose(given_back, given_back[0, 0], atol=1e-6)


def test_shortfall__is_0_for_mutually_nearest_labels_only() -> None:
    between = np.random.default_rng(0).random((5, 4))
    found = shortfall(between)
    assert (found >= 0).all()
    assert (found == 0).any()
    for i, j in np.argwhere(found == 0):
        assert between[i, j] == between[i].max() == between[:, j].max()


def test_shortfall__takes_no_hub_for_a_match() -> None:
    between = np.array([[0.9, 0.3], [0.6, 0.5]])
    assert between[1].argmax() == 0
    assert shortfall(between)[1].argmin() == 1


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
        found = squareform(distances_of(other, [panels[i] for i in order]))
        expected = squareform(distances_of(values, panels))[order][:, order]
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
