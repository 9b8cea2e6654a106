"""The engine of many machines: Ray, on a cluster that is there or on this machine. Nothing is sent but numbers of tasks
and totals; texts and profiles go through the files that all machines see."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from fastslop.base.errors import FastslopError, UsageError
from fastslop.engines.processes import OUT_OF_MEMORY

Result = TypeVar("Result")

MOST_RETRIES = 3
"""Times that a task is begun anew after its worker died."""
CONNECT_S = 5.0
"""Seconds that a cluster has to answer."""
GCS_PORT = 6379
"""Port of a cluster's head, where an address names none."""
IS_IT_RUNNING = "is it running, and is this the address of its head?"


class RayCluster:
    """Calls functions on a Ray cluster: that at ``address`` or of ``RAY_ADDRESS``, else one of this machine.

    A call takes ``workers`` cores and ``memory`` bytes. One whose worker dies is begun anew, on another one.
    """

    def __init__(self, address: str | None, workers: int, memory: int) -> None:
        # Ray would tell its makers of each use.
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        try:
            import ray
        except ImportError:
            raise UsageError("Ray is not installed: pip install 'fastslop[ray]'") from None
        self.ray: Any = ray
        self.resources = {"num_cpus": workers, "memory": memory}
        self.is_ours = not ray.is_initialized()
        if self.is_ours:
            self._connect(address or os.environ.get("RAY_ADDRESS") or "local")

    def _connect(self, address: str) -> None:
        if address not in ("local", "auto"):
            _check_answers(address)
        options: dict[str, Any] = {"include_dashboard": False} if address == "local" else {}
        try:
            self.ray.init(address=address, log_to_driver=False, logging_level="ERROR", **options)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise UsageError(f"no Ray cluster can be used at {address} ({error}); {IS_IT_RUNNING}") from error

    def __enter__(self) -> RayCluster:
        return self

    def threads(self, n_calls: int) -> int:
        """How many threads each call has, however many (``n_calls``) there are: the cores that it asks Ray for."""
        return int(self.resources["num_cpus"])

    def __exit__(self, *_: object) -> None:
        if self.is_ours:
            self.ray.shutdown()

    def results(self, function: Callable[[int], Result], items: Iterable[int]) -> Iterator[Result]:
        """Yield the results for all items, as they are made.

        Raises
        ------
        FastslopError
            If workers die again and again at one task; and whatever the function raises.
        """

        def call(item: int) -> Result:  # Ray takes nothing but plain functions
            return function(item)

        remote = self.ray.remote(call).options(max_retries=MOST_RETRIES, retry_exceptions=[OSError], **self.resources)
        running = {remote.remote(item): item for item in items}
        try:
            while running:
                done, _ = self.ray.wait(list(running), num_returns=1)
                for one in done:
                    yield self._result(one, running.pop(one))
        finally:
            for one in running:
                with suppress(self.ray.exceptions.RayError):
                    self.ray.cancel(one, force=True)

    def _result(self, one: Any, item: int) -> Any:
        errors = self.ray.exceptions
        try:
            return self.ray.get(one)
        except errors.RayTaskError as error:
            if isinstance(error.cause, FastslopError | OSError):
                raise error.cause from None
            raise
        except errors.RayError as error:
            (first, *_) = str(error).splitlines() or [type(error).__name__]
            raise FastslopError(
                f"task {item}: its worker died {MOST_RETRIES + 1} times ({first}); {OUT_OF_MEMORY}"
            ) from None


def _check_answers(address: str) -> None:
    """Raise UsageError if nothing answers at an address; Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    place = (host, port) if host else (port, str(GCS_PORT))
    try:
        socket.create_connection((place[0], int(place[1])), CONNECT_S).close()
    except (OSError, ValueError) as error:
        raise UsageError(f"no Ray cluster answers at {address} ({error}); {IS_IT_RUNNING}") from None
