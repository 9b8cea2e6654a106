"""What identifies a prompt: the same for the same prompt, however a record spells it.

Of a chat it is the system prompt and the user's turns, whatever the roles are called; of an object its JSON with sorted
keys, without what is null; a number is as good as the string of it. White space does not matter: in the kernel
``hash_prompts`` it but parts words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from fastslop.reading.chat_strings import chat_of_string
from fastslop.reading.chats import is_chat, is_turn, prompt_of_chat, split_content
from fastslop.reading.paths import is_object
from fastslop.reading.unusable import Unusable, without_surrogates

AROUND = ("messages", "contents", "prompt", "text", "content")
"""Fields of an object that hold the prompt."""
_SPACES = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
"""Unicode's white space; what ``str.split`` takes for it holds four control characters more."""


def tidy(prompt: str) -> str:
    """A prompt with one space in the place of any white space, and none at its ends."""
    return _SPACES.sub(" ", prompt).strip(" ")


def prompt_of(value: object, *, is_chat_string: bool = False) -> str | None:
    """What identifies the prompt in a value, None if there is none; strings may be chats if ``is_chat_string``."""
    if value is None:
        return None
    if isinstance(value, str):
        turns = chat_of_string(value) if is_chat_string else None
        return without_surrogates(value) if turns is None else prompt_of(turns)
    if is_object(value):
        around = next((name for name in AROUND if value.get(name) is not None), None)
        if is_turn(value):
            value = [value]
        elif isinstance(value.get("raw"), str) and "label" in value:  # promptfoo
            return prompt_of(value["raw"])
        elif around is not None and (_is_alone(value) or is_chat(value[around])):
            return prompt_of(value[around])
    parts = value.get("parts") if is_object(value) else value
    if isinstance(parts, list) and parts and all(is_object(part) and "text" in part for part in parts):
        value = parts if is_chat(parts) else split_content(parts)[0]
        if isinstance(value, str):
            return without_surrogates(value)
    if isinstance(value, list) and len(value) == 1 and is_chat(value[0]):
        value = value[0]
    if is_chat(value):
        try:
            return without_surrogates(prompt_of_chat(value)) or None  # type: ignore[arg-type]
        except Unusable:
            return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    with suppress(RecursionError):  # what is deeper than Python goes stays as it is
        value = _without_nulls(value)
    return without_surrogates(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))


def _is_alone(value: Mapping[str, Any]) -> bool:
    """Whether an object has one field only that is not null."""
    return sum(own is not None for own in value.values()) == 1


def _without_nulls(value: Any) -> Any:
    """A value without the fields of its objects that are null: tables have these where JSON has none."""
    if is_object(value):
        return {name: _without_nulls(own) for name, own in value.items() if own is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
