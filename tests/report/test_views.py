"""Claims about the views of the report, checked in a browser."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from tests.report.conftest import no_wider_than_the_screen
from tests.report.made_reports import (
    HOSTILE,
    HUMAN,
    names,
    some_examples,
    some_phrases,
    some_report,
    some_scores,
    with_map,
)

VIEWS = ("overview", "tree", "map", "distances", "scores", "model", "pair", "about")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("n", [2, 4, 22])
def test_tree__is_shown_in_both_layouts(page, n, width) -> None:
    page.open(some_report(names(n)), width=width, fragment="#view=tree")
    for layout in ("circular", "rectangular"):
        page.click(f"#{layout}")
        assert sorted(page.texts(".leaf text")) == sorted(names(n)) or width == 390
        assert len(page.texts(".leaf text")) == n
        supports = len(page.texts("#tree-picture .support"))
        assert supports == n - 2 or (0 < supports < n - 2 and (layout == "circular" or width == 390)), "as many as fit"
        assert no_wider_than_the_screen(page)
    assert page.js("const b = document.getElementById('tree-picture').getBoundingClientRect(); return b.top < 900")


def test_report__stands_250_models(page) -> None:
    page.open(some_report(names(250), n_features=60), fragment="#view=tree")
    for layout in ("circular", "rectangular"):
        page.click(f"#{layout}")
        assert len(page.texts(".leaf text")) == 250
        assert no_wider_than_the_screen(page)
    heights = page.js("return [...document.querySelectorAll('.leaf text')].map(e => e.getBoundingClientRect().top)")
    assert min(np.diff(sorted(heights))) >= 13, "names do not overlap"
    page.view("distances")
    assert len(page.texts("#heat .left text")) == len(page.texts("#heat .above text")) == 250
    page.click("#heat-whole")
    cells = page.js("return document.querySelector('#heat .cells').getBoundingClientRect().width")
    assert 500 < cells <= page.js("return document.getElementById('heat').clientWidth"), "the whole fits"


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
        page.js("location.hash = ''")
        page.click(f"#models-table tbody tr:nth-child({i + 1}) button.plain")
        page.wait(lambda: page.texts("#profile-table td.text"))
        assert no_wider_than_the_screen(page)
    for view in VIEWS:
        page.view(view)
        assert no_wider_than_the_screen(page), view
    page.view("tree")
    page.click("#circular")
    assert no_wider_than_the_screen(page)
    assert page.js("return document.querySelectorAll('main img, main script').length") == 0


def test_report__of_one_model_has_no_tree(page) -> None:
    page.open(some_report(["alone"]), fragment="#view=tree")
    shown = "return [...document.querySelectorAll('#views a')].filter(e => !e.hidden).map(e => e.dataset.view)"
    assert page.js(shown) == ["overview", "scores", "model", "about"]
    assert page.js("return document.getElementById('tree').hidden")
    page.view("model")
    assert page.texts("#profile-table td.text")


def test_report__of_two_models_shows_no_scale_legend_or_support_of_one_distance(page) -> None:
    page.open(some_report(names(2)))
    page.view("tree")
    assert page.texts("#tree .legend.families li") == []
    assert page.texts("#support-reading") == [""]
    page.view("distances")
    assert page.texts("#heatmap-scale text, .ramp text") == []
    page.view("overview")
    assert "Support" not in page.texts("#models-table th")


def test_table__is_sorted_by_number_and_back(page) -> None:
    page.open(some_report(names(12)), fragment="#view=scores")
    cells = "#scores-table tbody td:nth-child(2)"
    falling = [float(text) for text in page.texts(cells)]
    assert falling == sorted(falling, reverse=True)
    page.click("#scores-table th:nth-child(2) button")
    assert [float(text) for text in page.texts(cells)] == falling[::-1]
    assert page.js("return document.querySelector('#scores-table th:nth-child(2)').ariaSort") == "ascending"
    page.click("#scores-table th:nth-child(1) button")
    labels = page.texts("#scores-table tbody td:first-child")
    assert labels == sorted(labels)


def test_table__is_filtered(page) -> None:
    page.open(some_report(names(12)))
    page.type("#models-table input", "GEMMA")
    found = page.texts("#models-table tbody tr")
    assert len(found) >= 2
    assert all("gemma" in row for row in found), "in the name, the family or the nearest model's name"
    assert page.texts("#models-table [role=status]") == [f"{len(found)} of 12 rows"]
    page.type("#models-table input", "nothing like it")
    assert page.texts("#models-table tbody tr") == []


def test_table__is_downloaded_as_csv_with_the_values_as_they_are(page) -> None:
    page.open(some_report(HOSTILE))
    page.click("#models-table .csv")
    text = page.downloaded("models.csv").decode("utf-8")
    header = next(csv.reader(io.StringIO(text, newline="")))
    assert len(header) == len(set(header))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert sorted(row["label"] for row in rows) == sorted(HOSTILE)


@pytest.mark.parametrize("view", ["tree", "map", "distances", "scores"])
def test_picture__is_downloaded_as_svg_and_png(page, view) -> None:
    from xml.etree import ElementTree

    labels = [*names(8), HOSTILE[0]]
    page.open(with_map(some_report(labels)), dark=True, fragment=f"#view={view}")
    page.click(f"#{view}-svg")
    root = ElementTree.fromstring(page.downloaded(f"{view}.svg"))
    texts = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    texts |= {title.text for title in root.iter("{http://www.w3.org/2000/svg}title")}
    assert set(labels) <= texts or view == "map", "a map leaves names out for which there is no room"
    assert "var(--" not in ElementTree.tostring(root, encoding="unicode"), "it needs no style of the page"
    page.click(f"#{view}-png")
    assert page.downloaded(f"{view}.png").startswith(b"\x89PNG")


def test_tree__is_downloaded_as_newick(page) -> None:
    data = some_report(names(9))
    page.open(data, fragment="#view=tree")
    page.click("#tree-newick")
    assert page.downloaded("tree.nwk").decode("utf-8") == data["tree"]["newick"]


def test_distances__are_downloaded_as_a_square_table(page) -> None:
    page.open(some_report(names(5)), fragment="#view=distances")
    page.click("#distances-csv")
    header, *rows = csv.reader(io.StringIO(page.downloaded("distances.csv").decode("utf-8"), newline=""))
    square = np.array([[float(cell) for cell in row[1:]] for row in rows])
    assert header[1:] == [row[0] for row in rows]
    assert (square == square.T).all()
    assert (square.diagonal() == 0).all()


def test_choice__of_two_models_shows_the_pair(page) -> None:
    data = some_report(names(6))
    page.open(data)
    page.choose(4, 1)
    labels = [model["label"] for model in data["models"]]
    assert page.texts("#selected h3") == [labels[1], labels[4]]
    page.view("pair")
    assert page.js("return [...document.querySelectorAll('#pair select')].map(e => e.value)") == ["1", "4"]
    n = len(labels)
    place = 1 * n - (1 * 2) // 2 + 4 - 1 - 1
    assert page.texts("#pair-facts dd")[0].startswith(f"{data['comparison']['distances'][place]:.3f}")
    assert "shared-word-3" in page.texts("#shared-table td.text")
    assert not [text for text in page.texts("#shared-table td:first-child") if text.startswith("only of")]
    page.choose(1)
    assert page.texts("#selected h3") == [labels[4]]


def test_tree__is_walked_and_chosen_from_by_keyboard(page) -> None:
    page.open(some_report(names(6)), fragment="#view=tree")
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
    page.open(some_report(names(6)), fragment="#view=distances")
    page.js("document.getElementById('heat').focus()")
    page.press("ArrowRight")
    assert "distance" in page.texts("#heat-said")[0]
    page.press("Enter")
    assert len(page.texts("#selected h3")) == 2


def test_families__can_be_changed(page) -> None:
    page.open(some_report(names(6)), fragment="#view=tree")
    before = page.texts("#tree .legend.families li")
    code = """for (const e of document.querySelectorAll('#families input')) {
        e.value = 'mine'; e.dispatchEvent(new Event('change')) }"""
    page.js(code)
    assert page.texts("#tree .legend.families li") == ["mine"] != before
    assert (
        len(set(page.js("return [...document.querySelectorAll('.leaf text')].map(e => e.getAttribute('fill'))"))) == 1
    )


def test_dark_mode__changes_paper_and_colours(page) -> None:
    look = """return [getComputedStyle(document.body).backgroundColor,
        document.querySelector('.leaf text').getAttribute('fill')]"""
    light = page.open(some_report(names(6)), fragment="#view=tree").js(look)
    dark = page.open(some_report(names(6)), dark=True, fragment="#view=tree").js(look)
    assert light[0] == "rgb(255, 255, 255)"
    assert light[0] != dark[0]
    assert light[1] != dark[1]


@pytest.mark.parametrize(("guards", "done"), [("set-aside/1", "set aside"), ("count-only/1", "counted all the same")])
def test_report__says_how_many_generations_were_guarded_against(page, guards, done) -> None:
    none = dict.fromkeys(("looping", "refused", "truncated", "duplicate"), 0)
    guarded = {HOSTILE[0]: none | {"looping": 2}, HOSTILE[3]: none | {"looping": 3, "truncated": 1200}}
    page.open(some_report([HOSTILE[0], HOSTILE[3]], read={"guards": guards, "guarded": guarded}))
    looping, refused, truncated, duplicate = page.texts("#read li")[-4:]
    assert looping.startswith("5 looping: ") and f"{done} ({HOSTILE[3]} 3, {HOSTILE[0]} 2)" in looping
    assert refused.startswith("0 refused: ") and refused.endswith(done)
    assert truncated.startswith("1,200 truncated: ") and duplicate.startswith("0 duplicate: ")


@pytest.mark.parametrize("width", [390, 1280])
def test_slop_scores__are_drawn_from_the_highest_with_interval_and_human_level(page, width) -> None:
    data = some_report(names(22))
    page.open(data, width=width, dark=width == 390, fragment="#view=scores")
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


def test_slop_scores__lead_to_a_model(page) -> None:
    page.open(some_report(names(6)), fragment="#view=scores")
    first = page.js("return document.querySelector('#scores-picture .score text').firstChild.data")
    page.click("#scores-picture .score")
    assert page.texts("#model-title") == [first]
    page.view("scores")
    assert page.js("return document.querySelectorAll('#scores-picture .row.chosen').length") == 1


def test_slop_scores__without_intervals_or_human_level_are_dots(page) -> None:
    data = some_report(names(3))
    data["human"] = None
    for model in data["models"]:
        model["slop_low"] = model["slop_high"] = None
    page.open(data, fragment="#view=scores")
    assert page.js("return document.querySelectorAll('#scores-picture circle').length") == 3
    assert page.js("return document.querySelectorAll('#scores-picture .interval, #scores-picture .human').length") == 0
    assert page.texts("#human-caption") == [""]
