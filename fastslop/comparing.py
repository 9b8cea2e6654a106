"""Profiles to distances between labels and each label's neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial.distance import squareform

from fastslop import distance, features
from fastslop.errors import BadInputError, UsageError
from fastslop.members import Member
from fastslop.parallel import map_bounded, n_cores
from fastslop.profile import Profile
from fastslop.spec import Table
from fastslop.store import read_profile

DEFAULT_METHOD = "fastslop"


@dataclass(frozen=True)
class Method:
    """A fingerprint: the tables it reads, its feature matrix, its distance, and that distance's name."""

    name: str
    tables: tuple[Table, ...]
    matrix: Callable[[Sequence[str], Iterable[Profile]], features.FeatureMatrix]
    distances: Callable[[features.FeatureMatrix, Sequence[str]], NDArray[np.float64]]
    metric: str


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            DEFAULT_METHOD,
            features.STYLE_TABLES,
            features.style_matrix,
            distance.centred_cosine,
            "cosine distance about the panel's mean",
        ),
        Method(
            "slop-forensics",
            (("word", 1), ("content", 2), ("content", 3)),
            features.slop_forensics_matrix,
            lambda matrix, _: distance.jaccard(matrix),
            "Jaccard distance",
        ),
    )
}


@dataclass(frozen=True)
class Comparison:
    """Distances between labels, ``condensed`` f64 in SciPy's order of ``labels``, and the panel of each label."""

    method: str
    metric: str
    labels: tuple[str, ...]
    panels: tuple[str, ...]
    condensed: NDArray[np.float64]
    n_features: int

    @property
    def caption(self) -> str:
        """What the distances rest on, in a few words."""
        return f"{len(self.labels)} models, {self.n_features:,} features, fingerprint {self.method!r}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the distances must know."""
        n_panels = len(set(self.panels))
        notes = []
        if n_panels > 1:
            notes.append(f"labels come from {n_panels} panels; distances between panels are less sure than within one")
        if len(self.labels) < distance.MIN_PANEL and self.method == DEFAULT_METHOD:
            notes.append("two labels have no mean to be measured from: their distance compares with no other")
        return tuple(notes)

    @property
    def square(self) -> NDArray[np.float64]:
        """The distances as a symmetric matrix."""
        return np.asarray(squareform(self.condensed))

    @property
    def neighbours(self) -> pl.DataFrame:
        """Every other label of each label, nearest first: ``label``, ``neighbour``, ``rank`` (from 1), ``distance``."""
        n = len(self.labels)
        square = self.square
        np.fill_diagonal(square, -1.0)
        order = np.argsort(square, axis=1, kind="stable")[:, 1:]
        rows = np.repeat(np.arange(n), n - 1)
        columns = order.ravel()
        return pl.DataFrame(
            {
                "label": [self.labels[i] for i in rows],
                "neighbour": [self.labels[i] for i in columns],
                "rank": np.tile(np.arange(1, n), n),
                "distance": square[rows, columns],
            }
        )


def compare_profiles(members: Sequence[Member], method: str = DEFAULT_METHOD) -> Comparison:
    """Distances between all labels by the named method.

    Raises
    ------
    UsageError
        If there is no such method.
    BadInputError
        If there are fewer than two labels, or they have no feature in common.
    IncompatibleProfilesError
        If a profile was counted without a table that the method needs.
    """
    if method not in METHODS:
        raise UsageError(f"unknown method {method!r}; there are {', '.join(METHODS)}")
    if len(members) < 2:
        raise BadInputError(f"comparing needs two labels at least; there is only {members[0].name!r}")
    chosen = METHODS[method]
    labels = tuple(member.name for member in members)
    panels = tuple(member.panel for member in members)
    matrix = chosen.matrix(labels, _profiles(members, chosen.tables))
    if matrix.values.shape[1] == 0:
        raise BadInputError("these labels have no feature in common that each uses in two prompts: too little text")
    condensed = chosen.distances(matrix, panels)
    return Comparison(method, chosen.metric, labels, panels, condensed, matrix.values.shape[1])


def _profiles(members: Sequence[Member], tables: tuple[Table, ...]) -> Iterator[Profile]:
    return map_bounded(lambda m: read_profile(m.path, [t for t in tables if t in m.spec.tables]), members, n_cores())
