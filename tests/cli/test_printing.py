"""What commands say to people: one model is one model, and what is amiss comes with what to do."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from fastslop.cli.printing import print_table
from tests.corpora_of import N_PROMPTS, OWN_WORDS, done, fastslop

LABELS = sorted(OWN_WORDS)


def test_count__says_one_model_of_one(texts: Path, tmp_path: Path) -> None:
    log = done("count", texts / "oak-1.jsonl", "-o", tmp_path / "out").log
    log = log[log.index("counted") :]  # it may be the first run
    assert log.startswith(f"counted {N_PROMPTS} generations of 1 model, ")


@pytest.mark.parametrize("command", ["inspect", "score", "compare", "merge"])
def test_profiles__that_are_texts_are_to_be_counted(command: str, texts: Path, tmp_path: Path) -> None:
    out = ["-o", tmp_path / "merged"] if command == "merge" else []
    path = texts / "oak-1.jsonl"
    answer = fastslop(command, path, *out)
    assert (answer.code, answer.out) == (1, "")
    assert f"`fastslop count {path} -o DIR`" in answer.log
    if command != "inspect":
        assert f"`fastslop count {texts} -o DIR`" in fastslop(command, texts, *out).log


def test_inspect__of_a_folder_names_a_profile_in_it(profiles: Path) -> None:
    answer = fastslop("inspect", profiles)
    assert (answer.code, answer.out) == (1, "")
    assert str(profiles / "elm-1.parquet") in answer.log


def test_profiles__of_a_run_are_found_in_its_folder(texts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done("run", texts, "-o", out)
    for command in ("score", "compare"):
        assert done(command, out, "--json").json == done(command, out / "profiles", "--json").json
    for command, path in (("tree", "tree.nwk"), ("report", "page.html"), ("lists", "lists"), ("merge", "merged")):
        done(command, out, "-o", tmp_path / path)
    done("identify", out, texts / "oak-1.jsonl")


def test_score__has_tables_in_the_order_of_the_specification(profiles: Path) -> None:
    titles = [line.strip() for line in done("score", profiles, "--top", 1).out.splitlines() if " of order " in line]
    tables = [tuple(title.partition(",")[0].split(" n-grams of order ")) for title in titles]
    order = [
        ("word", "1"),
        ("word", "2"),
        ("word", "3"),
        ("content", "2"),
        ("content", "3"),
        ("mark", "1"),
        ("mark", "2"),
    ]
    places = [order.index(table) for table in tables]
    falls = sum(later <= earlier for earlier, later in pairwise(places))
    assert len(places) > len(LABELS) and falls == len(LABELS) - 1


def test_first_run__says_first_that_it_compiles(texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastslop.tokens.tokeniser.is_compiled", lambda: False)
    for command in ("count", "run"):
        log = done(command, texts, "-o", tmp_path / command).log
        assert log.startswith("compiling the kernels, about half a minute, once\n")
    monkeypatch.setattr("fastslop.tokens.tokeniser.is_kept", lambda: False)
    assert "set NUMBA_CACHE_DIR" in done("count", texts, "-o", tmp_path / "again").log


def test_count__leaves_the_time_of_compiling_out_of_its_rate(
    texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for clock, seconds in (("perf_counter", (0.0, 60.0)), ("compile_seconds", (0.0, 40.0))):
        monkeypatch.setattr(f"fastslop.counting.count.{clock}", iter(seconds).__next__)  # at the start, and at the end
    answer = done("count", texts, "-o", tmp_path / "out", "--json")
    assert re.search(r" MB in 20\.0 s \(.* MB/s\), besides 40 s to compile the kernels\n", answer.log)
    assert (answer.json["elapsed_s"], answer.json["compile_s"]) == (60, 40)


def test_print_table__gives_wide_characters_two_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("feature", "n"), [("示例代码", "12"), ("pip, “ab”", "3")])
    assert capsys.readouterr().out.splitlines() == ["feature     n", "示例代码   12", "pip, “ab”   3"]
