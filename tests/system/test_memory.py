"""How freed memory is given back is told to allocators before they start, unless the user has told them."""

from __future__ import annotations

import os

import pytest

from fastslop.system.memory import DECAY, give_back_freed_memory


@pytest.mark.parametrize(("given", "expected"), [(None, DECAY), ("dirty_decay_ms:9", "dirty_decay_ms:9")])
def test_give_back_freed_memory__tells_the_allocator_of_polars(
    monkeypatch: pytest.MonkeyPatch, given: str | None, expected: str
) -> None:
    monkeypatch.delenv("_RJEM_MALLOC_CONF", raising=False)
    if given is not None:
        monkeypatch.setenv("_RJEM_MALLOC_CONF", given)
    give_back_freed_memory()
    assert os.environ["_RJEM_MALLOC_CONF"] == expected
