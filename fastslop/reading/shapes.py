"""Shapes of records that programs write, as paths: what is looked for before fields are looked for by their names.

The documents have one table of all shapes that are read without an option (docs/how-to/your-own-models.md); a test
reads an example of each.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastslop.reading.generations import generations_of
from fastslop.reading.paths import lookup, top_of
from fastslop.reading.unusable import Unusable


@dataclass(frozen=True)
class Shape:
    """A shape of records: what a record of it has, and where its text, model and prompt are.

    ``needs``: paths that lead to something. Of ``text``, ``label`` and ``prompt`` the first path (of a prompt: the
    first group of paths) that leads to something is taken; where none is given or there, fields are looked for by name.
    ``is_labelled_by_folder``: no record says which model wrote it; the file's folder bears its name. ``once``: a field
    of which only one value is read: a record of each other value has the same text again.
    """

    name: str
    needs: tuple[str, ...]
    text: tuple[str, ...]
    label: tuple[str, ...] = ()
    prompt: tuple[tuple[str, ...], ...] = ()
    is_labelled_by_folder: bool = False
    once: str | None = None


SHAPES = (
    Shape(
        "OpenAI batch",
        ("custom_id", "response.body"),
        ("response.body.choices", "response.body.output"),
        ("response.body.model",),
        (("custom_id",),),
    ),
    Shape(
        "Anthropic batch",
        ("custom_id", "result.message"),
        ("result.message",),
        ("result.message.model",),
        (("custom_id",),),
    ),
    Shape(
        "Vertex AI batch",
        ("request.contents", "response.candidates"),
        ("response.candidates",),
        ("response.modelVersion",),
        (
            ("request.systemInstruction", "request.contents"),
            ("request.system_instruction", "request.contents"),
            ("request.contents",),
        ),
    ),
    Shape(
        "Gemini batch",
        ("key", "response.candidates"),
        ("response.candidates",),
        ("response.modelVersion",),
        (("key",),),
    ),
    Shape(
        "log of requests",
        ("request.messages", "response"),
        ("response.choices", "response.output", "response"),
        ("response.model", "request.model"),
        (("request.system", "request.messages"), ("request.messages",)),
    ),
    Shape(
        "log of requests",
        ("request_body.messages", "response_body"),
        ("response_body.choices", "response_body.output", "response_body"),
        ("response_body.model", "request_body.model"),
        (("request_body.system", "request_body.messages"), ("request_body.messages",)),
    ),
    Shape(
        "lm-eval samples",
        ("doc", "arguments", "resps"),
        ("resps",),
        (),
        (("doc_hash",), ("doc_id",)),
        is_labelled_by_folder=True,
        once="filter",
    ),
    Shape("inspect_ai log", ("input", "output.choices"), ("output.choices",), ("output.model",), (("input",),)),
    Shape(
        "HELM scenario state",
        ("instance.input", "result.completions"),
        ("result.completions",),
        ("request.model",),
        (("instance.input.text",), ("request.prompt",)),
    ),
    Shape("lighteval details", ("full_prompt", "predictions"), ("predictions",), (), (("full_prompt",),)),
    Shape("FastChat answers", ("choices[].turns", "question_id"), ("choices",), (), (("question_id",),)),
    Shape(
        "UltraFeedback",
        ("completions[].response", "completions[].model"),
        ("completions[].response",),
        ("completions[].model",),
    ),
    Shape("distilabel", ("generations", "generation_models"), ("generations",), ("generation_models",)),
)


def is_there(sample: Sequence[Mapping[str, Any]], path: str) -> bool:
    """Whether a path leads to something in one of the records."""
    return any(is_something(lookup(record, path)) for record in sample)


def is_something(value: object) -> bool:
    """Whether a value is neither null nor a list of nothing but nulls."""
    return any(item is not None for item in value) if isinstance(value, list) and value else value is not None


def find_shape(sample: Sequence[Mapping[str, Any]], fields: Container[str]) -> Shape | None:
    """The first shape whose paths lead to something in the sample, the text's to a text.

    ``fields``: all that the records have, by which most shapes are ruled out without looking into each record.
    """
    return next(
        (
            shape
            for shape in SHAPES
            if all(path in fields or top_of(path) in fields for path in shape.needs)
            and all(is_there(sample, path) for path in shape.needs)
            and any(is_readable(sample, path) for path in shape.text)
        ),
        None,
    )


def is_readable(sample: Sequence[Mapping[str, Any]], path: str) -> bool:
    """Whether a path leads to a text in one of the records."""
    return any(is_text(lookup(record, path)) for record in sample)


def is_text(value: object) -> bool:
    """Whether a value is a text, or holds one, though it be empty."""
    return bool(texts_in(value))


def texts_in(value: object) -> list[str]:
    """The texts of the generations in a value; none if it cannot be read."""
    try:
        return [one.text for one in generations_of(value)]
    except Unusable:
        return []
