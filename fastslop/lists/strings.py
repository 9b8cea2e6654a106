"""How entries are written for programs that match strings: so that they are found as words, and not inside others.

An entry is written as it is where that is hardly ever inside another word. Otherwise it is written with the character
before it, the one after it, or both, as often as it takes: ``" hum "``, ``" hum,"``, ``" hum."``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import polars as pl

from fastslop.lists.contexts import INSIDE, Context, Contexts, whole_of
from fastslop.lists.inside_words import contexts_in_language, contexts_in_profiles
from fastslop.lists.slop_lists import NO_STRINGS, SlopList
from fastslop.profiles.profile_set import Member

MAX_INSIDE = 0.01
"""Largest share of an entry's hits that may be inside other words."""
LEAST_GAIN = 0.05
"""Least share of an entry's occurrences that a string must find to be worth its place in a list."""
SHORT, EMBEDDED = "one or two letters", "mostly inside other words"
"""Why an entry is written as no string."""
USUAL: Context = {(" ", after): 1.0 for after in " ,."}
"""Where a word is taken to stand if no texts are at hand."""
_IS_SHORT = r"^[\p{Ll}\p{Lu}]{1,2}$"


class Hits(NamedTuple):
    """How often a string is found: as words of its own, and inside other words."""

    whole: float
    inside: float


def hits_of(form: tuple[str, str], context: Context) -> Hits:
    """The hits of an entry with these characters before and after it, "" for none."""
    before, after = form
    hits = [0.0, 0.0]
    for sides, n in context.items():
        if (not before or before == sides[0]) and (not after or after == sides[1]):
            hits[INSIDE in sides] += n
    return Hits(*hits)


def choose_forms(context: Context, least: float) -> list[tuple[str, str]]:
    """The forms of an entry that find most of its occurrences, with at most ``MAX_INSIDE`` of their hits inside words.

    Of the characters before it, after it, or on both sides, those are used that find ``least`` occurrences. Fewer
    strings are better: each must find so many more.
    """
    best: list[tuple[str, str]] = []
    most = 0.0
    for before, after in ((False, False), (True, False), (False, True), (True, True)):
        found: dict[tuple[str, str], float] = defaultdict(float)
        for (left, right), n in context.items():
            form = (left if before else "", right if after else "")
            if INSIDE not in (left, right) and (left or not before) and (right or not after):
                found[form] += n
        forms = [form for form, n in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])) if n >= least]
        hits = [hits_of(form, context) for form in forms]
        whole, inside = sum(hit.whole for hit in hits), sum(hit.inside for hit in hits)
        worth = whole - least * len(forms)
        if inside <= MAX_INSIDE * (whole + inside) and (worth > most or not best):
            best, most = forms, worth
    return best


def with_strings(
    lists: Sequence[SlopList],
    members: Sequence[Member],
    language: str | None,
    contexts: Contexts | None = None,
) -> list[SlopList]:
    """The lists with their ``strings``: by where entries stand in texts, or else by the words of the labels.

    ``language``: in which words are looked at as well, by wordfreq, if it is known.
    """
    entries = {entry for one in lists for entry in one.surface["phrase"]}
    n_words = sum(member.n_words for member in members) if contexts is None else contexts.n_words
    in_words = contexts_in_language(language, n_words, entries)
    if contexts is None:
        contexts = Contexts(contexts_in_profiles(members, entries), {}, n_words, are_of_texts=False)
    every = pl.concat([one.surface.select("phrase", "n") for one in lists]).group_by("phrase").max().sort("phrase")
    strings = strings_of(every, contexts, in_words)

    def written(one: SlopList) -> SlopList:
        by_score = one.surface_by_score.select("phrase")
        return replace(one, strings=by_score.join(strings, on="phrase", how="left", maintain_order="left_right"))

    return [written(one) for one in lists]


class Matching(NamedTuple):
    """How strings match in texts: ``inside``, the share of their hits that are inside other words; ``kept``, the share
    of the entries' occurrences that they find, None where that is not known; how many strings, and entries without."""

    inside: float
    kept: float | None
    n_strings: int
    n_left_out: int

    def __str__(self) -> str:
        without = f"; entries without a string: {self.n_left_out:,}" if self.n_left_out else ""
        kept = "known with --texts only" if self.kept is None else f"{self.kept:.1%}"
        return f"hits inside other words {self.inside:.1%}, hits kept {kept}{without}"


def matching_of(strings: pl.DataFrame) -> Matching:
    """How the strings of a list match in the texts that they were chosen by."""
    n, n_inside = int(strings["n"].sum()), int(strings["n_inside"].sum())
    n_phrases = int(strings.unique("phrase")["n_phrase"].sum())
    n_left_out = strings["left_out"].count()
    return Matching(
        n_inside / max(n + n_inside, 1), n / n_phrases if n_phrases else None, strings["string"].count(), n_left_out
    )


def strings_of(entries: pl.DataFrame, contexts: Contexts, in_words: Mapping[str, Context]) -> pl.DataFrame:
    """The strings of words and phrases.

    Parameters
    ----------
    entries
        The words and phrases as ``phrase``, each once, and ``n``, how often they occur in all.
    contexts
        Where they stand in texts; those that never stand there by themselves are taken to stand as is ``USUAL``.
    in_words
        Where words stand inside other words of the language. They are written so that they are not found inside
        these either, should the texts have none.

    Returns
    -------
    polars.DataFrame
        ``phrase``; ``string``; ``n`` and ``n_inside``, its hits in the texts as words and inside others; ``n_phrase``,
        how often the entry is there by itself. An entry that is written as no string has one row, with the reason why
        as ``left_out``, which is null otherwise.
    """
    is_short = entries["phrase"].str.contains(_IS_SHORT)
    rows: list[_Row] = []
    for phrase, n, short in zip(entries["phrase"], entries["n"], is_short, strict=True):
        own = _rows_of(phrase, n, contexts, in_words)
        rows += [_Row(phrase, None, 0, 0, own[0].n_phrase, SHORT)] if short else own
    return pl.DataFrame(rows, schema=NO_STRINGS.schema, orient="row")


class _Row(NamedTuple):
    phrase: str
    string: str | None
    n: int
    n_inside: int
    n_phrase: int
    left_out: str | None


def _rows_of(phrase: str, n: int, contexts: Contexts, in_words: Mapping[str, Context]) -> list[_Row]:
    """The strings of an entry, those with most hits first."""
    spelt = contexts.of(phrase)
    n_phrase = total = sum(map(whole_of, spelt.values()))
    if not total:  # too rare for a sample of the texts, or there are no texts
        first = next(iter(spelt))
        total = n
        spelt = {first: {**spelt[first], **{sides: n / len(USUAL) for sides in USUAL}}}
    rows = []
    for spelling, context in spelt.items():
        general = in_words.get(spelling, {})
        feared = {sides: max(context.get(sides, 0.0), general.get(sides, 0.0)) for sides in {*context, *general}}
        for before, after in choose_forms(feared, LEAST_GAIN * total):
            whole, inside = hits_of((before, after), context)
            n_whole = 0 if contexts.are_of_texts and not n_phrase else round(whole)
            rows.append(_Row(phrase, f"{before}{spelling}{after}", n_whole, round(inside), round(n_phrase), None))
    return sorted(rows, key=lambda row: (-row.n, row.string)) or [_Row(phrase, None, 0, 0, round(n_phrase), EMBEDDED)]
