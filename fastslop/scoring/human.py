"""The human baseline of n-grams that comes with the package: how often people's English of several kinds has each.

It is a profile of counts, whose prompts are the sources, without n-grams that are rarer than ``LEAST``; what it is made
of, and how, is in ``scripts/make_human_phrases.py`` and ``scripts/human_sources.py``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from fastslop.base.spec import PRESETS, CountSpec, Table
from fastslop.profiles.files import read_profile
from fastslop.profiles.profile import Profile
from fastslop.scoring.candidates import Index
from fastslop.scoring.dispersion import Spread, spread_of
from fastslop.scoring.reference import HUMAN_PHRASES, Baseline

FILE = Path(__file__).with_name("human-en-1.parquet")
LEAST = {("content", 2): 3, ("content", 3): 3}
"""Occurrences of an n-gram of each table from which on the baseline has it."""
RULE = f"n-grams without stopwords that occur {min(LEAST.values())} times at least"
"""What the profile says of how it was cut down."""


@cache
def human_phrases() -> Profile:
    """The baseline's profile."""
    return read_profile(FILE)


def tables_known(spec: CountSpec, language: str) -> list[Table]:
    """The tables of profiles of a specification that the baseline can be held against: none unless texts are English,
    and were counted as it was, whatever their orders."""
    default = PRESETS["default"]
    alike = ("tokeniser", "min_word_chars", "stopwords", "unicode")
    if language != "en" or any(getattr(spec, name) != getattr(default, name) for name in alike):
        return []
    return [table for table in LEAST if table in spec.tables]


def baseline_of_phrases(tables: list[Table], index: Index) -> Baseline:
    """Occurrences in human writing of the features of these tables, at most.

    What is not listed occurs less than ``LEAST`` times: it is taken to occur as often as that allows, so that a ratio
    to it is "at least".
    """
    if not tables:
        return Baseline(HUMAN_PHRASES, {}, 0.0)
    human, spreads = human_phrases(), {}
    unlisted = {table: LEAST[table] - 1.0 for table in tables}
    for table in tables:
        n = np.full(len(index[table]), unlisted[table])
        numbers, found = spread_of(human, table, index[table])
        n[numbers] = found.n
        spreads[table] = Spread(n, n, n)
    return Baseline(HUMAN_PHRASES, spreads, float(human.n_words), unlisted=unlisted)
