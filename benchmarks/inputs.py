"""The inputs of the programs compared, at several sizes, from made or real text.

``python -m benchmarks.inputs FOLDER SEED CORPUS SIZE...`` (CORPUS may be empty) runs in a process of its own, so that
its memory is not counted as that of the programs started afterwards. Every smaller text is a part of the larger ones.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpus import read_documents, records, stream_documents, write_records
from benchmarks.rivals import write_text

N_MODELS = 4
FILES = ("corpus.jsonl", "corpus.jsonl.gz", "corpus.parquet")


def read_or_make(corpus: Path | None, n_bytes: int, seed: int) -> list[str]:
    """Documents of a real corpus in random order, or made ones."""
    if corpus is None:
        return [document for documents in stream_documents(n_bytes, seed) for document in documents.strings]
    documents = read_documents(corpus)
    random.Random(seed).shuffle(documents)
    return documents


def up_to(documents: Sequence[str], n_bytes: int) -> Sequence[str]:
    """The first documents, up to the one that brings their text to ``n_bytes``."""
    for i, document in enumerate(documents):
        n_bytes -= len(document.encode())
        if n_bytes <= 0:
            return documents[: i + 1]
    return documents


def write_inputs(folder: Path, documents: Sequence[str]) -> int:
    """Write a text in all forms; its bytes.

    ``common`` is what the rivals count: as ASCII, in which all of them mean the same by a letter, each document ended
    by a line end, by which C knows its end. ``original`` is the same without these changes.
    """
    write_text(folder / "common", (document.encode("ascii", "replace") + b"\n" for document in documents))
    write_text(folder / "original", (document.encode() for document in documents))
    for name in FILES:
        write_records(folder / name, iter([records(documents, 0, N_MODELS)]))
    return (folder / "original" / "text.bin").stat().st_size


def main() -> None:
    """Write inputs of some sizes, and print their true sizes as JSON."""
    root, seed, corpus, *sizes = sys.argv[1:]
    documents = read_or_make(Path(corpus) if corpus else None, max(map(int, sizes)), int(seed))
    written = {size: write_inputs(Path(root) / size, up_to(documents, int(size))) for size in sizes}
    json.dump(written, sys.stdout)


if __name__ == "__main__":
    main()
