"""Documents of any label to chunks of text, each of one label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.reading.documents import copy_documents
from fastslop.base.arrays import offsets_of
from fastslop.reading.documents import Documents
from fastslop.system.budget import Budget
from fastslop.tokens.unicode import PADDING

FIRST_BYTES = 4 << 20
"""Bytes of text that close the first chunks."""
GROWTH = 12
"""Later chunks are closed by a twelfth of the text read so far."""
MOST_CHUNKS = 4
"""Chunks whose text may wait, over the open chunks of all labels."""
CHUNK_WORKING, CHUNK_WAITING = 8, 10
"""Memory in times the text of a chunk: of each that is tokenised, and of all that are read or wait."""
MAX_CHUNK = 16 << 20
"""Most bytes of text that close a chunk."""


def chunk_bytes_of(budget: Budget) -> int:
    """Bytes of text that close a chunk, so that all chunks in work at once fit into an eighth of the spare memory."""
    each = budget.spare_bytes // 8 // (CHUNK_WORKING * budget.n_workers + CHUNK_WAITING)
    return min(max(each, 1 << 20), MAX_CHUNK)


@dataclass(frozen=True)
class TextChunk:
    """Documents of one label.

    ``text``: their UTF-8, one after the other, and ``PADDING`` bytes. ``doc_offsets`` (n_docs + 1) cut it.
    ``prompt_keys`` (n_docs): the hash of the prompt, or of the document itself where no prompt is known. ``endings``
    (n_docs): how each ended, None if that is not told of any.
    """

    label: str
    text: NDArray[np.uint8]
    doc_offsets: NDArray[np.int64]
    prompt_keys: NDArray[np.uint64]
    endings: NDArray[np.uint8] | None = None


class KeptChunks:
    """Chunks that a job reads, kept for another that looks at the same texts; none of them if they are too many."""

    def __init__(self, most_bytes: int) -> None:
        self._room = most_bytes
        self.chunks: list[TextChunk] = []
        self.is_whole = False

    def kept(self, chunks: Iterable[TextChunk]) -> Iterator[TextChunk]:
        """Yield the chunks, and keep them."""
        for chunk in chunks:
            self._room -= chunk.text.nbytes
            self.chunks = [] if self._room < 0 else self.chunks
            if self._room >= 0:
                self.chunks.append(chunk)
            yield chunk
        self.is_whole = self._room >= 0


class _OpenChunk:
    """A chunk of a label while it is filled."""

    def __init__(self) -> None:
        self.text, self.n_bytes = np.empty(0, np.uint8), 0
        self.ends, self.keys = [np.zeros(1, np.int64)], [np.empty(0, np.uint64)]
        self.endings = [np.empty(0, np.uint8)]

    def add(self, documents: Documents, docs: NDArray[np.int64], room: int) -> None:
        """Copy the documents ``docs``; if there is no room for them, all texts move to a new one of ``room`` bytes."""
        starts, lengths = documents.offsets[docs], documents.lengths(docs)
        new_ends = self.n_bytes + np.cumsum(lengths)
        if new_ends[-1] + PADDING > len(self.text):
            text = np.empty(max(int(new_ends[-1]) + PADDING, room), np.uint8)
            text[: self.n_bytes] = self.text[: self.n_bytes]
            self.text = text
        copy_documents(documents.text, starts, starts + lengths, self.text[self.n_bytes :])
        self.n_bytes = int(new_ends[-1])
        self.ends.append(new_ends)
        self.keys.append(documents.prompt_keys[docs])
        self.endings.append(documents.endings_of(docs))

    def closed(self, label: str) -> TextChunk:
        """The finished chunk of a label; unused room is given back."""
        self.text[self.n_bytes : self.n_bytes + PADDING] = 0
        self.text.resize(self.n_bytes + PADDING, refcheck=False)
        endings = np.concatenate(self.endings)
        by_document = np.concatenate(self.ends), np.concatenate(self.keys), endings if endings.any() else None
        return TextChunk(label, self.text, *by_document)


class Filling:
    """Documents that wait for their chunk to fill, by label."""

    def __init__(self, chunk_bytes: int) -> None:
        self.largest = chunk_bytes
        self.n_read = self.n_waiting = 0
        self.open: dict[str, _OpenChunk] = {}

    @property
    def chunk_bytes(self) -> int:
        """Bytes of text that close a chunk: few at first, or workers would wait until a small corpus is read."""
        return min(self.largest, max(FIRST_BYTES, self.n_read // GROWTH))

    def add(self, label: str, documents: Documents, docs: NDArray[np.int64]) -> Iterator[TextChunk]:
        """Add the documents ``docs`` of a label; yields chunks that are then full, and those that have to make room."""
        offsets = offsets_of(documents.lengths(docs))
        start = 0
        self.n_read += int(offsets[-1])
        while start < docs.size:
            chunk = self.open.setdefault(label, _OpenChunk())
            full = offsets[start] + self.chunk_bytes - chunk.n_bytes
            stop = min(int(np.searchsorted(offsets, full)), docs.size)
            needed = chunk.n_bytes + int(offsets[stop] - offsets[start])
            is_full = needed >= self.chunk_bytes
            fair = min(MOST_CHUNKS * self.chunk_bytes // len(self.open), self.chunk_bytes)  # a label's share of all
            room = needed if is_full else max(2 * needed, fair + fair // 8)  # the last document may go beyond
            self.n_waiting += needed - chunk.n_bytes
            chunk.add(documents, docs[start:stop], room)
            if is_full:
                yield self._closed(label)
            start = stop
        while self.n_waiting > MOST_CHUNKS * self.chunk_bytes:
            yield self._closed(min(self.open, key=lambda name: (-self.open[name].n_bytes, name)))

    def rest(self) -> Iterator[TextChunk]:
        """Yield the open chunks of all labels, however full they are."""
        for label in sorted(self.open):
            yield self._closed(label)

    def _closed(self, label: str) -> TextChunk:
        chunk = self.open.pop(label)
        self.n_waiting -= chunk.n_bytes
        return chunk.closed(label)
