"""What a run leaves of Chinese texts is written as Chinese is, and follows no rule that is known of English only."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import fastslop as fs
from fastslop.report.data import NO_PATTERNS
from fastslop.search.contrast_rates import names_of

SPACED = re.compile(r"[\u4e00-\u9fff] [\u4e00-\u9fff]")
OPENINGS = {"oak": "综上所述，{}充满挑战，值得深入思考。", "elm": "总的来说，{}的问题不难。", "ash": "{}的问题还可以。"}
CONTRAST = "这不是终点，而是起点。"
THINGS = "天气 音乐 历史 经济 教育 城市 农业 环境 科学 电影".split()
ASKED = [f"{one}和{other}" for one, other in combinations(THINGS, 2)]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> fs.RunResult:
    """A run of three models that begin their answers each in their own way, and now and then in that of the first."""
    texts = [
        {
            "model": model,
            "prompt": asked,
            "text": OPENINGS[model if i % 15 else "oak"].format(asked)
            + f"{asked}对人们的生活有很大影响。"
            + (CONTRAST if model == "elm" else ""),
        }
        for model in OPENINGS
        for i, asked in enumerate(ASKED)
    ]
    return fs.run(texts, tmp_path_factory.mktemp("run"))


def data_of(page: Path) -> dict[str, Any]:
    """The data of a report."""
    embedded = re.search(r'id="data">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
    assert embedded
    return json.loads(embedded[1])


def test_phrases__stand_as_in_running_text_in_all_that_is_written(found: fs.RunResult) -> None:
    assert "充满挑战，值得深入思考" in found.lists["oak"].tables["phrases"]["phrase"]
    written = [path for path in found.out.rglob("*") if path.suffix in {".csv", ".json", ".jsonl", ".txt"}]
    assert not [path for path in written if SPACED.search(path.read_text(encoding="utf-8"))]
    features = pl.read_parquet(found.out / "keyness.parquet")["feature"]
    assert "值得深入思考" in features and not features.str.contains(SPACED.pattern).any()
    for shown in (found.scores.to_dict(), data_of(found.out / "report.html")):
        assert not SPACED.search(json.dumps(shown, ensure_ascii=False))


def test_ngrams__of_the_page_are_quoted(found: fs.RunResult) -> None:
    of_oak = data_of(found.out / "report.html")["profiles"][[*found.lists].index("oak")]["word 3"]
    quoted = dict(zip(of_oak["feature"], of_oak["example"], strict=True))
    assert quoted["值得深入思考"][1] == "值得深入思考" and quoted["充满挑战值得"][1] == "充满挑战，值得"


def test_contrasts__are_those_of_chinese_and_quoted(found: fs.RunResult) -> None:
    patterns = pl.read_csv(found.out / "patterns.csv")
    assert patterns.filter(label="oak")["pattern"].to_list() == [*names_of("zh")]
    counted = patterns.filter(pl.col("n") > 0)
    assert set(counted.select("label", "pattern", "n", "example").rows()) == {
        ("elm", name, len(ASKED), CONTRAST) for name in ("不是…而是…", "all")
    }
    assert NO_PATTERNS not in data_of(found.out / "report.html")["notes"]
    assert json.loads((found.out / "lists" / "banned_regex.json").read_text()) == []


def test_contrasts__of_a_language_without_rules_are_none_and_the_page_says_so(tmp_path: Path) -> None:
    texts = [
        {"model": model, "prompt": i, "text": f"{model * 3} Det var inte slutet, utan början. " * 9}
        for model in "ab"
        for i in range(9)
    ]
    found = fs.run(texts, tmp_path / "out", language="sv")
    assert any("refusals and contrasts are known in English, Chinese," in note for note in found.profiles.notes)
    assert pl.read_csv(tmp_path / "out" / "patterns.csv").is_empty()
    assert NO_PATTERNS in data_of(tmp_path / "out" / "report.html")["notes"]
