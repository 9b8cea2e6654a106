"""Passes over texts: these are read once where memory has room for them, and what is found is the same where not."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest

from fastslop.base.arrays import to_bytes
from fastslop.base.hashing import hash_strings
from fastslop.base.spec import PRESETS
from fastslop.reading.chunks import TextChunk
from fastslop.search import passes as module
from fastslop.search.passes import STEPS, TextPasses, Tokenised, counted_stream
from fastslop.tokens.tokeniser import TokenStream

SPEC = PRESETS["default"]
TEXTS = ["So it goes.", "The sea, the sea!", "It went on, and on.", "A whisper."]


def chunks() -> Iterator[TextChunk]:
    for i, text in enumerate(TEXTS):
        yield TextChunk("oak", *to_bytes(pl.Series([text])), hash_strings([f"prompt {i}"]))


def look(chunk: TextChunk, stream: TokenStream) -> tuple[bytes, list[int]]:
    return chunk.text.tobytes(), stream.tokens.tolist()


def n_bytes() -> int:
    return sum(Tokenised(chunk, counted_stream(chunk, SPEC)).n_bytes for chunk in chunks())


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("is_room", [True, False])
def test_passes__read_texts_once_if_there_is_room_and_find_the_same(
    workers: int, is_room: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_room", lambda: n_bytes() - (0 if is_room else 1))
    steps: list[str] = []
    told: list[tuple[str, int, int | None]] = []

    def read(step: str) -> Iterator[TextChunk]:
        steps.append(step)
        return chunks()

    passes = TextPasses(read, SPEC, workers, lambda step, done, total, unit: told.append((step, done, total)))
    expected = [look(chunk, counted_stream(chunk, SPEC)) for chunk in chunks()]
    assert [[*passes.of_each(step, look)] for step in STEPS] == [expected, expected]
    assert steps == [*STEPS[:1]] if is_room else steps == [*STEPS]
    assert (STEPS[1], len(TEXTS), len(TEXTS)) in told or not is_room


@pytest.mark.parametrize(("expected", "n_read"), [(0, 1), (1000, 1), (1001, 2)])
def test_passes__hold_no_text_if_all_are_known_to_find_no_room(
    expected: int, n_read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_room", lambda: 1000 + n_bytes())
    steps: list[str] = []

    def read(step: str) -> Iterator[TextChunk]:
        steps.append(step)
        return chunks()

    passes = TextPasses(read, SPEC, 1, expected=expected + n_bytes())
    for step in STEPS:
        assert len([*passes.of_each(step, look)]) == len(TEXTS)
    assert len(steps) == n_read


def test_passes__hold_nothing_of_a_pass_that_was_given_up() -> None:
    passes = TextPasses(lambda step: chunks(), SPEC, 1)
    next(passes.of_each(STEPS[0], look))
    assert len([*passes.of_each(STEPS[1], look)]) == len(TEXTS)
