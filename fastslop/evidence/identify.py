"""Queries to the label of a library that each is nearest to, how sure that is, and whether it is any of them.

Features are chosen by the library alone. Queries that answer the same prompts, three at least, are one panel and are
measured together, as ``compare`` measures two panels; any other query is answered on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastslop.base.arrays import Floats, Ints
from fastslop.comparing.candidates import as_arrays as candidates_as_arrays
from fastslop.comparing.candidates import candidates_of, choose_candidates
from fastslop.comparing.distances import MIN_PANEL
from fastslop.comparing.fingerprint import MIN_LABELS
from fastslop.comparing.prompt_count_arrays import as_arrays, counts_of
from fastslop.comparing.prompt_counts import read_prompt_counts, with_more_labels
from fastslop.evidence.learnt import Learnt
from fastslop.evidence.library import Library
from fastslop.evidence.pseudo_queries import PseudoAnswers
from fastslop.evidence.verdict_rule import ACCEPTED, VerdictRule, learn_rule
from fastslop.profiles.profile_set import Member
from fastslop.system.progress import Progress, silent

REFUSED_LEVEL = 1 - ACCEPTED
"""``p_known`` up to which it is said that no label of the library wrote a query."""
NAMED_LEVEL = 0.02
"""``p_wrong`` up to which a query is named. A wrong name is worse than none: of held-out queries, sisters of a known
label were named at 0.05."""
OWN_LEVEL = 0.02
"""``p_own`` up to which a query is named with the label's close relatives only, any of whom may have written it."""
MIN_SUPPORT = 0.5
"""Least share of replicates in which a label must be the nearest to be named."""
IDENTIFIED, CLOSE_RELATIVE, NONE_OF_THESE, UNRESOLVED = "identified", "a close relative", "none of these", "unresolved"
"""Verdicts; "a close relative" says that the nearest label or a close relative of it wrote the query."""


@dataclass(frozen=True)
class Candidate:
    """A label of the library, its distance from the query, and the share of replicates in which it is the nearest."""

    label: str
    rank: int
    distance: float
    support: float


@dataclass(frozen=True)
class Calibration:
    """How good verdicts are for queries of one size, from pseudo-queries of ``n_prompts`` prompts the library lost.

    ``n_together``: queries measured at once, 1 if each was measured alone. ``thresholds``: for each label of the
    library the distance within which its own pseudo-queries lie (``VerdictRule.reach``). ``own_nearest``: share of
    pseudo-queries whose own label is the nearest; ``own_named``: share that it is identified as the author of.
    ``strangers_refused``, ``strangers_named``: of those whose label was left out of the library, the shares of which it
    is said that none of the library wrote them, and that a wrong one did.
    """

    n_prompts: int
    n_together: int
    thresholds: dict[str, float]
    own_nearest: float
    own_named: float
    strangers_refused: float
    strangers_named: float


@dataclass(frozen=True)
class Identification:
    """The answer to a query.

    ``candidates``: nearest first. ``verdict``: "identified", "a close relative" (the nearest label or a close relative
    of it), "none of these" or "unresolved".
    ``p_wrong``: the share of pseudo-queries by another author than their nearest label that score as high as this
    query. ``p_known``: the share of those by an author of the library that score as low. ``p_own``: the share of
    labels' own pseudo-queries that match their label as badly as this query matches the nearest. ``is_of_its_kind``:
    whether the query is as near to the library's mean as pseudo-queries are.
    """

    label: str
    n_docs: int
    n_prompts: int
    n_words: int
    verdict: str
    p_wrong: float
    p_known: float
    p_own: float
    is_of_its_kind: bool
    candidates: tuple[Candidate, ...]
    calibration: Calibration
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """A query of ``identify --json``: all candidates, and the rule the verdict rests on."""
        return asdict(self)


def identify_queries(
    known: Sequence[Member],
    asked: Sequence[Member],
    *,
    replicates: int,
    seed: int = 0,
    kept_in: Path | None = None,
    progress: Progress = silent,
) -> list[Identification]:
    """The answer to each query, in the order of ``asked``; ``known`` are the labels of the library.

    What is learnt from the library is kept in the folder ``kept_in``, or beside its files.

    Raises
    ------
    IncompatibleProfilesError
        If a label or a query was counted without n-grams that the fingerprint needs.
    """
    learnt = Learnt.of(known, kept_in)
    chosen = learnt.recall("features", lambda: candidates_as_arrays(choose_candidates(known, MIN_LABELS, progress)))
    candidates = candidates_of(chosen)
    of_known = learnt.recall("counts", lambda: as_arrays(read_prompt_counts(known, candidates, progress=progress)))
    counts = with_more_labels(counts_of(of_known), asked, candidates, progress=progress)
    library = Library(counts, tuple(member.label for member in known), seed, progress, learnt)
    answers: dict[int, Identification] = {}
    for group, is_alone in _groups(asked):
        rows = [len(known) + q for q in group]
        for q, verdict in zip(group, ask(library, rows, replicates, is_alone=is_alone), strict=True):
            answers[q] = _identification(asked[q], verdict, _notes(asked[q], known, verdict))
    return [answers[q] for q in range(len(asked))]


@dataclass(frozen=True)
class Verdict:
    """The verdict on a query; fields are as in `Identification`."""

    candidates: tuple[Candidate, ...]
    verdict: str
    p_wrong: float
    p_known: float
    p_own: float
    is_of_its_kind: bool
    calibration: Calibration


def ask(library: Library, rows: Sequence[int], n_replicates: int, *, is_alone: bool) -> list[Verdict]:
    """The verdicts on queries, which are these rows of the library's counts: of one panel, or each alone."""
    sizes = [library.size_of(row, 3 if is_alone else 2) for row in rows]
    together = None if is_alone else _measure(library, rows, sizes[0], n_replicates, is_alone=False)
    answers: dict[int, Verdict] = {}
    for size in sorted(set(sizes)):
        of_size = [row for row, own in zip(rows, sizes, strict=True) if own == size]
        asked = of_size if is_alone else rows
        measured = together or _measure(library, asked, size, n_replicates, is_alone=True)
        rule, calibration = _calibrate(library, size, 1 if is_alone else len(rows))
        scores, shifts = _score(library, asked, size, rule, is_alone=is_alone)
        p_own = _p_own(library, asked, size, rule, measured.distances.argmin(axis=1), is_alone=is_alone)
        for row in of_size:
            at = list(asked).index(row)
            candidates = _rank(list(calibration.thresholds), measured.distances[at], measured.replicates[:, at])
            answers[row] = _judge(rule, calibration, candidates, float(scores[at]), float(p_own[at]), float(shifts[at]))
    return [answers[row] for row in rows]


@dataclass(frozen=True)
class Measured:
    """Distances of queries, f64[queries, known], and the same in ``replicates``, f64[draws, queries, known]."""

    distances: Floats
    replicates: Floats


def _measure(library: Library, rows: Sequence[int], size: int, n_replicates: int, *, is_alone: bool) -> Measured:
    once, anew = (
        np.array([np.concatenate([near.distances for near in of_draw]) for of_draw in draws])
        for draws in (
            library.measure(rows, size, is_alone=is_alone),
            library.measure(rows, size, is_alone=is_alone, n_replicates=n_replicates),
        )
    )
    return Measured(once.mean(axis=0).round(12), anew)


def _score(
    library: Library, rows: Sequence[int], size: int, rule: VerdictRule, *, is_alone: bool
) -> tuple[Floats, Floats]:
    """The mean score and shift of each query over draws, measured as pseudo-queries are."""
    draws = library.measure(rows, size, is_alone=is_alone, is_thinned=True)
    scores = [np.concatenate([rule.score(near.distances, near.matches) for near in of_draw]) for of_draw in draws]
    shifts = [np.resize([near.shift for near in of_draw], len(rows)) for of_draw in draws]
    return np.mean(scores, axis=0), np.mean(shifts, axis=0)


def _p_own(
    library: Library, rows: Sequence[int], size: int, rule: VerdictRule, nearest: Ints, *, is_alone: bool
) -> Floats:
    """How usual each query would be as texts of its nearest label, cut down to that label's pseudo-queries."""
    draws = library.measure(rows, size, is_alone=is_alone, is_thinned=True, like=nearest.tolist())
    matches = np.mean([np.concatenate([near.matches for near in of_draw]) for of_draw in draws], axis=0)
    return rule.p_own(matches[np.arange(len(rows)), nearest], nearest)


def _judge(
    rule: VerdictRule,
    calibration: Calibration,
    candidates: tuple[Candidate, ...],
    score: float,
    p_own: float,
    shift: float,
) -> Verdict:
    """The verdict on a query with this score: identified, a close relative, none of these, or unresolved.

    The nearest label is named if few pseudo-queries by another author score as high, and it is the nearest in enough
    replicates: as the author if the query is as usual as its own texts, else with its close relatives. None is if few
    pseudo-queries by authors of the library score as low, few texts of the nearest label are as far from it, and the
    texts are of the library's kind: those of another kind are far from all of it, whoever wrote them.
    """
    p_wrong, p_known = float(rule.p_wrong(np.array(score))), float(rule.p_known(np.array(score)))
    is_of_its_kind = shift <= rule.largest_shift
    if p_wrong <= NAMED_LEVEL and candidates[0].support >= MIN_SUPPORT:
        verdict = IDENTIFIED if p_known > REFUSED_LEVEL and p_own > OWN_LEVEL else CLOSE_RELATIVE
    elif max(p_known, p_own) <= REFUSED_LEVEL and p_wrong > NAMED_LEVEL and is_of_its_kind:
        verdict = NONE_OF_THESE
    else:
        verdict = UNRESOLVED
    return Verdict(candidates, verdict, p_wrong, p_known, p_own, is_of_its_kind, calibration)


def _calibrate(library: Library, size: int, n_together: int) -> tuple[VerdictRule, Calibration]:
    known, strangers = library.ask_pseudo_queries(size, n_together)
    rule = learn_rule(library.authors, known, strangers)
    own_named, strangers_named = (_is_named(rule, asked) for asked in (known, strangers))
    names = np.array(library.authors)
    is_right = names[known.distances.argmin(axis=1)] == names[known.labels]
    calibration = Calibration(
        size,
        min(n_together, len(library.authors)),
        dict(zip(library.counts.labels, rule.reach.tolist(), strict=False)),
        float(is_right.mean()),
        float((is_right & own_named).mean()),
        float(_is_refused(rule, strangers).mean()),
        float(strangers_named.mean()),
    )
    return rule, calibration


def _is_named(rule: VerdictRule, asked: PseudoAnswers) -> NDArray[np.bool_]:
    """Whether pseudo-queries would be identified, bool[queries]."""
    score, p_own = rule.score(asked.distances, asked.matches), _p_own_of(rule, asked)
    return (rule.p_wrong(score) <= NAMED_LEVEL) & (rule.p_known(score) > REFUSED_LEVEL) & (p_own > OWN_LEVEL)


def _is_refused(rule: VerdictRule, asked: PseudoAnswers) -> NDArray[np.bool_]:
    """Whether it would be said of pseudo-queries that no label of the library wrote them, bool[queries]."""
    p_known = rule.p_known(rule.score(asked.distances, asked.matches))
    return np.asarray(np.maximum(p_known, _p_own_of(rule, asked)) <= REFUSED_LEVEL)


def _p_own_of(rule: VerdictRule, asked: PseudoAnswers) -> Floats:
    """How usual each pseudo-query would be as texts of its nearest label."""
    nearest = asked.distances.argmin(axis=1)
    return rule.p_own(asked.matches[np.arange(len(nearest)), nearest], nearest)


def _identification(query: Member, verdict: Verdict, notes: tuple[str, ...]) -> Identification:
    prompts = query.prompts
    return Identification(
        label=query.label,
        n_docs=int(prompts.n_docs.sum()),
        n_prompts=len(prompts.keys),
        n_words=query.n_words,
        notes=notes,
        **vars(verdict),
    )


def _rank(labels: Sequence[str], distances: Floats, replicates: Floats) -> tuple[Candidate, ...]:
    support = np.bincount(replicates.argmin(axis=1), minlength=len(labels)) / max(len(replicates), 1)
    order = np.argsort(distances, kind="stable").tolist()
    return tuple(
        Candidate(labels[i], rank, float(distances[i]), float(support[i])) for rank, i in enumerate(order, start=1)
    )


def _groups(asked: Sequence[Member]) -> list[tuple[list[int], bool]]:
    """Queries in groups that are measured together, and whether those of a group are measured alone.

    A group is a panel; the queries of all panels that are too small are one more, and measured alone.
    """
    by_panel: dict[str, list[int]] = {}
    for q, query in enumerate(asked):
        by_panel.setdefault(query.panel, []).append(q)
    groups = [(group, False) for group in by_panel.values() if len(group) >= MIN_PANEL]
    alone = sorted(q for group in by_panel.values() if len(group) < MIN_PANEL for q in group)
    return [*groups, (alone, True)] if alone else groups


def _notes(query: Member, known: Sequence[Member], verdict: Verdict) -> tuple[str, ...]:
    notes = []
    if not np.isin(query.prompts.keys, np.concatenate([member.prompts.keys for member in known])).any():
        notes.append(
            f"{query.label!r} answers other prompts than the library; how good verdicts are was found on prompts of "
            "the library's kind"
        )
    if not verdict.is_of_its_kind:
        notes.append(
            f"{query.label!r} is of another kind of text than the library: farther from its mean than any of its own "
            "texts; that it lies far from all labels does not say that none of them wrote it"
        )
    return tuple(notes)
