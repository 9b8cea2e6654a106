"""Numbers for all that is counted together: the tokens, documents and prompts of a label, over all its chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.counting.count_prompts import DocumentPrompts, step_prompts
from fastslop._kernels.counting.windows import BETWEEN, SKIPPED, WANTED, TokenRuns, count_tokens
from fastslop._kernels.machine.constants import BREAK_TOKEN, IS_BREAK, IS_MARK
from fastslop.base.arrays import Counts, Ids, Keys, Shorts, in_halves
from fastslop.counting.token_chunks import Tokenised
from fastslop.profiles.capitals import Capitals, sum_of_capitals
from fastslop.profiles.profile import Prompts
from fastslop.system.threads import map_bounded
from fastslop.tokens.ngrams import selects
from fastslop.tokens.vocabulary import Vocabulary, union_of_vocabularies


class LabelNumbering:
    """The vocabulary and the prompts of a label, and the numbers of its tokens and documents in them.

    Documents are numbered in the order of their prompts, so that the sorted records of a row have its prompts sorted.
    Threads go through the documents in ``n_stripes`` stripes; ``n_by_stripe`` i64[stripes, tokens] has how often each
    token of each tokeniser occurs in each. Tokens in memory are gone through in the order of the documents
    (``is_in_order``), those on disk chunk by chunk.
    """

    def __init__(self, chunks: Sequence[Tokenised], workers: int = 1) -> None:
        self.chunks = chunks
        self.is_in_order = not any(chunk.is_spilled for chunk in chunks)
        self.tokenisers = [*dict.fromkeys(chunk.tokeniser for chunk in chunks)]
        self.token_flags = np.concatenate([tokeniser.flags for tokeniser in self.tokenisers])
        self.bases = np.cumsum([0, *(len(tokeniser.keys) for tokeniser in self.tokenisers[:-1])])
        self._number_documents()
        self._count_capitals()
        self.n_stripes = min(workers, len(chunks))
        self.stripes = self._stripes(self.n_stripes) if self.is_in_order else []
        self.n_by_stripe = np.array([*map_bounded(self._n_in, range(self.n_stripes), workers)])
        self._number_tokens(np.split(self.n_by_stripe.sum(axis=0), self.bases[1:]))
        self.rank_bits = len(self.vocabulary.keys).bit_length()  # all ones are no rank: there a window is cut short
        self.doc_bits = max(self.n_docs - 1, 1).bit_length()

    def _number_tokens(self, numbers: Sequence[Counts]) -> None:
        """Give each token in use its rank in the vocabulary of all; ``numbers`` by tokeniser: how often each occurs.

        Of documents that are counted in parts, capitals go with one part, which so knows words of the others.
        """
        inside = np.split(self.n_inside, self.bases[1:])
        are_used = [(n > 0) | (of_tokeniser > 0) for n, of_tokeniser in zip(numbers, inside, strict=True)]
        in_use = [tokeniser.vocabulary_of(used) for tokeniser, used in zip(self.tokenisers, are_used, strict=True)]
        self.vocabulary: Vocabulary = in_halves(union_of_vocabularies, [vocabulary for vocabulary, _ in in_use])
        self.n_of_each = np.zeros(len(self.vocabulary.keys), np.int64)
        self.flags = np.zeros(len(self.vocabulary.keys), np.uint8)
        by_tokeniser = []
        for tokeniser, n, used, (vocabulary, ranks_there) in zip(
            self.tokenisers, numbers, are_used, in_use, strict=True
        ):
            keys = np.append(vocabulary.keys, np.uint64(0))  # so that the rank 0 of unused tokens is always there
            ranks = np.searchsorted(self.vocabulary.keys, keys).astype(np.uint32)[ranks_there]
            self.n_of_each[ranks[used]] += n[used]
            self.flags[ranks[used]] = tokeniser.flags[used]
            by_tokeniser.append(ranks)
        self.ranks = np.concatenate(by_tokeniser)

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
        self.prompt_steps = np.zeros(2 * (self.n_docs // 64 + 1), np.uint64)
        step_prompts(self.doc_prompts, self.prompt_steps)
        units = self.prompts.blocks if len(keys) > self.prompts.cap else np.arange(len(keys))
        self.doc_units = units[self.doc_prompts].astype(np.uint16)  # of each document in a row that has them all

    def _stripes(self, n: int) -> list[TokenRuns]:
        """All documents in order, cut into ``n`` stripes of neighbours whose tokens are about as many numbers."""
        each = [self.runs_of(chunk, chunk.read()) for chunk in self.chunks]
        columns = [np.concatenate(column) for column in zip(*each, strict=True)]
        order = np.argsort(columns[2])
        columns = [column[order] for column in columns]
        total = int(columns[1].sum())
        cuts = np.searchsorted(np.cumsum(columns[1]), [total * i // n for i in range(1, n)])
        return [TokenRuns(*stripe) for stripe in zip(*(np.split(c, cuts) for c in columns), strict=True)]

    def runs(self, stripe: int) -> Iterator[TokenRuns]:
        """Yield the documents of a stripe; those on disk chunk by chunk, each valid until the next is asked for."""
        if self.is_in_order:
            yield self.stripes[stripe]
            return
        for chunk in self.chunks[stripe :: self.n_stripes]:
            numbers = chunk.read()
            yield self.runs_of(chunk, numbers)

    def runs_of(self, chunk: Tokenised, numbers: Shorts) -> TokenRuns:
        """The documents of a chunk, as kernels take them; ``numbers``, their tokens, must be kept alive meanwhile."""
        begins = np.append(0, chunk.doc_ends[:-1])[: chunk.n_docs]
        addresses = np.uint64(numbers.ctypes.data) + 2 * begins.astype(np.uint64)
        bases = np.full(chunk.n_docs, self.base_of(chunk))
        return TokenRuns(addresses, chunk.doc_ends - begins, self.docs[id(chunk)], bases)

    def base_of(self, chunk: Tokenised) -> int:
        """The number of the first token of a chunk's tokeniser, among the tokens of all."""
        return int(self.bases[self.tokenisers.index(chunk.tokeniser)])

    def _n_in(self, stripe: int) -> Counts:
        """How often each token of each tokeniser, without the break, occurs in a stripe."""
        n = np.zeros(len(self.token_flags), np.int64)
        for runs in self.runs(stripe):
            count_tokens(runs, n)
        n[self.bases + BREAK_TOKEN] = 0
        return n

    def _totals(self, keys: Keys, doc_prompts: NDArray[np.int64]) -> Iterator[Counts]:
        for name in ("n_words", "n_marks", "n_bytes"):
            total = np.zeros(len(keys), np.int64)
            np.add.at(total, doc_prompts, np.concatenate([getattr(chunk, name) for chunk in self.chunks]))
            yield total

    def capitals(self) -> Capitals | None:
        """Capitals of the words of all chunks, by rank; None if the tokeniser sees no sentences."""
        if not self.tokenisers[0].spec.knows_sentences:
            return None
        inside = np.flatnonzero(self.n_inside)
        counts = Capitals(self.n_inside[inside], self.n_capital[inside])
        return sum_of_capitals(len(self.vocabulary.keys), [(counts, self.ranks[inside])])

    def _count_capitals(self) -> None:
        """Add up the capitals of each token of each tokeniser: ``n_inside`` and ``n_capital`` i64[tokens]."""
        self.n_inside, self.n_capital = np.zeros((2, len(self.token_flags)), np.int64)
        for chunk in self.chunks:
            tokens, n_inside, n_capital = chunk.capital_counts()
            self.n_inside[self.base_of(chunk) + tokens] += n_inside
            self.n_capital[self.base_of(chunk) + tokens] += n_capital

    @cached_property
    def n_tokens(self) -> int:
        """Tokens of all chunks, without breaks."""
        return int(self.n_by_stripe.sum())

    @property
    def prompts_of_documents(self) -> DocumentPrompts:
        """The prompts of documents, as the kernel ``count_records`` takes them."""
        return DocumentPrompts(self.prompt_steps, self.prompts.blocks, self.prompts.cap, self.doc_units)

    def codes(self, kind: str) -> Ids:
        """Codes u32 of each token of each tokeniser in windows of a kind, for the kernel ``scatter_windows``."""
        flags, wanted = self.token_flags, self.ranks | WANTED
        if kind == "mark":  # what stands beside a mark is of any kind
            codes = np.where(flags & IS_MARK, wanted, self.ranks)
        else:
            between = np.where(flags & IS_BREAK, BETWEEN, SKIPPED)
            codes = np.where(selects(flags, (kind, 2)), wanted, between)
        codes[self.bases + BREAK_TOKEN] = BETWEEN
        return codes
