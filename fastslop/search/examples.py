"""Listed features to passages that hold them: one quoted example of each, from a text of its model.

Texts stream by, as in all that reads them. Of all texts that have a feature, the one whose prompt has the smallest hash
together with the feature is quoted: whatever the chunks, workers and their order, and each feature from another prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import (
    APOSTROPHE,
    CLASS_MASK,
    COMBINING,
    IGNORE,
    IS_WORD,
    LETTER,
    MARK,
    MIX,
    SPACE,
)
from fastslop.base.spec import CountSpec
from fastslop.reading.chunks import TextChunk
from fastslop.search.matcher import Matcher, matcher_of_words, token_text
from fastslop.tokens.tokeniser import TokenStream, hash_strings
from fastslop.tokens.unicode import code_points, normal_form

WIDTH = 100
"""Characters of a passage, about; it is cut between words."""
PIECE = 1 << 16
"""Characters that are folded at once: while they are, they take 16 bytes each."""


class Passage(NamedTuple):
    """A piece of a text: what stands before the feature, the feature as it is written, and what stands after it."""

    before: str
    feature: str
    after: str


NOTHING = Passage("", "", "")


class Found(NamedTuple):
    """An example of a feature: the hash it is chosen by, and the passage (empty if the text could not be quoted)."""

    key: int
    passage: Passage


PHRASES = "phrase"
Entry = tuple[str, str]
"""A table of features (``word 2``, ``content 3``, ``phrase``) and one of them."""


class Seen(NamedTuple):
    """The examples in a chunk of a label."""

    label: str
    examples: Sequence[tuple[Entry, Found]]


@dataclass(frozen=True)
class _Wanted:
    """Features of a label that one matcher looks for, numbered as in it, and a hash of each."""

    entries: Sequence[Entry]
    hashes: NDArray[np.uint64]
    matcher: Matcher


class Examples:
    """Examples of the features of each label, while texts stream by and after.

    A watcher of texts (``phrases.Watcher``): ``look`` may be called from many threads, all else from one.
    """

    def __init__(self, spec: CountSpec) -> None:
        self._spec = spec
        self._wanted: dict[str, list[_Wanted]] = {}
        self._best: dict[tuple[str, Entry], Found] = {}

    def want(self, label: str, table: str, features: Sequence[str]) -> None:
        """Look for these features, their words joined by spaces, in the texts of a label."""
        content_only = table.startswith("content ")
        entries = [(table, feature) for feature in dict.fromkeys(features)]
        if entries:
            matcher = matcher_of_words([f.split(" ") for _, f in entries], self._spec, content_only=content_only)
            hashes = hash_strings([f"{label}\0{table}\0{feature}" for _, feature in entries])
            self._wanted.setdefault(label, []).append(_Wanted(entries, hashes, matcher))

    def look(self, chunk: TextChunk, stream: TokenStream) -> Seen:
        """The best examples of a chunk, without those that others beat already; ``stream`` are its tokens."""
        documents = _Documents(chunk, self._spec)
        wanted = self._wanted.get(chunk.label, ())
        return Seen(chunk.label, [found for own in wanted for found in self._of(own, stream, documents)])

    def _of(self, wanted: _Wanted, stream: TokenStream, documents: _Documents) -> Iterator[tuple[Entry, Found]]:
        chunk = documents.chunk
        words = wanted.matcher.words_of(stream)
        matches = wanted.matcher.find(words, longest=False)
        pairs, firsts = np.unique(matches.phrases * np.int64(1 << 32) + matches.docs, return_index=True)
        numbers, docs = pairs >> 32, pairs & 0xFFFFFFFF
        keys = _mixed(wanted.hashes[numbers], chunk.prompt_keys[docs])
        least = np.full(len(wanted.entries), np.iinfo(np.uint64).max)
        np.minimum.at(least, numbers, keys)
        for i in np.flatnonzero(keys == least[numbers]).tolist():
            entry, key = wanted.entries[int(numbers[i])], int(keys[i])
            best = self._best.get((chunk.label, entry))
            if best is None or key <= best.key:
                at = slice(int(words.at[matches.starts[firsts[i]]]), int(words.at[matches.ends[firsts[i]] - 1]) + 1)
                inside = [token_text(stream, t) for t in stream.tokens[at].tolist() if stream.flags[t] & IS_WORD]
                # Also if nothing can be quoted: what is chosen must not depend on which texts are in a chunk.
                yield entry, Found(key, documents.quote(int(docs[i]), inside) or NOTHING)

    def take(self, found: Seen) -> None:
        """Keep what ``look`` found in a chunk, where it is better than what there was."""
        for entry, example in found.examples:
            best = self._best.get((found.label, entry))
            if best is None or example < best:
                self._best[found.label, entry] = example

    def rename(self, table: str, names: Mapping[str, str]) -> None:
        """Give features of a table other names, in all labels; of two with one name the better example is left."""
        found, self._best = self._best, {}
        for (label, (own, feature)), example in found.items():
            name = names.get(feature, feature) if own == table else feature
            self.take(Seen(label, [((own, name), example)]))

    def of_label(self, label: str) -> Mapping[Entry, Passage]:
        """The examples of a label's features."""
        return {
            entry: found.passage for (own, entry), found in self._best.items() if own == label and any(found.passage)
        }


def _mixed(features: NDArray[np.uint64], prompts: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A hash of feature and prompt, mixed so that its order has nothing to do with theirs."""
    mixed = (features ^ (prompts * MIX)) * MIX
    return np.asarray((mixed ^ (mixed >> np.uint64(29))) * MIX)


class _Documents:
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
    """What a tokeniser makes of code points: ``fold`` u32, which of them make words together (none of those of scripts
    without spaces), and which may stand between the words of an n-gram."""

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
        """Where words stand whole and one after the other in a folded text, with marks between or none."""
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
    """The piece from its first space on; all of it where there is none, as in scripts without spaces."""
    return piece[found.end() :] if (found := re.search(r"\s", piece)) else piece
