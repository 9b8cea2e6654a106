"""The units of a row, prompts or blocks of prompts, counted from the documents of its records.

Parameters of the helpers: ``records`` u64, sorted; ``begin`` and ``end`` u64, the records of a row; ``doc_bits`` u64,
the bits of a document; ``steps``, ``cap`` and ``doc_units`` of a `DocumentPrompts`; ``units``, ``unit_n`` and
``counters`` of a `UnitScratch`; ``n_units`` u64, the number of different units.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import ALL, BLOCK_FLAG, N_BLOCKS, ONE, ZERO
from fastslop._kernels.machine.intrinsics import borrowed, n_bits
from fastslop._kernels.machine.jit import helper, inlined, kernel
from fastslop._kernels.profiles.blocks import to_blocks

LONG_ROW = np.uint64(2048)
"""Least number of records of a row whose units are counted in a table, which takes time to clear and to read."""
N_COUNTERS = np.uint64(4)
"""Counters of each unit, used in turn: a counter that was just written is slow to read."""


class DocumentPrompts(NamedTuple):
    """The prompts of documents, which are numbered in the order of their prompts."""

    steps: NDArray[np.uint64]  # two for each 64 documents: see step_prompts
    blocks: NDArray[np.uint32]  # [prompts]: the block of each prompt
    cap: int  # most prompts of a row: one of more keeps blocks instead
    doc_units: NDArray[np.uint16]  # [documents]: the prompt, or the block if there are more prompts than cap


class UnitScratch(NamedTuple):
    """Room for the units of one row."""

    units: NDArray[np.uint32]  # [prompts + 1]
    unit_n: NDArray[np.int64]  # [prompts + 1]: uses in each unit
    block_n: NDArray[np.int64]  # [N_BLOCKS]
    counters: NDArray[np.uint32]  # [N_COUNTERS * max(cap, N_BLOCKS)]


@inlined
def borrowed_prompts(prompts):
    """The same `DocumentPrompts`, on loan: see ``borrowed``."""
    steps, blocks, cap, doc_units = prompts
    return DocumentPrompts(borrowed(steps), borrowed(blocks), np.uint64(cap), borrowed(doc_units))


@inlined
def borrowed_scratch(scratch):
    """The same `UnitScratch`, on loan: see ``borrowed``."""
    units, unit_n, block_n, counters = scratch
    return UnitScratch(borrowed(units), borrowed(unit_n), borrowed(block_n), borrowed(counters))


@kernel
def step_prompts(doc_prompts, steps):
    """Write the prompts of documents as ``steps``, a table so small that it stays in the cache.

    ``doc_prompts`` u32 begin with 0 and rise by at most 1. ``steps`` u64, zero at first, has two numbers for each 64
    documents: the prompt of the first of them, and a bit for each other at which the next prompt begins.
    """
    for doc in range(np.uint64(len(doc_prompts))):
        i = doc >> np.uint64(6) << ONE
        j = doc & np.uint64(63)
        if j == np.uint64(0):
            steps[i] = doc_prompts[doc]
        elif doc_prompts[doc] != doc_prompts[doc - ONE]:
            steps[i + ONE] |= ONE << j


@inlined
def prompt_of(steps, doc):
    """The prompt u64 of a document u64, from the ``steps`` that ``step_prompts`` wrote."""
    i = doc >> np.uint64(6) << ONE
    return steps[i] + n_bits(steps[i + ONE] & (ALL >> (np.uint64(63) - (doc & np.uint64(63)))))


@inlined
def count_row(records, begin, end, doc_bits, steps, units, unit_n):
    """Count the prompts of the row of records ``begin:end``; return the number of prompts, and of documents.

    The prompts are written into ``units``, and the uses in each into ``unit_n``.
    """
    doc_mask = (ONE << doc_bits) - ONE
    before = records[begin]
    prompt = prompt_of(steps, before & doc_mask)
    units[0] = prompt
    unit_begin = begin
    u = np.uint64(0)
    n_docs = ONE
    for r in range(begin + ONE, end):
        record = records[r]
        this = prompt_of(steps, record & doc_mask)
        unit_n[u] = r - unit_begin
        unit_begin = unit_begin if this == prompt else r
        u += np.uint64(this != prompt)
        units[u] = this
        n_docs += np.uint64(record != before)
        before = record
        prompt = this
    unit_n[u] = end - unit_begin
    return u + ONE, n_docs


@helper
def keeps_blocks(records, begin, end, doc_bits, steps, cap):
    """Whether a sample of the row of records ``begin:end`` has more than ``cap`` prompts, so that the row has, too."""
    doc_mask = (ONE << doc_bits) - ONE
    stride = (end - begin) // (cap + cap)
    n = ONE
    before = prompt_of(steps, records[begin] & doc_mask)
    for r in range(begin, end, stride):
        this = prompt_of(steps, records[r] & doc_mask)
        n += np.uint64(this != before)
        before = this
    return n > cap


@helper
def count_long_row(records, begin, end, doc_bits, doc_units, n_units, counters, units, unit_n):
    """Count as ``count_row`` does, by ``doc_units`` u16, the unit of each document: 1.5 ns a record instead of 4."""
    doc_mask = (ONE << doc_bits) - ONE
    for i in range(N_COUNTERS * n_units):
        counters[i] = 0
    before = ~records[begin]
    n_docs = np.uint64(0)
    for r in range(begin, end):
        record = records[r]
        n_docs += np.uint64(record != before)
        before = record
        counters[N_COUNTERS * np.uint64(doc_units[record & doc_mask]) + (r & (N_COUNTERS - ONE))] += np.uint32(1)
    u = np.uint64(0)
    for unit in range(n_units):
        n = np.uint64(0)
        for i in range(N_COUNTERS):
            n += np.uint64(counters[N_COUNTERS * unit + i])
        units[u] = unit
        unit_n[u] = n
        u += np.uint64(n > 0)
    return u, n_docs


@helper
def count_units(records, begin, end, doc_bits, prompts, scratch):
    """Count the units of the row of records ``begin:end`` into ``scratch``; their number and that of documents.

    ``prompts`` and ``scratch`` are a `DocumentPrompts` and a `UnitScratch`.
    """
    steps, prompt_blocks, cap, doc_units = prompts
    units, unit_n, block_n, counters = scratch
    has_blocks = np.uint64(len(prompt_blocks)) > cap
    if end - begin >= LONG_ROW and (not has_blocks or keeps_blocks(records, begin, end, doc_bits, steps, cap)):
        n_units = np.uint64(N_BLOCKS if has_blocks else len(prompt_blocks))
        n, n_docs = count_long_row(records, begin, end, doc_bits, doc_units, n_units, counters, units, unit_n)
        for u in range(n if has_blocks else np.uint64(0)):
            units[u] |= BLOCK_FLAG
        return n, n_docs
    n, n_docs = count_row(records, begin, end, doc_bits, steps, units, unit_n)
    if n > cap:
        n = np.uint64(to_blocks(units, unit_n, ZERO, np.int64(n), prompt_blocks, block_n))
    return n, n_docs


@kernel
def count_word(windows, doc_bits, prompts, n_of_document, units, unit_n):
    """Count the units of windows that all begin with the same token; return the number of units, and of documents.

    The windows are counted as they are, since a frequent word's records would take as much memory.

    Parameters
    ----------
    windows
        Windows u64, in any order.
    doc_bits
        Bits of a document.
    prompts
        A `DocumentPrompts`.
    n_of_document
        Room u32[documents], zero.
    units, unit_n
        Written: the units u32, and the uses in each i64, with room for all prompts.
    """
    steps, prompt_blocks, cap, _ = prompts
    windows, steps, n_of_document = borrowed(windows), borrowed(steps), borrowed(n_of_document)
    doc_mask = (ONE << np.uint64(doc_bits)) - ONE
    for i in range(np.uint64(len(windows))):
        n_of_document[windows[i] & doc_mask] += np.uint32(1)
    u = n_docs = 0
    for doc in range(np.uint64(len(n_of_document))):
        if n_of_document[doc] > 0:
            n_docs += 1
            prompt = np.uint32(prompt_of(steps, doc))
            if u == 0 or units[u - 1] != prompt:
                units[u] = prompt
                unit_n[u] = 0
                u += 1
            unit_n[u - 1] += n_of_document[doc]
    if u > cap:
        u = to_blocks(units, unit_n, ZERO, u, prompt_blocks, np.zeros(N_BLOCKS, np.int64))
    return u, n_docs
