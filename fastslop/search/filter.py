"""Texts to slop scores: matches of a list per 1,000 words, of each text and, with intervals, of each label.

Contrasts ("not X, but Y") are counted beside them; texts are kept or dropped by their score alone.

Texts stream through in batches; what is kept of them are sums over groups of prompts, so memory stays flat.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import MIX
from fastslop.counting.count import BASE_BYTES, Counting
from fastslop.reading.corpus import read_documents
from fastslop.reading.documents import Documents
from fastslop.reading.formats import READ_BYTES, Batch
from fastslop.reading.json_lines import Lines
from fastslop.reading.tally import Tally
from fastslop.scoring.slop_score import PER_WORDS, slop_score_of
from fastslop.search.contrasts import find_contrasts
from fastslop.search.matcher import Matcher, stream_of
from fastslop.system.progress import Progress, silent
from fastslop.system.threads import map_bounded

GROUP_BITS = 10
BATCH_WORKING = 14  # memory of a batch in times its bytes, while it is scored
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
    """A batch's documents; matches, contrasts and words of each, and whether it is kept; the lines to write."""

    labels: tuple[str, ...]
    codes: NDArray[np.int64]
    prompt_keys: NDArray[np.uint64]
    n_matches: Counts
    n_contrasts: Counts
    n_words: Counts
    is_kept: NDArray[np.bool_]
    lines: bytes


class Rate(NamedTuple):
    """Occurrences, and per 1,000 words, with an interval over prompts (None where these are too few for one)."""

    n: int
    per_1000: float
    low: float | None
    high: float | None


@dataclass
class LabelSums:
    """Sums of a label; ``by_group`` i64[3, groups]: matches, contrasts and words of each group of prompts."""

    n_docs: int
    n_kept: int
    by_group: Counts


@dataclass(frozen=True)
class LabelScore:
    """Texts and words of a label; its matches, which are its slop score, and its contrasts."""

    label: str
    n_docs: int
    n_kept: int
    n_words: int
    matches: Rate
    contrasts: Rate


def filter_corpus(
    inputs: Sequence[str],
    matcher: Matcher,
    bounds: Bounds,
    reading: Counting,
    tally: Tally,
    write: Callable[[bytes], object],
    progress: Progress = silent,
) -> list[LabelScore]:
    """Score every text of the inputs, in their order, and write a line of JSON for each.

    Without bounds a line holds ``label``, ``prompt`` (its key, in hex), ``score``, ``n_words``, ``matches``,
    ``contrasts`` and ``contrasts_per_1000`` words. With bounds only the texts between them are written, fit to be read
    again: those of JSON Lines as the very lines that were read (one with several texts if all of these are kept);
    others as ``model``, ``prompt``, ``score`` and ``text``.
    """
    batches = read_documents(
        inputs,
        fields=reading.fields,
        label=reading.label,
        shard=reading.shard,
        max_bad=reading.max_bad,
        tally=tally,
        progress=progress,
        step="scoring texts",
    )
    scored = map_bounded(lambda batch: _score(batch, matcher, bounds), batches, _n_workers(reading))
    return summarise(_written(scored, write))


def _n_workers(reading: Counting) -> int:
    """As many threads as are wanted and memory has room for."""
    n_fit = (reading.memory - BASE_BYTES) // (BATCH_WORKING * READ_BYTES)
    return max(1, min(reading.n_workers, n_fit))


def _written(scored: Iterable[Scored], write: Callable[[bytes], object]) -> Iterable[Scored]:
    for batch in scored:
        write(batch.lines)
        yield batch


def _score(batch: Batch, matcher: Matcher, bounds: Bounds) -> Scored:
    documents = batch.documents
    labels, codes, keys = documents.labels, documents.codes, documents.prompt_keys
    stream = stream_of(documents.text, documents.offsets, matcher.spec)
    n_words = stream.n_words
    n_matches = np.bincount(matcher.find(matcher.words_of(stream)).docs, minlength=len(n_words))
    n_contrasts = np.bincount(find_contrasts(stream).docs, minlength=len(n_words))
    scores = per_1000_words(n_matches, n_words)
    is_kept = bounds.keep(scores)
    if not bounds.are_given:
        rows = pl.DataFrame(
            {
                "label": pl.Series(labels, dtype=pl.String).gather(codes),
                "prompt": pl.Series([f"{key:016x}" for key in keys.tolist()], dtype=pl.String),
                "score": scores,
                "n_words": n_words,
                "matches": n_matches,
                "contrasts": n_contrasts,
                "contrasts_per_1000": per_1000_words(n_contrasts, n_words),
            }
        )
        lines = rows.write_ndjson().encode()
    elif batch.lines is not None:
        records = documents.records
        is_kept &= ~np.isin(records, records[~is_kept])
        lines = lines_of(batch.lines, np.unique(records[is_kept]))
    else:
        lines = _rewritten(documents, scores, np.flatnonzero(is_kept))
    return Scored(labels, codes, keys, n_matches, n_contrasts, n_words, is_kept, lines)


def lines_of(lines: Lines, numbers: NDArray[np.int64]) -> bytes:
    """The lines of these numbers, byte for byte."""
    return b"".join(line + b"\n" for line in lines.cut(np.searchsorted(lines.numbers, numbers)))


def _rewritten(documents: Documents, scores: NDArray[np.float64], docs: NDArray[np.intp]) -> bytes:
    lines = []
    for doc in docs:
        label, key = documents.labels[documents.codes[doc]], f"{documents.prompt_keys[doc]:016x}"
        text = documents.text[documents.offsets[doc] : documents.offsets[doc + 1]].tobytes().decode()
        record = {"model": label, "prompt": key, "score": float(scores[doc]), "text": text}
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    return "".join(lines).encode()


def per_1000_words(n: Counts, n_words: Counts) -> NDArray[np.float64]:
    """Occurrences per 1,000 words, to three decimals; 0 where there are no words."""
    return np.asarray(np.round(n * PER_WORDS / np.maximum(n_words, 1), 3))


def summarise(scored: Iterable[Scored]) -> list[LabelScore]:
    """The slop score of every label, by name."""
    sums: dict[str, LabelSums] = {}
    for one in scored:
        groups = groups_of(one.prompt_keys)
        for code, label in enumerate(one.labels):
            is_own = one.codes == code
            own = sums.setdefault(label, LabelSums(0, 0, np.zeros((3, 1 << GROUP_BITS), np.int64)))
            own.n_docs += int(is_own.sum())
            own.n_kept += int((is_own & one.is_kept).sum())
            for by_group, n in zip(own.by_group, (one.n_matches, one.n_contrasts, one.n_words), strict=True):
                np.add.at(by_group, groups[is_own], n[is_own])
    return [_label_score(label, own) for label, own in sorted(sums.items())]


def groups_of(prompt_keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The group of each prompt."""
    return np.asarray((prompt_keys * MIX) >> np.uint64(64 - GROUP_BITS))


def _label_score(label: str, own: LabelSums) -> LabelScore:
    matches, contrasts, words = own.by_group
    return LabelScore(
        label, own.n_docs, own.n_kept, int(words.sum()), rate_of(matches, words), rate_of(contrasts, words)
    )


def rate_of(n: Counts, n_words: Counts) -> Rate:
    """The rate of what occurs ``n`` times in the ``n_words`` words of each group of prompts."""
    return Rate(int(n.sum()), *slop_score_of(n, n_words))
