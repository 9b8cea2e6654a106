"""The field that names the model of a text: of a known shape, beside the text, in an object around it, or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastslop.reading import names as n
from fastslop.reading.chats import is_chat
from fastslop.reading.fields import EVERY_ITEM
from fastslop.reading.items import label_in_items
from fastslop.reading.paths import RECORD, is_object, lookup, objects_around
from fastslop.reading.shapes import Shape, is_there, texts_in

Sample = Sequence[Mapping[str, Any]]


def find_label(sample: Sample, values: Mapping[str, Any], text: str, shape: Shape | None) -> str | None:
    """The path to what names the model of the text at ``text``; None if nothing does.

    ``values`` has the first value of each field.
    """
    if shape is not None and shape.is_labelled_by_folder:
        return None
    of_shape = shape.label if shape is not None else ()
    *around, _ = objects_around(text)
    return (
        next((path for path in of_shape if is_there(sample, path)), None)
        or _beside(sample, text)
        or _in("", values)
        or next(filter(None, (_at(sample, path) for path in (*around, *n.GROUPS, text, f"{text}.metadata"))), None)
        or next(filter(None, (_listed(sample, path, text) for path in (*around, RECORD))), None)
        or _in_turns(sample, text)
        or _named_provider(values)
    )


def _beside(sample: Sample, text: str) -> str | None:
    """The field that names the model in every item of the list that holds the texts."""
    items, every, _ = text.rpartition(EVERY_ITEM)
    values = [lookup(record, items) for record in sample] if every else []
    label = next(filter(None, map(label_in_items, values)), None)
    return None if label is None else f"{items}{every}.{label}"


def _at(sample: Sample, path: str) -> str | None:
    values = (value for record in sample if is_object(value := lookup(record, path)))
    return next(filter(None, (_in(f"{path}.", value) for value in values)), None)


def _in(prefix: str, values: Mapping[str, Any]) -> str | None:
    """A text; or a number, or an object with a name, where the field is called a model; a class is no model."""
    models = [label for label in n.LABELS if label != "label"]
    named = [name for name in n.in_order(n.LABELS, values) if isinstance(values[name], str)]
    named += [f"{name}.{inner}" for name in n.in_order(models, values) if (inner := name_in(values[name]))]
    numbered = [
        name
        for name in n.in_order([label for label in n.LABELS if label.startswith("model")], values)
        if isinstance(values[name], int) and not isinstance(values[name], bool)
    ]
    return next((f"{prefix}{name}" for name in (*named, *numbered)), None)


def name_in(model: object) -> str | None:
    """The field of an object that is a model which holds its name."""
    found = n.in_order(n.NAMES_OF_MODELS, model) if is_object(model) else ()
    return next((name for name in found if isinstance(model[name], str)), None)  # type: ignore[index]


def _listed(sample: Sample, around: str, text: str) -> str | None:
    """The field, in an object around the text, that lists a model for each of the texts of a record."""
    holders = [lookup(record, around) if around else record for record in sample]
    pairs = [(holder, lookup(record, text)) for holder, record in zip(holders, sample, strict=True)]
    lists = [(holder, texts_in(texts)) for holder, texts in pairs if is_object(holder) and isinstance(texts, list)]
    wanted = [f"{label}{end}" for label in n.LABELS if label != "label" for end in ("s", "")]
    for name in n.in_order(wanted, lists[0][0] if lists else ()):
        fit = sum(_fit(holder.get(name), texts) for holder, texts in lists)
        if 2 * fit > len(sample):
            return f"{around}.{name}" if around else name
    return None


def _fit(labels: object, texts: Sequence[str]) -> bool:
    """Whether labels are a list of names, as long as that of the texts."""
    return isinstance(labels, list) and len(labels) == len(texts) and all(isinstance(label, str) for label in labels)


def _in_turns(sample: Sample, text: str) -> str | None:
    """The field that names the model in turns of a chat."""
    chats = [chat for record in sample if is_chat(chat := lookup(record, text))]
    turns = [turn for chat in chats for turn in chat if is_object(turn)]
    label = next((found for turn in turns if (found := _in("", turn))), None)
    return None if label is None or label == "label" else f"{text}{EVERY_ITEM}.{label}"


def _named_provider(values: Mapping[str, Any]) -> str | None:
    """The provider, where its name is a model's: ``openai:gpt``, as promptfoo writes it."""
    provider = values.get("provider")
    if is_object(provider):
        return next((f"provider.{name}" for name in ("id", "label") if isinstance(provider.get(name), str)), None)
    return "provider" if isinstance(provider, str) and any(c in provider for c in ":/") else None


def may_be_label(name: str) -> bool:
    """Whether a field may name models by its own name."""
    key = n.known_as(name)
    sounds_so = "model" in key or key.endswith("llm") or key.startswith("llm")
    return n.has(name, n.LABELS) or (sounds_so and not n.has(name, n.ANSWERS))
