"""The units of a row, prompts or blocks of prompts, from the documents of its records."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import ALL, BLOCK_FLAG, N_BLOCKS, ONE, ZERO
from fastslop._kernels.machine.intrinsics import borrowed, n_bits
from fastslop._kernels.machine.jit import helper, inlined, kernel
from fastslop._kernels.profiles.blocks import to_blocks

LONG_ROW = np.uint64(2048)
"""Records of a row by which it is worth while to count its units in a table."""
N_COUNTERS = np.uint64(4)
"""Counters of each unit, which take turns: one that was just written is slow to read."""


@kernel
def step_prompts(doc_prompts, steps):
    """A small table of ``doc_prompts`` u32, which begin with 0 and rise by 1 at most, that stays in the cache.

    ``steps`` u64, zero, two for each 64 documents: the prompt of the first, and a bit for each other one at which the
    next prompt begins.
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
    """The prompt u64 of a document u64: see ``step_prompts``."""
    i = doc >> np.uint64(6) << ONE
    return steps[i] + n_bits(steps[i + ONE] & (ALL >> (np.uint64(63) - (doc & np.uint64(63)))))


@inlined
def count_row(records, begin, end, doc_bits, steps, units, unit_n):
    """The prompts of the row of records ``begin:end`` into ``units`` and ``unit_n``; how many, and of documents."""
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
    """Whether the row of records ``begin:end`` certainly has more than ``cap`` prompts: so many are in a sample."""
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
    """``count_row`` of a row that keeps the units of ``doc_units`` u16, of each document: 1.5 ns a record, not 4."""
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
    """The units of the row of records ``begin:end``, prompts or blocks, to ``scratch``; how many, and of documents."""
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
    """The units of ``windows`` u64 that begin with the same token, in any order, into ``units`` u32 and ``unit_n`` i64;
    how many, and of documents.

    ``prompts`` as for ``encode_records``; ``n_of_document`` u32, zero for each document. A frequent word's records
    would take as much memory as its windows.
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
