"""The groups that most of many trees have, as one tree: the majority-rule consensus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastslop.trees.tree import Tree, ladderised


def majority_rule(
    labels: Sequence[str],
    found: Mapping[int, float] | Mapping[int, int],
    n_trees: int,
    *,
    name: str = "consensus",
    meaning: str,
    is_rooted: bool,
) -> Tree:
    """
    Return the tree of the groups that are in more than half of the trees, with their shares as support.

    Such groups are never at odds with each other (Margush and McMorris 1981, Bulletin of Mathematical Biology 43;
    as the summary of replicates, Felsenstein 1985, Evolution 39). What they leave open stays a node of more than two
    branches. The tree has no lengths.

    Parameters
    ----------
    labels
        Leaf names, sorted.
    found
        The number of trees that have each group, the group as bits: bit ``i`` is label ``i``. Groups of one label and
        of all do not count. Unrooted trees have splits for groups, each as its side without the first label.
    n_trees
        How many trees there are.
    name, meaning, is_rooted
        Fields of the tree, see `Tree`.
    """
    everything = (1 << len(labels)) - 1
    groups = [
        bits
        for bits, n in found.items()
        if n > n_trees / 2 + 1e-9 and 1 < bits.bit_count() < len(labels) - (not is_rooted)
    ]
    groups.sort(key=lambda bits: (bits.bit_count(), bits))
    tops = {1 << i: i for i in range(len(labels))}  # the groups that are in no larger one yet, and their nodes
    children = []
    for bits in (*groups, everything):
        inside = [group for group in tops if group & bits == group]
        children.append(tuple(tops.pop(group) for group in inside))
        tops[bits] = len(labels) + len(children) - 1
    support = (*(min(found[bits] / n_trees, 1.0) for bits in groups), None)
    return ladderised(Tree(tuple(labels), tuple(children), None, name, meaning, support, is_rooted))
