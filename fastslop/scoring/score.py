"""Profiles to the keyness of every label, against a baseline or, where that lacks n-grams, against the panel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import polars as pl

from fastslop.base.arrays import Keys
from fastslop.base.defaults import DEFAULT_BASELINE, JSON_FORMAT, MIN_PROMPTS_SCORED
from fastslop.base.rates import SlopScore
from fastslop.base.spec import CountSpec, Table
from fastslop.base.tables import html_table
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member, ProfileSet, comparison_groups
from fastslop.profiles.rows import filter_of, hashes_of, rows_in
from fastslop.scoring import keyness, slop_score
from fastslop.scoring.dispersion import BlockDesign, feature_rows, own_variance, spread_of
from fastslop.scoring.reference import (
    Reference,
    open_baseline,
    panel_reference,
    profile_reference,
    wordfreq_reference,
)
from fastslop.scoring.slop_score import SINGLE_WORDS, HumanLevel, human_level, slop_level
from fastslop.system.atomic import write_atomically
from fastslop.system.progress import Progress, silent, tracked
from fastslop.system.threads import map_bounded, n_cores


@dataclass(frozen=True)
class Scores:
    """Keyness of all labels.

    ``features``: a row for each label (the first column) and feature; ``labels``: a row of totals for each label.
    ``notes`` say what a reader must know of them, such as what was scored against the panel; ``human`` is the slop
    score of the baseline, by the same words.
    """

    baseline: str
    features: pl.DataFrame
    labels: pl.DataFrame
    notes: tuple[str, ...]
    human: HumanLevel | None = None

    def top(self, n: int) -> pl.DataFrame:
        """The first ``n`` features of each kind and order of each label, in order."""
        return ranked_top(self.features, n)

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
        features = self.features.with_columns(effects.cast(pl.Float32))
        write_atomically(Path(path), lambda beside: features.write_parquet(beside), force=force)

    def _repr_html_(self) -> str:
        return html_table(self.labels)


@dataclass(frozen=True)
class _Candidates:
    """Rows of a label that are scored and their hashes, by table, with its totals."""

    design: BlockDesign
    n_docs: int
    n_tokens: int
    rows: Mapping[Table, pl.DataFrame]
    hashes: Mapping[Table, Keys]


def ranked_top(features: pl.DataFrame, top: int) -> pl.DataFrame:
    """The first ``top`` features of each kind and order of each label, in order."""
    return features.group_by("label", "kind", "order", maintain_order=True).head(top)


def score(
    profiles: ProfileSet, *, baseline: str | PathLike[str] | Profile = DEFAULT_BASELINE, progress: Progress = silent
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
    progress
        Is told how far each step is.

    Raises
    ------
    IncompatibleProfilesError
        If the baseline was counted with another specification.

    Examples
    --------
    >>> import fastslop as fs
    >>> texts = [{"model": "a", "prompt": str(i), "text": "A tapestry of gossamer."} for i in range(40)]
    >>> scores = fs.score(fs.count(texts))
    >>> scores.top(1).filter(kind="word", order=1)["feature"].to_list()
    ['gossamer']
    """
    members, spec = profiles.members, profiles.spec
    name, human = open_baseline(baseline, spec)
    against_panel = [t for t in spec.tables if human is None and t != SINGLE_WORDS] if len(members) > 1 else []
    n = len(members)
    read = tracked(map_bounded(_candidates, members, n_cores()), progress, "reading profiles", n, "models")
    candidates = dict(zip((m.name for m in members), read, strict=True))
    rates = _rates_by_panel(members, candidates, against_panel, progress)
    company = comparison_groups(members)
    scored, nothing = [], nothing_scored()
    for member in tracked(members, progress, "scoring", n, "models"):
        of_label = candidates[member.name]
        references = {
            table: _reference(table, rows, name, human, member, company[member.panel], rates, of_label.design)
            for table, rows in of_label.rows.items()
        }
        frames = [keyness.score(of_label.rows[t], of_label.design, r) for t, r in references.items() if r is not None]
        scored.append(keyness.with_q_values(pl.concat([nothing, *frames])))
    slop = slop_score.common_slop(scored)
    levels = map_bounded(lambda m: slop_level(m, slop), members, n_cores())
    totals = [_totals(m, candidates[m.name], level) for m, level in zip(members, levels, strict=True)]
    named = [s.select(pl.lit(m.name).alias("label"), pl.all()) for m, s in zip(members, scored, strict=True)]
    words = pl.concat(
        [slop_score.overused_words(s).filter(pl.col("key").is_in(slop.implode()))["feature"] for s in scored]
    )
    level = human_level(name, human, slop, words.unique())
    return Scores(
        name, pl.concat(named), pl.DataFrame(totals, infer_schema_length=None), _notes(name, human, members), level
    )


def nothing_scored() -> pl.DataFrame:
    """Keyness of no feature: what is left where a baseline holds none of what was counted."""
    empty = Profile.empty(CountSpec(), "")
    rows = feature_rows(empty, SINGLE_WORDS, min_prompts=MIN_PROMPTS_SCORED)
    none = pl.DataFrame(schema={"key": pl.UInt64, "n": pl.Float64, "variance": pl.Float64, "n_prompts": pl.Float64})
    return keyness.score(rows, BlockDesign.of(empty), Reference("", none, 1.0))


def _notes(name: str, human: Profile | None, members: Sequence[Member]) -> tuple[str, ...]:
    if human is not None:
        return ()
    if len(members) == 1:
        return (f"n-grams and marks are not scored: {name} holds single words only, and there is no other label",)
    return (f"n-grams and marks are scored against the other labels of the panel: {name} holds single words only",)


def _candidates(member: Member) -> _Candidates:
    profile = member.read(min_prompts=MIN_PROMPTS_SCORED)
    rows = {t: feature_rows(profile, t, min_prompts=MIN_PROMPTS_SCORED) for t in profile.spec.tables}
    hashes = {t: hashes_of(profile, t, rows_in(profile, profile.tables[t], MIN_PROMPTS_SCORED)) for t in rows}
    return _Candidates(BlockDesign.of(profile), profile.n_docs, profile.n_tokens, rows, hashes)


def _rates_by_panel(
    members: Sequence[Member], candidates: Mapping[str, _Candidates], tables: Sequence[Table], progress: Progress
) -> dict[tuple[str, Table], pl.DataFrame]:
    """Rates summed over the labels of each panel, by panel and table, of every feature scored for one of them."""
    rates: dict[tuple[str, Table], pl.DataFrame] = {}
    for panel, inside in comparison_groups(members).items():
        keys = {t: pl.concat([candidates[m.name].rows[t]["key"] for m in inside]).unique() for t in tables}
        filters = {t: filter_of([candidates[m.name].hashes[t] for m in inside]) for t in tables}
        read = map_bounded(partial(_rates, keys=keys, filters=filters), inside, n_cores())
        parts = tracked(read, progress, "adding up the panel", len(inside), "models")
        by_table: dict[Table, list[pl.DataFrame]] = {t: [] for t in tables}
        for part in parts:
            for table, frame in part.items():
                by_table[table].append(frame)
        rates.update({(panel, table): _summed(frames) for table, frames in by_table.items()})
    return rates


def _rates(member: Member, keys: Mapping[Table, pl.Series], filters: Mapping[Table, Keys]) -> dict[Table, pl.DataFrame]:
    """Rates of these features in one label: ``key``, ``rate`` and ``rate_variance``."""
    profile = member.read(tuple(keys), filters=filters)
    words = max(profile.n_words, 1)
    return {
        table: spread_of(profile, table, wanted).select(
            "key", rate=pl.col("n") / words, rate_variance=pl.col("variance") / words**2
        )
        for table, wanted in keys.items()
    }


def _summed(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Sums of rates by key. Values are sorted before they are added, since sums of floats depend on the order."""
    sums = [pl.col(name).sort().sum() for name in ("rate", "rate_variance")]
    return pl.concat(frames).group_by("key").agg(sums).sort("key")


def _reference(
    table: Table,
    rows: pl.DataFrame,
    name: str,
    human: Profile | None,
    member: Member,
    company: Sequence[Member],
    rates: Mapping[tuple[str, Table], pl.DataFrame],
    design: BlockDesign,
) -> Reference | None:
    """The reference of a table's rows, or None where there is nothing to measure them against.

    Parameters
    ----------
    table, rows
        The table, and its rows to score (see ``dispersion.feature_rows``).
    name, human
        The baseline's name, and its profile if it is one.
    member, design
        The label to score, and its totals over blocks.
    company
        The labels of its panel, itself included.
    rates
        Rates of the tables that are scored against a panel (see ``_rates_by_panel``).
    """
    if human is not None:
        return profile_reference(name, human, table, rows["key"])
    if table == SINGLE_WORDS:
        return wordfreq_reference(name.removeprefix("wordfreq:"), rows)
    if (member.panel, table) not in rates:
        return None
    others = [n for m in company if m.name != member.name and (n := m.n_words)]
    if not others:
        return None
    own = rows.with_columns(variance=pl.Series(own_variance(rows, design)))
    return panel_reference("panel", rates[member.panel, table], own, design.n_words, others)


def _totals(member: Member, own: _Candidates, level: SlopScore) -> dict[str, object]:
    return {
        "label": member.name,
        "panel": member.panel,
        "n_docs": own.n_docs,
        "n_prompts": len(member.prompts.keys),
        "n_tokens": own.n_tokens,
        "n_words": own.design.n_words,
        "slop_score": level.score,
        "slop_low": level.low,
        "slop_high": level.high,
    }
