"""Claims about the view of one model: its profile, quotes and patterns, checked in a browser."""

from __future__ import annotations

import csv
import io

import pytest

from fastslop.search.quotes import Passage
from tests.report.conftest import no_wider_than_the_screen
from tests.report.made_reports import HOSTILE, names, some_examples, some_phrases, some_report, some_scores


@pytest.mark.parametrize("width", [390, 1280])
def test_profile__quotes_hostile_texts_as_text(page, width) -> None:
    scores = some_scores(HOSTILE)
    page.open(some_report(HOSTILE, examples=some_examples(scores)), width=width)
    page.choose(0)
    page.view("model")
    quotes = page.texts("#profile-table .quote")
    marks = page.texts("#profile-table .quote mark")
    assert len(quotes) == len(marks) == (8 if width == 390 else 12)
    assert f"{HOSTILE[0]} before shared-word-0 after {HOSTILE[0]}" in quotes
    assert marks[0] == "shared-word-0"
    assert page.js("return document.querySelectorAll('main img, main script').length") == 0
    assert page.js("return document.title") != "owned"
    assert no_wider_than_the_screen(page)


def test_profile__filters_and_downloads_quotes(page) -> None:
    labels = names(3)
    page.open(some_report(labels, examples=some_examples(some_scores(labels))))
    page.choose(0)
    page.view("model")
    label = page.texts("#model-title")[0]
    page.type("#profile-table input", "مرحبا")
    assert len(page.texts("#profile-table tbody tr")) == 2
    page.click("#profile-table .csv")
    text = page.downloaded(f"{label}_Words.csv").decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [r["example"] for r in rows] == [f"{HOSTILE[3]} before {r['feature']} after {HOSTILE[0]}" for r in rows]
    assert len(rows) == 2


def test_profile__without_texts_says_why_nothing_is_quoted(page) -> None:
    page.open(some_report(names(3)), fragment="#view=model")
    assert "need the texts" in page.texts("#profile-caption")[0]
    page.open(some_report(names(3), examples=some_examples(some_scores(names(3)))), fragment="#view=model")
    assert "need the texts" not in page.texts("#profile-caption")[0]


def test_profile__shows_phrases_with_the_ratio_of_their_core_under_a_name_of_its_own(page) -> None:
    labels = sorted(names(3))
    texts = ["Voice barely above a <i>whisper</i>", "a testament to"]
    examples = {labels[0]: {("phrase", texts[1]): Passage("It was ", "a testament to", " him.")}}
    page.open(some_report(labels, phrases={labels[0]: some_phrases(texts)}, examples=examples))
    page.choose(0)
    page.view("model")
    page.js("[...document.querySelectorAll('#profile-tabs button')].find(e => e.textContent === 'Phrases').click()")
    rows = page.texts("#profile-table tbody tr")
    assert [row.startswith(text) for row, text in zip(rows, texts, strict=True)] == [True, True]
    assert "8×" in rows[0] and "4×" in rows[0]
    assert page.texts("#profile-table .quote") == ["It was a testament to him."]
    assert "was grown from an n-gram" in page.texts("#profile-caption")[0]
    headings = page.texts("#profile-table th")
    assert "Ratio of its core" in headings
    assert not {"Ratio", "ratio at least", "Baseline"} & set(headings), "which are statistics of n-grams"


def test_profile__shows_the_patterns_of_its_model(page) -> None:
    data = some_report(names(3))
    page.open(data)
    assert page.js("return document.getElementById('patterns').hidden")
    labels = [model["label"] for model in data["models"]]
    columns = {"n": [5, 6], "n_prompts": [3, 4], "per_1000_words": [0.5, 0.25], "low": [0.1, 0.2], "high": [0.9, 0.3]}
    given = {"label": [labels[0], labels[1]], "pattern": ["Not X, but Y", "other"], "example": [HOSTILE[1], "x"]}
    table = given | columns
    for patterns in ([dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)], table):
        page.open(data | {"patterns": patterns})
        page.choose(0)
        page.view("model")
        assert page.texts("#patterns tbody tr") == [f"Not X, but Y{HOSTILE[1]}530.500.100.90"]
    page.js("location.hash = arguments[0]", f"model={labels[2]}")
    page.wait(lambda: page.js("return document.getElementById('patterns').hidden"))
