"""Profiles to distances between labels and each label's neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial.distance import squareform

from fastslop.base.arrays import Floats
from fastslop.base.csv_cells import csv_of
from fastslop.base.defaults import DEFAULT_METHOD, JSON_FORMAT, METHOD_NAMES, REPLICATES, SLOP_FORENSICS
from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.spec import note_on_share
from fastslop.base.tables import html_table
from fastslop.base.wording import plural
from fastslop.comparing.distances import MIN_PANEL, distances
from fastslop.comparing.fingerprint import chosen_values, gram_of
from fastslop.comparing.nexus import nexus_of
from fastslop.comparing.prompt_counts import NOTHING_IN_COMMON, PromptCounts, read_prompt_counts
from fastslop.comparing.prompt_products import drawn_products
from fastslop.comparing.resampling import Resampled, replicate_weights, resample
from fastslop.comparing.scaling import MIN_POINTS, Scaling, classical_scaling
from fastslop.comparing.slop_forensics import jaccard, read_slop_forensics, slop_forensics_matrix
from fastslop.comparing.tree_likeness import likeness_words, mean_delta
from fastslop.profiles.profile_set import ProfileSet
from fastslop.system.atomic import write_json, write_text
from fastslop.system.memory import trim
from fastslop.system.progress import Progress, silent

if TYPE_CHECKING:
    from fastslop.drawing.families import Families
    from fastslop.drawing.pictures import Picture

METRICS = {DEFAULT_METHOD: "whitened cosine distance about the panel's mean", SLOP_FORENSICS: "Jaccard distance"}
"""Names of the distances of each method."""


@dataclass(frozen=True)
class Comparison:
    """Distances between labels, ``condensed`` f64[pairs] in SciPy's order of ``labels``, and the panel of each label.

    ``resampled``: what prompts drawn anew say of the distances; None where none were drawn. Of n-grams the profiles
    have one in ``scaled``.
    """

    method: str
    metric: str
    labels: tuple[str, ...]
    panels: tuple[str, ...]
    condensed: NDArray[np.float64]
    n_features: int
    resampled: Resampled | None = None
    scaled: int = 1

    @property
    def caption(self) -> str:
        """A few words on what the distances rest on."""
        return f"{len(self.labels)} models, {plural(self.n_features, 'feature')}, fingerprint {self.method!r}"

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a reader of the distances must know."""
        n_panels = len(set(self.panels))
        notes = []
        if n_panels > 1:
            notes.append(f"labels come from {n_panels} panels; distances between panels are less sure than within one")
            if self.method == DEFAULT_METHOD:
                notes.append("between panels, a distance also says how well two labels match, of all in the two panels")
        if self.scaled > 1:
            notes.append(f"{note_on_share(self.scaled)}: distances rest on fewer of them")
        if len(self.labels) < MIN_PANEL and self.method == DEFAULT_METHOD:
            notes.append("two labels have no mean to be measured from: their distance compares with no other")
        if self.resampled is not None:
            replicates = plural(len(self.resampled.replicates), "replicate")
            notes.append(
                f"support is the share of {replicates} with prompts drawn anew in which a label is the nearest; it "
                "says how repeatable that is, not who learnt from whom"
            )
        return tuple(notes)

    @cached_property
    def mean_delta(self) -> float | None:
        """How far from a tree the distances are (``tree_likeness.mean_delta``); None for fewer than four labels."""
        return mean_delta(self.condensed) if len(self.labels) > 3 else None

    @property
    def likeness(self) -> str | None:
        """What `mean_delta` says of a tree of these labels, in words; None for fewer than four labels."""
        return None if self.mean_delta is None else likeness_words(self.mean_delta)

    @cached_property
    def scaling(self) -> Scaling | None:
        """Places of the labels on a map, and how well it holds the distances; None for fewer than three labels."""
        return classical_scaling(self.condensed) if len(self.labels) >= MIN_POINTS else None

    @property
    def square(self) -> NDArray[np.float64]:
        """The distances as a symmetric matrix."""
        return np.asarray(squareform(self.condensed))

    @property
    def distances(self) -> pl.DataFrame:
        """The distances as a square table: ``label``, and a column for each label."""
        columns = dict(zip(self.labels, self.square.T, strict=True))
        return pl.DataFrame({"label": list(self.labels)}).hstack(pl.DataFrame(columns, schema=list(self.labels)))

    @property
    def neighbours(self) -> pl.DataFrame:
        """Every other label of each label, nearest first: ``label``, ``neighbour``, ``rank`` (from 1), ``distance``.

        Further columns say what resampling found, null where it was not done (see ``resampling.Resampled``):
        ``support``; the ``floor`` of the label; ``low`` and ``high``; ``split`` and ``position``.
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
        ).with_columns(**self._resampled_of(rows, columns))

    def _resampled_of(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> dict[str, pl.Series]:
        names = ("support", "floor", "low", "high", "split", "position")
        if self.resampled is None:
            return {name: pl.Series([None] * len(rows), dtype=pl.Float64) for name in names}
        r = self.resampled
        of_pairs = [squareform(condensed)[rows, columns] for condensed in (r.low, r.high, r.split, r.position)]
        values = [r.support[rows, columns], r.floor[rows], *of_pairs]
        return {name: pl.Series(v, nan_to_null=True) for name, v in zip(names, values, strict=True)}

    def heatmap(
        self, *, title: str | None = None, families: Families | None = None, highlight: Sequence[str] = ()
    ) -> Picture:
        """Draw the distances, rows and columns in the order of their tree.

        Parameters
        ----------
        title
            Heading above the picture.
        families
            Families of labels, for colours: a CSV of ``label,family``, or the family of each label. Others are guessed
            from their names.
        highlight
            Labels to mark.

        Raises
        ------
        UsageError
            If a label to highlight or with a family is not there.
        BadInputError
            If the file of families is malformed.
        """
        from fastslop.drawing.pictures import heatmap_of  # a door: the picture is made in a room above

        return heatmap_of(self, title=title, families=families, highlight=highlight)

    def map(
        self, *, title: str | None = None, families: Families | None = None, highlight: Sequence[str] = ()
    ) -> Picture:
        """Draw the labels on a map, which assumes no tree: the nearer two are, the more alike, as far as it can show.

        The places are those of `scaling`; parameters and errors are as of `heatmap`.

        Raises
        ------
        BadInputError
            If there are fewer than three labels.
        """
        from fastslop.drawing.pictures import map_of

        return map_of(self, title=title, families=families, highlight=highlight)

    def nexus(self) -> str:
        """The distances as a Nexus file, of which SplitsTree draws a network (see `nexus_of`)."""
        return nexus_of(self.labels, self.square)

    def to_dict(self) -> dict[str, Any]:
        """The shape of ``compare --json``. ``support`` and ``floor`` are null where they were not computed."""
        return {
            "format": JSON_FORMAT,
            "method": self.method,
            "metric": self.metric,
            "labels": list(self.labels),
            "distances": self.condensed.tolist(),
            "neighbours": self.neighbours.to_dicts(),
            "panels": dict(zip(self.labels, self.panels, strict=True)),
            "n_features": self.n_features,
            "mean_delta": self.mean_delta,
            "likeness": self.likeness,
            "map": None if self.scaling is None else self.scaling.to_dict(),
            "n_replicates": 0 if self.resampled is None else len(self.resampled.replicates),
            "seed": None if self.resampled is None else self.resampled.seed,
            "notes": list(self.notes),
        }

    def write(
        self, folder: str | PathLike[str], *, force: bool = False, verdicts: Mapping[str, str] | None = None
    ) -> None:
        """Write ``compare.json``, ``distances.csv`` (a square table) and ``neighbours.csv`` into a folder.

        ``verdicts``: by label, the verdict on its nearest, for ``neighbours.csv``; empty there where it is not known.

        Raises
        ------
        UsageError
            If one of them is already there, unless ``force``.
        """
        out = Path(folder)
        write_json(out / "compare.json", self.to_dict(), force=force)
        write_text(out / "distances.csv", csv_of(self.distances), force=force)
        said = pl.col("label").replace_strict(dict(verdicts or {}), default=None, return_dtype=pl.String)
        neighbours = self.neighbours.with_columns(verdict=pl.when(pl.col("rank") == 1).then(said))
        write_text(out / "neighbours.csv", csv_of(neighbours), force=force)

    def _repr_html_(self) -> str:
        nearest = self.neighbours.filter(rank=1).select("label", "neighbour", "distance", "support")
        return html_table(nearest)


def compare(
    profiles: ProfileSet,
    *,
    method: str = DEFAULT_METHOD,
    replicates: int = REPLICATES,
    seed: int = 0,
    progress: Progress = silent,
) -> Comparison:
    """
    Measure how far labels are from each other, and find each label's neighbours.

    Parameters
    ----------
    profiles
        Two labels at least.
    method
        The fingerprint: ``fastslop``, or ``slop-forensics`` to compare with, which has no replicates.
    replicates
        How often prompts are drawn anew, for support and intervals; 0 for none.
    seed
        Seed of the random draws.
    progress
        Is told how far each step is.

    Raises
    ------
    UsageError
        If there is no such method.
    BadInputError
        If there are fewer than two labels, or they have no feature in common.
    IncompatibleProfilesError
        If a profile was counted without n-grams that the method needs.

    Examples
    --------
    >>> import fastslop as fs
    >>> writing = {"a": "Dusk fell; the sea sighed.", "b": "Dusk fell; the sea moaned.", "c": "Buy now! Buy more!"}
    >>> texts = [{"model": m, "prompt": str(i), "text": t} for m, t in writing.items() for i in range(4)]
    >>> comparison = fs.compare(fs.count(texts), replicates=0)
    >>> comparison.neighbours.filter(label="a", rank=1)["neighbour"].item()
    'b'
    """
    members = profiles.members
    if method not in METHOD_NAMES:
        raise UsageError(f"unknown method {method!r}; there are {', '.join(METHOD_NAMES)}")
    if len(members) < 2:
        raise BadInputError(f"comparing takes two labels, and there is only {members[0].name!r}; count another model")
    if method == DEFAULT_METHOD:
        counts = read_prompt_counts(members, progress=progress)
        return compare_counts(counts, replicates=replicates, seed=seed, progress=progress)
    matrix = slop_forensics_matrix(profiles.labels, read_slop_forensics(members))
    if matrix.values.shape[1] == 0:
        raise BadInputError(NOTHING_IN_COMMON)
    panels = tuple(member.panel for member in members)
    return Comparison(method, METRICS[method], profiles.labels, panels, jaccard(matrix), matrix.values.shape[1])


def compare_counts(counts: PromptCounts, *, replicates: int, seed: int = 0, progress: Progress = silent) -> Comparison:
    """Distances by the default method, and what resampling says of them, from counts by prompt."""
    n_features, gram = _of_whole(counts)
    weights = replicate_weights(counts, replicates, seed)
    products = drawn_products(counts, weights)
    condensed = distances(gram, counts.panels, products.whole())
    trim()  # before draws take most
    resampled = None
    if replicates:
        resampled = resample(counts, condensed, weights, products, seed=seed, progress=progress)
    metric = METRICS[DEFAULT_METHOD]
    return Comparison(
        DEFAULT_METHOD, metric, counts.labels, counts.panels, condensed, n_features, resampled, counts.scaled
    )


def _of_whole(counts: PromptCounts) -> tuple[int, Floats]:
    """How many features are chosen on all prompts, and the inner products of their values, f64[labels, labels]."""
    columns, values = chosen_values(counts.whole())
    return len(columns), gram_of(values)
