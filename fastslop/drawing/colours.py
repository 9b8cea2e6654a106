"""Families of models, guessed from their names, and a colour for each: what pictures show, and no evidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

GREY = "#5C6670"
# Okabe-Ito and Tol colours of at least 3.4:1 contrast on white, chosen so that the closest two stay apart
# (CIE76 difference 17) for protan, deutan and tritan eyes.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#AA3377", "#332288", "#666633", "#663333")
_FAMILY_ALIASES = {"chatgpt": "gpt", "qwq": "qwen", "mixtral": "mistral", "ministral": "mistral"}


def guess_families(labels: Iterable[str]) -> dict[str, str]:
    """
    Guess from a model's name which family it belongs to; a guess for colours, not evidence.

    The family is the first run of letters after the last slash, lower-cased, with a few aliases; OpenAI's o1,
    o3 and o4 are gpt. A label without letters is a family of its own.

    Examples
    --------
    >>> guess_families(["google/gemma-3-4b-it", "chatgpt-4o-latest", "o3", "Mistral-Small-3.2"])
    {'google/gemma-3-4b-it': 'gemma', 'chatgpt-4o-latest': 'gpt', 'o3': 'gpt', 'Mistral-Small-3.2': 'mistral'}
    """
    return {label: _guess_family(label) for label in labels}


def family_colours(labels: Iterable[str]) -> dict[str, str]:
    """
    Return the colour of each label: families of two labels or more take `PALETTE` in order of size.

    Labels that stand alone are grey, and so are the families left over when the palette is used up: no colour
    ever means two families.
    """
    families = guess_families(labels)
    sizes = Counter(families.values())
    shared = sorted((family for family in sizes if sizes[family] > 1), key=lambda f: (-sizes[f], f))
    colours = dict(zip(shared, PALETTE, strict=False))
    return {label: colours.get(family, GREY) for label, family in families.items()}


def _guess_family(label: str) -> str:
    name = label.rpartition("/")[2].lower()
    if re.match(r"o[134](?![^\W_])", name):
        return "gpt"
    letters = re.search(r"[^\W\d_]+", name)
    return _FAMILY_ALIASES.get(letters[0], letters[0]) if letters else label


PAPER, INK, BAND, PALE = "#FFFFFF", "#1F2933", "#FFF0B8", "#DCE1E6"
ON_DARK = {
    PAPER: "#14171C", INK: "#E8EAED", GREY: "#A3ADB8", BAND: "#4A3F12", PALE: "#343B44",
    "#0072B2": "#56B4E9", "#D55E00": "#EE8866", "#009E73": "#44BB99", "#AA3377": "#CC79A7",
    "#332288": "#AA99EE", "#666633": "#DDCC77", "#663333": "#CC6677",
}  # fmt: skip
"""Colours in place of each where the reader prefers a dark page."""
