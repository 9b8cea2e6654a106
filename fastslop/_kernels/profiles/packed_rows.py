"""Rows to the streams of bytes that docs/reference/profile.md describes, and back.

Parameters of the helpers have the names of the fields of ``NgramRows``, and of the streams in the kernels
``encode_rows`` and ``decode_rows``; ``at`` and the like are places u64 in a stream, ``bits`` u64 the bits of a prompt,
``held`` u64 the bits already in the byte at such a place: see the helper ``put_bits``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import ALL, BLOCK_FLAG, MIX, N_BLOCKS, ONE, ZERO
from fastslop._kernels.machine.intrinsics import borrowed
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
SOUND, CUT, UNKNOWN_TOKEN, UNSORTED, UNKNOWN_PROMPT, IMPOSSIBLE, LEFT_OVER, OUTSIDE = map(np.int64, range(8))
"""Faults that ``decode_rows`` finds: none; the streams end within a row; a code or a rank beyond the vocabulary; rows
that do not rise; prompts or blocks beyond the last, or that do not rise; counts that the totals do not allow; bytes
behind the last row; a row outside the share of a scaled profile."""
PAD = 1 << 12
"""Zeros behind streams that are read: no number runs over them, and no row has so many numbers. So it is enough to look
where each row ends."""


class NgramRows(NamedTuple):
    """Rows of counts, sorted by their ids, and the prompts of each row."""

    ids: NDArray[np.uint32]  # [rows, order]: ranks in a vocabulary
    n: NDArray[np.int64]  # [rows]: occurrences
    n_docs: NDArray[np.int64]  # [rows]: documents
    ends: NDArray[np.int64]  # [rows]: where each one's units end
    units: NDArray[np.uint32]  # [units]: prompts, or blocks of prompts with BLOCK_FLAG set
    unit_n: NDArray[np.int64]  # [units]: occurrences in each


class RowFilter(NamedTuple):
    """Rows that are read: those of ``least`` units; if there are ``bits`` u64, whose hash has its bit set there; and
    whose ``share_hash`` is ``most`` u64 at most.

    A power of two of ``bits``; some rows pass by chance.
    """

    least: int
    bits: NDArray[np.uint64]
    most: np.uint64


class RowLimits(NamedTuple):
    """What no row of a profile goes beyond: ``bits`` of a prompt; ``n_prompts`` and ``n_blocks`` where it keeps the
    count of each; ``n`` occurrences, in all and in one unit, and ``n_docs`` documents; ``most`` u64, of a
    ``share_hash``."""

    bits: int
    n_prompts: int
    n_blocks: int
    n: int
    n_docs: int
    most: np.uint64


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
    """Read the ids of a row into ``ids`` i64, which has those of the row before; return both new places, and a fault.

    ``is_first``: it is the first row of a part, and shares no ids. Rows must rise, from part to part, too.
    """
    n_ranks = np.uint64(len(ranks))
    shared = np.int64(head >> 1) & 15
    if shared >= (1 if is_first else len(ids)):
        return at_first, at_name, UNSORTED
    value, at_first = get_varint(firsts, at_first)
    if np.uint64(value) >= n_ranks:
        return at_first, at_name, UNKNOWN_TOKEN
    before = ids[shared]
    if head & 1:
        this = np.int64(ranks[value])
    else:
        this = value + (0 if is_first else before + 1)
        if this >= len(ranks):
            return at_first, at_name, UNKNOWN_TOKEN
    ids[shared] = this
    rises = this > before
    if this < before:
        return at_first, at_name, UNSORTED
    for k in range(shared + 1, len(ids)):
        value, at_name = get_varint(names, at_name)
        if np.uint64(value) >= n_ranks:
            return at_first, at_name, UNKNOWN_TOKEN
        this = np.int64(ranks[value])
        if not rises:
            if this < ids[k]:
                return at_first, at_name, UNSORTED
            rises = this > ids[k]
        ids[k] = this
    return at_first, at_name, SOUND if rises else UNSORTED


@inlined
def get_prompts(data, at, n, bits, prompts, units, unit_n, begin):
    """Read ``n`` prompts that ``put_prompts`` wrote at bit ``at`` u64; return the place behind them, and a fault."""
    if at > np.uint64(len(data) - PAD) << np.uint64(3):
        return at, CUT
    last = np.int64(-1)
    for u in range(begin, begin + n):
        prompt = np.int64(get_bits(data, at, bits))
        if prompt <= last or prompt >= len(prompts):
            return at, UNKNOWN_PROMPT
        units[u] = prompts[prompt]
        unit_n[u] = 1
        last = prompt
        at += bits
    return at, SOUND


@inlined
def get_units(data, at, n_units, flag, most, prompts, units, unit_n, begin):
    """Read a row's units that ``put_units`` wrote, of up to ``most`` u64 occurrences each; return the row's
    occurrences, the position behind, and a fault."""
    n = ZERO
    unit = np.int64(-1)
    n_numbers = np.uint64(N_BLOCKS if flag else len(prompts))
    for u in range(begin, begin + n_units):
        distance, more, at = get_pair(data, at)
        if np.uint64(distance) >= n_numbers or np.uint64(more) >= most:
            return n, at, IMPOSSIBLE
        unit += distance + 1
        if np.uint64(unit) >= n_numbers:
            return n, at, UNKNOWN_PROMPT
        units[u] = np.uint32(unit) | flag if flag else prompts[unit]
        unit_n[u] = more + 1
        n += more + 1
    return n, at, SOUND


@inlined
def skip_units(data, at, n_units):
    """The position behind a row's units that ``put_units`` wrote."""
    for _ in range(n_units):
        _, _, at = get_pair(data, at)
    return at


@inlined
def with_token(h, key):
    """The hash of a row that has one more token, of this u64 key, than that of the hash ``h``, 0 for none."""
    h = (h + key) * MIX
    return h ^ h >> np.uint64(32)


@inlined
def row_hash(ids, token_keys):
    """A hash of the tokens of a row, by their u64 keys."""
    h = np.uint64(0)
    for k in range(len(ids)):
        h = with_token(h, token_keys[ids[k]])
    return h


@inlined
def share_hash(h):
    """A hash of a ``row_hash``, by whose size rows are kept or left out, evenly whatever their tokens are.

    The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every bit of the hash, as it is, changes half of these.
    """
    h = (h ^ h >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ h >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return h ^ h >> np.uint64(31)


@kernel
def rows_in_share(ids, token_keys, most, is_inside):
    """Write into ``is_inside`` bool[rows] whether the ``share_hash`` of ``ids`` u32[rows, order] is ``most`` u64 or
    less."""
    for row in range(len(ids)):
        is_inside[row] = share_hash(row_hash(ids[row], token_keys)) <= most


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


@inlined
def is_at_end(streams, at_first, at_name, at_once, at_few, at):
    """Whether all bytes of a part have been read, but its heads."""
    _, firsts, names, once, few, spread = streams
    is_spent = at_first + PAD == len(firsts) and at_name + PAD == len(names) and at + PAD == len(spread)
    return is_spent and n_bytes(at_once) + PAD == len(once) and n_bytes(at_few) + PAD == len(few)


@inlined
def get_size(shape, spread, at, limits):
    """How many units a row of this shape has, the flag of their kind, its occurrences beyond one a document, the place
    of its units in ``spread``, and a fault, if it can have no such number."""
    if shape:
        return shape, np.uint32(0), ZERO, at, SOUND
    value, repeats, after = get_pair(spread, at)
    n_units = value >> 1
    flag = BLOCK_FLAG if value & 1 else np.uint32(0)
    is_possible = 1 <= n_units <= (limits.n_blocks if flag else limits.n_prompts)
    return n_units, flag, repeats, after, SOUND if is_possible else IMPOSSIBLE


@kernel
def decode_rows(streams, state, renumber, limits, out, begins, row, last_row, unit, wanted):
    """Read wanted rows that ``encode_rows`` wrote, until the part ends, or ``last_row``, or the room for units.

    A row is not begun if its units do not fit ``out.units``. Nothing is read or written beyond an array, whatever is in
    the streams: reading ends at the first row that no writer writes. Of rows that are passed over, units are not looked
    at. Returns the ends of the rows and of the units in ``out``, and a fault, ``SOUND`` if there is none; that of the
    whole part once its last row is read.

    Parameters
    ----------
    streams
        The six streams of a part, u8, each with ``PAD`` zeros behind it.
    state
        i64[7 + order], written: the places in the streams and the units met, zero at the beginning of a part; and the
        ids of the last row, -1 at the beginning of a table.
    renumber
        Three arrays u32: the token of each code, the id of each token, the number of each prompt; and the key u64 of
        each token.
    limits
        `RowLimits`.
    out
        `NgramRows`, written.
    begins
        i64[rows], written: where each row's units begin.
    row, last_row
        The rows of ``out`` to write.
    unit
        The unit of ``out`` to begin with.
    wanted
        A `RowFilter`; the other rows are passed over.
    """
    heads, firsts, names, once, few, spread = streams
    heads, firsts, names = borrowed(heads), borrowed(firsts), borrowed(names)
    once, few, spread = borrowed(once), borrowed(few), borrowed(spread)
    ranks, tokens, prompts, token_keys = renumber
    ranks, tokens, prompts = borrowed(ranks), borrowed(tokens), borrowed(prompts)
    state, begins = borrowed(state), borrowed(begins)
    token_keys, passing = borrowed(token_keys), borrowed(wanted.bits)
    is_filtered = len(passing) > 0
    is_scaled = min(limits.most, wanted.most) < ALL
    out_ids, out_n, out_docs, out_ends = borrowed(out.ids), borrowed(out.n), borrowed(out.n_docs), borrowed(out.ends)
    units, unit_n = borrowed(out.units), borrowed(out.unit_n)
    bits = np.uint64(limits.bits)
    at_head, at_first, at_name, at, n_met = state[0], state[1], state[2], state[5], state[6]
    at_once, at_few = np.uint64(state[3]), np.uint64(state[4])
    ids = state[7:]
    fault = SOUND
    while row < last_row and at_head < len(heads) - PAD:
        if at_first > len(firsts) - PAD or at_name > len(names) - PAD or at > len(spread) - PAD:
            fault = CUT
            break
        head = heads[at_head]
        shape = np.int64(head >> SHAPE_BIT)
        n_units, flag, repeats, after, fault = get_size(shape, spread, at, limits)
        if fault:
            break
        is_kept = n_units >= wanted.least or flag != 0  # blocks are of many prompts
        if is_kept and unit + n_units > len(units):
            break
        at_first, at_name, fault = get_ids(head, at_head == 0, ranks, ids, firsts, at_first, names, at_name)
        if fault:
            break
        if is_kept and (is_filtered or is_scaled):
            h = row_hash(ids, token_keys)
            is_kept = not is_filtered or is_in_filter(h, passing)
            h = share_hash(h)
            if h > limits.most:
                fault = OUTSIDE
                break
            is_kept = is_kept and h <= wanted.most
        at_head += 1
        n_met += n_units
        if not is_kept:
            at_once, at_few, at = skip_row(shape, n_units, bits, spread, after, at_once, at_few, at)
            continue
        for k in range(len(ids)):
            out_ids[row, k] = tokens[ids[k]]
        begins[row] = unit
        n = shape
        if shape == 1:
            at_once, fault = get_prompts(once, at_once, shape, bits, prompts, units, unit_n, unit)
        elif shape:
            at_few, fault = get_prompts(few, at_few, shape, bits, prompts, units, unit_n, unit)
        else:
            n, at, fault = get_units(spread, after, n_units, flag, np.uint64(limits.n), prompts, units, unit_n, unit)
            if not fault and (n > limits.n or repeats < 0 or n - repeats < n_units or n - repeats > limits.n_docs):
                fault = IMPOSSIBLE
        if fault:
            break
        unit += n_units
        out_n[row] = n
        out_docs[row] = n - repeats
        out_ends[row] = unit
        row += 1
    state[0], state[1], state[2], state[5], state[6] = at_head, at_first, at_name, at, n_met
    state[3], state[4] = np.int64(at_once), np.int64(at_few)
    if not fault and at_head + PAD == len(heads) and not is_at_end(streams, at_first, at_name, at_once, at_few, at):
        fault = LEFT_OVER
    return row, unit, fault
