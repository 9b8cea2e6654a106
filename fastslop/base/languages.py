"""The languages of which refusals and contrasts are known."""

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
