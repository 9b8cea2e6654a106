"""Tokens to contrasts: "it's not X, it's Y", "not X, but Y" and their kin, found by rules over classes of words.

English only: the rules know English function words by their spelling, and no parts of speech. A rule is a row of steps
over a bounded number of tokens, so that time is linear in the text, whatever stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import IS_BREAK
from fastslop._kernels.search.contrasts import match_rules
from fastslop.base.hashing import hash_strings
from fastslop.tokens.tokeniser import TokenStream

TOKENISER = "fastslop/1"
"""The tokeniser of texts that are searched: it alone keeps the marks that rules ask for."""
PERSONS = {
    "it": "it this that it's that's this's",
    "they": "they these those they're",
    "he": "he he's",
    "she": "she she's",
    "we": "we we're",
    "you": "you you're",
    "i": "i i'm",
}
"""Words that agree with one another: what is denied and what is affirmed must be said of the same person."""
DETERMINERS = "a an the my your his her its our their this that these those some any every each another"
PREPOSITIONS = (
    "with without for in of from by to as because on at through into toward towards against after before under over "
    "beyond between out when where since upon during among"
)
NEGATIONS = (
    "not never nor neither isn't aren't ain't wasn't weren't doesn't didn't don't can't cannot couldn't won't wouldn't "
    "hasn't haven't hadn't shouldn't mustn't needn't"
)
SUBJECTS = "it this that these those they he she we you i"
AUXILIARIES = "do does did has have had can could will would shall should may might must"

CLASSES = {
    "NOT": "not",
    "NT": NEGATIONS.removeprefix("not never nor neither "),
    "ISNT": "isn't aren't ain't",
    "WASNT": "wasn't weren't",
    "DOESNT": "doesn't didn't don't",
    "NEGATION": NEGATIONS,
    "IS": "is are am",
    "WAS": "was were",
    "DO": "do does did",
    "AUXILIARY": f"{AUXILIARIES} having ought need dare",
    "ONLY": "only just merely simply solely",
    "YET": "yet now then",
    "NO": "no",
    "LONGER": "longer",
    "ABOUT": "about",
    "BUT": "but",
    "SUBJECT": SUBJECTS,
    "SUBJECT_IS": "it's that's this's he's she's they're we're you're i'm",
    "IT": "it he she they this these",
    "IT_IS": "it's he's she's they're",
    "CLAUSE": f"{SUBJECTS} {AUXILIARIES} is are was were there who what which how why if when while though although "
    "still yet perhaps then now since until once unless even nobody everybody everyone someone here maybe sometimes "
    "never always i'm i've i'd i'll it's it'd it'll he's he'd he'll she's she'd she'll we're we've we'd we'll you're "
    "you've you'd you'll they're they've they'd they'll there's that's what's who's let's don't didn't doesn't isn't "
    "wasn't can't couldn't wouldn't",
    "DETERMINER": DETERMINERS,
    "PARALLEL": f"{DETERMINERS} {PREPOSITIONS}",
    "NOTHING": "anything nothing none all else help any choose",
    "INTENT": "going to so as",
    "THING": "it this",
    "PERSON": "they these those he she we you i who",
    "VERB": f"{NEGATIONS} {AUXILIARIES} is was",
    "JUST": "just",
    "PAUSE": ", ; : — – -- --- —— -",
    "BREATH": "; — – -- --- ——",
    "COMMA": ",",
    "STOP": ". ... … !",
    "QUOTE": "\" \"\" “ ” ‘ ’ ' '' « » „ ( ) [ ]",
    "NUMBER": "0",
    "MARKUP": "* ** *** **** _ __ ___ ____",
}
"""The words and marks of each class that rules speak of, lower case; a word may be in several."""
BITS = {name: 1 << i for i, name in enumerate((*CLASSES, "END"))}
"""The bit of each class; END is that of tokens that end a sentence or a line."""
OUTSIDE = BITS["END"] | BITS["QUOTE"] | BITS["NEGATION"] | BITS["BUT"]
"""Classes of tokens that no gap goes past."""

ALTERNATIVES = {
    "{not}": ("NOT", "NT"),
    "{it is not}": ("s:SUBJECT ISNT", "s:SUBJECT IS NOT", "s:SUBJECT_IS NOT"),
    "{it was not}": ("s:SUBJECT WASNT", "s:SUBJECT WAS NOT"),
    "{that is}": ("SUBJECT=s IS ~NEGATION", "SUBJECT_IS=s ~NEGATION"),
    "{that was}": ("SUBJECT=s WAS ~NEGATION",),
    "{noun is not}": ("<~SUBJECT ISNT", "<~SUBJECT IS NOT"),
    "{noun was not}": ("<~SUBJECT WASNT", "<~SUBJECT WAS NOT"),
    "{it is}": ("IT IS ~NEGATION", "IT_IS ~NEGATION"),
    "{it was}": ("IT WAS ~NEGATION",),
    "{be not}": ("<~AUXILIARY NOT", "ISNT", "WASNT"),
}
"""Steps that a name in braces stands for: a rule with a name is written out once for each of its choices."""


@dataclass(frozen=True)
class Pattern:
    """A pattern and its rules, each a row of steps that are separated by spaces.

    ``A|B`` is a token of one of two classes, ``~A`` one of neither it nor END; ``x:A`` gives it a name, and ``A=x``
    agrees with that: it is the same word, or the same person. ``..N`` is up to N words, ``,,N`` up to N words and
    pauses. ``<A`` at the beginning is the class of the token before, ``<~A`` one it must not have; a document begins
    after an END.
    """

    name: str
    rules: tuple[str, ...]


def _pair(between: str, gap: int) -> tuple[str, ...]:
    """Rules for what something is not, and then what it is, with this between them; both in the same tense."""
    return tuple(
        f"{{{denied}}} ~ONLY|INTENT ,,{gap} {between} {{{affirmed}}}"
        for denied, affirmed in (
            ("it is not", "that is"),
            ("it was not", "that was"),
            ("noun is not", "it is"),
            ("noun was not", "it was"),
        )
    )


PATTERNS = (
    Pattern(
        "not about, about",
        (
            "{not} ABOUT ,,14 PAUSE|STOP IT IS|WAS ABOUT",
            "{not} ABOUT ,,14 PAUSE|STOP IT_IS ABOUT",
            "{not} ABOUT ,,12 BUT ABOUT",
        ),
    ),
    Pattern("not only, but", ("{not} ONLY ,,16 BUT",)),
    Pattern(
        "not just, it",
        (
            "{not} ONLY ~YET ,,12 PAUSE|STOP IT|SUBJECT_IS ~NEGATION",
            "s:SUBJECT {not} ONLY ~YET ,,12 PAUSE|STOP SUBJECT=s ~NEGATION",
        ),
    ),
    Pattern("it is not, it is", _pair("PAUSE", 12)),
    Pattern("it is not. It is", _pair("STOP", 9)),
    Pattern(
        "not, but",
        (
            "{be not} x:PARALLEL ,,10 BUT PARALLEL=x",
            "{be not} DETERMINER ,,7 BUT DETERMINER",
            "{be not} ..5 ~NOTHING|PAUSE BUT ~CLAUSE",
            "{be not} ..7 ~NOTHING|PAUSE COMMA BUT ~CLAUSE|DETERMINER",
        ),
    ),
    Pattern(
        "no longer, but",
        (
            "NO LONGER ,,10 BUT ~CLAUSE|DETERMINER",
            "NO LONGER DETERMINER ,,10 BUT DETERMINER",
            "<IS NO LONGER ..10 PAUSE|STOP {it is}",
            "<WAS NO LONGER ..10 PAUSE|STOP {it was}",
        ),
    ),
    Pattern(
        "not a. A.",
        ("<END NOT x:PARALLEL ..6 STOP PARALLEL=x ..8 STOP", "<END NOT PARALLEL ..6 STOP JUST ..8 STOP"),
    ),
    Pattern(
        "does not; it does",
        ("<~PERSON|END DOESNT ~ONLY ..8 BREATH THING ~VERB", "<~PERSON|END DO NOT ~ONLY ..8 BREATH THING ~VERB"),
    ),
)
"""Patterns that are looked for; of several that begin at one word the first counts."""


# Rules as arrays


class Program(NamedTuple):
    """Rules as arrays, written out for each choice, one after the other.

    ``steps`` u64[steps, 5]: a step takes tokens that have a class of the first column and none of the second, at least
    as many as the third says and at most as the fourth, and that agree with the token of the rule's step before the
    number in the fifth (0: with any). ``ends`` i64[rules]: where each rule's steps end; ``leads`` i64[rules]: the step
    by which it is found, its negation; ``before`` u64[rules, 2]: the classes of the token before its first.
    """

    steps: NDArray[np.uint64]
    ends: NDArray[np.int64]
    leads: NDArray[np.int64]
    before: NDArray[np.uint64]


NEGATING = ("NOT", "NT", "ISNT", "WASNT", "DOESNT", "NO")
"""Steps by which rules are found: few tokens are negations."""
STEP = re.compile(r"(?:(\w):)?([~A-Z_|]+)(?:=(\w))?")
"""A step that takes one token: its name, its classes, and the name of the step it agrees with."""
EVERY = 1 << 63
"""The bit that every token has."""


def _written_out(rule: str) -> Iterable[list[str]]:
    """Write a rule out for every choice among its alternatives, as steps."""
    parts = re.split(r"({.*?})", rule)
    for choice in product(*(ALTERNATIVES.get(part, (part,)) for part in parts)):
        yield "".join(choice).split()


def _compiled(rules: Sequence[Sequence[str]]) -> Program:
    before = [_classes(steps[0][1:]) if steps[0].startswith("<") else (EVERY, 0) for steps in rules]
    inside = [[step for step in steps if not step.startswith("<")] for steps in rules]
    steps = [_steps(own) for own in inside]
    return Program(
        np.array([step for own in steps for step in own], np.uint64),
        np.cumsum([len(own) for own in steps], dtype=np.int64),
        np.array([next(i for i, step in enumerate(own) if step in NEGATING) for own in inside], np.int64),
        np.array(before, np.uint64),
    )


def _steps(rule: Sequence[str]) -> list[tuple[int, int, int, int, int]]:
    """The rows of a program that a rule's steps make."""
    rows, named = [], {"": 0}
    for i, step in enumerate(rule, 1):
        if step[:2] in ("..", ",,"):
            outside = OUTSIDE | (BITS["PAUSE"] if step[0] == "." else 0)
            rows.append((EVERY, outside, 0, int(step[2:]), 0))
        else:
            name, classes, same = STEP.fullmatch(step).groups("")  # type: ignore[union-attr]
            some, none = _classes(classes)
            rows.append((some, none | BITS["END"] if some == EVERY else none, 1, 1, named[same]))
            named |= {name: i} if name else {}
    return rows


def _classes(names: str) -> tuple[int, int]:
    """Bits of the classes of which a token must have one, and of those of which it must have none."""
    bits = sum(BITS[name] for name in names.removeprefix("~").split("|"))
    return (EVERY, bits) if names.startswith("~") else (bits, 0)


class Lexemes(NamedTuple):
    """Words and marks that rules know, by their hashes, with the bits of their classes and a number for agreement.

    Two words agree if they have the same number, 0 being none.
    """

    keys: NDArray[np.uint64]
    kinds: NDArray[np.uint64]
    agreements: NDArray[np.uint8]


def _lexemes() -> Lexemes:
    kinds: dict[str, int] = {}
    for name, words in CLASSES.items():
        for word in words.split():
            kinds[word] = kinds.get(word, 0) | BITS[name]
    agreements = {word: i for i, words in enumerate(PERSONS.values(), 1) for word in words.split()}
    for word in CLASSES["PARALLEL"].split():
        agreements.setdefault(word, len(PERSONS) + 1 + len(agreements))
    agreements["an"] = agreements["a"]
    keys = hash_strings(list(kinds))
    order = np.argsort(keys)
    return Lexemes(
        keys[order],
        np.array(list(kinds.values()), np.uint64)[order],
        np.array([agreements.get(word, 0) for word in kinds], np.uint8)[order],
    )


@cache
def _prepared() -> tuple[Program, NDArray[np.int32], Lexemes]:
    """The rules, the number of the pattern that each is of, and the words they know."""
    rules = [(i, steps) for i, pattern in enumerate(PATTERNS) for rule in pattern.rules for steps in _written_out(rule)]
    return _compiled([steps for _, steps in rules]), np.array([i for i, _ in rules], np.int32), _lexemes()


class Contrasts(NamedTuple):
    """Contrasts in the order of their negations: pattern, first token and the one behind the last, document."""

    patterns: NDArray[np.int32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    docs: NDArray[np.int32]


def find_contrasts(stream: TokenStream) -> Contrasts:
    """The contrasts in documents, which must have been tokenised by ``TOKENISER``."""
    program, owners, known = _prepared()
    at = np.searchsorted(known.keys, stream.vocabulary.keys)
    is_known = known.keys.take(at, mode="clip") == stream.vocabulary.keys
    kinds, agreements = np.zeros(len(stream.rank), np.uint64), np.zeros(len(stream.rank), np.uint8)
    kinds[1:] = np.where(is_known, known.kinds.take(at, mode="clip"), 0)[stream.rank[1:]]
    agreements[1:] = np.where(is_known, known.agreements.take(at, mode="clip"), 0)[stream.rank[1:]]
    kinds |= np.uint64(EVERY)
    kinds[(stream.flags & IS_BREAK != 0) & (kinds & np.uint64(BITS["NUMBER"]) == 0)] |= np.uint64(BITS["END"])
    room = len(stream.tokens) // 64 + 16
    while True:
        out = Contrasts(
            np.empty(room, np.int32), np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int32)
        )
        markup = np.uint64(BITS["MARKUP"])
        n = match_rules(stream.tokens, stream.doc_ends, kinds, agreements, markup, program, *out)
        if n <= room:
            return Contrasts(owners[out.patterns[:n]], out.starts[:n], out.ends[:n], out.docs[:n])
        room = n
