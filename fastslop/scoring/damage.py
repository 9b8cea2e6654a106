"""Damage to texts that is not vocabulary: contractions whose end was cut off, such as ``wasn`` of *wasn't*.

The tokeniser keeps apostrophes inside words, so a whole contraction is one token, and nobody writes the stump alone.
Where there are many, something cut the text as it was generated, such as a sampler that forbids some tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastslop.base.hashing import hash_strings
from fastslop.base.spec import CountSpec
from fastslop.base.stopwords import ENGLISH
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member
from fastslop.scoring.slop_score import SINGLE_WORDS
from fastslop.tokens.vocabulary import Vocabulary

OTHER_WORDS = frozenset({"ain", "can", "don", "haven", "shan", "won"})
"""Stumps of contractions that are words, or names, by themselves."""
STUMPS = frozenset(word.removesuffix("'t") for word in ENGLISH if word.endswith("n't")) - OTHER_WORDS
"""What is left of contractions with *not*, and is no word: by these it is told that texts are damaged."""
ENDS = frozenset({"ll", "ve"})
"""What is left of other contractions. It has other uses, in programs and formulas, so it is taken for damage only in
texts that have stumps."""
LEAST_STUMPS = 10
"""Least occurrences of stumps in damaged texts."""
LEAST_RATE = 2.0
"""Least occurrences of stumps among 100,000 words of damaged texts. Novels of a hundred years ago, as they were
scanned, have 0.35."""
SHOWN = 3
"""Most different fragments that a note names."""


@dataclass(frozen=True)
class Damage:
    """Broken contractions of a label, and how often each occurs, the most frequent first; ``n_words`` of its texts."""

    fragments: dict[str, int]
    n_words: int

    def note(self, label: str) -> str:
        """What a reader must know of it."""
        n = sum(self.fragments.values())
        named = [f"{word} {count:,}" for word, count in self.fragments.items()][:SHOWN]
        more = ", …" if len(self.fragments) > SHOWN else ""
        return (
            f"{label}: {n:,} broken contractions ({', '.join(named)}{more}), {1e5 * n / self.n_words:,.0f} per 100,000 "
            "words: text was cut there; they are not scored or listed as vocabulary"
        )

    def tokens(self, vocabulary: Vocabulary) -> NDArray[np.bool_]:
        """Which tokens of a vocabulary are such fragments."""
        return np.isin(vocabulary.keys, hash_strings(sorted(self.fragments)))


def find_damage(member: Member, frequent: Profile) -> Damage | None:
    """The broken contractions of a label, None where its texts are whole; ``frequent`` has its frequent features.

    Where the tokeniser cuts at apostrophes stumps are no damage.
    """
    if not _can_be_told(member.spec):
        return None
    seen = sum(n for word, n in _fragments_in(frequent).items() if word in STUMPS)
    if seen < LEAST_STUMPS or 1e5 * seen < LEAST_RATE * member.n_words:
        return None
    fragments = _fragments_in(member.read([SINGLE_WORDS]))
    return Damage(dict(sorted(fragments.items(), key=lambda one: (-one[1], one[0]))), member.n_words)


def _can_be_told(spec: CountSpec) -> bool:
    return spec.knows_sentences and SINGLE_WORDS in spec.tables


def _fragments_in(profile: Profile) -> dict[str, int]:
    """Occurrences of each fragment that a profile has a row of."""
    words, grams = sorted(STUMPS | ENDS), profile.tables[SINGLE_WORDS]
    of_rows = profile.vocabulary.keys[grams.ids[:, 0]]
    keys = hash_strings(words)
    found = {word: int(grams.n[of_rows == key].sum()) for word, key in zip(words, keys, strict=True)}
    return {word: n for word, n in found.items() if n}
