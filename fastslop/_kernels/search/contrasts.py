"""Patterns of words found in texts."""

from __future__ import annotations

import numpy as np

from fastslop._kernels.machine.constants import BREAK_TOKEN, ZERO
from fastslop._kernels.machine.jit import helper, kernel


@helper
def past_markup(tokens, kinds, markup, at, stop):
    """The place of the first token from ``at`` on that is no markup, or ``stop``."""
    while at < stop and kinds[tokens[at]] & markup:
        at += 1
    return at


@helper
def takes(tokens, kinds, agreements, steps, step, at, stop, lasts, first):
    """Whether a rule's step takes the token at ``at``; ``lasts`` has the last token of each step from ``first`` on."""
    if at >= stop:
        return False
    token = tokens[at]
    if kinds[token] & steps[step, 0] == 0 or kinds[token] & steps[step, 1] != 0:
        return False
    other = np.int64(steps[step, 4])
    return other == 0 or (agreements[token] != 0 and agreements[token] == agreements[tokens[lasts[first + other - 1]]])


@helper
def match_rule(tokens, kinds, agreements, markup, steps, first, last, start, stop, lasts, taken):
    """Match the steps ``first:last`` of a rule from token ``start`` on; each step takes as few tokens as will do.

    The work is bounded by the product of the steps' lengths.

    Parameters
    ----------
    tokens
        Tokens of all documents, u32.
    kinds, agreements
        Classes u64 and agreement u8 of each token of the lexicon.
    markup
        The class u64 of markup, which is passed over.
    steps
        u64[steps, 5], as in ``search.contrasts.Program``.
    first, last
        The rule's steps.
    start, stop
        The first token of the match, and the end of the document.
    lasts, taken
        Room i64[steps] for the last token that each step took (the last one of the step before, if it took none), and
        for how many tokens it took.

    Returns
    -------
    int
        The place behind the match, or -1 if there is no match.
    """
    i = first
    at = start
    while i < last:
        taken[i] = 0
        lasts[i] = lasts[i - 1] if i > first else start - 1
        least = np.int64(steps[i, 2])
        while taken[i] < least and takes(tokens, kinds, agreements, steps, i, at, stop, lasts, first):
            taken[i] += 1
            lasts[i] = at
            at = past_markup(tokens, kinds, markup, at + 1, stop)
        if taken[i] == least:
            i += 1
            continue
        i -= 1
        while i >= first:  # back to a step that can take one token more
            at = past_markup(tokens, kinds, markup, lasts[i] + 1, stop)
            most = np.int64(steps[i, 3])
            if taken[i] < most and takes(tokens, kinds, agreements, steps, i, at, stop, lasts, first):
                break
            i -= 1
        if i < first:
            return -1
        taken[i] += 1
        lasts[i] = at
        at = past_markup(tokens, kinds, markup, at + 1, stop)
        i += 1
    return lasts[last - 1] + 1


@helper
def start_of_rule(tokens, kinds, markup, before, rule, lead, t, first):
    """The place where a rule begins whose step ``lead`` takes token ``t``, or -1; the document begins at ``first``."""
    for _ in range(lead):
        t -= 1
        while t >= first and kinds[tokens[t]] & markup != 0:
            t -= 1
    previous = t - 1
    while previous >= first and kinds[tokens[previous]] & markup != 0:
        previous -= 1
    if t < first:
        return -1
    kind = kinds[tokens[previous] if previous >= first else BREAK_TOKEN]
    return -1 if kind & before[rule, 0] == 0 or kind & before[rule, 1] != 0 else t


@helper
def kinds_ahead(tokens, kinds, markup, at, stop, reach):
    """The classes, as bits u64, that any of ``reach`` tokens from ``at`` on has."""
    ahead = np.uint64(0)
    while at < stop and reach > 0:
        kind = kinds[tokens[at]]
        ahead |= kind
        reach -= kind & markup == 0
        at += 1
    return ahead


@helper
def first_match(tokens, kinds, agreements, markup, rules, t, first, stop, reach, lasts, taken):
    """The first rule that matches with its leading step at token ``t``, and from where to where; -1 each if none does.

    The document is tokens ``first:stop``; ``lasts`` and ``taken`` i64[steps] are written over.
    """
    steps, rule_ends, leads, before = rules
    ahead = kinds_ahead(tokens, kinds, markup, t, stop, reach)
    begin = ZERO
    for rule in range(len(rule_ends)):
        last = rule_ends[rule]
        step = begin + leads[rule]
        if kinds[tokens[t]] & steps[step, 0] != 0:
            while step < last and ahead & steps[step, 0] != 0:  # most rules end here: a twelfth of the time
                step += 1
            if step == last:
                start = start_of_rule(tokens, kinds, markup, before, rule, leads[rule], t, first)
                if start >= 0:
                    end = match_rule(tokens, kinds, agreements, markup, steps, begin, last, start, stop, lasts, taken)
                    if end >= 0:
                        return rule, start, end
        begin = last
    return -1, -1, -1


@kernel
def match_rules(tokens, doc_ends, kinds, agreements, markup, rules, out, starts, ends, docs):
    """Match rules against the tokens of documents, in O(tokens), since rules are bounded.

    A rule is tried where its leading step can take the token. The first rule that matches counts, and matching goes on
    behind it.

    Parameters
    ----------
    tokens
        Tokens of all documents, u32.
    doc_ends
        Where each document's tokens end, i64[documents].
    kinds, agreements
        Classes u64 and agreement u8 of each token of the lexicon.
    markup
        The class u64 of markup, which is passed over.
    rules
        A ``search.contrasts.Program``.
    out, starts, ends, docs
        The rule i32, the tokens from and to i64 and the document i32 of each match, written as far as there is room.

    Returns
    -------
    int
        The number of matches, which may be more than there was room for.
    """
    steps, rule_ends, leads, _ = rules
    lasts = np.empty(len(steps), np.int64)
    taken = np.empty(len(steps), np.int64)
    leading = np.uint64(0)
    reach = begin = ZERO
    for rule in range(len(rule_ends)):
        leading |= steps[begin + leads[rule], 0]
        reach = max(reach, np.int64(steps[begin : rule_ends[rule], 3].sum()))
        begin = rule_ends[rule]
    is_leading = kinds & leading != 0  # an eighth of the bytes: these stay in the first cache
    n = 0
    t = ZERO
    for d in range(len(doc_ends)):
        first = t
        stop = doc_ends[d]
        while t < stop:
            if not is_leading[tokens[t]]:
                t += 1
                continue
            rule, start, end = first_match(
                tokens, kinds, agreements, markup, rules, t, first, stop, reach, lasts, taken
            )
            if end >= 0:
                if n < len(out):
                    out[n] = rule
                    starts[n] = start
                    ends[n] = end
                    docs[n] = d
                n += 1
            t = max(end, t + 1)
    return n
