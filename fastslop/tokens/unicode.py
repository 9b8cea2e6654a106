"""Normal form of texts, which kernels can fold code point by code point, and the tables they fold by."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import (
    BASE,
    BREAK,
    CLASS_MASK,
    COMBINING,
    IS_CAPITAL,
    LETTER,
    MASK_BYTES,
    SPACE,
)
from fastslop._kernels.tokens.normal_form import find_unnormal

KEPT = "\u2026\u0e33\u0eb3\u0edc\u0edd"
"""What stays one character although NFKC would make several of it: the ellipsis, three full stops; the vowel *am* of
Thai and Lao, two signs that nobody types; and the letters *hn* and *hm* of Lao."""
_KEPT = re.compile(f"([{KEPT}])")
PADDING = MASK_BYTES
"""Bytes behind the last document, which kernels may read."""


class CodePoints(NamedTuple):
    """Tables of the 1,114,112 code points: the class of each (``klass`` u8) and what it folds to (``fold`` u32)."""

    klass: NDArray[np.uint8]
    fold: NDArray[np.uint32]


@cache
def code_points(tokeniser: str) -> CodePoints:
    """The tables of a tokeniser, read from the package; see ``scripts/make_unicode_tables.py``."""
    with (files("fastslop.tokens") / "unicode_tables.npz").open("rb") as file, np.load(file) as stored:
        klass = np.repeat(stored["classes"], stored["class_runs"])
        fold = np.arange(len(klass), dtype=np.uint32)
        fold[stored["folded"]] = stored["folded_to"]
        klass[_capitals(stored["folded"], klass)] |= IS_CAPITAL
    if tokeniser == "letters/1":
        klass = letters_only(klass)
    return CodePoints(klass, fold)


def _capitals(folded: NDArray[np.integer], klass: NDArray[np.uint8]) -> list[int]:
    """Those of folded letters whose normal form is a capital; ``ａ`` folds to ``a`` as well, and is none."""
    letters = folded[klass[folded] & CLASS_MASK == LETTER].tolist()
    return [c for c in letters if unicodedata.category(unicodedata.normalize("NFKC", chr(c))[0]) in ("Lu", "Lt")]


def letters_only(klass: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Classes as slop-forensics sees them: letters and combining marks make words, everything else is a space."""
    kinds, flags = klass & CLASS_MASK, klass & ~np.uint8(CLASS_MASK)
    is_letter = np.isin(kinds, (LETTER, COMBINING, BASE))
    is_letter[ord("\u02bc")] = True
    is_letter[ord("\u3007")] = False  # the ideographic zero: a base character, but a number
    return np.where(is_letter, LETTER, SPACE).astype(np.uint8) | flags


@cache
def _unassigned() -> NDArray[np.bool_]:
    """Code points that are a break in the full table: controls, private use, and what Unicode 14.0 had not assigned."""
    return np.asarray((code_points("fastslop/1").klass & CLASS_MASK) == BREAK)


def normal_form(text: str) -> str:
    """NFKC of the text, but for the characters that are ``KEPT``, and for code points unknown to Unicode 14.0.

    Whether a model writes an ellipsis or full stops is part of its hand; and words of Thai and Lao have to be found in
    texts as lists spell them. Unknown code points become NUL, a break, before an interpreter that knows them can change
    them.
    """
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).copy()
    points[_unassigned()[points]] = 0
    known = points.tobytes().decode("utf-32-le")
    pieces = (piece if piece in KEPT else unicodedata.normalize("NFKC", piece) for piece in _KEPT.split(known))
    # U+0130 is the one character whose lower case is two.
    return "".join(pieces).replace("\u0130", "i\u0307")


def normalise(
    text: NDArray[np.uint8], offsets: NDArray[np.int64], tables: CodePoints
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Text, starts and ends of documents, with those replaced that are not in normal form (in most corpora few).

    ``PADDING`` bytes follow the last document. The text is copied only to add these or documents in normal form.
    """
    starts, ends = offsets[:-1].copy(), offsets[1:].copy()
    if len(text) < offsets[-1] + PADDING:
        text = np.concatenate((text, np.zeros(PADDING, np.uint8)))
    unnormal = np.empty(len(starts), np.bool_)
    find_unnormal(text, offsets, tables.klass, unnormal)
    if not unnormal.any():
        return text, starts, ends
    pieces, at = [text], len(text)
    for d in np.flatnonzero(unnormal):
        normal = normal_form(text[starts[d] : ends[d]].tobytes().decode()).encode()
        pieces.append(np.frombuffer(normal, np.uint8))
        starts[d], ends[d] = at, at + len(normal)
        at = int(ends[d])
    pieces.append(np.zeros(PADDING, np.uint8))
    return np.concatenate(pieces), starts, ends
