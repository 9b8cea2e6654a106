"""The bytes of a file or of stdin, unpacked where they are packed."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DAMAGE = (OSError, EOFError, zlib.error, zstd.ZstdError)
"""Exceptions that reading a damaged input raises."""


class Unpacked(NamedTuple):
    """An open input: its content, and the bytes as they are stored, which may be packed."""

    content: IO[bytes]
    stored: IO[bytes]

    @property
    def position(self) -> int | None:
        """How many of the stored bytes are read; None for a pipe, which does not say."""
        return self.stored.tell() if self.stored.seekable() else None


@contextmanager
def unpacked(path: Path | None) -> Iterator[Unpacked]:
    """Open a file, or stdin for None, unpacked if its first bytes say gzip or zstd."""
    with ExitStack() as stack:
        if path is None:
            raw = io.BufferedReader(cast(io.RawIOBase, sys.stdin.buffer))
            stack.callback(raw.detach)  # else stdin would be closed with the reader
        else:
            raw = cast("io.BufferedReader[io.RawIOBase]", stack.enter_context(path.open("rb")))
        stored = cast(IO[bytes], raw)
        magic = raw.peek(4)[:4]
        if magic[:2] == b"\x1f\x8b":
            yield Unpacked(cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=raw))), stored)
        elif magic == b"\x28\xb5\x2f\xfd" or magic[1:] == b"\x2a\x4d\x18":  # a frame of zstd, or one to skip (pzstd)
            yield Unpacked(cast(IO[bytes], stack.enter_context(zstd.ZstdFile(raw))), stored)
        else:
            yield Unpacked(stored, stored)
