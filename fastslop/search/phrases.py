"""Content n-grams to the phrases they stand for in texts: "heart hammering ribs" to "heart hammering against her ribs".

Two streaming passes. The first looks for the n-grams in the text without its stopwords and keeps some places of each,
from which a phrase is grown word by word. The second counts these phrases exactly and finds how they are written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import IS_BREAK, IS_WORD, MIX
from fastslop.base.hashing import hash_strings, mixed
from fastslop.base.spec import CountSpec
from fastslop.reading.chunks import TextChunk
from fastslop.search.bounded_sets import Smallest
from fastslop.search.matcher import Matcher, matcher_of_words, split_phrases, token_text
from fastslop.search.passes import Watcher, counted_stream, watch
from fastslop.system.threads import map_bounded
from fastslop.tokens.tokeniser import TokenStream

Value = TypeVar("Value", str, tuple[str, ...])

KEPT = 64
"""Most places kept of each n-gram, one for each label and prompt: the smallest hashes, whatever the texts' order."""
WRITTEN = 9
"""Most places at which it is looked up how a phrase is written."""
REACH = 6
"""Most words that are looked at on either side of an n-gram."""
SHARE = 0.6
"""Share of a phrase's places that must have its most common neighbour for it to grow by that."""
MIN_PLACES = 3
"""Fewest places for a phrase to grow by a neighbour, and for a filling of gaps to make a phrase."""
VARIANT = 0.1
"""Share of an n-gram's places that must have a filling of its gaps for it to make a phrase of its own."""
MARKS = r"[^\w\n]{1,3}"
"""Pattern of what stands between two words of a phrase."""
DANGLING = frozenset({"a", "an", "the", "and", "or", "but"})
"""Words that are cut off the ends of a grown phrase."""


class Place(NamedTuple):
    """A place of an n-gram: the words before it (the nearest first), from its first to its last, and after it."""

    before: tuple[str, ...]
    inside: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class Phrase:
    """A phrase as it is mostly written, the n-grams it was grown from, and by label its occurrences in each prompt."""

    text: str
    words: tuple[str, ...]
    seeds: tuple[str, ...]
    by_label: Mapping[str, Counter[int]]


def find_phrases(
    seeds: Sequence[str],
    read: Callable[[], Iterator[TextChunk]],
    spec: CountSpec,
    workers: int,
    watchers: Sequence[Watcher] = (),
    tell: Callable[[Mapping[tuple[str, ...], Sequence[str]]], None] = lambda grown: None,
) -> list[Phrase]:
    """Phrases that content n-grams stand for, counted in texts.

    Parameters
    ----------
    seeds
        The n-grams, their words joined by spaces.
    read
        Streams the texts anew each time it is called, which is twice.
    spec
        By which the texts were counted.
    workers
        Number of threads.
    watchers
        Are shown every text of the second pass, in which the phrases are counted.
    tell
        Is given, before the second pass, the phrases as words, and the n-grams that each was grown from.
    """
    grown = _grown(seeds, read, spec, workers)
    tell(grown)
    counter = _PhraseCounter(grown, spec) if grown else None
    watch(read, spec, workers, (counter, *watchers) if counter else watchers)
    return counter.phrases if counter else []


def _grown(
    seeds: Sequence[str], read: Callable[[], Iterator[TextChunk]], spec: CountSpec, workers: int
) -> dict[tuple[str, ...], list[str]]:
    """The phrases that n-grams stand for, each with the n-grams it was grown from."""
    usable = split_phrases(seeds, spec, content_only=True).words
    grown: dict[tuple[str, ...], list[str]] = {}
    if usable:
        matcher = matcher_of_words(list(usable.values()), spec, content_only=True)
        for seed, places in zip(usable, _places(len(usable), matcher, read(), workers), strict=True):
            for words in phrases_of(places):
                grown.setdefault(words, []).append(seed)
    return grown


# Places


class _Found(NamedTuple):
    """Matches of a chunk, one for each phrase and prompt: numbers of phrases, hashes to choose by, places."""

    phrases: list[int]
    hashes: list[int]
    place: Callable[[int], Place]


def _places(n: int, matcher: Matcher, chunks: Iterable[TextChunk], workers: int) -> list[list[Place]]:
    kept = [Smallest(KEPT) for _ in range(n)]
    for found in map_bounded(lambda chunk: _find_places(chunk, matcher), chunks, workers):
        for i, (phrase, key) in enumerate(zip(found.phrases, found.hashes, strict=True)):
            if kept[phrase].wants(key):
                kept[phrase].offer(key, found.place(i))
    return [[value for value in of_phrase.values if isinstance(value, Place)] for of_phrase in kept]


def _find_places(chunk: TextChunk, matcher: Matcher) -> _Found:
    stream = counted_stream(chunk, matcher.spec)
    words = matcher.words_of(stream)
    matches = matcher.find(words, longest=False)
    hashes = _hashes(chunk, matches.phrases, matches.docs)
    _, firsts = np.unique(hashes, return_index=True)
    starts, ends = words.at[matches.starts[firsts]], words.at[matches.ends[firsts] - 1] + 1
    bounds = np.concatenate(([0], stream.doc_ends))
    docs = matches.docs[firsts]

    def place(i: int) -> Place:
        begin, end = int(bounds[docs[i]]), int(bounds[docs[i] + 1])
        return _place(stream, begin, int(starts[i]), int(ends[i]), end)

    return _Found(matches.phrases[firsts].tolist(), hashes[firsts].tolist(), place)


def _hashes(chunk: TextChunk, phrases: NDArray[np.int32], docs: NDArray[np.int32]) -> NDArray[np.uint64]:
    """A hash of phrase, label and prompt, mixed so that its order has nothing to do with theirs."""
    own = hash_strings([chunk.label])[0]
    return mixed(chunk.prompt_keys[docs] ^ own ^ (phrases.astype(np.uint64) + np.uint64(1)) * MIX)


def _place(stream: TokenStream, begin: int, start: int, end: int, stop: int) -> Place:
    """The words about ``start`` to ``end``, as far as the sentence goes; ``begin`` and ``stop`` bound the document."""
    tokens, flags = stream.tokens, stream.flags

    def words(positions: Iterable[int]) -> tuple[str, ...]:
        near: list[str] = []
        for at in positions:
            flag = flags[tokens[at]]
            if flag & IS_BREAK or len(near) == REACH:
                break
            if flag & IS_WORD:
                near.append(token_text(stream, int(tokens[at])))
        return tuple(near)

    inside = tuple(token_text(stream, int(tokens[at])) for at in range(start, end) if flags[tokens[at]] & IS_WORD)
    return Place(words(range(start - 1, begin - 1, -1)), inside, words(range(end, stop)))


# Growing


def phrases_of(places: Sequence[Place]) -> list[tuple[str, ...]]:
    """The phrases that an n-gram stands for: one for each way of filling its gaps that ``VARIANT`` of its places have
    ("voice barely above a whisper", "voice barely a whisper")."""
    least = max(VARIANT * len(places), MIN_PLACES)
    fillings = Counter(place.inside for place in places)
    return [
        grow(inside, [place for place in places if place.inside == inside])
        for inside, n in sorted(fillings.items())
        if n >= least
    ]


def grow(inside: tuple[str, ...], places: Sequence[Place]) -> tuple[str, ...]:
    """The phrase about ``inside`` that most of its places have.

    The phrase grows, to the side that is surer, by the most common neighbour while ``SHARE`` of its places have it, and
    ``MIN_PLACES``; articles and conjunctions left at its ends are cut off again.
    """
    before: list[str] = []
    after: list[str] = []
    while True:
        sides = []
        for taken, side in ((before, "before"), (after, "after")):
            depth = len(taken)
            following = [words[depth] for p in places if len(words := getattr(p, side)) > depth]
            if following:
                word, n = most_common(following)
                sides.append((n, side, word))
        if not sides:
            break
        n, side, word = max(sides, key=lambda entry: entry[0])
        if n < max(SHARE * len(places), MIN_PLACES):
            break
        taken = before if side == "before" else after
        depth = len(taken)
        places = [p for p in places if getattr(p, side)[depth : depth + 1] == (word,)]
        taken.append(word)
    for taken in (before, after):
        while taken and taken[-1] in DANGLING:
            taken.pop()
    return (*reversed(before), *inside, *after)


def most_common(values: Iterable[Value]) -> tuple[Value, int]:
    """The most common value and how often it is there; of equally common ones the first in order."""
    counted = Counter(values)
    return min(counted.items(), key=lambda entry: (-entry[1], entry[0]))


# Counting


class _FoundPhrases(NamedTuple):
    """Phrases in the documents of a chunk: pairs of both, how often each, and hashes to choose by."""

    chunk: TextChunk
    pairs: NDArray[np.int64]
    n: NDArray[np.int64]
    hashes: NDArray[np.uint64]


class _PhraseCounter:
    """Counts phrases exactly, and finds how they are written."""

    def __init__(self, grown: Mapping[tuple[str, ...], list[str]], spec: CountSpec) -> None:
        self.grown = grown
        self.matcher = matcher_of_words(list(grown), spec)
        self.patterns = [written_pattern(words) for words in grown]
        self.counts: list[dict[str, Counter[int]]] = [{} for _ in grown]
        self.written = [Smallest(WRITTEN) for _ in grown]

    def look(self, chunk: TextChunk, stream: TokenStream) -> _FoundPhrases:
        matches = self.matcher.find(self.matcher.words_of(stream), longest=False)
        pairs, n = np.unique(np.stack((matches.phrases, matches.docs), axis=1), axis=0, return_counts=True)
        return _FoundPhrases(chunk, pairs.astype(np.int64), n, _hashes(chunk, pairs[:, 0], pairs[:, 1]))

    def take(self, found: _FoundPhrases) -> None:
        chunk = found.chunk
        for (phrase, doc), n, key in zip(found.pairs.tolist(), found.n.tolist(), found.hashes.tolist(), strict=True):
            self.counts[phrase].setdefault(chunk.label, Counter())[int(chunk.prompt_keys[doc])] += n
            if self.written[phrase].wants(key):
                text = chunk.text[chunk.doc_offsets[doc] : chunk.doc_offsets[doc + 1]].tobytes().decode()
                if match := self.patterns[phrase].search(text):
                    self.written[phrase].offer(key, " ".join(match[0].split()))

    @property
    def phrases(self) -> list[Phrase]:
        """The phrases with their counts, as they are mostly written."""
        return [
            Phrase(_mostly(forms.values, words), words, tuple(seeds), by_label)
            for (words, seeds), forms, by_label in zip(self.grown.items(), self.written, self.counts, strict=True)
        ]


def _mostly(forms: Sequence[object], words: Sequence[str]) -> str:
    return str(most_common(str(form) for form in forms)[0]) if forms else " ".join(words)


def written_pattern(words: Sequence[str]) -> re.Pattern[str]:
    """A pattern of words in any case, with marks between them, on one line."""
    joined = MARKS.join(re.escape(word).replace("'", "['’]") for word in words)
    return re.compile(rf"(?<!\w){joined}(?!\w)", re.IGNORECASE)
