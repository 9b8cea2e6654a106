"""Content n-grams to the phrases they stand for in texts: "heart hammering ribs" to "heart hammering against her ribs".

Two streaming passes. The first looks for the n-grams in the text without its stopwords and keeps some places of each,
from which a phrase is grown word by word. The second counts these phrases exactly and finds how they are written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np
import polars as pl

from fastslop.base.arrays import Ints, Keys
from fastslop.base.spec import CountSpec
from fastslop.base.written import as_written
from fastslop.reading.chunks import TextChunk
from fastslop.search.bounded_sets import Smallest
from fastslop.search.matcher import matcher_of_words, split_phrases
from fastslop.search.passes import TextPasses, Watcher, watch
from fastslop.search.places import Place, find_places, place_hashes
from fastslop.search.spellings import Spellings
from fastslop.system.memory import trim
from fastslop.tokens.tokeniser import TokenStream

Value = TypeVar("Value", int, str, tuple[int, ...])

WRITTEN = 9
"""Most places at which it is looked up how a phrase is written."""
SHARE = 0.6
"""Share of a phrase's places that must have its most common neighbour for it to grow by that."""
MIN_PLACES = 3
"""Fewest places for a phrase to grow by a neighbour, and for a filling of gaps to make a phrase."""
VARIANT = 0.1
"""Share of an n-gram's places that must have a filling of its gaps for it to make a phrase of its own."""
DANGLING = {
    "en": "a an the and or but",
    "zh": "的 地 和 与 與 及 或 但 而",
    "ja": "の は が を に と も や へ",
    "de": "ein eine einen einem einer eines der die das den dem des und oder aber",
    "fr": "un une des le la les du au aux et ou mais",
    "es": "un una unos unas el la los las y e o u pero",
    "ru": "и а но или",
}
"""Words of each language that are cut off the ends of a grown phrase: articles, conjunctions, and in Chinese and
Japanese particles, which say how what follows or precedes belongs to the rest. Of other languages none are known."""
WAITING = 1 << 17
"""Counts that wait to be added up, if there are fewer so far."""
NO_OCCURRENCES = pl.DataFrame(schema={"phrase": pl.UInt32, "label": pl.String, "prompt": pl.UInt64, "n": pl.Int64})


class Uses(NamedTuple):
    """A label's uses of a phrase: how many, with the largest prompt cut down to the second largest (none if it is the
    only one), and in how many prompts."""

    n: int
    n_winsorised: int
    n_prompts: int


@dataclass(frozen=True)
class Phrase:
    """A phrase as it is mostly written, the n-grams it was grown from, and its uses by label."""

    text: str
    words: tuple[str, ...]
    seeds: tuple[str, ...]
    by_label: Mapping[str, Uses]


class FoundPhrases(NamedTuple):
    """Phrases, and where they are: ``phrase`` (its number), ``label``, ``prompt`` (its key) and ``n``, sorted."""

    phrases: list[Phrase]
    occurrences: pl.DataFrame


def find_phrases(
    seeds: Sequence[str],
    passes: TextPasses,
    watchers: Sequence[Watcher] = (),
    tell: Callable[[Mapping[tuple[str, ...], Sequence[str]]], None] = lambda grown: None,
) -> FoundPhrases:
    """Phrases that content n-grams stand for, counted in texts.

    Parameters
    ----------
    seeds
        The n-grams, their words joined by spaces.
    passes
        Passes over the texts, of which two are made.
    watchers
        Are shown every text of the second pass, in which the phrases are counted.
    tell
        Is given, before the second pass, the phrases as words, and the n-grams that each was grown from.
    """
    grown = _grown(seeds, passes)
    tell(grown)
    counter = _PhraseCounter(grown, passes.spec) if grown else None
    trim()  # what the first pass has freed lies between what is still in use
    watch(passes, (counter, *watchers) if counter else watchers)
    trim()
    return counter.found() if counter else FoundPhrases([], NO_OCCURRENCES)


def _grown(seeds: Sequence[str], passes: TextPasses) -> dict[tuple[str, ...], list[str]]:
    """The phrases that n-grams stand for, each with the n-grams it was grown from."""
    spec = passes.spec
    usable = split_phrases(seeds, spec, content_only=True).words
    grown: dict[tuple[str, ...], list[str]] = {}
    if usable:
        matcher = matcher_of_words(list(usable.values()), spec, content_only=True)
        places, texts = find_places(len(usable), matcher, passes)
        cut_off = {*DANGLING.get(spec.language, "").split()}
        dangling = {number for number, text in enumerate(texts) if text in cut_off}
        for seed, of_seed in zip(usable, places, strict=True):
            for words in phrases_of(of_seed, seed.count(" ") + 1, dangling):
                grown.setdefault(tuple(texts[word] for word in words), []).append(seed)
    return grown


# Growing


def phrases_of(places: Sequence[Place], n_words: int, dangling: Collection[int]) -> list[tuple[int, ...]]:
    """The phrases that an n-gram of ``n_words`` stands for, one for each way of filling its gaps that ``VARIANT`` of
    its places have ("voice barely above a whisper", "voice barely a whisper").

    Words that mostly have others between them ("asked, his voice") are no phrase where they have none ("asked, voice").
    """
    least = max(VARIANT * len(places), MIN_PLACES)
    fillings = Counter(place.inside for place in places)
    n_bare = sum(n for inside, n in fillings.items() if len(inside) == n_words)
    is_mostly_filled = 2 * n_bare < len(places)
    return [
        grow(inside, [place for place in places if place.inside == inside], dangling)
        for inside, n in sorted(fillings.items())
        if n >= least and not (is_mostly_filled and len(inside) == n_words)
    ]


def grow(inside: tuple[int, ...], places: Sequence[Place], dangling: Collection[int]) -> tuple[int, ...]:
    """The phrase about ``inside`` that most of its places have.

    The phrase grows, to the side that is surer, by the most common neighbour while ``SHARE`` of its places have it, and
    ``MIN_PLACES``; words of ``DANGLING`` left at its ends are cut off again.
    """
    before: list[int] = []
    after: list[int] = []
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
        while taken and taken[-1] in dangling:
            taken.pop()
    return (*reversed(before), *inside, *after)


def most_common(values: Iterable[Value]) -> tuple[Value, int]:
    """The most common value and how often it is there; of equally common ones the first in order."""
    counted = Counter(values)
    return min(counted.items(), key=lambda entry: (-entry[1], entry[0]))


# Counting


class _Found(NamedTuple):
    """Phrases in the documents of a chunk.

    ``phrases``, ``docs``, ``n`` i64: how often a phrase is in a document. ``hashes`` u64 and ``spellings``: of some of
    these, the rows ``read``, how they are written there.
    """

    chunk: TextChunk
    phrases: Ints
    docs: Ints
    n: Ints
    read: Ints
    hashes: Keys
    spellings: list[str | None]


_NO_COUNTS = NO_OCCURRENCES.cast({"label": pl.UInt32})
"""No occurrences, with labels as numbers."""


class _PhraseCounter:
    """Counts phrases exactly, and finds how they are written; a `passes.Watcher`."""

    def __init__(self, grown: Mapping[tuple[str, ...], list[str]], spec: CountSpec) -> None:
        self.grown = grown
        self.matcher = matcher_of_words(list(grown), spec)
        self.spellings = Spellings(list(grown))
        self.written = [Smallest(WRITTEN) for _ in grown]
        self.limits = np.full(len(grown), np.iinfo(np.uint64).max)
        self.labels: dict[str, int] = {}
        self.counts, self.waiting = _NO_COUNTS, [_NO_COUNTS]

    def look(self, chunk: TextChunk, stream: TokenStream) -> _Found:
        matches = self.matcher.find(self.matcher.words_of(stream), longest=False)
        n_docs = max(len(chunk.prompt_keys), 1)
        pairs, n = np.unique(matches.phrases * np.int64(n_docs) + matches.docs, return_counts=True)
        phrases, docs = np.divmod(pairs, n_docs)
        hashes = place_hashes(chunk, phrases, docs)
        read = np.flatnonzero(hashes < self.limits[phrases])
        spellings = self.spellings.find(chunk, phrases[read], docs[read])
        return _Found(chunk, phrases, docs, n, read, hashes[read], spellings)

    def take(self, found: _Found) -> None:
        chunk = found.chunk
        label = self.labels.setdefault(chunk.label, len(self.labels))
        numbers = {"phrase": found.phrases, "prompt": chunk.prompt_keys[found.docs], "n": found.n}
        self.waiting.append(pl.DataFrame(numbers | {"label": label}).select(_NO_COUNTS.columns).cast(_NO_COUNTS.schema))
        if sum(part.height for part in self.waiting) > max(WAITING, self.counts.height):
            self._add_up()
        of_read = zip(found.phrases[found.read].tolist(), found.hashes.tolist(), found.spellings, strict=True)
        for phrase, key, spelling in of_read:
            if spelling is not None:
                self.written[phrase].offer(key, spelling)
                self.limits[phrase] = min(self.limits[phrase], self.written[phrase].limit)

    def _add_up(self) -> None:
        every = pl.concat([self.counts, *self.waiting])
        self.counts, self.waiting = every.group_by(_NO_COUNTS.columns[:3]).agg(pl.col("n").sum()), [_NO_COUNTS]

    def occurrences(self) -> pl.DataFrame:
        """How often each phrase is in each prompt of a label: ``phrase``, ``label``, ``prompt`` and ``n``, sorted."""
        self._add_up()
        names = pl.Series("label", [*self.labels], dtype=pl.String)
        named = self.counts.with_columns(names.gather(self.counts["label"]))
        return named.sort("phrase", "label", "prompt")

    def found(self) -> FoundPhrases:
        """The phrases with their counts, as they are mostly written."""
        occurrences = self.occurrences()
        phrases = [
            Phrase(_mostly(forms.values, words), words, tuple(seeds), by_label)
            for (words, seeds), forms, by_label in zip(
                self.grown.items(), self.written, _uses_by_label(occurrences, len(self.grown)), strict=True
            )
        ]
        return FoundPhrases(phrases, occurrences)


def on_prompts(found: FoundPhrases, prompts: Mapping[str, Keys]) -> list[Phrase]:
    """The phrases with their uses in answers to some prompts alone, given by label as their keys u64."""
    pairs = [pl.DataFrame({"prompt": keys}).with_columns(label=pl.lit(label)) for label, keys in prompts.items()]
    within = found.occurrences.join(pl.concat(pairs), on=("label", "prompt"), how="semi")
    uses = _uses_by_label(within, len(found.phrases))
    return [replace(phrase, by_label=by_label) for phrase, by_label in zip(found.phrases, uses, strict=True)]


def _uses_by_label(occurrences: pl.DataFrame, n: int) -> list[dict[str, Uses]]:
    """The uses of each of ``n`` phrases by label."""
    uses: list[dict[str, Uses]] = [{} for _ in range(n)]
    for phrase, label, *of_label in _uses(occurrences).iter_rows():
        uses[phrase][label] = Uses(*of_label)
    return uses


def _uses(occurrences: pl.DataFrame) -> pl.DataFrame:
    """The `Uses` of each phrase and label, sorted by these."""
    n, largest = pl.col("n").sum(), pl.col("n").max()
    second = pl.col("n").top_k(2).sum() - largest
    return (
        occurrences.group_by("phrase", "label")
        .agg(n=n, n_winsorised=n - largest + second, n_prompts=pl.len())
        .sort("phrase", "label")
    )


def _mostly(forms: Sequence[object], words: Sequence[str]) -> str:
    return str(most_common(str(form) for form in forms)[0]) if forms else as_written(" ".join(words))
