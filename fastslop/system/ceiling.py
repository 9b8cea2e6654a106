"""A ceiling for the memory of the process: how much room is under it, and an error where a step needs more.

What is read of profiles grows with the labels and must be in memory at once, so a job cannot always do with less; but
it can read fewer labels side by side, and it can say what it would need before the machine stops it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastslop.base.errors import UsageError
from fastslop.system.memory import free_bytes, rss_bytes, trim

WARY = 0.9
"""Share of the ceiling from which on memory that lies free is given back, so that it does not count."""


class Ceiling:
    """The bytes that the process stays within, 0 where none are set: then half of what is free, and nothing stops."""

    def __init__(self) -> None:
        self._bytes = 0

    @contextmanager
    def at(self, n_bytes: int | None) -> Iterator[None]:
        """Set the ceiling for a job; None or 0 leaves it as it is."""
        before = self._bytes
        self._bytes = n_bytes or before
        try:
            yield
        finally:
            self._bytes = before

    @property
    def room(self) -> int:
        """Bytes that the process may still take."""
        return max(self._bytes - rss_bytes(), 0) if self._bytes else free_bytes() // 2

    def require(self, step: str, n_bytes: int) -> None:
        """Raise UsageError if a step that takes ``n_bytes`` more would go beyond the ceiling."""
        if self._bytes and rss_bytes() + n_bytes > WARY * self._bytes:
            trim()
            if (needed := rss_bytes() + n_bytes) > self._bytes:
                raise self._error(step, needed)

    def check(self, step: str, share: float, before: int) -> None:
        """Raise UsageError if the process has more than the ceiling now that a ``share`` of a step is done.

        It had ``before`` bytes when the step began.
        """
        if self._bytes and rss_bytes() > WARY * self._bytes:
            trim()
            if (now := rss_bytes()) > self._bytes:
                raise self._error(step, max(now, before + (now - before) / max(share, 0.01)))

    def _error(self, step: str, needed: float) -> UsageError:
        return UsageError(
            f"{step} takes about {needed / 1e9:.1f} GB, more than --memory {self._bytes / 1e9:.1f}GB: give more, or "
            "take fewer models, or profiles without what is rare (fastslop merge --min-prompts 3)"
        )


ceiling = Ceiling()
"""The ceiling of this process."""
