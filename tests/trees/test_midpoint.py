"""Holding a tree at its middle changes no path, no split and no support."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from fastslop.trees.midpoint import rooted_at_midpoint
from fastslop.trees.newick import newick, read_newick
from fastslop.trees.tree import Tree, heights, path_lengths, splits
from tests.phylogenies import phylogenies


def supported_splits(tree: Tree) -> dict[int, float | None]:
    """The support of each split of two labels or more on either side."""
    n = len(tree.labels)
    shares = tree.support or (None,) * len(tree.children)
    return {
        split: share
        for split, share in zip(splits(n, tree.children), shares, strict=False)
        if 1 < split.bit_count() < n - 1
    }


@given(phylogenies(is_rooted=False))
def test_midpoint__changes_no_path_no_split_and_no_support(tree) -> None:
    held = rooted_at_midpoint(tree)
    assert held.labels == tree.labels
    np.testing.assert_allclose(path_lengths(held), path_lengths(tree), atol=1e-9)
    if tree.lengths is None or min(tree.lengths[:-1]) > 0:
        assert supported_splits(held) == supported_splits(tree)
    assert not held.is_rooted


@given(phylogenies(is_rooted=False))
def test_midpoint__is_as_far_from_both_ends_of_the_longest_path(tree) -> None:
    lengths = tree.lengths or (*(1.0 for _ in range(len(tree.labels) + len(tree.children) - 1)), 0.0)
    tree = replace(tree, lengths=lengths)
    held = rooted_at_midpoint(tree)
    height = heights(held)
    from_root = height[-1] - height[: len(held.labels)]
    longest = path_lengths(tree).max()
    assert from_root.max() == pytest.approx(longest / 2)
    top = held.children[-1]
    below = [leaf for leaf in range(len(held.labels)) if from_root[leaf] >= longest / 2 - 1e-9]
    sides = {next(child for child in top if leaf in leaves_under(held, child)) for leaf in below}
    assert longest == 0 or len(sides) > 1


def leaves_under(tree: Tree, node: int) -> set[int]:
    n = len(tree.labels)
    return {node} if node < n else {leaf for child in tree.children[node - n] for leaf in leaves_under(tree, child)}


def test_midpoint__of_four_labels_is_as_by_hand() -> None:
    (tree,) = read_newick("(a:1,b:2,(c:1,d:7)0.75:2);", "m")
    assert newick(rooted_at_midpoint(tree)) == "(d:5.5,(c:1,(a:1,b:2)0.75:2):1.5);\n"


def test_midpoint__inside_a_branch_gives_both_halves_its_support() -> None:
    (tree,) = read_newick("(a:1,b:1,(c:1,d:1)0.75:4);", "m")
    assert newick(rooted_at_midpoint(tree)) == "((a:1,b:1)0.75:2,(c:1,d:1)0.75:2);\n"


def test_midpoint__on_a_node_makes_no_new_one() -> None:
    (tree,) = read_newick("(a:1,b:1,(c:3,d:3):2);", "m")
    assert newick(rooted_at_midpoint(tree)) == "(c:3,d:3,(a:1,b:1):2);\n"


def test_midpoint__of_equal_models_stays_where_the_tree_is_held() -> None:
    (tree,) = read_newick("((b:0,c:0):0,a:0,d:0);", "m")
    assert newick(rooted_at_midpoint(tree)) == "(a:0,d:0,(b:0,c:0):0);\n"


def test_midpoint__of_a_long_chain_needs_no_recursion() -> None:
    n = 3000
    children = ((0, 1), *((n + k - 1, k + 1) for k in range(1, n - 3)), (2 * n - 4, n - 2, n - 1))
    chain = Tree(tuple(f"m{i:04}" for i in range(n)), children, None, "m", "", is_rooted=False)
    held = rooted_at_midpoint(chain)
    assert heights(held)[-1] == n // 2  # of n - 1 branches half, and the two halves of the middle one
