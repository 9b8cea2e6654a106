"""Rows of a scaled profile, told from the others before they are written."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import ALL, ONE
from fastslop._kernels.machine.intrinsics import borrowed
from fastslop._kernels.machine.jit import inlined, kernel
from fastslop._kernels.profiles.packed_rows import share_hash, with_token


@inlined
def head_hash(head, base, order, bits, token_keys):
    """The hash of all tokens of a row but the last; ``head`` u64 has their ranks, the first without ``base``."""
    mask = (ONE << bits) - ONE
    h = np.uint64(0)
    for k in range(ONE, order):
        rank = head >> (order - ONE - k) * bits
        rank = base | rank if k == ONE else rank & mask
        h = with_token(h, token_keys[rank])
    return h


@kernel
def drop_rows_outside(records, ends, layout, token_keys, most):
    """Drop the rows whose ``share_hash`` is beyond ``most`` u64; return how many records are left.

    The hash of a row's head is kept for the rows behind it, which mostly have the same.

    Parameters
    ----------
    records
        Records u64 of two tokens or more, sorted within each group; they move up in place.
    ends
        Where each group's records end, i64[groups], written over.
    layout
        Five u64 as in `RecordLayout`.
    token_keys
        The key u64 of each rank.
    most
        The largest hash of rows that are kept.
    """
    records, token_keys = borrowed(records), borrowed(token_keys)
    order, bits, doc_bits, shift, group = layout
    mask = (ONE << bits) - ONE
    at = first = np.uint64(0)
    for g in range(len(ends)):
        base = (group + np.uint64(g)) << shift
        stop = np.uint64(ends[g])
        head, of_head = ALL, np.uint64(0)
        while first < stop:
            row = records[first] >> doc_bits
            if row >> bits != head:
                head = row >> bits
                of_head = head_hash(head, base, order, bits, token_keys)
            is_kept = share_hash(with_token(of_head, token_keys[row & mask])) <= most
            while first < stop and records[first] >> doc_bits == row:
                if is_kept:
                    records[at] = records[first]
                    at += ONE
                first += ONE
        ends[g] = at
    return np.int64(at)
