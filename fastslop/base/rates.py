"""Occurrences per 1,000 words with their intervals.

The statistic is the same wherever such a rate is shown: of a label's profile, of human writing, of filtered texts. The
unit is the prompt, so the interval says how far another draw of prompts would move the rate.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from fastslop.base.arrays import Counts
from fastslop.base.defaults import CONFIDENCE

PER_WORDS = 1000


class SlopScore(NamedTuple):
    """Matches per 1,000 words and the ends of the 95 % interval, None where prompts are too few for one."""

    score: float
    low: float | None
    high: float | None


def slop_score_of(n_matches: Counts, n_words: Counts) -> SlopScore:
    """The slop score of matches ``n_matches`` among words ``n_words``, both i64[groups of prompts]."""
    score = PER_WORDS * int(n_matches.sum()) / max(int(n_words.sum()), 1)
    margin = jackknife_margin(n_matches, n_words)
    return SlopScore(score, *((None, None) if margin is None else (max(score - margin, 0.0), score + margin)))


def jackknife_margin(n_matches: Counts, n_words: Counts) -> float | None:
    """Half the 95 % interval of matches per 1,000 words, from matches and words i64[groups of prompts].

    A delete-a-group jackknife over prompts (Kott 2001), with Student's t; None where fewer than two groups have words.
    """
    in_use = n_words > 0
    matches, words = n_matches[in_use], n_words[in_use]
    n = len(words)
    if n < 2:
        return None
    without = PER_WORDS * (matches.sum() - matches) / (words.sum() - words)
    variance = (n - 1) / n * ((without - without.mean()) ** 2).sum()
    return float(stdtrit(n - 1, (1 + CONFIDENCE) / 2) * np.sqrt(variance))


class Rate(NamedTuple):
    """Occurrences, those per 1,000 words, and their 95 % interval over prompts (None where these are too few)."""

    n: int
    per_1000: float
    low: float | None
    high: float | None


def rate_of(n: Counts, n_words: Counts) -> Rate:
    """The rate of a thing that occurs ``n`` times in ``n_words`` words, both i64[groups of prompts]."""
    return Rate(int(n.sum()), *slop_score_of(n, n_words))
