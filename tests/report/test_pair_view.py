"""Claims about verdicts and the view of a pair, checked in a browser."""

from __future__ import annotations

import shlex
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import squareform

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
    assert sum("<1e-99" in row for row in cells) == 2, "rivals of each direction"
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


# ---- verdicts ----


def weighed_report(labels: list[str], **said: Any) -> dict[str, Any]:
    """A report in which each model's nearest was weighed; ``said`` is of each explanation."""
    bare = some_report(labels)
    n = len(labels)
    square = squareform(bare["comparison"]["distances"]) + 10 * np.eye(n)
    found = [model["label"] for model in bare["models"]]
    pairs = [(found[i], found[int(square[i].argmin())]) for i in range(n)]
    return some_report(labels, evidence=[some_explanation(*pair, **said) for pair in pairs])


def test_verdict__stands_beside_each_model_in_table_tree_and_panel(page) -> None:
    data = weighed_report(names(6), verdict="supported", p_all=0.001)
    page.open(data)
    assert page.texts("#models-table .verdict") == ["supported"] * 6
    page.choose(2)
    assert (
        page.js("return [...document.querySelectorAll('#tree-picture .mark')].map(e => e.dataset.verdict)")
        == ["supported"] * 6
    )
    assert page.texts("#selected .verdict") == ["supported"]
    page.view("model")
    assert page.texts("#model-verdict .verdict") == ["supported"]


def test_head__announces_supported_pairs_only(page) -> None:
    page.open(weighed_report(names(6), verdict="supported"))
    supported = page.texts("#answer button.plain")
    assert supported and all(" and " in text for text in supported)
    page.open(weighed_report(names(6), verdict="unresolved"))
    assert page.texts("#answer button.plain") == []
    assert "6unresolved" in page.texts("#answer")[0]
    page.open(some_report(names(6), no_evidence="it takes <b>more</b>"))
    assert "was not weighed: it takes <b>more</b>" in page.texts("#answer")[0]
    assert page.texts("#answer button") == []


def test_verdict__for_a_group_names_its_family(page) -> None:
    data = weighed_report(names(10), group=("gpt-0b-instruct", "gpt-5b-instruct"))
    page.open(data)
    assert set(page.texts("#models-table .verdict")) == {"supported for a group"}
    nearest = set(page.texts("#models-table td[data-title=Nearest]"))
    assert nearest == {"the gpt family (gpt-0b-instruct or gpt-5b-instruct)"}


def test_caveats__are_one_click_from_every_verdict(page) -> None:
    data = weighed_report(HOSTILE[:6], verdict="supported")
    page.open(data)
    shown = "return document.getElementById('caveats').open"
    for view, place in (
        ("overview", "#models-table"),
        ("tree", ".legend.marks"),
        ("model", "#model-verdict"),
        ("pair", "#pair-evidence"),
    ):
        page.view(view)
        assert not page.js(shown)
        page.click(f"#{view} {place} .verdict")
        assert page.js(shown)
        said = page.texts("#caveats")[0]
        assert "which of the two learnt from the other" in said
        assert "a source that is not among these models" in said
        page.js("document.getElementById('caveats').close()")
    assert page.js("return document.querySelectorAll('dialog img, dialog script').length") == 0


def test_p_value__that_seems_to_contradict_its_verdict_is_explained(page) -> None:
    for verdict, p, p_all, explained in (
        ("supported", 0.001, 0.2, "as the second one says"),
        ("supported", 0.001, 0.01, None),
        ("unresolved", 0.001, 0.01, "that is what the verdict asks"),
        ("unresolved", 0.3, 1.0, None),
    ):
        labels = names(5)
        data = some_report(labels, evidence=[some_explanation(*labels[:2], verdict, p=p, p_all=p_all)])
        page.open(data, fragment=f"#pair={labels[0]},{labels[1]}")
        sentences = page.texts("#pair-evidence .card p.muted")
        assert len(sentences) == (1 if explained is None else 2)
        assert explained is None or sentences[1].endswith(f"{explained}.")


def test_p_value__too_small_for_a_number_is_not_shown_as_0(page) -> None:
    a, b = names(6)[:2]
    page.open(
        some_report(names(6), evidence=[some_explanation(a, b, "supported", p=0.0, p_all=0.0)]),
        fragment=f"#pair={a},{b}",
    )
    text = " ".join(page.texts("#pair .card p"))
    assert "p <1e-99; <1e-99 if any pair might have been asked about" in text


def test_support__that_seems_to_contradict_its_verdict_is_explained(page) -> None:
    for verdict, support, is_explained in (
        ("unresolved", 0.99, True),
        ("unresolved", 0.5, False),
        ("supported", 1, False),
    ):
        data = weighed_report(names(5), verdict=verdict)
        labels = [model["label"] for model in data["models"]]
        pairs = [(labels.index(item["a"]), labels.index(item["b"])) for item in data["evidence"]]
        data["comparison"]["neighbours"] = [
            {"label": a, "neighbour": b, "support": support, "floor": None, "low": None, "high": None} for a, b in pairs
        ]
        for view, place in (("overview", "#models-caption"), ("model", "#model-verdict"), ("pair", "#pair-facts")):
            page.open(data, fragment=f"#view={view}")
            assert ("verdict asks for more" in page.texts(place)[0]) == is_explained


@pytest.mark.parametrize("width", [390, 1280])
def test_evidence__stands_in_groups_with_their_shares(page, width) -> None:
    data = weighed_report(names(5))
    for view in ("model", "pair"):
        page.open(data, width=width, fragment=f"#view={view}")
        place = f"#{view}-evidence"
        assert [text.split(" %")[0] for text in page.texts(f"{place} .group h4")] == [
            "Typography 25",
            "Words 60",
            "Phrases 15",
        ]
        assert page.texts(f"{place} .group td.text:first-child") == [HOSTILE[0]] * 2
        assert "below 1" not in page.texts(place)[0]
        assert ("Count, first" in page.texts(f"{place} th")) == (view == "pair" and width == 1280)
        assert no_wider_than_the_screen(page)


def test_group__of_hostile_names_is_text(page) -> None:
    page.open(weighed_report(HOSTILE[:6], group=(HOSTILE[1], HOSTILE[2])))
    for view in ("overview", "tree", "distances", "model", "pair"):
        page.view(view)
        assert page.js("return document.querySelectorAll('main img, main script').length") == 0
    assert page.js("return document.title") != "owned"
