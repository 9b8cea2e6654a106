"""Records of inputs, added up: every one of them gave documents, or was left out for a reason that is told, or both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastslop.base.errors import LostCountError
from fastslop.reading.batches import Batch


@dataclass
class RecordSums:
    """How many records were read, gave documents, and were left out whole or in part; some did both.

    Blank lines are no records.
    """

    n_read: int = 0
    n_used: int = 0
    n_left_out: int = 0
    n_both: int = 0

    def add(self, batch: Batch) -> None:
        """Add the records of a batch.

        Raises
        ------
        LostCountError
            If one of them neither gave a document nor was left out, or one did that is not of the batch.
        """
        used = _distinct(batch.documents.records)
        left_out = _distinct(np.array([number for number, _ in batch.skipped], np.int64))
        n_both = len(np.intersect1d(used, left_out, assume_unique=True)) if len(left_out) else 0
        if len(used) + len(left_out) - n_both != batch.n_records:
            place = batch.plan.place(int(min(*used[:1], *left_out[:1], 1)))
            raise LostCountError(
                f"{place}: of {batch.n_records:,} records from there on {len(used):,} gave texts, {len(left_out):,} "
                f"were left out and {n_both:,} did both, which does not add up; "
                "this is a fault of fastslop, please report it"
            )
        self.n_read += batch.n_records
        self.n_used += len(used)
        self.n_left_out += len(left_out)
        self.n_both += n_both

    def add_sums(self, other: RecordSums) -> None:
        """Add the records of other inputs, or of another part of them."""
        self.n_read += other.n_read
        self.n_used += other.n_used
        self.n_left_out += other.n_left_out
        self.n_both += other.n_both

    def to_dict(self) -> dict[str, int]:
        """The sums as plain values."""
        return {
            "records": self.n_read,
            "records_used": self.n_used,
            "records_left_out": self.n_left_out,
            "records_used_and_left_out": self.n_both,
        }


def _distinct(numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The numbers without repetition, sorted; documents are mostly in the order of their records."""
    if (np.diff(numbers) > 0).all():
        return numbers
    return np.unique(numbers)
