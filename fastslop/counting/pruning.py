"""Rows that are left out while they are counted, as merging leaves them out later: those in few prompts (``merge
--min-prompts``) and n-grams outside the share of a scaled profile (``merge --scaled``)."""

from __future__ import annotations

from collections import Counter
from threading import Lock

import numpy as np

from fastslop._kernels.counting.rare_rows import drop_rare_rows, note_prompts
from fastslop._kernels.counting.sampled_rows import drop_rows_outside
from fastslop._kernels.machine.constants import BLOCK_FLAG
from fastslop._kernels.profiles.packed_rows import NgramRows
from fastslop.base.arrays import Counts, Ids, Keys
from fastslop.base.spec import CountSpec, Table
from fastslop.counting.label_numbering import LabelNumbering
from fastslop.counting.window_layout import WindowLayout
from fastslop.profiles.rows import rows_of
from fastslop.profiles.shares import in_share, most_hash


class Pruning:
    """Leaves out n-grams that are not in the share of a scaled profile, and of the others rows in fewer than
    ``min_prompts`` prompts, of which it counts in ``left_out`` how many each table has.

    Several threads may use it at once. With ``min_prompts`` up to 1 and a ``scaled`` of 1 it leaves out nothing.
    """

    def __init__(self, spec: CountSpec, token_keys: Keys, min_prompts: int = 0) -> None:
        self.spec, self.token_keys, self.min_prompts = spec, token_keys, min_prompts
        self.left_out: Counter[Table] = Counter()
        self._lock = Lock()

    def drop(self, table: Table, records: Keys, ends: Counts, layout: WindowLayout, group: int, steps: Keys) -> Keys:
        """Drop rows from sorted records of a table, and return those that are left; ``ends`` is written over.

        The records are of groups from number ``group`` on; ``steps`` u64 are those of the kernel ``step_prompts``.
        """
        n = len(records)
        scaled = self.spec.scaled_of(table[1])
        if scaled > 1:
            of_order = layout.for_kernel(table[1], group)
            n = drop_rows_outside(records, ends, of_order, self.token_keys, most_hash(scaled))
        if self.min_prompts > 1:
            n, n_dropped = drop_rare_rows(records[:n], ends, layout.doc_bits, steps, self.min_prompts)
            with self._lock:
                self.left_out[table] += n_dropped
        # Copied where few are left: else many large buffers, nearly empty, would wait for a part to be full.
        return records[:n].copy() if scaled > 1 else records[:n]

    def keeps(self, table: Table, units: Ids) -> bool:
        """Whether a row of these units, prompts or blocks, is kept."""
        is_kept = len(units) >= self.min_prompts or bool(units[0] & BLOCK_FLAG)  # blocks are of many prompts
        if not is_kept:
            with self._lock:
                self.left_out[table] += 1
        return is_kept

    def kept(self, table: Table, rows: NgramRows) -> NgramRows:
        """The rows of a table that are kept."""
        scaled = self.spec.scaled_of(table[1])
        if scaled > 1:
            rows = rows_of(rows, np.flatnonzero(in_share(rows.ids, self.token_keys, scaled)))
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
