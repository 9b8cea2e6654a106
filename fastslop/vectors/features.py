"""Terms of a fitted vectoriser, in arrays: their text, and how to find them in other documents."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from fastslop._kernels.counting.sorting import DIGIT_BITS
from fastslop._kernels.tokens.lexicon import Lexicon
from fastslop._kernels.vectors.columns import NO_NODE
from fastslop._kernels.vectors.tries import DEPTHS, Trie, count_terms, enter_nodes, term_bytes, write_terms
from fastslop.base.arrays import Counts, Ids, Keys
from fastslop.system.threads import do_all
from fastslop.tokens.lexicon import new_lexicon
from fastslop.vectors.matrices import Entries, Nodes
from fastslop.vectors.reading import read
from fastslop.vectors.words import TokenTexts, WordTokeniser, entered


class Lookup(NamedTuple):
    """Tables to find terms among the tokens of a lexicon.

    ``codes`` u32, by token: the number of a word of terms, 0 for any other word, ``NO_NODE`` for a stop word.
    """

    stop_words: tuple[str, ...]
    lexicon: Lexicon
    codes: Ids
    trie: Trie


class Features:
    """Terms as nodes of a trie, whose words are ``texts``; there are ``n`` columns.

    Tables to look terms up are made when they are first needed, and not pickled.
    """

    def __init__(self, nodes: Nodes, texts: TokenTexts, n: int) -> None:
        self.nodes, self.texts, self.n = nodes, texts, n
        self._lookup: Lookup | None = None

    @staticmethod
    def of_terms(columns: Mapping[str, int]) -> Features:
        """Terms with given columns. Terms that are not words with single spaces between them are never found."""
        terms = {tuple(term.split(" ")): column for term, column in columns.items()}
        findable = {term: column for term, column in terms.items() if len(term) < DEPTHS and all(term)}
        words = sorted({word for term in findable for word in term})
        rank = {word: i for i, word in enumerate(words)}
        by_rank = {tuple(rank[word] for word in term): column for term, column in findable.items()}
        beginnings = sorted({begin for term in by_rank for begin in accumulate(((r,) for r in term), tuple.__add__)})
        nodes = Nodes(
            np.array([len(node) for node in beginnings], np.uint8),
            np.array([node[-1] for node in beginnings], np.uint32),
            np.array([by_rank.get(node, -1) for node in beginnings], np.int32),
        )
        return Features(nodes, TokenTexts.of(words), len(columns))

    def __getstate__(self) -> dict[str, Any]:
        """State to be pickled: all but the tables that can be made again."""
        return self.__dict__ | {"_lookup": None}

    def names(self) -> list[str]:
        """The terms in the order of their columns, if that is the order of their text."""
        depths, ranks, columns = self.nodes.depths, self.nodes.ranks, self.nodes.columns
        out = np.empty(term_bytes(depths, ranks, self.texts.ends, columns), np.uint8)
        write_terms(depths, ranks, *self.texts, columns, out)
        return out.tobytes().decode().split("\n")[:-1]

    def count(
        self, documents: list[str], lowercase: bool, stop_words: list[str], orders: tuple[int, int], workers: int
    ) -> Entries:
        """Count the terms in documents; the entries of their matrix."""
        lookup = self._known_lookup(tuple(stop_words))
        highest = min(orders[1], int(self.nodes.depths.max(initial=1)))
        handle = partial(_count_chunk, lookup, np.array([orders[0], highest, self.n], np.uint64))
        made, _ = read(documents, workers, handle, partial(WordTokeniser, lowercase, lookup.lexicon))
        return _put(made, workers)

    def _known_lookup(self, stop_words: tuple[str, ...]) -> Lookup:
        """The tables to look terms up where these are stop words, made anew if the last ones had others."""
        if self._lookup is None or self._lookup.stop_words != stop_words:
            stopped = TokenTexts.of(stop_words)
            n_tokens, n_bytes = len(self.texts.ends) + len(stop_words) + 1, self.texts.n_bytes + stopped.n_bytes
            lexicon = new_lexicon(n_tokens, n_bytes)
            entered(self.texts, lexicon)
            codes = np.arange(n_tokens, dtype=np.uint32)
            codes[entered(stopped, lexicon)] = NO_NODE
            trie = self._new_trie() if self._lookup is None else self._lookup.trie
            self._lookup = Lookup(stop_words, lexicon, codes, trie)
        return self._lookup

    def _new_trie(self) -> Trie:
        depths, ranks, columns = self.nodes.depths, self.nodes.ranks, self.nodes.columns
        n_deeper = int(np.count_nonzero(depths > 1))
        roots = np.full(len(self.texts.ends) + 1, NO_NODE)
        slots = np.zeros(2 << (2 * n_deeper + 1).bit_length(), np.uint64)
        enter_nodes(depths, ranks, roots, slots)
        return Trie(roots, slots, columns)


class CountedTerms(NamedTuple):
    """The columns u32 of some documents' terms, how often each is there, and where those of each document end."""

    columns: Ids
    counts: Ids
    ends: Counts


def _count_chunk(lookup: Lookup, numbers: Keys, tokens: Ids, ends: Counts, _: WordTokeniser) -> CountedTerms:
    """The terms of a chunk; ``numbers`` are the lowest and the highest order, and how many columns there are."""
    highest = int(numbers[1])
    longest = int(np.diff(ends, prepend=0).max(initial=0))
    codes, out_ends = np.empty(longest + 2, np.uint32), np.empty_like(ends)
    terms, spare = np.empty((2, longest * highest + 1), np.uint64)
    out, counts = np.empty((2, len(tokens) * highest + 1), np.uint32)
    digits = np.empty(1 << int(DIGIT_BITS), np.uint32)
    count_terms(tokens, ends, lookup.codes, lookup.trie, numbers, codes, terms, spare, digits, out, counts, out_ends)
    n = int(out_ends[-1]) if len(ends) else 0
    return CountedTerms(out[:n].copy(), counts[:n].copy(), out_ends)


def _put(chunks: list[CountedTerms], workers: int) -> Entries:
    """The entries of a matrix, from the terms of all chunks."""
    n_entries = [np.diff(chunk.ends, prepend=0) for chunk in chunks]
    entries = Entries.of_rows(np.concatenate([np.empty(0, np.int64), *n_entries]))
    begins = np.cumsum([0, *(len(chunk.columns) for chunk in chunks)])

    def write(i: int) -> None:
        entries.indices[begins[i] : begins[i + 1]] = chunks[i].columns
        entries.data[begins[i] : begins[i + 1]] = chunks[i].counts

    do_all(write, range(len(chunks)), min(workers, len(chunks)))
    return entries
