"""The benchmark of few texts: outcomes are right or wrong by who is a relative, and all queries are counted."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import few_texts
from benchmarks.accuracy import TABLE
from benchmarks.few_texts import COMPANIES, GROUPS, OUTCOMES, SIZES, kin_by_name, outcome, to_markdown, to_summary
from benchmarks.reporting import SUMMARY_PAGE, readme_section, results_path
from fastslop.evidence.identify import Verdict

LABELS = ("oak-1", "oak-2", "elm-1")


def verdict_of(said: str, nearest: str) -> Verdict:
    return cast(Verdict, SimpleNamespace(verdict=said, candidates=(SimpleNamespace(label=nearest),)))


@pytest.mark.parametrize(
    ("author", "said", "nearest", "expected"),
    [
        ("oak-1", "identified", "oak-1", "named"),
        ("oak-1", "identified", "oak-2", "wrong"),
        ("oak-1", "a close relative", "oak-1", "or a relative"),
        ("oak-1", "a close relative", "oak-2", "or a relative"),
        ("oak-1", "a close relative", "elm-1", "wrong"),
        ("oak-1", "none of these", "elm-1", "refused"),
        ("oak-1", "unresolved", "oak-1", "unresolved"),
    ],
)
def test_outcome__is_right_where_the_author_or_a_relative_is_meant(
    author: str, said: str, nearest: str, expected: str
) -> None:
    found = outcome(LABELS.index(author), verdict_of(said, nearest), LABELS, kin_by_name(LABELS))
    assert found == expected


def test_kin_by_name__are_others_of_the_same_family() -> None:
    assert kin_by_name(LABELS).tolist() == [[False, True, False], [True, False, False], [False, False, False]]


def test_command__counts_every_query_and_says_which_are_too_few(profiles: Path, tmp_path: Path) -> None:
    relations = tmp_path / "relations.csv"
    relations.write_text("child,relation,parent\nelm-2,base,elm-1\n", encoding="utf-8")
    results: list[dict[str, Any]] = []
    for options in ([], ["--relations", str(relations)]):
        path = tmp_path / f"{len(results)}.json"
        arguments = [str(profiles), "--splits", "2", "--json", str(path), *options]
        run = CliRunner().invoke(few_texts.main, arguments, catch_exceptions=False)
        assert run.exit_code == 0, run.output
        results.append(json.loads(path.read_text(encoding="utf-8")))
        assert to_markdown(results[-1]).strip() in run.output
    by_name, by_relations = (next(iter(one["panels"].values())) for one in results)
    for said in (by_name["said"], by_relations["said"]):
        for company in COMPANIES:
            assert [int(size) for size in said[company]] == list(SIZES)
            for size, of_groups in said[company].items():
                n = {group: sum(of_groups[group].values()) for group in GROUPS}
                expected = 8 if int(size) <= 12 else 0  # a half of 24 prompts
                assert sum(n.values()) == expected
                assert n["known"] == 3 * expected // 4
                assert all(of["too few"] == (sum(of.values()) if size == "1" else 0) for of in of_groups.values())
    without = by_relations["said"]["together"]["5"]["without a sister"]
    assert by_name["said"]["together"]["5"]["without a sister"] == dict.fromkeys(OUTCOMES, 0)
    assert sum(without.values()) > 0, "oaks are no relatives by this file"


def test_published_tables__are_those_of_the_published_results() -> None:
    results = json.loads(results_path("few texts").read_text(encoding="utf-8"))
    assert readme_section("few texts", TABLE) == to_markdown(results)
    assert readme_section("few texts", SUMMARY_PAGE) == to_summary(results)


def test_kin__do_not_make_a_label_its_own_relative() -> None:
    assert not np.diag(kin_by_name(("a-1", "a-2"))).any()
