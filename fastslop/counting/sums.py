"""Generations and bytes of text, added up: what was read is what was counted and what was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from fastslop.base.errors import LostCountError
from fastslop.profiles.files import CountedProfile
from fastslop.reading.tally import Tally


@dataclass(frozen=True)
class CountSums:
    """Generations and bytes of their text: all that were read, those in profiles, and those that were set aside."""

    generations: int
    generations_counted: int
    generations_set_aside: int
    bytes: int
    bytes_counted: int
    bytes_set_aside: int

    def check(self) -> None:
        """Check that nothing is lost and nothing doubled.

        Raises
        ------
        LostCountError
            If what was counted and set aside is not what was read.
        """
        for what, n, counted, aside in (
            ("generations", self.generations, self.generations_counted, self.generations_set_aside),
            ("bytes of text", self.bytes, self.bytes_counted, self.bytes_set_aside),
        ):
            if n != counted + aside:
                raise LostCountError(
                    f"{n:,} {what} were read, but {counted:,} counted and {aside:,} set aside; "
                    "this is a fault of fastslop, please report it"
                )

    def to_dict(self) -> dict[str, int]:
        """The sums as plain values."""
        return asdict(self)


def count_sums(tally: Tally, profiles: Sequence[CountedProfile], *, sets_aside: bool, bytes_aside: int) -> CountSums:
    """The sums of a count: what was read by its tally, counted by its profiles, and set aside by its guards."""
    n_aside = sum(p.guarded["looping"] + p.guarded["refused"] for p in profiles) if sets_aside else 0
    return CountSums(
        tally.n_docs,
        sum(p.n_docs for p in profiles),
        n_aside,
        tally.n_bytes,
        sum(p.n_bytes for p in profiles),
        bytes_aside,
    )
