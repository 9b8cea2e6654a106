"""One JSON document to the records in it: an array of them, a single one, or an object (a run, a log) around a list."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from fastslop.base.errors import BadInputError
from fastslop.reading import names as n
from fastslop.reading.chat_exports import plain
from fastslop.reading.chats import CONTENT_FIELDS, ROLE_FIELDS, content_of, is_chat, is_turn, split_content
from fastslop.reading.choice import choose_columns
from fastslop.reading.columnar import rows_of
from fastslop.reading.fields import Fields, OfAnotherKind, read_record
from fastslop.reading.labels import name_in
from fastslop.reading.named_texts import records_by_name
from fastslop.reading.paths import lookup
from fastslop.reading.shapes import is_there
from fastslop.reading.unusable import CONVERT, Unusable

ONE_A_LINE = "write one object a line (jq -c '.[]' turns an array into lines)"
MOST_DEPTH = 8
"""Objects within each other that are searched for records."""
HANDED_DOWN = (*n.LABELS, *n.PROMPTS)
"""Fields of an object that hold for the records in it: its model, and its prompt."""
KEY = "key"
"""Field of a record for the name under which an object holds it, where it holds several alike."""
KEY_OF_LISTS = "model_of_list"
"""Field of a record for the name of its list, where an object holds several alike: it may be a model, and no prompt."""
REPLIES, PARENT = "replies", "parent_id"
"""Fields of a message in a tree: those that answer it, and what it answers."""
LEAST_NAMED = 10
"""Strings of an object that may each be a text; fewer may be the fields of a record."""
NO_GENERATIONS = re.compile(r"errors?|exceptions?|judge?ments?", re.I)
"""Objects that say why there is no text, or what a judge says of one."""
ABOUT_TEXTS = re.compile(
    r"judg|annotation|evaluation|feedback|score|critique|reference|gold|ground.?truth|expected", re.I
)
"""Beginnings of the names of objects that hold what others say, of texts or in their place; they are read where there
is nothing else."""
OWN_RECORD = frozenset({*ROLE_FIELDS, *CONTENT_FIELDS})
"""Fields of a turn; what has others is a record, though it has a role."""

LOOKED_INTO = 10
"""Records that are searched for records within them."""

Kind = tuple[bool, int, str]


class Node(NamedTuple):
    """An object of a document: its record, with what those around it say; its kind and its text's size, if it has one.

    ``kind``: whether it stands among what others say of texts, its depth, and the path of its text. ``groups``: objects
    in it, those of one list, or alike by their fields, together.
    """

    record: Mapping[str, Any]
    kind: Kind | None = None
    size: int = 0
    groups: tuple[tuple[Node, ...], ...] = ()

    @property
    def misfit(self) -> list[Mapping[str, Any]]:
        """The record, which has no text; none if it is the root of a tree, as of a chat that ChatGPT exports."""
        is_root = {"parent", "children"} <= set(self.record) and self.record["parent"] is None
        return [] if is_root else [self.record]


def documents_in(name: str, raw: bytes) -> list[Any]:
    """The JSON documents of the file ``name``: one, or one a line.

    Raises
    ------
    BadInputError : it is no UTF-8, or no JSON
    RecursionError : it is nested too deeply
    """
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problem = f"line {line} is no UTF-8 (byte 0x{raw[error.start]:02X}); {CONVERT}"
        raise BadInputError(f"{name}: cannot be read: {problem}") from error
    try:
        return [json.loads(raw)]
    except ValueError as error:
        try:
            return [json.loads(line) for line in raw.split(b"\n") if line.strip()]
        except ValueError:
            kind = "array" if raw.lstrip()[:1] == b"[" else "object"
            raise BadInputError(f"{name}: no valid JSON {kind} ({error}); {ONE_A_LINE}") from error


def records_in(document: object, asked: str | None) -> list[Any]:
    """The records in a document; its items, or itself, if ``asked``, the path of a text, leads to one in these."""
    own = document if isinstance(document, list) else [document]
    if asked is not None and is_there([record for record in own if isinstance(record, dict)], asked):
        return own
    return records_of(document)


def hold_records(sample: Sequence[object], asked: str | None) -> bool:
    """Whether most records of a sample that have texts have them in records within; none if one has what is asked."""
    if asked is not None and is_there([record for record in sample if isinstance(record, dict)], asked):
        return False
    n_found = n_within = 0
    alike: set[frozenset[str]] = set()
    for record in sample[:LOOKED_INTO]:
        fields = _fields_of_flat(record)
        records = [record] if fields in alike else records_in(record, asked)
        if records and records[0] is record and fields is not None:
            alike.add(fields)  # others like it need not be looked into: that takes longest of all that begins a file
        n_found += bool(records)
        n_within += bool(records) and records[0] is not record
    return 2 * n_within > n_found


def _fields_of_flat(record: object) -> frozenset[str] | None:
    """The fields of an object in which there is no other object and no list; None of anything else."""
    if not isinstance(record, Mapping) or any(isinstance(value, Mapping | list) for value in record.values()):
        return None
    return frozenset(record)


def records_of(document: object) -> list[Any]:
    """The records in a document: the items of an array, or what looks like a generation in an object.

    Of several kinds of objects that do, those with the most text are taken, and with them what else is in their lists,
    so that it is told where it cannot be used; and others that answer by another name, as far in, with other texts.
    What is of any other kind has a sign in its place. An object of nothing but strings, or of objects of these, is a
    text under each of its names.
    """
    if isinstance(document, list):
        is_one_chat = is_chat(document) and all(set(turn) <= OWN_RECORD for turn in document)
        if is_one_chat:
            return [document]
        first = next((item for item in document if isinstance(item, Mapping)), None)
        is_record = first is None or is_turn(first) or (_is_plain(first) and _text_in(first)[0] is not None)
        if is_record:
            return document
        return [record for item in document for record in records_of(item) or [item]]
    if not isinstance(document, Mapping):
        return []
    rows = rows_of(document)
    if rows:
        return rows
    root = _node(document, {}, 0, is_aside=False)
    sizes: Counter[Kind] = Counter()
    for node in _nodes_in(root):
        if node.kind is not None:
            sizes[node.kind] += node.size
    if sizes:
        taken = max(sizes, key=lambda kind: (not kind[0], sizes[kind]))
        found = _of_kind(root, taken)
        return found + _of_others(root, taken, {id(record) for record in found})
    if named := records_by_name(document):
        return named
    are_texts = len(document) >= LEAST_NAMED and all(isinstance(value, str) for value in document.values())
    return [{KEY: name, "text": text} for name, text in document.items()] if are_texts else []


def _is_plain(record: Mapping[str, Any]) -> bool:
    """Whether a record is neither a table nor anything else that has to be turned into what is read."""
    return not rows_of(record) and plain(record) is record


def _of_kind(node: Node, kind: Kind) -> list[Mapping[str, Any]]:
    """The records of a kind, and all those that stand in one group with them."""
    if node.kind is not None:
        return [node.record] if node.kind == kind else []
    found: list[Mapping[str, Any]] = []
    for group in node.groups:
        parts = [_of_kind(inner, kind) for inner in group]
        if any(parts):
            found += [
                record
                for inner, part in zip(group, parts, strict=True)
                for record in part or _of_text(inner, kind) or inner.misfit
            ]
    return found


def _of_others(root: Node, taken: Kind, known: set[int]) -> list[Any]:
    """The records of other kinds than the one that is taken, under the names of its fields; or signs of them.

    ``known``: identities of the records that are read. What judges say is left out, and chats in which no model does.
    """
    nodes = [node for node in _nodes_in(root) if node.size and (node.kind == taken or id(node.record) not in known)]
    own = [node.record for node in nodes if node.kind == taken]
    texts = {str(lookup(record, taken[2])) for record in own}
    found: list[Any] = []
    for kind in dict.fromkeys(node.kind for node in nodes):
        if kind is None or kind[0] or kind[2] == taken[2]:
            continue
        others = [node.record for node in nodes if node.kind == kind]
        are_new = kind[1] == taken[1] and texts.isdisjoint(str(lookup(record, kind[2])) for record in others)
        if are_new and n.has(kind[2], n.ANSWERS) and n.has(taken[2], n.ANSWERS):
            found += _renamed(others, own[0])
        else:
            found += [OfAnotherKind() for _ in others]
    return found


def _renamed(records: Sequence[Mapping[str, Any]], like: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Records with their text and prompt under the names that these have in one of another kind."""
    mine, wanted = (choose_columns([record], Fields(), name="") for record in (records[0], like))
    old, new = (mine.text, *mine.prompt), (wanted.text, *wanted.prompt)
    names = dict(zip(old, new, strict=False)) if len(old) == len(new) else {mine.text: wanted.text}
    return [{names.get(name, name): value for name, value in record.items()} for record in records]


def _nodes_in(node: Node) -> Iterator[Node]:
    yield node
    for group in node.groups:
        for inner in group:
            yield from _nodes_in(inner)


def _of_text(node: Node, kind: Kind) -> list[Mapping[str, Any]]:
    """The records of a kind, but at whatever depth: one run may hold them in groups, and another may not."""
    if node.kind is not None:
        return [node.record] if (node.kind[0], node.kind[2]) == (kind[0], kind[2]) else []
    return [record for group in node.groups for inner in group for record in _of_text(inner, kind)]


def _node(value: Mapping[str, Any], above: Mapping[str, Any], depth: int, *, is_aside: bool) -> Node:
    if is_turn(value) and isinstance(value.get(REPLIES), list):
        return Node(value, groups=(tuple(_messages_in(value, None)),))
    value = plain(value)
    record = value if depth == 0 else {**above, **_told(value, above)}
    text, size = _text_in(value)
    if text is not None:
        return Node(record, (is_aside, depth, text), size)
    if depth == MOST_DEPTH:
        return Node(record)
    handed = {**above, **_told(_handed_down(value), above)}
    are_alike = _are_alike(list(value.values()))
    groups: list[tuple[Node, ...]] = []
    for name, inner in value.items():
        if NO_GENERATIONS.fullmatch(name):
            continue
        items = inner if isinstance(inner, list) and not is_chat(inner) else [inner]
        own = handed | _named(name, inner, above) if are_alike else handed
        is_about = is_aside or ABOUT_TEXTS.match(name) is not None
        group = [_node(item, own, depth + 1, is_aside=is_about) for item in items if isinstance(item, Mapping)]
        groups.append(tuple(group))
    return Node(record, groups=(tuple(chain.from_iterable(groups)),) if are_alike else tuple(groups))


def _told(value: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an object; what is null or empty in it leaves what those above say."""
    return {name: own for name, own in value.items() if name not in above or own not in (None, "")}


def _named(name: str, inner: object, above: Mapping[str, Any]) -> dict[str, Any]:
    """What the name of one of several alike says of the records in it; the name above of names is as that of lists."""
    if isinstance(inner, list):
        return {KEY_OF_LISTS: name}
    return {KEY: name} | ({KEY_OF_LISTS: above[KEY]} if KEY in above else {})


def _are_alike(values: Sequence[Any]) -> bool:
    """Whether values, two at least, are objects with the same fields, by and large, or lists of such objects."""
    if len(values) < 2:
        return False
    firsts = [value[0] if isinstance(value, list) and value else value for value in values]
    if len({type(value) for value in values}) > 1 or not all(isinstance(first, Mapping) for first in firsts):
        return False
    fields = [{"text" if n.has(name, n.ANSWERS) else name for name in first} for first in firsts]
    return 2 * len(set.intersection(*fields)) > len(set.union(*fields))


def _messages_in(message: Mapping[str, Any], parent: object) -> Iterator[Node]:
    """The messages of a tree, each with what it answers; whose they are is for the reader of records to see."""
    own = {name: value for name, value in message.items() if name != REPLIES}
    text = split_content(content_of(message))[0]
    yield Node({PARENT: parent, **own}, (False, 0, REPLIES), len(text))
    for reply in message[REPLIES] if isinstance(message.get(REPLIES), list) else ():
        if is_turn(reply):
            yield from _messages_in(reply, message.get("message_id") or text)


def _handed_down(value: Mapping[str, Any]) -> dict[str, Any]:
    """What an object says of all in it."""
    said = {name: value[name] for name in n.in_order(HANDED_DOWN, value)}
    own = {name: told for name, told in said.items() if isinstance(told, str | int)}
    own |= {name: told[inner] for name, told in said.items() if (inner := name_in(told)) and n.has(name, n.LABELS)}
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
