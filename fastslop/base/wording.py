"""Wording of messages: numbers with their nouns, speeds, and names that are not known."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

MOST_NAMED = 5
"""Most names that a message lists."""


def plural(n: int, thing: str) -> str:
    """A number with its noun: ``1 model``, ``1,200 models``."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def speed(mb_per_s: float) -> str:
    """A speed, with a decimal below 10: ``29 MB/s``, ``2.9 MB/s``."""
    return f"{mb_per_s:.{int(mb_per_s < 10)}f} MB/s"


def p_value(p: float) -> str:
    """A p-value in two digits; none is shown as 0, which is what too small a number becomes: ``<1e-99``."""
    return f"{p:.2g}" if p >= 1e-99 else "<1e-99"


def meant(name: str, known: Sequence[str]) -> str:
    """What may have been meant by an unknown name, or what there is: the end of a message."""
    lower = {own.lower(): own for own in known}
    parts = [own for low, own in lower.items() if name.lower() in low]
    close = [lower[low] for low in get_close_matches(name.lower(), lower, MOST_NAMED)]
    likely = list(dict.fromkeys([*close, *parts]))[:MOST_NAMED]
    if likely:
        return f"did you mean {' or '.join(likely)}?"
    return f"there are {listed(known)}"


def listed(names: Sequence[str]) -> str:
    """Names with commas between them, ``MOST_NAMED`` at most, and how many more there are."""
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"
