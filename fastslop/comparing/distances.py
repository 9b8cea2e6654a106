"""Inner products of fingerprints to cosines within and between panels, and to condensed distances."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import squareform

RIDGE = 0.1
"""Ridge of the whitening, as a share of the mean squared length. From 0.003 to 0.3 as many labels are known again,
within 1 % on prompts of the same kind and within 2 % in another genre (``benchmarks.accuracy`` on slop-score)."""
MATCH_SHARE = 0.75
"""Weight of the match in a similarity between panels, the rest being the cosine's. From 0.67 to 1 as many labels are
known again, within 1 %; a smaller weight tells mixtures better (method.md)."""
NULL = 1e-12
"""Relative tolerance: a label's squared length about the mean counts as zero below this share of its squared length."""
MIN_PANEL = 3
"""Fewest labels of a panel whose own mean is subtracted; in a smaller panel the mean of all labels is, since two labels
are by construction exact opposites about their own mean."""


def matched_distances(gram: NDArray[np.float64], panels: Sequence[str]) -> NDArray[np.float64]:
    """Condensed distances between labels, 0 to 2, from the inner products of their values: see ``matched_cosine``."""
    return condensed(1 - matched_cosine(gram, panels))


def plain_distances(gram: NDArray[np.float64], panels: Sequence[str]) -> NDArray[np.float64]:
    """Condensed distances as ``matched_distances``, but between panels by the cosine alone, as within them."""
    return condensed(1 - cosine_about_means(gram, panels))


def cosine_about_means(gram: NDArray[np.float64], panels: Sequence[str]) -> NDArray[np.float64]:
    """The cosines between labels about their panels' means, f64[labels, labels].

    ``gram`` f64[labels, labels] are the inner products of the labels' values as they are: the values less their means
    would be dense, so only inner products are centred. What a panel has in common is its prompts and its language; what
    is left is the labels' own. Fewer than ``MIN_PANEL`` labels in all are compared as they are. Labels of which nothing
    is left about the mean are like each other and unlike all others.
    """
    return _cosine(*_about_means(gram, panels))


def matched_cosine(gram: NDArray[np.float64], panels: Sequence[str]) -> NDArray[np.float64]:
    """The similarities of labels, f64[labels, labels]: ``cosine_about_means``, mixed with matches between two panels.

    A match is the mean best ``panel_likeness`` of a label in the other panel, less the pair's ``shortfall``, brought to
    the scale of the cosines between the two panels by the ratio of the mean best ones; its weight is ``MATCH_SHARE``.
    Pairs of a label of which nothing is left about the mean, and of two panels of one label each, stay as they are.
    """
    cosine = cosine_about_means(gram, panels)
    for one, other, likeness in panel_likeness(gram, panels):
        block = cosine[np.ix_(one, other)]
        best, best_cosine = _mean_best(likeness), _mean_best(block)
        if min(best, best_cosine) > 0:
            match = (best - shortfall(likeness)) * best_cosine / best
            mixed = np.maximum((1 - MATCH_SHARE) * block + MATCH_SHARE * match, -1.0)
            cosine[np.ix_(one, other)], cosine[np.ix_(other, one)] = mixed, mixed.T
    return cosine


def _mean_best(block: NDArray[np.float64]) -> float:
    """The mean of the rows' largest values and of the columns', each weighing one half."""
    return float(block.max(axis=0).mean() + block.max(axis=1).mean()) / 2


def panel_likeness(
    gram: NDArray[np.float64], panels: Sequence[str]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    """For each two panels, as if alone, the labels of either and the ``whitened`` cosines between them.

    Labels of which nothing is left about the mean are left out, and so are pairs of panels of one label each.
    """
    centred, is_null = _about_means(gram, panels)
    names = np.array(panels)
    members = [np.flatnonzero((names == name) & ~is_null) for name in np.unique(names)]
    for one, other in itertools.combinations([rows for rows in members if len(rows)], 2):
        if len(one) + len(other) > 2:
            pair = np.concatenate([one, other])
            yield one, other, whitened(centred[np.ix_(pair, pair)])[: len(one), len(one) :]


def whitened(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cosines between labels whose differences were whitened, from their inner products about means.

    A few directions (marked up or plain, talkative or not) hold most of what tells labels apart, and prompts and genre
    move labels along the same ones. With G these inner products, the cosine is of G (G + r I)^-1 instead of G (ridge
    regression of each label on all; Hoerl and Kennard 1970), r being ``RIDGE`` of the mean squared length: what a label
    shares with many weighs little, what it shares with one weighs much.
    """
    ridge = RIDGE * np.trace(centred) / len(centred)
    smoothed = np.linalg.solve(centred + ridge * np.eye(len(centred)), centred)
    return _cosine((smoothed + smoothed.T) / 2, np.zeros(len(centred), np.bool_))


def shortfall(likeness: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much less alike each row and column are than either and its best match, on average; 0 for each other's best.

    Rows are labels of one panel and columns of another. A label that is near to everyone is then no one's match for
    that alone: cross-domain similarity local scaling (Conneau et al. 2018, section 2.3) with one neighbour.
    """
    best = likeness.max(axis=1, keepdims=True) + likeness.max(axis=0, keepdims=True)
    return np.asarray(best / 2 - likeness)


def _about_means(gram: NDArray[np.float64], panels: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Inner products of labels about their panels' means, and which labels have nothing left about them."""
    means, of_label = panel_means(panels)
    with_means = gram @ means.T
    about, between = with_means[:, of_label], (means @ with_means)[np.ix_(of_label, of_label)]
    centred = gram - about - about.T + between
    return centred, np.diag(centred) <= NULL * np.diag(gram)


def _cosine(gram: NDArray[np.float64], is_null: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Inner products over lengths; null labels are like each other and unlike all others."""
    squared = np.where(is_null, 1.0, np.diag(gram))
    cosine = gram / np.sqrt(np.outer(squared, squared))
    cosine[is_null] = cosine[:, is_null] = 0.0
    cosine[np.ix_(is_null, is_null)] = 1.0
    return np.asarray(cosine)


def mean_weights(panels: Sequence[str]) -> NDArray[np.float64]:
    """Weight of every label (column) in the mean that is subtracted from each label (row), f64[labels, labels]."""
    means, of_label = panel_means(panels)
    return means[of_label]


def panel_means(panels: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Weights of every label in the mean of each panel, f64[panels, labels], and the panel of each label, i64[labels].

    The mean of a small panel is that of all labels; fewer than ``MIN_PANEL`` labels have none.
    """
    names, of_label = np.unique(np.array(panels), return_inverse=True)
    if len(of_label) < MIN_PANEL:
        return np.zeros((len(names), len(of_label))), of_label
    same = (np.arange(len(names))[:, None] == of_label).astype(np.float64)
    same[same.sum(axis=1) < MIN_PANEL] = 1.0
    return same / same.sum(axis=1, keepdims=True), of_label


def condensed(square: NDArray[np.float64]) -> NDArray[np.float64]:
    """The upper triangle of a symmetric matrix of distances in SciPy's order, with rounding errors removed."""
    clean = np.maximum((square + square.T) / 2, 0.0)
    np.fill_diagonal(clean, 0.0)
    return np.asarray(squareform(clean.round(12), checks=False))
