"""Choice of the fields of a file, by a sample of its records: what the user asks for, a known shape, or known names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from fastslop.base.errors import NoTextFieldError, NoTextsError, UsageError
from fastslop.reading import names as n
from fastslop.reading.chat_strings import are_chats, parse_written
from fastslop.reading.chats import FINISH_FIELDS, REASONING_FIELDS, ROLE_FIELDS, Party, is_chat, is_turn
from fastslop.reading.fields import ANSWERS, TURNS, Columns, Fields, Found, list_fields, party_of
from fastslop.reading.generations import generations_of, is_completion, step_into
from fastslop.reading.items import holds_records, into_items, label_in_items
from fastslop.reading.labels import find_label, may_be_label
from fastslop.reading.own_files import WHERE_PROFILES_GO, are_of_a_profile
from fastslop.reading.paths import RECORD, lookup, names_in, objects_around
from fastslop.reading.prompt_fields import PromptFields, are_single_words
from fastslop.reading.shapes import Shape, find_shape, is_readable, is_text, is_there, texts_in
from fastslop.reading.unusable import Unusable

Sample = Sequence[Mapping[str, Any]]

PROSE_WORDS = 4
"""Words, on average, of a field that might have been taken for the text."""
PROMPTS_LOOKED_AT = 20
"""Prompts by which it is told whether they are asked in words, or numbered."""
SUCH_RECORDS = 'write objects such as {"model": "m", "prompt": "1", "text": "Dusk fell."}'
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
        raise NoTextsError(f"{name}: no records with fields in it; {SUCH_RECORDS}")
    found = tuple(names_in(values, _is_whole))
    _check_asked(records, asked, name, found, one_label=one_label)
    return _Choice(records, values, found, asked, one_label).columns(name)


def with_asked(columns: Columns, sample: Sequence[object]) -> Columns:
    """The choice with the fields that hold what was asked: the prompt's, or others where these only number it."""
    records = [record for record in sample[:PROMPTS_LOOKED_AT] if isinstance(record, Mapping)]
    if columns.text == RECORD or not records:
        return replace(columns, asked=columns.prompt)
    prompts = PromptFields(records, first_values(records), "")
    return replace(columns, asked=prompts.what_was_asked(columns.prompt, columns.text))


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
            where = f"{name}: no field {field!r} (asked for with {option})"
            raise UsageError(f"{where}: its records have no fields; leave {option} out")
    if not any(is_text(record) for record in sample):
        raise NoTextsError(f"{name}: its records are neither objects nor texts nor chats; {SUCH_RECORDS}")
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
        self.shape: Shape | None = find_shape(sample, values)

    def columns(self, name: str) -> Columns:
        """The fields that are taken, and those that might have been."""
        role = self._role()
        pairs = self._pairs() if self.asked.text is None and self.shape is None and role is None else ()
        text = self._text(role, pairs)
        choices = self._preferences() if text is None else ()
        if choices:
            text, pairs = choices[0][0], choices
        if text is None and are_of_a_profile(self.found):
            raise NoTextsError(f"{name} is a profile, not texts; {WHERE_PROFILES_GO}")
        if text is None:
            raise NoTextsError(
                f"{name}: no field looks like the text{self._why_no_chat()}; {list_fields(self.found)}; "
                "choose the text with --text"
            )
        is_paired = bool(pairs) and text == pairs[0][0]
        label = self._label(text, pairs[0][1] if is_paired else None)
        more = () if not is_paired else self._more(pairs, label)
        taken = {text, label, *(name for pair in more for name in pair)}
        prompts = PromptFields(self.sample, self.values, name)
        are_chat_strings = are_chats(self._strings(text)) and prompts.are_asked_in(text)
        prompt: tuple[str, ...] = (self.asked.prompt,) if self.asked.prompt is not None else ()
        if not prompt:
            prompt = prompts.choose(text, label, self.shape, are_messages=role is not None, are_chats=are_chat_strings)
        return Columns(
            text=text,
            label=label,
            prompt=prompt,
            found=self.found,
            also=self._also({*taken, *prompt}, prompts.there((*n.PROMPTS, *n.IDS))),
            shape=self.shape.name if self.shape and text in self.shape.text else None,
            optional=prompts.optional(prompt) if self.asked.prompt is None else frozenset(),
            more=more,
            are_labels_names=bool(choices) and label is None and not self.one_label,
            role=role,
            is_model_known=role is not None and Party.MODEL in self._parties(role),
            is_label_given=self.one_label,
            echo=prompts.echoed(text),
            beside=self._beside(text),
            are_chat_strings=are_chat_strings,
            written_out="" if are_chat_strings else self._written_out(text, prompt),
            are_prompts_chat_strings=any(are_chats(self._strings(name)) for name in prompt if name != text),
            is_labelled_by_folder=bool(self.shape and self.shape.is_labelled_by_folder and label is None),
            once=self._once(),
        )

    def _once(self) -> tuple[str, str] | None:
        """The field of which one value is read, and the first that it has."""
        name = self.shape.once if self.shape is not None else None
        value = self.values.get(name) if name is not None else None
        return (name, value) if name is not None and isinstance(value, str) else None

    # The text

    def _text(self, role: str | None, pairs: Sequence[tuple[str, str | None]]) -> str | None:
        if self.asked.text is not None:
            return self.asked.text
        if self.shape is not None:
            return next(path for path in self.shape.text if is_readable(self.sample, path))
        if role is not None:
            is_wrapped = role.startswith(f"{n.WRAPPED}.")
            return n.WRAPPED if is_wrapped else next(n.in_order(n.SAID, self.values), None)
        if pairs:
            return pairs[0][0]
        readable = self._readable((*n.ANSWERS, *n.SEVERAL_TEXTS, *n.CHATS, *n.ANYBODYS_TEXTS))
        readable += [name for name in self.values if name not in readable and self._is_chat(name)]
        readable.sort(key=self._is_silent)
        first = next(iter(readable), None)
        if first is not None and n.has(first, n.ANSWERS) and self._is_no_prose(first):
            # The key of a test ("B"), or a class, where what was written stands in another field.
            return next((path for path in readable if not (self._is_silent(path) or self._is_no_prose(path))), first)
        return first

    def _written_out(self, text: str, prompt: Sequence[str]) -> str:
        """What most texts are, if they are completions as JSON, lists where the field is called so, or listed turns."""
        strings = self._strings(text)
        written = [parse_written(one) for one in strings if one.lstrip()[:1] in ("[", "{")]
        if 2 * len(written) <= len(strings):
            return ""
        asked = [parse_written(one) for one in self._strings(prompt[0])] if len(prompt) == 1 else []
        pairs = zip(asked, written, strict=False)
        n_turns = sum(isinstance(p, list) and isinstance(w, list) and len(p) == len(w) for p, w in pairs)
        if len(asked) == len(written) and 2 * n_turns > len(strings):
            return TURNS
        is_list = n.has(text.rpartition(".")[2], n.SEVERAL_TEXTS)
        fit = sum(is_completion(one) or (is_list and isinstance(one, list) and is_text(one)) for one in written)
        return ANSWERS if 2 * fit > len(strings) else ""

    def _is_chat(self, name: str) -> bool:
        """Whether a field is a chat whatever its name, in which a model says something."""
        is_asked = n.has(name, (*n.PROMPTS, *n.ASKING, *(name for names in n.PREFERENCES for name in names)))
        return not is_asked and is_chat(self.values[name]) and not self._is_silent(name)

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
        are_records = holds_records(value, are_unasked=self._is_unasked())
        if isinstance(value, list) and label_in_items(value) is not None and not are_records:
            return into_items(path, value)
        if path == "choices" and isinstance(value, list) and not all(isinstance(item, Mapping) for item in value):
            return None  # what can be chosen in a test
        return path if is_text(value) and not are_records else None

    def _is_unasked(self) -> bool:
        """Whether no field of a record tells or numbers its prompt."""
        return not any(n.in_order((*n.PROMPTS, *n.IDS, *n.ASKING, *n.CHATS[:4]), self.values))

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
        return are_single_words(self._strings(path))

    def _role(self) -> str | None:
        """The field that says whose message a record is, if records are messages."""
        is_closed = self.asked.text is not None or self.shape is not None
        if is_closed or any(name in self.values for name in ("messages", "prompt", "instruction")):
            return None
        if isinstance(self.values.get(n.IS_USERS), bool):
            return n.IS_USERS
        for around in ("", n.WRAPPED):
            turns = [lookup(record, around) if around else record for record in self.sample]
            paths = [".".join(filter(None, (around, name, inner))) for name in ROLE_FIELDS for inner in ("", "role")]
            if 2 * sum(map(is_turn, turns)) > len(turns):
                return next((path for path in paths if set(self._parties(path)) - {Party.UNKNOWN}), None)
        return None

    def _parties(self, role: str) -> list[Party]:
        return [party_of(name) for name in self._strings(role)]

    def _pairs(self) -> tuple[tuple[str, str | None], ...]:
        """The fields of the answers of several models in one record, each with that of its model."""
        for endings in (all_of for all_of in n.PAIRS if self._ends_with(all_of[0]) and self._ends_with(all_of[1])):
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

    def _ends_with(self, ending: str) -> bool:
        return any(name.endswith(ending) for name in self.values)

    def _preferences(self) -> tuple[tuple[str, None], ...]:
        """The fields of a text that was preferred and one that was not, where nobody says whose they are."""
        for names in n.PREFERENCES:
            if all(is_readable(self.sample, name) for name in names):
                return tuple((name, None) for name in names)
        return ()

    def _is_pair(self, text: str, label: str) -> bool:
        return isinstance(self.values.get(label), str) and is_readable(self.sample, text)

    def _label(self, text: str, paired: str | None) -> str | None:
        if self.one_label:
            return None
        return self.asked.label or paired or find_label(self.sample, self.values, text, self.shape)

    def _more(self, pairs: Sequence[tuple[str, str | None]], label: str | None) -> tuple[tuple[str, str | None], ...]:
        """The further texts of a record, each with its label; one that is given or named once is that of all."""
        own = None if self.one_label else self.asked.label
        return tuple((text, own or (None if self.one_label else paired or label)) for text, paired in pairs[1:])

    def _beside(self, text: str) -> tuple[str, ...]:
        """The fields of reasoning and endings in the objects around a text."""
        around = ["" if not path else f"{path}." for path in objects_around(text)]
        paths = [f"{path}{field}" for path in around for field in (*REASONING_FIELDS, *FINISH_FIELDS)]
        return tuple(path for path in paths if path != text and is_there(self.sample, path))

    # What might have been taken

    def _also(self, taken: Set[str | None], may_ask: Sequence[str]) -> Found:
        prose = [name for name in self.found if name not in taken and self._is_prose(name)]
        labels = [name for name in self.values if may_be_label(name) and self._are_names(name)]
        prompts = [name for name in may_ask if name not in taken]
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
