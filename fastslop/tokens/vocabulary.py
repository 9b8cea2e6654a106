"""The tokens of a profile, sorted by the hashes of their text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastslop.base.arrays import Bytes, Counts, Ids, Keys, union_of_keys
from fastslop.base.errors import BadInputError


@dataclass(frozen=True)
class Vocabulary:
    """Tokens sorted by ``keys`` u64, the FNV-1a hashes of their text; ``kinds`` u8; ``text`` u8 up to ``ends`` i64."""

    keys: Keys
    kinds: Bytes
    text: Bytes
    ends: Counts

    @staticmethod
    def empty() -> Vocabulary:
        """A vocabulary without tokens."""
        none = np.zeros(0, np.uint8)
        return Vocabulary(np.zeros(0, np.uint64), none, none, np.zeros(0, np.int64))

    @property
    def starts(self) -> Counts:
        """The places i64 where each token's text begins."""
        starts = np.zeros_like(self.ends)
        starts[1:] = self.ends[:-1]
        return starts

    @cached_property
    def tokens(self) -> pl.Series:
        """The tokens as strings."""
        joined = pl.Series("token", [self.ended()[:-1].tobytes().decode()], pl.String)
        return joined.str.split("\0").explode() if len(self.ends) else joined.clear()

    def ended(self) -> Bytes:
        """The text u8 of all tokens, each with a NUL behind it, which no token holds."""
        n = len(self.ends)
        ended = np.zeros(len(self.text) + n, np.uint8)
        ended[np.arange(len(self.text)) + np.repeat(np.arange(n), self.ends - self.starts)] = self.text
        return ended

    def take(self, rows: NDArray[np.int64]) -> Vocabulary:
        """The vocabulary of the tokens at ``rows`` i64, in this order."""
        lengths = (self.ends - self.starts)[rows]
        ends = np.cumsum(lengths, dtype=np.int64)
        at = np.repeat(self.starts[rows] - (ends - lengths), lengths) + np.arange(int(lengths.sum()))
        return Vocabulary(self.keys[rows], self.kinds[rows], self.text[at], ends)

    def of_used(self, is_used: NDArray[np.bool_]) -> tuple[Vocabulary, Ids]:
        """Those of these tokens, in any order, that are in use, sorted; and the rank u32 of each, 0 if not in use."""
        used = np.flatnonzero(is_used)
        used = used[np.argsort(self.keys[used])]
        rank = np.zeros(len(is_used), np.uint32)
        rank[used] = np.arange(len(used), dtype=np.uint32)
        return self.take(used), rank


def union_of_vocabularies(a: Vocabulary, b: Vocabulary) -> Vocabulary:
    """The vocabulary of all tokens of ``a`` and ``b``.

    Raises
    ------
    BadInputError
        If two different tokens have one hash: expected once in 10^19 pairs, and never passed over.
    """
    keys = union_of_keys(a.keys, b.keys)
    a_ranks, b_ranks = np.searchsorted(keys, a.keys), np.searchsorted(keys, b.keys)
    rows = np.empty(len(keys), np.int64)
    rows[b_ranks] = np.arange(len(b_ranks)) + len(a_ranks)
    rows[a_ranks] = np.arange(len(a_ranks))
    both = Vocabulary(
        np.concatenate((a.keys, b.keys)),
        np.concatenate((a.kinds, b.kinds)),
        np.concatenate((a.text, b.text)),
        np.concatenate((a.ends, b.ends + len(a.text))),
    )
    union = both.take(rows)
    same = union.take(b_ranks)
    if not (np.array_equal(same.ends, b.ends) and np.array_equal(same.text, b.text)):
        one, other = next(pair for pair in zip(same.tokens, b.tokens, strict=True) if pair[0] != pair[1])
        raise BadInputError(
            f"the words {one!r} and {other!r} have the same 64-bit hash, so that these profiles cannot be used "
            "together; take one of the words out of the texts"
        )
    return union
