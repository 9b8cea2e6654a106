"""The trie of a vocabulary: its terms as text, and the terms of other documents looked up in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.counting.sorting import n_digits, sort_by_bits
from fastslop._kernels.machine.constants import MIX, ONE
from fastslop._kernels.machine.intrinsics import borrowed, prefetch
from fastslop._kernels.machine.jit import inlined, kernel
from fastslop._kernels.vectors.columns import NO_NODE

SPACE_BYTE, NEWLINE_SEPARATOR = np.uint8(32), np.uint8(10)
DEPTHS = 256
"""More than any node's depth."""


class Trie(NamedTuple):
    """How to find the node of a token, and of a node and the token behind it, both by number from 1 on."""

    roots: NDArray[np.uint32]  # by token, NO_NODE if no term begins with it
    slots: NDArray[np.uint64]  # of a hash table: a node one up and a token; the node of both
    columns: NDArray[np.int32]  # by node, below 0 if it is no term; empty where each node's column is its number


@inlined
def first_slot_of(slots, key):
    """Where in ``slots`` a key is looked for first."""
    h = key * MIX
    return (h ^ h >> np.uint64(32)) * MIX >> np.uint64(20) & np.uint64(len(slots) - 1) & ~ONE


@inlined
def slot_of(slots, key):
    """Where in ``slots`` a key is, or the empty place where it belongs."""
    mask = np.uint64(len(slots) - 1)
    slot = first_slot_of(slots, key)
    while slots[slot] != 0 and slots[slot] != key:
        slot = (slot + np.uint64(2)) & mask
    return slot


@inlined
def key_of(node, token):
    """The key of the token behind a node."""
    return (np.uint64(node) + ONE) << np.uint64(32) | np.uint64(token)


@kernel
def enter_nodes(depths, ranks, roots, slots):
    """Enter the nodes of a trie, in their order, into empty ``roots`` and ``slots`` with room for them."""
    path = np.zeros(DEPTHS, np.uint64)
    slots = borrowed(slots)
    for node in range(np.uint64(len(depths))):
        depth = np.int64(depths[node])
        token = np.uint64(ranks[node]) + ONE
        path[depth] = node
        if depth == 1:
            roots[token] = node
        else:
            key = key_of(path[depth - 1], token)
            slot = slot_of(slots, key)
            slots[slot] = key
            slots[slot + ONE] = node


@inlined
def codes_of_tokens(tokens, begin, end, codes, own):
    """The codes of a document's tokens without stop words, and a 0 behind; how many they are."""
    n = np.uint64(0)
    for t in range(begin, end):
        code = codes[tokens[t]]
        own[n] = code
        n += np.uint64(code != NO_NODE)
    own[n] = 0
    return n


@inlined
def put_terms(own, n, trie, lowest, highest, out):
    """The columns u64 of all terms among a document's tokens; how many."""
    roots, slots, columns = trie
    found = np.uint64(0)
    for i in range(n):
        if own[i] == 0:
            continue
        node = roots[own[i]]
        level = np.uint64(1)
        while node != NO_NODE:
            column = np.int64(columns[node]) if len(columns) > 0 else np.int64(node)
            if level >= lowest and column >= 0:
                out[found] = column
                found += ONE
            if level == highest or i + level >= n or own[i + level] == 0:
                break
            slot = slot_of(slots, key_of(node, own[i + level]))
            node = np.uint32(slots[slot + ONE]) if slots[slot] != 0 else NO_NODE
            level += ONE
    return found


@inlined
def ask_for_pairs(own, n, trie):
    """Ask for the slots of all pairs of tokens, which are in no cache near by."""
    for i in range(n):
        node = trie.roots[own[i]]
        prefetch(trie.slots, first_slot_of(trie.slots, key_of(node, own[i + ONE])))


@inlined
def put_sums(found, n, out, counts, at):
    """Equal neighbours of sorted columns as one, and how many they were, from ``at`` on; where the next go."""
    i = np.uint64(0)
    while i < n:
        begin = i
        while i < n and found[i] == found[begin]:
            i += ONE
        out[at] = found[begin]
        counts[at] = i - begin
        at += ONE
    return at


@kernel
def count_terms(tokens, ends, codes, trie, orders, own, found, spare, digits, out, counts, out_ends):
    """The columns u32 of each document's terms, sorted, and how often each occurs, u32, into room for all.

    ``codes`` u32, by token: as it is numbered in the trie, 0 where it is not, ``NO_NODE`` of a stop word. ``orders``
    u64: the lowest and the highest, and how many columns there are. ``own`` u32 has room for a document's tokens and
    one more, ``found`` and ``spare`` u64 for its terms, ``digits`` u32[4096].
    """
    roots, slots, columns = trie
    trie = Trie(borrowed(roots), borrowed(slots), borrowed(columns))
    tokens, own, found, spare = borrowed(tokens), borrowed(own), borrowed(found), borrowed(spare)
    codes = borrowed(codes)
    out, counts, digits = borrowed(out), borrowed(counts), borrowed(digits)
    lowest, highest, n_features = orders
    bits = ONE
    while ONE << bits < n_features:
        bits += ONE
    at = np.uint64(0)
    begin = np.uint64(0)
    for d in range(len(ends)):
        end = np.uint64(ends[d])
        n = codes_of_tokens(tokens, begin, end, codes, own)
        if highest > 1:
            ask_for_pairs(own, n, trie)
        n = put_terms(own, n, trie, lowest, highest, found)
        n_sorts = n_digits(n, bits)
        sort_by_bits(found, spare, np.uint64(0), n, np.uint64(0), bits, n_sorts, digits)
        at = put_sums(found if n_sorts & ONE == 0 else spare, n, out, counts, at)
        out_ends[d] = at
        begin = end


@kernel
def term_bytes(depths, ranks, token_ends, columns):
    """How many bytes all terms take, and a byte behind each."""
    lengths = np.zeros(DEPTHS, np.int64)
    total = 0
    for i in range(len(depths)):
        rank = ranks[i]
        length = token_ends[rank] - (token_ends[rank - 1] if rank > 0 else 0)
        lengths[depths[i]] = lengths[depths[i] - 1] + length + 1
        if len(columns) == 0 or columns[i] >= 0:
            total += lengths[depths[i]]
    return total


@kernel
def write_terms(depths, ranks, text, token_ends, columns, out):
    """The terms of all nodes that have a column, a newline behind each: tokens with spaces between."""
    text, out = borrowed(text), borrowed(out)
    path = np.zeros(DEPTHS, np.int64)
    at = 0
    for i in range(len(depths)):
        depth = depths[i]
        path[depth] = ranks[i]
        if len(columns) > 0 and columns[i] < 0:
            continue
        for level in range(1, depth + 1):
            rank = path[level]
            for j in range(token_ends[rank - 1] if rank > 0 else 0, token_ends[rank]):
                out[at] = text[j]
                at += 1
            out[at] = NEWLINE_SEPARATOR if level == depth else SPACE_BYTE
            at += 1
