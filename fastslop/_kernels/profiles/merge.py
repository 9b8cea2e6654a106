"""Merging: sorted rows of several profiles to sums of equal rows."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import BLOCK_FLAG, N_BLOCKS, ONE
from fastslop._kernels.machine.jit import inlined, kernel
from fastslop._kernels.profiles.blocks import add_to_blocks, put_blocks
from fastslop._kernels.profiles.varints import bits_of


@kernel
def end_batch(held, at, ends, step, upto):
    """Find the end of the rows of every run that can be merged now, and return the number of these rows.

    Each active run offers its ``step``-th row, or its last if it has fewer. The smallest offer is the batch's last key,
    so that no row up to it can still be to come.

    Parameters
    ----------
    held
        Decoded rows of all runs, as ``NgramRows``.
    at, ends
        The decoded rows of run r are ``at[r]:ends[r]`` of ``held``, i64[runs].
    step
        Rows of each run from which the last key is chosen.
    upto
        i64[runs], written: the batch has the rows ``at[r]:upto[r]``.
    """
    order = held.ids.shape[1]
    last = -1
    for r in range(len(at)):
        if at[r] < ends[r]:
            row = min(at[r] + step, ends[r]) - 1
            if last < 0 or compare_ids(held.ids, row, last, order) < 0:
                last = row
    n_rows = 0
    for r in range(len(at)):
        begin = at[r]
        end = ends[r]
        while begin < end:
            middle = (begin + end) >> 1
            if compare_ids(held.ids, middle, last, order) > 0:
                end = middle
            else:
                begin = middle + 1
        upto[r] = begin
        n_rows += begin - at[r]
    return n_rows


@inlined
def compare_ids(ids, i, j, order):
    """Compare two rows: -1, 0 or 1 if row i comes before, equals or comes behind row j."""
    for k in range(order):
        if ids[i, k] != ids[j, k]:
            return -1 if ids[i, k] < ids[j, k] else 1
    return 0


@kernel
def batch_keys(held, at, upto, bits, rows, out):
    """Write the numbers of the batch's rows into ``rows`` i64, and a key of each into ``out`` u64.

    A key has the row's ids, the first less the smallest first id of the batch and the others in ``bits`` bits each, and
    in its low bits the place in ``rows``. Returns whether that fits 64 bits; if not, ``out`` is of no use.

    Parameters
    ----------
    held
        Decoded rows of all runs, as ``NgramRows``.
    at, upto
        The batch has the rows ``at[r]:upto[r]`` of run r, i64[runs].
    bits
        Bits of an id.
    rows, out
        Written: the number in ``held`` i64, and the key u64, of each row of the batch.
    """
    order = held.ids.shape[1]
    low = np.uint32(0xFFFFFFFF)
    high = np.uint32(0)
    n = 0
    for r in range(len(at)):
        if at[r] < upto[r]:
            low = min(low, held.ids[at[r], 0])
            high = max(high, held.ids[upto[r] - 1, 0])
        for row in range(at[r], upto[r]):
            rows[n] = row
            n += 1
    place_bits = bits_of(n)
    if bits_of(np.int64(high - low) + 1) + (order - 1) * bits + place_bits > 64:
        return False
    for i in range(n):
        key = np.uint64(held.ids[rows[i], 0] - low)
        for k in range(1, order):
            key = (key << np.uint64(bits)) | np.uint64(held.ids[rows[i], k])
        out[i] = (key << np.uint64(place_bits)) | np.uint64(i)
    return True


@inlined
def copy_units(units, unit_n, begin, n, out, out_n, at):
    """Copy ``n`` units from ``begin`` on to ``at``; return their end there."""
    for u in range(n):
        out[at + u] = units[begin + u]
        out_n[at + u] = unit_n[begin + u]
    return at + n


@inlined
def merge_units(units, unit_n, u, n, others, other_n, v, v_end, at):
    """Merge ``n`` units from ``u`` on with the others ``v:v_end`` into ``units`` from ``at`` on; the new number."""
    u_end = u + n
    begin = at
    while u < u_end and v < v_end:
        x = units[u]
        y = others[v]
        units[at] = min(x, y)
        unit_n[at] = (unit_n[u] if x <= y else 0) + (other_n[v] if y <= x else 0)
        u += x <= y
        v += y <= x
        at += 1
    at = copy_units(units, unit_n, u, u_end - u, units, unit_n, at)
    at = copy_units(others, other_n, v, v_end - v, units, unit_n, at)
    return at - begin


@inlined
def put_sum(held, begins, equal, mask, rows, prompt_blocks, cap, scratch, block_n, out, at):
    """Write the summed units of equal rows, whose keys are ``equal``, to ``out`` from ``at`` on; the new end."""
    held_units, held_n = held.units, held.unit_n
    units, unit_n = scratch
    half = len(units) // 2
    first = rows[equal[0] & mask]
    begin = begins[first]
    n_units = held.ends[first] - begin
    now = 0
    in_blocks = n_units > cap or (n_units > 0 and held_units[begin] & BLOCK_FLAG != 0)
    if in_blocks:
        block_n.fill(0)
        add_to_blocks(held_units, held_n, begin, begin + n_units, prompt_blocks, block_n)
    else:
        copy_units(held_units, held_n, begin, n_units, units, unit_n, 0)
    for i in range(1, len(equal)):
        other = rows[equal[i] & mask]
        v, v_end = begins[other], held.ends[other]
        if not in_blocks and held_units[v] & BLOCK_FLAG != 0:
            in_blocks = True
            block_n.fill(0)
            add_to_blocks(units, unit_n, now, now + n_units, prompt_blocks, block_n)
        if in_blocks:
            add_to_blocks(held_units, held_n, v, v_end, prompt_blocks, block_n)
            continue
        if units[now + n_units - 1] < held_units[v]:  # prompts of one run often stand behind all of another's
            n_units = copy_units(held_units, held_n, v, v_end - v, units, unit_n, now + n_units) - now
        else:
            n_units = merge_units(units, unit_n, now, n_units, held_units, held_n, v, v_end, half - now)
            now = half - now
        if n_units > cap:
            in_blocks = True
            block_n.fill(0)
            add_to_blocks(units, unit_n, now, now + n_units, prompt_blocks, block_n)
    if in_blocks:
        return put_blocks(block_n, out.units, out.unit_n, at)
    return copy_units(units, unit_n, now, n_units, out.units, out.unit_n, at)


@kernel
def sum_rows(held, begins, rows, keys, prompt_blocks, cap, scratch, out, row, at):
    """Sum the equal rows of a batch; return how many rows and units ``out`` has then.

    Parameters
    ----------
    held
        Decoded rows of all runs, as ``NgramRows``.
    begins
        Where each of these rows' units begin, i64.
    rows
        Numbers of the batch's rows, i64.
    keys
        Sorted keys of the batch's rows, u64, as ``batch_keys`` makes them: keys of equal rows differ only in their low
        bits, the place in ``rows``.
    prompt_blocks
        The block of each prompt, u32[prompts].
    cap
        Most prompts of a row: a row of more keeps blocks instead.
    scratch
        Room for the units of two rows, twice: units u32 and unit_n i64.
    out
        The sums, as ``NgramRows``, written.
    row, at
        The row and the unit of ``out`` to begin with.
    """
    order = held.ids.shape[1]
    place_bits = np.uint64(bits_of(len(keys)))
    mask = (ONE << place_bits) - ONE
    block_n = np.zeros(N_BLOCKS, np.int64)
    begin = 0
    while begin < len(keys):
        first = rows[keys[begin] & mask]
        for k in range(order):
            out.ids[row, k] = held.ids[first, k]
        n, n_docs = held.n[first], held.n_docs[first]
        end = begin + 1
        while end < len(keys) and keys[end] >> place_bits == keys[begin] >> place_bits:
            other = rows[keys[end] & mask]
            n += held.n[other]
            n_docs += held.n_docs[other]
            end += 1
        n_units = held.ends[first] - begins[first]
        if end == begin + 1 and n_units <= cap:  # most rows are in one run alone
            at = copy_units(held.units, held.unit_n, begins[first], n_units, out.units, out.unit_n, at)
        else:
            at = put_sum(held, begins, keys[begin:end], mask, rows, prompt_blocks, cap, scratch, block_n, out, at)
        out.n[row] = n
        out.n_docs[row] = n_docs
        out.ends[row] = at
        row += 1
        begin = end
    return row, at
