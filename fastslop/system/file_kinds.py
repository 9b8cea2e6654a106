"""Kinds of files by the endings of their names."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from fastslop.system.object_paths import AnyPath

KINDS = {
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "txt",
    ".md": "txt",
    ".eval": "eval",
}
PICTURE_SUFFIXES = (".svg", ".png", ".pdf")
PACKED = (".gz", ".zst")
PROFILES, MANIFEST = "profiles", "run.json"
"""Names in the folder of a run: the folder of its profiles, and the file that says how they were made."""
ENDINGS = f"{', '.join(KINDS)} (packed: {', '.join(PACKED)})"
"""Endings of the files that can be read, for messages."""


def kind_of(name: str) -> tuple[str, str] | None:
    """Kind of a file, and its name without extensions and a part's number (``-00001-of-00004``); None if unknown.

    ``README.md`` is of none: it says what is in a folder.
    """
    path = PurePosixPath(name)
    is_packed = path.suffix.lower() in PACKED
    if is_packed:
        path = path.with_suffix("")
    kind = None if path.name.casefold() == "readme.md" else KINDS.get(path.suffix.lower())
    if kind is None or (is_packed and kind in ("parquet", "eval")):
        return None
    return kind, re.sub(r"-\d+-of-\d+$", "", path.stem)


def is_pipe(path: AnyPath) -> bool:
    """Whether there is a pipe or a device, which may never end and is gone once read, and no file or folder."""
    return path.exists() and not (path.is_file() or path.is_dir())


def may_hold_texts(path: AnyPath) -> bool:
    """Whether a file may hold documents by its name; a Parquet file, which may be a profile, does not count."""
    known = kind_of(path.name)
    return known is not None and known[0] != "parquet"
