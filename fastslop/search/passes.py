"""One pass over texts for several watchers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from fastslop.base.spec import CountSpec
from fastslop.reading.chunks import TextChunk
from fastslop.search.matcher import stream_of
from fastslop.system.threads import map_bounded
from fastslop.tokens.guards import judge
from fastslop.tokens.tokeniser import TokenStream

STEPS = ("looking for phrases", "counting phrases")
"""Names of the two passes, as progress shows them."""


class Watcher(Protocol):
    """An object that is shown all texts of a pass: ``look`` on many threads, ``take`` in the order of the chunks."""

    def look(self, chunk: TextChunk, stream: TokenStream) -> Any: ...
    def take(self, found: Any) -> None: ...


def watch(read: Callable[[], Iterator[TextChunk]], spec: CountSpec, workers: int, watchers: Sequence[Watcher]) -> None:
    """Show texts, tokenised once, to all watchers, if there are any."""

    def look(chunk: TextChunk) -> list[object]:
        stream = counted_stream(chunk, spec)
        return [watcher.look(chunk, stream) for watcher in watchers]

    if watchers:
        for all_found in map_bounded(look, read(), workers):
            for watcher, found in zip(watchers, all_found, strict=True):
                watcher.take(found)


def counted_stream(chunk: TextChunk, spec: CountSpec) -> TokenStream:
    """The tokens of documents; those that were set aside when they were counted have none."""
    stream = stream_of(chunk.text, chunk.doc_offsets, spec)
    if not spec.sets_aside:
        return stream
    verdicts = judge(chunk.text, chunk.doc_offsets, stream.tokens, stream.doc_ends, chunk.endings)
    return stream.without(verdicts.is_suspect)
