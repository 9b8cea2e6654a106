"""Other ways to count what ``fastslop count`` counts of a file: Polars, and slop-forensics' method with NLTK.

``python -m benchmarks.file_rivals PROGRAM PATH N_BYTES`` runs one of them, in a process of its own, on the first
``N_BYTES`` of each label's text, and prints seconds and findings as JSON. Timed is the way from strings in memory to
counts in memory: reading and parsing the file, which ``fastslop count`` does too, is a gift to them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from time import perf_counter
from typing import Any

import polars as pl

from benchmarks.files import ORDERS
from benchmarks.rivals import count_order_in_polars, words_in_polars
from benchmarks.slop_forensics import count_tables

LETTERS = r"[\p{L}\p{M}]+"

Found = Mapping[str, Any]


def labels_of(path: str) -> list[str]:
    """The models of a file of made text, sorted."""
    return sorted(pl.scan_ndjson(path).select(pl.col("model").unique()).collect().to_series())


def documents_of(path: str, label: str, n_bytes: int) -> pl.DataFrame:
    """The first documents of a label, with their prompts, up to ``n_bytes`` of text."""
    return first_documents(pl.scan_ndjson(path).filter(pl.col("model") == label), n_bytes)


def first_documents(documents: pl.LazyFrame, n_bytes: int) -> pl.DataFrame:
    """The first of each model, with their prompts, up to ``n_bytes`` of text."""
    so_far = pl.col("output").str.len_bytes().cast(pl.Int64).cum_sum().over("model")
    return documents.select("model", "prompt", "output").filter(so_far <= n_bytes).collect()


def with_polars(documents: pl.DataFrame, engine: str) -> dict[str, int]:
    """How many different n-grams of each order there are, of words as runs of letters: exploded and grouped.

    All of a model's text at once, which takes 30 times as much memory. In parts whose counts are then summed it took
    half as long again.
    """
    words = words_in_polars(documents.select(text="output"), LETTERS)
    return {str(order): count_order_in_polars(words, order, engine).height for order in ORDERS}


def with_slop_forensics(documents: pl.DataFrame) -> dict[str, int]:
    """How many different words and content n-grams there are, by slop-forensics' method, with their prompts."""
    tables = count_tables(list(documents.select("prompt", "output").iter_rows()))
    return {name: len(table.counts) for name, table in tables.items()}


PROGRAMS: Mapping[str, Callable[[pl.DataFrame], dict[str, int]]] = {
    "polars": partial(with_polars, engine="streaming"),
    "polars-in-memory": partial(with_polars, engine="in-memory"),
    "slop-forensics": with_slop_forensics,
}


def run(program: str, path: str, n_bytes: int) -> Found:
    """Seconds of all labels together, the text counted, and what was found of each label."""
    elapsed, counted_bytes, found = 0.0, 0, {}
    for label in labels_of(path):
        documents = documents_of(path, label, n_bytes)
        counted_bytes += int(documents["output"].str.len_bytes().cast(pl.Int64).sum())
        start = perf_counter()
        found[label] = PROGRAMS[program](documents)
        elapsed += perf_counter() - start
    return {"elapsed_s": elapsed, "n_bytes": counted_bytes, "n_distinct": found}


def main() -> None:
    """Run one program."""
    program, path, n_bytes = sys.argv[1:]
    json.dump(run(program, path, int(n_bytes)), sys.stdout)


if __name__ == "__main__":
    main()
