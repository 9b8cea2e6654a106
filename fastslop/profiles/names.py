"""Names: words that labels mostly write with a capital where no sentence begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop.base.arrays import Keys
from fastslop.base.hashing import hash_strings
from fastslop.profiles.profile import Profile
from fastslop.tokens.vocabulary import Vocabulary

LEAST_CAPITALS = 3
"""Least capitals inside sentences, over all labels, of a word that is a name; and more than half of its occurrences
there have one."""
MOST_CAPITALS = 0.15
"""Share of a label's words inside sentences that have a capital, stopwords' aside, above which capitals tell nothing of
names: German, which writes every noun with one, has more; the English of 100 models has 1 to 4 %."""
LABELS_NAMED = 5
"""Most labels named in one note."""
_NO_WORDS = pl.DataFrame(
    schema={"word": pl.String, "n_inside": pl.Int64, "n_capital": pl.Int64, "is_stopword": pl.Boolean}
)
LEAST_CASED = 0.5
"""Share of a label's words inside sentences that must be in a script with capitals."""


@dataclass(frozen=True)
class Names:
    """Names among the words of some labels, in lower case; ``words`` is None where they cannot be told.

    ``unknown``: the labels that say nothing of names, and why, in words that go with "of".
    """

    words: frozenset[str] | None
    unknown: tuple[tuple[str, str], ...] = ()

    def among(self, vocabulary: Vocabulary) -> NDArray[np.bool_] | None:
        """Which tokens of a vocabulary are names, by rank; None where that is not known."""
        return None if self.words is None else np.isin(vocabulary.keys, self._keys)

    @cached_property
    def _keys(self) -> Keys:
        """The hashes of the names, rising."""
        return np.sort(hash_strings(sorted(self.words or ())))

    def are_in(self, ngrams: pl.Series) -> pl.Series:
        """Whether each n-gram or phrase, its words joined by spaces, holds a name; null where that is not known."""
        if self.words is None:
            return pl.Series("is_name", [None] * len(ngrams), pl.Boolean)
        words = ngrams.rename("ngram").str.split(" ").explode()
        places = np.repeat(np.arange(len(ngrams)), ngrams.str.count_matches(" ", literal=True).to_numpy() + 1)
        holds = np.zeros(len(ngrams), np.bool_)
        holds[places[words.is_in(list(self.words)).to_numpy()]] = True
        return pl.Series("is_name", holds)

    @property
    def notes(self) -> tuple[str, ...]:
        """A line for each reason why labels say nothing of names."""
        labels: dict[str, list[str]] = {}
        for label, reason in self.unknown:
            labels.setdefault(reason, []).append(label)
        return tuple(f"names are not told by {_some(of)}: {reason}" for reason, of in labels.items())


def _some(labels: Sequence[str]) -> str:
    n_more = len(labels) - LABELS_NAMED
    return ", ".join(labels[:LABELS_NAMED]) + (f" and {n_more} others" if n_more > 0 else "")


UNKNOWN = Names(None)
"""Names where these were not looked for."""


class WordCapitals(NamedTuple):
    """Capitals of the words of a profile that stand inside sentences: ``word``, ``n_inside``, ``n_capital`` and
    ``is_stopword``; or ``reason``, why they tell nothing of names."""

    counts: pl.DataFrame
    reason: str | None


def names_of(labels: Mapping[str, WordCapitals]) -> Names:
    """The names among the words of labels, by what they write together.

    A word of two letters or more is a name if at least ``LEAST_CAPITALS``, and more than half, of its occurrences
    inside sentences have a capital, over all labels whose capitals tell something. Stopwords never are.
    """
    unknown = tuple((label, own.reason) for label, own in labels.items() if own.reason is not None)
    counts = [own.counts for own in labels.values() if own.reason is None]
    if not counts:
        return Names(None, unknown)
    total = pl.concat(counts).filter(~pl.col("is_stopword")).group_by("word").sum()
    is_name = (
        (pl.col("n_capital") >= LEAST_CAPITALS)
        & (2 * pl.col("n_capital") > pl.col("n_inside"))
        & (pl.col("word").str.len_chars() > 1)  # "plan B", and what is left of "U.S."
    )
    return Names(frozenset(total.filter(is_name)["word"]), unknown)


def word_capitals(profile: Profile) -> WordCapitals:
    """The capitals of a profile's words, and why they tell nothing of names, if they do not."""
    if profile.capitals is None:
        by_letters = "the specification sees no sentences"
        return WordCapitals(_NO_WORDS, "counted by an older version" if profile.spec.knows_sentences else by_letters)
    n_inside, n_capital = profile.capitals
    words = pl.DataFrame({"word": profile.vocabulary.tokens, "n_inside": n_inside, "n_capital": n_capital})
    is_stopword = pl.col("word").is_in(list(profile.spec.stopwords))
    counts = words.filter(pl.col("n_inside") > 0).with_columns(is_stopword=is_stopword)
    return WordCapitals(counts, _why_unknown(counts))


def _why_unknown(counts: pl.DataFrame) -> str | None:
    """Why capitals tell nothing of names; None if they do."""
    n_inside, n_capital = int(counts["n_inside"].sum()), int(counts.filter(~pl.col("is_stopword"))["n_capital"].sum())
    first = pl.col("word").str.head(1)
    n_cased = int(counts.filter(first.str.to_lowercase() != first.str.to_uppercase())["n_inside"].sum())
    if n_cased < LEAST_CASED * n_inside:
        return "written without capitals"
    if n_capital > MOST_CAPITALS * n_inside:
        return f"more than {MOST_CAPITALS:.0%} of the words have a capital, as German nouns do"
    return None
