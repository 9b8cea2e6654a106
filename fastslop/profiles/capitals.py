"""Capitals of a profile's words: how often each stands inside sentences, and how often with a capital there.

Words are folded to lower case when they are counted. This is what is left of how they were written, and what names are
told by (``profiles/names.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from fastslop.base.arrays import Counts, Ids


class Capitals(NamedTuple):
    """Counts of each token of a vocabulary, i64: ``n_inside`` sentences, ``n_capital`` of these with a capital.

    What is inside of a sentence, see the kernel ``count_capitals``; marks have none.
    """

    n_inside: Counts
    n_capital: Counts

    def at(self, rows: Counts) -> Capitals:
        """The counts of the tokens at these places."""
        return Capitals(self.n_inside[rows], self.n_capital[rows])


def no_capitals(n: int) -> Capitals:
    """The counts of ``n`` tokens none of which was met inside a sentence."""
    return Capitals(*np.zeros((2, n), np.int64))


def sum_of_capitals(n: int, parts: Iterable[tuple[Capitals | None, Ids]]) -> Capitals | None:
    """The sum over parts, each with the places u32 of its tokens among ``n``; None if a part has no counts."""
    whole = no_capitals(n)
    for part, places in parts:
        if part is None:
            return None
        for total, of_part in zip(whole, part, strict=True):
            np.add.at(total, places, of_part)
    return whole
