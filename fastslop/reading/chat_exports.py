"""Objects as programs export them, to the shapes that are read: exchanges and versions to turns, answers by model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastslop.reading import names as n
from fastslop.reading.chats import PARTY_OF
from fastslop.reading.paths import is_object, lookup

ASKED = "input instruction user human prompt question query".split()
ANSWERED = "output response assistant bot gpt answer reply".split()
"""Names of what is asked and answered in one exchange."""
BY_MODEL = "responses completions generations answers".split()
"""Objects of texts under the names of models."""


def plain(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """A record with turns where it has exchanges or versions of these, and lists where it has texts by model."""
    for name in n.in_order(n.CHATS, record):
        turns = _exchanges(record[name]) or _versions(record[name])
        if turns:
            record = {**record, name: turns}
    for name in n.in_order(BY_MODEL, record):
        texts = record[name]
        if is_object(texts) and len(texts) > 1 and _are_models(texts) and "models" not in record:
            record = {**record, name: list(texts.values()), "models": list(texts)}
    return record


def _exchanges(items: Any) -> list[dict[str, Any]]:
    """The turns of a list of objects, each with what was asked and what was answered; none if it is no such list."""
    turns: list[dict[str, Any]] = []
    for item in map(_exchange_of_pair, items) if isinstance(items, list) else ():
        asked = next(n.in_order(ASKED, item), None) if is_object(item) and len(item) == 2 else None
        answered = next(n.in_order(ANSWERED, item), None) if asked is not None else None
        if asked is None or answered is None or not all(isinstance(said, str) for said in item.values()):
            return []
        turns += [{"role": "user", "content": item[asked]}, {"role": "assistant", "content": item[answered]}]
    return turns


def _exchange_of_pair(item: Any) -> Any:
    """An exchange for a pair of strings, which names nobody's role; else the item itself."""
    is_pair = isinstance(item, list) and len(item) == 2 and all(isinstance(said, str) for said in item)
    if not is_pair or item[0].casefold() in PARTY_OF:
        return item
    return {ASKED[0]: item[0], ANSWERED[0]: item[1]}


def _versions(items: Any) -> list[dict[str, Any]]:
    """The turns of a chat of LM Studio, which keeps several versions of each and says which is shown."""
    turns: list[dict[str, Any]] = []
    for item in items if isinstance(items, list) else ():
        shown = lookup(item, f"versions[{item.get('currentlySelected', 0)}]") if is_object(item) else None
        if not is_object(shown) or "role" not in shown:
            return []
        steps = shown.get("steps")
        content = shown.get("content") if steps is None else _content_of(steps)
        models = lookup(shown, "steps[].genInfo.indexedModelIdentifier") or []
        model = next(filter(None, (*models, lookup(shown, "senderInfo.senderName"))), None)
        turns.append({"role": shown["role"], "content": content} | ({"model": model} if model else {}))
    return turns


def _content_of(steps: Sequence[Any]) -> list[Mapping[str, Any]]:
    """The parts of all steps; those of a block of thoughts say so."""
    return [
        {**part, "type": "thinking"} if lookup(step, "style.type") == "thinking" else part
        for step in steps
        if is_object(step)
        for part in step.get("content") or ()
        if is_object(part)
    ]


def _are_models(texts: Mapping[str, Any]) -> bool:
    """Whether an object has texts under names of which none is a field's."""
    fields = (*n.ANSWERS, *n.ANYBODYS_TEXTS, *n.PROMPTS, *n.SEVERAL_TEXTS, *n.CHATS)
    return all(isinstance(text, str) and not n.has(name, fields) for name, text in texts.items())
