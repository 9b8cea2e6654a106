"""The majority-rule consensus is what counting groups by hand gives, and what PHYLIP's consense gives."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.trees.consensus import majority_rule
from fastslop.trees.linkage import as_tree, clades, linkage_of
from fastslop.trees.neighbour_joining import count_splits, neighbour_joining
from fastslop.trees.newick import newick, read_newick
from fastslop.trees.phylip import DEBIAN_FOLDER
from fastslop.trees.support import count_clades
from fastslop.trees.tree import Tree, labels_below, splits
from tests.corpora_of import leaves_below

CONSENSE = shutil.which("consense", path=DEBIAN_FOLDER)


def replicates(n: int, n_trees: int, noise: float, seed: int) -> np.ndarray:
    """Distances that differ a little in each replicate."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(1, 2, n * (n - 1) // 2)
    return base + noise * rng.uniform(0, 1, (n_trees, len(base)))


def consensus_of_clades(labels: list[str], distances: np.ndarray) -> Tree:
    found = count_clades(labels, distances, "average")
    return majority_rule(sorted(labels), found, len(distances), meaning="", is_rooted=True)


def groups_of(tree: Tree) -> dict[frozenset[str], float]:
    below = labels_below(len(tree.labels), tree.children)
    assert tree.support is not None
    return {
        frozenset(label for i, label in enumerate(tree.labels) if bits >> i & 1): share
        for bits, share in zip(below, tree.support, strict=True)
        if share is not None
    }


@given(st.integers(3, 9), st.integers(1, 12), st.sampled_from([0.0, 0.3, 3.0]), st.integers(0, 10**6))
def test_consensus__is_the_groups_that_most_replicates_have(n, n_trees, noise, seed) -> None:
    labels = [f"m{(7 * i) % 10}" for i in range(n)]  # not sorted
    distances = replicates(n, n_trees, noise, seed)
    trees = [linkage_of(labels, condensed, metric="m") for condensed in distances]
    counted = Counter(clade for tree in trees for clade in clades(tree) if len(clade) < n)
    expected = {clade: k / n_trees for clade, k in counted.items() if 2 * k > n_trees}
    assert groups_of(consensus_of_clades(labels, distances)) == pytest.approx(expected)


def test_consensus__of_equal_trees_is_that_tree() -> None:
    distances = replicates(8, 1, 0.0, 1)
    tree = as_tree(linkage_of(list("abcdefgh"), distances[0], metric="m"))
    consensus = consensus_of_clades(list("abcdefgh"), np.repeat(distances, 3, axis=0))
    assert leaves_below(newick(consensus)) == leaves_below(newick(tree))


def test_consensus__leaves_open_what_half_of_the_trees_have() -> None:
    # ab of two, cd of two, of four trees: neither is a majority. abcd of all is.
    found = {0b00011: 2, 0b01100: 2, 0b01111: 4, 0b11111: 4}
    tree = majority_rule(list("abcde"), found, 4, meaning="", is_rooted=True)
    assert newick(tree) == "(e,(a,b,c,d)1);\n"


def test_consensus__of_unrooted_trees_knows_no_group_of_all_but_one() -> None:
    tree = majority_rule(list("abcd"), {0b1100: 3.0, 0b1110: 3.0}, 3, meaning="", is_rooted=False)
    assert newick(tree) == "(a,b,(c,d)1);\n"
    assert not tree.is_rooted


@pytest.mark.skipif(CONSENSE is None, reason="PHYLIP is not installed")
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("is_rooted", [True, False])
def test_consensus__is_that_of_consense(is_rooted, seed, tmp_path) -> None:
    n, labels = 12, [f"m{i:02}" for i in range(12)]
    distances = replicates(n, 11, 0.3, seed)
    if is_rooted:
        trees = [as_tree(linkage_of(labels, condensed, metric="m")) for condensed in distances]
        ours = consensus_of_clades(labels, distances)
    else:
        trees = [neighbour_joining(labels, condensed) for condensed in distances]
        ours = majority_rule(labels, count_splits(labels, distances), len(distances), meaning="", is_rooted=False)
    (tmp_path / "intree").write_text("".join(map(newick, trees)))
    # C, C: not the extended majority rule, nor the strict one, but the plain; R: trees are rooted.
    menu = "C\nC\n" + "R\n" * is_rooted + "2\nY\n"
    subprocess.run([str(CONSENSE)], input=menu, cwd=tmp_path, text=True, capture_output=True, check=True)
    (theirs,) = read_newick((tmp_path / "outtree").read_text(), "consense")
    assert informative(theirs, is_rooted=is_rooted) == informative(ours, is_rooted=is_rooted)
    assert len(informative(ours, is_rooted=is_rooted)) > 2


def informative(tree: Tree, *, is_rooted: bool) -> set[int]:
    """Groups that not every tree has: it holds unrooted trees at one label."""
    n = len(tree.labels)
    bits = labels_below(n, tree.children) if is_rooted else splits(n, tree.children)
    return {of_one for of_one in bits if 1 < of_one.bit_count() < n - (not is_rooted)}
