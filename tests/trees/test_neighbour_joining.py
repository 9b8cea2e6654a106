"""Neighbour joining gives the tree that additive distances come from, and the splits that Biopython finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform

from fastslop.base.errors import BadInputError
from fastslop.trees.neighbour_joining import count_splits, neighbour_joining
from fastslop.trees.newick import newick
from fastslop.trees.tree import path_lengths
from tests.corpora_of import done, leaves_below, write_models


def additive(n: int, seed: int) -> np.ndarray:
    """Distances on a random tree whose every branch is longer than nothing, condensed."""
    rng = np.random.default_rng(seed)
    square = squareform(hierarchy.cophenet(hierarchy.linkage(rng.uniform(1, 9, n * (n - 1) // 2), "average")))
    tips = rng.uniform(0.1, 5, n)
    return squareform(square + (tips[:, None] + tips[None, :]) * (1 - np.eye(n)), checks=False)


@given(st.integers(3, 14), st.integers(0, 10**6))
def test_neighbour_joining__returns_the_tree_of_additive_distances(n, seed) -> None:
    condensed = additive(n, seed)
    tree = neighbour_joining([f"m{i:02}" for i in range(n)], condensed)
    np.testing.assert_allclose(path_lengths(tree), condensed, atol=1e-7)


def test_neighbour_joining__has_the_splits_of_biopython() -> None:
    construction = pytest.importorskip("Bio.Phylo.TreeConstruction")
    labels = [f"m{i}" for i in range(10)]
    condensed = pdist(np.random.default_rng(0).normal(size=(10, 4)))
    lower = [row[: i + 1].tolist() for i, row in enumerate(squareform(condensed))]
    theirs = construction.DistanceTreeConstructor().nj(construction.DistanceMatrix(labels, lower))
    sides = [frozenset(leaf.name for leaf in clade.get_terminals()) for clade in theirs.get_nonterminals()]
    ours = leaves_below(newick(neighbour_joining(labels, condensed)))

    def splits(groups) -> set[frozenset[str]]:
        return {frozenset(labels) - g if "m0" in g else g for g in groups if 1 < len(g) < 9}

    assert splits(ours) == splits(sides)


def test_neighbour_joining__supports_what_replicates_share() -> None:
    condensed = additive(8, 1)
    tree = neighbour_joining(list("abcdefgh"), condensed, np.array([condensed, condensed]))
    assert tree.support == (1.0,) * 5 + (None,)


def test_neighbour_joining__is_the_same_in_any_order_of_labels() -> None:
    square = squareform(additive(7, 2))
    order = [3, 1, 6, 0, 5, 2, 4]
    labels = list("abcdefg")
    shuffled = neighbour_joining([labels[i] for i in order], squareform(square[np.ix_(order, order)]))
    assert newick(shuffled) == newick(neighbour_joining(labels, squareform(square)))


def test_neighbour_joining__needs_three_labels() -> None:
    with pytest.raises(BadInputError, match="needs 3 labels"):
        neighbour_joining(["a", "b"], np.array([1.0]))
    with pytest.raises(BadInputError, match="needs 3 labels"):
        count_splits(["a", "b"], np.array([[1.0]]))


def test_tree__by_neighbour_joining_says_how_tree_like_it_is(tmp_path) -> None:
    done("count", *write_models(tmp_path / "texts"), "-o", tmp_path / "profiles")
    answer = done("tree", tmp_path / "profiles", "-o", tmp_path / "t.nwk", "--linkage", "nj", "--replicates", 20)
    assert "Mean delta" in answer.log
    groups = leaves_below((tmp_path / "t.nwk").read_text())
    assert {"oak-1", "oak-2"} in groups or {"elm-1", "elm-2"} in groups
