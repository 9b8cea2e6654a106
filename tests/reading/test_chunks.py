"""Chunks of texts: those of one job may be kept for another."""

from __future__ import annotations

import numpy as np
import pytest

from fastslop.reading.chunks import KeptChunks
from tests.strategies import chunk

CHUNKS = [chunk([(f"p{i}", "So it goes. " * i)]) for i in range(1, 5)]
N_BYTES = sum(each.text.nbytes for each in CHUNKS)


@pytest.mark.parametrize("room", [N_BYTES, N_BYTES - 1, 0])
def test_kept_chunks__are_all_or_none(room: int) -> None:
    kept = KeptChunks(room)
    assert [*kept.kept(CHUNKS)] == CHUNKS
    assert kept.is_whole == (room == N_BYTES)
    assert kept.chunks == (CHUNKS if kept.is_whole else [])


def test_kept_chunks__of_a_job_that_was_given_up_are_not_all() -> None:
    kept = KeptChunks(N_BYTES)
    first = next(kept.kept(CHUNKS))
    assert np.array_equal(first.text, CHUNKS[0].text) and not kept.is_whole
