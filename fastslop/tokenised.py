"""Documents of one label as tokens, a quarter of which is all the room they take: what waits until a label is whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fastslop import _kernels as k
from fastslop.guards import Guarded, judge
from fastslop.profile import Counts, Keys
from fastslop.spec import CountSpec
from fastslop.tokens import TokenStream, token_stream


class Documents(Protocol):
    """Documents of one label: UTF-8 ``text`` cut at ``doc_offsets``, and the key of each one's prompt."""

    @property
    def label(self) -> str: ...
    @property
    def text(self) -> NDArray[np.uint8]: ...
    @property
    def doc_offsets(self) -> NDArray[np.int64]: ...
    @property
    def prompt_keys(self) -> NDArray[np.uint64]: ...


@dataclass(frozen=True)
class Tokenised:
    """Documents of one label as tokens, with the prompt, the sizes and the text's hash of each; what was set aside."""

    label: str
    stream: TokenStream
    prompt_keys: Keys
    n_words: Counts
    n_marks: Counts
    n_bytes: Counts
    text_keys: Keys
    guarded: Guarded

    @property
    def size(self) -> int:
        """Bytes of memory it takes."""
        return self.stream.n_bytes + 6 * self.n_words.nbytes

    def of_documents(self, first: int, last: int) -> Tokenised:
        """The documents ``first:last``; the first of them have what was guarded against in all."""
        return Tokenised(
            self.label,
            self.stream.of_documents(first, last),
            self.prompt_keys[first:last],
            self.n_words[first:last],
            self.n_marks[first:last],
            self.n_bytes[first:last],
            self.text_keys[first:last],
            Guarded() if first else self.guarded,
        )


def tokenise_documents(documents: Documents, spec: CountSpec) -> Tokenised:
    """What is counted of documents; their text is not needed any more."""
    stream = token_stream(documents, spec)
    prompts, n_bytes = documents.prompt_keys, np.diff(documents.doc_offsets)
    verdicts = judge(documents.text, documents.doc_offsets, stream.tokens, stream.doc_ends)
    guarded = verdicts.total()
    if spec.sets_aside and verdicts.is_suspect.any():
        is_kept = ~verdicts.is_suspect
        stream = stream.without(verdicts.is_suspect)
        prompts, n_bytes, verdicts = prompts[is_kept], n_bytes[is_kept], verdicts.take(is_kept)
        guarded = replace(guarded, truncated=verdicts.total().truncated)
    words, marks = stream.per_document(k.IS_WORD), stream.per_document(k.IS_MARK)
    return Tokenised(documents.label, stream, prompts, words, marks, n_bytes, verdicts.keys, guarded)


def in_two(chunks: Sequence[Tokenised]) -> tuple[Sequence[Tokenised], Sequence[Tokenised]]:
    """The first half and the rest of chunks, or of the documents of a single one."""
    if len(chunks) > 1:
        return chunks[: len(chunks) // 2], chunks[len(chunks) // 2 :]
    (only,), n_docs = chunks, len(chunks[0].n_words)
    return [only.of_documents(0, n_docs // 2)], [only.of_documents(n_docs // 2, n_docs)]
