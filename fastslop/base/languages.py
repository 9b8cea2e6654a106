"""The languages of which refusals and contrasts are known, and those that wordfreq has no words of."""

from __future__ import annotations

from collections.abc import Mapping

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
