"""Parsimony finds the shortest tree there is, says its true length, and fails in words."""

from __future__ import annotations

import os
import re
import shutil
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from fastslop.base.errors import BadInputError
from fastslop.trees import phylip
from fastslop.trees.newick import newick
from fastslop.trees.parsimony import own_features, retention_index, shares_of_splits, shortest_tree
from fastslop.trees.phylip import Parsimonious, most_parsimonious
from fastslop.trees.tree import Tree, path_lengths, splits
from tests.corpora_of import FAMILIES, done, fastslop, leaves_below, write_models

needs_phylip = pytest.mark.skipif(
    shutil.which("pars", path=f"{phylip.DEBIAN_FOLDER}{os.pathsep}{os.environ['PATH']}") is None,
    reason="PHYLIP is not installed",
)


def fitch(tree: Tree, characters: np.ndarray) -> int:
    """The steps of a tree, character by character (Fitch 1971), each polytomy resolved in its best way."""
    return sum(min(_costs(tree, column)) for column in characters.T.tolist())


def _costs(tree: Tree, column: list[bool]) -> tuple[int, int]:
    """Of the root being without and with the feature (Sankoff 1975)."""
    infinite = 10**9
    costs = [(infinite, 0) if has else (0, infinite) for has in column]
    for of_node in tree.children:
        without = sum(min(costs[child][0], costs[child][1] + 1) for child in of_node)
        with_it = sum(min(costs[child][1], costs[child][0] + 1) for child in of_node)
        costs.append((without, with_it))
    return costs[-1]


def unrooted_trees(n: int) -> list[Tree]:
    """All binary ones of n labels: each label in turn is put on every branch."""
    nested: list[tuple] = [(0, 1, 2)]
    for leaf in range(3, n):
        nested = [grown for tree in nested for grown in _with_leaf(tree, leaf, is_root=True)]
    return [_phylogeny(tree, n) for tree in nested]


def _with_leaf(tree, leaf: int, *, is_root: bool = False):
    if not is_root:
        yield (tree, leaf)
    if isinstance(tree, tuple):
        for i, child in enumerate(tree):
            for grown in _with_leaf(child, leaf):
                yield (*tree[:i], grown, *tree[i + 1 :])


def _phylogeny(nested: tuple, n: int) -> Tree:
    children: list[tuple[int, ...]] = []

    def number(node) -> int:
        if isinstance(node, int):
            return node
        below = tuple(number(child) for child in node)
        children.append(below)
        return n + len(children) - 1

    number(nested)
    return Tree(tuple("abcdefg"[:n]), tuple(children), None, "m", "", is_rooted=False)


@needs_phylip
@settings(deadline=None, max_examples=30)
@given(st.integers(3, 6), st.integers(1, 25), st.integers(0, 10**6))
def test_pars__finds_the_shortest_of_all_trees_and_counts_its_steps(n, n_characters, seed) -> None:
    characters = np.random.default_rng(seed).random((n, n_characters)) < 0.5
    found = most_parsimonious("abcdefg"[:n], characters, seed=seed)
    assert found.n_steps == min(fitch(tree, characters) for tree in unrooted_trees(n))
    for tree in found.trees:
        assert tree.labels == tuple("abcdefg"[:n])
        assert fitch(tree, characters) == found.n_steps
        assert sum(tree.lengths or ()) == pytest.approx(found.n_steps, abs=0.01 * 2 * n)
    assert len({frozenset(splits(n, tree.children)) for tree in found.trees}) == len(found.trees)


@needs_phylip
def test_pars__on_characters_without_conflict_gives_paths_as_long_as_the_differences() -> None:
    characters = np.array([[1, 1, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 0], [0, 0, 0, 1, 1, 1]], np.bool_)
    labels = ["it's, (hostile); a label longer than ten", "b [c]", "d_e", "…"]
    found = most_parsimonious(sorted(labels), characters)
    (tree,) = found.trees
    assert found.n_steps == 6
    differences = [int((characters[i] != characters[j]).sum()) for i, j in combinations(range(4), 2)]
    np.testing.assert_allclose(path_lengths(tree), differences)
    assert frozenset(sorted(labels)[:2]) in leaves_below(newick(tree)) or frozenset(sorted(labels)[2:]) in leaves_below(
        newick(tree)
    )


@needs_phylip
def test_pars__of_equal_labels_is_one_node() -> None:
    found = most_parsimonious("abcd", np.ones((4, 3), np.bool_))
    assert (found.n_steps, len(found.trees)) == (0, 1)
    assert newick(found.trees[0]).count("(") == 1


@needs_phylip
@pytest.mark.parametrize(("n", "n_characters"), [(2, 5), (4, 0)])
def test_pars__needs_three_labels_and_a_character(n, n_characters) -> None:
    with pytest.raises(BadInputError, match=f"3 labels and a character at least, got {n} and {n_characters}"):
        most_parsimonious("abcd"[:n], np.zeros((n, n_characters), np.bool_))


def program(folder: Path, script: str) -> str:
    """A stand-in for pars that does what the shell script says."""
    path = folder / "pars"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo ERROR: too many cooks; exit 255", "failed with code 255; it said: ERROR: too many cooks; choose"),
        ("echo all is well", "pars made no tree; it said: all is well; choose another --linkage: average, ward, nj"),
        ("echo requires a total of 3.000 > outfile; echo '(L000000000,' > outtree", "made no tree"),
        ("echo requires a total of 3.000 > outfile; echo '(L000000000,L000000001,L000000002);' > outtree", "no tree"),
        ("exec sleep 20", "did not finish within 0.2 s for 4 labels; take fewer, or another"),
    ],
)
def test_pars__that_fails_is_heard(script, message, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(phylip, "find_program", lambda: program(tmp_path, script))
    with pytest.raises(BadInputError, match=message):
        most_parsimonious("abcd", np.eye(4, dtype=np.bool_), timeout_s=0.2 if "sleep" in script else 20)


def test_parsimony__without_phylip_names_its_package_before_anything_is_computed(tmp_path, monkeypatch) -> None:
    done("count", *write_models(tmp_path / "texts"), "-o", tmp_path / "profiles")
    monkeypatch.setattr(phylip, "DEBIAN_FOLDER", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = fastslop("tree", tmp_path / "profiles", "-o", tmp_path / "t.nwk", "--linkage", "parsimony")
    assert answer.code == 2
    assert "apt-get install phylip" in answer.log
    assert "average, ward, nj" in answer.log
    assert not (tmp_path / "t.nwk").exists()


@given(st.integers(1, 6), st.integers(0, 10**6))
def test_own_features__are_those_farthest_above_the_mean(n, seed) -> None:
    rng = np.random.default_rng(seed)
    values = np.where(rng.random((5, 40)) < 0.4, rng.random((5, 40)), 0)
    panels = ("a", "a", "a", "b", "b")  # b has too few for a mean of its own
    own = own_features(csr_array(values), panels, n)
    above = values - np.array([values[:3].mean(axis=0)] * 3 + [values.mean(axis=0)] * 2)
    expected = [{int(c) for c in np.argsort(-row, kind="stable")[:n] if row[c] > 0} for row in above]
    columns = sorted(set().union(*expected))
    assert [{columns[c] for c in np.flatnonzero(row)} for row in own] == expected
    assert own.shape == (5, len(columns))


def test_own_features__are_the_same_however_many_are_looked_at_in_one_go(monkeypatch) -> None:
    values = csr_array(np.random.default_rng(0).integers(0, 4, (4, 300)).astype(float))
    whole = own_features(values, list("aaaa"), 20)
    monkeypatch.setattr("fastslop.trees.parsimony.CHUNK", 7)
    np.testing.assert_array_equal(own_features(values, list("aaaa"), 20), whole)


def test_retention_index__is_1_without_conflict_and_0_on_a_star() -> None:
    characters = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 0], [0, 0, 1]], np.bool_)
    assert retention_index(characters, 3) == 1.0
    assert retention_index(characters, 6) == 0.0
    assert np.isnan(retention_index(np.eye(4, dtype=np.bool_), 4))


def test_shares_of_splits__shares_a_vote_among_equally_short_trees() -> None:
    trees = unrooted_trees(4)
    found = shares_of_splits([Parsimonious(3, tuple(trees)), Parsimonious(2, (trees[0],))])
    assert sorted(found.values()) == pytest.approx([1 / 3, 1 / 3, 4 / 3])


def test_shortest_tree__of_several_is_their_consensus_and_of_one_itself() -> None:
    trees = unrooted_trees(5)
    ab = [tree for tree in trees if 0b11100 in splits(5, tree.children)]
    assert newick(shortest_tree("abcde", [Parsimonious(4, tuple(ab))])) == "(a,b,(c,d,e));\n"
    same = [Parsimonious(4, (trees[0],)), Parsimonious(4, (trees[0],))]
    assert shortest_tree("abcde", same) == trees[0]


@pytest.fixture(scope="module")
def profiles(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("parsimony")
    done("count", *write_models(folder / "texts", FAMILIES), "-o", folder / "profiles")
    return folder / "profiles"


@needs_phylip
@pytest.mark.parametrize("method", ["fastslop", "slop-forensics"])
def test_parsimony__puts_siblings_together(method, profiles, tmp_path) -> None:
    path = tmp_path / "t.nwk"
    replicates = ["--replicates", 10] if method == "fastslop" else []
    answer = done("tree", profiles, "-o", path, "--linkage", "parsimony", "--method", method, *replicates)
    groups = leaves_below(path.read_text())
    assert frozenset({"oak-1", "oak-2"}) in groups or frozenset({"elm-1", "elm-2"}) in groups
    assert "retention index" in answer.log
    assert "Mean delta" in answer.log
    first = path.read_text()
    done("tree", profiles, "-o", path, "--linkage", "parsimony", "--method", method, *replicates, "--force")
    assert path.read_text() == first


@needs_phylip
def test_parsimony__by_a_method_without_replicates_says_so(profiles, tmp_path) -> None:
    options = ["--linkage", "parsimony", "--method", "slop-forensics"]
    for more, message in (
        (["--replicates", 5], "has no replicates: --repl"),
        (["--consensus"], "leave out --consensus"),
    ):
        answer = fastslop("tree", profiles, "-o", tmp_path / "t.nwk", *options, *more)
        assert answer.code == 2
        assert message in answer.log


@pytest.mark.parametrize("suffix", [".nwk", ".nex", ".svg", ".png", ".pdf"])
@pytest.mark.parametrize("linkage", ["average", "ward", "nj", pytest.param("parsimony", marks=needs_phylip)])
def test_consensus__is_written_of_every_linkage_in_every_format(linkage, suffix, profiles, tmp_path) -> None:
    path = tmp_path / f"t{suffix}"
    options = ["--linkage", linkage, "--consensus", "--replicates", 5]
    answer = done("tree", profiles, "-o", path, *options)
    assert "of 5 replicates" in answer.log
    assert re.search(r"unresolved: \d of " + ("1 groups" if linkage in ("nj", "parsimony") else "2 groups"), answer.log)
    if suffix == ".nwk":
        assert ":" not in path.read_text()
    if suffix == ".nex":
        assert f"TREE consensus = [&{'U' if linkage in ('nj', 'parsimony') else 'R'}]" in path.read_text()
    if suffix == ".svg":
        assert "lengths mean nothing" in path.read_text()


@pytest.mark.parametrize("layout", ["rectangular", "circular"])
def test_tree__without_a_root_is_drawn_and_says_from_where(layout, profiles, tmp_path) -> None:
    path = tmp_path / "t.svg"
    done("tree", profiles, "-o", path, "--linkage", "nj", "--layout", layout, "--replicates", 5)
    assert "The tree has no root" in path.read_text()


def test_consensus__needs_replicates(profiles, tmp_path) -> None:
    for options in (["--replicates", 0], ["--method", "slop-forensics"]):
        answer = fastslop("tree", profiles, "-o", tmp_path / "t.nwk", "--consensus", *options)
        assert answer.code == 2
        assert "a consensus is one of replicates" in answer.log
