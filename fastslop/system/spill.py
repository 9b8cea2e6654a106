"""A temporary file for what memory has no room for."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np

from fastslop.base.arrays import Shorts


class Spill:
    """A temporary file without a name, for what memory has no room for; it is gone with the process.

    Parameters
    ----------
    folder : the folder it lies in, or None for the system's folder for temporary files
    """

    def __init__(self, folder: Path | None) -> None:
        self.file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed on exit)
        self.lock = Lock()
        self.n_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def put_numbers(self, numbers: Shorts) -> SpilledNumbers:
        """Write numbers u16 to the file; the result reads them back."""
        return SpilledNumbers(self, self.write(numbers.view(np.uint8).data), len(numbers))

    def read(self, offset: int, n_bytes: int) -> bytes:
        """The ``n_bytes`` bytes that were written at an offset."""
        data = bytearray(n_bytes)
        self.read_into(memoryview(data), offset)
        return bytes(data)

    def read_into(self, buffer: memoryview, offset: int) -> None:
        """Read as many bytes as the buffer has room for, written at an offset."""
        if hasattr(os, "preadv"):
            while buffer:
                n = os.preadv(self.file.fileno(), [buffer], offset)
                buffer, offset = buffer[n:], offset + n
        else:  # on Windows a file has one place only
            with self.lock:
                self.file.seek(offset)
                self.file.readinto(buffer)

    def write(self, data: bytes | memoryview) -> int:
        """Write bytes to the file and return the offset at which they begin; several threads may write at once."""
        left = memoryview(data)
        with self.lock:
            offset = self.n_bytes
            self.n_bytes += len(left)
            if not hasattr(os, "pwrite"):
                self.file.seek(offset)
                self.file.write(left)
                return offset
        at = offset
        while left:
            written = os.pwrite(self.file.fileno(), left, at)
            left, at = left[written:], at + written
        return offset


@dataclass(frozen=True)
class SpilledNumbers:
    """``n`` numbers u16 in a spill, from byte ``offset`` on."""

    spill: Spill
    offset: int
    n: int

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: slice) -> SpilledNumbers:
        first, last, _ = index.indices(self.n)
        return SpilledNumbers(self.spill, self.offset + 2 * first, last - first)

    def read(self) -> Shorts:
        """Read the numbers into a new array."""
        numbers = np.empty(self.n, np.uint16)
        self.spill.read_into(numbers.view(np.uint8).data, self.offset)
        return numbers
