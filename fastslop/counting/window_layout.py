"""Layout of windows of tokens as numbers of 64 bits: the ranks of the tokens, the first in front, then the document."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class WindowLayout(NamedTuple):
    """Layout of the windows of a ``kind``, off which n-grams of ``orders`` are read.

    A rank has ``rank_bits`` and a document ``doc_bits``. The first ``group_bits`` of a window's first rank give its
    group and are not in the window.
    """

    kind: str
    orders: tuple[int, ...]
    rank_bits: int
    doc_bits: int
    group_bits: int

    @property
    def longest(self) -> int:
        """Tokens of a window."""
        return max(self.orders)

    @property
    def shift(self) -> int:
        """Bits of a first rank behind those of the group."""
        return self.rank_bits - self.group_bits

    def bit_of_token(self, i: int) -> int:
        """The lowest bit of a window's i-th token."""
        return self.doc_bits + (self.longest - 1 - i) * self.rank_bits

    def for_kernel(self, order: int, *groups: int) -> tuple[np.uint64, ...]:
        """The layout as kernels take it, u64: ``order`` tokens of a window or of a row read off it, bits of a rank and
        of a document, shift of the group, numbers of groups."""
        return as_u64(order, self.rank_bits, self.doc_bits, self.shift, *groups)


def as_u64(*values: int) -> tuple[np.uint64, ...]:
    """Numbers as u64, as kernels take them."""
    return tuple(map(np.uint64, values))
