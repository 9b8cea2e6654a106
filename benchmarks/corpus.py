"""Made text of any size as documents in memory or as files: JSON Lines or Parquet; and real text by its path.

Document i depends on the seed and i alone (see ``language.py``): parts can be made in any order, on any machine.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.io.plugins import register_io_source

from benchmarks.language import GENERATIONS, MAX_DOCUMENT, PROMPT_DOCUMENTS, Register, pieces, put_documents
from fastslop.reading.corpus import read_chunks
from fastslop.reading.tally import Tally
from fastslop.system.threads import map_bounded, n_cores

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]

CHUNK_DOCUMENTS = 512
ROW_GROUP = 2048
SCHEMA = pl.Schema({"model": pl.String, "prompt": pl.String, "output": pl.String})


@dataclass(frozen=True)
class Documents:
    """Documents ``first``, ``first + 1``, ...: UTF-8 ``text`` cut at ``offsets`` (one more than documents)."""

    first: int
    text: Bytes
    offsets: Offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def strings(self) -> list[str]:
        """Each document's text."""
        return cut(self.text, self.offsets)


def records(documents: Sequence[str], first: int, n_models: int) -> pl.DataFrame:
    """Documents ``first``, ``first + 1``, ... as records: the models take turns, and all of them answer each prompt."""
    numbers = range(first, first + len(documents))
    columns = {
        "model": [f"model-{i % n_models:02d}" for i in numbers],
        "prompt": [f"prompt {i // PROMPT_DOCUMENTS}" for i in numbers],
        "output": documents,
    }
    return pl.DataFrame(columns, schema=SCHEMA)


def cut(text: Bytes, offsets: Offsets) -> list[str]:
    """The documents of a text, as strings."""
    joined, ends = text.tobytes(), offsets.tolist()
    return [joined[a:b].decode() for a, b in pairwise(ends)]


def make_documents(seed: int, first: int, n_docs: int, register: Register = GENERATIONS) -> Documents:
    """Documents ``first`` to ``first + n_docs``."""
    out = np.empty(n_docs * MAX_DOCUMENT, np.uint8)  # most of it is never touched, and takes no memory
    offsets = np.zeros(n_docs + 1, np.int64)
    put_documents(seed, first, register.laws, pieces(), out, offsets)
    return Documents(first, out[: offsets[-1]].copy(), offsets)


def stream_documents(n_bytes: int, seed: int, register: Register = GENERATIONS) -> Iterator[Documents]:
    """Documents 0, 1, ... in chunks, up to the one that brings the text to ``n_bytes``; made on all cores."""
    left = n_bytes
    firsts = count(step=CHUNK_DOCUMENTS)
    for documents in map_bounded(
        lambda first: make_documents(seed, first, CHUNK_DOCUMENTS, register), firsts, n_cores()
    ):
        n = min(int(np.searchsorted(documents.offsets, left)), len(documents))
        yield Documents(documents.first, documents.text[: documents.offsets[n]], documents.offsets[: n + 1])
        left -= int(documents.offsets[n])
        if left <= 0:
            return


# Files


def write_corpus(path: Path, n_bytes: int, seed: int, *, n_models: int = 4, register: Register = GENERATIONS) -> int:
    """Write ``n_bytes`` of text as ``.jsonl``, ``.jsonl.gz`` or ``.parquet`` in bounded memory; the documents written.

    Parameters
    ----------
    n_bytes : bytes of text (UTF-8, without the file's own), rounded up to a whole document
    n_models : labels, which differ in nothing but their names
    """
    n_docs = 0

    def frames() -> Iterator[pl.DataFrame]:
        nonlocal n_docs
        for documents in stream_documents(n_bytes, seed, register):
            n_docs += len(documents)
            yield records(documents.strings, documents.first, n_models)

    write_records(path, frames())
    return n_docs


def write_records(path: Path, frames: Iterator[pl.DataFrame]) -> None:
    """Write records frame by frame in the format that the ending of ``path`` names.

    Raises
    ------
    ValueError : it names none
    """
    if path.suffix == ".parquet":
        # Anything but small row groups keeps the whole file in memory until its end.
        source = register_io_source(lambda *_: frames, schema=SCHEMA)
        source.sink_parquet(path, row_group_size=ROW_GROUP, maintain_order=True)
        return
    with _open_lines(path) as file:
        for frame in frames:
            lines = (json.dumps(row, ensure_ascii=False) for row in frame.iter_rows(named=True))
            file.write("".join(f"{line}\n" for line in lines).encode())


def _open_lines(path: Path) -> BinaryIO | gzip.GzipFile:
    if path.name.endswith(".jsonl.gz"):
        return gzip.GzipFile(path, "wb", compresslevel=1, mtime=0)
    if path.suffix == ".jsonl":
        return path.open("wb")
    raise ValueError(f"{path}: a corpus is written as .jsonl, .jsonl.gz or .parquet")


def read_documents(path: Path) -> list[str]:
    """All documents of a real corpus: a file or a folder that fastslop can read."""
    return [
        document for chunk in read_chunks([str(path)], tally=Tally()) for document in cut(chunk.text, chunk.doc_offsets)
    ]


def main() -> None:
    """Write a file of made text: ``python -m benchmarks.corpus PATH N_BYTES SEED``."""
    path, n_bytes, seed = sys.argv[1:]
    write_corpus(Path(path), int(n_bytes), int(seed))


if __name__ == "__main__":
    main()
