"""Made text of many labels as a file: ``python -m benchmarks.job_inputs PATH N_BYTES N_MODELS DOCUMENT_BYTES SEED``.

Documents are cut at spaces into pieces of about ``DOCUMENT_BYTES``; every model answers every prompt.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from benchmarks.corpus import SCHEMA, stream_documents, write_records


def pieces_of(document: str, size: int) -> Iterator[str]:
    """A document in pieces of about so many characters, cut at spaces."""
    begin = 0
    while begin < len(document):
        end = document.find(" ", begin + size)
        end = len(document) if end < 0 else end
        yield document[begin:end]
        begin = end + 1


def main() -> None:
    """Write the file."""
    path, n_bytes, n_models, size, seed = sys.argv[1], *map(int, sys.argv[2:])
    n = 0

    def frames() -> Iterator[pl.DataFrame]:
        nonlocal n
        for documents in stream_documents(n_bytes, seed):
            texts = [piece for document in documents.strings for piece in pieces_of(document, size)]
            numbers = range(n, n + len(texts))
            n += len(texts)
            columns = {
                "model": [f"model-{i % n_models:03d}" for i in numbers],
                "prompt": [f"prompt {i // n_models}" for i in numbers],
                "output": texts,
            }
            yield pl.DataFrame(columns, schema=SCHEMA)

    write_records(Path(path), frames())


if __name__ == "__main__":
    main()
