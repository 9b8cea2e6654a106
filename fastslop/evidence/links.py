"""Tests of a link between two labels: whether it exceeds what is usual, and whether others could have it as well."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.spatial.distance import squareform
from scipy.special import ndtr, stdtr

from fastslop.base.arrays import Floats
from fastslop.base.errors import BadInputError
from fastslop.base.wording import listed, plural
from fastslop.comparing.prompt_counts import PromptCounts
from fastslop.comparing.prompt_products import drawn_products
from fastslop.comparing.resampling import drawn_distances
from fastslop.system.progress import Progress, silent, tracked

JACKKNIFE = 20
"""Blocks of prompts of the jackknife; to weigh links takes two prompts in each block of either half."""
SIGNIFICANCE = 0.05
"""Level of the tests."""
SUPPORTED, NOT_SUPPORTED, UNRESOLVED = "supported", "not supported", "unresolved"
FOR_A_GROUP = "supported for a group"
"""What an unresolved link is called that is supported to a group (see ``LinkVerdict.group``)."""


@dataclass(frozen=True)
class Links:
    """Similarities (one minus the distance) on all prompts and on two disjoint halves of them.

    ``whole`` f64[labels, labels]; ``halves`` f64[2, labels, labels]; ``left_out`` f64[2, blocks, labels, labels]: each
    half without one block of its prompts. ``by_prompt`` f64[labels, labels]: the products prompt by prompt, on all.
    ``panels``: the panel of each label.
    """

    whole: Floats
    halves: Floats
    left_out: Floats
    by_prompt: Floats
    panels: tuple[str, ...]

    @cached_property
    def excess(self) -> Floats:
        """Excess of all pairs, f64[labels, labels]: see the function ``excess``."""
        return excess(self.whole)

    @cached_property
    def p_all_pairs(self) -> Floats:
        """The p-value of each pair's excess, adjusted over all pairs (Holm), f64[labels, labels]."""
        upper = np.triu_indices(len(self.whole), 1)
        return np.asarray(squareform(holm(ndtr(-self.excess[upper]))))


def weigh_links(counts: PromptCounts, seed: int = 0, progress: Progress = silent) -> Links:
    """The similarities that the tests of all pairs rest on.

    Raises
    ------
    BadInputError
        If a panel has fewer than 80 prompts.
    """
    rng = np.random.default_rng([seed, 5])
    weights = {}
    for panel, groups in sorted(counts.groups.items()):
        if len(groups) < 4 * JACKKNIFE:
            raise BadInputError(
                f"panel {panel!r} has {plural(len(groups), 'prompt')}; to explain takes {4 * JACKKNIFE} at least"
            )
        place = rng.permutation(len(groups))
        half, block = place % 2, place // 2 % JACKKNIFE
        columns = [np.ones(len(groups)), half == 0, half == 1]
        columns += [(half == h) & (block != b) for h in (0, 1) for b in range(JACKKNIFE)]
        weights[panel] = np.stack(columns, axis=1).astype(np.float64)
    n_draws = 3 + 2 * JACKKNIFE
    products = drawn_products(counts, weights)
    # A match would be evidence by itself: each other's best between two panels are near by construction.
    measured = drawn_distances(counts, weights, products, is_matched=False)
    squares = 1 - np.array([squareform(c) for c in tracked(measured, progress, "testing rivals", n_draws, "draws")])
    n = len(counts.labels)
    return Links(squares[0], squares[1:3], squares[3:].reshape(2, JACKKNIFE, n, n), products.whole(), counts.panels)


def excess(whole: Floats) -> Floats:
    """How far each similarity lies above that expected of two such labels, in robust standard deviations, f64[n, n].

    Expected is the sum of their median similarities to the others, less the median of all; the standard deviation is
    1.4826 times the median absolute deviation of all pairs from that.
    """
    others = whole.copy()
    np.fill_diagonal(others, np.nan)
    medians = np.nanmedian(others, axis=1)
    residuals = others - (medians[:, None] + medians[None, :] - np.nanmedian(others))
    of_pairs = residuals[np.triu_indices(len(whole), 1)]
    middle = np.median(of_pairs)
    return np.asarray((residuals - middle) / max(1.4826 * np.median(np.abs(of_pairs - middle)), 1e-12))


def holm(p: Floats) -> Floats:
    """Adjusted p-values (Holm 1979)."""
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return adjusted


def nearer_tests(links: Links, a: int, b: int, rivals: Sequence[int]) -> tuple[Floats, Floats]:
    """Whether B is nearer to A than each rival: differences f64[rivals], and p-values f64[halves, rivals].

    The difference of the similarities of A to B and of A to the rival is tested on each half by the jackknife over its
    blocks, one-sided; of the two p-values the larger counts, to be adjusted over all rivals. A half tests what the
    other one chose.
    """
    p = []
    for half in (0, 1):
        difference = links.halves[half, a, b] - links.halves[half, a, rivals]
        left_out = links.left_out[half, :, a, b, None] - links.left_out[half][:, a, rivals]
        spread = left_out - left_out.mean(axis=0)
        error = np.sqrt((JACKKNIFE - 1) / JACKKNIFE * (spread**2).sum(axis=0))
        p.append(stdtr(JACKKNIFE - 1, -difference / np.maximum(error, 1e-12)))
    return links.whole[a, b] - links.whole[a, rivals], np.array(p)


@dataclass(frozen=True)
class LinkVerdict:
    """The verdict on a link and the tests that it rests on.

    ``z`` and ``p`` are of the excess; ``p_all_pairs``: p adjusted over all pairs (Holm).
    ``rivals``: ``label``, ``difference`` of the similarities, ``p`` adjusted over the rivals, nearest rival first.
    ``group``: if prompts do not settle which of several labels is A's nearest, and these are like each other, all of
    them, B among them; A's link to the group is then supported. Else it is empty.
    """

    verdict: str
    reason: str
    z: float
    p: float
    p_all_pairs: float
    rivals: list[dict[str, Any]]
    group: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """The verdict as it is said: see `said_verdict`."""
        return said_verdict(self.verdict, self.group)


def judge_link(labels: Sequence[str], links: Links, a: int, b: int, kin: Sequence[int] = ()) -> LinkVerdict:
    """Supported, not supported or unresolved: A's link to B among all that A could have been linked to.

    ``kin`` are no rivals: labels that A comes from, or that come from where it does.
    """
    z = float(links.excess[a, b])
    p = float(ndtr(-z))  # the upper tail; scipy.stats, which has it by name, takes 0.3 s to import
    rivals = [i for i in range(len(links.whole)) if i not in (a, b, *kin)]
    difference, halves = nearer_tests(links, a, b, rivals)
    candidates = [b, *rivals]
    nearest = tuple(candidates[int(of_half[a, candidates].argmax())] for of_half in links.halves)
    nearer, farther = holm(halves.max(axis=0)), holm((1 - halves).max(axis=0))
    rows: list[dict[str, Any]] = [
        {"label": labels[rivals[i]], "difference": float(difference[i]), "p": float(nearer[i])}
        for i in np.argsort(difference, kind="stable")
    ]
    ahead = [labels[r] for r, q in zip(rivals, farther, strict=True) if q <= SIGNIFICANCE]
    equal = [labels[r] for r, q in zip(rivals, nearer, strict=True) if q > SIGNIFICANCE]
    group: tuple[str, ...] = ()
    if ahead:
        verdict, reason = NOT_SUPPORTED, f"{labels[a]} is nearer to {listed(ahead)} than to {labels[b]}"
    elif z <= 0:
        verdict, reason = NOT_SUPPORTED, "the two are no more alike than models of this panel usually are"
    elif p > SIGNIFICANCE:
        verdict, reason = UNRESOLVED, "the likeness is within what unrelated models of this panel reach"
    elif nearest != (b, b) or equal:
        others = equal or sorted({labels[i] for i in nearest if i != b})
        verdict = UNRESOLVED
        reason = f"prompts do not settle whether {labels[b]} or {listed(others)} is {labels[a]}'s nearest"
        if are_alike(links, [labels.index(name) for name in (labels[b], *others)]):
            group = (labels[b], *others)
            reason += "; these are like each other, and every other rival is farther"
    elif links.panels[a] != links.panels[b]:
        verdict = UNRESOLVED
        reason = f"{labels[b]} is the nearest, but they answered different prompts: then strangers look like this, too"
    else:
        verdict = SUPPORTED
        reason = f"{labels[b]} is nearer to {labels[a]} than every rival, and nearer than unrelated models usually are"
    return LinkVerdict(verdict, reason, z, p, float(links.p_all_pairs[a, b]), rows, group)


def said_verdict(verdict: str, group: Sequence[str]) -> str:
    """The verdict in the words that tables and pages use: it says where a link is supported to a group."""
    return FOR_A_GROUP if verdict == UNRESOLVED and group else verdict


def are_alike(links: Links, group: Sequence[int]) -> bool:
    """Whether each two of these labels are nearer than two labels of the panel usually are."""
    return all(ndtr(-links.excess[i, j]) <= SIGNIFICANCE for i, j in itertools.combinations(group, 2))
