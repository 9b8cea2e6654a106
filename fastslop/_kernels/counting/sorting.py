"""Windows to sorted records, by radix sort."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import ONE
from fastslop._kernels.machine.intrinsics import borrowed
from fastslop._kernels.machine.jit import inlined, kernel

DIGIT_BITS, LEAST_DIGIT_BITS = np.uint64(12), np.uint64(6)
"""Most and fewest bits by which records are sorted at a time: 4096 counters fit the first cache beside the records."""
SHORT_RUN = np.uint64(16)
"""Most records that are sorted by inserting one after the other."""


@inlined
def n_digits(n_records, bits):
    """Number of digits to sort by: a digit has at most ``DIGIT_BITS`` of the ``bits``, for few records fewer."""
    most = LEAST_DIGIT_BITS
    while most < DIGIT_BITS and ONE << most < n_records:
        most += ONE
    return (bits + most - ONE) // most


@inlined
def sort_by_digit(records, into, begin, end, low, bits, counts):
    """Sort ``records[begin:end]`` into ``into[begin:end]`` by ``bits`` bits from ``low`` on, equal ones in order.

    ``counts`` u32[2**bits] gets where the records of each digit end, counted from ``begin``.
    """
    mask = (ONE << bits) - ONE
    for digit in range(mask + ONE):
        counts[digit] = 0
    for i in range(begin, end):
        counts[(records[i] >> low) & mask] += np.uint32(1)
    at = np.uint32(0)
    for digit in range(mask + ONE):
        n = counts[digit]
        counts[digit] = at
        at += n
    for i in range(begin, end):
        record = records[i]
        digit = (record >> low) & mask
        place = counts[digit]
        counts[digit] = place + np.uint32(1)
        into[begin + np.uint64(place)] = record


@inlined
def sort_by_bits(records, other, begin, end, low, bits, digits, counts):
    """Sort ``records[begin:end]`` by ``bits`` bits from ``low`` on, digit by digit, the lowest first (LSD radix sort).

    Records of the same bits stay in order. They end up in ``records`` after an even number of digits, else in
    ``other``. 1.6 to 2.3 ns a record and digit where both are in the second cache; NumPy's sort takes 13 ns a record
    with AVX2, and 3.3 with AVX-512.
    """
    for i in range(digits):
        lowest = bits * i // digits
        width = bits * (i + ONE) // digits - lowest
        if i & ONE == 0:
            sort_by_digit(records, other, begin, end, low + lowest, width, counts)
        else:
            sort_by_digit(other, records, begin, end, low + lowest, width, counts)


@kernel
def sort_windows(windows, ends, low, bits, spare, counts):
    """Sort the windows u64 of each group by ``bits`` u64 bits from ``low`` u64 on, equal ones in order.

    Returns whether the sorted windows are in ``spare``, and not in ``windows``.

    Parameters
    ----------
    windows
        Windows u64, written over.
    ends
        Where each group's windows end, i64[groups].
    low, bits
        The lowest bit to sort by, and the number of bits, u64.
    spare
        Room for all windows, u64.
    counts
        Room u32[4096].
    """
    windows, spare, counts = borrowed(windows), borrowed(spare), borrowed(counts)
    largest = np.uint64(0)
    begin = np.uint64(0)
    for g in range(len(ends)):
        largest = max(largest, np.uint64(ends[g]) - begin)
        begin = np.uint64(ends[g])
    is_odd = n_digits(largest, bits) & ONE
    begin = np.uint64(0)
    for g in range(len(ends)):
        end = np.uint64(ends[g])
        digits = n_digits(end - begin, bits)
        digits += (digits ^ is_odd) & ONE  # all groups have to end in the same place
        sort_by_bits(windows, spare, begin, end, low, bits, digits, counts)
        begin = end
    return is_odd == ONE


@kernel
def records_of_order(windows, ends, order, layout, is_single, out, spare, counts, out_ends):
    """Write the windows' first ``order`` tokens as records, each group's sorted; return the number of records.

    This is for order 1, or for windows of at most two tokens; longer windows are sorted by ``sort_windows`` first.
    Windows that are cut short before ``order`` tokens are left out.

    Parameters
    ----------
    windows
        Windows u64, those of each group sorted by documents.
    ends
        Where each group's windows end, i64[groups].
    order
        Tokens of a record, u64.
    layout
        Five u64, as in ``RecordLayout``, but the first is the number of tokens of a window.
    is_single
        Whether the token of each rank is counted by itself, bool.
    out, spare
        Room for all records, u64; the records are written into ``out``.
    counts
        Room u32[4096].
    out_ends
        i64[groups], written: where each group's records end.
    """
    windows, is_single, counts = borrowed(windows), borrowed(is_single), borrowed(counts)
    out, spare = borrowed(out), borrowed(spare)
    longest, bits, doc_bits, shift, group = layout
    dropped = (longest - order) * bits + doc_bits
    key_bits = shift + (order - ONE) * bits
    rank_mask = (ONE << bits) - ONE
    doc_mask = (ONE << doc_bits) - ONE
    n = np.uint64(0)
    at = np.uint64(0)
    for g in range(len(ends)):
        base = (group + np.uint64(g)) << shift
        begin = n
        end = np.uint64(ends[g])
        digits = n_digits(end - at, key_bits)
        ends_in_out = digits & ONE == 0
        to = out if ends_in_out else spare
        while at < end:
            record = windows[at]
            at += ONE
            key = record >> dropped
            to[n] = (key << doc_bits) | (record & doc_mask)
            n += np.uint64(is_single[base | key] if order == ONE else key & rank_mask != rank_mask)
        if ends_in_out:
            sort_by_bits(out, spare, begin, n, doc_bits, key_bits, digits, counts)
        else:
            sort_by_bits(spare, out, begin, n, doc_bits, key_bits, digits, counts)
        out_ends[g] = n
    return n


@kernel
def records_of_heads(windows, ends, layout, out, out_ends):
    """Write sorted windows without their last token as records; return the number of records.

    ``windows`` u64 are sorted within each group by all tokens but the last, and by documents; those cut short before
    the last token are left out. ``ends``, ``layout``, ``out`` and ``out_ends`` are as for ``records_of_order``.
    """
    windows, out = borrowed(windows), borrowed(out)
    _, bits, doc_bits, _, _ = layout
    rank_mask, doc_mask = (ONE << bits) - ONE, (ONE << doc_bits) - ONE
    n = np.uint64(0)
    at = np.uint64(0)
    for g in range(len(ends)):
        end = np.uint64(ends[g])
        for i in range(at, end):
            head = windows[i] >> (bits + doc_bits)
            out[n] = head << doc_bits | windows[i] & doc_mask
            n += np.uint64(head & rank_mask != rank_mask)
        at = end
        out_ends[g] = n
    return n


@inlined
def insert(record, out, begin, end):
    """Insert a record among ``out[begin:end]``, which are sorted."""
    at = end
    while at > begin and out[at - ONE] > record:
        out[at] = out[at - ONE]
        at -= ONE
    out[at] = record


@kernel
def sort_by_tail(windows, ends, layout, out, spare, counts, out_ends):
    """Write windows that are sorted by all tokens but the last as sorted records; return the number of records.

    Windows cut short are left out: they come last in their run, since their last rank is all ones, and the next run is
    written over them. Runs of the same head are mostly short: this takes two thirds of the time that sorting by all
    tokens at once took. Parameters are as for ``records_of_order``.
    """
    windows, counts = borrowed(windows), borrowed(counts)
    out, spare = borrowed(out), borrowed(spare)
    _, bits, doc_bits, _, _ = layout
    rank_mask = (ONE << bits) - ONE
    n = np.uint64(0)
    at = np.uint64(0)
    for g in range(len(ends)):
        end = np.uint64(ends[g])
        while at < end:
            begin, first = at, n
            while at < end and windows[at] >> (bits + doc_bits) == windows[begin] >> (bits + doc_bits):
                at += ONE
            digits = n_digits(at - begin, bits)
            is_short = at - begin <= SHORT_RUN
            to = out if is_short or digits & ONE == 0 else spare
            for i in range(begin, at):
                if is_short:
                    insert(windows[i], out, first, n)
                else:
                    to[n] = windows[i]
                n += np.uint64(windows[i] >> doc_bits & rank_mask != rank_mask)
            if not is_short:
                other = spare if digits & ONE == 0 else out
                sort_by_bits(to, other, first, n, doc_bits, bits, digits, counts)
        out_ends[g] = n
    return n


@kernel
def split(windows, into, low, bits, ends):
    """Sort windows into ``into`` by ``bits`` bits from ``low`` on, equal ones in order.

    ``ends`` u32[2**bits] gets where the windows of each value of these bits end.
    """
    windows, into, ends = borrowed(windows), borrowed(into), borrowed(ends)
    sort_by_digit(windows, into, np.uint64(0), np.uint64(len(windows)), low, bits, ends)


@kernel
def split_in_place(windows, low, bits, ends):
    """Sort windows in place by ``bits`` bits from ``low`` on, equal ones in no order; ``ends`` as for ``split``.

    Each window is put where it belongs in exchange for the one that lies there (American flag sort: McIlroy, Bostic and
    McIlroy 1993, Engineering radix sort).
    """
    windows, ends = borrowed(windows), borrowed(ends)
    mask = (ONE << bits) - ONE
    ends.fill(0)
    for i in range(np.uint64(len(windows))):
        ends[(windows[i] >> low) & mask] += 1
    places = np.empty(len(ends), np.int64)
    total = 0
    for digit in range(len(ends)):
        places[digit] = total
        total += ends[digit]
        ends[digit] = total
    for digit in range(len(ends)):
        while places[digit] < ends[digit]:
            window = windows[places[digit]]
            other = np.int64((window >> low) & mask)
            while other != digit:
                place = places[other]
                places[other] = place + 1
                window, windows[place] = windows[place], window
                other = np.int64((window >> low) & mask)
            windows[places[digit]] = window
            places[digit] += 1
