"""What was read of inputs and what was left out, with its places; reading stops where too much is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fastslop.base.errors import BadInputError
from fastslop.reading.fields import HARMLESS, list_fields
from fastslop.reading.formats import Batch, InputFile, Seen, Wanted, read_batches

PLACES_SHOWN = 5
EARLY_BAD = 1000  # bad records after which a file is judged before its end


@dataclass(frozen=True)
class Source:
    """An input that was read.

    ``digest`` depends on its content (and the shard), not on its name. ``n_bytes``: as stored; of a stream, those
    of its text.
    """

    name: str
    n_bytes: int
    digest: str


@dataclass
class Tally:
    """What was read and what was left out, with the first places of each reason."""

    n_docs: int = 0
    n_bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[str]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    digests_of: dict[str, set[str]] = field(default_factory=dict)

    def skip(self, reason: str, place: str) -> None:
        """Count one record or document that is left out."""
        self.skipped[reason] += 1
        places = self.places.setdefault(reason, [])
        if len(places) < PLACES_SHOWN:
            places.append(place)


def checked_batches(file: InputFile, wanted: Wanted, max_bad: float, tally: Tally, seen: Seen) -> Iterator[Batch]:
    """One input, and what is left out of it in the tally; it stops where too much is. ``seen``: ``read_batches``."""
    own = Tally()
    n_records = 0
    found: tuple[str, ...] = ()
    for batch in read_batches(file, wanted, seen):
        n_records += batch.n_records
        found = batch.plan.columns.found
        for number, reason in batch.skipped:
            own.skip(reason, batch.plan.place(number))
            tally.skip(reason, batch.plan.place(number))
        _check_bad(file, own, n_records, max_bad, at_end=False)
        own.n_docs += len(batch.documents)
        tally.n_docs += len(batch.documents)
        yield batch
    _check_bad(file, own, n_records, max_bad, at_end=True)
    _check_text(file, own, found, wanted)


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


def _check_text(file: InputFile, own: Tally, found: Sequence[str], wanted: Wanted) -> None:
    if own.n_docs or wanted.shard[1] > 1:  # a shard may own no record
        return
    reasons = ", ".join(f"{reason}: {n}" for reason, n in own.skipped.items()) or "no records"
    fields = f"; {list_fields(found)}; choose the text with --text" if found else ""
    raise BadInputError(f"{file.name}: no usable text in it ({reasons}){fields}")
