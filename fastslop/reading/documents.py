"""Records and tables to documents in arrays, and the records that have to be left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.reading.documents import copy_documents
from fastslop.base.arrays import offsets_of, to_bytes
from fastslop.base.hashing import _hash_bytes, hash_texts
from fastslop.reading import fields
from fastslop.reading.fields import Columns, Unusable

FRAME = {"record": pl.Int64, "text": pl.String, "label": pl.String, "prompt": pl.String}
"""Columns of a frame that documents are made of."""

Skipped = list[tuple[int, str]]
"""Records that are left out, or a document of which is: the number of each, and the reason."""


@dataclass(frozen=True)
class Plan:
    """Plan by which one input is read: its columns, its label where no column holds one, names of places in it."""

    columns: Columns
    label: str
    place: Callable[[int], str]


@dataclass(frozen=True)
class Documents:
    """Documents of one input, in its order; neither a text nor a label is blank.

    ``text`` u8: their UTF-8, one after the other; ``offsets`` i64 (one more than documents) cut it, and it may go on
    behind the last. By document: ``records`` i64, the number of its record; ``codes`` i64, its label's place in
    ``labels``; ``prompt_keys`` u64, the hash of its prompt, or of itself where none is known.
    """

    text: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    records: NDArray[np.int64]
    labels: tuple[str, ...]
    codes: NDArray[np.int64]
    prompt_keys: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.records)

    def take(self, docs: NDArray[np.int64]) -> Documents:
        """The documents ``docs``, in this order, as a copy."""
        starts, lengths = self.offsets[docs], self.lengths(docs)
        offsets = offsets_of(lengths)
        text = np.empty(offsets[-1], np.uint8)
        copy_documents(self.text, starts, starts + lengths, text)
        return Documents(text, offsets, self.records[docs], self.labels, self.codes[docs], self.prompt_keys[docs])

    def lengths(self, docs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Bytes of text of each of the documents ``docs``, i64."""
        return self.offsets[docs + 1] - self.offsets[docs]

    def by_label(self) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """Yield each label with the numbers i64 of its documents, in the order of the labels' first documents."""
        order = np.argsort(self.codes, kind="stable")
        bounds = np.flatnonzero(np.diff(self.codes[order])) + 1
        for docs in sorted(np.split(order, bounds), key=lambda docs: docs[:1].tolist()):
            if len(docs):
                yield self.labels[self.codes[docs[0]]], docs


def read_records(
    records: Iterable[tuple[int, Any]], plan: Plan, parse: Callable[[Any], object] = lambda record: record
) -> tuple[Documents, Skipped]:
    """Documents of single records, each of which ``parse`` may have to make first, and what had to be left out."""
    rows: list[tuple[int, str, str | None, str | None]] = []
    skipped: Skipped = []
    for number, raw in records:
        try:
            texts, label, prompt = fields.read_record(parse(raw), plan.columns)
        except Unusable as problem:
            skipped.append((number, problem.reason))
            continue
        for text in texts:
            if fields.has_surrogate(text):
                skipped.append((number, fields.LONE_SURROGATE))
            else:
                rows.append((number, text, label, prompt))
    documents, left_out = documents_of(pl.DataFrame(rows, schema=FRAME, orient="row"), plan)
    return documents, sorted([*skipped, *left_out])


def documents_of(frame: pl.DataFrame, plan: Plan) -> tuple[Documents, Skipped]:
    """Documents of a frame with the columns of ``FRAME``, and those left out that have no text or label.

    Where no field holds labels, all documents have the plan's. Where ``prompt`` is null or blank, the text is taken.
    """
    label = pl.lit(plan.label) if plan.columns.label is None else pl.col("label")
    frame = frame.with_columns(
        label=label,
        prompt=pl.when(~_is_blank(pl.col("prompt"))).then(pl.col("prompt")),
        reason=pl.when(pl.col("text").is_null())
        .then(pl.lit(fields.NO_TEXT))
        .when(_is_blank(pl.col("text")))
        .then(pl.lit(fields.EMPTY_TEXT))
        .when(label.is_null() | _is_blank(label))
        .then(pl.lit(fields.NO_LABEL)),
    )
    left_out: Skipped = []
    if frame["reason"].null_count() < frame.height:
        left_out = frame.filter(pl.col("reason").is_not_null()).select("record", "reason").rows()
        frame = frame.filter(pl.col("reason").is_null())
    text, offsets = to_bytes(frame["text"])
    labels = frame["label"].unique(maintain_order=True)
    codes = frame["label"].cast(pl.Enum(labels)).to_physical().cast(pl.Int64).to_numpy()
    keys = _prompt_keys(frame, text, offsets)
    return Documents(text, offsets, frame["record"].to_numpy(), tuple(labels), codes, keys), left_out


def _is_blank(text: pl.Expr) -> pl.Expr:
    return ~text.str.contains(r"\S")  # looks no further than the first visible character


def _prompt_keys(frame: pl.DataFrame, text: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    if frame["prompt"].null_count() == frame.height:
        return _hash_bytes(text, offsets)
    return hash_texts(frame.select(pl.coalesce("prompt", "text")).to_series())


def in_order(parts: Sequence[Documents]) -> Documents:
    """Documents of several parts of an input, sorted by their records."""
    labels = tuple(dict.fromkeys(label for part in parts for label in part.labels))
    code_of = {label: code for code, label in enumerate(labels)}
    codes = [np.array([code_of[label] for label in part.labels], np.int64)[part.codes] for part in parts]
    joined = Documents(
        np.concatenate([part.text[: part.offsets[-1]] for part in parts]),
        offsets_of(np.concatenate([np.diff(part.offsets) for part in parts])),
        np.concatenate([part.records for part in parts]),
        labels,
        np.concatenate(codes),
        np.concatenate([part.prompt_keys for part in parts]),
    )
    return joined.take(np.argsort(joined.records, kind="stable"))
