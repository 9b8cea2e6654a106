"""Profiles to the keyness of every label, against a baseline or, where that lacks n-grams, against the panel."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from fastslop.base.defaults import DEFAULT_BASELINE, JSON_FORMAT, MAX_Q
from fastslop.base.errors import UsageError
from fastslop.base.spec import Table
from fastslop.base.tables import html_table
from fastslop.base.wordfreq import listed_language
from fastslop.base.written import written
from fastslop.profiles.names import Names
from fastslop.profiles.origins import NO_ORIGINS, Origins, read_origins
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member, ProfileSet, readers
from fastslop.scoring import slop_score
from fastslop.scoring.candidates import Candidates, Index, read_candidates
from fastslop.scoring.human import baseline_of_phrases, tables_known
from fastslop.scoring.label import References, ScoredLabel, label_values, score_label, with_topics
from fastslop.scoring.notes import notes_on_languages, notes_on_references, notes_on_share
from fastslop.scoring.panel import rates_by_panel
from fastslop.scoring.pooled import LabelValues, Pool, PooledFeatures
from fastslop.scoring.reference import (
    Baseline,
    MeasuredBy,
    baseline_of_profile,
    baseline_of_wordfreq,
    open_baseline,
)
from fastslop.scoring.slop_score import HumanLevel, human_level, slop_level
from fastslop.scoring.strata import Strata, notes_of, strata_by_panel
from fastslop.scoring.topicality import Topics, read_topics
from fastslop.system.atomic import write_atomically
from fastslop.system.memory import Gaps, trim
from fastslop.system.progress import Progress, silent, tracked
from fastslop.system.threads import map_bounded, n_cores

Found = TypeVar("Found")


@dataclass(frozen=True)
class Scores:
    """Keyness of all labels.

    ``features``: a row for each label (the first column, whose rows stand together) and feature, its words joined by
    spaces, that it overuses beyond chance, taken by itself (see ``max_p`` of `score`), with ``topicality`` and
    ``is_topic`` of its `Agreement`; ``labels``: a row of totals for each label. ``notes`` say what a reader must know
    of them, such as what was scored against the panel; ``human`` is the slop score of the baseline, by the same words;
    ``pooled`` has all features that were scored, added up over labels, for lists; ``origins``: what the profiles tell
    of where words may come from; ``slop_words``: the words that slop scores count.
    ``measured_by``: what each table is measured against.
    """

    baseline: str
    features: pl.DataFrame
    labels: pl.DataFrame
    notes: tuple[str, ...]
    human: HumanLevel | None = None
    pooled: Mapping[Table, PooledFeatures] = field(default_factory=dict, repr=False)
    origins: Origins = field(default=NO_ORIGINS, repr=False)
    slop_words: tuple[str, ...] = field(default=(), repr=False)
    measured_by: Mapping[Table, MeasuredBy] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> Names:
        """The names among the words."""
        return self.origins.names

    @property
    def knows_prompts(self) -> bool:
        """Whether the text of any prompt is known, so that it can be told what echoes it."""
        return any(features.n_asked.any() for features in self.pooled.values())

    def of_labels(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Each label that has features, and these: what is done by label needs no copy of them all."""
        begin = 0
        for n, label in self.features["label"].rle().struct.unnest().iter_rows():
            yield label, self.features.slice(begin, n)
            begin += n

    def without_topics(self) -> Scores:
        """The scores without features that are topics: these say more of the prompts than of a label."""
        return replace(self, features=off_topic(self.features))

    def first(self, n: int) -> Scores:
        """The scores with the first ``n`` features that are no topics of each kind and order of each label."""
        kept = [ranked_top(off_topic(features), n) for _, features in self.of_labels()]
        return replace(self, features=pl.concat([self.features.clear(), *kept]))

    def top(self, n: int) -> pl.DataFrame:
        """The first ``n`` features of each kind and order of each label, in order, as they stand in texts."""
        return written(ranked_top(self.features, n), "feature")

    def measured_by_dict(self) -> dict[str, dict[str, Any]]:
        """What each table is measured against, by its kind and order, fit for JSON."""
        return {f"{kind} {order}": by._asdict() for (kind, order), by in self.measured_by.items()}

    def to_dict(self, top: int = 20) -> dict[str, Any]:
        """The shape of ``score --json``, with the first ``top`` features of each kind and order of each label."""
        shown = self.top(top)
        by_label = {str(name[0]): frame for name, frame in shown.group_by("label", maintain_order=True)}
        labels = {}
        for row in self.labels.iter_rows(named=True):
            name = row.pop("label")
            features = by_label[name].drop("label", "key") if name in by_label else shown.clear().drop("label", "key")
            labels[name] = row | {"features": features.to_dicts()}
        return {
            "format": JSON_FORMAT,
            "baseline": self.baseline,
            "measured_by": self.measured_by_dict(),
            "human": None if self.human is None else asdict(self.human),
            "notes": list(self.notes),
            "labels": labels,
        }

    def write(self, path: str | PathLike[str], *, force: bool = False) -> None:
        """Write all features as Parquet, effect sizes in single precision (``keyness.parquet`` of a run).

        Raises
        ------
        UsageError
            If the file is already there, unless ``force``.
        """
        effects = pl.selectors.float() - pl.selectors.by_name("p_value", "q_value")
        features = written(self.features, "feature").lazy().with_columns(effects.cast(pl.Float32))
        write_atomically(Path(path), lambda beside: features.sink_parquet(beside), force=force)

    def _repr_html_(self) -> str:
        return html_table(self.labels)


def off_topic(features: pl.DataFrame) -> pl.DataFrame:
    """Those features that are not known to be topics."""
    return features.filter(~pl.col("is_topic").fill_null(value=False))


def ranked_top(features: pl.DataFrame, top: int) -> pl.DataFrame:
    """The first ``top`` features of each kind and order of each label, in order."""
    group = ("label", "kind", "order")
    first = features.filter(pl.int_range(pl.len()).over(group) < top)  # groups of all rows would be a copy of them
    return first.group_by(group, maintain_order=True).head(top)


def score(
    profiles: ProfileSet,
    *,
    baseline: str | PathLike[str] | Profile = DEFAULT_BASELINE,
    max_p: float = MAX_Q,
    progress: Progress = silent,
) -> Scores:
    """
    Score every word, n-gram and mark of each label by how over-represented it is (its keyness).

    Single words are scored against the baseline. Where it is ``wordfreq:LANG``, which holds nothing else, n-grams and
    marks are scored against the other labels of the panel.

    Parameters
    ----------
    profiles
        Labels counted with one specification.
    baseline
        Human writing: ``wordfreq:LANG``, a profile, or the file of one.
    max_p
        Keep features whose p-value, before the correction for many tests, is at most this, from 0.05 to 1. By default
        what is left out is not over-represented even if taken by itself, so that no feature of a q-value up to 0.05 is
        lost; with 1 every feature is kept, which takes several times the time and memory.
    progress
        Is told how far each step is.

    Raises
    ------
    IncompatibleProfilesError
        If the baseline was counted with another specification.
    UsageError
        If ``max_p`` is out of range.

    Examples
    --------
    >>> import fastslop as fs
    >>> texts = [{"model": "a", "prompt": str(i), "text": "A tapestry of gossamer."} for i in range(40)]
    >>> scores = fs.score(fs.count(texts))
    >>> scores.top(1).filter(kind="word", order=1)["feature"].to_list()
    ['gossamer']
    """
    if not MAX_Q <= max_p <= 1:
        raise UsageError(f"max_p {max_p} is out of range: from {MAX_Q} to 1")
    return score_with(profiles, read_origins(profiles.members), baseline=baseline, max_p=max_p, progress=progress)


def score_with(
    profiles: ProfileSet,
    origins: Origins,
    *,
    baseline: str | PathLike[str] | Profile = DEFAULT_BASELINE,
    max_p: float = MAX_Q,
    progress: Progress = silent,
) -> Scores:
    """Score labels, as `score` does, whose ``origins`` were read before."""
    members = profiles.members
    measured = _measured(profiles, origins, baseline, progress)
    name, human, candidates, pool = measured.name, measured.human, measured.candidates, measured.pool
    totals = [_totals(*pair) for pair in zip(members, candidates, strict=True)]
    notes_of_language = notes_on_languages(name, members, candidates)
    damaged = tuple(
        own.damage.note(member.name) for member, own in zip(members, candidates, strict=True) if own.damage is not None
    )

    def score_one(member: Member, own: Candidates) -> ScoredLabel:
        return score_label(member, own, measured.references, pool.tables, max_p)

    scored, gaps = deque[pl.DataFrame](), Gaps()
    for own, found in measured.of_each(members, score_one, progress):
        pool.add(own, found.values)
        scored.append(found.features)
        gaps.give_back()
    trim()
    topics = read_topics(members, measured.index, pool.numbers(), progress)
    language = listed_language(name)
    slop, measured_by = slop_score.common_slop(scored, language), measured.references.measured_by(profiles.spec.tables)
    common = [
        slop_score.overused_words(s, language).filter(pl.col("key").is_in(slop.implode()))["feature"] for s in scored
    ]
    words = pl.concat(common).unique().sort()
    # One label after the other gives up its features: all of them twice were a third of the peak on many labels.
    told = pl.concat([_of_label(with_topics(scored.popleft(), member.name, topics), member) for member in members])
    trim()
    return Scores(
        name,
        told,
        _labels(members, totals, slop),
        (
            *notes_on_references(name, human, members, measured_by),
            *notes_on_share(profiles.spec),
            *notes_of(measured.strata),
            *damaged,
            *notes_of_language,
        ),
        human_level(name, human, slop, words),
        pool.pooled(topics),
        origins,
        tuple(words),
        measured_by,
    )


def pool_part(
    profiles: ProfileSet,
    whole: Scores,
    *,
    baseline: str | PathLike[str] | Profile = DEFAULT_BASELINE,
    progress: Progress = silent,
) -> Scores:
    """The scores of a whole with what is ``pooled`` over labels on a part of their prompts alone.

    What is a topic is told from the ``whole``: on prompts of one genre, what all of them call for would be no topic.
    """
    members = profiles.members
    measured = _measured(profiles, whole.origins, baseline, progress)
    pool = measured.pool

    def values(member: Member, own: Candidates) -> dict[Table, LabelValues]:
        return label_values(member, own, measured.references, pool.tables)

    for own, found in measured.of_each(members, values, progress):
        pool.add(own, found)
    trim()
    pooled = pool.pooled(Topics.none())
    return replace(whole, pooled={t: features.agreeing_as(whole.pooled[t]) for t, features in pooled.items()})


@dataclass(frozen=True)
class _Measured:
    """Features of labels, and what they are measured against.

    ``name`` of the baseline, and its profile, ``human``, if it is one; ``strata`` of the prompts of each panel, where
    it is measured against; ``candidates`` of each label, with their ``index``; ``pool``, to which none is added yet.
    """

    name: str
    human: Profile | None
    strata: Mapping[str, Strata]
    candidates: deque[Candidates]
    index: Index
    references: References
    pool: Pool

    def of_each(
        self, members: Sequence[Member], function: Callable[[Member, Candidates], Found], progress: Progress
    ) -> Iterator[tuple[Candidates, Found]]:
        """Candidates, which are given up, and what a function finds of them, in the order of the labels."""

        def found(pair: tuple[Member, Candidates]) -> tuple[Candidates, Found]:
            return pair[1], function(*pair)

        of_labels = map_bounded(found, ((member, self.candidates.popleft()) for member in members), n_cores())
        return tracked(of_labels, progress, "scoring", len(members), "models")


def _measured(
    profiles: ProfileSet, origins: Origins, baseline: str | PathLike[str] | Profile, progress: Progress
) -> _Measured:
    """The candidates of labels, and what they are measured against."""
    members, spec = profiles.members, profiles.spec
    name, human = open_baseline(baseline, spec)
    strata = strata_by_panel(members) if human is None else {}
    candidates, index = read_candidates(members, spec, origins, progress, strata)
    language = listed_language(name)
    baselines: list[Baseline] = []
    if human is not None:
        baselines = [baseline_of_profile(name, human, index)]
    elif language is not None:
        phrases = baseline_of_phrases(tables_known(spec, language), index)
        baselines = [baseline_of_wordfreq(language, candidates, index), phrases]
    known = {table for baseline in baselines for table in baseline.spreads}
    against_panel = [table for table in spec.tables if table not in known] if len(members) > 1 else []
    panels = rates_by_panel(members, index, against_panel, strata, progress) if human is None else {}
    return _Measured(name, human, strata, candidates, index, References(baselines, panels), Pool(spec, index))


def _of_label(features: pl.DataFrame, member: Member) -> pl.DataFrame:
    return features.select(pl.lit(member.name).alias("label"), pl.all())


def _labels(members: Sequence[Member], totals: Sequence[dict[str, object]], slop: pl.Series) -> pl.DataFrame:
    """A row of totals for each label, with its slop score by the words ``slop`` (their keys)."""
    levels = map_bounded(lambda member: slop_level(member, slop), members, readers(members))
    rows = [
        own | {"slop_score": level.score, "slop_low": level.low, "slop_high": level.high}
        for own, level in zip(totals, levels, strict=True)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _totals(member: Member, own: Candidates) -> dict[str, object]:
    return {
        "label": member.name,
        "panel": member.panel,
        "n_docs": own.n_docs,
        "n_prompts": len(member.prompts.keys),
        "n_tokens": own.n_tokens,
        "n_words": own.design.n_words,
    }
