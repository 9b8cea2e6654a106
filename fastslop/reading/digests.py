"""Digests of files and of streams, by which a source is recognised."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np

from fastslop.reading.documents import Documents
from fastslop.reading.inputs import InputFile
from fastslop.reading.options import ReadOptions

ENDS_BYTES = 1 << 20
"""Bytes at either end of a file that go into its digest."""


@dataclass(frozen=True)
class Source:
    """An input that was read.

    ``digest`` depends on its content (and the shard), not on its name. ``n_bytes`` is its size as stored, or for a
    stream that of its text.
    """

    name: str
    n_bytes: int
    digest: str


class StreamDigest:
    """Digest of the text of an input that is not on disk; where its batches begin does not matter."""

    def __init__(self) -> None:
        self.n_bytes = 0
        self.texts, self.lengths = blake2b(digest_size=16), blake2b(digest_size=16)

    def add(self, documents: Documents) -> None:
        """Add the texts of documents."""
        offsets = documents.offsets
        self.n_bytes += int(offsets[-1])
        self.texts.update(documents.text[: offsets[-1]].data)
        self.lengths.update(np.diff(offsets).astype("<i8").tobytes())

    def digest(self) -> bytes:
        """The digest of all texts so far."""
        return self.texts.digest() + self.lengths.digest()


def source_of(file: InputFile, options: ReadOptions, stream: StreamDigest) -> Source:
    """The source of an input, by the files on disk or by what was read of a stream; each shard is another source."""
    content = blake2b(digest_size=16)
    if file.paths:
        digests = sorted(_digest_of(path) for path in file.paths)
        n_bytes = sum(path.stat().st_size for path in file.paths)
    else:
        digests, n_bytes = [stream.digest()], stream.n_bytes
    content.update(b"".join(digests))
    if options.shard[1] > 1:
        content.update("/".join(map(str, options.shard)).encode())
    return Source(file.name, n_bytes, content.hexdigest())


def _digest_of(path: Path) -> bytes:
    """Digest of a file's size and of the first and last MiB."""
    n_bytes = path.stat().st_size
    digest = blake2b(n_bytes.to_bytes(8, "little"), digest_size=16)
    with path.open("rb") as stream:
        digest.update(stream.read(ENDS_BYTES))
        stream.seek(max(0, n_bytes - ENDS_BYTES))
        digest.update(stream.read(ENDS_BYTES))
    return digest.digest()
