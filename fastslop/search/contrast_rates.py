"""Contrasts in texts to their rates: of each label and pattern, with an interval over prompts and a passage quoted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

from fastslop._kernels.machine.constants import IS_BREAK, IS_WORD, MIX
from fastslop.base.arrays import Counts
from fastslop.base.defaults import MIN_PROMPTS_SCORED
from fastslop.base.hashing import hash_strings, mixed
from fastslop.base.rates import rate_of
from fastslop.base.spec import PRESETS, CountSpec
from fastslop.base.written import as_written, is_spaceless
from fastslop.reading.chunks import TextChunk
from fastslop.search.bounded_sets import DistinctKeys
from fastslop.search.contrasts import TOKENISER, Contrasts, find_contrasts, patterns_of
from fastslop.search.filter import GROUP_BITS, groups_of
from fastslop.search.matcher import stream_of, token_text
from fastslop.tokens.tokeniser import TokenStream

ALL = "all"
COLUMNS = ("label", "pattern", "n", "n_docs", "n_prompts", "per_1000_words", "low", "high", "example")
BEFORE, AFTER = 6, 14
"""Most tokens quoted before a contrast and after it; a passage ends with the sentence."""


class Example(NamedTuple):
    """A passage, and its hash: of many passages the one with the smallest is chosen."""

    key: int
    text: str


class FoundPatterns(NamedTuple):
    """Contrasts of a chunk: ``n`` i64[documents, names] of `names_of` its language, ``n_words`` i64[documents]."""

    chunk: TextChunk
    n: Counts
    n_words: Counts
    examples: Mapping[str, Example]


@dataclass
class PatternSums:
    """Sums of a label, of ``n_names`` patterns in the order of `names_of` its language.

    ``n_docs`` i64[names]: documents with a contrast. ``by_group`` i64[names + 1, groups]: contrasts in each group of
    prompts, and in its last row the words. ``prompts``: the keys of prompts with a contrast.
    """

    n_names: int
    n_docs: Counts = field(init=False)
    by_group: Counts = field(init=False)
    prompts: list[DistinctKeys] = field(init=False)
    examples: dict[str, Example] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.n_docs = np.zeros(self.n_names, np.int64)
        self.by_group = np.zeros((self.n_names + 1, 1 << GROUP_BITS), np.int64)
        self.prompts = [DistinctKeys() for _ in range(self.n_names)]


def names_of(language: str) -> tuple[str, ...]:
    """The patterns that are counted in texts of a language, and all of them together; none, if it has no rules."""
    patterns = patterns_of(language)
    return (*patterns, ALL) if patterns else ()


class PatternCounter:
    """Counts contrasts in texts that stream by; a ``passes.Watcher``.

    ``spec``: by which the streams it is shown were made, and whose language chooses the rules; there must be some.
    Texts are tokenised once more if its tokeniser keeps no marks.
    """

    def __init__(self, spec: CountSpec) -> None:
        self.language, self.names = spec.language, names_of(spec.language)
        self.own_spec = None if spec.tokeniser == TOKENISER else PRESETS["default"].cut_by(spec.dictionary)
        self.sums: dict[str, PatternSums] = {}

    def look(self, chunk: TextChunk, stream: TokenStream) -> FoundPatterns:
        """The contrasts of a chunk."""
        if self.own_spec is not None:
            stream = stream_of(chunk.text, chunk.doc_offsets, self.own_spec)
        found = find_contrasts(stream, self.language)
        n_docs, n_patterns = len(chunk.prompt_keys), len(self.names) - 1
        flat = np.bincount(found.docs.astype(np.int64) * n_patterns + found.patterns, minlength=n_docs * n_patterns)
        n = flat.reshape(n_docs, n_patterns)
        every = np.column_stack((n, n.sum(axis=1)))
        return FoundPatterns(chunk, every, stream.n_words, _examples(chunk, stream, found, self.names))

    def take(self, found: FoundPatterns) -> None:
        """Add the contrasts of a chunk to those of its label."""
        of_label = self.sums.setdefault(found.chunk.label, PatternSums(len(self.names)))
        of_label.n_docs += (found.n > 0).sum(axis=0)
        groups = groups_of(found.chunk.prompt_keys)
        for sums, n in zip(of_label.by_group, (*found.n.T, found.n_words), strict=True):
            np.add.at(sums, groups, n)
        for prompts, n in zip(of_label.prompts, found.n.T, strict=True):
            prompts.add(found.chunk.prompt_keys[n > 0])
        for name, example in found.examples.items():
            of_label.examples[name] = min(example, of_label.examples.get(name, example))


def pattern_rates(sums: Mapping[str, PatternSums], language: str) -> pl.DataFrame:
    """Contrasts per 1,000 words of every label and pattern of a language, and of all patterns together.

    ``low`` and ``high`` bound the 95 % interval over prompts; they are null for what is in fewer than
    ``MIN_PROMPTS_SCORED`` prompts: unresolved. ``n`` counts contrasts, ``n_docs`` and ``n_prompts`` the documents and
    prompts with one. ``example`` is a passage with one, null where there is none.
    """
    rows = []
    for label, of_label in sorted(sums.items()):
        words = of_label.by_group[-1]
        for i, name in enumerate(names_of(language)):
            rate, n_prompts = rate_of(of_label.by_group[i], words), of_label.prompts[i].settle()
            low, high = (rate.low, rate.high) if n_prompts >= MIN_PROMPTS_SCORED else (None, None)
            example = of_label.examples[name].text if name in of_label.examples else None
            rows.append((label, name, rate.n, int(of_label.n_docs[i]), n_prompts, rate.per_1000, low, high, example))
    texts, counts = dict.fromkeys(("label", "pattern", "example"), pl.String), ("n", "n_docs", "n_prompts")
    schema = {name: texts.get(name, pl.Int64 if name in counts else pl.Float64) for name in COLUMNS}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.selectors.float().round(4))


# Examples


def _examples(chunk: TextChunk, stream: TokenStream, found: Contrasts, names: Sequence[str]) -> dict[str, Example]:
    """A passage of each pattern that is there, chosen by a hash of its place, so that chunks do not matter."""
    begins = np.concatenate(([0], stream.doc_ends))
    places = (found.starts - begins[found.docs]).astype(np.uint64)
    lengths = np.diff(chunk.doc_offsets)[found.docs].astype(np.uint64)
    of_place = (places * MIX) ^ (lengths << np.uint64(32))
    keys = mixed(chunk.prompt_keys[found.docs] ^ of_place ^ hash_strings([chunk.label])[0])
    chosen: dict[str, Example] = {}
    for number in np.unique(found.patterns).tolist():
        own = np.flatnonzero(found.patterns == number)
        at = int(own[np.argmin(keys[own])])
        chosen[names[number]] = Example(int(keys[at]), _passage(chunk, stream, begins, found, at))
    if chosen:
        chosen[ALL] = min(chosen.values())
    return chosen


def _passage(chunk: TextChunk, stream: TokenStream, begins: Counts, found: Contrasts, at: int) -> str:
    """A contrast as it is written, from the beginning of its sentence, if that is near, to the end of it."""
    doc = int(found.docs[at])
    start, end = int(found.starts[at]), int(found.ends[at])
    first = max(int(begins[doc]), start - BEFORE)
    last = min(int(begins[doc + 1]), end + AFTER)
    before = np.flatnonzero(stream.flags[stream.tokens[first:start]] & IS_BREAK)
    after = np.flatnonzero(stream.flags[stream.tokens[end:last]] & IS_BREAK)
    first = first + int(before[-1]) + 1 if len(before) else first
    last = end + int(after[0]) if len(after) else last
    shown = [int(token) for token in stream.tokens[first:last]]
    words = [token_text(stream, token) for token in shown if stream.flags[token] & IS_WORD]
    text = chunk.text[chunk.doc_offsets[doc] : chunk.doc_offsets[doc + 1]].tobytes().decode()
    match = re.search(_as_it_stands(words), text, re.IGNORECASE)
    return " ".join((match[0] if match else as_written(" ".join(words))).split())


def _as_it_stands(words: Sequence[str]) -> str:
    """The expression of words as a text may have them, up to the marks that end a sentence.

    Between words of scripts without spaces nothing need stand, and no end of a word is seen beside them.
    """
    written = "" if is_spaceless(words[0][:1]) else r"(?<!\w)"
    for word, following in zip(words, (*words[1:], ""), strict=True):
        written += re.escape(word).replace("'", "['’ʼ]")
        if following:
            are_joined = is_spaceless(word[-1:]) or is_spaceless(following[:1])
            written += r"[\W\d_]{0,20}" if are_joined else r"[\W\d_]{1,20}"
    return written + ("" if is_spaceless(words[-1][-1:]) else r"(?!\w)") + r"[*_]{0,3}[.!?…。！？]*[*_]{0,3}"
