"""Inner products of labels' values within single prompts."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.jit import helper, kernel

MIN_ANSWERS = 3  # about the mean of two answers they are exact opposites, whatever they say

DENSE_SHARE = 0.5  # of the labels that answered: a feature that so many have is added as a whole row, without an index


@kernel
def count_units(n_units, groups, least, n_in_groups):
    """Add to ``n_in_groups`` i64[groups] how many units of a label are in each group, of rows of ``least`` at least."""
    unit = 0
    for row in range(len(n_units)):
        if n_units[row] >= least:
            for own in range(unit, unit + n_units[row]):
                n_in_groups[groups[own]] += 1
        unit += n_units[row]


@kernel
def put_units(columns, n_units, groups, unit_n, n_words, least, places, features, values):
    """Put a label's units where the ``places`` i64[groups] of their groups are, which move on; -1 leaves a group out.

    Rows of fewer than ``least`` units are left out.

    ``features`` i32 and ``values`` f32 are written: of each unit its candidate, and the square root of its rate among
    the label's ``n_words`` f64[groups]; 0 where the label has no words.
    """
    unit = 0
    for row in range(len(columns)):
        for _ in range(n_units[row]):
            group = groups[unit]
            place = places[group]
            if place >= 0 and n_units[row] >= least:
                features[place] = columns[row]
                values[place] = np.sqrt(unit_n[unit] / n_words[group]) if n_words[group] > 0 else 0.0
                places[group] = place + 1
            unit += 1


@kernel
def group_products(features, values, offsets, answered, n_features, packed):
    """Inner products of labels within each group, about the mean of the labels that answered.

    ``offsets`` i64[groups, labels + 1]: where the units of each group's labels begin among ``features`` and ``values``,
    see ``put_units``. ``answered`` bool[labels, groups]. ``packed`` f32[groups, labels (labels + 1) / 2] is written:
    the lower triangle, 0 for a label that did not answer.
    """
    n_labels = offsets.shape[1] - 1
    places, begins = np.zeros(n_features, np.int64), np.zeros(n_features, np.int64)
    products = np.empty((n_labels, n_labels))
    row = np.empty(n_labels)
    for group in range(len(offsets)):
        begin, end = offsets[group, 0], offsets[group, n_labels]
        labels, sorted_values = np.empty(end - begin, np.int32), np.empty(end - begin)
        firsts, ends = sort_by_feature(features, values, offsets[group], places, begins, labels, sorted_values)
        products[:] = 0.0
        for i in range(len(ends)):
            first, last = firsts[i], ends[i]
            if last - first >= DENSE_SHARE * n_labels:
                add_dense(labels[first:last], sorted_values[first:last], row, products)
            else:
                add_sparse(labels[first:last], sorted_values[first:last], products)
        put_centred(products, answered[:, group], packed[group])


@helper
def sort_by_feature(features, values, offsets, places, begins, labels, sorted_values):
    """Write a group's labels and values, feature by feature, and return where each feature's begin and end.

    A block of prompts may have several units of one feature and label: the root of their rates' sum is the value.
    ``places`` i64[features] are zero before and after; ``begins`` i64[features] is room.
    """
    begin, end = offsets[0], offsets[len(offsets) - 1]
    present = np.empty(end - begin, np.int32)
    n_present = 0
    for unit in range(begin, end):
        if places[features[unit]] == 0:
            present[n_present] = features[unit]
            n_present += 1
        places[features[unit]] += 1
    firsts, ends = np.empty(n_present, np.int64), np.empty(n_present, np.int64)
    total = 0
    for i in range(n_present):
        n = places[present[i]]
        places[present[i]] = begins[present[i]] = firsts[i] = total
        total += n
    for label in range(len(offsets) - 1):
        for unit in range(offsets[label], offsets[label + 1]):
            feature, value = features[unit], np.float64(values[unit])
            place = places[feature]
            if place > begins[feature] and labels[place - 1] == label:
                sorted_values[place - 1] = np.sqrt(sorted_values[place - 1] ** 2 + value**2)
            else:
                labels[place], sorted_values[place] = label, value
                places[feature] = place + 1
    for i in range(n_present):
        ends[i] = places[present[i]]
        places[present[i]] = 0
    return firsts, ends


@helper
def add_sparse(labels, values, products):
    """Add the products of each label's value with those before it and with itself; ``labels`` rise."""
    for i in range(len(labels)):
        of_label, value = products[labels[i]], values[i]
        for j in range(i + 1):
            of_label[labels[j]] += value * values[j]


@helper
def add_dense(labels, values, row, products):
    """As ``add_sparse``, with the values of all labels in a ``row`` f64[labels]."""
    row[:] = 0.0
    for i in range(len(labels)):
        row[labels[i]] = values[i]
    for i in range(len(labels)):
        label, value = labels[i], values[i]
        of_label = products[label]
        for other in range(label + 1):
            of_label[other] += value * row[other]


@helper
def put_centred(products, answered, packed):
    """Write the lower triangle about the mean of the labels that ``answered`` bool[labels]; of the others it is 0.

    It is 0 for all where fewer than ``MIN_ANSWERS`` answered.
    """
    n_labels = len(products)
    sums = np.zeros(n_labels)
    for i in range(n_labels):
        for j in range(i):
            sums[i] += products[i, j]
            sums[j] += products[i, j]
        sums[i] += products[i, i]
    n_answered = np.count_nonzero(answered)
    if n_answered < MIN_ANSWERS:
        packed[:] = 0.0
        return
    mean = sums.sum() / n_answered**2
    sums /= n_answered
    place = 0
    for i in range(n_labels):
        for j in range(i + 1):
            is_there = answered[i] and answered[j]
            packed[place] = products[i, j] - sums[i] - sums[j] + mean if is_there else 0.0
            place += 1
