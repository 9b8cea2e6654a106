"""Where entries stand in texts as strings: by themselves, between which characters, or inside other words.

Programs that ban strings look for them in the text in lower case, wherever they stand: ``hum`` is in *human*. What
stands about an entry, and how often, tells how it must be written so that such a program finds the entry alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import BASE, CLASS_MASK, COMBINING, IS_WORD, LETTER
from fastslop.base.arrays import Bytes, Ints
from fastslop.base.hashing import hash_bytes, hash_strings, mixed
from fastslop.base.written import as_written
from fastslop.profiles.profile_set import Member
from fastslop.reading.chunks import TextChunk
from fastslop.system.threads import map_bounded
from fastslop.tokens.tokeniser import TokenStream
from fastslop.tokens.unicode import code_points

SAMPLE_BYTES = 8 << 20
"""Bytes of text, over all labels, in which it is looked where entries stand; the same of each label."""
APOSTROPHES = "'’"
"""How an apostrophe is written."""
INSIDE = "\\w"
"""What stands on a side of an entry where the word goes on."""
Context = Mapping[tuple[str, str], float]
"""How often an entry stands between two characters; ``INSIDE`` for those that are of the same word, "" for none."""
CODE_POINT = np.dtype("<u4")
_Chars = NDArray[np.uint32]
_Side = tuple[pl.Series, NDArray[np.bool_]]


class Contexts(NamedTuple):
    """The ``Context`` of entries by how they are written in lower case, and the number of words they were found in.

    ``n_rests``: of some of these, how often they are the rest of something longer: what a digit or an apostrophe is
    joined to (*19th*, *isn't*). ``are_of_texts``: or else only of the words of texts, one by one.
    """

    by_spelling: Mapping[str, Context]
    n_rests: Mapping[str, int]
    n_words: int
    are_of_texts: bool = True

    def of(self, entry: str) -> dict[str, Context]:
        """The context of each way to write an entry."""
        return {spelling: self.by_spelling.get(spelling, {}) for spelling in spellings_of(entry)}

    def are_rests(self, entries: pl.Series) -> pl.Series:
        """Whether each entry is more often the rest of something longer than a word or phrase of its own."""
        is_rest = []
        for entry in entries:
            n_rests = sum(self.n_rests.get(spelling, 0) for spelling in spellings_of(entry))
            is_rest.append(n_rests > sum(map(whole_of, self.of(entry).values())))
        return pl.Series("is_rest", is_rest, dtype=pl.Boolean)


def whole_of(context: Context) -> float:
    """How often an entry stands by itself."""
    return sum(n for sides, n in context.items() if INSIDE not in sides)


class TextSample:
    """A sample of the texts of each label, while texts stream by; a ``passes.Watcher``.

    A text is in the sample by its hash: whatever the chunks, workers and their order. Texts that were set aside when
    they were counted are not.
    """

    def __init__(self, members: Sequence[Member], n_bytes: int = SAMPLE_BYTES) -> None:
        sizes: Counter[str] = Counter()
        for member in members:
            sizes[member.label] += int(member.prompts.n_bytes.sum())
        self.room = n_bytes // max(len(sizes), 1)
        self.limits = {label: min(self.room / max(size, 1), 1.0) * 2.0**64 for label, size in sizes.items()}
        self.n_words = 0
        self._texts: dict[str, list[bytes]] = defaultdict(list)
        self._n_bytes: Counter[str] = Counter()

    def look(self, chunk: TextChunk, stream: TokenStream) -> tuple[str, bytes, int]:
        """The texts of a chunk that are in the sample, and how many words these have."""
        words_before = np.cumsum(stream.flags[stream.tokens] & IS_WORD != 0, dtype=np.int64)
        n_words = np.diff(np.append(0, words_before)[stream.doc_ends], prepend=0)
        hashes = mixed(hash_bytes(chunk.text, chunk.doc_offsets) ^ hash_strings([chunk.label])[0])
        is_in = (hashes.astype(np.float64) < self.limits.get(chunk.label, 0.0)) & (n_words > 0)
        ends = chunk.doc_offsets
        texts = [chunk.text[ends[doc] : ends[doc + 1]].tobytes() for doc in np.flatnonzero(is_in).tolist()]
        return chunk.label, b"\0".join(texts), int(n_words[is_in].sum())

    def take(self, found: tuple[str, bytes, int]) -> None:
        """Add what was found in a chunk, where the label has room for it."""
        label, texts, n_words = found
        if texts and self._n_bytes[label] <= 2 * self.room:
            self._texts[label].append(texts)
            self._n_bytes[label] += len(texts)
            self.n_words += n_words

    def contexts(self, entries: Iterable[str], workers: int) -> Contexts:
        """Where these entries stand in the sample."""
        spellings = sorted({spelling for entry in entries for spelling in spellings_of(entry)})
        parts = map_bounded(lambda texts: find_contexts(texts, spellings), self._joined(), workers)
        counts = pl.concat([_NOTHING, *parts]).group_by("spelling", "before", "after", "is_rest").agg(pl.col("n").sum())
        return _as_contexts(counts, self.n_words)

    def _joined(self) -> Iterator[str]:
        for label in sorted(self._texts):
            yield b"\0".join(self._texts[label]).decode(errors="replace")


@lru_cache(1 << 14)  # entries of many lists, each at every step
def spellings_of(entry: str) -> tuple[str, ...]:
    """How an entry may be written: in lower case, with either apostrophe, without spaces where its script has none."""
    lower = as_written(entry.lower().replace(APOSTROPHES[1], APOSTROPHES[0]))
    return tuple(dict.fromkeys(lower.replace(APOSTROPHES[0], apostrophe) for apostrophe in APOSTROPHES))


_NOTHING = pl.DataFrame(
    schema={"spelling": pl.String, "before": pl.String, "after": pl.String, "is_rest": pl.Boolean, "n": pl.Int64}
)


def find_contexts(text: str, spellings: Sequence[str]) -> pl.DataFrame:
    """How often each spelling stands between which characters of a text, or inside words.

    Columns: ``spelling``; ``before`` and ``after``, a character, ``INSIDE``, or "" at an end of the text; ``is_rest``
    (see `Contexts`); ``n``.
    """
    found = occurrences(text, spellings)
    (before, rests_before), (after, rests_after) = found.sides()
    sides = {"before": before, "after": after, "is_rest": rests_before | rests_after}
    frame = pl.DataFrame({"spelling": found.spellings, **sides})
    counted = frame.group_by("spelling", "before", "after", "is_rest").agg(pl.len().cast(pl.Int64).alias("n"))
    return counted.select(_NOTHING.columns)


def _side(edges: _Chars, next_to: _Chars, beyond: _Chars) -> _Side:
    """What stands on a side, by the last characters of entries and those there, and whether it makes rests of them."""
    known, kinds = np.unique(np.concatenate([next_to, beyond, edges]), return_inverse=True)
    names = [chr(char) for char in known.tolist()]
    is_letter, is_digit, is_apostrophe, is_end, is_base = (
        np.array([test(name) for name in names], np.bool_)[kinds].reshape(3, -1)
        for test in (_is_letter, str.isdigit, APOSTROPHES.__contains__, "\0".__eq__, _is_base)
    )
    is_rest = ((is_apostrophe[0] & is_letter[1]) | is_digit[0]) & ~is_base[2]
    is_inside = (is_letter[0] & ~is_base[2]) | is_rest
    at = np.where(is_inside, 0, np.where(is_end[0], 1, kinds[: len(edges)] + 2))
    return pl.Series([INSIDE, "", *names], dtype=pl.String).gather(at), is_rest


class Occurrences(NamedTuple):
    """A text in lower case, between two NULs, and where spellings are in it: i64, in characters."""

    text: str
    spellings: pl.Series
    starts: Ints
    ends: Ints

    def sides(self) -> tuple[_Side, _Side]:
        """What stands before and after each, and whether that makes a rest of it."""
        chars = np.frombuffer(self.text.encode("utf-32-le"), CODE_POINT)
        last = len(chars) - 1
        before = _side(chars[self.starts], chars[self.starts - 1], chars[np.maximum(self.starts - 2, 0)])
        return before, _side(chars[self.ends - 1], chars[self.ends], chars[np.minimum(self.ends + 1, last)])


def occurrences(text: str, spellings: Sequence[str]) -> Occurrences:
    """Where spellings are in a text, also where they overlap."""
    lower = pl.Series([f"\0{text}\0"]).str.to_lowercase()
    patterns = pl.lit(pl.Series([spellings], dtype=pl.List(pl.String)))
    places, found = (
        pl.select(pl.lit(lower).str.find_many(patterns, overlapping=True).explode()).to_series(),
        pl.select(pl.lit(lower).str.extract_many(patterns, overlapping=True).explode()).to_series().drop_nulls(),
    )
    as_bytes = np.frombuffer(lower[0].encode(), np.uint8)
    starts = _characters(as_bytes)[places.drop_nulls().to_numpy().astype(np.int64)]
    names = found.alias("spelling").cast(pl.String)
    return Occurrences(lower[0], names, starts, starts + names.str.len_chars().to_numpy().astype(np.int64))


def _characters(text: Bytes) -> Ints:
    """The number of the character that each byte of UTF-8 is of."""
    is_first: NDArray[np.bool_] = (text & 0xC0) != 0x80
    return np.cumsum(is_first) - 1


def _is_letter(char: str) -> bool:
    return _class_of(char) in (LETTER, COMBINING)


def _is_base(char: str) -> bool:
    """Whether a character is of a script that is written without spaces, and a word of its own."""
    return _class_of(char) == BASE


def _class_of(char: str) -> int:
    return int(code_points("fastslop/1").klass[ord(char)] & CLASS_MASK)


def _as_contexts(counts: pl.DataFrame, n_words: int) -> Contexts:
    by_spelling: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    n_rests: Counter[str] = Counter()
    for spelling, before, after, is_rest, n in counts.iter_rows():
        context = by_spelling[spelling]
        context[before, after] = context.get((before, after), 0) + n
        n_rests[spelling] += n if is_rest else 0
    return Contexts(by_spelling, n_rests, n_words)
