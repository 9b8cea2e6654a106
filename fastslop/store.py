"""Profiles as Parquet files: one file a label, its specification in the footer, written beside and renamed.

The tables are bytes inside Parquet, in parts of sorted rows (``_kernels.encode_rows``): as plain columns they took
twice the space and ten times the time to write. The layout and the figures are in docs/profile.md.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop import _kernels as k
from fastslop.count import hash_strings
from fastslop.errors import BadInputError, IncompatibleProfilesError, UsageError
from fastslop.profile import N_BLOCKS, Profile, Prompts, Vocabulary, empty_grams
from fastslop.spec import CountSpec, Table

FORMAT = 1
HASH = "fnv1a-64"
FOOTER = "fastslop"
SUFFIX = ".parquet"
PART_ROWS = 1 << 16
STREAMS = ("heads", "steps", "names", "spread")
PARTS = pl.Schema({"section": pl.String, "n_rows": pl.Int64, "n_units": pl.Int64, **dict.fromkeys(STREAMS, pl.Binary)})
NONE = (b"", b"", b"")
PROMPT_COLUMNS = ("keys", "n_docs", "n_words", "n_marks", "n_bytes")


@dataclass(frozen=True)
class Footer:
    """What a profile file says of itself, without its counts."""

    path: Path
    values: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The label counted."""
        return str(self.values["label"])

    @property
    def spec(self) -> CountSpec:
        """The specification it was counted with."""
        return CountSpec.from_dict(self.values["spec"])

    @property
    def pruned(self) -> str | None:
        """The rule by which rows were left out, or None where the profile is complete."""
        return self.values.get("pruned")


def write_atomically(path: Path, write: Callable[[Path], object], *, force: bool = False) -> None:
    """Let ``write`` make a file beside ``path`` and rename it; refuse to replace one unless forced."""
    refuse_to_overwrite(path, force=force)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    beside = Path(name)
    try:
        write(beside)
        beside.chmod(0o644)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def refuse_to_overwrite(path: Path, *, force: bool) -> None:
    """Raise UsageError if something is there already."""
    if path.exists() and not force:
        raise UsageError(f"{path} is already there; choose another place or say --force")


def profile_name(label: str, panel: str | None = None) -> str:
    """A file name for a label: what cannot stand in one is replaced, and the exact label stays in the footer."""
    name = f"{label}@{panel}" if panel else label
    safe = "".join(c if c.isalnum() or c in "-_.@+" else "_" for c in name).strip(".") or "_"
    if safe == name and len(safe) <= 120:
        return safe + SUFFIX
    return f"{safe[:120]}-{int(hash_strings([name])[0]):016x}"[:140] + SUFFIX


def write_profile(profile: Profile, path: Path, *, force: bool = False, pruned: str | None = None) -> None:
    """Write a profile; equal profiles give equal bytes."""
    codes = _codes(profile)
    frame = pl.DataFrame([*_parts(profile, codes)], schema=PARTS, orient="row")
    footer = {
        "format": FORMAT,
        "hash": HASH,
        "blocks": N_BLOCKS,
        "label": profile.label,
        "panel": profile.panel,
        "spec": profile.spec.to_dict(),
        "sources": sorted(profile.sources),
        "n_docs": profile.n_docs,
        "n_prompts": profile.n_prompts,
        "n_words": profile.n_words,
        "n_tokens": profile.n_tokens,
        "n_bytes": profile.n_bytes,
        "pruned": pruned,
    }
    metadata = {FOOTER: json.dumps(footer, ensure_ascii=False, sort_keys=True)}
    write_atomically(path, lambda beside: frame.write_parquet(beside, row_group_size=1, metadata=metadata), force=force)


def _codes(profile: Profile) -> NDArray[np.uint32]:
    """A code for every token, the smaller the more often the tables have to name it."""
    size = len(profile.vocabulary.keys)
    uses = sum((np.bincount(g.ids[:, -1], minlength=size) for g in profile.tables.values()), np.zeros(size, np.int64))
    codes = np.empty(size, np.uint32)
    codes[np.argsort(-uses, kind="stable")] = np.arange(size, dtype=np.uint32)
    return codes


def _parts(profile: Profile, codes: NDArray[np.uint32]) -> Iterator[tuple[str | int | bytes, ...]]:
    """Rows of the file: section, how many rows and units a part has, and its streams (a plain section has one)."""
    prompts, vocabulary = profile.prompts, profile.vocabulary
    for name in PROMPT_COLUMNS:
        column = getattr(prompts, name)
        yield f"prompts.{name}", len(column), 0, column.tobytes(), *NONE
    by_code = vocabulary.take(np.argsort(codes))
    yield "tokens.kinds", len(codes), 0, by_code.kinds.tobytes(), *NONE
    yield "tokens.text", len(codes), 0, "\0".join(by_code.tokens).encode(), *NONE
    for table, grams in profile.tables.items():
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


def section_of(table: Table) -> str:
    """The section of a table's parts."""
    return f"{table[0]}-{table[1]}"


def read_footer(path: Path) -> Footer:
    """What a profile file says of itself.

    Raises
    ------
    BadInputError
        If the file is not there, is no Parquet file or no profile.
    IncompatibleProfilesError
        If its format, hash or number of blocks is not this version's.
    """
    if not path.is_file():
        raise BadInputError(f"there is no profile {path}")
    try:
        text = pl.read_parquet_metadata(path).get(FOOTER)
    except Exception as error:
        raise BadInputError(f"{path} is not a Parquet file, or a broken one: {error}") from None
    if text is None:
        raise BadInputError(f"{path} is a Parquet file but no profile; make one with `fastslop count {path} -o DIR`")
    values = json.loads(text)
    for name, ours in (("format", FORMAT), ("hash", HASH), ("blocks", N_BLOCKS)):
        if values.get(name) != ours:
            raise IncompatibleProfilesError(
                f"{path} has {name} {values.get(name)!r}, this version of fastslop reads {ours!r}"
            )
    return Footer(path, values)


def read_profile(path: Path, tables: Sequence[Table] | None = None) -> Profile:
    """Read a profile, or only some of its tables (the others are then empty of rows)."""
    footer = read_footer(path)
    spec = footer.spec
    wanted = [t for t in spec.tables if tables is None or t in tables]
    names = [*(f"prompts.{name}" for name in PROMPT_COLUMNS), "tokens.kinds", "tokens.text"]
    sections = pl.scan_parquet(path).filter(pl.col("section").is_in([*names, *map(section_of, wanted)])).collect()
    whole = {name: data for name, data in sections.select("section", "heads").iter_rows() if name in names}
    prompts = Prompts(
        np.frombuffer(whole["prompts.keys"], np.uint64),
        *(np.frombuffer(whole[f"prompts.{name}"], np.int64) for name in PROMPT_COLUMNS[1:]),
    )
    vocabulary, ranks = _read_vocabulary(whole["tokens.text"], whole["tokens.kinds"])
    parts = {t: sections.filter(pl.col("section") == section_of(t)) for t in wanted}
    empty = Profile.empty(spec, footer.label).tables
    grams = {t: _read_grams(parts[t], t, ranks) if t in parts else empty[t] for t in spec.tables}
    sources, panel = frozenset(footer.values["sources"]), footer.values["panel"]
    return Profile(spec, footer.label, vocabulary, prompts, grams, sources, panel)


def _read_vocabulary(text: bytes, kinds: bytes) -> tuple[Vocabulary, NDArray[np.uint32]]:
    """The vocabulary, sorted, and the rank in it of each code."""
    texts = text.decode().split("\0") if kinds else []
    keys = hash_strings(texts)
    order = np.argsort(keys)
    ranks = np.empty(len(keys), np.uint32)
    ranks[order] = np.arange(len(keys), dtype=np.uint32)
    by_code = Vocabulary.of_tokens(texts, keys, np.frombuffer(kinds, np.uint8))
    return by_code.take(order), ranks


def _read_grams(parts: pl.DataFrame, table: Table, ranks: NDArray[np.uint32]) -> k.Grams:
    """A table from its parts."""
    grams = empty_grams(int(parts["n_rows"].sum()), table[1], int(parts["n_units"].sum()))
    row = units = 0
    for part in parts.select(STREAMS).iter_rows():
        heads, steps, names, spread = (np.frombuffer(stream, np.uint8) for stream in part)
        units = k.decode_rows(heads, steps, names, spread, ranks, grams, row, units)
        row += len(heads)
    return grams


def find_profiles(places: Sequence[str | Path]) -> list[Path]:
    """The profile files named, and those in the folders named, sorted; one file once."""
    found: dict[Path, None] = {}
    for place in map(Path, places):
        if place.is_dir():
            inside = sorted(p for p in place.glob(f"*{SUFFIX}") if not p.name.startswith("."))
            if not inside:
                raise BadInputError(f"the folder {place} holds no profiles (*{SUFFIX})")
            found.update(dict.fromkeys(inside))
        else:
            read_footer(place)
            found[place] = None
    return list(found)
