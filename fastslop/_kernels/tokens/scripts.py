"""One token of any script with spaces between words, character by character.

Parameters of the helpers: ``text`` u8, UTF-8; ``i`` and ``end``, bytes of it; ``klass`` u8 and ``fold`` u32, the class
and the lower case of each code point; ``arena`` u8, where the token's text is written from ``a`` on; ``lexicon``, a
`Lexicon`.
"""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import (
    APOSTROPHE,
    APOSTROPHE_BYTE,
    BREAK,
    BREAK_TOKEN,
    CLASS_MASK,
    COMBINING,
    DIGIT,
    IGNORE,
    IS_BREAK,
    IS_MARK,
    IS_WORD,
    LETTER,
    MARK_RUN,
    NEWLINE,
    NEWLINE_BYTE,
    SPACE,
    STOP,
    ZERO_BYTE,
)
from fastslop._kernels.machine.jit import helper, inlined
from fastslop._kernels.machine.utf8 import code_point_at, put_code_point
from fastslop._kernels.tokens.lexicon import intern


@inlined
def scan_word(text, i, end, klass, fold, arena, a):
    """Fold a word (letters, combining marks, inner apostrophes) from ``i`` into the arena at ``a``.

    Returns the ends of what was read and written, and the number of characters written, as all ``scan_`` helpers do.
    """
    n_chars = 0
    while i < end:
        c, after = code_point_at(text, i)
        k = klass[c] & CLASS_MASK
        if k in (LETTER, COMBINING):
            a = put_code_point(arena, a, np.int64(fold[c]))
        elif k == APOSTROPHE and n_chars > 0 and after < end:
            following, _ = code_point_at(text, after)
            if klass[following] & CLASS_MASK != LETTER:
                break
            arena[a] = APOSTROPHE_BYTE
            a += 1
        elif k == IGNORE:
            i = after
            continue
        else:
            break
        n_chars += 1
        i = after
    return i, a, n_chars


@inlined
def scan_mark(text, i, end, fold, arena, a):
    """Fold a run of one mark into the arena, ``MARK_RUN`` times at most, as ``scan_word``."""
    c, i = code_point_at(text, i)
    a = put_code_point(arena, a, np.int64(fold[c]))
    n_chars = 1
    while i < end:
        again, after = code_point_at(text, i)
        if fold[again] != fold[c]:
            break
        if n_chars < MARK_RUN:
            a = put_code_point(arena, a, np.int64(fold[c]))
            n_chars += 1
        i = after
    return i, a, n_chars


@inlined
def scan_newlines(text, i, end, klass, arena, a):
    """Read white space from a line's end to the next visible character, and write one line end, or two for a paragraph.

    Returns the same as ``scan_word``.
    """
    n_chars = 0
    while i < end:
        c, after = code_point_at(text, i)
        k = klass[c] & CLASS_MASK
        if k == NEWLINE:
            if not (c == 13 and after < end and text[after] == NEWLINE_BYTE) and n_chars < 2:
                arena[a] = NEWLINE_BYTE
                a += 1
                n_chars += 1
        elif k != SPACE:
            break
        i = after
    return i, a, n_chars


@inlined
def scan_digits(text, i, end, klass, arena, a):
    """Read a run of digits and write the one mark it counts as, ``0``; returns the same as ``scan_word``."""
    arena[a] = ZERO_BYTE
    while i < end:
        c, after = code_point_at(text, i)
        if klass[c] & CLASS_MASK != DIGIT:
            break
        i = after
    return i, a + 1, 1


@helper
def scan_token(text, i, end, klass, fold, lexicon, tokens, first, n):
    """Read one token of any kind but a base character, a break or a space at ``i``; write the token as ``tokens[n]``.

    Returns the position behind what was read, and the place of the next token. Line ends at the begin and the end of a
    document are no tokens: they belong to whoever stored it. ``first`` is the place of the document's first token.
    """
    c, after = code_point_at(text, i)
    k = klass[c] & CLASS_MASK
    if k in (SPACE, IGNORE):
        return after, n
    if k == BREAK:
        if n > first and tokens[n - 1] != BREAK_TOKEN:
            tokens[n] = BREAK_TOKEN
            n += 1
        return after, n
    a0 = lexicon.ends[lexicon.used[0] - 1]
    kind = IS_MARK
    if k in (LETTER, COMBINING):
        kind = IS_WORD
        i, a, n_chars = scan_word(text, i, end, klass, fold, lexicon.arena, a0)
    elif k == DIGIT:
        kind = IS_MARK | IS_BREAK
        i, a, n_chars = scan_digits(text, i, end, klass, lexicon.arena, a0)
    elif k == NEWLINE:
        kind = IS_MARK | IS_BREAK
        i, a, n_chars = scan_newlines(text, i, end, klass, lexicon.arena, a0)
        if n == first or i == end:
            return i, n
    else:
        if k == STOP:
            kind = IS_MARK | IS_BREAK
        i, a, n_chars = scan_mark(text, i, end, fold, lexicon.arena, a0)
    tokens[n] = intern(lexicon, a0, a, kind, n_chars)
    return i, n + 1
