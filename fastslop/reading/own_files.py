"""What fastslop itself wrote and is no texts: profiles, and the folder of a run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import polars as pl

from fastslop.base.wording import plural
from fastslop.reading.unusable import A_PROFILE, A_RUN
from fastslop.system.file_kinds import ENDINGS, MANIFEST, PROFILES

PROFILE_FIELDS = {"section", "heads", "firsts", "crc"}
"""Columns of a profile, as ``count`` writes it."""
WHERE_PROFILES_GO = "profiles go to score, compare, tree, lists and report"
"""The end of a message that refuses profiles."""


def are_of_a_profile(columns: Collection[str]) -> bool:
    """Whether these are the columns of a profile."""
    return set(columns) >= PROFILE_FIELDS


def is_profile(path: Path) -> bool:
    """Whether a Parquet file is a profile; one that cannot be opened is none, and is told when it is read."""
    try:
        return are_of_a_profile(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError):
        return False


def is_run(folder: Path) -> bool:
    """Whether a folder holds the results of a run."""
    return (folder / MANIFEST).is_file() and (folder / PROFILES).is_dir()


def why_nothing(name: str, passed_over: Sequence[tuple[Path, str]]) -> str:
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
