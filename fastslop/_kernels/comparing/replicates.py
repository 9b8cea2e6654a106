"""Inner products of fingerprints under several draws of prompts at once; the innermost loops are over the draws."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.jit import helper, inlined, kernel

N_AHEAD = 8  # units among which the two largest drawn ones of a cell nearly always are


class Cells(NamedTuple):
    """Features that rows have, in the order of the features and, of each, of the rows.

    ``rows`` i32[cells]; ``begins``, ``ends`` i64[cells]: where each one's units are among all; ``feature_ends``
    i64[features]: the cell behind each feature's last.
    """

    rows: NDArray[np.int32]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    feature_ends: NDArray[np.int64]


@inlined
def add_unit(n, drawn, total):
    """Add the ``n`` occurrences of a unit to the ``total`` of each draw, as often as it is ``drawn``."""
    for d in range(len(total)):
        total[d] += drawn[d] * n


@inlined
def note_largest(n, drawn, top, top_weight, excess):
    """Take in a unit of ``n`` occurrences: the first that is drawn is the ``top`` one, the second gives the excess."""
    for d in range(len(top)):
        weight = drawn[d]
        most, its_weight, cut = top[d], top_weight[d], excess[d]
        is_second = (weight > 0) & (most > 0) & (cut < 0)
        excess[d] = its_weight * (most - n) if is_second else cut
        is_first = (weight > 0) & (most == 0)
        top_weight[d] = weight if is_first else its_weight
        top[d] = n if is_first else most


@kernel
def drawn_values(cells, first, last, groups, unit_n, weights, weights_at, n_words, n_known, min_labels, values, rates):
    """Square roots of the rates of features ``first:last`` in each draw, and their rates summed over the known rows.

    Parameters
    ----------
    cells
        `Cells`.
    first, last
        The features.
    groups, unit_n
        The group of prompts of each unit, u32, and the occurrences there, u32 or i64; a cell's units have the most
        first.
    weights, weights_at
        How often each group is drawn, f32 or f64[groups of all panels, draws], in which type counts are summed; and
        where among these a row's groups begin, i64[rows].
    n_words
        Words of each row in each draw, 1 at least, f64[rows, draws].
    n_known, min_labels
        Number of rows, the first ones, that choose features; and of those of them in which a feature must be in two
        drawn groups.
    values
        Written, f32[cells, draws]: 0 where a feature is in fewer than two drawn groups of a row. Occurrences are
        winsorised: those in the largest group that is drawn count as those in the second largest.
    rates
        Written, f64[features, draws]: -1 where a feature is in too few known rows.
    """
    n_draws = weights.shape[1]
    number = weights.dtype.type
    total, top = np.empty(n_draws, weights.dtype), np.empty(n_draws, weights.dtype)
    top_weight, excess = np.empty(n_draws, weights.dtype), np.empty(n_draws, weights.dtype)
    n_rows = np.empty(n_draws, np.int32)
    for feature in range(first, last):
        rate = rates[feature]
        rate[:] = 0.0
        n_rows[:] = 0
        for cell in range(cells.feature_ends[feature - 1] if feature > 0 else 0, cells.feature_ends[feature]):
            row, begin, end = cells.rows[cell], cells.begins[cell], cells.ends[cell]
            base = weights_at[row]
            total[:] = 0
            top[:] = 0
            top_weight[:] = 0
            excess[:] = -1  # until a second group is found
            ahead = min(end, begin + N_AHEAD)
            for unit in range(begin, ahead):
                n, drawn = number(unit_n[unit]), weights[base + groups[unit]]
                add_unit(n, drawn, total)
                note_largest(n, drawn, top, top_weight, excess)
            for unit in range(ahead, end):
                add_unit(number(unit_n[unit]), weights[base + groups[unit]], total)
            value, words, is_known = values[cell], n_words[row], row < n_known
            for d in range(n_draws):
                if excess[d] < 0 and ahead < end:
                    excess[d] = excess_behind(groups, unit_n, weights, base, d, ahead, end, top[d], top_weight[d])
                if excess[d] < 0:
                    value[d] = 0.0
                    continue
                own = np.float64(total[d] - excess[d]) / words[d]
                value[d] = np.sqrt(own)
                if is_known:
                    rate[d] += own
                    n_rows[d] += 1
        for d in range(n_draws):
            if n_rows[d] < min_labels:
                rate[d] = -1.0


@helper
def excess_behind(groups, unit_n, weights, base, draw, begin, end, top, top_weight):
    """How much winsorising takes off, from the units ``begin:end``, if the largest drawn is known or among them; -1
    where there is no second."""
    for unit in range(begin, end):
        weight = weights[base + groups[unit], draw]
        if weight > 0:
            n = weights.dtype.type(unit_n[unit])
            if top > 0:
                return top_weight * (top - n)
            top, top_weight = n, weight
    return weights.dtype.type(-1)


@kernel
def add_products(cells, values, is_chosen, first, last, gram):
    """Add to ``gram`` f64[rows ``first:last``, rows, draws] the inner products of rows over the chosen features.

    ``values`` f32[cells, draws]; ``is_chosen`` bool[features, draws]. A row is multiplied with those up to itself.
    """
    n_draws = values.shape[1]
    chosen = np.empty((gram.shape[1], n_draws))
    begin = 0
    for feature in range(len(cells.feature_ends)):
        end = cells.feature_ends[feature]
        chooses = is_chosen[feature]
        if end - begin > 1 and chooses.any() and cells.rows[end - 1] >= first:
            for cell in range(begin, end):
                value, own = values[cell], chosen[cell - begin]
                for d in range(n_draws):
                    own[d] = np.float64(value[d]) if chooses[d] else 0.0
            for cell in range(begin, end):
                row = cells.rows[cell]
                if first <= row < last:
                    of_row, one = gram[row - first], chosen[cell - begin]
                    for other_cell in range(begin, cell + 1):
                        product, other = of_row[cells.rows[other_cell]], chosen[other_cell - begin]
                        for d in range(n_draws):
                            product[d] += one[d] * other[d]
        begin = end


@kernel
def fill_dense(cells, values, is_chosen, features, first, last, dense):
    """Put the values of ``features[first:last]`` into ``dense`` f64[draws, features, rows], 0 where there are none.

    ``values`` f32[cells, draws]; ``is_chosen`` bool[features, draws]; features that are not chosen have 0 as well.
    """
    for i in range(first, last):
        feature = features[i]
        chooses = is_chosen[feature]
        dense[:, i] = 0.0
        for cell in range(cells.feature_ends[feature - 1] if feature > 0 else 0, cells.feature_ends[feature]):
            row, value = cells.rows[cell], values[cell]
            for d in range(len(chooses)):
                if chooses[d]:
                    dense[d, i, row] = value[d]
