"""What fastslop itself wrote and is no texts: profiles, and the folder of a run."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from pathlib import Path

import polars as pl

from fastslop.base.wording import plural
from fastslop.reading.unusable import A_PROFILE, A_RUN
from fastslop.system.file_kinds import ENDINGS, MANIFEST, PROFILES
from fastslop.system.object_paths import AnyPath, ObjectPath

PROFILE_FIELDS = {"section", "heads", "firsts", "crc"}
"""Columns of a profile, as ``count`` writes it."""
PARQUET, PARQUET_END = b"PAR1", 8
"""The magic of a Parquet file, and the bytes behind its metadata: their length, and the magic."""
WHERE_PROFILES_GO = "profiles go to score, compare, tree, lists and report"
"""The end of a message that refuses profiles."""


def are_of_a_profile(columns: Collection[str]) -> bool:
    """Whether these are the columns of a profile."""
    return set(columns) >= PROFILE_FIELDS


def is_profile(path: AnyPath) -> bool:
    """Whether a Parquet file is a profile; one that cannot be opened is none, and is told when it is read."""
    try:
        return are_of_a_profile(pl.read_parquet_schema(path if isinstance(path, Path) else _without_pages(path)))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError):
        return False


def _without_pages(path: ObjectPath) -> io.BytesIO:
    """The metadata of a Parquet file in a store, as a file of nothing else: they stand at its end."""
    size = path.stat().st_size
    with path.open() as file:
        file.seek(max(size - PARQUET_END, 0))
        n = int.from_bytes(file.read(4), "little")
        file.seek(max(size - PARQUET_END - n, 0))
        return io.BytesIO(PARQUET + file.read())


def is_run(folder: AnyPath) -> bool:
    """Whether a folder holds the results of a run."""
    return (folder / MANIFEST).is_file() and (folder / PROFILES).is_dir()


def why_nothing(name: str, passed_over: Sequence[tuple[AnyPath, str]]) -> str:
    """Why there is nothing to read under a name of which all was passed over: the text of an error."""
    reasons = [reason for _, reason in passed_over]
    usable = f"{WHERE_PROFILES_GO}, as `fastslop report {name} -o report.html`"
    if A_RUN in reasons:
        return f"{name} holds the results of a run, not texts; {usable}"
    if A_PROFILE not in reasons:
        return f"{name}: no files to read in it; known are {ENDINGS}"
    if [str(path) for path, _ in passed_over] == [name]:
        return f"{name} is a profile, not texts; {usable}"
    return f"{name} holds {plural(reasons.count(A_PROFILE), 'profile')} and no texts; {usable}"
