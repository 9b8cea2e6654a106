"""Slop scores: how many of a thousand words are among those that half of the labels overuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from fastslop._kernels.machine.constants import N_BLOCKS
from fastslop.base.arrays import Counts
from fastslop.base.defaults import MAX_Q
from fastslop.base.languages import is_foreign
from fastslop.base.rates import PER_WORDS, SlopScore, slop_score_of
from fastslop.base.spec import Table
from fastslop.base.wordfreq import listed_language, wordfreq_frequencies
from fastslop.profiles.profile import MAX_PROMPTS, Profile
from fastslop.profiles.profile_set import Member
from fastslop.profiles.rows import groups_of_units, keys_of, rows_of

SINGLE_WORDS: Table = ("word", 1)
MIN_RATIO = 8
"""Least ratio of a word's rate to human writing's to count as slop, by the lower end of its interval: below it lie many
words that stories or essays simply need more often than the web does."""
CHOSEN_BY_IT = "The words were chosen for being rare in it, so other human writing of the kind will lie higher."
OF_FREQUENCIES = "Expected from word frequencies over the web, books and subtitles; there are no texts for an interval."


def overused_words(scored: pl.DataFrame, language: str | None = None) -> pl.DataFrame:
    """The single words used at least ``MIN_RATIO`` times as often as in the reference, and surely so.

    Where this is wordfreq's words of a ``language``, words in other letters than its own are none: it hardly has them.
    """
    return scored.filter(
        (pl.col("kind") == "word")
        & (pl.col("order") == 1)
        & (pl.col("q_value") <= MAX_Q)
        & (pl.col("log_ratio_low") >= np.log2(MIN_RATIO))
        & ~is_foreign("feature", language)
    )


def common_slop(scored: Sequence[pl.DataFrame], language: str | None = None) -> pl.Series:
    """Keys of the words that at least half of the labels overuse, and at least two labels where there are two."""
    overused = pl.concat([overused_words(label, language).select("key") for label in scored])
    needed = min(len(scored), max(2, -(-len(scored) // 2)))
    return overused.group_by("key").len().filter(pl.col("len") >= needed).sort("key")["key"]


@dataclass(frozen=True)
class HumanLevel:
    """The slop score of human writing, with its interval where its texts are known, and what to bear in mind."""

    name: str
    slop_score: float
    slop_low: float | None
    slop_high: float | None
    note: str


def slop_level(member: Member, slop: pl.Series) -> SlopScore:
    """The slop score of a label's profile by the words ``slop`` (their keys)."""
    tables = [SINGLE_WORDS] if len(slop) and SINGLE_WORDS in member.spec.tables else []
    return slop_score_of(*slop_by_group(member.read(tables), slop))


def human_level(name: str, human: Profile | None, slop: pl.Series, words: pl.Series) -> HumanLevel | None:
    """The slop score of the baseline by the words ``slop`` (their keys; ``words`` in letters), None without any, or if
    it is no human writing."""
    if not len(slop):
        return None
    if human is not None:
        return HumanLevel(name, *slop_score_of(*slop_by_group(human, slop)), CHOSEN_BY_IT)
    language = listed_language(name)
    if language is None:
        return None
    return HumanLevel(name, wordfreq_score(language, words), None, None, f"{OF_FREQUENCIES} {CHOSEN_BY_IT}")


def slop_by_group(profile: Profile, slop: pl.Series) -> tuple[Counts, Counts]:
    """Occurrences of the words ``slop`` (their keys), and all words, in each group of prompts, both i64[groups].

    A group is a prompt, or a block of prompts where there are more than profiles keep one by one. Occurrences are
    winsorised word by word: the prompt with the most has no more than the one with the second most.
    """
    prompts = profile.prompts
    has_blocks = len(prompts.keys) > MAX_PROMPTS
    group_of = prompts.blocks if has_blocks else np.arange(len(prompts.keys), dtype=np.uint32)
    n_groups = N_BLOCKS if has_blocks else len(prompts.keys)
    n_matches, n_words = np.zeros(n_groups, np.int64), np.zeros(n_groups, np.int64)
    np.add.at(n_words, group_of, prompts.n_words)
    if SINGLE_WORDS not in profile.tables:
        return n_matches, n_words
    rows = np.flatnonzero(np.isin(keys_of(profile, SINGLE_WORDS), slop.to_numpy()))
    grams = rows_of(profile.tables[SINGLE_WORDS], rows)
    n_units = np.diff(grams.ends, prepend=0)
    # A ceiling at the second largest count lowers the largest one only.
    n = np.minimum(grams.unit_n, np.repeat(second_largest(grams.unit_n, n_units), n_units))
    np.add.at(n_matches, groups_of_units(grams.units, group_of), n)
    return n_matches, n_words


def second_largest(n: Counts, lengths: Counts) -> Counts:
    """The second largest of the counts of each row, of which there are ``lengths``, one at least, behind each other.

    It is the largest where two have it, and 0 where there is one count only.
    """
    ordered = n[np.lexsort((-n, np.repeat(np.arange(len(lengths)), lengths)))]
    seconds = np.cumsum(lengths) - lengths + 1
    return np.where(lengths > 1, ordered.take(seconds, mode="clip"), 0) if len(lengths) else lengths


def wordfreq_score(language: str, words: pl.Series) -> float:
    """How many of a thousand words are among ``words`` by wordfreq's frequencies; what it does not list counts as 0."""
    frequencies = wordfreq_frequencies(language)
    return PER_WORDS * sum(frequencies.get(word, 0.0) for word in words.sort())
