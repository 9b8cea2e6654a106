"""Lists with the phrases that their n-grams stand for, and how much of the texts each entry catches."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop.base.arrays import union_of_keys
from fastslop.base.defaults import MIN_PROMPTS_SCORED
from fastslop.base.written import is_spaceless
from fastslop.lists.contexts import Contexts, TextSample
from fastslop.lists.coverage import Elements, PromptSample, WordPrompts, greedy_coverage
from fastslop.lists.slop_lists import (
    COLUMNS,
    COVERAGE,
    ENTRIES,
    SURFACE,
    SlopList,
    language_measured,
    least_labels,
    ranked,
)
from fastslop.lists.strings import with_strings
from fastslop.lists.wanted import EVERYTHING, FRAGMENT, Wanted
from fastslop.profiles.names import UNKNOWN, Names
from fastslop.profiles.profile_set import Member
from fastslop.search.examples import PHRASES, Examples
from fastslop.search.passes import TextPasses, Watcher
from fastslop.search.phrases import FoundPhrases, Phrase, find_phrases, on_prompts
from fastslop.system.threads import map_bounded

OF_PROMPTS = ("echo", "topicality", "is_topic")
"""Columns that say how much the prompts have to do with an entry."""
TOKEN = np.dtype(np.uint32)
"""What a token of a text is held as."""
CONTAINED = 0.8
"""Share of a phrase's occurrences that a longer one which holds it must have for the phrase to be left out."""


def with_phrases(
    lists: Sequence[SlopList],
    members: Sequence[Member],
    passes: TextPasses,
    *,
    wanted: Wanted = EVERYTHING,
    names: Names = UNKNOWN,
    language: str | None = None,
    watchers: Sequence[Watcher] = (),
    examples: Examples | None = None,
    genres: Mapping[str, Sequence[Member]] = MappingProxyType({}),
) -> list[SlopList]:
    """The lists with the phrases that their bigrams and trigrams stand for, with coverage, and as strings.

    Parameters
    ----------
    lists
        Lists of words and n-grams.
    members
        The labels that they are of.
    passes
        Passes over the texts, of which two are made.
    wanted, names
        What lists are to hold; and which words are names.
    language
        The language of the texts, for wordfreq; None if it is not known.
    watchers
        Are shown all texts of the second pass.
    examples
        Is shown them as well, and finds what it was told to and an example of each phrase of a label.
    genres
        By genre, the labels on its prompts alone.
    """
    spec, n_threads = passes.spec, passes.workers
    sample = PromptSample.of(_prompt_keys(members))
    listed = _entries(lists, "words")
    words = WordPrompts(listed, sample, spec) if listed else None
    texts = TextSample(members)
    seen_by = (*watchers, *(one for one in (words, examples, texts) if one is not None))
    seeds = sorted(_entries(lists, "bigrams", "trigrams"))
    found = find_phrases(seeds, passes, seen_by, _quoting(lists, members, examples))
    if examples is not None:
        examples.rename(PHRASES, {" ".join(phrase.words): phrase.text for phrase in found.phrases})
    by_genre = {genre: on_prompts(found, _prompt_keys(own)) for genre, own in genres.items()}
    grown = _Grown(members, genres, found.phrases, by_genre)
    full = list(map_bounded(lambda one: grown.with_phrases(one, wanted, names), lists, n_threads))
    contexts = texts.contexts((entry for one in full for entry in one.surface["phrase"]), n_threads)
    full = [without_rests(one, contexts) for one in full]
    prompts = (words.prompts() if words else {}) | _prompts_of(found, sample)
    full = [with_coverage(one, prompts, sample, sample.numbers_of(_prompt_keys(grown.own(one)))) for one in full]
    return with_strings(full, members, language, contexts)


def expected_bytes(members: Sequence[Member]) -> int:
    """Bytes of the texts of labels and of their tokens."""
    prompts = [member.prompts for member in members]
    n_tokens = sum(int(of_label.n_words.sum() + of_label.n_marks.sum()) for of_label in prompts)
    return sum(int(of_label.n_bytes.sum()) for of_label in prompts) + TOKEN.itemsize * n_tokens


def _entries(lists: Sequence[SlopList], *names: str) -> set[str]:
    """The entries of all lists in these tables."""
    return {entry for one in lists for name in names for entry in one.tables[name]["phrase"]}


def _quoting(
    lists: Sequence[SlopList], members: Sequence[Member], examples: Examples | None
) -> Callable[[Mapping[tuple[str, ...], Sequence[str]]], None]:
    """What has ``examples`` look for the phrases of each label, once it is known from which n-grams they were grown."""
    label_of = {member.name: member.label for member in members}

    def want(grown: Mapping[tuple[str, ...], Sequence[str]]) -> None:
        for one in lists:
            if examples is not None and one.label is not None and one.genre is None:
                ngrams = _entries([one], "bigrams", "trigrams")
                phrases = [" ".join(words) for words, seeds in grown.items() if not ngrams.isdisjoint(seeds)]
                examples.want(label_of[one.label], PHRASES, phrases)

    return want


@dataclass(frozen=True)
class _Grown:
    """Phrases that were grown from n-grams of lists: of all prompts, and of each genre of them."""

    members: Sequence[Member]
    genres: Mapping[str, Sequence[Member]]
    phrases: Sequence[Phrase]
    by_genre: Mapping[str, Sequence[Phrase]]

    def own(self, one: SlopList) -> list[Member]:
        """The labels that a list is of, on its prompts."""
        on_prompts_of = self.members if one.genre is None else self.genres[one.genre]
        return [member for member in on_prompts_of if one.label in (None, member.name)]

    def with_phrases(self, one: SlopList, wanted: Wanted, names: Names) -> SlopList:
        """A list with those phrases that are wanted."""
        n_words = {member.label: member.n_words for member in self.own(one)}
        phrases = self.phrases if one.genre is None else self.by_genre[one.genre]
        language = language_measured(one.label, "phrases", one.measured_by)
        every = phrase_list(one, phrases, n_words, names)
        entries, left_out = wanted.of(every, are_content=False, language=language)
        tables = {**one.tables, "phrases": without_contained(entries)}
        return replace(one, tables=tables, left_out=one.left_out + left_out).head(wanted.top)


def _prompt_keys(members: Sequence[Member]) -> dict[str, NDArray[np.uint64]]:
    """Keys of the prompts of every label, in all of its panels."""
    keys: dict[str, NDArray[np.uint64]] = {}
    for member in members:
        keys[member.label] = union_of_keys(keys.get(member.label, member.prompts.keys), member.prompts.keys)
    return keys


def _prompts_of(found: FoundPhrases, sample: PromptSample) -> dict[str, Elements]:
    """Numbers of the prompts in the sample that each phrase is in."""
    phrases, occurrences = found
    numbers = np.full(occurrences.height, -1)
    for (label,), own in occurrences.with_row_index("at").group_by("label"):
        numbers[own["at"].to_numpy()] = sample.find(str(label), own["prompt"].to_numpy())
    is_in = numbers >= 0
    cuts = np.searchsorted(occurrences["phrase"].to_numpy()[is_in], np.arange(1, len(phrases)))
    of_phrases = np.split(numbers[is_in], cuts) if phrases else []
    return dict(zip((phrase.text for phrase in phrases), of_phrases, strict=True))


def without_rests(one: SlopList, contexts: Contexts) -> SlopList:
    """A list without words and phrases that are mostly the rest of something longer: see `Contexts.are_rests`."""
    tables, left_out = dict(one.tables), Counter(one.left_out)
    for name in SURFACE:
        is_rest = contexts.are_rests(tables[name]["phrase"])
        tables[name] = tables[name].filter(~is_rest)
        left_out[FRAGMENT] += int(is_rest.sum())
    return replace(one, tables=tables, left_out=left_out)


def with_coverage(one: SlopList, prompts: Mapping[str, Elements], sample: PromptSample, own: Elements) -> SlopList:
    """A list with the columns of ``COVERAGE`` filled, by those of the sample's prompts ``own`` that entries are in."""
    surface = one.surface
    by_score = surface.with_row_index("at").sort("score", "phrase", descending=[True, False])
    is_own = np.zeros(sample.size, np.bool_)
    is_own[own] = True
    none = np.empty(0, np.int64)
    sets = [numbers[is_own[numbers]] for numbers in (prompts.get(phrase, none) for phrase in by_score["phrase"])]
    order, covered = greedy_coverage(sets, sample.size)
    share = pl.Series("coverage", covered, dtype=pl.Float64) / max(len(own), 1)
    ranks = pl.DataFrame({"at": by_score["at"][order], "coverage": share.round(4)})
    ranked = surface.drop(*COVERAGE).with_columns(ranks.with_row_index("coverage_rank", 1).sort("at").drop("at"))
    ranked = ranked.select(*COLUMNS, "tier", *(pl.col(name).cast(dtype) for name, dtype in COVERAGE.items()))
    n_phrases = one.tables["phrases"].height
    return replace(one, tables={**one.tables, "phrases": ranked[:n_phrases], "words": ranked[n_phrases:]})


def phrase_list(one: SlopList, found: Sequence[Phrase], n_words: Mapping[str, int], names: Names) -> pl.DataFrame:
    """The phrases of one list: those ``found`` that were grown from its n-grams, counted in the labels of ``n_words``.

    A phrase is as overused, and as much the prompts' own, as the n-gram it was grown from. It must be in
    ``MIN_PROMPTS_SCORED`` prompts of the label; on the pooled list in so many prompts of each of two labels, and in as
    many labels in all as an n-gram must.
    """
    seeds = pl.concat([one.tables["bigrams"], one.tables["trigrams"]])
    overuse = {
        phrase: (score, rate / max(baseline, 1e-9), of_prompts)
        for phrase, score, rate, baseline, *of_prompts in seeds.select(*COLUMNS[:4], *OF_PROMPTS).iter_rows()
    }
    least, least_sure = (1, 1) if one.label is not None else (least_labels(len(n_words)), 2)
    rows = []
    for phrase in found:
        known = [overuse[seed] for seed in phrase.seeds if seed in overuse]
        if not known:
            continue
        by_label = {label: uses for label, uses in phrase.by_label.items() if label in n_words}
        n_sure = sum(uses.n_prompts >= MIN_PROMPTS_SCORED for uses in by_label.values())
        if len(by_label) < least or n_sure < least_sure:
            continue
        score, ratio, of_prompts = max(known, key=lambda seed: seed[:2])
        rate = math.fsum(1e6 * u.n_winsorised / n_words[a] for a, u in by_label.items()) / len(n_words)
        n = sum(uses.n for uses in by_label.values())
        n_prompts = sum(uses.n_prompts for uses in by_label.values())
        rows.append((phrase.text, score, rate, rate / ratio, n, n_prompts, len(by_label), *of_prompts, None))
    frame = pl.DataFrame(rows, schema=ENTRIES, orient="row")
    return ranked(frame.with_columns(is_name=names.are_in(frame["phrase"].str.to_lowercase())))


def without_contained(frame: pl.DataFrame) -> pl.DataFrame:
    """The phrases without those that mostly stand in longer ones of the list, or are there in another casing.

    What follows a phrase parts its longer ones, and so does what precedes it: all that go on at one end count together
    (*voice barely* stands in *voice barely a whisper* and in *voice barely audible*).
    """
    texts = [_between_ends(phrase.lower()) for phrase in frame["phrase"]]
    counts = frame["n"].to_list()
    is_contained = [
        counts[i] > 0
        and _n_contained(text, [(other, counts[j]) for j, other in enumerate(texts) if other != text or j < i])
        >= CONTAINED * counts[i]
        for i, text in enumerate(texts)
    ]
    return frame.filter(~pl.Series(is_contained, dtype=pl.Boolean))


def _between_ends(phrase: str) -> str:
    """A phrase with a space where it begins and where it ends, unless its script has none there."""
    before, after = ("" if is_spaceless(char) else " " for char in (phrase[:1], phrase[-1:]))
    return f"{before}{phrase}{after}"


def _n_contained(text: str, others: Sequence[tuple[str, int]]) -> int:
    """How many occurrences of a phrase are in the ``others``, with their counts, at least."""
    longer = sorted((other, n) for other, n in others if text in other)
    most = max((n for _, n in longer), default=0)
    for ends in (str.startswith, str.endswith):
        own = sorted(((other, n) for other, n in longer if ends(other, text)), key=lambda pair: len(pair[0]))
        shortest: list[tuple[str, int]] = []
        for other, n in own:
            if not any(ends(other, short) for short, _ in shortest):
                shortest.append((other, n))
        most = max(most, sum(n for _, n in shortest))
    return most
