"""Rows to the streams of bytes that docs/reference/profile.md describes, and back.

Parameters of the helpers have the names of the fields of ``NgramRows``, and of the streams in the kernels
``encode_rows`` and ``decode_rows``; ``at`` and the like are places u64 in a stream, ``bits`` u64 the bits of a prompt,
``held`` u64 the bits already in the byte at such a place: see the helper ``put_bits``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import BLOCK_FLAG, MIX, ONE, ZERO
from fastslop._kernels.machine.jit import inlined, kernel
from fastslop._kernels.profiles.varints import (
    bits_of,
    get_bits,
    get_pair,
    get_varint,
    n_bytes,
    put_bits,
    put_pair,
    put_varint,
)

SHAPE_BIT, MAX_SHAPE = np.uint8(5), np.uint64(7)
"""The lowest bit of a row's shape in its head, and the largest shape. The shape is the number of prompts in which a row
was seen, if once in each of so few; else 0."""


class NgramRows(NamedTuple):
    """Rows of counts, sorted by their ids, and the prompts of each row."""

    ids: NDArray[np.uint32]  # [rows, order]: ranks in a vocabulary
    n: NDArray[np.int64]  # [rows]: occurrences
    n_docs: NDArray[np.int64]  # [rows]: documents
    ends: NDArray[np.int64]  # [rows]: where each one's units end
    units: NDArray[np.uint32]  # [units]: prompts, or blocks of prompts with BLOCK_FLAG set
    unit_n: NDArray[np.int64]  # [units]: occurrences in each


class RowFilter(NamedTuple):
    """Rows that are read: those of ``least`` units, and, if there are ``bits`` u64, whose hash has its bit set there.

    ``token_keys`` u64 are the keys of the tokens. A power of two of ``bits``; some rows pass by chance.
    """

    least: int
    token_keys: NDArray[np.uint64]
    bits: NDArray[np.uint64]


@inlined
def put_ids(ids, row, previous, codes, firsts, names, at_first, at_name):
    """Write the ids of a row behind row ``previous`` (-1: none); return the head without shape, and both new places."""
    shared = 0
    before = np.uint64(0)
    if previous >= 0:
        while ids[row, shared] == ids[previous, shared]:
            shared += 1
        before = np.uint64(ids[previous, shared]) + ONE
    step = np.uint64(ids[row, shared]) - before
    code = np.uint64(codes[ids[row, shared]])
    at_first = put_varint(firsts, at_first, min(code, step))
    for k in range(shared + 1, ids.shape[1]):
        at_name = put_varint(names, at_name, np.uint64(codes[ids[row, k]]))
    return shared << 1 | np.int64(code < step), at_first, at_name


@inlined
def put_units(spread, at, units, unit_n, begin, end, n, n_docs):
    """Write a row's units and the uses in each, at ``at`` of stream ``spread``; return the position behind them."""
    in_blocks = np.uint64(units[begin] & BLOCK_FLAG != 0)
    at = put_pair(spread, at, np.uint64(end - begin) << ONE | in_blocks, np.uint64(n - n_docs))
    expected = np.uint64(0)
    for u in range(begin, end):
        this = np.uint64(units[u] & ~BLOCK_FLAG)
        at = put_pair(spread, at, this - expected, np.uint64(unit_n[u]) - ONE)
        expected = this + ONE
    return at


@inlined
def shape_of(units, begin, end, n):
    """Number of prompts in which a row was seen, if once in each of at most ``MAX_SHAPE``; else 0."""
    is_told = n == end - begin and np.uint64(n) <= MAX_SHAPE and units[begin] & BLOCK_FLAG == 0
    return np.int64(n) if is_told else 0


@inlined
def put_prompts(out, at, held, units, begin, end, bits):
    """Write prompts ``units[begin:end]``, of ``bits`` u64 bits each, return the place behind, and ``held``."""
    for u in range(begin, end):
        at, held = put_bits(out, at, held, np.uint64(units[u]), bits)
    return at, held


@kernel
def encode_rows(grams, first, last, codes, n_prompts, streams):
    """Write rows ``first:last`` as six streams of bytes; return the length of each. docs/reference/profile.md has the
    layout.

    A row's head says how many ids the row shares with the row before, whether its next id is a step from there or a
    code, and its shape. Further ids are codes. The prompts are in the last three streams: those of rows that were seen
    once, those of rows seen once in each of a few prompts, and those of other rows.

    Parameters
    ----------
    grams
        `NgramRows`.
    first, last
        The rows to write.
    codes
        The code of each id, u32: smaller, the more often an id has to be named.
    n_prompts
        Prompts of the profile.
    streams
        Six arrays u8, written: heads, first ids, further ids, and three of prompts; ``profiles.packed.stream_sizes``
        says how much room they need.
    """
    heads, firsts, names, once, few, spread = streams
    bits = np.uint64(bits_of(n_prompts))
    at_first = at_name = at_once = at_few = at = np.uint64(0)
    once_held = few_held = np.uint64(0)
    for row in range(first, last):
        previous = row - 1 if row > first else -1
        head, at_first, at_name = put_ids(grams.ids, row, previous, codes, firsts, names, at_first, at_name)
        begin = grams.ends[row - 1] if row > 0 else 0
        end = grams.ends[row]
        shape = shape_of(grams.units, begin, end, grams.n[row])
        heads[row - first] = shape << SHAPE_BIT | head
        if shape == 1:
            at_once, once_held = put_prompts(once, at_once, once_held, grams.units, begin, end, bits)
        elif shape:
            at_few, few_held = put_prompts(few, at_few, few_held, grams.units, begin, end, bits)
        else:
            at = put_units(spread, at, grams.units, grams.unit_n, begin, end, grams.n[row], grams.n_docs[row])
    lengths = np.int64(at_first), np.int64(at_name), n_bytes(at_once), n_bytes(at_few), np.int64(at)
    return last - first, *lengths


@inlined
def get_ids(head, is_first, ranks, ids, firsts, at_first, names, at_name):
    """Read the ids of a row into ``ids`` i64, which has those of the row before; return both new places."""
    shared = np.int64(head >> 1) & 15
    value, at_first = get_varint(firsts, at_first)
    if head & 1:
        ids[shared] = ranks[value]
    else:
        ids[shared] = value + (0 if is_first else ids[shared] + 1)
    for k in range(shared + 1, len(ids)):
        value, at_name = get_varint(names, at_name)
        ids[k] = ranks[value]
    return at_first, at_name


@inlined
def get_prompts(data, at, n, bits, prompts, units, unit_n, begin):
    """Read ``n`` prompts that ``put_prompts`` wrote at bit ``at`` u64; return the place behind them."""
    for u in range(begin, begin + n):
        units[u] = prompts[get_bits(data, at, bits)]
        unit_n[u] = 1
        at += bits
    return at


@inlined
def get_units(data, at, n_units, flag, prompts, units, unit_n, begin):
    """Read a row's units that ``put_units`` wrote; return the row's occurrences, and the position behind."""
    n = ZERO
    unit = np.int64(-1)
    for u in range(begin, begin + n_units):
        distance, more, at = get_pair(data, at)
        unit += distance + 1
        units[u] = np.uint32(unit) | flag if flag else prompts[unit]
        unit_n[u] = more + 1
        n += more + 1
    return n, at


@inlined
def skip_units(data, at, n_units):
    """The position behind a row's units that ``put_units`` wrote."""
    for _ in range(n_units):
        _, _, at = get_pair(data, at)
    return at


@inlined
def row_hash(ids, token_keys):
    """A hash of the tokens of a row, by their u64 keys."""
    h = np.uint64(0)
    for k in range(len(ids)):
        h = (h + token_keys[ids[k]]) * MIX
        h ^= h >> np.uint64(32)
    return h


@kernel
def row_hashes(ids, token_keys, rows, hashes):
    """``row_hash`` of these ``rows`` of ``ids`` u32[rows, order], into ``hashes`` u64."""
    for i in range(len(rows)):
        hashes[i] = row_hash(ids[rows[i]], token_keys)


@inlined
def is_in_filter(h, bits):
    """Whether the bit of a hash is set in ``bits`` u64, whose number is a power of two."""
    at = h & np.uint64(64 * len(bits) - 1)
    return bits[at >> np.uint64(6)] >> (at & np.uint64(63)) & ONE != 0


@kernel
def set_filter(hashes, bits):
    """Set the bits of these hashes: see ``is_in_filter``."""
    for h in hashes:
        at = h & np.uint64(64 * len(bits) - 1)
        bits[at >> np.uint64(6)] |= ONE << (at & np.uint64(63))


@inlined
def skip_row(shape, n_units, bits, spread, after, at_once, at_few, at):
    """The places in the last three streams behind a row that is passed over."""
    if shape == 1:
        return at_once + bits, at_few, at
    if shape:
        return at_once, at_few + np.uint64(shape) * bits, at
    return at_once, at_few, skip_units(spread, after, n_units)


@kernel
def decode_rows(streams, state, renumber, out, begins, row, last_row, units, wanted):
    """Read wanted rows that ``encode_rows`` wrote, until the part ends, or ``last_row``, or the room for units.

    A row is not begun if its units do not fit ``out.units``. Returns the ends of the rows and of the units in
    ``out``.

    Parameters
    ----------
    streams
        The six streams of a part, u8.
    state
        i64[6 + order], zero at first, written: the places in the streams, and the ids of the last row.
    renumber
        Three arrays u32: the token of each code, the id of each token, the number of each prompt.
    out
        `NgramRows`, written.
    begins
        i64[rows], written: where each row's units begin.
    row, last_row
        The rows of ``out`` to write.
    units
        The unit of ``out`` to begin with.
    wanted
        A `RowFilter`; the other rows are passed over.
    """
    heads, firsts, names, once, few, spread = streams
    ranks, tokens, prompts = renumber
    bits = np.uint64(bits_of(len(prompts)))
    at_head, at_first, at_name, at = state[0], state[1], state[2], state[5]
    at_once, at_few = np.uint64(state[3]), np.uint64(state[4])
    ids = state[6:]
    while row < last_row and at_head < len(heads):
        head = heads[at_head]
        shape = np.int64(head >> SHAPE_BIT)
        n, repeats, after = shape, ZERO, at
        n_units = shape
        flag = np.uint32(0)
        if shape == 0:
            value, repeats, after = get_pair(spread, at)
            n_units = value >> 1
            flag = BLOCK_FLAG if value & 1 else flag
        is_kept = n_units >= wanted.least or flag != 0  # blocks are of many prompts
        if is_kept and units + n_units > len(out.units):
            break
        at_first, at_name = get_ids(head, at_head == 0, ranks, ids, firsts, at_first, names, at_name)
        if is_kept and len(wanted.bits) > 0:
            is_kept = is_in_filter(row_hash(ids, wanted.token_keys), wanted.bits)
        at_head += 1
        if not is_kept:
            at_once, at_few, at = skip_row(shape, n_units, bits, spread, after, at_once, at_few, at)
            continue
        for k in range(len(ids)):
            out.ids[row, k] = tokens[ids[k]]
        begins[row] = units
        if shape == 1:
            at_once = get_prompts(once, at_once, shape, bits, prompts, out.units, out.unit_n, units)
        elif shape:
            at_few = get_prompts(few, at_few, shape, bits, prompts, out.units, out.unit_n, units)
        else:
            n, at = get_units(spread, after, n_units, flag, prompts, out.units, out.unit_n, units)
        units += n_units
        out.n[row] = n
        out.n_docs[row] = n - repeats
        out.ends[row] = units
        row += 1
    state[0], state[1], state[2], state[5] = at_head, at_first, at_name, at
    state[3], state[4] = np.int64(at_once), np.int64(at_few)
    return row, units
