"""Names: words that labels mostly write with a capital where no sentence begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member, readers
from fastslop.system.threads import map_bounded

LEAST_CAPITALS = 3
"""Least capitals inside sentences, over all labels, of a word that is a name; and more than half of its occurrences
there have one."""
MOST_CAPITALS = 0.15
"""Share of a label's words inside sentences that have a capital, stopwords' aside, above which capitals tell nothing of
names: German, which writes every noun with one, has a fifth to a third; English has 1 to 5 %, news some 10."""
LEAST_CASED = 0.5
"""Share of a label's words inside sentences that must be in a script with capitals."""


@dataclass(frozen=True)
class Names:
    """Names among the words of some labels, in lower case; ``words`` is None where they cannot be told.

    ``unknown``: the labels that say nothing of names, and why, in words that go with "of".
    """

    words: frozenset[str] | None
    unknown: tuple[tuple[str, str], ...] = ()

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
        reasons = dict.fromkeys(reason for _, reason in self.unknown)
        return tuple(
            f"names are not told by {', '.join(label for label, of in self.unknown if of == reason)}: {reason}"
            for reason in reasons
        )


UNKNOWN = Names(None)
"""Names where these were not looked for."""


def read_names(members: Sequence[Member]) -> Names:
    """The names among the words of labels, by what they write together.

    A word of two letters or more is a name if at least ``LEAST_CAPITALS``, and more than half, of its occurrences
    inside sentences have a capital, over all labels whose capitals tell something. Stopwords never are.
    """
    profiles = map_bounded(lambda member: (member.name, member.read(())), members, readers(members))
    return names_of(profiles)


def names_of(profiles: Iterable[tuple[str, Profile]]) -> Names:
    """The names among the words of profiles, each given with the name of its label: see ``read_names``."""
    counts, unknown = [_counts_of(None)], []
    for label, profile in profiles:
        own = _counts_of(profile)
        reason = why_unknown(profile, own)
        if reason is None:
            counts.append(own)
        else:
            unknown.append((label, reason))
    if len(counts) == 1:
        return Names(None, tuple(unknown))
    total = pl.concat(counts).filter(~pl.col("is_stopword")).group_by("word").sum()
    is_name = (
        (pl.col("n_capital") >= LEAST_CAPITALS)
        & (2 * pl.col("n_capital") > pl.col("n_inside"))
        & (pl.col("word").str.len_chars() > 1)  # "plan B", and what is left of "U.S."
    )
    return Names(frozenset(total.filter(is_name)["word"]), tuple(unknown))


def why_unknown(profile: Profile, counts: pl.DataFrame) -> str | None:
    """Why a profile's capitals, which are ``counts``, tell nothing of names; None if they do."""
    if profile.capitals is None:
        by_letters = "its specification sees no sentences"
        return "counted by an older version" if profile.spec.knows_sentences else by_letters
    n_inside, n_capital = int(counts["n_inside"].sum()), int(counts.filter(~pl.col("is_stopword"))["n_capital"].sum())
    first = pl.col("word").str.head(1)
    n_cased = int(counts.filter(first.str.to_lowercase() != first.str.to_uppercase())["n_inside"].sum())
    if n_cased < LEAST_CASED * n_inside:
        return "written without capitals"
    if n_capital > MOST_CAPITALS * n_inside:
        return f"{n_capital / n_inside:.0%} of its words have a capital"
    return None


def _counts_of(profile: Profile | None) -> pl.DataFrame:
    """The words of a profile that stand inside sentences: ``word``, ``n_inside``, ``n_capital``, ``is_stopword``."""
    if profile is None or profile.capitals is None:
        schema = {"word": pl.String, "n_inside": pl.Int64, "n_capital": pl.Int64, "is_stopword": pl.Boolean}
        return pl.DataFrame(schema=schema)
    n_inside, n_capital = profile.capitals
    words = pl.DataFrame({"word": profile.vocabulary.tokens, "n_inside": n_inside, "n_capital": n_capital})
    is_stopword = pl.col("word").is_in(list(profile.spec.stopwords))
    return words.filter(pl.col("n_inside") > 0).with_columns(is_stopword=is_stopword)
