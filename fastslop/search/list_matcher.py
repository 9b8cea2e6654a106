"""A list's phrases, n-grams without stopwords and regular expressions to how often each document has one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from fastslop._kernels.machine.constants import IS_WORD
from fastslop._kernels.search.matcher import mark_apart
from fastslop.base.arrays import Bytes, Counts, Ints, to_bytes
from fastslop.base.errors import BadInputError
from fastslop.base.spec import CountSpec
from fastslop.reading.documents import Documents
from fastslop.search.expressions import Expression, count_matches
from fastslop.search.list_entries import ListEntries, Phrase, with_contractions
from fastslop.search.matcher import Matcher, matcher_of_words, stream_of
from fastslop.tokens.dictionaries import CHARACTERS
from fastslop.tokens.tokeniser import TokenStream


@dataclass(frozen=True)
class ListMatcher:
    """A list, to be looked for in documents.

    At each place the longest phrase or n-gram counts, and the search goes on behind it, so that none counts within
    another. Regular expressions count beside them, since they may span whole sentences; of those that overlap one
    counts.

    In text that is cut into words by a dictionary, phrases are found wherever their characters stand, as the report
    and ``regex.txt`` find them: a phrase that is cut by itself is cut otherwise beside other words. N-grams without
    stopwords are found by words, since stopwords are words.
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
        docs = self._docs_of_words(documents.text, documents.offsets, stream)
        return np.bincount(docs, minlength=len(documents)) + self._of_expressions(documents, place)

    def _docs_of_words(self, text: Bytes, offsets: Ints, stream: TokenStream) -> Ints:
        """The document of each match of a phrase or n-gram, in UTF-8 ``text`` u8 that is cut at ``offsets``."""
        uncut = stream
        if stream.has_cut and self.phrases is not None:
            uncut = stream_of(text, offsets, self.phrases.spec)
        if self.phrases is not None and self.ngrams is None:
            return self.phrases.find(self.phrases.words_of(uncut)).docs.astype(np.int64)
        found = [_all_spans(self.phrases, uncut)] if self.phrases is not None else []
        if self.ngrams is not None:
            starts, ends, docs = _all_spans(self.ngrams, stream)
            begins = _places_uncut(stream, self.phrases.spec) if uncut is not stream and self.phrases else None
            found.append((starts, ends, docs) if begins is None else (begins[starts], begins[ends], docs))
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


def _places_uncut(stream: TokenStream, uncut: CountSpec) -> Ints:
    """Where each token of a stream begins, and the last ends, among tokens that are characters where it has words."""
    alone = stream_of(*to_bytes(stream.vocabulary.tokens), uncut)
    sizes = np.ones(len(stream.rank), np.int64)
    sizes[1:] = np.diff(alone.doc_ends, prepend=0)[stream.rank[1:]]
    sizes[stream.flags & IS_WORD == 0] = 1
    return np.concatenate(([0], np.cumsum(sizes[stream.tokens])))


def _in_characters(phrases: Iterable[Phrase], uncut: CountSpec) -> list[Phrase]:
    """Phrases, the words of which are cut into characters where they are written without spaces."""
    words = list(dict.fromkeys(word for phrase in phrases for word in phrase))
    stream = stream_of(*to_bytes(pl.Series(words, dtype=pl.String)), uncut)
    by_rank = stream.vocabulary.tokens.to_list()
    ranks = np.split(stream.rank[stream.tokens], stream.doc_ends[:-1])
    parts = {word: [by_rank[rank] for rank in own] for word, own in zip(words, ranks, strict=True)}
    return list(dict.fromkeys(tuple(part for word in phrase for part in parts[word]) for phrase in phrases))


def matcher_of_list(entries: ListEntries, spec: CountSpec) -> ListMatcher:
    """A matcher of what a list holds."""
    uncut = replace(spec, dictionary=CHARACTERS)
    phrases = matcher_of_words(_in_characters(entries.phrases, uncut), uncut) if entries.phrases else None
    ngrams = with_contractions(entries.ngrams)
    content = matcher_of_words(ngrams, spec, content_only=True) if ngrams else None
    return ListMatcher(spec, phrases, content, entries.expressions)
