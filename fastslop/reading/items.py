"""Items of a list in a record: records of their own, or answers to its prompt, each of which may name its model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastslop.reading import names as n
from fastslop.reading.chats import is_turn
from fastslop.reading.fields import EVERY_ITEM
from fastslop.reading.shapes import is_text


def holds_records(value: object, *, are_unasked: bool = False) -> bool:
    """Whether a value lists records, each with a prompt of its own, and not generations of one.

    If they ``are_unasked``, since nothing around them is a prompt, they may be numbered instead.
    """
    items = [item for item in value if item is not None] if isinstance(value, list) else []
    first = items[0] if items else None
    if not isinstance(first, Mapping) or is_turn(first):
        return False
    return any(n.has(name, (*n.PROMPTS, *n.CHATS[:3])) for name in first) or (are_unasked and _are_numbered(items))


def _are_numbered(items: Sequence[Any]) -> bool:
    """Whether items have ids, each its own; an index counts the generations of one prompt."""
    ids = [name for name in n.IDS if name not in ("index", "idx")]
    name = next(n.in_order(ids, items[0]), None)
    numbers = {str(item.get(name)) for item in items if isinstance(item, Mapping)}
    return name is not None and len(items) > 1 and len(numbers) == len(items)


def label_in_items(value: object) -> str | None:
    """The field that names a model in each item of a list; a label may say as well how good an item is."""
    items = [item for item in value if item is not None] if isinstance(value, list) else []
    if not items or not all(isinstance(item, Mapping) and not is_turn(item) for item in items):
        return None
    labels = n.in_order([label for label in n.LABELS if label != "label"], items[0])
    return next((label for label in labels if all(isinstance(item.get(label), str) for item in items)), None)


def into_items(path: str, items: Sequence[Any]) -> str | None:
    """The path of the texts in the items of a list: the items themselves, if they can be read as they are."""
    if is_text(items):
        return f"{path}{EVERY_ITEM}"
    first = next(item for item in items if item is not None)
    inner = next((name for name in n.in_order(n.ANSWERS, first) if is_text(first[name])), None)
    return None if inner is None else f"{path}{EVERY_ITEM}.{inner}"
