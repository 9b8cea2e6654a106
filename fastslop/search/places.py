"""Where content n-grams stand in texts that stream by: some places of each, with the words about it.

Of an n-gram the places with the smallest hashes are kept, one for each prompt of a label: whatever the chunks, their
order and the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import MIX
from fastslop._kernels.search.places import words_about
from fastslop.base.arrays import Ints, Keys, in_halves
from fastslop.base.hashing import hash_strings, mixed
from fastslop.reading.chunks import TextChunk
from fastslop.search.matcher import Matcher
from fastslop.search.passes import STEPS, TextPasses
from fastslop.tokens.tokeniser import TokenStream
from fastslop.tokens.vocabulary import Vocabulary, union_of_vocabularies

KEPT = 64
"""Most places kept of each n-gram, one of a label's prompt: those of the smallest hashes."""
REACH = 6
"""Most words that are looked at on either side of an n-gram."""
WAITING = 1 << 17
"""Places that wait until the best of them are chosen, if fewer are kept."""
SPAN = 64
"""Most tokens from the first to the last of an n-gram: what holds more stopwords than that is no phrase."""


class Place(NamedTuple):
    """Where an n-gram stands: the words before it (the nearest first), from its first to its last, and after it.

    Words are numbers in the order of their texts.
    """

    before: tuple[int, ...]
    inside: tuple[int, ...]
    after: tuple[int, ...]


class _Places(NamedTuple):
    """Places as arrays: n-grams i64[places] and hashes u64[places]; keys of words u64[places, words], 0 for none."""

    ngrams: Ints
    hashes: Keys
    before: Keys
    inside: Keys
    after: Keys

    def take(self, rows: Ints) -> _Places:
        """These places."""
        return _Places(**{name: column[rows] for name, column in self._asdict().items()})

    def kept(self) -> _Places:
        """The ``KEPT`` of the smallest hashes of each n-gram, each hash once, in their order."""
        order = np.lexsort((self.hashes, self.ngrams))
        ngrams, hashes = self.ngrams[order], self.hashes[order]
        is_new = np.ones(len(order), np.bool_)
        is_new[1:] = (ngrams[1:] != ngrams[:-1]) | (hashes[1:] != hashes[:-1])
        order, ngrams = order[is_new], ngrams[is_new]
        firsts = np.searchsorted(ngrams, ngrams)
        return self.take(order[np.arange(len(order)) - firsts < KEPT])


def find_places(n: int, matcher: Matcher, passes: TextPasses) -> tuple[Iterator[list[Place]], list[str]]:
    """Places of each of the ``n`` n-grams of a matcher, in the order of their hashes; and the texts of all words.

    Those of an n-gram are made when it is its turn: as objects they take ten times the memory of their arrays.
    """
    kept: _Places | None = None
    waiting: list[_Places] = []
    vocabularies: list[Vocabulary] = []
    for found, words in passes.of_each(STEPS[0], lambda chunk, stream: _find(chunk, stream, matcher)):
        waiting.append(found)
        vocabularies.append(words)
        if sum(len(some.ngrams) for some in waiting) > max(WAITING, len(kept.ngrams) if kept else 0):
            kept, waiting = _joined([*([kept] if kept else []), *waiting]).kept(), []
            vocabularies = [in_halves(union_of_vocabularies, vocabularies)]
    if kept is None and not waiting:
        return ([] for _ in range(n)), []
    kept = _joined([*([kept] if kept else []), *waiting]).kept()
    return _numbered(n, kept, in_halves(union_of_vocabularies, vocabularies))


def _find(chunk: TextChunk, stream: TokenStream, matcher: Matcher) -> tuple[_Places, Vocabulary]:
    """The places in a chunk, one for each n-gram and prompt, and the words about them."""
    words = matcher.words_of(stream)
    matches = matcher.find(words, longest=False)
    near = np.flatnonzero(words.at[matches.ends - 1] - words.at[matches.starts] < SPAN)
    hashes = place_hashes(chunk, matches.phrases[near], matches.docs[near])
    hashes, firsts = np.unique(hashes, return_index=True)
    firsts = near[firsts]
    docs, starts = matches.docs[firsts], words.at[matches.starts[firsts]]
    ends = words.at[matches.ends[firsts] - 1] + 1
    bounds = np.concatenate(([0], stream.doc_ends))
    before, after = np.empty((2, len(firsts), REACH), np.uint64)
    inside = np.empty((len(firsts), int((ends - starts).max(initial=1))), np.uint64)
    keys = _keys_of_tokens(stream)
    where = (bounds[docs], starts, ends, bounds[docs + 1])
    words_about(stream.tokens, stream.flags, keys, *where, before, inside, after)
    inside = inside[:, : int((inside != 0).sum(axis=1).max(initial=1))]
    found = _Places(matches.phrases[firsts].astype(np.int64), hashes, before, inside, after).kept()
    used = np.unique(np.concatenate([found.before.ravel(), found.inside.ravel(), found.after.ravel()]))
    return found, stream.vocabulary.take(np.searchsorted(stream.vocabulary.keys, used[used != 0]))


def place_hashes(chunk: TextChunk, phrases: NDArray[np.integer], docs: NDArray[np.integer]) -> Keys:
    """A hash of phrase, label and prompt, mixed so that its order has nothing to do with theirs."""
    of_label = hash_strings([chunk.label])[0]
    return mixed(chunk.prompt_keys[docs] ^ of_label ^ (phrases.astype(np.uint64) + np.uint64(1)) * MIX)


def _keys_of_tokens(stream: TokenStream) -> Keys:
    """The key of each token of a stream, 0 for the break."""
    keys = np.zeros(len(stream.rank), np.uint64)
    keys[1:] = stream.vocabulary.keys[stream.rank[1:]]
    return keys


def _joined(parts: Sequence[_Places]) -> _Places:
    """Places of several chunks as one."""
    width = max(part.inside.shape[1] for part in parts)
    padded = [part._replace(inside=np.pad(part.inside, ((0, 0), (0, width - part.inside.shape[1])))) for part in parts]
    return _Places(*map(np.concatenate, zip(*padded, strict=True)))


def _numbered(n: int, places: _Places, vocabulary: Vocabulary) -> tuple[Iterator[list[Place]], list[str]]:
    """Places with words as numbers in the order of their texts, and these texts."""
    texts = vocabulary.tokens.to_list()
    order = sorted(range(len(texts)), key=texts.__getitem__)
    numbers = np.empty(len(texts) + 1, np.int64)
    numbers[order] = np.arange(len(texts))
    of_ngrams = pairwise(np.searchsorted(places.ngrams, np.arange(n + 1)).tolist())
    by_ngram = (_objects(places.take(np.arange(*cut)), vocabulary.keys, numbers) for cut in of_ngrams)
    return by_ngram, [texts[i] for i in order]


def _objects(places: _Places, known: Keys, numbers: Ints) -> list[Place]:
    """The places of one n-gram, with words as numbers."""
    sides = (_words(side, known, numbers) for side in (places.before, places.inside, places.after))
    return [Place(*words) for words in zip(*sides, strict=True)]


def _words(keys: Keys, known: Keys, numbers: Ints) -> Iterator[tuple[int, ...]]:
    """The numbers of words in rows of keys, as far as there are any."""
    is_word = keys != 0
    flat = tuple(numbers[np.searchsorted(known, keys[is_word])].tolist())
    ends = np.cumsum(is_word.sum(axis=1)).tolist()
    return (flat[begin:end] for begin, end in zip([0, *ends], ends, strict=False))
