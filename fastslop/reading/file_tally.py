"""Tally of one file: what was read of it, what was left out, and whether that is too much to go on."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from fastslop.base.errors import BadInputError, NoTextsError
from fastslop.reading.batches import Batch
from fastslop.reading.fields import list_fields
from fastslop.reading.unusable import CONVERT, DAMAGE, HARMLESS, INVALID_UTF8

PLACES_SHOWN = 5
"""Most places named of each reason."""
EARLY_BAD = 1000
"""Bad records after which a file is judged before its end."""
FEW_BAD, FEW_BAD_SHARE = 10, 0.2
"""So many odd records are passed over in any file, if they are not more than this share of it: calls that failed."""


@dataclass
class Skips:
    """How many records and documents are left out for each reason, and the places of the first."""

    skipped: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[str]] = field(default_factory=dict)

    def skip(self, reason: str, place: str) -> None:
        """Count one record or document that is left out."""
        self.add_skips(reason, 1, [place])

    def add_skips(self, reason: str, n: int, places: list[str]) -> None:
        """Count several for one reason, with the places of the first."""
        self.skipped[reason] += n
        known = self.places.setdefault(reason, [])
        known += places[: PLACES_SHOWN - len(known)]


@dataclass
class FileTally(Skips):
    """What was read of a file, or of pieces of it: records, documents, and what was left out.

    ``is_first_bad``: its first record was. ``found``: the fields that there are.
    """

    n_records: int = 0
    n_docs: int = 0
    is_first_bad: bool = False
    found: tuple[str, ...] = ()

    def add(self, batch: Batch) -> None:
        """Add a batch."""
        if not self.n_records:
            self.is_first_bad = bool(batch.skipped) and batch.skipped[0][0] == 1
        self.n_records += batch.n_records
        self.n_docs += len(batch.documents)
        self.found = batch.plan.columns.found
        for number, reason in batch.skipped:
            self.skip(reason, batch.plan.place(number))

    def add_tally(self, other: FileTally) -> None:
        """Add what was read of a later piece."""
        self.n_records += other.n_records
        self.n_docs += other.n_docs
        self.is_first_bad |= other.is_first_bad
        self.found = self.found or other.found
        for reason, n in other.skipped.items():
            self.add_skips(reason, n, other.places[reason])

    def check_bad(self, name: str, max_bad: float, *, at_end: bool) -> None:
        """Stop if too much of a file is bad: it is damaged, or is not what the reader takes it for.

        Too much is more than ``max_bad`` of its records. A few odd ones are passed over, ``FEW_BAD`` at most and not
        more than ``FEW_BAD_SHARE`` of all, if none is damaged; and a first record, which may be a heading, whatever it
        is. Nothing is passed over if ``max_bad`` is 0.
        """
        bad = {reason: n for reason, n in self.skipped.items() if reason not in HARMLESS}
        n_bad = sum(bad.values())
        if not n_bad or not (at_end or n_bad > EARLY_BAD):
            return
        n_odd = n_bad - self.is_first_bad
        is_damaged = sum(n for reason, n in bad.items() if reason in DAMAGE) > self.is_first_bad
        are_few = n_odd <= min(FEW_BAD, FEW_BAD_SHARE * self.n_records) and not is_damaged and n_bad < self.n_records
        if n_bad <= max_bad * self.n_records or (are_few and max_bad > 0):
            return
        reasons = "; ".join(f"{reason}: {n}, at {', '.join(self.places[reason])}" for reason, n in bad.items())
        if INVALID_UTF8 in bad:
            reasons += f"; {CONVERT}"
        if n_bad == self.n_records:
            raise NoTextsError(f"{name}: none of {n_bad} records can be used ({reasons}){self._remedy}")
        enough = math.ceil(n_bad / self.n_records * 1000) / 1000
        raise BadInputError(
            f"{name}: {n_bad} of {self.n_records} records cannot be used, more than {max_bad:.2%} ({reasons}); "
            f"mend the file, or go on without them with --max-bad {min(enough, 1):g}"
        )

    def check_text(self, name: str) -> None:
        """Stop if a file gave no document."""
        if self.n_docs:
            return
        reasons = ", ".join(f"{reason}: {n}" for reason, n in self.skipped.items()) or "no records"
        raise NoTextsError(f"{name}: no usable text in it ({reasons}){self._remedy}")

    @property
    def _remedy(self) -> str:
        return f"; {list_fields(self.found)}; choose the text with --text" if self.found else ""
