"""The bytes of a file, an object or stdin, unpacked where they are packed, and in UTF-8 where they are in UTF-16."""

from __future__ import annotations

import codecs
import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, NamedTuple, cast

from fastslop.system.object_paths import AnyPath

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
    is_recoded: bool = False  # from UTF-16

    @property
    def position(self) -> int | None:
        """How many of the stored bytes are read; None for a pipe, which does not say."""
        return self.stored.tell() if self.stored.seekable() else None


class _AsUtf8:
    """A stream of UTF-16 read as UTF-8; half a surrogate pair becomes bytes that are no UTF-8, for readers to find."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self.text = io.TextIOWrapper(stream, encoding, errors="surrogatepass", newline="\n")

    def read(self, size: int = -1) -> bytes:
        return self._encoded(lambda: self.text.read(size))

    def readline(self, size: int = -1) -> bytes:
        return self._encoded(lambda: self.text.readline(size))

    def _encoded(self, read: Callable[[], str]) -> bytes:
        try:
            return read().encode("utf-8", "surrogatepass")
        except UnicodeDecodeError:  # nothing else is no UTF-16
            raise EOFError("its UTF-16 ends within a character") from None

    def seekable(self) -> bool:
        return False


def _utf_16_of(head: bytes) -> str | None:
    """The encoding of what begins so, if it is UTF-16: with a byte order mark, or with two characters of ASCII."""
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    zeros = [not byte for byte in head]
    if zeros == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if zeros == [True, False, True, False] else None


@contextmanager
def unpacked(path: AnyPath | None) -> Iterator[Unpacked]:
    """Open a file, or stdin for None, unpacked if its first bytes say gzip or zstd, as UTF-8 if they say UTF-16."""
    with ExitStack() as stack:
        if path is None:
            raw = io.BufferedReader(cast(io.RawIOBase, sys.stdin.buffer))
            stack.callback(raw.detach)  # else stdin would be closed with the reader
        else:
            raw = cast("io.BufferedReader[io.RawIOBase]", stack.enter_context(path.open("rb")))
        stored = cast(IO[bytes], raw)
        magic = raw.peek(4)[:4]
        content = stored
        if magic[:2] == b"\x1f\x8b":
            content = cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=raw)))
        elif magic == b"\x28\xb5\x2f\xfd" or magic[1:] == b"\x2a\x4d\x18":  # a frame of zstd, or one to skip (pzstd)
            content = cast(IO[bytes], stack.enter_context(zstd.ZstdFile(raw)))
        encoding = _utf_16_of(cast("io.BufferedReader[io.RawIOBase]", content).peek(4)[:4])
        if encoding is not None:
            recoded = _AsUtf8(content, encoding)
            stack.callback(recoded.text.detach)
            yield Unpacked(cast(IO[bytes], recoded), stored, is_recoded=True)
        else:
            yield Unpacked(content, stored)
