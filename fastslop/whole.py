"""All that is counted together: the vocabulary and the prompts of a label's chunks, and the numbers in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fastslop import _kernels as k
from fastslop.parallel import map_bounded
from fastslop.profile import Counts, Ids, Keys, Prompts, Vocabulary, in_halves, union_of_vocabularies
from fastslop.spec import Table
from fastslop.tokenised import Tokenised
from fastslop.tokens import Tokeniser


class Whole:
    """The vocabulary and the prompts of all chunks, and the numbers in them of tokens and documents.

    Chunks are in ``stripes``, as many as there are workers; ``numbers`` has how often each token occurs in each.
    Documents are numbered in the order of their prompts, so that the sorted records of a row have its prompts sorted.
    """

    def __init__(self, chunks: Sequence[Tokenised], workers: int = 1) -> None:
        self.chunks = chunks
        self.stripes = [chunks[i::workers] for i in range(min(workers, len(chunks)))]
        self.numbers = [*map_bounded(_numbers_by_tokeniser, self.stripes, workers)]
        numbers = _sums(self.numbers)
        found = [tokeniser.vocabulary_of(n > 0) for tokeniser, n in numbers.items()]
        self.vocabulary: Vocabulary = in_halves(union_of_vocabularies, [vocabulary for vocabulary, _ in found])
        self.ranks: dict[Tokeniser, Ids] = {}
        self.n_of_each = np.zeros(len(self.vocabulary.keys), np.int64)
        self.flags = np.zeros(len(self.vocabulary.keys), np.uint8)
        for (tokeniser, n), (own, own_ranks) in zip(numbers.items(), found, strict=True):
            ranks = np.searchsorted(self.vocabulary.keys, own.keys).astype(np.uint32)
            self.ranks[tokeniser] = np.append(ranks, np.uint32(0))[own_ranks]
            used = n > 0
            self.n_of_each[self.ranks[tokeniser][used]] += n[used]
            self.flags[self.ranks[tokeniser][used]] = tokeniser.flags[: len(n)][used]
        self._number_documents()
        self.rank_bits = len(self.vocabulary.keys).bit_length()  # all ones are no rank: nothing follows there
        self.doc_bits = max(self.n_docs - 1, 1).bit_length()

    def _number_documents(self) -> None:
        keys, doc_prompts = np.unique(np.concatenate([chunk.prompt_keys for chunk in self.chunks]), return_inverse=True)
        self.n_docs = len(doc_prompts)
        self.prompts = Prompts(keys, np.bincount(doc_prompts, minlength=len(keys)), *self._totals(keys, doc_prompts))
        order = np.argsort(doc_prompts, kind="stable")
        numbers = np.empty(self.n_docs, np.uint32)
        numbers[order] = np.arange(self.n_docs, dtype=np.uint32)
        docs = np.split(numbers, np.cumsum([chunk.n_docs for chunk in self.chunks])[:-1])
        self.docs = dict(zip(map(id, self.chunks), docs, strict=True))
        self.doc_prompts = doc_prompts[order].astype(np.uint32)

    def _totals(self, keys: Keys, doc_prompts: NDArray[np.int64]) -> Iterator[Counts]:
        for name in ("n_words", "n_marks", "n_bytes"):
            total = np.zeros(len(keys), np.int64)
            np.add.at(total, doc_prompts, np.concatenate([getattr(chunk, name) for chunk in self.chunks]))
            yield total

    @cached_property
    def n_tokens(self) -> int:
        """Tokens of all chunks, breaks included."""
        return sum(len(chunk.tokens) for chunk in self.chunks)

    def codes(self, kind: str) -> dict[Tokeniser, Ids]:
        """How a kind's windows see each token of each tokeniser: see ``_kernels.scatter_windows``."""
        return {
            tokeniser: _codes(ranks, tokeniser.flags[: len(ranks)], kind) for tokeniser, ranks in self.ranks.items()
        }


def _numbers_by_tokeniser(chunks: Sequence[Tokenised]) -> dict[Tokeniser, Counts]:
    """Of each tokeniser, how often each of its tokens, but not the break, occurs in the chunks."""
    numbers = {chunk.tokeniser: np.zeros(len(chunk.tokeniser.keys), np.int64) for chunk in chunks}
    for chunk in chunks:
        n = numbers[chunk.tokeniser]
        n += np.bincount(chunk.read(), minlength=len(n))
        n[k.BREAK_TOKEN] = 0
    return numbers


def _sums(numbers: Sequence[dict[Tokeniser, Counts]]) -> dict[Tokeniser, Counts]:
    """The sums of several such numbers."""
    total = {tokeniser: np.zeros_like(n) for each in numbers for tokeniser, n in each.items()}
    for each in numbers:
        for tokeniser, n in each.items():
            total[tokeniser] += n
    return total


def _codes(ranks: Ids, flags: NDArray[np.uint8], kind: str) -> Ids:
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
