"""Logs of inspect_ai in their own format: an archive with a file of JSON for every sample."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastslop.base.errors import BadInputError
from fastslop.reading.compression import DAMAGE
from fastslop.reading.limits import LONGEST_TEXT
from fastslop.reading.unusable import AGAIN

if sys.version_info >= (3, 14):
    import zipfile
else:
    from backports.zstd import zipfile  # which also unpacks members that are packed by zstd

SAMPLES = "samples/"
"""Folder of the archive that holds the samples."""


def samples_of(path: Path) -> Iterator[Any]:
    """The samples of a log, sorted by their names.

    Raises
    ------
    BadInputError : the file is no archive, or one of its samples is damaged or too large
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if name.startswith(SAMPLES) and name.endswith(".json"):
                    yield _sample(archive, name, path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BadInputError(f"{path}: cannot be read as an archive: {error}; {AGAIN}") from error


def _sample(archive: zipfile.ZipFile, name: str, path: Path) -> Any:
    if archive.getinfo(name).file_size > LONGEST_TEXT:
        raise BadInputError(f"{path}: {name} unpacks to over {LONGEST_TEXT >> 20} MiB; take it out of the archive")
    try:
        return json.loads(archive.read(name))
    except (ValueError, RecursionError, *DAMAGE) as error:
        raise BadInputError(f"{path}: {name} is no valid JSON ({error}); mend it, or take it out") from error
