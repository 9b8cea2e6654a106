"""On real generations the commands know models again: on other prompts, on few of them, in another genre.

The prompts are split at random anew; only how many models must be known again is fixed. What each measure gives on ten
splits: benchmarks/accuracy.md.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from fastslop.comparing.compare import Comparison, compare
from fastslop.counting.count import count
from fastslop.pipeline.identify import identify
from fastslop.profiles.profile_set import open_profiles

N_PROMPTS = 300


@pytest.fixture(scope="module")
def lines(request) -> list[tuple[str, int, str]]:
    """Model, prompt and record of every generation."""
    corpora = request.getfixturevalue("corpora")
    found = []
    for path in sorted((corpora / "slop-score").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                record = json.loads(line)
                found.append((record["model"], int(record["id"]), line))
    return found


def counted(lines: list[tuple[str, int, str]], folder: Path, prompts: Iterable[int], size: int | None = None) -> Path:
    """Profiles of all models on these prompts, or on the first so many that each of them answered."""
    place = {prompt: i for i, prompt in enumerate(prompts)}
    texts: dict[str, list[tuple[int, str]]] = {}
    for model, prompt, line in lines:
        if prompt in place:
            texts.setdefault(model, []).append((place[prompt], line))
    kept = (line for model in sorted(texts) for _, line in sorted(texts[model])[:size])
    folder.parent.mkdir(parents=True, exist_ok=True)
    path = folder.with_suffix(".jsonl")
    path.write_text("".join(kept), encoding="utf-8")
    count(path, out=folder)
    path.unlink()
    return folder


def known_again(comparison: Comparison) -> list[int]:
    """For each of two panels, how many labels are nearest to themselves in the other: both by distance and by rank."""
    by_rank = comparison.neighbours
    panel = dict(zip(comparison.labels, comparison.panels, strict=True))
    own = {label: label.rpartition("@")[0] for label in comparison.labels if "@" in label}
    hits = dict.fromkeys(sorted(set(comparison.panels)), 0)
    for i, label in enumerate(comparison.labels):
        if label not in own:
            continue
        there = [j for j, other in enumerate(comparison.labels) if other in own and panel[other] != panel[label]]
        nearest = comparison.labels[min(there, key=lambda j: comparison.square[i, j])]
        ranked = [row["neighbour"] for row in by_rank.filter(by_rank["label"] == label).to_dicts()]
        assert next(other for other in ranked if other in own and panel[other] != panel[label]) == nearest
        hits[panel[label]] += own[nearest] == own[label]
    return list(hits.values())


def named(library: Path, queries: Path) -> int:
    """How many models ``identify`` finds nearest to themselves, of those in the library."""
    answers = identify(open_profiles(library), queries, replicates=1)
    assert min(answer.calibration.n_together for answer in answers) > 1
    return sum(answer.candidates[0].label == answer.label for answer in answers)


def test_all_models__are_known_again_on_the_other_half_of_the_prompts(lines, tmp_path: Path) -> None:
    order = np.random.default_rng(7).permutation(N_PROMPTS).tolist()
    one, other = counted(lines, tmp_path / "one", order[::2]), counted(lines, tmp_path / "other", order[1::2])
    hits = known_again(compare(open_profiles(one, other), replicates=0))
    assert min(hits) >= 21
    assert sum(hits) >= 43
    assert named(one, other) >= 21


def test_four_fifths__are_known_again_on_ten_generations(lines, tmp_path: Path) -> None:
    by_compare, by_identify = [], []
    for split in (7, 8):
        order = np.random.default_rng(split).permutation(N_PROMPTS).tolist()
        sides = [counted(lines, tmp_path / f"{split}-{i}", order[i::2], 10) for i in (0, 1)]
        by_compare += known_again(compare(open_profiles(*sides), replicates=0))
        by_identify.append(named(*sides))
    assert np.mean(by_compare) >= 0.8 * 22
    assert np.mean(by_identify) >= 0.8 * 22


def test_seventeen_of_nineteen__are_known_again_in_the_other_genre(lines, tmp_path: Path) -> None:
    stories, essays = (
        counted(lines, tmp_path / "stories", range(150)),
        counted(lines, tmp_path / "essays", range(150, 300)),
    )
    assert min(known_again(compare(open_profiles(stories, essays), replicates=0))) >= 17
    assert named(stories, essays) >= 17
    assert named(essays, stories) >= 17
