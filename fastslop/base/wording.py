"""Words of messages."""

from __future__ import annotations


def plural(n: int, thing: str) -> str:
    """``1 model``, ``1,200 models``."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"
