"""How fast CountVectorizer is beside scikit-learn's: ``python -m benchmarks.vectorizer --corpus FOLDER --size 16MB``.

Both run in this process on the same strings, in turn, round by round; the ratio is taken within a round. The matrices
must be equal before any time is shown. Timed is ``fit_transform``, from Python strings to a sparse matrix. scikit-learn
has its dictionary of terms then; fastslop makes it when asked for, which is timed by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import click

from benchmarks.inputs import read_or_make, up_to
from benchmarks.reporting import Size, markdown_table, size

ORDERS = ((1, 1), (1, 3))
HEADER = ("text", "n-grams", "terms", "scikit-learn, MB/s", "fastslop, MB/s", "times as fast", "with vocabulary_")


class Disagreement(AssertionError):
    """The two matrices or vocabularies differ."""


@dataclass
class Times:
    """Seconds of each round: scikit-learn's, fastslop's, and those that fastslop's dictionary took."""

    theirs: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    dictionary: list[float] = field(default_factory=list)

    def ratio(self, *, with_dictionary: bool) -> float:
        """How many times as fast fastslop is; the median of rounds."""
        rounds = zip(self.theirs, self.ours, self.dictionary, strict=True)
        return median(theirs / (ours + with_dictionary * dictionary) for theirs, ours, dictionary in rounds)


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came out."""
    begin = perf_counter()
    result = call()
    return perf_counter() - begin, result


def run_round(documents: Sequence[str], ngram_range: tuple[int, int], times: Times) -> int:
    """Time both once more, and check that they agree; how many terms there are."""
    from sklearn.feature_extraction.text import CountVectorizer as Theirs

    from fastslop.vectors.count_vectorizer import CountVectorizer

    ours, theirs = CountVectorizer(ngram_range=ngram_range), Theirs(ngram_range=ngram_range)
    seconds, counts = timed(lambda: ours.fit_transform(documents))
    times.ours.append(seconds)
    seconds, expected = timed(lambda: theirs.fit_transform(documents))
    times.theirs.append(seconds)
    seconds, vocabulary = timed(lambda: ours.vocabulary_)
    times.dictionary.append(seconds)
    check(counts, expected)
    if vocabulary != theirs.vocabulary_:
        raise Disagreement(f"vocabularies of {ngram_range} differ")
    return len(vocabulary)


def check(counts: Any, expected: Any) -> None:
    """Raise Disagreement unless the matrices are equal in all of their arrays, once these are sorted."""
    counts.sort_indices()
    expected.sort_indices()
    if type(counts) is not type(expected) or counts.shape != expected.shape:
        raise Disagreement(f"{counts!r} is not {expected!r}")
    for name in ("data", "indices", "indptr"):
        one, other = getattr(counts, name), getattr(expected, name)
        if one.dtype != other.dtype or not (one == other).all():
            raise Disagreement(f"{name} differ")


def measure(name: str, documents: Sequence[str], rounds: int) -> list[list[str]]:
    """Rows of the table for a text."""
    n_bytes = sum(len(document.encode()) for document in documents)
    rows = []
    for ngram_range in ORDERS:
        run_round(documents[:50], ngram_range, Times())  # loads or makes compiled code
        times = Times()
        for _ in range(rounds):
            n_terms = run_round(documents, ngram_range, times)
        speeds = [f"{n_bytes / 1e6 / median(seconds):.3g}" for seconds in (times.theirs, times.ours)]
        ratios = [f"{times.ratio(with_dictionary=asked):.3g}" for asked in (False, True)]
        rows.append([f"{name}, {size(n_bytes)}", str(ngram_range), f"{n_terms:,}", *speeds, *ratios])
    return rows


@click.command()
@click.option("--size", "n_bytes", type=Size(), default="16MB", show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option(
    "--corpus", type=click.Path(path_type=Path, exists=True), help="Real text besides made text: a file or folder."
)
@click.option("--seed", default=1, show_default=True)
def main(n_bytes: int, rounds: int, corpus: Path | None, seed: int) -> None:
    """Time fastslop's and scikit-learn's CountVectorizer on the same documents, and print a table."""
    rows = []
    for name, path in (("made text", None), *((("real text", corpus),) if corpus else ())):
        documents = up_to(read_or_make(path, n_bytes, seed), n_bytes)
        rows += measure(name, documents, rounds)
    click.echo(markdown_table(HEADER, rows, left=2))


if __name__ == "__main__":
    main()
