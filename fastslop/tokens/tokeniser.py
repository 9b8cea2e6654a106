"""Documents to tokens: text goes in, numbers come out, with a vocabulary of the words and marks they stand for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import BREAK_TOKEN, IS_BREAK, IS_COMMA, IS_SHORT, IS_STOPWORD, IS_WORD, SLACK
from fastslop._kernels.machine.fnv import fnv1a_many
from fastslop._kernels.machine.jit import is_kept as is_kept_kernel
from fastslop._kernels.machine.jit import is_on_disk
from fastslop._kernels.tokens.capitals import count_capitals
from fastslop._kernels.tokens.tokenise import HASHED_RUNS, Scratch, add_occurrences
from fastslop._kernels.tokens.tokenise import count_kinds as count_kinds_kernel
from fastslop._kernels.tokens.tokenise import tokenise as tokenise_kernel
from fastslop.base.arrays import Bytes, Counts, Ids
from fastslop.base.hashing import hash_strings
from fastslop.base.spec import CountSpec, spec_of
from fastslop.tokens.dictionaries import dictionary_name, new_units, no_words, with_dictionary
from fastslop.tokens.lexicon import new_lexicon, with_room
from fastslop.tokens.unicode import code_points, normalise
from fastslop.tokens.vocabulary import Vocabulary

SOME_TOKENS, SOME_BYTES = 1 << 15, 1 << 18
"""Tokens, and bytes of their text, that a new lexicon has room for."""


class HasText(Protocol):
    """Anything that has documents: UTF-8 ``text`` u8, cut at ``doc_offsets`` i64[documents + 1]."""

    @property
    def text(self) -> NDArray[np.uint8]: ...
    @property
    def doc_offsets(self) -> NDArray[np.int64]: ...


class SingleText(NamedTuple):
    """Documents without a label or prompts: UTF-8 ``text`` u8, cut at ``doc_offsets`` i64[documents + 1]."""

    text: NDArray[np.uint8]
    doc_offsets: NDArray[np.int64]


class CapitalCounts(NamedTuple):
    """Words of a tokeniser that stand inside sentences: their ``tokens``; ``n_inside`` and ``n_capital``, how often
    they do, and how often with a capital (see the kernel ``count_capitals``); all u32."""

    tokens: Ids
    n_inside: Ids
    n_capital: Ids


@dataclass(frozen=True)
class TokenStream:
    """Tokens of documents, in their order.

    ``tokens`` u32, those of each document up to ``doc_ends`` i64; ``vocabulary``, sorted; by token, its ``rank`` u32 in
    the vocabulary, and ``flags`` u8; ``has_cut``, whether a dictionary cut any of them into words.
    """

    tokens: Ids
    doc_ends: Counts
    vocabulary: Vocabulary
    rank: Ids
    flags: NDArray[np.uint8]
    has_cut: bool = False

    @property
    def n_words(self) -> Counts:
        """How many words each document has, i64[documents]."""
        return count_kinds(self.tokens, self.doc_ends, self.flags)[0]

    def without(self, is_left_out: NDArray[np.bool_]) -> TokenStream:
        """The same documents, of which those left out have no tokens."""
        tokens, doc_ends = without_documents(self.tokens, self.doc_ends, is_left_out)
        return replace(self, tokens=tokens, doc_ends=doc_ends)


class Tokeniser:
    """Texts to tokens of one lexicon, which grows with them. Only one thread at a time may use it.

    ``capitals`` u8 says of each token of the last documents whether it is a word that begins with a capital.

    A token keeps its number as long as the tokeniser lives. Texts of many chunks and labels share the numbers, so that
    each word is hashed, sorted and looked up among the stopwords once.
    """

    def __init__(self, spec: CountSpec) -> None:
        self.spec = spec
        self.points = code_points(spec.tokeniser)
        self.stopwords, self.comma = hash_strings(spec.stopwords), hash_strings([","])
        self.lexicon = new_lexicon(SOME_TOKENS, SOME_BYTES)
        self.cut_by = ""
        self.words, self.units = no_words(spec.dictionary), new_units()
        self.scratch, self.room, self.capitals = _scratch(0), np.empty(0, np.uint32), np.empty(0, np.uint8)
        self.keys = np.zeros(1, np.uint64)  # by token, as are the flags; the break has no key
        self.flags = np.full(1, IS_BREAK, np.uint8)

    def tokenise(self, documents: HasText) -> tuple[Ids, Counts]:
        """The tokens u32 of documents, valid until the next call, and where those of each document end, i64.

        ``cut_by`` then names the dictionaries that cut any of them into words, as specifications do.
        """
        text, starts, ends = normalise(documents.text, documents.doc_offsets, self.points)
        self._make_room(ends - starts)
        doc_ends, done = np.zeros(len(starts), np.int64), 0
        cut = np.full(len(starts), -1, np.int8)
        while True:
            normal = (text, starts, ends, done, *self.points, self.lexicon, self.words)
            done = tokenise_kernel(*normal, self.scratch, self.units, self.room, self.capitals, doc_ends, cut)
            if done == len(starts):
                break
            if cut[done] >= 0:
                self.words = with_dictionary(self.words, int(cut[done]))
                continue
            n_bytes = int(ends[done] - starts[done])
            self.lexicon = with_room(self.lexicon, n_bytes + 1, 2 * n_bytes + 64)  # folding may lengthen a token
        self.cut_by = dictionary_name(int(np.bitwise_or.reduce(cut, initial=0)))
        self._know_new_tokens()
        return self.room[: doc_ends[-1] if len(starts) else 0], doc_ends

    @property
    def is_word(self) -> NDArray[np.bool_]:
        """Whether each token is a word."""
        return np.asarray((self.flags & IS_WORD) != 0)

    def take(self, spec: CountSpec) -> None:
        """Take another specification, which differs in stopwords and language only."""
        self.spec, self.stopwords = spec, hash_strings(spec.stopwords)
        self.flags &= np.uint8(~IS_STOPWORD & 0xFF)
        self.flags[np.isin(self.keys, self.stopwords)] |= IS_STOPWORD

    def count(self, tokens: Ids, counts: Counts) -> Counts:
        """``counts`` i64 by token, longer where there are new tokens, with the occurrences of ``tokens`` added."""
        if len(counts) < len(self.keys):
            counts = np.concatenate((counts, np.zeros(len(self.keys) - len(counts), np.int64)))
        add_occurrences(tokens, counts)
        return counts

    def count_capitals(self, tokens: Ids, doc_ends: Counts, capitals: Bytes) -> CapitalCounts:
        """How often words stand inside sentences, and with a capital there; ``capitals`` are those of these tokens."""
        counts = np.zeros((len(self.keys), 2), np.uint32)
        if self.spec.knows_sentences:
            count_capitals(tokens, doc_ends, capitals, self.flags, counts)
        found = np.flatnonzero(counts.view(np.uint64))
        return CapitalCounts(found.astype(np.uint32), *counts[found].T)

    def vocabulary_of(self, is_used: NDArray[np.bool_]) -> tuple[Vocabulary, Ids]:
        """The vocabulary of the tokens in use, and the rank u32 of each token in it, 0 for tokens not in use."""
        ends = self.lexicon.ends[: len(self.keys)]
        return Vocabulary(self.keys, self.lexicon.kinds, self.lexicon.arena, ends).of_used(is_used)

    def free_room(self) -> None:
        """Give back the working memory, but keep the lexicon."""
        self.scratch, self.room, self.capitals = _scratch(0), np.empty(0, np.uint32), np.empty(0, np.uint8)

    def _make_room(self, lengths: Counts) -> None:
        """Make room for a token a byte, and for the runs of the longest document; later calls use it again."""
        if lengths.sum() >= len(self.room):
            n = int(lengths.sum()) + 1
            self.room, self.capitals = np.empty(n, np.uint32), np.empty(n, np.uint8)
        if lengths.max(initial=0) + SLACK > len(self.scratch.kinds):
            self.scratch = _scratch(int(lengths.max(initial=0)))

    def _know_new_tokens(self) -> None:
        """Add the keys of new tokens, and the flags that kernels need: their kind, whether they are stopwords, commas,
        or short."""
        known, used = len(self.keys), int(self.lexicon.used[0])
        keys = np.empty(used - known, np.uint64)
        fnv1a_many(self.lexicon.arena, self.lexicon.ends[known - 1 : used - 1], self.lexicon.ends[known:used], keys)
        flags = self.lexicon.kinds[known:used].copy()
        flags[np.isin(keys, self.stopwords)] |= IS_STOPWORD
        flags[keys == self.comma] |= IS_COMMA
        flags[self.lexicon.n_chars[known:used] < self.spec.min_word_chars] |= IS_SHORT
        self.keys, self.flags = np.concatenate((self.keys, keys)), np.concatenate((self.flags, flags))


def count_kinds(tokens: Ids, doc_ends: Counts, flags: NDArray[np.uint8]) -> tuple[Counts, Counts]:
    """How many words and how many marks each document has, both i64[documents]."""
    words, marks = np.empty(len(doc_ends), np.int64), np.empty(len(doc_ends), np.int64)
    count_kinds_kernel(tokens, doc_ends, flags, words, marks)
    return words, marks


def without_documents(tokens: Ids, doc_ends: Counts, is_left_out: NDArray[np.bool_]) -> tuple[Ids, Counts]:
    """The tokens without those of the documents left out, and where each document then ends: there are as many."""
    lengths = np.diff(doc_ends, prepend=0)
    kept = np.where(is_left_out, 0, lengths)
    return tokens[np.repeat(~is_left_out, lengths)], np.cumsum(kept, dtype=np.int64)


def token_stream(documents: HasText, spec: CountSpec) -> TokenStream:
    """Tokenise documents with a lexicon of their own."""
    tokeniser = Tokeniser(spec)
    tokens, doc_ends = tokeniser.tokenise(documents)
    is_used = np.ones(len(tokeniser.keys), np.bool_)
    is_used[BREAK_TOKEN] = False
    return TokenStream(
        tokens.copy(), doc_ends, *tokeniser.vocabulary_of(is_used), tokeniser.flags, bool(tokeniser.cut_by)
    )


def _scratch(document_bytes: int) -> Scratch:
    """Scratch of the kernel, for the runs of documents of ``document_bytes`` bytes at most."""
    n = document_bytes + SLACK
    begins, ends = np.empty((2, n), np.int32)
    hashes = np.empty(HASHED_RUNS, np.uint64)
    return Scratch(np.empty(n, np.uint8), np.empty(n, np.bool_), begins, ends, hashes)


def is_compiled() -> bool:
    """Whether the kernels' machine code is on disk already."""
    return is_on_disk(tokenise_kernel)


def is_kept() -> bool:
    """Whether there is a place on disk where the kernels' machine code can be kept."""
    return is_kept_kernel(tokenise_kernel)


def tokenise(text: str, spec: str | CountSpec = "default") -> list[str]:
    """
    Cut a text into its tokens, in order, as profiles hold them.

    Parameters
    ----------
    text
        The text.
    spec
        The specification whose tokeniser is used: ``default``, ``words``, ``slop-forensics``, a JSON file, or a
        `CountSpec`.

    Examples
    --------
    >>> tokenise("It isn’t over — yet.")
    ['it', "isn't", 'over', '—', 'yet', '.']
    """
    encoded = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    stream = token_stream(SingleText(encoded, np.array([0, len(encoded)], np.int64)), spec_of(spec))
    ranks = stream.rank[stream.tokens[stream.tokens != BREAK_TOKEN]]
    return stream.vocabulary.tokens.gather(ranks).to_list()
