"""Panels, labels that answered the same prompts: named by the user, or found from shared prompts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fastslop.base.arrays import union_of_keys

MIN_SHARED = 0.1
"""Least share of the smaller label's prompts that makes two labels one panel: a stray common prompt does not."""


def find_panels(prompts: Sequence[NDArray[np.uint64]], named: Sequence[str | None]) -> list[str]:
    """The panel of each label, from its prompts' keys and the panel that the user named for it, if any.

    Labels without a named panel are grouped by shared prompts (connected components). Found panels are called
    ``panel-1``, ``panel-2`` and so on, in the order of their first labels.
    """
    from scipy.sparse.csgraph import connected_components  # it takes 0.15 s to import, and counting needs no panels

    groups = connected_components(_shares_prompts(prompts), directed=False)[1]
    free = (new for i in itertools.count(1) if (new := f"panel-{i}") not in named)
    names: dict[int, str] = {}
    panels: list[str] = []
    for name, group in zip(named, groups.tolist(), strict=True):
        if name is None and group not in names:
            names[group] = next(free)
        panels.append(names[group] if name is None else name)
    return panels


def _shares_prompts(prompts: Sequence[NDArray[np.uint64]]) -> NDArray[np.bool_]:
    """Whether each two labels share at least ``MIN_SHARED`` of the smaller one's prompts."""
    if not prompts:
        return np.zeros((0, 0), np.bool_)
    from scipy.sparse import csr_array

    keys = union_of_keys(*prompts)
    columns = np.concatenate([np.searchsorted(keys, p) for p in prompts])
    sizes = np.array([len(p) for p in prompts])
    ends = np.r_[0, np.cumsum(sizes)]
    present = csr_array((np.ones(len(columns)), columns, ends), shape=(len(prompts), max(len(keys), 1)))
    shared = np.asarray((present @ present.T).todense())
    smaller = np.minimum(sizes[:, None], sizes[None, :])
    return np.asarray((shared > 0) & (shared >= MIN_SHARED * smaller))


def display_labels(labels: Sequence[str], panels: Sequence[str]) -> list[str]:
    """Labels as outputs show them: ``label@panel`` where a label occurs in several panels."""
    repeated = {label for label in labels if labels.count(label) > 1}
    return [f"{label}@{panel}" if label in repeated else label for label, panel in zip(labels, panels, strict=True)]
