"""Names of labels as pictures show them: safe, short and still different, coloured by family."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from fastslop.base.errors import UsageError
from fastslop.base.wording import meant
from fastslop.drawing.colours import GREY, colours_of_families, family_colours
from fastslop.drawing.scene import LABEL, Text, safe

MAX_CHARS = 60
"""Longest name that is shown whole."""
_MOST_NAMED = 3  # families in the name of a group
_KEPT = 4  # characters of a shared beginning or end that stay on either side of what is left out


def check_highlight(labels: Sequence[str], highlight: Sequence[str]) -> None:
    """Raise UsageError if a label to highlight is not there."""
    for label in highlight:
        if label not in labels:
            raise UsageError(f"cannot highlight {label!r}: no label has this name; {meant(label, labels)}")


def label_texts(labels: Sequence[str], families: Mapping[str, str], highlight: Sequence[str] = ()) -> list[Text]:
    """Return the text of every label, not yet placed; what is highlighted is bold.

    Raises
    ------
    UsageError
        If a label to highlight is not there.
    """
    check_highlight(labels, highlight)
    colours = family_colours(families)
    full = [safe(label) for label in labels]
    return [
        Text(0.0, 0.0, shown, LABEL, colours[label], label in highlight, None if shown == whole else whole)
        for label, whole, shown in zip(labels, full, shortened(full), strict=True)
    ]


def group_texts(
    groups: Sequence[tuple[str, ...]], texts: Mapping[str, Text], families: Mapping[str, str]
) -> list[Text]:
    """Return the text of each group of labels: that of its only label, or what its labels share, and their number."""
    colours = colours_of_families(families)
    named = []
    for group in groups:
        if len(group) == 1:
            named.append(texts[group[0]])
            continue
        inside = Counter(families[label] for label in group)
        colour = colours.get(families[group[0]], GREY) if len(inside) == 1 else GREY
        start = shared_start(group) if len(inside) == 1 else ""
        name = group_name({start: len(group)} if start else inside)
        named.append(Text(0.0, 0.0, name, LABEL, colour, tooltip=", ".join(map(safe, group))))
    return named


def shared_start(labels: Sequence[str]) -> str:
    """The words that all of these labels begin with: ``gpt-3.5-turbo`` of its versions; empty where none are."""
    first = min(labels)
    start = first[: _n_shared(first, max(labels))]  # all others are between these two
    if any(label[len(start) : len(start) + 1].isalnum() for label in labels):
        start = re.sub(r"[^\W_]*$", "", start)  # a word that some of them go on with
    return re.sub(r"[\W_]+$", "", start)


def group_name(inside: Mapping[str, int]) -> str:
    """A group by what is in it, the most first: ``llama × 5``, ``vicuna × 4, alpaca, 3 others``."""
    ranked = sorted(inside.items(), key=lambda item: (-item[1], item[0]))
    shown = ranked if len(ranked) <= _MOST_NAMED + 1 else ranked[:_MOST_NAMED]
    parts = [safe(family) if n == 1 else f"{safe(family)} × {n}" for family, n in shown]
    n_others = sum(n for _, n in ranked[len(shown) :])
    return ", ".join([*parts, *([f"{n_others} others"] if n_others else [])])


def shortened(names: Sequence[str], most: int = MAX_CHARS) -> list[str]:
    """
    The names, of which those of more than ``most`` characters lose some in the middle, and stay different.

    What a name shares with another one is left out first: the middle of a common beginning, or of a common end.
    """
    starts, ends = _shared(names), _shared([name[::-1] for name in names])
    taken = {name for name in names if len(name) <= most}
    shown = []
    for name, start, end in zip(names, starts, ends, strict=True):
        short = name if len(name) <= most else _cut(name, start, end, most, taken)
        taken.add(short)
        shown.append(short)
    return shown


def _cut(name: str, start: int, end: int, most: int, taken: set[str]) -> str:
    """The name with one gap, where it shares most with others; anywhere else if it would then be one of ``taken``."""
    gap = len(name) - most + 1
    tail = most * 2 // 5  # names of one family differ at the end
    first = most - tail - 1
    if start >= gap + 2 * _KEPT:
        first = (start - gap) // 2
    elif end >= gap + 2 * _KEPT:
        first = len(name) - end + (end - gap) // 2
    cuts = (f"{name[:at]}…{name[at + gap :]}" for at in (first, *range(most)))
    return next((cut for cut in cuts if cut not in taken), f"{name[:first]}…{name[first + gap :]}")


def _shared(names: Sequence[str]) -> list[int]:
    """How many first characters each name has in common with another one."""
    shared = dict.fromkeys(names, 0)
    for one, other in pairwise(sorted(set(names))):
        n = _n_shared(one, other)
        shared[one], shared[other] = max(shared[one], n), max(shared[other], n)
    return [shared[name] for name in names]


def _n_shared(one: str, other: str) -> int:
    """How many first characters two texts have in common."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
