"""A profile as a small table of bytes, and back: what files hold, and what waits in memory for its turn.

Sorted rows are written as steps and codes in streams of bytes (``_kernels.encode_rows``). As plain Parquet columns they
took half as much space again and several times the time to write. The layout and the figures are in docs/profile.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop import _kernels as k
from fastslop.errors import BadInputError
from fastslop.profile import Profile, Prompts, Vocabulary, empty_grams
from fastslop.spec import Table

PART_ROWS = 1 << 16
STREAMS = ("heads", "steps", "names", "spread")
PARTS = pl.Schema(
    {
        "section": pl.String,
        "n_rows": pl.Int64,
        "n_units": pl.Int64,
        **dict.fromkeys(STREAMS, pl.Binary),
        "crc": pl.UInt32,
    }
)
NONE = (b"", b"", b"")
Row = tuple[str | int | bytes, ...]
"""Section, how many rows and units, the four streams (a plain section has only the first), and their checksum."""
PROMPT_COLUMNS = ("keys", "n_docs", "n_words", "n_marks", "n_bytes")
ALWAYS = (*(f"prompts.{name}" for name in PROMPT_COLUMNS), "tokens.kinds", "tokens.text")
"""Sections that every reader needs, whichever tables it wants."""


@dataclass(frozen=True)
class Packed:
    """A profile with its tables in ``parts``, or in a file of them: ``profile`` is the same without them."""

    profile: Profile
    parts: pl.DataFrame | Path

    @property
    def scan(self) -> pl.LazyFrame:
        """The parts, wherever they are, to be read as they are needed."""
        return self.parts.lazy() if isinstance(self.parts, pl.DataFrame) else pl.scan_ipc(self.parts)

    def to_disk(self, path: Path) -> Packed:
        """The same with its parts in the file ``path``: to wait there, not to last."""
        self.scan.collect().write_ipc(path, compression="uncompressed")
        return replace(self, parts=path)


def pack(profile: Profile) -> Packed:
    """The profile as bytes; equal profiles give equal bytes."""
    codes = codes_of(profile.vocabulary, (g for (_, order), g in profile.tables.items() if order == 1))
    rows = [*plain_sections(profile.vocabulary, profile.prompts, codes)]
    for table, grams in profile.tables.items():
        rows.extend(parts_of(table, grams, codes))
    return Packed(replace(profile, tables={}), as_frame(rows))


def unpack(packed: Packed) -> Profile:
    """The profile that was packed. Tables whose parts were left out are empty of rows."""
    prompts, vocabulary, ranks = unpack_head(packed)
    parts = packed.scan.collect()
    tables = {
        table: _unpacked_table(parts.filter(pl.col("section") == section_of(table)), table, ranks)
        for table in packed.profile.spec.tables
    }
    return replace(packed.profile, vocabulary=vocabulary, prompts=prompts, tables=tables)


def unpack_head(packed: Packed) -> tuple[Prompts, Vocabulary, NDArray[np.uint32]]:
    """Prompts and vocabulary, and the rank in the vocabulary of each code."""
    head = packed.scan.filter(pl.col("section").is_in(ALWAYS)).collect()
    plain = {part[0]: verified(part)[0] for part in head.iter_rows()}
    prompts = Prompts(
        np.frombuffer(plain["prompts.keys"], np.uint64),
        *(np.frombuffer(plain[f"prompts.{name}"], np.int64) for name in PROMPT_COLUMNS[1:]),
    )
    return prompts, *_unpacked_vocabulary(plain["tokens.text"], plain["tokens.kinds"])


def as_frame(rows: Sequence[Row]) -> pl.DataFrame:
    """Rows of sections and parts as a frame, with their checksums."""
    checked = [(*row, _checksum(row)) for row in rows]
    return pl.DataFrame(checked, schema=PARTS, orient="row")


def _checksum(row: Sequence[Any]) -> int:
    """CRC-32 of a part: a turned bit would else be another profile, or, in its sizes, a kernel's undoing."""
    name, n_rows, n_units, *streams = row
    return reduce(lambda crc, stream: crc32(stream, crc), streams, crc32(f"{name} {n_rows} {n_units}".encode()))


def verified(part: Sequence[Any]) -> Sequence[bytes]:
    """The streams of a part (a row of ``PARTS``), if it is what was written.

    Raises
    ------
    BadInputError
        If they are not.
    """
    *row, crc = part
    if _checksum(row) != crc:
        raise BadInputError("damaged: a checksum does not agree; write it again from its source")
    return row[3:]


def section_of(table: Table) -> str:
    """The section of a table's parts."""
    return f"{table[0]}-{table[1]}"


def sections_of(tables: Sequence[Table]) -> list[str]:
    """The sections needed to unpack these tables."""
    return [*ALWAYS, *map(section_of, tables)]


def codes_of(vocabulary: Vocabulary, singles: Iterable[k.Grams]) -> NDArray[np.uint32]:
    """A code for every token, the smaller the more often it occurs, as far as the tables of order 1 tell."""
    n = np.zeros(len(vocabulary.keys), np.int64)
    for grams in singles:
        n[grams.ids[:, 0]] += grams.n
    codes = np.empty(len(n), np.uint32)
    codes[np.argsort(-n, kind="stable")] = np.arange(len(n), dtype=np.uint32)
    return codes


def plain_sections(vocabulary: Vocabulary, prompts: Prompts, codes: NDArray[np.uint32]) -> Iterator[Row]:
    """Prompts, and the tokens in the order of their codes, each ended by a NUL (which no token holds)."""
    for name in PROMPT_COLUMNS:
        column = getattr(prompts, name)
        yield f"prompts.{name}", len(column), 0, column.tobytes(), *NONE
    by_code = vocabulary.take(np.argsort(codes))
    yield "tokens.kinds", len(codes), 0, by_code.kinds.tobytes(), *NONE
    ended = np.zeros(len(by_code.text) + len(codes), np.uint8)
    ended[np.arange(len(by_code.text)) + np.repeat(np.arange(len(codes)), by_code.ends - by_code.starts)] = by_code.text
    yield "tokens.text", len(codes), 0, ended.tobytes(), *NONE


def parts_of(table: Table, grams: k.Grams, codes: NDArray[np.uint32]) -> Iterator[Row]:
    """Section, rows, units and streams of each part of a table."""
    for first in range(0, len(grams.n), PART_ROWS):
        last = min(first + PART_ROWS, len(grams.n))
        n_units = int(grams.ends[last - 1] - (grams.ends[first - 1] if first else 0))
        yield section_of(table), last - first, n_units, *_streams(grams, first, last, n_units, codes)


def _streams(grams: k.Grams, first: int, last: int, n_units: int, codes: NDArray[np.uint32]) -> tuple[bytes, ...]:
    """Rows ``first:last`` as bytes; no varint of a 32-bit number has more than 5 of them, none more than 10."""
    rows, order = last - first, grams.ids.shape[1]
    streams = [np.empty(n, np.uint8) for n in (rows, 5 * rows, 5 * order * rows, 20 * (rows + n_units))]
    lengths = k.encode_rows(grams, first, last, codes, *streams)
    return tuple(stream[:n].tobytes() for stream, n in zip(streams, lengths, strict=True))


def _unpacked_vocabulary(ended: bytes, kinds: bytes) -> tuple[Vocabulary, NDArray[np.uint32]]:
    """The vocabulary, sorted, and the rank in it of each code."""
    text = np.frombuffer(ended, np.uint8)
    stops = np.flatnonzero(text == 0)
    starts = np.concatenate(([0], stops[:-1] + 1))[: len(stops)]
    keys = np.empty(len(stops), np.uint64)
    k.fnv1a_many(text, starts, stops, keys)
    order = np.argsort(keys)
    ranks = np.empty(len(keys), np.uint32)
    ranks[order] = np.arange(len(keys), dtype=np.uint32)
    by_code = Vocabulary(keys, np.frombuffer(kinds, np.uint8), text[text != 0], np.cumsum(stops - starts))
    return by_code.take(order), ranks


def _unpacked_table(parts: pl.DataFrame, table: Table, ranks: NDArray[np.uint32]) -> k.Grams:
    """A table from its parts."""
    grams = empty_grams(int(parts["n_rows"].sum()), table[1], int(parts["n_units"].sum()))
    row = units = 0
    for part in parts.iter_rows():
        streams = verified(part)
        units = decode_part(streams, ranks, grams, row, units)
        row += len(streams[0])
    return grams


def decode_part(part: Sequence[bytes], ranks: NDArray[np.uint32], out: k.Grams, row: int, units: int) -> int:
    """Read the streams of a part into ``out`` from ``row`` and ``units`` on; the units' end."""
    heads, steps, names, spread = (np.frombuffer(stream, np.uint8) for stream in part)
    return int(k.decode_rows(heads, steps, names, spread, ranks, out, row, units))
