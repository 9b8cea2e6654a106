"""Keyness of one label: its features against their references, tested, ranked, and added to the pool of all labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from fastslop.base.spec import CountSpec, Table
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member
from fastslop.profiles.rows import ngram_keys, ngram_texts
from fastslop.scoring import keyness
from fastslop.scoring.candidates import Candidates
from fastslop.scoring.dispersion import BlockDesign, Spread, feature_rows
from fastslop.scoring.keyness import Significance
from fastslop.scoring.panel import ComparisonGroup
from fastslop.scoring.pooled import LabelValues
from fastslop.scoring.reference import PANEL, Baseline, MeasuredBy, Reference
from fastslop.scoring.slop_score import SINGLE_WORDS
from fastslop.scoring.topicality import Topics

_TOLD = {"at": pl.UInt32, "topicality": pl.Float64, "is_topic": pl.Boolean, "elsewhere": pl.Float64}


@dataclass(frozen=True)
class References:
    """What labels are measured against: the first of the baselines that has a table and, in tables that all of them
    lack, the group of each panel."""

    baselines: Sequence[Baseline]
    panels: Mapping[str, ComparisonGroup]

    def baseline_of(self, table: Table) -> Baseline | None:
        """The baseline that has a table; None where the panel has to do."""
        return next((baseline for baseline in self.baselines if table in baseline.spreads), None)

    def measured_by(self, tables: Iterable[Table]) -> dict[Table, MeasuredBy]:
        """What each of these tables is measured against; without those for which there is nothing."""
        found = {}
        for table in tables:
            baseline = self.baseline_of(table)
            if baseline is not None:
                unlisted = 1e6 * baseline.unlisted.get(table, 0.0) / baseline.n_words
                found[table] = MeasuredBy(baseline.name, baseline.n_words, unlisted)
            elif any(table in group.rates for group in self.panels.values()):
                found[table] = MeasuredBy(PANEL)
        return found

    def of(self, member: Member, own: Candidates, table: Table) -> Reference | None:
        """The reference of a label's candidates of a table; None where there is nothing to measure them against."""
        baseline = self.baseline_of(table)
        if baseline is not None:
            return baseline.at(table, own.numbers[table])
        return self.panels[member.panel].reference_of(member.name, table, own.numbers[table], own.counts(table))


@dataclass(frozen=True)
class ScoredLabel:
    """Keyness of a label: the ``features`` that are kept, unranked, with the ``number`` of each in its table's index;
    by table what all of them add to the `Pool`."""

    features: pl.DataFrame
    values: Mapping[Table, LabelValues]


def score_label(
    member: Member, own: Candidates, references: References, listed: Sequence[Table], max_p: float
) -> ScoredLabel:
    """Score a label's candidates: features whose p-value is at most ``max_p``, and values of the tables ``listed``."""
    against = _against(member, own, references)
    p = [keyness.p_values(own.rows[table], own.design, reference) for table, reference in against.items()]
    n_tests = _n_tests(own, against)
    q = keyness.q_values(np.concatenate([np.zeros(0), *p]), n_tests)
    of_tables = np.split(q, np.cumsum([len(of_table) for of_table in p], dtype=np.int64))[: len(p)]
    frames = [
        _kept_features(own, table, reference, Significance(of_p, of_q, n_tests), max_p)
        for (table, reference), of_p, of_q in zip(against.items(), p, of_tables, strict=True)
    ]
    return ScoredLabel(pl.concat([nothing_scored(), *frames]), label_values(member, own, references, listed))


def label_values(
    member: Member, own: Candidates, references: References, listed: Sequence[Table]
) -> dict[Table, LabelValues]:
    """What a label's candidates of the tables ``listed`` add to the pool; none is tested."""
    against = _against(member, own, references)
    n_tests = _n_tests(own, against)
    return {table: _values(own, table, against[table], n_tests) for table in against if table in listed}


def _against(member: Member, own: Candidates, references: References) -> dict[Table, Reference]:
    """The reference of each table of a label's candidates that has some, and something to measure them against."""
    tables = [table for table in own.rows if len(own.rows[table].n)]
    found = {table: references.of(member, own, table) for table in tables}
    return {table: reference for table, reference in found.items() if reference is not None}


def _n_tests(own: Candidates, tables: Iterable[Table]) -> int:
    """How many features of these tables are tested."""
    return sum(own.n_tests[table] for table in tables)


def _kept_features(
    own: Candidates, table: Table, reference: Reference, tests: Significance, max_p: float
) -> pl.DataFrame:
    """Keyness of a label's features of one table, of those whose p-value is at most ``max_p``."""
    kept = np.flatnonzero(tests.p <= max_p)
    rows = own.rows[table].at(kept)
    names = pl.DataFrame(
        {"key": ngram_keys(own.vocabulary, rows.ids), "feature": ngram_texts(own.vocabulary.tokens, rows.ids)}
    )
    scored = keyness.score(table, rows, names, own.design, reference.at(kept), tests.at(kept))
    is_name = None if own.are_names is None else pl.Series(own.are_names[rows.ids].any(axis=1))
    echo, number = own.echo[table].at(kept).share, pl.Series(own.numbers[table][kept])
    return scored.with_columns(echo=echo, is_name=pl.lit(is_name, pl.Boolean), number=number)


def _values(own: Candidates, table: Table, reference: Reference, n_tests: int) -> LabelValues:
    """What a label's features of one table, all that are scored, add to the pool."""
    rows = own.rows[table]
    return LabelValues(
        1e6 * rows.n_winsorised.astype(np.float64) / max(own.design.n_words, 1),
        keyness.log_ratios(rows, own.design, reference, n_tests).lrc,
        reference.spread.n / reference.n_words * 1e6,
        rows.n,
        rows.n_prompts,
        *own.echo[table],
    )


def nothing_scored() -> pl.DataFrame:
    """Keyness of no feature: what is left where a baseline holds none of what was counted."""
    none = np.zeros(0)
    empty = Profile.empty(CountSpec(), "")
    names = pl.DataFrame(schema={"key": pl.UInt64, "feature": pl.String})
    rows = feature_rows(empty, SINGLE_WORDS, np.zeros(0, np.int64))
    reference = Reference("", Spread(none, none, none), 1.0)
    scored = keyness.score(SINGLE_WORDS, rows, names, BlockDesign.of(empty), reference, Significance(none, none, 0))
    unknown = {"echo": pl.Float64, "is_name": pl.Boolean, "number": pl.UInt32}
    return scored.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in unknown.items())


def with_topics(features: pl.DataFrame, label: str, topics: Topics) -> pl.DataFrame:
    """A label's features, ranked, with ``topicality`` and ``is_topic`` in place of ``number``.

    People were not asked what the label was. Of an n-gram that is measured against their writing, ``lrc`` is lowered by
    the doublings with which prompts call for it: see `Agreement.elsewhere`.
    """
    rows = features.select("kind", "order", "number").with_row_index("at")
    told = [pl.DataFrame(schema=_TOLD)]
    for (kind, order), of_table in rows.group_by("kind", "order"):
        agreement = topics.of(label, (str(kind), int(order)), of_table["number"].to_numpy())
        elsewhere = pl.Series("elsewhere", agreement.elsewhere)
        told.append(of_table.select("at", agreement.topicality, agreement.is_topic, elsewhere))
    told_in_order = pl.concat(told).sort("at").drop("at").get_columns()
    off_prompt = (pl.col("lrc") + pl.col("elsewhere").log(2)).clip(0)
    is_held_fixed = (pl.col("order") == 1) | (pl.col("kind") == "mark") | (pl.col("baseline") == PANEL)
    lrc = pl.when(is_held_fixed).then(pl.col("lrc")).otherwise(off_prompt)
    return keyness.ranked(features.drop("number").with_columns(told_in_order).with_columns(lrc=lrc).drop("elsewhere"))
