"""Chunks to profiles: every chunk is counted into a packed run, and the runs of a label are merged.

Results do not depend on the number of workers, the size of chunks or what went to disk in between, because merging is
exact, associative and commutative.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from fastslop.count import Documents, count_runs
from fastslop.merging import merge_packed
from fastslop.packing import Packed, Spill
from fastslop.parallel import map_bounded
from fastslop.progress import Progress, silent, tracked
from fastslop.spec import CountSpec


def count_chunks(
    chunks: Iterable[Documents],
    spec: CountSpec,
    *,
    workers: int,
    held_bytes: int,
    spill: Spill,
    progress: Progress = silent,
) -> Iterator[Packed]:
    """One profile for each label in the chunks, packed, by name. What outgrows ``held_bytes`` goes to ``spill``."""
    runs = Runs(held_bytes, spill)

    def count(chunk: Documents) -> None:
        for run in count_runs(chunk, spec):
            runs.add(run)

    for _ in map_bounded(count, chunks, workers):
        pass
    labels = runs.labels
    # Many labels are merged side by side, a single one table by table.
    each = workers if len(labels) == 1 else 1
    merged = map_bounded(lambda label: runs.merged(label, each), labels, workers)
    yield from tracked(merged, progress, "merging", len(labels), "models")


def size_of(packed: Packed) -> int:
    """Size of the parts, in bytes."""
    return sum(part.n_bytes for part in packed.parts)


class Runs:
    """Packed profiles of chunks by label, until all are there; what outgrows ``held_bytes`` waits in ``spill``."""

    def __init__(self, held_bytes: int, spill: Spill) -> None:
        self.held_bytes = held_bytes
        self.spill = spill
        self.runs: dict[str, list[Packed]] = {}
        self.sizes: dict[str, int] = {}
        self.n_held = 0

    @property
    def labels(self) -> list[str]:
        """The labels seen, by name."""
        return sorted(self.runs)

    def add(self, packed: Packed) -> None:
        """Take in the profile of a chunk. Threads may do so at once."""
        size, label = size_of(packed), packed.profile.label
        with self.spill.lock:
            is_held = self.n_held + size <= self.held_bytes
            self.n_held += size if is_held else 0
        if not is_held:
            packed = replace(packed, parts=self.spill.put(packed.parts))
        with self.spill.lock:
            self.runs.setdefault(label, []).append(packed)
            self.sizes[label] = self.sizes.get(label, 0) + size

    def merged(self, label: str, workers: int = 1) -> Packed:
        """The profile of a label, which is then forgotten."""
        is_small = self.sizes[label] <= self.held_bytes // 4
        return merge_packed(self.runs.pop(label), workers, None if is_small else self.spill)
