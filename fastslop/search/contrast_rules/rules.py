"""What rules of contrasts are written in: classes of words, and patterns of steps that take tokens of these classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MARKS = {
    "PAUSE": ", ; : — – -- --- —— -",
    "BREATH": "; — – -- --- ——",
    "COMMA": ",",
    "STOP": ". ... … !",
    "QUOTE": "\" \"\" “ ” ‘ ’ ' '' « » „ ( ) [ ]",
    "NUMBER": "0",
    "MARKUP": "* ** *** **** _ __ ___ ____",
}
"""Classes of marks, the same in languages of Latin and Cyrillic letters; rules pass over MARKUP."""


@dataclass(frozen=True)
class Pattern:
    """A pattern and its rules, each a row of steps that are separated by spaces.

    ``A|B`` is a token of one of two classes, ``~A`` one of neither it nor END; ``x:A`` gives it a name, and ``A=x``
    agrees with that: it is the same word, or of the same kin. ``..N`` is up to N words, ``,,N`` up to N words and
    pauses. ``<A`` at the beginning is the class of the token before, ``<~A`` one it must not have; a document begins
    after an END. A name in braces stands for its alternatives: the rule is written out once for each of them.
    """

    name: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """The rules of a language.

    ``classes``: the words and marks of each class that rules speak of, as tokens are spelt; a word may be in several.
    The class END, which is not among them, has the tokens that end a sentence or a line.
    ``patterns``: of several that begin at one word the first counts.
    ``leads``: classes of steps by which rules are found: every rule has one, and few tokens are of them.
    ``outside``: classes of tokens that no gap goes past, besides END.
    ``alternatives``: steps that a name in braces stands for.
    ``kin``: rows of words that agree with each other.
    ``agreeing``: the class whose other words agree with themselves alone.
    """

    classes: Mapping[str, str]
    patterns: tuple[Pattern, ...]
    leads: tuple[str, ...]
    outside: str
    alternatives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kin: tuple[str, ...] = ()
    agreeing: str = ""
