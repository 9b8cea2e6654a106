"""References that keyness is measured against: how often human writing, or the rest of a panel, uses a feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path

import numpy as np
import polars as pl

from fastslop.base.errors import BadInputError, IncompatibleProfilesError
from fastslop.base.spec import CountSpec, Table
from fastslop.base.wordfreq import WORDFREQ_WORDS, wordfreq_frequencies
from fastslop.profiles.files import read_profile
from fastslop.profiles.profile import Profile
from fastslop.scoring.dispersion import BlockDesign, spread_of


@dataclass(frozen=True)
class Reference:
    """Occurrences to compare with, by feature key.

    ``counts``: ``key``; ``n`` (f64: nominal where only frequencies are known); the ``variance`` of n (over blocks of
    prompts where these are known, else n, as if words fell at random); and ``n_prompts`` (f64; n where prompts are not
    known). ``n_words``: words that ``n`` is counted among; ``words_per_prompt``: mean words of a prompt's texts, 1 if
    not known.
    """

    name: str
    counts: pl.DataFrame
    n_words: float
    words_per_prompt: float = 1.0


def wordfreq_reference(language: str, features: pl.DataFrame) -> Reference:
    """Frequencies by wordfreq of single words, ``features`` (``key``, ``feature``), as counts in ``WORDFREQ_WORDS``."""
    frequencies = wordfreq_frequencies(language)
    n = np.array([frequencies.get(word, 0.0) * WORDFREQ_WORDS for word in features["feature"]])
    counts = pl.DataFrame({"key": features["key"], "n": n, "variance": n, "n_prompts": n})
    return Reference(f"wordfreq:{language}", counts, WORDFREQ_WORDS)


def profile_reference(name: str, profile: Profile, table: Table, keys: pl.Series) -> Reference:
    """Counts of the features ``keys`` of a table in a profile of human writing."""
    counts = spread_of(profile, table, keys)
    return Reference(name, counts, float(profile.n_words), BlockDesign.of(profile).words_per_prompt)


def panel_reference(
    name: str, rates: pl.DataFrame, own: pl.DataFrame, n_words: int, others: Sequence[int]
) -> Reference:
    """The panel without the target itself as a reference in which each other label weighs the same.

    ``rates`` holds by ``key`` the sums over all labels of ``rate`` and its ``rate_variance``, ``own`` the target's
    ``key``, ``n`` and the ``variance`` of n in its ``n_words`` words, and ``others`` the words of each other label. The
    mean rate of m labels is as sure as a count in m^2 / sum(1 / words) words (their harmonic mean, m times).
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


def open_baseline(baseline: str | PathLike[str] | Profile, spec: CountSpec) -> tuple[str, Profile | None]:
    """The baseline's name for outputs, and its profile if it is one (``wordfreq:LANG`` is not).

    ``baseline`` is a profile, the file of one, or such a name.

    Raises
    ------
    BadInputError
        If it cannot be read, or holds no words.
    IncompatibleProfilesError
        If it was counted with another specification.
    UsageError
        If wordfreq has no list of that language.
    """
    if isinstance(baseline, str) and baseline.startswith("wordfreq:"):
        wordfreq_frequencies(baseline.removeprefix("wordfreq:"))
        return baseline, None
    if isinstance(baseline, Profile):
        name, shown, profile = repr(baseline.label), baseline.label, baseline
    else:
        name, profile = fspath(baseline), read_profile(Path(baseline))
        shown = f"{profile.label} ({Path(name).name})"
    differences = spec.differences(profile.spec)
    if differences:
        raise IncompatibleProfilesError(f"the baseline {name} was counted differently: {'; '.join(differences)}")
    if not profile.n_words:
        raise BadInputError(f"the baseline {name} holds no words")
    return shown, profile
