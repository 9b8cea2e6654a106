"""Counts by model, and slop-forensics' job, from strings in memory: ``python -m benchmarks.job_rivals PROGRAM SOURCE``.

Runs one program on the texts of all models, in a process of its own, and prints seconds and findings as JSON. Timed is
the way from strings in memory to what is made of them in memory, with compiled code loaded.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from time import perf_counter
from typing import Any

import polars as pl

from benchmarks.file_rivals import LETTERS, first_documents
from benchmarks.files import LETTERS as LETTERS_SPEC
from benchmarks.files import ORDERS
from benchmarks.rivals import WARMING, count_order_in_polars, words_in_polars
from benchmarks.slop_forensics import count_tables, fingerprint, tree

SAMPLE = 100_000
"""Text of each model, in bytes, that slop-forensics is given: it makes half a megabyte a second."""


@dataclass(frozen=True)
class Finding:
    """The n-grams of an order that were counted: each model's different ones, their occurrences, their documents."""

    n_distinct: int
    n: int
    n_docs: int

    @staticmethod
    def of(models: Iterable[tuple[Any, Any]]) -> Finding:
        """The finding of the occurrences and the documents of each n-gram, model by model."""
        each = [(len(n), int(n.sum()), int(n_docs.sum())) for n, n_docs in models]
        return Finding(*map(sum, zip(*each, strict=True)))


@dataclass(frozen=True)
class Made:
    """Seconds that a program took, the text that it read, and what it counted of each order."""

    elapsed_s: float
    n_bytes: int
    findings: Mapping[int, Finding] = field(default_factory=dict)


def run_polars(texts: pl.DataFrame) -> Made:
    """One model after the other: the fastest way, and in the least memory."""

    def count(models: Iterable[pl.DataFrame]) -> list[list[pl.DataFrame]]:
        return [_orders(words_in_polars(model.select(text="output"), LETTERS)) for model in models]

    count([texts.head(WARMING)])
    models = texts.partition_by("model")
    start = perf_counter()
    counted = count(models)
    return Made(perf_counter() - start, _n_bytes(texts), _findings(zip(*counted, strict=True)))


def run_polars_at_once(texts: pl.DataFrame) -> Made:
    """All models in one table, grouped by model: what one writes first."""

    def count(texts: pl.DataFrame) -> list[pl.DataFrame]:
        return _orders(words_in_polars(texts.select("model", text="output"), LETTERS), ["model"])

    count(texts.head(WARMING))
    start = perf_counter()
    counted = count(texts)
    return Made(perf_counter() - start, _n_bytes(texts), _findings([frame] for frame in counted))


def _orders(words: pl.DataFrame, by: Sequence[str] = ()) -> list[pl.DataFrame]:
    """The counts of each order, with documents."""
    return [count_order_in_polars(words, order, "streaming", by=by, with_documents=True) for order in ORDERS]


def _findings(counted: Iterable[Iterable[pl.DataFrame]]) -> dict[int, Finding]:
    """The findings of the frames of each order."""
    orders = (Finding.of((frame["n"], frame["n_docs"]) for frame in frames) for frames in counted)
    return dict(zip(ORDERS, orders, strict=True))


def run_fastslop(texts: pl.DataFrame, spec: str) -> Made:
    """``fastslop.count`` by a preset, or by ``letters``: what Polars counts, and prompts."""
    import fastslop as fs

    chosen = fs.CountSpec.from_dict(LETTERS_SPEC | {"orders": [*ORDERS]}) if spec == "letters" else spec
    fs.count(texts.head(WARMING), spec=chosen)
    start = perf_counter()
    counted = fs.count(texts, spec=chosen)
    elapsed = perf_counter() - start

    def tables(order: int) -> Iterator[tuple[Any, Any]]:
        """One profile's after the other, lest they be the peak of memory."""
        for member in counted.members:
            grams = member.read([("word", order)]).tables["word", order]
            yield grams.n, grams.n_docs

    return Made(elapsed, _n_bytes(texts), {order: Finding.of(tables(order)) for order in ORDERS})


def run_slop_forensics(texts: pl.DataFrame) -> Made:
    """The profile of each model, its fingerprint, and the tree; its lists and drawings are left out."""
    models = {
        model: of_model.select("prompt", "output").rows()
        for (model,), of_model in texts.partition_by("model", as_dict=True).items()
    }
    fingerprint(count_tables(texts.head(WARMING).select("prompt", "output").rows()))
    start = perf_counter()
    tree({model: fingerprint(count_tables(rows)) for model, rows in models.items()})
    return Made(perf_counter() - start, _n_bytes(texts))


def _n_bytes(texts: pl.DataFrame) -> int:
    return int(texts["output"].str.len_bytes().cast(pl.Int64).sum())


PROGRAMS: Mapping[str, Callable[[pl.DataFrame], Made]] = {
    "polars": run_polars,
    "polars-at-once": run_polars_at_once,
    "fastslop-letters": partial(run_fastslop, spec="letters"),
    "fastslop-words": partial(run_fastslop, spec="words"),
    "fastslop-default": partial(run_fastslop, spec="default"),
    "slop-forensics": run_slop_forensics,
}


def main() -> None:
    """Run one program."""
    program, source = sys.argv[1:]
    most = SAMPLE if program == "slop-forensics" else sys.maxsize
    made = PROGRAMS[program](first_documents(pl.scan_ndjson(source), most))
    json.dump(asdict(made), sys.stdout)


if __name__ == "__main__":
    main()
