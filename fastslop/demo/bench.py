"""A self-test of speed: the same text counted by fastslop and by plain Python, which must agree."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from fastslop.base.errors import FastslopError
from fastslop.base.spec import CountSpec
from fastslop.counting.count import count
from fastslop.counting.one_label import count_documents
from fastslop.demo import models
from fastslop.profiles.rows import texts_of
from fastslop.reading.chunks import TextChunk
from fastslop.system.threads import n_cores
from fastslop.tokens.tokeniser import tokenise

PLAIN_BYTES = 1_000_000
"""Bytes of text, about, that plain Python counts."""
ORDERS = (1, 2, 3)
LETTERS = CountSpec(
    tokeniser="letters/1", orders=ORDERS, content_orders=(), mark_orders=(), stopwords=(), guards="count-only/1"
)
"""A specification by which nothing breaks an n-gram, so that plain Python needs three lines for the same counts."""


@dataclass(frozen=True)
class Timing:
    """A time: what was timed, on how many threads (``workers``) and bytes of text, and how long it took."""

    what: str
    workers: int
    n_bytes: int
    seconds: float

    @property
    def mb_per_s(self) -> float:
        """MB of text in a second."""
        return self.n_bytes / 1e6 / self.seconds


def self_test(n_bytes: int, seed: int = 0) -> Iterator[Timing]:
    """Time plain Python, then ``count`` with word 1-3-grams and with the default specification, on 1 to all cores.

    Raises
    ------
    FastslopError
        If two ways of counting the same text disagree.
    """
    with tempfile.TemporaryDirectory(prefix="fastslop-bench-") as name:
        folder = Path(name)
        path = folder / "text.jsonl"
        texts = _write_generations(path, n_bytes, seed)
        count(path)  # compiles, or loads what is compiled
        yield _plain_python(texts)
        for spec in ("words", "default"):
            profiles = set()
            for workers in sorted({1, n_cores()}):
                out = folder / f"{spec}-{workers}"
                counted = count(path, out=out, spec=spec, workers=workers).result
                profiles.add(tuple(p.path.read_bytes() for p in counted.profiles if isinstance(p.path, Path)))
                what = "word 1-3-grams, documents, prompts" if spec == "words" else "the default specification"
                yield Timing(f"fastslop count: {what}", workers, counted.tally.n_bytes, counted.elapsed_s)
            if len(profiles) > 1:
                raise FastslopError(f"the profiles of {spec!r} differ between numbers of workers; please report this")


def _write_generations(path: Path, n_bytes: int, seed: int) -> list[str]:
    """Write synthetic generations of that size as JSONL; returns their texts."""
    texts: list[str] = []
    size = 0
    with path.open("w", encoding="utf-8") as file:
        for turn in itertools.count(seed):
            for record in models.generate(turn):
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
                texts.append(record["output"])
                size += len(texts[-1].encode())
                if size >= n_bytes:
                    return texts
    raise AssertionError


def _plain_python(texts: list[str]) -> Timing:
    """Time ``Counter`` on the first texts, tokenised already, and compare its counts with ours."""
    some = texts[: max(1, int(np.searchsorted(np.cumsum([len(t.encode()) for t in texts]), PLAIN_BYTES)))]
    tokens = [tokenise(text, LETTERS) for text in some]
    start = perf_counter()
    counts: Counter[str] = Counter()
    for words in tokens:
        for order in ORDERS:
            counts.update(map(" ".join, zip(*(words[i:] for i in range(order)), strict=False)))
    seconds = perf_counter() - start
    encoded = [text.encode() for text in some]
    chunk = TextChunk(
        "text",
        np.frombuffer(b"".join(encoded), np.uint8).copy(),
        np.cumsum([0, *map(len, encoded)]),
        np.zeros(len(some), np.uint64),
    )
    profile = count_documents(chunk, LETTERS)
    ours: Counter[str] = Counter()
    for table, grams in profile.tables.items():
        ours.update(dict(zip(texts_of(profile, table, np.arange(len(grams.n))), grams.n.tolist(), strict=True)))
    if ours != counts:
        raise FastslopError("fastslop and plain Python count the same text differently; please report this")
    return Timing("plain Python Counter: word 1-3-grams (split already)", 1, len(b"".join(encoded)), seconds)
