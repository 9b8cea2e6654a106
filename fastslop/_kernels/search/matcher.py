"""Phrases found in texts."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import IS_BREAK, MIX, ONE, ZERO
from fastslop._kernels.machine.jit import inlined, kernel


@kernel
def select_words(tokens, doc_ends, ids, flags, keep, drop, out, at, out_ends):
    """Write the tokens that have a flag of ``keep`` and none of ``drop`` as ``ids[token]``, and 0 for each break.

    Returns how many were written.

    Parameters
    ----------
    tokens
        Tokens of all documents, u32.
    doc_ends
        Where each document's tokens end, i64[documents].
    ids, flags
        The number u32 and the flags u8 of each token of the lexicon.
    keep, drop
        Flags.
    out, at
        Room for every token: the numbers u32 written, and their places i64 among ``tokens``.
    out_ends
        i64[documents], written: where each document's numbers end in ``out``.
    """
    n = 0
    t = 0
    for d in range(len(doc_ends)):
        while t < doc_ends[d]:
            flag = flags[tokens[t]]
            is_kept = flag & keep != 0 and flag & drop == 0
            if is_kept or flag & IS_BREAK:
                out[n] = ids[tokens[t]] if is_kept else 0
                at[n] = t
                n += 1
            t += 1
        out_ends[d] = n
    return n


@inlined
def find_child(keys, key):
    """The slot of the edge ``key`` of a trie, or the empty slot where it belongs; keys are never 0."""
    mask = np.uint64(len(keys) - 1)
    slot = (key * MIX) >> np.uint64(32) & mask
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + ONE) & mask
    return slot


@kernel
def build_trie(words, ends, keys, children, phrase_at):
    """Enter phrases, ``words`` u32 up to ``ends`` i64, into a trie; return how many nodes it has.

    ``keys`` u64 and ``children`` u32 hold its edges in a hash table; ``phrase_at`` i32 holds the phrase that ends at
    each node, or -1. Node 0 is the root.
    """
    n_nodes = 1
    at = 0
    for phrase in range(len(ends)):
        node = np.uint64(0)
        while at < ends[phrase]:
            key = node << np.uint64(32) | np.uint64(words[at])
            slot = find_child(keys, key)
            if keys[slot] == 0:
                keys[slot] = key
                children[slot] = n_nodes
                n_nodes += 1
            node = np.uint64(children[slot])
            at += 1
        phrase_at[node] = phrase
    return n_nodes


@kernel
def match_phrases(words, doc_ends, keys, children, phrase_at, is_longest, out, start, end, docs):
    """Find phrases in the words of documents.

    Parameters
    ----------
    words
        Words of all documents, u32; 0 is no word of any phrase.
    doc_ends
        Where each document's words end, i64[documents].
    keys, children, phrase_at
        The trie that ``build_trie`` made.
    is_longest
        Whether only the longest phrase at each place counts, and the search goes on behind it; else all phrases count.
    out, start, end, docs
        The phrase i32, the words from and to i64 and the document i32 of each match, written as far as there is room.

    Returns
    -------
    int
        The number of matches, which may be more than there was room for.
    """
    n = 0
    i = 0
    for d in range(len(doc_ends)):
        while i < doc_ends[d]:
            step = 1
            n_before = n
            node = np.uint64(0)
            j = i
            while j < doc_ends[d] and words[j] != 0:
                slot = find_child(keys, node << np.uint64(32) | np.uint64(words[j]))
                if keys[slot] == 0:
                    break
                node = np.uint64(children[slot])
                j += 1
                if phrase_at[node] >= 0:
                    if is_longest:
                        n = n_before
                        step = j - i
                    if n < len(out):
                        out[n] = phrase_at[node]
                        start[n] = i
                        end[n] = j
                        docs[n] = d
                    n += 1
            i += step
    return n


@kernel
def mark_apart(starts, ends, is_apart):
    """Write into ``is_apart`` which spans, sorted by ``starts`` i64 and the longest first, begin behind all marked."""
    last = ZERO
    for i in range(len(starts)):
        is_apart[i] = starts[i] >= last
        if is_apart[i]:
            last = ends[i]
