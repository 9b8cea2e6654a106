"""Rule for what nearness says of a query, learnt from pseudo-queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from fastslop.base.arrays import Floats, Ints
from fastslop.evidence.pseudo_queries import PseudoAnswers

ACCEPTED = 0.95
"""Share of queries of known labels that are not refused."""


@dataclass(frozen=True)
class VerdictRule:
    """Rule for what nearness means for queries of one size and company, learnt from pseudo-queries.

    ``own``: the median match of each known label with its own pseudo-queries; ``others``, ``spread``: the mean and the
    standard deviation of its matches with those of other authors; f64[known] each. ``weights`` f64[5]: those of a
    query's features, the constant being the last. ``known_scores``, ``wrong_scores``: scores, rising, of pseudo-queries
    whose author is in the library, and of those whose nearest label is of another author, as that of strangers always
    is. ``own_spread``: how far matches of known labels' own pseudo-queries lie above their medians, of all labels,
    rising. ``largest_shift``: the largest of pseudo-queries. ``reach`` f64[known]: for each label the distance within
    which its own pseudo-queries lie: their median, plus the 95 % quantile of how far above their medians all of them
    lie.
    """

    authors: tuple[str, ...]
    own: Floats
    others: Floats
    spread: Floats
    weights: Floats
    known_scores: Floats
    wrong_scores: Floats
    own_spread: Floats
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

    def p_own(self, matches: Floats, labels: Ints) -> Floats:
        """The share of own pseudo-queries that match as badly, each in its label, as these queries match ``labels``.

        A conformal p-value. ``labels`` i64[queries]; ``matches`` f64[queries]. Texts of a sister of a label may be
        nearer to it than anything else, and yet not as near as its own.
        """
        found = np.searchsorted(self.own_spread, matches - self.own[labels], side="right")
        return _share(found, len(self.own_spread))


def _share(n_beyond: Ints, n: int) -> Floats:
    """Conformal p-value (Vovk, Gammerman and Shafer 2005, section 2.2): the query itself is one of those beyond."""
    return np.asarray((1 + n_beyond) / (1 + n))


def learn_rule(authors: Sequence[str], known: PseudoAnswers, strangers: PseudoAnswers) -> VerdictRule:
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
    return VerdictRule(
        tuple(authors),
        own,
        others,
        spread,
        weights,
        np.sort(inside @ weights),
        np.sort(wrong @ weights),
        np.sort((known.matches - own)[is_self]),
        float(known.shifts.max()),
        np.nanmedian(lengths, axis=0) + above,
    )


def _features(
    authors: Sequence[str], distances: Floats, matches: Floats, own: Floats, others: Floats, spread: Floats
) -> Floats:
    """Features of queries, f64[queries, 5]; ``own``, ``others`` and ``spread`` are as in `VerdictRule`.

    They are the match of the nearest label; how far it is above what others have with that label, in their standard
    deviations and as a share of what its own have; how far above the best match with another author; and 1.
    """
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
