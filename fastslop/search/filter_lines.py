"""Lines of JSON that filtering writes: a row of scores for each text, or the records that are kept."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop.base.arrays import Counts, Ints
from fastslop.base.rates import PER_WORDS
from fastslop.reading import names as n
from fastslop.reading.batches import Batch
from fastslop.reading.documents import Documents, Plan
from fastslop.reading.json_lines import Lines
from fastslop.reading.record_lines import values_in


def score_lines(batch: Batch, n_words: Counts, n_matches: Counts, n_contrasts: Counts) -> bytes:
    """A line for each document: the ``id`` of its record, if it has one, its file and row, model, prompt and scores."""
    documents, plan = batch.documents, batch.plan
    records = documents.records
    are_files = plan.file is None
    files = [plan.place(number) for number in records.tolist()] if are_files else [plan.file] * len(records)
    rows = pl.select(
        file=pl.Series(files, dtype=pl.String),
        row=pl.lit(None, pl.Int64) if are_files else pl.Series(records),
        label=pl.Series(documents.labels, dtype=pl.String).gather(documents.codes),
        prompt=pl.Series([f"{key:016x}" for key in documents.prompt_keys.tolist()], dtype=pl.String),
        score=per_1000_words(n_matches, n_words),
        n_words=n_words,
        matches=n_matches,
        contrasts=n_contrasts,
        contrasts_per_1000=per_1000_words(n_contrasts, n_words),
    )
    lines = rows.write_ndjson().encode() if len(records) else b""
    name = _id_field(plan)
    if name is None or batch.lines is None:
        return lines
    ids = values_in(batch.lines, _at(batch.lines, records), name)
    return b"".join(b'{"id":%b,%b' % (own, line[1:]) for own, line in zip(ids, lines.splitlines(True), strict=True))


def _id_field(plan: Plan) -> str | None:
    """The field that tells a record from others, if there is one."""
    columns = plan.columns
    return next((name for name in n.in_order(n.RECORD_IDS, columns.found) if name != columns.text), None)


def kept_lines(batch: Batch, scores: NDArray[np.float64], is_kept: NDArray[np.bool_]) -> bytes:
    """The records that are kept, as they came in; texts that are files become records with their file and score."""
    if batch.lines is not None:
        return lines_of(batch.lines, np.unique(batch.documents.records[is_kept]))
    return b"".join(_written(batch.documents, batch.plan, scores, doc) for doc in np.flatnonzero(is_kept).tolist())


def lines_of(lines: Lines, numbers: Ints) -> bytes:
    """The lines of these numbers, byte for byte."""
    return b"".join(line + b"\n" for line in lines.cut(_at(lines, numbers)))


def _at(lines: Lines, numbers: Ints) -> Ints:
    """The places of lines by their numbers."""
    return np.searchsorted(lines.numbers, numbers)


def _written(documents: Documents, plan: Plan, scores: NDArray[np.float64], doc: int) -> bytes:
    record = {
        "file": plan.file or plan.place(int(documents.records[doc])),
        "model": documents.labels[documents.codes[doc]],
        "prompt": f"{documents.prompt_keys[doc]:016x}",
        "score": float(scores[doc]),
        "text": documents.text_of(doc).decode(),
    }
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def per_1000_words(n_found: Counts, n_words: Counts) -> NDArray[np.float64]:
    """Occurrences per 1,000 words, to three decimals; 0 where there are no words."""
    return np.asarray(np.round(n_found * PER_WORDS / np.maximum(n_words, 1), 3))
