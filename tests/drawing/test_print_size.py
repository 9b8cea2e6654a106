"""Claims about pictures on paper: they are as large as asked for, and say if they cannot be read."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from fastslop.base.errors import UsageError
from fastslop.drawing.pictures import Picture, draw_tree
from fastslop.drawing.print_size import PrintSize
from fastslop.trees.linkage import linkage_of


def some_picture(n: int) -> Picture:
    condensed = pdist(np.random.default_rng(0).normal(size=(n, 5)))
    return draw_tree(linkage_of([f"label-{i}" for i in range(n)], condensed, metric="m"))


def millimetres(svg: str) -> tuple[float, float]:
    root = ElementTree.fromstring(svg)
    return float(root.attrib["width"].removesuffix("mm")), float(root.attrib["height"].removesuffix("mm"))


@pytest.mark.parametrize("size", [180, "180", "180x400", (180.0, 400.0)])
def test_size__of_an_svg_is_in_millimetres(size) -> None:
    svg = some_picture(20).svg(size=size)
    width, height = millimetres(svg)
    _, _, wide, high = map(float, ElementTree.fromstring(svg).attrib["viewBox"].split())
    assert width == pytest.approx(180, abs=0.01)
    assert height / width == pytest.approx(high / wide, rel=1e-3)


def test_size__stays_within_a_height() -> None:
    width, height = millimetres(some_picture(100).svg(size="180x250"))
    assert height == pytest.approx(250, abs=0.01)
    assert width < 180


def test_size__of_a_png_has_the_dots_asked_for() -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.image import imread

    file = io.BytesIO()
    some_picture(12).save(file, "png", size=90, dpi=600)
    pixels = imread(io.BytesIO(file.getvalue()))
    assert pixels.shape[1] == pytest.approx(90 / 25.4 * 600, abs=1)
    for edge in (pixels[:20], pixels[-20:], pixels[:, :20], pixels[:, -20:]):
        assert (edge[:, :, :3] == 1.0).all()


def test_size__of_a_pdf_is_that_of_its_page() -> None:
    pytest.importorskip("matplotlib")
    file = io.BytesIO()
    some_picture(12).save(file, "pdf", size=90)
    found = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", file.getvalue())
    assert found is not None
    assert float(found[1]) == pytest.approx(90 / 25.4 * 72, abs=0.1)


@pytest.mark.parametrize("size", ["A4", "180x", "0", "-3", "180 x 20", "180x0"])
def test_size__refuses_what_is_none(size) -> None:
    with pytest.raises(UsageError, match="is no size; write a width in millimetres"):
        PrintSize.of(size)


@pytest.mark.parametrize("dpi", [1, 1_000_000])
def test_dpi__of_too_many_pixels_or_too_few_are_refused(dpi: float, tmp_path) -> None:
    with pytest.raises(UsageError, match=f"a PNG of {dpi} dpi would have too many pixels, or too few; write .svg"):
        some_picture(5).write(tmp_path / "tree.png", dpi=dpi)


def test_dpi__is_of_a_png(tmp_path) -> None:
    with pytest.raises(UsageError, match="dots per inch are of a PNG"):
        some_picture(5).write(tmp_path / "tree.svg", dpi=300)


def test_print_note__is_said_of_names_too_small_and_its_size_is_enough() -> None:
    assert some_picture(12).print_note("180x250") is None
    note = some_picture(227).print_note("180x250")
    assert note is not None
    needed = re.search(r"(\d+) x (\d+) mm would do", note)
    assert needed is not None
    assert some_picture(227).print_note(float(needed[1])) is None
