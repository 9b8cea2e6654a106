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
from pathlib import Path
from typing import TypeVar

from fastslop.count import Documents, count_documents
from fastslop.merging import merge_packed
from fastslop.packing import Packed, pack
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
    with tempfile.TemporaryDirectory(prefix="fastslop-") as folder:
        runs = Runs(held_bytes, Path(folder))
        for packed in map_bounded(lambda chunk: pack(count_documents(chunk, spec)), chunks, workers):
            runs.add(packed)
        labels = runs.labels
        # Many labels are merged side by side, a single one table by table.
        each = workers if len(labels) == 1 else 1
        yield from map_bounded(lambda label: runs.merged(label, each), labels, workers)


def size_of(packed: Packed) -> int:
    """Memory of the parts, in bytes."""
    return 0 if isinstance(packed.parts, Path) else int(packed.parts.estimated_size())


class Runs:
    """Packed profiles of chunks by label, until all are there; what outgrows ``held_bytes`` waits on disk."""

    def __init__(self, held_bytes: int, folder: Path) -> None:
        self.held_bytes = held_bytes
        self.folder = folder
        self.runs: dict[str, list[Packed]] = {}
        self.n_held = 0
        self.n_files = 0

    @property
    def labels(self) -> list[str]:
        """The labels seen, by name."""
        return sorted(self.runs)

    def add(self, packed: Packed) -> None:
        """Take in the profile of a chunk."""
        self.n_held += (size := size_of(packed))
        if self.n_held > self.held_bytes:
            self.n_held -= size
            self.n_files += 1
            packed = packed.to_disk(self.folder / f"{self.n_files}.ipc")
        self.runs.setdefault(packed.profile.label, []).append(packed)

    def merged(self, label: str, workers: int = 1) -> Packed:
        """The profile of a label, which is then forgotten."""
        return merge_packed(self.runs.pop(label), workers)
