"""Inner products of fingerprints to likenesses within and between panels, and to condensed distances."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import squareform

from fastslop.base.arrays import Floats, Ints

Bools = NDArray[np.bool_]

RIDGE = 0.3
"""Ridge of the whitening, as a share of the mean squared length. From 0.03 to 1 as many labels are nearest to a
relative, within 1 %; from 1 on fewer are known again in another genre (method.md)."""
MATCH_SHARE = 0.9
"""Share of the shortfall that is taken off a likeness between panels. With all of it, each two labels that are each
other's best would be as near as any other such pair, whatever their own cosine."""
NULL = 1e-12
"""Relative tolerance: a label's squared length about the mean counts as zero below this share of its squared length."""
MIN_PANEL = 3
"""Fewest labels of a panel whose own mean is subtracted; in a smaller panel the mean of all labels is, since two labels
are by construction exact opposites about their own mean."""


def distances(
    gram: Floats, panels: Sequence[str], by_prompt: Floats | None = None, *, is_matched: bool = True
) -> Floats:
    """Condensed distances between labels, 0 to 2: one minus their ``likeness``."""
    return condensed(1 - likeness(gram, panels, by_prompt, is_matched=is_matched))


def likeness(
    gram: Floats, panels: Sequence[str], by_prompt: Floats | None = None, *, is_matched: bool = True
) -> Floats:
    """The likeness of labels, f64[labels, labels]: 1 of equal ones, about 0 of two that are no more alike than others.

    ``gram`` f64[labels, labels] are the inner products of the labels' values as they are: the values less their means
    would be dense, so only inner products are centred. What a panel has in common is its prompts and its language; what
    is left is the labels' own. ``by_prompt``: products as of `prompt_products.DrawnProducts`, which within a panel are
    added, with as much weight. All is whitened, panel by panel, and between two panels as if they were alone.

    Between two panels nine tenths of the likeness (``MATCH_SHARE``) are a match, unless ``is_matched`` is false: the
    mean best whitened cosine, less the pair's ``shortfall``. Fewer than ``MIN_PANEL`` labels in all are compared as
    they are. Labels of which nothing is left about the mean are like each other and unlike all others.
    """
    centred, is_null = _about_means(gram, panels)
    if len(panels) < MIN_PANEL:
        return _cosine(centred, is_null)
    found: Floats = np.outer(is_null, is_null).astype(np.float64)
    for one, other, whitening in whitenings(gram, panels, by_prompt):
        cosines = whitening.between(one, other)
        block = matched(cosines) if one is not other and is_matched else unshrunk(cosines)
        found[np.ix_(one, other)], found[np.ix_(other, one)] = block, block.T
    return found


def panel_cosines(gram: Floats, panels: Sequence[str], panel: str) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Labels of a panel, labels of another, and the whitened cosines between them, for each of the others.

    The two panels are held together as if they were alone; ``matched`` makes of the cosines what ``likeness`` says.
    Labels of which nothing is left about the mean are given at last, those of all other panels together.
    """
    centred, is_null = _about_means(gram, panels)
    none, names = np.zeros_like(centred), np.array(panels)
    own = names == panel
    labels = np.flatnonzero(own & ~is_null)
    for name in np.unique(names[~own]):
        others = np.flatnonzero((names == name) & ~is_null)
        if len(labels) and len(others) and len(labels) + len(others) > 2:
            yield labels, others, _whitening(centred, none, np.concatenate([labels, others])).between(labels, others)
    null, others = np.flatnonzero(own & is_null), np.flatnonzero(~own & is_null)
    if len(null) and len(others):
        yield null, others, np.ones((len(null), len(others)))


def matched(cosines: Floats) -> Floats:
    """The likeness of labels of two panels, from their whitened cosines f64[one, other]; see ``likeness``."""
    match = _mean_best(cosines) - shortfall(cosines)
    return unshrunk(np.maximum(MATCH_SHARE * match + (1 - MATCH_SHARE) * cosines, -1.0))


@dataclass(frozen=True)
class Whitening:
    """Whitened inner products between ``labels`` i64, from their inner products about means.

    A few directions (marked up or plain, talkative or not) hold most of what tells labels apart, and prompts and genre
    move labels along the same ones. With G the sum of ``style`` and ``by_prompt`` f64[labels, labels], G (G + r I)^-1
    stands in for G (ridge regression of each label on all; Hoerl and Kennard 1970), r being ``RIDGE`` of the mean
    squared length: what a label shares with many weighs little, what it shares with one weighs much. ``scale``: what
    the products of values were multiplied by to become ``style``.

    Labels that are ``about_mean``, their own, have one direction less, along which they would all be a little unlike;
    it is given back, so that n labels that have nothing in common have a cosine of 0 and not of -1 / (n - 1).
    """

    labels: Ints
    style: Floats
    by_prompt: Floats
    scale: float
    about_mean: bool

    @cached_property
    def root(self) -> Floats:
        """(G + r I)^-1/2, f64[labels, labels]: the whitened values are these sums of the labels' values."""
        products = self.style + self.by_prompt
        n = len(products)
        squared, directions = np.linalg.eigh(products + RIDGE * np.trace(products) / n * np.eye(n))
        return np.asarray(directions / np.sqrt(squared) @ directions.T)

    @cached_property
    def products(self) -> Floats:
        """The whitened inner products, f64[labels, labels]."""
        products = self.style + self.by_prompt
        n = len(products)
        smoothed = np.linalg.solve(products + RIDGE * np.trace(products) / n * np.eye(n), products)
        given_back = np.trace(smoothed) / (n - 1) / n if self.about_mean and n > 1 else 0.0
        return np.asarray((smoothed + smoothed.T) / 2 + given_back)

    def between(self, one: Ints, other: Ints) -> Floats:
        """Whitened cosines between some labels and others, f64[one, other]."""
        lengths = np.sqrt(np.diag(self.products))
        rows, columns = self.places(one), self.places(other)
        return np.asarray(self.products[np.ix_(rows, columns)] / np.outer(lengths[rows], lengths[columns]))

    def places(self, labels: Ints) -> Ints:
        """Where labels stand among these."""
        order = np.argsort(self.labels)
        return np.asarray(order[np.searchsorted(self.labels, labels, sorter=order)])


def whitenings(
    gram: Floats, panels: Sequence[str], by_prompt: Floats | None = None
) -> Iterator[tuple[Ints, Ints, Whitening]]:
    """Labels, others, and the whitening by which these are held together; see ``likeness``.

    The two are one and the same array within a panel, and within all small panels together. They are of two panels
    else, but not of two that have one label each. Labels of which nothing is left about the mean are left out.
    """
    centred, is_null = _about_means(gram, panels)
    _, of_label, sizes = np.unique(np.array(panels), return_inverse=True, return_counts=True)
    none = np.zeros_like(centred)
    members = [np.flatnonzero((of_label == panel) & ~is_null) for panel in range(len(sizes))]
    members = [labels for labels in members if len(labels)]
    small = np.concatenate([np.zeros(0, np.int64), *(m for m in members if sizes[of_label[m[0]]] < MIN_PANEL)])
    if len(small):
        yield small, small, _whitening(centred, none, np.flatnonzero(~is_null))
    for labels in members:
        if sizes[of_label[labels[0]]] >= MIN_PANEL:
            whitening = _whitening(centred, none if by_prompt is None else by_prompt, labels, about_mean=True)
            yield labels, labels, whitening
    for one, other in itertools.combinations(members, 2):
        if len(one) + len(other) > 2:
            yield one, other, _whitening(centred, none, np.concatenate([one, other]))


def _whitening(centred: Floats, by_prompt: Floats, labels: Ints, *, about_mean: bool = False) -> Whitening:
    """The whitening of some labels; either products are given a mean squared length of 1, if they are not 0."""
    block = np.ix_(labels, labels)
    scale, of_prompts = (len(labels) / max(np.trace(p[block]), 1e-300) for p in (centred, by_prompt))
    return Whitening(labels, scale * centred[block], of_prompts * by_prompt[block], scale, about_mean)


def unshrunk(cosine: Floats) -> Floats:
    """Whitened cosines on the scale of cosines.

    The cosine c that two labels of mean length, like nothing else, must have to be whitened to w. Their products have
    the eigenvalues 1 + c and 1 - c, which whitening makes (1 +- c) / (1 +- c + r), so that w = r c / (1 + r - c^2).
    """
    return np.asarray(2 * (1 + RIDGE) * cosine / (RIDGE + np.sqrt(RIDGE**2 + 4 * (1 + RIDGE) * cosine**2)))


def shortfall(between: Floats) -> Floats:
    """How much less alike each row and column are than either and its best match, on average; 0 for each other's best.

    Rows are labels of one panel and columns of another. A label that is near to everyone is then no one's match for
    that alone: cross-domain similarity local scaling (Conneau et al. 2018, section 2.3) with one neighbour.
    """
    best = between.max(axis=1, keepdims=True) + between.max(axis=0, keepdims=True)
    return np.asarray(best / 2 - between)


def _mean_best(between: Floats) -> float:
    """The mean of the rows' largest values and of the columns', each weighing one half."""
    return float(between.max(axis=0).mean() + between.max(axis=1).mean()) / 2


def _about_means(gram: Floats, panels: Sequence[str]) -> tuple[Floats, Bools]:
    """Inner products of labels about their panels' means, and which labels have nothing left about them."""
    means, of_label = panel_means(panels)
    with_means = gram @ means.T
    about, between = with_means[:, of_label], (means @ with_means)[np.ix_(of_label, of_label)]
    centred = gram - about - about.T + between
    return centred, np.diag(centred) <= NULL * np.diag(gram)


def _cosine(gram: Floats, is_null: Bools) -> Floats:
    """Inner products over lengths; null labels are like each other and unlike all others."""
    squared = np.where(is_null, 1.0, np.diag(gram))
    cosine = gram / np.sqrt(np.outer(squared, squared))
    cosine[is_null] = cosine[:, is_null] = 0.0
    cosine[np.ix_(is_null, is_null)] = 1.0
    return np.asarray(cosine)


def mean_weights(panels: Sequence[str]) -> Floats:
    """Weight of every label (column) in the mean that is subtracted from each label (row), f64[labels, labels]."""
    means, of_label = panel_means(panels)
    return means[of_label]


def panel_means(panels: Sequence[str]) -> tuple[Floats, Ints]:
    """Weights of every label in the mean of each panel, f64[panels, labels], and the panel of each label, i64[labels].

    The mean of a small panel is that of all labels; fewer than ``MIN_PANEL`` labels have none.
    """
    names, of_label = np.unique(np.array(panels), return_inverse=True)
    if len(of_label) < MIN_PANEL:
        return np.zeros((len(names), len(of_label))), of_label
    same = (np.arange(len(names))[:, None] == of_label).astype(np.float64)
    same[same.sum(axis=1) < MIN_PANEL] = 1.0
    return same / same.sum(axis=1, keepdims=True), of_label


def condensed(square: Floats) -> Floats:
    """The upper triangle of a symmetric matrix of distances in SciPy's order, with rounding errors removed."""
    clean = np.maximum((square + square.T) / 2, 0.0)
    np.fill_diagonal(clean, 0.0)
    return np.asarray(squareform(clean.round(12), checks=False))
