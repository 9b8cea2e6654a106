"""Exports are turned into turns and lists only where they are what they look like."""

from __future__ import annotations

from typing import Any

import pytest

from fastslop.reading.chat_exports import plain
from fastslop.reading.chats import turns_of

SAID = "The lock keeper sold eggs from his window."


@pytest.mark.parametrize(
    "record",
    [
        {"samples": [{"input": "Who sold eggs?", "output": SAID}]},
        {"conversation": [{"input": "Who sold eggs?", "output": SAID, "score": 3}]},
        {"conversation": [{"role": "user", "content": "Who?"}]},
        {"responses": {"text": SAID, "title": "Eggs"}},
        {"responses": {"ash": SAID}},
        {"responses": {"ash": SAID, "elm": [SAID]}},
        {"outputs": {"summary": SAID, "title": "Eggs"}},
        {"output": SAID},
        {},
    ],
)
def test_plain__leaves_what_is_no_export(record: dict[str, Any]) -> None:
    assert plain(record) is record


@pytest.mark.parametrize(
    "items",
    [
        [{"type": "ai", "text": SAID}, {"type": "ai", "text": SAID}],
        [{"type": "text", "text": SAID}],
        [["one", "two"], ["three", "four"]],
        [{"label": True, "text": SAID}],
        [{"label": "good", "text": SAID}, {"label": "bad", "text": SAID}],
        [SAID, SAID],
        [],
    ],
)
def test_turns_of__takes_no_list_for_a_chat_in_which_nobody_asks(items: list[Any]) -> None:
    assert turns_of(items) == []
