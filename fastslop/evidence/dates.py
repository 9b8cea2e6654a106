"""Release dates of models: which of two can have learnt from the other at all.

Likeness has no direction, time has: a model cannot have learnt from one that was not there yet.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from fastslop.base.errors import BadInputError
from fastslop.base.label_files import read_label_file
from fastslop.base.wording import plural

NAMED = 10
"""Most models that a note names."""
_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")

Dates: TypeAlias = str | PathLike[str] | Mapping[str, str | date]
"""A CSV of ``label,date``, or the date of each label: a day (2024-11-05, or a datetime) or a month (2024-11)."""


@dataclass(frozen=True)
class Release:
    """A date as it was given, and the ``first`` and the ``last`` day that it can mean."""

    text: str
    first: date
    last: date


@dataclass(frozen=True)
class TimeOrder:
    """What dates say of two models: their dates, None where not known, and the ``sentence`` that tells.

    ``learner`` is the one that can have learnt from the other, which was released before; None if dates do not settle
    it.
    """

    date_a: str | None
    date_b: str | None
    learner: str | None
    sentence: str


@dataclass(frozen=True)
class ReleaseDates:
    """When models were released, by label."""

    releases: Mapping[str, Release]

    @staticmethod
    def of(dates: Dates) -> ReleaseDates:
        """The dates of a file or a mapping.

        Raises
        ------
        BadInputError
            If a line or a date is malformed, or a label has two.
        """
        if not isinstance(dates, Mapping):
            return ReleaseDates(dict(_read(Path(dates))))
        return ReleaseDates({label: _release(_written(when), f"date of {label!r}") for label, when in dates.items()})

    @property
    def texts(self) -> dict[str, str]:
        """The dates as they were given."""
        return {label: release.text for label, release in self.releases.items()}

    def order(self, a: str, b: str) -> TimeOrder:
        """Which of two models can have learnt from the other."""
        one, other = self.releases.get(a), self.releases.get(b)
        texts = None if one is None else one.text, None if other is None else other.text
        if one is None or other is None:
            missing = " and ".join(name for name, found in ((a, one), (b, other)) if found is None)
            return TimeOrder(*texts, None, f"no date of release of {missing}: {_UNSETTLED}")
        if other.last < one.first:
            return TimeOrder(*texts, a, _sentence(b, other, a, one))
        if one.last < other.first:
            return TimeOrder(*texts, b, _sentence(a, one, b, other))
        return TimeOrder(*texts, None, f"{a} ({one.text}) and {b} ({other.text}): {_UNSETTLED}")

    def notes(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Sentences on labels that have no date, and on dates of others than these labels."""
        without = [label for label in labels if label not in self.releases]
        unknown = [label for label in self.releases if label not in labels]
        notes = []
        if without:
            notes.append(f"no date of release of {plural(len(without), 'model')}: {_named(without)}")
        if unknown:
            notes.append(f"dates of {plural(len(unknown), 'model')} that are not among these: {_named(unknown)}")
        return tuple(notes)


_UNSETTLED = "dates do not settle which of the two can have learnt from the other"


def _sentence(before: str, first: Release, after: str, then: Release) -> str:
    return (
        f"{before} ({first.text}) was released before {after} ({then.text}): {after} can have learnt from {before}, "
        f"not {before} from {after}"
    )


def _named(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return ", ".join(labels[:NAMED]) + more


def _read(path: Path) -> Iterator[tuple[str, Release]]:
    for label, when, place in read_label_file(path, "date", "a date"):
        yield label, _release(when, place)


def _written(when: str | date) -> str:
    """A date as it is written: a text without the spaces around it, a day without its time."""
    return when.strip() if isinstance(when, str) else str(when.date() if isinstance(when, datetime) else when)


def _release(text: str, place: str) -> Release:
    found = _DATE.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        year, month, day = (int(part) if part else None for part in found.groups())
        assert year is not None and month is not None
        first = date(year, month, day or 1)
        last = date(year, month, day or calendar.monthrange(year, month)[1])
    except ValueError:
        raise BadInputError(f"{place}: {text!r} is no date; write 2024-11-05, or 2024-11") from None
    return Release(text, first, last)
