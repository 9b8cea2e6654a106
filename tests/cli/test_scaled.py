"""Scaled profiles on the command line: the same however they are made, and readers are told what is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

import fastslop as fs
from tests.corpora_of import done, fastslop

SHARE = "of n-grams the profiles have one in 3 (--scaled)"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def scaled(texts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scaled") / "profiles"
    done("count", texts, "-o", folder, "--scaled", 3)
    return folder


def test_commands__that_make_scaled_profiles_make_the_same(
    texts: Path, profiles: Path, scaled: Path, tmp_path: Path
) -> None:
    done("merge", profiles, "-o", tmp_path / "merged", "--scaled", 3)
    done("tasks", "plan", texts, "-o", tmp_path / "tasks", "-n", 3, "--scaled", 3)
    for task in range(3):
        done("tasks", "map", tmp_path / "tasks", task)
    done("tasks", "reduce", tmp_path / "tasks", "-o", tmp_path / "reduced")
    assert contents(tmp_path / "merged") == contents(tmp_path / "reduced") == contents(scaled)
    assert all(len(own) < len(contents(profiles)[name]) for name, own in contents(scaled).items())


def test_merge__without_a_scale_adds_up_scaled_profiles_to_one_of_the_same(scaled: Path, tmp_path: Path) -> None:
    done("merge", scaled, "-o", tmp_path / "again")
    assert contents(tmp_path / "again") == contents(scaled)


def test_inspect__says_that_a_phrase_may_not_be_kept(scaled: Path) -> None:
    found = done("inspect", scaled / "oak-1.parquet", "--find", "petrichor verdigris").out
    assert "not found in it, which has one n-gram in 3 (--scaled)" in found
    assert "scaled 3" in found


@pytest.mark.parametrize("command", ["score", "compare", "lists", "export"])
def test_commands__tell_of_the_share(command: str, scaled: Path, profiles: Path, tmp_path: Path) -> None:
    out = {"lists": ["-o", tmp_path / "lists"], "export": ["-o", tmp_path / "counts.csv"]}
    assert SHARE in done(command, scaled, *out.get(command, [])).log
    force = ["--force"] if command in out else []
    assert "--scaled" not in done(command, profiles, *out.get(command, []), *force).log


def test_score__of_words_is_that_of_whole_profiles(scaled: Path, profiles: Path) -> None:
    whole, some = (fs.score(fs.open_profiles(folder), max_p=1).features for folder in (profiles, scaled))
    of_words = [s.filter(kind="word", order=1).drop("q_value", "lrc").sort("label", "key") for s in (whole, some)]
    assert of_words[0].equals(of_words[1])


def test_identify__refuses_a_share_with_the_remedy(scaled: Path) -> None:
    answer = fastslop("identify", "known", scaled / "oak-1.parquet")
    assert answer.code == 3
    assert "count its texts again as the known models were, without --spec" in answer.log


def test_identify__counts_texts_as_a_scaled_library_was(scaled: Path, texts: Path) -> None:
    answers = done("identify", scaled, texts / "elm-1.jsonl", "--json").json["queries"]
    assert answers[0]["candidates"][0]["label"] == "elm-1"
