"""Likeness prompt by prompt: inner products of the answers that labels gave to the same prompts, under draws of these.

What two labels have in common beyond everybody's answers to a prompt shows in the answers to that prompt, and is lost
where the answers to all prompts are added up first. Only labels of one panel can be held together so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.comparing.prompt_products import count_units, group_products, put_units
from fastslop.base.arrays import Counts, Floats, ranges_of, ranges_within
from fastslop.comparing.distances import MIN_PANEL
from fastslop.comparing.fingerprint import MIN_PROMPTS
from fastslop.comparing.prompt_counts import LabelCounts, PromptCounts
from fastslop.system.ceiling import ceiling
from fastslop.system.threads import do_all, n_cores

UNITS_AT_ONCE = 4 << 20
"""Units whose prompts are looked at together, at 8 bytes each."""
PRODUCTS_AT_ONCE = 4 << 20
"""Products of prompts, or of draws, that are made together, at 4 bytes each."""

Weights = dict[str, Floats]
"""How often each group of a panel is drawn in each draw, f64[groups, draws], by panel."""


@dataclass(frozen=True)
class DrawnProducts:
    """Inner products prompt by prompt, on all prompts and under draws of them.

    ``labels``: those of each panel that has ``MIN_PANEL``. ``once`` and ``drawn``: for each of these panels the lower
    triangle on all prompts, f64[labels (labels + 1) / 2], and in each draw, f32[draws, labels (labels + 1) / 2].
    """

    n_labels: int
    labels: dict[str, Counts]
    once: dict[str, Floats]
    drawn: dict[str, NDArray[np.float32]]

    def whole(self) -> Floats:
        """The products on all prompts, f64[labels, labels]; 0 between panels, and in small ones."""
        return self._square(self.once)

    def of_draw(self, draw: int) -> Floats:
        """The products in a draw, f64[labels, labels]; 0 between panels, and in small ones."""
        return self._square({panel: own[draw] for panel, own in self.drawn.items()})

    def _square(self, packed: Mapping[str, NDArray[Any]]) -> Floats:
        square = np.zeros((self.n_labels, self.n_labels))
        for panel, of_panel in self.labels.items():
            one, other = np.tril_indices(len(of_panel))
            square[of_panel[one], of_panel[other]] = square[of_panel[other], of_panel[one]] = packed[panel]
        return square


def drawn_products(counts: PromptCounts, weights: Weights) -> DrawnProducts:
    """Sums over the prompts drawn of the inner products of values about the mean of all that answered a prompt.

    The value of a candidate in an answer is the square root of its share of the words, if the label has it in
    ``MIN_PROMPTS`` prompts. A label has the mean's answer to a prompt that it did not answer, and prompts that fewer
    than ``MIN_ANSWERS`` labels answered tell nothing. (Of more than 1,024 prompts, these are blocks of prompts.)
    """
    panels = np.array(counts.panels)
    by_panel = {panel: np.flatnonzero(panels == panel) for panel in sorted(counts.groups)}
    large = {panel: labels for panel, labels in by_panel.items() if len(labels) >= MIN_PANEL}
    packed = {panel: _drawn(counts, labels, weights[panel]) for panel, labels in large.items()}
    once = {panel: own for panel, (own, _) in packed.items()}
    return DrawnProducts(len(panels), large, once, {panel: own for panel, (_, own) in packed.items()})


def _drawn(counts: PromptCounts, labels: Counts, weights: Floats) -> tuple[Floats, NDArray[np.float32]]:
    """The packed products of a panel's labels on all prompts, and in each draw."""
    of_labels = [counts.counts[label] for label in labels]
    n_products = len(labels) * (len(labels) + 1) // 2
    n_at_once = max(1, PRODUCTS_AT_ONCE // n_products)
    needed = 4 * n_products * (weights.shape[1] + n_at_once) + 16 * UNITS_AT_ONCE
    ceiling.require("holding answers together", needed)
    once, drawn = np.zeros(n_products), np.zeros((weights.shape[1], n_products), np.float32)
    n_units = np.zeros((len(labels), counts.n_groups(labels[0])), np.int64)
    for of_label, in_groups in zip(of_labels, n_units, strict=True):
        count_units(of_label.n_units, of_label.groups, MIN_PROMPTS, in_groups)
    sizes = np.maximum(n_units.sum(axis=0), UNITS_AT_ONCE // n_at_once)
    for first, last in ranges_within(sizes, UNITS_AT_ONCE):
        products = _products(of_labels, n_units, (first, last), len(counts.features))
        once += products.sum(axis=0, dtype=np.float64)
        _add_draws(np.ascontiguousarray(weights[first:last].T, np.float32), products, drawn)
    return once, drawn


def _products(
    of_labels: Sequence[LabelCounts], n_units: Counts, groups: tuple[int, int], n_features: int
) -> NDArray[np.float32]:
    """The packed products within each of these groups, f32[groups, products]."""
    part, n_labels = slice(*groups), len(of_labels)
    offsets = np.zeros((groups[1] - groups[0], n_labels + 1), np.int64)
    np.cumsum(n_units[:, part].T, axis=1, out=offsets[:, 1:])
    offsets += (np.cumsum(offsets[:, -1]) - offsets[:, -1])[:, None]
    features, values = np.empty(offsets[-1, -1], np.int32), np.empty(offsets[-1, -1], np.float32)

    def put(label: int) -> None:
        places = np.full(len(n_units[0]), -1, np.int64)
        places[part] = offsets[:, label]
        own = of_labels[label]
        put_units(own.columns, own.n_units, own.groups, own.n, own.n_words, MIN_PROMPTS, places, features, values)

    do_all(put, range(n_labels), n_cores())
    answered = np.stack([of_label.n_words[part] > 0 for of_label in of_labels])
    packed = np.empty((len(offsets), n_labels * (n_labels + 1) // 2), np.float32)

    def multiply(some: tuple[int, int]) -> None:
        of_part = slice(*some)
        group_products(
            features,
            values,
            offsets[of_part],
            np.ascontiguousarray(answered[:, of_part]),
            n_features,
            packed[of_part],
        )

    do_all(multiply, ranges_of(np.diff(offsets[:, [0, -1]], axis=1).ravel() + 1, 4 * n_cores()), n_cores())
    return packed


def _add_draws(weights: NDArray[np.float32], products: NDArray[np.float32], drawn: NDArray[np.float32]) -> None:
    """Add the products of each group as often as it is drawn; weights are f32[draws, groups]."""

    step = max(1, PRODUCTS_AT_ONCE // max(len(weights), 1))
    for first in range(0, drawn.shape[1], step):
        of_part = slice(first, first + step)
        drawn[:, of_part] += weights @ products[:, of_part]
