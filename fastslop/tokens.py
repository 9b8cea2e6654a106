"""Documents to tokens: text goes in, numbers come out, with a vocabulary of what they stand for."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fastslop import _kernels as k
from fastslop.profile import Counts, Ids, Vocabulary
from fastslop.spec import CountSpec
from fastslop.unicode import code_points, normalise


class HasText(Protocol):
    """Documents: UTF-8 ``text`` cut at ``doc_offsets``."""

    @property
    def text(self) -> NDArray[np.uint8]: ...
    @property
    def doc_offsets(self) -> NDArray[np.int64]: ...


class Text(NamedTuple):
    """A text by itself."""

    text: NDArray[np.uint8]
    doc_offsets: NDArray[np.int64]


@dataclass(frozen=True)
class TokenStream:
    """Tokens of documents, in their order.

    ``tokens`` u32 up to ``doc_ends`` i64; ``vocabulary`` sorted, ``rank`` u32 of each token in it, ``flags`` u8.
    """

    tokens: Ids
    doc_ends: Counts
    vocabulary: Vocabulary
    rank: Ids
    flags: NDArray[np.uint8]

    @property
    def n_bytes(self) -> int:
        """Bytes of memory it takes."""
        own = (self.tokens, self.doc_ends, self.rank, self.flags)
        words = (self.vocabulary.keys, self.vocabulary.kinds, self.vocabulary.text, self.vocabulary.ends)
        return sum(array.nbytes for array in (*own, *words))

    def per_document(self, flag: int) -> Counts:
        """How many tokens with this flag each document has."""
        found = np.empty(len(self.doc_ends), np.int64)
        k.count_flags(self.tokens, self.doc_ends, self.flags, flag, found)
        return found

    def of_documents(self, first: int, last: int) -> TokenStream:
        """The tokens of documents ``first:last``, not copied, in the same vocabulary."""
        begin = int(self.doc_ends[first - 1]) if first else 0
        ends = self.doc_ends[first:last] - begin
        tokens = self.tokens[begin : begin + int(ends[-1])] if last > first else self.tokens[:0]
        return replace(self, tokens=tokens, doc_ends=ends)

    def silent_about(self, is_left_out: NDArray[np.bool_]) -> TokenStream:
        """The same documents, some of them without any token."""
        lengths = np.diff(self.doc_ends, prepend=0)
        tokens = self.tokens[np.repeat(~is_left_out, lengths)]
        return replace(self, tokens=tokens, doc_ends=np.cumsum(np.where(is_left_out, 0, lengths), dtype=np.int64))

    def without(self, is_left_out: NDArray[np.bool_]) -> TokenStream:
        """The tokens of all but some documents, and only them in the vocabulary."""
        kept = self.silent_about(is_left_out)
        is_used = np.zeros(len(self.rank), np.bool_)
        is_used[kept.tokens] = True
        is_used[k.BREAK_TOKEN] = False
        rows, rank = np.sort(self.rank[is_used]), np.zeros_like(self.rank)
        rank[is_used] = np.searchsorted(rows, self.rank[is_used])
        words = self.vocabulary.take(rows.astype(np.int64))
        return TokenStream(kept.tokens, kept.doc_ends[~is_left_out], words, rank, self.flags)


def token_stream(documents: HasText, spec: CountSpec) -> TokenStream:
    """The tokens of documents."""
    tables = code_points(spec.tokeniser)
    text, starts, ends = normalise(documents.text, documents.doc_offsets, tables)
    tokens = np.empty(int((ends - starts).sum()) + 1, np.uint32)
    doc_ends = np.zeros(len(starts), np.int64)
    lexicon, done = _new_lexicon(1 << 15), 0
    scratch = _scratch(int((ends - starts).max(initial=0)))
    words = text.view(np.uint64)
    while True:
        done = k.tokenise(text, words, starts, ends, done, *tables, lexicon, scratch, tokens, doc_ends)
        if done == len(starts):
            break
        lexicon = _grown(lexicon, int(ends[done] - starts[done]))
    tokens = tokens[: doc_ends[-1]].copy() if len(starts) else tokens[:0]  # a quarter of the room for one a byte
    vocabulary, rank = _sorted_vocabulary(lexicon)
    flags = _flags(lexicon, rank, np.isin(vocabulary.keys, hash_strings(spec.stopwords)), spec)
    return TokenStream(tokens, doc_ends, vocabulary, rank, flags)


def _scratch(document_bytes: int) -> k.Scratch:
    """Room for the runs of a document of that many bytes."""
    return k.Scratch(np.empty(document_bytes + 2, np.int32), np.empty(document_bytes + 2, np.uint8))


def _new_lexicon(n_tokens: int, arena_bytes: int = 1 << 18) -> k.Lexicon:
    """An empty lexicon: slots for twice as many tokens as it may hold; token 0 is the break."""
    return k.Lexicon(
        np.zeros(2 * n_tokens, np.uint32),
        np.zeros(n_tokens, np.uint64),
        np.zeros(n_tokens, np.int64),
        np.zeros(n_tokens, np.uint8),
        np.zeros(n_tokens, np.int32),
        np.empty(arena_bytes, np.uint8),
        np.zeros(1024, np.uint32),
        np.zeros(1024, np.int64),
        np.ones(1, np.int64),
    )


def _grown(lexicon: k.Lexicon, document_bytes: int) -> k.Lexicon:
    """The same tokens in a lexicon with room for a document of that many bytes and as much again."""
    used = int(lexicon.used[0])
    n_tokens = 1 << int(2 * (used + document_bytes) + 1).bit_length()
    larger = _new_lexicon(n_tokens, 2 * (int(lexicon.ends[used - 1]) + 2 * document_bytes + 64))
    larger.hashes[:used] = lexicon.hashes[:used]
    larger.ends[:used] = lexicon.ends[:used]
    larger.kinds[:used] = lexicon.kinds[:used]
    larger.n_chars[:used] = lexicon.n_chars[:used]
    larger.arena[: lexicon.ends[used - 1]] = lexicon.arena[: lexicon.ends[used - 1]]
    larger.used[0] = used
    k.refill(larger)
    return larger


def _sorted_vocabulary(lexicon: k.Lexicon) -> tuple[Vocabulary, Ids]:
    """The tokens by hash, and the rank of each (the break, token 0, has none; it is never looked up)."""
    used = int(lexicon.used[0])
    text = lexicon.arena[: lexicon.ends[used - 1]]
    keys = np.empty(used - 1, np.uint64)
    k.fnv1a_many(text, lexicon.ends[: used - 1], lexicon.ends[1:used], keys)
    unsorted = Vocabulary(keys, lexicon.kinds[1:used], text, lexicon.ends[1:used])
    by_key = np.argsort(unsorted.keys)
    rank = np.zeros(used, np.uint32)
    rank[by_key + 1] = np.arange(used - 1, dtype=np.uint32)
    return unsorted.take(by_key), rank


def _flags(lexicon: k.Lexicon, rank: Ids, is_stopword: NDArray[np.bool_], spec: CountSpec) -> NDArray[np.uint8]:
    """What the n-gram kernels must know of each token: its kind, whether it is a stopword, whether it is short."""
    used = int(lexicon.used[0])
    flags: NDArray[np.uint8] = lexicon.kinds[:used].copy()
    flags[0] = k.IS_BREAK
    flags[1:][is_stopword[rank[1:]]] |= k.IS_STOPWORD
    flags[lexicon.n_chars[:used] < spec.min_word_chars] |= k.IS_SHORT
    return flags


def is_compiled() -> bool:
    """Whether the kernels' machine code is in Numba's cache already (always, where compiling is turned off)."""
    cache = getattr(k.tokenise, "_cache", None)
    path = getattr(cache, "_cache_file", None)
    return path is None or os.path.exists(getattr(path, "_index_path", ""))


def hash_strings(strings: tuple[str, ...] | list[str]) -> NDArray[np.uint64]:
    """FNV-1a 64 of each string's UTF-8."""
    encoded = [s.encode() for s in strings]
    ends = np.cumsum([len(e) for e in encoded], dtype=np.int64)
    starts = ends - np.array([len(e) for e in encoded], np.int64)
    keys = np.empty(len(encoded), np.uint64)
    k.fnv1a_many(np.frombuffer(b"".join(encoded) or b"\0", np.uint8), starts, ends, keys)
    return keys


def tokens_of(text: str, spec: CountSpec) -> list[str]:
    """The tokens of a text, in order, as profiles hold them."""
    encoded = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    offsets = np.array([0, len(encoded)], np.int64)
    stream = token_stream(Text(encoded, offsets), spec)
    ranks = stream.rank[stream.tokens[stream.tokens != k.BREAK_TOKEN]]
    return stream.vocabulary.tokens.gather(ranks).to_list()
