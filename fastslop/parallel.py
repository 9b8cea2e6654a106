"""Chunks to profiles on all cores: threads over kernels that release the GIL, and one merge for whatever they return.

Results do not depend on the number of workers, the size of chunks or what went to disk in between, because merging is
exact, associative and commutative.
"""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from fastslop import _kernels as k
from fastslop.count import Documents, count_documents
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


def count_chunks(
    chunks: Iterable[Documents], spec: CountSpec, *, workers: int, held_bytes: int, folder: Path | None = None
) -> Iterator[Profile]:
    """One profile for each label in the chunks, by name; labels wait on disk when they outgrow ``held_bytes``."""
    with tempfile.TemporaryDirectory(prefix="fastslop-", dir=folder) as spill:
        gatherer = Gatherer(held_bytes, Path(spill))
        for profile in map_bounded(lambda chunk: count_documents(chunk, spec), chunks, workers):
            gatherer.add(profile)
        yield from gatherer.finish()


class Gatherer:
    """Profiles of chunks, merged by label as they come; all that is held goes to disk when there is too much of it."""

    def __init__(self, held_bytes: int, folder: Path) -> None:
        self.held_bytes = held_bytes
        self.folder = folder
        self.held: dict[str, list[tuple[int, Profile]]] = {}
        self.spilled: dict[str, list[tuple[Profile, Path]]] = {}
        self.n_spilled = 0

    def add(self, profile: Profile) -> None:
        """Take in the profile of a chunk: equals merge with equals, so that no row is copied more than log2 times."""
        stack = self.held.setdefault(profile.label, [])
        level = 0
        while stack and stack[-1][0] == level:
            profile = merge(stack.pop()[1], profile)
            level += 1
        stack.append((level, profile))
        if sum(n_bytes_of(p) for s in self.held.values() for _, p in s) > self.held_bytes:
            self._spill()

    def _spill(self) -> None:
        for label, stack in self.held.items():
            path = self.folder / f"{self.n_spilled}.npz"
            self.n_spilled += 1
            self.spilled.setdefault(label, []).append((_spilled(merge_all(p for _, p in stack), path), path))
        self.held.clear()

    def finish(self) -> Iterator[Profile]:
        """The profile of each label, by name."""
        for label in sorted({*self.held, *self.spilled}):
            here = [p for _, p in self.held.pop(label, [])]
            yield merge_all([*here, *(_restored(p, path) for p, path in self.spilled.pop(label, []))])


def n_bytes_of(profile: Profile) -> int:
    """Memory of a profile's tables, which are nearly all of it."""
    return sum(column.nbytes for grams in profile.tables.values() for column in grams)


def _spilled(profile: Profile, path: Path) -> Profile:
    """The profile with its tables on disk instead; vocabulary and prompts are small and stay."""
    np.savez(path, *(column for grams in profile.tables.values() for column in grams))
    return replace(profile, tables={})


def _restored(profile: Profile, path: Path) -> Profile:
    """The profile with its tables back from disk."""
    with np.load(path) as stored:
        columns = [stored[f"arr_{i}"] for i in range(len(stored.files))]
    path.unlink()
    size = len(k.Grams._fields)
    tables = {t: k.Grams(*columns[size * i : size * (i + 1)]) for i, t in enumerate(profile.spec.tables)}
    return replace(profile, tables=tables)
