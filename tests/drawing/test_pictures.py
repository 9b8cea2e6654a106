"""Claims about pictures of trees: well-formed, nothing clipped, nothing overlapping, same bytes."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastslop.base.errors import UsageError
from fastslop.drawing.collapse import collapsed
from fastslop.drawing.colours import GREY, PALE, PALETTE
from fastslop.drawing.pictures import draw_heatmap, draw_tree
from fastslop.drawing.scene import estimate_width
from fastslop.drawing.tree_layout import layout
from fastslop.trees.linkage import Linkage, as_tree, linkage_of

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert('x')</script>",
    'a & b "quoted"',
    "]]> <!-- --> <?xml ?>",
    "control \x00\x08\x1b\x7f\x9f",
    "lone \ud800 surrogate \uffff",
    "reversed \u202e text",
    "line\nfeed\ttab",
    "$\\frac{1}{2}$ $ %s {0}",
    "通义千问大语言模型" * 9,
    "W" * 200,
    "emoji 🤖" * 6,
    "",
]


def some_tree(labels: list[str], *, seed: int = 0, with_support: bool = True) -> Linkage:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(len(labels), 5))
    rows, columns = np.triu_indices(len(labels), 1)
    tree = linkage_of(labels, np.linalg.norm(points[rows] - points[columns], axis=1), metric="euclidean")
    return replace(tree, support=tuple(rng.random(len(labels) - 1))) if with_support else tree


def to_svg(tree: Linkage, **options: object) -> str:
    return draw_tree(tree, **options).svg()


def write_png(tree: Linkage, target: object, **options: object) -> None:
    draw_tree(tree, **options).save(target, "png")


def many(n: int) -> list[str]:
    return [f"{PREFIXES[i % len(PREFIXES)]}-{i}b-instruct" for i in range(n)]


PREFIXES = ["gpt", "claude", "gemma", "qwen", "mistral", "llama", "kimi", "glm", "phi", "yi"]


def texts_of(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(f"{SVG}text"))


def shown(text: ElementTree.Element) -> str:
    """The text itself; its tooltip is a child that stands before it."""
    return (text[0].tail if len(text) else text.text) or ""


def box(text: ElementTree.Element) -> tuple[float, float, float, float]:
    x, y, size = (float(text.attrib[name]) for name in ("x", "y", "font-size"))
    width = estimate_width(shown(text), size, text.get("font-weight") == "bold")
    return x, y - 0.8 * size, x + width, y + 0.25 * size


def assert_nothing_is_clipped(svg: str) -> None:
    _, _, width, height = map(float, ElementTree.fromstring(svg).attrib["viewBox"].split())
    for text in texts_of(svg):
        left, top, right, bottom = box(text)
        assert 0 <= left <= right <= width, shown(text)
        assert 0 <= top <= bottom <= height, shown(text)


def leaf_texts(svg: str) -> list[ElementTree.Element]:
    return [text for text in texts_of(svg) if text.attrib["font-size"] == "12"]


def test_layout__puts_leaves_on_rows_and_parents_between_their_children() -> None:
    tree = linkage_of(["a", "b", "c", "d"], [2, 6, 10, 8, 12, 14], metric="m")
    places = layout(collapsed(as_tree(tree), None, {}))
    assert places.order == (2, 0, 1, 3)
    assert places.rows.tolist() == [1, 2, 0, 3, 1.5, 0.75, 1.875]
    assert places.heights.tolist() == [0, 0, 0, 0, 1, 3.5, 6]


def test_svg__is_well_formed_and_unclipped_for_hostile_labels() -> None:
    tree = some_tree(HOSTILE)
    svg = to_svg(tree, title="<t> & \x00", note="n <o> \ud800\nte", highlight=HOSTILE[:2])
    svg.encode("utf-8")
    assert_nothing_is_clipped(svg)
    assert len(leaf_texts(svg)) == len(HOSTILE)
    assert not list(ElementTree.fromstring(svg).iter(f"{SVG}script"))


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(st.characters(), max_size=90), min_size=2, max_size=6, unique=True), st.text(), st.text())
def test_svg__is_well_formed_and_unclipped_for_any_text(labels, title, note) -> None:
    assert_nothing_is_clipped(to_svg(some_tree(labels), title=title, note=note))


@pytest.mark.parametrize("n_leaves", [2, 4, 22, 100, 250])
def test_svg__labels_do_not_overlap(n_leaves) -> None:
    svg = to_svg(some_tree(many(n_leaves)), title="A title " * 30, note="A note " * 60)
    assert_nothing_is_clipped(svg)
    boxes = sorted((box(text) for text in leaf_texts(svg)), key=lambda b: b[1])
    assert len(boxes) == n_leaves
    assert len({left for left, *_ in boxes}) == 1
    for (_, _, _, bottom), (_, top, _, _) in pairwise(boxes):
        assert top - bottom > 4


def test_svg__texts_around_the_tree_do_not_overlap() -> None:
    svg = to_svg(some_tree(many(5)), title="A title " * 30, note="A note " * 60 + "x" * 500)
    lines = [box(text) for text in texts_of(svg) if text.attrib["font-size"] != "9"]
    for i, (left, top, right, bottom) in enumerate(lines):
        for other_left, other_top, other_right, other_bottom in lines[:i]:
            assert right <= other_left or other_right <= left or bottom <= other_top or other_bottom <= top


def test_svg__long_names_are_elided_in_the_middle_and_whole_in_the_tooltip() -> None:
    name = "organisation/" + "very-long-" * 9 + "instruct-2506"
    svg = to_svg(some_tree([name, "short"]))
    (text,) = (text for text in leaf_texts(svg) if len(text))
    assert len(shown(text)) == 60
    assert shown(text).startswith("organisation/")
    assert shown(text).endswith("instruct-2506")
    assert text[0].tag == f"{SVG}title"
    assert text[0].text == name


def test_svg__is_accessible() -> None:
    root = ElementTree.fromstring(to_svg(some_tree(["b", "a"])))
    assert root.attrib["role"] == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == "Similarity tree of 2 labels"
    assert root[1].tag == f"{SVG}desc"
    assert "from top to bottom: a, b." in (root[1].text or "")


def test_svg__refers_to_nothing_outside() -> None:
    svg = to_svg(some_tree(many(8))).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "http" not in svg
    assert "url(" not in svg
    assert "href" not in svg


def test_svg__shows_support_in_percent_rounded_down_and_not_for_the_root() -> None:
    tree = linkage_of(["a", "b", "c", "d"], [2, 6, 10, 8, 12, 14], metric="m", support=[0.29, 0.999, 0.11])
    svg = to_svg(tree)
    assert [shown(text) for text in texts_of(svg) if text.attrib["font-size"] == "9"] == ["29", "99"]
    assert "percent of replicates" in svg
    assert "percent of replicates" not in to_svg(replace(tree, support=None))


@pytest.mark.parametrize(("scale", "expected"), [(1, "1"), (0.1, "0.1"), (0.34, "0.5"), (5e7, "5e+07")])
def test_svg__scale_bar_is_round_and_true(scale, expected) -> None:
    tree = linkage_of(["a", "b", "c", "d"], np.array([2, 6, 10, 8, 12, 14]) * scale, metric="m")
    svg = to_svg(tree)
    (number,) = (text for text in texts_of(svg) if text.attrib["font-size"] == "11" and shown(text) == expected)
    bar_px = float(number.attrib["x"]) - 8 - 24
    tree_px = float(leaf_texts(svg)[0].attrib["x"]) - 8 - 24 - 10
    assert bar_px / tree_px == pytest.approx(float(expected) / (6 * scale), rel=1e-3)


def test_svg__of_equal_models_is_drawn_without_a_scale() -> None:
    svg = to_svg(linkage_of(["a", "b", "c"], [0, 0, 0], metric="m"))
    assert_nothing_is_clipped(svg)
    assert "nan" not in svg


@pytest.mark.parametrize("distance", [5e-324, 1e-300, 1e150])
def test_svg__stands_extreme_distances(distance) -> None:
    assert_nothing_is_clipped(to_svg(linkage_of(["a", "b"], [distance], metric="m")))


def test_svg__is_the_same_for_the_same_data_in_any_order() -> None:
    one = linkage_of(["a", "b", "c"], [1, 2, 3], metric="m")
    other = linkage_of(["c", "a", "b"], [2, 3, 1], metric="m")
    assert to_svg(one, note="n") == to_svg(other, note="n")


def test_svg__draws_thousands_of_leaves_without_recursion() -> None:
    rows, columns = np.triu_indices(1500, 1)
    tree = linkage_of([f"l{i}" for i in range(1500)], np.maximum(rows, columns).astype(float), metric="m")
    assert len(leaf_texts(to_svg(tree))) == 1500


def test_svg__colours_branches_wholly_inside_a_family() -> None:
    labels = ["gpt-1", "gpt-2", "claude-1", "claude-2"]
    tree = linkage_of(labels, [1, 4, 4, 4, 4, 1], metric="m")
    paths = {path.attrib["color"]: path.attrib["d"] for path in ElementTree.fromstring(to_svg(tree)).iter(f"{SVG}path")}
    assert set(paths) == {GREY, *PALETTE[:2]}
    # A bar, two leaf branches and the stem each.
    assert paths[PALETTE[0]].count("M") == 4
    assert paths[PALETTE[1]].count("M") == 4


def test_svg__takes_given_families_and_names_their_colours() -> None:
    svg = to_svg(some_tree(["a", "b", "c", "d"]), families={"a": "one", "b": "one", "c": "other", "d": "other"})
    colours = {shown(text): text.attrib["color"] for text in texts_of(svg)}
    assert colours["a"] == colours["b"] == colours["one"] == PALETTE[0]
    assert colours["c"] == colours["d"] == colours["other"] == PALETTE[1]
    assert "others" not in colours
    with pytest.raises(UsageError, match="'x', which is no label here"):
        to_svg(some_tree(["a", "b"]), families={"x": "one"})


def test_svg__names_no_families_where_none_has_two_labels() -> None:
    assert "others" not in [shown(text) for text in texts_of(to_svg(some_tree(["gpt-1", "claude-1", "gemma-1"])))]


def test_svg__marks_highlighted_labels_and_refuses_unknown_ones() -> None:
    tree = some_tree(["a", "b", "c"])
    bold = [shown(text) for text in texts_of(to_svg(tree, highlight=["b"])) if text.get("font-weight")]
    assert bold == ["b"]
    with pytest.raises(UsageError, match="cannot highlight 'x'"):
        to_svg(tree, highlight=["x"])


@pytest.mark.parametrize("bold", [False, True])
def test_estimate_width__is_not_below_a_wide_font(bold) -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal", size=100)
    for character in map(chr, range(0x21, 0x7F)):
        width = TextToPath().get_text_width_height_descent(character * 20, font, ismath=False)[0]
        assert width <= 20 * estimate_width(character, 100, bold), character


def write_to_bytes(tree: Linkage, **options: object) -> bytes:
    file = io.BytesIO()
    write_png(tree, file, **options)
    return file.getvalue()


def test_png__is_written_and_is_the_same_again(tmp_path, monkeypatch) -> None:
    mpl = pytest.importorskip("matplotlib")
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # its import would fail
    before = mpl.rcParams.copy()
    tree = some_tree(HOSTILE)
    options = {"title": "T & \x00", "note": "n", "highlight": HOSTILE[:1]}
    write_png(tree, tmp_path / "tree.part", **options)
    data = (tmp_path / "tree.part").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert b"Software" not in data
    assert data == write_to_bytes(tree, **options)
    assert mpl.rcParams.copy() == before


def test_png__leaves_a_clean_margin_on_every_side() -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.image import imread

    tree = some_tree(["W" * 59, "m" * 60, "x"])
    pixels = imread(io.BytesIO(write_to_bytes(tree, title="W" * 300, highlight=["m" * 60])))[:, :, :3]
    for edge in (pixels[:20], pixels[-20:], pixels[:, :20], pixels[:, -20:]):
        assert (edge == 1.0).all()


def test_png__without_matplotlib_says_what_to_install(monkeypatch, tmp_path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r'pip install "fastslop\[plot\]"'):
        write_png(some_tree(["a", "b"]), tmp_path / "tree.png")


def corners(text: ElementTree.Element) -> list[tuple[float, float]]:
    """The four corners of a text's box, turned as it is turned."""
    left, top, right, bottom = box(text)
    x, y = float(text.attrib["x"]), float(text.attrib["y"])
    if text.get("text-anchor") == "end":
        left, right = left - (right - left), left
    angle = np.deg2rad(float(text.get("transform", "rotate(0").removeprefix("rotate(").split()[0].rstrip(")")))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    at = np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) - (x, y)
    return [(x + dx, y + dy) for dx, dy in (at @ turn.T).tolist()]


def are_apart(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> bool:
    """Whether a line parallel to a side of one of two rectangles parts them (separating axis theorem)."""
    for shape in (one, other):
        for (ax, ay), (bx, by) in pairwise(shape[:3]):
            first, second = ([x * (bx - ax) + y * (by - ay) for x, y in points] for points in (one, other))
            if max(first) <= min(second) or max(second) <= min(first):
                return True
    return False


@pytest.mark.parametrize("n_leaves", [2, 4, 22, 100])
def test_circular__labels_are_neither_clipped_nor_overlapping(n_leaves) -> None:
    svg = to_svg(some_tree(many(n_leaves)), layout="circular", title="A title " * 30, note="A note " * 60)
    _, _, width, height = map(float, ElementTree.fromstring(svg).attrib["viewBox"].split())
    shapes = [corners(text) for text in leaf_texts(svg)]
    assert len(shapes) == n_leaves
    for x, y in (point for shape in shapes for point in shape):
        assert 0 <= x <= width
        assert 0 <= y <= height
    assert all(are_apart(shapes[i], shapes[j]) for i in range(n_leaves) for j in range(i))


def test_circular__shows_what_the_rectangular_tree_shows() -> None:
    tree = some_tree(HOSTILE)
    one, other = (to_svg(tree, layout=layout, highlight=HOSTILE[:1]) for layout in ("rectangular", "circular"))
    assert sorted(map(shown, leaf_texts(one))) == sorted(map(shown, leaf_texts(other)))
    numbers = [[shown(text) for text in texts_of(svg) if text.attrib["font-size"] == "9"] for svg in (one, other)]
    assert numbers[0] == numbers[1]
    with pytest.raises(UsageError, match="unknown layout"):
        to_svg(tree, layout="spiral")


@pytest.mark.parametrize("layout", ["rectangular", "circular"])
def test_svg__of_227_labels_holds_each_name_within_the_page(layout) -> None:
    svg = to_svg(some_tree(many(227)), layout=layout, note="n " * 300)
    _, _, width, height = map(float, ElementTree.fromstring(svg).attrib["viewBox"].split())
    assert sorted(map(shown, leaf_texts(svg))) == sorted(many(227))
    for x, y in (point for text in texts_of(svg) for point in corners(text)):
        assert 0 <= x <= width
        assert 0 <= y <= height


@pytest.mark.parametrize("layout", ["rectangular", "circular"])
def test_svg__shows_the_support_that_is_asked_for(layout) -> None:
    tree = some_tree(many(40))
    shares = [int(100 * share) for share in tree.support[:-1]]

    def numbers(least: int) -> list[int]:
        svg = to_svg(tree, layout=layout, hide_support=least)
        return [int(shown(text)) for text in texts_of(svg) if text.attrib["font-size"] == "9"]

    assert 0 < len(numbers(70)) <= sum(share >= 70 for share in shares)
    assert min(numbers(70)) >= 70
    assert "where 70 or more" in to_svg(tree, layout=layout, hide_support=70)
    assert numbers(101) == []
    assert "percent of replicates" not in to_svg(tree, layout=layout, hide_support=101)


def some_distances(n: int) -> np.ndarray:
    return np.random.default_rng(1).random(n * (n - 1) // 2)


@pytest.mark.parametrize("n_leaves", [2, 22, 120])
def test_heatmap__has_a_cell_for_each_pair_and_unclipped_names(n_leaves) -> None:
    svg = draw_heatmap(some_tree(many(n_leaves)), some_distances(n_leaves), note="n " * 200).svg()
    root = ElementTree.fromstring(svg)
    cells = sum(path.attrib["d"].count("M") for path in root.iter(f"{SVG}path") if path.get("fill") == "currentColor")
    assert cells == n_leaves**2 + 64 + 1
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for x, y in (point for text in texts_of(svg) for point in corners(text)):
        assert 0 <= x <= width
        assert 0 <= y <= height


def test_heatmap__is_darkest_where_models_are_nearest() -> None:
    tree = linkage_of(["a", "b", "c"], [1.0, 5.0, 5.0], metric="m")
    root = ElementTree.fromstring(draw_heatmap(tree, [1.0, 5.0, 5.0]).svg())
    cells = {p.attrib["color"]: p.attrib["d"].count("h19v19") for p in root.iter(f"{SVG}path") if p.get("fill")}
    assert cells.pop(PALE) == 3, "the diagonal, which is the same"
    shades = {colour: n for colour, n in cells.items() if n}
    assert sorted(shades.values()) == [2, 4]
    assert min(shades, key=lambda colour: int(colour[1:3], 16)) == next(c for c, n in shades.items() if n == 2)


@pytest.mark.parametrize("layout", ["rectangular", "circular"])
def test_pdf__is_written_and_is_the_same_again(layout) -> None:
    pytest.importorskip("matplotlib")
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        draw_tree(some_tree(HOSTILE), layout=layout, highlight=HOSTILE[:1]).save(file, "pdf")
    assert files[0].getvalue().startswith(b"%PDF")
    assert b"CreationDate" not in files[0].getvalue()
    assert files[0].getvalue() == files[1].getvalue()


def test_png__of_a_heatmap_leaves_a_clean_margin() -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.image import imread

    file = io.BytesIO()
    draw_heatmap(some_tree(many(22)), some_distances(22)).save(file, "png")
    pixels = imread(io.BytesIO(file.getvalue()))[:, :, :3]
    for edge in (pixels[:20], pixels[-20:], pixels[:, :20], pixels[:, -20:]):
        assert (edge == 1.0).all()
