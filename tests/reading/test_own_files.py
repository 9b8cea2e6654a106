"""What fastslop wrote itself is never read as texts, and is said to be passed over."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import fastslop as fs
from fastslop.base.errors import BadInputError
from fastslop.reading.inputs import find_inputs
from fastslop.reading.own_files import is_profile
from fastslop.reading.unusable import A_PROFILE, A_RUN

ROWS = [{"model": "ann", "id": i, "output": f"The {i}th wave broke over a sleeping town."} for i in range(12)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a file of texts, a profile of it, and a run's folder."""
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    fs.count(tmp_path / "texts.jsonl", out=tmp_path / "ann.parquet")
    fs.run(tmp_path / "texts.jsonl", tmp_path / "out")
    return tmp_path


def test_profiles_and_runs__are_passed_over_beside_texts(place: Path) -> None:
    files, passed_over = find_inputs([str(place)])
    assert [Path(file.name).name for file in files] == ["texts.jsonl"]
    assert passed_over == [(place / "ann.parquet", A_PROFILE), (place / "out", A_RUN)]
    notes = fs.count(place).notes
    assert any(str(place / "out") in note for note in notes)


def test_folder_of_a_run__is_no_input_though_its_lists_could_be_read(place: Path) -> None:
    with pytest.raises(BadInputError, match="results of a run"):
        find_inputs([str(place / "out")])


def test_rows_of_a_profile__are_no_texts(place: Path) -> None:
    with pytest.raises(BadInputError, match="DataFrame is a profile, not texts; profiles go to score, compare, tree"):
        fs.count(pl.read_parquet(place / "ann.parquet"))


def test_pattern__of_profiles_and_texts_reads_the_texts(place: Path) -> None:
    files, passed_over = find_inputs([str(place / "*.*")])
    assert len(files) == len(passed_over) == 1


def test_parquet__of_texts_is_no_profile(tmp_path: Path) -> None:
    pl.DataFrame(ROWS).write_parquet(tmp_path / "texts.parquet")
    (tmp_path / "broken.parquet").write_text("not Parquet")
    assert not is_profile(tmp_path / "texts.parquet") and not is_profile(tmp_path / "broken.parquet")
    assert len(find_inputs([str(tmp_path / "texts.parquet")])[0]) == 1
