"""Progress of long jobs: a job reports how far it is, and its caller decides what to do with the reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol, TypeVar

from fastslop.system.ceiling import ceiling
from fastslop.system.memory import rss_bytes

Item = TypeVar("Item")

BYTES = "bytes"


class Progress(Protocol):
    """A function that is told how much of a step is done, of what total (None if unknown) and in what unit.

    It may be called often and from any thread, so it must return at once. A report of another step ends the one before.
    """

    def __call__(self, step: str, done: int, total: int | None, unit: str) -> None: ...


def silent(step: str, done: int, total: int | None, unit: str) -> None:
    """Do nothing with a report."""


def tracked(items: Iterable[Item], progress: Progress, step: str, total: int, unit: str) -> Iterator[Item]:
    """Yield the items, and report each as done when the next is asked for; memory is then held to the ceiling.

    Raises
    ------
    UsageError
        If the process has more memory than the ceiling.
    """
    progress(step, 0, total, unit)
    before = rss_bytes()
    for done, item in enumerate(items, start=1):
        yield item
        progress(step, done, total, unit)
        ceiling.check(step, done / max(total, 1), before)


def handed_out(items: Collection[Item], progress: Progress, step: str) -> Iterator[Item]:
    """Yield parts that are in memory, and report them as `tracked` does; then that the last are still worked on.

    So a job has the same steps as where these are read from files.
    """
    yield from tracked(items, progress, step, len(items), "parts")
    progress(f"{step}, the last part", 0, 1, "parts")
