"""Which label of a library a query is nearest to, how sure that is, and whether it is any of them.

Features are chosen by the library alone. Queries that answer the same prompts, three at least, are one panel and are
measured together, as ``compare`` measures two panels; any other query is answered on its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastslop.counting import Counting, count_corpus
from fastslop.distance import MIN_PANEL
from fastslop.errors import BadInputError, IncompatibleProfilesError
from fastslop.library import Library
from fastslop.members import Member, open_members
from fastslop.openset import ACCEPTED, QUERIES, Rule, learn_rule
from fastslop.panels import find_panels
from fastslop.samples import read_prompt_counts
from fastslop.spec import CountSpec
from fastslop.store import SUFFIX, find_profiles, read_footer, read_profile

Floats = NDArray[np.float64]

MIN_QUERY_PROMPTS = 3
LEVEL = 1 - ACCEPTED
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
    library: str | Path, queries: Sequence[str | Path], *, n_replicates: int = 50, seed: int = 0
) -> list[Identified]:
    """Rank the labels of a library by their distance from each query: profiles, or texts that are counted first.

    Raises
    ------
    BadInputError
        If the library has fewer than three labels, or a query has text in fewer than three prompts.
    IncompatibleProfilesError
        If a query was counted in another way than the library.
    """
    known = open_members([library])
    if len(known) < 3:
        raise BadInputError(f"{library} holds {len(known)} models; telling one from others needs three at least")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fastslop-")))
        asked = _open_queries(queries, known, folder)
        counts = read_prompt_counts([*known, *asked], chosen_by=known)
    asker = Library(counts, tuple(member.label for member in known), seed)
    answers: dict[int, Identified] = {}
    for group in _panels_of(asked):
        rows = [len(known) + q for q in group]
        sizes = [asker.size_of(row) for row in rows]
        together = _measure(asker, rows, None, n_replicates) if len(group) >= MIN_PANEL else None
        for size in sorted(set(sizes)):
            of_size = [i for i in range(len(group)) if sizes[i] == size]
            found = together or _measure(asker, [rows[i] for i in of_size], size, n_replicates)
            rule, calibration = _calibrate(asker, size, len(group))
            for place, i in enumerate(of_size):
                query = asked[group[i]]
                at = place if together is None else i
                answers[group[i]] = _answer(query, found, at, rule, calibration, _notes(query, known))
    return [answers[q] for q in range(len(asked))]


@dataclass(frozen=True)
class Found:
    """What was measured of some queries: means over draws of ``Nearness``, and ``replicates`` of the distances."""

    distances: Floats
    matches: Floats
    shifts: Floats
    replicates: Floats


def _measure(library: Library, rows: Sequence[int], size: int | None, n_replicates: int) -> Found:
    """Together, or with ``size`` each alone, beside peers of that size."""
    draws = library.measure(rows, size=size)
    again = library.measure(rows, size=size, n_replicates=n_replicates)
    n = len(rows)
    return Found(
        np.mean([np.concatenate([near.distances for near in of_draw]) for of_draw in draws], axis=0).round(12),
        np.mean([np.concatenate([near.matches for near in of_draw]) for of_draw in draws], axis=0),
        np.mean([np.resize([near.shift for near in of_draw], n) for of_draw in draws], axis=0),
        np.array([np.concatenate([near.distances for near in of_draw]) for of_draw in again]),
    )


def _calibrate(library: Library, size: int, n_together: int) -> tuple[Rule, Calibration]:
    known, strangers = library.ask_pseudo_queries(size, n_together)
    rule = learn_rule(library.authors, known, strangers)
    inside, outside = (rule.score(asked.distances, asked.matches) for asked in (known, strangers))
    names = np.array(library.authors)
    is_right = names[known.distances.argmin(axis=1)] == names[known.labels]
    calibration = Calibration(
        size,
        n_together,
        dict(zip(library.counts.labels, rule.reach.tolist(), strict=False)),
        float(is_right.mean()),
        float((is_right & (rule.p_wrong(inside) <= LEVEL)).mean()),
        float((rule.p_known(outside) <= LEVEL).mean()),
        float((rule.p_wrong(outside) <= LEVEL).mean()),
    )
    return rule, calibration


def _answer(
    query: Member, found: Found, at: int, rule: Rule, calibration: Calibration, notes: tuple[str, ...]
) -> Identified:
    prompts = query.prompts
    n_docs, n_words = int(prompts.n_docs.sum()), int(prompts.n_words.sum())
    score = rule.score(found.distances[at : at + 1], found.matches[at : at + 1])
    p_wrong, p_known = float(rule.p_wrong(score)[0]), float(rule.p_known(score)[0])
    is_of_its_kind = bool(found.shifts[at] <= rule.largest_shift)
    candidates = _rank(list(calibration.thresholds), found.distances[at], found.replicates[:, at])
    return Identified(
        query.label,
        n_docs,
        len(prompts.keys),
        n_words,
        _verdict(p_wrong, p_known, is_of_its_kind),
        p_wrong,
        p_known,
        is_of_its_kind,
        candidates,
        calibration,
        notes,
    )


def _verdict(p_wrong: float, p_known: float, is_of_its_kind: bool) -> str:
    """The nearest, if one in twenty strangers looks so near; none, if one in twenty of the library's is so far.

    Texts of another kind than the library's are far from all of it, whoever wrote them.
    """
    if p_wrong <= LEVEL:
        return IDENTIFIED
    return NONE_OF_THESE if p_known <= LEVEL and is_of_its_kind else UNRESOLVED


def _rank(labels: Sequence[str], distances: Floats, replicates: Floats) -> tuple[Candidate, ...]:
    support = np.bincount(replicates.argmin(axis=1), minlength=len(labels)) / max(len(replicates), 1)
    order = np.argsort(distances, kind="stable").tolist()
    return tuple(
        Candidate(labels[i], rank, float(distances[i]), float(support[i])) for rank, i in enumerate(order, start=1)
    )


def _panels_of(asked: Sequence[Member]) -> list[list[int]]:
    """The queries of each panel."""
    panels = [query.panel for query in asked]
    return [[q for q in range(len(asked)) if panels[q] == panel] for panel in dict.fromkeys(panels)]


def _notes(query: Member, known: Sequence[Member]) -> tuple[str, ...]:
    if np.isin(query.prompts.keys, np.concatenate([member.prompts.keys for member in known])).any():
        return ()
    return (
        f"{query.label!r} answers other prompts than the library; the threshold is that of prompts of the library's "
        "kind, and texts of another kind may lie beyond it whoever wrote them",
    )


def _open_queries(queries: Sequence[str | Path], known: Sequence[Member], folder: Path) -> list[Member]:
    paths = [path for i, place in enumerate(queries) for path in _profiles_of(place, known[0].spec, folder / str(i))]
    footers = [read_footer(path) for path in paths]
    for footer in footers:
        differences = known[0].spec.differences(footer.spec)
        if differences:
            raise IncompatibleProfilesError(
                f"{footer.path} was counted in another way than the library: {'; '.join(differences)}"
            )
    prompts = [read_profile(path, ()).prompts for path in paths]
    for footer, own in zip(footers, prompts, strict=True):
        if np.count_nonzero(own.n_words) < MIN_QUERY_PROMPTS:
            raise BadInputError(
                f"{footer.label!r} ({footer.path}) has text for {np.count_nonzero(own.n_words)} prompts; "
                f"a query needs {MIN_QUERY_PROMPTS} at least"
            )
    found = find_panels([own.keys for own in prompts], [footer.values["panel"] for footer in footers])
    panels = [
        f"{QUERIES}{panel if found.count(panel) >= MIN_PANEL else i}" for i, panel in enumerate(found)
    ]
    rows = zip(footers, panels, prompts, strict=True)
    return [Member(f.label, f.label, panel, f.path, f.spec, own) for f, panel, own in rows]


def _profiles_of(place: str | Path, spec: CountSpec, folder: Path) -> list[Path]:
    """The profiles of a query; texts are counted into the folder."""
    path = Path(place)
    if path.is_dir() and any(path.glob(f"*{SUFFIX}")):
        return find_profiles([path])
    if path.suffix == SUFFIX and path.is_file():
        try:
            return find_profiles([path])
        except BadInputError:
            pass
    return [counted.path for counted in count_corpus([str(place)], folder, Counting(spec=spec)).profiles]
