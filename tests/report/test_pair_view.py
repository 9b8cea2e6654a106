"""Claims about verdicts and the view of a pair, checked in a browser."""

from __future__ import annotations

import shlex

from tests.report.conftest import no_wider_than_the_screen
from tests.report.made_reports import HOSTILE, names, some_explanation, some_report


def test_pair__shows_what_is_given_of_uncertainty_and_evidence(page) -> None:
    a, b = sorted(names(4))[:2]
    table = {"title": "Kept phrases", "columns": ["phrase", "n"], "rows": [["<b>a tapestry</b>", 3]]}
    data = some_report(names(4))
    data["evidence"] = [{"a": b, "b": a, "summary": ["<i>They share</i> a phrase."], "tables": [table]}]
    data["comparison"]["neighbours"] = [
        {"label": 0, "neighbour": 1, "support": 0.875, "floor": 0.1, "low": 0.3, "high": 0.4}
    ]
    page.open(data)
    page.choose(1, 0)
    page.view("pair")
    facts = " ".join(page.texts("#pair-facts dl div"))
    assert "0.300 to 0.400" in facts
    assert "87 %" in facts
    assert "<i>They share</i> a phrase." in page.texts("#pair-evidence p")
    assert page.texts("#pair-evidence td.text") == ["<b>a tapestry</b>"]


def test_pair__shows_the_evidence_of_each_direction_that_was_weighed(page) -> None:
    labels = HOSTILE[:5]
    data = some_report(
        labels, evidence=[some_explanation(labels[0], labels[1]), some_explanation(labels[1], labels[0])]
    )
    page.open(data)
    one, other = (next(i for i, m in enumerate(data["models"]) if m["label"] == label) for label in labels[:2])
    page.choose(one, other)
    page.view("pair")
    assert page.texts("#pair-evidence .verdict") == ["unresolved", "unresolved"]
    cells = page.texts("#pair-evidence tbody tr")
    assert cells[0] == f"{HOSTILE[0]}1.2312,3457115" + "3.14×12.5×" + "25name"
    assert sum("1.0e-300" in row for row in cells) == 2, "rivals of each direction"
    assert f"Prompts do not settle it: {HOSTILE[1]}." in page.texts("#pair-evidence .reason")
    assert page.js("return document.querySelectorAll('main img, main script, #pair-evidence p > i').length") == 0
    assert no_wider_than_the_screen(page)


def test_pair__that_was_not_weighed_says_which_command_does(page) -> None:
    labels = ["-dash", "it's", "other", "more"]
    page.open(some_report(labels))
    page.choose(0, 1)
    page.view("pair")
    (command,) = page.texts("#pair-evidence code")
    assert shlex.split(command)[:4] == ["fastslop", "explain", "PROFILES", "--"]
    assert sorted(shlex.split(command)[4:]) == ["-dash", "it's"]


def test_pair__says_why_nothing_was_weighed(page) -> None:
    page.open(some_report(names(4), no_evidence="it takes <b>5</b> models"), fragment="#view=pair")
    assert page.texts("#pair-evidence p") == ["No evidence was weighed: it takes <b>5</b> models."]
