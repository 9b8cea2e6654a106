"""Nearness of queries to known labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fastslop.base.arrays import Floats, Ints
from fastslop.comparing.distances import matched, panel_cosines

QUERY_PANEL = "\n"
"""Name of the panel that queries and their company are; no panel of a profile is called so."""


@dataclass(frozen=True)
class Nearness:
    """Distances and matches of queries with known labels, f64[queries, known] each, and their shift.

    ``distances`` are as between panels. A match is the whitened cosine (``distances.whitened``) less half of the known
    label's best in the queries' panel. ``shift``: the squared distance between the mean of the queries and that of the
    known labels of their kind, over the mean squared length of what is the queries' own.
    """

    distances: Floats
    matches: Floats
    shift: float


def measure_nearness(
    gram: Floats, panels: Sequence[str], known: Ints, queries: Ints, peers: Ints | None = None
) -> Nearness:
    """How near some rows of ``gram`` are to others, the ``known`` ones, about whose panels' means these are measured.

    The queries are a panel of their own; if there are ``peers``, these are of it: the known labels on about as few
    prompts as the queries have. What is rare is missing from every short text, and would otherwise make all short texts
    alike and like none of the library.
    """
    company = queries if peers is None else np.concatenate([queries, peers])
    rows = np.concatenate([known, company])
    names = [*(panels[i] for i in known), *[QUERY_PANEL] * len(company)]
    products = gram[np.ix_(rows, rows)]
    n, m = len(known), len(queries)
    matches, near = np.zeros((2, len(company), n))
    for asked, labels, cosines in panel_cosines(products, names, QUERY_PANEL):
        block = np.ix_(asked - n, labels)
        matches[block], near[block] = cosines - cosines.max(axis=0) / 2, matched(cosines)
    distances = np.maximum(1 - near[:m], 0.0).round(12)
    shift = _shift(gram, panels, known if peers is None else peers, queries, company)
    return Nearness(distances, matches[:m], shift)


def _shift(gram: Floats, panels: Sequence[str], kind: Ints, queries: Ints, company: Ints) -> float:
    """The shift of `Nearness`: the least over the panels of the labels ``kind``, which are rows of known labels."""
    about = gram[np.ix_(company, company)]
    length = np.trace(about) / len(company) - about.mean()
    names = np.array([panels[i % len(panels)] for i in kind])
    middle = gram[np.ix_(queries, queries)].mean()
    squared = []
    for name in np.unique(names):
        own = kind[names == name]
        squared.append(middle - 2 * gram[np.ix_(queries, own)].mean() + gram[np.ix_(own, own)].mean())
    return float(min(squared) / max(length, 1e-300))
