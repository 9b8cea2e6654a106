"""Windows to sorted records: every way of sorting gives what NumPy's sort gives."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastslop import _kernels as k
from fastslop._kernels import encoding
from fastslop._kernels import windows as kernels
from fastslop.tables import fit
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
    return np.empty(1 << int(k.DIGIT_BITS), np.uint32)


@given(st.lists(windows, max_size=4), st.integers(1, LONGEST), st.sampled_from([4, 9]), st.sets(st.integers(0, 31)))
def test_records_of_order__are_the_sorted_n_grams_of_each_group(groups, order, doc_bits, left_out) -> None:
    own = packed([row for rows in groups for row in rows], doc_bits)
    ends = np.cumsum([len(rows) for rows in groups], dtype=np.int64)
    is_single = ~np.isin(np.arange(len(groups) << SHIFT), [*left_out])
    spare, out, out_ends = np.empty_like(own), np.empty_like(own), np.empty_like(ends)
    if k.sort_by_document(own, ends, np.uint64(doc_bits), spare, counters()):
        own, spare = spare, own
    layout = tuple(map(np.uint64, (LONGEST, RANK_BITS, doc_bits, SHIFT, 0)))
    n = k.records_of_order(own, ends, np.uint64(order), layout, is_single, out, spare, counters(), out_ends)
    expected = [
        sorted(
            tuple([*row[:order], row[3]])
            for row in rows
            if (is_single[(g << SHIFT) + row[0]] if order == 1 else row[order - 1] != CUT_SHORT)
        )
        for g, rows in enumerate(groups)
    ]
    assert out_ends.tolist() == np.cumsum([len(rows) for rows in expected]).tolist()
    assert [unpacked(record, order, doc_bits) for record in out[: int(n)].tolist()] == [
        row for rows in expected for row in rows
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
    k.split(own, into, np.uint64(low), np.uint64(bits), ends)
    assert into.tolist() == sorted(values, key=digit)
    assert ends.tolist() == expected
    k.split_in_place(own, np.uint64(low), np.uint64(bits), ends)
    assert sorted(own.tolist()) == sorted(values)
    assert [digit(value) for value in own.tolist()] == sorted(map(digit, values))
    assert ends.tolist() == expected


@given(st.integers(0, (1 << SHIFT) - 1), windows)
def test_records_of_word__are_its_documents_in_order(first, rows) -> None:
    own, n_of_document = packed([(first, *row[1:]) for row in rows], 4), np.zeros(16, np.int64)
    out = np.empty(len(own), np.uint64)
    k.records_of_word(own, np.uint64(first), np.uint64(4), n_of_document, out)
    assert out.tolist() == sorted(first << 4 | row[3] for row in rows)


prompt_of = for_python(encoding.prompt_of)


@given(st.lists(st.integers(1, 70), min_size=1, max_size=40))
def test_prompt_of__is_each_document_s_prompt(n_docs) -> None:
    doc_prompts = np.repeat(np.arange(len(n_docs), dtype=np.uint32), n_docs)
    steps = np.zeros(2 * (len(doc_prompts) // 64 + 1), np.uint64)
    k.step_prompts(doc_prompts, steps)
    assert [int(prompt_of(steps, np.uint64(doc))) for doc in range(len(doc_prompts))] == doc_prompts.tolist()


@pytest.mark.parametrize(("rank_bits", "doc_bits", "fits"), [(18, 27, True), (18, 28, False), (18, 16, True)])
def test_fit__leaves_something_of_the_first_rank_in_a_record(rank_bits, doc_bits, fits) -> None:
    """By all 64 bits a processor does not shift at all."""
    whole = SimpleNamespace(rank_bits=rank_bits, doc_bits=doc_bits, n_tokens=1)
    assert fit(whole, [1, 2, 3]) == fits  # type: ignore[arg-type]


token_at = for_python(kernels.token_at)
tokens = st.one_of(st.integers(0, 9), st.integers(0xFFF0, 0x1000F), st.integers(0, (1 << 32) - 1))


@given(st.lists(st.one_of(st.lists(tokens, max_size=70), st.lists(st.integers(0, 9), max_size=70)), max_size=4))
def test_token_at__gives_back_what_was_shortened(docs) -> None:
    all_tokens = np.array([token for doc in docs for token in doc], np.uint32)
    n_long = np.count_nonzero(all_tokens >= k.LONG)
    ends = np.cumsum([len(doc) for doc in docs], dtype=np.int64)
    numbers, number_ends = np.empty(len(all_tokens) + 2 * n_long, np.uint16), np.empty_like(ends)
    k.shorten(all_tokens, ends, numbers, number_ends)
    assert len(numbers) == (number_ends[-1] if docs else 0)
    address, at, read = np.uint64(numbers.ctypes.data), np.uint64(0), []
    for end in number_ends:
        read.append([])
        while at < end:
            token, at = token_at(address, at)
            read[-1].append(int(token))
    assert read == docs
