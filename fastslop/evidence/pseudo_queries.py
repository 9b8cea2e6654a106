"""Pseudo-queries: known labels asked about on prompts that the library lost.

The library's labels are queries then, as any others: once with their own label in the library, once without it, as
strangers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastslop.base.arrays import Floats, Ints
from fastslop.comparing.distances import MIN_PANEL
from fastslop.evidence.nearness import QUERY_PANEL, measure_nearness


@dataclass(frozen=True)
class PseudoAnswers:
    """Pseudo-queries and how near they are.

    ``labels`` i64[queries]: the label that each is of; ``distances`` and ``matches`` f64[queries, known], as in
    `Nearness`; ``shifts``: one of each time that some were asked about together.
    """

    labels: Ints
    distances: Floats
    matches: Floats
    shifts: Floats


def ask_pseudo_queries(
    gram: Floats, panels: Sequence[str], authors: Sequence[str], n_together: int, rng: np.random.Generator
) -> tuple[PseudoAnswers, PseudoAnswers]:
    """Every known label as a query of ``n_together``: with its author in the library, and without.

    Rows of ``gram``: known labels on the prompts that are left to them; if queries are measured one by one, their
    peers; and the known labels as queries. Without their author, all its rows are left out, and distances and matches
    are infinitely far.
    """
    n = len(panels)
    names = np.array(authors)
    queries = len(gram) - n
    found: tuple[list[PseudoAnswers], list[PseudoAnswers]] = ([], [])
    for together, n_counted in _comparison_groups(panels, n_together, rng):
        for library, asked in ((None, found[0]), (names, found[1])):
            for place in [None] if library is None and n_together > 1 else range(n_counted):
                rows = slice(0, n_counted) if place is None else slice(place, place + 1)
                label = together[rows]
                known = np.arange(n) if library is None else np.flatnonzero(names != names[label[0]])
                peers = n + known if n_together == 1 else None
                near = measure_nearness(gram, panels, known, queries + together, peers)
                distances, matches = np.full((len(label), n), np.inf), np.full((len(label), n), -np.inf)
                distances[:, known], matches[:, known] = near.distances[rows], near.matches[rows]
                asked.append(PseudoAnswers(label, distances, matches, np.array([near.shift])))
    return joined(found[0]), joined(found[1])


def as_arrays(answers: Sequence[PseudoAnswers]) -> dict[str, NDArray[Any]]:
    """Pseudo-answers as arrays by name, which ``answers_of`` makes pseudo-answers again."""
    return {f"{i}.{name}": value for i, one in enumerate(answers) for name, value in vars(one).items()}


def answers_of(arrays: Mapping[str, NDArray[Any]]) -> tuple[PseudoAnswers, PseudoAnswers]:
    """The pseudo-answers with their author and those without, from what ``as_arrays`` made of them."""
    with_author, without = (
        PseudoAnswers(*(arrays[f"{i}.{name}"] for name in ("labels", "distances", "matches", "shifts")))
        for i in range(2)
    )
    return with_author, without


def joined(parts: Sequence[PseudoAnswers]) -> PseudoAnswers:
    """Pseudo-answers of several draws or panels as one."""
    return PseudoAnswers(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in ("labels", "distances", "matches", "shifts"))
    )


def _comparison_groups(panels: Sequence[str], n_together: int, rng: np.random.Generator) -> Iterator[tuple[Ints, int]]:
    """The known labels in groups, and how many of each group were in none before.

    A group is of one panel if no panel of the library is smaller than ``MIN_PANEL``, else of all.
    """
    names = np.array(panels)
    counts = np.unique(names, return_counts=True)[1]
    if counts.min() < MIN_PANEL:
        names = np.full(len(names), QUERY_PANEL)
    for name in np.unique(names):
        order = rng.permutation(np.flatnonzero(names == name))
        for first in range(0, len(order), n_together):
            n_counted = min(n_together, len(order) - first)
            yield np.resize(np.roll(order, -first), min(n_together, len(order))), n_counted
