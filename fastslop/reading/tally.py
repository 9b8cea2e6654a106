"""Tally of what was read of inputs and what was left out, with its places; reading stops where too much is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fastslop.base.errors import BadInputError
from fastslop.reading.digests import Source
from fastslop.reading.fields import HARMLESS, list_fields
from fastslop.reading.formats import Batch, Seen, read_batches
from fastslop.reading.inputs import InputFile
from fastslop.reading.options import ReadOptions

PLACES_SHOWN = 5
"""Most places named of each reason."""
EARLY_BAD = 1000
"""Bad records after which a file is judged before its end."""


@dataclass
class Tally:
    """Documents and bytes read, and what was left out, with the first places of each reason.

    ``digests_of`` has, by label, the digests of the sources that had documents of it.
    """

    n_docs: int = 0
    n_bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[str]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    digests_of: dict[str, set[str]] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """A line for each reason: how many records or documents were left out, and where the first of them stand."""
        notes = []
        for reason, n in sorted(self.skipped.items()):
            places = self.places[reason]
            notes.append(f"skipped {n:,}: {reason} ({', '.join(places)}{', ...' if n > len(places) else ''})")
        return tuple(notes)

    def skip(self, reason: str, place: str) -> None:
        """Count one record or document that is left out."""
        self.skipped[reason] += 1
        places = self.places.setdefault(reason, [])
        if len(places) < PLACES_SHOWN:
            places.append(place)


def checked_batches(file: InputFile, options: ReadOptions, tally: Tally, seen: Seen) -> Iterator[Batch]:
    """Yield the batches of one input, tally what is left out, and stop if that is too much.

    ``seen`` is that of ``read_batches``; errors are those of it, and BadInputError if no text can be used.
    """
    of_file = Tally()
    n_records = 0
    found: tuple[str, ...] = ()
    for batch in read_batches(file, options, seen):
        n_records += batch.n_records
        found = batch.plan.columns.found
        for number, reason in batch.skipped:
            of_file.skip(reason, batch.plan.place(number))
            tally.skip(reason, batch.plan.place(number))
        _check_bad(file, of_file, n_records, options.max_bad, at_end=False)
        of_file.n_docs += len(batch.documents)
        tally.n_docs += len(batch.documents)
        yield batch
    _check_bad(file, of_file, n_records, options.max_bad, at_end=True)
    _check_text(file, of_file, found, options)


def _check_bad(file: InputFile, of_file: Tally, n_records: int, max_bad: float, *, at_end: bool) -> None:
    """Stop if too much of a file is bad: it is damaged, or is not what the reader takes it for."""
    bad = {reason: n for reason, n in of_file.skipped.items() if reason not in HARMLESS}
    n_bad = sum(bad.values())
    if n_bad <= max_bad * n_records or not (at_end or n_bad > EARLY_BAD):
        return
    reasons = "; ".join(f"{reason}: {n}, at {', '.join(of_file.places[reason])}" for reason, n in bad.items())
    enough = math.ceil(n_bad / n_records * 1000) / 1000
    raise BadInputError(
        f"{file.name}: {n_bad} of {n_records} records cannot be used, more than {max_bad:.2%} ({reasons}); "
        f"mend the file, or go on without them with --max-bad {min(enough, 1):g}"
    )


def _check_text(file: InputFile, of_file: Tally, found: Sequence[str], options: ReadOptions) -> None:
    """Stop if a file gave no document, which only a shard may do."""
    if of_file.n_docs or options.shard[1] > 1:
        return
    reasons = ", ".join(f"{reason}: {n}" for reason, n in of_file.skipped.items()) or "no records"
    fields = f"; {list_fields(found)}; choose the text with --text" if found else ""
    raise BadInputError(f"{file.name}: no usable text in it ({reasons}){fields}")
