"""Support of a linkage: which of its groups the replicates have.

Felsenstein (1985), Evolution 39(4), with prompts in the place of sites. Trees of neighbour joining and of parsimony
have their support from ``neighbour_joining`` and ``parsimony``, which join the replicates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.cluster import hierarchy

from fastslop.base.arrays import Floats
from fastslop.trees.linkage import Linkage, children_of
from fastslop.trees.tree import labels_below


def clade_support(linkage: Linkage, labels: Sequence[str], replicates: Floats) -> tuple[float, ...]:
    """
    Return for each inner node the share of replicates whose tree has a node with just the same labels under it.

    Parameters
    ----------
    labels
        In the order of the distances.
    replicates
        Condensed distances of each replicate, float64 of shape (replicates, n (n - 1) / 2).
    """
    found = count_clades(labels, replicates, linkage.method)
    return tuple(found[bits] / len(replicates) for bits in labels_below(len(labels), list(children_of(linkage))))


def count_clades(labels: Sequence[str], replicates: Floats, method: str) -> Counter[int]:
    """Number of replicates that join each set of labels, as bits: bit ``i`` is the ``i``-th of the sorted labels."""
    order = np.argsort(np.argsort(np.array(labels, object)))
    found: Counter[int] = Counter()
    for condensed in replicates:
        joined = hierarchy.linkage(condensed, method=method)[:, :2].astype(np.int64)
        is_leaf = joined < len(labels)
        joined[is_leaf] = order[joined[is_leaf]]
        found.update(labels_below(len(labels), joined.tolist()))
    return found
