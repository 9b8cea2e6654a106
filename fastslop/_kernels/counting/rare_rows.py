"""Rows in few prompts, found before they are written."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.counting.count_prompts import prompt_of
from fastslop._kernels.counting.windows import token_at
from fastslop._kernels.machine.constants import BREAK_TOKEN, ONE
from fastslop._kernels.machine.intrinsics import borrowed
from fastslop._kernels.machine.jit import kernel


@kernel
def drop_rare_rows(records, ends, doc_bits, steps, least):
    """Drop the rows that are in fewer than ``least`` prompts; return how many records are left, and rows were dropped.

    ``records`` u64 are sorted within each group, as for ``count_records``, and move up in place; groups end at ``ends``
    i64, written over. ``steps`` u64 are those of ``step_prompts``.
    """
    records, steps = borrowed(records), borrowed(steps)
    doc_bits, least = np.uint64(doc_bits), np.uint64(least)
    doc_mask = (ONE << doc_bits) - ONE
    at = first = n_dropped = np.uint64(0)
    for g in range(len(ends)):
        stop = np.uint64(ends[g])
        while first < stop:
            row = records[first] >> doc_bits
            end = first + ONE
            while end < stop and records[end] >> doc_bits == row:
                end += ONE
            n_prompts = np.uint64(0)
            if end - first >= least:
                before = prompt_of(steps, records[first] & doc_mask)
                n_prompts = ONE
                r = first + ONE
                while r < end and n_prompts < least:
                    this = prompt_of(steps, records[r] & doc_mask)
                    n_prompts += np.uint64(this != before)
                    before = this
                    r += ONE
            if n_prompts >= least:
                for r in range(first, end):
                    records[at] = records[r]
                    at += ONE
            else:
                n_dropped += ONE
            first = end
        ends[g] = at
    return np.int64(at), np.int64(n_dropped)


@kernel
def note_prompts(runs, doc_prompts, ranks, seen, n_seen):
    """Note the first prompts of each token, as many as there is room for.

    Parameters
    ----------
    runs
        A `TokenRuns`.
    doc_prompts
        The prompt of each document, u32.
    ranks
        The rank u32 of each token of each tokeniser.
    seen, n_seen
        u32[ranks, prompts] and i64[ranks], written: different prompts of each token, and how many of them are noted.
    """
    addresses, n_numbers, docs, bases = runs
    doc_prompts, ranks, n_seen = borrowed(doc_prompts), borrowed(ranks), borrowed(n_seen)
    for d in range(len(docs)):
        prompt, base = doc_prompts[docs[d]], np.uint64(bases[d])
        t = np.uint64(0)
        while t < np.uint64(n_numbers[d]):
            token, t = token_at(addresses[d], t)
            if token == BREAK_TOKEN:  # a break has no rank of its own
                continue
            rank = ranks[base + token]
            n = n_seen[rank]
            if n < seen.shape[1]:
                i = 0
                while i < n and seen[rank, i] != prompt:
                    i += 1
                if i == n:
                    seen[rank, n] = prompt
                    n_seen[rank] = n + 1
