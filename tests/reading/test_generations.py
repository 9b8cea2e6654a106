"""One value to the generations in it: parts of one text, or a text each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fastslop.reading.corpus import read_chunks
from fastslop.reading.generations import generations_of
from fastslop.reading.options import ReadOptions
from fastslop.reading.tally import Tally
from fastslop.reading.unusable import Unusable
from tests.reading.test_corpus import docs_of, write_lines

MILL, BARN = "The mill had stood idle since the flood.", "Swallows nested in the barn again."


@pytest.mark.parametrize("kind", ["ChatGeneration", "Generation", "text_completion", "ai"])
def test_generations__that_bear_a_type_are_each_a_text(kind: str) -> None:
    found = generations_of([{"text": MILL, "type": kind}, {"text": BARN, "type": kind}])
    assert [one.text for one in found] == [MILL, BARN]


def test_generations__of_langchain_hold_their_message_too() -> None:
    listed = [
        [{"text": text, "type": "ChatGeneration", "message": {"lc": 1, "kwargs": {"content": text}}}]
        for text in (MILL, BARN)
    ]
    assert [one.text for one in generations_of(listed)] == [MILL, BARN]


@pytest.mark.parametrize(
    "other",
    [
        {"type": "tool_use", "name": "weather", "input": {"text": "now"}},
        {"type": "image_url", "image_url": {"url": "mill.png"}},
        {"type": "thinking", "thinking": "A mill, then."},
        {"type": "server_tool_use", "name": "search"},
    ],
)
def test_parts__are_one_text_whatever_is_between(other: dict[str, Any]) -> None:
    (one,) = generations_of([{"type": "text", "text": MILL}, other, {"type": "text", "text": BARN}])
    assert one.text == f"{MILL}\n\n{BARN}"
    assert generations_of([other])[0].text == ""


def test_value__that_is_too_deep_is_no_text(tmp_path: Path) -> None:
    deep: Any = MILL
    for _ in range(700):
        deep = [deep]
    with pytest.raises(Unusable):
        generations_of(deep)
    for suffix in ("jsonl", "json"):
        path = write_lines(tmp_path / "a.jsonl", [{"output": MILL}, {"output": deep}])
        if suffix == "json":
            path = tmp_path / "a.json"
            path.write_text(json.dumps([{"output": MILL}, {"output": deep}]), encoding="utf-8")
        tally = Tally()
        found = docs_of(read_chunks([str(path)], ReadOptions(max_bad=1), tally=tally))
        assert [doc.text for doc in found] == [MILL]
        assert tally.skipped == {"text is not a string": 1}
