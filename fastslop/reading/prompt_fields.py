"""The fields that identify the prompt of a text: of a known shape, by their names, or the chat in which it was put."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from fastslop.reading import names as n
from fastslop.reading.chat_strings import is_written_out
from fastslop.reading.chats import is_chat
from fastslop.reading.cleaning import without_prompt
from fastslop.reading.paths import lookup
from fastslop.reading.prompts import prompt_of, tidy
from fastslop.reading.shapes import Shape, is_there, texts_in

LEAST_ECHOED = 10
"""Characters of a prompt that is recognised at the beginning of a text; ids are shorter."""

QUESTION = 4
"""Words of a prompt that is asked, and not numbered."""
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Characters of scripts that put no spaces between words."""


class PromptFields:
    """The prompts in a sample of records of the file ``name``; ``values`` has the first value of each field."""

    def __init__(self, sample: Sequence[Mapping[str, Any]], values: Mapping[str, Any], name: str) -> None:
        self.sample, self.values = sample, values
        self.stem = n.known_as(PurePath(name).name.partition(".")[0])

    def choose(
        self, text: str, label: str | None, shape: Shape | None, *, are_messages: bool, are_chats: bool
    ) -> tuple[str, ...]:
        """The fields to take, beside those of the text and of the label."""
        of_shape = shape.prompt if shape is not None else ()
        group = next((group for group in of_shape if all(is_there(self.sample, path) for path in group)), None)
        if group is not None:
            return group
        if are_messages:
            return tuple(self.there(n.MESSAGE_IDS)[:1])
        if self._has_source_and_id(label):
            return ("source", "id")
        named = [name for name in self.there(n.PROMPTS) if name not in (text, label)]
        if named:
            has_company = self._company_of(named[0]) is not None
            return self._with_its_company(named[0] if has_company else self._first_that_varies(named))
        asking = [path for group in n.ASKING for path in self._prompts_in(group)]
        if asking:
            return (self._first_that_varies(asking),)
        chats = [name for name in n.in_order((*n.CHATS, text), self.values) if self.asks(name)]
        if chats or are_chats:
            return (*self._systems(), chats[0] if chats else text)
        if self.asks(text):
            return (text,)
        return tuple([name for name in self.there(n.IDS) if name not in (text, label)][:1])

    def there(self, wanted: Sequence[str]) -> list[str]:
        """The fields of these names in which something is."""
        found = n.in_order(wanted, self.values)
        return [name for name in found if self.values[name] is not None and prompt_of(self.values[name]) is not None]

    def asks(self, path: str) -> bool:
        """Whether a path leads to a chat in which somebody asks."""
        value = next((v for record in self.sample if (v := lookup(record, path)) is not None), None)
        value = value[0] if isinstance(value, list) and len(value) == 1 and is_chat(value[0]) else value
        return is_chat(value) and bool(prompt_of(value))

    def what_was_asked(self, prompt: tuple[str, ...], text: str) -> tuple[str, ...]:
        """The fields that hold what was asked: those of the prompt, or others where these only number it."""
        if any(self._is_question(name) for name in prompt):
            return prompt
        named = [name for name in n.in_order(n.PROMPTS, self.values) if name != text]
        question = next((q for q in named if isinstance(self.values[q], str) and self._is_question(q)), None)
        return () if question is None else self._with_its_company(question)

    def _is_question(self, path: str) -> bool:
        """Whether a path leads to chats in which somebody asks, or mostly to strings of several words."""
        texts = [value for record in self.sample if isinstance(value := lookup(record, path), str)]
        n_worded = sum(len(text.split()) >= QUESTION or len(_UNSPACED.findall(text)) >= QUESTION for text in texts)
        return 2 * n_worded > len(texts) if texts else self.asks(path)

    def optional(self, prompt: Sequence[str]) -> frozenset[str]:
        """The parts of a prompt that may be missing: the input of an instruction, and the system prompt."""
        if len(prompt) < 2:
            return frozenset()
        systems = [name for name in prompt[:1] if n.has(name.rpartition(".")[2], n.SYSTEMS)]
        return frozenset((*systems, *(name for name in prompt[1:] if n.has(name, n.COMPANY))))

    def echoed(self, text: str) -> str | None:
        """The field whose text begins most generations."""
        for name in self.there(n.PROMPTS):
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

    def are_asked_in(self, text: str) -> bool:
        """Whether chats that are strings are those of the prompts, if other fields hold any.

        What answers a prompt of another field may speak of marks, or be a play in which a user has a part.
        """
        asked = [name for name in n.in_order(n.CHATS, self.values) if self.asks(name)]
        asked += [name for name in self.there(n.PROMPTS) if _is_text_name(name)]
        asked += [path for group in n.ASKING for path in self._prompts_in(group) if _is_text_name(path)]
        asked = [name for name in asked if name != text]
        return not asked or any(self._is_asked_in(text, name) for name in asked)

    def _is_asked_in(self, text: str, prompt: str) -> bool:
        """Whether most texts are chats in which somebody asks what the prompt's field says, or written as lists."""
        pairs = [(lookup(record, text), prompt_of(lookup(record, prompt))) for record in self.sample]
        whole = [(said, asked) for said, asked in pairs if isinstance(said, str) and asked is not None]
        n_asked = sum(
            is_written_out(said) or tidy(asked) in tidy(prompt_of(said, is_chat_string=True) or "")
            for said, asked in whole
        )
        return 2 * n_asked > len(whole)

    def _has_source_and_id(self, label: str | None) -> bool:
        """Whether there is a source, such as a set of prompts, in which an id numbers one; and not a model."""
        source, number = self.values.get("source"), self.values.get("id")
        if source is None or number is None or label == "source":
            return False
        named = [record for record in self.sample if record.get("source") is not None]
        if label is not None:
            n_same = sum(record["source"] == lookup(record, label) for record in named)
            return bool(2 * n_same <= len(named))
        if {n.known_as(record["source"]) for record in named} == {self.stem}:
            return False
        return not self._share_prompts(named)

    def _share_prompts(self, records: Sequence[Mapping[str, Any]]) -> bool:
        """Whether most prompts are of several sources, as models share them."""
        asked = next((name for name in self.there(n.PROMPTS) if _is_text_name(name)), "id")
        sources_of: dict[str, set[str]] = {}
        for record in records:
            sources_of.setdefault(str(record.get(asked)), set()).add(str(record["source"]))
        return 2 * sum(len(own) > 1 for own in sources_of.values()) > len(sources_of)

    def _first_that_varies(self, names: Sequence[str]) -> str:
        """The first field; or the first that varies and is no number, if the first has one value for all records."""
        n_values = {name: len({prompt_of(lookup(record, name)) for record in self.sample}) for name in names}
        varying = [name for name in names if n_values[name] > 1 and _is_text_name(name)]
        return varying[0] if varying and n_values[names[0]] == 1 else names[0]

    def _prompts_in(self, group: str) -> list[str]:
        """The paths of prompts in an object of the record; the field itself, if it is a text."""
        value = self.values.get(group)
        if isinstance(value, str):
            return [group]
        if not isinstance(value, Mapping):
            return []
        chats = [name for name in n.in_order(n.CHATS, value) if self.asks(f"{group}.{name}")]
        return [f"{group}.{name}" for name in (*n.in_order(n.PROMPTS, value), *chats)]

    def _company_of(self, name: str) -> str | None:
        """The field of what an instruction is about."""
        return next(n.in_order(n.COMPANY, self.values), None) if n.has(name, ("instruction",)) else None

    def _with_its_company(self, name: str) -> tuple[str, ...]:
        """A prompt with the system prompt before it, and an instruction with its input behind it."""
        company = self._company_of(name)
        return (
            *(self._systems() if _is_text_name(name) else ()),
            name,
            *(() if company is None else (company,)),
        )

    def _systems(self) -> tuple[str, ...]:
        """The system prompt; a single word is the name of a system."""
        return tuple([name for name in self.there(n.SYSTEMS) if not _are_words(self.sample, name)][:1])


def _are_words(sample: Sequence[Mapping[str, Any]], name: str) -> bool:
    texts = [value for record in sample if isinstance(value := lookup(record, name), str)]
    return are_single_words(texts)


def are_single_words(texts: Sequence[str]) -> bool:
    """Whether texts are single words, such as the key of a test or the name of a class."""
    return bool(texts) and all(len(text.split()) <= 1 and len(text) <= 20 for text in texts)


def _is_text_name(name: str) -> bool:
    """Whether a prompt of this name is a text, and not the number of one."""
    return not name.casefold().endswith(("id", "index", "idx"))


def _is_echoed(prompt: str, text: str) -> bool:
    rest = without_prompt(text, prompt) if len(prompt.strip()) >= LEAST_ECHOED else None
    return rest is not None and rest != ""
