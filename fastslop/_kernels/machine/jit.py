"""How kernels are compiled, and which of those on disk are still theirs."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
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
"""For what kernels call, and Python does not; on disk it is part of them."""
inlined: Any = njit(**OPTIONS, no_cpython_wrapper=True, forceinline=True)  # type: ignore[call-overload, unused-ignore]
"""For helpers that are called in loops, and put into them."""


def kernel(function: Callable[..., Any]) -> Any:
    """For what Python calls: compiled without the interpreter's lock, and kept on disk if there is a place for it."""
    compiled: Any = njit(**OPTIONS)(function)
    if IS_CACHING and compiled is not function:  # as it is with NUMBA_DISABLE_JIT
        with suppress(RuntimeError):  # no folder that may be written
            compiled._cache = KernelCache(function)
    return compiled


class KernelCache(FunctionCache):  # type: ignore[misc, unused-ignore]
    """Numba's cache, but for what is current and for what is loaded with it.

    By itself Numba stamps a kernel with its own file only: a helper in another file could change, and the kernel on
    disk would still do what the old one did. (The stamp is in the files' names, too: an index is written before what it
    names.) And it imports all that it knows of NumPy, and SciPy's linear algebra, before it loads what is compiled and
    needs none of them: 0.65 s of the 2.2 s of counting a small file.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        if SOURCE_STAMP:
            name = f"{self._impl.filename_base}.{SOURCE_STAMP[:16]}"
            self._cache_file = IndexDataCacheFile(self._cache_path, name, SOURCE_STAMP)

    @property
    def is_filled(self) -> bool:
        """Whether there is machine code of this source on disk."""
        return bool(self._cache_file._load_index())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The kernel for these types from disk, or None. Compiling one refreshes the context by itself."""
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


def is_kept(compiled: Any) -> bool:
    """Whether there is a place on disk for a kernel, or nothing to keep, where kernels are interpreted."""
    return not isinstance(compiled, Dispatcher) or isinstance(getattr(compiled, "_cache", None), KernelCache)


def is_on_disk(compiled: Any) -> bool:
    """Whether a kernel need not be compiled."""
    cache = getattr(compiled, "_cache", None)
    return cache.is_filled if isinstance(cache, KernelCache) else not isinstance(compiled, Dispatcher)


def source_stamp(folder: Path) -> str:
    """Digest of the source below a folder, names included; nothing where there is none, as in a frozen program."""
    digest, paths = sha256(), sorted(folder.rglob("*.py"))
    for path in paths:
        digest.update(b"%b\0%b\0" % (path.relative_to(folder).as_posix().encode(), path.read_bytes()))
    return digest.hexdigest() if paths else ""


SOURCE_STAMP = source_stamp(Path(__file__).parents[1])
