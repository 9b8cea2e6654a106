"""wordfreq: how often a language uses each of its words (Robyn Speer)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from fastslop.base.errors import UsageError

WORDFREQ_WORDS = 1e8
"""Words in which wordfreq's frequencies are taken to be counted: it gives no counts, and lists words down to about 1 in
10^8. The rarest listed word then has one occurrence; one that is not listed has none and is smoothed to a half."""


@cache
def wordfreq_frequencies(language: str) -> Mapping[str, float]:
    """wordfreq's frequencies of a language's words (Robyn Speer, CC BY-SA 4.0).

    Raises
    ------
    UsageError
        If wordfreq has no list of that language. (By itself, wordfreq would take the nearest language it has.)
    """
    import wordfreq

    languages = wordfreq.available_languages()
    if language not in languages:
        raise UsageError(f"wordfreq knows no language {language!r}; it knows {', '.join(sorted(languages))}")
    frequencies: Mapping[str, float] = wordfreq.get_frequency_dict(language, wordlist="best")
    return frequencies
