"""Claims about trees: heights, branch sums, quoting, ties, size."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from fastslop.base.errors import BadInputError, UsageError
from fastslop.trees.linkage import (
    Linkage,
    as_tree,
    clades,
    leaf_order,
    linkage_of,
    node_heights,
    to_newick,
)
from fastslop.trees.newick import nexus

METHODS = st.sampled_from(["average", "ward"])


@dataclass
class Node:
    """A node of the tests' own Newick reader."""

    label: str = ""
    length: float = 0.0
    children: list[Node] = field(default_factory=list)


def read_token(text: str, i: int) -> tuple[str, int]:
    """A label or number from position i on: quoted with doubled quotes, or up to the next structural sign."""
    if text[i : i + 1] != "'":
        end = next(j for j in range(i, len(text)) if text[j] in "(),:;")
        return text[i:end], end
    label = ""
    i += 1
    while text[i] != "'" or text[i + 1] == "'":
        label += text[i]
        i += 2 if text[i] == "'" else 1
    return label, i + 1


def parse_newick(text: str) -> Node:
    root = node = Node()
    above: list[Node] = []
    i = 0
    while text[i] != ";":
        if text[i] == "(":
            above.append(node)
            node = Node()
            above[-1].children.append(node)
            i += 1
        elif text[i] == ",":
            node = Node()
            above[-1].children.append(node)
            i += 1
        elif text[i] == ")":
            node = above.pop()
            i += 1
        elif text[i] == ":":
            length, i = read_token(text, i + 1)
            node.length = float(length)
        else:
            node.label, i = read_token(text, i)
    assert not above
    assert text[i:] == ";\n"
    return root


def leaf_paths(root: Node) -> dict[str, list[tuple[int, float]]]:
    """For each leaf the nodes on its way to the root with the length walked so far."""
    paths = {}
    pending: list[tuple[Node, list[tuple[int, float]]]] = [(root, [])]
    while pending:
        node, above = pending.pop()
        here = [(id(node), 0.0), *((above_id, walked + node.length) for above_id, walked in above)]
        if not node.children:
            paths[node.label] = here
        pending += [(child, here) for child in node.children]
    return paths


def path_length(paths: dict[str, list[tuple[int, float]]], a: str, b: str) -> float:
    walked = dict(paths[b])
    return next(length + walked[node] for node, length in paths[a] if node in walked)


@st.composite
def labelled_distances(draw: st.DrawFn, max_labels: int = 30) -> tuple[list[str], np.ndarray]:
    n = draw(st.integers(2, max_labels))
    labels = draw(st.lists(st.text(max_size=12), min_size=n, max_size=n, unique=True))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_steps = draw(st.sampled_from([3, 1000, 10**9]))  # few steps make ties
    scale = draw(st.sampled_from([1e-9, 1.0, 12345.678]))
    return labels, rng.integers(0, n_steps, n * (n - 1) // 2) * (scale / n_steps)


def permute(labels: list[str], condensed: np.ndarray, order: list[int]) -> tuple[list[str], np.ndarray]:
    return [labels[i] for i in order], squareform(squareform(condensed)[np.ix_(order, order)], checks=False)


def four() -> Linkage:
    # a-b join at 2; ab-c at (6 + 8) / 2 = 7; abc-d at (10 + 12 + 14) / 3 = 12.
    return linkage_of(["a", "b", "c", "d"], [2, 6, 10, 8, 12, 14], metric="euclidean")


def caterpillar(n: int) -> Linkage:
    rows, columns = np.triu_indices(n, 1)
    labels = [f"leaf{i:04}" for i in range(n)]
    return linkage_of(labels, np.maximum(rows, columns).astype(float), metric="steps")


def test_tree__of_four_leaves_is_as_by_hand() -> None:
    tree = four()
    assert to_newick(tree) == "((c:3.5,(a:1,b:1):2.5):2.5,d:6);\n"
    assert node_heights(tree).tolist() == [0, 0, 0, 0, 1, 3.5, 6]
    assert hierarchy.cophenet(tree.matrix).tolist() == [2, 7, 12, 7, 12, 12]
    assert clades(tree) == [frozenset("ab"), frozenset("abc"), frozenset("abcd")]
    assert [tree.labels[i] for i in leaf_order(tree)] == ["c", "a", "b", "d"]  # neighbours: 6 + 2 + 12


def test_tree__of_two_leaves_has_one_node() -> None:
    assert to_newick(linkage_of(["y", "x"], [0.3], metric="m")) == "(x:0.15,y:0.15);\n"


@settings(deadline=None)
@given(labelled_distances(), METHODS)
def test_newick__path_between_leaves_is_the_cophenetic_distance(data, method) -> None:
    labels, condensed = data
    tree = linkage_of(labels, condensed, method=method, metric="m")
    order = [labels.index(label) for label in tree.labels]
    expected = hierarchy.cophenet(hierarchy.linkage(permute(labels, condensed, order)[1], method))
    paths = leaf_paths(parse_newick(to_newick(tree)))
    found = [path_length(paths, a, b) for a, b in combinations(tree.labels, 2)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=4e-9 * expected.max())
    np.testing.assert_array_equal(hierarchy.cophenet(tree.matrix), expected)


@settings(deadline=None)
@given(labelled_distances(), METHODS, st.randoms(use_true_random=False))
def test_build_tree__does_not_depend_on_the_order_of_labels(data, method, random) -> None:
    labels, condensed = data
    order = list(range(len(labels)))
    random.shuffle(order)
    trees = [
        linkage_of(some, distances, method=method, metric="m")
        for some, distances in [data, permute(labels, condensed, order)]
    ]
    assert to_newick(trees[0]) == to_newick(trees[1])
    assert nexus(as_tree(trees[0])) == nexus(as_tree(trees[1]))
    np.testing.assert_array_equal(trees[0].matrix, trees[1].matrix)


@settings(deadline=None)
@given(labelled_distances(max_labels=9), METHODS)
def test_newick__shows_exactly_the_clades(data, method) -> None:
    tree = linkage_of(*data, method=method, metric="m")
    found = set()
    pending = [parse_newick(to_newick(tree))]
    while pending:
        node = pending.pop()
        pending += node.children
        if node.children:
            found.add(frozenset(leaf_paths(node)))
    assert found == set(clades(tree))


@settings(deadline=None)
@given(st.text())
def test_newick__round_trips_any_label(label) -> None:
    other = "other" + label
    paths = leaf_paths(parse_newick(to_newick(linkage_of([label, other], [1.0], metric="m"))))
    assert set(paths) == {label, other}


@pytest.mark.parametrize(
    "label", ["a b", "a,b", "a(b", "a)b", "a:b", "a;b", "a[b]", "it's", "a_b", "", "é", '"', "a\tb"]
)
def test_newick__quotes_what_is_not_plain(label) -> None:
    quoted = "'" + label.replace("'", "''") + "'"
    assert quoted + ":0.5" in to_newick(linkage_of([label, "z"], [1.0], metric="m"))
    assert f"    {quoted}\n" in nexus(as_tree(linkage_of([label, "z"], [1.0], metric="m")))


def test_newick__leaves_usual_model_names_bare() -> None:
    text = to_newick(linkage_of(["gemma-3-4b-it", "gpt-4.1"], [1.0], metric="m"))
    assert text == "(gemma-3-4b-it:0.5,gpt-4.1:0.5);\n"


def test_nexus__quotes_hyphens_and_numbers() -> None:
    text = nexus(as_tree(linkage_of(["gemma-3", "42", "plain"], [1.0, 2.0, 2.0], metric="cosine [of]\nit")))
    assert text == (
        "#NEXUS\n"
        "[The path between two labels is as long as the distance at which they join "
        "(average linkage, cosine  of  it).]\n"
        "BEGIN TAXA;\n  DIMENSIONS NTAX=3;\n  TAXLABELS\n    '42'\n    'gemma-3'\n    plain\n  ;\nEND;\n"
        "BEGIN TREES;\n  TREE average = [&R] (('42':0.5,'gemma-3':0.5):0.5,plain:1);\nEND;\n"
    )


@settings(deadline=None)
@given(labelled_distances(max_labels=12))
def test_newick__is_read_alike_by_biopython(data) -> None:
    phylo = pytest.importorskip("Bio.Phylo")
    names = [f"model {i:02} (x)" for i in range(len(data[0]))]  # it does not know doubled quotes
    tree = linkage_of(names, data[1], metric="m")
    read = phylo.read(io.StringIO(to_newick(tree)), "newick")
    expected = hierarchy.cophenet(tree.matrix)
    found = [read.distance(a, b) for a, b in combinations(tree.labels, 2)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=4e-9 * expected.max())


def test_nexus__and_support_are_read_by_biopython() -> None:
    phylo = pytest.importorskip("Bio.Phylo")
    tree = replace(four(), support=(0.925, 1.0, float("nan")))
    (read,) = phylo.parse(io.StringIO(nexus(as_tree(tree))), "nexus")
    assert {leaf.name for leaf in read.get_terminals()} == set("abcd")
    (read,) = phylo.parse(io.StringIO(to_newick(tree)), "newick")
    assert [clade.confidence for clade in read.get_nonterminals(order="postorder")] == [0.925, 1.0, None]


def test_newick__labels_inner_nodes_with_support_but_not_the_root() -> None:
    tree = linkage_of(["a", "b", "c", "d"], [2, 6, 10, 8, 12, 14], metric="m", support=[1 / 3, 1, 0.5])
    assert to_newick(tree) == "((c:3.5,(a:1,b:1)0.3333333333:2.5)1:2.5,d:6);\n"


def test_newick__is_free_of_rounding_noise() -> None:
    # All distances equal: averages differ in the last bit, branches between equal heights must still be 0.
    text = to_newick(linkage_of([f"m{i}" for i in range(9)], np.full(36, 0.1), metric="m"))
    assert "e-" not in text
    assert text.count(":0.05") == 9
    assert text.count(":0)") + text.count(":0,") == 7


def test_newick__of_equal_models_has_zero_lengths() -> None:
    assert to_newick(linkage_of(["a", "b"], [-0.0], metric="m")) == "(a:0,b:0);\n"


def test_tree__of_a_long_chain_needs_no_recursion() -> None:
    tree = caterpillar(3000)
    text = to_newick(tree)
    assert text.count("(") == 2999
    assert len(nexus(as_tree(tree))) > len(text)
    assert len(leaf_order(tree)) == 3000
    assert frozenset(tree.labels[:1500]) in clades(tree)
    np.testing.assert_array_equal(
        hierarchy.cophenet(tree.matrix)[:2999], np.arange(1, 3000)
    )  # the first leaf joins leaf i at height i


def test_build_tree__starts_with_the_alphabetically_earlier_end() -> None:
    order = leaf_order(caterpillar(20))
    assert order[0] < order[-1]


@pytest.mark.parametrize(
    ("labels", "condensed", "message"),
    [
        (["a"], [], "at least 2 labels, got 1"),
        (["a", "b", "a"], [1, 1, 1], "'a' occurs twice"),
        (["a", "b", "c"], [1, 1], r"3 labels need 3 distances .* got shape \(2,\)"),
        (["a", "b"], [[0, 1], [1, 0]], r"got shape \(2, 2\)"),
        (["a", "b", "c"], [1, 1, np.nan], "between 'b' and 'c' is nan"),
        (["a", "b", "c"], [1, np.inf, 1], "between 'a' and 'c' is inf"),
        (["a", "b", "c"], [-1, 1, 1], "between 'a' and 'b' is -1.0"),
        (["a", "b", "c"], [1, 1e200, 1], "between 'a' and 'c' is 1e.200"),
    ],
)
def test_build_tree__names_what_is_wrong(labels, condensed, message) -> None:
    with pytest.raises(BadInputError, match=message):
        linkage_of(labels, condensed, metric="m")


def test_build_tree__refuses_an_unknown_method() -> None:
    with pytest.raises(UsageError, match="average, ward"):
        linkage_of(["a", "b"], [1], method="median", metric="m")


@pytest.mark.parametrize(
    ("support", "message"),
    [((1.0,), "1 values for 3"), ((0.5, 1.5, 1.0), "node 1 is 1.5"), ((float("nan"), 1, 1), "nan")],
)
def test_tree__refuses_a_wrong_support(support, message) -> None:
    with pytest.raises(BadInputError, match=message):
        replace(four(), support=support)


def test_tree__refuses_a_linkage_of_other_labels() -> None:
    with pytest.raises(BadInputError, match=r"3 labels need a linkage of shape \(2, 4\), not \(3, 4\)"):
        replace(four(), labels=("a", "b", "c"))


def test_tree__linkage_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        four().matrix[0, 0] = 7
