"""Texts to tokens: the fast path, run of bytes by run of bytes.

Parameters of the helpers have the names of those of the kernel ``tokenise``, or of the fields of ``Scratch`` and
``Lexicon``. Further: ``start`` and ``end``, the bytes of a document; ``i``, a byte of the text; ``r`` and ``n_runs``, a
run and the number of runs; ``n``, the place of the next token; ``capitals`` u8, by place, whether the token is a word
that begins with a capital.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import (
    APOSTROPHE,
    APOSTROPHE_BYTE,
    BASE,
    CLASS_MASK,
    COMBINING,
    DIGIT,
    FULL_STOP_BYTE,
    IGNORE,
    IS_CAPITAL,
    IS_MARK,
    IS_WORD,
    LETTER,
    MARK,
    MARK_RUN,
    NEWLINE,
    ONE,
    SPACE,
    STOP,
    ZERO,
)
from fastslop._kernels.machine.intrinsics import borrowed, prefetch
from fastslop._kernels.machine.jit import inlined, kernel
from fastslop._kernels.machine.pieces import hash_piece
from fastslop._kernels.machine.utf8 import code_point_at, eight_bytes
from fastslop._kernels.tokens.lexicon import (
    LOWER,
    add_token,
    borrowed_lexicon,
    find_slot,
    first_slot,
    hash_word,
    intern,
    known_token,
    low_bytes,
)
from fastslop._kernels.tokens.runs import RUN_DIGITS, RUN_LETTERS, RUN_NEWLINES, RUN_OTHER, find_runs, is_letter
from fastslop._kernels.tokens.scripts import scan_token
from fastslop._kernels.tokens.spaceless import borrowed_units, borrowed_words, cut_run, language_of, script_of

FIRST_DIGIT = np.uint64(0xF0)
"""Bits of a digit that all digits share, those of ``0``: a run of digits is hashed as the mark ``0``."""
HASHED_RUNS = 128
"""Runs that are hashed before the first of them is looked up, a power of two. Meanwhile their slots are fetched, many
of which are in no cache near by: 17 ns a token of large texts, where hashing and looking up run by run took 28."""
FIRST_SMALL = np.uint8(97)
"""The first byte of ASCII's small letters, which come behind its capitals."""


class Scratch(NamedTuple):
    """Room for the bytes and the runs of a document: all but ``hashes`` have ``SLACK`` items more than its bytes."""

    kinds: NDArray[np.uint8]  # the kind of byte i of the document at i + 1
    is_edge: NDArray[np.bool_]  # whether the kind of byte i differs from that of the byte before
    begins: NDArray[np.int32]  # first byte of each run, counted from the document's begin
    ends: NDArray[np.int32]  # the byte behind each run
    hashes: NDArray[np.uint64]  # [HASHED_RUNS]: slot hashes of runs, by the low bits of the run's number


@inlined
def hash_plain(text, i, length, kind):
    """Slot hash of the token that a run of ASCII at ``i`` u64 makes, if that is a word of 15 letters at most or a mark.

    There is no branch: a processor guesses a word's length wrong once in ten words, and a mark once in two.
    """
    is_word = np.uint64(kind == RUN_LETTERS)
    is_number = np.uint64(kind == RUN_DIGITS)
    lower = LOWER & (np.uint64(0) - is_word)
    kept = FIRST_DIGIT | (is_number - ONE)
    length = min(length, MARK_RUN - np.uint64(3) * is_number | (np.uint64(0) - is_word))
    first = (eight_bytes(text, i) | lower) & kept & low_bytes(min(length, np.uint64(8)))
    rest = (max(length, np.uint64(8)) & np.uint64(7)) << np.uint64(3)
    second = (eight_bytes(text, i + np.uint64(8)) | lower) & ((ONE << rest) - ONE)
    return hash_piece(hash_piece(np.uint64(0), second), first)


@inlined
def hash_runs(text, start, slots, scratch, first, last):
    """Write the slot hashes of runs ``first:last``, ``HASHED_RUNS`` at most, and start to load their slots."""
    kinds, _, begins, ends, hashes = scratch
    for run in range(np.uint64(first), np.uint64(last)):
        begin = np.uint64(begins[run])
        length = np.uint64(ends[run]) - begin
        h = hash_plain(text, np.uint64(start) + begin, length, kinds[begin + ONE])
        hashes[run & np.uint64(HASHED_RUNS - 1)] = h
        prefetch(slots, first_slot(slots, h))


@inlined
def plain_tokens(text, start, slots, scratch, r, n_runs, tokens, capitals, n):
    """Write the tokens of hashed runs from ``r`` on, up to the first that is not a known token of ASCII (one of ten).

    Returns the number of that run, and the place of the next token.
    """
    kinds, _, begins, ends, hashes = scratch
    run, token_at = np.uint64(r), np.uint64(n)
    while run < np.uint64(n_runs):
        begin = np.uint64(begins[run])
        length = np.uint64(ends[run]) - begin
        kind = kinds[begin + ONE]
        is_long = (kind == RUN_LETTERS) & (length > np.uint64(15))
        token = slots[find_slot(slots, hashes[run & np.uint64(HASHED_RUNS - 1)])]
        touches_other = kinds[begin + length + ONE] == RUN_OTHER
        if (kind >= RUN_NEWLINES) | touches_other | is_long | (token == 0):
            break
        tokens[token_at] = token
        capitals[token_at] = (kind == RUN_LETTERS) & (text[np.uint64(start) + begin] < FIRST_SMALL)
        token_at += ONE
        run += ONE
    return np.int64(run), np.int64(token_at)


@inlined
def goes_on(text, i, end, kind, klass, fold):
    """Whether the character at ``i`` belongs to the token of the run of ASCII, of kind ``kind``, that ends there."""
    if i >= end:
        return False
    c, after = code_point_at(text, i)
    k = klass[c] & CLASS_MASK
    if kind == RUN_LETTERS:
        if k != APOSTROPHE:
            return k in (LETTER, COMBINING, IGNORE)
        if after >= end:
            return False
        following, _ = code_point_at(text, after)
        return klass[following] & CLASS_MASK == LETTER
    if kind == RUN_DIGITS:
        return k == DIGIT
    return fold[c] == kind


@inlined
def intern_plain(text, i, length, lexicon):
    """The token of a word of ASCII letters and inner apostrophes, which is added if it is new."""
    h = hash_word(text, np.uint64(i), np.uint64(length))
    slot = find_slot(lexicon.slots, h)
    if lexicon.slots[slot] != 0:
        return np.uint32(lexicon.slots[slot])
    a = lexicon.ends[lexicon.used[0] - 1]
    for j in range(length):
        lexicon.arena[a + j] = text[i + j] | 32
    return add_token(lexicon, slot, h, a + length, np.int64(IS_WORD), length)


@inlined
def curly_word(text, i, end, klass, fold, lexicon):
    """The token of a word of ASCII letters and apostrophes, some typographic, or 0; and the position behind it."""
    a0 = lexicon.ends[lexicon.used[0] - 1]
    a = a0
    while i < end:
        if is_letter(text[i]):
            lexicon.arena[a] = text[i] | 32
            i += 1
        elif text[i] == APOSTROPHE_BYTE and i + 1 < end and is_letter(text[i + 1]):
            lexicon.arena[a] = APOSTROPHE_BYTE
            i += 1
        elif i + 3 < end and text[i] == 0xE2 and text[i + 1] == 0x80 and text[i + 2] == 0x99 and is_letter(text[i + 3]):
            lexicon.arena[a] = APOSTROPHE_BYTE
            i += 3
        else:
            break
        a += 1
    if goes_on(text, i, end, np.uint8(RUN_LETTERS), klass, fold):
        return np.uint32(0), i
    return intern(lexicon, a0, a, np.int64(IS_WORD), a - a0), i


@inlined
def lone_character(text, i, end, klass, fold, lexicon):
    """The known token of a single mark beyond ASCII at ``i``, or 0; and the position behind it.

    Quotes and dashes are every twentieth token of some labels, and scanning one took as long as ten words.
    """
    c, after = code_point_at(text, i)
    k = klass[c] & CLASS_MASK
    if k not in (MARK, STOP) or fold[c] != c:
        return np.uint32(0), after
    if after < end:
        following, _ = code_point_at(text, after)
        if fold[following] == c:
            return np.uint32(0), after
    piece = eight_bytes(text, np.uint64(i)) & low_bytes(np.uint64(after - i))
    return known_token(lexicon, hash_piece(np.uint64(0), piece)), after


@inlined
def newline_token(text, start, klass, lexicon, scratch, r, n_runs):
    """The known token of the line ends that are run ``r`` and the runs behind it, or 0; and the position behind them.

    Spaces between line ends are no runs.
    """
    kinds, _, begins, ends, _ = scratch
    n_lines = 0
    while r < n_runs and kinds[begins[r] + 1] == RUN_NEWLINES:
        n_lines += ends[r] - begins[r]
        r += 1
    if r == n_runs:
        return np.uint32(0), start
    i = start + begins[r]
    if kinds[begins[r] + 1] == RUN_OTHER:
        c, _ = code_point_at(text, i)
        if klass[c] & CLASS_MASK in (SPACE, NEWLINE):
            return np.uint32(0), i
    h = hash_piece(np.uint64(0), np.uint64(0x0A0A if n_lines > 1 else 0x0A))
    return known_token(lexicon, h), i


@inlined
def lone_token(text, start, end, klass, fold, lexicon, scratch, r, n_runs):
    """The token of run ``r``, or 0 if it is left to ``scan_token``; and the position behind the token."""
    kinds, _, begins, ends, _ = scratch
    begin, stop = start + begins[r], start + ends[r]
    kind = kinds[begins[r] + 1]
    if kind == RUN_OTHER:
        return lone_character(text, begin, end, klass, fold, lexicon)
    if kind == RUN_NEWLINES:
        return newline_token(text, start, klass, lexicon, scratch, r, n_runs)
    if goes_on(text, stop, end, kind, klass, fold):
        return curly_word(text, begin, end, klass, fold, lexicon) if kind == RUN_LETTERS else (np.uint32(0), begin)
    if kind == RUN_LETTERS:
        return intern_plain(text, begin, stop - begin, lexicon), stop
    return known_token(lexicon, hash_plain(text, np.uint64(begin), np.uint64(stop - begin), kind)), stop


@inlined
def run_behind(scratch, r, n_runs, i):
    """The first run from ``r`` on that ends behind ``i``; a run that begins before ``i`` is cut to begin there.

    Only runs of kind ``RUN_OTHER`` are ever cut, and what their hash finds is not used.
    """
    _, _, begins, ends, _ = scratch
    while r < n_runs and ends[r] <= i:
        r += 1
    if r < n_runs and begins[r] < i:
        begins[r] = i
    return r


@inlined
def is_base(text, i, klass):
    """Whether the character at ``i`` is a base character of a script without spaces."""
    c, _ = code_point_at(text, i)
    return klass[c] & CLASS_MASK == BASE


@inlined
def is_capital(text, i, klass):
    """Whether the character at ``i`` is a capital letter."""
    c, _ = code_point_at(text, i)
    return klass[c] & IS_CAPITAL != 0


@inlined
def tokenise_document(text, start, end, klass, fold, lexicon, words, scratch, units, tokens, capitals, n):
    """Write the tokens of ``text[start:end]`` into ``tokens`` from ``n`` on; return how many tokens there are then.

    Runs of ASCII that stand by themselves are looked up as they are. Other runs are left to ``lone_token``, and where
    it knows no token to ``cut_run``, for scripts without spaces, or ``scan_token``, for all others.

    Also returned are the dictionaries that the document was cut by, a bit for each number. If one is not loaded, the
    number of tokens is -1, and instead of these its number is returned.
    """
    of_han = np.int64(-1)
    cut_by = np.int64(0)
    first = n
    has_marks = np.uint8(0 if klass[FULL_STOP_BYTE] & CLASS_MASK == SPACE else 255)
    n_runs = find_runs(text, start, end, has_marks, scratch)
    r = hashed = ZERO
    while r < n_runs:
        if r >= hashed:
            hashed = min(r + HASHED_RUNS, n_runs)
            hash_runs(text, start, lexicon.slots, scratch, r, hashed)
        r, n = plain_tokens(text, start, lexicon.slots, scratch, r, hashed, tokens, capitals, n)
        if r == hashed:
            continue
        token, i = np.uint32(0), start + scratch.begins[r]
        if n > first or scratch.kinds[scratch.begins[r] + 1] != RUN_NEWLINES:
            token, i = lone_token(text, start, end, klass, fold, lexicon, scratch, r, n_runs)
        begin = start + scratch.begins[r]
        if token != 0:
            tokens[n] = token
            capitals[n] = is_capital(text, begin, klass)
            n += 1
        elif is_base(text, begin, klass):
            c, _ = code_point_at(text, begin)
            script = np.int64(script_of(c))
            if script < 0 and of_han < 0:
                of_han = np.int64(words.wanted[0]) if words.wanted[0] >= 0 else language_of(text, start, end)
            number = of_han if script < 0 else script
            dictionary = words.dictionaries[number]
            if len(dictionary.nodes) == 0:
                return np.int64(-1), number
            cut_by |= np.int64(1) << number
            i, n = cut_run(text, begin, end, klass, fold, lexicon, dictionary, script, units, tokens, capitals, n)
        else:
            at = n
            i, n = scan_token(text, begin, end, klass, fold, lexicon, tokens, first, n)
            if n > at:
                capitals[at] = is_capital(text, begin, klass)
        r = run_behind(scratch, r, n_runs, i - start)
    return n, cut_by


@kernel
def tokenise(
    text, starts, ends, first_doc, klass, fold, lexicon, words, scratch, units, tokens, capitals, doc_ends, cut
):
    """Tokenise documents from ``first_doc`` on, until one might not fit the lexicon, or needs a dictionary not loaded.

    Such a document is not finished, so that the caller can grow the lexicon, or load the dictionary, and call again
    from there on. Returns it, or the number of documents.

    Parameters
    ----------
    text, starts, ends
        UTF-8, u8, with 16 bytes more behind the last document; where each document begins and ends, i64[documents].
    first_doc
        The document to begin with; those before it are in ``tokens``.
    klass, fold
        Class u8 and lower case u32 of each code point.
    lexicon, words, scratch, units
        A `Lexicon`, to which new tokens are added, `Words`, a `Scratch` for the longest document, and `Units`.
    tokens, capitals, doc_ends, cut
        Written: tokens u32, with room for one a byte; u8, whether each is a word that begins with a capital; where each
        document's end, i64[documents]; and i8[documents], the dictionaries it was cut by, a bit for each number, or for
        the one returned the number of that it needs, or -1.
    """
    text, tokens, doc_ends = borrowed(text), borrowed(tokens), borrowed(doc_ends)
    capitals = borrowed(capitals)
    klass, fold = borrowed(klass), borrowed(fold)
    lexicon = borrowed_lexicon(lexicon)
    byte_kinds, is_edge, run_begins, run_ends, run_hashes = scratch
    scratch = Scratch(
        borrowed(byte_kinds), borrowed(is_edge), borrowed(run_begins), borrowed(run_ends), borrowed(run_hashes)
    )
    words, units = borrowed_words(words), borrowed_units(units)
    n = np.int64(doc_ends[first_doc - 1]) if first_doc > 0 else np.int64(0)
    for d in range(first_doc, len(starts)):
        length = ends[d] - starts[d]
        used = lexicon.used[0]
        if used + length + 1 > len(lexicon.ends) or 4 * (used + length) > len(lexicon.slots):
            return d
        # Folding can lengthen a code point from two bytes to three, never more.
        if lexicon.ends[used - 1] + 3 * (length + 2) // 2 + 8 > len(lexicon.arena):
            return d
        cut[d] = -1
        of_document = (text, starts[d], ends[d], klass, fold, lexicon, words, scratch, units, tokens, capitals, n)
        n, cut[d] = tokenise_document(*of_document)
        if n < 0:
            return d
        doc_ends[d] = n
    return len(starts)


@kernel
def count_kinds(tokens, doc_ends, flags, words, marks):
    """Count each document's words and marks into ``words`` and ``marks`` i64[documents]; ``flags`` u8 is by token."""
    t = np.uint64(0)
    for d in range(len(doc_ends)):
        n_words = n_marks = 0
        while t < np.uint64(doc_ends[d]):
            flag = flags[tokens[t]]
            n_words += flag & IS_WORD != 0
            n_marks += flag & IS_MARK != 0
            t += ONE
        words[d] = n_words
        marks[d] = n_marks


@kernel
def add_occurrences(tokens, counts):
    """Add the occurrences of each of ``tokens`` u32 to ``counts`` i64, which is by token."""
    counts = borrowed(counts)
    for t in range(len(tokens)):
        counts[tokens[t]] += 1
