"""Slop scores with their intervals: how many of a thousand words are among those of a list.

One statistic wherever such a rate is shown, of a label's profile, of human writing or of texts that are filtered: the
unit is the prompt, so the interval says how far another draw of prompts would move it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import stdtrit

from fastslop._kernels.machine.constants import N_BLOCKS
from fastslop.base.spec import Table
from fastslop.profiles.profile import MAX_PROMPTS, Profile
from fastslop.profiles.rows import groups_of_units, keys_of
from fastslop.scoring.reference import wordfreq_frequencies

PER_WORDS = 1000
LEVEL = 0.95
SINGLE_WORDS: Table = ("word", 1)

Counts = NDArray[np.int64]


class SlopScore(NamedTuple):
    """Matches per 1,000 words and the ends of the 95 % interval, None where prompts are too few for one."""

    score: float
    low: float | None
    high: float | None


def slop_score_of(n_matches: Counts, n_words: Counts) -> SlopScore:
    """The score of matches and words in groups of prompts, both i64[groups]."""
    score = PER_WORDS * int(n_matches.sum()) / max(int(n_words.sum()), 1)
    margin = jackknife_margin(n_matches, n_words)
    return SlopScore(score, *((None, None) if margin is None else (max(score - margin, 0.0), score + margin)))


def jackknife_margin(n_matches: Counts, n_words: Counts) -> float | None:
    """Half the 95 % interval of matches per 1,000 words: delete-a-group jackknife over prompts (Kott 2001), with
    Student's t; None where fewer than two groups have words."""
    in_use = n_words > 0
    matches, words = n_matches[in_use], n_words[in_use]
    n = len(words)
    if n < 2:
        return None
    without = PER_WORDS * (matches.sum() - matches) / (words.sum() - words)
    variance = (n - 1) / n * ((without - without.mean()) ** 2).sum()
    return float(stdtrit(n - 1, (1 + LEVEL) / 2) * np.sqrt(variance))


def slop_by_group(profile: Profile, slop: pl.Series) -> tuple[Counts, Counts]:
    """Occurrences of the words ``slop`` (their keys) and all words in each prompt, both i64[groups]; of more prompts
    than profiles keep one by one, in each block of them.

    Occurrences are winsorised word by word: the prompt with the most has no more than the one with the second most.
    """
    prompts = profile.prompts
    has_blocks = len(prompts.keys) > MAX_PROMPTS
    group_of = prompts.blocks if has_blocks else np.arange(len(prompts.keys), dtype=np.uint32)
    n_groups = N_BLOCKS if has_blocks else len(prompts.keys)
    n_matches, n_words = np.zeros(n_groups, np.int64), np.zeros(n_groups, np.int64)
    np.add.at(n_words, group_of, prompts.n_words)
    if SINGLE_WORDS not in profile.tables:
        return n_matches, n_words
    grams = profile.tables[SINGLE_WORDS]
    for row in np.flatnonzero(np.isin(keys_of(profile, SINGLE_WORDS), slop.to_numpy())).tolist():
        units = slice(int(grams.ends[row - 1]) if row else 0, int(grams.ends[row]))
        n = grams.unit_n[units]
        # The second most, as a ceiling, cuts nothing but the most.
        np.add.at(n_matches, groups_of_units(grams.units[units], group_of), np.minimum(n, second_largest(n)))
    return n_matches, n_words


def second_largest(n: Counts) -> int:
    """The second largest of counts, equal ones being two; 0 where there is one only."""
    return int(np.partition(n, -2)[-2]) if len(n) > 1 else 0


def wordfreq_score(language: str, words: pl.Series) -> float:
    """How many of a thousand words are among ``words`` by wordfreq's frequencies; what it does not list counts as 0."""
    frequencies = wordfreq_frequencies(language)
    return PER_WORDS * sum(frequencies.get(word, 0.0) for word in words.sort())
