"""Scaled profiles beside whole ones: size, time, and how far distances and neighbours are from those of all n-grams.

``python -m benchmarks.scaled CORPORA`` measures on real corpora, prints the table and, with ``--readme``, renews
``scaled.json`` and the table in README.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import squareform

import fastslop as fs
from benchmarks.reporting import HERE, environment, markdown_table, renew_readme, write_json
from benchmarks.subsets import with_rows
from fastslop.comparing.compare import compare_counts
from fastslop.comparing.fingerprint import STYLE_TABLES
from fastslop.comparing.prompt_counts import JoinedCounts, PromptCounts, read_prompt_counts

CORPORA = ("slop-score", "instructions")
SCALES = (1, 2, 5, 10, 50)
ROUNDS = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Point:
    """Profiles of one n-gram in ``scaled``: bytes of their files, seconds of counting and of comparing (medians), and
    their distances beside those of whole profiles: the mean and the largest of the errors' absolute values, the mean
    error, and the share of labels whose nearest is the same."""

    scaled: int
    n_bytes: int
    count_s: float
    compare_s: float
    mean_error: float
    largest_error: float
    bias: float
    same_nearest: float


@dataclass(frozen=True)
class Measured:
    """The points of a corpus, and the errors of distances by words and marks alone, as of `Point`."""

    name: str
    n_labels: int
    n_bytes: int
    points: tuple[Point, ...]
    of_words: tuple[float, float, float, float]


def measure(corpus: Path, scales: Sequence[int] = SCALES, rounds: int = ROUNDS) -> Measured:
    """Count a corpus at all scales, in turns, and compare the profiles of each."""
    with TemporaryDirectory() as folder:
        places = {scaled: Path(folder) / str(scaled) for scaled in scales}
        fs.compare(fs.count(corpus, scaled=max(scales)), replicates=0)  # kernels are loaded
        count_s = _in_turns({scaled: lambda s=scaled: _count(corpus, places[s], s) for scaled in scales}, rounds)
        sets = {scaled: fs.open_profiles(place) for scaled, place in places.items()}
        found: dict[int, Floats] = {}

        def compare(scaled: int) -> None:
            found[scaled] = fs.compare(sets[scaled], replicates=0).condensed

        compare_s = _in_turns({scaled: lambda s=scaled: compare(s) for scaled in scales}, rounds)
        whole = found[1]
        points = [
            Point(scaled, _size(places[scaled]), count_s[scaled], compare_s[scaled], *errors(found[scaled], whole))
            for scaled in scales
        ]
        of_words = words_alone(read_prompt_counts(sets[1].members))
        n_bytes = int(sets[1].totals["n_bytes"].sum())
        beside = errors(compare_counts(of_words, replicates=0).condensed, whole)
        return Measured(corpus.name, len(sets[1]), n_bytes, tuple(points), beside)


def _in_turns(jobs: Mapping[int, Any], rounds: int) -> dict[int, float]:
    """The median of the seconds of each job over rounds in which each is done once."""
    seconds: dict[int, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            start = perf_counter()
            job()
            seconds[name].append(perf_counter() - start)
    return {name: round(median(of_job), 3) for name, of_job in seconds.items()}


def _count(corpus: Path, place: Path, scaled: int) -> None:
    fs.count(corpus, out=place, scaled=scaled, force=True)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.parquet"))


def errors(condensed: Floats, whole: Floats) -> tuple[float, float, float, float]:
    """Errors of distances as of `Point`, in the order of its last fields."""
    off = condensed - whole
    same = float(np.mean(_nearest(condensed) == _nearest(whole)))
    return tuple(round(float(value), 5) for value in (np.abs(off).mean(), np.abs(off).max(), off.mean(), same))


def _nearest(condensed: Floats) -> NDArray[np.int64]:
    square = squareform(condensed)
    np.fill_diagonal(square, np.inf)
    return np.asarray(square.argmin(axis=1))


def words_alone(counts: PromptCounts) -> PromptCounts:
    """The counts without all features of two tokens: what scaled profiles would come to if they kept no n-gram."""
    is_single = np.array([order == 1 for _, order in STYLE_TABLES])[counts.tables]
    joined = JoinedCounts()
    for own in counts.counts:
        joined.add(with_rows(own, is_single[own.columns]))
    unit_groups, unit_n, of_labels = joined.joined()
    return replace(counts, unit_groups=unit_groups, unit_n=unit_n, counts=of_labels)


HEADER = (
    "corpus",
    "scaled",
    "profiles",
    "times smaller",
    "count",
    "compare",
    "error",
    "largest",
    "mean",
    "nearest kept",
)


def to_markdown(results: Mapping[str, Any]) -> str:
    """The points of all corpora as one table; times are shares of those of whole profiles."""
    rows = [row for values in results["corpora"] for row in _rows(values)]
    machine = results["environment"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items() if version)
    return f"\n{machine['cpu']}, {machine['cores']} cores; {versions}.\n\n{markdown_table(HEADER, rows)}\n"


def _rows(values: Mapping[str, Any]) -> Iterator[list[str]]:
    points = [Point(**point) for point in values["points"]]
    whole = points[0]
    for point in points:
        yield [
            values["name"],
            f"{point.scaled}",
            f"{point.n_bytes / 1e6:.1f} MB",
            f"{whole.n_bytes / point.n_bytes:.1f}",
            f"{point.count_s / whole.count_s:.2f}",
            f"{point.compare_s / whole.compare_s:.2f}",
            *_shown(point.mean_error, point.largest_error, point.bias, point.same_nearest),
        ]
    yield [values["name"], "no n-grams", "", "", "", "", *_shown(*values["of_words"])]


def _shown(mean: float, largest: float, bias: float, same: float) -> list[str]:
    return [f"{mean:.4f}", f"{largest:.4f}", f"{bias:+.4f}", f"{same:.1%}"]


@click.command()
@click.argument("corpora", type=click.Path(path_type=Path, exists=True))
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write all results there.")
@click.option("--readme", is_flag=True, help="Renew scaled.json and the table in README.md.")
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
