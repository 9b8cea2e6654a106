"""Entries of a list to what its maker meant: phrases, n-grams without stopwords, regular expressions.

Which is which is told by names and by shape, in this order:

1. An entry is a regular expression if the name it is under (its key's, else its file's) says ``regex``, or if it holds
   the syntax of one (``SYNTAX``).
2. The others are n-grams without stopwords if that name says n-grams, bigrams or trigrams, or if each entry is an array
   of one string; and if no more than one in a hundred of their n-grams has a stopword.
3. All else are phrases.

Case, marks and space around the words mean nothing: forms of one entry that have the same words are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import regex

from fastslop.base.errors import BadInputError
from fastslop.base.spec import CountSpec
from fastslop.base.stopwords import ENGLISH, NLTK_ENGLISH
from fastslop.base.wording import plural
from fastslop.reading.names import known_as
from fastslop.reading.unusable import has_surrogate, without_surrogates
from fastslop.search.expressions import Expression
from fastslop.search.list_files import Entry, Group
from fastslop.search.matcher import split_phrases

Phrase = tuple[str, ...]

SYNTAX = re.compile(
    r"""
    \\[bBdDsSwW.?*+()\[\]{}|^$]     # \b, \s, \.
    | \(\?                          # (?i), (?:
    | \[\^?[^\]\s]+\][*+?{]         # [a-z]+
    | \[\^                          # [^.]
    | \w-\w\]                       # [a-z]
    | \.[*+]\?? (?!\*) | \.\{\d     # .*, .+, .{1,40}
    | \)[*+{] | \)\?(?=\S)          # (ly)?ing
    | \([^()\s][^()]*\|[^()]*\)     # (glint|gleam)
    | [^\W\d_]\?[^\W\d_]            # colou?r
    | ^\^\w                         # ^Certainly
    """,
    re.VERBOSE,
)
"""What stands in regular expressions, and not in phrases."""
NGRAMS = re.compile("(n|bi|tri)grams?")
STOPWORDS = frozenset(NLTK_ENGLISH) & frozenset(ENGLISH)
"""What both our lists of stopwords hold: n-grams without stopwords, whoever made them, have none of these."""
MAX_WITH_STOPWORDS = 0.01
"""Share of n-grams with stopwords up to which a list of n-grams is one without them."""
CONTRACTED = {
    **{word: f"{word}n't" for word in ("could", "might", "must", "need", "ought", "would")},
    **{"ca": "can't", "let": "let's", "sha": "shan't", "wo": "won't"},
}
"""What NLTK's tokeniser leaves of contractions: of "couldn't help" slop-forensics makes ``could help``."""
MAX_CONTRACTED = 3
"""Most words of an n-gram that are taken for what is left of contractions."""

TOKEN = "it is a token, since it is not in double quotes"
NAMED = 5
"""Most entries that are named for one reason."""


@dataclass(frozen=True)
class ListEntries:
    """What a list holds: the words of phrases and of n-grams without stopwords, each once, regular expressions, and
    the entries that cannot match with the reason."""

    phrases: tuple[Phrase, ...]
    ngrams: tuple[Phrase, ...]
    expressions: tuple[Expression, ...]
    unusable: dict[str, str]

    @property
    def summary(self) -> str:
        """What the list holds, in one line."""
        kinds = ((self.phrases, "phrase"), (self.ngrams, "content n-gram"), (self.expressions, "regular expression"))
        read = ", ".join(plural(len(entries), kind) for entries, kind in kinds if entries)
        return "list: " + "; ".join(part for part in (read, self._left_out) if part)

    @property
    def _left_out(self) -> str:
        """How many entries cannot match, and why; some of each reason."""
        reasons = []
        for reason in dict.fromkeys(self.unusable.values()):
            entries = [entry for entry, why in self.unusable.items() if why == reason]
            shown = ", ".join(map(repr, entries[:NAMED])) + (", ..." if len(entries) > NAMED else "")
            reasons.append(f"{shown} ({reason})")
        n = len(self.unusable)
        return f"{n:,} {'entry' if n == 1 else 'entries'} cannot match: {', '.join(reasons)}" if n else ""


def understand(groups: Iterable[Group], source: str, spec: CountSpec) -> ListEntries:
    """What the groups of a list mean, in words of ``spec``.

    Raises
    ------
    BadInputError
        If nothing in it can match, or an entry is no text; the message begins with ``source``.
    """
    phrases: dict[Phrase, None] = {}
    ngrams: dict[Phrase, None] = {}
    expressions: dict[Expression, None] = {}
    unusable: dict[str, str] = {}
    for group in groups:
        _check_text(group, source)
        unusable |= dict.fromkeys((token.text for token in group.tokens), TOKEN)
        name = known_as(group.name)
        others = []
        for entry in group.entries:
            if "regex" in name or SYNTAX.search(entry.text):
                _add_expression(entry, name, expressions, unusable)
            else:
                others.append(entry.text)
        split = split_phrases(others, spec)
        unusable |= split.unusable
        says_ngrams = group.are_nested or NGRAMS.search(name) is not None
        own = list(dict.fromkeys(split.words.values()))
        are_ngrams = says_ngrams and _are_without_stopwords(own)
        for words in own:
            is_ngram = are_ngrams and len(words) > 1 and STOPWORDS.isdisjoint(words)
            (ngrams if is_ngram else phrases)[words] = None
    entries = ListEntries(tuple(phrases), tuple(ngrams), tuple(expressions), unusable)
    if not (phrases or ngrams or expressions):
        raise BadInputError(f"{source}: there is nothing to look for; {entries.summary}")
    return entries


def _check_text(group: Group, source: str) -> None:
    """Raise BadInputError if an entry is in no text, since it holds half a surrogate pair."""
    for entry in (*group.entries, *group.tokens):
        if has_surrogate(entry.text):
            shown = without_surrogates(entry.text)
            raise BadInputError(f"{source}: {entry.place} holds half a surrogate pair, {shown!r}; take it out")


def _add_expression(entry: Entry, name: str, found: dict[Expression, None], unusable: dict[str, str]) -> None:
    """Enter an expression, or why it is none; ``name`` says in which case it matches, as ik_llama.cpp has it."""
    is_by_line = name in ("bannedregex", "bannedregexcaseinsensitive")
    expression = Expression(entry.text, entry.place, name == "bannedregex", is_by_line)
    try:
        expression.pattern  # noqa: B018
    except regex.error as error:
        at = "" if error.pos is None else f" at character {error.pos + 1}"
        unusable[entry.text] = f"{entry.place}: no regular expression, {error.msg}{at}"
    except RecursionError:
        unusable[entry.text] = f"{entry.place}: a regular expression that is nested too deeply"
    else:
        found[expression] = None


def _are_without_stopwords(entries: Sequence[Phrase]) -> bool:
    """Whether n-grams, as far as they are of several words, are such as stopwords were taken out of."""
    ngrams = [words for words in entries if len(words) > 1]
    n_with = sum(not STOPWORDS.isdisjoint(words) for words in ngrams)
    return n_with <= MAX_WITH_STOPWORDS * len(ngrams)


def with_contractions(ngrams: Iterable[Phrase]) -> list[Phrase]:
    """N-grams, each also with the contractions that its words may be left of."""
    forms: dict[Phrase, None] = {}
    for words in ngrams:
        is_short = sum(word in CONTRACTED for word in words) <= MAX_CONTRACTED
        choices = [(word, CONTRACTED[word]) if is_short and word in CONTRACTED else (word,) for word in words]
        forms |= dict.fromkeys(product(*choices))
    return list(forms)
