"""Echo: how much of what labels say stands in the prompts that they answer.

Profiles keep, of each n-gram, its count in every prompt, and the texts of prompts. So its occurrences in answers to
prompts that hold it are the sum of its counts in these prompts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from fastslop._kernels.profiles.echo import count_echo
from fastslop._kernels.profiles.packed_rows import row_hashes
from fastslop.base.arrays import Counts, Ids, Keys, to_bytes
from fastslop.base.hashing import hash_strings
from fastslop.base.prompt_texts import PromptTexts
from fastslop.base.spec import CountSpec, Table
from fastslop.profiles.feature_index import FeatureIndex
from fastslop.profiles.profile import Profile
from fastslop.tokens.ngrams import word_ngrams
from fastslop.tokens.tokeniser import SingleText, token_stream
from fastslop.tokens.vocabulary import Vocabulary

MAX_ECHO = 0.5
"""Share of an n-gram's occurrences in answers to prompts that hold it, above which it is taken for the prompts' own."""


class Echo(NamedTuple):
    """Occurrences of n-grams, i64[n-grams]: ``n_asked`` in answers to prompts whose text is known, ``n_echo`` of these
    in answers to prompts that hold the n-gram."""

    n_asked: Counts
    n_echo: Counts

    def at(self, rows: Counts) -> Echo:
        """Those of the n-grams at these places."""
        return Echo(self.n_asked[rows], self.n_echo[rows])

    @property
    def share(self) -> pl.Series:
        """The share of ``n_echo``, null where no text is known."""
        share = self.n_echo / np.maximum(self.n_asked, 1)
        return pl.select(pl.when(pl.Series(self.n_asked) > 0).then(pl.Series("echo", share))).to_series()


class _Holders(NamedTuple):
    """N-grams of prompts, by ``numbers``, and the prompts u32 that hold each, rising, up to ``ends`` i64."""

    numbers: FeatureIndex
    ends: Counts
    prompts: Ids


@dataclass(frozen=True)
class AskedNgrams:
    """The n-grams of words of the prompts of some labels.

    ``tables``: which prompts, by number, hold what; ``by_label``: the keys u64 of a label's prompts of known text,
    rising, and the number i64 of each, rising too.
    """

    tables: Mapping[Table, _Holders]
    by_label: Mapping[str, tuple[Keys, Counts]]

    def echo_of(self, label: str, profile: Profile, table: Table, rows: Counts, hashes: Keys) -> Echo:
        """The echo of rows of a label's table, whose ``hashes`` are those of ``rows.hashes_of``; marks have none."""
        out = np.zeros((2, len(rows)), np.int64)
        if table in self.tables:
            numbers, ends, prompts = self.tables[table]
            grams, asked_of = profile.tables[table], self.prompts_of(label, profile.prompts.keys)
            count_echo(rows, numbers.find(hashes), grams.ends, grams.units, grams.unit_n, asked_of, ends, prompts, out)
        return Echo(*out)

    def prompts_of(self, label: str, keys: Keys) -> Counts:
        """The number i64 of each of a label's prompts, given by their keys; -1 where its text is not known."""
        known, numbers = self.by_label[label]
        if not len(known):
            return np.full(len(keys), -1)
        at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        return np.where(known[at] == keys, numbers[at], -1)

    def holders_of(self, table: Table, ngram: str) -> Ids:
        """The prompts, by number, that hold an n-gram of a table, given as text."""
        numbers, ends, prompts = self.tables[table]
        tokens = hash_strings(ngram.split(" "))
        (number,) = numbers.find(_hashes_of(np.arange(len(tokens), dtype=np.uint32)[None], tokens))
        return prompts[ends[number - 1] if number > 0 else 0 : ends[number]] if number >= 0 else prompts[:0]


def asked_ngrams(asked: Mapping[str, PromptTexts], spec: CountSpec) -> AskedNgrams:
    """The n-grams of the prompts of labels, as answers to them are counted.

    Labels share most prompts: each text is looked at once. Prompts of one key may have several texts, of which each
    label has its own.
    """
    of_labels = {label: [*zip(own.keys.tolist(), own.texts, strict=True)] for label, own in asked.items()}
    different = sorted({pair for pairs in of_labels.values() for pair in pairs})
    number_of = {pair: number for number, pair in enumerate(different)}
    numbers = {label: np.array([number_of[pair] for pair in pairs], np.int64) for label, pairs in of_labels.items()}
    texts = pl.Series([text for _, text in different], dtype=pl.String)
    stream = token_stream(SingleText(*to_bytes(texts)), spec)
    tables = {
        table: _holders(*word_ngrams(stream, table), stream.vocabulary) for table in spec.tables if table[0] != "mark"
    }
    return AskedNgrams(tables, {label: (own.keys, numbers[label]) for label, own in asked.items()})


def _holders(ids: Ids, docs: Counts, vocabulary: Vocabulary) -> _Holders:
    """The prompts ``docs`` that hold each of the n-grams ``ids``."""
    index = FeatureIndex()
    numbers = index.enter(_hashes_of(ids, vocabulary.keys)).astype(np.int64)
    pairs = np.unique(np.stack((numbers, docs)), axis=1)
    return _Holders(index, np.cumsum(np.bincount(pairs[0], minlength=len(index))), pairs[1].astype(np.uint32))


def _hashes_of(ids: Ids, token_keys: Keys) -> Keys:
    hashes = np.empty(len(ids), np.uint64)
    row_hashes(np.ascontiguousarray(ids), token_keys, np.arange(len(ids)), hashes)
    return hashes
