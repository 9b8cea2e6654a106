"""Chunks to profiles: chunks wait as tokens until their label is counted, and the runs of a label are merged.

Results do not depend on the number of workers, the size of chunks, when memory was full or what went to disk in
between, because merging is exact, associative and commutative.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

from fastslop.count import count_tokenised
from fastslop.memory import trim
from fastslop.merging import merge_packed
from fastslop.packing import Packed, Spill
from fastslop.parallel import map_bounded
from fastslop.progress import Progress, silent
from fastslop.spec import CountSpec
from fastslop.tokenised import Documents, Tokenised, tokenise_documents

Result = TypeVar("Result")

SMALL_LABEL = 16 << 20
"""Bytes of tokens that no other thread is worth waking for."""


@dataclass(frozen=True)
class Room:
    """Bytes of memory for what waits and works: tokens not yet counted, records of a table, and packed runs."""

    tokens: int
    records: int
    runs: int


def count_chunks(
    chunks: Iterable[Documents],
    spec: CountSpec,
    *,
    workers: int,
    room: Room,
    spill: Spill,
    progress: Progress = silent,
) -> Iterator[Packed]:
    """One profile for each label in the chunks, packed. What outgrows the room goes to ``spill``."""
    runs = Runs(spec, workers, room, spill, progress)

    def tokenise(chunk: Documents) -> None:
        runs.add(tokenise_documents(chunk, spec))

    for _ in map_bounded(tokenise, chunks, workers):
        pass
    yield from runs.merged()


class Runs:
    """Tokens and packed runs by label, until all are there."""

    def __init__(self, spec: CountSpec, workers: int, room: Room, spill: Spill, progress: Progress = silent) -> None:
        self.spec, self.workers, self.room, self.spill, self.progress = spec, workers, room, spill, progress
        self.adding, self.counting = Lock(), Lock()
        self.waiting: dict[str, list[Tokenised]] = {}
        self.n_waiting = 0
        self.packed: dict[str, list[Packed]] = {}
        self.held: Counter[str] = Counter()  # bytes of a label's runs, about, that are not in the spill
        self.n_done = 0
        self.n_steps: int | None = None  # known when all texts are read

    def add(self, chunk: Tokenised) -> None:
        """Take in the tokens of a chunk. Threads may do so at once, and wait while what is full is counted."""
        with self.adding:
            self.waiting.setdefault(chunk.label, []).append(chunk)
            self.n_waiting += chunk.size
            if self.n_waiting > self.room.tokens:
                for _ in self._by_label(self._count, [*self.waiting]):
                    pass
                self.n_waiting = 0

    def merged(self) -> Iterator[Packed]:
        """The profile of each label; what it was made of is then forgotten."""
        self.n_steps, self.n_done = len(self.waiting), 0
        yield from self._by_label(self._merge, [*self.waiting.keys() | self.packed.keys()])

    def _count(self, label: str, workers: int) -> None:
        """Count what waits of a label into a run."""
        chunks = self.waiting.pop(label)
        size = sum(chunk.size for chunk in chunks)
        is_held = self._holds(label, 2 * size)
        records = self.room.records // self.workers * workers
        keep = list if is_held else self.spill.parts
        runs = count_tokenised(chunks, self.spec, workers=workers, record_bytes=records, keep=keep)
        with self.counting:
            self.packed.setdefault(label, []).extend(runs)
            self.n_done += 1
            self.progress("counting", self.n_done, self.n_steps, "models")
        if size > SMALL_LABEL:
            del chunks
            trim()

    def _holds(self, label: str, size: int) -> bool:
        """Whether a run of about this size may stay in memory."""
        with self.counting:
            is_held = size <= self.room.runs // 2 and self.held.total() + size <= self.room.runs
            self.held[label] += size if is_held else 0
        return is_held

    def _merge(self, label: str, workers: int) -> Packed:
        if label in self.waiting:
            self._count(label, workers)
        runs = self.packed.pop(label)
        size = sum(run.n_bytes for run in runs)
        merged = merge_packed(runs, workers, None if size <= self.room.runs // 4 else self.spill)
        with self.counting:
            del self.held[label]
        if size > SMALL_LABEL:
            trim()
        return merged

    def _by_label(self, function: Callable[[str, int], Result], labels: Sequence[str]) -> Iterator[Result]:
        """The function of every label and its threads, the largest first: small ones side by side, with one each.

        A label so large that others would be done long before it has all threads, and the others wait.
        """
        sizes = {
            label: sum(chunk.size for chunk in self.waiting.get(label, ()))
            + sum(run.n_bytes for run in self.packed.get(label, ()))
            for label in labels
        }
        fair = max(sum(sizes.values()) // (2 * self.workers), SMALL_LABEL)
        by_size = sorted(labels, key=lambda label: (-sizes[label], label))
        large = [label for label in by_size if sizes[label] > 1.1 * fair]
        yield from map(lambda label: function(label, self.workers), large)
        yield from map_bounded(lambda label: function(label, 1), by_size[len(large) :], self.workers)
