"""A profile as a small table of bytes, and back: what files hold, and what waits in memory for its turn.

Sorted rows are written as steps and codes in streams of bytes (the kernel ``encode_rows``). As plain Parquet columns,
delta and dictionary encoded, they take a quarter to a third more space and about twice the time to write. The layout
and the figures: docs/reference/profile.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import NamedTuple, overload
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.machine.fnv import fnv1a_many
from fastslop._kernels.profiles.packed_rows import MAX_SHAPE, NgramRows, decode_rows, encode_rows
from fastslop.base.errors import BadInputError
from fastslop.base.spec import Table
from fastslop.profiles.profile import Profile, Prompts, empty_grams
from fastslop.system.spill import Spill
from fastslop.tokens.vocabulary import Vocabulary

PART_ROWS = 1 << 16
STREAMS = ("heads", "firsts", "names", "once", "few", "spread")
PARTS = pl.Schema(
    {
        "section": pl.String,
        "n_rows": pl.Int64,
        "n_units": pl.Int64,
        **dict.fromkeys(STREAMS, pl.Binary),
        "crc": pl.UInt32,
    }
)
NONE = (b"",) * (len(STREAMS) - 1)
PROMPT_COLUMNS = ("keys", "n_docs", "n_words", "n_marks", "n_bytes")
TEXT_KEYS = "texts.keys"
ALWAYS = (*(f"prompts.{name}" for name in PROMPT_COLUMNS), "tokens.kinds", "tokens.text", TEXT_KEYS)
"""Sections that every reader needs, whichever tables it wants."""


class Part(NamedTuple):
    """A plain section, in the first of its ``streams``, or up to ``PART_ROWS`` rows of a table, in all."""

    section: str
    n_rows: int
    n_units: int
    streams: tuple[bytes, ...]

    @property
    def n_bytes(self) -> int:
        """Size of the streams."""
        return sum(map(len, self.streams))


@dataclass(frozen=True)
class Packed:
    """A profile with its tables, vocabulary and prompts in ``parts``; ``profile`` is the same with empty tables."""

    profile: Profile
    parts: Sequence[Part]

    @property
    def n_bytes(self) -> int:
        """Size of the parts."""
        parts = self.parts
        return parts.n_bytes if isinstance(parts, SpilledParts) else sum(part.n_bytes for part in parts)

    def of_section(self, section: str) -> list[int]:
        """Which parts belong to a section."""
        return [i for i, name in enumerate(self.sections) if name == section]

    @property
    def sections(self) -> list[str]:
        """The section of each part."""
        return self.parts.sections if isinstance(self.parts, SpilledParts) else [part.section for part in self.parts]


class SpilledParts(Sequence[Part]):
    """Parts that are read from a spill one by one, each time they are asked for."""

    def __init__(self, spill: Spill, places: Iterable[tuple[str, int, int, int, tuple[int, ...]]] = ()) -> None:
        self.spill = spill
        self.places = list(places)

    @staticmethod
    def of(spill: Spill, parts: Iterable[Part]) -> SpilledParts:
        """Write parts to a spill; what reads them back."""
        spilled = SpilledParts(spill)
        for part in parts:
            spilled.append(part)
        return spilled

    @property
    def sections(self) -> list[str]:
        """The section of each part."""
        return [place[0] for place in self.places]

    @property
    def n_bytes(self) -> int:
        """Size of all parts."""
        return sum(sum(place[-1]) for place in self.places)

    def append(self, part: Part) -> None:
        """Write one more."""
        offset = self.spill.write(b"".join(part.streams))
        self.places.append((*part[:3], offset, tuple(map(len, part.streams))))

    def __len__(self) -> int:
        return len(self.places)

    def __add__(self, other: SpilledParts) -> SpilledParts:
        """These parts and then the other's, of the same spill."""
        return SpilledParts(self.spill, self.places + other.places)

    @overload
    def __getitem__(self, index: int) -> Part: ...
    @overload
    def __getitem__(self, index: slice) -> SpilledParts: ...
    def __getitem__(self, index: int | slice) -> Part | SpilledParts:
        if isinstance(index, slice):
            return SpilledParts(self.spill, self.places[index])
        section, n_rows, n_units, offset, lengths = self.places[index]
        data = self.spill.read(offset, sum(lengths))
        ends = np.cumsum(lengths).tolist()
        return Part(section, n_rows, n_units, tuple(data[e - n : e] for e, n in zip(ends, lengths, strict=True)))


PartStore = list[Part] | SpilledParts
"""Where parts wait: in memory, or in a file."""


def chain_parts(lists: Iterable[Sequence[Part]]) -> Sequence[Part]:
    """Lists of parts as one, all of them in memory or all in one spill."""
    return reduce(lambda a, b: a + b, lists)  # type: ignore[operator]


def pack(profile: Profile) -> Packed:
    """The profile as bytes; equal profiles give equal bytes."""
    codes = codes_of(profile.vocabulary, (g for (_, order), g in profile.tables.items() if order == 1))
    parts = [*plain_sections(profile.vocabulary, profile.prompts, codes), pack_text_keys(profile.text_keys)]
    for table, grams in profile.tables.items():
        parts.extend(parts_of(table, grams, codes, len(profile.prompts.keys)))
    return Packed(replace(profile, tables={}), parts)


def unpack(packed: Packed) -> Profile:
    """The profile that was packed. Tables whose parts were left out are empty of rows."""
    prompts, vocabulary, ranks = unpack_head(packed)
    tables = {
        table: _unpacked_table([packed.parts[i] for i in packed.of_section(section_of(table))], table, ranks, prompts)
        for table in packed.profile.spec.tables
    }
    text_keys = unpack_text_keys(packed)
    return replace(packed.profile, vocabulary=vocabulary, prompts=prompts, tables=tables, text_keys=text_keys)


def unpack_head(packed: Packed) -> tuple[Prompts, Vocabulary, NDArray[np.uint32]]:
    """Prompts and vocabulary, and the rank in the vocabulary of each code."""
    plain = {name: packed.parts[i].streams[0] for name in ALWAYS for i in packed.of_section(name)}
    prompts = Prompts(
        np.frombuffer(plain["prompts.keys"], np.uint64),
        *(np.frombuffer(plain[f"prompts.{name}"], np.int64) for name in PROMPT_COLUMNS[1:]),
    )
    return prompts, *_unpacked_vocabulary(plain["tokens.text"], plain["tokens.kinds"])


def as_frame(parts: Iterable[Part]) -> pl.DataFrame:
    """Parts as rows of ``PARTS``, with their checksums."""
    columns = zip(*((*part[:3], *part.streams, _checksum(part)) for part in parts), strict=True)
    return pl.DataFrame(dict(zip(PARTS, columns, strict=True)), schema=PARTS)  # by rows it took half as long again


def from_frame(frame: pl.DataFrame) -> list[Part]:
    """Parts of rows of ``PARTS``, if they are what was written.

    Raises
    ------
    BadInputError
        If they are not.
    """
    parts = []
    for section, n_rows, n_units, *streams, crc in frame.iter_rows():
        part = Part(section, n_rows, n_units, tuple(streams))
        if _checksum(part) != crc:
            raise BadInputError("damaged: a checksum does not agree; write it again from its source")
        parts.append(part)
    return parts


def _checksum(part: Part) -> int:
    """CRC-32 of a part: a turned bit would else be another profile, or, in its sizes, a kernel's undoing."""
    sizes = f"{part.section} {part.n_rows} {part.n_units}".encode()
    return reduce(lambda crc, stream: crc32(stream, crc), part.streams, crc32(sizes))


def with_tables(packed: Packed, tables: Sequence[Table]) -> Packed:
    """The profile with the parts of these tables only."""
    wanted = {*sections_of([table for table in tables if table in packed.profile.spec.tables])}
    return replace(packed, parts=[packed.parts[i] for i, name in enumerate(packed.sections) if name in wanted])


def section_of(table: Table) -> str:
    """The section of a table's parts."""
    return f"{table[0]}-{table[1]}"


def sections_of(tables: Sequence[Table]) -> list[str]:
    """The sections needed to unpack these tables."""
    return [*ALWAYS, *map(section_of, tables)]


def codes_of(vocabulary: Vocabulary, singles: Iterable[NgramRows]) -> NDArray[np.uint32]:
    """A code for every token, the smaller the more often it occurs, as far as the tables of order 1 tell."""
    n = np.zeros(len(vocabulary.keys), np.int64)
    for grams in singles:
        n[grams.ids[:, 0]] += grams.n
    return codes_by_number(n)


def codes_by_number(n: NDArray[np.int64]) -> NDArray[np.uint32]:
    """A code for every token, the smaller the larger its number."""
    codes = np.empty(len(n), np.uint32)
    codes[np.argsort(-n, kind="stable")] = np.arange(len(n), dtype=np.uint32)
    return codes


def plain_sections(vocabulary: Vocabulary, prompts: Prompts, codes: NDArray[np.uint32]) -> Iterator[Part]:
    """Prompts, and the tokens in the order of their codes, each ended by a NUL (which no token holds)."""
    for name in PROMPT_COLUMNS:
        column = getattr(prompts, name)
        yield Part(f"prompts.{name}", len(column), 0, (column.tobytes(), *NONE))
    by_code = vocabulary.take(np.argsort(codes))
    yield Part("tokens.kinds", len(codes), 0, (by_code.kinds.tobytes(), *NONE))
    ended = np.zeros(len(by_code.text) + len(codes), np.uint8)
    ended[np.arange(len(by_code.text)) + np.repeat(np.arange(len(codes)), by_code.ends - by_code.starts)] = by_code.text
    yield Part("tokens.text", len(codes), 0, (ended.tobytes(), *NONE))


def pack_text_keys(text_keys: NDArray[np.uint64]) -> Part:
    """The hashes of the texts that were counted, sorted."""
    return Part(TEXT_KEYS, len(text_keys), 0, (text_keys.tobytes(), *NONE))


def unpack_text_keys(packed: Packed) -> NDArray[np.uint64]:
    """The hashes that were packed."""
    for i in packed.of_section(TEXT_KEYS):
        return np.frombuffer(packed.parts[i].streams[0], np.uint64)
    raise KeyError(TEXT_KEYS)


def parts_of(table: Table, grams: NgramRows, codes: NDArray[np.uint32], n_prompts: int) -> Iterator[Part]:
    """Section, rows, units and streams of each part of a table of a profile of so many prompts."""
    for first in range(0, len(grams.n), PART_ROWS):
        yield part_of(table, grams, first, min(first + PART_ROWS, len(grams.n)), codes, n_prompts)


def part_of(table: Table, grams: NgramRows, first: int, last: int, codes: NDArray[np.uint32], n_prompts: int) -> Part:
    """Rows ``first:last``, which are as many as a part may have, as one."""
    n_units = int(grams.ends[last - 1] - (grams.ends[first - 1] if first else 0))
    streams = new_streams(stream_sizes(last - first, table[1], n_units))
    lengths = encode_rows(grams, first, last, codes, n_prompts, streams)
    return Part(section_of(table), last - first, n_units, as_bytes(streams, lengths))


def stream_sizes(n_rows: int, order: int, n_units: int) -> tuple[int, ...]:
    """Bytes that suffice to encode so many rows; no varint of a 32-bit number has more than 5, none more than 10.

    Prompts have 32 bits at most. Four bytes are written at once, or eight of prompts: up to as many more than there
    are in the end.
    """
    prompts = (4 * n_rows + 8, 4 * int(MAX_SHAPE) * n_rows + 8)
    return (n_rows, 5 * n_rows + 4, 5 * order * n_rows + 4, *prompts, 20 * (n_rows + n_units) + 4)


def new_streams(sizes: Sequence[int]) -> tuple[NDArray[np.uint8], ...]:
    """Room of these sizes."""
    return tuple(np.empty(n, np.uint8) for n in sizes)


def as_bytes(streams: Sequence[NDArray[np.uint8]], lengths: Sequence[int]) -> tuple[bytes, ...]:
    """What was written into each of the streams."""
    return tuple(stream[:n].tobytes() for stream, n in zip(streams, lengths, strict=True))


def _unpacked_vocabulary(ended: bytes, kinds: bytes) -> tuple[Vocabulary, NDArray[np.uint32]]:
    """The vocabulary, sorted, and the rank in it of each code."""
    text = np.frombuffer(ended, np.uint8)
    stops = np.flatnonzero(text == 0)
    starts = np.concatenate(([0], stops[:-1] + 1))[: len(stops)]
    keys = np.empty(len(stops), np.uint64)
    fnv1a_many(text, starts, stops, keys)
    order = np.argsort(keys)
    ranks = np.empty(len(keys), np.uint32)
    ranks[order] = np.arange(len(keys), dtype=np.uint32)
    by_code = Vocabulary(keys, np.frombuffer(kinds, np.uint8), text[text != 0], np.cumsum(stops - starts))
    return by_code.take(order), ranks


def _unpacked_table(parts: Sequence[Part], table: Table, ranks: NDArray[np.uint32], prompts: Prompts) -> NgramRows:
    """A table from its parts."""
    grams = empty_grams(sum(p.n_rows for p in parts), table[1], sum(p.n_units for p in parts))
    begins = np.empty(len(grams.n), np.int64)
    same = (np.arange(len(ranks), dtype=np.uint32), np.arange(len(prompts.keys), dtype=np.uint32))
    row = units = 0
    for part in parts:
        state = new_state(table)
        row, units = decode_rows(as_arrays(part), state, (ranks, *same), grams, begins, row, len(begins), units)
    return grams


def new_state(table: Table) -> NDArray[np.int64]:
    """Where decoding a part begins: see the kernel ``decode_rows``."""
    return np.zeros(len(STREAMS) + table[1], np.int64)


def as_arrays(part: Part) -> tuple[NDArray[np.uint8], ...]:
    """The streams, for kernels."""
    return tuple(np.frombuffer(stream, np.uint8) for stream in part.streams)
