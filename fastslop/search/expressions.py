"""Regular expressions found in texts, within a time that a text may take.

They are matched by the package ``regex``: it knows the look-ahead that lists of contrasts are written with, which
engines of linear time such as Polars' do not; it gives up when its time is over, which ``re`` does not; and it lets
other threads work meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import regex

from fastslop.base.errors import BadInputError

SECONDS, CHARACTERS = 10.0, 100_000
"""Time that an expression may take for one text, and for as many characters of a longer one."""


@dataclass(frozen=True)
class Expression:
    """A regular expression, as it is written in a list, and its place there.

    A dot takes line ends unless ``is_by_line``.
    """

    text: str
    place: str = field(default="", compare=False)
    has_case: bool = False
    is_by_line: bool = False

    @cached_property
    def pattern(self) -> regex.Pattern[str]:
        """The compiled expression.

        Raises
        ------
        regex.error, RecursionError
            If it is none, or nested too deeply.
        """
        flags = regex.MULTILINE
        flags |= 0 if self.has_case else regex.IGNORECASE
        flags |= 0 if self.is_by_line else regex.DOTALL
        return regex.compile(self.text, flags)

    def spans(self, text: str, seconds: float) -> Iterator[tuple[int, int]]:
        """From where to where each match goes in a text, without overlap; those of no characters are none.

        Raises
        ------
        BadInputError
            If it takes longer, or too much memory.
        """
        try:
            for match in self.pattern.finditer(text, timeout=seconds, concurrent=True):
                if match.end() > match.start():
                    yield match.span()
        except (TimeoutError, MemoryError) as error:
            taken = f"more than {seconds:.0f} s" if isinstance(error, TimeoutError) else "too much memory"
            raise BadInputError(
                f"the regular expression {self.text!r} ({self.place}) takes {taken} for one text; "
                "write it without repeats inside of repeats"
            ) from None


def count_matches(expressions: Sequence[Expression], text: str) -> int:
    """How many matches the expressions have together in a text; of those that overlap the first counts, the longest of
    those that begin together."""
    seconds = SECONDS * max(1.0, len(text) / CHARACTERS)
    return n_apart(span for expression in expressions for span in expression.spans(text, seconds))


def n_apart(spans: Iterable[tuple[int, int]]) -> int:
    """How many spans are left if, from the left, each that overlaps one before it is left out."""
    n = last = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= last:
            n, last = n + 1, end
    return n
