"""Texts to tokens: the fast path, run of bytes by run of bytes."""

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
    IS_MARK,
    IS_WORD,
    LETTER,
    MARK,
    MARK_RUN,
    MASK_BYTES,
    NEWLINE,
    ONE,
    SPACE,
    STOP,
    ZERO,
)
from fastslop._kernels.machine.intrinsics import bits_from, borrowed, first_bit, n_bits, prefetch
from fastslop._kernels.machine.jit import inlined, kernel
from fastslop._kernels.machine.utf8 import code_point_at, eight_bytes
from fastslop._kernels.tokens.lexicon import (
    LOWER,
    add_token,
    borrowed_lexicon,
    find_slot,
    first_slot,
    hash_piece,
    hash_word,
    intern,
    known_token,
    low_bytes,
)
from fastslop._kernels.tokens.scripts import scan_token

FIRST_DIGIT = np.uint64(0xF0)
# Kinds of runs of bytes; ASCII marks are their own byte, 33 to 126.
RUN_SPACE, RUN_LETTERS, RUN_DIGITS, RUN_NEWLINES, RUN_OTHER = 0, 1, 2, 254, 255
HASHED_RUNS = 128
"""Runs that are hashed before the first of them is looked up, a power of two: time enough to fetch their slots, of
which many are in no cache near by. Hashed and looked up one by one, a token of large texts took 28 ns, and now 17."""


class Scratch(NamedTuple):
    """The bytes of a document and its runs: as many as the longest has bytes, and ``SLACK`` more."""

    kinds: NDArray[np.uint8]  # of each byte, from 1 on
    is_edge: NDArray[np.bool_]  # whether another kind begins there
    begins: NDArray[np.int32]  # of each run, from the document's begin
    ends: NDArray[np.int32]
    hashes: NDArray[np.uint64]  # [HASHED_RUNS]: of runs, by the low bits of their number


@inlined
def is_letter(b):
    """Whether a byte is an ASCII letter."""
    return ((b >= 97) & (b <= 122)) | ((b >= 65) & (b <= 90))


@inlined
def kind_of_byte(b, has_marks):
    """The kind of run a byte belongs to; ``has_marks`` u8 is 255, or 0 where all ASCII but letters is white space."""
    is_digit = (b >= 48) & (b <= 57)
    is_space = (b == 32) | (b == 9)
    is_control = (b < 32) | (b == 127)
    mark = RUN_SPACE if is_space else RUN_NEWLINES if b == 10 else RUN_OTHER if is_control else b
    kind = (RUN_DIGITS if is_digit else mark) & has_marks
    return np.uint8(RUN_LETTERS if is_letter(b) else RUN_OTHER if b >= 128 else kind)


@inlined
def kinds_of_bytes(text, start, length, has_marks, kinds):
    """The kinds of ``length`` bytes of ``text`` from ``start`` on into ``kinds`` from 1 on, white space around them.

    Apostrophes between letters are letters; between a letter and what may be one, other characters. The compiler makes
    vector instructions of these loops: 0.2 ns a byte, where looking up each byte's kind took 0.6.
    """
    kinds[0] = RUN_SPACE
    for i in range(length):
        kinds[i + ONE] = kind_of_byte(text[start + i], has_marks)
    for i in range(ONE, max(length, ONE) - ONE):
        at = start + i
        kind = kinds[i + ONE]
        follows = (text[at] == APOSTROPHE_BYTE) & is_letter(text[at - ONE]) & (has_marks != 0)
        inner = RUN_LETTERS if is_letter(text[at + ONE]) else RUN_OTHER if text[at + ONE] >= 128 else kind
        kinds[i + ONE] = np.uint8(inner if follows else kind)
    for i in range(np.uint64(MASK_BYTES + 1)):
        kinds[length + ONE + i] = RUN_SPACE


@inlined
def put_edges(begin_bits, end_bits, i, begins, n, ends, n_ended):
    """Write ``i`` and the place of each bit, where runs begin and end, and some more; how many of each there are then.

    Eight at a time, since how many there are is a guess of the processor's that is wrong nearly every time; both kinds
    in one loop, since each waits for itself.
    """
    at, at_end = n, n_ended
    n += n_bits(begin_bits)
    n_ended += n_bits(end_bits)
    while begin_bits | end_bits != 0:
        for j in range(np.uint64(8)):
            begins[at + j] = i + first_bit(begin_bits)
            ends[at_end + j] = i + first_bit(end_bits)
            begin_bits &= begin_bits - ONE
            end_bits &= end_bits - ONE
        at += np.uint64(8)
        at_end += np.uint64(8)
    return n, n_ended


@inlined
def find_runs(text, start, end, has_marks, scratch):
    """Cut ``text[start:end]`` into runs of bytes of one kind, without white space; how many there are."""
    kinds, is_edge, begins, ends, _ = scratch
    length = np.uint64(end - start)
    kinds_of_bytes(text, np.uint64(start), length, has_marks, kinds)
    for i in range(length + np.uint64(MASK_BYTES)):
        is_edge[i] = kinds[i + ONE] != kinds[i]
    n = np.uint64(0)
    n_ended = np.uint64(0)
    for i in range(np.uint64(0), length + ONE, np.uint64(MASK_BYTES)):
        edges = bits_from(is_edge, i, 1)
        begin_bits = edges & bits_from(kinds, i + ONE, 1)
        end_bits = edges & bits_from(kinds, i, 1)
        n, n_ended = put_edges(begin_bits, end_bits, i, begins, n, ends, n_ended)
    return np.int64(n)


@inlined
def hash_plain(text, i, length, kind):
    """Slot hash of the token that a run of ASCII at ``i`` u64 is, if it is a word of 15 letters at most or a mark.

    Without a branch: the processor guesses a word's length wrong once in ten words, and a mark once in two.
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
    """Slot hashes of runs ``first:last``, ``HASHED_RUNS`` at most; their slots are asked for."""
    kinds, _, begins, ends, hashes = scratch
    for run in range(np.uint64(first), np.uint64(last)):
        begin = np.uint64(begins[run])
        length = np.uint64(ends[run]) - begin
        h = hash_plain(text, np.uint64(start) + begin, length, kinds[begin + ONE])
        hashes[run & np.uint64(HASHED_RUNS - 1)] = h
        prefetch(slots, first_slot(slots, h))


@inlined
def plain_tokens(slots, scratch, r, n_runs, tokens, n):
    """Tokens of hashed runs from ``r`` on that are known and of ASCII, nine of ten; the first run that is not, and the
    place of the next token."""
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
        token_at += ONE
        run += ONE
    return np.int64(run), np.int64(token_at)


@inlined
def goes_on(text, i, end, kind, klass, fold):
    """Whether the character at ``i`` belongs to the token of the run of this kind, of ASCII, that ends there."""
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
    """The token of ASCII letters and inner apostrophes."""
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
    """The token of ASCII letters and inner apostrophes, some of them typographic, or 0; the position behind it."""
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
    """The token, met before, of a single mark or base character beyond ASCII at ``i``, and the position behind; else 0.

    Quotes and dashes are every twentieth token of some models, and scanning one took as long as ten words.
    """
    c, after = code_point_at(text, i)
    k = klass[c] & CLASS_MASK
    if k not in (MARK, STOP, BASE) or fold[c] != c:
        return np.uint32(0), after
    if after < end:
        following, _ = code_point_at(text, after)
        if (fold[following] == c) if k != BASE else klass[following] & CLASS_MASK in (COMBINING, IGNORE):
            return np.uint32(0), after
    piece = eight_bytes(text, np.uint64(i)) & low_bytes(np.uint64(after - i))
    return known_token(lexicon, hash_piece(np.uint64(0), piece)), after


@inlined
def newline_token(text, start, klass, lexicon, scratch, r, n_runs):
    """The token, met before, of the lines that end with run ``r`` and those after it, and the position behind; else 0.

    Spaces between lines are no runs.
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
    """The token of run ``r``, unless it is one for ``scan_token``, and the position behind it; else 0."""
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
    """The first run from ``r`` on that ends behind ``i``; if that is in its middle, it begins there.

    Only runs of other characters are ever cut so, and what their hash finds is not used.
    """
    _, _, begins, ends, _ = scratch
    while r < n_runs and ends[r] <= i:
        r += 1
    if r < n_runs and begins[r] < i:
        begins[r] = i
    return r


@inlined
def tokenise_document(text, start, end, klass, fold, lexicon, scratch, tokens, n):
    """Tokens of ``text[start:end]`` into ``tokens`` from ``n`` on; how many tokens there are then.

    Runs of ASCII that stand by themselves are looked up as they are; whatever touches another character goes through
    ``scan_token``, which knows all of Unicode.
    """
    first = n
    has_marks = np.uint8(0 if klass[FULL_STOP_BYTE] & CLASS_MASK == SPACE else 255)
    n_runs = find_runs(text, start, end, has_marks, scratch)
    r = hashed = ZERO
    while r < n_runs:
        if r >= hashed:
            hashed = min(r + HASHED_RUNS, n_runs)
            hash_runs(text, start, lexicon.slots, scratch, r, hashed)
        r, n = plain_tokens(lexicon.slots, scratch, r, hashed, tokens, n)
        if r == hashed:
            continue
        token, i = np.uint32(0), start + scratch.begins[r]
        if n > first or scratch.kinds[scratch.begins[r] + 1] != RUN_NEWLINES:
            token, i = lone_token(text, start, end, klass, fold, lexicon, scratch, r, n_runs)
        if token != 0:
            tokens[n] = token
            n += 1
        else:
            i = start + scratch.begins[r]
            i, n = scan_token(text, i, end, klass, fold, lexicon, tokens, first, n)
        r = run_behind(scratch, r, n_runs, i - start)
    return n


@kernel
def tokenise(text, starts, ends, first_doc, klass, fold, lexicon, scratch, tokens, doc_ends):
    """Tokenise documents from ``first_doc`` on; the first one for which the lexicon had no room, or their number.

    ``text`` must go on for 16 bytes behind the last document; ``tokens`` u32 must have room for one token a byte,
    ``scratch`` for the longest document and ``SLACK`` more. A document that does not fit is not begun, so that the
    caller grows the lexicon and calls again with it.
    """
    text, tokens, doc_ends = borrowed(text), borrowed(tokens), borrowed(doc_ends)
    klass, fold = borrowed(klass), borrowed(fold)
    lexicon = borrowed_lexicon(lexicon)
    byte_kinds, is_edge, run_begins, run_ends, run_hashes = scratch
    scratch = Scratch(
        borrowed(byte_kinds), borrowed(is_edge), borrowed(run_begins), borrowed(run_ends), borrowed(run_hashes)
    )
    n = doc_ends[first_doc - 1] if first_doc > 0 else 0
    for d in range(first_doc, len(starts)):
        length = ends[d] - starts[d]
        used = lexicon.used[0]
        if used + length + 1 > len(lexicon.ends) or 4 * (used + length) > len(lexicon.slots):
            return d
        # Folding can lengthen a code point from two bytes to three, never more.
        if lexicon.ends[used - 1] + 3 * (length + 2) // 2 + 8 > len(lexicon.arena):
            return d
        n = tokenise_document(text, starts[d], ends[d], klass, fold, lexicon, scratch, tokens, n)
        doc_ends[d] = n
    return len(starts)


@kernel
def count_kinds(tokens, doc_ends, flags, words, marks):
    """How many words and marks each document has, into ``words`` and ``marks`` i64."""
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
