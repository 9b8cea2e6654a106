"""Fields of a file, and one record to its documents, its label and its prompt.

Nothing is read here: functions see names and plain Python values, whatever kind of file these came from. A record that
cannot be used raises ``Unusable`` with one of the reasons below; counting these is the caller's business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastslop.base.errors import BadInputError, UsageError

BROKEN_JSON = "broken JSON"
INVALID_UTF8 = "invalid UTF-8"
NO_TEXT = "no text field"
NOT_A_STRING = "text is not a string"
LONE_SURROGATE = "lone surrogate"
EMPTY_TEXT = "empty text"
NO_LABEL = "no model field"
UNKNOWN_TYPE = "unknown file type"
HARMLESS = frozenset({EMPTY_TEXT, UNKNOWN_TYPE})  # counted, but no sign of a damaged file

CHATS = ("messages", "conversations", "conversation")
TEXTS = ("output", "text", "response", "completion", "generation", "answer", "content", "story")
SEVERAL_TEXTS = ("outputs", "responses", "generations", "completions")
LABELS = ("model", "model_name", "model_id", "label", "generator")
PROMPTS = ("prompt_id", "question_id", "prompt", "instruction", "question", "input")
ASSISTANT = frozenset({"assistant", "gpt", "model", "bot", "ai"})
USER = frozenset({"user", "human", "prompter"})

MAX_NAMES_SHOWN = 20


class Unusable(Exception):
    """A record or document that is skipped and counted under ``reason``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Fields:
    """Field names that the user gave, None for a field to be found. Dots reach into objects (``response.text``)."""

    text: str | None = None
    label: str | None = None
    prompt: str | None = None


@dataclass(frozen=True)
class Columns:
    """The fields chosen for one file.

    ``label`` is None if no field has it. The values of the ``prompt`` fields are joined by "_"; if there are none, each
    document is its own prompt. ``found`` has all names that were there, for messages.
    """

    text: str
    label: str | None
    prompt: tuple[str, ...]
    found: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The chosen names, each once, the text first."""
        label = () if self.label is None else (self.label,)
        return tuple(dict.fromkeys((self.text, *label, *self.prompt)))


def choose_columns(
    sample: Sequence[Mapping[str, Any]], asked: Fields, *, name: str, one_label: bool = False
) -> Columns:
    """Choose the fields of a file from its first records.

    Parameters
    ----------
    sample : some records from the start of the file
    asked : what the user said; it is never overruled
    name : the file, for messages
    one_label : the label is given, so no field is looked for

    Raises
    ------
    BadInputError : no record, or no field that looks like text
    UsageError : a field the user named is not there
    """
    values = _first_values(sample)
    found = _names_in(values)
    if not values:
        raise BadInputError(f"{name}: no records with fields in it")
    for option, field in (
        ("--text", asked.text),
        ("--model", None if one_label else asked.label),
        ("--prompt", asked.prompt),
    ):
        if field is not None and not any(_has(record, field) for record in sample):
            raise UsageError(f"{name}: no field {field!r} (asked for with {option}); {list_fields(found)}")
    text = asked.text or _find(values, (*TEXTS, *SEVERAL_TEXTS, *CHATS), _is_text)
    if text is None:
        raise BadInputError(f"{name}: no field looks like the text; {list_fields(found)}; choose the text with --text")
    label = None if one_label else asked.label or _find_label(values)
    prompt = (asked.prompt,) if asked.prompt else _find_prompt(values, text)
    return Columns(text, label, prompt, found)


def list_fields(found: Sequence[str]) -> str:
    """Say which fields a file has: ``fields found: id, output``."""
    more = f" and {len(found) - MAX_NAMES_SHOWN} more" if len(found) > MAX_NAMES_SHOWN else ""
    return f"fields found: {', '.join(found[:MAX_NAMES_SHOWN]) or 'none'}{more}"


def read_record(record: object, columns: Columns) -> tuple[list[str], str | None, str | None]:
    """Read the documents (at least one), the label and the prompt of one record; None where there is none.

    Raises
    ------
    Unusable : the record has no text field, or its value is no text
    """
    if not isinstance(record, Mapping):
        raise Unusable(NO_TEXT)
    documents = documents_of(lookup(record, columns.text))
    label = None if columns.label is None else _label_of(lookup(record, columns.label))
    parts = [prompt_of(lookup(record, part)) for part in columns.prompt]
    prompt = "_".join(part for part in parts if part is not None) if parts and None not in parts else None
    if len(documents) > 1 and (prompt is None or not prompt.strip()):
        # Generations listed together answered one prompt, even where it was not kept.
        prompt = next((without_surrogates(document) for document in documents if document.strip()), None)
    return documents, label, prompt


def lookup(record: Mapping[str, Any], name: str) -> Any:
    """Value of a field, or None; a name with dots is first a name, then a path through objects."""
    if name in record:
        return record[name]
    value: Any = record
    for part in name.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def documents_of(value: object) -> list[str]:
    """Documents in one value: a string, a list of strings, a chat (its assistant's turns), a list of parts.

    Raises
    ------
    Unusable : the value is null or none of these
    """
    if value is None:
        raise Unusable(NO_TEXT)
    if isinstance(value, str):
        return [value]
    if isinstance(value, bytes):
        return [decode(value)]
    if isinstance(value, Mapping) and _is_turn(value):
        value = [value]
    if isinstance(value, list):
        items = [item for item in value if item is not None]
        if all(isinstance(item, str) for item in items):
            return items or [""]
        if all(_is_turn(item) for item in items):
            return [_join_turns(items, ASSISTANT)]
        if all(isinstance(item, Mapping) and "text" in item for item in items):
            return [_content_of(items)]
    raise Unusable(NOT_A_STRING)


def prompt_of(value: object) -> str | None:
    """What identifies a prompt: the user's turns of a chat, else the value; the same for 5, 5.0 and "5"."""
    if value is None:
        return None
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, list) and value and all(_is_turn(item) for item in value):
        try:
            return without_surrogates(_join_turns(value, USER)) or None
        except Unusable:
            return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return without_surrogates(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))


def decode(raw: bytes) -> str:
    """Decode UTF-8 strictly.

    Raises
    ------
    Unusable : the bytes are no UTF-8
    """
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Unusable(INVALID_UTF8) from None


def has_surrogate(text: str) -> bool:
    """Whether a text holds half of a surrogate pair and so cannot be written as UTF-8."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def without_surrogates(text: str) -> str:
    """Put U+FFFD in the place of each lone surrogate."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if has_surrogate(text) else text


def _first_values(sample: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The first value of each field that is not null; None where all are."""
    values: dict[str, Any] = {}
    for record in sample:
        for name, value in record.items():
            if values.get(name) is None:
                values[name] = value
    return values


def _names_in(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of fields; those inside an object have dots."""
    names: list[str] = []
    for name, value in values.items():
        names.extend([f"{name}.{inner}" for inner in value] if isinstance(value, Mapping) and value else [name])
    return tuple(names)


def _has(record: Mapping[str, Any], name: str) -> bool:
    return name in record or lookup(record, name) is not None


def _find(values: Mapping[str, Any], names: Sequence[str], fits: Any) -> str | None:
    return next((name for name in names if name in values and fits(values[name])), None)


def _find_label(values: Mapping[str, Any]) -> str | None:
    """The field that names the model: a text, or a number where the field is called a model; a class is no model."""
    numbered = [name for name in LABELS if name.startswith("model")]
    named = _find(values, LABELS, lambda value: isinstance(value, str))
    return named or _find(values, numbered, lambda value: isinstance(value, int) and not isinstance(value, bool))


def _find_prompt(values: Mapping[str, Any], text: str) -> tuple[str, ...]:
    """The prompt's fields; a lone ``id`` comes last, because it may number the rows of one file only."""
    if values.get("source") is not None and values.get("id") is not None:
        return ("source", "id")
    candidates = {name: value for name, value in values.items() if name != text and prompt_of(value) is not None}
    chats = {name: value for name, value in values.items() if isinstance(value, list) and prompt_of(value) is not None}
    name = _find(candidates, PROMPTS, lambda value: True) or _find(chats, CHATS, lambda value: _is_turn(value[0]))
    return (name,) if name else ("id",) if "id" in candidates else ()


def _is_text(value: object) -> bool:
    try:
        return bool(documents_of(value))
    except Unusable:
        return False


def _label_of(value: object) -> str | None:
    """The label in a value: a name or a whole number; None for everything else."""
    if isinstance(value, str):
        return None if has_surrogate(value) else value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _is_turn(value: object) -> bool:
    return isinstance(value, Mapping) and ("role" in value or "from" in value)


def _join_turns(turns: Sequence[Mapping[str, Any]], roles: frozenset[str]) -> str:
    """The turns of some roles, joined by a blank line."""
    of_roles = [turn for turn in turns if str(turn.get("role") or turn.get("from")).casefold() in roles]
    return "\n\n".join(_content_of(turn["content"] if "content" in turn else turn.get("value")) for turn in of_roles)


def _content_of(content: object) -> str:
    """Text of a turn: a string, or the parts of a list that are text; null (a tool call) is empty."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text", "") if isinstance(part, Mapping) else part for part in content]
        if all(isinstance(part, str) for part in parts):
            return "\n\n".join(part for part in parts if part)
    raise Unusable(NOT_A_STRING)
