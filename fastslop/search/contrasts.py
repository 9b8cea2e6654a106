"""Tokens to contrasts: "it's not X, it's Y", "not X, but Y" and their kin, found by rules over classes of words.

Each language has rules of its own (``contrast_rules``), and one engine matches them. A rule is a row of steps over a
bounded number of tokens, so that time is linear in the text, whatever stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import IS_BREAK
from fastslop._kernels.search.contrasts import match_rules
from fastslop.base.hashing import hash_strings
from fastslop.search.contrast_rules import RULES, Rules
from fastslop.tokens.tokeniser import TokenStream

TOKENISER = "fastslop/1"
"""The tokeniser of texts that are searched: it alone keeps the marks that rules ask for."""
END = "END"
"""The class of tokens that end a sentence or a line."""


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


STEP = re.compile(r"(?:(\w):)?([~A-Z_|]+)(?:=(\w))?")
"""A step that takes one token: its name, its classes, and the name of the step it agrees with."""
EVERY = 1 << 63
"""The bit that every token has."""


class Lexemes(NamedTuple):
    """Words and marks that rules know, by their hashes, with the bits of their classes and a number for agreement.

    Two words agree if they have the same number, 0 being none.
    """

    keys: NDArray[np.uint64]
    kinds: NDArray[np.uint64]
    agreements: NDArray[np.uint8]


class Prepared(NamedTuple):
    """The rules of a language as arrays: those of all patterns, the number i32 of the pattern of each, its words, and
    the bits of its classes."""

    program: Program
    owners: NDArray[np.int32]
    lexemes: Lexemes
    bits: Mapping[str, int]


@cache
def _prepared(language: str) -> Prepared:
    rules = RULES[language]
    bits = {name: 1 << i for i, name in enumerate((*rules.classes, END))}
    written = [
        (i, steps)
        for i, pattern in enumerate(rules.patterns)
        for rule in pattern.rules
        for steps in written_out(rule, rules)
    ]
    program = _compiled([steps for _, steps in written], rules, bits)
    return Prepared(program, np.array([i for i, _ in written], np.int32), _lexemes(rules, bits), bits)


def written_out(rule: str, rules: Rules) -> Iterable[list[str]]:
    """Write a rule out for every choice among its alternatives, as steps."""
    parts = re.split(r"({.*?})", rule)
    for choice in product(*(rules.alternatives.get(part, (part,)) for part in parts)):
        yield "".join(choice).split()


def _compiled(written: Sequence[Sequence[str]], rules: Rules, bits: Mapping[str, int]) -> Program:
    before = [_classes(steps[0][1:], bits) if steps[0].startswith("<") else (EVERY, 0) for steps in written]
    inside = [[step for step in steps if not step.startswith("<")] for steps in written]
    steps = [_steps(own, rules.outside, bits) for own in inside]
    return Program(
        np.array([step for own in steps for step in own], np.uint64),
        np.cumsum([len(own) for own in steps], dtype=np.int64),
        np.array([lead_of(own, rules) for own in inside], np.int64),
        np.array(before, np.uint64),
    )


def lead_of(steps: Sequence[str], rules: Rules) -> int:
    """The step by which a rule is found, which is the first of leading classes."""
    return next(i for i, step in enumerate(steps) if {*step.split("|")} <= {*rules.leads})


def _steps(rule: Sequence[str], outside: str, bits: Mapping[str, int]) -> list[tuple[int, int, int, int, int]]:
    """The rows of a program that a rule's steps make; its gaps do not go past the classes ``outside``."""
    rows, named = [], {"": 0}
    for i, step in enumerate(rule, 1):
        if step[:2] in ("..", ",,"):
            none = bits[END] | _classes(outside, bits)[0] | (bits["PAUSE"] if step[0] == "." else 0)
            rows.append((EVERY, none, 0, int(step[2:]), 0))
        else:
            name, classes, same = STEP.fullmatch(step).groups("")  # type: ignore[union-attr]
            some, none = _classes(classes, bits)
            rows.append((some, none | bits[END] if some == EVERY else none, 1, 1, named[same]))
            named |= {name: i} if name else {}
    return rows


def _classes(names: str, bits: Mapping[str, int]) -> tuple[int, int]:
    """Bits of the classes of which a token must have one, and of those of which it must have none."""
    own = sum(bits[name] for name in names.removeprefix("~").split("|"))
    return (EVERY, own) if names.startswith("~") else (own, 0)


def _lexemes(rules: Rules, bits: Mapping[str, int]) -> Lexemes:
    kinds: dict[str, int] = {}
    for name, words in rules.classes.items():
        for word in words.split():
            kinds[word] = kinds.get(word, 0) | bits[name]
    agreements = {word: i for i, words in enumerate(rules.kin, 1) for word in words.split()}
    for word in rules.classes.get(rules.agreeing, "").split():
        agreements.setdefault(word, len(rules.kin) + 1 + len(agreements))
    keys = hash_strings(list(kinds))
    order = np.argsort(keys)
    return Lexemes(
        keys[order],
        np.array(list(kinds.values()), np.uint64)[order],
        np.array([agreements.get(word, 0) for word in kinds], np.uint8)[order],
    )


class Contrasts(NamedTuple):
    """Contrasts in the order of their negations: pattern, first token and the one behind the last, document."""

    patterns: NDArray[np.int32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    docs: NDArray[np.int32]


def patterns_of(language: str) -> tuple[str, ...]:
    """The names of the patterns that are looked for in a language; none, if there are no rules of it."""
    return tuple(pattern.name for pattern in RULES[language].patterns) if language in RULES else ()


def find_contrasts(stream: TokenStream, language: str) -> Contrasts:
    """The contrasts in documents, which must have been tokenised by ``TOKENISER``; none, if the language has no rules.

    Their patterns are numbers in ``patterns_of(language)``.
    """
    if language not in RULES:
        none = np.empty(0, np.int64)
        return Contrasts(none.astype(np.int32), none, none, none.astype(np.int32))
    program, owners, known, bits = _prepared(language)
    at = np.searchsorted(known.keys, stream.vocabulary.keys)
    is_known = known.keys.take(at, mode="clip") == stream.vocabulary.keys
    kinds, agreements = np.zeros(len(stream.rank), np.uint64), np.zeros(len(stream.rank), np.uint8)
    kinds[1:] = np.where(is_known, known.kinds.take(at, mode="clip"), 0)[stream.rank[1:]]
    agreements[1:] = np.where(is_known, known.agreements.take(at, mode="clip"), 0)[stream.rank[1:]]
    kinds |= np.uint64(EVERY)
    kinds[(stream.flags & IS_BREAK != 0) & (kinds & np.uint64(bits["NUMBER"]) == 0)] |= np.uint64(bits[END])
    room = len(stream.tokens) // 64 + 16
    while True:
        out = Contrasts(
            np.empty(room, np.int32), np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int32)
        )
        markup = np.uint64(bits["MARKUP"])
        n = match_rules(stream.tokens, stream.doc_ends, kinds, agreements, markup, program, *out)
        if n <= room:
            return Contrasts(owners[out.patterns[:n]], out.starts[:n], out.ends[:n], out.docs[:n])
        room = n
