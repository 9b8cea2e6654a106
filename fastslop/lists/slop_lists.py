"""Keyness to lists of slop: of each label, and pooled over labels so that the largest does not rule.

A list holds what is overused by the measure of ``score``. Counts are winsorised and features in fewer than three
prompts of a label are left out, so a text that loops puts nothing on a list.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import polars as pl

from fastslop.base.defaults import LIST_ENTRIES, MAX_Q
from fastslop.base.spec import Table
from fastslop.base.wordfreq import WORDFREQ_WORDS, wordfreq_frequencies
from fastslop.profiles.profile_set import Member
from fastslop.scoring.score import Scores
from fastslop.scoring.slop_score import SINGLE_WORDS

LABEL_SHARE = 0.25
"""Share of the labels, two at least, that a pooled entry must be in."""
SMOOTHING = 1.0
"""Occurrences per million added to both rates of a pooled n-gram, so that what is merely rare does not lead."""
MIN_RATIO = 1.5
"""Least ratio of a pooled n-gram's rate to the expected one, both as in its score."""
ORDERS = {"words": 1, "bigrams": 2, "trigrams": 3}
"""Kinds of entries and their orders."""
COLUMNS = ("phrase", "score", "rate_per_million", "baseline_per_million", "n", "n_prompts", "n_labels")
COVERAGE = {"coverage_rank": pl.Int64, "coverage": pl.Float64}
"""Columns of a list that are filled once texts are read."""


@dataclass(frozen=True)
class SlopList:
    """The list of a label, or the pooled one of all labels, whose ``label`` is None.

    ``tables``: a frame by name: words, bigrams, trigrams, and phrases if texts were read. Its rows, the most overused
    first, have ``phrase``; ``score`` (log2 of how many times too often, conservative); ``rate_per_million`` words,
    winsorised, pooled as the mean over labels; ``baseline_per_million``, the expected rate; ``n``; ``n_prompts``,
    pooled as the sum over labels; ``n_labels``. ``coverage_rank`` orders words and phrases together by how few of them
    catch how much, and ``coverage`` is the share of the prompts that have one of those up to it; both are null where no
    texts were read.
    """

    label: str | None
    tables: Mapping[str, pl.DataFrame]

    def head(self, top: int) -> SlopList:
        """The list with the first ``top`` entries of each kind."""
        return replace(self, tables={name: frame.head(top) for name, frame in self.tables.items()})


def build_lists(scores: Scores, members: Sequence[Member], top: int = LIST_ENTRIES) -> list[SlopList]:
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
    """Entries that one label overuses: significant at 5 % after correction, by the conservative log ratio."""
    overused = rows.filter((pl.col("label") == label) & (pl.col("q_value") <= MAX_Q) & (pl.col("lrc") > 0))
    return ranked(
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
    """Number of labels, of so many, that a pooled entry must be in."""
    return max(2, math.ceil(LABEL_SHARE * n_labels))


def pooled_words(rows: pl.DataFrame, n_labels: int) -> pl.DataFrame:
    """Words that labels overuse on average, by the mean of their conservative log ratios, 0 where a label does not."""
    return ranked(_pooled(rows, n_labels).with_columns(score="lrc").filter(pl.col("score") > 0))


def pooled_ngrams(rows: pl.DataFrame, n_labels: int, ratios: Mapping[str, float] | None) -> pl.DataFrame:
    """N-grams of all labels by log2 of their mean rate, less two standard errors over labels, over the expected rate.

    A constant is added to both rates (Kilgarriff 2009, "Simple maths for keywords"). The expected rate is the human
    baseline's. Where that holds single words only (``ratios`` of each are then given), the panel is no measure of what
    all of it overuses, and an n-gram is taken for as overused as its words together.
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
    return ranked(pooled.with_columns(score=score).filter(pl.col("score") >= math.log2(MIN_RATIO)))


def word_ratios(rows: pl.DataFrame, n_labels: int, language: str) -> dict[str, float]:
    """Ratio of each word's mean rate over labels to its frequency by wordfreq."""
    frequencies = wordfreq_frequencies(language)
    mean = rows.group_by("feature").agg(rate=pl.col("rate").sort().sum() / n_labels)
    unlisted = 0.5 / WORDFREQ_WORDS
    return {word: rate / 1e6 / frequencies.get(word, unlisted) for word, rate in mean.iter_rows()}


def ranked(frame: pl.DataFrame) -> pl.DataFrame:
    """Entries by their score, with the columns of a list; those of coverage are null."""
    rates = pl.col("score", "rate_per_million", "baseline_per_million").cast(pl.Float64).round(4)
    counts = pl.col("n", "n_prompts", "n_labels").cast(pl.Int64)
    ranked = frame.select("phrase", rates, counts).select(COLUMNS).sort("score", "phrase", descending=[True, False])
    return ranked.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in COVERAGE.items())
