"""Profiles to distances between labels and each label's neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial.distance import squareform

from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.spec import Table
from fastslop.base.wording import plural
from fastslop.comparing import distances as distance
from fastslop.comparing import slop_forensics
from fastslop.comparing.fingerprint import chosen_columns, style_distances
from fastslop.comparing.prompt_counts import PromptCounts, read_prompt_counts
from fastslop.comparing.resampling import Evidence, gather_evidence
from fastslop.comparing.tree_likeness import mean_delta
from fastslop.profiles.files import read_profile
from fastslop.profiles.profile import Profile
from fastslop.profiles.profile_set import Member
from fastslop.system.progress import Progress, silent
from fastslop.system.threads import map_bounded, n_cores

DEFAULT_METHOD = "fastslop"


@dataclass(frozen=True)
class Method:
    """A fingerprint: the tables it reads, its feature matrix, its distance, and that distance's name."""

    name: str
    tables: tuple[Table, ...]
    matrix: Callable[[Sequence[str], Iterable[Profile]], slop_forensics.FeatureMatrix]
    distances: Callable[[slop_forensics.FeatureMatrix, Sequence[str]], NDArray[np.float64]]
    metric: str


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            DEFAULT_METHOD,
            slop_forensics.STYLE_TABLES,
            slop_forensics.style_matrix,
            distance.centred_cosine,
            "cosine distance about the panel's mean",
        ),
        Method(
            "slop-forensics",
            (("word", 1), ("content", 2), ("content", 3)),
            slop_forensics.slop_forensics_matrix,
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
    evidence: Evidence | None = None

    @property
    def caption(self) -> str:
        """What the distances rest on, in a few words."""
        return f"{len(self.labels)} models, {plural(self.n_features, 'feature')}, fingerprint {self.method!r}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the distances must know."""
        n_panels = len(set(self.panels))
        notes = []
        if n_panels > 1:
            notes.append(f"labels come from {n_panels} panels; distances between panels are less sure than within one")
            if self.method == DEFAULT_METHOD:
                notes.append("between panels, a distance also says how well two labels match, of all in the two panels")
        if len(self.labels) < distance.MIN_PANEL and self.method == DEFAULT_METHOD:
            notes.append("two labels have no mean to be measured from: their distance compares with no other")
        if self.evidence is not None:
            replicates = plural(len(self.evidence.replicates), "replicate")
            notes.append(
                f"support is the share of {replicates} with prompts drawn anew in which a label is the nearest; it "
                "says how repeatable that is, not who learnt from whom"
            )
        return tuple(notes)

    @property
    def mean_delta(self) -> float | None:
        """How far from a tree the distances are (``treelikeness.mean_delta``); None for fewer than four labels."""
        return mean_delta(self.condensed) if len(self.labels) > 3 else None

    @property
    def square(self) -> NDArray[np.float64]:
        """The distances as a symmetric matrix."""
        return np.asarray(squareform(self.condensed))

    @property
    def neighbours(self) -> pl.DataFrame:
        """Every other label of each label, nearest first: ``label``, ``neighbour``, ``rank`` (from 1), ``distance``.

        And what resampling says of each, null where it was not done (see ``resampling.Evidence``): ``support``; the
        ``floor`` of the label; ``low`` and ``high``; ``split`` and ``position``.
        """
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
        ).with_columns(**self._evidence_of(rows, columns))

    def _evidence_of(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> dict[str, pl.Series]:
        names = ("support", "floor", "low", "high", "split", "position")
        if self.evidence is None:
            return {name: pl.Series([None] * len(rows), dtype=pl.Float64) for name in names}
        found = self.evidence
        pairs = [squareform(of_pair)[rows, columns] for of_pair in (found.low, found.high, found.split, found.position)]
        values = [found.support[rows, columns], found.floor[rows], *pairs]
        return {name: pl.Series(v, nan_to_null=True) for name, v in zip(names, values, strict=True)}


def compare_profiles(
    members: Sequence[Member],
    method: str = DEFAULT_METHOD,
    *,
    n_replicates: int = 0,
    seed: int = 0,
    progress: Progress = silent,
) -> Comparison:
    """Distances between all labels by the named method.

    With ``n_replicates`` also what resampling prompts says of them; so far for the default method only.

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
    if n_replicates and method == DEFAULT_METHOD:
        counts = read_prompt_counts(members, progress=progress)
        return compare_counts(counts, n_replicates=n_replicates, seed=seed, progress=progress)
    matrix = chosen.matrix(labels, _profiles(members, chosen.tables))
    if matrix.values.shape[1] == 0:
        raise BadInputError("these labels have no feature in common that each uses in two prompts: too little text")
    condensed = chosen.distances(matrix, panels)
    return Comparison(method, chosen.metric, labels, panels, condensed, matrix.values.shape[1])


def compare_counts(
    counts: PromptCounts, *, n_replicates: int, seed: int = 0, progress: Progress = silent
) -> Comparison:
    """Distances by the default method and what resampling says of them, from counts by prompt."""
    whole = counts.whole
    condensed = style_distances(whole.totals, whole.n_prompts, whole.n_words, counts.tables, counts.panels)
    return Comparison(
        DEFAULT_METHOD,
        METHODS[DEFAULT_METHOD].metric,
        counts.labels,
        counts.panels,
        condensed,
        len(chosen_columns(whole.totals, whole.n_prompts, whole.n_words, counts.tables)),
        gather_evidence(counts, condensed, n_replicates=n_replicates, seed=seed, progress=progress),
    )


def _profiles(members: Sequence[Member], tables: tuple[Table, ...]) -> Iterator[Profile]:
    return map_bounded(lambda m: read_profile(m.path, [t for t in tables if t in m.spec.tables]), members, n_cores())
