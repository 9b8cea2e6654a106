"""Texts that loop, that are there twice, that break off."""

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
from fastslop._kernels.machine.utf8 import code_point_at, eight_bytes
from fastslop._kernels.tokens.lexicon import hash_piece, rotated


@helper
def repeated_trigrams(tokens, begin, end, seen, stamp):
    """How many of the trigrams of ``tokens[begin:end]`` stood there before, at least; some more where hashes collide.

    ``seen`` i32, a power of two of them, below ``stamp``. Without a branch: 1.0 ns a token, where looking up every run
    of ten tokens took 5.
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
    """How many of ``tokens[begin:end]`` stand in a run of ``run`` tokens that stood there before, and may overlap it.

    Runs of one hash are compared token by token, so the ids of tokens, which depend on the chunk, do not matter.
    """
    n_slots = 1
    while n_slots < 2 * (end - begin):
        n_slots *= 2
    places = np.zeros(n_slots, np.int64)  # 1 and the place, from begin
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
    """Set ``out[d]`` where more than half of document d's tokens, and ``least``, stand in runs that stood before.

    A run of ``run`` tokens (three at least) has ``run - 2`` trigrams. So in a document that loops, that share of half
    of the tokens begins a repeated trigram; only documents that have as many are looked at closely.
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
def text_keys(text, starts, ends, out):
    """A hash of each document, ``text[start:end]``, into ``out`` u64: of its length, then of eight bytes at a time.

    0.9 ns a token, where FNV-1a, byte by byte, took 5. docs/reference/profile.md has the definition.
    """
    for d in range(len(out)):
        i = np.uint64(starts[d])  # unsigned: the compiler then makes one load of the eight
        end = np.uint64(ends[d])
        h = end - i
        while i + np.uint64(8) <= end:
            h = hash_piece(h, eight_bytes(text, i))
            i += np.uint64(8)
        piece = np.uint64(0)
        shift = np.uint64(0)
        while i < end:
            piece |= np.uint64(text[i]) << shift
            shift += np.uint64(8)
            i += ONE
        out[d] = hash_piece(h, piece)


@kernel
def find_open_ends(text, starts, ends, klass, is_joint, out):
    """Set ``out[d]`` where document d's last visible character is a letter or a joint, a mark within sentences.

    ``is_joint`` bool, by code point. Thai and Lao have no mark for the end of a sentence and are not judged.
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
