"""How fast fastslop counts, beside other programs that count the same: ``python -m benchmarks.speed --size 64MB``.

Every run is a fresh process. Runs of different programs alternate, round by round, because machines are not equally
fast all the time; ratios are taken within a round. No time is shown before all programs agree on what they counted.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.fresh import Done, run_fresh, run_python
from benchmarks.reporting import HERE, Size, environment, markdown_table, n_cores, renew_readme, size, write_json

NAMES = {
    "fastslop": "fastslop",
    "polars": "Polars",
    "c": "C (`count_words.c`)",
    "scikit-learn": "scikit-learn",
    "python": "Python's Counter",
    "fastslop-default": "fastslop, text in memory",
    "corpus.jsonl": "`fastslop count` of JSONL",
    "corpus.jsonl.gz": "`fastslop count` of JSONL, gzipped",
    "corpus.parquet": "`fastslop count` of Parquet",
}
TASKS = {
    "ngrams": "Words, bigrams and trigrams",
    "words": "Words alone",
    "default": "All of fastslop's tables: words, n-grams, content n-grams, marks; sentences end n-grams",
}
ORDERS = {"ngrams": "1,2,3", "words": "1", "default": "1,2,3"}
QUICK = (2_000_000,)
SLOW = ("scikit-learn", "python")
SLOP_FORENSICS = (
    "slop-forensics, which makes such lists with NLTK, is not among the programs run here; on another machine it was "
    "measured at 0.37 MB/s."
)


class Disagreement(AssertionError):
    """Two programs counted the same text differently."""


@dataclass(frozen=True)
class Job:
    """A program that does a task on a text of a size with a number of threads."""

    program: str
    task: str
    wanted_bytes: int
    workers: int


@dataclass
class Sample:
    """One run of a job."""

    elapsed_s: float
    peak_rss_mb: float
    n_ngrams: int | None
    findings: Any


@dataclass
class Bench:
    """The jobs' surroundings: where inputs lie, how programs are called, and what came out."""

    folder: Path
    n_bytes: Mapping[int, int]
    compiled_c: Path | None
    samples: dict[Job, list[Sample]] = field(default_factory=dict)

    def run(self, job: Job) -> None:
        """Run a job once more."""
        inputs = self.folder / str(job.wanted_bytes)
        if job.program.startswith("corpus."):
            sample = self._count(inputs / job.program, job.workers)
        elif job.program == "c":
            done = run_fresh([str(self.compiled_c), str(inputs / "common" / "text.bin")])
            sample = _sample(done)
        else:
            text = inputs / ("original" if job.task == "default" else "common")
            command = ["-m", "benchmarks.rivals", job.program, str(text), ORDERS[job.task], str(job.workers)]
            environ = {"POLARS_MAX_THREADS": str(job.workers)} if job.program == "polars" else {}
            sample = _sample(run_python(command, environ))
        self.samples.setdefault(job, []).append(sample)

    def _count(self, path: Path, workers: int) -> Sample:
        done = count_file(path, self.folder / "profiles", workers)
        n_tokens = sum(profile["n_tokens"] for profile in json.loads(done.output)["profiles"])
        return Sample(done.elapsed_s, done.peak_rss_mb, None, {"n_tokens": n_tokens})


def _sample(done: Done) -> Sample:
    values = json.loads(done.output)
    return Sample(values["elapsed_s"], done.peak_rss_mb, values["n_ngrams"], values["findings"])


def count_file(path: Path, out: Path, workers: int, environ: Mapping[str, str] | None = None) -> Done:
    """``fastslop count`` from the process's start to its end."""
    command = ["-m", "fastslop", "count", str(path), "-o", str(out), "--workers", str(workers), "--force", "--json"]
    return run_python(command, environ)


def compile_c(folder: Path) -> Path | None:
    """The C program, or None where there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    program = folder / "count_words"
    run_fresh([compiler, "-O3", "-o", str(program), str(HERE / "count_words.c")])
    return program


# What is run


def plan(sizes: Sequence[int], programs: Sequence[str]) -> list[Job]:
    """All jobs of a round, those to be compared next to each other.

    The curve over sizes is run on all cores, that over cores on the middle size; slow programs get the smallest size.
    """
    cores = n_cores()
    small, middle = sizes[0], sizes[len(sizes) // 2]
    jobs = []
    for n_bytes in sizes:
        jobs += [Job(name, task, n_bytes, cores) for task in ("ngrams", "words") for name in ("fastslop", "polars")]
        jobs += [Job(name, "default", n_bytes, cores) for name in ("fastslop-default", "corpus.jsonl")]
    for workers in _powers_below(cores):
        jobs += [Job(name, task, middle, workers) for task in ("ngrams", "words") for name in ("fastslop", "polars")]
        jobs += [Job(name, "default", middle, workers) for name in ("fastslop-default", "corpus.jsonl")]
    jobs += [Job(name, "default", middle, cores) for name in ("corpus.jsonl.gz", "corpus.parquet")]
    jobs += [Job("c", "words", n_bytes, 1) for n_bytes in sizes]
    jobs += [Job(name, "ngrams", small, 1) for name in SLOW]
    order = {task: i for i, task in enumerate(TASKS)}
    return sorted((job for job in jobs if job.program in programs), key=lambda j: (order[j.task], j.wanted_bytes))


def _powers_below(cores: int) -> Iterator[int]:
    workers = 1
    while workers < cores:
        yield workers
        workers *= 2


def check(samples: Mapping[Job, Sequence[Sample]]) -> None:
    """Raise Disagreement unless all runs of a task on a text found the same."""
    first: dict[tuple[str, int], tuple[Job, Any]] = {}
    for job, runs in samples.items():
        for run in runs:
            other, findings = first.setdefault((job.task, job.wanted_bytes), (job, run.findings))
            if run.findings != findings:
                raise Disagreement(
                    f"{job.program} and {other.program} counted {size(job.wanted_bytes)} differently ({job.task}):\n"
                    f"{run.findings}\n{findings}"
                )


def time_starts(path: Path, folder: Path, *, cold: bool) -> dict[str, float | None]:
    """Seconds of ``fastslop count`` of almost nothing: without compiled kernels in the cache, and with them."""
    cache = {"NUMBA_CACHE_DIR": str(folder / "numba")} if cold else {}
    seconds = [count_file(path, folder / "started", 1, cache).elapsed_s for _ in range(4 if cold else 2)]
    return {"cold_s": seconds[0] if cold else None, "warm_s": median(seconds[1:])}


# Results


def summarise(bench: Bench) -> list[dict[str, Any]]:
    """A record for each job: all times, the median speed, the highest peak of memory, the speed beside Polars'."""
    records = []
    for job, runs in bench.samples.items():
        n_bytes = bench.n_bytes[job.wanted_bytes]
        elapsed = median(run.elapsed_s for run in runs)
        n_ngrams = runs[0].n_ngrams or _n_ngrams_of(bench, job)
        records.append(
            {
                "program": job.program,
                "task": job.task,
                "n_bytes": n_bytes,
                "workers": job.workers,
                "elapsed_s": [round(run.elapsed_s, 4) for run in runs],
                "mb_per_s": round(n_bytes / 1e6 / elapsed, 3),
                "n_ngrams": n_ngrams,
                "ngrams_per_s": round(n_ngrams / elapsed),
                "peak_rss_mb": round(max(run.peak_rss_mb for run in runs), 1),
                "times_polars": _times_polars(bench, job),
            }
        )
    return records


def _n_ngrams_of(bench: Bench, job: Job) -> int:
    """The n-grams of a file: those of the same text in memory."""
    same = (
        runs[0].n_ngrams
        for other, runs in bench.samples.items()
        if (other.task, other.wanted_bytes) == (job.task, job.wanted_bytes) and runs[0].n_ngrams
    )
    return next(same)


def _times_polars(bench: Bench, job: Job) -> float | None:
    """How many times as fast as Polars with as many threads, else with all; the median over rounds."""
    for workers in (job.workers, n_cores()):
        polars = bench.samples.get(Job("polars", job.task, job.wanted_bytes, workers))
        if polars:
            pairs = zip(polars, bench.samples[job], strict=True)
            return round(median(theirs.elapsed_s / ours.elapsed_s for theirs, ours in pairs), 3)
    return None


def to_markdown(results: Mapping[str, Any]) -> str:
    """The tables of README.md."""
    machine, parameters, start = results["environment"], results["parameters"], results["start"]
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items() if v)
    text = parameters["corpus"] or f"made text (`generations`, seed {parameters['seed']})"
    parts = [
        f"{machine['cpu']}, {machine['cores']} cores; {versions}; commit {machine['commit']}. {text}; medians of "
        f"{parameters['rounds']} rounds; MB are 10^6 bytes; memory is the whole process's peak.\n"
    ]
    for task, title in TASKS.items():
        rows = [_row(run) for run in results["runs"] if run["task"] == task]
        header = ("program", "text", "threads", "MB/s", "million n-grams/s", "times Polars", "peak MB")
        parts.append(f"**{title}**\n\n{markdown_table(header, rows)}")
    cold = f"{start['cold_s']:.1f} s when the kernels have to be compiled, " if start["cold_s"] else ""
    parts.append(
        f"`fastslop count` of one document takes {cold}{start['warm_s']:.2f} s from then on. {SLOP_FORENSICS}\n"
    )
    parts += [f"{note}\n" for note in results["notes"]]
    return "\n" + "\n".join(parts) + "\n"


def _row(run: Mapping[str, Any]) -> list[str]:
    times = run["times_polars"]
    return [
        NAMES[run["program"]],
        size(run["n_bytes"]),
        str(run["workers"]),
        f"{run['mb_per_s']:.3g}",
        f"{run['ngrams_per_s'] / 1e6:.3g}",
        "" if times is None else f"{times:.2g}",
        f"{run['peak_rss_mb']:,.0f}",
    ]


def measure(
    sizes: Sequence[int], rounds: int, *, corpus: Path | None, seed: int, cold: bool, say: Callable[[str], None]
) -> dict[str, Any]:
    """Make the inputs, run all programs in rounds, check that they agree, and give the results.

    Raises
    ------
    Disagreement : two programs counted differently
    """
    with tempfile.TemporaryDirectory(prefix="fastslop-bench-") as name:
        folder = Path(name)
        say("writing inputs")
        made = run_python(["-m", "benchmarks.inputs", name, str(seed), str(corpus or ""), *map(str, (1, *sizes))])
        true_bytes = {int(wanted): n for wanted, n in json.loads(made.output).items()}
        bench = Bench(folder, true_bytes, compile_c(folder))
        programs, notes = available(bench)
        one_document = folder / "1" / "corpus.jsonl"
        count_file(one_document, folder / "started", 1)  # compiles what is not compiled yet
        for i in range(rounds):
            for job in plan(sizes, programs):
                say(f"round {i + 1} of {rounds}: {NAMES[job.program]}, {size(job.wanted_bytes)}, {job.workers} threads")
                bench.run(job)
                check(bench.samples)
        say("starting")
        start = time_starts(one_document, folder, cold=cold)
    parameters = {"sizes": [*sizes], "rounds": rounds, "seed": seed, "corpus": corpus.name if corpus else None}
    return {
        "format": 1,
        "environment": environment(),
        "parameters": parameters,
        "runs": summarise(bench),
        "start": start,
        "notes": notes,
    }


def available(bench: Bench) -> tuple[list[str], list[str]]:
    """The programs that can run here, and a note for each one that cannot."""
    missing = {}
    if bench.compiled_c is None:
        missing["c"] = "C was left out: there is no C compiler."
    if importlib.util.find_spec("sklearn") is None:
        missing["scikit-learn"] = "scikit-learn was left out: it is not installed."
    return [name for name in NAMES if name not in missing], list(missing.values())


@click.command()
@click.option(
    "--size", "n_bytes", type=Size(), default="64MB", show_default=True, help="Largest text; 1/4 and 1/16 are run too."
)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option(
    "--corpus", type=click.Path(path_type=Path, exists=True), help="Real text: a file or folder fastslop can read."
)
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the results there.")
@click.option("--readme", is_flag=True, help="Renew speed.json and the tables of README.md.")
@click.option("--quick", is_flag=True, help="2 MB, one round, no cold start: in less than a minute.")
def main(
    n_bytes: int, rounds: int, corpus: Path | None, seed: int, json_path: Path | None, readme: bool, quick: bool
) -> None:
    """Time fastslop and its rivals on the same text, and print tables."""
    results = measure(
        QUICK if quick else (n_bytes // 16, n_bytes // 4, n_bytes),
        1 if quick else rounds,
        corpus=corpus.resolve() if corpus else None,
        seed=seed,
        cold=not quick,
        say=lambda text: click.echo(text, err=True),
    )
    if json_path:
        write_json(json_path, results)
    if readme:
        write_json(HERE / "speed.json", results)
        renew_readme("speed", to_markdown(results))
    click.echo(to_markdown(results))


if __name__ == "__main__":
    main()
