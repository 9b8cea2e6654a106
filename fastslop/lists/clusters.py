"""Clusters of points: how to find them, how far they stand apart, and how well two partitions agree."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.cluster.vq import ClusterError, kmeans2
from scipy.linalg import eigh
from scipy.spatial.distance import cdist

from fastslop.base.arrays import Counts, Floats
from fastslop.system.threads import one_blas_thread


def principal_components(points: Floats, n: int) -> Floats:
    """The scores of points on their ``n`` first principal components, f64[points, n]; fewer where there are no more."""
    centred = points - points.mean(axis=0)
    n = min(n, len(points))
    with one_blas_thread:  # of several threads those that wait keep their cores from other jobs: 1.5 s of 300 points
        values, vectors = eigh(centred @ centred.T, subset_by_index=(len(points) - n, len(points) - 1))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def clusters_of(points: Floats, k: int) -> Counts:
    """The cluster i64[points] of each point, from 0: Ward's tree cut into ``k``, whose means then begin k-means."""
    cut = fcluster(linkage(points, "ward"), k, "maxclust") - 1
    means = np.array([points[cut == cluster].mean(axis=0) for cluster in range(cut.max() + 1)])
    try:
        return np.asarray(kmeans2(points, means, minit="matrix", missing="raise")[1], np.int64)
    except ClusterError:  # one of them lost all its points to others
        return np.asarray(cut, np.int64)


def silhouette(points: Floats, clusters: Counts) -> float:
    """The mean silhouette of points: near 1 where each is much nearer to its own cluster than to the next one.

    A point that is alone in its cluster has 0, and so have all if there is one cluster.

    References
    ----------
    Rousseeuw, P. J. (1987). Silhouettes. *Journal of Computational and Applied Mathematics* 20.
    """
    sizes, rows = np.bincount(clusters), np.arange(len(clusters))
    if np.count_nonzero(sizes) < 2:
        return 0.0
    distances = cdist(points, points)
    sums = np.stack([distances[:, clusters == cluster].sum(axis=1) for cluster in range(len(sizes))], axis=1)
    own = sums[rows, clusters] / np.maximum(sizes[clusters] - 1, 1)
    means = sums / np.maximum(sizes, 1)
    means[rows, clusters] = np.inf
    means[:, sizes == 0] = np.inf
    nearest = means.min(axis=1)
    widths = (nearest - own) / np.maximum(np.maximum(nearest, own), np.finfo(float).tiny)
    return float(np.where(sizes[clusters] > 1, widths, 0.0).mean())


def adjusted_rand_index(one: Counts, other: Counts) -> float:
    """How well two partitions of the same points agree: 1 if they are the same, 0 on average by chance.

    References
    ----------
    Hubert, L., Arabie, P. (1985). Comparing partitions. *Journal of Classification* 2.
    """
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)
    together, in_one, in_other = (_pairs(n) for n in (table, table.sum(axis=1), table.sum(axis=0)))
    expected = in_one * in_other / _pairs(np.array([len(one)]))
    most = (in_one + in_other) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def _pairs(sizes: Floats | Counts) -> float:
    return float((sizes * (sizes - 1) / 2).sum())
