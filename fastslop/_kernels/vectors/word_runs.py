r"""Strings to words: runs of two or more characters of the class ``\w`` of regular expressions.

Parameters of the helpers have the names of the fields of ``Strings``, ``Alphabet``, ``WordScratch`` and ``Lexicon``.
Further: ``address`` u64 and ``width`` u8, where a string's characters lie and their bytes; ``n``, their number or the
next place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import MASK_BYTES, ONE
from fastslop._kernels.machine.intrinsics import bits_from, borrowed, first_bit, prefetch
from fastslop._kernels.machine.jit import inlined, kernel
from fastslop._kernels.machine.pieces import hash_piece
from fastslop._kernels.machine.utf8 import eight_bytes, put_code_point
from fastslop._kernels.tokens.lexicon import (
    add_token,
    borrowed_lexicon,
    find_slot,
    first_slot,
    hash_folded,
    low_bytes,
)
from fastslop._kernels.tokens.runs import put_edges
from fastslop._kernels.vectors.strings import ONE_BYTE, TWO_BYTES, character_at

OUTSIDE_ASCII, NEEDS_LOWER = np.uint8(255), np.uint8(254)
"""Codes of characters beyond ASCII that are part of words, and of characters that only ``str.lower`` can lower."""
HASHED_WORDS = 128
"""Words that are hashed before the first of them is looked up; see ``HASHED_RUNS`` of the kernel ``tokenise``."""
LONGEST_PLAIN = np.uint64(15)
"""Most characters of a word that is hashed as two pieces of eight bytes."""
HIGH_BITS = np.uint64(0x8080808080808080)


class Strings(NamedTuple):
    """Python strings, each column by string."""

    addresses: NDArray[np.uint64]  # of the first character
    n_chars: NDArray[np.int64]
    widths: NDArray[np.uint8]  # bytes of a character


class Alphabet(NamedTuple):
    """Code and lower case of each code point."""

    code: NDArray[np.uint8]  # 0 between words, else fold if that is ASCII, OUTSIDE_ASCII or NEEDS_LOWER
    fold: NDArray[np.uint32]  # the lower case, or the code point itself if case is kept
    lower: NDArray[np.uint8]  # [1]: the bit that makes an ASCII capital a small letter, or 0 if case is kept


class WordScratch(NamedTuple):
    """Room for the longest string."""

    codes: NDArray[np.uint8]  # of each character
    begins: NDArray[np.int32]  # of each word
    ends: NDArray[np.int32]
    hashes: NDArray[np.uint64]  # [HASHED_WORDS]
    word: NDArray[np.uint8]  # one word in UTF-8


@inlined
def ascii_code(c, lower):
    """The code of an ASCII character u8; 128 if ``c`` is 128, which stands for all beyond ASCII."""
    small = c | np.uint8(32)
    is_letter = (small >= 97) & (small <= 122)
    is_other = ((c >= 48) & (c <= 57)) | (c == 95)
    word = (c | lower) if is_letter else c
    return np.uint8(word if is_letter | is_other | (c == 128) else 0)


@inlined
def put_ascii_codes(address, n, like, lower, codes):
    """Write the codes of ``n`` characters from an address on, 128 for those beyond ASCII: by vector instructions."""
    for i in range(n):
        c = character_at(address, np.uint64(i), like)
        codes[i] = ascii_code(np.uint8(c) if c < 128 else np.uint8(128), lower)


@inlined
def code_point(address, i, width):
    """The ``i``-th character u32 of a string whose characters have ``width`` bytes."""
    if width == ONE_BYTE:
        return np.uint32(character_at(address, i, np.uint8(0)))
    if width == TWO_BYTES:
        return np.uint32(character_at(address, i, np.uint16(0)))
    return np.uint32(character_at(address, i, np.uint32(0)))


@inlined
def put_codes(address, n, width, alphabet, codes):
    """Write the codes of the characters of a string, and zeros behind them; return whether ``str.lower`` is needed."""
    lower = alphabet.lower[0]
    if width == ONE_BYTE:
        put_ascii_codes(address, n, np.uint8(0), lower, codes)
    elif width == TWO_BYTES:
        put_ascii_codes(address, n, np.uint16(0), lower, codes)
    else:
        put_ascii_codes(address, n, np.uint32(0), lower, codes)
    for i in range(n, n + np.uint64(2 * MASK_BYTES)):
        codes[i] = 0
    needs_lower = False
    for i in range(np.uint64(0), n, np.uint64(MASK_BYTES)):
        beyond = bits_from(codes, i, 128)
        while beyond != 0:
            at = i + first_bit(beyond)
            beyond &= beyond - ONE
            code = alphabet.code[code_point(address, at, width)]
            codes[at] = code
            needs_lower |= code == NEEDS_LOWER
    return needs_lower


@inlined
def find_words(codes, n, begins, ends):
    """Write where the words among ``n`` codes begin and end, those of one character too; return their number."""
    n_begun = np.uint64(0)
    n_ended = np.uint64(0)
    before = np.uint64(0)
    for i in range(np.uint64(0), n + ONE, np.uint64(MASK_BYTES)):
        words = bits_from(codes, i, 1)
        moved = words << ONE | before
        before = words >> np.uint64(MASK_BYTES - 1)
        n_begun, n_ended = put_edges(words & ~moved, moved & ~words, i, begins, n_begun, ends, n_ended)
    return n_begun


@inlined
def without_single(begins, ends, n):
    """Move the words of more than one character together; return their number."""
    kept = np.uint64(0)
    for i in range(n):
        begin, end = begins[i], ends[i]
        begins[kept] = begin
        ends[kept] = end
        kept += np.uint64(end - begin > 1)
    return kept


@inlined
def hash_ascii(codes, i, length):
    """Slot hash of a word of 15 ASCII characters at most; for other words 0, a hash that no slot has."""
    first = eight_bytes(codes, i) & low_bytes(min(length, np.uint64(8)))
    rest = (max(length, np.uint64(8)) & np.uint64(7)) << np.uint64(3)
    second = eight_bytes(codes, i + np.uint64(8)) & ((ONE << rest) - ONE)
    h = hash_piece(hash_piece(np.uint64(0), second), first)
    is_plain = (length <= LONGEST_PLAIN) & ((first | second) & HIGH_BITS == 0)
    return h & (np.uint64(0) - np.uint64(is_plain))


@inlined
def find_word(address, width, begin, end, fold, lexicon, word, is_growing):
    """The token of any word, found by its text in UTF-8; a new word is added, or is 0 if the lexicon is not growing."""
    a = np.int64(0)
    for i in range(np.uint64(begin), np.uint64(end)):
        a = put_code_point(word, a, np.int64(fold[code_point(address, i, width)]))
    h = hash_folded(word, np.int64(0), a)
    slot = find_slot(lexicon.slots, h)
    token = np.uint32(lexicon.slots[slot])
    if token != 0 or not is_growing:
        return token
    free = lexicon.ends[lexicon.used[0] - 1]
    for i in range(a):
        lexicon.arena[free + i] = word[i]
    return add_token(lexicon, slot, h, free + a, np.int64(0), np.int64(0))


@inlined
def tokens_of_words(address, width, n_words, fold, lexicon, room, is_growing, tokens, n):
    """Write the tokens of a string's words from ``n`` on; return the place behind them."""
    codes, begins, ends, hashes, word = room
    slots = lexicon.slots
    for first in range(np.uint64(0), n_words, np.uint64(HASHED_WORDS)):
        n_hashed = min(n_words - first, np.uint64(HASHED_WORDS))
        for i in range(n_hashed):
            begin = np.uint64(begins[first + i])
            h = hash_ascii(codes, begin, np.uint64(ends[first + i]) - begin)
            hashes[i] = h
            prefetch(slots, first_slot(slots, h))
        for i in range(n_hashed):
            token = np.uint32(slots[find_slot(slots, hashes[i])])
            if token == 0:
                at = first + i
                token = find_word(address, width, begins[at], ends[at], fold, lexicon, word, is_growing)
            tokens[n] = token
            n += ONE
    return n


@kernel
def tokenise_strings(strings, first, alphabet, lexicon, is_growing, room, tokens, ends):
    """Tokenise strings from ``first`` on, until one might not fit the lexicon or needs ``str.lower``.

    Parameters
    ----------
    strings
        `Strings`.
    first
        The string to begin with; those before it are in ``tokens``.
    alphabet
        An `Alphabet`.
    lexicon
        A `Lexicon`, written if it is growing.
    is_growing
        Whether new words are added to the lexicon; else they are token 0.
    room
        A `WordScratch` for the longest string.
    tokens
        u32, written: room for a token of every two characters, and one more of each string.
    ends
        i64[strings], written: where each string's tokens end.

    Returns
    -------
    int
        The first string that might not fit; or ``~d`` if string d needs ``str.lower``; or the number of strings.
    """
    addresses, n_chars, widths = strings
    addresses, n_chars, widths = borrowed(addresses), borrowed(n_chars), borrowed(widths)
    tokens, ends = borrowed(tokens), borrowed(ends)
    code, fold, lower = alphabet
    alphabet = Alphabet(borrowed(code), borrowed(fold), borrowed(lower))
    lexicon = borrowed_lexicon(lexicon)
    codes, begins, word_ends, hashes, word = room
    room = WordScratch(borrowed(codes), borrowed(begins), borrowed(word_ends), borrowed(hashes), borrowed(word))
    n = np.uint64(ends[first - 1]) if first > 0 else np.uint64(0)
    for d in range(first, len(addresses)):
        length = n_chars[d]
        used = lexicon.used[0]
        most = length // 2 + 2
        is_full = used + most > len(lexicon.ends) or 4 * (used + most) > len(lexicon.slots)
        if is_growing and (is_full or lexicon.ends[used - 1] + 4 * length > len(lexicon.arena)):
            return d
        address, width = addresses[d], widths[d]
        if put_codes(address, np.uint64(length), width, alphabet, room.codes):
            return ~d
        n_words = find_words(room.codes, np.uint64(length), room.begins, room.ends)
        n_words = without_single(room.begins, room.ends, n_words)
        n = tokens_of_words(address, width, n_words, alphabet.fold, lexicon, room, is_growing, tokens, n)
        ends[d] = n
    return len(addresses)


@kernel
def enter_tokens(texts, ends, lexicon, tokens):
    """Write the token u32 of each text u8, up to ``ends`` i64; new ones are added to the lexicon, which has room."""
    begin = 0
    for i in range(len(ends)):
        h = hash_folded(texts, begin, ends[i])
        slot = find_slot(lexicon.slots, h)
        if lexicon.slots[slot] == 0:
            free = lexicon.ends[lexicon.used[0] - 1]
            length = ends[i] - begin
            lexicon.arena[free : free + length] = texts[begin : ends[i]]
            tokens[i] = add_token(lexicon, slot, h, free + length, np.int64(0), np.int64(0))
        else:
            tokens[i] = np.uint32(lexicon.slots[slot])
        begin = ends[i]


@kernel
def token_pieces(arena, begins, ends, first, pieces):
    """Write eight bytes of each text from its byte ``first`` on as u64: the first the highest, zeros behind its end."""
    for i in range(len(begins)):
        piece = np.uint64(0)
        begin = begins[i] + first
        for at in range(begin, begin + 8):
            piece = piece << np.uint64(8) | np.uint64(arena[at] if at < ends[i] else 0)
        pieces[i] = piece


@kernel
def copy_texts(arena, begins, ends, out, out_ends):
    """Copy the texts ``arena[begin:end]`` into ``out`` u8, one behind the other, and write the ends there, i64."""
    a = 0
    for i in range(len(begins)):
        for at in range(begins[i], ends[i]):
            out[a] = arena[at]
            a += 1
        out_ends[i] = a
