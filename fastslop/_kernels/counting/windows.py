"""Tokens to windows, and windows scattered into groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import IS_BREAK, ONE
from fastslop._kernels.machine.intrinsics import borrowed, line_phase, short_at, store_line
from fastslop._kernels.machine.jit import inlined, kernel

WANTED, BETWEEN, SKIPPED = np.uint32(0x80000000), np.uint32(0x7FFFFFFF), np.uint32(0xFFFFFFFF)
"""The bit of the code of a token whose kind is counted; the codes of tokens that end windows, and that are passed over.
Other codes are ranks."""
MAX_WINDOW = 3
"""Most tokens of a window: longer n-grams seldom fit a record with their document."""

LONG = np.uint16(0xFFFF)
"""Number u16 that stands before a long token: tokens wait as numbers u16, and a token that is this or more has two more
numbers behind it, its lower half and its upper half."""
SOME_TOKENS = 32
"""Tokens examined together: among more, one is long too often."""
LINE = np.uint64(8)
"""Records of a cache line."""


class WindowScratch(NamedTuple):
    """Room for scattering windows: for the longest document, and a line of records for each group."""

    window: NDArray[np.uint32]  # [tokens + 2]: codes of a document's tokens
    records: NDArray[np.uint64]  # [tokens]: records of a document's windows that are wanted
    groups: NDArray[np.uint32]  # [tokens]: group of each record
    lines: NDArray[np.uint64]  # [groups, LINE], flat
    places: NDArray[np.uint64]  # [groups]: where each one's next record goes
    begins: NDArray[np.uint64]  # [groups]: where each one's first record of this call went


def window_scratch(n_tokens: int, n_groups: int) -> WindowScratch:
    """Room for the windows of documents of ``n_tokens`` tokens at most, scattered into ``n_groups`` groups."""
    window, groups = np.empty(n_tokens + 2, np.uint32), np.empty(n_tokens, np.uint32)
    lines = np.empty(n_groups * int(LINE), np.uint64)
    places, begins = np.empty((2, n_groups), np.uint64)
    return WindowScratch(window, np.empty(n_tokens, np.uint64), groups, lines, places, begins)


class TokenRuns(NamedTuple):
    """Where the tokens of documents lie; each column by document."""

    addresses: NDArray[np.uint64]  # of the first number u16
    n: NDArray[np.int64]  # numbers u16
    docs: NDArray[np.uint32]  # the document's number
    bases: NDArray[np.int64]  # number of the first token of the document's tokeniser, among the tokens of all


@inlined
def put_token(token, out, n):
    """Write a token u32 as numbers u16 from ``n`` on; return the position behind them."""
    if token < LONG:
        out[n] = token
        return n + ONE
    out[n] = LONG
    out[n + ONE] = token & np.uint32(0xFFFF)
    out[n + np.uint64(2)] = token >> np.uint32(16)
    return n + np.uint64(3)


@kernel
def shorten(tokens, doc_ends, out, out_ends):
    """Write the tokens u32 of documents, up to ``doc_ends`` i64, as numbers u16 into ``out``, up to ``out_ends`` i64.

    ``out`` has room for a number of each token, and for two more of each that is ``LONG`` or more. Tokens are numbered
    as they are first met, so that nearly all are small: numbers u16 take half the memory, and half the disk. Tokens
    are examined ``SOME_TOKENS`` at a time, and copied by vector instructions if none is long.
    """
    n = np.uint64(0)
    t = np.uint64(0)
    for d in range(len(doc_ends)):
        end = np.uint64(doc_ends[d])
        while t < end:
            length = min(end - t, np.uint64(SOME_TOKENS))
            largest = np.uint32(0)
            for i in range(length):
                largest = max(largest, tokens[t + i])
            if largest < LONG:
                for i in range(length):
                    out[n + i] = tokens[t + i]
                n += length
            else:
                for i in range(length):
                    n = put_token(tokens[t + i], out, n)
            t += length
        out_ends[d] = n


@inlined
def token_at(address, i):
    """The token whose first number is the ``i``-th from an address on, both u64; and the place of the next token."""
    token = np.uint32(short_at(address, i))
    if token < LONG:
        return token, i + ONE
    upper = np.uint32(short_at(address, i + np.uint64(2)))
    return np.uint32(short_at(address, i + ONE)) | upper << np.uint32(16), i + np.uint64(3)


@kernel
def count_tokens(runs, counts):
    """Add the occurrences of each token of each tokeniser in ``runs``, a `TokenRuns`, to ``counts`` i64."""
    addresses, n_numbers, docs, bases = runs
    counts = borrowed(counts)
    for d in range(len(docs)):
        base = np.uint64(bases[d])
        t = np.uint64(0)
        while t < np.uint64(n_numbers[d]):
            token, t = token_at(addresses[d], t)
            counts[base + token] += 1


@inlined
def codes_of(address, n_numbers, base, codes, window):
    """Write the codes of a document's tokens that are not skipped into ``window``; return their number.

    Two codes ``BETWEEN`` behind them end every window.
    """
    t = np.uint64(0)
    n = np.uint64(0)
    while t < n_numbers:
        token, t = token_at(address, t)
        code = codes[base + token]
        window[n] = code
        n += np.uint64(code != SKIPPED)
    window[n] = window[n + ONE] = BETWEEN
    return n


@inlined
def records_of_windows(window, n, doc, layout, records, groups):
    """Write the record and the group of each wanted window that begins at one of ``n`` codes; return their number.

    There is no branch: all windows are written, by vector instructions, and then the wanted ones are moved together.
    """
    order, bits, doc_bits, shift, first_group, end_group = layout
    rest_bits = (order - ONE) * bits
    dropped = (np.uint64(MAX_WINDOW) - order) * bits
    rank_mask = (ONE << bits) - ONE
    low_mask = (ONE << shift) - ONE
    n_groups = end_group - first_group
    for i in range(n):
        first = window[i]
        second = window[i + ONE]
        following = rank_mask if second == BETWEEN else np.uint64(window[i + np.uint64(2)]) & rank_mask
        rest = ((np.uint64(second) & rank_mask) << bits | following) >> dropped
        records[i] = ((np.uint64(first) & low_mask) << rest_bits | rest) << doc_bits | doc
        group = ((np.uint64(first) & rank_mask) >> shift) - first_group  # beyond the last for groups before the first
        is_wanted = ((first | second) & WANTED != 0) & (first != BETWEEN) & (group < n_groups)
        groups[i] = group if is_wanted else n_groups
    n_wanted = np.uint64(0)
    for i in range(n):
        group = groups[i]
        records[n_wanted] = records[i]
        groups[n_wanted] = group
        n_wanted += np.uint64(group < n_groups)
    return n_wanted


@inlined
def put_line(records, at, lines, line, begin):
    """Move a full line, whose last record belongs at ``at``, to ``records``; nothing before ``begin`` is written."""
    first = at - (LINE - ONE)
    if first >= begin and first <= at:
        store_line(records, first, lines, line)
    else:
        for place in range(begin, at + ONE):
            records[place] = lines[line + LINE - ONE - (at - place)]


@inlined
def scatter_records(n, groups, records, scratch, phase, out):
    """Put ``n`` records into the lines of their groups, and full lines into ``out``, where they belong."""
    lines, places, begins = scratch.lines, scratch.places, scratch.begins
    for i in range(n):
        group = np.uint64(groups[i])
        at = places[group]
        places[group] = at + ONE
        slot = (at + phase) & (LINE - ONE)
        lines[group * LINE + slot] = records[i]
        if slot == LINE - ONE:
            put_line(out, at, lines, group * LINE, begins[group])


@inlined
def put_rest(n_groups, scratch, phase, out):
    """Put the records of lines that are not full into ``out``, where they belong."""
    lines, places, begins = scratch.lines, scratch.places, scratch.begins
    for group in range(n_groups):
        end = places[group]
        in_line = min((end + phase) & (LINE - ONE), end - begins[group])
        for at in range(end - in_line, end):
            out[at] = lines[group * LINE + ((at + phase) & (LINE - ONE))]


@kernel
def scatter_windows(runs, codes, layout, scratch, places, records):
    """Write the window that begins at each token as a record, by groups.

    A record has the token's rank without the bits that name the group, the ranks of the tokens that follow, all ones
    where the window is cut short, and the document. Windows are left out if neither of their first two tokens is of a
    kind that is counted.

    Records go to a line of their group first, and to memory a line at a time, past the cache (software write
    combining): written one by one, each to another of thousands of pages, they took 13 to 16 ns a token instead of 10.

    Parameters
    ----------
    runs
        `TokenRuns`.
    codes
        The code of each token of each tokeniser, u32: its rank, with ``WANTED`` set if its kind is counted; or
        ``BETWEEN``, or ``SKIPPED``.
    layout
        Six u64: tokens of a window, bits of a rank, bits of a document, bits of a first rank after those of the group,
        and the groups that are wanted, from and to.
    scratch
        A `WindowScratch` for the longest document and the groups wanted.
    places
        i64[groups wanted], written: the place of each group's next record.
    records
        u64, written; if empty, records are only counted, by ``places``.
    """
    addresses, n_numbers, docs, bases = runs
    window, of_document, groups, lines, line_places, begins = scratch
    codes, window, places, records = borrowed(codes), borrowed(window), borrowed(places), borrowed(records)
    of_document, groups = borrowed(of_document), borrowed(groups)
    scratch = WindowScratch(window, of_document, groups, borrowed(lines), borrowed(line_places), borrowed(begins))
    n_groups = layout[5] - layout[4]
    phase = line_phase(records)
    for group in range(n_groups):
        scratch.places[group] = scratch.begins[group] = places[group]
    for d in range(len(docs)):
        n = codes_of(addresses[d], np.uint64(n_numbers[d]), np.uint64(bases[d]), codes, window)
        n = records_of_windows(window, n, np.uint64(docs[d]), layout, of_document, groups)
        if len(records) > 0:
            scatter_records(n, groups, of_document, scratch, phase, records)
        else:
            for i in range(n):
                scratch.places[groups[i]] += ONE
    if len(records) > 0:
        put_rest(n_groups, scratch, phase, records)
    for group in range(n_groups):
        places[group] = scratch.places[group]


@kernel
def window_ngrams(runs, ranks, flags, order, keep, drop, out, out_docs):
    """Write n-grams of the tokens that have a flag of ``keep`` and none of ``drop``, as ranks; return their number.

    This is for n-grams too long for a window. Other tokens are skipped, breaks end every n-gram.

    Parameters
    ----------
    runs
        `TokenRuns`.
    ranks, flags
        Rank u32 and flags u8 of each token of each tokeniser.
    order
        Tokens of an n-gram.
    keep, drop
        Flags.
    out
        u32[n-grams, order], written.
    out_docs
        u32[n-grams], written: the number of each n-gram's document.
    """
    addresses, n_numbers, docs, bases = runs
    window = np.zeros(order, np.uint32)
    n = 0
    for d in range(len(docs)):
        base = np.uint64(bases[d])
        filled = 0
        t = np.uint64(0)
        while t < np.uint64(n_numbers[d]):
            token, t = token_at(addresses[d], t)
            flag = flags[base + token]
            if flag & keep and not flag & drop:
                window[:-1] = window[1:]
                window[order - 1] = ranks[base + token]
                filled += 1
                if filled >= order:
                    out[n] = window
                    out_docs[n] = docs[d]
                    n += 1
            if flag & IS_BREAK:
                filled = 0
    return n
