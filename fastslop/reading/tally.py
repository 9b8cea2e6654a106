"""What was read of inputs and what was left out, with its places; reading stops where too much is."""

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
EARLY_BAD = 1000  # bad records after which a file is judged before its end


@dataclass
class Tally:
    """What was read and what was left out, with the first places of each reason."""

    n_docs: int = 0
    n_bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[str]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    digests_of: dict[str, set[str]] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not read, and where it stands, a line for each reason."""
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
    """One input, and what is left out of it in the tally; it stops where too much is. ``seen``: ``read_batches``."""
    own = Tally()
    n_records = 0
    found: tuple[str, ...] = ()
    for batch in read_batches(file, options, seen):
        n_records += batch.n_records
        found = batch.plan.columns.found
        for number, reason in batch.skipped:
            own.skip(reason, batch.plan.place(number))
            tally.skip(reason, batch.plan.place(number))
        _check_bad(file, own, n_records, options.max_bad, at_end=False)
        own.n_docs += len(batch.documents)
        tally.n_docs += len(batch.documents)
        yield batch
    _check_bad(file, own, n_records, options.max_bad, at_end=True)
    _check_text(file, own, found, options)


def _check_bad(file: InputFile, own: Tally, n_records: int, max_bad: float, *, at_end: bool) -> None:
    """Stop if too much of a file is bad: it is damaged, or is not what the reader takes it for."""
    bad = {reason: n for reason, n in own.skipped.items() if reason not in HARMLESS}
    n_bad = sum(bad.values())
    if n_bad <= max_bad * n_records or not (at_end or n_bad > EARLY_BAD):
        return
    reasons = "; ".join(f"{reason}: {n}, at {', '.join(own.places[reason])}" for reason, n in bad.items())
    enough = math.ceil(n_bad / n_records * 1000) / 1000
    raise BadInputError(
        f"{file.name}: {n_bad} of {n_records} records cannot be used, more than {max_bad:.2%} ({reasons}); "
        f"mend the file, or go on without them with --max-bad {min(enough, 1):g}"
    )


def _check_text(file: InputFile, own: Tally, found: Sequence[str], options: ReadOptions) -> None:
    if own.n_docs or options.shard[1] > 1:  # a shard may own no record
        return
    reasons = ", ".join(f"{reason}: {n}" for reason, n in own.skipped.items()) or "no records"
    fields = f"; {list_fields(found)}; choose the text with --text" if found else ""
    raise BadInputError(f"{file.name}: no usable text in it ({reasons}){fields}")
