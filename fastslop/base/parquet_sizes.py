"""How much memory a Parquet file will take, before it is read: a few kilobytes can be made to unpack to gigabytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fastslop._kernels.machine.parquet_sizes import find_numbers, sum_of_pages
from fastslop.base.arrays import Bytes, Counts

N_ROWS, ROW_GROUPS, COLUMNS, ABOUT = 3, 4, 1, 3
"""Fields of the metadata: their rows and row groups; of a row group its columns; of a column what is said of it."""
GROUP_BYTES = 2
"""Field of a row group: its bytes in memory."""
CHUNK = (7, 9, 11, 5)
"""Fields of what is said of a column: its bytes in the file, where its pages begin, where its dictionary does, and how
many values it has."""
PAGE = (2, 3)
"""Fields of a page's header: its bytes in memory, and in the file."""
PAGE_VALUES = np.array([[5, 1], [7, 1], [8, 1]], np.int64)
"""Fields of a page's header that one kind of page has, and in them that of how many values it has."""
_END = 8
"""Bytes behind the metadata: their length, and the magic."""
_ANY_NUMBER = np.iinfo(np.int64).max


def sizes_of(file: Bytes, *, is_flat: bool = True) -> tuple[int, int]:
    """Rows, and bytes in memory of all pages by their own headers; -1 of either where the file is broken.

    It is broken, too, if a page has more values than there are rows, unless lists may have them.
    """
    n = int.from_bytes(file[-_END:-4].tobytes(), "little")
    if n + _END > len(file):
        return -1, -1
    metadata = file[len(file) - _END - n : len(file) - _END]
    n_rows = int(_numbers(metadata, (), (N_ROWS,))[:1].sum())
    by_group = _numbers(metadata, (ROW_GROUPS,), (N_ROWS,))
    chunks = _numbers(metadata, (ROW_GROUPS, COLUMNS, ABOUT), CHUNK)
    if n_rows != int(by_group.sum()) or not all(0 <= n <= n_rows for n in by_group[:, 0].tolist()):
        return -1, -1
    most = n_rows if is_flat else _ANY_NUMBER
    return n_rows, int(sum_of_pages(file, chunks, most, _fields(()), _fields(PAGE), PAGE_VALUES))


def row_groups(path: Path) -> list[tuple[int, int]]:
    """Bytes in memory and rows of each row group of a Parquet file; none where its metadata are broken."""
    file = np.memmap(path, np.uint8, "r")
    n = int.from_bytes(file[-_END:-4].tobytes(), "little")
    if n + _END > len(file):
        return []
    groups = _numbers(np.asarray(file[len(file) - _END - n : len(file) - _END]), (ROW_GROUPS,), (GROUP_BYTES, N_ROWS))
    return [(n_bytes, n_rows) for n_bytes, n_rows in groups.tolist()]


def _numbers(metadata: Bytes, path: Sequence[int], fields: Sequence[int]) -> Counts:
    """Numbers i64[structs, fields] of the structs at a path of fields; none where the metadata are broken."""
    out = np.empty((len(metadata) // 8 + 1, len(fields)), np.int64)  # a struct takes more bytes
    n = int(find_numbers(metadata, _fields(path), _fields(fields), out))
    return out[:n] if 0 <= n <= len(out) else out[:0]


def _fields(numbers: Sequence[int]) -> Counts:
    return np.array(numbers, np.int64)
