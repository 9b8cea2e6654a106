"""Work on all cores: threads over kernels that release the GIL."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from threading import Lock
from typing import TypeVar, cast

Item = TypeVar("Item")
Result = TypeVar("Result")


def n_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_bounded(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int, ahead: int = 1
) -> Iterator[Result]:
    """Yield results in the order of the items, computed ``workers`` at a time.

    At most ``ahead`` items more are taken in advance. With one worker there is no thread.
    """
    if workers <= 1:
        yield from map(function, items)
        return
    running: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                running.append(pool.submit(function, item))
                if len(running) >= workers + ahead:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            for future in running:
                future.cancel()


def do_all(function: Callable[[Item], object], items: Iterable[Item], workers: int) -> None:
    """Call a function for each item, ``workers`` at a time, for what it does."""
    for _ in map_bounded(function, items, workers):
        pass


class OneBlasThread:
    """A context in which each matrix product uses one thread, for products that are made on all cores at once.

    OpenBLAS would use a thread a core for each, and threads that wait for others keep their core busy: beside another
    job, products of 227 models took twenty times as long. The setting is the process's, so it holds until the last of
    several such contexts is left.
    """

    def __init__(self) -> None:
        self._lock, self._n_inside, self._limits = Lock(), 0, ExitStack()

    def __enter__(self) -> None:
        from threadpoolctl import threadpool_limits  # 20 ms that counting need not wait for

        with self._lock:
            if self._n_inside == 0:
                self._limits.enter_context(threadpool_limits(1, user_api="blas"))
            self._n_inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0:
                self._limits.close()


one_blas_thread = OneBlasThread()


def taken_ahead(items: Iterable[Item], n: int) -> Generator[Item]:
    """Yield the items, up to ``n`` of which a thread of its own makes in advance; with ``n`` 0 there is no thread."""
    if n == 0:
        yield from items
        return
    iterator, end = iter(items), object()
    with ThreadPoolExecutor(1) as pool:
        made = deque(pool.submit(next, iterator, end) for _ in range(n))
        try:
            while (item := made.popleft().result()) is not end:
                made.append(pool.submit(next, iterator, end))
                yield cast(Item, item)
        finally:
            for future in made:
                future.cancel()
