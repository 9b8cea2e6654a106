"""How long this process has compiled kernels: a rate of work leaves that out."""

from __future__ import annotations

from threading import Lock
from time import perf_counter
from typing import Any

from numba.core import event


class _Stopwatch(event.Listener):  # type: ignore[misc, unused-ignore]
    """Runs while kernels are compiled, on whatever threads; a kernel compiles what it calls inside of itself."""

    def __init__(self) -> None:
        self._lock, self._n_inside, self._began, self._seconds = Lock(), 0, 0.0, 0.0

    def on_start(self, event: Any) -> None:
        """A kernel begins to be compiled."""
        with self._lock:
            if self._n_inside == 0:
                self._began = perf_counter()
            self._n_inside += 1

    def on_end(self, event: Any) -> None:
        """A kernel is compiled, or failed to be."""
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0:
                self._seconds += perf_counter() - self._began

    def read(self) -> float:
        """Seconds so far."""
        with self._lock:
            return self._seconds + (perf_counter() - self._began if self._n_inside else 0.0)


_stopwatch = _Stopwatch()
event.register("numba:compile", _stopwatch)


def compile_seconds() -> float:
    """Seconds in which any kernel was compiled since this was imported; those loaded from disk do not count."""
    return _stopwatch.read()


def work_clock() -> float:
    """A clock that stands still while a kernel is compiled, in seconds from an arbitrary start."""
    return perf_counter() - compile_seconds()
