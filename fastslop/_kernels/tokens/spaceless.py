"""Text written without spaces, cut into the words of a dictionary: the most probable path, by dynamic programming.

A *unit* is a base character with its combining marks. Every word that begins at a unit is an edge of a graph, whose
cost is the negative logarithm of the word's frequency; the path of the least cost is the most probable one if words
follow each other independently (Sun 2012 for jieba's form of it). A unit that begins no word of one unit is an edge by
itself, at the cost of what is unknown, as is a run of katakana, by which Japanese writes foreign words.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import BASE, CLASS_MASK, COMBINING, IGNORE, IS_WORD
from fastslop._kernels.machine.intrinsics import borrowed, prefetch
from fastslop._kernels.machine.jit import helper, inlined
from fastslop._kernels.machine.pieces import hash_piece
from fastslop._kernels.machine.utf8 import code_point_at, eight_bytes, put_code_point
from fastslop._kernels.tokens.lexicon import intern, known_token, low_bytes
from fastslop._kernels.tokens.tries import BASE_OF, COST_OF, NODE, ROOT, Dictionary, child

CHINESE, JAPANESE = 0, 1
"""Numbers of the dictionaries."""
MOST_UNITS = 1024
"""Units that a path is sought in at a time. Places that no word spans come every few units; where none comes in so
many, words end there."""
KANA_SHARE = 10
"""A document is Japanese if one of so many of its Han and kana characters, or more, is kana."""
FAR = np.int32(2**30)
"""A cost above that of any path."""


class Units(NamedTuple):
    """Room for the units of a run, one more than ``MOST_UNITS`` of each."""

    begins: NDArray[np.int64]  # their first bytes
    codes: NDArray[np.uint16]  # their codes; 0, if no word has them
    is_katakana: NDArray[np.bool_]
    firsts: NDArray[np.int32]  # the nodes of words that begin there, or 0
    costs: NDArray[np.int32]  # of the best path to each
    lengths: NDArray[np.int32]  # of the last word of that path, in units; then the place of each word's end


class Words(NamedTuple):
    """The dictionaries, and the number of the one that is ``wanted`` i8[1] for all documents, or -1."""

    chinese: Dictionary
    japanese: Dictionary
    wanted: NDArray[np.int8]


@inlined
def borrowed_words(words):
    """The dictionaries with their arrays borrowed: see ``borrowed``."""
    chinese, japanese, wanted = words
    return Words(
        Dictionary(borrowed(chinese.codes), borrowed(chinese.nodes), borrowed(chinese.unknown)),
        Dictionary(borrowed(japanese.codes), borrowed(japanese.nodes), borrowed(japanese.unknown)),
        borrowed(wanted),
    )


@inlined
def borrowed_units(units):
    """The room with its arrays borrowed."""
    begins, codes, is_katakana, firsts, costs, lengths = units
    return Units(
        borrowed(begins),
        borrowed(codes),
        borrowed(is_katakana),
        borrowed(firsts),
        borrowed(costs),
        borrowed(lengths),
    )


@helper
def language_of(text, start, end):
    """The number of the dictionary by which a document is cut: Japanese if it has kana, else Chinese."""
    n_kana = n_han = 0
    for i in range(start, end):
        b = text[i]
        if b == 0xE3:
            n_kana += (text[i + 1] >= 0x81) & (text[i + 1] <= 0x83)
            n_han += text[i + 1] >= 0x90
        else:
            n_han += (b >= 0xE4) & (b <= 0xE9)
    return JAPANESE if n_kana > 0 and KANA_SHARE * n_kana >= n_kana + n_han else CHINESE


@inlined
def read_units(text, i, end, klass, fold, codes, units):
    """Read the units of a run from ``i`` on, ``MOST_UNITS`` at most.

    Returns their number, the position behind them, and whether each is one character that is its own lower case.
    """
    n = 0
    is_plain = True
    while i < end and n < MOST_UNITS:
        c, after = code_point_at(text, i)
        if klass[c] & CLASS_MASK != BASE:
            break
        units.begins[n] = i
        folded = fold[c]
        is_plain &= folded == c
        units.codes[n] = codes[folded] if folded < 0x10000 else 0
        units.is_katakana[n] = (folded >= 0x30A1) & (folded <= 0x30FE)
        n += 1
        i = after
        while i < end:
            c, after = code_point_at(text, i)
            k = klass[c] & CLASS_MASK
            if k not in (COMBINING, IGNORE):
                break
            if k == COMBINING:
                units.codes[n - 1] = 0
                units.is_katakana[n - 1] = False
            is_plain = False
            i = after
    units.begins[n] = i
    return n, i, is_plain


@inlined
def begin_words(units, n, nodes):
    """Reset the costs of paths, and write for each of ``n`` units the node that words which begin with it have."""
    for u in range(n):
        units.costs[u] = FAR
        units.firsts[u] = child(nodes, np.int64(ROOT), units.codes[u]) if units.codes[u] != 0 else 0
    for u in range(n - 1):
        prefetch(nodes, np.uint64(NODE * (np.int64(nodes[NODE * units.firsts[u] + BASE_OF]) + units.codes[u + 1])))
    units.costs[n] = FAR
    units.costs[0] = 0


@inlined
def relax(units, to, cost, length):
    """Enter a word that ends before unit ``to``, if the path by it costs less than those known."""
    if cost < units.costs[to]:
        units.costs[to] = cost
        units.lengths[to] = length


@inlined
def find_path(units, n, is_whole, dictionary):
    """Find the best path through ``n`` units; return how many of them words are known of: all, if the run ``is_whole``.

    Else it is the last place that no word spans, whatever follows; or all, if there is none.
    """
    _, nodes, unknown = dictionary
    begin_words(units, n, nodes)
    reach = safe = katakana_end = np.int64(0)
    is_open = False
    for u in range(n):
        if u >= reach and not is_open:
            safe = u
        cost = units.costs[u]
        node = np.int64(units.firsts[u])
        single = nodes[NODE * node + COST_OF]
        relax(units, u + 1, cost + (single if single > 0 else unknown[0]), 1)
        k = u + 1
        while node != 0:
            if k == n:
                is_open = True
                break
            if units.codes[k] == 0:
                break
            node = child(nodes, node, units.codes[k])
            k += 1
            of_word = nodes[NODE * node + COST_OF]
            if of_word > 0:
                relax(units, k, cost + of_word, k - u)
                reach = max(reach, k)
        if units.is_katakana[u] and u >= katakana_end:
            katakana_end = u + 1
            while katakana_end < n and units.is_katakana[katakana_end]:
                katakana_end += 1
            relax(units, katakana_end, cost + unknown[0], katakana_end - u)
            reach = max(reach, katakana_end)
            is_open |= katakana_end == n
    return n if is_whole or safe == 0 else safe


@inlined
def known_word(text, i, length, lexicon):
    """The known token whose text is the bytes ``i:i + length`` as they are, or 0."""
    i, length = np.uint64(i), np.uint64(length)
    at = (length - np.uint64(1)) & ~np.uint64(7)
    h = hash_piece(np.uint64(0), eight_bytes(text, i + at) & low_bytes(length - at))
    while at > 0:
        at -= np.uint64(8)
        h = hash_piece(h, eight_bytes(text, i + at))
    return known_token(lexicon, h)


@inlined
def new_word(text, i, end, klass, fold, lexicon):
    """The token of a word, the bytes ``i:end``, which is folded, and added if it is new."""
    a0 = lexicon.ends[lexicon.used[0] - 1]
    a = a0
    n_chars = 0
    while i < end:
        c, i = code_point_at(text, i)
        if klass[c] & CLASS_MASK != IGNORE:
            a = put_code_point(lexicon.arena, a, np.int64(fold[c]))
            n_chars += 1
    return intern(lexicon, a0, a, np.int64(IS_WORD), n_chars)


@helper
def cut_run(text, i, end, klass, fold, lexicon, dictionary, units, tokens, capitals, n):
    """Write the words of the run of base characters at ``i``, as tokens from ``n`` on.

    Returns the position behind the run, and the place of the next token.
    """
    codes = dictionary.codes
    while True:
        n_units, behind, is_plain = read_units(text, i, end, klass, fold, codes, units)
        if n_units == 0:
            return i, n
        known = find_path(units, n_units, n_units < MOST_UNITS, dictionary)
        n_words = 0
        u = known
        while u > 0:  # the ends of words, from the last to the first, are put where the lengths were
            u, units.lengths[n_units - n_words] = u - units.lengths[u], np.int32(u)
            n_words += 1
        begin = i
        for w in range(n_units - n_words + 1, n_units + 1):
            word_end = units.begins[units.lengths[w]]
            token = known_word(text, begin, word_end - begin, lexicon) if is_plain else np.uint32(0)
            if token == 0:
                token = new_word(text, begin, word_end, klass, fold, lexicon)
            tokens[n] = token
            capitals[n] = 0
            n += 1
            begin = word_end
        i = begin
        if known == n_units and n_units < MOST_UNITS:
            return behind, n
