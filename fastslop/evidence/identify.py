"""Which label of a library a query is nearest to, how sure that is, and whether it is any of them.

Features are chosen by the library alone. Queries that answer the same prompts, three at least, are one panel and are
measured together, as ``compare`` measures two panels; any other query is answered on its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastslop.base.errors import BadInputError, IncompatibleProfilesError
from fastslop.base.spec import CountSpec
from fastslop.base.wording import plural
from fastslop.comparing.distances import MIN_PANEL
from fastslop.comparing.prompt_counts import read_prompt_counts
from fastslop.counting.count import Counting, count_corpus
from fastslop.evidence.library import Library
from fastslop.evidence.verdict_rule import ACCEPTED, QUERIES, Rule, learn_rule
from fastslop.profiles.files import SUFFIX, find_profiles, read_footer, read_profile
from fastslop.profiles.panels import find_panels
from fastslop.profiles.profile_set import Member, open_members
from fastslop.system.progress import Progress, silent

Floats = NDArray[np.float64]

MIN_QUERY_PROMPTS = 3
REFUSED_LEVEL = 1 - ACCEPTED
NAMED_LEVEL = 0.02
"""A wrong name is worse than none: of held-out queries, sisters of a known label were named at 0.05."""
MIN_SUPPORT = 0.5
"""A name is the nearest in half of the replicates at least."""
IDENTIFIED, NONE_OF_THESE, UNRESOLVED = "identified", "none of these", "unresolved"


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

    ``n_together``: so many at once, 1 if the query was measured alone. ``thresholds``, of each label of the library:
    the distance within which its own pseudo-queries lie (``openset.Rule``). ``own_nearest``: share of pseudo-queries
    whose own label is the nearest; ``own_named``: those of which it is said that they are its. ``strangers_refused``,
    ``strangers_named``: of those whose label was left out of the library, the shares of which it is said that none of
    the library wrote them, and that a wrong one did.
    """

    n_prompts: int
    n_together: int
    thresholds: dict[str, float]
    own_nearest: float
    own_named: float
    strangers_refused: float
    strangers_named: float


@dataclass(frozen=True)
class Identified:
    """What is said of a query: ``candidates`` nearest first; ``verdict``: identified, none of these, unresolved.

    ``p_wrong``: the share of pseudo-queries with another author than the nearest label that look as much as if it were
    theirs. ``p_known``: the share of those by an author of the library that look as little as if they were.
    ``is_of_its_kind``: whether it is as near to the library's mean as pseudo-queries are.
    """

    label: str
    n_docs: int
    n_prompts: int
    n_words: int
    verdict: str
    p_wrong: float
    p_known: float
    is_of_its_kind: bool
    candidates: tuple[Candidate, ...]
    calibration: Calibration
    notes: tuple[str, ...]


def identify(
    library: str | Path,
    queries: Sequence[str | Path],
    *,
    n_replicates: int = 50,
    seed: int = 0,
    progress: Progress = silent,
) -> list[Identified]:
    """Rank the labels of a library by their distance from each query: profiles, or texts that are counted first.

    Raises
    ------
    BadInputError
        If the library has fewer than three different labels, or a query has text in fewer than three prompts.
    IncompatibleProfilesError
        If a query was counted in another way than the library.
    """
    known = open_members([library])
    n_labels = len({member.label for member in known})
    if n_labels < 3:
        raise BadInputError(
            f"{library} holds {plural(n_labels, 'model')}; telling one from others needs three at least"
        )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fastslop-")))
        asked = _open_queries(queries, known, folder, progress)
        counts = read_prompt_counts([*known, *asked], chosen_by=known, progress=progress)
    library_of = Library(counts, tuple(member.label for member in known), seed, progress)
    answers: dict[int, Identified] = {}
    for group, is_alone in _groups(asked):
        rows = [len(known) + q for q in group]
        for q, answer in zip(group, ask(library_of, rows, n_replicates, is_alone=is_alone), strict=True):
            answers[q] = _identified(asked[q], answer, _notes(asked[q], known, answer.judged))
    return [answers[q] for q in range(len(asked))]


@dataclass(frozen=True)
class Judged:
    """See ``Identified``."""

    verdict: str
    p_wrong: float
    p_known: float
    is_of_its_kind: bool


@dataclass(frozen=True)
class Answer:
    """All known labels, nearest first, what is said of the query, and how good that is."""

    candidates: tuple[Candidate, ...]
    judged: Judged
    calibration: Calibration


def ask(library: Library, rows: Sequence[int], n_replicates: int, *, is_alone: bool) -> list[Answer]:
    """What is said of the queries that are these rows of the library's counts: of one panel, or each alone."""
    sizes = [library.size_of(row, 3 if is_alone else 2) for row in rows]
    together = None if is_alone else _measure(library, rows, sizes[0], n_replicates, is_alone=False)
    answers: dict[int, Answer] = {}
    for size in sorted(set(sizes)):
        of_size = [row for row, own in zip(rows, sizes, strict=True) if own == size]
        measured = of_size if is_alone else rows
        found = together or _measure(library, measured, size, n_replicates, is_alone=True)
        rule, calibration = _calibrate(library, size, 1 if is_alone else len(rows))
        scores, shifts = _score(library, measured, size, rule, is_alone=is_alone)
        for row in of_size:
            at = list(measured).index(row)
            candidates = _rank(list(calibration.thresholds), found.distances[at], found.replicates[:, at])
            judged = _judge(rule, float(scores[at]), float(shifts[at]), candidates[0].support)
            answers[row] = Answer(candidates, judged, calibration)
    return [answers[row] for row in rows]


@dataclass(frozen=True)
class Found:
    """Of some queries the ``distances`` f64[queries, known], and these in ``replicates`` f64[draws, queries, known]."""

    distances: Floats
    replicates: Floats


def _measure(library: Library, rows: Sequence[int], size: int, n_replicates: int, *, is_alone: bool) -> Found:
    once, anew = (
        np.array([np.concatenate([near.distances for near in of_draw]) for of_draw in draws])
        for draws in (
            library.measure(rows, size, is_alone=is_alone),
            library.measure(rows, size, is_alone=is_alone, n_replicates=n_replicates),
        )
    )
    return Found(once.mean(axis=0).round(12), anew)


def _score(library: Library, rows: Sequence[int], size: int, rule: Rule, *, is_alone: bool) -> tuple[Floats, Floats]:
    """The mean score and shift of each query over draws, measured as pseudo-queries are."""
    draws = library.measure(rows, size, is_alone=is_alone, is_thinned=True)
    scores = [np.concatenate([rule.score(near.distances, near.matches) for near in of_draw]) for of_draw in draws]
    shifts = [np.resize([near.shift for near in of_draw], len(rows)) for of_draw in draws]
    return np.mean(scores, axis=0), np.mean(shifts, axis=0)


def _judge(rule: Rule, score: float, shift: float, support: float) -> Judged:
    """The nearest, if few with another author look as near and some of its own as far; none, if few of the library do.

    Texts of another kind than the library's are far from all of it, whoever wrote them.
    """
    p_wrong, p_known = float(rule.p_wrong(np.array(score))), float(rule.p_known(np.array(score)))
    is_of_its_kind = shift <= rule.largest_shift
    if p_wrong <= NAMED_LEVEL and p_known > REFUSED_LEVEL and support >= MIN_SUPPORT:
        verdict = IDENTIFIED
    elif p_known <= REFUSED_LEVEL and p_wrong > NAMED_LEVEL and is_of_its_kind:
        verdict = NONE_OF_THESE
    else:
        verdict = UNRESOLVED
    return Judged(verdict, p_wrong, p_known, is_of_its_kind)


def _calibrate(library: Library, size: int, n_together: int) -> tuple[Rule, Calibration]:
    known, strangers = library.ask_pseudo_queries(size, n_together)
    rule = learn_rule(library.authors, known, strangers)
    inside, outside = (rule.score(asked.distances, asked.matches) for asked in (known, strangers))
    names = np.array(library.authors)
    is_right = names[known.distances.argmin(axis=1)] == names[known.labels]
    calibration = Calibration(
        size,
        min(n_together, len(library.authors)),
        dict(zip(library.counts.labels, rule.reach.tolist(), strict=False)),
        float(is_right.mean()),
        float((is_right & (rule.p_wrong(inside) <= NAMED_LEVEL)).mean()),
        float((rule.p_known(outside) <= REFUSED_LEVEL).mean()),
        float((rule.p_wrong(outside) <= NAMED_LEVEL).mean()),
    )
    return rule, calibration


def _identified(query: Member, answer: Answer, notes: tuple[str, ...]) -> Identified:
    prompts = query.prompts
    return Identified(
        label=query.label,
        n_docs=int(prompts.n_docs.sum()),
        n_prompts=len(prompts.keys),
        n_words=int(prompts.n_words.sum()),
        candidates=answer.candidates,
        calibration=answer.calibration,
        notes=notes,
        **asdict(answer.judged),
    )


def _rank(labels: Sequence[str], distances: Floats, replicates: Floats) -> tuple[Candidate, ...]:
    support = np.bincount(replicates.argmin(axis=1), minlength=len(labels)) / max(len(replicates), 1)
    order = np.argsort(distances, kind="stable").tolist()
    return tuple(
        Candidate(labels[i], rank, float(distances[i]), float(support[i])) for rank, i in enumerate(order, start=1)
    )


def _groups(asked: Sequence[Member]) -> list[tuple[list[int], bool]]:
    """The queries of each panel, and those whose panel is too small, which are measured alone."""
    by_panel: dict[str, list[int]] = {}
    for q, query in enumerate(asked):
        by_panel.setdefault(query.panel, []).append(q)
    groups = [(group, False) for group in by_panel.values() if len(group) >= MIN_PANEL]
    alone = sorted(q for group in by_panel.values() if len(group) < MIN_PANEL for q in group)
    return [*groups, (alone, True)] if alone else groups


def _notes(query: Member, known: Sequence[Member], judged: Judged) -> tuple[str, ...]:
    notes = []
    if not np.isin(query.prompts.keys, np.concatenate([member.prompts.keys for member in known])).any():
        notes.append(
            f"{query.label!r} answers other prompts than the library; how good verdicts are was found on prompts of "
            "the library's kind"
        )
    if not judged.is_of_its_kind:
        notes.append(
            f"{query.label!r} is of another kind of text than the library: farther from its mean than any of its own "
            "texts; that it lies far from all labels does not say that none of them wrote it"
        )
    return tuple(notes)


def _open_queries(
    queries: Sequence[str | Path], known: Sequence[Member], folder: Path, progress: Progress
) -> list[Member]:
    spec = known[0].spec
    paths = [path for i, place in enumerate(queries) for path in _profiles_of(place, spec, folder / str(i), progress)]
    footers = [read_footer(path) for path in paths]
    for footer in footers:
        differences = known[0].spec.differences(footer.spec)
        if differences:
            raise IncompatibleProfilesError(
                f"{footer.path} was counted in another way than the library: {'; '.join(differences)}"
            )
    prompts = [read_profile(path, ()).prompts for path in paths]
    for footer, own in zip(footers, prompts, strict=True):
        n_prompts = int(np.count_nonzero(own.n_words))
        if n_prompts < MIN_QUERY_PROMPTS:
            raise BadInputError(
                f"{footer.label!r} ({footer.path}) has text for {plural(n_prompts, 'prompt')}; "
                f"a query needs {MIN_QUERY_PROMPTS} at least"
            )
    found = find_panels([own.keys for own in prompts], [footer.values["panel"] for footer in footers])
    panels = [f"{QUERIES}{panel if found.count(panel) >= MIN_PANEL else i}" for i, panel in enumerate(found)]
    rows = zip(footers, panels, prompts, strict=True)
    return [Member(f.label, f.label, panel, f.path, f.spec, own) for f, panel, own in rows]


def _profiles_of(place: str | Path, spec: CountSpec, folder: Path, progress: Progress) -> list[Path]:
    """The profiles of a query; texts are counted into the folder."""
    path = Path(place)
    if path.is_dir() and any(path.glob(f"*{SUFFIX}")):
        return find_profiles([path])
    if path.suffix == SUFFIX and path.is_file():
        try:
            return find_profiles([path])
        except BadInputError:
            pass
    return [counted.path for counted in count_corpus([str(place)], folder, Counting(spec=spec), progress).profiles]
