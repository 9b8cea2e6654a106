"""The whole job beside counting: ``fastslop.run`` and ``fastslop.count`` of the same texts, in turns, step by step.

``python -m benchmarks.job CORPORA`` measures on the real corpora ``slop-score`` and ``instructions`` in a folder and on
made text; ``--quick`` does every job on little made text. What a user waits for is the ratio of the two, each from the
start of its process to its end; the ratio does not depend on the machine as times do. ``fastslop.compare`` of many
profiles is measured in the same way, and Polars and slop-forensics (``job_rivals``) on a corpus each.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import isclose
from pathlib import Path
from typing import Any

import click

from benchmarks.fresh import Done, run_python
from benchmarks.job_tables import BESIDE_POLARS, to_markdown
from benchmarks.reporting import HERE, environment, renew_readme, write_json
from benchmarks.speed import Disagreement

SEED = 1
LETTERS = ("polars", "polars-at-once", "fastslop-letters")
"""Programs that count the same n-grams."""
RIVALS = (*BESIDE_POLARS, "slop-forensics")
"""Programs of ``job_rivals``; the other jobs are those of ``job_steps``."""
AGREEMENT = 1e-3
"""Share of n-grams by which programs may differ: a sign that follows an emoji is a word to Polars only."""


@dataclass(frozen=True)
class Case:
    """Texts and the jobs done on them: files of the corpora by a pattern, or made ones of ``n_bytes`` and so on."""

    name: str
    pattern: str = ""
    n_bytes: int = 0
    n_models: int = 0
    document_bytes: int = 0
    jobs: tuple[str, ...] = ("count", "run")

    @property
    def own_jobs(self) -> tuple[str, ...]:
        """Those that are not rivals', who load what they need before they take their time."""
        return tuple(job for job in self.jobs if job not in RIVALS)

    def source(self, corpora: Path | None, folder: Path) -> str:
        """The files of the case; made text is written into a folder."""
        if self.pattern:
            return f"{corpora}/{self.pattern}"
        path = folder / f"{self.name.replace(' ', '-')}.jsonl"
        numbers = map(str, (self.n_bytes, self.n_models, self.document_bytes, SEED))
        run_python(["-m", "benchmarks.job_inputs", str(path), *numbers])
        return str(path)


CASES = (
    Case("quick", n_bytes=6_000_000, n_models=6, document_bytes=5_000),
    Case("stories, real", "slop-score/*.jsonl.gz", jobs=("count", "run", "slop-forensics")),
    Case("short answers, real", "instructions/*.jsonl.gz", jobs=("count", "run", *BESIDE_POLARS)),
    Case("short answers, made", n_bytes=283_000_000, n_models=227, document_bytes=1_500),
    Case("long texts, made", n_bytes=300_000_000, n_models=8, document_bytes=5_000),
    Case("many models, made", n_bytes=110_000_000, n_models=1_000, document_bytes=1_500, jobs=("count", "compare")),
)
QUICK = (replace(CASES[0], jobs=("count", "run", "compare", *RIVALS)),)


def measure(
    cases: Sequence[Case], corpora: Path | None, rounds: int, say: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Do the jobs of each case in turns, and give the results.

    Raises
    ------
    Disagreement : two programs counted differently
    """
    measured = []
    with tempfile.TemporaryDirectory(prefix="fastslop-bench-") as name:
        for case in cases:
            say(f"{case.name}: making the texts")
            source = case.source(corpora, Path(name))
            done: dict[str, list[Done]] = {job: [] for job in case.jobs}
            for i in range(-1, rounds):  # once in advance: kernels are compiled and files are in memory
                for job in case.jobs if i >= 0 else case.own_jobs:
                    say(f"{case.name}: {job}, round {i + 1} of {rounds}")
                    run = do(job, source, Path(name) / f"{case.name} {i}")
                    if i >= 0:
                        done[job].append(run)
            measured.append(_record(case, done))
    return {
        "format": 2,
        "environment": environment(),
        "parameters": {"rounds": rounds, "seed": SEED},
        "cases": measured,
    }


def do(job: str, source: str, folder: Path) -> Done:
    """Do a job; what it writes goes into a folder, where ``compare`` finds what was counted.

    A rival tells its time itself, which leaves out its start; that of fastslop's jobs is that of their processes.
    """
    if job in RIVALS:
        done = run_python(["-m", "benchmarks.job_rivals", job, source])
        return replace(done, elapsed_s=json.loads(done.output)["elapsed_s"])
    read = str(folder / "count") if job == "compare" else source
    return run_python(["-m", "benchmarks.job_steps", job, read, str(folder / job)])


def _record(case: Case, done: Mapping[str, Sequence[Done]]) -> dict[str, Any]:
    """What was measured of a case; each job's steps are those of the run of middle length."""
    middle = {job: sorted(runs, key=lambda run: run.elapsed_s)[len(runs) // 2] for job, runs in done.items()}
    printed = {job: json.loads(run.output) for job, run in middle.items()}
    check({job: printed[job]["findings"] for job in LETTERS if job in printed})
    texts = {name: printed["count"][name] for name in ("n_labels", "n_docs", "n_bytes")}
    jobs = {
        job: {
            "elapsed_s": [round(run.elapsed_s, 3) for run in runs],
            "n_bytes": printed[job]["n_bytes"],
            "peak_rss_mb": round(max(run.peak_rss_mb for run in runs), 1),
            "steps": printed[job].get("steps", []),
        }
        for job, runs in done.items()
    }
    return {"name": case.name, **texts, "jobs": jobs}


def check(findings: Mapping[str, Mapping[str, Mapping[str, int]]]) -> None:
    """Raise Disagreement unless all programs found as many n-grams of each order, but for what ``AGREEMENT`` allows."""
    numbers = {job: [n for finding in orders.values() for n in finding.values()] for job, orders in findings.items()}
    for (job, ours), (other, others) in combinations(numbers.items(), 2):
        if not all(isclose(a, b, rel_tol=AGREEMENT) for a, b in zip(ours, others, strict=True)):
            raise Disagreement(f"{job} and {other} counted differently:\n{findings[job]}\n{findings[other]}")


@click.command()
@click.argument("corpora", type=click.Path(path_type=Path, exists=True), required=False)
@click.option("--quick", is_flag=True, help="Little made text only, with all jobs.")
@click.option("--rounds", default=3, show_default=True, help="How often each is measured.")
@click.option("--json", "path", type=click.Path(path_type=Path), help="Write all that was measured.")
@click.option("--readme", is_flag=True, help="Renew job.json and the tables in README.md.")
def main(corpora: Path | None, quick: bool, rounds: int, path: Path | None, readme: bool) -> None:
    """Measure the whole job beside counting, on the real corpora in CORPORA (left out if not given) and made text."""
    cases = QUICK if quick else [case for case in CASES if corpora is not None or not case.pattern]
    results = measure(cases, corpora, rounds, lambda text: click.echo(text, err=True))
    if path is not None:
        write_json(path, results)
    if readme:
        write_json(HERE / "job.json", results)
        renew_readme("job", to_markdown(results))
    click.echo(to_markdown(results))


if __name__ == "__main__":
    main()
