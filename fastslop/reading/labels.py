"""The field that names the model of a text: of a known shape, beside the text, in an object around it, or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastslop.reading import names as n
from fastslop.reading.fields import EVERY_ITEM
from fastslop.reading.items import label_in_items
from fastslop.reading.paths import is_object, lookup, objects_around
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
        or next(filter(None, (_at(sample, path) for path in (*around, *n.GROUPS, text))), None)
        or _listed(sample, values, text)
        or _named_provider(values)
    )


def _beside(sample: Sample, text: str) -> str | None:
    """The field that names the model in every item of the list that holds the texts."""
    items, every, _ = text.rpartition(EVERY_ITEM)
    values = [lookup(record, items) for record in sample] if every else []
    label = next(filter(None, map(label_in_items, values)), None)
    return None if label is None else f"{items}{every}.{label}"


def _at(sample: Sample, path: str) -> str | None:
    value = next((v for record in sample if isinstance(v := lookup(record, path), Mapping)), None)
    return None if value is None else _in(f"{path}.", value)


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


def _listed(sample: Sample, values: Mapping[str, Any], text: str) -> str | None:
    """The field that lists a model for each of the texts of a record."""
    wanted = [f"{label}{end}" for label in n.LABELS if label != "label" for end in ("s", "")]
    for name in n.in_order(wanted, values):
        pairs = [(lookup(record, name), lookup(record, text)) for record in sample]
        lists = [(labels, texts) for labels, texts in pairs if isinstance(labels, list) and isinstance(texts, list)]
        fit = sum(
            len(labels) == len(texts_in(texts)) and all(isinstance(label, str) for label in labels)
            for labels, texts in lists
        )
        if fit and 2 * fit > len(sample):
            return name
    return None


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
