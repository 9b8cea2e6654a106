"""What ``identify`` and ``explain`` say, and how often they are wrong: by the functions behind these commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.subsets import Texts, counts_of
from fastslop.base.errors import BadInputError
from fastslop.comparing.prompt_counts import PromptCounts
from fastslop.drawing.families import guess_families
from fastslop.evidence.identify import CLOSE_RELATIVE, IDENTIFIED, NONE_OF_THESE, Verdict, ask
from fastslop.evidence.library import Library
from fastslop.evidence.links import SUPPORTED, judge_link, weigh_links

REPLICATES = 20
OF_KNOWN = ("nearest", "named", "or a relative", "misnamed")
OF_STRANGERS = ("wrongly named", "taken for a relative", "refused")
"""What is counted of queries whose author is in the library, and of others."""
Side = dict[int, Texts]


def library_of(counts: PromptCounts, known: Sequence[Texts], queries: Sequence[Texts]) -> Library:
    """A library of these texts, the known ones, and these queries behind them, in a panel of their own.

    A panel has the prompts that its texts answer, and no others: what is held out of a library has text.
    """
    texts = [*known, *queries]
    panels = [counts.panels[some.label] for some in known]
    panels += [f"queries of {counts.panels[some.label]}" for some in queries]
    by_prompt = counts_of(counts, texts, panels)
    return Library(by_prompt, tuple(counts.labels[some.label] for some in known))


def nearest_by_identify(counts: PromptCounts, one: Side, other: Side) -> dict[str, Any]:
    """How many labels of a side are nearest to themselves when ``identify`` asks for all of the other at once."""
    labels = sorted(one.keys() & other.keys())
    n = len(labels)
    if n < 3:
        return {"n": 0, "hits": [0, 0], "mistaken": []}
    mistaken = []
    for known, asked in ((one, other), (other, one)):
        library = library_of(counts, [known[i] for i in labels], [asked[i] for i in labels])
        ((near,),) = library.measure(range(n, 2 * n), 0, is_alone=False)
        pairs = enumerate(near.distances.argmin(axis=1).tolist())
        mistaken.append([[counts.labels[labels[i]], counts.labels[labels[j]]] for i, j in pairs if i != j])
    return {"n": n, "hits": [n - len(wrong) for wrong in mistaken], "mistaken": mistaken}


def verdicts(
    counts: PromptCounts, one: Side, other: Side, rng: np.random.Generator, *, is_alone: bool
) -> dict[str, int]:
    """What ``identify`` says of all labels of the other side when a random quarter of them is not in the library."""
    labels = rng.permutation(sorted(one.keys() & other.keys())).tolist()
    n_strangers = len(labels) // 4
    inside = sorted(labels[n_strangers:])
    found = dict.fromkeys(("known", *OF_KNOWN, "strangers", *OF_STRANGERS), 0)
    if len(inside) < 3:
        return found
    library = library_of(counts, [one[i] for i in inside], [other[i] for i in labels])
    rows = range(len(inside), len(inside) + len(labels))
    for label, answer in zip(labels, ask(library, rows, REPLICATES, is_alone=is_alone), strict=True):
        _tally(found, counts.labels[label], library.authors, answer)
    return found


def _tally(found: dict[str, int], author: str, known: Sequence[str], answer: Verdict) -> None:
    is_named, is_relative = answer.verdict == IDENTIFIED, answer.verdict == CLOSE_RELATIVE
    if author not in known:
        found["strangers"] += 1
        found["wrongly named"] += is_named
        found["taken for a relative"] += is_relative
        found["refused"] += answer.verdict == NONE_OF_THESE
        return
    is_right = answer.candidates[0].label == author
    found["known"] += 1
    found["nearest"] += is_right
    found["named"] += is_named and is_right
    found["or a relative"] += is_relative and is_right
    found["misnamed"] += is_named and not is_right


def measure_placebo_links(counts: PromptCounts, seed: int) -> dict[str, int]:
    """Of all pairs of models of different families, both ways, how many links ``explain`` calls supported."""
    try:
        links = weigh_links(counts, seed)
    except BadInputError:
        return {"flagged": 0, "n": 0}
    family = list(guess_families(counts.labels).values())
    n = len(family)
    pairs = [(a, b) for a in range(n) for b in range(n) if a != b and family[a] != family[b]]
    flagged = sum(judge_link(counts.labels, links, a, b).verdict == SUPPORTED for a, b in pairs)
    return {"flagged": flagged, "n": len(pairs)}
