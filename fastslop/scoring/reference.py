"""How often human writing, or the rest of a panel, uses a feature: what keyness is measured against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from fastslop.base.errors import BadInputError, IncompatibleProfilesError, UsageError
from fastslop.base.spec import CountSpec, Table
from fastslop.profiles.files import read_profile
from fastslop.profiles.profile import Profile
from fastslop.profiles.rows import Design, spread_of

DEFAULT = "wordfreq:en"
WORDFREQ_WORDS = 1e8
"""wordfreq gives frequencies, no counts, and lists words down to about 1 in 10^8. Taken as counts in that many words,
the rarest listed word has one occurrence, and one that is not listed has none: it is smoothed to half of the rarest."""


@dataclass(frozen=True)
class Reference:
    """Occurrences to compare with, by feature key.

    ``counts``: ``key``, ``n`` (f64: nominal where only frequencies are known), ``variance``, that of n (over blocks of
    prompts where these are known, else n, as if words fell at random) and ``n_prompts`` (f64, else n). ``n_words``:
    among how many words; ``words_per_prompt``: how long its prompts' texts are, where it has prompts.
    """

    name: str
    counts: pl.DataFrame
    n_words: float
    words_per_prompt: float = 1.0


@cache
def wordfreq_frequencies(language: str) -> Mapping[str, float]:
    """wordfreq's frequencies of a language's words (Robyn Speer, CC BY-SA 4.0).

    Raises
    ------
    UsageError
        If wordfreq has no list of that language. (Left to itself it takes the nearest language it has.)
    """
    import wordfreq

    languages = wordfreq.available_languages()
    if language not in languages:
        raise UsageError(f"wordfreq knows no language {language!r}; it knows {', '.join(sorted(languages))}")
    frequencies: Mapping[str, float] = wordfreq.get_frequency_dict(language, wordlist="best")
    return frequencies


def wordfreq_reference(language: str, features: pl.DataFrame) -> Reference:
    """What wordfreq says of the single words among ``features`` (``key``, ``feature``)."""
    frequencies = wordfreq_frequencies(language)
    n = np.array([frequencies.get(word, 0.0) * WORDFREQ_WORDS for word in features["feature"]])
    counts = pl.DataFrame({"key": features["key"], "n": n, "variance": n, "n_prompts": n})
    return Reference(f"wordfreq:{language}", counts, WORDFREQ_WORDS)


def profile_reference(name: str, profile: Profile, table: Table, keys: pl.Series) -> Reference:
    """What a profile of human writing says of the features ``keys`` of a table."""
    counts = spread_of(profile, table, keys)
    return Reference(name, counts, float(profile.n_words), Design.of(profile).words_per_prompt)


def panel_reference(
    name: str, rates: pl.DataFrame, own: pl.DataFrame, n_words: int, others: Sequence[int]
) -> Reference:
    """The panel without the target itself, each other label weighing the same.

    ``rates`` holds by ``key`` the sums over all labels of ``rate`` and its ``rate_variance``, ``own`` the target's
    ``key``, ``n`` and its ``variance`` in its ``n_words`` words, and ``others`` the words of each other label. The mean
    rate of m labels is as sure as a count in m^2 / sum(1 / words) words (their harmonic mean, m times).
    """
    others = [n for n in others if n]
    m = len(others)
    words = m**2 / sum(1 / n for n in others)
    counts = (
        own.select("key", own_n="n", own_variance="variance")
        .join(rates, on="key", how="left")
        .select(
            "key",
            n=((pl.col("rate") - pl.col("own_n") / n_words).clip(0) / m * words).round(9),
            variance=((pl.col("rate_variance") - pl.col("own_variance") / n_words**2).clip(0) / m**2 * words**2),
        )
    )
    return Reference(name, counts.with_columns(n_prompts=pl.col("n")), words)


def open_baseline(name: str, spec: CountSpec) -> tuple[str, Profile | None]:
    """The baseline's name for outputs, and its profile if it is one (``wordfreq:LANG`` is not).

    Raises
    ------
    IncompatibleProfilesError
        If it was counted with another specification.
    """
    if name.startswith("wordfreq:"):
        wordfreq_frequencies(name.removeprefix("wordfreq:"))
        return name, None
    profile = read_profile(Path(name))
    differences = spec.differences(profile.spec)
    if differences:
        raise IncompatibleProfilesError(f"the baseline {name} was counted differently: {'; '.join(differences)}")
    if not profile.n_words:
        raise BadInputError(f"the baseline {name} holds no words")
    return f"{profile.label} ({Path(name).name})", profile
