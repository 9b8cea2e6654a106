"""Frames, Arrow tables and records in memory, as inputs beside files.

Polars frames are taken as they are; whatever speaks Arrow's C stream (pandas, PyArrow, DuckDB, ...) through Polars; a
``datasets.Dataset`` batch by batch in the order of its rows, whatever was selected or shuffled of it; other iterables
as records, one mapping each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from os import PathLike, fspath
from typing import Any

import polars as pl

from fastslop.base.errors import UsageError
from fastslop.reading.chats import is_chat

ROWS_AT_ONCE = 4096
"""Rows or records that are read together: about ``batches.READ_BYTES`` of text, if a document has 2 kB."""
SOURCES = (
    "paths, a Polars or pandas frame, an Arrow table or stream, a datasets.Dataset, or records (an iterable of dicts, "
    "or of lists of turns)"
)

Record = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class InMemory:
    """An input in memory. ``frames`` or ``records`` begins it anew at each call, unless it is an iterator."""

    name: str
    frames: Callable[[], Iterator[pl.DataFrame]] | None = None
    records: Callable[[], Iterator[Record]] | None = None
    is_read_once: bool = False


Input = str | InMemory
"""An input: a path, glob, ``-`` or address, or something in memory."""


def inputs_of(source: object) -> list[Input]:
    """The inputs that a user's ``source`` means: paths, or one thing in memory.

    Raises
    ------
    UsageError
        If it is none of ``SOURCES``.
    """
    if isinstance(source, str | PathLike):
        return [str(fspath(source))]
    table = _frames_of(source)
    if table is not None:
        return [table]
    if isinstance(source, Mapping | bytes) or not isinstance(source, Iterable):
        raise UsageError(f"cannot read texts from a {type(source).__name__}; give {SOURCES}")
    return _inputs_of_items(source)


def is_read_once(inputs: Iterable[Input]) -> bool:
    """Whether one of the inputs is gone once it is read: standard input, or an iterator."""
    return any(one == "-" if isinstance(one, str) else one.is_read_once for one in inputs)


def check_read_twice(inputs: Iterable[Input]) -> None:
    """Raise UsageError if one of the inputs is gone once it is read."""
    if is_read_once(inputs):
        raise UsageError("texts are read twice, and stdin and iterators can be read once only; give files or a list")


def _inputs_of_items(items: Iterable[object]) -> list[Input]:
    """The inputs of an iterable: paths, if its first item is one, else its records."""
    iterator = iter(items)
    first = list(islice(iterator, 1))
    if first and isinstance(first[0], str | PathLike):
        return [str(fspath(item)) for item in chain(first, iterator)]  # type: ignore[call-overload]
    if first and not (isinstance(first[0], Mapping) or is_chat(first[0])):
        raise UsageError(f"cannot read texts from items of type {type(first[0]).__name__}; give {SOURCES}")
    if iterator is items:  # an iterator cannot be begun again
        return [InMemory("records", records=lambda: chain(first, iterator), is_read_once=True)]  # type: ignore[arg-type]
    return [InMemory("records", records=lambda: iter(items))]  # type: ignore[arg-type]


def _frames_of(source: Any) -> InMemory | None:
    """The input of a source that has columns; None if it has none."""
    if isinstance(source, pl.DataFrame):
        return InMemory("DataFrame", lambda: source.iter_slices(ROWS_AT_ONCE))
    if isinstance(source, pl.LazyFrame):
        return InMemory("LazyFrame", lambda: source.collect_batches(chunk_size=ROWS_AT_ONCE, maintain_order=True))
    name = type(source).__name__
    if hasattr(source, "with_format") and hasattr(source, "iter"):  # datasets: rows may be chosen by an index
        return InMemory(name, lambda: map(_frame, source.with_format("arrow").iter(batch_size=ROWS_AT_ONCE)))
    if not hasattr(source, "__arrow_c_stream__"):
        return None
    try:
        frame = _frame(source)
    except ImportError:  # pandas without PyArrow
        return InMemory(name, records=lambda: map(_without_nan, source.to_dict("records")))
    return InMemory(name, lambda: frame.iter_slices(ROWS_AT_ONCE))


def _frame(table: Any) -> pl.DataFrame:
    return pl.DataFrame(table)


def _without_nan(record: Record) -> Record:
    """A record with None instead of NaN, which pandas has where a value is missing."""
    return {str(name): None if isinstance(v, float) and math.isnan(v) else v for name, v in record.items()}


def in_batches(records: Iterator[Any]) -> Iterator[Sequence[Any]]:
    """Records, ``ROWS_AT_ONCE`` at a time."""
    while batch := list(islice(records, ROWS_AT_ONCE)):
        yield batch
