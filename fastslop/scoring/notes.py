"""What a reader of scores must know: what was measured against what, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from fastslop.base.spec import CountSpec, Table, note_on_share
from fastslop.base.wordfreq import language_of, languages, listed_language
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member
from fastslop.profiles.rows import ngram_texts
from fastslop.scoring.candidates import Candidates
from fastslop.scoring.reference import HUMAN_PHRASES, PANEL, MeasuredBy
from fastslop.scoring.slop_score import SINGLE_WORDS

LABELS_NAMED = 5
"""Most labels named in one note."""
WORDS_LOOKED_AT = 500
"""Most frequent words of a label by which its language is told."""


def notes_on_references(
    name: str, human: Profile | None, members: Sequence[Member], measured_by: Mapping[Table, MeasuredBy]
) -> tuple[str, ...]:
    """What is measured against what, where it is not all the user's own baseline."""
    if human is not None:
        return ()
    if name == PANEL:
        against = "all is scored against the other labels of the panel" if len(members) > 1 else "nothing is scored"
        return (
            f"wordfreq has no list of {members[0].spec.language!r}: {against}, and slop scores are 0; --baseline takes "
            "human writing of your own",
        )
    phrases = next((by for by in measured_by.values() if by.name == HUMAN_PHRASES), None)
    rest = "n-grams" if phrases is None else "n-grams with stopwords"
    if len(members) == 1:
        others = f"{rest} and marks are not scored: {name} holds single words only, and there is no other label"
    else:
        others = f"{rest} and marks are scored against the other labels of the panel: {name} holds single words only"
    return (others,) if phrases is None else (_note_on_phrases(phrases), others)


def notes_on_share(spec: CountSpec) -> tuple[str, ...]:
    """What is not scored, where profiles have a share of n-grams."""
    if spec.scaled == 1:
        return ()
    return (
        f"{note_on_share(spec.scaled)}: the others are not scored, nor in lists, and no phrase is grown from them; "
        "words and marks are all there, with smaller q-values since less is tested",
    )


def _note_on_phrases(by: MeasuredBy) -> str:
    return (
        f"n-grams without stopwords are scored against {by.name}, {by.n_words:,.0f} words of human writing; what it "
        f"does not list is taken to occur there {by.unlisted_per_million:.3f} times in a million words, so that the "
        "ratio to it is at least what is shown"
    )


def notes_on_languages(name: str, members: Sequence[Member], candidates: Iterable[Candidates]) -> tuple[str, ...]:
    """A note on each language of labels that is not the baseline's."""
    expected = listed_language(name)
    if expected is None:
        return ()
    labels: dict[str | None, list[str]] = {}
    for member, own in zip(members, candidates, strict=True):
        rows = own.rows.get(SINGLE_WORDS)
        if rows is None:
            continue
        most = np.argsort(-rows.n, kind="stable")[:WORDS_LOOKED_AT]
        words = ngram_texts(own.vocabulary.tokens, rows.ids[most])
        counts = dict(zip(words, rows.n[most].tolist(), strict=True))
        language = language_of(counts, expected, n_words=int(rows.n.sum()))
        if language not in (None, expected):
            labels.setdefault(language, []).append(member.name)
    return tuple(
        f"{', '.join(names[:LABELS_NAMED])}{' and others' if len(names) > LABELS_NAMED else ''} may be written in "
        f"{language!r}, and most of that is not in {name}: "
        + (f"score against --baseline wordfreq:{language}" if language in languages() else "count it apart")
        for language, names in labels.items()
    )
