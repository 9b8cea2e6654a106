"""Ranges of neighbouring items."""

from __future__ import annotations

import numpy as np
import pytest

from fastslop.base.arrays import ranges_of


@pytest.mark.parametrize("sizes", [[0, 0], [5], [1, 0, 9, 1, 1], [3] * 100])
def test_ranges__hold_every_item_once(sizes: list[int]) -> None:
    ranges = list(ranges_of(np.array(sizes), 4))
    assert [i for first, last in ranges for i in range(first, last)] == list(range(len(sizes)))
