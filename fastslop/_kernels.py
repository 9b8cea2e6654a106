"""All compiled code: text to tokens, tokens to n-gram records, sorted records to counts, and the merge of counts.

Kernels see arrays and numbers only and return how far they came; the modules that call them allocate, grow and call
again. All of them live in this one file because Numba's cache does not notice a change in another file. They stand in
the order of the flow. Each part begins with a comment that names the module that calls it (search for ``# tables``)::

    types, constants    intrinsics; Lexicon, TokenRuns, Block, Grams: what passes between kernels and their callers
    json_lines          read_json_lines: lines that certainly mean what ``json.loads`` makes of them
    documents, unicode  copy_documents, find_unnormal
    tokens              tokenise: plain_tokens (runs of ASCII, nine tokens of ten), scan_token (any script)
    tables              scatter_windows, records_of_order, encode_records: tokens to windows to records to rows
    merging             end_batch, batch_keys, sum_rows
    packing             encode_rows, decode_rows: the bytes of docs/profile.md
    rows, samples       feature_keys, winsorised, block_moments, drawn_counts
    matching, guards, patterns   match_phrases, find_loops, text_keys, find_open_ends, match_rules

Within a part, what is called stands before what calls it: read the last kernel of a part first.

N-grams are counted by sorting. A record packs the ranks of an n-gram's tokens and its document into 64 bits; records
are sorted a digit at a time in the second cache, at 2 ns each, and one scan then yields occurrences, documents and
prompts together. A hash table took 23 ns an n-gram once ten million were distinct, and knew nothing of documents.
"""

from __future__ import annotations

import ctypes
import os
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core.cgutils import get_null_value
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

CACHE = os.environ.get("FASTSLOP_NO_CACHE", "") in ("", "0")
kernel = njit(cache=CACHE, nogil=True)
inlined = njit(cache=CACHE, nogil=True, forceinline=True)
"""For what is called in inner loops; see ``borrowed``."""


@intrinsic
def _borrowed(_, array):
    def codegen(context, builder, signature, args):
        own = context.make_array(signature.args[0])(context, builder, args[0])
        own.meminfo = get_null_value(own.meminfo.type)
        own.parent = get_null_value(own.parent.type)
        return own._getvalue()

    return array(array), codegen


def borrowed(array):
    """The same array, which the caller keeps alive: references to it are not counted.

    Numba counts them wherever an array is passed on, by instructions that lock the memory. They took a sixth of the
    tokeniser's time, and more where two threads share an array.
    """
    return array


@overload(borrowed, jit_options={"forceinline": True})
def _(array):
    return lambda array: _borrowed(array)


@intrinsic
def _bits_from(_, array, i, least):
    def codegen(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        sixty_four = ir.VectorType(ir.IntType(8), 64)
        place = builder.bitcast(builder.gep(data, [args[1]]), sixty_four.as_pointer())
        first = builder.insert_element(ir.Constant(sixty_four, None), args[2], ir.Constant(ir.IntType(32), 0))
        limit = builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(ir.IntType(32), 64), None))
        bits = builder.icmp_unsigned(">=", builder.load(place, align=1), limit)
        return builder.bitcast(bits, ir.IntType(64))

    return types.uint64(array, types.uint64, types.uint8), codegen


def bits_from(array, i, least):
    """Bits u64, from the lowest on, of the 64 bytes from ``i`` u64 on: whether each is ``least`` or more."""
    return np.uint64(sum(1 << b for b in range(64) if array[int(i) + b] >= least))


@overload(bits_from, jit_options={"forceinline": True})
def _(array, i, least):
    return lambda array, i, least: _bits_from(array, i, least)


@intrinsic
def _first_bit(_, bits):
    def codegen(context, builder, signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), codegen


def first_bit(bits):
    """The place of the lowest bit of u64 that is set; 64 if none is."""
    return np.uint64((int(bits) & -int(bits)).bit_length() - 1 if bits else 64)


@overload(first_bit, jit_options={"forceinline": True})
def _(bits):
    return lambda bits: _first_bit(bits)


@intrinsic
def _n_bits(_, bits):
    def codegen(context, builder, signature, args):
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), codegen


def n_bits(bits):
    """How many bits of u64 are set."""
    return np.uint64(int(bits).bit_count())


@overload(n_bits, jit_options={"forceinline": True})
def _(bits):
    return lambda bits: _n_bits(bits)


@intrinsic
def _token_at(_, address, i):
    def codegen(_, builder, __, args):
        tokens = builder.inttoptr(args[0], ir.IntType(32).as_pointer())
        return builder.load(builder.gep(tokens, [args[1]]), align=4)

    return types.uint32(types.uint64, types.uint64), codegen


def token_at(address, i):
    """The ``i``-th number u32 from an address on, both u64: the caller keeps alive what lies there."""
    return np.uint32(ctypes.c_uint32.from_address(int(address) + 4 * int(i)).value)


@overload(token_at, jit_options={"forceinline": True})
def _(address, i):
    return lambda address, i: _token_at(address, i)


# Classes of code points, the low bits of the class table ...
SPACE, LETTER, COMBINING, APOSTROPHE, BASE, DIGIT, MARK, STOP, NEWLINE, BREAK, IGNORE = range(11)
CLASS_MASK = 0x1F
# ... and its flags: the text around this code point is not its own normal form, or may not be.
NEEDS_NFKC = 0x80
REORDERS = 0x40

# Flags of a token of the lexicon. Token 0 is no token but the break between two.
IS_WORD, IS_MARK, IS_STOPWORD, IS_BREAK, IS_SHORT = 1, 2, 4, 8, 16
BREAK_TOKEN = 0

# Codes of tokens in windows; others are their ranks, those that are counted with this bit.
WANTED, BETWEEN, SKIPPED = np.uint32(0x80000000), np.uint32(0x7FFFFFFF), np.uint32(0xFFFFFFFF)
MAX_WINDOW = 3
"""Tokens of a window: longer n-grams seldom fit a record with their document."""

MARK_RUN = np.uint64(4)
"""A run of one mark counts as that mark repeated, four at most: a level-four heading and a ruler are both ``----``."""

MASK_BYTES = 64
"""Bytes looked at together, by masks of a bit for each."""
SLACK = MASK_BYTES + 8
"""How much further than a document's bytes and runs its scratch is used."""

# Kinds of runs of bytes; ASCII marks are their own byte, 33 to 126.
RUN_SPACE, RUN_LETTERS, RUN_DIGITS, RUN_NEWLINES, RUN_OTHER = 0, 1, 2, 254, 255

FNV_OFFSET = np.uint64(0xCBF29CE484222325)
FNV_PRIME = np.uint64(0x100000001B3)
MIX = np.uint64(0x9E3779B97F4A7C15)
FIRST_DIGIT = np.uint64(0xF0)
LOWER = np.uint64(0x2020202020202020)
NOT_ASCII = np.uint64(0x8080808080808080)
LOW_BITS = np.uint64(0x0101010101010101)
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
ONE = np.uint64(1)

DIGIT_BITS, LEAST_DIGIT_BITS = np.uint64(12), np.uint64(6)
"""Bits by which records are sorted at a time: so many counters fit the first cache beside what is read."""

N_BLOCKS = 64
"""Prompts fall into this many blocks. Up to as many prompts every row keeps each prompt's count."""
BLOCK_FLAG = np.uint32(0x80000000)

_APOSTROPHE = np.uint8(39)
_NEWLINE = np.uint8(10)
_ZERO = np.uint8(48)
_FULL_STOP = 46
_QUOTE = np.uint8(34)
_COMMA = np.uint8(44)
_COLON = np.uint8(58)
_BACKSLASH = np.uint8(92)
_OPEN_ARRAY, _CLOSE_ARRAY = np.uint8(91), np.uint8(93)
_OPEN_OBJECT, _CLOSE_OBJECT = np.uint8(123), np.uint8(125)

# JSON: what letters behind a backslash stand for (0: nothing), and what hexadecimal digits do (-1: nothing).
ESCAPES = np.zeros(256, np.uint8)
ESCAPES[list(b'"\\/bfnrt')] = list(b'"\\/\b\f\n\r\t')
HEX = np.full(256, -1, np.int64)
HEX[list(b"0123456789abcdefABCDEF")] = [*range(16), *range(10, 16)]
LITERALS = np.frombuffer(b"truefalsenull", np.uint8)
MAX_DIGITS = 640  # Python may be told to refuse whole numbers of more
MAX_DEPTH = 60  # a bit each
MISSING, NULL = -1, -2
QUOTES, BACKSLASHES, SPACES = (LOW_BITS * np.uint64(byte) for byte in b'"\\ ')


class Lexicon(NamedTuple):
    """The tokens met so far; token 0 is the break. ``used`` i64[1] is how many there are, the break included."""

    slots: NDArray[np.uint32]  # of a hash table, a power of two of them: the token, or 0
    hashes: NDArray[np.uint64]  # by token, as the next three
    ends: NDArray[np.int64]  # into the arena
    kinds: NDArray[np.uint8]
    n_chars: NDArray[np.int32]
    arena: NDArray[np.uint8]  # the tokens' text
    used: NDArray[np.int64]


class Scratch(NamedTuple):
    """The bytes of a document and its runs: as many as the longest has bytes, and ``SLACK`` more."""

    kinds: NDArray[np.uint8]  # of each byte, from 1 on
    is_edge: NDArray[np.bool_]  # whether another kind begins there
    begins: NDArray[np.int32]  # of each run, from the document's begin
    ends: NDArray[np.int32]


class JsonFields(NamedTuple):
    """The fields of JSON Lines that are read."""

    names: NDArray[np.uint8]  # one after the other, the text's first
    name_ends: NDArray[np.int64]
    label: int  # which of them is the label, or -1
    prompt: NDArray[np.int64]  # which are the prompt's parts


class JsonDocuments(NamedTuple):
    """Room for the documents of JSON Lines, one a line at most."""

    text: NDArray[np.uint8]
    ends: NDArray[np.int64]  # into the text; this and the next three by document
    lines: NDArray[np.int64]
    labels: NDArray[np.int64]
    prompt_keys: NDArray[np.uint64]
    label_text: NDArray[np.uint8]  # of all labels
    label_ends: NDArray[np.int64]


class TokenRuns(NamedTuple):
    """The tokens of documents, wherever they lie; each column by document."""

    addresses: NDArray[np.uint64]  # of the first token, u32
    n: NDArray[np.int64]  # how many there are
    docs: NDArray[np.uint32]  # the document's number
    bases: NDArray[np.int64]  # where the tokens of their tokeniser begin, among those of all


BLOCK_RECORDS = 512
"""Records whose rows are written at once, or a few more, up to a row's end: each pass finds them in the cache."""
NO_RANK = np.uint32(0xFFFFFFFF)
"""The ranks of the row before a part's first."""
SHAPE_BIT, MAX_SHAPE = np.uint8(5), np.uint64(7)
"""From which bit on a row's head has its shape: in how many prompts it was seen, if once in each of so few, or 0."""
ONCE, SHAPES = np.uint8(0x20), np.uint8(0xE0)


class Block(NamedTuple):
    """The rows of ``BLOCK_RECORDS`` records. Ids of all orders are three, those there are not 0."""

    rows: NDArray[np.int64]  # [records + 1]: where each begins, and the last one's end
    first: NDArray[np.uint32]  # [records + 1]: the ranks of the row before and of each row
    second: NDArray[np.uint32]
    third: NDArray[np.uint32]
    numbers: NDArray[np.uint32]  # [records]: what names a row's first rank that the row before does not have
    repeated: NDArray[np.uint32]  # [records]: which rows have several records


class Grams(NamedTuple):
    """Rows of counts, sorted by their ids, and the prompts of each row."""

    ids: NDArray[np.uint32]  # [rows, order]: ranks in a vocabulary
    n: NDArray[np.int64]  # [rows]: occurrences
    n_docs: NDArray[np.int64]  # [rows]: documents
    ends: NDArray[np.int64]  # [rows]: into units
    units: NDArray[np.uint32]  # prompts, or blocks of prompts with BLOCK_FLAG set
    unit_n: NDArray[np.int64]  # occurrences in each


# Hashes and code points


@inlined
def fnv1a(h, text, start, end):
    """FNV-1a 64 (Fowler, Noll, Vo; draft-eastlake-fnv), gone on with from ``h`` over ``text[start:end]``."""
    for i in range(start, end):
        h = (h ^ np.uint64(text[i])) * FNV_PRIME
    return h


@kernel
def fnv1a_many(text, starts, ends, out):
    """FNV-1a 64 of each ``text[start:end]`` into ``out`` u64."""
    for i in range(len(out)):
        out[i] = fnv1a(FNV_OFFSET, text, starts[i], ends[i])


@inlined
def code_point_at(text, i):
    """The code point whose UTF-8 begins at ``i``, and the position behind it. ``text`` must be valid UTF-8."""
    b = np.int64(text[i])
    if b < 0x80:
        return b, i + 1
    if b < 0xE0:
        return ((b & 0x1F) << 6) | (np.int64(text[i + 1]) & 0x3F), i + 2
    c = np.int64(text[i + 1]) & 0x3F
    d = np.int64(text[i + 2]) & 0x3F
    if b < 0xF0:
        return ((b & 0x0F) << 12) | (c << 6) | d, i + 3
    return ((b & 0x07) << 18) | (c << 12) | (d << 6) | (np.int64(text[i + 3]) & 0x3F), i + 4


@inlined
def put_code_point(arena, a, c):
    """Write code point ``c`` as UTF-8 at ``a``; the position behind it."""
    if c < 0x80:
        arena[a] = c
        return a + 1
    if c < 0x800:
        arena[a] = 0xC0 | (c >> 6)
        arena[a + 1] = 0x80 | (c & 0x3F)
        return a + 2
    if c < 0x10000:
        arena[a] = 0xE0 | (c >> 12)
        arena[a + 1] = 0x80 | ((c >> 6) & 0x3F)
        arena[a + 2] = 0x80 | (c & 0x3F)
        return a + 3
    arena[a] = 0xF0 | (c >> 18)
    arena[a + 1] = 0x80 | ((c >> 12) & 0x3F)
    arena[a + 2] = 0x80 | ((c >> 6) & 0x3F)
    arena[a + 3] = 0x80 | (c & 0x3F)
    return a + 4


@inlined
def eight_bytes(text, i):
    """The eight bytes from ``i`` u64 on, the first in the lowest place: one load, since the place is unsigned."""
    return (
        np.uint64(text[i])
        | np.uint64(text[i + np.uint64(1)]) << np.uint64(8)
        | np.uint64(text[i + np.uint64(2)]) << np.uint64(16)
        | np.uint64(text[i + np.uint64(3)]) << np.uint64(24)
        | np.uint64(text[i + np.uint64(4)]) << np.uint64(32)
        | np.uint64(text[i + np.uint64(5)]) << np.uint64(40)
        | np.uint64(text[i + np.uint64(6)]) << np.uint64(48)
        | np.uint64(text[i + np.uint64(7)]) << np.uint64(56)
    )


# json_lines: strings


@kernel
def find_byte(text, byte):
    """Where a byte stands in ``text``, i64. 0.15 ns a byte; NumPy's comparison and search took four times as long."""
    n = 0
    for i in range(np.uint64(len(text))):
        n += text[i] == byte
    out = np.empty(n, np.int64)
    pattern = np.uint64(byte) * LOW_BITS
    end = np.uint64(len(text))
    i = np.uint64(0)
    found = 0
    while found < n:
        stop = min(i + np.uint64(8), end)
        if stop == i + np.uint64(8):
            differing = eight_bytes(text, i) ^ pattern
            if (differing - LOW_BITS) & ~differing & NOT_ASCII == 0:  # none of the eight is that byte
                i = stop
                continue
        while i < stop:
            if text[i] == byte:
                out[found] = i
                found += 1
            i += ONE
    return out


@inlined
def put_eight(out, n, piece):
    """Write eight bytes from ``n`` u64 on, the lowest first: one store."""
    out[n] = np.uint8(piece)
    out[n + np.uint64(1)] = np.uint8(piece >> np.uint64(8))
    out[n + np.uint64(2)] = np.uint8(piece >> np.uint64(16))
    out[n + np.uint64(3)] = np.uint8(piece >> np.uint64(24))
    out[n + np.uint64(4)] = np.uint8(piece >> np.uint64(32))
    out[n + np.uint64(5)] = np.uint8(piece >> np.uint64(40))
    out[n + np.uint64(6)] = np.uint8(piece >> np.uint64(48))
    out[n + np.uint64(7)] = np.uint8(piece >> np.uint64(56))


@inlined
def special_bytes(piece):
    """The high bits of quotes, backslashes, control characters and what is not ASCII; only the lowest bit is sure."""
    return ((piece ^ QUOTES) - LOW_BITS | (piece ^ BACKSLASHES) - LOW_BITS | piece - SPACES | piece) & NOT_ASCII


@inlined
def n_below(flags):
    """How many bytes lie below the lowest one whose high bit is set."""
    lowest = flags & (~flags + ONE)
    return ((lowest - ONE & LOW_BITS) * LOW_BITS >> np.uint64(56)) - ONE


@inlined
def utf8_length(text, i):
    """Bytes of the code point beyond ASCII at ``i``, 0 if they are no UTF-8; ``text`` ends with an ASCII character."""
    a = text[i]
    b = text[i + ONE]
    if a < 0xC2 or a > 0xF4 or b & 0xC0 != 0x80:
        return np.uint64(0)
    if a < 0xE0:
        return np.uint64(2)
    is_overlong = (a == 0xE0 and b < 0xA0) or (a == 0xF0 and b < 0x90)
    is_none = (a == 0xED and b >= 0xA0) or (a == 0xF4 and b >= 0x90)  # a surrogate, or beyond U+10FFFF
    if is_overlong or is_none or text[i + np.uint64(2)] & 0xC0 != 0x80:
        return np.uint64(0)
    if a < 0xF0:
        return np.uint64(3)
    return np.uint64(4) if text[i + np.uint64(3)] & 0xC0 == 0x80 else np.uint64(0)


@inlined
def copy_beyond_ascii(text, i, out, n):
    """Copy code points from ``i`` to the next that is ASCII; both ends, the first 0 if they are no UTF-8."""
    while text[i] >= 0x80:
        length = utf8_length(text, i)
        if length == 0:
            return np.uint64(0), n
        for _ in range(length):
            out[n] = text[i]
            i += ONE
            n += ONE
    return i, n


@inlined
def code_unit(text, i):
    r"""The number of the escape ``\uXXXX`` at ``i``, negative if there is none."""
    if i + 6 > len(text) or text[i] != _BACKSLASH or text[i + 1] != 117:
        return np.int64(-1)
    return HEX[text[i + 2]] << 12 | HEX[text[i + 3]] << 8 | HEX[text[i + 4]] << 4 | HEX[text[i + 5]]


@kernel
def copy_escape(text, i, out, n):
    r"""Write the code point of the escape ``\uXXXX`` at ``i``, or of two; both ends, the first 0 if it has none."""
    c = code_unit(text, i)
    i += 6
    if 0xD800 <= c < 0xDC00:
        low = code_unit(text, i)
        i += 6
        c = 0x10000 + ((c & 0x3FF) << 10 | low & 0x3FF) if 0xDC00 <= low < 0xE000 else -1
    if c < 0 or 0xDC00 <= c < 0xE000:
        return 0, n
    return i, put_code_point(out, n, c)


@kernel
def copy_string(text, start, out, at):
    """Copy the JSON string whose content begins at ``start``, unescaped, into ``out`` from ``at`` on.

    The place behind its closing quote and the end of the copy; 0 for the first if the string is none, or no UTF-8, or
    holds half a surrogate pair. ``text`` has eight bytes at least and ends with a newline; ``out`` needs room for seven
    more than it has.
    """
    i = np.uint64(start)
    n = np.uint64(at)
    last = np.uint64(len(text) - 8)
    while True:
        piece = eight_bytes(text, i) if i <= last else eight_bytes(text, last) >> (i - last << np.uint64(3))
        special = special_bytes(piece)
        put_eight(out, n, piece)
        if special == 0:
            i += np.uint64(8)
            n += np.uint64(8)
            continue
        plain = n_below(special)
        i += plain
        n += plain
        byte = text[i]
        if byte == _QUOTE:
            return np.int64(i + ONE), np.int64(n)
        if byte >= 0x80:
            i, n = copy_beyond_ascii(text, i, out, n)
        elif byte != _BACKSLASH:
            return 0, at
        elif ESCAPES[text[i + ONE]] != 0:
            out[n] = ESCAPES[text[i + ONE]]
            i += np.uint64(2)
            n += ONE
        else:
            place, end = copy_escape(text, np.int64(i), out, np.int64(n))
            i = np.uint64(place)
            n = np.uint64(end)
        if i == 0:
            return 0, at


# json_lines: values. Each function gives the place behind what it read, or 0 where that is no JSON. A line's end, which
# is part of no value, stops them all.


@inlined
def past_space(text, i):
    """The first byte from ``i`` on that is no white space of a line."""
    while text[i] == 32 or text[i] == 9 or text[i] == 13:
        i += 1
    return i


@inlined
def past_digits(text, i):
    """The first byte from ``i`` on that is no digit."""
    while 48 <= text[i] <= 57:
        i += 1
    return i


@inlined
def stands_at(text, i, word, begin, end):
    """Whether ``word[begin:end]`` stands at ``i``."""
    for j in range(begin, end):
        if text[i] != word[j]:
            return False
        i += 1
    return True


@inlined
def past_literal(text, i):
    """A true, false or null."""
    begin, end = (0, 4) if text[i] == LITERALS[0] else (4, 9) if text[i] == LITERALS[4] else (9, 13)
    return i + end - begin if stands_at(text, i, LITERALS, begin, end) else 0


@kernel
def past_number(text, i):
    """A number."""
    first = i + (text[i] == 45)
    i = past_digits(text, first)
    if i == first or (text[first] == _ZERO and i > first + 1) or i > first + MAX_DIGITS:
        return 0
    if text[i] == 46:
        first = i + 1
        i = past_digits(text, first)
        if i == first:
            return 0
    if text[i] | 32 == 101:
        first = i + 1 + (text[i + 1] == 43 or text[i + 1] == 45)
        i = past_digits(text, first)
        if i == first:
            return 0
    return i


@inlined
def past_scalar(text, i, out, n):
    """A string, number or literal; a string is copied on the way."""
    byte = text[i]
    if byte == _QUOTE:
        i, _ = copy_string(text, i + 1, out, n)
        return i
    if byte >= 97:
        return past_literal(text, i)
    return past_number(text, i)


@inlined
def past_key(text, i, out, n):
    """A key and its colon, up to the value."""
    if text[i] != _QUOTE:
        return 0
    i, _ = copy_string(text, i + 1, out, n)
    if i > 0:
        i = past_space(text, i)
        i = past_space(text, i + 1) if text[i] == _COLON else 0
    return i


@kernel
def past_value(text, i, out, n):
    """Any value; what it holds is checked. ``out`` needs room from ``n`` on for its longest string."""
    objects = np.uint64(0)  # a bit for each object or array that is open, the innermost the lowest
    depth = 0
    while True:
        byte = text[i]
        if byte in (_OPEN_OBJECT, _OPEN_ARRAY) and depth < MAX_DEPTH:
            depth += 1
            objects = objects << ONE | np.uint64(byte == _OPEN_OBJECT)
            i = past_space(text, i + 1)
            if text[i] != byte + 2:  # what closes it
                if byte == _OPEN_OBJECT:
                    i = past_key(text, i, out, n)
                    if i == 0:
                        return 0
                continue
        else:
            i = past_scalar(text, i, out, n)
            if i == 0:
                return 0
        i = past_space(text, i)
        while depth > 0 and text[i] == (_CLOSE_OBJECT if objects & ONE else _CLOSE_ARRAY):
            depth -= 1
            objects >>= ONE
            i = past_space(text, i + 1)
        if depth == 0:
            return i
        if text[i] != _COMMA:
            return 0
        i = past_space(text, i + 1)
        if objects & ONE:
            i = past_key(text, i, out, n)
            if i == 0:
                return 0


# json_lines: documents


@inlined
def find_name(values, begin, end, fields):
    """Which field's name is ``values[begin:end]``, or -1."""
    first = 0
    for field in range(len(fields.name_ends)):
        last = fields.name_ends[field]
        if last - first == end - begin and stands_at(values, begin, fields.names, first, last):
            return field
        first = last
    return -1


@inlined
def past_name(text, i, fields, out, n):
    """A key and its colon, up to the value, and which field it is, or -1."""
    if text[i] != _QUOTE:
        return 0, -1
    i, end = copy_string(text, i + 1, out, n)
    if i == 0:
        return 0, -1
    i = past_space(text, i)
    return past_space(text, i + 1) if text[i] == _COLON else 0, find_name(out, n, end, fields)


@kernel
def copy_value(text, i, out, n):
    """Copy a label or part of a prompt: a string, or a whole number as it is written; null has no copy.

    The place behind it and the end of the copy (or ``NULL``); 0 for the first if it is none of these.
    """
    if text[i] == _QUOTE:
        return copy_string(text, i + 1, out, n)
    if text[i] >= 97:
        return past_literal(text, i) if text[i] == LITERALS[9] else 0, NULL
    end = past_number(text, i)
    if text[i] == 45 and text[i + 1] == _ZERO:  # -0 is the same as 0
        return 0, n
    while i < end:
        if past_digits(text, i) == i and text[i] != 45:  # no whole number
            return 0, n
        out[n] = text[i]
        i += 1
        n += 1
    return end, n


@kernel
def read_line(text, i, fields, out, at, values, spans):
    """Read the object in the line that begins at ``i``: its text into ``out`` from ``at`` on, up to the place returned.

    -1 if the line is left to ``json.loads``: it is no object or invalid, has a wanted key twice, its text is no string,
    or its label or prompt anything but a string, a whole number or null. Labels and prompts go into ``values``, which
    has room for the line; ``spans`` i64[fields, 2] cut it (``MISSING``, ``NULL``).
    """
    for field in range(len(spans)):
        spans[field, 0] = spans[field, 1] = MISSING
    end = -1
    n = 0
    i = past_space(text, i)
    is_more = text[i] == _OPEN_OBJECT
    while is_more:
        i, field = past_name(text, past_space(text, i + 1), fields, values, n)
        if i == 0 or (field >= 0 and spans[field, 0] != MISSING):
            return -1
        if field < 0:
            i = past_value(text, i, values, n)
        elif field > 0:
            spans[field, 0] = n
            i, spans[field, 1] = copy_value(text, i, values, n)
            n = max(n, spans[field, 1])
        else:
            spans[0, 0] = at
            i, end = copy_string(text, i + 1, out, at) if text[i] == _QUOTE else (0, at)
        if i == 0:
            return -1
        i = past_space(text, i)
        is_more = text[i] == _COMMA
    is_whole = text[i] == _CLOSE_OBJECT and text[past_space(text, i + 1)] == _NEWLINE
    return end if is_whole else -1


@inlined
def is_blank(text, i, end):
    """Whether ``text[i:end]`` is nothing but Unicode's white space."""
    while i < end:
        c, i = code_point_at(text, i)
        is_ascii_space = c == 0x20 or 0x09 <= c <= 0x0D
        is_space = c in (0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000) or 0x2000 <= c <= 0x200A
        if not (is_ascii_space or is_space):
            return False
    return True


@kernel
def label_of(values, begin, end, found, n_labels, code):
    """The number of the label ``values[begin:end]``, entered if it is new (-1: no room), and how many there are.

    Labels are compared from ``code`` on, the one before: most are that or, where models take turns, the next.
    """
    for _ in range(n_labels):
        first = found.label_ends[code - 1] if code > 0 else 0
        last = found.label_ends[code]
        if last - first == end - begin and stands_at(values, begin, found.label_text, first, last):
            return code, n_labels
        code = code + 1 if code + 1 < n_labels else 0
    first = found.label_ends[n_labels - 1] if n_labels > 0 else 0
    last = first + end - begin
    if n_labels == len(found.label_ends) or last > len(found.label_text):
        return -1, n_labels
    for i in range(end - begin):
        found.label_text[first + i] = values[begin + i]
    found.label_ends[n_labels] = last
    return n_labels, n_labels + 1


@inlined
def prompt_key_of(values, spans, prompt, text, begin, end):
    """The hash of a prompt's parts joined by ``_``; of the document where one is missing or the prompt is blank."""
    h = FNV_OFFSET
    is_known = len(prompt) > 1
    for part in range(len(prompt)):
        first = spans[prompt[part], 0]
        last = spans[prompt[part], 1]
        if last < 0:
            return fnv1a(FNV_OFFSET, text, begin, end)
        if part > 0:
            h = (h ^ np.uint64(95)) * FNV_PRIME
        h = fnv1a(h, values, first, last)
        is_known = is_known or not is_blank(values, first, last)
    return h if is_known else fnv1a(FNV_OFFSET, text, begin, end)


@kernel
def read_json_lines(block, line_ends, fields, values, found):
    """Read lines of JSON up to their newlines at ``line_ends`` i64 into ``found``; how many documents and labels.

    What is read means what ``json.loads`` and ``fields.read_record`` make of it. Lines that do not give one document
    with a text and a label are left to them. ``values`` u8 is room for the longest line; it and the text's need eight
    bytes more. O(bytes): 0.4 ns a byte, and 1.4 more where the text is its own prompt and so is hashed.
    """
    fields = JsonFields(borrowed(fields.names), borrowed(fields.name_ends), fields.label, borrowed(fields.prompt))
    text = borrowed(found.text)
    block, values = borrowed(block), borrowed(values)
    own_spans = np.empty((len(fields.name_ends), 2), np.int64)
    spans = borrowed(own_spans)
    n_docs = 0
    n_labels = 0
    code = 0
    begin = 0
    for line in range(len(line_ends) if len(block) >= 8 else 0):
        start = line_ends[line - 1] + 1 if line > 0 else 0
        end = read_line(block, start, fields, text, begin, values, spans)
        if end < 0 or is_blank(text, begin, end):
            continue
        if fields.label >= 0:
            first = spans[fields.label, 0]
            last = spans[fields.label, 1]
            if last < 0 or is_blank(values, first, last):
                continue
            known, n_labels = label_of(values, first, last, found, n_labels, code)
            if known < 0:
                continue
            code = known
        found.ends[n_docs] = end
        found.lines[n_docs] = line
        found.labels[n_docs] = code
        found.prompt_keys[n_docs] = prompt_key_of(values, spans, fields.prompt, text, begin, end)
        n_docs += 1
        begin = end
    return n_docs, n_labels + 0 * own_spans[0, 0]


# documents


@kernel
def copy_documents(text, starts, ends, out):
    """Copy each ``text[start:end]`` into ``out``, one behind the other."""
    n = np.uint64(0)
    for d in range(len(starts)):
        start = np.uint64(starts[d])  # unsigned: the compiler then copies many bytes at a time
        length = np.uint64(ends[d]) - start
        for i in range(length):
            out[n + i] = text[start + i]
        n += length


# unicode: which documents must be normalised


@inlined
def is_unnormal(text, start, end, klass):
    """Whether folding ``text[start:end]`` u64 code point by code point might differ from its NFKC form."""
    reorders_before = end
    for block in range(start, end, np.uint64(MASK_BYTES)):
        beyond = np.uint64(MASK_BYTES) - min(end - block, np.uint64(MASK_BYTES))
        leads = bits_from(text, block, 0xC0) & (ALL >> beyond)
        while leads != 0:
            i = block + first_bit(leads)
            leads &= leads - ONE
            c, after = code_point_at(text, np.int64(i))
            k = klass[c]
            if k & NEEDS_NFKC or (k & REORDERS and i == reorders_before):
                return True
            reorders_before = np.uint64(after) if k & REORDERS else end
    return False


@kernel
def find_unnormal(text, offsets, klass, out):
    """Set ``out[d]`` where folding document d code point by code point might differ from its NFKC form.

    ``text`` must go on for 64 bytes behind the last document.
    """
    text, klass = borrowed(text), borrowed(klass)
    for d in range(len(out)):
        out[d] = is_unnormal(text, np.uint64(offsets[d]), np.uint64(offsets[d + 1]), klass)


# tokens: the lexicon


@inlined
def low_bytes(n):
    """A mask of the lowest ``n`` u64 bytes, 1 to 8."""
    return ALL >> (np.uint64(64) - (n << np.uint64(3)))


@inlined
def hash_piece(h, piece):
    """Add eight bytes to a slot hash. Unlike FNV-1a it takes eight at a time; it never leaves the lexicon."""
    return ((h << np.uint64(23) | h >> np.uint64(41)) ^ piece) * MIX


@inlined
def hash_word(text, i, length):
    """Slot hash of ``length`` u64 ASCII letters and apostrophes at ``i`` u64, in lower case; 8 more may be read.

    The hash of a token takes eight bytes at a time, the last first, so that zeros behind it change nothing.
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
def find_slot(slots, hashes, h):
    """The slot that holds the token of this hash, or the empty one where it belongs."""
    mask = np.uint64(len(slots) - 1)
    slot = h >> np.uint64(32) & mask
    while slots[slot] != 0 and hashes[slots[slot]] != h:
        slot = (slot + ONE) & mask
    return slot


@inlined
def known_token(lexicon, h):
    """The token of this hash, or 0."""
    return lexicon.slots[find_slot(lexicon.slots, lexicon.hashes, h)]


@kernel
def add_token(lexicon, slot, h, a1, kind, n_chars):
    """Make a token of the text that lies at the arena's free end up to ``a1``."""
    token = lexicon.used[0]
    lexicon.slots[slot] = token
    lexicon.hashes[token] = h
    lexicon.ends[token] = a1
    lexicon.kinds[token] = kind
    lexicon.n_chars[token] = n_chars
    lexicon.used[0] += 1
    return np.uint32(token)


@inlined
def intern(lexicon, a0, a1, kind, n_chars):
    """The token whose text lies in the arena at ``a0:a1``, the arena's free end; new tokens are added there."""
    h = hash_folded(lexicon.arena, a0, a1)
    slot = find_slot(lexicon.slots, lexicon.hashes, h)
    if lexicon.slots[slot] != 0:
        return lexicon.slots[slot]
    return add_token(lexicon, slot, h, a1, kind, n_chars)


@kernel
def refill(lexicon):
    """Enter all tokens into the (empty, larger) slots."""
    for token in range(1, lexicon.used[0]):
        lexicon.slots[find_slot(lexicon.slots, lexicon.hashes, lexicon.hashes[token])] = token


# tokens: one token of any script, character by character


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
            arena[a] = _APOSTROPHE
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
            if not (c == 13 and after < end and text[after] == _NEWLINE) and n_chars < 2:
                arena[a] = _NEWLINE
                a += 1
                n_chars += 1
        elif k != SPACE:
            break
        i = after
    return i, a, n_chars


@inlined
def scan_digits(text, i, end, klass, arena, a):
    """A run of digits, which counts as one mark, ``0``."""
    arena[a] = _ZERO
    while i < end:
        c, after = code_point_at(text, i)
        if klass[c] & CLASS_MASK != DIGIT:
            break
        i = after
    return i, a + 1, 1


@kernel
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


# tokens: the fast path, run of bytes by run of bytes


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
        follows = (text[at] == _APOSTROPHE) & is_letter(text[at - ONE]) & (has_marks != 0)
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
    kinds, is_edge, begins, ends = scratch
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
def plain_tokens(text, start, lexicon, scratch, r, n_runs, tokens, n):
    """Tokens of runs from ``r`` on that are known and of ASCII; the first run that is not, and of the next token.

    Nine tokens of ten. With nothing to guess from one to the next, the processor looks up several at a time; hashing a
    document's words first and looking them up then took as long.
    """
    kinds, _, begins, ends = scratch
    slots, hashes = lexicon.slots, lexicon.hashes
    run, token_at = np.uint64(r), np.uint64(n)
    while run < np.uint64(n_runs):
        begin = np.uint64(begins[run])
        length = np.uint64(ends[run]) - begin
        kind = kinds[begin + ONE]
        at = np.uint64(start) + begin
        is_long = (kind == RUN_LETTERS) & (length > np.uint64(15))
        token = slots[find_slot(slots, hashes, hash_plain(text, at, length, kind))]
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
    slot = find_slot(lexicon.slots, lexicon.hashes, h)
    if lexicon.slots[slot] != 0:
        return lexicon.slots[slot]
    a = lexicon.ends[lexicon.used[0] - 1]
    for j in range(length):
        lexicon.arena[a + j] = text[i + j] | 32
    return add_token(lexicon, slot, h, a + length, IS_WORD, length)


@inlined
def curly_word(text, i, end, klass, fold, lexicon):
    """The token of ASCII letters and inner apostrophes, some of them typographic, or 0; the position behind it."""
    a0 = lexicon.ends[lexicon.used[0] - 1]
    a = a0
    while i < end:
        if is_letter(text[i]):
            lexicon.arena[a] = text[i] | 32
            i += 1
        elif text[i] == _APOSTROPHE and i + 1 < end and is_letter(text[i + 1]):
            lexicon.arena[a] = _APOSTROPHE
            i += 1
        elif i + 3 < end and text[i] == 0xE2 and text[i + 1] == 0x80 and text[i + 2] == 0x99 and is_letter(text[i + 3]):
            lexicon.arena[a] = _APOSTROPHE
            i += 3
        else:
            break
        a += 1
    if goes_on(text, i, end, RUN_LETTERS, klass, fold):
        return np.uint32(0), i
    return intern(lexicon, a0, a, IS_WORD, a - a0), i


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
    kinds, _, begins, ends = scratch
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
    kinds, _, begins, ends = scratch
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
    """The first run from ``r`` on that ends behind ``i``; if that is in its middle, it begins there."""
    _, _, begins, ends = scratch
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
    has_marks = np.uint8(0 if klass[_FULL_STOP] & CLASS_MASK == SPACE else 255)
    n_runs = find_runs(text, start, end, has_marks, scratch)
    r = 0
    while r < n_runs:
        r, n = plain_tokens(text, start, lexicon, scratch, r, n_runs, tokens, n)
        if r == n_runs:
            break
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
    slots, hashes, token_ends, kinds, n_chars, arena, used_tokens = lexicon
    lexicon = Lexicon(
        borrowed(slots),
        borrowed(hashes),
        borrowed(token_ends),
        borrowed(kinds),
        borrowed(n_chars),
        borrowed(arena),
        borrowed(used_tokens),
    )
    byte_kinds, is_edge, run_begins, run_ends = scratch
    scratch = Scratch(borrowed(byte_kinds), borrowed(is_edge), borrowed(run_begins), borrowed(run_ends))
    n = doc_ends[first_doc - 1] if first_doc > 0 else 0
    for d in range(first_doc, len(starts)):
        length = ends[d] - starts[d]
        used = lexicon.used[0]
        if used + length + 1 > len(lexicon.ends) or 2 * (used + length) > len(lexicon.slots):
            return d
        # Folding can lengthen a code point from two bytes to three, never more.
        if lexicon.ends[used - 1] + 3 * (length + 2) // 2 + 8 > len(lexicon.arena):
            return d
        n = tokenise_document(text, starts[d], ends[d], klass, fold, lexicon, scratch, tokens, n)
        doc_ends[d] = n
    return len(starts)


# tables: tokens to windows


@kernel
def count_tokens(runs, counts):
    """Add to ``counts`` i64 how often each token of each tokeniser occurs."""
    addresses, n_tokens, docs, bases = runs
    counts = borrowed(counts)
    for d in range(len(docs)):
        base = np.uint64(bases[d])
        address = addresses[d]
        for t in range(np.uint64(n_tokens[d])):
            counts[base + token_at(address, t)] += 1


@kernel
def scatter_windows(runs, codes, layout, window, places, records):
    """Records of the window that begins at each token, by groups: the token, those that follow it, its document.

    ``codes`` u32 by token: its rank, with ``WANTED`` set if its kind is counted; ``BETWEEN`` for what ends every
    window; ``SKIPPED``, which is passed over. A window of no token that is wanted is left out; where it is cut short,
    its last ranks are all ones. ``layout`` u64: tokens of a window, the bits of a rank and of a document, how far a
    first rank is shifted to give its group, and the groups wanted, from and to. The bits that name the group are not in
    the record: it is the rest of the first rank, the other ranks and the document. ``places`` i64 has where the next
    record of each group goes and is moved on; without room for ``records`` it counts them. ``window`` u32 has room for
    a document's tokens and two more.
    """
    order, bits, doc_bits, shift, begin, end = layout
    addresses, n_tokens, docs, bases = runs
    codes, window, places, records = borrowed(codes), borrowed(window), borrowed(places), borrowed(records)
    rest_bits = (order - ONE) * bits
    dropped = (np.uint64(MAX_WINDOW) - order) * bits
    rank_mask = (ONE << bits) - ONE
    low_mask = (ONE << shift) - ONE
    n_groups = end - begin
    writes = len(records) > 0
    for d in range(len(docs)):
        doc = np.uint64(docs[d])
        base = np.uint64(bases[d])
        address = addresses[d]
        n = np.uint64(0)
        for t in range(np.uint64(n_tokens[d])):
            code = codes[base + token_at(address, t)]
            window[n] = code
            n += np.uint64(code != SKIPPED)
        window[n] = window[n + ONE] = BETWEEN
        for i in range(n):
            first = window[i]
            second = window[i + ONE]
            group = ((np.uint64(first) & rank_mask) >> shift) - begin  # beyond the end for groups before the first
            if (first | second) & WANTED and first != BETWEEN and group < n_groups:
                at = places[group]
                places[group] = at + 1
                if writes:
                    third = BETWEEN if second == BETWEEN else window[i + np.uint64(2)]
                    rest = (((np.uint64(second) & rank_mask) << bits) | (np.uint64(third) & rank_mask)) >> dropped
                    records[np.uint64(at)] = (((np.uint64(first) & low_mask) << rest_bits | rest) << doc_bits) | doc


# tables: windows to sorted records


@inlined
def n_digits(n_records, bits):
    """In how many digits to sort so many records by so many bits: ``DIGIT_BITS`` at most, for few records fewer."""
    most = LEAST_DIGIT_BITS
    while most < DIGIT_BITS and ONE << most < n_records:
        most += ONE
    return (bits + most - ONE) // most


@inlined
def sort_by_digit(records, into, begin, end, low, bits, counts):
    """``records[begin:end]`` to the same places of ``into``, by ``bits`` bits from ``low`` on, equal ones in order.

    ``counts`` u32[2**bits] gets where those of each digit end, from ``begin`` on.
    """
    mask = (ONE << bits) - ONE
    for digit in range(mask + ONE):
        counts[digit] = 0
    for i in range(begin, end):
        counts[(records[i] >> low) & mask] += np.uint32(1)
    at = np.uint32(0)
    for digit in range(mask + ONE):
        n = counts[digit]
        counts[digit] = at
        at += n
    for i in range(begin, end):
        record = records[i]
        digit = (record >> low) & mask
        place = counts[digit]
        counts[digit] = place + np.uint32(1)
        into[begin + np.uint64(place)] = record


@inlined
def sort_by_bits(records, other, begin, end, low, bits, digits, counts):
    """Sort ``records[begin:end]`` by ``bits`` bits from ``low`` on, digit by digit, the lowest first (LSD radix sort).

    Records of the same bits stay in order. They end up in ``records`` after an even number of digits, else in
    ``other``. 1.6 to 2.3 ns a record and digit where both are in the second cache; NumPy's sort takes 13 ns a record
    with AVX2, and 3.3 with AVX-512.
    """
    for i in range(digits):
        lowest = bits * i // digits
        width = bits * (i + ONE) // digits - lowest
        if i & ONE == 0:
            sort_by_digit(records, other, begin, end, low + lowest, width, counts)
        else:
            sort_by_digit(other, records, begin, end, low + lowest, width, counts)


@kernel
def sort_by_document(windows, ends, doc_bits, spare, counts):
    """Sort the windows of each group by their documents; whether they are then in ``spare``, u64 of the same length.

    ``ends`` i64 of the groups; ``counts`` u32[4096].
    """
    windows, spare, counts = borrowed(windows), borrowed(spare), borrowed(counts)
    largest = np.uint64(0)
    begin = np.uint64(0)
    for g in range(len(ends)):
        largest = max(largest, np.uint64(ends[g]) - begin)
        begin = np.uint64(ends[g])
    digits = n_digits(largest, doc_bits)
    begin = np.uint64(0)
    for g in range(len(ends)):
        end = np.uint64(ends[g])
        sort_by_bits(windows, spare, begin, end, np.uint64(0), doc_bits, digits, counts)
        begin = end
    return digits & ONE == ONE


@kernel
def records_of_order(windows, ends, order, layout, is_single, out, spare, counts, out_ends):
    """The windows' first ``order`` tokens as records, each group's sorted, without those cut short; how many there are.

    ``windows`` u64 with ``ends`` i64 of the groups, each sorted by documents; ``layout`` u64: tokens of a window, the
    bits of a rank and of a document, the shift that gives a group, the first group. ``is_single`` bool, by rank:
    whether a token is counted by itself. ``out`` and ``spare`` u64 have room for all; ``counts`` u32[4096].
    """
    windows, is_single, counts = borrowed(windows), borrowed(is_single), borrowed(counts)
    out, spare = borrowed(out), borrowed(spare)
    longest, bits, doc_bits, shift, group = layout
    dropped = (longest - order) * bits + doc_bits
    key_bits = shift + (order - ONE) * bits
    rank_mask = (ONE << bits) - ONE
    doc_mask = (ONE << doc_bits) - ONE
    n = np.uint64(0)
    at = np.uint64(0)
    for g in range(len(ends)):
        base = (group + np.uint64(g)) << shift
        begin = n
        end = np.uint64(ends[g])
        digits = n_digits(end - at, key_bits)
        ends_in_out = digits & ONE == 0
        to = out if ends_in_out else spare
        while at < end:
            record = windows[at]
            at += ONE
            key = record >> dropped
            to[n] = (key << doc_bits) | (record & doc_mask)
            n += np.uint64(is_single[base | key] if order == ONE else key & rank_mask != rank_mask)
        if ends_in_out:
            sort_by_bits(out, spare, begin, n, doc_bits, key_bits, digits, counts)
        else:
            sort_by_bits(spare, out, begin, n, doc_bits, key_bits, digits, counts)
        out_ends[g] = n
    return n


@kernel
def split(windows, into, low, bits, ends):
    """Windows to ``into`` by ``bits`` bits from ``low`` on, equal ones in order; ``ends`` u32[2**bits] of each."""
    windows, into, ends = borrowed(windows), borrowed(into), borrowed(ends)
    sort_by_digit(windows, into, np.uint64(0), np.uint64(len(windows)), low, bits, ends)


@kernel
def split_in_place(windows, low, bits, ends):
    """Order windows by ``bits`` bits from ``low`` on, in place, in no order otherwise; ``ends`` u32[2**bits] of each.

    Each is put where it belongs in exchange for what lies there (American flag sort: McIlroy, Bostic and McIlroy 1993,
    Engineering radix sort).
    """
    windows, ends = borrowed(windows), borrowed(ends)
    mask = (ONE << bits) - ONE
    ends.fill(0)
    for i in range(np.uint64(len(windows))):
        ends[(windows[i] >> low) & mask] += 1
    places = np.empty(len(ends), np.int64)
    total = 0
    for digit in range(len(ends)):
        places[digit] = total
        total += ends[digit]
        ends[digit] = total
    for digit in range(len(ends)):
        while places[digit] < ends[digit]:
            window = windows[places[digit]]
            other = np.int64((window >> low) & mask)
            while other != digit:
                place = places[other]
                places[other] = place + 1
                window, windows[place] = windows[place], window
                other = np.int64((window >> low) & mask)
            windows[places[digit]] = window
            places[digit] += 1


@kernel
def records_of_word(windows, high, doc_bits, n_of_document, out):
    """Sorted records of order 1 of windows that begin with the same token, whose key is ``high``, into ``out`` u64.

    ``n_of_document`` i64, zero for each document. No memory is needed beside the records.
    """
    doc_mask = (ONE << doc_bits) - ONE
    for i in range(np.uint64(len(windows))):
        n_of_document[windows[i] & doc_mask] += 1
    at = 0
    for doc in range(len(n_of_document)):
        for _ in range(n_of_document[doc]):
            out[at] = high << doc_bits | np.uint64(doc)
            at += 1


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


@kernel
def window_ngrams(tokens, doc_ends, rank, flags, order, keep, drop, out, out_docs):
    """N-grams of the tokens with a flag of ``keep`` and none of ``drop``: their ranks as rows of ``out`` u32[:, order].

    Dropped tokens are skipped, breaks end every n-gram. For n-grams too long for a window; ``out_docs`` gets documents.
    """
    window = np.zeros(order, np.uint32)
    n = 0
    t = 0
    for d in range(len(doc_ends)):
        filled = 0
        while t < doc_ends[d]:
            token = tokens[t]
            t += 1
            flag = flags[token]
            if flag & keep and not flag & drop:
                window[:-1] = window[1:]
                window[order - 1] = rank[token]
                filled += 1
                if filled >= order:
                    out[n] = window
                    out_docs[n] = d
                    n += 1
            if flag & IS_BREAK:
                filled = 0
    return n


# tables: sorted records to rows


@inlined
def group_of(ends, record):
    """The group that a record is in; groups end at ``ends``."""
    g = 0
    while g < len(ends) and ends[g] <= record:
        g += 1
    return g


@kernel
def pass_rows(records, ends, doc_bits, first, most):
    """Where the rows end that begin at record ``first``, ``most`` of them at most, and how many they are.

    ``records`` u64, those of each group, up to ``ends`` i64, sorted. A row does not go on in the next group.
    """
    doc_bits = np.uint64(doc_bits)
    rows = 0
    for g in range(group_of(ends, first), len(ends)):
        n = first < ends[g]
        for r in range(np.uint64(first + 1), np.uint64(ends[g])):  # unsigned: 0.3 ns a record, where signed took 1.6
            n += records[r] >> doc_bits != records[r - ONE] >> doc_bits
        if rows + n > most:
            while first < ends[g]:
                rows += 1
                if rows > most:
                    return first, most
                first += 1
                while first < ends[g] and records[first] >> doc_bits == records[first - 1] >> doc_bits:
                    first += 1
        rows += n
        first = ends[g]
    return first, rows


@inlined
def add_to_blocks(units, unit_n, begin, end, prompt_blocks, block_n):
    """Add the counts of ``units[begin:end]``, prompts or blocks, to their blocks."""
    for u in range(begin, end):
        unit = units[u]
        block = unit ^ BLOCK_FLAG if unit & BLOCK_FLAG else prompt_blocks[unit]
        block_n[block] += unit_n[u]


@inlined
def put_blocks(block_n, units, unit_n, at):
    """Write the blocks that are not empty as units from ``at`` on; their end."""
    for block in range(len(block_n)):
        if block_n[block] > 0:
            units[at] = np.uint32(block) | BLOCK_FLAG
            unit_n[at] = block_n[block]
            at += 1
    return at


@inlined
def to_blocks(units, unit_n, begin, end, prompt_blocks, block_n):
    """Replace the row's prompts in ``units[begin:end]`` by their blocks; the row's new end."""
    block_n.fill(0)
    add_to_blocks(units, unit_n, begin, end, prompt_blocks, block_n)
    return put_blocks(block_n, units, unit_n, begin)


@inlined
def end_of_row(records, bits, at, stop):
    """Where the row of the record before ``at`` ends, at ``stop`` at the latest: all but its last ``bits`` agree.

    By leaps twice as long each time, and half as long from where one was too long (galloping search).
    """
    key = records[at - 1] >> bits
    leap = 1
    while at + leap <= stop and records[at + leap - 1] >> bits == key:
        at += leap
        leap <<= 1
    while leap > 0:
        if at + leap <= stop and records[at + leap - 1] >> bits == key:
            at += leap
        leap >>= 1
    return at


@kernel
def mark_rows(records, begin, end, doc_bits, rows):
    """Where the rows of records ``begin:end`` begin, and behind them the end, into ``rows``; how many they are.

    There is no branch on what nobody can foresee.
    """
    rows[0] = begin
    n = ONE
    if records[begin] >> doc_bits != records[end - 1] >> doc_bits:
        for r in range(np.uint64(begin) + ONE, np.uint64(end)):
            rows[n] = r
            n += np.uint64(records[r] >> doc_bits != records[r - ONE] >> doc_bits)
    rows[n] = end
    return n


@kernel
def unpack_ids(records, n_rows, order, bits, doc_bits, base, block):
    """The ranks of the block's rows, of ``bits`` each in a record; ``base`` is what the first one lacks there."""
    rows, first, second, third, _, _ = block
    two = np.uint64(2)
    first_shift = doc_bits + (order - ONE) * bits
    second_shift = doc_bits + bits if order > two else doc_bits
    rank_mask = (ONE << bits) - ONE
    second_mask = rank_mask if order > ONE else np.uint64(0)
    third_mask = rank_mask if order > two else np.uint64(0)
    for i in range(n_rows):
        record = records[rows[i]]
        first[i + ONE] = base | record >> first_shift
        second[i + ONE] = record >> second_shift & second_mask
        third[i + ONE] = record >> doc_bits & third_mask


@kernel
def put_heads(n_rows, codes, block, heads):
    """Write the heads of the block's rows as if each row were of one record; note the step or the code that each
    announces, and which rows are of several records: how many those are."""
    rows, first, second, third, numbers, repeated = block
    n_repeated = np.uint64(0)
    for i in range(n_rows):
        j = i + ONE
        has_one = first[j] == first[i]
        has_two = has_one & (second[j] == second[i])
        rank = third[j] if has_two else second[j] if has_one else first[j]
        before = third[i] if has_two else second[i] if has_one else first[i]
        step = np.uint32(rank - before - np.uint32(1))
        code = codes[rank]
        numbers[i] = min(code, step)
        shared = np.uint8(has_one) + np.uint8(has_two)
        heads[i] = ONCE | shared << 1 | np.uint8(code < step)
        repeated[n_repeated] = i
        n_repeated += np.uint64(rows[j] - rows[i] > 1)
    return n_repeated


@kernel
def put_names(n_rows, order, codes, block, heads, firsts, names, at_first, at_name):
    """Write what names the ranks of the block's rows; where both streams end.

    Rows of pairs and longer n-grams that share nothing with the row before are so few that a branch on them is
    foreseen.
    """
    is_longer = order > ONE
    is_longest = order > np.uint64(2)
    for i in range(n_rows):
        head = heads[i] & ~SHAPES
        at_first = put_varint(firsts, at_first, np.uint64(block.numbers[i]))
        if is_longer and head < 1 << 1:
            at_name = put_varint(names, at_name, np.uint64(codes[block.second[i + ONE]]))
        if is_longest:
            code = np.uint64(codes[block.third[i + ONE]])
            at_name += (put_varint(names, at_name, code) - at_name) * np.uint64(head < 2 << 1)
    return at_first, at_name


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


@kernel
def put_once(records, n_rows, doc_bits, steps, block, once, at):
    """Write the prompt of each of the block's rows that is of one record; the position behind them.

    That of every other row is written too, and written over: there is no branch.
    """
    doc_mask = (ONE << doc_bits) - ONE
    for i in range(n_rows):
        begin = block.rows[i]
        prompt = prompt_of(steps, records[begin] & doc_mask)
        at += (put_varint(once, at, prompt) - at) * np.uint64(block.rows[i + ONE] - begin == 1)
    return at


@inlined
def put_different(records, begin, end, doc_bits, steps, spread, at):
    """Write the prompts of the row of records ``begin:end`` if no two are the same; the position behind them."""
    doc_mask = (ONE << doc_bits) - ONE
    before = prompt_of(steps, records[begin] & doc_mask)
    after = put_varint(spread, at, before)
    n_same = np.uint64(0)
    for r in range(begin + ONE, end):
        this = prompt_of(steps, records[r] & doc_mask)
        is_same = np.uint64(this == before)
        n_same += is_same
        after = put_varint(spread, after, this - before - (is_same ^ ONE))
        before = this
    return after if n_same == 0 else at


@kernel
def put_spread(records, n_repeated, doc_bits, prompts, block, scratch, heads, spread, at):
    """Write the prompts of the block's rows of several records, and tell their heads; the position behind them, and
    how many units they are."""
    steps, prompt_blocks, cap = prompts
    units, unit_n, block_n = scratch
    n_units = np.uint64(0)
    for j in range(n_repeated):
        i = np.uint64(block.repeated[j])
        begin = np.uint64(block.rows[i])
        end = np.uint64(block.rows[i + ONE])
        n = end - begin
        before = at
        if n <= MAX_SHAPE:
            at = put_different(records, begin, end, doc_bits, steps, spread, at)
        if at > before:
            heads[i] += np.uint8(n - ONE) << SHAPE_BIT
        else:
            n, n_docs = count_row(records, begin, end, doc_bits, steps, units, unit_n)
            if n > np.uint64(cap):
                n = np.uint64(to_blocks(units, unit_n, np.int64(0), np.int64(n), prompt_blocks, block_n))
            at = put_units(spread, at, units, unit_n, np.uint64(0), n, end - begin, n_docs)
            heads[i] -= ONCE
        n_units += n
    return at, n_units


@kernel
def encode_records(records, ends, first, last, layout, prompts, codes, block, scratch, state, streams):
    """Count sorted records ``first:last``, whole rows, and write the rows as ``encode_rows`` would.

    ``records`` u64 with ``ends`` i64 of the groups; ``layout`` u64: ranks of a row, the bits of a rank and of a
    document, the shift that gives a group, the first group. ``prompts``: those of the documents, as ``step_prompts``
    gives them (documents are numbered in the order of their prompts), the block of each, u32, and how many a row may
    have, so that it does not keep blocks instead. ``block`` has the ranks of the row before in front, ``NO_RANK`` at a
    part's beginning, and then those of the last row. ``scratch``: units u32 and unit_n i64, room for all prompts;
    block_n i64. ``state`` i64[6], zero at a part's beginning: rows, the four other streams' ends, units. In one go,
    since rows in between took twice as long, most of it for memory.
    """
    order, bits, doc_bits, shift, group = layout
    records, codes = borrowed(records), borrowed(codes)
    prompt_steps, prompt_blocks, cap = prompts
    prompts = (borrowed(prompt_steps), borrowed(prompt_blocks), cap)
    rows, first_ids, second_ids, third_ids, numbers, repeated = block
    block = Block(
        borrowed(rows),
        borrowed(first_ids),
        borrowed(second_ids),
        borrowed(third_ids),
        borrowed(numbers),
        borrowed(repeated),
    )
    units, unit_n, block_n = scratch
    scratch = (borrowed(units), borrowed(unit_n), borrowed(block_n))
    heads, firsts, names, once, spread = streams
    heads, firsts, names = borrowed(heads), borrowed(firsts), borrowed(names)
    once, spread = borrowed(once), borrowed(spread)
    row, at_first, at_name = np.uint64(state[0]), np.uint64(state[1]), np.uint64(state[2])
    at_once, at, n_units = np.uint64(state[3]), np.uint64(state[4]), np.uint64(state[5])
    for g in range(group_of(ends, first), len(ends)):
        base = (group + np.uint64(g)) << shift
        stop = min(ends[g], last)
        while first < stop:
            end = end_of_row(records, doc_bits, min(first + BLOCK_RECORDS, stop), stop)
            n = mark_rows(records, first, end, doc_bits, block.rows)
            unpack_ids(records, n, order, bits, doc_bits, base, block)
            own = heads[row:]
            n_repeated = put_heads(n, codes, block, own)
            at_first, at_name = put_names(n, order, codes, block, own, firsts, names, at_first, at_name)
            at_once = put_once(records, n, doc_bits, prompts[0], block, once, at_once)
            at, more = put_spread(records, n_repeated, doc_bits, prompts, block, scratch, own, spread, at)
            for ids in (block.first, block.second, block.third):
                ids[0] = ids[n]
            row += n
            n_units += n - n_repeated + more
            first = end
        if first >= last:
            break
    for i, number in enumerate((row, at_first, at_name, at_once, at, n_units)):
        state[i] = number


# merging


@kernel
def end_batch(held, at, ends, step, upto):
    """Where in every run the rows end that can be merged now: into ``upto`` i64[runs]; how many rows there are.

    A run's decoded rows are ``at[r]:ends[r]`` of ``held``. Each active run offers its ``step``-th row; the smallest
    offer is the batch's last key, so that no row up to it can still be to come.
    """
    order = held.ids.shape[1]
    last = -1
    for r in range(len(at)):
        if at[r] < ends[r]:
            row = min(at[r] + step, ends[r]) - 1
            if last < 0 or compare_ids(held.ids, row, last, order) < 0:
                last = row
    n_rows = 0
    for r in range(len(at)):
        begin = at[r]
        end = ends[r]
        while begin < end:
            middle = (begin + end) >> 1
            if compare_ids(held.ids, middle, last, order) > 0:
                end = middle
            else:
                begin = middle + 1
        upto[r] = begin
        n_rows += begin - at[r]
    return n_rows


@inlined
def compare_ids(ids, i, j, order):
    """-1, 0 or 1 as row i comes before, equals or comes behind row j."""
    for k in range(order):
        if ids[i, k] != ids[j, k]:
            return -1 if ids[i, k] < ids[j, k] else 1
    return 0


@kernel
def batch_keys(held, at, upto, bits, rows, out):
    """The batch's rows into ``rows`` i64, and their keys, followed by the place in ``rows``, into ``out`` u64.

    Ids but the first take ``bits`` each; of the first only what exceeds the batch's smallest counts. Returns whether
    that fits 64 bits; if not, ``out`` is of no use.
    """
    order = held.ids.shape[1]
    low = np.uint32(0xFFFFFFFF)
    high = np.uint32(0)
    n = 0
    for r in range(len(at)):
        if at[r] < upto[r]:
            low = min(low, held.ids[at[r], 0])
            high = max(high, held.ids[upto[r] - 1, 0])
        for row in range(at[r], upto[r]):
            rows[n] = row
            n += 1
    place_bits = bits_of(n)
    if bits_of(np.int64(high - low) + 1) + (order - 1) * bits + place_bits > 64:
        return False
    for i in range(n):
        key = np.uint64(held.ids[rows[i], 0] - low)
        for k in range(1, order):
            key = (key << np.uint64(bits)) | np.uint64(held.ids[rows[i], k])
        out[i] = (key << np.uint64(place_bits)) | np.uint64(i)
    return True


@kernel
def bits_of(n_values):
    """Bits that tell so many values apart."""
    bits = 0
    while n_values > np.int64(1) << bits:
        bits += 1
    return bits


@inlined
def copy_units(units, unit_n, begin, n, out, out_n, at):
    """Copy ``n`` units from ``begin`` on to ``at``; their end there."""
    for u in range(n):
        out[at + u] = units[begin + u]
        out_n[at + u] = unit_n[begin + u]
    return at + n


@inlined
def merge_units(units, unit_n, u, n, others, other_n, v, v_end, at):
    """The sum of ``n`` units from ``u`` on and the others ``v:v_end``, from ``at`` on in the same array; how many."""
    u_end = u + n
    begin = at
    while u < u_end and v < v_end:
        x = units[u]
        y = others[v]
        units[at] = min(x, y)
        unit_n[at] = (unit_n[u] if x <= y else 0) + (other_n[v] if y <= x else 0)
        u += x <= y
        v += y <= x
        at += 1
    at = copy_units(units, unit_n, u, u_end - u, units, unit_n, at)
    at = copy_units(others, other_n, v, v_end - v, units, unit_n, at)
    return at - begin


@kernel
def sum_rows(held, begins, rows, keys, prompt_blocks, cap, scratch, out, row, at):
    """Sum equal rows of a batch into ``out`` from ``row`` and ``at`` (units) on; rows and units there then.

    ``keys`` u64, sorted: as ``batch_keys`` makes them, of equal rows equal but for their low bits, the place in
    ``rows``. ``begins`` i64: where each row's units begin. Rows of more than ``cap`` prompts keep blocks of prompts
    instead; ``scratch`` (units u32, unit_n i64) has room for the units of two rows, twice.
    """
    order = held.ids.shape[1]
    place_bits = np.uint64(bits_of(len(keys)))
    mask = (ONE << place_bits) - ONE
    held_units, held_n, ends = held.units, held.unit_n, held.ends
    out_units, out_n = out.units, out.unit_n
    units, unit_n = scratch
    half = len(units) // 2
    block_n = np.zeros(N_BLOCKS, np.int64)
    i = 0
    while i < len(keys):
        first = rows[keys[i] & mask]
        key = keys[i] >> place_bits
        for k in range(order):
            out.ids[row, k] = held.ids[first, k]
        n = held.n[first]
        n_docs = held.n_docs[first]
        begin = begins[first]
        n_units = ends[first] - begin
        in_blocks = n_units > cap or (n_units > 0 and held_units[begin] & BLOCK_FLAG != 0)
        i += 1
        if not in_blocks and (i == len(keys) or keys[i] >> place_bits != key):  # most rows are in one run alone
            at = copy_units(held_units, held_n, begin, n_units, out_units, out_n, at)
        else:
            now = 0
            if in_blocks:
                block_n.fill(0)
                add_to_blocks(held_units, held_n, begin, begin + n_units, prompt_blocks, block_n)
            else:
                copy_units(held_units, held_n, begin, n_units, units, unit_n, 0)
            while i < len(keys) and keys[i] >> place_bits == key:
                other = rows[keys[i] & mask]
                i += 1
                n += held.n[other]
                n_docs += held.n_docs[other]
                v = begins[other]
                v_end = ends[other]
                if not in_blocks and held_units[v] & BLOCK_FLAG != 0:
                    in_blocks = True
                    block_n.fill(0)
                    add_to_blocks(units, unit_n, now, now + n_units, prompt_blocks, block_n)
                if in_blocks:
                    add_to_blocks(held_units, held_n, v, v_end, prompt_blocks, block_n)
                    continue
                if units[now + n_units - 1] < held_units[v]:  # prompts of one run often stand behind all of another's
                    n_units = copy_units(held_units, held_n, v, v_end - v, units, unit_n, now + n_units) - now
                else:
                    n_units = merge_units(units, unit_n, now, n_units, held_units, held_n, v, v_end, half - now)
                    now = half - now
                if n_units > cap:
                    in_blocks = True
                    block_n.fill(0)
                    add_to_blocks(units, unit_n, now, now + n_units, prompt_blocks, block_n)
            if in_blocks:
                at = put_blocks(block_n, out_units, out_n, at)
            else:
                at = copy_units(units, unit_n, now, n_units, out_units, out_n, at)
        out.n[row] = n
        out.n_docs[row] = n_docs
        out.ends[row] = at
        row += 1
    return row, at


# packing


@inlined
def put_word(out, at, word):
    """Write the four lowest bytes of ``word`` from ``at`` u64 on: one store, since the place is unsigned."""
    out[at] = np.uint8(word)
    out[at + ONE] = np.uint8(word >> np.uint64(8))
    out[at + np.uint64(2)] = np.uint8(word >> np.uint64(16))
    out[at + np.uint64(3)] = np.uint8(word >> np.uint64(24))


@inlined
def put_varint(out, at, value):
    """Write ``value`` u64 in sevens of bits, the lowest first (LEB128), from ``at`` u64 on; the position behind it.

    Three bytes behind that may be written, too: below 2**21 without a branch, since no processor can foresee how many
    bytes it will be.
    """
    while value >= np.uint64(1 << 21):
        out[at] = np.uint8(value & np.uint64(0x7F) | np.uint64(0x80))
        value >>= np.uint64(7)
        at += ONE
    more = np.uint64(value >= np.uint64(1 << 7))
    yet_more = np.uint64(value >= np.uint64(1 << 14))
    word = value & np.uint64(0x7F) | (value & np.uint64(0x3F80)) << ONE | (value >> np.uint64(14)) << np.uint64(16)
    put_word(out, at, word | more << np.uint64(7) | yet_more << np.uint64(15))
    return at + ONE + more + yet_more


@inlined
def put_pair(out, at, x, y):
    """``put_varint`` of ``x``, doubled, with its lowest bit set if there is a ``y`` (not 0), and then of ``y - 1``: in
    one store where both are small."""
    has_y = np.uint64(y > 0)
    x = x << ONE | has_y
    y -= has_y
    if x | y >= np.uint64(1 << 14):
        at = put_varint(out, at, x)
        return put_varint(out, at, y) if has_y else at
    x_more = np.uint64(x >= np.uint64(1 << 7))
    y_more = np.uint64(y >= np.uint64(1 << 7))
    x += ((x & np.uint64(0x3F80)) + np.uint64(0x80)) * x_more
    y += ((y & np.uint64(0x3F80)) + np.uint64(0x80)) * y_more
    put_word(out, at, x | y << (x_more + ONE) * np.uint64(8))
    return at + ONE + x_more + has_y + y_more


@inlined
def get_varint(data, at):
    """The number that ``put_varint`` wrote at ``at``, and the position behind it."""
    value = np.int64(data[at] & 127)
    shift = 7
    while data[at] & 128:
        at += 1
        value |= np.int64(data[at] & 127) << shift
        shift += 7
    return value, at + 1


@inlined
def get_pair(data, at):
    """The two numbers that ``put_pair`` wrote at ``at``, and the position behind them."""
    x, at = get_varint(data, at)
    y = np.int64(0)
    if x & 1:
        y, at = get_varint(data, at)
        y += 1
    return x >> 1, y, at


@inlined
def put_ids(ids, row, previous, codes, firsts, names, at_first, at_name):
    """Write the ids of a row that comes behind row ``previous`` (-1: none); the head, and where both streams end."""
    shared = 0
    before = np.uint64(0)
    if previous >= 0:
        while ids[row, shared] == ids[previous, shared]:
            shared += 1
        before = np.uint64(ids[previous, shared]) + ONE
    step = np.uint64(ids[row, shared]) - before
    code = np.uint64(codes[ids[row, shared]])
    at_first = put_varint(firsts, at_first, min(code, step))
    for k in range(shared + 1, ids.shape[1]):
        at_name = put_varint(names, at_name, np.uint64(codes[ids[row, k]]))
    return shared << 1 | np.int64(code < step), at_first, at_name


@inlined
def put_units(spread, at, units, unit_n, begin, end, n, n_docs):
    """Write the prompts, or blocks of prompts, of a row, and the uses in each; the position behind them."""
    in_blocks = np.uint64(units[begin] & BLOCK_FLAG != 0)
    at = put_pair(spread, at, np.uint64(end - begin) << ONE | in_blocks, np.uint64(n - n_docs))
    expected = np.uint64(0)
    for u in range(begin, end):
        this = np.uint64(units[u] & ~BLOCK_FLAG)
        at = put_pair(spread, at, this - expected, np.uint64(unit_n[u]) - ONE)
        expected = this + ONE
    return at


@inlined
def shape_of(units, begin, end, n):
    """How many prompts a row was seen in, if once in each of a few; else 0."""
    is_told = n == end - begin and np.uint64(n) <= MAX_SHAPE and units[begin] & BLOCK_FLAG == 0
    return np.int64(n) if is_told else 0


@kernel
def encode_rows(grams, first, last, codes, streams):
    """Write rows ``first:last`` as five streams of bytes; their lengths. docs/profile.md has the layout.

    A row's head says how many ids it shares with the row before, whether its next id is a step from there or a code,
    and in how many prompts it was seen, if once in each of a few. Further ids are codes (``codes`` u32: the more often
    a token has to be named, the smaller). The last two streams have the prompts: those of rows that were seen once, and
    the others.
    """
    heads, firsts, names, once, spread = streams
    at_first = np.uint64(0)
    at_name = np.uint64(0)
    at_once = np.uint64(0)
    at = np.uint64(0)
    for row in range(first, last):
        previous = row - 1 if row > first else -1
        head, at_first, at_name = put_ids(grams.ids, row, previous, codes, firsts, names, at_first, at_name)
        begin = grams.ends[row - 1] if row > 0 else 0
        end = grams.ends[row]
        shape = shape_of(grams.units, begin, end, grams.n[row])
        heads[row - first] = shape << SHAPE_BIT | head
        if shape == 1:
            at_once = put_varint(once, at_once, np.uint64(grams.units[begin]))
        elif shape:
            expected = np.uint64(0)
            for u in range(begin, end):
                at = put_varint(spread, at, np.uint64(grams.units[u]) - expected)
                expected = np.uint64(grams.units[u]) + ONE
        else:
            at = put_units(spread, at, grams.units, grams.unit_n, begin, end, grams.n[row], grams.n_docs[row])
    return last - first, np.int64(at_first), np.int64(at_name), np.int64(at_once), np.int64(at)


@inlined
def get_ids(head, is_first, ranks, ids, firsts, at_first, names, at_name):
    """Read the ids of a row into ``ids`` i64, which has those of the row before; where both streams go on."""
    shared = np.int64(head >> 1) & 15
    value, at_first = get_varint(firsts, at_first)
    if head & 1:
        ids[shared] = ranks[value]
    else:
        ids[shared] = value + (0 if is_first else ids[shared] + 1)
    for k in range(shared + 1, len(ids)):
        value, at_name = get_varint(names, at_name)
        ids[k] = ranks[value]
    return at_first, at_name


@inlined
def get_units(data, at, n_units, flag, shape, prompts, units, unit_n, begin):
    """Read a row's units, each seen once if it has a ``shape``; how often they were seen, and the position behind."""
    n = np.int64(0)
    unit = np.int64(-1)
    for u in range(begin, begin + n_units):
        more = np.int64(0)
        if shape:
            distance, at = get_varint(data, at)
        else:
            distance, more, at = get_pair(data, at)
        unit += distance + 1
        units[u] = np.uint32(unit) | flag if flag else prompts[unit]
        unit_n[u] = more + 1
        n += more + 1
    return n, at


@kernel
def decode_rows(streams, state, renumber, out, begins, row, last_row, units):
    """Read rows that ``encode_rows`` wrote into ``out``, from ``row`` up to ``last_row`` and from ``units`` on.

    It stops where the part ends, or before a row for whose units there is no room up to the end of ``out.units``.
    ``state`` i64[5 + order], zero at first, remembers the places in the streams and the ids of the last row.
    ``renumber``: u32 each, the token of each code, the id of each token, the number of each prompt. ``begins`` i64
    gets where each row's units begin. Returns the rows' and the units' end.
    """
    heads, firsts, names, once, spread = streams
    ranks, tokens, prompts = renumber
    at_head, at_first, at_name, at_once, at = state[0], state[1], state[2], state[3], state[4]
    ids = state[5:]
    while row < last_row and at_head < len(heads):
        head = heads[at_head]
        shape = np.int64(head >> SHAPE_BIT)
        n_units, repeats, after = shape, np.int64(0), at
        flag = np.uint32(0)
        if shape == 0:
            value, repeats, after = get_pair(spread, at)
            n_units = value >> 1
            flag = BLOCK_FLAG if value & 1 else flag
        if units + n_units > len(out.units):
            break
        at_first, at_name = get_ids(head, at_head == 0, ranks, ids, firsts, at_first, names, at_name)
        for k in range(len(ids)):
            out.ids[row, k] = tokens[ids[k]]
        begins[row] = units
        if shape == 1:
            n, at_once = get_units(once, at_once, 1, flag, shape, prompts, out.units, out.unit_n, units)
        else:
            n, at = get_units(spread, after, n_units, flag, shape, prompts, out.units, out.unit_n, units)
        units += n_units
        out.n[row] = n
        out.n_docs[row] = n - repeats
        out.ends[row] = units
        row += 1
        at_head += 1
    state[0], state[1], state[2], state[3], state[4] = at_head, at_first, at_name, at_once, at
    return row, units


# rows, samples: what is computed from rows


@kernel
def feature_keys(ids, text, starts, ends, out):
    """FNV-1a 64 of each row's n-gram, its tokens' text joined by single spaces, into ``out`` u64."""
    for row in range(len(out)):
        h = FNV_OFFSET
        for i in range(ids.shape[1]):
            if i > 0:
                h = (h ^ np.uint64(32)) * FNV_PRIME
            for j in range(starts[ids[row, i]], ends[ids[row, i]]):
                h = (h ^ np.uint64(text[j])) * FNV_PRIME
        out[row] = h


@kernel
def winsorised(ends, units, unit_n, out):
    """Occurrences of each row with its largest prompt (or block) taken to have no more than the second largest.

    A text that loops over a phrase then counts as the next one that has it: into ``out`` i64[rows].
    """
    for row in range(len(out)):
        n = np.int64(0)
        first = np.int64(0)
        second = np.int64(0)
        for u in range(ends[row - 1] if row > 0 else 0, ends[row]):
            n += unit_n[u]
            if unit_n[u] > first:
                second = first
                first = unit_n[u]
            elif unit_n[u] > second:
                second = unit_n[u]
        out[row] = n - first + second


@kernel
def block_moments(rows, ends, units, unit_n, prompt_blocks, block_words, out):
    """What the statistics over blocks of prompts need of each of ``rows``, into ``out`` f64[rows, 3].

    With x the occurrences and w the words in a block: the sums over blocks of x squared and of x times w, and half the
    sum of ``|x / sum(x) - w / sum(w)|`` (Gries 2008, deviation of proportions).
    """
    total_words = block_words.sum()
    block_n = np.zeros(len(block_words), np.int64)
    for r in range(len(rows)):
        row = rows[r]
        block_n.fill(0)
        n = 0
        for u in range(ends[row - 1] if row > 0 else 0, ends[row]):
            unit = units[u]
            block_n[unit ^ BLOCK_FLAG if unit & BLOCK_FLAG else prompt_blocks[unit]] += unit_n[u]
            n += unit_n[u]
        squares = 0.0
        products = 0.0
        deviation = 0.0
        for block in range(len(block_n)):
            x = np.float64(block_n[block])
            w = np.float64(block_words[block])
            squares += x * x
            products += x * w
            deviation += abs(x / n - w / total_words) if total_words > 0 else 0.0
        out[r, 0] = squares
        out[r, 1] = products
        out[r, 2] = deviation / 2


@kernel
def drawn_counts(ends, groups, unit_n, weights, totals, n_prompts):
    """Occurrences of each row when prompts are drawn several times or not at all, winsorised anew in every draw.

    ``groups`` and ``unit_n``: for each row up to its end in ``ends`` the prompts (or blocks) it is in and its
    occurrences there, the most frequent first. ``weights`` f64[groups, draws]: how often each was drawn. Into
    ``totals`` f64[draws, rows] goes the sum with the largest prompt that was drawn cut down to the second largest, and
    into ``n_prompts`` i32[draws, rows] in how many different prompts the row is. O(units x draws).
    """
    n_draws = weights.shape[1]
    total = np.zeros(n_draws)
    n_seen = np.zeros(n_draws, np.int32)
    for row in range(len(ends)):
        begin = ends[row - 1] if row > 0 else 0
        total.fill(0.0)
        n_seen.fill(0)
        for u in range(begin, ends[row]):
            n = np.float64(unit_n[u])
            drawn = weights[groups[u]]
            for d in range(n_draws):
                total[d] += drawn[d] * n
                n_seen[d] += np.int32(drawn[d] > 0)
        for d in range(n_draws):
            first = begin
            while first < ends[row] and weights[groups[first], d] == 0:
                first += 1
            second = first + 1
            while second < ends[row] and weights[groups[second], d] == 0:
                second += 1
            if first < ends[row]:
                least = unit_n[second] if second < ends[row] else 0
                total[d] -= weights[groups[first], d] * np.float64(unit_n[first] - least)
            totals[d, row] = total[d]
            n_prompts[d, row] = n_seen[d]


# matching


@kernel
def select_words(tokens, doc_ends, ids, flags, keep, drop, out, at, out_ends):
    """The tokens that have a flag of ``keep`` and none of ``drop``, as ``ids[token]``, with 0 between for each break.

    ``out`` u32 and ``at`` i64 (the position among ``tokens``) need room for every token; ``out_ends`` i64[documents].
    """
    n = 0
    t = 0
    for d in range(len(doc_ends)):
        while t < doc_ends[d]:
            flag = flags[tokens[t]]
            is_kept = flag & keep != 0 and flag & drop == 0
            if is_kept or flag & IS_BREAK:
                out[n] = ids[tokens[t]] if is_kept else 0
                at[n] = t
                n += 1
            t += 1
        out_ends[d] = n
    return n


@inlined
def find_child(keys, key):
    """The slot of a trie's edge, or the empty one where it belongs; keys are never 0."""
    mask = np.uint64(len(keys) - 1)
    slot = (key * MIX) >> np.uint64(32) & mask
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + ONE) & mask
    return slot


@kernel
def build_trie(words, ends, keys, children, phrase_at):
    """Enter phrases, ``words`` u32 up to ``ends`` i64, into a trie; how many nodes it has.

    ``keys`` u64 and ``children`` u32 are its edges in a hash table; ``phrase_at`` i32 the phrase ending at each node,
    -1 for none. Node 0 is the root.
    """
    n_nodes = 1
    at = 0
    for phrase in range(len(ends)):
        node = np.uint64(0)
        while at < ends[phrase]:
            key = node << np.uint64(32) | np.uint64(words[at])
            slot = find_child(keys, key)
            if keys[slot] == 0:
                keys[slot] = key
                children[slot] = n_nodes
                n_nodes += 1
            node = np.uint64(children[slot])
            at += 1
        phrase_at[node] = phrase
    return n_nodes


@kernel
def match_phrases(words, doc_ends, keys, children, phrase_at, is_longest, out, start, end, docs):
    """Find phrases in ``words`` u32 (0: no word of any phrase); how many, their numbers and places into the outputs.

    With ``is_longest`` the longest at each place, then on behind it; else all of them. It stops where the outputs are
    full, and returns how many there would be.
    """
    n = 0
    i = 0
    for d in range(len(doc_ends)):
        while i < doc_ends[d]:
            step = 1
            found = n
            node = np.uint64(0)
            j = i
            while j < doc_ends[d] and words[j] != 0:
                slot = find_child(keys, node << np.uint64(32) | np.uint64(words[j]))
                if keys[slot] == 0:
                    break
                node = np.uint64(children[slot])
                j += 1
                if phrase_at[node] >= 0:
                    if is_longest:
                        n = found
                        step = j - i
                    if n < len(out):
                        out[n] = phrase_at[node]
                        start[n] = i
                        end[n] = j
                        docs[n] = d
                    n += 1
            i += step
    return n


# guards


@inlined
def rotated(value, bits):
    """A 64-bit number with its bits moved up by so many, the highest coming back at the lower end."""
    return value << np.uint64(bits) | value >> np.uint64(64 - bits)


@kernel
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
        slot = (c ^ rotated(b, 21) ^ rotated(a, 42)) >> shift
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
    begin = 0
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

    0.9 ns a token, where FNV-1a, byte by byte, took 5. docs/profile.md has the definition.
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


# patterns


@kernel
def past_markup(tokens, kinds, markup, at, stop):
    """The first token from ``at`` on that is no markup."""
    while at < stop and kinds[tokens[at]] & markup:
        at += 1
    return at


@kernel
def takes(tokens, kinds, agreements, steps, step, at, stop, lasts, first):
    """Whether a rule's step takes the token ``at``; ``lasts`` are those that its steps from ``first`` on took."""
    if at >= stop:
        return False
    token = tokens[at]
    if kinds[token] & steps[step, 0] == 0 or kinds[token] & steps[step, 1] != 0:
        return False
    other = np.int64(steps[step, 4])
    return other == 0 or (agreements[token] != 0 and agreements[token] == agreements[tokens[lasts[first + other - 1]]])


@kernel
def match_rule(tokens, kinds, agreements, markup, steps, first, last, start, stop, lasts, taken):
    """Match steps ``first`` to ``last`` (see ``patterns.Program``) from ``start`` on; each takes as little as will do.

    The token behind the match, or -1. ``lasts`` and ``taken`` i64 are room for what each step took: the last token
    (that of the step before, if none) and how many. The work is bounded by the product of the steps' lengths.
    """
    i = first
    at = start
    while i < last:
        taken[i] = 0
        lasts[i] = lasts[i - 1] if i > first else start - 1
        least = np.int64(steps[i, 2])
        while taken[i] < least and takes(tokens, kinds, agreements, steps, i, at, stop, lasts, first):
            taken[i] += 1
            lasts[i] = at
            at = past_markup(tokens, kinds, markup, at + 1, stop)
        if taken[i] == least:
            i += 1
            continue
        i -= 1
        while i >= first:  # back to a step that can take one token more
            at = past_markup(tokens, kinds, markup, lasts[i] + 1, stop)
            most = np.int64(steps[i, 3])
            if taken[i] < most and takes(tokens, kinds, agreements, steps, i, at, stop, lasts, first):
                break
            i -= 1
        if i < first:
            return -1
        taken[i] += 1
        lasts[i] = at
        at = past_markup(tokens, kinds, markup, at + 1, stop)
        i += 1
    return lasts[last - 1] + 1


@kernel
def start_of_rule(tokens, kinds, markup, before, rule, lead, t, first):
    """Where a rule begins whose step ``lead`` takes token ``t``, or -1; ``first`` is the document's first token."""
    for _ in range(lead):
        t -= 1
        while t >= first and kinds[tokens[t]] & markup != 0:
            t -= 1
    previous = t - 1
    while previous >= first and kinds[tokens[previous]] & markup != 0:
        previous -= 1
    if t < first:
        return -1
    kind = kinds[tokens[previous] if previous >= first else BREAK_TOKEN]
    return -1 if kind & before[rule, 0] == 0 or kind & before[rule, 1] != 0 else t


@kernel
def kinds_ahead(tokens, kinds, markup, at, stop, reach):
    """The classes of ``reach`` tokens from ``at`` on, together."""
    found = np.uint64(0)
    while at < stop and reach > 0:
        kind = kinds[tokens[at]]
        found |= kind
        reach -= kind & markup == 0
        at += 1
    return found


@kernel
def match_rules(tokens, doc_ends, kinds, agreements, markup, rules, out, starts, ends, docs):
    """Match rules (see ``patterns.Program``) against tokens; how many matches, their rules and places into the outputs.

    ``kinds`` u64 and ``agreements`` u8 are by token. Rules are tried where a token is one that their leading step can
    take, the first that matches counts, and matching goes on behind it. It stops to write where the outputs are full,
    and returns how many matches there would be. O(tokens), whatever they are, since rules are bounded.
    """
    steps, rule_ends, leads, before = rules
    n_rules = len(rule_ends)
    lasts = np.empty(len(steps), np.int64)
    taken = np.empty(len(steps), np.int64)
    leading = np.uint64(0)
    reach = np.int64(0)
    begin = np.int64(0)
    for rule in range(n_rules):
        leading |= steps[begin + leads[rule], 0]
        reach = max(reach, np.int64(steps[begin : rule_ends[rule], 3].sum()))
        begin = rule_ends[rule]
    is_leading = kinds & leading != 0  # an eighth of the bytes: these stay in the first cache
    n = 0
    t = 0
    for d in range(len(doc_ends)):
        first = t
        stop = doc_ends[d]
        while t < stop:
            if not is_leading[tokens[t]]:
                t += 1
                continue
            ahead = kinds_ahead(tokens, kinds, markup, t, stop, reach)
            end = -1
            rule = 0
            begin = 0
            while rule < n_rules and end < 0:
                last = rule_ends[rule]
                step = begin + leads[rule]
                if kinds[tokens[t]] & steps[step, 0] != 0:
                    while step < last and ahead & steps[step, 0] != 0:  # most rules end here: a twelfth of the time
                        step += 1
                    if step == last:
                        start = start_of_rule(tokens, kinds, markup, before, rule, leads[rule], t, first)
                        if start >= 0:
                            end = match_rule(
                                tokens, kinds, agreements, markup, steps, begin, last, start, stop, lasts, taken
                            )
                begin = last
                rule += 1
            if end >= 0:
                if n < len(out):
                    out[n] = rule - 1
                    starts[n] = start
                    ends[n] = end
                    docs[n] = d
                n += 1
            t = max(end, t + 1)
    return n
