"""Passes over texts, several over the same ones, each for several watchers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from fastslop.base.spec import CountSpec
from fastslop.reading.chunks import TextChunk
from fastslop.search.matcher import stream_of
from fastslop.system.ceiling import ceiling
from fastslop.system.memory import Gaps, peak_rss_mb, rss_bytes
from fastslop.system.progress import Progress, handed_out, silent
from fastslop.system.threads import map_bounded
from fastslop.tokens.guards import judge
from fastslop.tokens.tokeniser import TokenStream

STEPS = ("looking for phrases", "counting phrases")
"""Names of the two passes, as progress shows them."""
MOST_HELD, ROOM_SHARE = 1 << 28, 4
"""Bytes of texts and tokens that are held from one pass to the next, and the part of the room in memory that they may
take; more where the process has had more before and gave it back, which does not add to its peak."""

Found = TypeVar("Found")


class Tokenised(NamedTuple):
    """A chunk of texts, and its tokens."""

    chunk: TextChunk
    stream: TokenStream

    @property
    def n_bytes(self) -> int:
        """Bytes of its text and tokens."""
        return int(self.chunk.text.nbytes + self.stream.tokens.nbytes)


class TextPasses:
    """Passes over the same texts: the first reads and tokenises them, and holds them for the next if there is room.

    ``read`` streams the texts anew each time it is called; it is told the name of the step, and tells progress of it.
    ``expected``: bytes of texts and tokens, as far as it is known: what will find no room is not held in vain.
    """

    def __init__(
        self,
        read: Callable[[str], Iterator[TextChunk]],
        spec: CountSpec,
        workers: int,
        progress: Progress = silent,
        expected: int = 0,
    ) -> None:
        self.spec, self.workers, self.expected = spec, workers, expected
        self._read, self._progress = read, progress
        self._held: list[Tokenised] | None = None

    def of_each(self, step: str, look: Callable[[TextChunk, TokenStream], Found]) -> Iterator[Found]:
        """What ``look``, which many threads call, finds in each chunk, in the order of the chunks."""
        if self._held is None:
            yield from self._of_read(step, look)
        else:
            held = handed_out(self._held, self._progress, step)
            yield from map_bounded(lambda one: look(*one), held, self.workers)

    def _of_read(self, step: str, look: Callable[[TextChunk, TokenStream], Found]) -> Iterator[Found]:
        """As ``of_each``, of texts that are read; all of them are then held, or none."""

        def tokenised(chunk: TextChunk) -> tuple[Tokenised, Found]:
            one = Tokenised(chunk, counted_stream(chunk, self.spec))
            return one, look(*one)

        room, gaps = _room(), Gaps()
        held: list[Tokenised] | None = [] if self.expected <= room else None
        for one, found in map_bounded(tokenised, self._read(step), self.workers):
            room -= one.n_bytes
            if held is not None:
                held.append(one)
            held = held if room >= 0 else None
            yield found
            gaps.give_back()
        self._held = held


def _room() -> int:
    """Bytes of texts and tokens that may be held."""
    given_back = int(peak_rss_mb() * 1e6) - rss_bytes()
    return min(max(MOST_HELD, given_back // 2), ceiling.room // ROOM_SHARE)


class Watcher(Protocol):
    """An object that is shown all texts of a pass: ``look`` on many threads, ``take`` in the order of the chunks."""

    def look(self, chunk: TextChunk, stream: TokenStream) -> Any: ...
    def take(self, found: Any) -> None: ...


def watch(passes: TextPasses, watchers: Sequence[Watcher]) -> None:
    """Show texts, tokenised once, to all watchers, if there are any."""

    def look(chunk: TextChunk, stream: TokenStream) -> list[object]:
        return [watcher.look(chunk, stream) for watcher in watchers]

    if watchers:
        for all_found in passes.of_each(STEPS[1], look):
            for watcher, found in zip(watchers, all_found, strict=True):
                watcher.take(found)


def counted_stream(chunk: TextChunk, spec: CountSpec) -> TokenStream:
    """The tokens of documents; those that were set aside when they were counted have none."""
    stream = stream_of(chunk.text, chunk.doc_offsets, spec)
    if not spec.sets_aside:
        return stream
    verdicts = judge(chunk.text, chunk.doc_offsets, stream.tokens, stream.doc_ends, chunk.endings)
    return stream.without(verdicts.is_suspect)
