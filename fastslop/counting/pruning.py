"""Rows in few prompts that are left out while they are counted, as ``merge --min-prompts`` leaves them out later."""

from __future__ import annotations

from collections import Counter
from threading import Lock

import numpy as np

from fastslop._kernels.counting.rare_rows import drop_rare_rows, note_prompts
from fastslop._kernels.machine.constants import BLOCK_FLAG
from fastslop._kernels.profiles.packed_rows import NgramRows
from fastslop.base.arrays import Counts, Ids, Keys
from fastslop.base.spec import Table
from fastslop.counting.label_numbering import LabelNumbering
from fastslop.profiles.rows import rows_of


class Pruning:
    """Leaves out rows in fewer than ``min_prompts`` prompts, and counts in ``left_out`` how many of each table.

    Several threads may use it at once. With ``min_prompts`` up to 1 it leaves out nothing.
    """

    def __init__(self, min_prompts: int = 0) -> None:
        self.min_prompts = min_prompts
        self.left_out: Counter[Table] = Counter()
        self._lock = Lock()

    def drop(self, table: Table, records: Keys, ends: Counts, doc_bits: int, steps: Keys) -> int:
        """Drop rows from sorted records of a table, in place; return how many records are left."""
        if self.min_prompts <= 1:
            return len(records)
        n, n_dropped = drop_rare_rows(records, ends, doc_bits, steps, self.min_prompts)
        with self._lock:
            self.left_out[table] += n_dropped
        return int(n)

    def keeps(self, table: Table, units: Ids) -> bool:
        """Whether a row of these units, prompts or blocks, is kept."""
        is_kept = len(units) >= self.min_prompts or bool(units[0] & BLOCK_FLAG)  # blocks are of many prompts
        if not is_kept:
            with self._lock:
                self.left_out[table] += 1
        return is_kept

    def kept(self, table: Table, rows: NgramRows) -> NgramRows:
        """The rows of a table that are kept."""
        if self.min_prompts <= 1:
            return rows
        n_units = np.diff(rows.ends, prepend=0)
        is_kept = (n_units >= self.min_prompts) | (rows.units[rows.ends - n_units] & BLOCK_FLAG != 0)
        with self._lock:
            self.left_out[table] += int(np.count_nonzero(~is_kept))
        return rows_of(rows, np.flatnonzero(is_kept))

    def n_of_kept(self, numbering: LabelNumbering) -> Counts:
        """How often each token of a label occurs, 0 for one in too few prompts: i64[tokens]."""
        n = numbering.n_of_each
        if self.min_prompts <= 1:
            return n
        seen, n_seen = np.empty((len(n), self.min_prompts), np.uint32), np.zeros(len(n), np.int64)
        for stripe in range(numbering.n_stripes):
            for runs in numbering.runs(stripe):
                note_prompts(runs, numbering.doc_prompts, numbering.ranks, seen, n_seen)
        return np.where(n_seen >= self.min_prompts, n, 0)
