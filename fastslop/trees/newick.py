"""Trees as Newick and Nexus text, and Newick text as trees; nothing here recurses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from fastslop.base.errors import BadInputError
from fastslop.trees.tree import Tree, leaf_order

SIGNIFICANT_DIGITS = 10
"""Digits of lengths and support that are written."""

_BARE_IN_NEWICK = re.compile(r"[A-Za-z0-9.+-]+")
_BARE_IN_NEXUS = re.compile(r"[A-Za-z][A-Za-z0-9.]*")
_SIGNS, _STARTS = ("(", ")", ",", ":"), ("(", ",")
_TOKEN = re.compile(r"\s*(\[[^\]]*\]|'(?:[^']|'')*'|[(),:;]|[^\s(),:;\[\]']+)")


def newick(tree: Tree) -> str:
    """
    Write the tree as one Newick statement and a line feed.

    Support, when there is any, labels inner nodes as a share. Every label is quoted that is not plain ASCII letters,
    digits and ``. + -``; a quote inside is doubled.

    References
    ----------
    Olsen (1990), "Newick's 8:45" tree format standard.
    """
    return _statement(tree, _BARE_IN_NEWICK) + "\n"


def nexus(tree: Tree) -> str:
    """
    Write the tree as a Nexus file with a TAXA and a TREES block; lengths and support as in `newick`.

    References
    ----------
    Maddison, Swofford, Maddison (1997), "NEXUS: an extensible file format", Systematic Biology 46(4).
    """
    taxa = "\n".join(f"    {_quote(tree.labels[leaf], _BARE_IN_NEXUS)}" for leaf in leaf_order(tree))
    meaning = re.sub(r"[^\w .,;:()+-]", " ", tree.meaning)
    return (
        "#NEXUS\n"
        f"[{meaning}]\n"
        f"BEGIN TAXA;\n  DIMENSIONS NTAX={len(tree.labels)};\n  TAXLABELS\n{taxa}\n  ;\nEND;\n"
        f"BEGIN TREES;\n  TREE {tree.name} = [&{'R' if tree.is_rooted else 'U'}] {_statement(tree, _BARE_IN_NEXUS)}\n"
        "END;\n"
    )


def _quote(label: str, bare: re.Pattern[str]) -> str:
    if bare.fullmatch(label):
        return label
    return "'" + label.replace("'", "''") + "'"


def _statement(tree: Tree, bare: re.Pattern[str]) -> str:
    n = len(tree.labels)
    root = n + len(tree.children) - 1
    above = [""] * (root + 1)
    if tree.lengths is not None:
        above[:root] = [f":{length:.{SIGNIFICANT_DIGITS}g}" for length in tree.lengths[:root]]
    parts: list[str] = []
    pending: list[int | str] = [";", root]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            parts.append(item)
        elif item < n:
            parts.append(_quote(tree.labels[item], bare) + above[item])
        else:
            parts.append("(")
            pending.append(")" + _support_label(tree, item - n) + above[item])
            for k, child in enumerate(reversed(tree.children[item - n])):
                pending += [",", child] if k else [child]
    return "".join(parts)


def _support_label(tree: Tree, inner: int) -> str:
    share = None if tree.support is None else tree.support[inner]
    return "" if share is None else f"{share:.{SIGNIFICANT_DIGITS}g}"


def read_newick(text: str, name: str, meaning: str = "") -> list[Tree]:
    """
    Read all trees of a text, each ended by a semicolon; one held at three branches or more is unrooted.

    Names of inner nodes are their support; comments in brackets are left out; where a branch has no length, no length
    means anything.

    Raises
    ------
    BadInputError
        If the text is no such list.
    """
    trees: list[Tree] = []
    statement: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() != end:
            break
        end = match.end()
        if match[1] == ";":
            trees.append(_read_statement(statement, name, meaning))
            statement = []
        elif not match[1].startswith("["):
            statement.append(match[1])
    if statement or text[end:].strip():
        raise BadInputError(f"this is no Newick text from character {end} on: {text[end : end + 40]!r}")
    return trees


@dataclass
class _Node:
    """A node as it is read; ``number`` is its place in the tree."""

    children: list[_Node]
    name: str = ""
    length: str | None = None
    number: int = -1


def _read_statement(tokens: Sequence[str], name: str, meaning: str) -> Tree:
    """The tree of one statement; a node is added where it ends, so that children stand before their parents."""
    nodes: list[_Node] = []
    groups: list[list[_Node]] = [[]]  # those that are open; the first holds the root
    before = "("
    for token in tokens:
        starts, is_text = before in _STARTS, token not in _SIGNS
        if token == "(" and starts:
            groups.append([])
        elif (is_text and starts) or (token == ")" and not starts and len(groups) > 1):
            nodes.append(_Node([], _unquoted(token)) if is_text else _Node(groups.pop()))
            groups[-1].append(nodes[-1])
        elif is_text and before == ")":
            nodes[-1].name = token
        elif is_text and before == ":":
            nodes[-1].length = token
        elif token in ("(", ")") or is_text or starts or before == ":":
            raise BadInputError(f"this is no Newick text: {token!r} stands after {before!r}")
        before = token
    if before in (*_STARTS, ":") or len(groups) != 1 or len(groups[0]) != 1 or len(nodes) < 3:
        raise BadInputError(f"this Newick text is not one tree of two labels or more: {''.join(tokens)[:60]!r}")
    return _numbered(nodes, name, meaning)


def _numbered(nodes: Sequence[_Node], name: str, meaning: str) -> Tree:
    """The tree of these nodes: leaves sorted by label, then inner nodes in the order in which they ended."""
    leaves = sorted((node for node in nodes if not node.children), key=lambda leaf: leaf.name)
    for one, other in pairwise(leaves):
        if one.name == other.name:
            raise BadInputError(f"this Newick text has the label {one.name!r} twice")
    ordered = [*leaves, *(node for node in nodes if node.children)]
    for number, node in enumerate(ordered):
        node.number = number
    inner, root = ordered[len(leaves) :], ordered[-1]
    try:
        has_lengths = all(node.length is not None for node in ordered if node is not root)
        lengths = [0.0 if node is root else float(node.length or 0) for node in ordered] if has_lengths else None
        support = [float(node.name) if node.name else None for node in inner]
    except ValueError as error:
        raise BadInputError(f"this Newick text has a length or a support that is no number: {error}") from error
    return Tree(
        tuple(leaf.name for leaf in leaves),
        tuple(tuple(child.number for child in node.children) for node in inner),
        None if lengths is None else tuple(lengths),
        name,
        meaning,
        tuple(support) if any(share is not None for share in support) else None,
        is_rooted=len(root.children) < 3,
    )


def _unquoted(token: str) -> str:
    return token[1:-1].replace("''", "'") if token[0] == "'" else token
