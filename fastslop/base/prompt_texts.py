"""Texts of prompts, as many as a profile keeps: what models were asked, so that it can be told from what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from fastslop.base.arrays import Keys
from fastslop.base.hashing import mixed

MOST_PROMPTS = 1024
"""Most prompts whose text is kept: those of which every row of a profile keeps the count."""
MOST_BYTES = 1 << 14
"""Most bytes of a text that is kept: a prompt may hold whole books."""


@dataclass(frozen=True)
class PromptTexts:
    """Texts of prompts, by the keys of these, sorted; see ``kept_texts`` for which of many they are."""

    keys: Keys = field(default_factory=lambda: np.zeros(0, np.uint64))
    texts: tuple[str, ...] = ()

    def __add__(self, other: PromptTexts) -> PromptTexts:
        """The texts of both, as many as are kept: associative and commutative."""
        return sum_of_texts([self, other])

    def __len__(self) -> int:
        return len(self.texts)


def kept_texts(texts: Mapping[int, str]) -> PromptTexts:
    """Those of the texts of prompts, by their keys, that are kept: ``MOST_PROMPTS`` of at most ``MOST_BYTES`` each.

    They are those of the smallest hashes, mixed: a fair draw, and what is left out of a part is left out of the whole.
    """
    keys = np.array([key for key, text in texts.items() if _is_short(text)], np.uint64)
    kept = np.sort(keys[np.argsort(mixed(keys))[:MOST_PROMPTS]])
    return PromptTexts(kept, tuple(texts[key] for key in kept.tolist()))


def _is_short(text: str) -> bool:
    return 4 * len(text) <= MOST_BYTES or len(text.encode()) <= MOST_BYTES


def sum_of_texts(parts: Iterable[PromptTexts]) -> PromptTexts:
    """The texts of all parts, as many as are kept; of several texts of one prompt the longest."""
    texts: dict[int, str] = {}
    for part in parts:
        take_longest(texts, zip(part.keys.tolist(), part.texts, strict=True))
    return kept_texts(texts)


def take_longest(texts: dict[int, str], told: Iterable[tuple[int, str]]) -> None:
    """Take what is told of prompts, by their keys, into ``texts``: of several of one the longest that can be kept."""
    for key, text in told:
        known = texts.get(key)
        if known != text and _is_short(text):
            texts[key] = text if known is None else longer(known, text)


def without_nul(text: str) -> str:
    """A text as a profile's file holds it, in which a NUL ends one."""
    return text.replace("\0", " ")


def longer(a: str, b: str) -> str:
    """The text of more bytes; of equally many the greater."""
    return max(a, b, key=lambda text: (len(text.encode()), text))
