"""Newick text and trees of any shape: what is written is read again, and what is no tree is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastslop.base.errors import BadInputError
from fastslop.trees.newick import newick, nexus, read_newick
from fastslop.trees.tree import Tree, labels_below, leaf_order, path_lengths
from tests.phylogenies import phylogenies


@settings(deadline=None)
@given(phylogenies(), st.data())
def test_newick__is_read_as_it_was_written(tree, data) -> None:
    labels = data.draw(st.lists(st.text(max_size=9), min_size=len(tree.labels), max_size=len(tree.labels), unique=True))
    tree = Tree(tuple(sorted(labels)), tree.children, tree.lengths, "m", "", tree.support, tree.is_rooted)
    (read,) = read_newick(newick(tree), "m")
    assert read.labels == tree.labels
    assert newick(read) == newick(tree)
    np.testing.assert_allclose(path_lengths(read), path_lengths(tree), rtol=1e-8, atol=1e-8)


def test_read_newick__takes_several_trees_with_spaces_weights_and_without_lengths() -> None:
    one, other = read_newick(" (b:1,(a:2,c:0.5)0.75:1e-1)\n:0;\n[0.5](c,b ,a)[&U];", "m")
    assert one.labels == other.labels == ("a", "b", "c")
    assert one.lengths == (2.0, 1.0, 0.5, 0.1, 0.0)
    assert one.support == (0.75, None)
    assert one.is_rooted
    assert (other.lengths, other.support, other.is_rooted) == (None, None, False)
    assert [other.labels[leaf] for leaf in leaf_order(other)] == ["c", "b", "a"]


NO_TREES = {
    "character 5 on: ''": ("(a,b)",),
    'character 3 on: "\'b\\);"': ("(a,'b);",),
    "character 4 on: ']": ("(a,b]);",),
    "character 8 on: ''": ("(a,b); c",),
    "not one tree of two labels or more: '": ("(a,b;", "(a,b):;", "a;", "(a);", ";", "(a,b),(c,d);", "(a,b),;"),
    "'\\)' stands after 'b'": ("a,b);",),
    "'\\)' stands after '\\('": ("();",),
    "',' stands after ','": ("(a,,b);",),
    "'b' stands after 'a'": ("(a b);",),
    "'\\(' stands after '\\)'": ("((a,b)(c,d));",),
    "',' stands after ':'": ("(a:1:,b:1);",),
    "a length or a support that is no number: .* 'x'": ("(a:x,b:1);",),
    "a length or a support that is no number: .* 'half'": ("(a,b)half:1;(a,b)x;",),
    "the label 'a' twice": ("(a,a);",),
}
"""Texts that are no trees, by what is said of them."""


@pytest.mark.parametrize(("text", "message"), [(text, said) for said, texts in NO_TREES.items() for text in texts])
def test_read_newick__refuses_what_is_no_tree(text, message) -> None:
    with pytest.raises(BadInputError, match=f"Newick text .*{message}|Newick text: {message}"):
        read_newick(text, "m")


def test_nexus__says_of_an_unrooted_tree_that_it_has_no_root() -> None:
    (tree,) = read_newick("(a:1,b:2,c:3);", "nj", "Joined [by] steps.")
    assert "[Joined  by  steps.]\n" in nexus(tree)
    assert "TREE nj = [&U] (a:1,b:2,c:3);" in nexus(tree)


NO_TREE = "these children are no tree of 3 labels; give each node but the root one parent, which comes behind it"


@pytest.mark.parametrize(
    ("children", "lengths", "support", "message"),
    [
        (((0, 1),), None, None, NO_TREE),
        (((0, 1), (2, 4)), None, None, NO_TREE),
        (((3, 1), (2, 0)), None, None, NO_TREE),
        (((0, 1), (2, 3)), (1.0,), None, "1 branch lengths for 5 nodes; give one per node"),
        (((0, 1), (2, 3)), None, (0.5,), "support has 1 values for 2 inner nodes; give one per node"),
    ],
)
def test_phylogeny__refuses_parts_that_do_not_fit(children, lengths, support, message) -> None:
    with pytest.raises(BadInputError, match=message):
        Tree(("a", "b", "c"), children, lengths, "m", "", support)


@given(phylogenies())
def test_labels_below__are_those_that_a_walk_down_finds(tree) -> None:
    n = len(tree.labels)

    def walk(node: int) -> set[int]:
        return {node} if node < n else {leaf for child in tree.children[node - n] for leaf in walk(child)}

    found = labels_below(n, tree.children)
    assert found == [sum(1 << leaf for leaf in walk(n + k)) for k in range(len(tree.children))]
