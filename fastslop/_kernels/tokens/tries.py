"""A dictionary of words with their costs as a double-array trie (Aoe 1989): a look-up takes one line of the cache a
character.

The child of node ``s`` by the code ``c`` of a character is node ``base(s) + c``, if its parent is ``s``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.jit import helper, inlined, kernel

BASE_OF, PARENT_OF, COST_OF, NODE = 0, 1, 2, 4
"""Places of a node's values among the ``NODE`` numbers that it takes, a quarter of a line of the cache."""
ROOT = 1
"""The node of the empty word. Node 0 is not used, so that a parent of 0 says that a node is free."""


class Dictionary(NamedTuple):
    """Words of a language: ``codes`` u16[65536], the code of each code point of the Basic Multilingual Plane, 0 if it
    is in no word; ``nodes`` i32, four for each node of a trie: base, parent, the cost of the word that ends there (0 if
    none does), nothing; ``unknown`` i32[1], the cost of what is no word. A dictionary that is not loaded has no nodes.
    """

    codes: NDArray[np.uint16]
    nodes: NDArray[np.int32]
    unknown: NDArray[np.int32]


@inlined
def child(nodes, node, code):
    """The node behind ``node`` by the character of a code, which is not 0; 0 if no word goes on so."""
    at = nodes[NODE * node + BASE_OF] + np.int64(code)
    return at if nodes[NODE * at + PARENT_OF] == node else np.int64(0)


@inlined
def next_free(free, at):
    """The first free node from ``at`` on; ``free`` i32 leads from each node to a later one, and from a free one to
    itself."""
    end = at
    while free[end] != end:
        end = np.int64(free[end])
    while free[at] != end:
        at, free[at] = np.int64(free[at]), np.int32(end)
    return end


@helper
def find_base(nodes, free, letters, n, first_free):
    """The least base by which all ``n`` children, whose codes are ``letters``, rising, are free nodes.

    No node below ``first_free`` is looked at.
    """
    at = max(first_free, np.int64(letters[0]) + 1)
    while True:
        at = next_free(free, at)
        base = at - np.int64(letters[0])
        i = 1
        while i < n and nodes[NODE * (base + np.int64(letters[i])) + PARENT_OF] == 0:
            i += 1
        if i == n:
            return base
        at += 1


@helper
def children_of(codes, begins, first, last, depth, letters, lasts):
    """Write the codes that words ``first:last`` have at ``depth``, and the last word of each; return how many."""
    n = 0
    for word in range(first, last):
        code = codes[begins[word] + depth]
        if n == 0 or letters[n - 1] != code:
            letters[n] = code
            n += 1
        lasts[n - 1] = word + 1
    return n


@kernel
def build_trie(codes, begins, costs, nodes, free, todo, letters, lasts):
    """Enter words into an empty trie; return the number of its nodes, or 0 if there is no room for all.

    Nodes get their children breadth first: those with many, which are near the root, while there is room, and those
    with one fill the gaps.

    Parameters
    ----------
    codes, begins
        Codes u16 of all words, which are sorted by them; where each word begins, i64[words + 1].
    costs
        Cost i32 of each word, above 0.
    nodes
        i32, zeros, written: see `Dictionary`.
    free
        i32[nodes + 1], the numbers from 0 on: see ``next_free``.
    todo
        i64[codes + 1, 4]: room for nodes that wait for their children: node, first word, last word, depth.
    letters, lasts
        u16 and i64, room for one more than the greatest code.
    """
    n_letters = len(letters)
    room = len(nodes) // NODE - n_letters
    nodes[NODE * ROOT + PARENT_OF] = -1
    free[0], free[ROOT] = ROOT + 1, ROOT + 1
    todo[0, 0], todo[0, 1], todo[0, 2], todo[0, 3] = ROOT, 0, len(costs), 0
    n_todo, used = 1, ROOT + 1
    starts = np.full(17, ROOT + 1)
    done = 0
    while done < n_todo:
        node, first, last, depth = todo[done, 0], todo[done, 1], todo[done, 2], todo[done, 3]
        done += 1
        if begins[first] + depth == begins[first + 1]:
            nodes[NODE * node + COST_OF] = costs[first]
            first += 1
        if first == last:
            continue
        n = children_of(codes, begins, first, last, depth, letters, lasts)
        size = 0
        while 1 << size < n:
            size += 1
        base = find_base(nodes, free, letters, n, starts[size])
        starts[size] = base + np.int64(letters[0])
        if base >= room:
            return 0
        nodes[NODE * node + BASE_OF] = base
        begin = first
        for i in range(n):
            at = base + np.int64(letters[i])
            nodes[NODE * at + PARENT_OF] = node
            free[at] = at + 1
            used = max(used, at + 1)
            todo[n_todo, 0], todo[n_todo, 1], todo[n_todo, 2], todo[n_todo, 3] = at, begin, lasts[i], depth + 1
            begin = lasts[i]
            n_todo += 1
    return used + n_letters
