"""Phrases to a trie over word ids, and where they stand in documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import IS_BREAK, IS_STOPWORD, IS_WORD
from fastslop._kernels.search.matcher import build_trie, match_phrases, select_words
from fastslop.base.arrays import to_bytes
from fastslop.base.hashing import hash_strings
from fastslop.base.spec import CountSpec
from fastslop.tokens.tokeniser import SingleText, TokenStream, token_stream


class Words(NamedTuple):
    """Words of documents as a matcher's ids.

    ``ids`` u32[words]: 0 for a word that is in none of its phrases, or a break; ``at`` i64[words]: each one's position
    among the tokens; ``doc_ends`` i64[documents]: the word behind each document's last.
    """

    ids: NDArray[np.uint32]
    at: NDArray[np.int64]
    doc_ends: NDArray[np.int64]


class Matches(NamedTuple):
    """Matches in the order of the text: the phrase's number, its first word and the word behind it, the document."""

    phrases: NDArray[np.int32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    docs: NDArray[np.int32]


@dataclass(frozen=True)
class Matcher:
    """A set of phrases as a trie, to be looked for in the tokens of any text.

    A phrase matches the same words, whatever their case, with commas, quotes or hyphens between them or not, within
    one sentence. With ``content_only`` it is matched against the text without its stopwords, but for those that are in
    a phrase.
    """

    spec: CountSpec
    word_keys: NDArray[np.uint64]
    keys: NDArray[np.uint64]
    children: NDArray[np.uint32]
    phrase_at: NDArray[np.int32]
    content_only: bool = False

    def words_of(self, stream: TokenStream) -> Words:
        """The words of a stream's documents."""
        places = np.searchsorted(self.word_keys, stream.vocabulary.keys)
        is_known = self.word_keys.take(places, mode="clip") == stream.vocabulary.keys
        by_rank = np.where(is_known, places + 1, 0).astype(np.uint32)
        ids = np.zeros(len(stream.rank), np.uint32)
        ids[1:] = by_rank[stream.rank[1:]]
        out, at = np.empty(len(stream.tokens), np.uint32), np.empty(len(stream.tokens), np.int64)
        doc_ends = np.empty(len(stream.doc_ends), np.int64)
        drop = IS_STOPWORD if self.content_only else 0
        flags = stream.flags
        if self.content_only:
            flags = np.where(ids == 0, flags, flags & ~np.uint8(IS_STOPWORD))
        n = select_words(stream.tokens, stream.doc_ends, ids, flags, IS_WORD, drop, out, at, doc_ends)
        return Words(out[:n], at[:n], doc_ends)

    def find(self, words: Words, *, longest: bool = True) -> Matches:
        """The longest phrase at each place, without overlap; or all phrases at all places."""
        room = len(words.ids) // 8 + 64
        while True:
            out = Matches(
                np.empty(room, np.int32), np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int32)
            )
            n = match_phrases(words.ids, words.doc_ends, self.keys, self.children, self.phrase_at, longest, *out)
            if n <= room:
                return Matches(out.phrases[:n], out.starts[:n], out.ends[:n], out.docs[:n])
            room = n


class SplitPhrases(NamedTuple):
    """Phrases as their words, in the order of the list, and those that can match nothing with the reason."""

    words: dict[str, tuple[str, ...]]
    unusable: dict[str, str]


def matcher_of_words(split: Sequence[Sequence[str]], spec: CountSpec, *, content_only: bool = False) -> Matcher:
    """A matcher of phrases, one at least, that are given as their words and numbered in their order."""
    vocabulary = list(dict.fromkeys(word for words in split for word in words))
    assert vocabulary, "phrases without a word"
    word_keys = np.sort(hash_strings(vocabulary))
    id_of = dict(zip(vocabulary, (np.searchsorted(word_keys, hash_strings(vocabulary)) + 1).tolist(), strict=True))
    words = np.array([id_of[word] for phrase in split for word in phrase], np.uint32)
    ends = np.cumsum([len(phrase) for phrase in split], dtype=np.int64)
    n_slots = 1 << (2 * len(words) + 2).bit_length()
    keys, children = np.zeros(n_slots, np.uint64), np.zeros(n_slots, np.uint32)
    phrase_at = np.full(len(words) + 1, -1, np.int32)
    n_nodes = build_trie(words, ends, keys, children, phrase_at)
    phrase_at[0] = -1
    return Matcher(spec, word_keys, keys, children, phrase_at[:n_nodes], content_only)


NO_WORDS = "it has no words"
CROSSES = "it goes on past the end of a sentence or a line"
HAS_DIGIT = "it holds a digit, and words have none"


def split_phrases(phrases: Sequence[str], spec: CountSpec, *, content_only: bool = False) -> SplitPhrases:
    """The words of phrases as the tokeniser sees them, each phrase once; marks (and stopwords) are left out."""
    split = SplitPhrases({}, {})
    if not "".join(phrases):
        return SplitPhrases({}, dict.fromkeys(phrases, NO_WORDS))
    stream = stream_of(*to_bytes(pl.Series(phrases, dtype=pl.String)), spec)
    by_rank = stream.vocabulary.tokens.to_list()
    drop = IS_STOPWORD if content_only else 0
    for phrase, tokens in zip(phrases, np.split(stream.tokens, stream.doc_ends[:-1]), strict=True):
        flags = stream.flags[tokens]
        at = np.flatnonzero((flags & IS_WORD != 0) & (flags & drop == 0))
        if re.search(r"\d", phrase):
            split.unusable[phrase] = HAS_DIGIT
        elif not len(at):
            split.unusable[phrase] = NO_WORDS
        elif (flags[at[0] : at[-1]] & IS_BREAK).any():
            split.unusable[phrase] = CROSSES
        else:
            split.words[phrase] = tuple(by_rank[rank] for rank in stream.rank[tokens[at]])
    return split


def stream_of(text: NDArray[np.uint8], doc_offsets: NDArray[np.int64], spec: CountSpec) -> TokenStream:
    """The tokens of documents, in the order in which they stand."""
    return token_stream(SingleText(text, doc_offsets), spec)


def token_text(stream: TokenStream, token: int) -> str:
    """A token of a stream as text."""
    vocabulary, rank = stream.vocabulary, int(stream.rank[token])
    start = int(vocabulary.ends[rank - 1]) if rank else 0
    return vocabulary.text[start : int(vocabulary.ends[rank])].tobytes().decode()
