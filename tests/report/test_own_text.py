"""A reader's text is scored in the page as `fastslop filter` scores it, and by nobody else."""

from __future__ import annotations

import gzip
import json
import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy.stats import poisson

from fastslop.base.arrays import to_bytes
from fastslop.base.spec import PRESETS
from fastslop.report.data import ShownList
from fastslop.search.contrast_expressions import contrast_expressions
from fastslop.search.filter import filter_texts
from fastslop.search.list_entries import understand
from fastslop.search.list_files import groups_in
from fastslop.search.list_matcher import matcher_of_list
from fastslop.search.matcher import stream_of
from tests.report.conftest import no_wider_than_the_screen
from tests.report.made_reports import HOSTILE, names, some_report
from tests.search.test_contrast_expressions import CONTRASTS, NONE

SPEC = PRESETS["default"]
ENGLISH = ["a testament to", "barely above a whisper", "didn't", "hum", "whisper", "naïve café", "σας", "ünïcödé words"]
PIECES = [
    *" a|A testament| to|, |. |! |… |\n|\r\n|\t| — |-|–|\u00a0|\u200b|\u00ad|\u200d|’|'|ʼ|\"|“|”|*|**|_|(|)|#| |".split(
        "|"
    ),
    *"barely|Barely|above|whisper|whispers|WHISPER|didn't|didn’t|Didn't'|hum|human|hum's|7|3rd|２|½|®|🙂|\ufe0f|".split(
        "|"
    ),
    *"naïve|nai\u0308ve|café|CAFE\u0301|ΣΑΣ|σας|İstanbul|ﬁne|ｈｕｍ|ünïcödé|ÜNÏCÖDÉ|words|word|слово|\x07|\u2028|x|I".split(
        "|"
    ),
]
CHINESE = ["值得注意的是", "不禁", "嘴角", "嘴角微微上扬", "眼中闪过一丝", "的"]


class Found(NamedTuple):
    """Hits of a list in a text, its words, and its characters that are not cut into words."""

    hits: int
    words: int
    unspaced: int


@dataclass
class Texts:
    """Documents as they are, without being read from anything."""

    text: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1


def in_page(page: Any, entries: Sequence[str], texts: Sequence[str]) -> list[Found]:
    """What the page's own script finds, without its views: many texts at once."""
    script = (files("fastslop.report") / "assets" / "words.js").read_text(encoding="utf-8")
    code = f"""{script}
        const [entries, texts] = arguments;
        const search = searchOf(entries);
        return texts.map(raw => {{
            const text = normalForm(raw);
            const {{ words, n, unspaced }} = tokensOf(text);
            return [hitsIn(words, search).length, n, unspaced];
        }});"""
    return [Found(*row) for row in page.js(code, list(entries), list(texts))]


def in_filter(entries: Sequence[str], texts: Sequence[str]) -> list[Found]:
    """What the matcher of ``filter`` finds in texts as they are."""
    read = understand(groups_in(list(entries), "", ""), "", SPEC)
    assert not read.unusable and len(read.phrases) == len(entries)
    documents = Texts(*to_bytes(pl.Series(texts, dtype=pl.String)))
    stream = stream_of(documents.text, documents.offsets, SPEC)
    hits = matcher_of_list(read, SPEC).count(documents, stream, str)
    return [Found(int(n), int(words), 0) for n, words in zip(hits, stream.n_words, strict=True)]


def test_page__finds_in_any_text_what_filter_finds(page) -> None:
    rng = random.Random(0)
    texts = ["".join(rng.choices(PIECES, k=rng.randrange(1, 40))) for _ in range(1500)]
    found, expected = in_page(page, ENGLISH, texts), in_filter(ENGLISH, texts)
    different = [(text, a, b) for text, a, b in zip(texts, found, expected, strict=True) if a != b]
    assert different == []
    assert sum(one.hits for one in found) > 300


def test_page__finds_in_real_texts_what_filter_finds(page, corpora: Path) -> None:
    """With the words that all of these texts have most often, and their pairs, as a list."""
    with gzip.open(corpora / "slop-score" / "gemma-3-27b-it.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["output"] for _, line in zip(range(40), lines, strict=False)]
    words = sorted({word for text in texts[:3] for word in text.split() if word.isalpha()})[::2]
    pairs = [" ".join(pair) for text in texts[3:5] for pair in zip(text.split(), text.split()[1:], strict=False)]
    entries = [*words, *(pair for pair in dict.fromkeys(pairs) if pair.replace(" ", "").isalpha())][:800]
    scored = filter_texts([{"text": text} for text in texts], entries).texts
    assert scored is not None
    found = in_page(page, entries, texts)
    assert [(one.hits, one.words) for one in found] == scored.select("matches", "n_words").rows()
    assert sum(one.hits for one in found) > 1000


@pytest.mark.parametrize("kana", ["", "の", "カタカナ"])
def test_page__finds_in_text_without_spaces_what_filter_finds(page, kana: str) -> None:
    rng = random.Random(1)
    pieces = [
        *CHINESE,
        "，",
        "。",
        "他",
        "着",
        "hum",
        " ",
        "的是",
        "嘴",
        "\n",
        "一丝",
        "AI",
        "か\u3099",
        "7",
        "\ufe00",
        kana,
    ]
    texts = ["".join(rng.choices(pieces, k=rng.randrange(1, 30))) for _ in range(500)]
    entries = [*CHINESE, "hum", "AI嘴角", "カタ", "の", "が"]
    found, expected = in_page(page, entries, texts), in_filter(entries, texts)
    assert [one.hits for one in found] == [one.hits for one in expected]
    assert sum(one.hits for one in found) > 1000
    is_character = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")
    normal = [unicodedata.normalize("NFKC", text) for text in texts]
    assert [one.unspaced for one in found] == [len(is_character.findall(text)) for text in normal]


@pytest.mark.parametrize(
    ("corpus", "listed"),
    [
        (
            "chinese",
            [*"使用 用户 步骤 以下步骤 首先 需要 实现 例如 的 总的来说 AI".split(), "请注意，这只是一个基本的"],
        ),
        ("japanese", "です ます ください 重要 それぞれ ことができます データ".split()),
    ],
)
def test_page__finds_in_real_text_without_spaces_what_filter_finds(
    page, corpora: Path, corpus: str, listed: list[str]
) -> None:
    texts = []
    for path in sorted((corpora / corpus).glob("*.gz"))[:3]:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            records = [json.loads(line) for _, line in zip(range(30), lines, strict=False)]
        texts += [
            one["choices"][0]["turns"][0]["content"] if "choices" in one else one["ModelAnswer"] for one in records
        ]
    scored = filter_texts([{"text": text, "id": str(i)} for i, text in enumerate(texts)], listed)
    assert scored.texts is not None and scored.language == {"chinese": "zh", "japanese": "ja"}[corpus]
    assert [one.hits for one in in_page(page, listed, texts)] == scored.texts["matches"].to_list()
    assert scored.texts["matches"].sum() > 400


def test_chance_interval__is_poissons(page) -> None:
    script = (files("fastslop.report") / "assets" / "words.js").read_text(encoding="utf-8")
    counts = [1, 2, 5, 20, 100, 1000]
    for n, (low, high) in zip(
        counts, page.js(f"{script}; return arguments[0].map(chanceInterval)", counts), strict=True
    ):
        assert 0.0225 < poisson.sf(n - 1, low) < 0.0275 or (n < 3 and poisson.sf(n - 1, low) < 0.025)
        assert poisson.cdf(n, high) == pytest.approx(0.025, abs=0.0025)
    (low, high), *_ = page.js(f"{script}; return [chanceInterval(0)]")
    assert low == 0
    assert high == pytest.approx(3.69, abs=0.05)


# ---- the view ----


def with_list(**given: Any) -> dict[str, Any]:
    data = some_report(names(4), listed=ShownList(None, [*ENGLISH, *CHINESE, HOSTILE[1]]), **given)
    data["list"]["slop_words"] = ["whisper", "hum"]
    return data


def pasted(page: Any, text: str) -> str:
    page.type("#pasted", text)
    page.wait(lambda: page.texts("#text-said p"))
    return page.texts("#text-said")[0]


@pytest.mark.parametrize("width", [390, 1440])
def test_text__is_scored_and_marked_where_it_was_pasted(page, width) -> None:
    page.open(with_list(), width=width, fragment="#view=text")
    assert page.texts("#text-caption")[0].startswith("It is held against the pooled list: 15 words and phrases")
    assert page.js("return document.getElementById('text-found').hidden")
    text = "Barely, above a WHISPER. The <img src=x> hum, a testament to " + "plain " * 88
    said = pasted(page, text)
    assert said.startswith("3 hits in 100 words: 30.0 in 1,000 words (95 %: 6.0 to 87.7)")
    assert "20.0 (95 %: 2.2 to 72.2); the models of this page " in said
    assert page.texts("#text-verdict") == ["Unresolved beside human writing."]
    assert page.texts("#text-marked mark") == ["Barely, above a WHISPER", "hum", "a testament to"]
    assert page.texts("#text-marked")[0] == text
    assert sorted(page.texts("#text-table td:first-child")) == ["a testament to", "barely above a whisper", "hum"]
    assert page.js("return document.querySelectorAll('main img, main script').length") == 0
    assert no_wider_than_the_screen(page)
    page.click("#text-clear")
    assert page.texts("#text-said p") == []
    assert page.js("return document.activeElement.id") == "pasted"


def test_text__that_is_long_is_told_from_human_writing_and_one_without_spaces_has_no_rate(page) -> None:
    page.open(with_list(), fragment="#view=text")
    pasted(page, "the hum of it " * 500)
    page.wait(lambda: page.texts("#text-verdict") == ["Above human writing."])
    page.type("#pasted", "他嘴角微微上扬，不禁")
    said = page.wait(lambda: [text for text in page.texts("#text-said") if text.startswith("2 hits.")])
    assert "and so no rate" in said[0]
    assert page.texts("#text-verdict") == []
    page.type("#pasted", "the hum of it " * 30 + "不禁")
    aside = "31 hits in 120 words (2 characters of text without spaces left aside): 258.3"
    page.wait(lambda: aside in page.texts("#text-said")[0])


def test_slash__in_a_text_is_a_slash(page) -> None:
    page.open(with_list(), fragment="#view=text")
    page.js("document.getElementById('pasted').focus()")
    page.press("/")
    assert page.js("return document.activeElement.id") == "pasted"


def test_text__has_no_view_without_a_list(page) -> None:
    page.open(some_report(names(4)), fragment="#view=text")
    assert page.js("return document.querySelector('#views [data-view=text]').hidden")
    assert page.js("return document.getElementById('text').hidden")


def test_expressions_of_contrasts__mean_to_ecmascript_what_they_mean_to_python(page) -> None:
    texts = "\n".join([*CONTRASTS, *(text.upper() for text in CONTRASTS), *NONE])
    code = "return arguments[0].map(own => [...arguments[1].matchAll(new RegExp(own, 'gi'))].map(match => match[0]))"
    found = page.js(code, contrast_expressions(), texts)
    expected = [[m[0] for m in re.finditer(own, texts, re.IGNORECASE)] for own in contrast_expressions()]
    assert found == expected
    assert sum(map(len, expected)) >= 2 * len(CONTRASTS)
