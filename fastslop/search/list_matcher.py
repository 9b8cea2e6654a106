"""A list's phrases, n-grams without stopwords and regular expressions to how often each document has one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fastslop._kernels.search.matcher import mark_apart
from fastslop.base.arrays import Counts, Ints
from fastslop.base.errors import BadInputError
from fastslop.base.spec import CountSpec
from fastslop.reading.documents import Documents
from fastslop.search.expressions import Expression, count_matches
from fastslop.search.list_entries import ListEntries, with_contractions
from fastslop.search.matcher import Matcher, matcher_of_words
from fastslop.tokens.tokeniser import TokenStream


@dataclass(frozen=True)
class ListMatcher:
    """A list, to be looked for in documents.

    At each place the longest phrase or n-gram counts, and the search goes on behind it, so that none counts within
    another. Regular expressions count beside them, since they may span whole sentences; of those that overlap one
    counts.
    """

    spec: CountSpec
    phrases: Matcher | None
    ngrams: Matcher | None
    expressions: tuple[Expression, ...] = ()

    def count(self, documents: Documents, stream: TokenStream, place: Callable[[int], str]) -> Counts:
        """The number of matches in each document, i64[documents]; ``place`` names the place of a record.

        Raises
        ------
        BadInputError
            If a regular expression takes too long for a text.
        """
        docs = self._docs_of_words(stream)
        return np.bincount(docs, minlength=len(documents)) + self._of_expressions(documents, place)

    def _docs_of_words(self, stream: TokenStream) -> Ints:
        """The document of each match of a phrase or n-gram."""
        if self.phrases is not None and self.ngrams is None:
            return self.phrases.find(self.phrases.words_of(stream)).docs.astype(np.int64)
        found = [_all_spans(one, stream) for one in (self.phrases, self.ngrams) if one is not None]
        if not found:
            return np.empty(0, np.int64)
        starts, ends, docs = (np.concatenate(columns) for columns in zip(*found, strict=True))
        order = np.lexsort((-ends, starts))
        is_apart = np.empty(len(order), np.bool_)
        mark_apart(starts[order], ends[order], is_apart)
        return docs[order][is_apart]

    def _of_expressions(self, documents: Documents, place: Callable[[int], str]) -> Counts:
        n_matches = np.zeros(len(documents), np.int64)
        for doc in range(len(documents) if self.expressions else 0):
            try:
                n_matches[doc] = count_matches(self.expressions, documents.text_of(doc).decode())
            except BadInputError as error:
                raise BadInputError(f"{place(int(documents.records[doc]))}: {error}") from None
        return n_matches


def _all_spans(matcher: Matcher, stream: TokenStream) -> tuple[Ints, Ints, Ints]:
    """From which token to which each match goes, and its document, i64 each; matches may overlap."""
    words = matcher.words_of(stream)
    found = matcher.find(words, longest=False)
    return words.at[found.starts], words.at[found.ends - 1] + 1, found.docs.astype(np.int64)


def matcher_of_list(entries: ListEntries, spec: CountSpec) -> ListMatcher:
    """A matcher of what a list holds."""
    phrases = matcher_of_words(entries.phrases, spec) if entries.phrases else None
    ngrams = with_contractions(entries.ngrams)
    content = matcher_of_words(ngrams, spec, content_only=True) if ngrams else None
    return ListMatcher(spec, phrases, content, entries.expressions)
