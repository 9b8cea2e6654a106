"""Nearness is that between panels; the rule that pseudo-queries teach errs as often as it says."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fastslop.comparing.distances import likeness, panel_cosines
from fastslop.evidence.nearness import QUERY_PANEL, measure_nearness
from fastslop.evidence.pseudo_queries import PseudoAnswers, _comparison_groups, ask_pseudo_queries
from fastslop.evidence.verdict_rule import _logistic, learn_rule

N_LABELS = 8


def values_of(rng: np.random.Generator, own: NDArray[np.float64], noise: float) -> NDArray[np.float64]:
    """Labels on some prompts: what is their own, and noise."""
    return own + noise * rng.standard_normal(own.shape)


def asked_of(seed: int, n_together: int, noise: float = 0.5) -> tuple[list[str], PseudoAnswers, PseudoAnswers]:
    """Ten times all labels as queries, some of ``n_together`` at once, of a library of eight."""
    rng = np.random.default_rng(seed)
    own = rng.standard_normal((N_LABELS, 200))
    authors = [f"m{i}" for i in range(N_LABELS)]
    found = []
    for _ in range(10):
        n_parts = 3 if n_together == 1 else 2
        values = np.vstack([values_of(rng, own, noise) for _ in range(n_parts)])
        found.append(ask_pseudo_queries(values @ values.T, ["p"] * N_LABELS, authors, n_together, rng))
    fields = ("labels", "distances", "matches", "shifts")
    known, strangers = (
        PseudoAnswers(*(np.concatenate([getattr(pair[i], name) for pair in found]) for name in fields)) for i in (0, 1)
    )
    return authors, known, strangers


@pytest.mark.parametrize("panels", ["ppppppp", "pppprrr", "pppprrs"])
def test_nearness__is_the_distance_between_panels(panels: str) -> None:
    rng = np.random.default_rng(0)
    values = rng.random((12, 50))
    gram = values @ values.T
    near = measure_nearness(gram, list(panels), np.arange(7), np.arange(7, 12))
    expected = 1 - likeness(gram, [*panels, *[QUERY_PANEL] * 5])[7:, :7]
    np.testing.assert_allclose(near.distances, expected, atol=1e-9)
    for asked, labels, between in panel_cosines(gram, [*panels, *["q"] * 5], "q"):
        expected_matches = between - between.max(axis=0) / 2
        np.testing.assert_allclose(near.matches[np.ix_(asked - 7, labels)], expected_matches, atol=1e-9)


def test_nearness__labels_of_which_nothing_is_left_are_like_each_other_only() -> None:
    values = np.vstack([np.eye(7), np.tile(np.eye(7)[0], (5, 1))])  # all queries are their own mean
    values[:4] = values[0]
    near = measure_nearness(values @ values.T, [*"pppprrr"], np.arange(7), np.arange(7, 12))
    np.testing.assert_array_equal(near.distances, np.tile([0, 0, 0, 0, 1, 1, 1], (5, 1)))


def test_nearness__of_a_query_alone_does_not_depend_on_where_it_stands() -> None:
    rng = np.random.default_rng(1)
    values = rng.random((20, 50))
    order = np.r_[np.arange(14), rng.permutation(np.arange(14, 20))]
    known, peers, panels = np.arange(7), np.arange(7, 14), ["p"] * 7
    gram, moved = values @ values.T, values[order] @ values[order].T
    for place, row in enumerate(order[14:], start=14):
        one = measure_nearness(gram, panels, known, np.array([row]), peers)
        other = measure_nearness(moved, panels, known, np.array([place]), peers)
        np.testing.assert_allclose(one.distances, other.distances, atol=1e-9)
        np.testing.assert_allclose(one.matches, other.matches, atol=1e-9)


def test_shift__is_large_for_texts_of_another_kind_only() -> None:
    rng = np.random.default_rng(2)
    own, elsewhere = rng.standard_normal((8, 200)), 3 * rng.standard_normal(200)
    values = np.vstack([values_of(rng, own, 0.5), values_of(rng, own, 0.5), values_of(rng, own, 0.5) + elsewhere])
    gram, panels, known = values @ values.T, ["p"] * 8, np.arange(8)
    same, other = (measure_nearness(gram, panels, known, first + known).shift for first in (8, 16))
    assert same < 1 < 5 < other


@pytest.mark.parametrize(("panels", "n_together"), [("aaaaaaa", 3), ("aaaabbb", 2), ("aaaaaab", 4), ("aaaaa", 1)])
def test_comparison_groups__count_every_label_once_and_keep_panels_apart(panels: str, n_together: int) -> None:
    found = list(_comparison_groups(list(panels), n_together, np.random.default_rng(0)))
    counted = [label for together, n in found for label in together[:n].tolist()]
    assert sorted(counted) == list(range(len(panels)))
    for together, _ in found:
        assert len(set(together.tolist())) == len(together) == n_together
        assert panels.count("b") < 3 or len({panels[i] for i in together}) == 1


@pytest.mark.parametrize("n_together", [1, 4, 8])
def test_strangers__have_no_author_in_the_library(n_together: int) -> None:
    _, known, strangers = asked_of(0, n_together)
    rows = np.arange(len(strangers.labels))
    assert sorted(known.labels.tolist()) == sorted(strangers.labels.tolist()) == sorted([*range(N_LABELS)] * 10)
    assert np.isinf(strangers.distances[rows, strangers.labels]).all()
    assert np.isfinite(known.distances).all()


@pytest.mark.parametrize("n_together", [1, 4, 8])
def test_rule__errs_as_often_as_it_says_on_other_texts(n_together: int) -> None:
    """Learnt on one library, asked about new prompts of the same models: 5 % either way, within chance."""
    authors, known, strangers = asked_of(3, n_together, noise=1.5)
    rule = learn_rule(authors, known, strangers)
    rng = np.random.default_rng(4)
    half = rng.permutation(len(known.labels)) < len(known.labels) // 2
    learnt = learn_rule(
        authors,
        *(PseudoAnswers(of.labels[half], of.distances[half], of.matches[half], of.shifts) for of in (known, strangers)),
    )
    inside, outside = (learnt.score(of.distances[~half], of.matches[~half]) for of in (known, strangers))
    assert (learnt.p_wrong(outside) <= 0.05).mean() < 0.2
    assert (learnt.p_known(inside) <= 0.05).mean() < 0.2
    assert np.median(inside) > np.median(outside)
    assert (np.diff(rule.known_scores) >= 0).all()


def test_p_values__are_those_of_counting() -> None:
    authors, known, strangers = asked_of(5, 8, noise=1.5)
    rule = learn_rule(authors, known, strangers)
    for score in np.concatenate([rule.known_scores[::7], rule.wrong_scores[::7], [-1e9, 1e9]]):
        as_low = sum(s <= score for s in rule.known_scores)
        as_high = sum(s >= score for s in rule.wrong_scores)
        assert rule.p_known(np.array(score)) == (1 + as_low) / (1 + len(rule.known_scores))
        assert rule.p_wrong(np.array(score)) == (1 + as_high) / (1 + len(rule.wrong_scores))


def test_logistic__minimises_the_penalised_loss() -> None:
    rng = np.random.default_rng(6)
    right, wrong = (np.column_stack([rng.normal(m, 2.0, (40, 2)) * [1, 100], np.ones(40)]) for m in (1.0, 0.0))
    features = np.concatenate([right, wrong])
    middle, scale = features[:, :2].mean(axis=0), features[:, :2].std(axis=0)

    def loss(weights: NDArray[np.float64]) -> float:
        odds = np.concatenate([right @ weights, -(wrong @ weights)])
        return float(np.log1p(np.exp(-odds)).sum() + ((weights[:2] * scale) ** 2).sum() / 2)

    found = _logistic(right, wrong)
    for step in rng.standard_normal((50, 3)) * 0.05:
        moved = step / np.append(scale, 1.0)
        moved[2] -= moved[:2] @ middle
        assert loss(found) <= loss(found + moved)


def test_p_own__is_the_share_of_own_pseudo_queries_that_match_as_badly() -> None:
    authors, known, strangers = asked_of(0, N_LABELS)
    rule = learn_rule(authors, known, strangers)
    own = known.matches[np.arange(len(known.labels)), known.labels]
    above = own - rule.own[known.labels]
    for label, match in ((0, own[0]), (3, rule.own[3]), (5, rule.others[5])):
        expected = (1 + np.sum(above <= match - rule.own[label])) / (1 + len(above))
        assert rule.p_own(np.array([match]), np.array([label])) == pytest.approx(expected)


@pytest.mark.parametrize("n_together", [1, N_LABELS])
def test_p_own__is_small_for_texts_between_a_label_and_the_others(n_together: int) -> None:
    """New texts of known labels are told from a sister's, whose own is half that of a label."""
    authors, known, strangers = asked_of(1, n_together)
    rule = learn_rule(authors, known, strangers)
    _, again, _ = asked_of(1, n_together)
    labels = np.arange(N_LABELS)
    own = rule.p_own(again.matches[np.arange(len(again.labels)), again.labels], again.labels)
    assert np.mean(own <= 0.05) <= 0.07
    halfway = (rule.own + rule.others) / 2
    assert (rule.p_own(halfway, labels) <= 0.02).all()
