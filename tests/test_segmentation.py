"""The benchmark of segmentation finds the boundaries that programs set, and counts those of both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.reporting import HERE, readme_section
from benchmarks.segmentation import PAGES, Sample, agreement, boundaries_by, measure, our_boundaries, to_markdown
from fastslop.base.spec import CountSpec
from fastslop.reading.languages import declared

DOCUMENTS = ["值得注意的是，pip 值得。\n是的", "ab"]


def test_boundaries__are_those_inside_runs_whatever_stands_between_them() -> None:
    sample = Sample.of(DOCUMENTS, "zh")
    assert [sample.lines[line][start:end] for line, start, end in sample.runs] == ["值得注意的是", "值得", "是的"]
    ours = our_boundaries(sample, declared(CountSpec(), "zh"))
    assert np.flatnonzero(ours).tolist() == [4, 5, 9]
    by_characters = boundaries_by(lambda line: [char for char in line if not char.isspace()], sample)
    assert np.flatnonzero(by_characters).tolist() == [1, 2, 3, 4, 5, 7, 9]
    assert boundaries_by(lambda line: [line], sample).sum() == 0
    assert agreement(ours, by_characters) == {"precision": 1.0, "recall": 3 / 7, "f1": pytest.approx(0.6)}


def test_boundaries__of_writers_are_their_spaces_of_no_width(tmp_path: Path) -> None:
    text = "មនុស្ស\u200bទាំងអស់\u200bមាន"
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": f"{text} pip {text}"}) + "\n", encoding="utf-8")
    found = {(pair["words_by"], pair["beside"]): pair["f1"] for pair in _measured(tmp_path / "a.jsonl")}
    assert found["fastslop", "the writers"] == 1.0
    (tmp_path / "b.jsonl").write_text(json.dumps({"text": "មនុស្សទាំងអស់មាន pip"}) + "\n", encoding="utf-8")
    assert not any("the writers" in pair for pair in _measured(tmp_path / "b.jsonl"))


def _measured(path: Path) -> list[dict[str, Any]]:
    return measure("km", path, 1000, rounds=1, seed=0)["agreement"]


def test_measure__says_what_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jieba", None)
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "值得注意的是，这很重要。"}) + "\n", encoding="utf-8")
    found = measure("zh", tmp_path / "a.jsonl", 1000, rounds=1, seed=0)
    assert found["missing"] == ["jieba", "jieba"] and [*found["seconds"]] == ["fastslop"] and not found["agreement"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables__are_those_of_the_results(page: Path) -> None:
    results = json.loads((HERE / "segmentation.json").read_text(encoding="utf-8"))
    assert readme_section("segmentation", page) == to_markdown(results)
