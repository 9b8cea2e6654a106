"""Languages: those of which refusals and contrasts are known, their letters, those that wordfreq has no words of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

NAMES: Mapping[str, str] = {
    "en": "English",
    "zh": "Chinese",
    "ja": "Japanese",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "ru": "Russian",
}
"""Each language that has rules of both, by its code, and its name."""
_ALL = [*NAMES.values()]
NAMED = f"{', '.join(_ALL[:-1])} and {_ALL[-1]}"
"""These languages as a sentence names them."""
BY_SCRIPT: Mapping[str, tuple[str, str]] = {
    "km": ("\u1780", "\u17ff"),
    "lo": ("\u0e80", "\u0eff"),
    "my": ("\u1000", "\u109f"),
    "th": ("\u0e00", "\u0e7f"),
}
"""Languages of which wordfreq has no list, by their codes, and the first and last character of the script of each, by
which alone they are told: Khmer, Lao, Burmese and Thai."""

_CYRILLIC, _ARABIC, _DEVANAGARI = r"\p{Cyrillic}", r"\p{Arabic}", r"\p{Devanagari}"
OWN_LETTERS: Mapping[str, str] = {
    "ar": _ARABIC,
    "bg": _CYRILLIC,
    "bn": r"\p{Bengali}",
    "el": r"\p{Greek}",
    "fa": _ARABIC,
    "he": r"\p{Hebrew}",
    "hi": _DEVANAGARI,
    "ja": r"\p{Han}\p{Hiragana}\p{Katakana}",
    "ko": r"\p{Hangul}\p{Han}",
    "mk": _CYRILLIC,
    "ru": _CYRILLIC,
    "ta": r"\p{Tamil}",
    "uk": _CYRILLIC,
    "ur": _ARABIC,
    "zh": r"\p{Han}",
}
"""The letters of each language of wordfreq that is written in others than Latin ones alone, as a class of regular
expressions holds them; Serbian is written in either."""


def is_foreign(column: str, language: str | None) -> pl.Expr:
    """Whether an n-gram has none of the letters of a language; never, where these are Latin or no language is given."""
    import polars as pl

    own = OWN_LETTERS.get(language or "")
    return pl.lit(value=False) if own is None else ~pl.col(column).str.contains(f"[{own}]")
