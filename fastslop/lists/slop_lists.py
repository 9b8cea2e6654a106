"""Keyness to lists of slop: of each label, and pooled over labels so that the largest does not rule.

A list holds what is overused by the measure of ``score``. Counts are winsorised and features in fewer than three
prompts of a label are left out, so a text that loops puts nothing on a list.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from fastslop.base.arrays import Floats
from fastslop.base.defaults import MAX_Q
from fastslop.base.spec import CountSpec, Table
from fastslop.base.wordfreq import WORDFREQ_WORDS, frequencies_of, listed_language
from fastslop.lists.wanted import EVERYTHING, Wanted
from fastslop.profiles.profile_set import Member
from fastslop.scoring.pooled import PooledFeatures, listed_table
from fastslop.scoring.reference import MeasuredBy
from fastslop.scoring.score import Scores

LABEL_SHARE = 0.25
"""Share of the labels, two at least, that a pooled entry must be in."""
SMOOTHING = 1.0
"""Occurrences per million added to both rates of a pooled n-gram where there is no human writing to hold it against, so
that what is merely rare does not lead."""
MIN_RATIO = 1.5
"""Least ratio of a pooled n-gram's rate to the expected one, both as in its score, where there is no human writing."""
ORDERS = {"words": 1, "bigrams": 2, "trigrams": 3}
"""Kinds of entries and their orders."""
SURFACE = ("phrases", "words")
"""Kinds of entries that stand in texts as they are; n-grams without stopwords do not."""
COLUMNS = (
    "phrase",
    "score",
    "rate_per_million",
    "baseline_per_million",
    "n",
    "n_prompts",
    "n_labels",
    "echo",
    "topicality",
    "is_topic",
    "is_name",
)
ENTRIES = dict.fromkeys(COLUMNS, pl.Float64) | {"phrase": pl.String, "is_topic": pl.Boolean, "is_name": pl.Boolean}
"""Columns of entries before they are ranked."""
NO_ENTRIES = pl.DataFrame(schema=ENTRIES)
"""No entries of a list, without the columns of ``COVERAGE``."""
COVERAGE = {"coverage_rank": pl.Int64, "coverage": pl.Float64}
"""Columns of a list that are filled once texts are read."""


NO_STRINGS = pl.DataFrame(
    schema={
        "phrase": pl.String,
        "string": pl.String,
        "n": pl.Int64,
        "n_inside": pl.Int64,
        "n_phrase": pl.Int64,
        "left_out": pl.String,
    }
)
"""No strings of a list."""


@dataclass(frozen=True)
class SlopList:
    """The list of a label, or the pooled one of all labels, whose ``label`` is None; on the prompts of a ``genre``, or
    on all, where that is None.

    ``tables``: a frame by name: words, bigrams, trigrams, and phrases if texts were read. Its rows, the most overused
    first, have ``phrase``; ``score`` (log2 of how many times too often, conservative); ``rate_per_million`` words,
    winsorised, pooled as the mean over labels; ``baseline_per_million``, the expected rate; ``n``; ``n_prompts``,
    pooled as the sum over labels; ``n_labels``; ``echo`` (the share of occurrences in answers to prompts that hold the
    entry, null where no text of a prompt is known); ``topicality`` and ``is_topic`` (how far the prompt decides whether
    the entry is used, see `Agreement`; null where that cannot be told); ``is_name`` (whether it holds a proper name,
    null where these cannot be told); ``tier`` (see `wanted.tier`). ``coverage_rank`` orders words and phrases together
    by how few of them catch how much, and ``coverage`` is the share of the prompts that have one of those up to it;
    both are null where no texts were read. ``left_out``: how many entries were left out, by reason
    (`wanted.REASONS`). ``measured_by``: what each table is measured against; phrases are by the n-grams that they were
    grown from. ``strings``: how words and phrases are written for programs that match strings (see
    `strings.strings_of`).
    """

    label: str | None
    tables: Mapping[str, pl.DataFrame]
    left_out: Counter[str] = field(default_factory=Counter)
    strings: pl.DataFrame = field(default_factory=NO_STRINGS.clone)
    genre: str | None = None
    measured_by: Mapping[str, MeasuredBy] = field(default_factory=dict)

    @property
    def surface(self) -> pl.DataFrame:
        """The entries that stand in texts as they are: phrases, if there are any, and words."""
        return pl.concat([self.tables[name] for name in SURFACE if name in self.tables])

    @property
    def surface_by_score(self) -> pl.DataFrame:
        """The same, those first that are most overused."""
        return self.surface.sort("score", "phrase", descending=[True, False])

    def head(self, top: int) -> SlopList:
        """The list with the first ``top`` entries of each kind."""
        return replace(self, tables={name: frame.head(top) for name, frame in self.tables.items()})


def build_lists(scores: Scores, members: Sequence[Member], wanted: Wanted = EVERYTHING) -> list[SlopList]:
    """The pooled list, where there are two labels at least, and that of each label, as they are wanted."""
    measured_by, by_label = _measured_by(scores, members[0].spec), dict(scores.of_labels())
    lists = []
    for member in members:
        overused = _overused(by_label.get(member.name, scores.features.clear()), member)
        lists.append(_list_of(member.name, own_lists(overused, member.spec), wanted, measured_by))
    return [pooled_list(scores, members, wanted), *lists] if len(members) > 1 else lists


def _measured_by(scores: Scores, spec: CountSpec) -> dict[str, MeasuredBy]:
    """What the entries of each name are measured against."""
    tables = {name: listed_table(spec, order) for name, order in ORDERS.items()}
    found = {name: scores.measured_by[table] for name, table in tables.items() if table in scores.measured_by}
    return found | ({"phrases": found["bigrams"]} if "bigrams" in found else {})


def _list_of(
    label: str | None, entries: Mapping[str, pl.DataFrame], wanted: Wanted, measured_by: Mapping[str, MeasuredBy]
) -> SlopList:
    """The list of these entries that are wanted, which are ranked, by name."""
    tables, left_out = {}, Counter[str]()
    for name, frame in entries.items():
        language = language_measured(label, name, measured_by)
        kept, some = wanted.of(frame, are_content=True, language=language)
        tables[name], left_out = kept.head(wanted.top), left_out + some
    return SlopList(label, tables, left_out, measured_by=measured_by)


def language_measured(label: str | None, name: str, measured_by: Mapping[str, MeasuredBy]) -> str | None:
    """The language whose words the entries of a name are measured against, by wordfreq; None if they are not.

    Words are, and n-grams of the pooled list by the words that they are of; n-grams of a label are measured against
    what others wrote, which has other letters as often as the label.
    """
    are_words_of = listed_language(measured_by["words"].name) if "words" in measured_by else None
    return are_words_of if label is None or name == "words" else None


def pooled_list(scores: Scores, members: Sequence[Member], wanted: Wanted) -> SlopList:
    """The list of what the labels overuse together."""
    spec, n_labels = members[0].spec, len(members)
    pooled = {name: scores.pooled.get(listed_table(spec, order)) for name, order in ORDERS.items()}
    tables = dict.fromkeys(ORDERS, ranked(NO_ENTRIES))
    for name, features in pooled.items():
        if features is not None and name == "words":
            tables[name] = pooled_words(features, n_labels, spec.stopwords)
        elif features is not None and (by := scores.measured_by[listed_table(spec, ORDERS[name])]).n_words:
            tables[name] = pooled_against_human(features, n_labels, by.least_per_million)
        elif features is not None:
            ratios = word_ratios(features.words, pooled["words"], n_labels, listed_language(scores.baseline))
            tables[name] = pooled_ngrams(features, n_labels, ratios)
    named = {name: rows.with_columns(is_name=scores.names.are_in(rows["phrase"])) for name, rows in tables.items()}
    return _list_of(None, named, wanted, _measured_by(scores, spec))


def _overused(features: pl.DataFrame, member: Member) -> pl.DataFrame:
    """What a label overuses: significant at 5 % after correction, by the conservative log ratio; columns of entries."""
    listed = pl.any_horizontal(_is_of(listed_table(member.spec, order)) for order in ORDERS.values())
    overused = features.filter((pl.col("q_value") <= MAX_Q) & (pl.col("lrc") > 0) & listed)
    return overused.select(
        "kind",
        "order",
        "baseline_per_million",
        "n",
        "n_prompts",
        "echo",
        "topicality",
        "is_topic",
        "is_name",
        phrase="feature",
        score="lrc",
        rate_per_million=1e6 * pl.col("n_winsorised") / member.n_words,
        n_labels=pl.lit(1),
    )


def own_lists(overused: pl.DataFrame, spec: CountSpec) -> dict[str, pl.DataFrame]:
    """The entries of one label by name."""
    tables = {name: overused.filter(_is_of(listed_table(spec, order))) for name, order in ORDERS.items()}
    tables["words"] = tables["words"].filter(~pl.col("phrase").is_in(spec.stopwords))
    return {name: ranked(rows) for name, rows in tables.items()}


def _is_of(table: Table) -> pl.Expr:
    return (pl.col("kind") == table[0]) & (pl.col("order") == table[1])


def least_labels(n_labels: int) -> int:
    """Number of labels, of so many, that a pooled entry must be in."""
    return max(2, math.ceil(LABEL_SHARE * n_labels))


def pooled_words(pooled: PooledFeatures, n_labels: int, stopwords: Collection[str] = ()) -> pl.DataFrame:
    """Words that labels overuse on average, by the mean of their conservative log ratios, 0 where a label does not."""
    found = pooled.at(np.flatnonzero((pooled.n_labels >= least_labels(n_labels)) & (pooled.lrc > 0)))
    baseline, score = found.baseline / found.n_labels, found.lrc / n_labels
    return ranked(_entries(found, score, baseline, n_labels).filter(~pl.col("phrase").is_in(list(stopwords))))


def pooled_ngrams(pooled: PooledFeatures, n_labels: int, ratios: Floats) -> pl.DataFrame:
    """N-grams of all labels by log2 of their mean rate, less two standard errors over labels, over the expected rate.

    For baselines that hold single words only: the panel is no measure of what all of it overuses, and an n-gram is
    taken for as overused as its words together (``ratios`` of each: see ``word_ratios``). A constant is added to both
    rates (Kilgarriff 2009, "Simple maths for keywords").
    """
    found = pooled.at(np.flatnonzero(pooled.n_labels >= least_labels(n_labels)))
    mean, error = _mean_and_error(found, n_labels)
    baseline = mean / np.maximum(ratios, 1.0)[found.ids].prod(axis=1)
    score = np.log2((np.maximum(mean - 2 * error, 0.0) + SMOOTHING) / (baseline + SMOOTHING))
    return _listed(found, score, baseline, math.log2(MIN_RATIO), n_labels)


def pooled_against_human(pooled: PooledFeatures, n_labels: int, least: float) -> pl.DataFrame:
    """N-grams of all labels by log2 of their rate where no prompt calls for them over that of human writing.

    The rate is the mean over labels, less two standard errors for other labels and other prompts. These were crossed:
    the variances of both add up, less that of answers, which is in both (Cameron, Gelbach and Miller 2011). It is then
    multiplied by `Agreement.elsewhere`: people were not asked what the labels were. ``least``, the smallest rate per
    million that the baseline tells from none, is added to both.
    """
    found = pooled.at(np.flatnonzero(pooled.n_labels >= least_labels(n_labels)))
    mean, over_labels = _mean_and_error(found, n_labels)
    error = np.sqrt(over_labels**2 + mean**2 * found.prompt_variance)
    rate = np.maximum(mean - 2 * error, 0.0) * found.agreement.elsewhere
    baseline = found.baseline / found.n_labels
    return _listed(found, np.log2((rate + least) / (baseline + least)), baseline, 0.0, n_labels)


def _mean_and_error(found: PooledFeatures, n_labels: int) -> tuple[Floats, Floats]:
    """The mean rate of features over all labels, and its standard error: f64[features] each."""
    mean = found.rate / n_labels
    return mean, np.sqrt(np.maximum(found.squares - n_labels * mean**2, 0.0) / (n_labels - 1) / n_labels)


def _listed(found: PooledFeatures, score: Floats, baseline: Floats, least: float, n_labels: int) -> pl.DataFrame:
    """The features whose score is above the least one, ranked."""
    listed = np.flatnonzero(score > least)
    return ranked(_entries(found.at(listed), score[listed], baseline[listed], n_labels))


def _entries(found: PooledFeatures, score: Floats, baseline: Floats, n_labels: int) -> pl.DataFrame:
    """Entries of a pooled list, not yet named: rates are means over all labels."""
    return pl.DataFrame(
        {
            "phrase": found.texts,
            "score": score,
            "rate_per_million": found.rate / n_labels,
            "baseline_per_million": baseline,
            "n": found.n,
            "n_prompts": found.n_prompts,
            "n_labels": found.n_labels,
            "echo": found.echo,
            "topicality": found.agreement.topicality,
            "is_topic": found.agreement.is_topic,
            "is_name": pl.Series([None] * len(score), dtype=pl.Boolean),  # a scalar would make empty columns null
        }
    )


def word_ratios(words: pl.Series, pooled: PooledFeatures | None, n_labels: int, language: str | None) -> Floats:
    """Ratio of the mean rate of each word, f64[words], to its frequency by wordfreq; 1 for words that were not scored.

    ``pooled`` are the single words among ``words``, if these were counted; without a ``language`` all ratios are 1.
    """
    ratios = np.ones(len(words))
    if pooled is not None and language is not None:
        by_wordfreq = np.array(frequencies_of(pooled.texts, language))
        by_wordfreq[by_wordfreq == 0.0] = 0.5 / WORDFREQ_WORDS
        ratios[pooled.ids[:, 0]] = pooled.rate / n_labels / 1e6 / by_wordfreq
    return ratios


def ranked(frame: pl.DataFrame) -> pl.DataFrame:
    """Entries by their score, with the columns of a list; ``tier`` and those of coverage are null."""
    rates = pl.col("score", "rate_per_million", "baseline_per_million", "echo", "topicality").cast(pl.Float64).round(4)
    counts = pl.col("n", "n_prompts", "n_labels").cast(pl.Int64)
    ranked = (
        frame.select("phrase", rates, counts, "is_topic", "is_name")
        .select(COLUMNS)
        .sort("score", "phrase", descending=[True, False])
    )
    unknown = {"tier": pl.String, **COVERAGE}
    return ranked.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in unknown.items())
