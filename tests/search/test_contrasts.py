"""Contrasts are those of the documented rules: examples, a slow obvious matcher, and time linear in the text."""

from __future__ import annotations

import re
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.arrays import to_bytes
from fastslop.base.spec import PRESETS
from fastslop.search.contrasts import ALTERNATIVES, CLASSES, PATTERNS, PERSONS, find_contrasts
from fastslop.search.matcher import stream_of
from fastslop.tokens.tokeniser import TokenStream, tokenise

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "patterns.md").read_text(encoding="utf-8")
SPEC = PRESETS["default"]


def rows_under(heading: str) -> list[list[str]]:
    """The rows of the first table behind these words, without its head."""
    table = re.search(r"(?:^\|.*\n)+", DOCUMENT[DOCUMENT.index(heading) :], re.M)
    assert table is not None
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]]


POSITIVE = [(row[0], row[1]) for row in rows_under("Each is tested to match, once")]
NEGATIVE = [row[0].replace("↵", "\n") for row in rows_under("Each of these is tested to match nothing")]
RULES = [row[0] for row in rows_under("## The rules")]


def stream(*texts: str) -> TokenStream:
    return stream_of(*to_bytes(pl.Series(texts, dtype=pl.String)), SPEC)


def patterns_in(*texts: str) -> list[tuple[str, int]]:
    """The contrasts' patterns and documents, in order."""
    found = find_contrasts(stream(*texts))
    return [(PATTERNS[number].name, doc) for number, doc in zip(found.patterns, found.docs, strict=True)]


def test_document__has_every_pattern_with_examples() -> None:
    names = [pattern.name for pattern in PATTERNS]
    assert names == RULES
    assert list(dict.fromkeys(name for name, _ in POSITIVE)) == names


@pytest.mark.parametrize(("name", "text"), POSITIVE)
def test_contrast__is_found_once(name: str, text: str) -> None:
    assert patterns_in(text) == [(name, 0)]
    assert patterns_in(text.upper()) == [(name, 0)]


@pytest.mark.parametrize("text", NEGATIVE)
def test_no_contrast__is_found(text: str) -> None:
    assert patterns_in(text) == []


def test_contrasts__stay_within_a_document() -> None:
    texts = [text for _, text in POSITIVE]
    assert [doc for _, doc in patterns_in(*texts)] == list(range(len(texts)))
    assert patterns_in(*(word for text in texts for word in text.split())) == []


# A slow obvious matcher: it tries every rule at every negation, and every length of every gap.


def is_end(token: str) -> bool:
    return set(token) <= set(".!?…\n")


def is_in(token: str, names: str) -> bool:
    if names.startswith("~"):
        return not is_end(token) and not is_in(token, names[1:])
    return any(is_end(token) if name == "END" else token in CLASSES[name].split() for name in names.split("|"))


def is_before(token: str, names: str) -> bool:
    return not is_in(token, names[1:]) if names.startswith("~") else is_in(token, names)


def kin(token: str) -> str:
    """What agrees with a token: its person, or itself."""
    return next((person for person, words in PERSONS.items() if token in words.split()), token.replace("an", "a"))


def spelled_out(rule: str) -> list[list[str]]:
    if match := re.search(r"{.*?}", rule):
        return [full for choice in ALTERNATIVES[match[0]] for full in spelled_out(rule.replace(match[0], choice, 1))]
    return [rule.split()]


def end_of(steps: list[str], tokens: list[str], at: int, named: dict[str, str]) -> int:
    """Where the steps end that begin at a token, by trying everything; -1 if nowhere."""
    if not steps:
        return at
    step, rest = steps[0], steps[1:]
    if step[:2] in ("..", ",,"):
        outside = "END|QUOTE|NEGATION|BUT" + ("|PAUSE" if step[0] == "." else "")
        for n in range(int(step[2:]) + 1):
            if any(is_in(token, outside) for token in tokens[at : at + n]) or at + n > len(tokens):
                return -1
            if (end := end_of(rest, tokens, at + n, named)) >= 0:
                return end
        return -1
    name, _, classes = step.rpartition(":")
    classes, _, same = classes.partition("=")
    if at == len(tokens) or not is_in(tokens[at], classes):
        return -1
    if same and kin(tokens[at]) != kin(named[same]):
        return -1
    return end_of(rest, tokens, at + 1, named | ({name: tokens[at]} if name else {}))


def obvious(tokens: list[str]) -> list[str]:
    """The patterns found at each negation in turn, by all rules."""
    negations = {word for name in ("NT", "ISNT", "WASNT", "DOESNT", "NOT", "NO") for word in CLASSES[name].split()}
    found, at = [], 0
    while at < len(tokens):
        hit = first_at(tokens, at) if tokens[at] in negations else None
        if hit is None:
            at += 1
        else:
            found.append(hit[0])
            at = hit[1]
    return found


def first_at(tokens: list[str], at: int) -> tuple[str, int] | None:
    for pattern in PATTERNS:
        for steps in (steps for rule in pattern.rules for steps in spelled_out(rule)):
            own = [step for step in steps if not step.startswith("<")]
            lead = next(i for i, step in enumerate(own) if step in ("NT", "ISNT", "WASNT", "DOESNT", "NOT", "NO"))
            start = at - lead
            if start < 0 or not is_in(tokens[at], own[lead]):
                continue
            if steps[0].startswith("<") and not is_before(tokens[start - 1] if start else ".", steps[0][1:]):
                continue
            if (end := end_of(own, tokens, start, {})) >= 0:
                return pattern.name, end
    return None


WORDS = st.sampled_from(
    "it that they he i is was are not not not isn't wasn't don't does just only but but about about no longer a an the "
    "with house house river yet anything never , , ; — . . . ? “ to it's they're".split()
)


@given(st.lists(WORDS, max_size=60))
def test_find_contrasts__equals_trying_everything(tokens: list[str]) -> None:
    text = " ".join(tokens)
    assert [name for name, _ in patterns_in(text)] == obvious(tokenise(text, SPEC))


@given(st.lists(WORDS, max_size=40), st.lists(st.booleans(), min_size=40, max_size=40))
def test_find_contrasts__passes_over_emphasis(tokens: list[str], is_strong: list[bool]) -> None:
    marked = [f"*{token}*" if strong else token for token, strong in zip(tokens, is_strong, strict=False)]
    assert patterns_in(" ".join(marked)) == patterns_in(" ".join(tokens))


ADVERSARIAL = [
    "not ",
    "it is not ",
    "not a ",
    "not only a a , ",
    "isn't a , it ",
    "not a . a ",
    "no longer the ",
    "it's not , ",
]


@pytest.mark.parametrize("unit", ADVERSARIAL)
def test_find_contrasts__is_linear_in_any_text(unit: str) -> None:
    """100 kB of what begins many matches and ends none; backtracking over all of it would take hours."""
    own = stream(unit * (100_000 // len(unit)))
    find_contrasts(own)
    started = time.process_time()
    find_contrasts(own)
    assert time.process_time() - started < 0.5
