"""Claims about trees made small: no label is lost, groups are whole, places stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from fastslop.base.errors import UsageError
from fastslop.drawing.collapse import FAMILIES, collapsed
from fastslop.trees.linkage import as_tree, linkage_of
from fastslop.trees.midpoint import rooted_at_midpoint
from fastslop.trees.neighbour_joining import neighbour_joining
from fastslop.trees.tree import Tree, heights

FAMILY_NAMES = ["oak", "elm", "ash"]


def some_tree(n: int, seed: int, *, joined: bool = False) -> Tree:
    condensed = pdist(np.random.default_rng(seed).normal(size=(n, 4)))
    labels = [f"{FAMILY_NAMES[i % 3]}-{i:02}" for i in range(n)]
    if joined:
        return rooted_at_midpoint(neighbour_joining(labels, condensed, metric="m"))
    return as_tree(linkage_of(labels, condensed, metric="m"))


def families(tree: Tree) -> dict[str, str]:
    return {label: label.split("-")[0] for label in tree.labels}


@settings(deadline=None, max_examples=60)
@given(st.integers(4, 40), st.integers(0, 1000), st.integers(2, 45), st.booleans())
def test_collapsed__has_all_labels_in_as_many_leaves_as_asked_for(n, seed, n_leaves, joined) -> None:
    tree = some_tree(n, seed, joined=joined)
    small = collapsed(tree, n_leaves, families(tree))
    assert sorted(label for group in small.groups for label in group) == sorted(tree.labels)
    assert len(small.groups) == len(small.tree.labels)
    if not joined:  # whose nodes may have more than two branches
        assert len(small.groups) == min(n, n_leaves)
    assert len(small.groups) <= max(n_leaves, 2) or n <= n_leaves


@settings(deadline=None, max_examples=40)
@given(st.integers(4, 40), st.integers(0, 1000))
def test_collapsed__groups_are_groups_of_the_tree_and_stay_at_their_heights(n, seed) -> None:
    tree = some_tree(n, seed)
    small = collapsed(tree, max(n // 3, 2), families(tree))
    clades = {clade: height for clade, height in zip(tree.clades(), heights(tree)[n:], strict=True)}
    for group, apex in zip(small.groups, small.apexes, strict=True):
        if len(group) > 1:
            assert apex == pytest.approx(clades[frozenset(group)])
    root = heights(small.tree)[-1]
    assert root == pytest.approx(heights(tree)[-1])


def test_collapsed__by_families_joins_only_what_is_of_one() -> None:
    labels = ["elm-1", "elm-2", "oak-1", "oak-2", "oak-3"]
    tree = as_tree(linkage_of(labels, [1, 9, 9, 9, 9, 9, 9, 2, 8, 8], metric="m"))
    small = collapsed(tree, FAMILIES, families(tree))
    assert set(map(frozenset, small.groups)) == {frozenset({"elm-1", "elm-2"}), frozenset({"oak-1", "oak-2", "oak-3"})}
    apart = collapsed(tree, FAMILIES, families(tree), kept=["oak-3"])
    assert sorted(len(group) for group in apart.groups) == [1, 2, 2]


def test_collapsed__keeps_the_support_of_a_group() -> None:
    labels = ["elm-1", "elm-2", "oak-1", "oak-2"]
    linkage = linkage_of(labels, [1, 9, 9, 9, 9, 2], metric="m", support=[0.5, 0.75, 1.0])
    small = collapsed(as_tree(linkage), FAMILIES, families(as_tree(linkage)))
    assert dict(zip(map(frozenset, small.groups), small.supports, strict=True)) == {
        frozenset({"elm-1", "elm-2"}): 0.5,
        frozenset({"oak-1", "oak-2"}): 0.75,
    }


@pytest.mark.parametrize("how", ["family", 1, 0, -3])
def test_collapsed__refuses_what_is_no_way(how) -> None:
    tree = some_tree(4, 0)
    with pytest.raises(UsageError, match="cannot collapse"):
        collapsed(tree, how, families(tree))
