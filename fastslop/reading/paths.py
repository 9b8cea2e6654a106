"""Paths of fields through objects and lists: ``response.text``, ``choices[].message.content``, ``resps[0][0]``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeGuard

EVERY = None
"""Step to every item of a list, or to every value of an object."""
Step = str | int | None
RECORD = ""
"""Path of the record itself, where records are no objects but texts or chats."""
MOST_DEPTH = 6
"""Objects and lists within each other that fields are listed of."""
_STEP = re.compile(r"\[(\d*)\]|([^.\[\]]+)")


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value is an object; asking first for what nearly all are takes a fifth of the time."""
    return type(value) is dict or isinstance(value, Mapping)


@cache
def parse_path(name: str) -> tuple[Step, ...]:
    """The steps of a path: names of fields, numbers of items, ``EVERY``."""
    found = _STEP.findall(name)
    return tuple(field or (int(number) if number else EVERY) for number, field in found)


def top_of(name: str) -> str:
    """The field of the record in which a path begins."""
    steps = parse_path(name)
    return steps[0] if steps and isinstance(steps[0], str) else name


def objects_around(name: str) -> tuple[str, ...]:
    """The paths of the objects of a record in which the field of a path lies, the innermost first; the record last."""
    inner = name.partition("[")[0]
    ends = [end for end in range(len(inner)) if inner[end] == "."]
    return (*(inner[:end] for end in reversed(ends)), RECORD)


def lookup(record: Any, name: str) -> Any:
    """The value that a path leads to, or None; what looks like a path is first of all a name."""
    if is_object(record) and name in record:
        return record[name]
    return _follow(record, parse_path(name))


def _follow(value: Any, steps: Sequence[Step]) -> Any:
    for i, step in enumerate(steps):
        if step is EVERY:
            return _follow_all(value, steps[i + 1 :])
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if is_object(value) else None
    return value


def _follow_all(value: Any, steps: Sequence[Step]) -> list[Any] | None:
    """What each item of a list, or each value of an object, leads to; lists of these are joined."""
    items = list(value.values()) if is_object(value) else value
    if not isinstance(items, list):
        return None
    found = [_follow(item, steps) for item in items]
    return [one for part in found if part is not None for one in part] if EVERY in steps else found


def names_in(values: Mapping[str, Any], is_whole: Any, depth: int = MOST_DEPTH) -> Iterator[str]:
    """Paths of the fields in an object, to the depth where texts are; not into values that ``is_whole`` says it of."""
    for name, value in values.items():
        items = [item for item in value if item is not None] if isinstance(value, list) else []
        if depth > 1 and is_object(value) and value and not is_whole(value):
            yield from (f"{name}.{inner}" for inner in names_in(value, is_whole, depth - 1))
        elif depth > 1 and items and is_object(items[0]) and not is_whole(value):
            yield from (f"{name}[].{inner}" for inner in names_in(items[0], is_whole, depth - 1))
        else:
            yield name
