"""Chunks to profiles on all cores: threads over kernels that release the GIL, and one merge for whatever they return.

Results do not depend on the number of workers, the size of chunks or what went to disk in between, because merging is
exact, associative and commutative.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from fastslop.count import Documents, count_documents
from fastslop.packing import Packed, pack, unpack
from fastslop.profile import Profile, merge, merge_all
from fastslop.spec import CountSpec

Item = TypeVar("Item")
Result = TypeVar("Result")


def n_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_bounded(function: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Iterator[Result]:
    """Results in the order of the items, computed ``workers`` at a time; at most one item more is taken in advance."""
    if workers <= 1:
        yield from map(function, items)
        return
    running: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                running.append(pool.submit(function, item))
                if len(running) > workers:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            for future in running:
                future.cancel()


def count_chunks(chunks: Iterable[Documents], spec: CountSpec, *, workers: int, held_bytes: int) -> Iterator[Packed]:
    """One profile for each label in the chunks, packed, by name."""
    gatherer = Gatherer(held_bytes)
    for profile in map_bounded(lambda chunk: count_documents(chunk, spec), chunks, workers):
        gatherer.add(profile)
    yield from map_bounded(gatherer.finished, gatherer.labels, workers)


class Gatherer:
    """Profiles of chunks, merged by label as they come; all are packed when they outgrow ``held_bytes``."""

    def __init__(self, held_bytes: int) -> None:
        self.held_bytes = held_bytes
        self.held: dict[str, list[tuple[int, Profile]]] = {}
        self.packed: dict[str, list[Packed]] = {}

    @property
    def labels(self) -> list[str]:
        """The labels seen, by name."""
        return sorted({*self.held, *self.packed})

    def add(self, profile: Profile) -> None:
        """Take in the profile of a chunk: equals merge with equals, so that no row is copied more than log2 times."""
        stack = self.held.setdefault(profile.label, [])
        level = 0
        while stack and stack[-1][0] == level:
            profile = merge(stack.pop()[1], profile)
            level += 1
        stack.append((level, profile))
        if sum(n_bytes_of(p) for s in self.held.values() for _, p in s) > self.held_bytes:
            self._pack_all()

    def _pack_all(self) -> None:
        for label, stack in self.held.items():
            self.packed.setdefault(label, []).append(pack(merge_all(p for _, p in stack)))
        self.held.clear()

    def finished(self, label: str) -> Packed:
        """The profile of a label, which is then forgotten."""
        held = [p for _, p in self.held.pop(label, [])]
        packed = self.packed.pop(label, [])
        if not held and len(packed) == 1:
            return packed[0]
        return pack(merge_all([*held, *map(unpack, packed)]))


def n_bytes_of(profile: Profile) -> int:
    """Memory of a profile's tables, which are nearly all of it."""
    return sum(column.nbytes for grams in profile.tables.values() for column in grams)
