"""Documents of one label as tokens, which take less room than their text and wait until all texts are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.counting.windows import LONG, shorten
from fastslop.base.arrays import Bytes, Counts, Ids, Keys, Shorts
from fastslop.base.spec import CountSpec
from fastslop.reading.languages import LanguageEvidence
from fastslop.system.spill import Spill, SpilledNumbers
from fastslop.tokens.guards import Guarded, judge
from fastslop.tokens.tokeniser import CapitalCounts, Tokeniser, count_kinds, without_documents
from fastslop.tokens.vocabulary import Vocabulary

DOCUMENT_BYTES = 150
"""Memory a document takes besides its tokens: 48 bytes while it waits, 100 more while its label is counted."""


class LabelDocuments(Protocol):
    """Documents of one label: UTF-8 ``text`` u8 cut at ``doc_offsets`` i64, the key u64 of each one's prompt, and how
    each ended (u8, or None)."""

    @property
    def label(self) -> str: ...
    @property
    def text(self) -> NDArray[np.uint8]: ...
    @property
    def doc_offsets(self) -> NDArray[np.int64]: ...
    @property
    def prompt_keys(self) -> NDArray[np.uint64]: ...
    @property
    def endings(self) -> NDArray[np.uint8] | None: ...


class NumberedTokens(Protocol):
    """Tokens by their numbers, such as those of a tokeniser: the ``keys`` u64 and ``flags`` u8 of each; number 0 is the
    break."""

    @property
    def spec(self) -> CountSpec: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def flags(self) -> Bytes: ...
    def vocabulary_of(self, is_used: NDArray[np.bool_]) -> tuple[Vocabulary, Ids]:
        """The vocabulary of the tokens in use, and the rank u32 of each token in it, 0 for tokens not in use."""
        ...


@dataclass(frozen=True)
class Tokenised:
    """Documents of one label as tokens of a tokeniser, without those set aside, and how many the guards found.

    ``numbers`` u16 are the tokens (see the kernel ``shorten``), in memory or on disk. Each document has the end of its
    numbers, its prompt, its sizes and its text's hash. ``capitals`` has the `CapitalCounts` of all, as numbers u16, in
    memory or on disk: see ``capital_counts``. ``bytes_aside``: bytes of text that were set aside. ``cut_by``: the
    dictionaries that cut some of the text into words, as specifications name them.
    """

    label: str
    tokeniser: NumberedTokens
    numbers: Shorts | SpilledNumbers
    doc_ends: Counts
    prompt_keys: Keys
    n_words: Counts
    n_marks: Counts
    n_bytes: Counts
    text_keys: Keys
    capitals: Shorts | SpilledNumbers
    guarded: Guarded
    bytes_aside: int
    cut_by: str

    @property
    def n_docs(self) -> int:
        """How many documents there are."""
        return len(self.doc_ends)

    @property
    def size(self) -> int:
        """Bytes of memory that the documents take if their tokens are in memory."""
        return 2 * (len(self.numbers) + len(self.capitals)) + DOCUMENT_BYTES * self.n_docs

    @property
    def is_spilled(self) -> bool:
        """Whether the tokens are on disk."""
        return isinstance(self.numbers, SpilledNumbers)

    def read(self) -> Shorts:
        """The tokens' numbers u16, read back if they are on disk."""
        return self.numbers.read() if isinstance(self.numbers, SpilledNumbers) else self.numbers

    def capital_counts(self) -> CapitalCounts:
        """How often the words of the documents stand inside sentences, and with a capital there."""
        numbers = self.capitals.read() if isinstance(self.capitals, SpilledNumbers) else self.capitals
        return CapitalCounts(*numbers.view(np.uint32).reshape(3, -1))

    def spilled(self, spill: Spill) -> Tokenised:
        """The same documents with their tokens on disk."""
        if isinstance(self.numbers, SpilledNumbers) or isinstance(self.capitals, SpilledNumbers):
            return self
        numbers, capitals = map(spill.put_numbers, (self.numbers, self.capitals))
        return replace(self, numbers=numbers, capitals=capitals)

    def of_documents(self, first: int, last: int) -> Tokenised:
        """The documents ``first:last``; the totals of guarded documents and the capitals go with the first part."""
        begin = int(self.doc_ends[first - 1]) if first else 0
        end = int(self.doc_ends[last - 1]) if last else 0
        return Tokenised(
            self.label,
            self.tokeniser,
            self.numbers[begin:end],
            self.doc_ends[first:last] - begin,
            self.prompt_keys[first:last],
            self.n_words[first:last],
            self.n_marks[first:last],
            self.n_bytes[first:last],
            self.text_keys[first:last],
            self.capitals[0:0] if first else self.capitals,
            Guarded() if first else self.guarded,
            0 if first else self.bytes_aside,
            self.cut_by,
        )


def tokenise_documents(
    documents: LabelDocuments, tokeniser: Tokeniser, evidence: LanguageEvidence | None = None
) -> Tokenised:
    """Tokenise documents and judge them; their text can be freed afterwards. ``evidence`` is told of what is kept."""
    tokens, doc_ends = tokeniser.tokenise(documents)
    capitals = tokeniser.capitals[: len(tokens)]
    prompts, n_bytes = documents.prompt_keys, np.diff(documents.doc_offsets)
    verdicts = judge(documents.text, documents.doc_offsets, tokens, doc_ends, documents.endings)
    guarded, bytes_aside = verdicts.total(), 0
    if tokeniser.spec.sets_aside and verdicts.is_suspect.any():
        is_kept = ~verdicts.is_suspect
        capitals = capitals[np.repeat(is_kept, np.diff(doc_ends, prepend=0))]
        tokens, doc_ends = without_documents(tokens, doc_ends, verdicts.is_suspect)
        bytes_aside = int(n_bytes[~is_kept].sum())
        doc_ends, prompts, n_bytes = doc_ends[is_kept], prompts[is_kept], n_bytes[is_kept]
        verdicts = verdicts.take(is_kept)
        guarded = replace(guarded, truncated=verdicts.total().truncated)
    if evidence is not None:
        evidence.add(documents.label, tokeniser, tokens)
    sizes = (*count_kinds(tokens, doc_ends, tokeniser.flags), n_bytes)
    numbers, ends = _shortened(tokens, doc_ends)
    counts = np.concatenate(tokeniser.count_capitals(tokens, doc_ends, capitals)).view(np.uint16)
    of_documents = (prompts, *sizes, verdicts.keys)
    of_chunk = (counts, guarded, bytes_aside, tokeniser.cut_by)
    return Tokenised(documents.label, tokeniser, numbers, ends, *of_documents, *of_chunk)


def _shortened(tokens: Ids, doc_ends: Counts) -> tuple[Shorts, Counts]:
    """Tokens as numbers u16 (see the kernel ``shorten``), and where those of each document end."""
    n_long = int(np.count_nonzero(tokens >= LONG))
    numbers, ends = np.empty(len(tokens) + 2 * n_long, np.uint16), np.empty_like(doc_ends)
    shorten(tokens, doc_ends, numbers, ends)
    return numbers, ends


def halves(chunks: Sequence[Tokenised]) -> tuple[Sequence[Tokenised], Sequence[Tokenised]]:
    """The first half and the rest of chunks, or of the documents of a single one."""
    if len(chunks) > 1:
        return chunks[: len(chunks) // 2], chunks[len(chunks) // 2 :]
    (only,) = chunks
    return [only.of_documents(0, only.n_docs // 2)], [only.of_documents(only.n_docs // 2, only.n_docs)]
