"""The whole job beside counting: ``fastslop.run`` and ``fastslop.count`` of the same texts, in turns, step by step.

``python -m benchmarks.job CORPORA`` measures on the real corpora ``slop-score`` and ``instructions`` in a folder and on
made text; ``--quick`` on little made text. What a user waits for is the ratio of the two, each from the start of its
process to its end; the ratio does not depend on the machine as times do.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.fresh import Done, run_python
from benchmarks.reporting import HERE, environment, markdown_table, renew_readme, size, write_json

SEED = 1
LISTED = 0.02
"""Share of a job's time from which on a step is listed by itself."""


@dataclass(frozen=True)
class Case:
    """Texts that are counted and run: files of the corpora by a pattern, or made ones of ``n_bytes`` and so on."""

    name: str
    pattern: str = ""
    n_bytes: int = 0
    n_models: int = 0
    document_bytes: int = 0

    def source(self, corpora: Path | None, folder: Path) -> str:
        """The files of the case; made text is written into a folder."""
        if self.pattern:
            return f"{corpora}/{self.pattern}"
        path = folder / f"{self.name.replace(' ', '-')}.jsonl"
        numbers = map(str, (self.n_bytes, self.n_models, self.document_bytes, SEED))
        run_python(["-m", "benchmarks.job_inputs", str(path), *numbers])
        return str(path)


QUICK = (Case("quick", n_bytes=6_000_000, n_models=6, document_bytes=5_000),)
CASES = (
    *QUICK,
    Case("stories, real", pattern="slop-score"),
    Case("short answers, real", pattern="instructions/*.jsonl.gz"),
    Case("short answers, made", n_bytes=283_000_000, n_models=227, document_bytes=1_500),
    Case("long texts, made", n_bytes=300_000_000, n_models=8, document_bytes=5_000),
)


def measure(
    cases: Sequence[Case], corpora: Path | None, rounds: int, say: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Count and run each case in turns, and give the results."""
    measured = []
    with tempfile.TemporaryDirectory(prefix="fastslop-bench-") as name:
        folder = Path(name)
        for case in cases:
            say(f"{case.name}: making the texts")
            source = case.source(corpora, folder)
            jobs: dict[str, list[Done]] = {"count": [], "run": []}
            for i in range(-1, rounds):  # once in advance: kernels are compiled and files are in memory
                for job, of_job in jobs.items():
                    say(f"{case.name}: {job}, round {i + 1} of {rounds}")
                    done = run_python(
                        ["-m", "benchmarks.job_steps", job, source, str(folder / f"{case.name} {job} {i}")]
                    )
                    if i >= 0:
                        of_job.append(done)
            measured.append(_record(case, jobs))
    return {
        "format": 1,
        "environment": environment(),
        "parameters": {"rounds": rounds, "seed": SEED},
        "cases": measured,
    }


def _record(case: Case, jobs: Mapping[str, Sequence[Done]]) -> dict[str, Any]:
    """What was measured of a case; the steps are those of the run of middle length."""
    pairs = zip(jobs["run"], jobs["count"], strict=True)
    middle = sorted(jobs["run"], key=lambda done: done.elapsed_s)[len(jobs["run"]) // 2]
    return {
        "name": case.name,
        **json.loads(middle.output),
        "count_s": [round(done.elapsed_s, 3) for done in jobs["count"]],
        "run_s": [round(done.elapsed_s, 3) for done in jobs["run"]],
        "ratio": round(median(run.elapsed_s / count.elapsed_s for run, count in pairs), 3),
        "count_peak_mb": round(max(done.peak_rss_mb for done in jobs["count"]), 1),
        "run_peak_mb": round(max(done.peak_rss_mb for done in jobs["run"]), 1),
    }


def to_markdown(results: Mapping[str, Any]) -> str:
    """The tables of README.md."""
    machine, rounds = results["environment"], results["parameters"]["rounds"]
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items() if v)
    intro = (
        f"{machine['cpu']}, {machine['cores']} cores; {versions}; commit {machine['commit']}. Medians of {rounds} "
        f"{'round' if rounds == 1 else 'rounds'} in turns."
    )
    header = (
        "texts",
        "models",
        "generations",
        "text",
        "count, s",
        "run, s",
        "times",
        "peak of count, MB",
        "of run, MB",
    )
    table = markdown_table(header, [_row(case) for case in results["cases"]])
    steps = [f"Steps of `run`, {case['name']}:\n\n{_steps(case)}" for case in results["cases"]]
    return "\n".join(["", intro, "", table, *steps])


def _row(case: Mapping[str, Any]) -> list[str]:
    return [
        case["name"],
        f"{case['n_labels']:,}",
        f"{case['n_docs']:,}",
        size(case["n_bytes"]),
        f"{median(case['count_s']):.1f}",
        f"{median(case['run_s']):.1f}",
        f"{case['ratio']:.1f}",
        f"{case['count_peak_mb']:,.0f}",
        f"{case['run_peak_mb']:,.0f}",
    ]


def _steps(case: Mapping[str, Any]) -> str:
    """The steps that take their share of a run, and the others together."""
    total = sum(step["wall_s"] for step in case["steps"])
    long = [step for step in case["steps"] if step["wall_s"] >= LISTED * total]
    rows = [[s["name"], f"{s['wall_s']:.2f}", f"{s['cpu_s']:.2f}", f"{s['peak_rss_mb']:,.0f}"] for s in long]
    others = [step for step in case["steps"] if step not in long]
    if others:
        wall, cpu = (sum(step[name] for step in others) for name in ("wall_s", "cpu_s"))
        rows.append(["others", f"{wall:.2f}", f"{cpu:.2f}", ""])
    return markdown_table(("step", "s", "s of all cores", "peak so far, MB"), rows)


@click.command()
@click.argument("corpora", type=click.Path(path_type=Path, exists=True), required=False)
@click.option("--quick", is_flag=True, help="Little made text only.")
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
