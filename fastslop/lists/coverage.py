"""Coverage: the few entries of a list that catch the most, by greedy maximum coverage of the prompts they occur in.

An entry that stands where others stand already adds little, however frequent it is. The greedy choice catches at least
1 - 1/e of what the best one of as many entries does (Nemhauser, Wolsey & Fisher 1978), and no quick method is surely
better (Feige 1998).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.lists.coverage import choose_greedily
from fastslop.base.arrays import union_of_keys
from fastslop.base.hashing import hash_strings, mixed
from fastslop.base.spec import CountSpec
from fastslop.reading.chunks import TextChunk
from fastslop.search.bounded_sets import DistinctKeys
from fastslop.search.matcher import Matcher, matcher_of_words
from fastslop.tokens.tokeniser import TokenStream

SAMPLE = 1 << 16
"""Most prompts, over all labels, by which coverage is measured: all, or those of the smallest hashes."""

Elements = NDArray[np.int64]
"""Numbers of the elements of a set: of prompts in a `PromptSample`."""


class Covering(NamedTuple):
    """Numbers of sets in the order in which they were chosen, and how many elements these cover up to each."""

    order: list[int]
    covered: list[int]


def greedy_coverage(sets: Sequence[Elements], n_elements: int) -> Covering:
    """Choose, again and again, the set that covers most of what is not covered yet; of equals the first.

    Where all that can be is covered, it is to be covered once more, by the sets that are left; those without elements
    come last.
    """
    ends = np.cumsum([len(elements) for elements in sets], dtype=np.int64)
    chosen, counts = np.empty((2, len(sets)), np.int64)
    n = choose_greedily(np.concatenate([np.empty(0, np.int64), *sets]), ends, n_elements, chosen, counts)
    order, covered = chosen[:n].tolist(), counts[:n].tolist()
    empty = [i for i, elements in enumerate(sets) if not len(elements)]
    return Covering([*order, *empty], [*covered, *([covered[-1] if covered else 0] * len(empty))])


@dataclass(frozen=True)
class PromptSample:
    """Prompts of labels, numbered one after the other.

    ``keys``: the prompts of each label, sorted; ``firsts``: the number of each label's first.
    """

    keys: Mapping[str, NDArray[np.uint64]]
    firsts: Mapping[str, int]

    @staticmethod
    def of(keys: Mapping[str, NDArray[np.uint64]], size: int = SAMPLE) -> PromptSample:
        """A sample of at most ``size`` prompts, whatever texts come first."""
        hashes = {label: _hashes(label, own) for label, own in keys.items()}
        every = np.sort(np.concatenate([*hashes.values()]))
        last = every[size - 1] if len(every) > size else np.uint64(2**64 - 1)
        kept = {label: np.sort(own[hashes[label] <= last]) for label, own in keys.items()}
        ends = np.cumsum([len(own) for own in kept.values()]).tolist()
        return PromptSample(kept, dict(zip(kept, [0, *ends], strict=False)))

    def find(self, label: str, prompt_keys: NDArray[np.uint64]) -> Elements:
        """The number of each prompt of a label, -1 for those that are not in the sample: i64[prompts]."""
        own = self.keys.get(label, np.empty(0, np.uint64))
        if not len(own):
            return np.full(len(prompt_keys), -1)
        at = np.searchsorted(own, prompt_keys)
        return np.where(own.take(at, mode="clip") == prompt_keys, self.firsts.get(label, 0) + at, -1)

    def numbers_of(self, keys: Mapping[str, NDArray[np.uint64]]) -> Elements:
        """The numbers of those of the prompts of labels that are in the sample, i64."""
        numbers = [self.find(label, own) for label, own in keys.items()]
        found = np.concatenate([np.empty(0, np.int64), *numbers])
        return found[found >= 0]

    @property
    def size(self) -> int:
        """Number of prompts in the sample."""
        return sum(len(own) for own in self.keys.values())


def _hashes(label: str, prompt_keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return mixed(prompt_keys ^ hash_strings([label])[0])


class WordPrompts:
    """Finds the prompts in which words occur; a ``passes.Watcher``."""

    def __init__(self, words: Iterable[str], sample: PromptSample, spec: CountSpec) -> None:
        self.words = sorted(set(words))
        self.sample = sample
        self.matcher: Matcher = matcher_of_words([(word,) for word in self.words], spec)
        self.pairs = DistinctKeys()

    def look(self, chunk: TextChunk, stream: TokenStream) -> NDArray[np.uint64]:
        """The words and prompts of a chunk, each pair as one number."""
        matches = self.matcher.find(self.matcher.words_of(stream), longest=False)
        prompts = self.sample.find(chunk.label, chunk.prompt_keys)[matches.docs]
        is_in = prompts >= 0
        return union_of_keys(
            matches.phrases[is_in].astype(np.uint64) * np.uint64(self.sample.size) + prompts[is_in].astype(np.uint64)
        )

    def take(self, found: NDArray[np.uint64]) -> None:
        """Add what was found in a chunk."""
        self.pairs.add(found)

    def prompts(self) -> dict[str, Elements]:
        """The numbers of the prompts that each word is in."""
        self.pairs.settle()
        words, prompts = np.divmod(self.pairs.known, np.uint64(max(self.sample.size, 1)))
        cuts = np.searchsorted(words, np.arange(1, len(self.words), dtype=np.uint64))
        return dict(zip(self.words, np.split(prompts.astype(np.int64), cuts), strict=True))
