"""The main job on synthetic models of a known family tree, and how much of the truth it finds again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from fastslop.base.defaults import MAX_Q
from fastslop.demo import models
from fastslop.pipeline.run import RunResult, check_run_folder, run
from fastslop.system.atomic import write_atomically
from fastslop.system.progress import Progress, silent


@dataclass(frozen=True)
class Demonstration:
    """A run on synthetic models, and what it found of the truth: families as clades, planted phrases as overused."""

    result: RunResult
    n_families: int
    missed: tuple[str, ...]
    n_planted: int
    n_found: int

    @property
    def n_recovered(self) -> int:
        """Families that are clades of the tree."""
        return self.n_families - len(self.missed)


def run_demo(out: Path, *, seed: int = 0, force: bool = False, progress: Progress = silent) -> Demonstration:
    """Write synthetic generations to ``out/generations.jsonl``, run the main job on them, compare with the truth."""
    check_run_folder(out, force=force)
    path = out / "generations.jsonl"
    records = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in models.generate(seed))
    write_atomically(path, lambda beside: beside.write_text(records, encoding="utf-8"), force=force)
    result = run(path, out, force=force, progress=progress)
    assert result.tree is not None
    found_clades = result.tree.clades()
    clades = models.clades()
    missed = tuple(", ".join(sorted(clade)) for clade in clades if clade not in found_clades)
    planted = {(model.label, phrase) for model in models.models(seed) for phrase in model.phrases}
    overused = result.scores.features.filter((pl.col("kind") == "word") & (pl.col("q_value") <= MAX_Q))
    found = set(overused.select("label", "feature").iter_rows())
    n_found = sum(any((label, part) in found for part in _parts(phrase)) for label, phrase in planted)
    return Demonstration(result, len(clades), missed, len(planted), n_found)


def _parts(phrase: str) -> list[str]:
    """The runs of three words in a phrase, or the phrase itself where it is shorter."""
    words = phrase.lower().split()
    return [" ".join(words[i : i + 3]) for i in range(max(len(words) - 2, 1))]
