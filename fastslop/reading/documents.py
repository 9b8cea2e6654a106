"""Records and tables to documents in arrays, and the records that have to be left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.reading.documents import copy_documents
from fastslop._kernels.reading.marks import find_marked
from fastslop._kernels.reading.prompts import hash_prompts
from fastslop.base.arrays import offsets_of, to_bytes
from fastslop.base.hashing import hash_bytes
from fastslop.reading import unusable as u
from fastslop.reading.chats import Generation
from fastslop.reading.cleaning import DROP, HAD_REASONING, ONLY, Cleaned, clean, part
from fastslop.reading.fields import Columns, Document, read_record
from fastslop.reading.limits import LONGEST_TEXT
from fastslop.reading.reasoning import BEGINNINGS
from fastslop.reading.unusable import Unusable
from fastslop.tokens.unicode import PADDING

FRAME = {
    "record": pl.Int64,
    "text": pl.String,
    "label": pl.String,
    "prompt": pl.String,
    "ending": pl.UInt8,
    "asked": pl.String,
}
"""Columns of a frame that documents are made of."""

NO_REQUEST = "answers to no request"

Skipped = list[tuple[int, str]]
"""Records that are left out, or a document of which is: the number of each, and the reason."""

MARKED = np.zeros(1 << 16, np.bool_)
"""Pairs of bytes, one of which is in every text that may have to be cleaned (see ``cleaning.MAY_BE_UNCLEAN``)."""
for _first, _second in (
    *(("<", "/|trsepbdfiucTRS\xef"), ("[", "TI/"), ("&", "#qalgn")),
    *(("\xc2", "\xb4"), ("\x97", "\x81")),
):
    MARKED[[ord(_first) << 8 | ord(char) for char in _second]] = True


@dataclass(frozen=True)
class Plan:
    """Plan by which one input is read.

    Its columns, its label where no column holds one, names of places in it, what is done with reasoning, notes on what
    was chosen, the prompts that records name by the number of a request, one document of a sample, the name of the
    input, None where each record is a file, a digest of how it begins, and whether any piece of it can be read alone.
    """

    columns: Columns
    label: str
    place: Callable[[int], str]
    reasoning: str = DROP
    notes: tuple[str, ...] = ()
    requests: Mapping[str, str] = field(default_factory=dict)
    example: Document | None = None
    file: str | None = None
    beginning: str = ""
    has_pieces: bool = False

    @property
    def is_flat(self) -> bool:
        """Whether a record is one text as it stands."""
        return self.columns.is_flat and self.reasoning == DROP


@dataclass(frozen=True)
class Documents:
    """Documents of one input, in its order; neither a text nor a label is blank.

    ``text`` u8: their UTF-8, one after the other; ``offsets`` i64 (one more than documents) cut it, and it may go on
    behind the last. By document: ``records`` i64, the number of its record; ``codes`` i64, its label's place in
    ``labels``; ``prompt_keys`` u64, the hash of its prompt, or of itself where none is known; ``endings`` u8, how it
    ended (see ``chats.ENDING_OF``), None if that is not told of any. ``asked``: the text of each
    one's prompt, null where it is not told; None if it is told of none.
    """

    text: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    records: NDArray[np.int64]
    labels: tuple[str, ...]
    codes: NDArray[np.int64]
    prompt_keys: NDArray[np.uint64]
    endings: NDArray[np.uint8] | None = None
    asked: pl.Series | None = None

    def __len__(self) -> int:
        return len(self.records)

    def take(self, docs: NDArray[np.int64]) -> Documents:
        """The documents ``docs``, in this order, as a copy."""
        starts, lengths = self.offsets[docs], self.lengths(docs)
        offsets = offsets_of(lengths)
        text = np.empty(offsets[-1] + PADDING, np.uint8)
        copy_documents(self.text, starts, starts + lengths, text)
        by_document = self.records[docs], self.labels, self.codes[docs], self.prompt_keys[docs]
        endings = None if self.endings is None else self.endings[docs]
        return Documents(text, offsets, *by_document, endings, None if self.asked is None else self.asked.gather(docs))

    def lengths(self, docs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Bytes of text of each of the documents ``docs``, i64."""
        return self.offsets[docs + 1] - self.offsets[docs]

    def text_of(self, doc: int) -> bytes:
        """The UTF-8 of a document."""
        return self.text[self.offsets[doc] : self.offsets[doc + 1]].tobytes()

    def endings_of(self, docs: NDArray[np.int64]) -> NDArray[np.uint8]:
        """How each of the documents ``docs`` ended."""
        return np.zeros(len(docs), np.uint8) if self.endings is None else self.endings[docs]

    def by_label(self) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """Yield each label with the numbers i64 of its documents, in the order of the labels' first documents."""
        order = np.argsort(self.codes, kind="stable")
        bounds = np.flatnonzero(np.diff(self.codes[order])) + 1
        for docs in sorted(np.split(order, bounds), key=lambda docs: docs[:1].tolist()):
            if len(docs):
                yield self.labels[self.codes[docs[0]]], docs


class Made(NamedTuple):
    """Documents that were made of records, the records left out, and how many documents had what was taken out."""

    documents: Documents
    skipped: Skipped
    had: Counter[str]


def read_records(
    records: Iterable[tuple[int, Any]], plan: Plan, parse: Callable[[Any], object] = lambda record: record
) -> Made:
    """Documents of single records, each of which ``parse`` may have to make first, and what had to be left out."""
    rows: list[tuple[int, str, str | None, str | None, int, str | None]] = []
    skipped: Skipped = []
    had: Counter[str] = Counter()
    for number, raw in records:
        try:
            documents = read_record(parse(raw), plan.columns)
        except Unusable as problem:
            skipped.append((number, problem.reason))
            continue
        for one, label, prompt, echo, asked in documents:
            had.update(f"turns of {role!r}" for role in one.strangers)
            # Tags and tokens in texts are looked for in all at once, below, if the reasoning is left out.
            cleaned = part(one, echo) if plan.reasoning == DROP else clean(one, plan.reasoning, echo)
            had.update(cleaned.had)
            if u.has_surrogate(cleaned.text):
                skipped.append((number, u.LONE_SURROGATE))
            elif not cleaned.text.strip() and _is_reasoning_amiss(HAD_REASONING in cleaned.had, plan.reasoning):
                skipped.append((number, u.NO_REASONING if plan.reasoning == ONLY else u.ONLY_REASONING))
            else:
                request = plan.requests.get(prompt or "")
                if plan.requests and request is None:
                    had[NO_REQUEST] += 1
                rows.append((number, cleaned.text, label, request or prompt, one.ending, request or asked))
    frame = pl.DataFrame(rows, schema=FRAME, orient="row")
    made = documents_of(frame, plan) if plan.reasoning == DROP else _documents_of(frame, plan)
    return Made(made.documents, sorted([*skipped, *made.skipped]), had + made.had)


def _is_reasoning_amiss(had_reasoning: bool, reasoning: str) -> bool:
    """Whether a text is empty because there was nothing but reasoning; or none, where nothing else is wanted."""
    return not had_reasoning if reasoning == ONLY else had_reasoning


def documents_of(frame: pl.DataFrame, plan: Plan) -> Made:
    """Documents of a frame with the columns of ``FRAME``, cleaned, and those left out that have no text or label.

    Where no field holds labels, all documents have the plan's. Where ``prompt`` is null or blank, the text is taken.
    """
    made = _documents_of(frame, plan)
    cleaned = clean_documents(made.documents)
    return Made(cleaned.documents, sorted([*made.skipped, *cleaned.skipped]), cleaned.had)


def _documents_of(frame: pl.DataFrame, plan: Plan) -> Made:
    label = pl.col("label") if plan.columns.has_labels else pl.lit(plan.label)
    frame = frame.with_columns(
        label=label,
        prompt=pl.when(~_is_blank(pl.col("prompt"))).then(pl.col("prompt")),
        reason=pl.when(pl.col("text").is_null())
        .then(pl.lit(u.NO_TEXT))
        .when(_is_blank(pl.col("text")))
        .then(pl.lit(u.EMPTY_TEXT))
        .when(pl.col("text").str.len_bytes() > LONGEST_TEXT)
        .then(pl.lit(u.TOO_LONG))
        .when(label.is_null() | _is_blank(label))
        .then(pl.lit(u.NO_LABEL)),
    )
    left_out: Skipped = []
    if frame["reason"].null_count() < frame.height:
        left_out = frame.filter(pl.col("reason").is_not_null()).select("record", "reason").rows()
        frame = frame.filter(pl.col("reason").is_null())
    text, offsets = to_bytes(frame["text"])
    labels = frame["label"].unique(maintain_order=True)
    codes = frame["label"].cast(pl.Enum(labels)).to_physical().cast(pl.Int64).to_numpy()
    endings = frame["ending"].to_numpy() if "ending" in frame.columns and frame["ending"].sum() else None
    keys = _prompt_keys(frame["prompt"], text, offsets)
    asked = frame["asked"] if frame["asked"].null_count() < frame.height else None
    made = Documents(text, offsets, frame["record"].to_numpy(), tuple(labels), codes, keys, endings, asked)
    return Made(made, left_out, Counter())


def clean_documents(documents: Documents) -> Made:
    """Documents without what was not written as an answer (see ``cleaning``), and those of which nothing is left."""
    is_marked = np.zeros(len(documents), np.bool_)
    find_marked(_padded(documents.text, documents.offsets[-1]), documents.offsets[1:], MARKED, is_marked)
    is_marked |= _begin_with(documents, BEGINNINGS)
    had: Counter[str] = Counter()
    new: dict[int, bytes] = {}
    skipped: Skipped = []
    for doc in np.flatnonzero(is_marked).tolist():
        cleaned = clean(Generation(documents.text_of(doc).decode()))
        if cleaned.had:
            new[doc] = cleaned.text.encode() if cleaned.text.strip() else b""
            had.update(cleaned.had)
            if not new[doc]:
                skipped.append((int(documents.records[doc]), _reason_of_nothing(cleaned)))
    return Made(_replaced(documents, new) if new else documents, skipped, had)


def _begin_with(documents: Documents, words: Sequence[str]) -> NDArray[np.bool_]:
    """Which documents begin with one of some words of the same number of bytes."""
    wanted = np.array([list(word.encode()) for word in words], np.uint8)
    at = documents.offsets[:-1, None] + np.arange(wanted.shape[1])
    begins = documents.text.take(at, mode="clip")
    return np.asarray((begins[:, None] == wanted).all(axis=2).any(axis=1))


def _reason_of_nothing(cleaned: Cleaned) -> str:
    """Why nothing is left of a text."""
    return u.ONLY_REASONING if HAD_REASONING in cleaned.had else u.EMPTY_TEXT


def _padded(text: NDArray[np.uint8], end: int) -> NDArray[np.uint8]:
    return text if len(text) > end else np.append(text, np.uint8(0))


def _replaced(documents: Documents, new: dict[int, bytes]) -> Documents:
    """Documents with other texts in the place of some; those that are empty are left out."""
    old = documents.text.tobytes()
    bounds = documents.offsets.tolist()
    pieces = [new.get(doc, old[bounds[doc] : bounds[doc + 1]]) for doc in range(len(documents))]
    kept = np.array([doc for doc, piece in enumerate(pieces) if piece], np.int64)
    text = np.frombuffer(b"".join(pieces) + bytes(PADDING), np.uint8).copy()
    offsets = offsets_of(np.array([len(piece) for piece in pieces if piece], np.int64))
    codes = documents.codes[kept]
    used = np.unique(codes)
    labels = tuple(documents.labels[code] for code in used)
    endings = None if documents.endings is None else documents.endings[kept]
    return Documents(
        text,
        offsets,
        documents.records[kept],
        labels,
        np.searchsorted(used, codes),
        documents.prompt_keys[kept],
        endings,
        None if documents.asked is None else documents.asked.gather(kept),
    )


def _is_blank(text: pl.Expr) -> pl.Expr:
    return ~text.str.contains(r"\S")  # looks no further than the first visible character


def _prompt_keys(prompts: pl.Series, text: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The hash of each prompt, whatever its white space; of the document's text as it stands where there is none."""
    if prompts.null_count() == len(prompts):
        return hash_bytes(text, offsets)
    distinct = prompts.drop_nulls().unique(maintain_order=True)
    hashes = pl.Series(prompt_hashes(distinct), dtype=pl.UInt64)
    keys = prompts.replace_strict(distinct, hashes, default=None, return_dtype=pl.UInt64)
    if not keys.null_count():
        return keys.to_numpy()
    return np.where(prompts.is_null().to_numpy(), hash_bytes(text, offsets), keys.fill_null(0).to_numpy())


def prompt_hashes(prompts: pl.Series) -> NDArray[np.uint64]:
    """FNV-1a 64 of each prompt, with one space in the place of any white space."""
    raw, bounds = to_bytes(prompts)
    keys = np.empty(len(prompts), np.uint64)
    hash_prompts(raw, bounds[:-1], bounds[1:], keys)
    return keys


def in_order(parts: Sequence[Documents]) -> Documents:
    """Documents of several parts of an input, sorted by their records."""
    labels = tuple(dict.fromkeys(label for part in parts for label in part.labels))
    code_of = {label: code for code, label in enumerate(labels)}
    codes = [np.array([code_of[label] for label in part.labels], np.int64)[part.codes] for part in parts]
    endings = None
    if any(part.endings is not None for part in parts):
        endings = np.concatenate([part.endings_of(np.arange(len(part))) for part in parts])
    joined = Documents(
        np.concatenate([part.text[: part.offsets[-1]] for part in parts]),
        offsets_of(np.concatenate([np.diff(part.offsets) for part in parts])),
        np.concatenate([part.records for part in parts]),
        labels,
        np.concatenate(codes),
        np.concatenate([part.prompt_keys for part in parts]),
        endings,
        _joined([part.asked for part in parts], [len(part) for part in parts]),
    )
    return joined.take(np.argsort(joined.records, kind="stable"))


def _joined(asked: Sequence[pl.Series | None], lengths: Sequence[int]) -> pl.Series | None:
    """What was asked of all parts, null for each document of those that do not tell; None if none does."""
    if all(part is None for part in asked):
        return None
    return pl.concat(
        pl.repeat(None, n, dtype=pl.String, eager=True) if part is None else part
        for part, n in zip(asked, lengths, strict=True)
    )
