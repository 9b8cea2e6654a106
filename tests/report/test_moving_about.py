"""Claims about moving about in the report: addresses, going back, finding, families; checked in a browser."""

from __future__ import annotations

import pytest

from tests.report.conftest import no_wider_than_the_screen
from tests.report.made_reports import HOSTILE, names, some_report, with_map

SHOWN = "return [...document.querySelectorAll('#content > section')].filter(e => !e.hidden).map(e => e.id)"
POINT_AT = """const e = document.querySelector(arguments[0]), b = e.getBoundingClientRect();
    e.dispatchEvent(new PointerEvent('pointermove', {bubbles: true, clientX: b.left + 2, clientY: b.top + 2}))"""
CHOOSE_FAMILY = """const s = document.getElementById('family');
    s.value = [...s.options].find(o => o.text.startsWith(arguments[0])).value;
    s.dispatchEvent(new Event('change'))"""


def test_view__is_shown_alone_and_named_in_the_address(page) -> None:
    page.open(with_map(some_report(names(6))))
    for view in ("tree", "map", "distances", "scores", "model", "pair", "about", "overview"):
        page.view(view)
        assert page.js(SHOWN) == [view]
        assert page.texts("#views [aria-current=page]") == [
            page.js("return document.querySelector(arguments[0]).textContent", f'#views [data-view="{view}"]')
        ]
        page.open(with_map(some_report(names(6))), fragment=page.js("return location.hash"))
        assert page.js(SHOWN) == [view]


@pytest.mark.parametrize("labels", [names(5), HOSTILE])
def test_address__holds_the_choice_whatever_the_names_are(page, labels) -> None:
    data = some_report(labels)
    page.open(data)
    for i in range(len(labels)):
        page.choose(*([i] if i == 0 else [0, i]))
        page.view("pair")
        address = page.js("return location.hash")
        page.open(data, fragment=address)
        chosen = page.js("return [...document.querySelectorAll('#pair select')].map(e => Number(e.value))")
        assert chosen[0] == i
        assert i == 0 or chosen[1] == 0
        assert page.js("return document.querySelectorAll('main img, main script').length") == 0
        page.open(data)


def test_address__of_a_pair_is_short_and_can_be_written_by_hand(page) -> None:
    data = some_report(names(5))
    a, b = names(5)[3], names(5)[1]
    page.open(data, fragment=f"#pair={a},{b}")
    assert page.js(SHOWN) == ["pair"]
    assert page.texts("#pair-title") == [f"{a} and {b}"]
    page.open(data, fragment=f"#model={a}")
    assert page.texts("#model-title") == [a]
    page.open(data, fragment="#pair=nobody,%E0%A4%A&view=nowhere&family=none")
    assert page.js(SHOWN) == ["overview"], "what is not there is not asked for"


def test_back__leads_to_what_was_looked_at_before(page) -> None:
    data = some_report(names(6))
    page.open(data)
    page.choose(2, 3)
    page.view("scores")
    page.driver.back()
    page.wait(lambda: page.js(SHOWN) == ["tree"])
    assert len(page.texts("#selected h3")) == 2
    page.driver.back()
    page.wait(lambda: len(page.texts("#selected h3")) == 1 and "pair=" not in page.js("return location.hash"))
    page.driver.back()
    page.driver.back()
    page.wait(lambda: page.js(SHOWN) == ["overview"])


def test_slash__leads_to_finding_with_a_count_and_next(page) -> None:
    page.open(some_report(names(12)))
    page.js("document.getElementById('main').focus()")
    page.press("/")
    assert page.js("return document.activeElement.id") == "find"
    page.type("#find", "GEMMA")
    found = page.texts("#find-list li bdi:first-child")[:1]
    assert page.texts("#found") == ["1 of 2"]
    page.press("Enter")
    assert page.js(SHOWN) == ["model"]
    assert page.texts("#model-title") == found
    page.click("#find-next")
    assert page.texts("#found") == ["2 of 2"]
    assert page.texts("#model-title") != found
    assert "gemma" in page.texts("#model-title")[0]
    page.type("#find", "nothing like it")
    assert page.texts("#found") == ["none"]
    assert page.js("return document.getElementById('find-list').hidden")


@pytest.mark.parametrize("view", ["tree", "map", "scores"])
def test_finding__in_a_picture_dims_the_rest_and_stays_there(page, view) -> None:
    data = with_map(some_report([*names(8), HOSTILE[0]]))
    page.open(data, fragment=f"#view={view}")
    page.type("#find", "<SCRIPT")
    dim = page.js("return document.querySelectorAll(`#${arguments[0]} .dim`).length", view)
    assert dim == 8
    page.js("document.getElementById('find').focus()")
    page.press("Enter")
    assert page.js(SHOWN) == [view]
    assert page.js("return location.hash").endswith(
        "&model=%3C%2Fscript%3E%3Cscript%3Edocument.title%3D'owned'%3C%2Fscript%3E"
    )
    page.press("Escape")
    assert page.js("return document.querySelectorAll(`#${arguments[0]} .dim`).length", view) == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_click__shows_its_result_in_sight(page, width) -> None:
    data = some_report(names(40))
    page.open(data, width=width, fragment="#view=tree")
    in_sight = """const b = document.getElementById('selected').getBoundingClientRect();
        return b.height > 100 && b.top >= 0 && b.top < innerHeight - 60"""
    page.js("document.querySelectorAll('.leaf')[39].scrollIntoView()")
    page.js("document.querySelectorAll('.leaf')[39].dispatchEvent(new MouseEvent('click'))")
    assert page.js(in_sight)
    page.view("distances")
    page.js("window.scrollTo(0, document.body.scrollHeight)")
    click_cell = """const b = document.querySelector('#heat .cells').getBoundingClientRect();
        document.querySelector('#heat .cells').dispatchEvent(new MouseEvent('click',
            {bubbles: true, clientX: b.left + 1, clientY: b.top + b.height / 40 * 1.5}))"""
    page.js(click_cell)
    assert len(page.texts("#selected h3")) == 2
    assert page.js(in_sight)
    assert no_wider_than_the_screen(page)
    page.click("#selected .close")
    assert page.js("return location.hash") == "#view=distances"


def test_family__filters_tree_matrix_scores_and_tables(page) -> None:
    data = with_map(some_report(names(20)))
    page.open(data, fragment="#view=tree")
    page.js(CHOOSE_FAMILY, "qwen")
    qwens = sorted(name for name in names(20) if name.startswith("qwen"))
    assert sorted(page.texts("#tree-picture .leaf text")) == qwens
    assert 1 < len(page.texts("#tree-picture .support")) < 4, "four models join at three places, one the root, maybe"
    page.click("#circular")
    assert sorted(page.texts("#tree-picture .leaf text")) == qwens
    page.view("distances")
    assert len(page.texts("#heat .left text")) == 4
    page.view("map")
    assert page.js("return document.querySelectorAll('#map-picture .leaf').length") == 4
    page.view("scores")
    assert sorted(page.texts("#scores-table tbody td:first-child")) == qwens
    page.view("overview")
    assert sorted(page.texts("#models-table tbody td:first-child")) == qwens
    assert "family=qwen" in page.js("return location.hash")
    page.js(CHOOSE_FAMILY, "All")
    assert len(page.texts("#models-table tbody tr")) == 20


def test_finding__shows_hostile_names_as_text(page) -> None:
    page.open(with_map(some_report(HOSTILE)))
    page.type("#find", "r")
    assert HOSTILE[0] in page.texts("#find-list bdi")
    for view in ("tree", "map", "distances", "scores"):
        page.view(view)
        page.press("Enter")
        page.js(POINT_AT, f"#{view} :is([data-leaf], .cells)")
        assert not page.js("return document.getElementById('tip').hidden") or view == "scores"
    injected = ":is(header, main, #tip, dialog) :is(img, script)"
    assert page.js("return document.querySelectorAll(arguments[0]).length", injected) == 0
    assert page.js("return document.title") != "owned"


def test_names__are_shortened_in_the_middle_of_what_they_share(page) -> None:
    labels = [f"some-laboratory/a-very-long-name-of-a-model-{i}" for i in ("eight", "nine", "ten-b")]
    page.open(some_report([*labels, "other", "more"]), width=390, fragment="#view=tree")
    drawn = page.texts("#tree-picture .leaf text")
    ends = {text.rpartition("…")[2] for text in drawn if "…" in text}
    assert len(ends) == 3
    assert all(text.startswith("some-lab") for text in drawn if "…" in text)
    assert all(any(end.endswith(label.rpartition("-model-")[2]) for end in ends) for label in labels)
    assert len(set(drawn)) == 5, "no two look alike"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("layout", ["circular", "rectangular"])
def test_tree__of_many_models_fits_and_grows(page, width, layout) -> None:
    page.open(some_report(names(227), n_features=6), width=width, fragment=f"#view=tree&shape={layout}")
    size = """const place = document.getElementById('tree-picture');
        return [place.querySelector('svg').getBoundingClientRect().width, place.clientWidth]"""
    drawn, room = page.js(size)
    assert drawn <= room + 1
    page.js("document.querySelectorAll('#tree .zoom button')[2].click()")
    assert page.js(size)[0] == pytest.approx(1.5 * drawn, rel=0.01)
    assert no_wider_than_the_screen(page)


# ---- the map, and what is said of the tree ----


@pytest.mark.parametrize("width", [390, 1280])
def test_map__shows_every_model_and_what_is_said_of_it(page, width) -> None:
    data = with_map(some_report(names(30)))
    page.open(data, width=width, fragment="#view=map")
    place = "[Number(e.dataset.leaf), ...e.getAttribute('transform').match(/[\\d.]+/g).map(Number)]"
    spots = page.js(f"return [...document.querySelectorAll('#map-picture .leaf')].map(e => {place})")
    assert len(spots) == 30
    by_x = [i for i, *_ in sorted(spots, key=lambda spot: spot[1])]
    assert by_x == sorted(range(30), key=lambda i: data["map"]["x"][i])
    by_y = [i for i, *_ in sorted(spots, key=lambda spot: -spot[2])]
    assert by_y == sorted(range(30), key=lambda i: data["map"]["y"][i])
    caption = page.texts("#map-caption")[0]
    assert "A <b>made</b> map." in caption
    named = len(page.texts("#map-picture .leaf text"))
    assert (f"{30 - named} name" in caption) == (named < 30)
    page.click('#map-picture .leaf[data-leaf="7"]')
    assert page.texts("#selected h3") == [data["models"][7]["label"]]
    assert no_wider_than_the_screen(page)


def test_map__without_words_says_its_stress_itself(page) -> None:
    data = with_map(some_report(names(5)))
    data["map"] = data["map"] | {"words": None}
    page.open(data, fragment="#view=map")
    assert "Stress 0.25" in page.texts("#map-caption")[0]


def test_map__that_is_not_there_has_no_view(page) -> None:
    for labels in (names(2), names(1)):
        page.open(some_report(labels), fragment="#view=map")
        assert page.js(SHOWN) == ["overview"]
        assert page.js("return document.querySelector('#views [data-view=map]').hidden")


def test_tree__says_how_tree_like_the_distances_are(page) -> None:
    page.open(with_map(some_report(names(5))), fragment="#view=tree")
    assert page.texts("#tree-likeness") == ["They are <i>fairly</i> tree-like."]
    page.open(some_report(names(3)), fragment="#view=tree")
    assert page.texts("#tree-likeness") == [""], "of three there is nothing to say"
