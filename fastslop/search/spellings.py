"""How phrases are written in texts: in which case, and with which marks between their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.search.spellings import MAX_MARKS, UNKNOWN, find_spellings
from fastslop.base.arrays import Ints
from fastslop.base.written import SPACELESS, is_spaceless
from fastslop.reading.chunks import TextChunk


class Spellings:
    """Phrases, given as their words, to be looked up in texts.

    A kernel looks for phrases of ASCII; those of other letters, and places beside other letters, are left to ``re``.
    """

    def __init__(self, phrases: Sequence[tuple[str, ...]]) -> None:
        self.phrases = phrases
        self.is_plain = np.array([all(map(_is_plain, words)) for words in phrases], np.bool_)
        encoded = [word.encode() for words in phrases for word in words]
        self.text = np.frombuffer(b"".join(encoded) + b"\0", np.uint8)
        self.word_ends = np.cumsum([len(word) for word in encoded], dtype=np.int64)
        self.phrase_ends = np.cumsum([len(words) for words in phrases], dtype=np.int64)

    def find(self, chunk: TextChunk, phrases: Ints, docs: Ints) -> list[str | None]:
        """How each of these phrases is first written in a document of a chunk; None where it is not found."""
        begins, ends = chunk.doc_offsets[docs], chunk.doc_offsets[docs + 1]
        starts, stops = np.full(len(docs), UNKNOWN), np.zeros(len(docs), np.int64)
        plain = np.flatnonzero(self.is_plain[phrases])
        found, behind = starts[plain], stops[plain]
        words = (self.text, self.word_ends, self.phrase_ends)
        find_spellings(chunk.text, begins[plain], ends[plain], *words, phrases[plain], found, behind)
        starts[plain], stops[plain] = found, behind
        of_each = zip(phrases.tolist(), begins.tolist(), ends.tolist(), starts.tolist(), stops.tolist(), strict=True)
        return [self._spelling(chunk.text, *place) for place in of_each]

    def _spelling(
        self, text: NDArray[np.uint8], phrase: int, begin: int, end: int, start: int, stop: int
    ) -> str | None:
        if start == UNKNOWN:
            match = written_pattern(self.phrases[phrase]).search(text[begin:end].tobytes().decode())
            spelling = match[0] if match else None
        else:
            spelling = text[start:stop].tobytes().decode() if start >= 0 else None
        return None if spelling is None else " ".join(spelling.split())


def _is_plain(word: str) -> bool:
    """Whether the kernel knows all characters of a word."""
    return word.isascii() and word.replace("'", "").isalnum() and word[0] != "'"


@cache
def written_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern of words in any case, with marks between them, on one line.

    Beside words of scripts without spaces there may be no mark, and other words may begin and end there.
    """
    letter = rf"[^\W{SPACELESS}]"
    escaped = [re.escape(word).replace("'", "['’]") for word in words]
    joined = escaped[0] + "".join(
        rf"[^\w\n]{{{int(not (is_spaceless(before[-1]) or is_spaceless(word[0])))},{MAX_MARKS}}}{pattern}"
        for before, word, pattern in zip(words, words[1:], escaped[1:], strict=False)
    )
    begin = "" if is_spaceless(words[0][0]) else rf"(?<!{letter})"
    end = "" if is_spaceless(words[-1][-1]) else rf"(?!{letter})"
    return re.compile(begin + joined + end, re.IGNORECASE)
