"""Listed features to passages that hold them: one quoted example of each, from a text of its model.

Texts stream by. Of all texts that have a feature, the one is quoted whose prompt has the smallest hash together with
the feature: whatever the chunks, workers and their order, and each feature from another prompt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.constants import IS_WORD, MIX
from fastslop.base.hashing import hash_strings, mixed
from fastslop.base.spec import CountSpec
from fastslop.reading.chunks import TextChunk
from fastslop.search.matcher import Matcher, matcher_of_words, token_text
from fastslop.search.quotes import DecodedTexts, Passage
from fastslop.tokens.tokeniser import TokenStream

NOTHING = Passage("", "", "")
"""The passage of a text that could not be quoted."""


class Example(NamedTuple):
    """An example of a feature: the hash it is chosen by, and the passage (empty if the text could not be quoted)."""

    key: int
    passage: Passage


PHRASES = "phrase"
"""The name of phrases among the tables of features."""
Entry = tuple[str, str]
"""A table of features (``word 2``, ``content 3``, ``phrase``) and one of them."""


class Seen(NamedTuple):
    """The examples in a chunk of a label."""

    label: str
    examples: Sequence[tuple[Entry, Example]]


@dataclass(frozen=True)
class _Wanted:
    """Features of a label that one matcher looks for, numbered as in it, and a hash of each."""

    entries: Sequence[Entry]
    hashes: NDArray[np.uint64]
    matcher: Matcher


class Examples:
    """Examples of the features of each label, while texts stream by and after.

    A watcher of texts (``passes.Watcher``): ``look`` may be called from many threads, all else from one.
    """

    def __init__(self, spec: CountSpec) -> None:
        self._spec = spec
        self._wanted: dict[str, list[_Wanted]] = {}
        self._best: dict[tuple[str, Entry], Example] = {}

    def want(self, label: str, table: str, features: Sequence[str]) -> None:
        """Look for these features, their words joined by spaces, in the texts of a label."""
        content_only = table.startswith("content ")
        entries = [(table, feature) for feature in dict.fromkeys(features)]
        if entries:
            matcher = matcher_of_words([f.split(" ") for _, f in entries], self._spec, content_only=content_only)
            hashes = hash_strings([f"{label}\0{table}\0{feature}" for _, feature in entries])
            self._wanted.setdefault(label, []).append(_Wanted(entries, hashes, matcher))

    def look(self, chunk: TextChunk, stream: TokenStream) -> Seen:
        """The best examples of a chunk, without those that others beat already; ``stream`` are its tokens."""
        documents = DecodedTexts(chunk, self._spec)
        wanted = self._wanted.get(chunk.label, ())
        return Seen(chunk.label, [found for own in wanted for found in self._of(own, stream, documents)])

    def _of(self, wanted: _Wanted, stream: TokenStream, documents: DecodedTexts) -> Iterator[tuple[Entry, Example]]:
        chunk = documents.chunk
        words = wanted.matcher.words_of(stream)
        matches = wanted.matcher.find(words, longest=False)
        pairs, firsts = np.unique(matches.phrases * np.int64(1 << 32) + matches.docs, return_index=True)
        numbers, docs = pairs >> 32, pairs & 0xFFFFFFFF
        keys = mixed(wanted.hashes[numbers] ^ (chunk.prompt_keys[docs] * MIX))
        least = np.full(len(wanted.entries), np.iinfo(np.uint64).max)
        np.minimum.at(least, numbers, keys)
        for i in np.flatnonzero(keys == least[numbers]).tolist():
            entry, key = wanted.entries[int(numbers[i])], int(keys[i])
            best = self._best.get((chunk.label, entry))
            if best is None or key <= best.key:
                at = slice(int(words.at[matches.starts[firsts[i]]]), int(words.at[matches.ends[firsts[i]] - 1]) + 1)
                inside = [token_text(stream, t) for t in stream.tokens[at].tolist() if stream.flags[t] & IS_WORD]
                # Also if nothing can be quoted: what is chosen must not depend on which texts are in a chunk.
                yield entry, Example(key, documents.quote(int(docs[i]), inside) or NOTHING)

    def take(self, found: Seen) -> None:
        """Keep what ``look`` found in a chunk, where it is better than what there was."""
        for entry, example in found.examples:
            best = self._best.get((found.label, entry))
            if best is None or example < best:
                self._best[found.label, entry] = example

    def rename(self, table: str, names: Mapping[str, str]) -> None:
        """Give features of a table other names, in all labels; of two with one name the better example is left."""
        before, self._best = self._best, {}
        for (label, (of_table, feature)), example in before.items():
            name = names.get(feature, feature) if of_table == table else feature
            self.take(Seen(label, [((of_table, name), example)]))

    def of_label(self, label: str) -> Mapping[Entry, Passage]:
        """The examples of a label's features."""
        return {
            entry: example.passage
            for (owner, entry), example in self._best.items()
            if owner == label and any(example.passage)
        }
