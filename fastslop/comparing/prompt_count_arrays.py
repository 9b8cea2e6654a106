"""Counts by prompt as plain arrays by name, which can be kept in a file, and counts again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop.comparing.prompt_counts import LabelCounts, PromptCounts

Arrays = Mapping[str, NDArray[Any]]


def as_arrays(counts: PromptCounts) -> dict[str, NDArray[Any]]:
    """Counts of all labels as arrays by name, which ``counts_of`` makes counts again.

    What is of each label stands one label behind the other, and in ``sizes`` i64[labels, 3] how long it is. Features
    are in Arrow's format.
    """
    by_label = counts.counts
    features = BytesIO()
    counts.features.write_ipc(features)
    return {
        "labels": np.array(counts.labels),
        "panels": np.array(counts.panels),
        "group_panels": np.array(list(counts.groups)),
        "group_sizes": np.array([len(keys) for keys in counts.groups.values()]),
        "groups": np.concatenate(list(counts.groups.values())),
        "features": np.frombuffer(features.getbuffer(), np.uint8),
        "tables": counts.tables,
        "unit_groups": counts.unit_groups,
        "unit_n": counts.unit_n,
        "sizes": np.array([(len(one.columns), len(one.groups), len(one.n_words)) for one in by_label]),
        "columns": np.concatenate([one.columns for one in by_label]),
        "n_units": np.concatenate([one.n_units for one in by_label]),
        "n_words": np.concatenate([one.n_words for one in by_label]),
        "scaled": np.array(counts.scaled),
    }


def counts_of(arrays: Arrays) -> PromptCounts:
    """The counts of all labels, from what ``as_arrays`` made of them."""
    unit_groups, unit_n = arrays["unit_groups"], arrays["unit_n"]
    rows, units, groups = (_parts(sizes) for sizes in arrays["sizes"].T)
    by_label = tuple(
        LabelCounts(
            arrays["columns"][of_rows],
            arrays["n_units"][of_rows],
            unit_groups[of_units],
            unit_n[of_units],
            arrays["n_words"][of_groups],
            of_units.start,
        )
        for of_rows, of_units, of_groups in zip(rows, units, groups, strict=True)
    )
    keys = (arrays["groups"][part] for part in _parts(arrays["group_sizes"]))
    return PromptCounts(
        labels=tuple(arrays["labels"].tolist()),
        panels=tuple(arrays["panels"].tolist()),
        features=pl.read_ipc(BytesIO(arrays["features"].tobytes())),
        tables=arrays["tables"],
        groups=dict(zip(arrays["group_panels"].tolist(), keys, strict=True)),
        unit_groups=unit_groups,
        unit_n=unit_n,
        counts=by_label,
        scaled=int(arrays["scaled"]),
    )


def _parts(sizes: NDArray[np.int64]) -> Sequence[slice]:
    """Parts of these sizes, one behind the other."""
    return [slice(*pair) for pair in pairwise([0, *np.cumsum(sizes).tolist()])]
