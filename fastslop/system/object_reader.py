"""Objects of a store as streams of bytes, which are fetched in blocks, the next one while the last is worked on."""

from __future__ import annotations

import io
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from fastslop.system.stores import Found, read_range

HEAD_BYTES = 1 << 18
"""Bytes of the first block: of many objects only the beginning is looked at, before any of them is read."""
BLOCK_BYTES = COPY_BYTES = 8 << 20
"""Bytes of the other blocks: so many that to wait for one takes less time than to send it."""
BYTES_KEPT = 4 * BLOCK_BYTES
"""Bytes of blocks that are kept of all objects: readers look at beginnings more than once, and go back by a line."""
FETCHED_AT_ONCE = 8
"""Requests that are under way side by side."""


class ObjectReader(io.RawIOBase):
    """The bytes of an object, from any place on.

    Each block is asked for as the object that was found, and that it is another one by now is an error.
    """

    def __init__(self, found: Found) -> None:
        self._one, self._at = found, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The place of the byte that is read next."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; it may lie behind the end, where there is nothing to read."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._one.size}[whence]
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read up to the end of a block."""
        if self._at >= self._one.size:
            return 0
        number = self._at // BLOCK_BYTES + 1 if self._at >= HEAD_BYTES else 0
        start = self._at - _bounds(number)[0]
        part = _blocks.get(self._one, number)[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)


def _bounds(number: int) -> tuple[int, int]:
    """Where a block begins and ends, by its number."""
    if number < 2:
        return ((0, HEAD_BYTES), (HEAD_BYTES, BLOCK_BYTES))[number]
    return (number - 1) * BLOCK_BYTES, number * BLOCK_BYTES


class _Blocks:
    """The blocks that were asked for last."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(FETCHED_AT_ONCE, "fastslop-objects")
        self._kept: OrderedDict[tuple[Found, int], Future[memoryview]] = OrderedDict()
        self._lock, self._n_bytes = Lock(), 0

    def get(self, one: Found, number: int) -> memoryview:
        """A block of an object by its number; behind the first two, the next is asked for as well."""
        future = self._asked(one, number)
        if number > 1 and _bounds(number + 1)[0] < one.size:
            self._asked(one, number + 1)
        try:
            return future.result()
        except BaseException:
            with self._lock:
                if self._kept.pop((one, number), None) is not None:
                    self._n_bytes -= _n_bytes(one, number)
            raise

    def _asked(self, one: Found, number: int) -> Future[memoryview]:
        key = (one, number)
        with self._lock:
            if key not in self._kept:
                start, stop = _bounds(number)
                self._kept[key] = self._pool.submit(read_range, one, start, min(stop, one.size))
                self._n_bytes += _n_bytes(one, number)
                while self._n_bytes > BYTES_KEPT:
                    self._n_bytes -= _n_bytes(*self._kept.popitem(last=False)[0])
            self._kept.move_to_end(key)
            return self._kept[key]


def _n_bytes(one: Found, number: int) -> int:
    start, stop = _bounds(number)
    return min(stop, one.size) - start


_blocks = _Blocks()
