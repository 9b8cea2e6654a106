"""Wording of messages: numbers with their nouns, and speeds."""

from __future__ import annotations


def plural(n: int, thing: str) -> str:
    """A number with its noun: ``1 model``, ``1,200 models``."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def speed(mb_per_s: float) -> str:
    """A speed, with a decimal below 10: ``29 MB/s``, ``2.9 MB/s``."""
    return f"{mb_per_s:.{int(mb_per_s < 10)}f} MB/s"
