"""Profiles to the keyness of every label, against a baseline or, where that is silent, against the panel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from fastslop.base.spec import CountSpec, Table
from fastslop.profiles.files import read_profile
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member, companies
from fastslop.profiles.rows import Design, feature_rows, own_variance, spread_of
from fastslop.scoring import keyness
from fastslop.scoring.reference import (
    DEFAULT,
    Reference,
    open_baseline,
    panel_reference,
    profile_reference,
    wordfreq_reference,
)
from fastslop.scoring.slop_score import SINGLE_WORDS, SlopScore, slop_by_group, slop_score_of, wordfreq_score
from fastslop.system.progress import Progress, silent, tracked
from fastslop.system.threads import map_bounded, n_cores

MIN_PROMPTS = 3
"""Features in fewer prompts are not scored: they cannot be told from the topics of those prompts."""
CHOSEN_BY_IT = "The words were chosen for being rare in it, so other human writing of the kind will lie higher."
OF_FREQUENCIES = "Expected from word frequencies over the web, books and subtitles; there are no texts for an interval."


@dataclass(frozen=True)
class Scores:
    """``features``: the keyness of all labels (the first column is ``label``); ``labels``: a row of totals for each.

    ``notes`` say what a reader must know of them, such as what was scored against the panel; ``human`` is the slop
    score of the baseline, by the same words.
    """

    baseline: str
    features: pl.DataFrame
    labels: pl.DataFrame
    notes: tuple[str, ...]
    human: HumanLevel | None = None


@dataclass(frozen=True)
class HumanLevel:
    """The slop score of human writing, with its interval where its texts are known, and what to bear in mind."""

    name: str
    slop_score: float
    slop_low: float | None
    slop_high: float | None
    note: str


@dataclass(frozen=True)
class _Candidates:
    """The rows of a label that are scored, by table."""

    design: Design
    n_docs: int
    n_tokens: int
    rows: Mapping[Table, pl.DataFrame]


def score_profiles(members: Sequence[Member], baseline: str = DEFAULT, progress: Progress = silent) -> Scores:
    """Keyness of every label.

    Raises
    ------
    IncompatibleProfilesError
        If the baseline was counted with another specification.
    """
    spec = members[0].spec
    name, human = open_baseline(baseline, spec)
    against_panel = [t for t in spec.tables if human is None and t != SINGLE_WORDS] if len(members) > 1 else []
    n = len(members)
    read = tracked(map_bounded(_candidates, members, n_cores()), progress, "reading profiles", n, "models")
    candidates = dict(zip((m.name for m in members), read, strict=True))
    rates = _rates_by_panel(members, candidates, against_panel, progress)
    company = companies(members)
    scored = []
    for member in tracked(members, progress, "scoring", n, "models"):
        own = candidates[member.name]
        references = {
            table: _reference(table, rows, name, human, member, company[member.panel], rates, own.design)
            for table, rows in own.rows.items()
        }
        frames = [keyness.score(own.rows[t], own.design, r) for t, r in references.items() if r is not None]
        scored.append(keyness.with_q_values(pl.concat([nothing_scored(), *frames])))
    slop = keyness.common_slop(scored)
    levels = map_bounded(lambda m: slop_level(m, slop), members, n_cores())
    totals = [_totals(m, candidates[m.name], level) for m, level in zip(members, levels, strict=True)]
    named = [s.select(pl.lit(m.name).alias("label"), pl.all()) for m, s in zip(members, scored, strict=True)]
    words = pl.concat(
        [keyness.overused_words(s).filter(pl.col("key").is_in(slop.implode()))["feature"] for s in scored]
    )
    level = human_level(name, human, slop, words.unique())
    return Scores(
        name, pl.concat(named), pl.DataFrame(totals, infer_schema_length=None), _notes(name, human, members), level
    )


def slop_level(member: Member, slop: pl.Series) -> SlopScore:
    """The slop score of a label's profile by the words ``slop`` (their keys)."""
    tables = [SINGLE_WORDS] if SINGLE_WORDS in member.spec.tables else []
    return slop_score_of(*slop_by_group(read_profile(member.path, tables), slop))


def human_level(name: str, human: Profile | None, slop: pl.Series, words: pl.Series) -> HumanLevel | None:
    """The slop score of the baseline by the words ``slop`` (their keys; ``words`` in letters), None without any."""
    if not len(slop):
        return None
    if human is None:
        expected = wordfreq_score(name.removeprefix("wordfreq:"), words)
        return HumanLevel(name, expected, None, None, f"{OF_FREQUENCIES} {CHOSEN_BY_IT}")
    return HumanLevel(name, *slop_score_of(*slop_by_group(human, slop)), CHOSEN_BY_IT)


def nothing_scored() -> pl.DataFrame:
    """Keyness of no feature: what is left where a baseline holds none of what was counted."""
    empty = Profile.empty(CountSpec(), "")
    rows = feature_rows(empty, SINGLE_WORDS, min_prompts=MIN_PROMPTS)
    none = pl.DataFrame(schema={"key": pl.UInt64, "n": pl.Float64, "variance": pl.Float64, "n_prompts": pl.Float64})
    return keyness.score(rows, Design.of(empty), Reference("", none, 1.0))


def _notes(name: str, human: Profile | None, members: Sequence[Member]) -> tuple[str, ...]:
    if human is not None:
        return ()
    if len(members) == 1:
        return (f"n-grams and marks are not scored: {name} holds single words only, and there is no other label",)
    return (f"n-grams and marks are scored against the other labels of the panel: {name} holds single words only",)


def _candidates(member: Member) -> _Candidates:
    profile = read_profile(member.path)
    rows = {t: feature_rows(profile, t, min_prompts=MIN_PROMPTS) for t in profile.spec.tables}
    return _Candidates(Design.of(profile), profile.n_docs, profile.n_tokens, rows)


def _rates_by_panel(
    members: Sequence[Member], candidates: Mapping[str, _Candidates], tables: Sequence[Table], progress: Progress
) -> dict[tuple[str, Table], pl.DataFrame]:
    """By panel and table: the summed rates of its labels, of every feature scored for one of them."""
    rates: dict[tuple[str, Table], pl.DataFrame] = {}
    for panel, inside in companies(members).items():
        keys = {t: pl.concat([candidates[m.name].rows[t]["key"] for m in inside]).unique() for t in tables}
        read = map_bounded(lambda m, keys=keys: _rates(m, keys), inside, n_cores())  # type: ignore[misc]
        parts = tracked(read, progress, "adding up the panel", len(inside), "models")
        by_table: dict[Table, list[pl.DataFrame]] = {t: [] for t in tables}
        for part in parts:
            for table, frame in part.items():
                by_table[table].append(frame)
        rates.update({(panel, table): _summed(frames) for table, frames in by_table.items()})
    return rates


def _rates(member: Member, keys: Mapping[Table, pl.Series]) -> dict[Table, pl.DataFrame]:
    """``key``, ``rate`` and ``rate_variance`` of these features in one label."""
    profile = read_profile(member.path, tuple(keys))
    words = max(profile.n_words, 1)
    return {
        table: spread_of(profile, table, wanted).select(
            "key", rate=pl.col("n") / words, rate_variance=pl.col("variance") / words**2
        )
        for table, wanted in keys.items()
    }


def _summed(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Sums by key. Values are sorted before they are added, since sums of floats depend on the order."""
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
    design: Design,
) -> Reference | None:
    """What a table's rows are measured against, or None where there is nothing."""
    if human is not None:
        return profile_reference(name, human, table, rows["key"])
    if table == SINGLE_WORDS:
        return wordfreq_reference(name.removeprefix("wordfreq:"), rows)
    if (member.panel, table) not in rates:
        return None
    others = [n for m in company if m.name != member.name and (n := int(m.prompts.n_words.sum()))]
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
