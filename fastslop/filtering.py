"""Texts to slop scores: matches of a list per 1,000 words, of each text and, with intervals, of each label.

Texts stream through in chunks; what is kept of them are sums over groups of prompts, so memory stays flat.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop import _kernels as k
from fastslop.corpus import Tally, TextChunk
from fastslop.counting import Counting, text_chunks
from fastslop.matching import Matcher, stream_of
from fastslop.parallel import map_bounded, n_cores
from fastslop.slop import PER_WORDS, slop_score_of

GROUP_BITS = 10
"""Prompts fall into 1,024 groups by their hash, each its own where there are few; sums by group bound the memory."""

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Bounds:
    """Which texts are kept: those whose score lies between the two, both included."""

    low: float | None = None
    high: float | None = None

    @property
    def are_given(self) -> bool:
        """Whether texts are kept or dropped at all; else all are scored."""
        return self.low is not None or self.high is not None

    def keep(self, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each score lies between the bounds."""
        low = -np.inf if self.low is None else self.low
        high = np.inf if self.high is None else self.high
        return np.asarray((scores >= low) & (scores <= high))


class Scored(NamedTuple):
    """A chunk's texts: matches and words of each, whether it is kept, and the lines to write for those that are."""

    chunk: TextChunk
    n_matches: Counts
    n_words: Counts
    is_kept: NDArray[np.bool_]
    lines: bytes


@dataclass
class LabelSums:
    """Sums of a label; ``by_group`` i64[2, groups] holds the matches and words of each group of prompts."""

    n_docs: int
    n_kept: int
    by_group: Counts


@dataclass(frozen=True)
class LabelScore:
    """Slop score of a label with its interval (None where its prompts are too few for one), and its texts."""

    label: str
    n_docs: int
    n_kept: int
    n_words: int
    n_matches: int
    score: float
    low: float | None
    high: float | None


def filter_corpus(
    inputs: Sequence[str],
    matcher: Matcher,
    bounds: Bounds,
    reading: Counting,
    tally: Tally,
    write: Callable[[bytes], object],
) -> list[LabelScore]:
    """Score every text of the inputs, in their order label by label within a chunk, and write a JSON line for each.

    Without bounds a line holds ``label``, ``prompt`` (its key, in hex), ``score``, ``n_words`` and ``matches``. With
    bounds only the texts between them are written: ``model``, ``prompt``, ``score`` and ``text``, fit to be read again.
    """
    chunks = text_chunks(inputs, reading, tally)
    scored = map_bounded(lambda chunk: _score(chunk, matcher, bounds), chunks, reading.workers or n_cores())
    return summarise(_written(scored, write))


def _written(scored: Iterable[Scored], write: Callable[[bytes], object]) -> Iterable[Scored]:
    for chunk in scored:
        write(chunk.lines)
        yield chunk


def _score(chunk: TextChunk, matcher: Matcher, bounds: Bounds) -> Scored:
    stream = stream_of(chunk.text, chunk.doc_offsets, matcher.spec)
    n_words = stream.per_document(k.IS_WORD)
    matches = matcher.find(matcher.words_of(stream))
    n_matches = np.bincount(matches.docs, minlength=len(n_words))
    scores = slop_scores(n_matches, n_words)
    is_kept = bounds.keep(scores)
    prompts = [f"{key:016x}" for key in chunk.prompt_keys[is_kept].tolist()]
    if bounds.are_given:
        lines = _documents(chunk, is_kept, prompts, scores[is_kept].tolist())
    else:
        rows = pl.DataFrame({"prompt": prompts, "score": scores, "n_words": n_words, "matches": n_matches})
        lines = rows.select(pl.lit(chunk.label).alias("label"), pl.all()).write_ndjson().encode()
    return Scored(chunk, n_matches, n_words, is_kept, lines)


def slop_scores(n_matches: Counts, n_words: Counts) -> NDArray[np.float64]:
    """Matches per 1,000 words, to three decimals; 0 where there are no words."""
    return np.asarray(np.round(n_matches * PER_WORDS / np.maximum(n_words, 1), 3))


def _documents(chunk: TextChunk, is_kept: NDArray[np.bool_], prompts: Sequence[str], scores: Sequence[float]) -> bytes:
    text, lines = chunk.text, []
    for at, prompt, score in zip(np.flatnonzero(is_kept).tolist(), prompts, scores, strict=True):
        own = text[chunk.doc_offsets[at] : chunk.doc_offsets[at + 1]].tobytes().decode()
        record = {"model": chunk.label, "prompt": prompt, "score": score, "text": own}
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    return "".join(lines).encode()


def summarise(scored: Iterable[Scored]) -> list[LabelScore]:
    """The slop score of every label, by name."""
    sums: dict[str, LabelSums] = {}
    for chunk, n_matches, n_words, is_kept, _ in scored:
        own = sums.setdefault(chunk.label, LabelSums(0, 0, np.zeros((2, 1 << GROUP_BITS), np.int64)))
        own.n_docs += len(is_kept)
        own.n_kept += int(is_kept.sum())
        groups = (chunk.prompt_keys * k.MIX) >> np.uint64(64 - GROUP_BITS)
        np.add.at(own.by_group[0], groups, n_matches)
        np.add.at(own.by_group[1], groups, n_words)
    return [_label_score(label, own) for label, own in sorted(sums.items())]


def _label_score(label: str, own: LabelSums) -> LabelScore:
    n_matches, n_words = own.by_group.sum(axis=1).tolist()
    return LabelScore(label, own.n_docs, own.n_kept, n_words, n_matches, *slop_score_of(*own.by_group))
