"""Scaled profiles beside whole ones: size, time, and how far distances and neighbours are from those of all n-grams.

``python -m benchmarks.scaled CORPORA`` measures on real corpora, prints the tables and, with ``--readme``, renews
``scaled.json`` and the tables in README.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import squareform

import fastslop as fs
from benchmarks.reporting import HERE, environment, markdown_table, renew_readme, write_json
from fastslop.comparing.compare import compare_counts
from fastslop.comparing.fingerprint import STYLE_TABLES
from fastslop.comparing.prompt_counts import JoinedCounts, LabelCounts, PromptCounts, read_prompt_counts
from fastslop.profiles.rows import hashes_of

CORPORA = ("slop-score", "instructions")
SCALES = (1, 2, 5, 10, 50)
ROUNDS = 3
TRIGRAMS = ("word", 3)
DRAWS = 10
"""Shares of n-grams that are drawn at random, of each scale; of a smaller one all there are."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Errors:
    """Distances beside those of whole profiles: the mean and the largest of the errors' absolute values, the mean
    error, and the share of labels whose nearest is the same."""

    mean: float
    largest: float
    bias: float
    same_nearest: float

    @staticmethod
    def of(found: Floats, whole: Floats) -> Errors:
        """The errors of condensed distances f64[pairs], or of those of several draws, f64[draws, pairs]."""
        off, nearest = np.atleast_2d(found) - whole, _nearest(whole)
        same = np.mean([np.mean(_nearest(one) == nearest) for one in np.atleast_2d(found)])
        values = (np.abs(off).mean(), np.abs(off).max(), off.mean(), same)
        return Errors(*(round(float(value), 5) for value in values))


@dataclass(frozen=True)
class Point:
    """Profiles of one n-gram in ``scaled``: bytes of their files, seconds of all cores to count and to compare
    (medians), the errors of distances, the mean Jaccard index of the sets of word trigrams of two labels, and the mean
    of the absolute values of its errors."""

    scaled: int
    n_bytes: int
    count_s: float
    compare_s: float
    errors: Errors
    jaccard: float
    jaccard_error: float


@dataclass(frozen=True)
class Drawn:
    """Errors of distances of shares of n-grams that were drawn at random, and of their mean over the shares."""

    scaled: int
    errors: Errors
    of_mean: Errors


@dataclass(frozen=True)
class Measured:
    """Results of a corpus. ``drawn``: of shares as profiles have them; ``weighted``: of the same shares, each n-gram of
    which stands for as many as it was drawn from; ``of_words``: of words and marks alone."""

    name: str
    n_labels: int
    n_bytes: int
    points: tuple[Point, ...]
    drawn: tuple[Drawn, ...]
    weighted: tuple[Drawn, ...]
    of_words: Errors


def measure(corpus: Path, scales: Sequence[int] = SCALES, rounds: int = ROUNDS, n_draws: int = DRAWS) -> Measured:
    """Count a corpus at all scales, the first of which is 1, in turns, and compare the profiles of each."""
    with TemporaryDirectory() as folder:
        places = {scaled: Path(folder) / str(scaled) for scaled in scales}
        fs.compare(fs.count(corpus, scaled=max(scales)), replicates=0)  # kernels are loaded
        count_s = _in_turns({scaled: partial(_count, corpus, places[scaled], scaled) for scaled in scales}, rounds)
        sets = {scaled: fs.open_profiles(place) for scaled, place in places.items()}
        found: dict[int, Floats] = {}

        def compare(scaled: int) -> None:
            found[scaled] = fs.compare(sets[scaled], replicates=0).condensed

        compare_s = _in_turns({scaled: partial(compare, scaled) for scaled in scales}, rounds)
        in_common = {scaled: jaccard(own) for scaled, own in sets.items()}
        points = [
            Point(
                scaled,
                _size(places[scaled]),
                count_s[scaled],
                compare_s[scaled],
                Errors.of(found[scaled], found[1]),
                round(float(in_common[scaled].mean()), 5),
                round(float(np.abs(in_common[scaled] - in_common[1]).mean()), 5),
            )
            for scaled in scales
        ]
        counts = read_prompt_counts(sets[1].members)
    drawn, weighted = (
        tuple(_drawn(counts, found[1], scaled, n_draws, is_weighted=is_weighted) for scaled in scales if scaled > 1)
        for is_weighted in (False, True)
    )
    of_words = Errors.of(_condensed(counts, _are_single(counts).astype(np.int64)), found[1])
    n_bytes = int(sets[1].totals["n_bytes"].sum())
    return Measured(corpus.name, len(sets[1]), n_bytes, tuple(points), drawn, weighted, of_words)


def jaccard(profiles: fs.ProfileSet) -> Floats:
    """The Jaccard index of the sets of word trigrams of each two labels, f64[pairs]."""
    sets = []
    for member in profiles.members:
        profile = member.read([TRIGRAMS])
        sets.append(hashes_of(profile, TRIGRAMS, np.arange(len(profile.tables[TRIGRAMS].n))))
    shared = [len(np.intersect1d(a, b, assume_unique=True)) for a, b in combinations(sets, 2)]
    either = [len(a) + len(b) - n for (a, b), n in zip(combinations(sets, 2), shared, strict=True)]
    return np.array(shared) / np.maximum(either, 1)


def _in_turns(jobs: Mapping[int, Callable[[], None]], rounds: int) -> dict[int, float]:
    """The median of the seconds of all cores of each job over rounds in which each is done once."""
    seconds: dict[int, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            start = process_time()
            job()
            seconds[name].append(process_time() - start)
    return {name: round(median(of_job), 3) for name, of_job in seconds.items()}


def _count(corpus: Path, place: Path, scaled: int) -> None:
    fs.count(corpus, out=place, scaled=scaled, force=True)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.parquet"))


def _nearest(condensed: Floats) -> NDArray[np.int64]:
    square = squareform(condensed)
    np.fill_diagonal(square, np.inf)
    return np.asarray(square.argmin(axis=1))


def _drawn(counts: PromptCounts, whole: Floats, scaled: int, n_draws: int, *, is_weighted: bool) -> Drawn:
    """Distances of disjoint shares of all n-grams, of one in ``scaled`` each."""
    share = np.random.default_rng(scaled).integers(0, scaled, len(counts.features))
    weight = scaled if is_weighted else 1
    found = np.array(
        [
            _condensed(counts, np.where(_are_single(counts), 1, (share == draw) * weight))
            for draw in range(min(scaled, n_draws))
        ]
    )
    return Drawn(scaled, Errors.of(found, whole), Errors.of(found.mean(axis=0), whole))


def _are_single(counts: PromptCounts) -> NDArray[np.bool_]:
    """Which features are single words and marks."""
    return np.array([order == 1 for _, order in STYLE_TABLES])[counts.tables]


def _condensed(counts: PromptCounts, times: NDArray[np.int64]) -> Floats:
    """Distances in which each feature counts as if it were there so many times, i64[features]."""
    ends = np.cumsum(times)
    joined = JoinedCounts()
    for own in counts.counts:
        joined.add(_repeated(own, times, ends))
    unit_groups, unit_n, of_labels = joined.joined()
    features = np.repeat(np.arange(len(times)), times)
    some = replace(
        counts,
        features=counts.features[features],
        tables=counts.tables[features],
        unit_groups=unit_groups,
        unit_n=unit_n,
        counts=of_labels,
    )
    return compare_counts(some, replicates=0).condensed


def _repeated(own: LabelCounts, times: NDArray[np.int64], ends: NDArray[np.int64]) -> LabelCounts:
    """A label's counts with each of its rows so many times, one behind the other."""
    of_rows = times[own.columns]
    rows = np.repeat(np.arange(len(of_rows)), of_rows)
    copy = np.arange(len(rows)) - np.repeat(np.cumsum(of_rows) - of_rows, of_rows)
    columns = (ends[own.columns] - of_rows)[rows] + copy
    n_units = own.n_units[rows].astype(np.int64)
    first = (own.ends - own.n_units)[rows] - (np.cumsum(n_units) - n_units)
    units = np.repeat(first, n_units) + np.arange(n_units.sum())
    return LabelCounts(
        columns.astype(np.int32), own.n_units[rows], own.groups[units], own.n[units], own.n_words, own.first
    )


POINTS = (
    *("corpus", "S", "profiles", "times smaller", "count", "compare"),
    *("error", "largest", "mean", "nearest kept", "Jaccard", "error"),
)
SHARES = ("corpus", "S", "error", "of the mean", "nearest kept", "weighted: error", "of the mean", "nearest kept")


def to_markdown(results: Mapping[str, Any]) -> str:
    """What was measured of profiles, and of shares drawn at random; times are shares of those of whole profiles."""
    machine, corpora = results["environment"], results["corpora"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items() if version)
    points = markdown_table(POINTS, [row for values in corpora for row in _rows(values)])
    shares = markdown_table(SHARES, [row for values in corpora for row in _rows_of_shares(values)])
    return f"\n{machine['cpu']}, {machine['cores']} cores; {versions}.\n\n{points}\n{shares}\n"


def _rows(values: Mapping[str, Any]) -> Iterator[list[str]]:
    whole = values["points"][0]
    for point in values["points"]:
        yield [
            values["name"],
            f"{point['scaled']}",
            f"{point['n_bytes'] / 1e6:.1f} MB",
            f"{whole['n_bytes'] / point['n_bytes']:.1f}",
            f"{point['count_s'] / whole['count_s']:.2f}",
            f"{point['compare_s'] / whole['compare_s']:.2f}",
            f"{point['errors']['mean']:.4f}",
            f"{point['errors']['largest']:.4f}",
            f"{point['errors']['bias']:+.4f}",
            f"{point['errors']['same_nearest']:.1%}",
            f"{point['jaccard']:.4f}",
            f"{point['jaccard_error']:.4f}",
        ]


def _rows_of_shares(values: Mapping[str, Any]) -> Iterator[list[str]]:
    for drawn, weighted in zip(values["drawn"], values["weighted"], strict=True):
        cells = [cell for one in (drawn, weighted) for cell in _shown(one["errors"], one["of_mean"])]
        yield [values["name"], f"{drawn['scaled']}", *cells]
    yield [values["name"], "no n-grams", *_shown(values["of_words"], values["of_words"]), "", "", ""]


def _shown(errors: Mapping[str, float], of_mean: Mapping[str, float]) -> list[str]:
    return [f"{errors['mean']:.4f}", f"{of_mean['mean']:.4f}", f"{errors['same_nearest']:.1%}"]


@click.command()
@click.argument("corpora", type=click.Path(path_type=Path, exists=True))
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write all results there.")
@click.option("--readme", is_flag=True, help="Renew scaled.json and the tables in README.md.")
def main(corpora: Path, json_path: Path | None, *, readme: bool) -> None:
    """Measure scaled profiles of slop-score/ and instructions/ in CORPORA beside whole ones."""
    measured = [asdict(measure(corpora / name)) for name in CORPORA]
    results = {"format": 1, "environment": environment(), "corpora": measured}
    if json_path:
        write_json(json_path, results)
    if readme:
        write_json(HERE / "scaled.json", results)
        renew_readme("scaled", to_markdown(results))
    click.echo(to_markdown(results))


if __name__ == "__main__":
    main()
