"""Claims about the report as a file: what it allows, what it holds, how large it is."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import polars as pl

from fastslop.report import page as report_page
from fastslop.report.data import MAX_EXAMPLES, QUOTED, report_data
from fastslop.report.page import SCRIPTS, inert_json, report_html
from tests.report.made_reports import (
    HOSTILE,
    names,
    some_examples,
    some_explanation,
    some_phrases,
    some_report,
    some_scores,
)


def test_json__cannot_end_its_element_and_survives_the_way() -> None:
    value = {"text": "</script><!--&\u2028\ud800"}
    text = inert_json(value)
    assert not set("<>&\u2028") & set(text)
    assert text.isascii()
    assert json.loads(text) == value


def test_page__has_no_topics() -> None:
    scores = some_scores(names(3))
    known = pl.Series([True, False, None] * len(scores.features))[: len(scores.features)]
    told = replace(scores, features=scores.features.with_columns(is_topic=known))
    expected = told.features.filter(pl.col("is_topic").fill_null(value=False).not_())
    data = report_data(told, None, None)
    shown = [
        (model["label"], feature)
        for model, tables in zip(data["models"], data["profiles"], strict=True)
        for columns in tables.values()
        for feature in columns["feature"]
    ]
    assert sorted(shown) == sorted(expected.select("label", "feature").iter_rows())
    assert len(shown) < len(scores.features)


def test_page__allows_nothing_but_its_own_script_and_style() -> None:
    page = report_html(some_report(HOSTILE))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert page.count("<script") == page.count("</script>") == 2
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", page)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", page)


def test_page__is_the_same_for_the_same_data() -> None:
    assert report_html(some_report(HOSTILE)) == report_html(some_report(HOSTILE[::-1]))


def test_data__has_a_place_on_the_map_for_each_model_and_says_how_tree_like_the_distances_are() -> None:
    data = some_report(["d", "a", "c", "b"])
    assert [len(data["map"][axis]) for axis in ("x", "y")] == [4, 4]
    assert data["map"]["words"].startswith(f"Stress {data['map']['stress']:.2f}")
    likeness = data["tree"]["likeness"]
    assert likeness["words"].startswith(f"Mean delta {likeness['mean_delta']:.2f}")
    three, two = some_report(["a", "b", "c"]), some_report(["a", "b"])
    assert three["tree"]["likeness"] is None
    assert three["map"] is not None
    assert two["map"] is None


def test_data__stays_small_with_many_models() -> None:
    examples = some_examples(some_scores(names(250), n_features=400))
    n_examples = [len(own) for own in examples.values()]
    assert set(n_examples) == {MAX_EXAMPLES // 250 // len(QUOTED)}, "evenly over models and tables"
    data = some_report(names(250), n_features=400)
    assert len(report_html(data)) < 5_000_000
    evidence = [some_explanation(*pair) for pair in itertools.pairwise(names(250))]
    phrases = dict.fromkeys(names(250), some_phrases([f"a phrase of some words {i}" for i in range(300)]))
    full = some_report(names(250), n_features=400, examples=examples, phrases=phrases, evidence=evidence)
    assert len(report_html(full)) < 6_500_000
    lengths = {len(table["feature"]) for profile in data["profiles"] for table in profile.values()}
    assert lengths == {80}, "40,000 features, evenly over 250 models and 2 tables"


def test_scripts__declare_each_name_once() -> None:
    """All parts share one scope, and of two functions of one name the last would count, without a word."""
    assets = Path(report_page.__file__).with_name("assets")
    parts = [(assets / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    declared = [name for part in parts for name in re.findall(r"^(?:function|const|let) (\w+)", part, re.MULTILINE)]
    assert [name for name, n in Counter(declared).items() if n > 1] == []
    assert len(declared) > 200
    assert {f"{name}.js" for name in SCRIPTS} == {path.name for path in assets.glob("*.js")}
