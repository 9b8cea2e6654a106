"""How kernels are compiled, and kept on disk until the source of any kernel changes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from numba import njit
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.dispatcher import Dispatcher
from numba.core.runtime.nrt import rtsys

IS_CACHING = os.environ.get("FASTSLOP_NO_CACHE", "") in ("", "0")

OPTIONS: dict[str, Any] = {"nogil": True, "no_cfunc_wrapper": True}

helper: Any = njit(**OPTIONS, no_cpython_wrapper=True)  # type: ignore[call-overload, unused-ignore]
"""Decorator of functions that only kernels call; on disk each is part of the kernels that call it."""
inlined: Any = njit(**OPTIONS, no_cpython_wrapper=True, forceinline=True)  # type: ignore[call-overload, unused-ignore]
"""Decorator of helpers that are called in loops: their code is put in place of the call."""


def kernel(function: Callable[..., Any]) -> Any:
    """Decorator of what Python calls: they run without the interpreter's lock, and are kept on disk where possible."""
    compiled: Any = njit(**OPTIONS)(function)
    if IS_CACHING and compiled is not function:  # it is the function itself with NUMBA_DISABLE_JIT
        with suppress(RuntimeError):  # there is no folder that may be written
            compiled._cache = KernelCache(function)
    return compiled


class KernelCache(FunctionCache):  # type: ignore[misc, unused-ignore]
    """Numba's cache, stamped with the source of all kernels, and loaded without what only compiling needs.

    Numba stamps a kernel with the kernel's own file only: a helper in another file could change, and the kernel on disk
    would still do what the old helper did. The stamp is ``SOURCE_STAMP``; file names contain it, too, since Numba
    writes an index before the files that the index names. Numba also imports all that it knows of NumPy, and SciPy's
    linear algebra, before it loads a compiled kernel, which needs none of them: 0.65 s of the 2.2 s of counting a small
    file.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        if SOURCE_STAMP:
            name = f"{self._impl.filename_base}.{SOURCE_STAMP[:16]}"
            self._cache_file = IndexDataCacheFile(self._cache_path, name, SOURCE_STAMP)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a kernel on disk, one process after the other.

        Numba numbers the files of a kernel by an index, which it reads, changes and writes: two processes that compile
        a kernel for different types at once take the same number, and the index can then name the machine code of one
        for the types of the other.
        """
        with _alone_in(Path(self._cache_path)):
            super().save_overload(sig, data)

    @property
    def is_filled(self) -> bool:
        """Whether there is machine code of this source on disk."""
        return bool(self._cache_file._load_index())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The kernel for these types from disk, or None.

        Numba's own method refreshes the context first, which imports much; compiling a kernel does so anyway.
        """
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process writes in a folder; the system gives the lock back when a process ends, however."""
    with ExitStack() as stack:
        with suppress(OSError, ImportError):  # no file may be made there, or the system has no such locks: as it was
            from fcntl import LOCK_EX, flock

            folder.mkdir(parents=True, exist_ok=True)
            flock(stack.enter_context((folder / "fastslop.lock").open("a")), LOCK_EX)
        yield


def is_kept(compiled: Any) -> bool:
    """Whether a kernel is kept on disk, or is interpreted, so that nothing need be kept."""
    return not isinstance(compiled, Dispatcher) or isinstance(getattr(compiled, "_cache", None), KernelCache)


def is_on_disk(compiled: Any) -> bool:
    """Whether a kernel need not be compiled: its machine code is on disk, or it is interpreted."""
    cache = getattr(compiled, "_cache", None)
    return cache.is_filled if isinstance(cache, KernelCache) else not isinstance(compiled, Dispatcher)


def source_stamp(folder: Path) -> str:
    """SHA-256 of the Python files below a folder and of their names; empty if there are none (in a frozen program)."""
    digest, paths = sha256(), sorted(folder.rglob("*.py"))
    for path in paths:
        digest.update(b"%b\0%b\0" % (path.relative_to(folder).as_posix().encode(), path.read_bytes()))
    return digest.hexdigest() if paths else ""


SOURCE_STAMP = source_stamp(Path(__file__).parents[1])
"""Digest of the source of all kernels: machine code on disk is used only if it was made from the same source."""
