"""Most bytes that a text, a line or a file may unpack to: kilobytes can be made so that they unpack to gigabytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fastslop.base.errors import BadInputError
from fastslop.base.parquet_sizes import sizes_of

LONGEST_TEXT = 128 << 20
"""Most bytes of one text, and of the line that holds it: some thirty long novels. To count it takes ten times as much
memory, and room for twelve times as many tokens as texts of usual length need."""
WHOLE_BYTES = 512 << 20
"""Most bytes of what is read whole: a JSON document, a line of which it is not known what it holds, CSV in UTF-16."""
MOST_TIMES, ALWAYS_ALLOWED = 256, 1 << 30
"""Most bytes that a Parquet file may unpack to for each of its own, and bytes that any file may unpack to. Texts are
packed to a third, and what is repeated is in it once before it is packed."""
LEAST_PARQUET = 12
"""Bytes of the smallest Parquet file: a magic at both ends, and the length of its metadata."""


def check_parquet_size(path: Path) -> None:
    """Check that a Parquet file does not unpack to much more than texts can; a broken one is told when it is read.

    Raises
    ------
    BadInputError : it would
    """
    n_stored = path.stat().st_size
    if n_stored < LEAST_PARQUET:
        return
    _, n_bytes = sizes_of(np.asarray(np.memmap(path, np.uint8, "r")), is_flat=False)
    if n_bytes > ALWAYS_ALLOWED + MOST_TIMES * n_stored:
        raise BadInputError(
            f"{path}: its {n_stored / 1e6:,.1f} MB would unpack to {n_bytes / 1e9:,.1f} GB, far more than texts do; "
            "write it again from its source, or take out what is repeated"
        )
