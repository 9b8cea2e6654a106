"""The lexicon: numbers of tokens, found by the hash of their text."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import ALL, ONE
from fastslop._kernels.machine.intrinsics import borrowed
from fastslop._kernels.machine.jit import helper, inlined, kernel
from fastslop._kernels.machine.pieces import hash_piece
from fastslop._kernels.machine.utf8 import eight_bytes

LOWER = np.uint64(0x2020202020202020)
"""Bits that make eight ASCII capitals small letters."""


class Lexicon(NamedTuple):
    """The tokens met so far; token 0 is the break."""

    slots: NDArray[np.uint64]  # a hash table: pairs of a token, or 0, and its hash; its length is a power of two
    ends: NDArray[np.int64]  # [tokens]: where each one's text ends in the arena
    kinds: NDArray[np.uint8]  # [tokens]: flags, such as IS_WORD
    n_chars: NDArray[np.int32]  # [tokens]
    arena: NDArray[np.uint8]  # the text of all tokens
    used: NDArray[np.int64]  # [1]: number of tokens, the break included


@inlined
def borrowed_lexicon(lexicon):
    """The lexicon with its arrays borrowed: see ``borrowed``."""
    slots, ends, kinds, n_chars, arena, used = lexicon
    return Lexicon(borrowed(slots), borrowed(ends), borrowed(kinds), borrowed(n_chars), borrowed(arena), borrowed(used))


@inlined
def low_bytes(n):
    """A mask of the lowest ``n`` u64 bytes, 1 to 8."""
    return ALL >> (np.uint64(64) - (n << np.uint64(3)))


@inlined
def hash_word(text, i, length):
    """Slot hash of ``length`` u64 ASCII letters and apostrophes at ``i`` u64, in lower case; 8 more bytes may be read.

    A slot hash takes a token's text eight bytes at a time, the last first, so that zeros behind the text change
    nothing.
    """
    at = (length - ONE) & ~np.uint64(7)
    h = hash_piece(np.uint64(0), (eight_bytes(text, i + at) | LOWER) & low_bytes(length - at))
    while at > 0:
        at -= np.uint64(8)
        h = hash_piece(h, eight_bytes(text, i + at) | LOWER)
    return h


@inlined
def hash_folded(arena, a0, a1):
    """Slot hash of the folded text in the arena at ``a0:a1``, at least one byte, as ``hash_word`` makes it."""
    h = np.uint64(0)
    piece = np.uint64(0)
    for i in range(a1 - 1, a0 - 1, -1):
        piece = piece << np.uint64(8) | np.uint64(arena[i])
        if (i - a0) & 7 == 0:
            h = hash_piece(h, piece)
            piece = np.uint64(0)
    return h


@inlined
def first_slot(slots, h):
    """The place in ``slots`` where the token of a hash is looked for first."""
    return h >> np.uint64(31) & np.uint64(len(slots) - 1) & ~ONE


@inlined
def find_slot(slots, h):
    """The place in ``slots`` of the token of a hash, or the empty place where it belongs.

    Token and hash lie in one line of the cache: with the hashes elsewhere each look-up waited twice for memory.
    """
    mask = np.uint64(len(slots) - 1)
    slot = first_slot(slots, h)
    while slots[slot] != 0 and slots[slot + ONE] != h:
        slot = (slot + np.uint64(2)) & mask
    return slot


@inlined
def known_token(lexicon, h):
    """The token of a hash, or 0 if the lexicon has none."""
    return np.uint32(lexicon.slots[find_slot(lexicon.slots, h)])


@helper
def add_token(lexicon, slot, h, a1, kind, n_chars):
    """Add the token whose text lies at the arena's free end, up to ``a1``, at an empty slot; return its number."""
    token = lexicon.used[0]
    lexicon.slots[slot] = token
    lexicon.slots[slot + ONE] = h
    lexicon.ends[token] = a1
    lexicon.kinds[token] = kind
    lexicon.n_chars[token] = n_chars
    lexicon.used[0] += 1
    return np.uint32(token)


@inlined
def intern(lexicon, a0, a1, kind, n_chars):
    """The token whose text lies in the arena at ``a0:a1``, its free end; a new token is added with its text there."""
    h = hash_folded(lexicon.arena, a0, a1)
    slot = find_slot(lexicon.slots, h)
    if lexicon.slots[slot] != 0:
        return np.uint32(lexicon.slots[slot])
    return add_token(lexicon, slot, h, a1, kind, n_chars)


@kernel
def refill(old, slots):
    """Enter the tokens of the slots ``old`` into ``slots``, which are empty and have more room."""
    for i in range(np.uint64(0), np.uint64(len(old)), np.uint64(2)):
        if old[i] != 0:
            slot = find_slot(slots, old[i + ONE])
            slots[slot] = old[i]
            slots[slot + ONE] = old[i + ONE]
