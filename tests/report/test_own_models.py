"""One's own models are marked wherever they stand among others, and what is like them is said first."""

from __future__ import annotations

from typing import Any

import pytest

from fastslop.report.data import OtherModels
from tests.report.conftest import no_wider_than_the_screen
from tests.report.made_reports import HOSTILE, names, some_report, with_map

OWN = ["gpt-0b-instruct", "qwen-3b-instruct"]


def among(labels: list[str], own: list[str]) -> dict[str, Any]:
    """A report of models of which some are one's own; each one's nearest has a support."""
    others = OtherModels([label for label in labels if label not in own], "they wrote <b>other</b> texts")
    data = with_map(some_report(labels, beside=others))
    n = len(labels)
    rows = [{"label": i, "neighbour": j, "support": 0.97} for i in range(n) for j in range(n) if i != j]
    data["comparison"]["neighbours"] = rows
    return data


def nearest(data: dict[str, Any], label: str, *, beside: bool) -> str:
    labels = [model["label"] for model in data["models"]]
    i, n = labels.index(label), len(labels)
    distance = {}
    for j, model in enumerate(data["models"]):
        a, b = min(i, j), max(i, j)
        if i != j and (model["beside"] or not beside):
            distance[model["label"]] = data["comparison"]["distances"][a * n - a * (a + 1) // 2 + b - a - 1]
    return min(distance, key=lambda other: distance[other])


@pytest.mark.parametrize("width", [390, 1440])
def test_own_models__are_marked_in_every_view_and_answered_first(page, width) -> None:
    data = among(names(8), OWN)
    page.open(data, width=width)
    answers = page.texts("#answer .answers li")
    assert len(answers) == 2
    assert "They wrote <b>other</b> texts." in page.texts("#answer p")
    for label, answer in zip(OWN, answers, strict=True):
        near = nearest(data, label, beside=True)
        assert answer.startswith(f"{label}yours: nearest {near} (distance ")
        assert "support 97 %" in answer
        assert ("Nearer still is your own" in answer) == (nearest(data, label, beside=False) in OWN)
    assert page.texts("#models-table tbody tr td:first-child .own") == ["yours", "yours"]
    rows = page.texts("#models-table tbody tr td:first-child")
    assert all(text.endswith("yours") for text in rows[:2]), "they stand first"
    colours = {}
    for view, names_of in (
        ("tree", ".leaf text"),
        ("map", ".leaf text"),
        ("distances", ".left text"),
        ("scores", ".score > text:nth-of-type(1)"),
    ):
        page.view(view)
        selector = f"#{view} {names_of}"
        starred = [text for text in page.texts(selector) if text.startswith("★")]
        assert len(starred) == 2, view
        fills = page.js(
            "return [...document.querySelectorAll(arguments[0])].map(e => [e.firstChild.data, e.getAttribute('fill')])",
            selector,
        )
        colours[view] = {(text.startswith("★"), fill) for text, fill in fills}
        assert no_wider_than_the_screen(page), view
    blue, grey = data["colours"]["palette"][0][0], data["colours"]["grey"][0]
    assert colours["tree"] == colours["distances"] == colours["scores"] == {(True, blue), (False, grey)}
    assert page.texts("#tree .legend.families li") == ["★ yours", "beside yours"]


def test_models__that_are_all_ones_own_have_no_marks(page) -> None:
    page.open(with_map(some_report(names(8))))
    assert page.texts("#answer .answers li, .own") == []
    page.view("tree")
    assert not any("★" in text for text in page.texts("#tree .leaf text"))
    assert "★ yours" not in page.texts("#tree .legend.families li")


def test_own_models__of_hostile_names_are_text(page) -> None:
    page.open(among(HOSTILE, HOSTILE[:3]), width=390)
    assert len(page.texts("#answer .answers li")) == 3
    assert page.js("return document.querySelectorAll('main img, main script').length") == 0
    assert no_wider_than_the_screen(page)
