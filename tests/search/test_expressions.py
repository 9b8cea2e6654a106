"""Regular expressions match what ``re`` matches, overlap once, and stop when their time is over."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.errors import BadInputError
from fastslop.search.expressions import Expression, count_matches, n_apart

PATTERNS = [r"\bnot\s+(?:(?!but\b|[.?!]).){1,20}?but\b", r"not [^.!?]{3,60} but", r"\w+ly\b", "a*", r"^x|y$"]
texts = st.lists(st.sampled_from(["not", "Only", "but", "slowly", ".", "\n", "aa", "x", "y"]), max_size=20).map(
    " ".join
)


@given(text=texts, pattern=st.sampled_from(PATTERNS))
def test_spans__are_those_of_the_standard_library(text: str, pattern: str) -> None:
    own = re.compile(pattern, re.IGNORECASE | re.MULTILINE | re.DOTALL)
    assert list(Expression(pattern).spans(text, 10.0)) == [m.span() for m in own.finditer(text) if m[0]]


@pytest.mark.parametrize(
    ("expression", "n"),
    [
        (Expression("sea"), 3),
        (Expression("sea", has_case=True), 1),
        (Expression("sea.sea"), 1),
        (Expression("sea.sea", is_by_line=True), 0),
    ],
)
def test_spans__have_the_case_and_the_lines_that_are_asked_for(expression: Expression, n: int) -> None:
    assert count_matches([expression], "Sea\nsea, SEA") == n


def test_count_matches__counts_expressions_that_overlap_once() -> None:
    text = "Not only the cat but also the dog."
    found = [
        Expression(r"not only\b.*?\bbut also"),
        Expression(r"not [^.]*? but"),
        Expression("dog"),
        Expression("only"),
    ]
    assert count_matches(found, text) == 2


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)).map(lambda s: (s[0], s[0] + s[1]))))
def test_n_apart__leaves_spans_that_do_not_overlap_and_no_room_before_the_next(spans: list[tuple[int, int]]) -> None:
    taken: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], span[0] - span[1])):
        if all(end <= other[0] or start >= other[1] for other in taken):
            taken.append((start, end))
    assert n_apart(spans) == len(taken)


def test_spans__stop_when_their_time_is_over() -> None:
    with pytest.raises(BadInputError, match=r"\(entry 3\) takes more than 0 s for one text; write it without repeats"):
        list(Expression("(?:a|ab|b)+$(?<=c)", "entry 3").spans("ab" * 20_000, 0.05))
