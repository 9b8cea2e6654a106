"""All that is counted together: the vocabulary and the prompts of a label's chunks, and the numbers in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from fastslop import _kernels as k
from fastslop.profile import Counts, Ids, Keys, Prompts, Vocabulary, in_halves, union_of_vocabularies
from fastslop.spec import Table
from fastslop.tokenised import Tokenised
from fastslop.tokens import TokenStream


class Whole:
    """The vocabulary and the prompts of all chunks, and the numbers in them of each chunk's tokens and documents.

    Documents are numbered in the order of their prompts, so that the sorted records of a row have its prompts sorted.
    """

    def __init__(self, chunks: Sequence[Tokenised]) -> None:
        self.chunks = chunks
        self.vocabulary: Vocabulary = in_halves(union_of_vocabularies, [chunk.stream.vocabulary for chunk in chunks])
        self.ranks = [_ranks_in(self.vocabulary, chunk.stream) for chunk in chunks]
        keys, doc_prompts = np.unique(np.concatenate([chunk.prompt_keys for chunk in chunks]), return_inverse=True)
        self.n_docs = len(doc_prompts)
        self.prompts = Prompts(keys, np.bincount(doc_prompts, minlength=len(keys)), *self._totals(keys, doc_prompts))
        order = np.argsort(doc_prompts, kind="stable")
        numbers = np.empty(self.n_docs, np.uint32)
        numbers[order] = np.arange(self.n_docs, dtype=np.uint32)
        self.docs = np.split(numbers, np.cumsum([len(chunk.n_words) for chunk in chunks])[:-1])
        self.doc_prompts = doc_prompts[order].astype(np.uint32)
        self.rank_bits = len(self.vocabulary.keys).bit_length()  # all ones are no rank: nothing follows there
        self.doc_bits = max(self.n_docs - 1, 1).bit_length()

    def _totals(self, keys: Keys, doc_prompts: NDArray[np.int64]) -> Iterator[Counts]:
        for name in ("n_words", "n_marks", "n_bytes"):
            total = np.zeros(len(keys), np.int64)
            np.add.at(total, doc_prompts, np.concatenate([getattr(chunk, name) for chunk in self.chunks]))
            yield total

    @property
    def n_tokens(self) -> int:
        """Tokens of all chunks, breaks included."""
        return sum(len(chunk.stream.tokens) for chunk in self.chunks)

    def flags(self) -> NDArray[np.uint8]:
        """The flags of each token of the vocabulary."""
        found = np.zeros(len(self.vocabulary.keys), np.uint8)
        for chunk, ranks in zip(self.chunks, self.ranks, strict=True):
            found[ranks[1:]] = chunk.stream.flags[1:]
        return found

    def n_of_each(self) -> Counts:
        """How often each token of the vocabulary occurs."""
        n = np.zeros(len(self.vocabulary.keys) + 1, np.int64)
        for chunk, ranks in zip(self.chunks, self.ranks, strict=True):
            own = np.bincount(chunk.stream.tokens, minlength=len(ranks))
            np.add.at(n, ranks[1:], own[1:])
        return n[:-1]

    def codes(self, i: int, kind: str) -> Ids:
        """How a kind's windows of chunk ``i`` see each of its tokens: see ``_kernels.scatter_windows``."""
        ranks, flags = self.ranks[i], self.chunks[i].stream.flags
        wanted = ranks | k.WANTED
        if kind == "mark":  # what stands beside a mark is of any kind
            codes = np.where(flags & k.IS_MARK, wanted, ranks)
        else:
            between = np.where(flags & k.IS_BREAK, k.BETWEEN, k.SKIPPED)
            codes = np.where(selects(flags, (kind, 2)), wanted, between)
        codes[k.BREAK_TOKEN] = k.BETWEEN
        return codes


def flags_of(table: Table) -> tuple[int, int]:
    """The flags that tokens of a table's n-grams must have one of, and those that they must not have."""
    kind, order = table
    if kind == "mark":
        return k.IS_MARK, 0
    return k.IS_WORD, (k.IS_STOPWORD if kind == "content" else 0) | (k.IS_SHORT if order == 1 else 0)


def selects(flags: NDArray[np.uint8], table: Table) -> NDArray[np.bool_]:
    """Whether tokens of these flags are in a table's n-grams."""
    keep, drop = flags_of(table)
    return np.asarray((flags & keep != 0) & (flags & drop == 0))


def _ranks_in(vocabulary: Vocabulary, stream: TokenStream) -> Ids:
    """The rank in a larger vocabulary of each of the stream's tokens; of the break and of those not used, any."""
    return np.append(np.searchsorted(vocabulary.keys, stream.vocabulary.keys), 0)[stream.rank].astype(np.uint32)
