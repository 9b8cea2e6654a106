"""The rows of a table, decoded from its parts, one after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import ALL, N_BLOCKS
from fastslop._kernels.profiles.packed_rows import (
    CUT,
    IMPOSSIBLE,
    LEFT_OVER,
    OUTSIDE,
    PAD,
    SOUND,
    UNKNOWN_PROMPT,
    UNKNOWN_TOKEN,
    UNSORTED,
    NgramRows,
    RowFilter,
    RowLimits,
    decode_rows,
)
from fastslop.base.arrays import Ids, Keys
from fastslop.base.errors import BadInputError
from fastslop.base.spec import Table
from fastslop.profiles.parts import Part
from fastslop.profiles.profile import MAX_PROMPTS, Prompts
from fastslop.profiles.shares import most_hash

EVERY_ROW = RowFilter(1, np.zeros(0, np.uint64), ALL)
_N_PLACES, _UNITS_MET = 7, 6
"""Numbers of the kernel's state that are those of a part, and the place among them of the units met."""
FAULTS = {
    int(CUT): "its streams end within it",
    int(UNKNOWN_TOKEN): "it names a token beyond the vocabulary",
    int(UNSORTED): "it does not come behind the row before",
    int(UNKNOWN_PROMPT): "its prompts do not rise, or are beyond the last",
    int(IMPOSSIBLE): "its counts are not those of so many prompts, documents and words",
    int(LEFT_OVER): "bytes are left behind the last",
    int(OUTSIDE): "its words are not among those of which a profile of this `scaled` has n-grams",
}
"""What is wrong with a row, by the kernel's number of the fault."""


class RowReader:
    """Reads the rows of a table part by part, and refuses what no profile has.

    A profile may come from a stranger, whose checksums agree with whatever is in it. So nothing is believed of the
    streams: the kernel keeps within its arrays, and what does not fit the vocabulary, the prompts and their totals is
    an error. What is passed over is not looked at.
    """

    def __init__(
        self,
        title: str,
        table: Table,
        scaled: int,
        prompts: Prompts,
        token_keys: Keys,
        ranks: Ids,
        numbers: tuple[Ids, Ids] | None = None,
    ):
        """Read rows of a table of which one in ``scaled`` is kept, of a profile that messages name ``title``.

        It has these prompts, and tokens of these keys u64; ``ranks`` u32 are those of its codes. ``numbers`` u32: the
        new id of each of its tokens, and the new number of each of its prompts, if they get any.
        """
        self._title, self._section = title, f"{table[0]}-{table[1]}"
        tokens, prompt_numbers = numbers or (_as_they_are(len(ranks)), _as_they_are(len(prompts.keys)))
        self._renumber = (ranks, tokens, prompt_numbers, token_keys)
        self._limits = limits_of(prompts, scaled)
        self._state = np.full(_N_PLACES + table[1], -1, np.int64)
        self._streams: tuple[NDArray[np.uint8], ...] = ()
        self._n_units = 0

    def begin(self, part: Part) -> None:
        """Turn to the next part."""
        self._streams, self._n_units = padded(part), part.n_units
        self._state[:_N_PLACES] = 0

    @property
    def has_rows(self) -> bool:
        """Whether rows of the part are left."""
        return bool(self._streams) and int(self._state[0]) < len(self._streams[0]) - PAD

    def read(
        self, out: NgramRows, begins: NDArray[np.int64], row: int, last_row: int, units: int, wanted: RowFilter
    ) -> tuple[int, int]:
        """Read wanted rows into the rows ``row:last_row`` of ``out``, and their units from ``units`` on, as long as
        there is room; returns the ends of both. ``begins`` i64 gets the first unit of each.

        Raises
        ------
        BadInputError
            If a row is none that a profile can have.
        """
        ends = decode_rows(
            self._streams, self._state, self._renumber, self._limits, out, begins, row, last_row, units, wanted
        )
        if ends[2] != SOUND:
            raise self._damaged(FAULTS[int(ends[2])])
        if not self.has_rows and self._state[_UNITS_MET] != self._n_units:
            n_met = int(self._state[_UNITS_MET])
            raise self._damaged(f"its rows have {n_met:,} counts by prompt, not {self._n_units:,} as it says")
        return int(ends[0]), int(ends[1])

    def read_whole(
        self, out: NgramRows, begins: NDArray[np.int64], row: int, units: int, wanted: RowFilter
    ) -> tuple[int, int]:
        """Read the wanted rows of a whole part, for which there is room; errors are those of ``read``."""
        ends = self.read(out, begins, row, len(out.n), units, wanted)
        if self.has_rows:
            raise self._damaged(FAULTS[int(IMPOSSIBLE)])
        return ends

    def _damaged(self, what: str) -> BadInputError:
        place = f"row {int(self._state[0]) + 1:,} of a part of {self._section}"
        return BadInputError(f"{self._title} is damaged at {place}: {what}; write it again from its source")


def padded(part: Part) -> tuple[NDArray[np.uint8], ...]:
    """The streams of a part as kernels take them: u8, with ``PAD`` zeros behind each."""
    return tuple(np.frombuffer(stream + bytes(PAD), np.uint8) for stream in part.streams)


def _as_they_are(n: int) -> Ids:
    """The numbers u32 of what is not renumbered."""
    return np.arange(n, dtype=np.uint32)


def limits_of(prompts: Prompts, scaled: int = 1) -> RowLimits:
    """What no row of a profile of these prompts, of which one in ``scaled`` is kept, goes beyond."""
    n_prompts = len(prompts.keys)
    n = int(prompts.n_words.sum()) + int(prompts.n_marks.sum())
    n_blocks = N_BLOCKS if n_prompts > MAX_PROMPTS else 0
    return RowLimits(
        max(n_prompts - 1, 0).bit_length(),
        min(n_prompts, prompts.cap),
        n_blocks,
        n,
        int(prompts.n_docs.sum()),
        most_hash(scaled),
    )
