"""Strings to numbered words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import MASK_BYTES
from fastslop._kernels.tokens.lexicon import Lexicon
from fastslop._kernels.vectors.strings import view_strings
from fastslop._kernels.vectors.word_runs import (
    HASHED_WORDS,
    Strings,
    WordScratch,
    copy_texts,
    enter_tokens,
    token_pieces,
    tokenise_strings,
)
from fastslop.base.arrays import Counts, Ids
from fastslop.tokens.lexicon import new_lexicon, with_room
from fastslop.vectors.alphabet import DOTTED_I, SIGMA, alphabet

Texts = NDArray[np.uint8]
Order = NDArray[np.int64]

SOME_TOKENS, SOME_BYTES = 1 << 17, 1 << 20
"""Tokens, and bytes of their text, that a new lexicon has room for: enough for 50 MB of one language. Room that is not
used takes no memory."""

SORTED_PIECES = 6
"""Pieces of eight bytes by which tokens are sorted as numbers: with two, Chinese, in which a word is all that stands
between two marks, took half as long again."""


class TokenTexts(NamedTuple):
    """Tokens in UTF-8: ``text`` u8 up to ``ends`` i64 of each."""

    text: Texts
    ends: Counts

    @property
    def begins(self) -> Counts:
        """The places i64 where each token's text begins."""
        return np.concatenate((np.zeros(1, np.int64), self.ends))[:-1]

    @property
    def n_bytes(self) -> int:
        """Bytes of all tokens."""
        return int(self.ends[-1]) if len(self.ends) else 0

    def take(self, which: Order) -> TokenTexts:
        """The tokens ``which``, in this order."""
        begins, ends = self.begins[which], self.ends[which]
        text, out_ends = np.empty(int((ends - begins).sum()), np.uint8), np.empty(len(which), np.int64)
        copy_texts(self.text, begins, ends, text, out_ends)
        return TokenTexts(text, out_ends)

    @staticmethod
    def of(tokens: Sequence[str]) -> TokenTexts:
        """The texts of strings; surrogates, which no word has, stay different from all else."""
        encoded = [token.encode("utf-8", "surrogatepass") for token in tokens]
        ends = np.cumsum([len(token) for token in encoded], dtype=np.int64)
        return TokenTexts(np.frombuffer(b"".join(encoded), np.uint8), ends)


class WordTokeniser:
    """Strings to numbers of words in a lexicon; only one thread at a time may use one.

    A lexicon of the tokeniser's own grows. One that is handed in does not: words it lacks are token 0.
    """

    def __init__(self, lowercase: bool, lexicon: Lexicon | None = None) -> None:
        self.alphabet = alphabet(lowercase)
        self.is_growing = lexicon is None
        self.lexicon = new_lexicon(SOME_TOKENS, SOME_BYTES) if lexicon is None else lexicon
        self.room, self.longest = _room(0), 0
        self.tokens = np.empty(0, np.uint32)

    @property
    def n_tokens(self) -> int:
        """How many numbers of tokens there are, 0 included."""
        return int(self.lexicon.used[0])

    @property
    def texts(self) -> TokenTexts:
        """The text of tokens 1, 2, ..."""
        ends = self.lexicon.ends[1 : self.n_tokens]
        return TokenTexts(self.lexicon.arena, ends)

    def tokenise(self, documents: list[str]) -> tuple[Ids, Counts]:
        """The tokens u32 of documents, valid until the next call, and where those of each document end, i64."""
        documents = [*documents]  # keeps documents alive that are lowered below
        strings, ends, done = strings_of(documents), np.zeros(len(documents), np.int64), 0
        self._make_room(strings.n_chars)
        while True:
            where = (self.alphabet, self.lexicon, self.is_growing, self.room, self.tokens, ends)
            done = tokenise_strings(strings, done, *where)
            if done < 0:
                done = ~done
                documents[done:] = [_lowered(document) for document in documents[done:]]
                strings = strings_of(documents)
                self._make_room(strings.n_chars, kept=int(ends[done - 1]) if done else 0)
            elif done < len(documents):
                n_chars = int(strings.n_chars[done])
                self.lexicon = with_room(self.lexicon, n_chars // 2 + 2, 4 * n_chars)
            else:
                return self.tokens[: ends[-1] if len(ends) else 0], ends

    def _make_room(self, n_chars: Counts, kept: int = 0) -> None:
        """Make room for the tokens of strings, of which ``kept`` are there already, and for the longest string."""
        n_tokens = int(n_chars.sum()) // 2 + len(n_chars) + 1
        if n_tokens > len(self.tokens):
            tokens = np.empty(n_tokens, np.uint32)
            tokens[:kept] = self.tokens[:kept]
            self.tokens = tokens
        longest = int(n_chars.max(initial=0))
        if longest > self.longest:
            self.room, self.longest = _room(longest), longest


def _lowered(document: str) -> str:
    """A document without the capitals that only ``str.lower`` knows to lower."""
    return document.lower() if DOTTED_I in document or SIGMA in document else document


def strings_of(documents: list[str]) -> Strings:
    """Addresses, lengths and widths of the characters of documents, which have to be kept alive meanwhile."""
    n = len(documents)
    identities = np.fromiter(map(id, documents), np.uint64, n)
    strings = Strings(np.empty(n, np.uint64), np.empty(n, np.int64), np.empty(n, np.uint8))
    view_strings(identities, *strings)
    return strings


def _room(longest: int) -> WordScratch:
    """Scratch of the kernel, for strings of ``longest`` characters at most."""
    n = longest + 4 * MASK_BYTES
    begins, ends = np.empty((2, n), np.int32)
    hashes = np.empty(HASHED_WORDS, np.uint64)
    return WordScratch(np.empty(n, np.uint8), begins, ends, hashes, np.empty(4 * n, np.uint8))


def entered(texts: TokenTexts, lexicon: Lexicon) -> Ids:
    """Enter tokens into a lexicon that has room for all; the number u32 of each there."""
    tokens = np.empty(len(texts.ends), np.uint32)
    enter_tokens(*texts, lexicon, tokens)
    return tokens


def in_order(texts: TokenTexts) -> Order:
    """The numbers of different tokens in the order of their text, which in UTF-8 is that of the code points.

    Tokens are sorted by eight bytes as a number, those that share them by the next eight, and so on; the few that are
    left by all their bytes.
    """
    head = _pieces(texts, np.arange(len(texts.ends)), 0)
    order = np.argsort(head)
    at = np.flatnonzero(_tied(head[order]))
    groups = head[order[at]]
    for first in range(8, 8 * SORTED_PIECES, 8):
        pieces = _pieces(texts, order[at], first)
        by_piece = np.lexsort((pieces, groups))
        order[at] = order[at][by_piece]
        groups, pieces = groups[by_piece], pieces[by_piece]
        is_tied = _tied(groups, pieces)
        is_new = np.append(True, (groups[1:] != groups[:-1]) | (pieces[1:] != pieces[:-1]))[: len(at)]
        groups, at = np.cumsum(is_new, dtype=np.uint64)[is_tied], at[is_tied]
    text, begins, ends = texts.text, texts.begins, texts.ends
    order[at] = sorted(order[at].tolist(), key=lambda i: text[begins[i] : ends[i]].tobytes())
    return order


def _pieces(texts: TokenTexts, which: Order, first: int) -> NDArray[np.uint64]:
    """Eight bytes of the tokens ``which`` from byte ``first`` on, as numbers that sort like them."""
    pieces = np.empty(len(which), np.uint64)
    token_pieces(texts.text, texts.begins[which], texts.ends[which], first, pieces)
    return pieces


def _tied(*columns: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether each row is the same as a row beside it."""
    same = np.ones(max(len(columns[0]) - 1, 0), np.bool_)
    for column in columns:
        same &= column[1:] == column[:-1]
    return np.asarray(np.append(same, False) | np.append(False, same))[: len(columns[0])]
