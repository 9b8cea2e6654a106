"""Tokens of documents to the rows and columns of a sparse matrix.

N-grams of all orders are the nodes of a trie. Windows that are sorted by all their tokens pass its nodes in the order
of their columns, shorter n-grams first. A step says how many tokens a window shares with the window before, and how
many it has; each token not shared makes a new node. Entries of a row are met in the order of their columns, too.
"""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import ONE
from fastslop._kernels.machine.intrinsics import borrowed
from fastslop._kernels.machine.jit import inlined, kernel

NO_NODE = np.uint32(0xFFFFFFFF)
"""Value where there is no node, and no token of a window that is cut short."""


@kernel
def count_words(tokens, ends, n_of_token, out, counts, out_ends):
    """Count the different tokens of each document.

    Parameters
    ----------
    tokens
        Tokens of all documents, u32.
    ends
        Where each document's tokens end, i64[documents].
    n_of_token
        u32[tokens of the lexicon], zero, and zero again at the end.
    out, counts
        Room for every token: the different tokens of each document u32, and how often each occurs u32.
    out_ends
        i64[documents], written: where each document's tokens end in ``out``.
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
    """Add the entries of tokens that have a column (``columns`` i64 by token) to ``n_docs`` and ``n``, i64[columns]."""
    for i in range(len(tokens)):
        column = columns[tokens[i]]
        if column >= 0:
            n_docs[column] += 1
            n[column] += counts[i]


@kernel
def count_kept(tokens, ends, columns, n_entries):
    """Count each document's tokens, up to ``ends`` i64, that have a column, into ``n_entries``."""
    begin = 0
    for d in range(len(ends)):
        n = 0
        for i in range(begin, ends[d]):
            n += columns[tokens[i]] >= 0
        n_entries[d] = n
        begin = ends[d]


@kernel
def put_words(tokens, counts, columns, n, indices, data):
    """Write the entries of tokens that have a column.

    Parameters
    ----------
    tokens, counts
        Different tokens of documents u32, and how often each occurs u32.
    columns
        The column of each token of the lexicon, i64, below 0 if it has none.
    n
        The entry to begin with, i64.
    indices, data
        The columns and the values of the entries, written.
    """
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
    """Write the steps of sorted windows, and the nodes that are new; return the number of nodes.

    Parameters
    ----------
    windows
        Sorted windows, u64.
    ends
        Where the windows of each group end, i64[groups].
    layout
        Five u64: tokens of a window, bits of a rank, bits of a document, bits of a first rank after those of the group,
        number of the first group.
    docs, shared, lengths
        Steps, written, one for each window: its document u32, the tokens it shares with the window before u8, its
        tokens u8.
    depths, ranks
        New nodes, written: the depth u8 (1 below the root), and the rank of the last token u32.
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
    """Write steps and nodes as ``steps_of_windows`` does, of windows that are rows of ranks.

    Parameters
    ----------
    rows
        Windows, u32[windows, order], ``NO_NODE`` where they are cut short.
    by_row
        Numbers of windows in their sorted order, i64[windows].
    shared, lengths, depths, ranks
        The same as for ``steps_of_windows``, written.
    """
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
    """Write the window that begins at each token that is not skipped as a row of codes; return the number of rows.

    Parameters
    ----------
    tokens
        Tokens of all documents, u32.
    ends
        Where each document's tokens end, i64[documents].
    first_doc
        Number of the first document.
    codes
        The code of each token of the lexicon, u32.
    skipped
        The code of tokens that are skipped.
    rows
        u32[tokens, order], written; ``NO_NODE`` behind a document's end.
    docs
        u32[tokens], written: the number of each row's document.
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
    """Number the nodes that are new at a step, from ``node`` on, in ``nodes`` by level; return the next number."""
    for level in range(shared, length):
        nodes[level] = node
        node += ONE
    return node


@kernel
def survey(docs, shared, lengths, first_node, order, columns, last, n_entries, n_docs, n):
    """Count the entries of each document's row, and of each node the documents and the occurrences.

    Parameters
    ----------
    docs, shared, lengths
        Steps, as ``steps_of_windows`` writes them.
    first_node
        The number of the first node that is new.
    order
        Tokens of a window.
    columns
        The column of each node, i32, below 0 if it has none; empty if every node has one.
    last
        u32[documents * order], ``NO_NODE`` at first and written over: each document's last node of each order.
    n_entries
        i64[documents], added to.
    n_docs, n
        i64[nodes] each, added to unless empty: documents and occurrences.
    """
    docs, shared, lengths, last = borrowed(docs), borrowed(shared), borrowed(lengths), borrowed(last)
    columns, n_entries, n_docs, n = borrowed(columns), borrowed(n_entries), borrowed(n_docs), borrowed(n)
    nodes = np.zeros(order, np.uint64)
    node = np.uint64(first_node)
    has_columns, is_summed = len(columns) > 0, len(n) > 0
    for i in range(np.uint64(len(docs))):
        doc = np.uint64(docs[i])
        length = np.uint64(lengths[i])
        node = advance(nodes, node, np.uint64(shared[i]), length)
        for level in range(length):
            at = doc * np.uint64(order) + level
            current = nodes[level]
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
    """Write the entries of all n-grams that have a column.

    Parameters
    ----------
    docs, shared, lengths, first_node, order, columns
        The same as for ``survey``.
    more
        Number that an n-gram that occurs again in a document adds to its entry: 1, or 0 if entries are binary.
    state
        i64[documents * (1 + 2 * order)], written: for each document the place of its next entry; its last node of each
        order, -1 at first; and the places of these nodes' entries.
    indices, data
        The columns and the values of the entries, written.
    """
    docs, shared, lengths, state = borrowed(docs), borrowed(shared), borrowed(lengths), borrowed(state)
    columns, indices, data = borrowed(columns), borrowed(indices), borrowed(data)
    nodes = np.zeros(order, np.uint64)
    node = np.uint64(first_node)
    width = np.uint64(1 + 2 * order)
    has_columns = len(columns) > 0
    for i in range(np.uint64(len(docs))):
        place = np.uint64(docs[i]) * width
        length = np.uint64(lengths[i])
        node = advance(nodes, node, np.uint64(shared[i]), length)
        for level in range(length):
            current = nodes[level]
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
    """Set ``is_needed[i]`` if node i is kept or leads to a node that is; ``depths`` u8 are in the nodes' order."""
    below = np.zeros(256, np.bool_)
    for i in range(len(depths) - 1, -1, -1):
        depth = depths[i]
        is_needed[i] = is_kept[i] or below[depth + 1]
        below[depth + 1] = False
        below[depth] |= is_needed[i]
