"""Documents to numbered words on all cores, chunk by chunk, and to one vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from fastslop.base.arrays import Counts, Ids
from fastslop.system.threads import map_bounded
from fastslop.tokens.lexicon import new_lexicon, with_room
from fastslop.vectors.errors import DocumentsError
from fastslop.vectors.words import TokenTexts, WordTokeniser, entered, in_order

CHUNK_CHARS = 1 << 20
"""Characters of a chunk, about: its tokens fit the second cache."""
SKIPPED_RANK = 0xFFFFFFFF
"""The rank of stop words, and of token 0, which have no other."""

Made = TypeVar("Made")
Handle = Callable[[Ids, Counts, WordTokeniser], Made]


def as_strings(documents: Iterable[Any], encoding: str = "utf-8", decode_error: str = "strict") -> list[str]:
    """Documents as a list of strings; bytes are decoded.

    Raises
    ------
    DocumentsError : a document is no text
    """
    if isinstance(documents, str | bytes):
        raise DocumentsError("Iterable over raw text documents expected, string object received: put it into a list")
    to_list = getattr(documents, "to_list", None) or getattr(documents, "tolist", None) or documents.__iter__
    strings: list[Any] = [*to_list()]
    if set(map(type, strings)) <= {str}:
        return strings
    return [_as_string(document, i, encoding, decode_error) for i, document in enumerate(strings)]


def _as_string(document: Any, i: int, encoding: str, decode_error: str) -> str:
    if isinstance(document, str):
        return str.__str__(document)
    if isinstance(document, bytes):
        return document.decode(encoding, decode_error)
    raise DocumentsError(
        f"document {i} is {document!r:.40}, which is no text; leave out or fill what is missing, and convert numbers "
        "with str() first"
    )


def read(
    documents: list[str], workers: int, handle: Handle[Made], new_tokeniser: Callable[[], WordTokeniser]
) -> tuple[list[Made], list[WordTokeniser]]:
    """Tokenise documents chunk by chunk; what ``handle`` makes of each, in their order, and the tokenisers used."""
    idle: list[WordTokeniser] = []
    tokenisers: list[WordTokeniser] = []

    def made_of(chunk: tuple[int, int]) -> Made:
        try:
            tokeniser = idle.pop()
        except IndexError:
            tokeniser = new_tokeniser()
            tokenisers.append(tokeniser)
        made = handle(*tokeniser.tokenise(documents[slice(*chunk)]), tokeniser)
        idle.append(tokeniser)
        return made

    chunks = [*_chunks(documents)]
    return [*map_bounded(made_of, chunks, min(workers, len(chunks)))], tokenisers


def _chunks(documents: list[str]) -> Iterator[tuple[int, int]]:
    """Yield ranges, from and to, of neighbouring documents with about ``CHUNK_CHARS`` characters together."""
    behind = np.cumsum(np.fromiter(map(len, documents), np.int64, len(documents)))
    first = 0
    while first < len(documents):
        before = int(behind[first - 1]) if first else 0
        last = max(int(np.searchsorted(behind, before + CHUNK_CHARS, "right")), first + 1)
        yield first, last
        first = last


class Union:
    """The words of several tokenisers as one vocabulary, ``texts`` in their order, without stop words.

    ``ranks`` has, by tokeniser, the rank u32 of each token.
    """

    def __init__(self, tokenisers: Sequence[WordTokeniser], stop_words: Sequence[str]) -> None:
        each = [*(tokeniser.texts for tokeniser in tokenisers), TokenTexts.of(stop_words)]
        lexicon = tokenisers[0].lexicon if tokenisers else new_lexicon(1, 1)  # the first one's tokens are there already
        known = np.arange(1, int(lexicon.used[0]), dtype=np.uint32)
        lexicon = with_room(lexicon, sum(len(texts.ends) for texts in each), sum(texts.n_bytes for texts in each))
        maps = [known, *(entered(texts, lexicon) for texts in each[len(tokenisers) > 0 :])]
        stopped = maps.pop()
        n_all = int(lexicon.used[0])
        rank = np.full(n_all, SKIPPED_RANK, np.uint32)
        is_word = np.ones(n_all, np.bool_)
        is_word[0] = False
        is_word[stopped] = False
        words = np.flatnonzero(is_word)
        every = TokenTexts(lexicon.arena, lexicon.ends[1:n_all])
        words = words[in_order(every.take(words - 1))]
        rank[words] = np.arange(len(words), dtype=np.uint32)
        self.texts = every.take(words - 1)
        self.ranks = [rank[np.append(np.uint32(0), tokens)] for tokens in maps]
