"""The evidence for a link between two labels: what carries it, whether others could as well, and what it exceeds.

Being the nearest says little: every label has a nearest. A link is supported if B is nearer to A than every rival, on
prompts that did not choose it, and nearer than two labels of the panel usually are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial.distance import squareform
from scipy.stats import norm, t

from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.wording import plural
from fastslop.comparing.compare import Comparison, compare_counts
from fastslop.comparing.distances import mean_weights
from fastslop.comparing.fingerprint import chosen_values
from fastslop.comparing.prompt_counts import PromptCounts, read_prompt_counts
from fastslop.comparing.resampling import distances_of, weighted_samples
from fastslop.profiles.profile_set import Member
from fastslop.system.progress import Progress, silent, tracked

Floats = NDArray[np.float64]
N_BLOCKS = 20
"""Blocks of prompts of the jackknife; labels must have two prompts in each."""
LEVEL = 0.05
MIN_LABELS = 5
TOO_FEW = f"to say what is usual takes {MIN_LABELS} models at least, there are {{}}"
MAX_EXPLAINED = 250
"""Pairs of which the evidence is gathered in one go: a kilobyte of a report each."""
SUPPORTED, NOT_SUPPORTED, UNRESOLVED = "supported", "not supported", "unresolved"
CANNOT_SHOW = (
    "which of the two learnt from the other, or whether both learnt from a third",
    "a source that is not among these models",
)


@dataclass(frozen=True)
class Links:
    """Similarities (one minus the distance) on all prompts and on two disjoint halves of them.

    ``whole`` f64[labels, labels]; ``halves`` f64[2, labels, labels]; ``left_out`` f64[2, blocks, labels, labels]: each
    half without one block of its prompts.
    """

    whole: Floats
    halves: Floats
    left_out: Floats

    @cached_property
    def excess(self) -> Floats:
        """``excess`` of all pairs."""
        return excess(self.whole)

    @cached_property
    def p_all_pairs(self) -> Floats:
        """The p-value of each pair's excess, adjusted over all pairs (Holm), f64[labels, labels]."""
        upper = np.triu_indices(len(self.whole), 1)
        return np.asarray(squareform(holm(norm.sf(self.excess[upper]))))


def weigh_links(counts: PromptCounts, seed: int = 0, progress: Progress = silent) -> Links:
    """The similarities that the tests of all pairs rest on."""
    rng = np.random.default_rng([seed, 5])
    weights = {}
    for panel, groups in sorted(counts.groups.items()):
        if len(groups) < 4 * N_BLOCKS:
            raise BadInputError(
                f"panel {panel!r} has {plural(len(groups), 'prompt')}; to explain takes {4 * N_BLOCKS} at least"
            )
        place = rng.permutation(len(groups))
        half, block = place % 2, place // 2 % N_BLOCKS
        columns = [np.ones(len(groups)), half == 0, half == 1]
        columns += [(half == h) & (block != b) for h in (0, 1) for b in range(N_BLOCKS)]
        weights[panel] = np.stack(columns, axis=1).astype(np.float64)
    n_draws = 3 + 2 * N_BLOCKS
    measured = distances_of(counts, weighted_samples(counts, weights, n_draws), counts.panels)
    squares = 1 - np.array([squareform(c) for c in tracked(measured, progress, "testing rivals", n_draws, "draws")])
    n = len(counts.labels)
    return Links(squares[0], squares[1:3], squares[3:].reshape(2, N_BLOCKS, n, n))


def excess(whole: Floats) -> Floats:
    """How far each similarity lies above what two such labels have, in robust standard deviations, f64[n, n].

    What two labels have: the sum of their median similarities to the others, less the median of all; the standard
    deviation is 1.4826 times the median absolute deviation of all pairs from that.
    """
    others = whole.copy()
    np.fill_diagonal(others, np.nan)
    own = np.nanmedian(others, axis=1)
    residuals = others - (own[:, None] + own[None, :] - np.nanmedian(others))
    of_pairs = residuals[np.triu_indices(len(whole), 1)]
    middle = np.median(of_pairs)
    return np.asarray((residuals - middle) / max(1.4826 * np.median(np.abs(of_pairs - middle)), 1e-12))


def holm(p: Floats) -> Floats:
    """Adjusted p-values (Holm 1979)."""
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return adjusted


def rival_tests(links: Links, a: int, b: int) -> tuple[tuple[int, int], list[int], Floats, Floats]:
    """Whether B is nearer to A than each rival: A's nearest on each half, the rivals, differences, p-values.

    The difference of the similarities of A to B and of A to the rival is tested on each half by the jackknife over its
    blocks, one-sided; of the two p-values the larger counts, to be adjusted over all rivals. A half tests what the
    other one chose.
    """
    rivals = [i for i in range(len(links.whole)) if i not in (a, b)]
    p = []
    for half in (0, 1):
        difference = links.halves[half, a, b] - links.halves[half, a, rivals]
        left_out = links.left_out[half, :, a, b, None] - links.left_out[half][:, a, rivals]
        spread = left_out - left_out.mean(axis=0)
        error = np.sqrt((N_BLOCKS - 1) / N_BLOCKS * (spread**2).sum(axis=0))
        p.append(t.sf(difference / np.maximum(error, 1e-12), N_BLOCKS - 1))
    others = links.halves[:, a].copy()
    others[:, a] = -np.inf
    nearest = (int(others[0].argmax()), int(others[1].argmax()))
    return nearest, rivals, links.whole[a, b] - links.whole[a, rivals], np.array(p)


@dataclass(frozen=True)
class Verdict:
    """What the tests of a pair say. ``z``, ``p``: of the excess; ``p_all_pairs``: p adjusted over all pairs (Holm).

    ``rivals``: ``label``, ``difference`` of the similarities, ``p`` adjusted over the rivals, nearest rival first.
    """

    verdict: str
    reason: str
    z: float
    p: float
    p_all_pairs: float
    rivals: list[dict[str, Any]]


def judge(labels: Sequence[str], links: Links, a: int, b: int) -> Verdict:
    """Supported, not supported or unresolved: A's link to B among all that A could have been linked to."""
    z = float(links.excess[a, b])
    p = float(norm.sf(z))
    nearest, rivals, difference, halves = rival_tests(links, a, b)
    nearer, farther = holm(halves.max(axis=0)), holm((1 - halves).max(axis=0))
    rows: list[dict[str, Any]] = [
        {"label": labels[rivals[i]], "difference": float(difference[i]), "p": float(nearer[i])}
        for i in np.argsort(difference, kind="stable")
    ]
    ahead = [labels[r] for r, q in zip(rivals, farther, strict=True) if q <= LEVEL]
    equal = [labels[r] for r, q in zip(rivals, nearer, strict=True) if q > LEVEL]
    if ahead:
        verdict, reason = NOT_SUPPORTED, f"{labels[a]} is nearer to {', '.join(ahead)} than to {labels[b]}"
    elif z <= 0:
        verdict, reason = NOT_SUPPORTED, "the two are no more alike than models of this panel usually are"
    elif p > LEVEL:
        verdict, reason = UNRESOLVED, "the likeness is within what unrelated models of this panel reach"
    elif nearest != (b, b) or equal:
        others = equal or sorted({labels[i] for i in nearest if i != b})
        verdict = UNRESOLVED
        reason = f"prompts do not settle whether {labels[b]} or {', '.join(others)} is {labels[a]}'s nearest"
    else:
        verdict = SUPPORTED
        reason = f"{labels[b]} is nearer to {labels[a]} than every rival, and nearer than unrelated models usually are"
    return Verdict(verdict, reason, z, p, float(links.p_all_pairs[a, b]), rows)


@dataclass(frozen=True)
class Explanation:
    """All that is said of a pair. ``shared`` and ``separating``: features with their counts, rates over the panel's
    mean, share of the similarity or of the squared distance, and prompts of each. ``sources``: D of each source."""

    a: str
    b: str
    evidence: dict[str, Any]
    verdict: Verdict
    shared: list[dict[str, Any]]
    separating: list[dict[str, Any]]
    sibling: str | None
    sources: list[dict[str, Any]]
    cannot_show: tuple[str, ...] = CANNOT_SHOW


def explain(
    members: Sequence[Member],
    a: str,
    b: str,
    *,
    sibling: str | None = None,
    top: int = 20,
    n_replicates: int = 100,
    seed: int = 0,
    progress: Progress = silent,
) -> Explanation:
    """The evidence for a link between the labels ``a`` and ``b`` among these profiles.

    Raises
    ------
    UsageError
        If a label is not among them.
    BadInputError
        If there are too few labels or prompts to test with.
    """
    names = [member.name for member in members]
    for name in (a, b, *([sibling] if sibling else [])):
        if name not in names:
            raise UsageError(f"there is no profile of {name!r} among these; there are {', '.join(names)}")
    if len({a, b, sibling}) < 3:
        raise UsageError("the models to explain must be different ones")
    if len(members) < MIN_LABELS:
        raise BadInputError(TOO_FEW.format(len(members)))
    counts = read_prompt_counts(members, progress=progress)
    comparison = compare_counts(counts, n_replicates=n_replicates, seed=seed, progress=progress)
    (row,) = comparison.neighbours.filter(label=a, neighbour=b).drop("label", "neighbour").to_dicts()
    i, j = names.index(a), names.index(b)
    shared, separating = Carriers.of(counts).of_pair(i, j, top)
    verdict = judge(names, weigh_links(counts, seed, progress), i, j)
    sources = [] if sibling is None else patterson(counts, names.index(sibling), i, seed)
    return Explanation(a, b, row, verdict, shared, separating, sibling, sources)


def explain_nearest(
    counts: PromptCounts, comparison: Comparison, *, top: int, seed: int = 0, progress: Progress = silent
) -> list[Explanation]:
    """The evidence for the link of each label to its nearest, by label; of ``MAX_EXPLAINED`` labels at most, those
    that are nearest to their nearest.

    Raises
    ------
    BadInputError
        If there are too few labels or prompts to test with.
    """
    if len(counts.labels) < MIN_LABELS:
        raise BadInputError(TOO_FEW.format(len(counts.labels)))
    links, carriers = weigh_links(counts, seed, progress), Carriers.of(counts)
    first = comparison.neighbours.filter(rank=1).sort("distance", "label").head(MAX_EXPLAINED).sort("label")
    place = {label: i for i, label in enumerate(counts.labels)}
    found = []
    for row in first.to_dicts():
        a, b = row.pop("label"), row.pop("neighbour")
        shared, separating = carriers.of_pair(place[a], place[b], top)
        verdict = judge(counts.labels, links, place[a], place[b])
        found.append(Explanation(a, b, row, verdict, shared, separating, None, []))
    return found


@dataclass(frozen=True)
class Carriers:
    """The features of the fingerprint, with what each label has of them: ``features`` as in ``PromptCounts``; counts
    ``n`` and ``n_prompts``, rates and values, sparse [labels, features]; of each label's mean, which is ``mean_of`` it,
    the rates and values f64[means, features]."""

    features: pl.DataFrame
    n: csr_array
    n_prompts: csr_array
    rates: csr_array
    values: csr_array
    mean_of: NDArray[np.int64]
    mean_rates: Floats
    mean_values: Floats

    @staticmethod
    def of(counts: PromptCounts) -> Carriers:
        """Those of all labels, on all prompts."""
        whole = counts.whole
        columns, values = chosen_values(whole.totals, whole.n_prompts, whole.n_words, counts.tables)
        means, mean_of = np.unique(mean_weights(counts.panels), axis=0, return_inverse=True)
        rates = (whole.totals / np.maximum(whole.n_words, 1)[:, None]).tocsc()[:, columns]
        n, n_prompts = (m.tocsc()[:, columns].tocsr() for m in (whole.totals, whole.n_prompts))
        features = counts.features[columns].select("feature", "kind", "order")
        mean_rates, mean_values = means @ rates, means @ values
        return Carriers(features, n, n_prompts, rates.tocsr(), values, mean_of.ravel(), mean_rates, mean_values)

    def of_pair(self, a: int, b: int, top: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The features that carry the similarity, over-represented in both, and those that separate the two."""
        pair = [a, b]
        centred = self.values[pair].toarray() - self.mean_values[self.mean_of[pair]]
        units = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-15)
        ratios = self.rates[pair].toarray() / np.maximum(self.mean_rates[self.mean_of[pair]], 1e-15)
        product, apart = units[0] * units[1], (units[0] - units[1]) ** 2
        n, n_prompts = (m[pair].toarray().astype(np.int64) for m in (self.n, self.n_prompts))
        frame = self.features.with_columns(
            n_a=n[0],
            n_b=n[1],
            n_prompts_a=n_prompts[0],
            n_prompts_b=n_prompts[1],
            ratio_a=ratios[0],
            ratio_b=ratios[1],
        )
        linking = frame.with_columns(share=product / product.sum(), by=product)
        linking = linking.filter(pl.Series((units > 0).all(axis=0)))
        parting = frame.with_columns(share=apart / apart.sum())
        return (
            linking.sort("by", "feature", descending=[True, False]).head(top).drop("by").to_dicts(),
            parting.sort("share", "feature", descending=[True, False]).head(top).to_dicts(),
        )


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
        block = rng.permutation(len(groups)) % N_BLOCKS
        weights[panel] = np.stack([np.ones(len(groups)), *(block != k for k in range(N_BLOCKS))], axis=1) * 1.0
    sources = [i for i in range(len(counts.labels)) if i not in (sibling, a)]
    used = np.array([len(counts.groups_of(i)) for i in range(len(counts.labels))], np.float64)
    draws = [
        _d_of_sources(sample.n_prompts.toarray() / used[:, None], sibling, a, sources)
        for sample in weighted_samples(counts, weights, N_BLOCKS + 1)
    ]
    d, left_out = draws[0], np.array(draws[1:])
    error = np.sqrt((N_BLOCKS - 1) / N_BLOCKS * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    z = d / np.maximum(error, 1e-12)
    p = holm(t.sf(z, N_BLOCKS - 1))
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
