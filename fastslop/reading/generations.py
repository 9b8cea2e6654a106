"""One value to the generations in it: a text, a chat, a completion with its choices, a list of any of these.

Several texts in a value are several generations of one prompt; the turns of a chat and the parts of a turn are one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastslop.reading.chats import (
    Generation,
    ending_of,
    generation_of,
    is_chat,
    is_turn,
    reasoning_beside,
    split_content,
)
from fastslop.reading.names import SEVERAL_TEXTS
from fastslop.reading.paths import is_object
from fastslop.reading.reasoning import BETWEEN, joined
from fastslop.reading.unusable import NO_TEXT, NOT_A_STRING, Unusable, decode

AROUND = (
    "body response result message messages delta kwargs output content generated_text text"  # kwargs: LangChain's
).split()
"""Fields of an object that hold its text, or an object around it; the first that is there is taken."""
ITEMS = frozenset({"message", "reasoning"})
"""Types of the items of an answer by OpenAI's Responses API that hold what the model wrote."""
PARTS = re.compile(
    r"(\w+_)?(text|thinking|thought|reasoning)|refusal|(\w+_)?(image|audio|video|file|document|tool|function)(_\w+)?",
    re.I,
)
"""Types of the parts of one text; things of other types in a list, as LangChain's, are a generation each."""


def generations_of(value: object) -> list[Generation]:
    """The generations in one value, one at least.

    Raises
    ------
    Unusable : the value is null, nothing in it is a text, or it is too deep for one
    """
    try:
        return _found_in(value)
    except RecursionError:
        raise Unusable(NOT_A_STRING) from None


def _found_in(value: object) -> list[Generation]:
    if value is None:
        raise Unusable(NO_TEXT)
    if isinstance(value, str):
        return [Generation(value)]
    if isinstance(value, bytes):
        return [Generation(decode(value))]
    if is_object(value):
        return _of_object(value)
    if isinstance(value, list):
        return _of_list(value)
    raise Unusable(NOT_A_STRING)


def step_into(value: Mapping[str, Any]) -> str | None:
    """The field of an object that holds its text, or an object around it; None if none is known."""
    return next((name for name in (*SEVERAL_TEXTS, "turns", *AROUND) if _is_full(value.get(name))), None)


def is_completion(value: object) -> bool:
    """Whether a value is the answer of a service: an object with choices or candidates."""
    listed = next((value[name] for name in ("choices", "candidates") if name in value), None) if is_object(value) else 0
    inner = ("message", "content", "text", "delta")
    return isinstance(listed, list) and any(is_object(item) and any(name in item for name in inner) for item in listed)


def _is_full(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list | Mapping) and bool(value))


def _of_object(value: Mapping[str, Any]) -> list[Generation]:
    if is_turn(value):
        return [generation_of([value])]
    name = step_into(value)
    if name is None:
        raise Unusable(NOT_A_STRING)
    inner = value[name]
    if name == "turns" and isinstance(inner, list):
        found = [of_turns(inner)]
    elif name == "content" and not isinstance(inner, str):
        found = [generation_of(inner) if is_chat(inner) else Generation(*split_content(inner))]
    else:
        found = _found_in(inner)
    ending, reasoning = ending_of(value), reasoning_beside(value)
    return [
        one._replace(ending=one.ending or ending, reasoning=one.reasoning or reasoning) if ending or reasoning else one
        for one in found
    ]


def of_turns(turns: Sequence[object]) -> Generation:
    """The turns of one chat, all of them the model's unless they have roles."""
    if is_chat(turns):
        return generation_of(turns)  # type: ignore[arg-type]
    said = [split_content(turn) for turn in turns]
    return Generation(BETWEEN.join(text for text, _ in said), joined((r for _, r in said)))


def _of_list(value: list[Any]) -> list[Generation]:
    items = [item for item in value if item is not None]
    if not items:
        return [Generation("")]
    if all(isinstance(item, str) for item in items):
        return [Generation(item) for item in items]
    if is_chat(items):
        return [generation_of(items)]
    if not all(isinstance(item, Mapping | list) for item in items):
        raise Unusable(NOT_A_STRING)
    kinds = [kind for item in items if is_object(item) and isinstance(kind := item.get("type"), str)]
    if len(kinds) == len(items):
        if ITEMS.intersection(kinds):
            return [_of_items(items)]
        if any(map(PARTS.fullmatch, kinds)):
            return [Generation(*split_content(items))]
    return _of_each(items)


def _of_items(items: Sequence[Mapping[str, Any]]) -> Generation:
    """The messages among the items of an answer, as one text; reasoning beside them; calls of tools left out."""
    text: list[str] = []
    reasoning: list[str] = []
    for item in items:
        said = split_content(item.get("summary") or item.get("content")) if item["type"] in ITEMS else ("", "")
        is_thought = item["type"] == "reasoning"
        text.append("" if is_thought else said[0])
        reasoning.append(joined(said) if is_thought else said[1])
    return Generation(joined(text), joined(reasoning))


def _of_each(items: Sequence[object]) -> list[Generation]:
    """The generations of every item; one that has none is an empty text, unless none has any."""
    found: list[Generation] = []
    failed: list[Unusable] = []
    for item in items:
        try:
            found.extend(_found_in(item))
        except Unusable as problem:
            failed.append(problem)
            found.append(Generation(""))
    if len(failed) == len(items):
        raise failed[0]
    return found
