"""Documents of one label to its packed profile: all n-grams of a table as sorted records, and those as rows.

What is counted together need not be merged: a row of a merge costs as much as three n-grams that are counted. So whole
labels wait as tokens, which take less room than their text, and are then counted in one go, on all cores: the records
of a table are scattered by their first token into groups, each of which is sorted and summed by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fastslop import _kernels as k
from fastslop.guards import Guarded, judge
from fastslop.merging import merge_packed
from fastslop.packing import (
    Packed,
    Part,
    chain_parts,
    codes_by_number,
    cut_into_parts,
    pack_text_keys,
    part_of,
    plain_sections,
    unpack,
)
from fastslop.parallel import map_bounded
from fastslop.profile import (
    Counts,
    Ids,
    Keys,
    Profile,
    Prompts,
    Vocabulary,
    cut,
    empty_grams,
    in_halves,
    union_of_vocabularies,
)
from fastslop.spec import CountSpec, Table
from fastslop.tokens import TokenStream, token_stream

RECORD_BITS = 64
MAX_GROUP_BITS = 14
"""More groups than that are scattered into too slowly; the documents are then counted in two halves."""
MAX_WIDE_TOKENS = 1 << 22
"""As many tokens are counted at once where n-grams are too long for a record; they take 60 bytes each."""
JOB_RECORDS = 1 << 18
"""Records that are sorted and summed at once: 12 MB of rows at most, so that their memory is used again."""
RECORD_BYTES = 1 << 30


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


def count_documents(documents: Documents, spec: CountSpec) -> Profile:
    """The profile of documents. However they are cut into chunks, the merged profile is the same."""
    return unpack(merge_packed(count_tokenised([tokenise_documents(documents, spec)], spec)))


def count_tokenised(
    chunks: Sequence[Tokenised],
    spec: CountSpec,
    *,
    workers: int = 1,
    record_bytes: int = RECORD_BYTES,
    keep: Callable[[Iterable[Part]], Sequence[Part]] = list,
) -> list[Packed]:
    """Packed profiles of documents of one label: one, or several where a record has no room for all of them.

    Parameters
    ----------
    chunks
        One at least.
    workers
        Threads to count in.
    record_bytes
        What the records of a table may take; where they would take more, it is counted range by range of its rows.
    keep
        Where the parts wait.
    """
    whole = _Whole(chunks)
    if not whole.fits(spec) and whole.n_docs > 1:
        both = _halves(chunks)
        return [
            run
            for half in both
            for run in count_tokenised(half, spec, workers=workers, record_bytes=record_bytes, keep=keep)
        ]
    counted = _Tables(whole, workers, record_bytes)
    codes = codes_by_number(whole.n_singles([table for table in spec.tables if table[1] == 1]))
    text_keys = np.sort(np.concatenate([chunk.text_keys for chunk in chunks]))
    plain = keep((*plain_sections(whole.vocabulary, whole.prompts, codes), pack_text_keys(text_keys)))
    # Rows are encoded as they come: as rows of integers, tables take six times as much memory.
    tables = [keep(_encoded(table, counted.rows(table), codes, workers)) for table in spec.tables]
    guarded = sum((chunk.guarded for chunk in chunks), Guarded())
    return [Packed(replace(Profile.empty(spec, chunks[0].label), guarded=guarded), chain_parts([plain, *tables]))]


def _encoded(table: Table, rows: Iterable[k.Grams], codes: Ids, workers: int) -> Iterator[Part]:
    return map_bounded(lambda piece: part_of(table, *piece, codes), cut_into_parts(rows, table[1]), workers)


def _halves(chunks: Sequence[Tokenised]) -> tuple[Sequence[Tokenised], Sequence[Tokenised]]:
    if len(chunks) > 1:
        return chunks[: len(chunks) // 2], chunks[len(chunks) // 2 :]
    (only,), n_docs = chunks, len(chunks[0].n_words)
    return [only.of_documents(0, n_docs // 2)], [only.of_documents(n_docs // 2, n_docs)]


class _Whole:
    """The vocabulary and the prompts of all chunks, and the numbers in them of each chunk's tokens and documents.

    Documents are numbered in the order of their prompts, so that the sorted records of a row have its prompts sorted.
    """

    def __init__(self, chunks: Sequence[Tokenised]) -> None:
        self.chunks = chunks
        self.vocabulary: Vocabulary = in_halves(union_of_vocabularies, [chunk.stream.vocabulary for chunk in chunks])
        self.ranks = [_ranks_in(self.vocabulary, chunk.stream) for chunk in chunks]
        keys, doc_prompts = np.unique(np.concatenate([chunk.prompt_keys for chunk in chunks]), return_inverse=True)
        self.n_docs = len(doc_prompts)
        self.prompts = Prompts(keys, np.bincount(doc_prompts, minlength=len(keys)), *self._totals(keys, doc_prompts))
        order = np.argsort(doc_prompts, kind="stable")
        numbers = np.empty(self.n_docs, np.uint32)
        numbers[order] = np.arange(self.n_docs, dtype=np.uint32)
        self.docs = np.split(numbers, np.cumsum([len(chunk.n_words) for chunk in chunks])[:-1])
        self.doc_prompts = doc_prompts[order].astype(np.uint32)
        self.bits, self.doc_bits = _bits(len(self.vocabulary.keys)), _bits(self.n_docs)

    def _totals(self, keys: Keys, doc_prompts: NDArray[np.int64]) -> Iterator[Counts]:
        for name in ("n_words", "n_marks", "n_bytes"):
            total = np.zeros(len(keys), np.int64)
            np.add.at(total, doc_prompts, np.concatenate([getattr(chunk, name) for chunk in self.chunks]))
            yield total

    def n_singles(self, tables: Iterable[Table]) -> Counts:
        """How often each token occurs in these tables of order 1."""
        n = np.zeros(len(self.vocabulary.keys), np.int64)
        for chunk, ranks in zip(self.chunks, self.ranks, strict=True):
            own, flags = np.bincount(chunk.stream.tokens, minlength=len(ranks)), chunk.stream.flags
            for keep, drop in map(_selection, tables):
                is_in = (own > 0) & (flags & keep != 0) & (flags & drop == 0)
                np.add.at(n, ranks[is_in], own[is_in])
        return n

    @property
    def n_tokens(self) -> int:
        """Tokens of all chunks, breaks included."""
        return sum(len(chunk.stream.tokens) for chunk in self.chunks)

    def group_bits(self, order: int) -> int:
        """Bits of the first rank that do not fit into a record."""
        return max(order * self.bits + self.doc_bits - RECORD_BITS, 0)

    def fits(self, spec: CountSpec) -> bool:
        """Whether all documents can be counted at once."""
        orders = [order for _, order in spec.tables]
        if max(orders) > 3 and self.n_tokens > MAX_WIDE_TOKENS:
            return False
        return self.group_bits(min(max(orders), 3)) <= MAX_GROUP_BITS


def _bits(n_values: int) -> int:
    return max(n_values - 1, 1).bit_length()


def _ranks_in(vocabulary: Vocabulary, stream: TokenStream) -> Ids:
    """The rank in a larger vocabulary of each of the stream's tokens; of the break and of those not used, any."""
    return np.append(np.searchsorted(vocabulary.keys, stream.vocabulary.keys), 0)[stream.rank].astype(np.uint32)


class _Tables:
    """The tables of a whole, each as rows in their order, in pieces of any size."""

    def __init__(self, whole: _Whole, workers: int, record_bytes: int) -> None:
        self.whole = whole
        self.workers = workers
        self.max_records = max(record_bytes // 8, 1)

    def rows(self, table: Table) -> Iterator[k.Grams]:
        """All rows of a table."""
        order = table[1]
        if order > 3:
            yield self._wide_rows(table)
            return
        whole = self.whole
        for_work = (max(whole.n_tokens, 1) // JOB_RECORDS).bit_length()
        group_bits = max(whole.group_bits(order), min(for_work, whole.bits, MAX_GROUP_BITS))
        shift = whole.bits - group_bits
        sizes = np.zeros((len(whole.chunks), 1 << group_bits), np.int64)
        self._scatter(table, (shift, 0, 1 << group_bits), sizes, np.empty(0, np.uint64))
        for first, last in _ranges(sizes.sum(axis=0), self.max_records):
            ends = np.cumsum(sizes[:, first:last].T).reshape(last - first, -1)
            records = np.empty(int(ends[-1, -1]), np.uint64)
            places = np.ascontiguousarray((ends - sizes[:, first:last].T).T)
            self._scatter(table, (shift, first, last), places, records)
            yield from self._summed(order, shift, first, ends[:, -1], records)

    def _scatter(self, table: Table, groups: tuple[int, int, int], places: Counts, records: Keys) -> None:
        """Records of every chunk to their places, or, without room for them, their numbers."""
        whole, order = self.whole, table[1]
        layout = tuple(map(np.uint64, (order, whole.bits, whole.doc_bits, *groups)))

        def scatter(i: int) -> None:
            stream = whole.chunks[i].stream
            numbers = (stream.tokens, stream.doc_ends, whole.docs[i], whole.ranks[i], stream.flags)
            if table == ("mark", 2):
                k.scatter_mark_pairs(*numbers, layout, places[i], records)
            else:
                k.scatter_ngrams(*numbers, *_selection(table), layout, places[i], records)

        for _ in map_bounded(scatter, range(len(whole.chunks)), self.workers):
            pass

    def _summed(self, order: int, shift: int, first: int, ends: Counts, records: Keys) -> Iterator[k.Grams]:
        """Rows of the groups from ``first`` on, which end at ``ends`` in the records: some groups in each piece."""
        starts = np.concatenate(([0], ends[:-1]))
        whole = self.whole

        def summed(groups: tuple[int, int]) -> k.Grams:
            begin, end = int(starts[groups[0]]), int(ends[groups[1] - 1])
            out = empty_grams(end - begin, order)
            row = at = 0
            for group in range(*groups):
                own = records[starts[group] : ends[group]]
                own.sort()
                base = np.uint32((first + group) << shift)
                row, at = k.aggregate(
                    own,
                    whole.doc_bits,
                    whole.bits,
                    base,
                    whole.doc_prompts,
                    whole.prompts.blocks,
                    whole.prompts.cap,
                    out,
                    row,
                    at,
                )
            return cut(out, row, at)

        yield from map_bounded(summed, _ranges(ends - starts, JOB_RECORDS), self.workers)

    def _wide_rows(self, table: Table) -> k.Grams:
        """Rows of n-grams too long for a record: records of their ranks among the different ones."""
        whole = self.whole
        windows, docs = (
            np.concatenate(c) for c in zip(*map(self._windows(table), range(len(whole.chunks))), strict=True)
        )
        ranks, windows = _dense_ranks(windows)
        records = np.sort((ranks << np.uint64(whole.doc_bits)) | docs.astype(np.uint64))
        out, bits = empty_grams(len(records), 1), 64 - whole.doc_bits - 1
        blocks, cap = whole.prompts.blocks, whole.prompts.cap
        ends = k.aggregate(records, whole.doc_bits, bits, np.uint32(0), whole.doc_prompts, blocks, cap, out, 0, 0)
        return cut(out, *ends)._replace(ids=windows)

    def _windows(self, table: Table) -> Callable[[int], tuple[Ids, Ids]]:
        """Of a chunk: a table's n-grams as rows of ranks, and the document of each."""

        def windows(i: int) -> tuple[Ids, Ids]:
            stream, ranks = self.whole.chunks[i].stream, self.whole.ranks[i]
            out, docs = np.empty((len(stream.tokens), table[1]), np.uint32), np.empty(len(stream.tokens), np.uint32)
            numbers = (stream.tokens, stream.doc_ends, ranks, stream.flags)
            n = k.window_ngrams(*numbers, table[1], *_selection(table), out, docs)
            return out[:n], self.whole.docs[i][docs[:n]]

        return windows


def _selection(table: Table) -> tuple[int, int]:
    """The flags that tokens of a table's n-grams must have one of, and those that they must not have."""
    kind, order = table
    if kind == "mark":
        return k.IS_MARK, 0
    return k.IS_WORD, (k.IS_STOPWORD if kind == "content" else 0) | (k.IS_SHORT if order == 1 else 0)


def _ranges(sizes: Counts, most: int) -> Iterator[tuple[int, int]]:
    """Neighbouring items in ranges of together ``most`` at most, or of one item."""
    first, total = 0, 0
    for i, size in enumerate(sizes.tolist()):
        if i > first and total + size > most:
            yield first, i
            first, total = i, 0
        total += size
    if first < len(sizes):
        yield first, len(sizes)


def _dense_ranks(windows: Ids) -> tuple[NDArray[np.uint64], Ids]:
    """The rank of each row among the different rows, and those rows, sorted."""
    by_row = np.lexsort(windows.T[::-1])
    ordered = windows[by_row]
    is_new = np.r_[True, (ordered[1:] != ordered[:-1]).any(axis=1)][: len(ordered)]
    ranks = np.empty(len(windows), np.uint64)
    ranks[by_row] = np.cumsum(is_new).astype(np.uint64) - np.uint64(1)
    return ranks, ordered[is_new]
