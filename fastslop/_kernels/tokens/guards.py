"""Guards: documents that loop, documents that are there twice, documents that break off."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import (
    BASE,
    CLASS_MASK,
    COMBINING,
    IGNORE,
    LETTER,
    MIX,
    NEWLINE,
    ONE,
    SPACE,
    ZERO,
)
from fastslop._kernels.machine.jit import helper, kernel
from fastslop._kernels.machine.pieces import hash_piece, rotated
from fastslop._kernels.machine.utf8 import code_point_at


@helper
def repeated_trigrams(tokens, begin, end, seen, stamp):
    """Count the trigrams of ``tokens[begin:end]`` that stood there before; some more are counted where hashes collide.

    ``seen`` i32 is a hash table of a power of two slots, with values below ``stamp``. There is no branch: this takes
    1.0 ns a token, where looking up every run of ten tokens took 5.
    """
    bits = 8
    while 1 << bits < 4 * (end - begin) and 1 << bits < len(seen):
        bits += 1
    shift = np.uint64(64 - bits)
    a = np.uint64(tokens[begin]) * MIX
    b = np.uint64(tokens[begin + 1]) * MIX
    n = 0
    for i in range(begin + 2, end):
        c = np.uint64(tokens[i]) * MIX
        slot = (c ^ rotated(b, np.uint64(21)) ^ rotated(a, np.uint64(42))) >> shift
        n += seen[slot] == stamp
        seen[slot] = stamp
        a = b
        b = c
    return n


@kernel
def repeated_tokens(tokens, begin, end, run):
    """Count the tokens of ``tokens[begin:end]`` in runs of ``run`` tokens that stood there before, overlapping or not.

    Runs of one hash are compared token by token, so the ids of tokens, which depend on the chunk, do not matter.
    """
    n_slots = 1
    while n_slots < 2 * (end - begin):
        n_slots *= 2
    places = np.zeros(n_slots, np.int64)  # 1 + the place behind begin, or 0
    mask = np.uint64(n_slots - 1)
    n = 0
    upto = begin
    for i in range(begin, end - run + 1):
        h = np.uint64(0)
        for j in range(run):
            h = hash_piece(h, np.uint64(tokens[i + j]))
        slot = h >> np.uint64(32) & mask
        while places[slot] != 0:
            earlier = begin + places[slot] - 1
            j = 0
            while j < run and tokens[earlier + j] == tokens[i + j]:
                j += 1
            if j == run:
                n += i + run - max(i, upto)
                upto = i + run
                break
            slot = (slot + ONE) & mask
        if places[slot] == 0:
            places[slot] = i - begin + 1
    return n


@kernel
def find_loops(tokens, doc_ends, run, least, out):
    """Set ``out[d]`` if more than half of document d's tokens, and at least ``least``, stand in runs that stood before.

    A run of ``run`` tokens (three at least) has ``run - 2`` trigrams. In a document that loops, at least the share
    ``(run - 2) / (2 * run)`` of its tokens begins a repeated trigram; only documents with as many are examined closely.
    """
    seen = np.zeros(1 << 16, np.int32)
    begin = ZERO
    for d in range(len(doc_ends)):
        end = doc_ends[d]
        out[d] = False
        if end - begin > least:
            repeats = repeated_trigrams(tokens, begin, end, seen, d + 1)
            if 2 * run * repeats >= (run - 2) * (end - begin):
                n = repeated_tokens(tokens, begin, end, run)
                out[d] = n >= least and 2 * n > end - begin
        begin = end


@kernel
def find_open_ends(text, starts, ends, klass, is_joint, out):
    """Set ``out[d]`` if document d's last visible character is a letter, or a joint: a mark used within sentences.

    Thai and Lao have no mark for the end of a sentence and are not judged.

    Parameters
    ----------
    text
        UTF-8, u8.
    starts, ends
        Bytes of ``text`` where each document begins and ends, i64[documents].
    klass, is_joint
        The class u8 of each code point, and whether it is a joint, bool.
    out
        bool[documents], written.
    """
    for d in range(len(out)):
        out[d] = False
        i = ends[d]
        while i > starts[d]:
            i -= 1
            while text[i] & 0xC0 == 0x80:
                i -= 1
            c, _ = code_point_at(text, i)
            k = klass[c] & CLASS_MASK
            if k not in (SPACE, NEWLINE, IGNORE):
                is_letter = k in (LETTER, COMBINING, BASE) and not 0x0E00 <= c < 0x0F00
                out[d] = is_letter or is_joint[c]
                break
