"""Rules by which contrasts are found, a table of data for each language."""

from __future__ import annotations

from collections.abc import Mapping

from fastslop.search.contrast_rules import chinese, english, french, german, japanese, russian, spanish
from fastslop.search.contrast_rules.rules import Pattern as Pattern
from fastslop.search.contrast_rules.rules import Rules as Rules

RULES: Mapping[str, Rules] = {
    "en": english.RULES,
    "zh": chinese.RULES,
    "ja": japanese.RULES,
    "de": german.RULES,
    "fr": french.RULES,
    "es": spanish.RULES,
    "ru": russian.RULES,
}
"""The rules of each language that has any."""
