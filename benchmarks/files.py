"""How fast ``fastslop count`` is on files of a gigabyte: ``python -m benchmarks.files --size 1GB``.

Timed as a user would: from the start of the process to the profiles on disk. Beside it Polars and slop-forensics' way
of counting (``file_rivals``), which are given the text as strings. Every run is a fresh process, and all take turns in
each round. No time is shown before Polars and fastslop agree on how many different n-grams each model has.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.fresh import run_python
from benchmarks.reporting import HERE, Size, environment, markdown_table, n_cores, renew_readme, size, write_json
from benchmarks.speed import Disagreement

ORDERS = (1, 2, 3)
N_MODELS = 4
SLOW_BYTES = 1_000_000
"""Text of all models for what counts a quarter of a megabyte a second."""
LETTERS = {"tokeniser": "letters/1", "content_orders": [], "mark_orders": [], "stopwords": [], "guards": "count-only/1"}
"""The specification that finds just what Polars does: words are runs of letters, and only texts end n-grams."""
SPECS = {
    "letters": "letters only: what Polars counts",
    "words": "words, bigrams, trigrams",
    "default": "everything",
}


@dataclass(frozen=True)
class Job:
    """A program on a file, with fastslop's specification, threads and bound of memory ("" none)."""

    program: str
    suffix: str = ".jsonl"
    spec: str = ""
    workers: int = 0
    memory: str = ""


@dataclass(frozen=True)
class Sample:
    """One run: what it took, of how much text, and the different n-grams of each model, if they were looked at."""

    elapsed_s: float
    n_bytes: int
    peak_rss_mb: float
    n_distinct: Mapping[str, Mapping[str, int]]


def plan(memory: str) -> Iterator[Job]:
    """All jobs of a round."""
    cores = n_cores()
    yield Job("slop-forensics")
    yield Job("polars")
    yield Job("polars-in-memory")
    yield Job("fastslop", spec="letters", workers=cores)
    for spec in ("words", "default"):
        yield Job("fastslop", spec=spec, workers=cores)
        yield Job("fastslop", spec=spec, workers=1)
        yield Job("fastslop", ".parquet", spec, cores)
    yield Job("fastslop", spec="default", workers=cores, memory=memory)


def run(job: Job, folder: Path, n_bytes: int) -> Sample:
    """Run a job on the files in a folder."""
    path = folder / f"text{job.suffix}"
    if job.program != "fastslop":
        most = SLOW_BYTES // N_MODELS if job.program == "slop-forensics" else n_bytes
        done = run_python(["-m", "benchmarks.file_rivals", job.program, str(path), str(most)])
        values = json.loads(done.output)
        return Sample(values["elapsed_s"], values["n_bytes"], done.peak_rss_mb, values["n_distinct"])
    spec = str(folder / "letters.json") if job.spec == "letters" else job.spec
    command = ["-m", "fastslop", "count", str(path), "-o", str(folder / "profiles"), "--force", "--json"]
    bound = ["--memory", job.memory] if job.memory else []
    done = run_python([*command, "--spec", spec, "--workers", str(job.workers), *bound])
    counted = json.loads(done.output)["profiles"]
    found = {p["label"]: _n_distinct(p["path"]) for p in counted} if job.spec == "letters" else {}
    return Sample(done.elapsed_s, sum(p["n_bytes"] for p in counted), done.peak_rss_mb, found)


def _n_distinct(path: str) -> dict[str, int]:
    """How many different n-grams of each order a profile has."""
    shown = json.loads(run_python(["-m", "fastslop", "inspect", path, "--json"]).output)
    return {str(table["order"]): table["n_rows"] for table in shown["tables"]}


def check(samples: Mapping[Job, Sequence[Sample]]) -> None:
    """Raise Disagreement unless Polars and fastslop found as many different n-grams of each model and order."""
    compared = [run.n_distinct for job, runs in samples.items() for run in runs if _counts_letters(job)]
    for other in compared:
        if other != compared[0]:
            raise Disagreement(f"fastslop and Polars counted differently:\n{compared[0]}\n{other}")


def _counts_letters(job: Job) -> bool:
    return job.program.startswith("polars") or job.spec == "letters"


def measure(n_bytes: int, rounds: int, *, seed: int, memory: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Write the files, run all jobs in rounds, and give the results.

    Raises
    ------
    Disagreement : two programs counted differently
    """
    samples: dict[Job, list[Sample]] = {}
    with tempfile.TemporaryDirectory(prefix="fastslop-bench-") as name:
        folder = Path(name)
        (folder / "letters.json").write_text(json.dumps(LETTERS | {"orders": [*ORDERS]}), encoding="utf-8")
        for suffix in (".jsonl", ".parquet"):
            say(f"writing {size(n_bytes)} as {suffix}")
            run_python(["-m", "benchmarks.corpus", str(folder / f"text{suffix}"), str(n_bytes), str(seed)])
        _compile_kernels(folder, seed)
        for i in range(rounds):
            for job in plan(memory):
                say(f"round {i + 1} of {rounds}: {' '.join(str(value) for value in asdict(job).values() if value)}")
                samples.setdefault(job, []).append(run(job, folder, n_bytes))
        check(samples)
    return {
        "format": 1,
        "environment": environment(),
        "parameters": {"size": n_bytes, "rounds": rounds, "seed": seed, "memory": memory},
        "runs": [_record(job, runs, samples) for job, runs in samples.items()],
    }


def _compile_kernels(folder: Path, seed: int) -> None:
    """Count one document, so that no time is that of compiling."""
    run_python(["-m", "benchmarks.corpus", str(folder / "one.jsonl"), "1", str(seed)])
    run_python(["-m", "fastslop", "count", str(folder / "one.jsonl"), "-o", str(folder / "one")])


def _record(job: Job, runs: Sequence[Sample], samples: Mapping[Job, Sequence[Sample]]) -> dict[str, Any]:
    """A job's times, speed and peak of memory, and how many times as fast as the others it is, round by round."""

    def times(other: Job) -> float:
        pairs = zip(runs, samples[other], strict=True)
        return round(median(ours.n_bytes / ours.elapsed_s * b.elapsed_s / b.n_bytes for ours, b in pairs), 3)

    elapsed = median(run.elapsed_s for run in runs)
    return {
        **asdict(job),
        "elapsed_s": [round(run.elapsed_s, 3) for run in runs],
        "n_bytes": runs[0].n_bytes,
        "mb_per_s": round(runs[0].n_bytes / 1e6 / elapsed, 3),
        "peak_rss_mb": round(max(run.peak_rss_mb for run in runs), 1),
        "times_polars": times(Job("polars")),
        "times_polars_in_memory": times(Job("polars-in-memory")),
        "times_slop_forensics": times(Job("slop-forensics")),
    }


def to_markdown(results: Mapping[str, Any]) -> str:
    """The table of README.md."""
    machine, parameters = results["environment"], results["parameters"]
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items() if v)
    header = ("program", "file", "threads", "s", "MB/s", "times Polars", "in memory", "times slop-forensics", "peak MB")
    rows = [_row(run, machine["cores"]) for run in results["runs"]]
    rounds = parameters["rounds"]
    intro = (
        f"{machine['cpu']}, {machine['cores']} cores; {versions}; commit {machine['commit']}. "
        f"{size(parameters['size'])} of made text (`generations`, seed {parameters['seed']}), {N_MODELS} models; "
        f"{f'medians of {rounds} rounds' if rounds > 1 else 'one round'}."
    )
    return f"\n{intro}\n\n{markdown_table(header, rows, left=2)}\n"


def _row(run: Mapping[str, Any], cores: int) -> list[str]:
    if run["program"] == "fastslop":
        bound = f", within {run['memory']}" if run["memory"] else ""
        name = f"`fastslop count`: {SPECS[run['spec']]}{bound}"
    else:
        name = {
            "polars": "Polars, streaming engine",
            "polars-in-memory": "Polars, in-memory engine",
            "slop-forensics": f"slop-forensics, {size(run['n_bytes'])}",
        }[run["program"]]
    return [
        name,
        {".jsonl": "JSONL", ".parquet": "Parquet"}[run["suffix"]] if run["program"] == "fastslop" else "strings",
        str(run["workers"] or (1 if run["program"] == "slop-forensics" else cores)),
        f"{median(run['elapsed_s']):.1f}",
        f"{run['mb_per_s']:.3g}",
        f"{run['times_polars']:.2g}",
        f"{run['times_polars_in_memory']:.2g}",
        f"{run['times_slop_forensics']:.3g}",
        f"{run['peak_rss_mb']:,.0f}",
    ]


@click.command()
@click.option("--size", "n_bytes", type=Size(), default="1GB", show_default=True, help="Text in each file.")
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--memory", default="2GB", show_default=True, help="The bound of the last run.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the results there.")
@click.option("--readme", is_flag=True, help="Renew files.json and the table of README.md.")
def main(n_bytes: int, rounds: int, seed: int, memory: str, json_path: Path | None, readme: bool) -> None:
    """Time `fastslop count` on large files beside Polars and slop-forensics, and print a table."""
    results = measure(n_bytes, rounds, seed=seed, memory=memory, say=lambda text: click.echo(text, err=True))
    if json_path:
        write_json(json_path, results)
    if readme:
        write_json(HERE / "files.json", results)
        renew_readme("files", to_markdown(results))
    click.echo(to_markdown(results))


if __name__ == "__main__":
    main()
