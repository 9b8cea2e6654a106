"""How often entries are inside of other words, by the words that are in use, and not by texts.

What a corpus does not have, others do: whoever bans ``void`` should not ban *avoid*.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from fastslop.base.arrays import Floats
from fastslop.base.spec import Table
from fastslop.base.wordfreq import wordfreq_frequencies
from fastslop.lists.contexts import CODE_POINT, INSIDE, Context, occurrences
from fastslop.profiles.profile_set import Member

LEAST_WORDS = 1_000_000
"""Fewest words of text that the words of a language are spread over: so that small corpora count for less."""
LEAST_WEIGHT = 0.1
"""Least occurrences, in so many words, of a word of a language that is looked at."""
_WORDS: Table = ("word", 1)


def contexts_in_language(language: str | None, n_words: int, entries: Iterable[str]) -> dict[str, Context]:
    """Where entries stand inside words of a language, by wordfreq, in ``n_words`` or ``LEAST_WORDS`` words of text.

    Nothing is known where there is no language.
    """
    frequencies = {} if language is None else wordfreq_frequencies(language)
    weights = np.fromiter(frequencies.values(), np.float64, len(frequencies)) * max(n_words, LEAST_WORDS)
    words = pl.Series("word", list(frequencies), dtype=pl.String)
    is_common = weights >= LEAST_WEIGHT
    return contexts_in_words(words.filter(pl.Series(is_common)), weights[is_common], entries)


def contexts_in_profiles(members: Sequence[Member], entries: Iterable[str]) -> dict[str, Context]:
    """Where entries stand inside words of labels, by their counts, if these have words."""
    counts: Counter[str] = Counter()
    for member in members:
        if _WORDS in member.spec.tables:
            frame = member.read([_WORDS]).frame(*_WORDS)
            counts.update(dict(frame.select("feature", "n").iter_rows()))
    words = pl.Series("word", list(counts), dtype=pl.String)
    return contexts_in_words(words, np.fromiter(counts.values(), np.float64, len(counts)), entries)


def contexts_in_words(words: pl.Series, weights: Floats, entries: Iterable[str]) -> dict[str, Context]:
    """Where entries of one word stand inside each of other ``words``, which have ``weights``; not as words themselves.

    Such a word is taken to stand between two spaces.
    """
    single = sorted({entry.lower() for entry in entries if " " not in entry})
    found = occurrences(f" {' '.join(words)} ", single)
    (before, _), (after, _) = found.sides()
    n_spaces = np.cumsum(np.frombuffer(found.text.encode("utf-32-le"), CODE_POINT) == ord(" "))
    sides = {"spelling": found.spellings, "before": before, "after": after}
    frame = pl.DataFrame({**sides, "weight": weights[n_spaces[found.starts] - 1]})
    frame = frame.filter((pl.col("before") == INSIDE) | (pl.col("after") == INSIDE))
    contexts: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for spelling, before, after, weight in frame.group_by("spelling", "before", "after").sum().iter_rows():
        contexts[spelling][before, after] = weight
    return dict(contexts)
