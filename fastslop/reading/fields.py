"""Fields of a file, and one record to its generations, each with a label and a prompt.

Nothing is read here: functions see names and plain Python values, whatever kind of file these came from. A record that
cannot be used raises ``Unusable`` with its reason; counting these is the caller's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from fastslop.reading.chat_strings import chat_of_string, parse_written
from fastslop.reading.chats import (
    FINISH_FIELDS,
    PARTY_OF,
    Generation,
    Party,
    ending_of,
    generation_of,
    reasoning_beside,
)
from fastslop.reading.generations import generations_of, of_turns
from fastslop.reading.paths import RECORD, is_object, lookup, objects_around, top_of
from fastslop.reading.prompts import prompt_of, tidy
from fastslop.reading.reasoning import BETWEEN
from fastslop.reading.unusable import (
    ANOTHER_KIND,
    FAILED_CALL,
    NO_TEXT,
    NOT_THE_MODELS,
    SAME_TEXT,
    Unusable,
    has_surrogate,
    without_surrogates,
)

ANSWERS, TURNS = "answers", "turns"
"""What is written out in strings: the answers of a service and lists of texts; or the turns of one side of a chat."""
MAX_NAMES_SHOWN = 20
EVERY_ITEM = "[]"
FAILURES = ("error", "response.error", "response.body.error", "result.error", "response.promptFeedback.blockReason")
"""Fields that say why there is no text."""


@dataclass(frozen=True)
class Fields:
    """Fields that the user gave, None for one to be found: names or paths (``response.text``, ``choices[].text``)."""

    text: str | None = None
    label: str | None = None
    prompt: str | None = None


class Found(NamedTuple):
    """Fields that might have been taken, and were not."""

    text: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()


NOTHING_ELSE = Found()


@dataclass(frozen=True)
class Columns:
    """The fields chosen for one file, as paths.

    ``label`` is None if no field has it. The values of the ``prompt`` fields are joined by "_", or by a space where one
    of them is ``optional`` and may be missing; if there are none, each document is its own prompt. ``found`` has all
    names that were there, ``also`` those that might have been taken, for messages. ``shape``: of the records, if it is
    known. ``more``: further texts of a record, each with its label; ``are_labels_names``: their fields' names are
    these. ``role``: the field that says whose message a record is; ``is_model_known``: a message has a role that
    models bear. ``echo``: the field whose text begins the generations. ``beside``: fields that hold the reasoning and
    the ending of a text. ``are_chat_strings``: texts are chats in strings; ``are_written_out``: they are lists or
    answers of a service in strings. ``is_label_given``: the user named the one label of all. ``asked``: the
    fields that hold what was asked: the prompt's, or others where these only number it; none where that is not told.
    ``once``: a field and its one value of which records are read.
    """

    text: str
    label: str | None
    prompt: tuple[str, ...]
    found: tuple[str, ...] = ()
    also: Found = NOTHING_ELSE
    shape: str | None = None
    optional: frozenset[str] = field(default_factory=frozenset)
    more: tuple[tuple[str, str | None], ...] = ()
    are_labels_names: bool = False
    role: str | None = None
    is_model_known: bool = False
    echo: str | None = None
    beside: tuple[str, ...] = ()
    are_chat_strings: bool = False
    written_out: str = ""
    are_prompts_chat_strings: bool = False
    is_label_given: bool = False
    is_labelled_by_folder: bool = False
    once: tuple[str, str] | None = None
    asked: tuple[str, ...] = field(default=(), compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The chosen paths of text, label and prompt, each once, the text first."""
        label = () if self.label is None else (self.label,)
        return tuple(dict.fromkeys((self.text, *label, *self.prompt)))

    @property
    def tops(self) -> frozenset[str]:
        """The fields of a record that hold anything that is read."""
        paired = [name for pair in self.more for name in pair]
        names = [*self.names, *self.asked, *paired, self.role, self.echo, *self.beside]
        return frozenset(name for name in names if name) | {top_of(name) for name in names if name}

    @property
    def is_flat(self) -> bool:
        """Whether a record is one text as it stands, beside its label, the parts of its prompt, and how it ended."""
        is_complex = self.more or self.role or self.once or self.echo or self.may_be_chat_strings or self.written_out
        has_more = bool(self.beside) and self.ending is None
        is_path = any(c in name for name in self.flat_names for c in ".[") or RECORD in self.names
        return not (is_complex or has_more or is_path)

    @property
    def may_be_chat_strings(self) -> bool:
        """Whether strings may be chats."""
        return self.are_chat_strings or self.are_prompts_chat_strings

    @property
    def ending(self) -> str | None:
        """The field that says how a text ended, if nothing else is beside it."""
        return self.beside[0] if len(self.beside) == 1 and self.beside[0] in FINISH_FIELDS else None

    @property
    def flat_names(self) -> tuple[str, ...]:
        """The fields of a flat record: those of ``names``, what was asked, and the ending, if any."""
        ending = () if self.ending is None else (self.ending,)
        return tuple(dict.fromkeys((*self.names, *self.asked, *ending)))

    @property
    def has_labels(self) -> bool:
        """Whether records say whose their texts are."""
        return self.label is not None or self.are_labels_names

    @property
    def joint(self) -> str:
        """What joins the parts of a prompt."""
        return " " if self.optional else "_"

    @cached_property
    def each(self) -> str:
        """The path to the items that hold both a text and its label or prompt; "" if the record does."""
        end = self.text.rfind(EVERY_ITEM)
        prefix = self.text[: end + len(EVERY_ITEM)] if end >= 0 else ""
        others = (self.label, *self.prompt)
        return prefix if prefix and any(name and name.startswith(f"{prefix}.") for name in others) else ""

    @property
    def taken(self) -> str:
        """What was taken, and what might have been: ``text output, model model, prompt id (also found: text)``."""
        if self.shape == TEXTS:
            if self.prompt == (FOLDER,):
                return "text the files, model the name of the folder above, prompt the folder's name"
            own = "the file's name" if self.prompt else OWN_PROMPTS
            return f"text the files, model the folder's name, prompt {own}"
        texts = [self.text or "the record itself", *(text for text, _ in self.more)]
        labels = [self.label or "the file's name", *(label for _, label in self.more if label)]
        if self.are_labels_names:
            labels = ["the fields' names"]
        elif self.label is None and (self.is_label_given or self.is_labelled_by_folder):
            labels = ["as given" if self.is_label_given else "the folder's name"]
        prompt = "+".join(name or "the record itself" for name in self.prompt) or OWN_PROMPTS
        also = [f"{kind} {' '.join(names)}" for kind, names in zip(KINDS, self.also, strict=True) if names]
        shape = f" ({self.shape})" if self.shape else ""
        rest = f" (also found: {', '.join(also)})" if also else ""
        return f"text {' and '.join(texts)}{shape}, model {' and '.join(labels)}, prompt {prompt}{rest}"


KINDS = ("text", "model", "prompt")
TEXTS = "texts of folders"
"""Shape of texts that are files of their own."""
FOLDER = "folder"
"""Prompt of texts whose folder bears its name."""
OWN_PROMPTS = "none (each text is its own; or --prompt)"


class Document(NamedTuple):
    """One generation of a record with its label and prompt, None where there is none; ``echo``: what may begin it;
    ``asked``: the prompt's text, None where that is not told."""

    generation: Generation
    label: str | None
    prompt: str | None
    echo: str | None = None
    asked: str | None = None


class OfAnotherKind:
    """In the place of a record with a text that is not looked for: a document has records of several kinds."""


def list_fields(found: Sequence[str]) -> str:
    """Say which fields a file has: ``fields found: id, output``."""
    more = f" and {len(found) - MAX_NAMES_SHOWN} more" if len(found) > MAX_NAMES_SHOWN else ""
    return f"fields found: {', '.join(found[:MAX_NAMES_SHOWN]) or 'none'}{more}"


def read_record(record: object, columns: Columns) -> list[Document]:
    """Read the documents of one record, one at least.

    Raises
    ------
    Unusable : the record has no text field, its value is no text, or it is not the model's
    """
    if columns.text != RECORD and not is_object(record):
        raise Unusable(ANOTHER_KIND if isinstance(record, OfAnotherKind) else NO_TEXT)
    if columns.role is not None and not _is_of_model(lookup(record, columns.role), columns):
        raise Unusable(NOT_THE_MODELS)
    if columns.once is not None and lookup(record, columns.once[0]) not in (None, columns.once[1]):
        raise Unusable(SAME_TEXT)
    try:
        return [one for item in _items(record, columns.each) for one in _documents(record, item, columns)]
    except Unusable:
        if columns.text != RECORD and _has_failed(record):
            raise Unusable(FAILED_CALL) from None
        raise


def _has_failed(record: object) -> bool:
    """Whether a record without a text says itself that the call to the service failed."""
    kind = lookup(record, "result.type")
    return any(lookup(record, path) for path in FAILURES) or kind in ("errored", "expired", "canceled")


def _items(record: Any, each: str) -> Iterator[Any]:
    """The record once for each item that holds texts; the record itself if no items do."""
    if not each:
        yield None
        return
    items = lookup(record, each)
    if not isinstance(items, list) or not items:
        raise Unusable(NO_TEXT)
    yield from items


def _documents(record: Any, item: Any, columns: Columns) -> list[Document]:
    """The documents of a record, or of one item in it: the answers of one model or several to one prompt."""

    def value(name: str) -> Any:
        prefix = f"{columns.each}."
        if item is not None and name == columns.each:
            return item
        return (
            lookup(item, name.removeprefix(prefix))
            if item is not None and name.startswith(prefix)
            else lookup(record, name)
        )

    prompt = _prompt_of([(name, value(name)) for name in columns.prompt], columns)
    is_same = columns.asked == columns.prompt and len(columns.prompt) == 1
    asked = prompt if is_same else _text_of([value(name) for name in columns.asked], columns)
    echo = value(columns.echo) if columns.echo else None
    found: list[tuple[Generation, str | None]] = []
    problem: Unusable | None = None
    for text, label in ((columns.text, columns.label), *columns.more):
        own = text if columns.are_labels_names else None if label is None else value(label)
        try:
            found += _labelled(_generations(value(text), columns), own)
        except Unusable as error:
            problem = error
            if columns.more or item is not None:
                found.append((Generation(""), _label_of(own)))
    if problem is not None and item is None and not any(one.text for one, _ in found):
        raise problem
    if columns.beside and len(found) == 1 and is_object(record):
        found = [(_with_what_is_beside(found[0][0], record, columns), found[0][1])]
    if len(found) > 1 and (prompt is None or not prompt.strip()):
        # Generations listed together answered one prompt, even where it was not kept.
        prompt = next((without_surrogates(one.text) for one, _ in found if one.text.strip()), None)
    began = echo if isinstance(echo, str) else None
    return [Document(one, label, prompt, began, asked) for one, label in found]


def _with_what_is_beside(one: Generation, record: Mapping[str, Any], columns: Columns) -> Generation:
    for path in objects_around(columns.text):
        value = lookup(record, path) if path else record
        if is_object(value):
            one = one._replace(
                reasoning=one.reasoning or reasoning_beside(value), ending=one.ending or ending_of(value)
            )
    return one


def _generations(value: object, columns: Columns) -> list[Generation]:
    if columns.are_chat_strings and isinstance(value, str):
        turns = chat_of_string(value)
        return [Generation(value) if turns is None else generation_of(turns)]
    written = parse_written(value) if columns.written_out and isinstance(value, str) else None
    if columns.written_out == TURNS and isinstance(written, list):
        return [of_turns(written)]
    return generations_of(value if written is None else written)


def _labelled(found: Sequence[Generation], value: object) -> list[tuple[Generation, str | None]]:
    """Generations with their labels: one for all of them, a list of as many, or one that turns agree on."""
    if isinstance(value, list):
        labels = [_label_of(item) for item in value]
        if len(labels) != len(found):
            own = set(labels) - {None}
            labels = [own.pop() if len(own) == 1 else None] * len(found)
        return list(zip(found, labels, strict=True))
    return [(one, _label_of(value)) for one in found]


def _text_of(parts: Sequence[Any], columns: Columns) -> str | None:
    """What was asked, of the parts that are there."""
    texts = [prompt_of(value, is_chat_string=columns.may_be_chat_strings) for value in parts]
    return " ".join(filter(None, texts)) or None


def _prompt_of(parts: Sequence[tuple[str, Any]], columns: Columns) -> str | None:
    keys: list[str] = []
    for name, value in parts:
        if columns.written_out == TURNS and isinstance(value, str):
            value = BETWEEN.join(filter(None, parse_written(value) or [value]))
        key = prompt_of(value, is_chat_string=columns.may_be_chat_strings)
        if key is None or (columns.optional and not tidy(key)):
            if name not in columns.optional:
                return None
        else:
            keys.append(tidy(key) if len(parts) > 1 else key)
    return columns.joint.join(keys) if keys else None


def party_of(role: str) -> Party:
    """Whose a message of a role is."""
    return PARTY_OF.get(role.strip().casefold(), Party.UNKNOWN)


def _is_of_model(role: object, columns: Columns) -> bool:
    """Whether the role of a message is the model's: known for one; or unknown, if no message's is known for one.

    It may be said as well that it is the user's, or is not.
    """
    if isinstance(role, bool):
        return not role
    return isinstance(role, str) and party_of(role) in (
        (Party.MODEL,) if columns.is_model_known else (Party.MODEL, Party.UNKNOWN)
    )


def _label_of(value: object) -> str | None:
    """The label in a value: a name or a whole number; None for everything else."""
    if isinstance(value, str):
        return None if has_surrogate(value) else value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
