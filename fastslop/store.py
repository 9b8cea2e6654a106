"""Profiles as Parquet files: one file a label, its specification in the footer, written beside and renamed.

A file holds several tables below one another, each a run of rows named in the footer's ``sections``; columns that a
table does not use are null and cost nothing. Row groups do not matter to readers.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fastslop import _kernels as k
from fastslop.count import hash_strings
from fastslop.errors import BadInputError, IncompatibleProfilesError, UsageError
from fastslop.profile import N_BLOCKS, Profile, Prompts, Vocabulary
from fastslop.spec import CountSpec, Table

FORMAT = 1
HASH = "fnv1a-64"
FOOTER = "fastslop"
SUFFIX = ".parquet"


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


def write_atomically(path: Path, write: Callable[[Path], None], *, force: bool = False) -> None:
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
    sections = [*_sections(profile)]
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
        "sections": [[name, len(frame)] for name, frame in sections],
    }
    width = max(order for _, order in profile.spec.tables)
    frame = pl.concat([_schema(width).to_frame(), *(f for _, f in sections)], how="diagonal", rechunk=False)
    metadata = {FOOTER: json.dumps(footer, ensure_ascii=False, sort_keys=True)}
    write_atomically(path, lambda p: frame.write_parquet(p, compression_level=6, metadata=metadata), force=force)


def _schema(width: int) -> pl.Schema:
    """All columns, in the order in which files have them."""
    ids = {f"w{i + 1}": pl.UInt32 for i in range(width)}
    counts = {name: pl.Int64 for name in ("n", "n_docs", "n_words", "n_marks", "n_bytes", "n_units", "unit_n")}
    return pl.Schema({"text": pl.String, "kind": pl.UInt8, "key": pl.UInt64, **ids, **counts, "unit": pl.UInt32})


def _sections(profile: Profile) -> Iterable[tuple[str, pl.DataFrame]]:
    """The tables of a profile, by name."""
    prompts, vocabulary = profile.prompts, profile.vocabulary
    totals = {name: getattr(prompts, name) for name in ("n_docs", "n_words", "n_marks", "n_bytes")}
    yield "prompts", pl.DataFrame({"key": prompts.keys, **totals})
    yield "tokens", pl.DataFrame({"text": vocabulary.tokens, "kind": vocabulary.kinds})
    for (kind, order), grams in profile.tables.items():
        ids = {f"w{i + 1}": np.ascontiguousarray(grams.ids[:, i]) for i in range(order)}
        n_units = np.diff(grams.ends, prepend=0)
        yield f"{kind}-{order}", pl.DataFrame({**ids, "n": grams.n, "n_docs": grams.n_docs, "n_units": n_units})
        yield f"{kind}-{order}-units", pl.DataFrame({"unit": grams.units, "unit_n": grams.unit_n})


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
    scan = pl.scan_parquet(path)
    places, at = {}, 0
    for name, length in footer.values["sections"]:
        places[name] = (at, length)
        at += length

    def section(name: str, columns: Sequence[str]) -> pl.DataFrame:
        return scan.slice(*places[name]).select(columns).collect()

    totals = section("prompts", ["key", "n_docs", "n_words", "n_marks", "n_bytes"])
    tokens = section("tokens", ["text", "kind"])
    texts = tokens["text"].to_list()
    vocabulary = Vocabulary.of_tokens(texts, hash_strings(texts), tokens["kind"].to_numpy())
    empty = Profile.empty(spec, footer.label).tables
    grams = {t: _read_grams(section, t) if tables is None or t in tables else empty[t] for t in spec.tables}
    return Profile(
        spec,
        footer.label,
        vocabulary,
        Prompts(*(totals[name].to_numpy() for name in totals.columns)),
        grams,
        frozenset(footer.values["sources"]),
        footer.values["panel"],
    )


def _read_grams(section: Callable[[str, Sequence[str]], pl.DataFrame], table: Table) -> k.Grams:
    kind, order = table
    names = [f"w{i + 1}" for i in range(order)]
    rows = section(f"{kind}-{order}", [*names, "n", "n_docs", "n_units"])
    units = section(f"{kind}-{order}-units", ["unit", "unit_n"])
    ids = np.empty((len(rows), order), np.uint32)
    for i, name in enumerate(names):
        ids[:, i] = rows[name].to_numpy()
    ends = np.cumsum(rows["n_units"].to_numpy(), dtype=np.int64)
    columns = (rows["n"].to_numpy(), rows["n_docs"].to_numpy(), ends, units["unit"].to_numpy(), units["unit_n"].to_numpy())
    return k.Grams(ids, *(np.require(c, requirements=["C", "W"]) for c in columns))


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
