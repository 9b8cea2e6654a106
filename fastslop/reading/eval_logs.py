"""Logs of inspect_ai in their own format: an archive with a file of JSON for every sample."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastslop.base.errors import BadInputError

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
    BadInputError : the file is no archive, or one of its samples is damaged
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if name.startswith(SAMPLES) and name.endswith(".json"):
                    yield json.loads(archive.read(name))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BadInputError(f"{path}: cannot be read: {error}") from error
