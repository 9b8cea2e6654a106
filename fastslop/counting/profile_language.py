"""The language of a label that was counted, by its profile."""

from __future__ import annotations

import numpy as np

from fastslop.profiles.profile import Profile
from fastslop.reading.languages import no_uses, telling_among, told

WORDS = ("word", 1)


def language_of_profile(profile: Profile) -> tuple[str | None, int]:
    """The language of a label by its profile, and its words, as `LanguageEvidence` tells of its texts.

    That of the specification, where the profile does not have all words.
    """
    n_words = int(profile.prompts.n_words.sum())
    if WORDS not in profile.spec.tables or profile.spec.min_word_chars > 1:
        return profile.spec.language, n_words
    rows = profile.tables[WORDS]
    ids, vocabulary = rows.ids[:, 0], profile.vocabulary
    found, places = telling_among(vocabulary.keys[ids], vocabulary.text, vocabulary.starts[ids])
    uses = no_uses()
    np.add.at(uses, places, rows.n[found])
    return told(uses, n_words, has_cut=bool(profile.spec.dictionary)), n_words
