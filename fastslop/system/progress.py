"""How far a long job is: the jobs tell it, and whoever started one decides what to do with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

Item = TypeVar("Item")

BYTES = "bytes"


class Progress(Protocol):
    """Is told how much of a step is done, of what total (None where nobody knows) and in what unit.

    It may be called often and from any thread, so it must return at once. Another step ends the one before.
    """

    def __call__(self, step: str, done: int, total: int | None, unit: str) -> None: ...


def silent(step: str, done: int, total: int | None, unit: str) -> None:
    """Nobody listens."""


def tracked(items: Iterable[Item], progress: Progress, step: str, total: int, unit: str) -> Iterator[Item]:
    """The items, each told when its taker is done with it and wants the next."""
    progress(step, 0, total, unit)
    for done, item in enumerate(items, start=1):
        yield item
        progress(step, done, total, unit)
