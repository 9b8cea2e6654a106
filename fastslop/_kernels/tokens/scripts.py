"""One token of any script, character by character."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import (
    APOSTROPHE,
    APOSTROPHE_BYTE,
    BASE,
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
    """Fold a word (letters, combining marks, inner apostrophes) from ``i`` into the arena; both ends, its length."""
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
def scan_base(text, i, end, klass, fold, arena, a):
    """One base character of a script without spaces, with its combining marks, from ``i`` into the arena."""
    c, i = code_point_at(text, i)
    a = put_code_point(arena, a, np.int64(fold[c]))
    n_chars = 1
    while i < end:
        c, after = code_point_at(text, i)
        k = klass[c] & CLASS_MASK
        if k == COMBINING:
            a = put_code_point(arena, a, np.int64(fold[c]))
            n_chars += 1
        elif k != IGNORE:
            break
        i = after
    return i, a, n_chars


@inlined
def scan_mark(text, i, end, fold, arena, a):
    """A run of one mark from ``i`` into the arena, ``MARK_RUN`` of them at most."""
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
    """White space from a line's end to the next visible thing: one line end, or two for a paragraph's end."""
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
    """A run of digits, which counts as one mark, ``0``."""
    arena[a] = ZERO_BYTE
    while i < end:
        c, after = code_point_at(text, i)
        if klass[c] & CLASS_MASK != DIGIT:
            break
        i = after
    return i, a + 1, 1


@helper
def scan_token(text, i, end, klass, fold, lexicon, tokens, first, n):
    """One token of any kind at ``i``, or the break or space there; the position behind it, and of the next token.

    Line ends at a document's own begin and end are no tokens: they belong to whoever stored it.
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
    elif k == BASE:
        kind = IS_WORD
        i, a, n_chars = scan_base(text, i, end, klass, fold, lexicon.arena, a0)
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
