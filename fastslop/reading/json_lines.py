"""Blocks of JSON Lines to documents.

A kernel reads the lines that mean one document for certain, the standard library all others; both would give the same
of a line. Polars' parser changes data silently: a lone surrogate becomes NUL, a number where a string is expected
becomes text, of a repeated key the first value counts. Finding such lines first, then parsing and copying the others,
took seven times as long, on threads of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.reading.json_lines import JsonDocuments, JsonFields, read_json_lines
from fastslop._kernels.reading.json_strings import find_byte
from fastslop.base.hashing import hash_strings
from fastslop.reading import unusable as u
from fastslop.reading.chats import ENDING_OF
from fastslop.reading.documents import (
    Documents,
    Made,
    Plan,
    Skipped,
    clean_documents,
    in_order,
    read_records,
)
from fastslop.reading.limits import LONGEST_TEXT
from fastslop.reading.unusable import Unusable
from fastslop.tokens.unicode import PADDING

MAX_LABELS, LABEL_BYTES = 1024, 1 << 16
"""Labels, and bytes of them, that a block has room for; the standard library reads the lines that name more."""


@cache
def _endings() -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Hashes u64 of the reasons why generations end, and what each means, u8."""
    return hash_strings(tuple(ENDING_OF)), np.array(list(ENDING_OF.values()), np.uint8)


@dataclass(frozen=True)
class Lines:
    """Lines of a file: their bytes, where the newlines stand that end each, and their numbers in the file, from 1."""

    block: bytes
    ends: NDArray[np.int64]
    numbers: NDArray[np.int64]

    def cut(self, at: NDArray[np.int64]) -> Iterator[bytes]:
        """The lines at these places, without newlines."""
        for i in at:  # a block may have millions of them: no list of all
            yield self.block[self.ends[i - 1] + 1 if i else 0 : self.ends[i]]


NO_LINES = Lines(b"", np.empty(0, np.int64), np.empty(0, np.int64))
"""No lines at all."""


def own_lines(blocks: Iterable[bytes], shard: int, n_shards: int) -> Iterator[Lines]:
    """Yield the lines of a shard from blocks of whole lines; the other lines are not parsed."""
    n_lines = 0
    for block in filter(None, blocks):
        whole = block if block.endswith(b"\n") else block + b"\n"
        lines = Lines(whole, find_newlines(whole), np.empty(0, np.int64))
        of_shard = np.arange((shard - n_lines) % n_shards, lines.ends.size, n_shards)
        numbers = n_lines + 1 + of_shard
        n_lines += lines.ends.size
        if n_shards > 1:
            whole = b"".join(line + b"\n" for line in lines.cut(of_shard))
        if of_shard.size:
            yield Lines(whole, find_newlines(whole) if n_shards > 1 else lines.ends, numbers)


def find_newlines(block: bytes) -> NDArray[np.int64]:
    """Places i64 of the newlines in a block."""
    return np.asarray(find_byte(np.frombuffer(block, np.uint8), np.uint8(ord("\n"))))


def first_records(lines: Sequence[bytes], n: int) -> list[Any]:
    """The first ``n`` records among lines of which some may be broken: objects, or where there are none, lists and
    strings."""
    objects: list[Any] = []
    others: list[Any] = []
    for line in lines:
        with suppress(Unusable):
            record = _parse(line)
            (objects if isinstance(record, dict) else others).append(record)
        if len(objects) == n:
            break
    return objects or [record for record in others if isinstance(record, list | str)][:n]


def _parse(line: bytes) -> object:
    try:
        return json.loads(u.decode(line))
    except (ValueError, RecursionError):
        raise Unusable(u.BROKEN_JSON) from None


def read_lines(lines: Lines, plan: Plan) -> tuple[Made, int]:
    """The documents of lines and the records left out, and how many lines were not blank."""
    is_usual = int(np.diff(lines.ends, prepend=-1).max(initial=0)) <= LONGEST_TEXT
    fields = _fields_of(plan) if is_usual else None
    is_left = np.ones(lines.ends.size, bool)
    parts: list[Documents] = []
    skipped: Skipped = []
    had: Counter[str] = Counter()
    if fields is not None:
        at, documents = _read_certain(lines, fields, plan.label)
        is_left[at] = False
        documents, skipped, had = clean_documents(documents)
        parts.append(documents)
    n_certain = lines.ends.size - int(is_left.sum())
    left = np.flatnonzero(is_left & (np.diff(lines.ends, prepend=-1) > 1))
    pairs = zip(lines.numbers[left], lines.cut(left), strict=True)
    rest = [(int(number), line) for number, line in pairs if line.strip()]
    n_records = n_certain + len(rest)
    if rest or not parts:
        made = read_records(rest, plan, _parse)
        parts.append(made.documents)
        skipped, had = sorted([*skipped, *made.skipped]), had + made.had
    parts = [part for part in parts if len(part)] or parts[:1]
    return Made(parts[0] if len(parts) == 1 else in_order(parts), skipped, had), n_records


def _fields_of(plan: Plan) -> JsonFields | None:
    """The fields as the kernel takes them; None if it cannot: no flat record, no label, a text that is label or prompt
    too."""
    columns, names = plan.columns, plan.columns.flat_names
    has_label = columns.label is not None or bool(plan.label.strip())
    is_odd = not plan.is_flat or any(map(u.has_surrogate, names))
    if is_odd or not has_label or columns.text in (columns.label, *columns.prompt, *columns.asked):
        return None
    encoded = [name.encode() for name in names]
    return JsonFields(
        np.array(bytearray(b"".join(encoded))),
        np.cumsum([len(name) for name in encoded], dtype=np.int64),
        -1 if columns.label is None else names.index(columns.label),
        np.array([names.index(part) for part in columns.prompt], np.int64),
        np.array([part in columns.optional for part in columns.prompt], np.bool_),
        ord(columns.joint),
        np.array([names.index(part) for part in columns.asked], np.int64),
        -1 if columns.ending is None else names.index(columns.ending),
        *_endings(),
    )


def _read_certain(lines: Lines, fields: JsonFields, label: str) -> tuple[NDArray[np.int64], Documents]:
    """The lines that give one document for certain, by place, and these; ``label`` is used if no field holds one."""
    block = np.frombuffer(lines.block, np.uint8)
    n_lines = lines.ends.size
    longest = np.diff(lines.ends, prepend=-1).max(initial=0)
    room = JsonDocuments(
        text=np.empty(block.size + PADDING, np.uint8),
        ends=np.empty(n_lines, np.int64),
        lines=np.empty(n_lines, np.int64),
        labels=np.empty(n_lines, np.int64),
        prompt_keys=np.empty(n_lines, np.uint64),
        endings=np.empty(n_lines, np.uint8),
        asked_text=np.empty(block.size if fields.asked.size else 0, np.uint8),
        asked_ends=np.empty(n_lines, np.int64),
        label_text=np.empty(LABEL_BYTES, np.uint8),
        label_ends=np.empty(MAX_LABELS, np.int64),
    )
    n, n_labels = read_json_lines(block, lines.ends, fields, np.empty(longest + PADDING, np.uint8), room)
    offsets = np.append(0, room.ends[:n])
    room.text.resize(offsets[-1] + PADDING, refcheck=False)  # else documents that wait would keep all of it
    bounds = [0, *room.label_ends[:n_labels].tolist()]
    names = room.label_text.tobytes()
    labels = tuple(names[start:end].decode() for start, end in pairwise(bounds))
    if fields.label < 0:
        labels, room.labels[:n] = (label,) if n else (), 0
    at = room.lines[:n]
    endings = room.endings[:n] if room.endings[:n].any() else None
    keys = room.prompt_keys[:n]
    asked = _asked(room, n) if fields.asked.size else None
    return at, Documents(room.text, offsets, lines.numbers[at], labels, room.labels[:n], keys, endings, asked)


def _asked(room: JsonDocuments, n: int) -> pl.Series:
    """What was asked, by document."""
    ends = room.asked_ends[:n].tolist()
    whole = room.asked_text[: ends[-1] if ends else 0].tobytes()
    texts = [whole[begin:end].decode() for begin, end in pairwise([0, *ends])]
    return pl.Series(texts, dtype=pl.String)
