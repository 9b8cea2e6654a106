"""What results look like outside: the JSON shapes and files of version 1. Fields may be added, none is renamed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from fastslop.profiles.files import MANIFEST, write_atomically
from fastslop.system.memory import peak_rss_mb

if TYPE_CHECKING:
    from fastslop.comparing.compare import Comparison
    from fastslop.counting.count import Counted, CountReport
    from fastslop.evidence.explain import Explanation
    from fastslop.evidence.identify import Identified
    from fastslop.scoring.score import Scores


FORMAT = 1
RUN_FILES = (
    "keyness.parquet",
    "compare.json",
    "distances.csv",
    "neighbours.csv",
    "patterns.csv",
    "tree.nwk",
    "tree.svg",
    "report.html",
    MANIFEST,
)


def write_text(path: Path, text: str, *, force: bool = False) -> None:
    """Write a text file, beside and renamed."""
    write_atomically(path, lambda beside: beside.write_text(text, encoding="utf-8", newline=""), force=force)


def to_json(value: Mapping[str, Any]) -> str:
    """JSON as people can read it; NaN is refused."""
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def write_json(path: Path, value: Mapping[str, Any], *, force: bool = False) -> None:
    """Write a JSON file."""
    write_text(path, to_json(value), force=force)


def profiles_json(profiles: Sequence[Counted]) -> dict[str, Any]:
    """Profiles that were written."""
    return {"format": FORMAT, "profiles": [asdict(p) | {"path": str(p.path)} for p in profiles]}


def count_json(report: CountReport) -> dict[str, Any]:
    """The shape of ``count --json``."""
    return profiles_json(report.profiles) | {
        "skipped": dict(sorted(report.tally.skipped.items())),
        "guarded": report.guarded,
        "elapsed_s": round(report.elapsed_s, 3),
        "mb_per_s": round(report.mb_per_s, 1),
        "peak_rss_mb": round(peak_rss_mb(), 1),
    }


def run_json(counted: CountReport, scores: Scores, comparison: Comparison | None, out: Path) -> dict[str, Any]:
    """The shape of ``run --json``: what was counted, each label's totals and nearest neighbour, and where it all is."""
    labels = {str(row.pop("label")): row for row in scores.labels.to_dicts()}
    if comparison is not None:
        nearest = comparison.neighbours.filter(pl.col("rank") == 1)
        for label, neighbour, distance in nearest.select("label", "neighbour", "distance").iter_rows():
            labels[label] |= {"nearest": neighbour, "distance": distance}
    return count_json(counted) | {"labels": labels, "out": str(out)}


def write_scores(scores: Scores, out: Path, *, force: bool = False) -> None:
    """``keyness.parquet``: all features that were scored, of all labels; effect sizes in single precision."""
    effects = pl.selectors.float() - pl.selectors.by_name("p_value", "q_value")
    features = scores.features.with_columns(effects.cast(pl.Float32))
    write_atomically(out / "keyness.parquet", lambda beside: features.write_parquet(beside), force=force)


def scores_json(scores: Scores, top: int) -> dict[str, Any]:
    """The shape of ``score --json``, with the first ``top`` features of each kind and order of each label."""
    shown = ranked_top(scores.features, top)
    by_label = {str(name[0]): frame for name, frame in shown.group_by("label", maintain_order=True)}
    labels = {}
    for row in scores.labels.iter_rows(named=True):
        name = row.pop("label")
        features = by_label[name].drop("label", "key") if name in by_label else shown.clear().drop("label", "key")
        labels[name] = row | {"features": features.to_dicts()}
    human = None if scores.human is None else asdict(scores.human)
    return {
        "format": FORMAT,
        "baseline": scores.baseline,
        "human": human,
        "notes": list(scores.notes),
        "labels": labels,
    }


def ranked_top(features: pl.DataFrame, top: int) -> pl.DataFrame:
    """The first ``top`` features of each kind and order of each label, in order."""
    return features.group_by("label", "kind", "order", maintain_order=True).head(top)


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """The shape of ``compare --json``. ``support`` and ``floor`` are null where they were not computed."""
    evidence = comparison.evidence
    return {
        "format": FORMAT,
        "method": comparison.method,
        "metric": comparison.metric,
        "labels": list(comparison.labels),
        "distances": comparison.condensed.tolist(),
        "neighbours": comparison.neighbours.to_dicts(),
        "panels": dict(zip(comparison.labels, comparison.panels, strict=True)),
        "n_features": comparison.n_features,
        "mean_delta": comparison.mean_delta,
        "n_replicates": 0 if evidence is None else len(evidence.replicates),
        "seed": None if evidence is None else evidence.seed,
        "notes": list(comparison.notes),
    }


def write_comparison(comparison: Comparison, out: Path, *, force: bool = False) -> None:
    """``compare.json``, ``distances.csv`` (a square table) and ``neighbours.csv``."""
    write_json(out / "compare.json", comparison_json(comparison), force=force)
    write_text(out / "distances.csv", distances_csv(comparison), force=force)
    write_text(out / "neighbours.csv", comparison.neighbours.write_csv(), force=force)


def distances_csv(comparison: Comparison) -> str:
    """The distances as a square table with the labels in its first row and column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["label", *comparison.labels])
    for label, row in zip(comparison.labels, comparison.square.tolist(), strict=True):
        writer.writerow([label, *row])
    return text.getvalue()


def identified_json(answers: Sequence[Identified]) -> dict[str, Any]:
    """The shape of ``identify --json``: all candidates of each query, and the rule its verdict rests on."""
    return {"format": FORMAT, "queries": [asdict(answer) for answer in answers]}


def explanation_json(found: Explanation) -> dict[str, Any]:
    """The shape of ``explain --json``."""
    values = asdict(found)
    verdict = values.pop("verdict")
    return {"format": FORMAT, **values, **verdict}
