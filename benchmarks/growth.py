"""How distinct words, bigrams and trigrams grow with the text, in the made corpora and in real ones.

``python -m benchmarks.growth`` measures, writes ``growth.json`` and renews the table in README.md.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.corpus import Bytes, Offsets, read_documents, stream_documents
from benchmarks.language import PAIRS, REGISTERS, Register, mix
from benchmarks.reporting import HERE, markdown_table, renew_readme, size, write_json

Hashes = NDArray[np.uint64]

kernel = njit(cache=True, nogil=True)

REAL = {"generations": "slop-score", "fiction": "human-fiction"}
SIZES = {"generations": (6.0, 12.0, 24.0, 48.0), "fiction": (5.5, 11.0, 22.0, 44.0)}
"""In MB: eighths, quarters, halves and nearly all of the real corpora."""
LARGE = (300.0, 1000.0)
PART = 20
"""Documents taken in at once, so that curves are measured at nearly the size asked for."""
SAMPLED = np.uint64(15)
"""One of 16 bigrams and trigrams is looked at, the same ones everywhere: an error of less than half a per cent."""


@dataclass(frozen=True)
class Point:
    """Words (runs of ASCII letters, lower-cased) of a text, and how many words, bigrams and trigrams are distinct.

    ``pairs`` and ``triples`` are shares of the words; n-grams do not cross documents.
    """

    n_bytes: int
    n_words: int
    n_distinct: int
    pairs: float
    triples: float


@kernel
def hash_ngrams(text, offsets, sampled, words, pairs, triples):
    """Hashes of all words, and of the bigrams and trigrams that are sampled; how many of each."""
    n = n_pairs = n_triples = 0
    for d in range(len(offsets) - 1):
        before = last = word = np.uint64(0)
        for i in range(offsets[d], offsets[d + 1] + 1):
            byte = text[i] | np.uint8(32) if i < offsets[d + 1] else np.uint8(0)
            if 97 <= byte <= 122:
                word = (word + np.uint64(byte)) * PAIRS
            elif word != 0:
                word = mix(word)
                words[n] = word
                n += 1
                pair, triple = mix(last + word * PAIRS), mix(mix(before + last * PAIRS) + word)
                if last != 0 and pair & sampled == 0:
                    pairs[n_pairs] = pair
                    n_pairs += 1
                if before != 0 and triple & sampled == 0:
                    triples[n_triples] = triple
                    n_triples += 1
                before, last, word = last, word, np.uint64(0)
    return n, n_pairs, n_triples


class Growth:
    """Counts distinct n-grams as text comes in."""

    def __init__(self) -> None:
        self.n_bytes = self.n_words = 0
        self.seen: tuple[list[Hashes], ...] = ([], [], [])

    def add(self, text: Bytes, offsets: Offsets) -> None:
        """Take in some documents."""
        room = [np.empty(len(text) // n + 2, np.uint64) for n in (2, 4, 4)]
        found = hash_ngrams(text, offsets, SAMPLED, *room)
        self.n_bytes += len(text)
        self.n_words += found[0]
        for seen, hashes, n in zip(self.seen, room, found, strict=True):
            seen.append(np.unique(hashes[:n]))

    def point(self) -> Point:
        """What there is now."""
        for seen in self.seen:
            seen[:] = [np.unique(np.concatenate(seen))]
        words, pairs, triples = (len(seen[0]) for seen in self.seen)
        scale = (int(SAMPLED) + 1) / self.n_words
        return Point(self.n_bytes, self.n_words, words, round(pairs * scale, 4), round(triples * scale, 4))


def measure(parts: Iterable[tuple[Bytes, Offsets]], sizes: Iterable[float]) -> list[Point]:
    """The curve of a text at some sizes in MB, each at the end of the part that reaches it."""
    growth, wanted = Growth(), sorted(sizes)
    points: list[Point] = []
    for text, offsets in parts:
        growth.add(text, offsets)
        if growth.n_bytes >= 1e6 * wanted[len(points)]:
            points.append(growth.point())
            if len(points) == len(wanted):
                break
    return points


def made(register: Register, mb: float, seed: int = 1) -> Iterator[tuple[Bytes, Offsets]]:
    """A made corpus of at least that size, in parts."""
    for documents in stream_documents(int(1e6 * mb), seed, register):
        for first in range(0, len(documents), PART):
            offsets = documents.offsets[first : first + PART + 1]
            yield documents.text[offsets[0] : offsets[-1]], offsets - offsets[0]


def shuffled(path: Path, seed: int = 1) -> Iterator[tuple[Bytes, Offsets]]:
    """The documents of a real corpus in random order, so that a part of it is like the whole."""
    documents = [document.encode() for document in read_documents(path)]
    random.Random(seed).shuffle(documents)
    for first in range(0, len(documents), PART):
        some = documents[first : first + PART]
        yield np.frombuffer(b"".join(some), np.uint8), np.cumsum([0, *map(len, some)], dtype=np.int64)


def measure_all(corpora: Path, large: Iterable[float], seed: int) -> dict[str, Any]:
    """The curves of both registers, and of the real corpora in a folder."""
    curves = {}
    for register, folder in REAL.items():
        sizes = (*SIZES[register], *large)
        curves[folder] = measure(shuffled(corpora / folder), SIZES[register])
        curves[register] = measure(made(REGISTERS[register], 1 + sizes[-1], seed), sizes)
    return {"format": 1, "seed": seed, "curves": {name: [asdict(p) for p in ps] for name, ps in curves.items()}}


COLUMNS = (
    ("distinct words", "n_distinct", ",.0f"),
    ("bigrams / words", "pairs", ".3f"),
    ("trigrams / words", "triples", ".3f"),
)


def to_markdown(results: dict[str, Any]) -> str:
    """Made and real curves side by side, and how far they are apart; real ones that end go on as they last grew."""
    header = ["text", *(cell for name, _, _ in COLUMNS for cell in (name, "real", ""))]
    tables = []
    for register, folder in REAL.items():
        real = [Point(**values) for values in results["curves"][folder]]
        rows = [_row(Point(**values), real) for values in results["curves"][register]]
        tables.append(f"`{register}`, and {folder}:\n\n{markdown_table(header, rows)}")
    return "\n" + "\n".join(tables) + "\n"


def _row(point: Point, real: Sequence[Point]) -> list[str]:
    is_beyond = point.n_bytes > 1.1 * real[-1].n_bytes
    row = [size(point.n_bytes)]
    for _, name, form in COLUMNS:
        ours, theirs = getattr(point, name), _at(real, name, point.n_bytes)
        row += [f"{ours:{form}}", f"{'~' if is_beyond else ''}{theirs:{form}}", f"{ours / theirs - 1:+.0%}"]
    return row


def _at(points: Sequence[Point], name: str, n_bytes: int) -> float:
    """A curve's value at a size: on the power law through the two points nearest to it."""
    a, b = sorted(points, key=lambda point: abs(math.log(point.n_bytes / n_bytes)))[:2]
    at_a, at_b = getattr(a, name), getattr(b, name)
    exponent = math.log(at_b / at_a) / math.log(b.n_bytes / a.n_bytes)
    return float(at_a * (n_bytes / a.n_bytes) ** exponent)


@click.command()
@click.argument("corpora", type=click.Path(path_type=Path, exists=True))
@click.option("--large/--no-large", default=True, help="Measure 300 MB and 1 GB as well.")
@click.option("--seed", default=1, show_default=True)
def main(corpora: Path, large: bool, seed: int) -> None:
    """Measure how n-grams grow, beside slop-score/ and human-fiction/ in CORPORA; renew growth.json and README.md."""
    results = measure_all(corpora, LARGE if large else (), seed)
    write_json(HERE / "growth.json", results)
    renew_readme("growth", to_markdown(results))
    click.echo(to_markdown(results))


if __name__ == "__main__":
    main()
