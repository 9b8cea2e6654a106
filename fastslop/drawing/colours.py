"""Colours of pictures: of families of models, of paper and ink, and of both on a dark page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

GREY = "#5C6670"
# Okabe-Ito and Tol colours of at least 3.4:1 contrast on white, chosen so that the closest two stay apart
# (CIE76 difference 17) for protan, deutan and tritan eyes.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#AA3377", "#332288", "#666633", "#663333")


def colours_of_families(families: Mapping[str, str]) -> dict[str, str]:
    """
    Return the colour of each family that has one: those of two labels or more take `PALETTE` in order of size.

    Families left over when the palette is used up have none: no colour ever means two families.

    Parameters
    ----------
    families
        The family of each label.
    """
    sizes = Counter(families.values())
    shared = sorted((family for family in sizes if sizes[family] > 1), key=lambda f: (-sizes[f], f))
    return dict(zip(shared, PALETTE, strict=False))


def family_colours(families: Mapping[str, str]) -> dict[str, str]:
    """Return the colour of each label, which is its family's; grey if that has none. Parameters as above."""
    colours = colours_of_families(families)
    return {label: colours.get(family, GREY) for label, family in families.items()}


PAPER, INK, BAND, PALE = "#FFFFFF", "#1F2933", "#FFF0B8", "#DCE1E6"
ON_DARK = {
    PAPER: "#14171C", INK: "#E8EAED", GREY: "#A3ADB8", BAND: "#4A3F12", PALE: "#343B44",
    "#0072B2": "#56B4E9", "#D55E00": "#EE8866", "#009E73": "#44BB99", "#AA3377": "#CC79A7",
    "#332288": "#AA99EE", "#666633": "#DDCC77", "#663333": "#CC6677",
}  # fmt: skip
"""Colours in place of each where the reader prefers a dark page."""
