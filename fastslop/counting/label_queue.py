"""Chunks to profiles: chunks wait as tokens until all texts are read, and each label is then counted as a whole.

Results do not depend on the number of workers, the size of chunks or what went to disk in between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from threading import Lock

from fastslop.base.spec import CountSpec
from fastslop.counting.buffers import BufferPool, Resources
from fastslop.counting.one_label import count_tokenised
from fastslop.counting.token_chunks import LabelDocuments, Tokenised, tokenise_documents
from fastslop.profiles.merge import merge_packed
from fastslop.profiles.packed import Packed, pack, unpack
from fastslop.profiles.parts import PartStore, SpilledParts
from fastslop.profiles.rows import prune
from fastslop.reading.languages import LanguageEvidence
from fastslop.system.memory import trim
from fastslop.system.progress import Progress, silent
from fastslop.system.spill import Spill
from fastslop.system.threads import do_all, map_bounded
from fastslop.tokens.tokeniser import Tokeniser

SMALL_LABEL = 8 << 20
"""Labels with fewer bytes of tokens are counted on one thread: it is not worth while to wake others."""
RECORDS_PER_TOKEN = 4
"""Bytes of records for each byte of tokens: 8 for a token of 2."""
PACKED_PER_TOKEN = 4
"""Bytes of a packed profile for each byte of tokens, about."""


@dataclass(frozen=True)
class MemoryShares:
    """Bytes of memory for what waits and works: tokens not yet counted, records of a table, and packed profiles."""

    tokens: int
    records: int
    profiles: int


def count_chunks(
    chunks: Iterable[LabelDocuments],
    spec: CountSpec,
    *,
    workers: int,
    shares: MemoryShares,
    spill: Spill,
    min_prompts: int = 0,
    bytes_aside: Counter[str] | None = None,
    find_language: Callable[[dict[str, tuple[str | None, int]]], CountSpec] | None = None,
    progress: Progress = silent,
) -> Iterator[Packed]:
    """Count chunks into a packed profile for each label, the largest label first.

    Parameters
    ----------
    chunks
        Documents, each chunk of one label.
    spec
        The specification by which all are counted.
    workers
        Threads.
    shares
        Bytes of memory for what waits.
    spill
        The file for what outgrows its share.
    min_prompts
        Leave out rows in fewer prompts.
    bytes_aside
        Is told how many bytes of each label's text are set aside.
    find_language
        Is told the language of each label, and its words, when all are tokenised, and gives the specification for the
        language of all; if None, the specification stays as it is.
    progress
        Is told how many labels are counted.
    """
    evidence = None if find_language is None else LanguageEvidence()
    waiting = LabelQueue(spec, workers, shares, spill, min_prompts, bytes_aside, progress)
    tokenisers = waiting.tokenise(chunks, evidence)
    if find_language is not None and evidence is not None:
        waiting.spec = find_language(evidence.by_label())
    if waiting.spec != spec:
        for tokeniser in tokenisers:
            tokeniser.take(waiting.spec)
    yield from waiting.counted()


class LabelQueue:
    """Tokens that wait, by label, until all texts are read; on disk, where memory has no room for them."""

    def __init__(
        self,
        spec: CountSpec,
        workers: int,
        shares: MemoryShares,
        spill: Spill,
        min_prompts: int = 0,
        bytes_aside: Counter[str] | None = None,
        progress: Progress = silent,
    ) -> None:
        self.spec, self.workers, self.shares, self.spill = spec, workers, shares, spill
        self.min_prompts, self.progress = min_prompts, progress
        self.lock = Lock()
        self.chunks: dict[str, list[Tokenised]] = {}
        self.n_bytes: Counter[str] = Counter()
        self.bytes_aside = Counter() if bytes_aside is None else bytes_aside
        self.is_full = False
        self.held = 0  # bytes of memory set apart for packed profiles
        self.n_done = 0
        self.buffers = BufferPool()

    def tokenise(
        self, chunks: Iterable[LabelDocuments], evidence: LanguageEvidence | None = None
    ) -> Sequence[Tokeniser]:
        """Take in the tokens of chunks, and return the tokenisers; ``evidence`` is told of what is kept."""
        idle: list[Tokeniser] = []

        def tokenise(chunk: LabelDocuments) -> None:
            try:
                tokeniser = idle.pop()
            except IndexError:
                tokeniser = Tokeniser(self.spec)
            self.add(tokenise_documents(chunk, tokeniser, evidence))
            idle.append(tokeniser)

        do_all(tokenise, chunks, self.workers)
        for tokeniser in idle:
            tokeniser.free_room()
        return idle

    def add(self, chunk: Tokenised) -> None:
        """Take in the tokens of a chunk. Threads may do so at once."""
        if self.is_full:
            chunk = chunk.spilled(self.spill)
        with self.lock:
            if self.is_full:  # another thread may have filled it meanwhile
                chunk = chunk.spilled(self.spill)
            self.chunks.setdefault(chunk.label, []).append(chunk)
            self.n_bytes[chunk.label] += chunk.size
            self.bytes_aside[chunk.label] += chunk.bytes_aside
            if not self.is_full and self.n_bytes.total() > self.shares.tokens:
                self.is_full = True
                for chunks in self.chunks.values():
                    chunks[:] = [chunk.spilled(self.spill) for chunk in chunks]
                trim()

    def counted(self) -> Iterator[Packed]:
        """Yield the profile of each label, the largest first; its tokens are then forgotten.

        A label so large that others would be done long before, or that has no room beside others, has all threads, and
        the others wait; smaller labels are counted side by side, in one thread each.
        """
        n_labels = len(self.chunks)
        trim()

        def count(label: str, workers: int) -> tuple[Packed, int]:
            packed_and_held = self._counted(label, workers)
            with self.lock:
                self.n_done += 1
                self.progress("counting", self.n_done, n_labels, "models")
            return packed_and_held

        fair = max(self.n_bytes.total() // (2 * self.workers), SMALL_LABEL)
        by_size = sorted(self.chunks, key=lambda label: (-self.n_bytes[label], label))
        most = min(1.1 * fair, self._record_bytes // RECORDS_PER_TOKEN // self.workers)
        large = [label for label in by_size if self.n_bytes[label] > most]
        alone = map(lambda label: count(label, self.workers), large)

        def beside() -> Iterator[tuple[Packed, int]]:
            self.buffers.idle.clear()  # a large label's buffers are more than the share of one thread
            yield from map_bounded(lambda label: count(label, 1), by_size[len(large) :], self.workers)

        for packed, held in chain(alone, beside()):
            yield packed
            with self.lock:
                self.held -= held

    def _counted(self, label: str, workers: int) -> tuple[Packed, int]:
        """A label's profile, and the bytes of memory that were set apart for it."""
        chunks, size = self.chunks.pop(label), self.n_bytes[label]
        held = self._hold(PACKED_PER_TOKEN * size)
        resources = Resources(workers, self._record_bytes // self.workers * workers, self.buffers)
        keep: Callable[[], PartStore] = list if held else lambda: SpilledParts(self.spill)
        runs = count_tokenised(chunks, self.spec, resources, keep, self.min_prompts)
        del chunks
        packed = self._merged(runs, workers)
        if self.min_prompts and not packed.profile.pruned:
            packed = pack(prune(unpack(packed), self.min_prompts))
        if size > SMALL_LABEL:
            trim()
        return packed, held

    @property
    def _record_bytes(self) -> int:
        """Bytes of memory for records, which get the share of tokens too when these are on disk."""
        return self.shares.records + (self.shares.tokens if self.is_full else 0)

    def _hold(self, size: int) -> int:
        """Set memory apart for a profile of about this size, and return how much: all of it or, for want of room, 0."""
        with self.lock:
            is_held = size <= self.shares.profiles // 2 and self.held + size <= self.shares.profiles
            self.held += size if is_held else 0
        return size if is_held else 0

    def _merged(self, runs: Sequence[Packed], workers: int) -> Packed:
        """The sum of a label's profiles, in the spill if it outgrows a quarter of the share of profiles."""
        size = sum(run.n_bytes for run in runs)
        return merge_packed(runs, workers, None if size <= self.shares.profiles // 4 else self.spill)
