"""The engine of one machine: processes, each of which counts one task after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

from fastslop.base.errors import FastslopError

Result = TypeVar("Result")

MOST_DEATHS = 3
"""Times that a process may be killed before the job gives up; what it was at is begun anew."""
OUT_OF_MEMORY = "did it run out of memory? say less with --memory, or plan more tasks"
"""What can be done about a worker that dies again and again."""


class Processes:
    """Calls functions in ``n`` processes of ``workers`` threads; what a killed process was at is called again.

    The processes are started when they are first needed, and wait for more calls until the context is left: to load the
    kernels takes each of them a second.
    """

    def __init__(self, n: int, workers: int = 1) -> None:
        self.n, self.workers = n, workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._end(wait=kind is None)

    def _end(self, *, wait: bool) -> None:
        """End the processes, those at work when their call is done."""
        if self._pool is not None:
            self._pool.shutdown(wait=wait, cancel_futures=True)
            self._pool = None

    def threads(self, n_calls: int) -> int:
        """How many threads each of so many calls has: those of processes that it leaves idle, too."""
        return self.n * self.workers // min(max(n_calls, 1), self.n)

    def results(self, function: Callable[[int], Result], items: Iterable[int]) -> Iterator[Result]:
        """Yield the results for all items, as they are made.

        Raises
        ------
        FastslopError
            If a process is killed again and again; and whatever the function raises.
        """
        waiting, n_deaths = dict.fromkeys(items), 0
        while waiting:
            self._pool = pool = self._pool or ProcessPoolExecutor(self.n, mp_context=get_context("spawn"))
            try:
                running = {pool.submit(function, item): item for item in waiting}
                for future in as_completed(running):
                    yield future.result()
                    del waiting[running[future]]
            except BrokenProcessPool:
                self._end(wait=False)
                n_deaths += 1
                if n_deaths > MOST_DEATHS:
                    raise FastslopError(
                        f"processes were killed {n_deaths} times, with {len(waiting)} tasks left; {OUT_OF_MEMORY}"
                    ) from None
