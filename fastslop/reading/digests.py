"""Digests of inputs, by which a source is recognised; they are taken of what is read, while it is read.

A source is known by two things. How it *begins* can be told by whoever reads a part of it only, so it tells that two
profiles may be of one source. Its *sum* over all documents that were read tells whether they are: sums of the parts
add up to that of the whole, in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from fastslop.base.hashing import hash_texts, mixed
from fastslop.base.sources import hexadecimal
from fastslop.reading.compression import unpacked
from fastslop.reading.documents import Documents
from fastslop.reading.fields import Document
from fastslop.system.object_paths import AnyPath

HEAD = 8
"""Documents by which a source is said to begin: few, as they are looked at in every file by every shard."""
HEAD_BYTES = 1 << 16
"""Bytes that are looked at of each text of a folder that has no more than ``HEAD`` of them."""
BEGINNING_BYTES = 8
"""Bytes of the digest of a beginning."""


@dataclass(frozen=True)
class Source:
    """An input that was read.

    ``digest`` depends on the texts and prompts that were read of it, not on its name, how it is packed or in which
    order they are behind the first few. ``n_bytes`` is its size as stored, or for a stream that of its text.
    """

    name: str
    n_bytes: int
    digest: str


class Beginning(NamedTuple):
    """How an input begins: a digest of its first documents, and its stored size; None where that is not known."""

    digest: str
    n_stored: int | None


@dataclass
class SourceDigest:
    """Sums over the documents of an input, by label, and of how many bytes they are.

    Each document has two hashes of 64 bits, of its text and its prompt; a sum is taken modulo 2^64. They tell chance,
    not malice: whoever wants to can write any digest into a profile.
    """

    n_bytes: int = 0
    sums: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, documents: Documents) -> None:
        """Add the texts of documents and their prompts."""
        self.n_bytes += int(documents.offsets[-1])
        texts, prompts = hash_texts(documents.text, documents.offsets), documents.prompt_keys
        first, second = mixed(mixed(texts) + prompts), mixed(mixed(~prompts) + texts)
        for label, docs in documents.by_label():
            before = self.sums.get(label, (0, 0))
            self.sums[label] = before[0] + int(first[docs].sum()), before[1] + int(second[docs].sum())

    def of_label(self, label: str) -> str:
        """The sum of a label's documents, 32 hexadecimal digits."""
        return hexadecimal(*self.sums[label])

    def of_all(self) -> str:
        """The sum of all documents."""
        return hexadecimal(sum(a for a, _ in self.sums.values()), sum(b for _, b in self.sums.values()))


def beginning_of(documents: Iterable[Document], reasoning: str) -> str:
    """How an input begins, of the first documents that have a text, as they are before they are cleaned; what is done
    with ``reasoning`` makes other texts of them."""
    digest = sha256(reasoning.encode())
    for one in documents:
        for text in (one.generation.text, one.prompt or ""):
            encoded = text.encode(errors="surrogatepass")
            digest.update(len(encoded).to_bytes(8, "little") + encoded)
    return digest.digest()[:BEGINNING_BYTES].hex()


def beginning_of_texts(paths: Sequence[AnyPath], reasoning: str) -> str:
    """How an input of texts, a file each, begins: where there are few, how each of them begins, else all their sizes.
    Names, and so their order, do not matter."""
    digest = sha256(reasoning.encode())
    if len(paths) > HEAD:
        digest.update(np.sort([path.stat().st_size for path in paths]).astype("<i8").tobytes())
    else:
        digest.update(b"".join(sorted(map(_head_of, paths))))
    return digest.digest()[:BEGINNING_BYTES].hex()


def _head_of(path: AnyPath) -> bytes:
    with unpacked(path) as stream:
        return sha256(stream.content.read(HEAD_BYTES)).digest()


def division_of(inputs: Iterable[Beginning], n_shards: int) -> str:
    """The name of a division of inputs, in their order, into so many shards.

    A file that has grown between two shards gives another division, so that these are not added up.
    """
    content = sha256(f"{n_shards}".encode())
    for one in inputs:
        content.update(f" {one.digest} {one.n_stored}".encode())
    return content.digest()[:BEGINNING_BYTES].hex()
