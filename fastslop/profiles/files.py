"""Profiles as Parquet files: one file a label, its specification in the footer, written beside and renamed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from reprlib import repr as short
from typing import Any
from zlib import crc32

import polars as pl
from polars.io.plugins import register_io_source

from fastslop._kernels.machine.constants import N_BLOCKS
from fastslop.base.arrays import Keys
from fastslop.base.defaults import JSON_FORMAT
from fastslop.base.errors import BadInputError, IncompatibleProfilesError, NoProfileError, NotThereError
from fastslop.base.hashing import hash_strings
from fastslop.base.sources import Shards
from fastslop.base.spec import CountSpec, Table
from fastslop.profiles.checks import check_opened
from fastslop.profiles.footer_checks import check_footer, parsed_footer
from fastslop.profiles.packed import PARTS, Packed, as_frame, from_frame, pack, section_of, sections_of, unpack
from fastslop.profiles.parquet_sizes import check_unpacked_size, most_unpacked
from fastslop.profiles.parts import Part
from fastslop.profiles.profile import Profile
from fastslop.profiles.source_ledger import missing_of
from fastslop.system.atomic import write_atomically
from fastslop.system.file_kinds import MANIFEST, PROFILES, may_hold_texts
from fastslop.system.object_paths import AnyPath, file_at, files_at, path_of
from fastslop.tokens.guards import Guarded

PROFILE_FORMAT, OLDER_FORMATS = 5, (4,)
"""The format that is written, and those that are read besides: 4 knows no capitals."""
HASH = "fnv1a-64"
FOOTER = "fastslop"
FOOTER_CRC = "fastslop-crc32"
SUFFIX = ".parquet"
MAX_NAME_BYTES = 120
"""Most bytes of a label in the name of its file; a longer one is cut, and its hash added."""
BYTES_AT_ONCE = 1 << 21
"""Bytes of parts handed to Polars at once, which holds some ten times as much: with 64 MB it took 800 MB, and no less
time."""


@dataclass(frozen=True)
class CountedProfile:
    """Totals of a label that was counted, and its file (None in memory); ``guarded`` as ``guarded_of`` gives it,
    ``missing``: the shards of its sources that are not counted."""

    label: str
    path: AnyPath | None
    n_docs: int
    n_prompts: int
    n_tokens: int
    n_bytes: int
    guarded: Mapping[str, int]
    missing: tuple[str, ...] = ()


def counted_profile(profile: Profile, path: AnyPath | None) -> CountedProfile:
    """Totals of a profile, whose file is ``path`` (None in memory)."""
    totals = (profile.n_docs, profile.n_prompts, profile.n_tokens, profile.n_bytes)
    return CountedProfile(profile.label, path, *totals, guarded_of(profile), missing_of(profile.shards))


def counted_by(footer: Footer) -> CountedProfile:
    """Totals of a profile by its footer."""
    totals = {name: footer.values[name] for name in ("n_docs", "n_prompts", "n_tokens", "n_bytes")}
    guarded = asdict(footer.guarded) | {"duplicate": footer.values["guarded"]["duplicate"]}
    return CountedProfile(footer.label, footer.path, **totals, guarded=guarded, missing=missing_of(footer.shards))


@dataclass(frozen=True)
class Footer:
    """Footer of a profile file: its label, specification, sources and totals, without its counts."""

    path: Path
    values: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The label that was counted."""
        return str(self.values["label"])

    @property
    def panel(self) -> str | None:
        """The panel that the user named."""
        panel: str | None = self.values["panel"]
        return panel

    @property
    def sources(self) -> frozenset[str]:
        """The whole sources that were counted."""
        return frozenset(self.values["sources"])

    @property
    def shards(self) -> dict[str, Shards]:
        """The parts of other sources that were counted, by division."""
        return {
            division: Shards(of["n"], {int(part): n for part, n in of["parts"].items()}, of["sums"])
            for division, of in self.values.get("shards", {}).items()
        }

    @cached_property
    def spec(self) -> CountSpec:
        """The specification by which the profile was counted."""
        return CountSpec.from_dict(self.values["spec"])

    @property
    def guarded(self) -> Guarded:
        """How many generations loop, refuse and break off."""
        counts = self.values["guarded"]
        return Guarded(counts["looping"], counts["refused"], counts["truncated"])

    @property
    def pruned(self) -> str | None:
        """The rule by which rows were left out, or None where the profile is complete."""
        return self.values.get("pruned")

    @property
    def left_out(self) -> dict[Table, int]:
        """How many rows were left out, by table; tables of a complete profile are not named."""
        left_out = self.values.get("left_out", {})
        return {table: n for table in self.spec.tables if (n := left_out.get(section_of(table), 0))}


def at_panel(label: str, panel: str | None) -> str:
    """``label@panel``, or the label where no panel is named."""
    return f"{label}@{panel}" if panel else label


def profile_name(label: str, panel: str | None = None) -> str:
    """A file name for a label: what cannot stand in one is replaced, and the exact label stays in the footer."""
    name = at_panel(label, panel)
    safe = "".join(c if c.isalnum() or c in "-_.@+" else "_" for c in name).strip(".") or "_"
    is_plain = safe == name and name.count("@") == (panel is not None)
    if is_plain and len(safe.encode()) <= MAX_NAME_BYTES:
        return safe + SUFFIX
    cut = safe.encode()[:MAX_NAME_BYTES].decode(errors="ignore")
    return f"{cut}-{int(hash_strings([name])[0]):016x}{SUFFIX}"


def write_profile(profile: Profile | Packed, path: AnyPath, *, force: bool = False) -> None:
    """Write a profile; equal profiles give equal bytes. Errors are those of ``write_atomically``."""
    packed = profile if isinstance(profile, Packed) else pack(profile)
    footer = json.dumps(profile_footer(packed), ensure_ascii=False, sort_keys=True)
    metadata = {FOOTER: footer, FOOTER_CRC: str(crc32(footer.encode()))}

    def write(beside: Path) -> None:
        frames = (as_frame(parts) for parts in _some_at_once(packed.parts))
        # From a source of frames, so that a profile that waits on disk is never in memory as a whole.
        source = register_io_source(lambda *_: frames, schema=PARTS)
        # Level 1 gives files of the same size as level 3, in two thirds of the time. Statistics would be the least and
        # the greatest of one value: a tenth of the time, a hundredth of the size.
        # Into an open file: one that Polars opens is truncated, and ext4 then begins to write it out at the close.
        with beside.open("r+b") as file:
            source.sink_parquet(
                file, compression_level=1, statistics=False, row_group_size=1, maintain_order=True, metadata=metadata
            )

    write_atomically(path, write, force=force)


def _some_at_once(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Parts in lists of a little more than ``BYTES_AT_ONCE``."""
    some: list[Part] = []
    for part in parts:
        some.append(part)
        if sum(part.n_bytes for part in some) > BYTES_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def profile_footer(packed: Packed) -> dict[str, Any]:
    """What the footer of a packed profile's file says."""
    profile = packed.profile
    return {
        "format": PROFILE_FORMAT,
        "hash": HASH,
        "blocks": N_BLOCKS,
        "label": profile.label,
        "panel": profile.panel,
        "spec": profile.spec.to_dict(),
        "sources": sorted(profile.sources),
        **_shards_of(profile),
        "n_docs": profile.n_docs,
        "n_prompts": profile.n_prompts,
        "n_words": profile.n_words,
        "n_tokens": profile.n_tokens,
        "n_bytes": profile.n_bytes,
        "guarded": guarded_of(profile),
        "n_parts": Counter(packed.sections),
        "pruned": profile.pruned,
        **_left_out_of(profile),
    }


def _shards_of(profile: Profile) -> dict[str, dict[str, Any]]:
    """What the footer says of sources that are counted in part."""
    shards = {
        division: {"n": own.n, "parts": {str(part): n for part, n in own.parts.items()}, "sums": dict(own.sums)}
        for division, own in profile.shards.items()
    }
    return {"shards": shards} if shards else {}


def _left_out_of(profile: Profile) -> dict[str, dict[str, int]]:
    """What the footer of a pruned profile says besides: how many rows of each table were left out."""
    left_out = {section_of(table): profile.left_out.get(table, 0) for table in profile.spec.tables}
    return {"left_out": left_out} if profile.pruned else {}


def profiles_dict(profiles: Sequence[CountedProfile]) -> dict[str, Any]:
    """Totals of profiles as JSON has them."""
    rows = [asdict(p) | {"path": None if p.path is None else str(p.path)} for p in profiles]
    return {"format": JSON_FORMAT, "profiles": rows}


def guarded_of(profile: Profile) -> dict[str, int]:
    """How many generations loop, refuse, break off or have the text of another one."""
    return asdict(profile.guarded) | {"duplicate": profile.n_duplicate}


def read_footer(path: Path) -> Footer:
    """Read the footer of a profile file.

    Raises
    ------
    BadInputError
        If the file is not there, is no Parquet file or no profile.
    IncompatibleProfilesError
        If its format, hash or number of blocks is not this version's.
    """
    return footer_of(path, *_metadata(path))


def footer_of(path: Path, text: str, checksum: str | None) -> Footer:
    """The footer of a file from its text and the checksum that goes with it; errors are those of ``read_footer``."""
    try:
        values = parsed_footer(text)
    except ValueError as error:
        raise BadInputError(
            f"{path} is a profile with a broken footer: {error}; write it again from its source"
        ) from None
    for name, ours in (("format", (PROFILE_FORMAT, *OLDER_FORMATS)), ("hash", (HASH,)), ("blocks", (N_BLOCKS,))):
        if values.get(name) not in ours:
            raise IncompatibleProfilesError(
                f"{path} has {name} {short(values.get(name))}, this version of fastslop reads "
                f"{' and '.join(map(repr, ours))}; count its texts again with this version"
            )
    if checksum != str(crc32(text.encode())):
        raise BadInputError(
            f"{path} is a damaged profile: its footer's checksum does not agree; write it again from its source"
        )
    try:
        check_footer(values)
    except BadInputError as error:
        raise BadInputError(f"{path} is {error}") from None
    return Footer(path, values)


def _metadata(path: Path) -> tuple[str, str | None]:
    """The text of a file's footer, and its checksum; errors are those of ``read_footer``."""
    if path.is_dir():
        raise BadInputError(f"{path} is a folder; name one profile in it, such as {find_profiles([path])[0]}")
    if not path.is_file():
        raise NotThereError(f"there is no profile {path}, and no folder of that name")
    try:
        metadata = pl.read_parquet_metadata(path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        if may_hold_texts(path):
            raise NoProfileError(
                f"{path} is not a Parquet file, so no profile; make one of texts with `fastslop count {path} -o DIR`"
            ) from None
        raise NoProfileError(
            f"{path} is not a Parquet file, or a broken one: {error}; write it again from its source"
        ) from None
    text = metadata.get(FOOTER)
    if text is None:
        raise NoProfileError(f"{path} is a Parquet file but no profile; make one with `fastslop count {path} -o DIR`")
    return text, metadata.get(FOOTER_CRC)


def read_profile(
    path: Path, tables: Sequence[Table] | None = None, min_prompts: int = 1, filters: Mapping[Table, Keys] | None = None
) -> Profile:
    """Read a profile, or only some of its tables (the others are then empty of rows); of these, rows as of `unpack`.

    Raises
    ------
    BadInputError
        If the file is no profile, or damaged.
    """
    all_rows = min_prompts <= 1 and filters is None
    return unpack(read_packed(path, tables, all_rows=all_rows), min_prompts, filters)


def read_packed(path: Path, tables: Sequence[Table] | None = None, *, all_rows: bool = True) -> Packed:
    """Read a profile, or only some of its tables, without unpacking it; errors are those of ``read_profile``.

    Unless ``all_rows`` are wanted, counts of longer n-grams are not summed up to see whether there can be so many.
    """
    footer = read_footer(path)
    wanted = sections_of([t for t in footer.spec.tables if tables is None or t in tables])
    check_unpacked_size(path)
    try:
        # Without statistics: no checksum covers them, and Polars would pass over a part for a wrong one.
        frame = (
            pl.scan_parquet(path, glob=False, use_statistics=False).filter(pl.col("section").is_in(wanted)).collect()
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise broken_inside(path, error) from None
    streams = [column for column in frame if column.dtype == pl.Binary]
    if sum(int(column.bin.size().sum()) for column in streams) > most_unpacked(path.stat().st_size):  # they share pages
        raise broken_inside(path, BadInputError("its rows are larger than its pages"))
    return packed_of(footer, frame, wanted, all_rows=all_rows)


def packed_of(footer: Footer, frame: pl.DataFrame, wanted: Sequence[str], *, all_rows: bool = True) -> Packed:
    """A profile from its footer and the rows of ``PARTS`` of the ``wanted`` sections; see ``read_packed``.

    Raises
    ------
    BadInputError
        If there is what no profile holds, or a section is not whole.
    """
    values = footer.values
    empty = replace(
        Profile.empty(footer.spec, footer.label, footer.panel),
        sources=footer.sources,
        shards=footer.shards,
        guarded=footer.guarded,
        pruned=footer.pruned,
        left_out=footer.left_out,
    )
    try:
        packed = Packed(empty, from_frame(frame), footer.path)
        _check_parts(packed, {name: values["n_parts"].get(name, 0) for name in wanted})
        check_opened(packed, values, all_rows=all_rows)
    except BadInputError as error:
        raise BadInputError(f"{footer.path} is {error}") from None
    return packed


def broken_inside(path: Path, error: BaseException) -> BadInputError:
    """What is said of a profile whose Parquet cannot be read."""
    (first, *_) = str(error).splitlines() or ["no columns can be read"]
    return BadInputError(f"{path} is a damaged profile: {first}; write it again from its source")


def _check_parts(packed: Packed, n_parts: Mapping[str, int]) -> None:
    """Raise BadInputError if a section has not ``n_parts`` parts: no checksum tells that one is gone."""
    present = Counter(packed.sections)
    for name, n in n_parts.items():
        if present[name] != n:
            raise BadInputError(
                f"damaged: it has {present[name]} of {n} parts of {name}; write it again from its source"
            )


def find_profiles(places: Sequence[str | PathLike[str] | AnyPath]) -> list[Path]:
    """The profile files named, and those in the folders named, sorted; of a run's folder those in its ``profiles``.

    Those in object stores are copied to this machine first.
    """
    paths: list[Path] = []
    for place in map(path_of, places):
        if place.is_dir():
            inside = _profiles_in(place / PROFILES if (place / PROFILES).is_dir() and is_run(place) else place)
            if not inside:
                texts = any(may_hold_texts(path) for path in place.iterdir())
                remedy = f"; make some of texts with `fastslop count {place} -o DIR`" if texts else ""
                raise BadInputError(f"the folder {place} holds no profiles (*{SUFFIX}){remedy}")
            paths.extend(files_at(inside))
        else:
            path = file_at(place)
            read_footer(path)
            paths.append(path)
    return paths


def _profiles_in(folder: AnyPath) -> list[AnyPath]:
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


def is_run(folder: AnyPath) -> bool:
    """Whether a folder with a folder ``profiles`` is a run's: it has a manifest, or no profiles beside that folder."""
    return (folder / MANIFEST).is_file() or not _profiles_in(folder)
