"""Other ways to count what ``fastslop count`` counts of a file: Polars, and slop-forensics' method with NLTK.

``python -m benchmarks.file_rivals PROGRAM PATH N_BYTES`` runs one of them, in a process of its own, on the first
``N_BYTES`` of each label's text, and prints seconds and findings as JSON. Timed is the way from strings in memory to
counts in memory: reading and parsing the file, which ``fastslop count`` does too, is a gift to them.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any

import polars as pl

from benchmarks.files import ORDERS
from benchmarks.rivals import count_order_in_polars, words_in_polars

Found = Mapping[str, Any]


def labels_of(path: str) -> list[str]:
    """The models of a file of made text, sorted."""
    return sorted(pl.scan_ndjson(path).select(pl.col("model").unique()).collect().to_series())


def documents_of(path: str, label: str, n_bytes: int) -> pl.DataFrame:
    """The first documents of a label, with their prompts, up to ``n_bytes`` of text."""
    so_far = pl.col("output").str.len_bytes().cast(pl.Int64).cum_sum()
    scan = pl.scan_ndjson(path).filter(pl.col("model") == label).select("prompt", "output")
    return scan.filter(so_far <= n_bytes).collect()


def with_polars(documents: pl.DataFrame, engine: str) -> dict[str, int]:
    """How many different n-grams of each order there are, of words as runs of letters: exploded and grouped.

    All of a model's text at once, which takes 30 times as much memory. In parts whose counts are then summed it took
    half as long again.
    """
    words = words_in_polars(documents["output"].rename("text"), r"[\p{L}\p{M}]+")
    return {str(order): count_order_in_polars(words, order, engine).height for order in ORDERS}


def with_slop_forensics(documents: pl.DataFrame) -> dict[str, int]:
    """The words and the content n-grams of a profile by slop-forensics' method, with their prompts.

    Every text is normalised once for the words and once for each order of n-grams, and tokenised by NLTK for each, as
    in a former version. Left out is what needs more than counting, or data that NLTK fetches: the complexity and
    the slop index of all texts, for which the program splits them into sentences and tokenises them three times more.
    """
    from nltk import ngrams
    from nltk.tokenize import NLTKWordTokenizer

    from fastslop.base.stopwords import NLTK_ENGLISH

    stopwords, tokenizer = set(NLTK_ENGLISH), NLTKWordTokenizer()
    texts = list(documents.select("prompt", "output").iter_rows())

    def content(text: str) -> list[str]:
        tokens = tokenizer.tokenize(_letters_only(text))
        return [token for token in tokens if token.isalpha() and token not in stopwords]

    def words(text: str) -> list[str]:
        return [word for word in _letters_only(text).split(" ") if len(word) >= 4]

    tables: dict[str, Callable[[str], Iterable[object]]] = {
        "words": words,
        "bigrams": lambda text: ngrams(content(text), 2),
        "trigrams": lambda text: ngrams(content(text), 3),
    }
    return {name: len(_with_prompts(texts, grams)[0]) for name, grams in tables.items()}


def _letters_only(text: str) -> str:
    """NFKC, letters and combining marks in lower case, everything else a space."""
    kept = (c.lower() if unicodedata.category(c)[0] in "LM" else " " for c in unicodedata.normalize("NFKC", text))
    return " ".join("".join(kept).split())


def _with_prompts(
    texts: Sequence[tuple[str, str]], grams: Callable[[str], Iterable[object]]
) -> tuple[Counter[object], Mapping[object, set[str]]]:
    counts: Counter[object] = Counter()
    prompts: defaultdict[object, set[str]] = defaultdict(set)
    for prompt, text in texts:
        for gram in grams(text):
            counts[gram] += 1
            prompts[gram].add(prompt)
    return counts, prompts


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
