"""Memory of the process: how much it has had, how much is free, and how freed memory is given back."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Parameters of glibc's ``mallopt``, by their numbers in malloc.h."""
LARGE = 1 << 25
"""Bytes from which on an array is returned to the system as soon as it is freed."""
KEPT = 1 << 25
"""Bytes of freed memory that the C library keeps at the top of its heap."""
GROWTH = 1 << 26
"""Bytes that a process may grow by before `Gaps` are looked for: what is given back is taken anew, at 3 us a page."""
DECAY = "dirty_decay_ms:500,muzzy_decay_ms:0"
"""How long jemalloc, the allocator of Polars, keeps what was freed, in its own words (``opt.dirty_decay_ms``)."""


def peak_rss_mb() -> float:
    """The most memory this process has had, in MB (ru_maxrss is in KiB, on macOS in bytes)."""
    try:
        import resource  # not on Windows
    except ImportError:
        own = _process().memory_info()
        return float(getattr(own, "peak_wset", own.rss)) / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def rss_bytes() -> int:
    """Bytes of memory that this process has now."""
    return int(_process().memory_info().rss)


def free_bytes() -> int:
    """Bytes that this process could still take: what the system has free, or what its control group leaves, if less."""
    import psutil  # 20 ms that commands without a budget need not wait for

    free = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text())  # "max" where there is none
        free = min(free, limit - int((group / "memory.current").read_text()))
    return free


@cache
def _process() -> psutil.Process:
    import psutil

    return psutil.Process()


def give_back_freed_memory() -> None:
    """Have the C library return arrays of 32 MiB and more to the system as soon as they are freed, and keep the others.

    By default, glibc keeps only 128 KiB of what is freed: three fifths of all page faults, and a third of the time they
    take (3 us each), were of memory that had just been freed. Large arrays, if they were kept, would add up: the main
    job's peak was 1.1 GB instead of 0.85. Other C libraries have no such call and need none.

    Polars has an allocator of its own, which keeps what was freed for ten seconds and reads its settings once, when
    Polars is imported. Half a second made the peak of `run` on 227 models 1.77 GB instead of 1.86, in the same time.
    """
    os.environ.setdefault("_RJEM_MALLOC_CONF", DECAY)
    try:
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, LARGE)
        library.mallopt(M_TRIM_THRESHOLD, KEPT)
        library.mallopt(M_ARENA_MAX, 2 * (os.cpu_count() or 1))  # by default eight a core, and each keeps memory
    except (AttributeError, OSError, TypeError):
        return


class Gaps:
    """Memory that lies free between arrays in use, given back whenever the process has grown by ``GROWTH``.

    For loops that run long: looking for phrases in 300 MB of texts left 600 MB of gaps.
    """

    def __init__(self) -> None:
        self._after = rss_bytes()

    def give_back(self) -> None:
        """Call `trim` if the process has grown by so much since it was last called, or since the beginning."""
        if rss_bytes() > self._after + GROWTH:
            trim()
            self._after = rss_bytes()


def trim() -> None:
    """Have the C library return to the system the memory that lies free between arrays in use.

    Threads that allocate and free arrays of all sizes leave such gaps: a count of 1 GB held 400 MB in them.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
