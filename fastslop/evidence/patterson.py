"""Patterson's D: whether a label shares more with a source than its sibling does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import stdtr

from fastslop.base.arrays import Floats
from fastslop.comparing.prompt_counts import PromptCounts
from fastslop.comparing.resampling import weighted_samples
from fastslop.evidence.links import JACKKNIFE, holm


def patterson(counts: PromptCounts, sibling: int, a: int, seed: int = 0) -> list[dict[str, Any]]:
    """Patterson's D of each possible source: above 0 where A shares more with it than A's sibling does.

    With p the share of prompts that have a feature, of the sibling, of A, of the source, and the mean of all others as
    outgroup: ABBA = (1 - p1) p2 p3 (1 - p4), BABA = p1 (1 - p2) p3 (1 - p4), D = sum(ABBA - BABA) / sum(ABBA + BABA)
    over features (Durand et al. 2011, Molecular Biology and Evolution 28, equation 2). Errors by the jackknife over
    blocks of prompts; p-values one-sided, adjusted over the sources (Holm 1979).
    """
    rng = np.random.default_rng([seed, 6])
    weights = {}
    for panel, groups in sorted(counts.groups.items()):
        block = rng.permutation(len(groups)) % JACKKNIFE
        weights[panel] = np.stack([np.ones(len(groups)), *(block != k for k in range(JACKKNIFE))], axis=1) * 1.0
    sources = [i for i in range(len(counts.labels)) if i not in (sibling, a)]
    used = np.array([len(counts.groups_of(i)) for i in range(len(counts.labels))], np.float64)
    draws = [
        _d_of_sources(sample.n_prompts.toarray() / used[:, None], sibling, a, sources)
        for sample in weighted_samples(counts, weights, JACKKNIFE + 1)
    ]
    d, left_out = draws[0], np.array(draws[1:])
    error = np.sqrt((JACKKNIFE - 1) / JACKKNIFE * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    z = d / np.maximum(error, 1e-12)
    p = holm(stdtr(JACKKNIFE - 1, -z))
    return [
        {"source": counts.labels[sources[i]], "d": float(d[i]), "error": float(error[i]), "p": float(p[i])}
        for i in np.argsort(-d, kind="stable")
    ]


def _d_of_sources(shares: Floats, sibling: int, a: int, sources: Sequence[int]) -> Floats:
    p1, p2 = shares[sibling], shares[a]
    total = shares[list(sources)].sum(axis=0)
    out = []
    for source in sources:
        rest = shares[source] * (1 - (total - shares[source]) / max(len(sources) - 1, 1))
        abba, baba = (1 - p1) * p2 * rest, p1 * (1 - p2) * rest
        out.append((abba - baba).sum() / max((abba + baba).sum(), 1e-15))
    return np.array(out)
