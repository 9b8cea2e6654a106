"""Tokens of documents to the rows and columns of a sparse matrix.

N-grams of all orders are the nodes of a trie. Windows that are sorted by all their tokens pass its nodes in the order
of their columns, shorter ones first: a step says how many tokens a window shares with the one before, and how many it
has; each one more is a new node. Entries of a row are met in the order of their columns, too.
"""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import ONE
from fastslop._kernels.machine.intrinsics import borrowed
from fastslop._kernels.machine.jit import inlined, kernel

NO_NODE = np.uint32(0xFFFFFFFF)


@kernel
def count_words(tokens, ends, n_of_token, out, counts, out_ends):
    """The different tokens u32 of each document and how often each occurs, u32, into room for all of them.

    ``n_of_token`` u32, by token, is zero, and is again. Documents end at ``ends`` i64, what is written at ``out_ends``.
    """
    tokens, n_of_token, out, counts = borrowed(tokens), borrowed(n_of_token), borrowed(out), borrowed(counts)
    n = np.uint64(0)
    t = np.uint64(0)
    for d in range(len(ends)):
        begin = n
        while t < np.uint64(ends[d]):
            token = np.uint64(tokens[t])
            known = n_of_token[token]
            out[n] = token
            n += np.uint64(known == 0)
            n_of_token[token] = known + np.uint32(1)
            t += ONE
        for i in range(begin, n):
            token = np.uint64(out[i])
            counts[i] = n_of_token[token]
            n_of_token[token] = 0
        out_ends[d] = n


@kernel
def sum_columns(tokens, counts, columns, n_docs, n):
    """Add to ``n_docs`` and ``n`` i64, by column, the entries of tokens that have one in ``columns`` i64."""
    for i in range(len(tokens)):
        column = columns[tokens[i]]
        if column >= 0:
            n_docs[column] += 1
            n[column] += counts[i]


@kernel
def count_kept(tokens, ends, columns, n_entries):
    """How many of each document's tokens, up to ``ends`` i64, have a column."""
    begin = 0
    for d in range(len(ends)):
        n = 0
        for i in range(begin, ends[d]):
            n += columns[tokens[i]] >= 0
        n_entries[d] = n
        begin = ends[d]


@kernel
def put_words(tokens, counts, columns, n, indices, data):
    """Write the entries of tokens that have a column from ``n`` i64 on."""
    tokens, counts, columns = borrowed(tokens), borrowed(counts), borrowed(columns)
    indices, data = borrowed(indices), borrowed(data)
    at = np.uint64(n)
    for i in range(np.uint64(len(tokens))):
        column = columns[tokens[i]]
        if column >= 0:
            indices[at] = column
            data[at] = counts[i]
            at += ONE


@kernel
def steps_of_windows(windows, ends, layout, docs, shared, lengths, depths, ranks):
    """The steps of sorted windows, and the nodes that are new: how deep, u8, and their last token's rank, u32.

    ``windows`` u64 with ``ends`` i64 of their groups; ``layout`` u64: tokens of a window, the bits of a rank and of a
    document, the shift that gives a group, the first group. Steps are ``docs`` u32, ``shared`` u8 and ``lengths`` u8.
    Returns how many nodes there are.
    """
    windows, docs, shared, lengths = borrowed(windows), borrowed(docs), borrowed(shared), borrowed(lengths)
    depths, ranks = borrowed(depths), borrowed(ranks)
    order, bits, doc_bits, shift, first_group = layout
    rank_mask, doc_mask = (ONE << bits) - ONE, (ONE << doc_bits) - ONE
    n = np.uint64(0)
    i = np.uint64(0)
    for g in range(np.uint64(len(ends))):
        base = (first_group + g) << shift
        end = np.uint64(ends[g])
        is_first = True
        before = np.uint64(0)
        while i < end:
            key = windows[i] >> doc_bits
            length = np.uint64(0)
            same = np.uint64(0)
            for level in range(order):
                below = (order - ONE - level) * bits
                is_token = level == 0 or (key >> below) & rank_mask != rank_mask
                length += np.uint64(is_token)
                same += np.uint64(is_token and not is_first and key >> below == before >> below)
            docs[i] = windows[i] & doc_mask
            shared[i] = same
            lengths[i] = length
            for level in range(same, length):
                below = (order - ONE - level) * bits
                depths[n] = level + ONE
                ranks[n] = (base | key >> below) if level == 0 else (key >> below) & rank_mask
                n += ONE
            before = key
            is_first = False
            i += ONE
    return n


@kernel
def steps_of_rows(rows, by_row, shared, lengths, depths, ranks):
    """``steps_of_windows`` of windows as ``rows`` u32[:, order], ``NO_NODE`` where they are cut short, in the order
    ``by_row`` i64."""
    order = rows.shape[1]
    n = 0
    for i in range(len(by_row)):
        row = rows[by_row[i]]
        before = rows[by_row[max(i - 1, 0)]]
        length = 0
        while length < order and row[length] != NO_NODE:
            length += 1
        same = 0
        while i > 0 and same < length and row[same] == before[same]:
            same += 1
        shared[i] = same
        lengths[i] = length
        for level in range(same, length):
            depths[n] = level + 1
            ranks[n] = row[level]
            n += 1
    return n


@kernel
def window_rows(tokens, ends, first_doc, codes, skipped, rows, docs):
    """The windows that begin at each token u32 of documents that is not skipped, as ``rows`` u32[:, order] of codes.

    ``codes`` u32 by token, ``skipped`` among them; how many rows there are. ``docs`` u32 gets the documents' numbers.
    """
    order = rows.shape[1]
    n = 0
    t = 0
    for d in range(len(ends)):
        begin = n
        while t < ends[d]:
            code = codes[tokens[t]]
            if code != skipped:
                for level in range(order):
                    rows[n, level] = NO_NODE
                for level in range(min(order, n - begin + 1)):
                    rows[n - level, level] = code
                docs[n] = first_doc + d
                n += 1
            t += 1
    return n


@inlined
def advance(nodes, node, shared, length):
    """Number the nodes that are new at a step, from ``node`` on; the next number."""
    for level in range(shared, length):
        nodes[level] = node
        node += ONE
    return node


@kernel
def survey(docs, shared, lengths, first_node, order, columns, last, n_entries, n_docs, n):
    """How many entries each document's row has, added to ``n_entries`` i64; and of each node, to ``n_docs`` and ``n``
    i64 if they are not empty, in how many documents it is and how often.

    ``columns`` i32 by node, below 0 where it has none; if empty, all have one. ``last`` u32[documents * order] is
    ``NO_NODE`` and is written over.
    """
    docs, shared, lengths, last = borrowed(docs), borrowed(shared), borrowed(lengths), borrowed(last)
    columns, n_entries, n_docs, n = borrowed(columns), borrowed(n_entries), borrowed(n_docs), borrowed(n)
    nodes = np.zeros(order, np.uint64)
    own = borrowed(nodes)
    node = np.uint64(first_node)
    has_columns, is_summed = len(columns) > 0, len(n) > 0
    for i in range(np.uint64(len(docs))):
        doc = np.uint64(docs[i])
        length = np.uint64(lengths[i])
        node = advance(own, node, np.uint64(shared[i]), length)
        for level in range(length):
            at = doc * np.uint64(order) + level
            current = own[level]
            if is_summed:
                n[current] += 1
            if last[at] != np.uint32(current):
                last[at] = current
                if is_summed:
                    n_docs[current] += 1
                if not has_columns or columns[current] >= 0:
                    n_entries[doc] += 1
    return node


@kernel
def put_ngrams(docs, shared, lengths, first_node, order, columns, more, state, indices, data):
    """Write the entries of all n-grams that have a column; parameters as for ``survey``.

    ``more`` is what one that occurs again adds to its entry. ``state`` i64[documents * (1 + 2 * order)] has where a
    document's next entry goes; then, by order, its last node, -1 at first, and where that one's entry is.
    """
    docs, shared, lengths, state = borrowed(docs), borrowed(shared), borrowed(lengths), borrowed(state)
    columns, indices, data = borrowed(columns), borrowed(indices), borrowed(data)
    nodes = np.zeros(order, np.uint64)
    own = borrowed(nodes)
    node = np.uint64(first_node)
    width = np.uint64(1 + 2 * order)
    has_columns = len(columns) > 0
    for i in range(np.uint64(len(docs))):
        place = np.uint64(docs[i]) * width
        length = np.uint64(lengths[i])
        node = advance(own, node, np.uint64(shared[i]), length)
        for level in range(length):
            current = own[level]
            column = np.int64(current)
            if has_columns:
                column = np.int64(columns[current])
                if column < 0:
                    continue
            at = place + ONE + level
            if state[at] != np.int64(current):
                entry = np.uint64(state[place])
                state[place] += 1
                state[at] = current
                state[at + np.uint64(order)] = entry
                indices[entry] = column
                data[entry] = 1
            else:
                data[np.uint64(state[at + np.uint64(order)])] += more


@kernel
def mark_needed(depths, is_kept, is_needed):
    """Which nodes, in their order, are kept or lead to one that is."""
    below = np.zeros(256, np.bool_)
    for i in range(len(depths) - 1, -1, -1):
        depth = depths[i]
        is_needed[i] = is_kept[i] or below[depth + 1]
        below[depth + 1] = False
        below[depth] |= is_needed[i]
