"""Counts by prompt and what is drawn from them: equal to the fingerprint on the whole, and to counting by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fastslop._kernels.comparing.draws import drawn_counts
from fastslop.comparing.compare import Comparison, compare
from fastslop.comparing.distances import distances
from fastslop.comparing.fingerprint import STYLE_TABLES
from fastslop.comparing.prompt_counts import read_prompt_counts
from fastslop.comparing.prompt_products import drawn_products
from fastslop.comparing.resampling import drawn_distances, interval, nearest_share, replicate_weights
from fastslop.counting.count import count
from fastslop.profiles.profile_set import ProfileSet
from fastslop.trees.build import comparison_linkage
from tests.corpora_of import write_models
from tests.profile_checks import feature_frame


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> ProfileSet:
    folder: Path = tmp_path_factory.mktemp("resampling")
    return count(write_models(folder / "texts"))


@pytest.fixture(scope="module")
def comparison(counted: ProfileSet) -> Comparison:
    return compare(counted, replicates=30, seed=3)


def test_drawn_counts__equal_counting_by_hand() -> None:
    rng = np.random.default_rng(0)
    n_units = rng.integers(1, 6, 40)
    ends = np.cumsum(n_units)
    groups = np.concatenate([rng.permutation(8)[:n] for n in n_units]).astype(np.uint32)
    n = np.concatenate([-np.sort(-rng.integers(1, 9, size)) for size in n_units])
    weights = rng.integers(0, 3, (8, 5)).astype(np.float64)
    totals, n_prompts = np.empty((5, 40)), np.empty((5, 40), np.int32)
    drawn_counts(ends, groups, n, weights, totals, n_prompts)
    for row, (begin, end) in enumerate(zip(ends - n_units, ends, strict=True)):
        for draw in range(5):
            drawn = {int(g): int(c) for g, c in zip(groups[begin:end], n[begin:end], strict=True) if weights[g, draw]}
            least = sorted(drawn.values())[-2] if len(drawn) > 1 else 0
            assert totals[draw, row] == sum(weights[g, draw] * min(c, least) for g, c in drawn.items())
            assert n_prompts[draw, row] == len(drawn)


def plain_fingerprints(profiles: ProfileSet) -> NDArray[np.float64]:
    """Roots of rates of what two prompts of two labels have, f64[labels, features], from the rows of the profiles."""
    rates = [
        {
            (table, key): n / profile.n_words
            for table in STYLE_TABLES
            for key, n in feature_frame(profile, table, 2).select("key", "n_winsorised").iter_rows()
        }
        for profile in profiles
    ]
    n_labels = Counter(feature for of_label in rates for feature in of_label)
    chosen = sorted(feature for feature, n in n_labels.items() if n >= 2)
    return np.sqrt([[of_label.get(feature, 0.0) for feature in chosen] for of_label in rates])


def test_whole__gives_the_distances_of_the_fingerprint(counted: ProfileSet, comparison: Comparison) -> None:
    plain = plain_fingerprints(counted)
    assert len(set(comparison.panels)) == 1
    assert comparison.n_features == plain.shape[1]
    counts = read_prompt_counts(counted.members)
    never = {panel: np.zeros((len(keys), 0)) for panel, keys in counts.groups.items()}
    expected = distances(plain @ plain.T, comparison.panels, drawn_products(counts, never).whole())
    np.testing.assert_allclose(comparison.condensed, expected, atol=1e-9)


def test_whole__does_not_depend_on_replicates(counted: ProfileSet, comparison: Comparison) -> None:
    alone = compare(counted, replicates=0)
    assert alone.resampled is None
    assert comparison.condensed.tolist() == alone.condensed.tolist()
    assert comparison.n_features == alone.n_features


def test_evidence__is_the_same_for_the_same_seed(counted: ProfileSet, comparison: Comparison) -> None:
    again = compare(counted, replicates=30, seed=3)
    assert again.neighbours.equals(comparison.neighbours)
    other = compare(counted, replicates=30, seed=4)
    assert not other.neighbours.equals(comparison.neighbours)


def test_support__finds_planted_siblings_in_every_replicate(comparison: Comparison) -> None:
    nearest = comparison.neighbours.filter(comparison.neighbours["rank"] == 1)
    for label, neighbour, support in nearest.select("label", "neighbour", "support").iter_rows():
        assert label[:3] == neighbour[:3]
        assert support > 0.9
    tree = comparison_linkage(comparison)
    assert tree.support is not None
    assert min(tree.support) > 0.9


def test_support__of_a_label_sums_to_one(comparison: Comparison) -> None:
    assert comparison.resampled is not None
    np.testing.assert_allclose(comparison.resampled.support.sum(axis=1), 1.0)


def test_interval__holds_the_estimate_whatever_the_bias_of_the_replicates() -> None:
    replicates = np.random.default_rng(0).normal(0.8, 0.01, (200, 1))
    low, high = interval(np.array([0.5]), replicates)
    assert low[0] < 0.5 < high[0]
    assert high[0] - low[0] == pytest.approx(4 * 0.01, rel=0.2)


def test_nearest_share__counts_replicates() -> None:
    share = nearest_share(np.array([[1.0, 2.0, 3.0], [2.0, 1.0, 3.0]]))
    np.testing.assert_array_equal(share, [[0, 0.5, 0.5], [1, 0, 0], [1, 0, 0]])


def test_floor__is_below_the_distance_to_any_other_label(comparison: Comparison) -> None:
    near = comparison.neighbours
    assert (near["floor"] < near["split"]).all()


def test_replicates__draw_the_same_prompts_for_all_labels_of_a_panel(counted: ProfileSet) -> None:
    counts = read_prompt_counts(counted.members[:1] * 2 + counted.members[1:])
    weights = replicate_weights(counts, 5, 0)
    for of_draw in drawn_distances(counts, weights, drawn_products(counts, weights)):
        assert of_draw[0] == pytest.approx(0.0, abs=1e-9)
