"""Texts to slop scores: matches of a list per 1,000 words, of each text and, with intervals, of each label.

Contrasts ("not X, but Y") are counted beside them; texts are kept or dropped by their score alone.

Texts stream through in batches; what is kept of them are sums over groups of prompts, so memory stays flat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import MIX
from fastslop.base.arrays import Counts
from fastslop.base.defaults import DROP_REASONING, JSON_FORMAT, MAX_BAD
from fastslop.base.rates import Rate, rate_of
from fastslop.base.spec import PRESETS
from fastslop.reading.batches import READ_BYTES, Batch
from fastslop.reading.corpus import read_documents
from fastslop.reading.frames import Input, inputs_of
from fastslop.reading.languages import (
    AUTO,
    EXPECTED,
    LanguageEvidence,
    in_language,
    notes_on_languages,
    spec_in,
    with_first_texts,
)
from fastslop.reading.options import IDS, RECORDS, ReadOptions, read_options
from fastslop.reading.tally import Tally
from fastslop.search.contrasts import find_contrasts
from fastslop.search.filter_lines import kept_lines, per_1000_words, score_lines
from fastslop.search.list_entries import ListEntries, understand
from fastslop.search.list_files import Group, groups_in, read_list
from fastslop.search.list_matcher import ListMatcher, matcher_of_list
from fastslop.search.matcher import stream_of
from fastslop.system.atomic import refuse_to_overwrite, write_atomically
from fastslop.system.budget import Budget, budget_of
from fastslop.system.progress import Progress, silent
from fastslop.system.threads import map_bounded

GROUP_BITS = 10
"""Bits of a group's number: prompts fall into 1,024 groups by their hash, and sums by group bound the memory."""
BATCH_WORKING = 14
"""Memory of a batch while it is scored, in times its bytes."""


@dataclass(frozen=True)
class Bounds:
    """Range of the scores of texts that are kept, both ends included; None where it is open."""

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
    """Documents of a batch: matches, contrasts and words of each, and whether it is kept; and the lines to write."""

    labels: tuple[str, ...]
    codes: NDArray[np.int64]
    prompt_keys: NDArray[np.uint64]
    n_matches: Counts
    n_contrasts: Counts
    n_words: Counts
    is_kept: NDArray[np.bool_]
    lines: bytes


@dataclass
class LabelSums:
    """Sums of a label. ``by_group`` i64[3, groups]: matches, contrasts and words of each group of prompts."""

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


@dataclass(frozen=True)
class FilterResult:
    """
    Texts scored by a list.

    ``labels``: a row for each label: ``label``, ``n_docs``, ``n_kept``, ``n_words``, and for ``matches`` and
    ``contrasts`` their number, rate per 1,000 words and its 95 % interval over prompts (null where prompts are too
    few: unresolved). ``scores``: the same as `LabelScore`. ``texts``: what was written, as a frame; None
    where it went to a file. ``entries``: what the list holds, and what of it cannot match. ``language``: that by which
    all were scored, and ``languages`` that of each label, where it was looked for, None if it cannot be told.
    """

    labels: pl.DataFrame
    scores: tuple[LabelScore, ...]
    texts: pl.DataFrame | None
    tally: Tally
    entries: ListEntries
    language: str = EXPECTED
    languages: Mapping[str, str | None] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The shape of ``filter --json``: a row for each label, and what was not looked for or not read."""
        return {
            "format": JSON_FORMAT,
            "labels": self.labels.to_dicts(),
            "not_looked_for": dict(self.entries.unusable),
            **self.tally.to_dict(),
            "skipped": dict(sorted(self.tally.skipped.items())),
            "language": self.language,
            "languages": dict(self.languages),
            "notes": list(self.notes),
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """What the list holds and what of it cannot match, in a line; what was not read; and other languages."""
        of_languages = notes_on_languages("score", self.language, self.languages)
        return (self.entries.summary, *self.tally.notes, *of_languages)


def filter_texts(
    source: object,
    phrases: Sequence[str] | str | PathLike[str],
    *,
    min_score: float | None = None,
    max_score: float | None = None,
    out: str | PathLike[str] | Callable[[bytes], object] | None = None,
    text: str | None = None,
    model: str | None = None,
    prompt: str | None = None,
    label: str | None = None,
    language: str = AUTO,
    shard: tuple[int, int] = (0, 1),
    max_bad: float = MAX_BAD,
    reasoning: str = DROP_REASONING,
    workers: int | None = None,
    memory: str | int | None = None,
    temp: str | PathLike[str] | None = None,
    force: bool = False,
    progress: Progress = silent,
) -> FilterResult:
    """
    Score every text by a list, in matches per 1,000 words; or keep and drop texts by their score.

    Without bounds there is a row for each text: ``id`` (its record's own, where it has one), ``file``, ``row`` (of
    JSON Lines the line, from 1; null for a file that is one text), ``label``, ``prompt`` (its key, in hex), ``score``,
    ``n_words``, ``matches``, ``contrasts`` and ``contrasts_per_1000`` words. With bounds only the records between them
    are kept, whole (one with several texts if all of these are kept): lines of JSON byte for byte, rows of tables and
    elements of arrays as lines of JSON; a file that is one text as ``file``, ``model``, ``prompt``, ``score`` and
    ``text``.

    Parameters
    ----------
    source
        Texts, as `count` takes them; so are ``text``, ``model``, ``prompt``, ``label``, ``shard``, ``max_bad``,
        ``reasoning``, ``workers``, ``memory`` and ``temp``.
    phrases
        Words, phrases and regular expressions to look for, or the file of a list, in one of many shapes: n-grams
        without stopwords are found in texts without them. What is which is told by names and shape.
    min_score, max_score
        Keep only texts whose score lies between the two, both included.
    out
        The file of JSON Lines, or what is given the lines as they come. If None, they become ``texts``.
    language
        What texts are in, such as ``zh``, by which contrasts and stopwords are known; ``auto``: what the first texts
        are in.
    force
        Replace a file that is already there.
    progress
        Is told how far each step is.

    Raises
    ------
    BadInputError
        If the list or the texts cannot be read, or the list holds nothing to look for.
    UsageError
        If a parameter is out of range, or the file is already there.

    Examples
    --------
    >>> import fastslop as fs
    >>> texts = [{"text": "A tapestry of light."}, {"text": "Plain words."}]
    >>> fs.filter_texts(texts, ["tapestry"], max_score=0).texts["text"].to_list()
    ['Plain words.']
    """
    spec, (groups, named) = spec_in(PRESETS["default"], language), _groups_of(phrases)
    tally, bounds, inputs = Tally(), Bounds(min_score, max_score), inputs_of(source)
    options = read_options(text, model, prompt, label, shard, max_bad, reasoning)
    options = replace(options, keeps=RECORDS if bounds.are_given else IDS)
    if out is not None and not callable(out):
        refuse_to_overwrite(Path(out), force=force)
    batches, evidence = _batches_of(inputs, options, tally, progress), None
    if language == AUTO:
        batches, found = with_first_texts(batches, spec)
        spec, evidence = in_language(spec, found), LanguageEvidence()
    entries = understand(groups, named, spec)
    job = FilterJob(
        matcher_of_list(entries, spec), bounds, options, budget_of(workers, memory, temp), tally, progress, evidence
    )
    lines: list[bytes] = []
    if out is None or callable(out):
        scores = filter_batches(batches, job, lines.append if out is None else out)
    else:
        scores = _filtered_into(Path(out), batches, job, force=force)
    texts = _frame_of(lines) if out is None else None
    languages = {} if evidence is None else {name: own for name, (own, _) in evidence.by_label().items()}
    return FilterResult(_table_of(scores), tuple(scores), texts, tally, entries, spec.language, languages)


def _groups_of(phrases: Sequence[str] | str | PathLike[str]) -> tuple[Sequence[Group], str]:
    """The groups of entries of a list that is given, or a file's; and what messages call it."""
    if isinstance(phrases, str | PathLike):
        return read_list(Path(phrases)), str(Path(phrases))
    return groups_in(list(phrases), "", "the list"), "the list"


def _filtered_into(path: Path, batches: Iterator[Batch], job: FilterJob, *, force: bool) -> list[LabelScore]:
    scores: list[LabelScore] = []

    def write_beside(beside: Path) -> None:
        with beside.open("wb") as stream:
            scores.extend(filter_batches(batches, job, stream.write))

    write_atomically(path, write_beside, force=force)
    return scores


def _frame_of(lines: Sequence[bytes]) -> pl.DataFrame:
    joined = b"".join(lines)
    return pl.read_ndjson(joined, infer_schema_length=None) if joined else pl.DataFrame()


def _table_of(scores: Sequence[LabelScore]) -> pl.DataFrame:
    rows = [
        {"label": score.label, "n_docs": score.n_docs, "n_kept": score.n_kept, "n_words": score.n_words}
        | _columns_of("matches", score.matches)
        | _columns_of("contrasts", score.contrasts)
        for score in scores
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _columns_of(name: str, rate: Rate) -> dict[str, float | None]:
    return {name: rate.n, f"{name}_per_1000": rate.per_1000, f"{name}_low": rate.low, f"{name}_high": rate.high}


@dataclass(frozen=True)
class FilterJob:
    """A job of scoring texts: the list and the bounds, how texts are read, whom to tell of progress, and the evidence
    of languages, if it is wanted."""

    matcher: ListMatcher
    bounds: Bounds
    options: ReadOptions
    budget: Budget
    tally: Tally
    progress: Progress = silent
    evidence: LanguageEvidence | None = None

    @property
    def n_workers(self) -> int:
        """Number of threads that are wanted and that memory has room for, one at least."""
        return max(1, min(self.budget.n_workers, self.budget.spare_bytes // (BATCH_WORKING * READ_BYTES)))


def filter_corpus(inputs: Sequence[Input], job: FilterJob, write: Callable[[bytes], object]) -> list[LabelScore]:
    """Score every text of the inputs, in their order, and write a line of JSON for each: see `filter_texts`."""
    return filter_batches(_batches_of(inputs, job.options, job.tally, job.progress), job, write)


def _batches_of(inputs: Sequence[Input], options: ReadOptions, tally: Tally, progress: Progress) -> Iterator[Batch]:
    return read_documents(inputs, options, tally=tally, progress=progress, step="scoring texts")


def filter_batches(batches: Iterator[Batch], job: FilterJob, write: Callable[[bytes], object]) -> list[LabelScore]:
    """Score every text of batches, in their order, and write a line of JSON for each."""
    scored = map_bounded(lambda batch: _score(batch, job), batches, job.n_workers)
    return summarise(_written(scored, write))


def _written(scored: Iterable[Scored], write: Callable[[bytes], object]) -> Iterable[Scored]:
    for batch in scored:
        write(batch.lines)
        yield batch


def _score(batch: Batch, job: FilterJob) -> Scored:
    matcher, bounds = job.matcher, job.bounds
    documents = batch.documents
    labels, codes, keys = documents.labels, documents.codes, documents.prompt_keys
    stream = stream_of(documents.text, documents.offsets, matcher.spec)
    n_words = stream.n_words
    if job.evidence is not None:
        job.evidence.add_first(documents, stream)
    n_matches = matcher.count(documents, stream, batch.plan.place)
    n_contrasts = np.bincount(find_contrasts(stream, matcher.spec.language).docs, minlength=len(n_words))
    scores = per_1000_words(n_matches, n_words)
    is_kept = bounds.keep(scores)
    if bounds.are_given:
        is_kept &= ~np.isin(documents.records, documents.records[~is_kept])
        lines = kept_lines(batch, scores, is_kept)
    else:
        lines = score_lines(batch, n_words, n_matches, n_contrasts)
    return Scored(labels, codes, keys, n_matches, n_contrasts, n_words, is_kept, lines)


def summarise(scored: Iterable[Scored]) -> list[LabelScore]:
    """The slop score of every label, by name."""
    sums: dict[str, LabelSums] = {}
    for one in scored:
        groups = groups_of(one.prompt_keys)
        for code, label in enumerate(one.labels):
            is_of_label = one.codes == code
            of_label = sums.setdefault(label, LabelSums(0, 0, np.zeros((3, 1 << GROUP_BITS), np.int64)))
            of_label.n_docs += int(is_of_label.sum())
            of_label.n_kept += int((is_of_label & one.is_kept).sum())
            for by_group, n in zip(of_label.by_group, (one.n_matches, one.n_contrasts, one.n_words), strict=True):
                np.add.at(by_group, groups[is_of_label], n[is_of_label])
    return [_label_score(label, of_label) for label, of_label in sorted(sums.items())]


def groups_of(prompt_keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The group of each prompt."""
    return np.asarray((prompt_keys * MIX) >> np.uint64(64 - GROUP_BITS))


def _label_score(label: str, sums: LabelSums) -> LabelScore:
    matches, contrasts, words = sums.by_group
    return LabelScore(
        label, sums.n_docs, sums.n_kept, int(words.sum()), rate_of(matches, words), rate_of(contrasts, words)
    )
