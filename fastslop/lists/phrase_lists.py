"""Lists with the phrases that their n-grams stand for, and how much of the texts each entry catches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop.base.arrays import union_of_keys
from fastslop.base.defaults import MIN_PROMPTS_SCORED
from fastslop.lists.coverage import Elements, PromptSample, WordPrompts, greedy_coverage
from fastslop.lists.slop_lists import COLUMNS, COVERAGE, ENTRIES, EVERYTHING, SlopList, Wanted, least_labels, ranked
from fastslop.profiles.names import UNKNOWN, Names
from fastslop.profiles.profile_set import Member
from fastslop.reading.chunks import TextChunk
from fastslop.search.examples import PHRASES, Examples
from fastslop.search.passes import Watcher
from fastslop.search.phrases import Phrase, find_phrases, on_prompts
from fastslop.system.threads import map_bounded, n_cores

CONTAINED = 0.8
"""Share of a phrase's occurrences that a longer one which holds it must have for the phrase to be left out."""


def with_phrases(
    lists: Sequence[SlopList],
    members: Sequence[Member],
    read: Callable[[], Iterator[TextChunk]],
    *,
    wanted: Wanted = EVERYTHING,
    names: Names = UNKNOWN,
    workers: int = 0,
    watchers: Sequence[Watcher] = (),
    examples: Examples | None = None,
    genres: Mapping[str, Sequence[Member]] = MappingProxyType({}),
) -> list[SlopList]:
    """The lists with the phrases that their bigrams and trigrams stand for, and with coverage.

    Parameters
    ----------
    lists
        Lists of words and n-grams.
    members
        The labels that they are of.
    read
        Streams the texts anew each time it is called, which is twice.
    wanted, names
        What lists are to hold; and which words are names.
    workers
        Number of threads; 0 for one on each core.
    watchers
        Are shown all texts of the second pass.
    examples
        Is shown them as well, and finds what it was told to and an example of each phrase of a label.
    genres
        By genre, the labels on its prompts alone.
    """
    spec = members[0].spec
    seeds = {phrase for one in lists for name in ("bigrams", "trigrams") for phrase in one.tables[name]["phrase"]}
    listed = {word for one in lists for word in one.tables["words"]["phrase"]}
    sample = PromptSample.of(_prompt_keys(members))
    words = WordPrompts(listed, sample, spec) if listed else None
    watchers = (*watchers, *(one for one in (words, examples) if one is not None))
    label_of = {member.name: member.label for member in members}

    def want(grown: Mapping[tuple[str, ...], Sequence[str]]) -> None:
        for one in lists:
            if examples is not None and one.label is not None and one.genre is None:
                ngrams = {*one.tables["bigrams"]["phrase"], *one.tables["trigrams"]["phrase"]}
                wanted = [" ".join(words) for words, grown_from in grown.items() if not ngrams.isdisjoint(grown_from)]
                examples.want(label_of[one.label], PHRASES, wanted)

    n_threads = workers or n_cores()
    found = find_phrases(sorted(seeds), read, spec, n_threads, watchers, want)
    phrases, occurrences = found
    if examples is not None:
        examples.rename(PHRASES, {" ".join(phrase.words): phrase.text for phrase in phrases})
    prompts = words.prompts() if words else {}
    prompts |= zip((phrase.text for phrase in phrases), _prompts_of(occurrences, len(phrases), sample), strict=True)
    phrases_of = {genre: on_prompts(found, _prompt_keys(on_genre)) for genre, on_genre in genres.items()}

    def made(one: SlopList) -> SlopList:
        on_genre = members if one.genre is None else genres[one.genre]
        own = [member for member in on_genre if one.label in (None, member.name)]
        words_of = {member.label: member.n_words for member in own}
        of_genre = phrases if one.genre is None else phrases_of[one.genre]
        entries, left_out = wanted.of(phrase_list(one, of_genre, words_of, names))
        tables = {**one.tables, "phrases": without_contained(entries)}
        full = replace(one, tables=tables, left_out=one.left_out + left_out).head(wanted.top)
        return with_coverage(full, prompts, sample, sample.numbers_of(_prompt_keys(own)))

    return list(map_bounded(made, lists, n_threads))


def _prompt_keys(members: Sequence[Member]) -> dict[str, NDArray[np.uint64]]:
    """Keys of the prompts of every label, in all of its panels."""
    keys: dict[str, NDArray[np.uint64]] = {}
    for member in members:
        keys[member.label] = union_of_keys(keys.get(member.label, member.prompts.keys), member.prompts.keys)
    return keys


def _prompts_of(occurrences: pl.DataFrame, n: int, sample: PromptSample) -> list[Elements]:
    """Numbers of the prompts in the sample that each of ``n`` phrases is in."""
    numbers = np.full(occurrences.height, -1)
    for (label,), own in occurrences.with_row_index("at").group_by("label"):
        numbers[own["at"].to_numpy()] = sample.find(str(label), own["prompt"].to_numpy())
    is_in = numbers >= 0
    cuts = np.searchsorted(occurrences["phrase"].to_numpy()[is_in], np.arange(1, n))
    return np.split(numbers[is_in], cuts) if n else []


def with_coverage(one: SlopList, prompts: Mapping[str, Elements], sample: PromptSample, own: Elements) -> SlopList:
    """A list with the columns of ``COVERAGE`` filled, by those of the sample's prompts ``own`` that entries are in."""
    surface = pl.concat([one.tables["phrases"], one.tables["words"]])
    by_score = surface.with_row_index("at").sort("score", "phrase", descending=[True, False])
    is_own = np.zeros(sample.size, np.bool_)
    is_own[own] = True
    none = np.empty(0, np.int64)
    sets = [numbers[is_own[numbers]] for numbers in (prompts.get(phrase, none) for phrase in by_score["phrase"])]
    order, covered = greedy_coverage(sets, sample.size)
    share = pl.Series("coverage", covered, dtype=pl.Float64) / max(len(own), 1)
    ranks = pl.DataFrame({"at": by_score["at"][order], "coverage": share.round(4)})
    ranked = surface.drop(*COVERAGE).with_columns(ranks.with_row_index("coverage_rank", 1).sort("at").drop("at"))
    ranked = ranked.select(*COLUMNS, *(pl.col(name).cast(dtype) for name, dtype in COVERAGE.items()))
    n_phrases = one.tables["phrases"].height
    return replace(one, tables={**one.tables, "phrases": ranked[:n_phrases], "words": ranked[n_phrases:]})


def phrase_list(one: SlopList, found: Sequence[Phrase], n_words: Mapping[str, int], names: Names) -> pl.DataFrame:
    """The phrases of one list: those ``found`` that were grown from its n-grams, counted in the labels of ``n_words``.

    A phrase is as overused, and echoes prompts as much, as the n-gram it was grown from. It must be in
    ``MIN_PROMPTS_SCORED`` prompts of the label; on the pooled list in so many prompts of each of two labels, and in as
    many labels in all as an n-gram must.
    """
    seeds = pl.concat([one.tables["bigrams"], one.tables["trigrams"]])
    overuse = {
        phrase: (score, rate / max(baseline, 1e-9), echo)
        for phrase, score, rate, baseline, echo in seeds.select(*COLUMNS[:4], "echo").iter_rows()
    }
    least, least_sure = (1, 1) if one.label is not None else (least_labels(len(n_words)), 2)
    rows = []
    for phrase in found:
        by_label = {label: uses for label, uses in phrase.by_label.items() if label in n_words}
        n_sure = sum(uses.n_prompts >= MIN_PROMPTS_SCORED for uses in by_label.values())
        known = [overuse[seed] for seed in phrase.seeds if seed in overuse]
        if not known or len(by_label) < least or n_sure < least_sure:
            continue
        score, ratio, echo = max(known, key=lambda seed: seed[:2])
        rate = math.fsum(1e6 * u.n_winsorised / n_words[a] for a, u in by_label.items()) / len(n_words)
        n = sum(uses.n for uses in by_label.values())
        n_prompts = sum(uses.n_prompts for uses in by_label.values())
        rows.append((phrase.text, score, rate, rate / ratio, n, n_prompts, len(by_label), echo, None))
    frame = pl.DataFrame(rows, schema=ENTRIES, orient="row")
    return ranked(frame.with_columns(is_name=names.are_in(frame["phrase"].str.to_lowercase())))


def without_contained(frame: pl.DataFrame) -> pl.DataFrame:
    """The phrases without those that mostly stand in a longer one of the list, or are there in another casing."""
    texts = [f" {phrase.lower()} " for phrase in frame["phrase"]]
    counts = frame["n"].to_list()
    is_contained = [
        any(
            text in other and (text != other or j < i) and counts[j] >= CONTAINED * counts[i]
            for j, other in enumerate(texts)
            if j != i
        )
        for i, text in enumerate(texts)
    ]
    return frame.filter(~pl.Series(is_contained, dtype=pl.Boolean))
