"""Packed profiles, small tables of bytes: the form in which profiles lie in files, and wait in memory.

Sorted rows are written as steps and codes in streams of bytes (the kernel ``encode_rows``). As plain Parquet columns,
delta and dictionary encoded, they would take a quarter to a third more space and about twice the time to write.
docs/reference/profile.md has the layout and the figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from pathlib import Path
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop._kernels.machine.fnv import fnv1a_many
from fastslop._kernels.profiles.packed_rows import MAX_SHAPE, NgramRows, RowFilter, encode_rows
from fastslop.base.arrays import Keys
from fastslop.base.errors import BadInputError
from fastslop.base.prompt_texts import PromptTexts, without_nul
from fastslop.base.spec import Table
from fastslop.profiles.capitals import Capitals, no_capitals
from fastslop.profiles.parts import Part, SpilledParts, chain_parts
from fastslop.profiles.profile import Profile, Prompts, cut, empty_grams, pruning_rule
from fastslop.profiles.row_reader import EVERY_ROW, RowReader
from fastslop.tokens.vocabulary import Vocabulary

PART_ROWS = 1 << 16
"""Rows of a table's parts; the last part may have fewer."""
STREAMS = ("heads", "firsts", "names", "once", "few", "spread")
"""Streams of bytes of a part, in the order in which the kernel ``encode_rows`` has them."""
PARTS = pl.Schema(
    {
        "section": pl.String,
        "n_rows": pl.Int64,
        "n_units": pl.Int64,
        **dict.fromkeys(STREAMS, pl.Binary),
        "crc": pl.UInt32,
    }
)
"""Columns of a profile file, which has a row for each part."""
NONE = (b"",) * (len(STREAMS) - 1)
"""The other streams of a plain section, which are empty."""
PROMPT_COLUMNS = ("keys", "n_docs", "n_words", "n_marks", "n_bytes")
TEXT_KEYS = "texts.keys"
CAPITALS = ("tokens.n_inside", "tokens.n_capital")
"""Sections of capitals, in the order of `Capitals`; profiles that do not know them have none."""
PROMPT_TEXTS = ("asked.keys", "asked.text")
"""Sections of the texts of prompts; profiles that have none of these lack them."""
ENDED = ("tokens.text", "asked.text")
"""Plain sections of texts, each ended by a NUL. Of the others, ``tokens.kinds`` has bytes, all else 64-bit numbers."""
ALWAYS = (
    *(f"prompts.{name}" for name in PROMPT_COLUMNS),
    "tokens.kinds",
    "tokens.text",
    TEXT_KEYS,
    *CAPITALS,
    *PROMPT_TEXTS,
)
"""Sections that every reader needs, whichever tables it wants."""


@dataclass(frozen=True)
class Packed:
    """A profile with its tables, vocabulary and prompts in ``parts``; ``profile`` is the same with empty tables.

    ``path`` is its file, None if it was made in memory.
    """

    profile: Profile
    parts: Sequence[Part]
    path: Path | None = None

    @property
    def title(self) -> str:
        """Name of the profile in messages."""
        return f"the profile of {self.profile.label!r}" if self.path is None else str(self.path)

    @property
    def n_bytes(self) -> int:
        """Size of the parts."""
        parts = self.parts
        return parts.n_bytes if isinstance(parts, SpilledParts) else sum(part.n_bytes for part in parts)

    def of_section(self, section: str) -> list[int]:
        """Numbers of the parts of a section."""
        return [i for i, name in enumerate(self.sections) if name == section]

    @property
    def sections(self) -> list[str]:
        """The section of each part."""
        return self.parts.sections if isinstance(self.parts, SpilledParts) else [part.section for part in self.parts]

    @cached_property
    def head(self) -> tuple[Profile, NDArray[np.uint32]]:
        """All but the tables, unpacked once for all who read some of these; and the rank u32 of each code.

        Errors are those of `unpack_head`.
        """
        prompts, vocabulary, ranks = unpack_head(self)
        head = replace(
            self.profile,
            vocabulary=vocabulary,
            prompts=prompts,
            text_keys=unpack_text_keys(self),
            capitals=unpack_capitals(self, ranks),
            prompt_texts=unpack_prompt_texts(self),
        )
        return head, ranks


def pack(profile: Profile) -> Packed:
    """The profile as bytes; equal profiles give equal bytes."""
    codes = codes_of(profile.vocabulary, (g for (_, order), g in profile.tables.items() if order == 1))
    plain = plain_sections(profile.vocabulary, profile.prompts, codes, profile.capitals)
    parts = [*plain, pack_text_keys(profile.text_keys), *pack_prompt_texts(profile.prompt_texts)]
    for table, grams in profile.tables.items():
        parts.extend(parts_of(table, grams, codes, len(profile.prompts.keys)))
    return Packed(replace(profile, tables={}), parts)


def unpack(
    packed: Packed,
    min_prompts: int = 1,
    filters: Mapping[Table, Keys] | None = None,
    tables: Sequence[Table] | None = None,
) -> Profile:
    """The profile that was packed, or some of its ``tables``; the others, and those without parts, are empty of rows.

    With ``min_prompts`` it has no rows that are in fewer prompts; with ``filters`` (see ``rows.filter_of``) only tables
    that have one, and of these the rows that pass it. ``left_out`` says how many there are besides.
    """
    head, ranks = packed.head
    prompts, vocabulary = head.prompts, head.vocabulary
    unpacked: dict[Table, NgramRows] = {}
    left_out: dict[Table, int] = {}
    for table in head.spec.tables:
        is_wanted = tables is None or table in tables
        parts = [packed.parts[i] for i in packed.of_section(section_of(table))] if is_wanted else []
        wanted = EVERY_ROW._replace(least=min_prompts)
        if filters is not None:
            wanted = wanted._replace(bits=filters[table]) if parts else wanted
        if parts:
            scaled = head.spec.scaled_of(table[1])
            reader = RowReader(packed.title, table, scaled, prompts, vocabulary.keys, ranks)
            unpacked[table] = _unpacked_table(reader, parts, table[1], wanted)
        else:
            unpacked[table] = empty_grams(0, table[1])
        n_left_out = sum(part.n_rows for part in parts) - len(unpacked[table].n)
        left_out[table] = head.left_out.get(table, 0) + n_left_out
    if min_prompts <= 1 and filters is None:
        return replace(head, tables=unpacked)
    rule = pruning_rule(min_prompts) if filters is None else "some rows read"
    return replace(head, tables=unpacked, left_out=left_out, pruned=rule)


def unpack_head(packed: Packed) -> tuple[Prompts, Vocabulary, NDArray[np.uint32]]:
    """The prompts and the vocabulary of a packed profile, and the rank u32 in the vocabulary of each code.

    Raises
    ------
    BadInputError
        If two tokens are the same.
    """
    plain = {name: packed.parts[i].streams[0] for name in ALWAYS for i in packed.of_section(name)}
    prompts = Prompts(
        np.frombuffer(plain["prompts.keys"], np.uint64),
        *(np.frombuffer(plain[f"prompts.{name}"], np.int64) for name in PROMPT_COLUMNS[1:]),
    )
    vocabulary, ranks = unpacked_vocabulary(plain["tokens.text"], plain["tokens.kinds"])
    if np.any(vocabulary.keys[1:] == vocabulary.keys[:-1]):
        raise BadInputError(f"{packed.title} is damaged: two of its words are the same; write it again from its source")
    return prompts, vocabulary, ranks


def as_frame(parts: Iterable[Part]) -> pl.DataFrame:
    """Parts as rows of ``PARTS``, with their checksums."""
    columns = zip(*((*part[:3], *part.streams, _checksum(part)) for part in parts), strict=True)
    return pl.DataFrame(dict(zip(PARTS, columns, strict=True)), schema=PARTS)  # by rows it took half as long again


def from_frame(frame: pl.DataFrame) -> list[Part]:
    """Parts from rows of ``PARTS``, checked by their checksums.

    Raises
    ------
    BadInputError
        If columns are not those of ``PARTS``, a checksum does not agree, or a part is not of the size that it says.
    """
    if frame.schema != PARTS or any(column.null_count() for column in frame):
        raise BadInputError(f"damaged: its columns are not all of {', '.join(PARTS)}; write it again from its source")
    parts = []
    for section, n_rows, n_units, *streams, crc in frame.iter_rows():
        part = Part(section, n_rows, n_units, tuple(streams))
        if _checksum(part) != crc:
            raise BadInputError("damaged: a checksum does not agree; write it again from its source")
        if not _is_of_its_size(part):
            raise BadInputError(
                f"damaged: a part of {section!r} is not of the size that it says; write it again from its source"
            )
        parts.append(part)
    return parts


def _is_of_its_size(part: Part) -> bool:
    """Whether streams are as long as the sizes say by which memory is taken for rows, as far as lengths can tell."""
    heads, *others = part.streams
    if part.section not in ALWAYS:
        most = int(MAX_SHAPE) * len(heads) + len(others[-1])
        return part.n_rows == len(heads) and 0 < part.n_units <= most
    if part.n_units or any(others):
        return False
    if part.section in ENDED:
        return part.n_rows == heads.count(0) and heads[-1:] in (b"", b"\0")
    return part.n_rows * (1 if part.section == "tokens.kinds" else 8) == len(heads)


def _checksum(part: Part) -> int:
    """CRC-32 of a part: else a flipped bit would change counts or, in the sizes, have a kernel read beyond an array."""
    sizes = f"{part.section} {part.n_rows} {part.n_units}".encode()
    return reduce(lambda crc, stream: crc32(stream, crc), part.streams, crc32(sizes))


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
    """A code u32 for every token, the smaller the larger its number ``n``."""
    codes = np.empty(len(n), np.uint32)
    codes[np.argsort(-n, kind="stable")] = np.arange(len(n), dtype=np.uint32)
    return codes


def plain_sections(
    vocabulary: Vocabulary, prompts: Prompts, codes: NDArray[np.uint32], capitals: Capitals | None
) -> Iterator[Part]:
    """The sections of prompts, and of tokens in the order of their codes, each ended by a NUL (no token holds one)."""
    for name in PROMPT_COLUMNS:
        column = getattr(prompts, name)
        yield Part(f"prompts.{name}", len(column), 0, (column.tobytes(), *NONE))
    order = np.argsort(codes)
    by_code = vocabulary.take(order)
    yield Part("tokens.kinds", len(codes), 0, (by_code.kinds.tobytes(), *NONE))
    yield Part("tokens.text", len(codes), 0, (by_code.ended().tobytes(), *NONE))
    for name, counts in zip(CAPITALS, capitals.at(order) if capitals else (), strict=False):
        yield Part(name, len(codes), 0, (counts.tobytes(), *NONE))


def pack_text_keys(text_keys: NDArray[np.uint64]) -> Part:
    """The section of text keys: the sorted hashes u64 of the texts that were counted."""
    return Part(TEXT_KEYS, len(text_keys), 0, (text_keys.tobytes(), *NONE))


def unpack_text_keys(packed: Packed) -> NDArray[np.uint64]:
    """The text keys of a packed profile; KeyError if it has no section of them."""
    for i in packed.of_section(TEXT_KEYS):
        return np.frombuffer(packed.parts[i].streams[0], np.uint64)
    raise KeyError(TEXT_KEYS)


def unpack_capitals(packed: Packed, ranks: NDArray[np.uint32]) -> Capitals | None:
    """The capitals of a packed profile, None if it has none; ``ranks``: the rank u32 of each code."""
    streams = [packed.parts[i].streams[0] for name in CAPITALS for i in packed.of_section(name)]
    if not streams:
        return None
    capitals = no_capitals(len(ranks))
    for counts, stream in zip(capitals, streams, strict=True):
        counts[ranks] = np.frombuffer(stream, np.int64)
    return capitals


def pack_prompt_texts(asked: PromptTexts) -> Iterator[Part]:
    """The sections of the texts of prompts, if there are any: keys u64, and the UTF-8 of each, ended by a NUL."""
    if len(asked):
        text = "".join(without_nul(text) + "\0" for text in asked.texts)
        for name, stream in zip(PROMPT_TEXTS, (asked.keys.tobytes(), text.encode()), strict=True):
            yield Part(name, len(asked), 0, (stream, *NONE))


def unpack_prompt_texts(packed: Packed) -> PromptTexts:
    """The texts of prompts of a packed profile."""
    streams = [packed.parts[i].streams[0] for name in PROMPT_TEXTS for i in packed.of_section(name)]
    if not streams:
        return PromptTexts()
    keys, text = streams
    return PromptTexts(np.frombuffer(keys, np.uint64), tuple(text.decode().split("\0")[:-1]))


def with_prompt_texts(packed: Packed, asked: PromptTexts) -> Packed:
    """The profile, which had none, with texts of prompts: in the place that ``pack`` gives them, before the tables."""
    parts, n = packed.parts, sum(name in ALWAYS for name in packed.sections)
    own = list(pack_prompt_texts(asked))
    store = SpilledParts.of(parts.spill, own) if isinstance(parts, SpilledParts) else own
    return Packed(replace(packed.profile, prompt_texts=asked), chain_parts([parts[:n], store, parts[n:]]))


def parts_of(table: Table, grams: NgramRows, codes: NDArray[np.uint32], n_prompts: int) -> Iterator[Part]:
    """Encode a table of a profile of ``n_prompts`` prompts; yields its parts."""
    for first in range(0, len(grams.n), PART_ROWS):
        yield part_of(table, grams, first, min(first + PART_ROWS, len(grams.n)), codes, n_prompts)


def part_of(table: Table, grams: NgramRows, first: int, last: int, codes: NDArray[np.uint32], n_prompts: int) -> Part:
    """Encode rows ``first:last`` of a table, ``PART_ROWS`` at most, as one part.

    ``codes`` u32 are those of ``codes_of``; ``n_prompts`` are the prompts of the profile.
    """
    n_units = int(grams.ends[last - 1] - (grams.ends[first - 1] if first else 0))
    streams = new_streams(stream_sizes(last - first, table[1], n_units))
    lengths = encode_rows(grams, first, last, codes, n_prompts, streams)
    return Part(section_of(table), last - first, n_units, as_bytes(streams, lengths))


def stream_sizes(n_rows: int, order: int, n_units: int) -> tuple[int, ...]:
    """Bytes of each stream that suffice to encode so many rows and units.

    A varint of a 32-bit number has 5 bytes at most, any other 10; a prompt has 32 bits at most. The writers store 4
    bytes at a time (8 for prompts), so each stream but the heads gets that much slack.
    """
    prompts = (4 * n_rows + 8, 4 * int(MAX_SHAPE) * n_rows + 8)
    return (n_rows, 5 * n_rows + 4, 5 * order * n_rows + 4, *prompts, 20 * (n_rows + n_units) + 4)


def new_streams(sizes: Sequence[int]) -> tuple[NDArray[np.uint8], ...]:
    """Streams u8 with room for so many bytes each."""
    return tuple(np.empty(n, np.uint8) for n in sizes)


def as_bytes(streams: Sequence[NDArray[np.uint8]], lengths: Sequence[int]) -> tuple[bytes, ...]:
    """The first bytes of each stream, as many as were written."""
    return tuple(stream[:n].tobytes() for stream, n in zip(streams, lengths, strict=True))


def unpacked_vocabulary(ended: bytes, kinds: bytes) -> tuple[Vocabulary, NDArray[np.uint32]]:
    """The vocabulary, sorted, and the rank u32 in it of each code, from its packed text and kinds."""
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


def _unpacked_table(reader: RowReader, parts: Sequence[Part], order: int, wanted: RowFilter) -> NgramRows:
    """A table's rows from its parts: those that are wanted."""
    grams = empty_grams(sum(p.n_rows for p in parts), order, sum(p.n_units for p in parts))
    begins = np.empty(len(grams.n), np.int64)
    row = units = 0
    for part in parts:
        reader.begin(part)
        row, units = reader.read_whole(grams, begins, row, units, wanted)
    if row == len(grams.n):
        return grams
    kept = cut(grams, row, units)
    return kept._replace(**{name: column.copy() for name, column in kept._asdict().items()})
