"""References that keyness is measured against: how often human writing, or the rest of a panel, uses a feature."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike, fspath
from pathlib import PurePath
from typing import NamedTuple

import numpy as np

from fastslop.base.arrays import Counts, Floats, Ids
from fastslop.base.defaults import DEFAULT_BASELINE
from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.spec import CountSpec, Table
from fastslop.base.wordfreq import WORDFREQ_WORDS, frequencies_of, languages, listed_language, wordfreq_frequencies
from fastslop.profiles.files import read_footer, read_profile
from fastslop.profiles.profile import Profile
from fastslop.profiles.rows import ngram_texts
from fastslop.scoring.candidates import Candidates, Index
from fastslop.scoring.dispersion import BlockDesign, Spread, spread_of
from fastslop.scoring.slop_score import SINGLE_WORDS
from fastslop.system.object_paths import file_at

PANEL = "panel"
"""Name of the reference that is what others wrote to the same prompts."""
HUMAN_PHRASES = "human-en/1"
"""Name of the built-in baseline of n-grams, with its version: it changes whenever the counts do."""


@dataclass(frozen=True)
class Reference:
    """Occurrences of features to compare with.

    ``spread``: of each feature ``n`` (nominal where only frequencies are known), its variance (over blocks of prompts
    where these are known, else n, as if words fell at random), and its prompts (n where these are not known).
    ``n_words``: words that ``n`` is counted among; ``words_per_prompt``: mean words of a prompt's texts, 1 if not
    known.
    """

    name: str
    spread: Spread
    n_words: float
    words_per_prompt: float = 1.0

    def at(self, rows: Counts) -> Reference:
        """The reference of the features at these places."""
        return Reference(self.name, self.spread.at(rows), self.n_words, self.words_per_prompt)


@dataclass(frozen=True)
class Baseline:
    """Human writing: its occurrences of every feature of an index, by table; other values are those of `Reference`.

    ``unlisted``: how often what it does not list is taken to occur, by table; 0 where not given.
    """

    name: str
    spreads: Mapping[Table, Spread]
    n_words: float
    words_per_prompt: float = 1.0
    unlisted: Mapping[Table, float] = field(default_factory=dict)

    def at(self, table: Table, numbers: Ids) -> Reference:
        """The reference of the features of these numbers."""
        return Reference(self.name, self.spreads[table].at(numbers), self.n_words, self.words_per_prompt)


def baseline_of_wordfreq(language: str, candidates: Sequence[Candidates], index: Index) -> Baseline:
    """Frequencies by wordfreq of the single words of all labels, as counts in ``WORDFREQ_WORDS``."""
    if SINGLE_WORDS not in index:
        return Baseline(f"wordfreq:{language}", {}, WORDFREQ_WORDS)
    n = np.full(len(index[SINGLE_WORDS]), np.nan)
    for own in candidates:
        numbers = own.numbers[SINGLE_WORDS]
        new = np.flatnonzero(np.isnan(n[numbers]))
        words = ngram_texts(own.vocabulary.tokens, own.rows[SINGLE_WORDS].ids[new])
        n[numbers[new]] = np.array(frequencies_of(words, language)) * WORDFREQ_WORDS
    return Baseline(f"wordfreq:{language}", {SINGLE_WORDS: Spread(n, n, n)}, WORDFREQ_WORDS)


def baseline_of_profile(name: str, human: Profile, index: Index) -> Baseline:
    """Counts of the features of all tables in a profile of human writing."""
    spreads = {}
    for table, features in index.items():
        numbers, found = spread_of(human, table, features)
        spreads[table] = Spread(*(np.zeros(len(features)) for _ in found))
        for column, own in zip(spreads[table], found, strict=True):
            column[numbers] = own
    return Baseline(name, spreads, float(human.n_words), BlockDesign.of(human).words_per_prompt)


RULE_OF_THREE = 3.0
"""Occurrences expected in a sample of which none is seen in one sample of twenty."""


class MeasuredBy(NamedTuple):
    """What a table is measured against: the reference's ``name``, its ``n_words``, and how often per million words what
    it does not list is taken to occur, at most; both None for the panel, and all None for nothing."""

    name: str | None = None
    n_words: float | None = None
    unlisted_per_million: float | None = None

    @property
    def least_per_million(self) -> float:
        """The rate up to which a reference may have a feature that is not seen in it (Hanley and Lippman-Hand 1983)."""
        return RULE_OF_THREE * 1e6 / self.n_words if self.n_words else math.nan


def panel_reference(
    rate: Floats, rate_variance: Floats, own_n: Floats, own_variance: Floats, n_words: int, others: Sequence[int]
) -> Reference:
    """The panel without the target itself as a reference in which each other label weighs the same.

    ``rate`` and ``rate_variance`` f64[features] are sums over all labels of the panel; ``own_n`` and ``own_variance``
    the target's counts in its ``n_words`` words; ``others`` the words of each other label. The mean rate of m labels is
    as sure as a count in m^2 / sum(1 / words) words (their harmonic mean, m times).
    """
    n_words, others = max(n_words, 1), [n for n in others if n]
    m = len(others)
    words = m**2 / sum(1 / n for n in others)
    n = (np.maximum(rate - own_n / n_words, 0.0) / m * words).round(9)
    variance = np.maximum(rate_variance - own_variance / n_words**2, 0.0) / m**2 * words**2
    return Reference(PANEL, Spread(n, variance, n), words)


def check_baseline(baseline: str | PathLike[str] | Profile, spec: CountSpec) -> None:
    """Check a baseline before a long job, without reading its counts; errors are those of `open_baseline`."""
    if baseline == DEFAULT_BASELINE:
        return
    _refuse_phrases_alone(baseline)
    language = listed_language(baseline)
    if language is not None:
        wordfreq_frequencies(language)
    elif isinstance(baseline, Profile):
        _check_spec(repr(baseline.label), baseline.spec, spec)
    else:
        _check_spec(fspath(baseline), read_footer(file_at(baseline)).spec, spec)


def _refuse_phrases_alone(baseline: object) -> None:
    if baseline == HUMAN_PHRASES:
        raise UsageError(f"{baseline} holds n-grams only, and goes with wordfreq:en by itself: leave --baseline out")


def _check_spec(name: str, own: CountSpec, spec: CountSpec) -> None:
    """Raise IncompatibleProfilesError if a baseline was counted by another specification."""
    spec.check_same(own, f"the baseline {name} was counted differently")


def mean_reference(references: Sequence[Reference], weights: Sequence[float]) -> Reference:
    """The panel as a reference whose rates are means of those of ``references``, each of a stratum of prompts.

    With the words that a label wrote to the prompts of each stratum as ``weights``, these are the rates that the others
    would have over its prompts (direct standardisation). It is as sure as counts in 1 / sum(share^2 / words) words.
    """
    total = sum(weights)
    parts = [(reference, weight / total) for reference, weight in zip(references, weights, strict=True) if weight]
    if len(parts) == 1:
        return parts[0][0]
    words = 1 / sum(share**2 / reference.n_words for reference, share in parts)
    shape = references[0].spread.n.shape
    rate, variance = np.zeros(shape), np.zeros(shape)
    for reference, share in parts:
        rate += share * reference.spread.n / reference.n_words
        variance += share**2 * reference.spread.variance / reference.n_words**2
    n = (rate * words).round(9)
    return Reference(PANEL, Spread(n, variance * words**2, n), words)


def open_baseline(baseline: str | PathLike[str] | Profile, spec: CountSpec) -> tuple[str, Profile | None]:
    """The baseline's name for outputs, and its profile if it is one (``wordfreq:LANG`` is not).

    ``baseline`` is a profile, the file of one, or such a name. By default it is the panel where wordfreq has no list of
    the language that texts were counted as.

    Raises
    ------
    BadInputError
        If it cannot be read, or holds no words.
    IncompatibleProfilesError
        If it was counted with another specification.
    UsageError
        If wordfreq has no list of that language, or the baseline is the built-in one of n-grams, which has no words.
    """
    if baseline == DEFAULT_BASELINE:
        if spec.language not in languages():
            return PANEL, None
        baseline = f"{DEFAULT_BASELINE}:{spec.language}"
    _refuse_phrases_alone(baseline)
    language = listed_language(baseline)
    if language is not None:
        wordfreq_frequencies(language)
        return f"{DEFAULT_BASELINE}:{language}", None
    if isinstance(baseline, Profile):
        name, shown, profile = repr(baseline.label), baseline.label, baseline
    else:
        name, profile = fspath(baseline), read_profile(file_at(baseline))
        shown = f"{profile.label} ({PurePath(name).name})"
    _check_spec(name, profile.spec, spec)
    if not profile.n_words:
        raise BadInputError(f"the baseline {name} holds no words; choose another")
    return shown, profile
