"""How freed memory is given back is told to allocators before they start, unless the user has told them."""

from __future__ import annotations

import os

import pytest

from fastslop.system import memory
from fastslop.system.memory import DECAY, GROWTH, Gaps, give_back_freed_memory


@pytest.mark.parametrize(("given", "expected"), [(None, DECAY), ("dirty_decay_ms:9", "dirty_decay_ms:9")])
def test_give_back_freed_memory__tells_the_allocator_of_polars(
    monkeypatch: pytest.MonkeyPatch, given: str | None, expected: str
) -> None:
    monkeypatch.delenv("_RJEM_MALLOC_CONF", raising=False)
    if given is not None:
        monkeypatch.setenv("_RJEM_MALLOC_CONF", given)
    give_back_freed_memory()
    assert os.environ["_RJEM_MALLOC_CONF"] == expected


def test_gaps__are_given_back_once_the_process_has_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter([10, 10 + GROWTH, 11 + GROWTH, 20, 20 + GROWTH, 21 + GROWTH, 30])
    n_trims = []
    monkeypatch.setattr(memory, "rss_bytes", lambda: next(sizes))
    monkeypatch.setattr(memory, "trim", lambda: n_trims.append(1))
    gaps, given_back = Gaps(), []
    for _ in range(4):
        gaps.give_back()
        given_back.append(len(n_trims))
    assert given_back == [0, 1, 1, 2]
