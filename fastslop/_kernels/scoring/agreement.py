"""How often answers of different labels to one prompt have a feature together."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.jit import kernel


@kernel
def count_agreement(order, features, labels, ends, prompts, n_prompts, n_labels, out):
    """Count, for each row, the answers of other labels to its prompts, those that have its feature, and the expected.

    A row is a feature of a label, with the prompts to which its answers have the feature. Expected of each of these
    prompts are as many of the other labels' answers as have the feature among their answers to all other prompts.

    Parameters
    ----------
    order
        Rows, i64, those of one feature behind each other.
    features, labels, ends
        The feature and the label of each row, i64, and where its prompts end, i64.
    prompts
        The prompts of all rows, unsigned, each once in a row.
    n_prompts, n_labels
        How many prompts each label has answered, and how many labels have answered each prompt: i64.
    out
        f32[3, rows], written: the answers that have it, all answers, and those expected to have it.
    """
    users = np.zeros(len(n_labels), np.int64)
    n_answers = n_prompts.sum()
    first = 0
    while first < len(order):
        last, n_users = first, 0
        while last < len(order) and features[order[last]] == features[order[first]]:
            row = order[last]
            begin = ends[row - 1] if row > 0 else 0
            for u in range(begin, ends[row]):
                users[prompts[u]] += 1
            n_users += ends[row] - begin
            last += 1
        for i in range(first, last):
            row = order[i]
            begin = ends[row - 1] if row > 0 else 0
            agreed, answers, expected = 0, 0, 0.0
            for u in range(begin, ends[row]):
                same, others = users[prompts[u]] - 1, n_labels[prompts[u]] - 1
                elsewhere = n_answers - n_prompts[labels[row]] - others
                agreed += same
                answers += others
                if elsewhere > 0:
                    expected += others * (n_users - (ends[row] - begin) - same) / elsewhere
            out[0, row], out[1, row], out[2, row] = agreed, answers, expected
        for i in range(first, last):
            row = order[i]
            for u in range(ends[row - 1] if row > 0 else 0, ends[row]):
                users[prompts[u]] = 0
        first = last
