"""Passages of texts, found and cut to be quoted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import APOSTROPHE, CLASS_MASK, COMBINING, IGNORE, LETTER, MARK, SPACE
from fastslop.base.spec import CountSpec
from fastslop.reading.chunks import TextChunk
from fastslop.tokens.unicode import code_points, normal_form

WIDTH = 100
"""Characters of a passage, roughly, since it is cut between words."""
PIECE = 1 << 16
"""Characters that are folded at once, at 16 bytes each."""


class Passage(NamedTuple):
    """A piece of a text: what stands before the feature, the feature as it is written, and what stands after it."""

    before: str
    feature: str
    after: str


class DecodedTexts:
    """The texts of a chunk, each decoded once, to quote from."""

    def __init__(self, chunk: TextChunk, spec: CountSpec) -> None:
        self.chunk = chunk
        self._script = Script.of(spec.tokeniser)
        self._texts: dict[int, tuple[str, str]] = {}

    def quote(self, doc: int, words: Sequence[str]) -> Passage | None:
        """The first passage of a document that has these words one after the other."""
        if doc not in self._texts:
            offsets = self.chunk.doc_offsets
            text = self.chunk.text[offsets[doc] : offsets[doc + 1]].tobytes().decode()
            self._texts[doc] = text, self._script.folded(text)
        text, folded = self._texts[doc]
        place = self._script.locate(folded, words)
        if place is None:  # written with characters that are not in normal form, such as ligatures
            text = normal_form(text)
            place = self._script.locate(self._script.folded(text), words)
        return None if place is None else cut_passage(text, *place)


@dataclass(frozen=True)
class Script:
    """A tokeniser's tables of code points.

    ``fold`` u32: the code point that each is written as in tokens; ``is_letter``: whether it makes words together with
    others (in scripts without spaces none does); ``is_between``: whether it may stand between the words of an n-gram.
    """

    fold: NDArray[np.uint32]
    is_letter: NDArray[np.bool_]
    is_between: NDArray[np.bool_]
    keeps_apostrophes: bool

    @staticmethod
    @cache
    def of(tokeniser: str) -> Script:
        """The script of a tokeniser."""
        tables = code_points(tokeniser)
        kinds = tables.klass & CLASS_MASK
        fold = np.where(kinds == APOSTROPHE, np.uint32(ord("'")), tables.fold)
        between = np.isin(kinds, (SPACE, MARK, APOSTROPHE, IGNORE))
        return Script(fold, np.isin(kinds, (LETTER, COMBINING)), between, bool(kinds[ord("'")] == APOSTROPHE))

    def folded(self, text: str) -> str:
        """The text as tokens are written, character for character."""
        return "".join(self._folded(text[i : i + PIECE]) for i in range(0, len(text), PIECE))

    def _folded(self, text: str) -> str:
        points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        return self.fold[points].tobytes().decode("utf-32-le")

    def is_inside_word(self, text: str, at: int) -> bool:
        """Whether a word goes on over this place of a folded text."""
        if not 0 < at < len(text):
            return False
        before, after = text[at - 1], text[at]
        if self.keeps_apostrophes and after == "'":
            after = text[at + 1 : at + 2] or " "
        elif self.keeps_apostrophes and before == "'":
            before = text[at - 2 : at - 1] or " "
        return bool(self.is_letter[ord(before)] and self.is_letter[ord(after)])

    def locate(self, text: str, words: Sequence[str]) -> tuple[int, int] | None:
        """The place of words that stand whole and one after the other in a folded text, with marks between or none."""
        start = text.find(words[0])
        while start >= 0:
            end: int | None = start + len(words[0])
            for word in words[1:]:
                end = None if end is None else self._next(text, end, word)
            if end is not None and not self.is_inside_word(text, start) and not self.is_inside_word(text, end):
                return start, end
            start = text.find(words[0], start + 1)
        return None

    def _next(self, text: str, at: int, word: str) -> int | None:
        """The end of the word if it is the next after ``at``."""
        start = at
        while start < len(text) and self.is_between[ord(text[start])]:
            start += 1
        return start + len(word) if text.startswith(word, start) and not self.is_inside_word(text, at) else None


def cut_passage(text: str, start: int, end: int) -> Passage:
    """About ``WIDTH`` characters of a text around ``start`` to ``end``, cut between words, on one line."""
    room = max(WIDTH - (end - start), 0)
    left = min(start, max(room // 2, room - (len(text) - end)))
    right = min(len(text) - end, room - left)
    before, after = text[start - left : start], text[end : end + right]
    if left < start:
        before = "…" + (before if text[start - left - 1].isspace() else _without_first_word(before)).lstrip()
    if right < len(text) - end:
        after = (after if text[end + right].isspace() else _without_first_word(after[::-1])[::-1]).rstrip() + "…"
    return Passage(*(re.sub(r"\s+", " ", piece) for piece in (before, text[start:end], after)))


def _without_first_word(piece: str) -> str:
    """The piece behind its first space; all of it where there is none, as in scripts without spaces."""
    return piece[space.end() :] if (space := re.search(r"\s", piece)) else piece
