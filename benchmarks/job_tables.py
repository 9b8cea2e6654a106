"""The results of ``benchmarks.job`` as the tables of README.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.reporting import markdown_table, size

LISTED = 0.02
"""Share of a job's time from which on a step is listed by itself."""
BESIDE_POLARS = {
    "polars": "Polars, model by model",
    "polars-at-once": "Polars, all models at once",
    "fastslop-letters": "fastslop: letters only: what Polars counts",
    "fastslop-words": "fastslop: words, bigrams, trigrams",
    "fastslop-default": "fastslop: everything",
}
BESIDE_SLOP_FORENSICS = {"slop-forensics": "slop-forensics: profiles, tree", "run": "`fastslop run`: everything"}

Job = Mapping[str, Any]
Case = Mapping[str, Any]


def to_markdown(results: Mapping[str, Any]) -> str:
    """The tables that the results have rows for."""
    machine, rounds = results["environment"], results["parameters"]["rounds"]
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items() if v)
    intro = (
        f"{machine['cpu']}, {machine['cores']} cores; {versions}; commit {machine['commit']}. Medians of {rounds} "
        f"{'round' if rounds == 1 else 'rounds'} in turns.\n"
    )
    cases = results["cases"]
    tables = [
        *(beside_counting(cases, job) for job in ("run", "compare")),
        beside_polars(cases),
        beside_slop_forensics(cases),
        *(steps(case, job) for job in ("run", "compare") for case in cases if job in case["jobs"]),
    ]
    return "\n".join(["", intro, *filter(None, tables)])


def times(slow: Job, fast: Job) -> float:
    """How many times as long the one job takes as the other for as much text: the median over rounds."""
    pairs = zip(slow["elapsed_s"], fast["elapsed_s"], strict=True)
    return median(a / b for a, b in pairs) * fast["n_bytes"] / slow["n_bytes"]


def beside_counting(cases: Sequence[Case], job: str) -> str:
    """A job beside ``count``: a row for each case."""
    rows = [_row(case, case["jobs"]["count"], case["jobs"][job]) for case in cases if job in case["jobs"]]
    texts, peaks = ("texts", "models", "generations", "text"), ("peak of count, MB", f"of {job}, MB")
    return _table(f"`{job}` beside `count`", (*texts, "count, s", f"{job}, s", "times", *peaks), rows)


def _row(case: Case, count: Job, job: Job) -> list[str]:
    return [
        case["name"],
        f"{case['n_labels']:,}",
        f"{case['n_docs']:,}",
        size(case["n_bytes"]),
        f"{median(count['elapsed_s']):.1f}",
        f"{median(job['elapsed_s']):.1f}",
        f"{times(job, count):.1f}",
        f"{count['peak_rss_mb']:,.0f}",
        f"{job['peak_rss_mb']:,.0f}",
    ]


def beside_polars(cases: Sequence[Case]) -> str:
    """Counting by model beside Polars: a row for each program on each case."""
    rivals = {"polars": "times Polars", "polars-at-once": "at once"}
    return _beside("Counting by model beside Polars, from strings in memory", cases, BESIDE_POLARS, rivals)


def beside_slop_forensics(cases: Sequence[Case]) -> str:
    """The whole job beside slop-forensics': a row for each program on each case."""
    rivals = {"slop-forensics": "times slop-forensics"}
    return _beside("`run` beside slop-forensics", cases, BESIDE_SLOP_FORENSICS, rivals)


def _beside(title: str, cases: Sequence[Case], names: Mapping[str, str], rivals: Mapping[str, str]) -> str:
    """Speed of the jobs that are named, and how many times as fast as each rival they are."""
    rows = []
    for jobs, texts in ((case["jobs"], case["name"]) for case in cases if names.keys() <= case["jobs"].keys()):
        for job, name in names.items():
            ratios = [f"{times(jobs[rival], jobs[job]):.2g}" for rival in rivals]
            rows.append([name, texts, *_speed(jobs[job]), *ratios, f"{jobs[job]['peak_rss_mb']:,.0f}"])
    header = ("program", "texts", "text", "s", "MB/s", *rivals.values(), "peak MB")
    return _table(title, header, rows, left=2)


def _speed(job: Job) -> list[str]:
    elapsed = median(job["elapsed_s"])
    return [size(job["n_bytes"]), f"{elapsed:.2f}", f"{job['n_bytes'] / 1e6 / elapsed:.3g}"]


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """A table with its title, or nothing where it has no rows."""
    return f"**{title}**\n\n{markdown_table(header, rows, left=left)}" if rows else ""


def steps(case: Case, job: str) -> str:
    """The steps that take their share of a job, the others together, and all of them."""
    of_job = case["jobs"][job]["steps"]
    total = sum(step["wall_s"] for step in of_job)
    long = [step for step in of_job if step["wall_s"] >= LISTED * total]
    rows = [[s["name"], f"{s['wall_s']:.2f}", f"{s['cpu_s']:.2f}", f"{s['peak_rss_mb']:,.0f}"] for s in long]
    others = [step for step in of_job if step not in long]
    rows += [_sum("others", others, "")] if others else []
    rows.append(_sum("all", of_job, f"{of_job[-1]['peak_rss_mb']:,.0f}"))
    title = f"Steps of `{job}`, {case['name']}"
    return _table(title, ("step", "s", "s of all cores", "peak so far, MB"), rows)


def _sum(name: str, of: Sequence[Mapping[str, Any]], peak: str) -> list[str]:
    wall, cpu = (sum(step[column] for step in of) for column in ("wall_s", "cpu_s"))
    return [name, f"{wall:.2f}", f"{cpu:.2f}", peak]
