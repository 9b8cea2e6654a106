"""Sorted records to rows of counts, and rows to the streams of bytes of a part.

Parameters of the helpers have the names of those of the kernel ``count_records``, or of the fields of these. Further:
``n_rows`` u64, the rows of a block; ``bits`` u64, the bits of a rank or of a prompt; ``heads``, ``firsts``, ``names``,
``once``, ``few`` and ``spread``, the streams u8, and the places in them, ``at_first``, ``at_name``, ``at_few`` and
``at`` u64; ``held`` u64, the bits already in the byte at such a place: see the helper ``put_bits``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.counting.count_prompts import borrowed_prompts, borrowed_scratch, count_units, prompt_of
from fastslop._kernels.machine.constants import ONE
from fastslop._kernels.machine.intrinsics import borrowed, prefetch
from fastslop._kernels.machine.jit import helper, inlined, kernel
from fastslop._kernels.profiles.packed_rows import MAX_SHAPE, SHAPE_BIT, put_ids, put_units
from fastslop._kernels.profiles.varints import bits_of, held_bits, put_bits, put_varint

BLOCK_RECORDS = 512
"""Records whose rows are written together, plus the rest of the last row: each pass finds them in the cache."""
NO_RANK = np.uint32(0xFFFFFFFF)
"""Each rank of the row before a part's first row, which does not exist."""
ONCE, SHAPES = np.uint8(0x20), np.uint8(0xE0)
"""The shape of a row of one record, and the bits of all shapes, in a row's head."""


class RecordLayout(NamedTuple):
    """The parts of a record of 64 bits: ranks, the first without the bits that name its group, and the document."""

    order: np.uint64  # ranks of a record
    rank_bits: np.uint64
    doc_bits: np.uint64
    shift: np.uint64  # bits of a first rank after those of the group
    first_group: np.uint64  # the number of the first group of the records


class Block(NamedTuple):
    """The rows of ``BLOCK_RECORDS`` records. Rows of all orders have three ranks: those beyond the order are 0."""

    rows: NDArray[np.int64]  # [records + 1]: the first record of each row, and the end of the last row
    first: NDArray[np.uint32]  # [records + 1]: first rank of the row before the block, then of each row
    second: NDArray[np.uint32]  # [records + 1]: the same of the second rank
    third: NDArray[np.uint32]  # [records + 1]: the same of the third rank
    numbers: NDArray[np.uint32]  # [records]: step or code of a row's first rank that differs from the row before
    repeated: NDArray[np.uint32]  # [records]: the rows that have several records


@inlined
def group_of(ends, record):
    """The number of the group that a record is in; groups end at ``ends``."""
    g = 0
    while g < len(ends) and ends[g] <= record:
        g += 1
    return g


@kernel
def pass_rows(records, ends, doc_bits, first, most):
    """Pass at most ``most`` rows from record ``first`` on; return the record behind them, and their number.

    ``records`` u64 are sorted within each group; groups end at ``ends`` i64, and no row goes on in the next group.
    """
    doc_bits = np.uint64(doc_bits)
    rows = 0
    for g in range(group_of(ends, first), len(ends)):
        n = np.int64(first < ends[g])
        for r in range(np.uint64(first + 1), np.uint64(ends[g])):  # unsigned: 0.3 ns a record, where signed took 1.6
            n += records[r] >> doc_bits != records[r - ONE] >> doc_bits
        if rows + n > most:
            while first < ends[g]:
                rows += 1
                if rows > most:
                    return first, most
                first += 1
                while first < ends[g] and records[first] >> doc_bits == records[first - 1] >> doc_bits:
                    first += 1
        rows += n
        first = ends[g]
    return first, rows


@inlined
def end_of_row(records, bits, at, stop):
    """The end of the row that the record before ``at`` is in, at most ``stop``; ``bits`` are those of a document.

    Leaps are twice as long each time, and half as long from where one was too long (galloping search).
    """
    key = records[at - 1] >> bits
    leap = 1
    while at + leap <= stop and records[at + leap - 1] >> bits == key:
        at += leap
        leap <<= 1
    while leap > 0:
        if at + leap <= stop and records[at + leap - 1] >> bits == key:
            at += leap
        leap >>= 1
    return at


@helper
def mark_rows(records, begin, end, doc_bits, rows):
    """Write where the rows of records ``begin:end`` begin into ``rows``, and the end behind them; return their number.

    The loop has no branch, since no processor could foresee where rows begin.
    """
    rows[0] = begin
    n = ONE
    if records[begin] >> doc_bits != records[end - 1] >> doc_bits:
        for r in range(np.uint64(begin) + ONE, np.uint64(end)):
            rows[n] = r
            n += np.uint64(records[r] >> doc_bits != records[r - ONE] >> doc_bits)
    rows[n] = end
    return n


@helper
def unpack_ids(records, n_rows, order, bits, doc_bits, base, codes, block):
    """Write the ranks of the block's rows; in a record each has ``bits``, and ``base`` is what the first rank lacks.

    The code of a row's last rank, which mostly names the row, starts to load: that of many tokens is in no cache near
    by.
    """
    rows, first, second, third, _, _ = block
    two = np.uint64(2)
    first_shift = doc_bits + (order - ONE) * bits
    second_shift = doc_bits + bits if order > two else doc_bits
    rank_mask = (ONE << bits) - ONE
    second_mask = rank_mask if order > ONE else np.uint64(0)
    last_base = base if order == ONE else np.uint64(0)
    third_mask = rank_mask if order > two else np.uint64(0)
    for i in range(n_rows):
        record = records[rows[i]]
        first[i + ONE] = base | record >> first_shift
        second[i + ONE] = record >> second_shift & second_mask
        third[i + ONE] = record >> doc_bits & third_mask
        prefetch(codes, last_base | record >> doc_bits & rank_mask)


@helper
def put_heads(n_rows, codes, block, heads):
    """Write the heads of the block's rows as if each had one record; return how many rows have several.

    The step or the code that a head announces goes to ``block.numbers``, the rows of several records to
    ``block.repeated``.
    """
    rows, first, second, third, numbers, repeated = block
    n_repeated = np.uint64(0)
    for i in range(n_rows):
        j = i + ONE
        has_one = first[j] == first[i]
        has_two = has_one & (second[j] == second[i])
        rank = third[j] if has_two else second[j] if has_one else first[j]
        before = third[i] if has_two else second[i] if has_one else first[i]
        step = np.uint32(rank - before - np.uint32(1))
        code = codes[rank]
        numbers[i] = min(code, step)
        shared = np.uint8(has_one) + np.uint8(has_two)
        heads[i] = ONCE | shared << 1 | np.uint8(code < step)
        repeated[n_repeated] = i
        n_repeated += np.uint64(rows[j] - rows[i] > 1)
    return n_repeated


@helper
def put_names(n_rows, order, codes, block, heads, firsts, names, at_first, at_name):
    """Write the steps and codes of the ranks of the block's rows; return where both streams end.

    Rows of pairs and longer n-grams that share no rank with the row before are so few that a processor foresees a
    branch on them.
    """
    is_longer = order > ONE
    is_longest = order > np.uint64(2)
    for i in range(n_rows):
        head = heads[i] & ~SHAPES
        at_first = put_varint(firsts, at_first, np.uint64(block.numbers[i]))
        if is_longer and head < 1 << 1:
            at_name = put_varint(names, at_name, np.uint64(codes[block.second[i + ONE]]))
        if is_longest:
            code = np.uint64(codes[block.third[i + ONE]])
            at_name += (put_varint(names, at_name, code) - at_name) * np.uint64(head < 2 << 1)
    return at_first, at_name


@helper
def put_once(records, n_rows, doc_bits, steps, bits, block, once, at):
    """Write the prompt of each of the block's rows that has one record, in ``bits`` bits; return the place behind.

    A prompt of another row takes no bits, so that there is no branch.
    """
    doc_mask = (ONE << doc_bits) - ONE
    held = held_bits(once, at)
    for i in range(n_rows):
        begin = block.rows[i]
        prompt = prompt_of(steps, records[begin] & doc_mask)
        is_once = np.uint64(block.rows[i + ONE] - begin == 1)
        at, held = put_bits(once, at, held, prompt * is_once, bits * is_once)
    return at


@inlined
def put_different(records, begin, end, doc_bits, steps, bits, few, at, held):
    """Write the prompts of the row of records ``begin:end`` if all differ; return the place behind, and ``held``."""
    doc_mask = (ONE << doc_bits) - ONE
    before = prompt_of(steps, records[begin] & doc_mask)
    after, after_held = put_bits(few, at, held, before, bits)
    is_different = True
    for r in range(begin + ONE, end):
        this = prompt_of(steps, records[r] & doc_mask)
        is_different &= this != before
        after, after_held = put_bits(few, after, after_held, this, bits)
        before = this
    return (after, after_held) if is_different else (at, held)


@helper
def put_spread(records, n_repeated, doc_bits, prompts, bits, block, scratch, heads, few, spread, at_few, at):
    """Write the units of the block's rows of several records, and put their shapes into their heads.

    Returns where the streams ``few`` and ``spread`` end, and the number of units.
    """
    units, unit_n, _, _ = scratch
    held = held_bits(few, at_few)
    n_units = np.uint64(0)
    for j in range(n_repeated):
        i = np.uint64(block.repeated[j])
        begin = np.uint64(block.rows[i])
        end = np.uint64(block.rows[i + ONE])
        n = end - begin
        is_few = False
        if n <= MAX_SHAPE:
            before = at_few
            at_few, held = put_different(records, begin, end, doc_bits, prompts.steps, bits, few, at_few, held)
            is_few = at_few > before  # the prompts were different, and were written
        if is_few:
            heads[i] += np.uint8(n - ONE) << SHAPE_BIT
        else:
            n, n_docs = count_units(records, begin, end, doc_bits, prompts, scratch)
            at = put_units(spread, at, units, unit_n, np.uint64(0), n, end - begin, n_docs)
            heads[i] -= ONCE
        n_units += n
    few[at_few >> np.uint64(3)] = held  # not the bits that a row with two uses in one prompt left there
    return at_few, at, n_units


@inlined
def borrowed_block(block):
    """The same block, on loan: see ``borrowed``."""
    rows, first_ids, second_ids, third_ids, numbers, repeated = block
    return Block(
        borrowed(rows),
        borrowed(first_ids),
        borrowed(second_ids),
        borrowed(third_ids),
        borrowed(numbers),
        borrowed(repeated),
    )


@kernel
def count_records(records, ends, first, last, layout, prompts, scratch, codes, block, state, streams):
    """Count sorted records ``first:last``, whole rows, and write the rows as ``profiles.packed_rows.encode_rows`` does.

    Records are counted and written in one go: with rows as arrays in between it took twice as long, most of it for
    memory.

    Parameters
    ----------
    records
        Records u64, sorted within each group.
    ends
        Where each group's records end, i64[groups].
    first, last
        The records to write.
    layout
        A `RecordLayout`.
    prompts
        A `DocumentPrompts`.
    scratch
        A `UnitScratch`.
    codes
        The code of each rank, u32.
    block
        A `Block`, written. In front it has the ranks of the part's row before ``first``, ``NO_RANK`` at the part's
        beginning, and at the end those of the last row.
    state
        i64[7], zero at the part's beginning, written: the number of rows, which is the end of the stream of heads; the
        ends of the other five streams, those of the fourth and fifth in bits; the number of units.
    streams
        The six streams of the part, u8, written: see ``profiles.packed_rows.encode_rows``.
    """
    order, bits, doc_bits, shift, group = layout
    records, codes = borrowed(records), borrowed(codes)
    prompts, scratch, block = borrowed_prompts(prompts), borrowed_scratch(scratch), borrowed_block(block)
    heads, firsts, names, once, few, spread = streams
    heads, firsts, names = borrowed(heads), borrowed(firsts), borrowed(names)
    once, few, spread = borrowed(once), borrowed(few), borrowed(spread)
    prompt_width = np.uint64(bits_of(len(prompts.blocks)))
    row, at_first, at_name = np.uint64(state[0]), np.uint64(state[1]), np.uint64(state[2])
    at_once, at_few, at = np.uint64(state[3]), np.uint64(state[4]), np.uint64(state[5])
    n_units = np.uint64(state[6])
    for g in range(group_of(ends, first), len(ends)):
        base = (group + np.uint64(g)) << shift
        stop = min(ends[g], last)
        while first < stop:
            end = end_of_row(records, doc_bits, min(first + BLOCK_RECORDS, stop), stop)
            n = mark_rows(records, first, end, doc_bits, block.rows)
            unpack_ids(records, n, order, bits, doc_bits, base, codes, block)
            ahead = heads[row:]
            n_repeated = put_heads(n, codes, block, ahead)
            at_first, at_name = put_names(n, order, codes, block, ahead, firsts, names, at_first, at_name)
            at_once = put_once(records, n, doc_bits, prompts.steps, prompt_width, block, once, at_once)
            at_few, at, more = put_spread(
                records, n_repeated, doc_bits, prompts, prompt_width, block, scratch, ahead, few, spread, at_few, at
            )
            for ids in (block.first, block.second, block.third):
                ids[0] = ids[n]
            row += n
            n_units += n - n_repeated + more
            first = end
        if first >= last:
            break
    for i, number in enumerate((row, at_first, at_name, at_once, at_few, at, n_units)):
        state[i] = number


@kernel
def write_counted_row(rank, units, unit_n, n, n_docs, codes, block, state, streams):
    """Write a row of order 1 of more than ``MAX_SHAPE`` uses that is counted already, as ``count_records`` would.

    Parameters
    ----------
    rank
        The token's rank, u32.
    units, unit_n
        The row's units u32, and the uses in each i64.
    n, n_docs
        The number of uses, and of documents.
    codes, block, state, streams
        The same as for ``count_records``.
    """
    heads, firsts, names, _, _, spread = streams
    ids = np.empty((2, 1), np.uint32)
    ids[0, 0], ids[1, 0] = block.first[0], rank
    previous = -1 if block.first[0] == NO_RANK else 0
    head, at_first, _ = put_ids(ids, 1, previous, codes, firsts, names, np.uint64(state[1]), np.uint64(state[2]))
    heads[state[0]] = head
    state[1] = at_first
    state[5] = put_units(spread, np.uint64(state[5]), units, unit_n, np.uint64(0), np.uint64(len(units)), n, n_docs)
    block.first[0] = rank
    state[0] += 1
    state[6] += len(units)
