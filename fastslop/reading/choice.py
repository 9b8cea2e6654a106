"""Choice of the fields of a file, by a sample of its records: what the user asks for, a known shape, or known names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastslop.base.errors import NoTextFieldError, NoTextsError, UsageError
from fastslop.reading import names as n
from fastslop.reading.chat_strings import are_chats
from fastslop.reading.chats import FINISH_FIELDS, REASONING_FIELDS, ROLE_FIELDS, Party, is_chat, is_turn
from fastslop.reading.cleaning import without_prompt
from fastslop.reading.fields import EVERY_ITEM, Columns, Fields, Found, list_fields, party_of
from fastslop.reading.generations import generations_of, step_into
from fastslop.reading.items import holds_records, into_items, label_in_items
from fastslop.reading.paths import RECORD, lookup, names_in
from fastslop.reading.prompts import prompt_of
from fastslop.reading.shapes import Shape, find_shape, is_readable, is_text, is_there, texts_in
from fastslop.reading.unusable import Unusable

Sample = Sequence[Mapping[str, Any]]

LEAST_ECHOED = 10
"""Characters of a prompt that is recognised at the beginning of a text; ids are shorter."""
PROSE_WORDS = 4
"""Words, on average, of a field that might have been taken for the text."""
PROMPTS_LOOKED_AT = 20
"""Prompts by which it is told whether they are asked in words, or numbered."""
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Characters of scripts that put no spaces between words."""
MOST_ALSO = 5
"""Fields named of those that might have been taken."""


def choose_columns(sample: Sequence[object], asked: Fields, *, name: str, one_label: bool = False) -> Columns:
    """Choose the fields of a file from its first records.

    Parameters
    ----------
    sample : some records from the start of the file
    asked : what the user said; it is never overruled
    name : the file, for messages
    one_label : the label is given, so no field is looked for

    Raises
    ------
    NoTextsError : no record, or no field that looks like text
    UsageError : a field the user named is not there
    """
    records = [record for record in sample if isinstance(record, Mapping)]
    if sample and not records:
        return _of_bare_records(sample, asked, name)
    values = first_values(records)
    if not values:
        raise NoTextsError(f"{name}: no records with fields in it")
    found = tuple(names_in(values, _is_whole))
    _check_asked(records, asked, name, found, one_label=one_label)
    return _Choice(records, values, found, asked, one_label).columns(name)


def with_asked(columns: Columns, sample: Sequence[object]) -> Columns:
    """The choice with the fields that hold what was asked: the prompt's, or others where these only number it."""
    records = [record for record in sample[:PROMPTS_LOOKED_AT] if isinstance(record, Mapping)]
    if columns.text == RECORD or not records:
        return replace(columns, asked=columns.prompt)
    choice = _Choice(records, first_values(records), columns.found, Fields(), one_label=True)
    return replace(columns, asked=choice.what_was_asked(columns.prompt, columns.text))


def first_values(sample: Sample) -> dict[str, Any]:
    """The first value of each field that is not null; None where all are. A name is a string."""
    values: dict[str, Any] = {}
    for record in sample:
        for name, value in record.items():
            if isinstance(name, str) and values.get(name) is None:
                values[name] = value
    return values


def _of_bare_records(sample: Sequence[object], asked: Fields, name: str) -> Columns:
    """The choice where records are no objects: each is a text, a chat, or a list of texts."""
    for option, field in (("--text", asked.text), ("--model", asked.label), ("--prompt", asked.prompt)):
        if field is not None:
            raise UsageError(f"{name}: no field {field!r} (asked for with {option}): its records have no fields")
    if not any(is_text(record) for record in sample):
        raise NoTextsError(f"{name}: its records are neither objects nor texts nor chats")
    texts = [record for record in sample if isinstance(record, str)]
    is_chat_string = are_chats(texts)
    has_prompt = is_chat_string or any(is_chat(record) for record in sample)
    prompt = (RECORD,) if has_prompt else ()
    return Columns(RECORD, None, prompt, are_chat_strings=is_chat_string)


def _check_asked(sample: Sample, asked: Fields, name: str, found: Sequence[str], *, one_label: bool) -> None:
    for option, field in (
        ("--text", asked.text),
        ("--model", None if one_label else asked.label),
        ("--prompt", asked.prompt),
    ):
        if field is not None and not any(field in record for record in sample) and not is_there(sample, field):
            error = NoTextFieldError if option == "--text" else UsageError
            raise error(f"{name}: no field {field!r} (asked for with {option}); {list_fields(found)}")


def _is_whole(value: object) -> bool:
    """Whether an object or list is a text by itself, so that fields inside of it are not named."""
    return is_turn(value) or is_chat(value)


class _Choice:
    """The choice for one file: ``values`` has the first of each field, ``found`` the paths of all."""

    def __init__(
        self, sample: Sample, values: Mapping[str, Any], found: tuple[str, ...], asked: Fields, one_label: bool
    ) -> None:
        self.sample, self.values, self.found, self.asked, self.one_label = sample, values, found, asked, one_label
        self.shape: Shape | None = find_shape(sample)

    def columns(self, name: str) -> Columns:
        """The fields that are taken, and those that might have been."""
        role = self._role()
        pairs = self._pairs() if self.asked.text is None and self.shape is None and role is None else ()
        text = self._text(role, pairs)
        if text is None:
            raise NoTextsError(
                f"{name}: no field looks like the text{self._why_no_chat()}; {list_fields(self.found)}; "
                "choose the text with --text"
            )
        is_paired = bool(pairs) and text == pairs[0][0]
        label = None if self.one_label else self.asked.label or (pairs[0][1] if is_paired else self._label(text))
        are_chat_strings = are_chats(self._strings(text))
        prompt = self._prompt(text, role, are_chat_strings)
        return Columns(
            text=text,
            label=label,
            prompt=prompt,
            found=self.found,
            also=self._also(text, label, prompt),
            shape=self.shape.name if self.shape and text in self.shape.text else None,
            optional=self._optional(prompt),
            more=tuple((t, None if self.one_label else own) for t, own in pairs[1:]) if is_paired else (),
            role=role,
            is_model_known=role is not None and Party.MODEL in self._parties(role),
            is_label_given=self.one_label,
            echo=self._echo(text),
            beside=tuple(f for f in (*REASONING_FIELDS, *FINISH_FIELDS) if f in self.values and f != text),
            are_chat_strings=are_chat_strings,
            are_prompts_chat_strings=any(are_chats(self._strings(name)) for name in prompt if name != text),
            is_labelled_by_folder=bool(self.shape and self.shape.is_labelled_by_folder and label is None),
        )

    # The text

    def _text(self, role: str | None, pairs: Sequence[tuple[str, str]]) -> str | None:
        if self.asked.text is not None:
            return self.asked.text
        if self.shape is not None:
            return next(path for path in self.shape.text if is_readable(self.sample, path))
        if role is not None:
            return next((name for name in n.in_order(("text", "content", "value", "message"), self.values)), None)
        if pairs:
            return pairs[0][0]
        readable = self._readable((*n.ANSWERS, *n.SEVERAL_TEXTS, *n.CHATS, *n.ANYBODYS_TEXTS))
        readable.sort(key=self._is_silent)
        first = next(iter(readable), None)
        if first is not None and n.has(first, n.ANSWERS) and self._is_no_prose(first):
            # The key of a test ("B"), or a class, where what was written stands in another field.
            return next((path for path in readable if not (self._is_silent(path) or self._is_no_prose(path))), first)
        return first

    def _is_silent(self, path: str) -> bool:
        """Whether a path leads to chats in which no model says anything: they are prompts."""
        chats = [value for record in self.sample if is_chat(value := lookup(record, path))]
        return bool(chats) and not any(text.strip() for chat in chats for text in texts_in(chat))

    def _readable(self, wanted: Sequence[str]) -> list[str]:
        """The paths of fields with known names that lead to texts, in the order of these."""
        names = (name for name in n.in_order(wanted, self.values) if not self._lacks_roles(name))
        paths = (self._into(name, self.values[name]) for name in names)
        return list(dict.fromkeys(path for path in paths if path is not None))

    def _lacks_roles(self, name: str) -> bool:
        """Whether a field that is called a chat holds strings of which nobody says whose they are."""
        said = self.values[name]
        while isinstance(said, list) and said:
            said = said[0]
        is_said = n.has(name, n.CHATS) and isinstance(said, str)
        return is_said and not are_chats(self._strings(name))

    def _into(self, path: str, value: object) -> str | None:
        """The path on, through objects around a text, to what can be read; None if it is no text."""
        if isinstance(value, Mapping) and not is_turn(value):
            inner = step_into(value)
            return None if inner is None else self._into(f"{path}.{inner}", value[inner])
        if isinstance(value, list) and label_in_items(value) is not None and not holds_records(value):
            return into_items(path, value)
        if path == "choices" and isinstance(value, list) and not all(isinstance(item, Mapping) for item in value):
            return None  # what can be chosen in a test
        return path if is_text(value) and not holds_records(value) else None

    def _why_no_chat(self) -> str:
        """Why a field that is called a chat has no text of a model."""
        for name in n.in_order(n.CHATS, self.values):
            if self._lacks_roles(name):
                return f" ({name}: nothing says whose turns these are)"
            if is_chat(self.values[name]):
                try:
                    generations_of(self.values[name])
                except Unusable as problem:
                    return f" ({name}: {problem.reason})"
        return ""

    def _strings(self, path: str) -> list[str]:
        values = [lookup(record, path) for record in self.sample]
        return [value for value in values if isinstance(value, str)]

    def _is_no_prose(self, path: str) -> bool:
        texts = self._strings(path)
        return bool(texts) and all(len(text.split()) <= 1 and len(text) <= 20 for text in texts)

    def _role(self) -> str | None:
        """The field that says whose message a record is, if records are messages."""
        is_open = self.asked.text is None and self.shape is None
        are_turns = is_open and 2 * sum(map(is_turn, self.sample)) > len(self.sample)
        if not are_turns or any(name in self.values for name in ("messages", "prompt", "instruction")):
            return None
        return next((name for name in ROLE_FIELDS if set(self._parties(name)) - {Party.UNKNOWN}), None)

    def _parties(self, role: str) -> list[Party]:
        return [party_of(name) for name in self._strings(role)]

    def _pairs(self) -> tuple[tuple[str, str], ...]:
        """The fields of the answers of several models in one record, each with that of its model."""
        for endings in n.PAIRS:
            for text in n.PAIRED_TEXTS:
                for label in n.PAIRED_LABELS:
                    pairs = tuple((f"{text}{end}", f"{label}{end}") for end in endings if f"{text}{end}" in self.values)
                    if len(pairs) > 1 and all(self._is_pair(*pair) for pair in pairs):
                        return pairs
        for form in ("{}_model", "{}-model", "model_{}", "{}_model_name"):
            pairs = tuple((choice, form.format(choice)) for choice in n.CHOICES)
            if all(self._is_pair(*pair) for pair in pairs):
                return pairs
        return ()

    def _is_pair(self, text: str, label: str) -> bool:
        return isinstance(self.values.get(label), str) and is_readable(self.sample, text)

    # The label

    def _label(self, text: str) -> str | None:
        """The field that names the model: of the shape, beside the text, in an object around it, or in another one."""
        of_shape = self.shape.label if self.shape is not None else ()
        if self.shape is not None and self.shape.is_labelled_by_folder:
            return None
        around = [text[:end] for end in range(len(text)) if text[end] == "." and "[" not in text[:end]]
        return (
            next((path for path in of_shape if is_there(self.sample, path)), None)
            or self._label_beside(text)
            or self._label_in("", self.values)
            or next(filter(None, (self._label_at(path) for path in (*reversed(around), *n.GROUPS, text))), None)
        )

    def _label_beside(self, text: str) -> str | None:
        """The field that names the model in every item of the list that holds the texts."""
        items, every, _ = text.rpartition(EVERY_ITEM)
        values = [lookup(record, items) for record in self.sample] if every else []
        label = next(filter(None, map(label_in_items, values)), None)
        return None if label is None else f"{items}{every}.{label}"

    def _label_at(self, path: str) -> str | None:
        value = next((v for record in self.sample if isinstance(v := lookup(record, path), Mapping)), None)
        return None if value is None else self._label_in(f"{path}.", value)

    @staticmethod
    def _label_in(prefix: str, values: Mapping[str, Any]) -> str | None:
        """A text, or a number where the field is called a model; a class is no model."""
        named = [name for name in n.in_order(n.LABELS, values) if isinstance(values[name], str)]
        numbered = [
            name
            for name in n.in_order([label for label in n.LABELS if label.startswith("model")], values)
            if isinstance(values[name], int) and not isinstance(values[name], bool)
        ]
        return next((f"{prefix}{name}" for name in (*named, *numbered)), None)

    # The prompt

    def _prompt(self, text: str, role: str | None, are_chat_strings: bool) -> tuple[str, ...]:
        if self.asked.prompt is not None:
            return (self.asked.prompt,)
        of_shape = self.shape.prompt if self.shape is not None else ()
        group = next((group for group in of_shape if all(is_there(self.sample, path) for path in group)), None)
        if group is not None:
            return group
        if role is not None:
            return tuple(self._there(n.MESSAGE_IDS)[:1])
        if self.values.get("source") is not None and self.values.get("id") is not None:
            return ("source", "id")
        named = [name for name in self._there(n.PROMPTS) if name != text]
        if named:
            return self._with_its_company(named[0])
        asking = next((path for group in n.ASKING for path in self._prompts_in(group)), None)
        if asking is not None:
            return (asking,)
        chats = [name for name in n.in_order((*n.CHATS, text), self.values) if self._asks(name)]
        if chats or are_chat_strings:
            chat = chats[0] if chats else text
            return (*self._systems(), chat)
        if self._asks(text):
            return (text,)
        ids = [name for name in self._there(n.IDS) if name != text]
        return tuple(ids[:1])

    def what_was_asked(self, prompt: tuple[str, ...], text: str) -> tuple[str, ...]:
        """The fields that hold what was asked: see ``with_asked``."""
        if any(self._is_question(name) for name in prompt):
            return prompt
        named = (
            name for name in n.in_order(n.PROMPTS, self.values) if name != text and isinstance(self.values[name], str)
        )
        question = next((name for name in named if self._is_question(name)), None)
        return () if question is None else self._with_its_company(question)

    def _is_question(self, path: str) -> bool:
        """Whether a path leads to chats in which somebody asks, or mostly to strings of several words."""
        texts = self._strings(path)
        n_worded = sum(
            len(text.split()) >= PROSE_WORDS or len(_UNSPACED.findall(text)) >= PROSE_WORDS for text in texts
        )
        return 2 * n_worded > len(texts) if texts else self._asks(path)

    def _prompts_in(self, group: str) -> list[str]:
        """The paths of prompts in an object of the record."""
        value = self.values.get(group)
        return [f"{group}.{name}" for name in n.in_order(n.PROMPTS, value)] if isinstance(value, Mapping) else []

    def _there(self, wanted: Sequence[str]) -> list[str]:
        found = n.in_order(wanted, self.values)
        return [name for name in found if self.values[name] is not None and prompt_of(self.values[name]) is not None]

    def _asks(self, path: str) -> bool:
        """Whether a path leads to a chat in which somebody asks."""
        value = next((v for record in self.sample if (v := lookup(record, path)) is not None), None)
        value = value[0] if isinstance(value, list) and len(value) == 1 and is_chat(value[0]) else value
        return is_chat(value) and bool(prompt_of(value))

    def _with_its_company(self, name: str) -> tuple[str, ...]:
        """A prompt with the system prompt before it, and an instruction with its input behind it."""
        if n.has(name, ("instruction",)):
            company = next(n.in_order(n.COMPANY, self.values), None)
            if company is not None:
                return (*self._systems(), name, company)
        is_text = not name.casefold().endswith(("id", "index", "idx"))
        return (*(self._systems() if is_text else ()), name)

    def _systems(self) -> tuple[str, ...]:
        """The system prompt; a single word is the name of a system."""
        return tuple([name for name in self._there(n.SYSTEMS) if not self._is_no_prose(name)][:1])

    def _optional(self, prompt: Sequence[str]) -> frozenset[str]:
        """The parts of a prompt that may be missing: the input of an instruction, and the system prompt."""
        if len(prompt) < 2 or self.asked.prompt is not None:
            return frozenset()
        systems = [name for name in prompt[:1] if n.has(name.rpartition(".")[2], n.SYSTEMS)]
        return frozenset((*systems, *(name for name in prompt[1:] if n.has(name, n.COMPANY))))

    def _echo(self, text: str) -> str | None:
        """The field whose text begins most generations."""
        for name in self._there(n.PROMPTS):
            pairs = [
                (prompt, written)
                for record in self.sample
                if isinstance(prompt := lookup(record, name), str)
                for written in texts_in(lookup(record, text))
            ]
            n_echoed = sum(_is_echoed(prompt, written) for prompt, written in pairs)
            if pairs and 2 * n_echoed > len(pairs):
                return name
        return None

    # What might have been taken

    def _also(self, text: str, label: str | None, prompt: Sequence[str]) -> Found:
        taken = {text, label, *prompt}
        prose = [name for name in self.found if name not in taken and self._is_prose(name)]
        labels = [name for name in self.values if _may_be_label(name) and self._are_names(name)]
        prompts = [name for name in self._there((*n.PROMPTS, *n.IDS)) if name not in taken]
        texts = [name for name in prose if name not in prompts]
        return Found(
            tuple(texts[:MOST_ALSO]),
            tuple([name for name in labels if name not in taken][:MOST_ALSO]) if not self.one_label else (),
            tuple(prompts[:MOST_ALSO]),
        )

    def _are_names(self, path: str) -> bool:
        values = self._strings(path)
        return bool(values) and max(map(len, values)) <= n.LONGEST_NAME

    def _is_prose(self, path: str) -> bool:
        texts = self._strings(path)
        long = sum(len(text.split()) >= PROSE_WORDS or len(text) >= 10 * PROSE_WORDS for text in texts)
        return bool(texts) and 2 * long > len(texts)


def _is_echoed(prompt: str, text: str) -> bool:
    rest = without_prompt(text, prompt) if len(prompt.strip()) >= LEAST_ECHOED else None
    return rest is not None and rest != ""


def _may_be_label(name: str) -> bool:
    key = n.known_as(name)
    sounds_so = "model" in key or key.endswith("llm") or key.startswith("llm")
    return n.has(name, n.LABELS) or (sounds_so and not n.has(name, n.ANSWERS))
