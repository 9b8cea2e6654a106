"""Claims about the report, checked in a real browser: Debian's chromium, headless, without a network."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import re
import shlex
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from fastslop.comparing.compare import Comparison
from fastslop.evidence.explain import CANNOT_SHOW, Explanation
from fastslop.report.data import MAX_EXAMPLES, QUOTED, features_to_quote, report_data
from fastslop.report.page import inert_json, report_html
from fastslop.scoring.score import Scores
from fastslop.scoring.slop_score import HumanLevel
from fastslop.search.examples import Entry
from fastslop.search.quotes import Passage
from fastslop.trees.linkage import linkage_of

HOSTILE = [
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\"quoted\" & 'quoted' {{data}} ]]>",
    "مرحبا بالعالم",
    "reversed \u202e text",
    "<!-- <script>",
    "W" * 300,
    "comma, line\nfeed",
]


HUMAN = HumanLevel("<b>wordfreq</b>:en", 2.5, 2.0, 3.25, "The <i>words</i> were chosen.")


def some_scores(labels: list[str], n_features: int = 12) -> Scores:
    """Made-up numbers, with the labels themselves among the features."""
    rng = np.random.default_rng(0)
    totals = {"panel": "p", "n_docs": 300, "n_prompts": 300, "n_tokens": 9000, "n_words": 7000}
    levels = (rng.random(len(labels)) * 30).tolist()
    totals_of = [
        {"label": label, **totals, "slop_score": level, "slop_low": level - 1, "slop_high": level + 1}
        for label, level in zip(sorted(labels), levels, strict=True)
    ]
    kinds = ("word", "mark")
    frames = [_features(label, i, kind, n_features) for i, label in enumerate(sorted(labels)) for kind in kinds]
    return Scores("wordfreq:en", pl.concat(frames), pl.DataFrame(totals_of), ("a <b>note</b>",), HUMAN)


def some_examples(scores: Scores) -> dict[str, dict[Entry, Passage]]:
    """A passage of each feature that a report may quote, hostile on either side."""
    return {
        label: {
            (table, feature): Passage(f"{HOSTILE[i % len(HOSTILE)]} before ", feature, f" after {HOSTILE[0]}")
            for table, features in tables.items()
            for i, feature in enumerate(features)
        }
        for label, tables in features_to_quote(scores).items()
    }


def some_phrases(texts: list[str]) -> pl.DataFrame:
    n = len(texts)
    counts = pl.Series(range(n, 0, -1))
    return pl.DataFrame(
        {
            "phrase": texts,
            "score": [2.0] * n,
            "rate_per_million": [12.0] * n,
            "baseline_per_million": [1.5] * n,
            "n": counts * 10,
            "n_prompts": counts,
            "n_labels": [1] * n,
            "echo": [0.5] * n,
            "is_name": [False] * n,
        }
    )


def some_report(labels: list[str], *, n_features: int = 12, support: bool = True, **given: Any) -> dict[str, Any]:
    """Data of a report with made-up numbers and the labels themselves among the features."""
    rng = np.random.default_rng(0)
    labels = sorted(labels)
    n = len(labels)
    scores = some_scores(labels, n_features)
    if n == 1:
        return report_data(scores, None, None, **given)
    condensed = rng.random(n * (n - 1) // 2) + 0.2
    comparison = Comparison("fastslop", "cosine distance", tuple(labels), ("p",) * n, condensed, 1000)
    tree = linkage_of(labels, condensed, metric=comparison.metric)
    if support:
        tree = replace(tree, support=tuple(rng.random(n - 1)))
    return report_data(scores, comparison, tree, **given)


def _features(label: str, i: int, kind: str, n: int) -> pl.DataFrame:
    names = [f"shared-{kind}-{k}" for k in range(n - 2)] + [f"only of {i} {kind}", HOSTILE[i % len(HOSTILE)]]
    counts = np.arange(n, 0, -1) * 10 + i
    return pl.DataFrame(
        {
            "label": [label] * n,
            "kind": pl.Series([kind] * n, dtype=pl.Enum(["word", "content", "mark"])),
            "order": pl.Series([1] * n, dtype=pl.UInt8),
            "feature": names,
            "n": counts,
            "n_winsorised": counts // 3,
            "n_docs": counts // 2,
            "n_prompts": counts // 2,
            "rate_per_million": counts * 3.0,
            "baseline_per_million": [0.5] * n,
            "log_ratio": np.linspace(6, 1, n),
            "log_ratio_low": np.linspace(5, 0.5, n),
            "log_ratio_high": np.linspace(7, 2, n),
            "q_value": [0.001] * n,
            "baseline": ["wordfreq:en"] * n,
            "echo": np.linspace(0, 1, n),
            "is_name": [True] + [None] * (n - 1),
        }
    )


def names(n: int) -> list[str]:
    return [f"{['gpt', 'claude', 'gemma', 'qwen', 'llama'][i % 5]}-{i}b-instruct" for i in range(n)]


def test_json__cannot_end_its_element_and_survives_the_way() -> None:
    value = {"text": "</script><!--&\u2028\ud800"}
    text = inert_json(value)
    assert not set("<>&\u2028") & set(text)
    assert text.isascii()
    assert json.loads(text) == value


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


# ---- in the browser ----

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def unavailable(reason: str) -> None:
    """Skip; but where tests run for all, a browser has to be there."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}; .ci/run installs it")
    pytest.skip(reason)


class Page:
    """A report that is open in the browser."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver, self.folder = driver, folder

    def js(self, code: str, *arguments: object) -> Any:
        return self.driver.execute_script(code, *arguments)

    def open(self, data: dict[str, Any], *, width: int = 1280, dark: bool = False, fragment: str = "") -> Page:
        path = self.folder / "report.html"
        path.write_text(report_html(data), encoding="utf-8")
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        downloads = {"behavior": "allow", "downloadPath": str(self.folder)}
        self.driver.execute_cdp_cmd("Browser.setDownloadBehavior", downloads)
        self.driver.get(path.as_uri() + fragment)
        self.wait(lambda: self.js("return 'ready' in document.documentElement.dataset"))
        return self

    def wait(self, condition: Callable[[], Any]) -> Any:
        end = time.monotonic() + 20
        while not (found := condition()):
            assert time.monotonic() < end, "waited for 20 s"
            time.sleep(0.02)
        return found

    def texts(self, selector: str) -> list[str]:
        return self.js("return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector)

    def click(self, selector: str) -> None:
        code = """const e = document.querySelector(arguments[0]);
            e.dispatchEvent(new MouseEvent('click', {bubbles: true}))"""
        self.js(code, selector)

    def press(self, key: str) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            self.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": key})

    def downloaded(self, name: str) -> bytes:
        self.wait(lambda: (self.folder / name).is_file() and (self.folder / name).stat().st_size)
        return (self.folder / name).read_bytes()


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    control = shutil.which("chromedriver")
    if browser is None or control is None:
        unavailable("needs chromium and chromedriver (Debian: chromium, chromium-driver)")
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        unavailable("needs the Python package selenium")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(control))
    yield driver
    driver.quit()


@pytest.fixture
def page(driver: Any, tmp_path: Path) -> Iterator[Page]:
    """A page; whatever was done with it, it has neither complained nor asked a host for anything."""
    driver.get("about:blank")
    driver.get_log("browser")
    driver.get_log("performance")
    yield Page(driver, tmp_path)
    assert [entry for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))] == []


def no_wider_than_the_screen(page: Page) -> bool:
    return bool(page.js("return document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("n", [2, 4, 22])
def test_report__shows_the_tree_first_in_both_layouts(page, n, width) -> None:
    page.open(some_report(names(n)), width=width)
    assert page.js("return document.querySelector('main section').id") == "tree"
    for layout in ("circular", "rectangular"):
        page.click(f"#{layout}")
        assert sorted(page.texts(".leaf text")) == sorted(names(n)) or width == 390
        assert len(page.texts(".leaf text")) == n
        assert len(page.texts("#tree-picture .support")) == n - 2
        assert no_wider_than_the_screen(page)
    assert page.js("const b = document.getElementById('tree-picture').getBoundingClientRect(); return b.top < 900")


def test_report__stands_250_models(page) -> None:
    page.open(some_report(names(250), n_features=60))
    for layout in ("circular", "rectangular"):
        page.click(f"#{layout}")
        assert len(page.texts(".leaf text")) == 250
        assert no_wider_than_the_screen(page)
    heights = page.js("return [...document.querySelectorAll('.leaf text')].map(e => e.getBoundingClientRect().top)")
    assert min(np.diff(sorted(heights))) >= 13, "names do not overlap"
    assert page.js("return document.getElementById('heat').width") > 500


def test_report__opens_in_less_than_a_second_with_50_models(page) -> None:
    labels = names(50)
    examples = some_examples(some_scores(labels, n_features=100))
    phrases = dict.fromkeys(labels, some_phrases([f"phrase {i}" for i in range(100)]))
    page.open(some_report(labels, n_features=100, examples=examples, phrases=phrases))
    (first,) = page.js("return performance.getEntriesByName('first-view').map(mark => mark.startTime)")
    assert first < 1000


@pytest.mark.parametrize("width", [390, 1280])
def test_report__shows_hostile_text_as_text(page, width) -> None:
    page.open(some_report(HOSTILE, title=HOSTILE[0]), width=width)
    assert page.js("return document.title") == HOSTILE[0]
    assert page.js("return document.querySelectorAll('main img, main script').length") == 0
    labels = page.texts("#models-table tbody tr td:first-child")
    assert HOSTILE[0] in labels
    assert HOSTILE[3] in labels
    assert "reversed \ufffd text" in labels
    assert "comma, line\\nfeed" in labels
    for i in range(len(HOSTILE)):
        page.click(f'.leaf[data-leaf="{i}"]')
        assert page.texts("#profile-table td.text")
    page.click("#circular")
    assert no_wider_than_the_screen(page)


def test_report__of_one_model_has_no_tree(page) -> None:
    page.open(some_report(["alone"]))
    assert page.js("return document.getElementById('tree').hidden")
    assert page.texts("#profile-table td.text")


def test_table__is_sorted_by_number_and_back(page) -> None:
    page.open(some_report(names(12)))
    cells = "#models-table tbody td:nth-child(3)"
    falling = [float(text) for text in page.texts(cells)]
    assert falling == sorted(falling, reverse=True)
    page.click("#models-table th:nth-child(3) button")
    assert [float(text) for text in page.texts(cells)] == falling[::-1]
    assert page.js("return document.querySelector('#models-table th:nth-child(3)').ariaSort") == "ascending"
    page.click("#models-table th:nth-child(1) button")
    labels = page.texts("#models-table tbody td:first-child")
    assert labels == sorted(labels)


def test_table__is_filtered(page) -> None:
    page.open(some_report(names(12)))
    code = """const e = document.querySelector('#models-table input'); e.value = arguments[0];
        e.dispatchEvent(new Event('input'))"""
    page.js(code, "GEMMA")
    found = page.texts("#models-table tbody tr")
    assert len(found) >= 2
    assert all("gemma" in row for row in found), "in the name, the family or the nearest model's name"
    assert page.texts("#models-table [role=status]") == [f"{len(found)} of 12 rows"]
    page.js(code, "nothing like it")
    assert page.texts("#models-table tbody tr") == []


def test_table__is_downloaded_as_csv_with_the_values_as_they_are(page) -> None:
    page.open(some_report(HOSTILE))
    page.click("#models-table .csv")
    text = page.downloaded("models.csv").decode("utf-8")
    header = next(csv.reader(io.StringIO(text, newline="")))
    assert len(header) == len(set(header))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert sorted(row["label"] for row in rows) == sorted(HOSTILE)


def test_tree__is_downloaded_as_svg_png_and_newick(page) -> None:
    from xml.etree import ElementTree

    data = some_report(names(9))
    page.open(data, dark=True)
    page.click("#tree-newick")
    assert page.downloaded("tree.nwk").decode("utf-8") == data["tree"]["newick"]
    page.click("#tree-svg")
    root = ElementTree.fromstring(page.downloaded("tree.svg"))
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert set(names(9)) <= set(texts)
    page.click("#tree-png")
    assert page.downloaded("tree.png").startswith(b"\x89PNG")


def test_distances__are_downloaded_as_a_square_table(page) -> None:
    page.open(some_report(names(5)))
    page.click("#distances-csv")
    header, *rows = csv.reader(io.StringIO(page.downloaded("distances.csv").decode("utf-8"), newline=""))
    square = np.array([[float(cell) for cell in row[1:]] for row in rows])
    assert header[1:] == [row[0] for row in rows]
    assert (square == square.T).all()
    assert (square.diagonal() == 0).all()


def test_choice__of_two_models_shows_the_pair(page) -> None:
    data = some_report(names(6))
    page.open(data)
    for i in (4, 1):
        page.click(f'.leaf[data-leaf="{i}"]')
    labels = [model["label"] for model in data["models"]]
    assert page.texts("#selected h3") == [labels[1], labels[4]]
    assert page.js("return [...document.querySelectorAll('#pair select')].map(e => e.value)") == ["1", "4"]
    n = len(labels)
    place = 1 * n - (1 * 2) // 2 + 4 - 1 - 1
    assert page.texts("#pair-facts dd")[0].startswith(f"{data['comparison']['distances'][place]:.3f}")
    assert "shared-word-3" in page.texts("#shared-table td.text")
    assert not [text for text in page.texts("#shared-table td:first-child") if text.startswith("only of")]
    page.click('.leaf[data-leaf="1"]')
    assert page.texts("#selected h3") == [labels[4]]


def test_tree__is_walked_and_chosen_from_by_keyboard(page) -> None:
    page.open(some_report(names(6)))
    page.js("document.querySelector('.leaf[tabindex=\"0\"]').focus()")
    first = page.js("return document.activeElement.dataset.leaf")
    page.press("ArrowDown")
    second = page.js("return document.activeElement.dataset.leaf")
    assert first != second
    page.press("Enter")
    assert page.js("return document.activeElement.dataset.leaf") == second, "the focus outlives the redrawing"
    assert page.js("return document.activeElement.getAttribute('aria-pressed')") == "true"
    page.press("ArrowUp")
    assert page.js("return document.activeElement.dataset.leaf") == first
    assert len(page.js("return [...document.querySelectorAll('.leaf[tabindex=\"0\"]')]")) == 1


def test_heat_map__is_walked_by_keyboard(page) -> None:
    page.open(some_report(names(6)))
    page.js("document.getElementById('heat').focus()")
    page.press("ArrowRight")
    assert "distance" in page.texts("#heat-said")[0]
    page.press("Enter")
    assert len(page.texts("#selected h3")) == 2


def test_families__can_be_changed(page) -> None:
    page.open(some_report(names(6)))
    before = page.texts("#legend li")
    code = """for (const e of document.querySelectorAll('#families input')) {
        e.value = 'mine'; e.dispatchEvent(new Event('change')) }"""
    page.js(code)
    assert page.texts("#legend li") == ["mine"] != before
    assert (
        len(set(page.js("return [...document.querySelectorAll('.leaf text')].map(e => e.getAttribute('fill'))"))) == 1
    )


def test_dark_mode__changes_paper_and_colours(page) -> None:
    look = """return [getComputedStyle(document.body).backgroundColor,
        document.querySelector('.leaf text').getAttribute('fill')]"""
    light = page.open(some_report(names(6))).js(look)
    dark = page.open(some_report(names(6)), dark=True).js(look)
    assert light[0] == "rgb(255, 255, 255)"
    assert light[0] != dark[0]
    assert light[1] != dark[1]


def test_pair__shows_what_is_given_of_uncertainty_and_evidence(page) -> None:
    a, b = sorted(names(4))[:2]
    table = {"title": "Kept phrases", "columns": ["phrase", "n"], "rows": [["<b>a tapestry</b>", 3]]}
    data = some_report(names(4))
    data["evidence"] = [{"a": b, "b": a, "summary": ["<i>They share</i> a phrase."], "tables": [table]}]
    data["comparison"]["neighbours"] = [
        {"label": 0, "neighbour": 1, "support": 0.875, "floor": 0.1, "low": 0.3, "high": 0.4}
    ]
    page.open(data)
    for i in (1, 0):
        page.click(f'.leaf[data-leaf="{i}"]')
    facts = " ".join(page.texts("#pair-facts dl div"))
    assert "0.300 to 0.400" in facts
    assert "87 %" in facts
    assert page.texts("#pair-evidence p") == ["<i>They share</i> a phrase."]
    assert page.texts("#pair-evidence td.text") == ["<b>a tapestry</b>"]


@pytest.mark.parametrize(("guards", "done"), [("set-aside/1", "set aside"), ("count-only/1", "counted all the same")])
def test_report__says_how_many_generations_were_guarded_against(page, guards, done) -> None:
    none = dict.fromkeys(("looping", "refused", "truncated", "duplicate"), 0)
    guarded = {HOSTILE[0]: none | {"looping": 2}, HOSTILE[3]: none | {"looping": 3, "truncated": 1200}}
    page.open(some_report([HOSTILE[0], HOSTILE[3]], read={"guards": guards, "guarded": guarded}))
    looping, refused, truncated, duplicate = page.texts("#read li")[-4:]
    assert looping.startswith("5 looping: ") and f"{done} ({HOSTILE[3]} 3, {HOSTILE[0]} 2)" in looping
    assert refused.startswith("0 refused: ") and refused.endswith(done)
    assert truncated.startswith("1,200 truncated: ") and duplicate.startswith("0 duplicate: ")


def some_explanation(a: str, b: str, verdict: str = "unresolved") -> Explanation:
    feature = {"feature": HOSTILE[0], "kind": "word", "order": 1, "n_a": 12345, "n_b": 7, "share": 0.0123}
    feature |= {"n_prompts_a": 11, "n_prompts_b": 5, "ratio_a": 3.14159, "ratio_b": 12.5}
    feature |= {"echo_a": 0.25, "echo_b": None, "is_name": True}
    rivals = [{"label": HOSTILE[1], "difference": 0.25, "p": 1e-300}]
    return Explanation(
        a,
        b,
        evidence={},
        shared=[feature],
        separating=[feature],
        base=None,
        sibling=None,
        controls=[],
        sources=[],
        cannot_show=CANNOT_SHOW,
        verdict=verdict,
        reason=f"prompts do not settle it: {HOSTILE[1]}",
        z=1.64,
        p=0.05,
        p_all_pairs=1.0,
        rivals=rivals,
        group=(),
    )


def test_pair__shows_the_evidence_of_each_direction_that_was_weighed(page) -> None:
    labels = HOSTILE[:5]
    data = some_report(
        labels, evidence=[some_explanation(labels[0], labels[1]), some_explanation(labels[1], labels[0])]
    )
    page.open(data)
    one, other = (next(i for i, m in enumerate(data["models"]) if m["label"] == label) for label in labels[:2])
    for i in (one, other):
        page.click(f'.leaf[data-leaf="{i}"]')
    assert page.texts("#pair-evidence .verdict") == ["unresolved", "unresolved"]
    cells = page.texts("#pair-evidence tbody tr")
    assert len(cells) == 4
    assert cells[0] == f"{HOSTILE[0]}1.2312,3457115" + "3.1412.5" + "25name"
    assert "1.0e-300" in cells[1]
    assert f"Unresolved: prompts do not settle it: {HOSTILE[1]}." in page.texts("#pair-evidence p")
    assert page.js("return document.querySelectorAll('main img, main script, #pair-evidence b').length") == 0
    assert no_wider_than_the_screen(page)


def test_pair__that_was_not_weighed_says_which_command_does(page) -> None:
    labels = ["-dash", "it's", "other", "more"]
    page.open(some_report(labels))
    for i in (0, 1):
        page.click(f'.leaf[data-leaf="{i}"]')
    (command,) = page.texts("#pair-evidence code")
    assert shlex.split(command)[:4] == ["fastslop", "explain", "PROFILES", "--"]
    assert sorted(shlex.split(command)[4:]) == ["-dash", "it's"]


def test_pair__says_why_nothing_was_weighed(page) -> None:
    page.open(some_report(names(4), no_evidence="it takes <b>5</b> models"))
    assert page.texts("#pair-evidence p") == ["No evidence was weighed: it takes <b>5</b> models."]


# ---- slop scores, quotes, phrases, patterns, guards ----


@pytest.mark.parametrize("width", [390, 1280])
def test_slop_scores__are_drawn_from_the_highest_with_interval_and_human_level(page, width) -> None:
    data = some_report(names(22))
    page.open(data, width=width, dark=width == 390)
    shown = [float(text) for text in page.texts("#scores-picture .score text:last-of-type")]
    assert shown == sorted((round(model["slop_score"], 1) for model in data["models"]), reverse=True)
    lefts = page.js(
        "return ['.interval', 'circle'].map(s => [...document.querySelectorAll(`#scores-picture .score ${s}`)]"
        ".map(e => e.getBoundingClientRect()).map(b => [b.left, b.right]))"
    )
    assert len(lefts[0]) == len(lefts[1]) == 22
    for (low, high), (left, right) in zip(*lefts, strict=True):
        assert low <= (left + right) / 2 <= high
    (human,) = page.js("return [...document.querySelectorAll('#scores-picture .human')].map(e => e.getAttribute('x1'))")
    lowest = page.js(
        "return Math.min(...[...document.querySelectorAll('#scores-picture circle')].map(e => +e.getAttribute('cx')))"
    )
    below_human = min(model["slop_score"] for model in data["models"]) < HUMAN.slop_score
    assert (lowest < float(human)) == below_human
    assert page.texts("#human-caption") == [
        "Human writing, by <b>wordfreq</b>:en: 2.5 (2.0 to 3.3). The <i>words</i> were chosen."
    ]
    assert no_wider_than_the_screen(page)


def test_slop_scores__choose_a_model(page) -> None:
    data = some_report(names(6))
    page.open(data)
    first = page.texts("#scores-picture .score text:first-of-type")[0]
    page.click("#scores-picture .score")
    assert page.texts("#selected h3") == [first]
    assert page.js("return document.querySelectorAll('#scores-picture .row.chosen').length") == 1


def test_slop_scores__without_intervals_or_human_level_are_dots(page) -> None:
    data = some_report(names(3))
    data["human"] = None
    for model in data["models"]:
        model["slop_low"] = model["slop_high"] = None
    page.open(data)
    assert page.js("return document.querySelectorAll('#scores-picture circle').length") == 3
    assert page.js("return document.querySelectorAll('#scores-picture .interval, #scores-picture .human').length") == 0
    assert page.texts("#human-caption") == [""]


@pytest.mark.parametrize("width", [390, 1280])
def test_profile__quotes_hostile_texts_as_text(page, width) -> None:
    scores = some_scores(HOSTILE)
    page.open(some_report(HOSTILE, examples=some_examples(scores)), width=width)
    page.click('.leaf[data-leaf="0"]')
    quotes = page.texts("#profile-table .quote")
    marks = page.texts("#profile-table .quote mark")
    assert len(quotes) == len(marks) == 12
    assert f"{HOSTILE[0]} before shared-word-0 after {HOSTILE[0]}" in quotes
    assert marks[0] == "shared-word-0"
    assert page.js("return document.querySelectorAll('main img, main script').length") == 0
    assert page.js("return document.title") != "owned"
    assert no_wider_than_the_screen(page)


def test_profile__filters_and_downloads_quotes(page) -> None:
    labels = names(3)
    page.open(some_report(labels, examples=some_examples(some_scores(labels))))
    page.click('.leaf[data-leaf="0"]')
    label = page.texts("#selected h3")[0]
    page.js(
        """const e = document.querySelector('#profile-table input'); e.value = arguments[0];
        e.dispatchEvent(new Event('input'))""",
        "مرحبا",
    )
    assert len(page.texts("#profile-table tbody tr")) == 2
    page.click("#profile-table .csv")
    text = page.downloaded(f"{label}_Words.csv").decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [r["example"] for r in rows] == [f"{HOSTILE[3]} before {r['feature']} after {HOSTILE[0]}" for r in rows]
    assert len(rows) == 2


def test_profile__without_texts_says_why_nothing_is_quoted(page) -> None:
    page.open(some_report(names(3)))
    assert "need the texts" in page.texts("#profile-caption")[0]
    page.open(some_report(names(3), examples=some_examples(some_scores(names(3)))))
    assert "need the texts" not in page.texts("#profile-caption")[0]


def test_profile__shows_phrases_with_the_ratio_of_their_n_gram(page) -> None:
    labels = sorted(names(3))
    texts = ["Voice barely above a <i>whisper</i>", "a testament to"]
    examples = {labels[0]: {("phrase", texts[1]): Passage("It was ", "a testament to", " him.")}}
    page.open(some_report(labels, phrases={labels[0]: some_phrases(texts)}, examples=examples))
    page.click('.leaf[data-leaf="0"]')
    page.js("[...document.querySelectorAll('#profile-tabs button')].find(e => e.textContent === 'Phrases').click()")
    rows = page.texts("#profile-table tbody tr")
    assert [row.startswith(text) for row, text in zip(rows, texts, strict=True)] == [True, True]
    assert "8×" in rows[0] and "4×" in rows[0]
    assert page.texts("#profile-table .quote") == ["It was a testament to him."]
    assert "was grown from an n-gram" in page.texts("#profile-caption")[0]


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
        page.click('.leaf[data-leaf="0"]')
        assert page.texts("#patterns tbody tr") == [f"Not X, but Y{HOSTILE[1]}530.500.100.90"]
    page.click('.leaf[data-leaf="0"]')
    page.click('.leaf[data-leaf="2"]')
    assert page.js("return document.getElementById('patterns').hidden")
