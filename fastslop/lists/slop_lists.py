"""Keyness to lists of slop: per model, and pooled over models so that the largest does not rule.

A list holds what is overused by the measure of ``score``. Counts are winsorised and features in fewer than three
prompts of a model are none of it, so a text that loops puts nothing on a list.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop.base.spec import Table
from fastslop.lists import files
from fastslop.lists.coverage import Elements, PromptSample, WordPrompts, greedy_coverage
from fastslop.profiles.files import SUFFIX, profile_name
from fastslop.profiles.profile import union_of_keys
from fastslop.profiles.profile_set import Member
from fastslop.reading.chunks import TextChunk
from fastslop.scoring.reference import WORDFREQ_WORDS, wordfreq_frequencies
from fastslop.scoring.score import MIN_PROMPTS, Scores
from fastslop.scoring.slop_score import SINGLE_WORDS
from fastslop.search.examples import PHRASES, Examples
from fastslop.search.phrases import Phrase, Watcher, find_phrases
from fastslop.system.threads import n_cores

POOLED = "pooled"
TOP = 300
LEVEL = 0.05
LABEL_SHARE = 0.25
"""A pooled entry is in this share of the models, two at least."""
SMOOTHING = 1.0
"""Occurrences per million added to both rates of a pooled n-gram, so that what is merely rare does not lead."""
MIN_RATIO = 1.5
"""A pooled n-gram is used this many times as often as expected, at the least."""
ORDERS = {"words": 1, "bigrams": 2, "trigrams": 3}
CONTAINED = 0.8
"""A phrase is left out where a longer one that holds it has this share of its occurrences."""
COLUMNS = ("phrase", "score", "rate_per_million", "baseline_per_million", "n", "n_prompts", "n_labels")
COVERAGE = {"coverage_rank": pl.Int64, "coverage": pl.Float64}


@dataclass(frozen=True)
class SlopList:
    """The list of a label, or the pooled one of all (None), by name: words, bigrams, trigrams, and phrases if texts
    were read.

    Each is a frame, the most overused first: ``phrase``; ``score`` (log2 of how many times too often, conservative);
    ``rate_per_million`` words, winsorised, pooled as the mean over models; ``baseline_per_million``, what was expected;
    ``n``; ``n_prompts``, pooled as the sum over models; ``n_labels``. ``coverage_rank`` orders words and phrases
    together by how few of them catch how much, and ``coverage`` is the share of the prompts that have one of those up
    to it; both are null where no texts were read.
    """

    label: str | None
    tables: Mapping[str, pl.DataFrame]

    def head(self, top: int) -> SlopList:
        """The list with the first ``top`` entries of each kind."""
        return replace(self, tables={name: frame.head(top) for name, frame in self.tables.items()})


def build_lists(scores: Scores, members: Sequence[Member], top: int = TOP) -> list[SlopList]:
    """The pooled list, where there are two labels at least, and that of each label, with ``top`` entries of a kind."""
    words_of = dict(scores.labels.select("label", "n_words").iter_rows())
    features = scores.features.with_columns(
        rate=1e6 * pl.col("n_winsorised") / pl.col("label").replace_strict(words_of, return_dtype=pl.Float64)
    )
    tables = {name: _rows_of(features, _table(members, order)) for name, order in ORDERS.items()}
    all_words = tables["words"]
    tables["words"] = all_words.filter(~pl.col("feature").is_in(members[0].spec.stopwords))
    lists = [
        SlopList(m.name, {name: own_list(rows, m.name).head(top) for name, rows in tables.items()}) for m in members
    ]
    if len(members) < 2:
        return lists
    n_labels = len(members)
    language = scores.baseline.removeprefix("wordfreq:") if scores.baseline.startswith("wordfreq:") else None
    ratios = None if language is None else word_ratios(all_words, n_labels, language)
    pooled = {"words": pooled_words(tables["words"], n_labels).head(top)}
    for name in ("bigrams", "trigrams"):
        pooled[name] = pooled_ngrams(tables[name], n_labels, ratios).head(top)
    return [SlopList(None, pooled), *lists]


def _table(members: Sequence[Member], order: int) -> Table:
    """The table that a list of n-grams of this order is taken from: without stopwords, where these were counted."""
    content = ("content", order)
    return content if content in members[0].spec.tables else (SINGLE_WORDS[0], order)


def _rows_of(features: pl.DataFrame, table: Table) -> pl.DataFrame:
    return features.filter((pl.col("kind") == table[0]) & (pl.col("order") == table[1]))


def own_list(rows: pl.DataFrame, label: str) -> pl.DataFrame:
    """What one label overuses: significant at 5 % after correction, by the conservative log ratio."""
    overused = rows.filter((pl.col("label") == label) & (pl.col("q_value") <= LEVEL) & (pl.col("lrc") > 0))
    return _ranked(
        overused.select(
            phrase="feature",
            score="lrc",
            rate_per_million="rate",
            baseline_per_million="baseline_per_million",
            n="n",
            n_prompts="n_prompts",
            n_labels=pl.lit(1),
        )
    )


def _pooled(rows: pl.DataFrame, n_labels: int) -> pl.DataFrame:
    """Each feature's mean rate over all labels and its standard error, where enough labels have it.

    Values are sorted before they are added, since sums of floats depend on the order.
    """
    mean = pl.col("rate").sort().sum() / n_labels
    squares = (pl.col("rate") ** 2).sort().sum() - n_labels * mean**2
    return (
        rows.group_by(phrase="feature")
        .agg(
            rate_per_million=mean,
            error=(squares.clip(0) / (n_labels - 1) / n_labels).sqrt(),
            lrc=pl.col("lrc").sort().sum() / n_labels,
            baseline_per_million=pl.col("baseline_per_million").sort().mean(),
            n=pl.col("n").sum(),
            n_prompts=pl.col("n_prompts").sum(),
            n_labels=pl.len(),
        )
        .filter(pl.col("n_labels") >= least_labels(n_labels))
    )


def least_labels(n_labels: int) -> int:
    """In how many of so many labels a pooled entry must be."""
    return max(2, math.ceil(LABEL_SHARE * n_labels))


def pooled_words(rows: pl.DataFrame, n_labels: int) -> pl.DataFrame:
    """What labels overuse on average: by the mean of their conservative log ratios, 0 where a label does not."""
    return _ranked(_pooled(rows, n_labels).with_columns(score="lrc").filter(pl.col("score") > 0))


def pooled_ngrams(rows: pl.DataFrame, n_labels: int, ratios: Mapping[str, float] | None) -> pl.DataFrame:
    """N-grams of all labels by log2 of their mean rate, less two standard errors over labels, over the expected rate.

    A constant is added to both rates (Kilgarriff 2009, "Simple maths for keywords"). The expected rate is the human
    baseline's. Where that holds single words only (``ratios`` of each are then given), the panel is no measure of what
    all of it overuses, and a phrase is taken for as overused as its words together.
    """
    pooled = _pooled(rows, n_labels)
    if ratios is not None:
        overuse = [
            reduce(lambda x, word: x * max(1.0, ratios.get(word, 1.0)), p.split(), 1.0) for p in pooled["phrase"]
        ]
        pooled = pooled.with_columns(
            baseline_per_million=pl.col("rate_per_million") / pl.Series(overuse, dtype=pl.Float64)
        )
    low = (pl.col("rate_per_million") - 2 * pl.col("error")).clip(0)
    score = ((low + SMOOTHING) / (pl.col("baseline_per_million") + SMOOTHING)).log(2)
    return _ranked(pooled.with_columns(score=score).filter(pl.col("score") >= math.log2(MIN_RATIO)))


def word_ratios(rows: pl.DataFrame, n_labels: int, language: str) -> dict[str, float]:
    """How many times as often as wordfreq says the labels use each word, on average."""
    frequencies = wordfreq_frequencies(language)
    mean = rows.group_by("feature").agg(rate=pl.col("rate").sort().sum() / n_labels)
    unlisted = 0.5 / WORDFREQ_WORDS
    return {word: rate / 1e6 / frequencies.get(word, unlisted) for word, rate in mean.iter_rows()}


def _ranked(frame: pl.DataFrame) -> pl.DataFrame:
    rates = pl.col("score", "rate_per_million", "baseline_per_million").cast(pl.Float64).round(4)
    counts = pl.col("n", "n_prompts", "n_labels").cast(pl.Int64)
    ranked = frame.select("phrase", rates, counts).select(COLUMNS).sort("score", "phrase", descending=[True, False])
    return ranked.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in COVERAGE.items())


def with_phrases(
    lists: Sequence[SlopList],
    members: Sequence[Member],
    read: Callable[[], Iterator[TextChunk]],
    *,
    top: int = TOP,
    workers: int = 0,
    watchers: Sequence[Watcher] = (),
    examples: Examples | None = None,
) -> list[SlopList]:
    """The lists with the phrases that their bigrams and trigrams stand for; ``read`` streams the texts anew.

    ``watchers`` are shown all texts once; so is ``examples``, which finds what it was told to and an example of each
    phrase of a label.
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
            if examples is not None and one.label is not None:
                own = {*one.tables["bigrams"]["phrase"], *one.tables["trigrams"]["phrase"]}
                wanted = [" ".join(words) for words, grown_from in grown.items() if not own.isdisjoint(grown_from)]
                examples.want(label_of[one.label], PHRASES, wanted)

    found = find_phrases(sorted(seeds), read, spec, workers or n_cores(), watchers, want)
    if examples is not None:
        examples.rename(PHRASES, {" ".join(phrase.words): phrase.text for phrase in found})
    n_words = {member.label: int(member.prompts.n_words.sum()) for member in members}
    prompts = words.prompts() if words else {}
    prompts |= {phrase.text: _prompts_of(phrase, sample) for phrase in found}
    made = []
    for one in lists:
        own = n_words if one.label is None else _only(n_words, label_of[one.label])
        full = replace(one, tables={**one.tables, "phrases": phrase_list(one, found, own)}).head(top)
        made.append(with_coverage(full, prompts, sample, list(own)))
    return made


def _prompt_keys(members: Sequence[Member]) -> dict[str, NDArray[np.uint64]]:
    """The prompts of every label, in all of its panels."""
    keys: dict[str, NDArray[np.uint64]] = {}
    for member in members:
        keys[member.label] = union_of_keys(keys.get(member.label, member.prompts.keys), member.prompts.keys)
    return keys


def _prompts_of(phrase: Phrase, sample: PromptSample) -> Elements:
    """The numbers of the prompts that a phrase is in."""
    found = [sample.find(label, np.array(list(n), np.uint64)) for label, n in phrase.by_label.items()]
    every = np.concatenate([np.empty(0, np.int64), *found])
    return every[every >= 0]


def with_coverage(
    one: SlopList, prompts: Mapping[str, Elements], sample: PromptSample, labels: Sequence[str]
) -> SlopList:
    """A list with the columns of ``COVERAGE`` filled, by the prompts of these labels that its entries are in."""
    surface = pl.concat([one.tables["phrases"], one.tables["words"]])
    by_score = surface.with_row_index("at").sort("score", "phrase", descending=[True, False])
    is_own = np.zeros(sample.size, np.bool_)
    for label in labels:
        is_own[sample.firsts[label] : sample.firsts[label] + len(sample.keys[label])] = True
    none = np.empty(0, np.int64)
    sets = [own[is_own[own]] for own in (prompts.get(phrase, none) for phrase in by_score["phrase"])]
    order, covered = greedy_coverage(sets, sample.size)
    share = pl.Series("coverage", covered, dtype=pl.Float64) / max(sample.count(labels), 1)
    ranks = pl.DataFrame({"at": by_score["at"][order], "coverage": share.round(4)})
    ranked = surface.drop(*COVERAGE).with_columns(ranks.with_row_index("coverage_rank", 1).sort("at").drop("at"))
    ranked = ranked.select(*COLUMNS, *(pl.col(name).cast(dtype) for name, dtype in COVERAGE.items()))
    n_phrases = one.tables["phrases"].height
    return replace(one, tables={**one.tables, "phrases": ranked[:n_phrases], "words": ranked[n_phrases:]})


def _only(values: Mapping[str, int], key: str) -> dict[str, int]:
    return {key: values[key]}


def phrase_list(one: SlopList, found: Sequence[Phrase], n_words: Mapping[str, int]) -> pl.DataFrame:
    """The phrases of one list, of those grown from its n-grams, counted in the labels of ``n_words``.

    A phrase is as overused as the n-gram it was grown from. It is in three prompts of a label; a pooled one is so in
    two labels, and stands in as many as its n-gram must.
    """
    seeds = pl.concat([one.tables["bigrams"], one.tables["trigrams"]])
    overuse = {
        phrase: (score, rate / max(baseline, 1e-9))
        for phrase, score, rate, baseline in seeds.select(COLUMNS[:4]).iter_rows()
    }
    least, least_sure = (1, 1) if one.label is not None else (least_labels(len(n_words)), 2)
    rows = []
    for phrase in found:
        own = {a: n for a, n in phrase.by_label.items() if a in n_words}
        n_sure = sum(len(n) >= MIN_PROMPTS for n in own.values())
        known = [overuse[seed] for seed in phrase.seeds if seed in overuse]
        if not known or len(own) < least or n_sure < least_sure:
            continue
        score, ratio = max(known)
        rate = math.fsum(1e6 * winsorised_sum(n) / n_words[a] for a, n in own.items()) / len(n_words)
        n = sum(sum(counts.values()) for counts in own.values())
        n_prompts = sum(len(counts) for counts in own.values())
        rows.append((phrase.text, score, rate, rate / ratio, n, n_prompts, len(own)))
    schema = {name: pl.Float64 for name in COLUMNS} | {"phrase": pl.String}
    frame = pl.DataFrame(rows, schema=COLUMNS, orient="row") if rows else pl.DataFrame(schema=schema)
    return without_contained(_ranked(frame))


def winsorised_sum(by_prompt: Counter[int]) -> int:
    """Occurrences in all prompts, the largest cut down to the second largest (none if it is the only one)."""
    (_, first), (_, second) = [*by_prompt.most_common(2), (0, 0)][:2]
    return sum(by_prompt.values()) - first + second


def without_contained(frame: pl.DataFrame) -> pl.DataFrame:
    """The phrases without those that mostly stand in a longer one of the list, or are there in another casing."""
    texts = [f" {phrase.lower()} " for phrase in frame["phrase"]]
    counts = frame["n"].to_list()
    is_contained = [
        any(
            own in other and (own != other or j < i) and counts[j] >= CONTAINED * counts[i]
            for j, other in enumerate(texts)
            if j != i
        )
        for i, own in enumerate(texts)
    ]
    return frame.filter(~pl.Series(is_contained, dtype=pl.Boolean))


def write_lists(lists: Sequence[SlopList], out: Path, *, force: bool = False) -> None:
    """The pooled list into ``out/pooled``, those of labels into folders of their names in ``out/models``."""
    for one in lists:
        folder = out / POOLED if one.label is None else out / "models" / profile_name(one.label).removesuffix(SUFFIX)
        folder.mkdir(parents=True, exist_ok=True)
        files.write_list(one.tables, folder, force=force)
