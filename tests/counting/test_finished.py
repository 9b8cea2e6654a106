"""A count that goes on keeps what is of the same texts, counted alike, and refuses everything else."""

from __future__ import annotations

from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from fastslop.base.errors import UsageError
from fastslop.counting.count import count
from fastslop.pipeline.run import run
from tests.corpora_of import FAMILIES, records, write_jsonl


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("n_finished", [0, 1, 3, 4])
def test_resumed_count__is_the_uninterrupted_one(texts: Path, profiles: Path, tmp_path: Path, n_finished: int) -> None:
    for path in sorted(profiles.iterdir())[:n_finished]:
        copy(path, tmp_path)
    result = count(texts, out=tmp_path, resume=True).result
    assert files_of(tmp_path) == files_of(profiles)
    assert result.n_kept == n_finished
    assert any("finished before" in note for note in result.notes) is (n_finished > 0)
    whole = count(texts).result
    assert result.sums_dict() == whole.sums_dict()
    assert [p.guarded for p in result.profiles] == [p.guarded for p in whole.profiles]


def test_resumed_count__writes_nothing_anew(texts: Path, profiles: Path, tmp_path: Path) -> None:
    for path in profiles.iterdir():
        copy(path, tmp_path)
    before = {path: path.stat().st_ino for path in tmp_path.iterdir()}
    count(texts, out=tmp_path, resume=True)
    assert {path: path.stat().st_ino for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"orders": [1, 2]}, "another specification"),
        ({"panel": "other"}, "another panel"),
        ({"min_prompts": 2}, "another rule of what is left out"),
    ],
)
def test_profile_counted_otherwise__is_refused(
    texts: Path, tmp_path: Path, options: dict[str, Any], named: str
) -> None:
    place = tmp_path / "a.parquet"
    count(texts / "oak-1.jsonl", out=place)
    with pytest.raises(UsageError, match=named) as refused:
        count(texts / "oak-1.jsonl", out=place, resume=True, **options)
    assert str(place) in str(refused.value) and "--force" in str(refused.value)


def test_profile_of_other_texts__is_refused(texts: Path, tmp_path: Path) -> None:
    place = tmp_path / "oak-1.parquet"
    count(texts / "oak-1.jsonl", out=place)
    some = write_jsonl(tmp_path / "oak-1.jsonl", records(FAMILIES[0])[:-1])
    with pytest.raises(UsageError, match="other texts of 'oak-1'"):
        count(some, out=place, resume=True)


def test_run_that_goes_on__refuses_profiles_of_none_of_its_models(texts: Path, tmp_path: Path) -> None:
    count(texts / "oak-1.jsonl", out=tmp_path / "profiles")
    with pytest.raises(UsageError, match=r"oak-1\.parquet is of none of the inputs' models"):
        run(texts / "elm-1.jsonl", tmp_path, resume=True)


def test_force_and_resume__exclude_each_other(texts: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="say one of them"):
        count(texts, out=tmp_path, force=True, resume=True)
