"""A chunk of documents of one label to its profile: allocates, calls the kernels, grows what is full."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fastslop import _kernels as k
from fastslop.guards import Verdicts, judge
from fastslop.merging import merge_packed
from fastslop.packing import Packed, codes_of, pack, pack_text_keys, parts_of, plain_sections, unpack
from fastslop.profile import Ids, Keys, Profile, Prompts, Vocabulary, cut, empty_grams
from fastslop.spec import CountSpec, Table
from fastslop.unicode import code_points, normalise

RECORD_BITS = 64


class Text(NamedTuple):
    """A text by itself."""

    text: NDArray[np.uint8]
    doc_offsets: NDArray[np.int64]


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


class TokenStream:
    """Tokens of documents that stand in the order of their prompts.

    ``tokens`` u32 up to ``doc_ends`` i64; ``vocabulary`` sorted, ``rank`` u32 of each token in it, ``flags`` u8;
    ``records`` u64 is room for one table after the other.
    """

    def __init__(self, documents: Documents | Text, spec: CountSpec, order: NDArray[np.int64]) -> None:
        tables = code_points(spec.tokeniser)
        text, starts, ends = normalise(documents.text, documents.doc_offsets, tables)
        starts, ends = starts[order], ends[order]
        self.tokens = np.empty(int((ends - starts).sum()) + 1, np.uint32)
        self.doc_ends = np.zeros(len(starts), np.int64)
        lexicon, done = _new_lexicon(1 << 15), 0
        scratch = _scratch(int((ends - starts).max(initial=0)))
        words = text.view(np.uint64)
        while True:
            done = k.tokenise(text, words, starts, ends, done, *tables, lexicon, scratch, self.tokens, self.doc_ends)
            if done == len(starts):
                break
            lexicon = _grown(lexicon, int(ends[done] - starts[done]))
        self.tokens = self.tokens[: self.doc_ends[-1]] if len(starts) else self.tokens[:0]
        self.records = np.empty(len(self.tokens), np.uint64)
        self.vocabulary, self.rank = _sorted_vocabulary(lexicon)
        self.flags = _flags(lexicon, self.rank, np.isin(self.vocabulary.keys, hash_strings(spec.stopwords)), spec)

    def per_document(self, flag: int) -> NDArray[np.int64]:
        """How many tokens with this flag each document has."""
        found = np.cumsum((self.flags & flag != 0)[self.tokens], dtype=np.int64)
        up_to = np.concatenate(([0], found))[self.doc_ends]
        return np.asarray(np.diff(up_to, prepend=0))


def _scratch(document_bytes: int) -> k.Scratch:
    """Room for the runs of a document of that many bytes."""
    return k.Scratch(np.empty(document_bytes + 2, np.int32), np.empty(document_bytes + 2, np.uint8))


def _new_lexicon(n_tokens: int, arena_bytes: int = 1 << 18) -> k.Lexicon:
    """An empty lexicon: slots for twice as many tokens as it may hold; token 0 is the break."""
    return k.Lexicon(
        np.zeros(2 * n_tokens, np.uint32),
        np.zeros(n_tokens, np.uint64),
        np.zeros(n_tokens, np.int64),
        np.zeros(n_tokens, np.uint8),
        np.zeros(n_tokens, np.int32),
        np.empty(arena_bytes, np.uint8),
        np.zeros(1024, np.uint32),
        np.zeros(1024, np.int64),
        np.ones(1, np.int64),
    )


def _grown(lexicon: k.Lexicon, document_bytes: int) -> k.Lexicon:
    """The same tokens in a lexicon with room for a document of that many bytes and as much again."""
    used = int(lexicon.used[0])
    n_tokens = 1 << int(2 * (used + document_bytes) + 1).bit_length()
    larger = _new_lexicon(n_tokens, 2 * (int(lexicon.ends[used - 1]) + 2 * document_bytes + 64))
    larger.hashes[:used] = lexicon.hashes[:used]
    larger.ends[:used] = lexicon.ends[:used]
    larger.kinds[:used] = lexicon.kinds[:used]
    larger.n_chars[:used] = lexicon.n_chars[:used]
    larger.arena[: lexicon.ends[used - 1]] = lexicon.arena[: lexicon.ends[used - 1]]
    larger.used[0] = used
    k.refill(larger)
    return larger


def _sorted_vocabulary(lexicon: k.Lexicon) -> tuple[Vocabulary, Ids]:
    """The tokens by hash, and the rank of each (the break, token 0, has none; it is never looked up)."""
    used = int(lexicon.used[0])
    text = lexicon.arena[: lexicon.ends[used - 1]]
    keys = np.empty(used - 1, np.uint64)
    k.fnv1a_many(text, lexicon.ends[: used - 1], lexicon.ends[1:used], keys)
    unsorted = Vocabulary(keys, lexicon.kinds[1:used], text, lexicon.ends[1:used])
    by_key = np.argsort(unsorted.keys)
    rank = np.zeros(used, np.uint32)
    rank[by_key + 1] = np.arange(used - 1, dtype=np.uint32)
    return unsorted.take(by_key), rank


def _flags(lexicon: k.Lexicon, rank: Ids, is_stopword: NDArray[np.bool_], spec: CountSpec) -> NDArray[np.uint8]:
    """What the n-gram kernels must know of each token: its kind, whether it is a stopword, whether it is short."""
    used = int(lexicon.used[0])
    flags: NDArray[np.uint8] = lexicon.kinds[:used].copy()
    flags[0] = k.IS_BREAK
    flags[1:][is_stopword[rank[1:]]] |= k.IS_STOPWORD
    flags[lexicon.n_chars[:used] < spec.min_word_chars] |= k.IS_SHORT
    return flags


def is_compiled() -> bool:
    """Whether the kernels' machine code is in Numba's cache already (always, where compiling is turned off)."""
    cache = getattr(k.tokenise, "_cache", None)
    path = getattr(cache, "_cache_file", None)
    return path is None or os.path.exists(getattr(path, "_index_path", ""))


def hash_strings(strings: tuple[str, ...] | list[str]) -> NDArray[np.uint64]:
    """FNV-1a 64 of each string's UTF-8."""
    encoded = [s.encode() for s in strings]
    ends = np.cumsum([len(e) for e in encoded], dtype=np.int64)
    starts = ends - np.array([len(e) for e in encoded], np.int64)
    keys = np.empty(len(encoded), np.uint64)
    k.fnv1a_many(np.frombuffer(b"".join(encoded) or b"\0", np.uint8), starts, ends, keys)
    return keys


def tokens_of(text: str, spec: CountSpec) -> list[str]:
    """The tokens of a text, in order, as profiles hold them."""
    encoded = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    offsets = np.array([0, len(encoded)], np.int64)
    stream = TokenStream(Text(encoded, offsets), spec, np.zeros(1, np.int64))
    ranks = stream.rank[stream.tokens[stream.tokens != k.BREAK_TOKEN]]
    return stream.vocabulary.tokens.gather(ranks).to_list()


def count_documents(documents: Documents, spec: CountSpec) -> Profile:
    """The profile of documents. However they are cut into chunks, the merged profile is the same."""
    return unpack(merge_packed(count_runs(documents, spec)))


def count_runs(documents: Documents, spec: CountSpec) -> list[Packed]:
    """Packed profiles of a chunk of documents: one, or several where a record has no room for all documents."""
    n_docs = len(documents.doc_offsets) - 1
    if n_docs == 0:
        return [pack(Profile.empty(spec, documents.label))]
    return _count_in_order(documents, spec, np.argsort(documents.prompt_keys, kind="stable"))


def _count_in_order(documents: Documents, spec: CountSpec, order: NDArray[np.int64]) -> list[Packed]:
    """The profiles of the documents ``order``, of their halves where a record has no room for their number."""
    stream = TokenStream(documents, spec, order)
    widest = max((n for _, n in spec.tables if n <= 3), default=0)
    if len(order) > 1 and not _fits(stream, widest, len(order)):
        middle = len(order) // 2
        return [run for half in (order[:middle], order[middle:]) for run in _count_in_order(documents, spec, half)]
    verdicts = judge_documents(documents, stream, order)
    empty = replace(Profile.empty(spec, documents.label), guarded=verdicts.total())
    if spec.sets_aside and verdicts.is_suspect.any():
        is_kept = ~verdicts.is_suspect
        order, verdicts = order[is_kept], verdicts.take(is_kept)
        empty = replace(empty, guarded=replace(empty.guarded, truncated=verdicts.total().truncated))
        if not len(order):
            return [pack(empty)]
        _keep(stream, is_kept)
    prompts, doc_prompts = _prompts(documents, order, stream)
    singles = {t: _copied(_count_table(t, stream, doc_prompts, prompts)) for t in spec.tables if t[1] == 1}
    codes = codes_of(stream.vocabulary, singles.values())
    parts = [*plain_sections(stream.vocabulary, prompts, codes), pack_text_keys(np.sort(verdicts.keys))]
    for table in spec.tables:  # packed at once: as rows of integers, tables take six times as much memory
        grams = singles[table] if table in singles else _count_table(table, stream, doc_prompts, prompts)
        parts.extend(parts_of(table, grams, codes))
    return [Packed(empty, parts)]


def judge_documents(documents: Documents | Text, stream: TokenStream, order: NDArray[np.int64]) -> Verdicts:
    """The verdicts of the documents ``order``, whose tokens stand in the stream."""
    return judge(documents.text, documents.doc_offsets, order, stream.tokens, stream.doc_ends)


def _keep(stream: TokenStream, is_kept: NDArray[np.bool_]) -> None:
    """Leave only some documents in a stream, and only their tokens in its vocabulary."""
    lengths = np.diff(stream.doc_ends, prepend=0)
    stream.tokens = stream.tokens[np.repeat(is_kept, lengths)]
    stream.doc_ends = np.cumsum(lengths[is_kept], dtype=np.int64)
    is_used = np.zeros(len(stream.rank), np.bool_)
    is_used[stream.tokens] = True
    is_used[k.BREAK_TOKEN] = False
    rows = np.sort(stream.rank[is_used])
    stream.vocabulary = stream.vocabulary.take(rows.astype(np.int64))
    stream.rank[is_used] = np.searchsorted(rows, stream.rank[is_used])


_of_thread = threading.local()


def _room(n_rows: int, order: int) -> k.Grams:
    """Room for so many rows and units, used again by every table that a thread counts.

    Fresh memory costs a page fault every 4 KiB: they took a fifth of the time.
    """
    room: k.Grams | None = getattr(_of_thread, "room", None)
    if room is None or len(room.n) < n_rows or room.ids.size < n_rows * order:
        size = max(n_rows, len(room.n) if room else 0)
        _of_thread.room = room = empty_grams(size + size // 4, max(order, 3))
    return room._replace(ids=room.ids.reshape(-1)[: n_rows * order].reshape(n_rows, order))


def _copied(grams: k.Grams) -> k.Grams:
    return k.Grams(*(column.copy() for column in grams))  # type: ignore[arg-type]


def _bits(n_values: int) -> int:
    return max(n_values - 1, 1).bit_length()


def _fits(stream: TokenStream, order: int, n_docs: int) -> bool:
    return order * _bits(len(stream.rank) - 1) + _bits(n_docs) <= RECORD_BITS


def _prompts(documents: Documents, order: NDArray[np.int64], stream: TokenStream) -> tuple[Prompts, Ids]:
    """The prompts with their totals, and the number of each document's prompt."""
    keys, doc_prompts = np.unique(documents.prompt_keys[order], return_inverse=True)
    n_bytes = np.diff(documents.doc_offsets)[order]
    columns = (np.ones_like(n_bytes), stream.per_document(k.IS_WORD), stream.per_document(k.IS_MARK), n_bytes)
    totals = [np.zeros(len(keys), np.int64) for _ in columns]
    for total, column in zip(totals, columns, strict=True):
        np.add.at(total, doc_prompts, column)
    return Prompts(keys, *totals), doc_prompts.astype(np.uint32)


def _count_table(table: Table, stream: TokenStream, doc_prompts: Ids, prompts: Prompts) -> k.Grams:
    """The rows of one kind and order, in a room that the next table of this thread will use again."""
    order = table[1]
    bits, doc_bits = _bits(len(stream.rank) - 1), _bits(len(doc_prompts))
    if order <= 3 and _fits(stream, order, len(doc_prompts)):
        records = _records(table, stream, bits, doc_bits)
        out = _room(len(records), order)
        return cut(out, *k.aggregate(records, doc_bits, bits, doc_prompts, prompts.blocks, prompts.cap, out))
    windows, docs = _windows(table, stream)
    ranks, windows = _dense_ranks(windows)
    records = np.sort((ranks << np.uint64(doc_bits)) | docs.astype(np.uint64))
    out, bits = _room(len(records), 1), RECORD_BITS - doc_bits - 1
    grams = cut(out, *k.aggregate(records, doc_bits, bits, doc_prompts, prompts.blocks, prompts.cap, out))
    return grams._replace(ids=windows)


def _selection(table: Table) -> tuple[int, int]:
    """The flags that tokens of a table's n-grams must have one of, and those that they must not have."""
    kind, order = table
    if kind == "mark":
        return k.IS_MARK, 0
    return k.IS_WORD, (k.IS_STOPWORD if kind == "content" else 0) | (k.IS_SHORT if order == 1 else 0)


def _records(table: Table, stream: TokenStream, bits: int, doc_bits: int) -> Keys:
    """The table's n-grams as sorted records."""
    records = stream.records
    if table == ("mark", 2):
        n = k.pack_mark_pairs(stream.tokens, stream.doc_ends, stream.rank, stream.flags, bits, doc_bits, records)
    else:
        n = k.pack_ngrams(
            stream.tokens,
            stream.doc_ends,
            stream.rank,
            stream.flags,
            table[1],
            *_selection(table),
            bits,
            doc_bits,
            records,
        )
    records = records[:n]
    records.sort()
    return records


def _windows(table: Table, stream: TokenStream) -> tuple[Ids, Ids]:
    """The table's n-grams as rows of ranks, and the document of each."""
    out, docs = np.empty((len(stream.tokens), table[1]), np.uint32), np.empty(len(stream.tokens), np.uint32)
    n = k.window_ngrams(
        stream.tokens, stream.doc_ends, stream.rank, stream.flags, table[1], *_selection(table), out, docs
    )
    return out[:n], docs[:n]


def _dense_ranks(windows: Ids) -> tuple[NDArray[np.uint64], Ids]:
    """The rank of each row among the different rows, and those rows, sorted."""
    by_row = np.lexsort(windows.T[::-1])
    ordered = windows[by_row]
    is_new = np.r_[True, (ordered[1:] != ordered[:-1]).any(axis=1)][: len(ordered)]
    ranks = np.empty(len(windows), np.uint64)
    ranks[by_row] = np.cumsum(is_new).astype(np.uint64) - np.uint64(1)
    return ranks, ordered[is_new]
