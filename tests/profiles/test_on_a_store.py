"""Profiles in an object store are used as those of a folder are."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING

import pytest

import fastslop as fs
from fastslop.base.errors import NotThereError, UsageError
from tests.corpora_of import done, fastslop

if TYPE_CHECKING:
    from tests.object_store import Bucket


@pytest.fixture
def stored(profiles: Path, bucket: Bucket) -> str:
    """The address of a folder with the profiles of four models."""
    return bucket.put_all(profiles, "lib/profiles")


def test_profiles__on_a_store_are_opened_as_those_of_a_folder(profiles: Path, stored: str, bucket: Bucket) -> None:
    bucket.n_requests()
    opened = fs.open_profiles(stored)
    assert opened.totals.equals(fs.open_profiles(profiles).totals)
    assert bucket.n_requests() <= 3 + 2 * len(opened)
    assert fs.open_profiles(f"{stored}/oak-1.parquet").labels == ("oak-1",)
    bucket.put("lib/run.json", b"{}")
    assert fs.open_profiles(f"{bucket}/lib").labels == opened.labels


@pytest.mark.parametrize("command", [["compare"], ["inspect"], ["identify"]])
def test_commands__print_of_a_store_what_they_print_of_a_folder(
    profiles: Path, texts: Path, stored: str, command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def printed(place: str, query: str) -> str:
        arguments = {
            "compare": [place, "--replicates", 0],
            "inspect": [f"{place}/oak-1.parquet"],
            "identify": [place, query, "--replicates", 20],
        }[command[0]]
        return done(*command, *arguments, "--json").out

    query = str(texts / "oak-2.jsonl")
    own, temporary = copytree(profiles, tmp_path / "own"), tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    assert printed(stored, query) == printed(str(own), query).replace(str(own), stored)
    assert [*temporary.iterdir()] == []  # copies are removed


def test_merge__reads_from_a_store_and_writes_to_one(
    profiles: Path, stored: str, bucket: Bucket, tmp_path: Path
) -> None:
    fs.merge(str(profiles), label="all", out=tmp_path / "all.parquet")
    merged = fs.merge(stored, label="all", out=f"{bucket}/all.parquet")
    assert bucket.contents("all")["all.parquet"] == (tmp_path / "all.parquet").read_bytes()
    assert merged.labels == ("all",)
    with pytest.raises(UsageError, match=r"s3://.*/all\.parquet is already there; .* say --force"):
        fs.merge(stored, label="all", out=f"{bucket}/all.parquet")


def test_count__resumed_on_a_store_keeps_what_is_there(texts: Path, profiles: Path, bucket: Bucket) -> None:
    bucket.put("out/oak-1.parquet", (profiles / "oak-1.parquet").read_bytes())
    with pytest.raises(UsageError, match=r"oak-1\.parquet is already there; .*--force, or --resume"):
        fs.count(str(texts), out=f"{bucket}/out")
    found = fs.count(str(texts), out=f"{bucket}/out", resume=True)
    assert found.result.n_kept == 1 and found.labels == ("elm-1", "elm-2", "oak-1", "oak-2")
    assert bucket.contents("out/") == {path.name: path.read_bytes() for path in profiles.glob("*.parquet")}


def test_baseline__may_be_on_a_store(texts: Path, bucket: Bucket) -> None:
    made = done("baseline", "build", texts / "oak-1.jsonl", "-o", f"{bucket}/human")
    assert made.out.strip() == f"{bucket}/human.parquet"
    assert done("baseline", "info", f"{bucket}/human.parquet", "--json").json["baseline"] == "human"


@pytest.mark.parametrize("command", ["run", "lists", "report x.html", "tree x.nwk", "export x.csv", "export x"])
def test_what_is_not_written_to_a_store__is_refused(command: str, texts: Path, profiles: Path) -> None:
    command, _, name = command.partition(" ")
    answer = fastslop(command, texts if command == "run" else profiles, "-o", f"s3://bucket/{name}")
    assert answer.code == 2 and re.search(r"error: s3://bucket/.*: this is not written to object", answer.log)
    assert not Path("s3:").exists()


def test_missing_profile__on_a_store_is_told(stored: str, bucket: Bucket) -> None:
    with pytest.raises(NotThereError, match=r"s3://.*/none: there is no such object"):
        fs.open_profiles(f"{bucket}/none")
