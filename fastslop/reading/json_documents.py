"""One JSON document to the records in it: an array of them, a single one, or an object (a run, a log) around a list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastslop.base.errors import BadInputError
from fastslop.reading import names as n
from fastslop.reading.chats import CONTENT_FIELDS, ROLE_FIELDS, content_of, is_chat, is_turn, split_content
from fastslop.reading.choice import choose_columns
from fastslop.reading.fields import Fields, read_record
from fastslop.reading.unusable import Unusable

MOST_DEPTH = 8
"""Objects within each other that are searched for records."""
HANDED_DOWN = (*n.LABELS, *n.PROMPTS)
"""Fields of an object that hold for the records in it: its model, and its prompt."""
KEY = "key"
"""Field of a record for the name under which an object holds it, where it holds several alike."""
REPLIES, PARENT = "replies", "parent_id"
"""Fields of a message in a tree: those that answer it, and what it answers."""
LEAST_NAMED = 10
"""Strings of an object that may each be a text; fewer may be the fields of a record."""
OWN_RECORD = frozenset({*ROLE_FIELDS, *CONTENT_FIELDS})
"""Fields of a turn; what has others is a record, though it has a role."""


def records_of(document: object) -> list[Any]:
    """The records in a document: the items of an array, or what looks like a generation in an object.

    Of several kinds of objects that do, those with the most text are taken. An object of nothing but strings is a text
    under each of its names.
    """
    if isinstance(document, list):
        is_one_chat = is_chat(document) and all(set(turn) <= OWN_RECORD for turn in document)
        if is_one_chat:
            return [document]
        first = next((item for item in document if isinstance(item, Mapping)), None)
        if first is None or is_turn(first) or _text_in(first)[0] is not None:
            return document
        return [record for item in document for record in records_of(item)] or document
    if not isinstance(document, Mapping):
        return []
    kinds: defaultdict[tuple[int, str], list[Mapping[str, Any]]] = defaultdict(list)
    sizes: defaultdict[tuple[int, str], int] = defaultdict(int)
    for depth, text, size, record in _generations_in(document, {}, 0):
        kinds[depth, text].append(record)
        sizes[depth, text] += size
    if sizes:
        return kinds[max(sizes, key=lambda kind: sizes[kind])]
    are_texts = len(document) >= LEAST_NAMED and all(isinstance(value, str) for value in document.values())
    return [{KEY: name, "text": text} for name, text in document.items()] if are_texts else []


def _generations_in(
    value: Mapping[str, Any], above: Mapping[str, Any], depth: int
) -> Iterator[tuple[int, str, int, Mapping[str, Any]]]:
    """Objects that are records by themselves, with their depth, the path of their text, and its length."""
    if is_turn(value) and isinstance(value.get(REPLIES), list):
        yield from _messages_in(value, None)
        return
    text, size = _text_in(value)
    if text is not None:
        yield depth, text, size, value if depth == 0 else {**above, **value}
        return
    if depth == MOST_DEPTH:
        return
    handed = {**above, **_handed_down(value)}
    is_keyed = _are_alike(list(value.values()))
    for name, inner in value.items():
        own = {**handed, KEY: name} if is_keyed else handed
        if isinstance(inner, Mapping):
            yield from _generations_in(inner, own, depth + 1)
        elif isinstance(inner, list) and not is_chat(inner):
            for item in inner:
                if isinstance(item, Mapping):
                    yield from _generations_in(item, own, depth + 1)


def _are_alike(values: Sequence[Any]) -> bool:
    """Whether values, two at least, are objects with the same fields, by and large, or lists of such objects."""
    if len(values) < 2:
        return False
    firsts = [value[0] if isinstance(value, list) and value else value for value in values]
    if len({type(value) for value in values}) > 1 or not all(isinstance(first, Mapping) for first in firsts):
        return False
    fields = [set(first) for first in firsts]
    return 2 * len(set.intersection(*fields)) > len(set.union(*fields))


def _messages_in(message: Mapping[str, Any], parent: object) -> Iterator[tuple[int, str, int, Mapping[str, Any]]]:
    """The messages of a tree, each with what it answers; whose they are is for the reader of records to see."""
    own = {name: value for name, value in message.items() if name != REPLIES}
    text = split_content(content_of(message))[0]
    yield 0, REPLIES, len(text), {PARENT: parent, **own}
    for reply in message[REPLIES] if isinstance(message.get(REPLIES), list) else ():
        if is_turn(reply):
            yield from _messages_in(reply, message.get("message_id") or text)


def _handed_down(value: Mapping[str, Any]) -> dict[str, Any]:
    """What an object says of all in it."""
    own = {name: value[name] for name in n.in_order(HANDED_DOWN, value) if isinstance(value[name], str | int)}
    for groups, names in ((n.GROUPS, n.LABELS), (n.ASKING, n.PROMPTS)):
        for group in groups:
            inner = value.get(group)
            if isinstance(inner, Mapping):
                own |= {name: inner[name] for name in n.in_order(names, inner) if isinstance(inner[name], str)}
    return own


def _text_in(value: Mapping[str, Any]) -> tuple[str | None, int]:
    """The path of the text of an object, if it is a record, and how long the text is."""
    try:
        columns = choose_columns([value], Fields(), name="")
        size = sum(len(one.generation.text) for one in read_record(value, columns))
    except (BadInputError, Unusable):
        return None, 0
    return columns.text, size
