"""The trie of a vocabulary: its terms written as text, and the terms of documents looked up in it."""

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
"""Room for a value of each depth: more than any node has."""


class Trie(NamedTuple):
    """Nodes by their only token, or by the node above and their last token; tokens are numbered from 1 on."""

    roots: NDArray[np.uint32]  # [tokens + 1]: the node of each, or NO_NODE if no term begins with it
    slots: NDArray[np.uint64]  # a hash table: pairs of a key, of the node above and a token, and their node
    columns: NDArray[np.int32]  # [nodes]: below 0 for no term; empty if each node's column is its number


@inlined
def first_slot_of(slots, key):
    """The place in ``slots`` where a key is looked for first."""
    h = key * MIX
    return (h ^ h >> np.uint64(32)) * MIX >> np.uint64(20) & np.uint64(len(slots) - 1) & ~ONE


@inlined
def slot_of(slots, key):
    """The place in ``slots`` of a key, or the empty place where it belongs."""
    mask = np.uint64(len(slots) - 1)
    slot = first_slot_of(slots, key)
    while slots[slot] != 0 and slots[slot] != key:
        slot = (slot + np.uint64(2)) & mask
    return slot


@inlined
def key_of(node, token):
    """The key u64 of a token behind a node; never 0."""
    return (np.uint64(node) + ONE) << np.uint64(32) | np.uint64(token)


@kernel
def enter_nodes(depths, ranks, roots, slots):
    """Enter the nodes of a trie, in their order, into ``roots`` and ``slots``, empty ones with room for them."""
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
def put_codes(tokens, begin, end, codes, out):
    """Write the codes of a document's tokens without stop words, and a 0 behind them; return their number."""
    n = np.uint64(0)
    for t in range(begin, end):
        code = codes[tokens[t]]
        out[n] = code
        n += np.uint64(code != NO_NODE)
    out[n] = 0
    return n


@inlined
def put_terms(codes, n, trie, lowest, highest, out):
    """Write the columns u64 of all terms among the ``n`` codes of a document; return their number."""
    roots, slots, columns = trie
    n_terms = np.uint64(0)
    for i in range(n):
        if codes[i] == 0:
            continue
        node = roots[codes[i]]
        level = np.uint64(1)
        while node != NO_NODE:
            column = np.int64(columns[node]) if len(columns) > 0 else np.int64(node)
            if level >= lowest and column >= 0:
                out[n_terms] = column
                n_terms += ONE
            if level == highest or i + level >= n or codes[i + level] == 0:
                break
            slot = slot_of(slots, key_of(node, codes[i + level]))
            node = np.uint32(slots[slot + ONE]) if slots[slot] != 0 else NO_NODE
            level += ONE
    return n_terms


@inlined
def ask_for_pairs(codes, n, trie):
    """Start to load the slots of all pairs of neighbouring codes, which are in no cache near by."""
    for i in range(n):
        node = trie.roots[codes[i]]
        prefetch(trie.slots, first_slot_of(trie.slots, key_of(node, codes[i + ONE])))


@inlined
def put_sums(columns, n, out, counts, at):
    """Write each of ``n`` sorted columns once, and how often it was there, from ``at`` on; return the place behind."""
    i = np.uint64(0)
    while i < n:
        begin = i
        while i < n and columns[i] == columns[begin]:
            i += ONE
        out[at] = columns[begin]
        counts[at] = i - begin
        at += ONE
    return at


@kernel
def count_terms(tokens, ends, codes, trie, orders, doc_codes, terms, spare, digits, out, counts, out_ends):
    """Count the terms of each document that the trie has.

    Parameters
    ----------
    tokens
        Tokens of all documents, u32.
    ends
        Where each document's tokens end, i64[documents].
    codes
        Number of each token of the lexicon in the trie, u32: 0 if it is not there, ``NO_NODE`` if it is a stop word.
    trie
        A `Trie`.
    orders
        Three u64: the lowest and the highest order, and the number of columns.
    doc_codes
        Room for the tokens of the longest document and one more, u32.
    terms, spare
        Room for the terms of the longest document, u64 each.
    digits
        Room u32[4096].
    out, counts
        Written: the columns of each document's terms u32, sorted, and how often each occurs u32.
    out_ends
        i64[documents], written: where each document's columns end in ``out``.
    """
    roots, slots, columns = trie
    trie = Trie(borrowed(roots), borrowed(slots), borrowed(columns))
    tokens, doc_codes, terms, spare = borrowed(tokens), borrowed(doc_codes), borrowed(terms), borrowed(spare)
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
        n = put_codes(tokens, begin, end, codes, doc_codes)
        if highest > 1:
            ask_for_pairs(doc_codes, n, trie)
        n = put_terms(doc_codes, n, trie, lowest, highest, terms)
        n_sorts = n_digits(n, bits)
        sort_by_bits(terms, spare, np.uint64(0), n, np.uint64(0), bits, n_sorts, digits)
        at = put_sums(terms if n_sorts & ONE == 0 else spare, n, out, counts, at)
        out_ends[d] = at
        begin = end


@kernel
def term_bytes(depths, ranks, token_ends, columns):
    """Number of bytes that all terms take, with one behind each; parameters as for ``write_terms``."""
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
    """Write the terms of all nodes that have a column into ``out`` u8: tokens joined by spaces, a newline behind each.

    Parameters
    ----------
    depths, ranks
        The depth u8 and the rank u32 of the last token of each node, in the nodes' order.
    text, token_ends
        The text u8 of all tokens, by rank, and where each one's ends, i64.
    columns
        The column of each node i32, as in ``Trie``.
    out
        u8, written, with room for ``term_bytes``.
    """
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
