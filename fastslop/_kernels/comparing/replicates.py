"""Inner products of fingerprints under several draws of prompts at once; the innermost loops are over the draws."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.intrinsics import prefetch
from fastslop._kernels.machine.jit import helper, inlined, kernel

N_PREFETCHED = 8  # cells whose units are fetched in advance: one after the other is of another row
N_AHEAD = 8  # units among which the two largest drawn ones of a cell nearly always are


class Cells(NamedTuple):
    """Features that rows have, in the order of the features and, of each, of the rows.

    ``rows`` i32[cells]; ``begins`` i64, ``n_units`` u16[cells]: where each one's units begin among all, and how many
    they are; ``feature_ends`` i64[features]: the cell behind each feature's last.
    """

    rows: NDArray[np.int32]
    begins: NDArray[np.int64]
    n_units: NDArray[np.uint16]
    feature_ends: NDArray[np.int64]


@kernel
def count_cells(columns, n_units, least, wanted, n_cells):
    """Add to ``n_cells`` i64[features] those of a row.

    They are of its features ``columns`` i32 that have ``least`` of ``n_units`` u16 and are ``wanted`` bool[features].
    """
    for i in range(len(columns)):
        n_cells[columns[i]] += n_units[i] >= least and wanted[columns[i]]


@kernel
def put_cells(columns, n_units, least, wanted, row, first_unit, cells):
    """Put a row's cells where ``feature_ends`` of ``cells`` says, which moves on; its units begin at ``first_unit``."""
    unit = first_unit
    for i in range(len(columns)):
        if n_units[i] >= least and wanted[columns[i]]:
            cell = cells.feature_ends[columns[i]]
            cells.rows[cell], cells.begins[cell], cells.n_units[cell] = row, unit, n_units[i]
            cells.feature_ends[columns[i]] = cell + 1
        unit += n_units[i]


@inlined
def add_unit(n, drawn, total):
    """Add the ``n`` occurrences of a unit to the ``total`` of each draw, as often as it is ``drawn``."""
    for d in range(len(total)):
        total[d] += drawn[d] * n


@inlined
def add_single(groups, base, weights, total, largest, excess):
    """Add units of one occurrence each: there is no excess, or, where a single group is drawn, no second (-1)."""
    for unit in range(len(groups)):
        drawn = weights[base + groups[unit]]
        for d in range(len(total)):
            total[d] += drawn[d]
            largest[d] = max(largest[d], drawn[d])
    for d in range(len(total)):
        excess[d] = 0 if total[d] > largest[d] else -1


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


@inlined
def put_values(total, excess, inverse, value, own, counts):
    """Write the square root of a cell's rate in each draw; its rate, ``own``; and whether it ``counts``, 1 or 0."""
    for d in range(len(total)):
        is_there = excess[d] >= 0
        own[d] = np.float64(total[d] - excess[d]) * inverse[d] if is_there else 0.0
        value[d] = np.sqrt(own[d])
        counts[d] = is_there


@kernel
def drawn_values(cells, first, last, groups, unit_n, weights, weights_at, n_words, n_known, min_labels, values, rates):
    """Square roots of the rates of features ``first:last`` in each draw, and their rates summed over the known rows.

    What is done for a cell stands here, not in a helper: with the arrays handed on once more, references to them were
    counted cell by cell, and it took half as long again.

    Parameters
    ----------
    cells
        `Cells`.
    first, last
        The features.
    groups, unit_n
        The group of prompts of each unit, and the occurrences there, whole numbers of any size; a cell's units have
        the most first.
    weights, weights_at
        How often each group is drawn, f32 or f64[groups of all panels, draws], in which type counts are summed; and
        where among these a row's groups begin, i64[rows].
    n_words
        Words of each row in each draw, 1 at least, f64[rows, draws].
    n_known, min_labels
        Number of rows, the first ones, that choose features; and of those of them in which a feature must be in two
        drawn groups.
    values
        Written, f32[cells of the features, draws], unless it is empty: 0 where a feature is in fewer than two drawn
        groups of a row. Occurrences are winsorised: those in the largest group that is drawn count as those in the
        second largest.
    rates
        Written, f64[features, draws]: -1 where a feature is in too few known rows.
    """
    first_cell = cells.feature_ends[first - 1] if first > 0 else 0
    unwanted = np.empty(weights.shape[1], np.float32)
    n_draws = weights.shape[1]
    number = weights.dtype.type
    total, top = np.empty(n_draws, weights.dtype), np.empty(n_draws, weights.dtype)
    top_weight, excess = np.empty(n_draws, weights.dtype), np.empty(n_draws, weights.dtype)
    own, counts, n_rows = np.empty(n_draws), np.empty(n_draws, np.int32), np.empty(n_draws, np.int32)
    inverse = 1 / n_words
    for feature in range(first, last):
        rate = rates[feature]
        rate[:] = 0.0
        n_rows[:] = 0
        for cell in range(cells.feature_ends[feature - 1] if feature > 0 else 0, cells.feature_ends[feature]):
            if cell + N_PREFETCHED < len(cells.begins):
                prefetch(groups, np.uint64(cells.begins[cell + N_PREFETCHED]))
                prefetch(unit_n, np.uint64(cells.begins[cell + N_PREFETCHED]))
            row, begin = cells.rows[cell], cells.begins[cell]
            end = begin + cells.n_units[cell]
            base = weights_at[row]
            total[:] = 0
            top[:] = 0
            if unit_n[begin] == 1:  # as it is in most cells, of rare features
                add_single(groups[begin:end], base, weights, total, top, excess)
            else:
                top_weight[:] = 0
                excess[:] = -1  # until a second group is found
                ahead = min(end, begin + N_AHEAD)
                for unit in range(begin, ahead):
                    n, drawn = number(unit_n[unit]), weights[base + groups[unit]]
                    add_unit(n, drawn, total)
                    note_largest(n, drawn, top, top_weight, excess)
                for unit in range(ahead, end):
                    add_unit(number(unit_n[unit]), weights[base + groups[unit]], total)
                for d in range(n_draws if ahead < end else 0):
                    if excess[d] < 0:
                        excess[d] = excess_behind(groups, unit_n, weights, base, d, ahead, end, top[d], top_weight[d])
            value = values[cell - first_cell] if len(values) else unwanted
            put_values(total, excess, inverse[row], value, own, counts)
            if row < n_known:
                for d in range(n_draws):
                    rate[d] += own[d]
                    n_rows[d] += counts[d]
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
def add_products(cells, features, values, is_chosen, first, last, gram):
    """Add to ``gram`` f64[rows ``first:last``, rows, draws] the inner products of rows over the chosen features.

    ``features``: the first and the one behind the last; ``values`` f32[cells of these, draws]; ``is_chosen``
    bool[these, draws]. A row is multiplied with those up to itself.
    """
    n_draws = values.shape[1]
    chosen = np.empty((gram.shape[1], n_draws))
    first_cell = begin = cells.feature_ends[features[0] - 1] if features[0] > 0 else 0
    for feature in range(*features):
        end = cells.feature_ends[feature]
        chooses = is_chosen[feature - features[0]]
        if end - begin > 1 and chooses.any() and cells.rows[end - 1] >= first:
            for cell in range(begin, end):
                value, own = values[cell - first_cell], chosen[cell - begin]
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
def fill_dense(cells, first_cell, values, is_chosen, features, first, last, dense):
    """Put the values of ``features[first:last]`` into ``dense`` f64[draws, features, rows], 0 where there are none.

    ``values`` f32[cells from ``first_cell`` on, draws]; ``is_chosen`` bool[all features, draws]; features that are not
    chosen have 0 as well.
    """
    for i in range(first, last):
        feature = features[i]
        chooses = is_chosen[feature]
        dense[:, i] = 0.0
        for cell in range(cells.feature_ends[feature - 1] if feature > 0 else 0, cells.feature_ends[feature]):
            row, value = cells.rows[cell], values[cell - first_cell]
            for d in range(len(chooses)):
                if chooses[d]:
                    dense[d, i, row] = value[d]
