"""The counting specification: everything that decides what is counted, declared once and recorded in every profile."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from reprlib import repr as short
from typing import Any

from fastslop.base.defaults import MAX_ORDER, MAX_SCALED
from fastslop.base.errors import IncompatibleProfilesError, UsageError
from fastslop.base.stopwords import ENGLISH, NLTK_ENGLISH

UNICODE_VERSION = "14.0.0"
TOKENISERS = ("fastslop/1", "letters/1")
GUARDS = ("set-aside/1", "count-only/1")

MOST_CHARS = 1000
"""Most characters that words can be asked to have at least."""

USUAL: dict[str, Any] = {"dictionary": "", "language": "en", "scaled": 1}
"""Fields that are written only where they have other values than these, so that profiles without them do not change."""

KINDS = ("word", "content", "mark")
Table = tuple[str, int]
"""A table of counts, named by the kind and the order of its n-grams."""

COUNT_ALIKE = "count the texts of one again as those of the other were (--spec, --orders, --language)"
"""What can be done about profiles of different specifications."""
SCALE_ALIKE = "`fastslop merge --scaled {}` makes of the finer one a profile that goes with the other"
"""What can be done about profiles of which one has a larger share of n-grams."""


@dataclass(frozen=True)
class CountSpec:
    """Specification of what is counted. Profiles of different specifications are neither merged nor compared.

    ``tokeniser`` is ``fastslop/1`` (words, marks, and breaks at the ends of sentences, lines and numbers) or
    ``letters/1`` (slop-forensics': runs of letters, nothing else, no breaks). ``orders`` are those of word n-grams,
    ``content_orders`` those of the n-grams left when ``stopwords`` are dropped, ``mark_orders`` those of n-grams with
    marks (1: the marks; 2: a mark and what stands beside it). Words shorter than ``min_word_chars`` are not counted by
    themselves, but n-grams hold them. ``guards`` is ``set-aside/1``, by which generations that loop or refuse are not
    counted, or ``count-only/1``, by which they are counted like all others and only their number is told; the number
    in the name is the version of the rules.

    ``dictionary`` is that by which text without spaces is cut into words: wordfreq's version, and behind a stroke the
    language if that was declared (else each document is cut as Japanese if it has kana, and as Chinese if not); of text
    in scripts of South-East Asia the version of the package's own lists; both, joined by a plus sign; empty in a
    profile of texts without such text. Text that one of them did not cut goes with each of its versions. ``language``
    is what texts are in, by which ``stopwords`` were chosen, and by which baselines and contrasts are.

    Of n-grams of two tokens and more, one of ``scaled`` is kept, whose hash is in the lowest share of all that there
    are (FracMinHash: Irber et al. 2022); single words and marks are kept whole.
    """

    tokeniser: str = "fastslop/1"
    orders: tuple[int, ...] = (1, 2, 3)
    content_orders: tuple[int, ...] = (2, 3)
    mark_orders: tuple[int, ...] = (1, 2)
    min_word_chars: int = 1
    stopwords: tuple[str, ...] = ENGLISH
    unicode: str = UNICODE_VERSION
    guards: str = "set-aside/1"
    dictionary: str = ""
    language: str = "en"
    scaled: int = 1

    def __post_init__(self) -> None:
        if self.tokeniser not in TOKENISERS:
            raise UsageError(f"unknown tokeniser {short(self.tokeniser)}; there are {', '.join(TOKENISERS)}")
        if self.unicode != UNICODE_VERSION:
            raise UsageError(f"tables of Unicode {self.unicode} are not in this version; it has {UNICODE_VERSION}")
        for name in ("dictionary", "language"):
            if not isinstance(getattr(self, name), str):
                raise UsageError(f"{name} must be a name, not {short(getattr(self, name))}")
        if type(self.scaled) is not int or not 1 <= self.scaled <= MAX_SCALED:
            raise UsageError(f"scaled must be a whole number from 1 to {MAX_SCALED:,}, not {short(self.scaled)}")
        if self.guards not in GUARDS:
            raise UsageError(f"unknown guards {short(self.guards)}; there are {', '.join(GUARDS)}")
        for name in ("orders", "content_orders", "mark_orders"):
            _check_orders(name, getattr(self, name))
        if not _are_words(self.stopwords):
            raise UsageError(f"stopwords must be a list of words, not {short(self.stopwords)}")
        if type(self.min_word_chars) is not int or not 1 <= self.min_word_chars <= MOST_CHARS:
            raise UsageError(
                f"min_word_chars must be a whole number from 1 to {MOST_CHARS}, not {short(self.min_word_chars)}"
            )
        if not set(self.mark_orders) <= {1, 2}:
            raise UsageError("mark_orders can hold 1 (the marks) and 2 (what stands beside them)")
        if not self.tables:
            raise UsageError("a specification without any order counts nothing")
        object.__setattr__(self, "stopwords", tuple(sorted(set(self.stopwords))))

    @property
    def sets_aside(self) -> bool:
        """Whether generations that loop or refuse are not counted."""
        return self.guards == "set-aside/1"

    @property
    def knows_sentences(self) -> bool:
        """Whether the tokeniser sees where sentences end."""
        return self.tokeniser != "letters/1"

    def scaled_of(self, order: int) -> int:
        """Of how many n-grams of this order one is kept."""
        return self.scaled if order > 1 else 1

    @property
    def tables(self) -> tuple[Table, ...]:
        """Kind and order of every table, in the order in which profiles hold them."""
        kinds = (("word", self.orders), ("content", self.content_orders), ("mark", self.mark_orders))
        return tuple((kind, order) for kind, orders in kinds for order in orders)

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values, fit for JSON; those that are `USUAL` only where they say more."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}  # asdict copies stopword by stopword
        values = {name: v for name, v in values.items() if name not in USUAL or v != USUAL[name]}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> CountSpec:
        """The specification with these values; fields that are not named are as in the default.

        Raises
        ------
        UsageError
            If there is no such field, or its value is not allowed.
        """
        if not isinstance(values, Mapping):
            raise UsageError(f"a specification is an object of fields, not {short(values)}")
        unknown = set(values) - {f.name for f in fields(CountSpec)}
        if unknown:
            raise UsageError(f"a specification has no {', '.join(sorted(unknown))}")
        given: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        return CountSpec(**given)

    def joined(self, other: CountSpec) -> CountSpec:
        """The specification of what is counted by both, which have no `differences`."""
        return self.cut_by(other.dictionary)

    def cut_by(self, dictionary: str) -> CountSpec:
        """The specification of texts that this dictionary cuts as well, unless another version of it is declared."""
        both = "+".join(sorted((_versions(dictionary) | _versions(self.dictionary)).values()))
        return self if both == self.dictionary else replace(self, dictionary=both)

    def differences(self, other: CountSpec) -> list[str]:
        """Names of the fields in which two specifications differ, with both values where they are short.

        Text that a dictionary did not cut goes with text that it did.
        """
        ours, theirs = ({**USUAL, **spec.to_dict()} for spec in (self, other))
        if self.joined(other).dictionary == other.joined(self).dictionary:
            ours["dictionary"] = theirs["dictionary"]
        return [
            name if name == "stopwords" else f"{name} ({ours[name]} and {theirs[name]})"
            for name in ours
            if ours[name] != theirs[name]
        ]

    def check_same(self, other: CountSpec, said: str, remedy: str | None = None) -> None:
        """Raise IncompatibleProfilesError if two specifications differ: what is ``said``, the fields and the remedy.

        If no remedy is given, it is that of profiles, which can be counted again or, if they only differ in ``scaled``,
        be made alike.
        """
        found = self.differences(other)
        if found and remedy is None:
            remedy = COUNT_ALIKE
            if not replace(self, scaled=other.scaled).differences(other):
                remedy = SCALE_ALIKE.format(max(self.scaled, other.scaled))
        if found:
            raise IncompatibleProfilesError(f"{said}: {'; '.join(found)}; {remedy}")


def _versions(dictionary: str) -> dict[str, str]:
    """The dictionaries that a specification names: without and with their versions."""
    return {name.rpartition("-")[0]: name for name in dictionary.split("+") if name}


def note_on_share(scaled: int) -> str:
    """The beginning of a note on profiles that have one n-gram in ``scaled``."""
    return f"of n-grams the profiles have one in {scaled:,} (--scaled)"


def _check_orders(name: str, orders: Any) -> None:
    is_list = isinstance(orders, Sequence) and not isinstance(orders, str)
    if not is_list or not all(type(order) is int and 1 <= order <= MAX_ORDER for order in orders):
        raise UsageError(
            f"{name} must be whole numbers from 1 to {MAX_ORDER}, not {short(list(orders) if is_list else orders)}"
        )
    if list(orders) != sorted(set(orders)):
        raise UsageError(f"{name} must rise and not repeat, not {list(orders)}")


def _are_words(words: Any) -> bool:
    """Whether these are texts that can be written as UTF-8: JSON can hold halves of characters."""
    if isinstance(words, str | Mapping):
        return False
    try:
        return "".join(words).encode() is not None
    except (TypeError, UnicodeEncodeError):
        return False


PRESETS: dict[str, CountSpec] = {
    "default": CountSpec(),
    "words": CountSpec(content_orders=(), mark_orders=(), stopwords=()),
    "slop-forensics": CountSpec(
        tokeniser="letters/1", mark_orders=(), min_word_chars=4, stopwords=NLTK_ENGLISH, guards="count-only/1"
    ),
}


def spec_of(spec: str | CountSpec, orders: Sequence[int] | None = None, scaled: int | None = None) -> CountSpec:
    """The specification given, a preset's, or that in a JSON file; ``orders`` replaces its orders of word n-grams,
    and ``scaled`` its share of n-grams.

    Raises
    ------
    UsageError
        If there is no such preset or file, or it holds no specification.
    """
    whole = spec if isinstance(spec, CountSpec) else PRESETS.get(spec) or _read_spec(spec)
    whole = replace(whole, orders=tuple(orders)) if orders else whole
    return whole if scaled is None else replace(whole, scaled=scaled)


def _read_spec(name: str) -> CountSpec:
    try:
        with open(name, encoding="utf-8") as file:
            return CountSpec.from_dict(json.load(file))
    except (FileNotFoundError, IsADirectoryError):
        raise UsageError(
            f"no specification {name!r}: it is neither a preset ({', '.join(PRESETS)}) nor a JSON file"
        ) from None
    except (UsageError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{name} is no specification: {error}") from None
