"""Batches of documents, as readers of any format give them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from fastslop.reading.documents import Documents, Made, Plan, Skipped
from fastslop.reading.json_lines import Lines

READ_BYTES = 8 << 20
"""Bytes of a batch, about: 4 to 16 MiB do equally well; below 1 MiB the fixed cost of a parse shows."""
BOM = b"\xef\xbb\xbf"

Seen = Callable[[int], object]
"""A function that is told how many bytes of an input are read."""


@dataclass(frozen=True)
class Batch:
    """Some documents of one input, and what was left out.

    ``had``: how many documents had reasoning and the like, which was taken out of them. ``lines`` are the JSON Lines
    they were read from, numbered as the documents' records. Of records of other formats they hold what
    ``ReadOptions.keeps`` says; None if that is nothing, and for files that are texts.
    """

    documents: Documents
    skipped: Skipped
    n_records: int
    plan: Plan
    lines: Lines | None = None
    had: Counter[str] = field(default_factory=Counter)


def batch_of(made: Made, n_records: int, plan: Plan, lines: Lines | None = None) -> Batch:
    return Batch(made.documents, made.skipped, n_records, plan, lines, made.had)
