"""Windows to sorted records: every way of sorting gives what NumPy's sort gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import chain
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastslop._kernels.counting import count_prompts as units
from fastslop._kernels.counting import windows as kernels
from fastslop._kernels.counting.count_prompts import N_COUNTERS, count_word, step_prompts
from fastslop._kernels.counting.sorting import (
    DIGIT_BITS,
    records_of_heads,
    records_of_order,
    sort_by_tail,
    sort_windows,
    split,
    split_in_place,
)
from fastslop._kernels.counting.windows import (
    BETWEEN,
    LONG,
    SKIPPED,
    WANTED,
    TokenRuns,
    scatter_windows,
    shorten,
    window_scratch,
)
from fastslop._kernels.machine.constants import BLOCK_FLAG, N_BLOCKS
from fastslop.counting.ngram_tables import fits_at_once
from fastslop.profiles.profile import MAX_PROMPTS
from tests.compiled import for_python

pytestmark = pytest.mark.kernels

LONGEST, RANK_BITS, SHIFT = 3, 5, 3
CUT_SHORT = (1 << RANK_BITS) - 1
"""The rank of what is no token, because the window is cut short there."""

ranks = st.integers(0, CUT_SHORT)
windows = st.lists(st.tuples(st.integers(0, (1 << SHIFT) - 1), ranks, ranks, st.integers(0, 15)), max_size=90)


def packed(rows: list[tuple[int, int, int, int]], doc_bits: int) -> NDArray[np.uint64]:
    """Windows as their bits: what the group lacks of the first rank, the other ranks, the document."""
    return np.array(
        [((first << RANK_BITS | second) << RANK_BITS | third) << doc_bits | doc for first, second, third, doc in rows],
        np.uint64,
    )


def counters() -> NDArray[np.uint32]:
    return np.empty(1 << int(DIGIT_BITS), np.uint32)


@given(st.lists(windows, max_size=4), st.integers(1, LONGEST), st.sampled_from([4, 9]), st.sets(st.integers(0, 31)))
def test_records_of_order__are_the_sorted_n_grams_of_each_group(groups, order, doc_bits, left_out) -> None:
    own = packed([row for rows in groups for row in rows], doc_bits)
    ends = np.cumsum([len(rows) for rows in groups], dtype=np.int64)
    is_single = ~np.isin(np.arange(len(groups) << SHIFT), [*left_out])
    spare, out, out_ends = np.empty_like(own), np.empty_like(own), np.empty_like(ends)
    if sort_windows(own, ends, np.uint64(0), np.uint64(doc_bits), spare, counters()):
        own, spare = spare, own
    layout = tuple(map(np.uint64, (LONGEST, RANK_BITS, doc_bits, SHIFT, 0)))
    n = records_of_order(own, ends, np.uint64(order), layout, is_single, out, spare, counters(), out_ends)
    expected = n_grams(groups, order, lambda g, row: is_single[(g << SHIFT) + row[0]])
    assert out_ends.tolist() == np.cumsum([len(rows) for rows in expected]).tolist()
    assert [unpacked(record, order, doc_bits) for record in out[: int(n)].tolist()] == [*chain(*expected)]


few = st.tuples(st.integers(0, 1), st.sampled_from([0, CUT_SHORT]), ranks, st.integers(0, 15))


@given(st.lists(st.one_of(windows, st.lists(few, max_size=90)), max_size=4), st.sampled_from([4, 9]))
def test_sort_by_tail__gives_the_same_from_windows_sorted_by_their_first_tokens(groups, doc_bits) -> None:
    """A group of few different first tokens has long runs."""
    whole = [[(*row[:2], CUT_SHORT if row[1] == CUT_SHORT else row[2], row[3]) for row in rows] for rows in groups]
    own = packed([row for rows in whole for row in sorted(rows, key=lambda row: row[3])], doc_bits)
    ends = np.cumsum([len(rows) for rows in whole], dtype=np.int64)
    spare, out, out_ends = np.empty_like(own), np.empty_like(own), np.empty_like(ends)
    layout = tuple(map(np.uint64, (LONGEST, RANK_BITS, doc_bits, SHIFT, 0)))
    head = tuple(map(np.uint64, (RANK_BITS + doc_bits, SHIFT + RANK_BITS)))
    if sort_windows(own, ends, *head, spare, counters()):
        own, spare = spare, own
    n = records_of_heads(own, ends, layout, out, out_ends)
    pairs, expected = out[: int(n)].tolist(), n_grams(whole, 2)
    assert [unpacked(record, 2, doc_bits) for record in pairs] == [*chain(*expected)]
    assert out_ends.tolist() == np.cumsum([len(rows) for rows in expected]).tolist()
    n = sort_by_tail(own, ends, layout, out, spare, counters(), out_ends)
    expected = n_grams(whole, 3)
    assert [unpacked(record, 3, doc_bits) for record in out[: int(n)].tolist()] == [*chain(*expected)]
    assert out_ends.tolist() == np.cumsum([len(rows) for rows in expected]).tolist()


@pytest.mark.parametrize("rank_bits", [13, 18])
@pytest.mark.parametrize("length", [16, 17, 300, 5000])
def test_sort_by_tail__sorts_runs_of_any_length(rank_bits, length) -> None:
    """By insertion, by two digits and by three; a run between two others, a part of it cut short."""
    rng, cut_short = np.random.default_rng(length), (1 << rank_bits) - 1
    lengths = np.array([3, length, 40])
    heads, tails = np.repeat([5, 6, 7], lengths), rng.integers(0, cut_short, lengths.sum())
    tails[rng.random(len(tails)) < 0.2] = cut_short
    docs = np.concatenate([np.sort(rng.integers(0, 16, n)) for n in lengths])
    own = ((heads << rank_bits | tails) << 4 | docs).astype(np.uint64)
    ends, out_ends = np.array([len(own)]), np.empty(1, np.int64)
    layout = tuple(map(np.uint64, (LONGEST, rank_bits, 4, SHIFT, 0)))
    spare, out = np.empty_like(own), np.empty_like(own)
    n = sort_by_tail(own, ends, layout, out, spare, counters(), out_ends)
    assert out[: int(n)].tolist() == np.sort(own[tails != cut_short]).tolist()
    assert out_ends.tolist() == [n]


@pytest.mark.parametrize("bits", [1, 7, 13, 24, 25])
def test_sort_windows__sorts_groups_of_any_size_and_leaves_all_in_one_place(bits) -> None:
    rng = np.random.default_rng(bits)
    ends = np.cumsum([5, 0, 3000, 1, 70]).astype(np.int64)
    own = rng.integers(0, 1 << bits + 3, ends[-1]).astype(np.uint64)
    groups = [np.sort(part >> np.uint64(3), kind="stable") for part in np.split(own, ends[:-1])]
    spare = np.zeros_like(own)
    if sort_windows(own, ends, np.uint64(3), np.uint64(bits), spare, counters()):
        own = spare
    assert (own >> np.uint64(3)).tolist() == np.concatenate(groups).tolist()


def n_grams(
    groups: list[list[tuple[int, ...]]], order: int, is_single: Callable[[int, tuple[int, ...]], bool] | None = None
) -> list[list[tuple[int, ...]]]:
    """The n-grams of each group's windows that are not cut short (single tokens: that are counted), sorted."""
    return [
        sorted(
            (*row[:order], row[3])
            for row in rows
            if (is_single is None or is_single(g, row) if order == 1 else row[order - 1] != CUT_SHORT)
        )
        for g, rows in enumerate(groups)
    ]


def unpacked(record: int, order: int, doc_bits: int) -> tuple[int, ...]:
    """First rank, other ranks, document."""
    record, doc = divmod(record, 1 << doc_bits)
    found = [doc]
    for _ in range(order - 1):
        record, rank = divmod(record, 1 << RANK_BITS)
        found.append(rank)
    return (record, *found[::-1])


@given(st.lists(st.integers(0, 2**40), max_size=300), st.integers(0, 36), st.integers(0, 8))
def test_split__orders_by_some_bits_and_in_place_loses_nothing(values, low, bits) -> None:
    def digit(value: int) -> int:
        return value >> low & (1 << bits) - 1

    own, ends = np.array(values, np.uint64), np.empty(1 << bits, np.uint32)
    into, expected = np.empty_like(own), [sum(digit(value) <= upto for value in values) for upto in range(1 << bits)]
    split(own, into, np.uint64(low), np.uint64(bits), ends)
    assert into.tolist() == sorted(values, key=digit)
    assert ends.tolist() == expected
    split_in_place(own, np.uint64(low), np.uint64(bits), ends)
    assert sorted(own.tolist()) == sorted(values)
    assert [digit(value) for value in own.tolist()] == sorted(map(digit, values))
    assert ends.tolist() == expected


prompt_of = for_python(units.prompt_of)


@given(st.lists(st.integers(1, 70), min_size=1, max_size=40))
def test_prompt_of__is_each_document_s_prompt(n_docs) -> None:
    doc_prompts = np.repeat(np.arange(len(n_docs), dtype=np.uint32), n_docs)
    steps = np.zeros(2 * (len(doc_prompts) // 64 + 1), np.uint64)
    step_prompts(doc_prompts, steps)
    assert [int(prompt_of(steps, np.uint64(doc))) for doc in range(len(doc_prompts))] == doc_prompts.tolist()


count_units = for_python(units.count_units)


@pytest.mark.parametrize("n_prompts", [1, 64, 65, 1000, 1500])
@pytest.mark.parametrize("n_records", [1, 60, 2047, 2048, 9000])
@pytest.mark.parametrize("share", [1.0, 0.1, 0.001])
def test_count_units__are_the_prompts_or_blocks_of_a_row_however_long(n_prompts, n_records, share) -> None:
    """A row of a small share of the documents has few prompts, although it may be long. Windows of a word, which may be
    in any order, give the same."""
    rng = np.random.default_rng(n_prompts + n_records)
    doc_prompts = np.sort(np.r_[np.arange(n_prompts), rng.integers(0, n_prompts, 5000)]).astype(np.uint32)
    docs = np.sort(rng.integers(0, max(int(share * len(doc_prompts)), 1), n_records))
    blocks = rng.integers(0, N_BLOCKS, n_prompts).astype(np.uint32)
    cap = MAX_PROMPTS if n_prompts <= MAX_PROMPTS else N_BLOCKS
    kept = np.arange(n_prompts) if n_prompts <= cap else blocks
    steps = np.zeros(2 * (len(doc_prompts) // 64 + 1), np.uint64)
    step_prompts(doc_prompts, steps)
    found, n = np.empty(n_prompts + 1, np.uint32), np.empty(n_prompts + 1, np.int64)
    counters = np.empty(int(N_COUNTERS) * MAX_PROMPTS, np.uint32)
    records, where = np.uint64(7 << 16) | docs.astype(np.uint64), (np.uint64(0), np.uint64(n_records), np.uint64(16))
    prompts = (steps, blocks, np.uint64(cap), kept[doc_prompts].astype(np.uint16))
    n_units, n_docs = count_units(records, *where, prompts, (found, n, np.empty(N_BLOCKS, np.int64), counters))

    expected = Counter(doc_prompts[docs].tolist())
    if len(expected) > cap:
        expected = Counter((blocks[doc_prompts[docs]] | BLOCK_FLAG).tolist())
    assert n_docs == len({*docs.tolist()})
    assert [*zip(found[:n_units].tolist(), n[:n_units].tolist(), strict=True)] == sorted(expected.items())
    n_of_document = np.zeros(len(doc_prompts), np.uint32)
    of_word = count_word(rng.permutation(records), 16, (*prompts[:2], cap, prompts[3]), n_of_document, found, n)
    assert of_word == (n_units, n_docs)
    assert [*zip(found[:n_units].tolist(), n[:n_units].tolist(), strict=True)] == sorted(expected.items())


@pytest.mark.parametrize(("rank_bits", "doc_bits", "fits"), [(18, 27, True), (18, 28, False), (18, 16, True)])
def test_fit__leaves_something_of_the_first_rank_in_a_record(rank_bits, doc_bits, fits) -> None:
    """By all 64 bits a processor does not shift at all."""
    whole = SimpleNamespace(rank_bits=rank_bits, doc_bits=doc_bits, n_tokens=1)
    assert fits_at_once(whole, [1, 2, 3]) == fits  # type: ignore[arg-type]


token_at = for_python(kernels.token_at)
tokens = st.one_of(st.integers(0, 9), st.integers(0xFFF0, 0x1000F), st.integers(0, (1 << 32) - 1))


@given(st.lists(st.one_of(st.lists(tokens, max_size=70), st.lists(st.integers(0, 9), max_size=70)), max_size=4))
def test_token_at__gives_back_what_was_shortened(docs) -> None:
    all_tokens = np.array([token for doc in docs for token in doc], np.uint32)
    n_long = np.count_nonzero(all_tokens >= LONG)
    ends = np.cumsum([len(doc) for doc in docs], dtype=np.int64)
    numbers, number_ends = np.empty(len(all_tokens) + 2 * n_long, np.uint16), np.empty_like(ends)
    shorten(all_tokens, ends, numbers, number_ends)
    assert len(numbers) == (number_ends[-1] if docs else 0)
    address, at, read = np.uint64(numbers.ctypes.data), np.uint64(0), []
    for end in number_ends:
        read.append([])
        while at < end:
            token, at = token_at(address, at)
            read[-1].append(int(token))
    assert read == docs


codes = st.one_of(st.integers(0, CUT_SHORT - 1), st.just(int(BETWEEN)), st.just(int(SKIPPED)))
documents = st.lists(st.lists(st.tuples(codes, st.booleans()), max_size=60), max_size=5)


@given(documents, st.integers(1, LONGEST), st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(0, 7))
def test_scatter_windows__puts_each_where_its_group_goes_on(docs, order, group_range, phase) -> None:
    first, last = min(group_range), max(group_range)
    wanted = int(WANTED)
    doc_codes = [[code | wanted if is_wanted and code < CUT_SHORT else code for code, is_wanted in doc] for doc in docs]
    expected = scattered(doc_codes, order, first, last)
    table = np.array([code for doc in doc_codes for code in doc], np.uint32)  # each token has its own code
    numbers = [np.arange(len(doc), dtype=np.uint16) for doc in docs]
    starts = np.cumsum([0, *map(len, docs)])[:-1]
    runs = TokenRuns(
        np.array([own.ctypes.data for own in numbers], np.uint64),
        np.array([*map(len, docs)], np.int64),
        np.arange(len(docs), dtype=np.uint32),
        starts.astype(np.int64),
    )
    layout = tuple(map(np.uint64, (order, RANK_BITS, 4, SHIFT, first, last)))
    room, sizes = window_scratch(60, last - first), np.zeros(last - first, np.int64)
    scatter_windows(runs, table, layout, room, sizes, np.empty(0, np.uint64))
    assert sizes.tolist() == [len(own) for own in expected]
    whole = np.full(int(sizes.sum()) + 16, 77, np.uint64)
    out = whole[phase : phase + int(sizes.sum()) + 1]
    places = np.cumsum(np.r_[0, sizes])[:-1].astype(np.int64)
    scatter_windows(runs, table, layout, room, places, out)
    assert places.tolist() == np.cumsum(sizes).tolist()
    assert out.tolist() == [record for own in expected for record in own] + [77]
    assert {*whole[:phase].tolist(), *whole[phase + len(out) :].tolist()} <= {77}


@pytest.mark.parametrize("phase", range(8))
def test_scatter_windows__lets_stripes_share_lines_and_goes_on_where_it_was(phase) -> None:
    """Two stripes, whose records of a group lie beside each other, in two calls each."""
    rng, n_groups, order = np.random.default_rng(phase), 4, 3
    calls = [[[rng.integers(0, 30, 700).tolist()] for _ in range(2)] for _ in range(2)]  # [call][stripe][document]
    table = (np.arange(31) | int(WANTED)).astype(np.uint32)
    layout = tuple(map(np.uint64, (order, RANK_BITS, 4, SHIFT, 0, n_groups)))
    own = [[scattered([[int(table[t]) for t in docs[0]]], order, 0, n_groups) for docs in stripes] for stripes in calls]
    sizes = np.array([[len(own[0][s][g]) + len(own[1][s][g]) for g in range(n_groups)] for s in range(2)])
    starts = (np.cumsum(sizes.T.ravel()) - sizes.T.ravel()).reshape(n_groups, 2).T.copy()
    out = np.full(int(sizes.sum()) + 8, 77, np.uint64)[phase:]
    places, rooms = starts.astype(np.int64), [window_scratch(700, n_groups) for _ in range(2)]
    for stripes in calls:
        for s, docs in enumerate(stripes):
            tokens = np.array(docs[0], np.uint16)
            columns = ([tokens.ctypes.data], [len(tokens)], [0], [0])
            runs = TokenRuns(*(np.array(c, t) for c, t in zip(columns, "Q q I q".split(), strict=True)))
            scatter_windows(runs, table, layout, rooms[s], places[s], out)
    expected = [own[call][s][g] for g in range(n_groups) for s in range(2) for call in range(2)]
    assert out[: int(sizes.sum())].tolist() == [*chain(*expected)]


def scattered(doc_codes: list[list[int]], order: int, first: int, last: int) -> list[list[int]]:
    """The records of windows, by group."""
    groups: list[list[int]] = [[] for _ in range(first, last)]
    for d, doc in enumerate(doc_codes):
        own = [code for code in doc if code != SKIPPED] + 2 * [int(BETWEEN)]
        for i in range(len(own) - 2):
            window = own[i : i + 3]
            if window[1] == BETWEEN:
                window[2] = int(BETWEEN)
            ranks = [code & CUT_SHORT for code in window][:order]
            group = ranks[0] >> SHIFT
            is_wanted = any(code & int(WANTED) and code != SKIPPED for code in window[:2])
            if is_wanted and window[0] != BETWEEN and first <= group < last:
                record = ranks[0] & (1 << SHIFT) - 1
                for rank in ranks[1:]:
                    record = record << RANK_BITS | rank
                groups[group - first].append(record << 4 | d)
    return groups
