"""The programs compared: each counts the same n-grams of the same text, and says what it found.

``python -m benchmarks.rivals PROGRAM FOLDER ORDERS WORKERS`` runs one of them, in a process of its own so that its peak
of memory is its own, and prints seconds and findings as JSON. Timed is the way from documents in memory, in the form
that the program likes best, to counts in memory; reading them is not, nor is what is done to compare the counts.

Words are lower-cased runs of ASCII letters; n-grams do not cross documents.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from heapq import nsmallest
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

# What a program does not need itself is imported inside the functions, or it would count as another one's memory.

CHUNK_BYTES = 4 << 20
TOP = 20
WARMING = 20
"""Documents counted before time is taken, so that compiled code is loaded."""

Orders = tuple[int, ...]


@dataclass(frozen=True)
class Finding:
    """What was counted of one order: all that two programs must agree on before their speeds are compared."""

    n: int
    n_distinct: int
    sum_of_squares: int
    top: tuple[tuple[str, int], ...]

    @staticmethod
    def of(counts: np.ndarray[Any, Any], name: Callable[[int], str]) -> Finding:
        """The finding of counts, whose i-th n-gram is called ``name(i)``."""
        counts = counts.astype(np.int64)
        least = np.sort(counts)[-TOP:].min(initial=0)
        rows = np.flatnonzero(counts >= least).tolist()
        named = ((name(i), int(counts[i])) for i in rows)
        return Finding(int(counts.sum()), len(counts), int((counts**2).sum()), most_frequent(named))


def most_frequent(named: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """The first n-grams by falling count, then by name."""
    return tuple(nsmallest(TOP, named, key=lambda row: (-row[1], row[0])))


@dataclass(frozen=True)
class Text:
    """Documents: UTF-8 ``text`` u8 cut at ``offsets`` i64 (one more than documents)."""

    text: np.ndarray[Any, np.dtype[np.uint8]]
    offsets: np.ndarray[Any, np.dtype[np.int64]]

    @staticmethod
    def read(folder: Path) -> Text:
        """The text that ``write`` wrote."""
        return Text(np.fromfile(folder / "text.bin", np.uint8), np.load(folder / "offsets.npy"))

    @property
    def strings(self) -> list[str]:
        """Each document as a string."""
        text = self.text.tobytes()
        return [text[a:b].decode() for a, b in pairwise(self.offsets.tolist())]

    def part(self, first: int, last: int) -> Text:
        """The documents from ``first`` to before ``last``."""
        offsets = self.offsets[first : last + 1]
        return Text(self.text[offsets[0] : offsets[-1]], offsets - offsets[0])


def write_text(folder: Path, documents: Iterable[bytes]) -> None:
    """Write documents for ``Text.read``."""
    folder.mkdir(parents=True)
    ends = [0]
    with (folder / "text.bin").open("wb") as file:
        for document in documents:
            ends.append(ends[-1] + file.write(document))
    np.save(folder / "offsets.npy", np.array(ends, np.int64))


# fastslop


def count_with_fastslop(text: Text, spec: Any, workers: int, chunk_bytes: int = CHUNK_BYTES) -> Any:
    """The packed profile of a text, cut into chunks as `fastslop count` does; the prompts are those of made files."""
    from benchmarks.language import PROMPT_DOCUMENTS
    from fastslop.counting.label_queue import MemoryShares, count_chunks
    from fastslop.reading.chunks import TextChunk
    from fastslop.system.spill import Spill

    def chunk(first: int, last: int) -> TextChunk:
        part = text.part(first, last)
        prompts = np.arange(first, last, dtype=np.uint64) // np.uint64(PROMPT_DOCUMENTS)
        return TextChunk("text", part.text, part.offsets, prompts)

    cuts = np.searchsorted(text.offsets, np.arange(0, text.offsets[-1], chunk_bytes)).tolist()
    chunks = (chunk(first, last) for first, last in pairwise([*cuts, len(text.offsets) - 1]) if first < last)
    with Spill(None) as spill:
        shares = MemoryShares(1 << 40, 1 << 40, 1 << 40)
        return next(count_chunks(chunks, spec, workers=workers, shares=shares, spill=spill))


def warm_up(text: Text, spec: Any, workers: int) -> None:
    """Count a little in several chunks, so that all kernels are loaded."""
    count_with_fastslop(text.part(0, WARMING), spec, workers, chunk_bytes=1 << 14)


def run_fastslop(text: Text, orders: Orders, workers: int) -> Run:
    """Counts with documents and prompts of every n-gram; nothing in fastslop counts less."""
    from fastslop.base.spec import CountSpec
    from fastslop.profiles.packed import unpack

    spec = CountSpec(
        tokeniser="letters/1", orders=orders, content_orders=(), mark_orders=(), stopwords=(), guards="count-only/1"
    )
    warm_up(text, spec, workers)
    start = perf_counter()
    packed = count_with_fastslop(text, spec, workers)
    elapsed = perf_counter() - start
    profile = unpack(packed)
    words = profile.vocabulary.tokens.to_list()
    return Run(elapsed, {order: _finding_of_table(profile.tables["word", order], words) for order in orders})


def _finding_of_table(grams: Any, words: Sequence[str]) -> Finding:
    return Finding.of(grams.n, lambda i: " ".join(words[j] for j in grams.ids[i]))


def run_fastslop_default(text: Text, orders: Orders, workers: int) -> Run:
    """The default specification: Unicode words, sentences, content n-grams, marks."""
    from fastslop.base.spec import PRESETS
    from fastslop.profiles.packed import unpack

    spec = PRESETS["default"]
    warm_up(text, spec, workers)
    start = perf_counter()
    packed = count_with_fastslop(text, spec, workers)
    elapsed = perf_counter() - start
    profile = unpack(packed)
    n_ngrams = sum(int(grams.n.sum()) for grams in profile.tables.values())
    return Run(elapsed, {}, n_tokens=profile.n_tokens, n_ngrams=n_ngrams)


# Others


def run_polars(text: Text, orders: Orders, workers: int) -> Run:
    """Explode, and group by the streaming engine: up to twice as fast as in memory, as integer codes or categories."""
    import polars as pl

    def count(series: pl.Series) -> dict[int, pl.DataFrame]:
        words = words_in_polars(series.to_frame(), "[a-z]+")
        return {order: count_order_in_polars(words, order, "streaming") for order in orders}

    documents = pl.Series("text", text.strings)
    count(documents.head(WARMING))
    start = perf_counter()
    counted = count(documents)
    elapsed = perf_counter() - start
    return Run(elapsed, {order: _finding_of_frame(frame) for order, frame in counted.items()})


def words_in_polars(texts: Any, pattern: str) -> Any:
    """The words ``w0`` of the column ``text`` that match a pattern, their document's number ``doc``, other columns."""
    import polars as pl

    words = pl.col("text").str.to_lowercase().str.extract_all(pattern)
    return texts.with_row_index("doc").select(pl.exclude("text"), w0=words).explode("w0").drop_nulls()


def count_order_in_polars(
    words: Any, order: int, engine: Any, *, by: Sequence[str] = (), with_documents: bool = False
) -> Any:
    """The n-grams of an order, ``w0``, ``w1``, ..., for each value of the columns ``by``.

    How often each occurs is ``n``; in how many documents, ``n_docs``.
    """
    import polars as pl

    following = [pl.col("w0").shift(-k).alias(f"w{k}") for k in range(1, order)]
    in_document = pl.col("doc") == pl.col("doc").shift(1 - order)
    counts = [pl.len().alias("n"), *([pl.col("doc").n_unique().alias("n_docs")] if with_documents else [])]
    grams = words.lazy().with_columns(following).filter(in_document)
    return grams.group_by([*by, *(f"w{k}" for k in range(order))]).agg(counts).collect(engine=engine)


def _finding_of_frame(frame: Any) -> Finding:
    words = frame.drop("n")
    return Finding.of(frame["n"].to_numpy(), lambda i: " ".join(words.row(i)))


def run_scikit_learn(text: Text, orders: Orders, workers: int) -> Run:
    """CountVectorizer, which makes a matrix of documents by n-grams."""
    from sklearn.feature_extraction.text import CountVectorizer

    documents = text.strings
    start = perf_counter()
    vectorizer = CountVectorizer(ngram_range=(orders[0], orders[-1]), token_pattern="[a-z]+", dtype=np.int64)
    counts = np.asarray(vectorizer.fit_transform(documents).sum(axis=0)).ravel()
    elapsed = perf_counter() - start
    names = vectorizer.get_feature_names_out()
    n_words = np.array([name.count(" ") + 1 for name in names])
    of_order = {order: np.flatnonzero(n_words == order) for order in orders}
    return Run(elapsed, {order: _finding_of_names(counts[rows], names[rows]) for order, rows in of_order.items()})


def _finding_of_names(counts: np.ndarray[Any, Any], names: Sequence[str]) -> Finding:
    return Finding.of(counts, lambda i: str(names[i]))


def run_python(text: Text, orders: Orders, workers: int) -> Run:
    """A ``Counter`` for each order, fed with ``zip``."""
    documents = text.strings
    pattern = re.compile("[a-z]+")
    start = perf_counter()
    counters: dict[int, Counter[Any]] = {order: Counter() for order in orders}
    for document in documents:
        words = pattern.findall(document.lower())
        for order, counter in counters.items():
            counter.update(words if order == 1 else zip(*(words[k:] for k in range(order)), strict=False))
    elapsed = perf_counter() - start
    return Run(elapsed, {order: _finding_of_counter(counter) for order, counter in counters.items()})


def _finding_of_counter(counter: Mapping[Any, int]) -> Finding:
    keys = list(counter)
    counts = np.fromiter(counter.values(), np.int64, len(keys))
    return Finding.of(counts, lambda i: keys[i] if isinstance(keys[i], str) else " ".join(keys[i]))


@dataclass(frozen=True)
class Run:
    """Seconds that the counting took, and what it found; ``n_tokens`` where there is no common finding."""

    elapsed_s: float
    findings: Mapping[int, Finding]
    n_tokens: int | None = None
    n_ngrams: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with the number of n-grams."""
        findings: dict[str, Any] = {str(order): asdict(finding) for order, finding in self.findings.items()}
        return {
            "elapsed_s": self.elapsed_s,
            "n_ngrams": self.n_ngrams or sum(finding.n for finding in self.findings.values()),
            "findings": findings or {"n_tokens": self.n_tokens},
        }


PROGRAMS: Mapping[str, Callable[[Text, Orders, int], Run]] = {
    "fastslop": run_fastslop,
    "fastslop-default": run_fastslop_default,
    "polars": run_polars,
    "scikit-learn": run_scikit_learn,
    "python": run_python,
}


def main() -> None:
    """Run one program."""
    name, folder, orders, workers = sys.argv[1:]
    run = PROGRAMS[name](Text.read(Path(folder)), tuple(map(int, orders.split(","))), int(workers))
    json.dump(run.to_dict(), sys.stdout)


if __name__ == "__main__":
    main()
