"""slop-forensics' method (Paech 2025) in Python with NLTK: what a label uses, its fingerprint, and the labels' tree."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

MIN_PROMPTS, MIN_COUNT, MIN_CHARS = 2, 6, 4
"""Prompts that words and n-grams must be in; occurrences and letters that words must have."""
N_WORDS, N_NGRAMS, CUT = 1000, 200, 3000
"""Words and n-grams of each order in a fingerprint; words among which those are taken that wordfreq knows."""


@dataclass(frozen=True)
class Table:
    """How often each word or n-gram occurs, and in which prompts."""

    counts: Counter[object]
    prompts: Mapping[object, set[str]]

    @property
    def frequent(self) -> list[tuple[object, int]]:
        """What is in enough prompts, by falling count."""
        return [row for row in self.counts.most_common() if len(self.prompts[row[0]]) >= MIN_PROMPTS]


def count_tables(texts: Sequence[tuple[str, str]]) -> dict[str, Table]:
    """The words and the content n-grams of a label's texts, each with its prompt before it.

    Every text is normalised once for the words and once for each order of n-grams, and tokenised by NLTK for each, as
    in a former version. Left out is what needs more than counting, or data that NLTK fetches: the complexity and
    the slop index of all texts, for which the program splits them into sentences and tokenises them three times more.
    """
    from nltk import ngrams
    from nltk.tokenize import NLTKWordTokenizer

    from fastslop.base.stopwords import NLTK_ENGLISH

    stopwords, tokenizer = set(NLTK_ENGLISH), NLTKWordTokenizer()

    def content(text: str) -> list[str]:
        tokens = tokenizer.tokenize(_letters_only(text))
        return [token for token in tokens if token.isalpha() and token not in stopwords]

    def words(text: str) -> list[str]:
        return [word for word in _letters_only(text).split(" ") if len(word) >= MIN_CHARS]

    grams: dict[str, Callable[[str], Iterable[object]]] = {
        "words": words,
        "bigrams": lambda text: ngrams(content(text), 2),
        "trigrams": lambda text: ngrams(content(text), 3),
    }
    return {name: _count(texts, grams_of) for name, grams_of in grams.items()}


def _letters_only(text: str) -> str:
    """NFKC, letters and combining marks in lower case, everything else a space."""
    kept = (c.lower() if unicodedata.category(c)[0] in "LM" else " " for c in unicodedata.normalize("NFKC", text))
    return " ".join("".join(kept).split())


def _count(texts: Sequence[tuple[str, str]], grams_of: Callable[[str], Iterable[object]]) -> Table:
    counts: Counter[object] = Counter()
    prompts: defaultdict[object, set[str]] = defaultdict(set)
    for prompt, text in texts:
        for gram in grams_of(text):
            counts[gram] += 1
            prompts[gram].add(prompt)
    return Table(counts, prompts)


def fingerprint(tables: Mapping[str, Table]) -> set[object]:
    """The words that a label uses most beside wordfreq, and its most frequent content n-grams."""
    ngrams = (gram for name in ("bigrams", "trigrams") for gram, _ in tables[name].frequent[:N_NGRAMS])
    return {*_overused(tables["words"]), *ngrams}


def _overused(words: Table) -> list[object]:
    from wordfreq import word_frequency

    frequent = {str(word): n for word, n in words.frequent if n >= MIN_COUNT}
    known = {word: word_frequency(word, "en") for word in frequent}
    by_ratio = sorted(frequent, key=lambda word: frequent[word] / max(known[word], 1e-12), reverse=True)
    return [word for word in by_ratio[:CUT] if known[word] > 0][:N_WORDS]


def tree(fingerprints: Mapping[str, Set[object]]) -> list[list[float]]:
    """The tree of fingerprints that the program draws where PHYLIP is missing: average linkage of Jaccard distances."""
    import numpy as np
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist

    features = {feature: i for i, feature in enumerate(set[object]().union(*fingerprints.values()))}
    present = np.zeros((len(fingerprints), len(features)), bool)
    for row, of_label in zip(present, fingerprints.values(), strict=True):
        row[[features[feature] for feature in of_label]] = True
    joined: list[list[float]] = linkage(pdist(present, "jaccard"), "average").tolist()
    return joined
