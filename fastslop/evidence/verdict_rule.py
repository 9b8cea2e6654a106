"""How near queries are to known labels, and what that says: learnt from prompts taken out of the library itself.

The library's labels are asked for on prompts that it lost, as queries are: once with their own label in the library,
once without it, as strangers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from fastslop.comparing.distances import MIN_PANEL, matched_cosine, panel_likeness

ACCEPTED = 0.95
"""Share of queries of known labels that are not refused."""
QUERIES = "\n"  # the panel that queries and their company are; no panel of a profile is called so

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Nearness:
    """Of queries from known labels: ``distances`` f64[queries, known] as between panels, and ``matches``.

    A match is the whitened cosine (``distance.whitened``) less half of the known label's best in the queries' panel.
    ``shift``: the squared distance between the mean of the queries and that of the known labels of their kind, over the
    mean squared length of what is the queries' own.
    """

    distances: Floats
    matches: Floats
    shift: float


def measure_nearness(
    gram: Floats, panels: Sequence[str], known: Ints, queries: Ints, peers: Ints | None = None
) -> Nearness:
    """How near some rows of ``gram`` are to others, the ``known`` ones, about whose panels' means these are measured.

    The queries are a panel of their own; if there are ``peers``, these are of it: the known labels on about as few
    prompts as the queries have. What is rare is missing from every short text, and would else make all short texts
    alike and like none of the library.
    """
    company = queries if peers is None else np.concatenate([queries, peers])
    rows = np.concatenate([known, company])
    names = [*(panels[i] for i in known), *[QUERIES] * len(company)]
    own = gram[np.ix_(rows, rows)]
    n, m = len(known), len(queries)
    matches = np.zeros((len(company), n))
    for one, other, likeness in panel_likeness(own, names):
        if names[one[0]] == QUERIES or names[other[0]] == QUERIES:
            labels, asked, of_asked = (other, one, likeness) if names[one[0]] == QUERIES else (one, other, likeness.T)
            matches[np.ix_(asked - n, labels)] = of_asked - of_asked.max(axis=0) / 2
    distances = np.maximum(1 - matched_cosine(own, names)[n : n + m, :n], 0.0).round(12)
    shift = _shift(gram, panels, known if peers is None else peers, queries, company)
    return Nearness(distances, matches[:m], shift)


def _shift(gram: Floats, panels: Sequence[str], kind: Ints, queries: Ints, company: Ints) -> float:
    """See ``Nearness``; the least over the panels of the labels ``kind``, which are rows of known labels."""
    about = gram[np.ix_(company, company)]
    length = np.trace(about) / len(company) - about.mean()
    names = np.array([panels[i % len(panels)] for i in kind])
    middle = gram[np.ix_(queries, queries)].mean()
    squared = []
    for name in np.unique(names):
        own = kind[names == name]
        squared.append(middle - 2 * gram[np.ix_(queries, own)].mean() + gram[np.ix_(own, own)].mean())
    return float(min(squared) / max(length, 1e-300))


@dataclass(frozen=True)
class Asked:
    """Pseudo-queries and what was found: ``labels`` i64[queries], of each ``distances`` and ``matches`` as `Nearness`.

    ``shifts``: of the panels that they were asked in.
    """

    labels: Ints
    distances: Floats
    matches: Floats
    shifts: Floats


def ask_pseudo_queries(
    gram: Floats, panels: Sequence[str], authors: Sequence[str], n_together: int, rng: np.random.Generator
) -> tuple[Asked, Asked]:
    """Every known label as a query of ``n_together``: with its author in the library, and without.

    Rows of ``gram``: known labels on the prompts that are left to them; if queries are measured one by one, their
    peers; and the known labels as queries. Without their author, all its rows are left out, and distances and matches
    are infinitely far.
    """
    n = len(panels)
    names = np.array(authors)
    queries = len(gram) - n
    found: tuple[list[Asked], list[Asked]] = ([], [])
    for together, n_counted in _companies(panels, n_together, rng):
        for library, asked in ((None, found[0]), (names, found[1])):
            for place in [None] if library is None and n_together > 1 else range(n_counted):
                rows = slice(0, n_counted) if place is None else slice(place, place + 1)
                label = together[rows]
                known = np.arange(n) if library is None else np.flatnonzero(names != names[label[0]])
                peers = n + known if n_together == 1 else None
                near = measure_nearness(gram, panels, known, queries + together, peers)
                distances, matches = np.full((len(label), n), np.inf), np.full((len(label), n), -np.inf)
                distances[:, known], matches[:, known] = near.distances[rows], near.matches[rows]
                asked.append(Asked(label, distances, matches, np.array([near.shift])))
    return joined(found[0]), joined(found[1])


def joined(parts: Sequence[Asked]) -> Asked:
    """All of them as one."""
    return Asked(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in ("labels", "distances", "matches", "shifts"))
    )


def _companies(panels: Sequence[str], n_together: int, rng: np.random.Generator) -> Iterator[tuple[Ints, int]]:
    """The known labels in groups of one panel, and how many of each group were in none before.

    Of one panel, if none of the library's is smaller than ``MIN_PANEL``; else of all.
    """
    names = np.array(panels)
    counts = np.unique(names, return_counts=True)[1]
    if counts.min() < MIN_PANEL:
        names = np.full(len(names), QUERIES)
    for name in np.unique(names):
        order = rng.permutation(np.flatnonzero(names == name))
        for first in range(0, len(order), n_together):
            n_counted = min(n_together, len(order) - first)
            yield np.resize(np.roll(order, -first), min(n_together, len(order))), n_counted


@dataclass(frozen=True)
class Rule:
    """What nearness means for queries of one size and company, from pseudo-queries.

    ``own``: the median match of each known label with its own pseudo-queries; ``others``, ``spread``: the mean and the
    standard deviation of its matches with all others. ``weights``: of a query's features and the constant.
    ``known_scores``: of pseudo-queries whose author is in the library; ``wrong_scores``: of those whose nearest label
    is of another author, as that of strangers always is; rising. ``reach``: for each label, the distance within which
    its own lie: their median, plus the 95 % quantile of what all labels' lie above theirs.
    """

    authors: tuple[str, ...]
    own: Floats
    others: Floats
    spread: Floats
    weights: Floats
    known_scores: Floats
    wrong_scores: Floats
    largest_shift: float
    reach: Floats

    def score(self, distances: Floats, matches: Floats) -> Floats:
        """How much rather the nearest label wrote each query than another author, f64[queries]: log odds."""
        return np.asarray(
            _features(self.authors, distances, matches, self.own, self.others, self.spread) @ self.weights
        )

    def p_known(self, score: Floats) -> Floats:
        """The share of queries whose author is in the library that score as low (conformal p-value)."""
        return _share(np.searchsorted(self.known_scores, score, side="right"), len(self.known_scores))

    def p_wrong(self, score: Floats) -> Floats:
        """The share of queries whose nearest label is of another author that score as high (conformal p-value)."""
        n = len(self.wrong_scores)
        return _share(n - np.searchsorted(self.wrong_scores, score, side="left"), n)


def _share(n_beyond: Ints, n: int) -> Floats:
    """Vovk, Gammerman and Shafer 2005, section 2.2: the query itself is one of them."""
    return np.asarray((1 + n_beyond) / (1 + n))


def learn_rule(authors: Sequence[str], known: Asked, strangers: Asked) -> Rule:
    """The rule that pseudo-queries teach; ``authors`` says which known labels, in several panels, are one."""
    names = np.array(authors)
    is_author = names[known.labels][:, None] == names[None, :]
    is_self = known.labels[:, None] == np.arange(len(names))[None, :]
    own = np.nanmedian(np.where(is_self, known.matches, np.nan), axis=0)
    others = np.nanmean(np.where(is_author, np.nan, known.matches), axis=0)
    spread = np.maximum(np.nanstd(np.where(is_author, np.nan, known.matches), axis=0), 1e-12)
    is_right = is_author[np.arange(len(is_author)), known.distances.argmin(axis=1)]
    inside = _features(authors, known.distances, known.matches, own, others, spread)
    outside = _features(authors, strangers.distances, strangers.matches, own, others, spread)
    wrong = np.concatenate([outside, inside[~is_right]])
    weights = _logistic(inside[is_right], wrong)
    lengths = np.where(is_self, known.distances, np.nan)
    above = np.nanquantile(lengths - np.nanmedian(lengths, axis=0), ACCEPTED, method="higher")
    return Rule(
        tuple(authors),
        own,
        others,
        spread,
        weights,
        np.sort(inside @ weights),
        np.sort(wrong @ weights),
        float(known.shifts.max()),
        np.nanmedian(lengths, axis=0) + above,
    )


def _features(
    authors: Sequence[str], distances: Floats, matches: Floats, own: Floats, others: Floats, spread: Floats
) -> Floats:
    """f64[queries, 5]: the match of the nearest label; how far it is above what others have with that label, in their
    standard deviations and as a share of what its own have; how far above the best match with another author; and 1."""
    names = np.array(authors)
    rows, nearest = np.arange(len(distances)), distances.argmin(axis=1)
    match = matches[rows, nearest]
    rivals = np.where(names[None, :] == names[nearest][:, None], -np.inf, matches).max(axis=1)
    above = match - others[nearest]
    room = np.maximum(own - others, spread)[nearest]
    return np.stack([match, above / spread[nearest], above / room, match - rivals, np.ones(len(rows))], axis=1)


def _logistic(right: Floats, wrong: Floats) -> Floats:
    """Weights of a logistic regression (the last one the constant) with a ridge of one on standardised features."""
    features = np.concatenate([right, wrong])
    signs = np.where(np.arange(len(features)) < len(right), 1.0, -1.0)
    middle, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-12)
    middle[-1], scale[-1] = 0.0, 1.0
    standard = (features - middle) / scale * signs[:, None]

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = standard @ weights
        slope = -standard.T @ expit(-odds)
        penalty = np.append(weights[:-1], 0.0)
        return float(np.logaddexp(0, -odds).sum() + penalty @ penalty / 2), slope + penalty

    weights = np.asarray(minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B").x) / scale
    weights[-1] -= weights[:-1] @ middle[:-1]
    return np.asarray(weights)
