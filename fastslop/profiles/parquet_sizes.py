"""A profile that would take more memory than one of its size can is refused, before it is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fastslop.base.errors import BadInputError
from fastslop.base.parquet_sizes import sizes_of

MOST_TIMES, ALWAYS_ALLOWED = 32, 1 << 26
"""Most bytes in memory for each of the file, and bytes that any file may take besides. The files of profiles unpack to
twice their size: hashes, and which prompts a row is in, are compressed by nothing."""
LEAST_ROW = 64
"""Least bytes of the file for each row: the places of its ten columns alone take more."""


def check_unpacked_size(path: Path) -> None:
    """Raise BadInputError if a Parquet file would take more memory than a profile of its size can."""
    file = np.asarray(np.memmap(path, np.uint8, "r"))
    n_rows, n_bytes = sizes_of(file)
    if n_rows < 0 or n_bytes < 0:
        raise BadInputError(f"{path} is a damaged profile: its pages are broken; write it again from its source")
    if n_bytes > most_unpacked(len(file)) or n_rows * LEAST_ROW > len(file):
        raise BadInputError(
            f"{path} would unpack to {n_rows:,} rows of {n_bytes / 1e6:,.0f} MB, more than a profile of its size; "
            "write it again from its source"
        )


def most_unpacked(n_bytes: int) -> int:
    """Most bytes in memory that a profile can take whose file has ``n_bytes``."""
    return ALWAYS_ALLOWED + MOST_TIMES * n_bytes
