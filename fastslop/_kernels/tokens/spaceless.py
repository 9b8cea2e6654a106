"""Text written without spaces, cut into the words of a dictionary: the most probable path, by dynamic programming.

A *unit* is a base character or a combining mark; a *cluster* is the units between which no word ends: a base character
with its marks, and in scripts of South-East Asia with all that cannot stand without it. Every word that begins at a
cluster is an edge of a graph, whose cost is the negative logarithm of the word's frequency; the path of the least cost
is the most probable one if words follow each other independently (Sun 2012 for jieba's form of it). A cluster that is
no word is an edge by itself, at the cost of what is unknown, as is a run of katakana, by which Japanese writes foreign
words.
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

CHINESE, JAPANESE, THAI, LAO, KHMER, BURMESE = range(6)
"""Numbers of the dictionaries: of the first two a document has one, the others go by the script."""
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
    is_first: NDArray[np.bool_]  # whether a cluster begins there
    is_katakana: NDArray[np.bool_]
    firsts: NDArray[np.int32]  # the nodes of words that begin there, or 0
    costs: NDArray[np.int32]  # of the best path to each
    lengths: NDArray[np.int32]  # of the last word of that path, in units; then the place of each word's end


class Words(NamedTuple):
    """The dictionaries by their numbers, and the number of the one that is ``wanted`` i8[1] for Han, or -1."""

    dictionaries: tuple[Dictionary, ...]
    wanted: NDArray[np.int8]


@inlined
def borrowed_dictionary(dictionary):
    """A dictionary with its arrays borrowed: see ``borrowed``."""
    codes, nodes, unknown = dictionary
    return Dictionary(borrowed(codes), borrowed(nodes), borrowed(unknown))


@inlined
def borrowed_words(words):
    """The dictionaries with their arrays borrowed."""
    chinese, japanese, thai, lao, khmer, burmese = words.dictionaries
    return Words(
        (
            borrowed_dictionary(chinese),
            borrowed_dictionary(japanese),
            borrowed_dictionary(thai),
            borrowed_dictionary(lao),
            borrowed_dictionary(khmer),
            borrowed_dictionary(burmese),
        ),
        borrowed(words.wanted),
    )


@inlined
def borrowed_units(units):
    """The room with its arrays borrowed."""
    begins, codes, is_first, is_katakana, firsts, costs, lengths = units
    return Units(
        borrowed(begins),
        borrowed(codes),
        borrowed(is_first),
        borrowed(is_katakana),
        borrowed(firsts),
        borrowed(costs),
        borrowed(lengths),
    )


@inlined
def script_of(c):
    """The number of the dictionary that cuts text in the script of a base character; -1 for Han and kana."""
    if 0x0E00 <= c < 0x1800:
        return THAI if c < 0x0E80 else LAO if c < 0x0F00 else KHMER if c >= 0x1780 else BURMESE
    return BURMESE if 0xA9E0 <= c < 0xAA80 else -1


@inlined
def joins_before(c):
    """Whether a base character of South-East Asia belongs to what stands before it: a vowel that follows."""
    thai = c & ~0x80  # Lao has the places of Thai, 128 further on
    return thai in (0x0E30, 0x0E32, 0x0E33, 0x0E45) or c == 0x0EBD


@inlined
def joins_behind(c):
    """Whether what stands behind a unit of South-East Asia belongs to it: a vowel that is written before its consonant,
    or the sign by which consonants are stacked."""
    return 0x0E40 <= c & ~0x80 <= 0x0E44 or c in (0x1039, 0x17D2)


@inlined
def silences(c, before, n_before):
    """Whether a mark, ``n_before`` units behind a consonant of South-East Asia, makes that the end of what stands
    before it; ``before`` is what stands before the mark: the consonant, a tone of Burmese, or a vowel of Thai that is
    silenced as well."""
    is_silent = c in (0x0E4C, 0x0ECC, 0x1039, 0x103A, 0x17CD)
    return is_silent and (n_before == 1 or before in (0x0E34, 0x0E38, 0x1037))


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
def read_units(text, i, end, klass, fold, codes, script, has_clusters, units):
    """Read the units of a run of one script (see ``script_of``) from ``i`` on, ``MOST_UNITS`` at most.

    ``has_clusters``: whether base characters may join others. Returns the number of units, the position behind them,
    whether the run ends there, and whether each unit is its own lower case, with nothing unseen beside it.
    """
    n = base = 0
    is_plain = True
    is_joined = False
    before = np.int64(0)
    while i < end:
        c, after = code_point_at(text, i)
        k = klass[c] & CLASS_MASK
        if k == BASE:
            if n == MOST_UNITS or script_of(c) != script:
                break
            base = n
            units.is_first[n] = not (is_joined or (has_clusters and joins_before(c)))
        elif k == COMBINING:
            units.is_katakana[n - 1] = False
            if n == MOST_UNITS:
                units.codes[n - 1] = 0
            else:
                units.is_first[n] = False
            if has_clusters and silences(c, before, n - base):
                units.is_first[base] = False
        elif k != IGNORE:
            break
        if k == IGNORE or n == MOST_UNITS:
            is_plain = False
        else:
            folded = fold[c]
            is_plain &= folded == c
            units.begins[n] = i
            units.codes[n] = codes[folded] if folded < 0x10000 else 0
            units.is_katakana[n] = (k == BASE) & (folded >= 0x30A1) & (folded <= 0x30FE)
            is_joined = has_clusters and joins_behind(c)
            before = c
            n += 1
        i = after
    units.begins[n] = i
    is_whole = n < MOST_UNITS
    if has_clusters and not is_whole:  # what follows may join the last clusters
        n -= 3
        while n > 0 and not units.is_first[n]:
            n -= 1
        n = n if n > 0 else MOST_UNITS
    units.is_first[0] = units.is_first[n] = True
    return n, units.begins[n], is_whole, is_plain


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
        if not units.is_first[u]:
            continue
        if u >= reach and not is_open:
            safe = u
        cost = units.costs[u]
        k = u + 1
        while not units.is_first[k]:
            k += 1
        relax(units, k, cost + unknown[0], k - u)
        node = np.int64(units.firsts[u])
        k = u
        while node != 0:
            k += 1
            of_word = nodes[NODE * node + COST_OF]
            if of_word > 0 and units.is_first[k]:
                relax(units, k, cost + of_word, k - u)
                reach = max(reach, k)
            if k == n:
                is_open = True
                break
            if units.codes[k] == 0:
                break
            node = child(nodes, node, units.codes[k])
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
def cut_run(text, i, end, klass, fold, lexicon, dictionary, script, units, tokens, capitals, n):
    """Write the words of the run of base characters of one script at ``i``, as tokens from ``n`` on.

    Returns the position behind the run, and the place of the next token.
    """
    codes = dictionary.codes
    has_clusters = script >= 0 and dictionary.unknown[0] > 0  # not where each character is a token by itself
    while True:
        of_run = (text, i, end, klass, fold, codes, script, has_clusters, units)
        n_units, behind, is_whole, is_plain = read_units(*of_run)
        if n_units == 0:
            return i, n
        known = find_path(units, n_units, is_whole, dictionary)
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
        if known == n_units and is_whole:
            return behind, n
