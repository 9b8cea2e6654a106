"""A look into a profile finds what was planted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpora_of import N_PROMPTS, done


def counts(path: Path, text: str) -> list[tuple[str, int, int, int, int]]:
    tables = done("inspect", path, "--find", text, "--json").json["tables"]
    return [
        (table["kind"], table["order"], row["n"], row["n_docs"], row["n_prompts"])
        for table in tables
        for row in table["rows"]
    ]


def test_inspect__finds_the_counts_of_what_was_planted(profiles: Path) -> None:
    path = profiles / "oak-1.parquet"
    assert counts(path, "petrichor") == [("word", 1, 5 * N_PROMPTS, N_PROMPTS, N_PROMPTS)]
    assert counts(path, "the wheel of") == [("word", 3, 3, 3, 3)]
    assert counts(path, "wheel water turns") == [("content", 3, 3, 3, 3)]
    assert counts(path, "verdigris") == []
    assert "not found" in done("inspect", path, "--find", "verdigris").out
    assert counts(profiles / "elm-2.parquet", "the wheel of") == [("word", 3, 303, 3, 3)]


@pytest.mark.parametrize("text", ["Petrichor", "ＰＥＴＲＩＣＨＯＲ", " petrichor "])
def test_inspect__finds_what_is_written_otherwise(text: str, profiles: Path) -> None:
    assert counts(profiles / "oak-1.parquet", text) == [("word", 1, 5 * N_PROMPTS, N_PROMPTS, N_PROMPTS)]


def test_inspect__says_what_a_profile_is(profiles: Path) -> None:
    value = done("inspect", profiles / "oak-1.parquet", "--top", 2, "--json").json
    assert (value["format"], value["label"], value["n_docs"], value["sources"]) == (1, "oak-1", N_PROMPTS, 1)
    assert all(len(table["rows"]) <= 2 for table in value["tables"])
    assert "label: oak-1" in done("inspect", profiles / "oak-1.parquet").out
