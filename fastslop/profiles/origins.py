"""Where features may come from: prompts that hold them, and names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fastslop.base.prompt_texts import PromptTexts
from fastslop.profiles.echo import AskedNgrams, asked_ngrams
from fastslop.profiles.names import UNKNOWN, Names, WordCapitals, names_of, word_capitals
from fastslop.profiles.profile_set import Member, readers
from fastslop.system.threads import map_bounded


class Origins(NamedTuple):
    """The n-grams of the prompts of labels, and the names among the words of these."""

    asked: AskedNgrams
    names: Names


NO_ORIGINS = Origins(AskedNgrams({}, {}), UNKNOWN)
"""Where features come from if that was not looked for."""


def read_origins(members: Sequence[Member]) -> Origins:
    """What the profiles of labels that were counted alike tell of it; their tables are not read."""
    heads = map_bounded(_head, members, readers(members))
    told = {member.name: head for member, head in zip(members, heads, strict=True)}
    asked = asked_ngrams({label: texts for label, (texts, _) in told.items()}, members[0].spec)
    return Origins(asked, names_of({label: counts for label, (_, counts) in told.items()}))


def _head(member: Member) -> tuple[PromptTexts, WordCapitals]:
    profile = member.read(())
    return profile.prompt_texts, word_capitals(profile)
