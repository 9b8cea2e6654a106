"""Which label of a library a query is nearest to, how sure that is, and whether it is any of them.

Features are chosen by the library alone, and each query is answered on its own: what else is asked changes nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastslop.counting import Counting, count_corpus
from fastslop.distance import cosine_about_means
from fastslop.errors import BadInputError, IncompatibleProfilesError
from fastslop.members import Member, open_members
from fastslop.parallel import map_bounded, n_cores
from fastslop.progress import Progress, silent, tracked
from fastslop.samples import PromptCounts, Sample, read_prompt_counts
from fastslop.spec import CountSpec
from fastslop.store import SUFFIX, find_profiles, read_footer, read_profile
from fastslop.style import style_gram
from fastslop.wording import plural

Floats = NDArray[np.float64]

N_DRAWS = 10
"""Pseudo-queries drawn from each label of the library."""
ACCEPTED = 0.95
"""Share of the pseudo-queries, whose label is in the library, that the threshold lets pass."""
MIN_QUERY_PROMPTS = 3
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
    """The open-set rule for queries of one size, from pseudo-queries of ``n_prompts`` prompts that the library lost.

    ``thresholds``, of each label of the library: the median distance of its own pseudo-queries, plus the 95 % quantile
    of what all labels' lie above their medians. ``own_nearest``: share of them whose own label is the nearest.
    ``strangers_refused``: share of them that lie beyond the threshold of their nearest label once their own label is
    left out of the library.
    """

    n_prompts: int
    thresholds: dict[str, float]
    own_nearest: float
    strangers_refused: float


@dataclass(frozen=True)
class Identified:
    """What is said of a query: ``candidates`` nearest first; ``verdict``: identified, none of these, unresolved."""

    label: str
    n_docs: int
    n_prompts: int
    n_words: int
    verdict: str
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
        If the library has fewer than three labels, or a query has text in fewer than three prompts.
    IncompatibleProfilesError
        If a query was counted in another way than the library.
    """
    known = open_members([library])
    if len(known) < 3:
        raise BadInputError(
            f"{library} holds {plural(len(known), 'model')}; telling one from others needs three at least"
        )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fastslop-")))
        asked = _open_queries(queries, known, folder, progress)
        counts = read_prompt_counts([*known, *asked], chosen_by=known, progress=progress)
    n_known = len(known)
    sizes = [_pseudo_size(counts, n_known + q, n_known) for q in range(len(asked))]
    answers: dict[int, Identified] = {}
    for size in sorted(set(sizes)):
        of_size = [q for q in range(len(asked)) if sizes[q] == size]
        calibration = _calibrate(counts, n_known, size, seed)
        once = {panel: np.ones((len(groups), N_DRAWS)) for panel, groups in counts.groups.items()}
        distances = _distances(counts, of_size, n_known, size, once, seed).mean(axis=0)
        anew = _redrawn(counts, n_known, n_replicates, seed)
        replicates = _distances(counts, of_size, n_known, size, anew, seed, progress)
        for i, q in enumerate(of_size):
            candidates = _rank(counts.labels[:n_known], distances[i], replicates[:, i])
            answers[q] = _answer(asked[q], candidates, calibration, _notes(asked[q], known))
    return [answers[q] for q in range(len(asked))]


def _answer(
    query: Member, candidates: tuple[Candidate, ...], calibration: Calibration, notes: tuple[str, ...]
) -> Identified:
    prompts = query.prompts
    n_docs, n_words = int(prompts.n_docs.sum()), int(prompts.n_words.sum())
    verdict = _verdict(candidates, calibration.thresholds[candidates[0].label])
    return Identified(query.label, n_docs, len(prompts.keys), n_words, verdict, candidates, calibration, notes)


def _verdict(candidates: Sequence[Candidate], threshold: float) -> str:
    """Beyond the threshold none; within it the nearest, if nineteen in twenty replicates agree."""
    if candidates[0].distance > threshold:
        return NONE_OF_THESE
    return IDENTIFIED if candidates[0].support >= ACCEPTED else UNRESOLVED


def _notes(query: Member, known: Sequence[Member]) -> tuple[str, ...]:
    if np.isin(query.prompts.keys, np.concatenate([member.prompts.keys for member in known])).any():
        return ()
    return (
        f"{query.label!r} answers other prompts than the library; the threshold is that of prompts of the library's "
        "kind, and texts of another kind may lie beyond it whoever wrote them",
    )


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
    asked = []
    for i, (footer, own) in enumerate(zip(footers, prompts, strict=True)):
        n_prompts = int(np.count_nonzero(own.n_words))
        if n_prompts < MIN_QUERY_PROMPTS:
            raise BadInputError(
                f"{footer.label!r} ({footer.path}) has text for {plural(n_prompts, 'prompt')}; "
                f"a query needs {MIN_QUERY_PROMPTS} at least"
            )
        asked.append(Member(footer.label, footer.label, f"query {i}", footer.path, footer.spec, own))
    return asked


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


def _grams(counts: PromptCounts, samples: Iterable[Sample], n_known: int) -> Iterator[Floats]:
    """Inner products of the values of each sample, by the features that its first ``n_known`` rows choose."""

    def measure(sample: Sample) -> Floats:
        return style_gram(sample.totals, sample.n_prompts, sample.n_words, counts.tables, n_known)

    return map_bounded(measure, samples, n_cores())


def _query_distances(gram: Floats, panels: Sequence[str], n_known: int) -> Floats:
    """Of each query from each known label, f64[queries, known]; each query alone beside the library.

    The rows of ``gram`` are the known labels, the same on about as few prompts as a query has, and the queries. Known
    labels are measured about their panels' means, a query about that of itself and the second: what is rare is missing
    from every short text, and would else make all short texts alike and like none of the library.
    """
    n_peers = 2 * n_known
    distances = []
    for query in range(n_peers, len(gram)):
        rows = np.append(np.arange(n_peers), query)
        cosines = cosine_about_means(gram[np.ix_(rows, rows)], [*panels[:n_known], *["a query"] * (n_known + 1)])
        distances.append(np.maximum(1 - cosines[-1, :n_known], 0.0).round(12))
    return np.array(distances)


def _distances(
    counts: PromptCounts,
    queries: Sequence[int],
    n_known: int,
    size: int,
    weights: dict[str, Floats],
    seed: int,
    progress: Progress = silent,
) -> Floats:
    """Distances under each draw, f64[draws, queries, known]; each has other prompts for the peers of the queries."""
    rng = np.random.default_rng([seed, 3])
    n_draws = next(iter(weights.values())).shape[1]
    peers = {
        panel: np.stack([_some(rng, len(counts.groups[panel]), size) for _ in range(n_draws)], axis=1)
        for panel in sorted(set(counts.panels[:n_known]))
    }

    def samples() -> Iterator[Sample]:
        for batch in counts.batches(n_draws):
            whole = {panel: w[:, batch] for panel, w in weights.items()}
            short = {panel: w[:, batch] for panel, w in peers.items()}
            library = [counts.draw(i, whole[counts.panels[i]]) for i in range(n_known)]
            beside = [counts.draw(i, short[counts.panels[i]]) for i in range(n_known)]
            asked = [counts.draw(n_known + q, whole[counts.panels[n_known + q]]) for q in queries]
            for d in range(batch.stop - batch.start):
                yield counts.sample([(draws, d) for draws in (*library, *beside, *asked)])

    grams = tracked(_grams(counts, samples(), n_known), progress, "resampling prompts", n_draws, "replicates")
    return np.array([_query_distances(gram, counts.panels, n_known) for gram in grams])


def _redrawn(counts: PromptCounts, n_known: int, n_draws: int, seed: int) -> dict[str, Floats]:
    """How often each prompt is drawn, f64[groups, draws]; of a query in the same way wherever it stands."""
    known = sorted(set(counts.panels[:n_known]))
    streams = {panel: i + 1 for i, panel in enumerate(known)}
    weights = {}
    for panel, groups in counts.groups.items():
        rng = np.random.default_rng([seed, 4, streams.get(panel, 0)])
        drawn = rng.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), n_draws)
        weights[panel] = np.ascontiguousarray(drawn.T, np.float64)
    return weights


def _rank(labels: Sequence[str], distances: Floats, replicates: Floats) -> tuple[Candidate, ...]:
    support = np.bincount(replicates.argmin(axis=1), minlength=len(labels)) / max(len(replicates), 1)
    order = np.argsort(distances, kind="stable").tolist()
    return tuple(
        Candidate(labels[i], rank, float(distances[i]), float(support[i])) for rank, i in enumerate(order, start=1)
    )


def _pseudo_size(counts: PromptCounts, query: int, n_known: int) -> int:
    """How many prompts of the library hold about as many words as the query; at most a third of what each label has."""
    known = [counts.counts[i].n_words[counts.groups_of(i)] for i in range(n_known)]
    per_prompt = float(np.median([words.mean() for words in known]))
    wanted = round(float(counts.counts[query].n_words.sum()) / per_prompt)
    return max(MIN_QUERY_PROMPTS, min(wanted, *(len(words) // 3 for words in known)))


def _calibrate(counts: PromptCounts, n_known: int, size: int, seed: int) -> Calibration:
    """Take ``size`` random prompts of each label out of the library and ask whose they are, ``N_DRAWS`` times."""
    samples = _held_out(counts, n_known, size, seed)
    distances = np.array([_query_distances(gram, counts.panels, n_known) for gram in _grams(counts, samples, n_known)])
    own = np.diagonal(distances, axis1=1, axis2=2)
    others = distances.copy()
    others[:, range(n_known), range(n_known)] = np.inf
    middle = np.median(own, axis=0)
    thresholds = middle + np.quantile(own - middle, ACCEPTED, method="higher")
    refused = others.min(axis=2) > thresholds[others.argmin(axis=2)]
    of_label = dict(zip(counts.labels, thresholds.tolist(), strict=False))
    return Calibration(size, of_label, float((own < others.min(axis=2)).mean()), float(refused.mean()))


def _held_out(counts: PromptCounts, n_known: int, size: int, seed: int) -> Iterator[Sample]:
    """The library without some prompts of each panel; on half of these its labels as peers, on half as queries."""
    rng = np.random.default_rng([seed, 2])
    known = sorted(set(counts.panels[:n_known]))
    for _ in range(N_DRAWS):
        parts = {panel: _parts(rng, len(counts.groups[panel]), size) for panel in known}
        draws = [counts.draw(i, parts[counts.panels[i]]) for i in range(n_known)]
        yield counts.sample([(of_label, part) for part in range(3) for of_label in draws])


def _parts(rng: np.random.Generator, n: int, size: int) -> Floats:
    """f64[n, 3]: 1 for what is in each part: ``size`` in the second and third, the rest in the first."""
    place = rng.permutation(n)
    return np.stack([place >= 2 * size, place < size, (place >= size) & (place < 2 * size)], axis=1).astype(np.float64)


def _some(rng: np.random.Generator, n: int, size: int) -> Floats:
    """f64[n]: 1 for ``size`` of them."""
    return rng.permutation(np.arange(n) < size).astype(np.float64)
