"""Ranges of neighbouring items."""

from __future__ import annotations

import numpy as np
import pytest

from fastslop.base.arrays import GrowingArray, ranges_of


@pytest.mark.parametrize("sizes", [[0, 0], [5], [1, 0, 9, 1, 1], [3] * 100])
def test_ranges__hold_every_item_once(sizes: list[int]) -> None:
    ranges = list(ranges_of(np.array(sizes), 4))
    assert [i for first, last in ranges for i in range(first, last)] == list(range(len(sizes)))


@pytest.mark.parametrize("lengths", [[], [0], [1, 0, 2], [1000, 1, 1, 5000], [1] * 100])
def test_growing_array__holds_all_that_was_added(lengths: list[int]) -> None:
    parts = [np.arange(length, dtype=np.uint16) + i for i, length in enumerate(lengths)]
    grown = GrowingArray(np.uint16)
    for part in parts:
        grown.extend(part)
    assert np.array_equal(grown.whole(), np.concatenate([np.zeros(0, np.uint16), *parts]))
    assert grown.whole().dtype == np.uint16


def test_growing_array__takes_the_type_that_holds_all() -> None:
    grown = GrowingArray(np.uint16)
    grown.extend(np.array([1], np.uint16))
    grown.extend(np.array([1 << 40]))
    grown.extend(np.array([2], np.uint16))
    assert grown.whole().tolist() == [1, 1 << 40, 2]
