"""An index numbers n-grams as a plain dict does, and finds what was entered and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastslop.counting.one_label import count_documents
from fastslop.profiles.feature_index import LEAST, FeatureIndex
from fastslop.profiles.rows import hashes_of, texts_of
from tests.profile_checks import index_of
from tests.strategies import chunk, documents, specs

# The place of a hash depends on its lower bits: here many have the first place, or the last ones.
hashes = st.one_of(
    st.integers(0, 2**64 - 1),
    st.integers(0, 30),
    st.integers(0, 30).map(lambda i: i << 59),
    st.integers(0, 30).map(lambda i: 2**64 - 1 - (i << 59)),
)
calls = st.lists(st.lists(hashes, max_size=40), max_size=5)


def keys(values: list[int]) -> NDArray[np.uint64]:
    return np.array(values, np.uint64)


def numbered(plain: dict[int, int], values: list[int]) -> list[int]:
    """Numbers by a plain dict, in the order of first occurrence."""
    return [plain.setdefault(value, len(plain)) for value in values]


@pytest.mark.kernels
@given(calls, st.lists(hashes, max_size=40))
def test_index__numbers_and_finds_as_a_dict_does(calls, others) -> None:
    index, plain = FeatureIndex(), dict[int, int]()
    for values in calls:
        found = index.enter(keys(values))
        assert found.dtype == np.uint32
        assert found.tolist() == numbered(plain, values)
        assert len(index) == len(plain)
        assert index.hashes.tolist() == list(plain)
        asked = [*others, *plain, *values]
        assert index.find(keys(asked)).tolist() == [plain.get(value, -1) for value in asked]


@pytest.mark.kernels
@given(st.integers(0, 2**32), st.lists(st.integers(0, 3 * LEAST), min_size=1, max_size=4), st.sampled_from([0, 50]))
def test_index__keeps_its_numbers_beyond_its_first_room(seed, sizes, shift) -> None:
    rng = np.random.default_rng(seed)
    known = rng.integers(0, 2**64, 4 * LEAST, dtype=np.uint64) >> np.uint64(shift)
    index, plain = FeatureIndex(), dict[int, int]()
    for size in [*sizes, LEAST + 1]:
        values = rng.choice(known, size).tolist()
        assert index.enter(keys(values)).tolist() == numbered(plain, values)
    assert len(index) == len(plain)
    assert index.hashes.tolist() == list(plain)
    assert index.find(known).tolist() == [plain.get(value, -1) for value in known.tolist()]


@pytest.mark.kernels
@pytest.mark.parametrize("n", [LEAST - 1, LEAST, LEAST + 1, 2 * LEAST, 20 * LEAST])
def test_index__has_room_for_as_many_as_are_entered(n) -> None:
    index, values = FeatureIndex(), np.arange(n, dtype=np.uint64)[::-1]
    assert index.enter(values).tolist() == list(range(n))
    assert index.enter(values[:5]).tolist() == list(range(5))
    assert index.find(np.arange(n, n + 9, dtype=np.uint64)).tolist() == [-1] * 9
    assert index.hashes.tolist() == values.tolist()


@pytest.mark.kernels
@given(documents, documents, specs)
def test_index__of_a_profile_finds_in_another_what_both_have(pairs, others, spec) -> None:
    own, other = count_documents(chunk(pairs), spec), count_documents(chunk(others), spec)
    for table in spec.tables:
        index = index_of(own, table)
        rows, sought = np.arange(len(own.tables[table].n)), np.arange(len(other.tables[table].n))
        texts = texts_of(own, table, rows).to_list()
        found = index.find(hashes_of(other, table, sought)).tolist()
        assert found == [texts.index(x) if x in texts else -1 for x in texts_of(other, table, sought)]
        assert len(index) == len(texts)
