"""What lists are to hold: entries of some tiers, none that is excluded, none that is but a piece of something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import polars as pl

from fastslop.base.defaults import LIST_ENTRIES, LIST_TIERS, TIERS
from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.languages import is_foreign
from fastslop.base.spec import PRESETS
from fastslop.base.wording import meant
from fastslop.base.written import SPACELESS
from fastslop.profiles.echo import MAX_ECHO
from fastslop.search.list_entries import understand
from fastslop.search.list_files import read_list

FRAGMENT, EXCLUDED = "fragment", "excluded"
"""Why entries are left out, besides their tier: see `is_fragment`; they hold a phrase of the list to exclude."""
REASONS = {
    "cliche": "that are clichés",
    "name": "that hold a name",
    "topic": "that the prompts explain",
    "foreign": "in other letters than those of the language",
    "typography": "without a letter",
    FRAGMENT: "that are pieces of words or sentences (th of 19th)",
    EXCLUDED: "that hold a phrase of the list to exclude",
}
"""Reasons for which entries are left out, in words that go with "entries"."""
_NO_VOWEL = r"(?:^| )[bcdfghjklmnpqrstvwxz]{1,2}(?: |$)"
_BORDER = r'[()\[\]{}"“”„«»（）［］｛｝〈〉《》「」『』【】〔〕]'


def tier(language: str | None = None) -> pl.Expr:
    """The tier of an entry, by ``phrase``, ``is_name``, ``is_topic`` and ``echo``: one of ``TIERS``.

    What is null says nothing: the entry then is what the other columns make it. A name that the prompts explain is a
    topic: of 78 models that answered instructions, ``python`` led the names of 75. An entry is foreign if it is
    measured against the words of a ``language``, and has none of its letters: of 14 models that answered in Chinese,
    ``import`` led the words of each.
    """
    return (
        pl.when(~pl.col("phrase").str.contains(r"\p{L}"))
        .then(pl.lit("typography"))
        .when(is_foreign("phrase", language))
        .then(pl.lit("foreign"))
        .when(((pl.col("echo") > MAX_ECHO) | pl.col("is_topic")).fill_null(value=False))
        .then(pl.lit("topic"))
        .when(pl.col("is_name").fill_null(value=False))
        .then(pl.lit("name"))
        .otherwise(pl.lit("cliche"))
        .alias("tier")
    )


def is_fragment(*, are_content: bool) -> pl.Expr:
    """Whether an entry is a piece of something.

    An n-gram without stopwords is one if it has a word of one or two Latin letters without a vowel, which is no word
    but what numbers, units and abbreviations leave of themselves: ``th century``, ``x``, ``js``. A phrase is one if it
    goes across a bracket or a quotation mark: ``social, and governance (ESG``.
    """
    return pl.col("phrase").str.contains(_NO_VOWEL if are_content else _BORDER)


def spaced(phrase: str) -> pl.Expr:
    """The words of an entry in lower case, each between two spaces; in scripts without spaces, the characters."""
    apart = pl.col(phrase).str.to_lowercase().str.replace_all(f"([{SPACELESS}])", " ${1} ")
    words = apart.str.replace_all("’", "'").str.replace_all(r"[^\p{L}\p{M}\p{N}']+", " ")
    return pl.format(" {} ", words.str.strip_chars(" "))


@dataclass(frozen=True)
class Wanted:
    """What lists are to hold: ``top`` entries of each kind, of these ``tiers``, none that holds an ``excluded`` phrase
    as whole words, and with ``no_names`` none that holds a name, whatever its tier."""

    top: int = LIST_ENTRIES
    tiers: tuple[str, ...] = LIST_TIERS
    excluded: tuple[str, ...] = ()
    no_names: bool = False

    def of(
        self, entries: pl.DataFrame, *, are_content: bool, language: str | None = None
    ) -> tuple[pl.DataFrame, Counter[str]]:
        """The entries that are wanted, with their ``tier``, and how many are left out for which of ``REASONS``.

        ``are_content``: whether entries are words and n-grams without stopwords; else they are phrases. ``language``:
        that whose words they are measured against, if it matters what letters these have (see `tier`).
        """
        reason = (
            pl.when(is_fragment(are_content=are_content))
            .then(pl.lit(FRAGMENT))
            .when(self._is_excluded())
            .then(pl.lit(EXCLUDED))
            .when(pl.lit(self.no_names) & pl.col("is_name").fill_null(value=False))
            .then(pl.lit("name"))
            .when(~pl.col("tier").is_in(self.tiers))
            .then(pl.col("tier"))
        )
        judged = entries.with_columns(tier(language)).with_columns(reason.alias("reason"))
        left_out = Counter(judged["reason"].drop_nulls().to_list())
        return judged.filter(pl.col("reason").is_null()).drop("reason"), left_out

    def _is_excluded(self) -> pl.Expr:
        phrases = pl.DataFrame({"phrase": self.excluded}, schema={"phrase": pl.String}).select(spaced("phrase"))
        patterns = [phrase for phrase in phrases.to_series() if phrase.strip()]
        return spaced("phrase").str.contains_any(patterns) if patterns else pl.lit(value=False)


EVERYTHING = Wanted(tiers=TIERS)
"""What lists hold if nothing is to be left out."""


def wanted_of(
    top: int = LIST_ENTRIES,
    kinds: Sequence[str] | None = None,
    *,
    no_names: bool = False,
    exclude: str | PathLike[str] | Iterable[str] | None = None,
) -> Wanted:
    """
    What lists are to hold.

    Parameters
    ----------
    top
        Entries of each kind.
    kinds
        Tiers of entries, of ``TIERS``; ``LIST_TIERS`` if not given.
    no_names
        Leave names out as well.
    exclude
        Phrases that no entry holds, or the file of a list of them.

    Raises
    ------
    UsageError
        If there is no such tier, or none is left.
    BadInputError
        If the list to exclude cannot be read.
    """
    for kind in kinds or ():
        if kind not in TIERS:
            raise UsageError(f"unknown kind of entries {kind!r}: {meant(kind, TIERS)}")
    tiers = tuple(kind for kind in TIERS if kind in (kinds or LIST_TIERS) and not (no_names and kind == "name"))
    if not tiers:
        raise UsageError("no kinds of entries are left for lists to hold")
    excluded = _phrases_in(Path(exclude)) if isinstance(exclude, (str, PathLike)) else tuple(exclude or ())
    return Wanted(top, tiers, excluded, no_names)


def _phrases_in(path: Path) -> tuple[str, ...]:
    """The words, phrases and n-grams of a list."""
    entries = understand(read_list(path), str(path), PRESETS["default"])
    if entries.expressions:
        raise BadInputError(f"{path}: what lists are not to hold are words and phrases, not regular expressions")
    return tuple(" ".join(words) for words in (*entries.phrases, *entries.ngrams))
