"""Objects of objects of texts under the names of models and under prompts, to records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastslop.reading.paths import is_object

TEXT_WORDS = 4
"""Words of a text at least; fewer are a value of something else."""


def records_by_name(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """The texts of an object under models and prompts, whichever is the outer; none if it is no such object.

    Prompts are of several words and models of one, so that fields of records are neither.
    """
    inner = [texts for texts in document.values() if is_object(texts)]
    names = [name for texts in inner for name in texts]
    texts = [text for texts in inner for text in texts.values()]
    is_text = [isinstance(text, str) and len(text.split()) >= TEXT_WORDS for text in texts]
    if len(inner) < len(document) or not names or not all(is_text):
        return []
    if _are_questions(names) and _are_words(document):
        outer, within = "model", "prompt"
    elif _are_questions(document) and _are_words(names):
        outer, within = "prompt", "model"
    else:
        return []
    return [
        {outer: above, within: name, "text": text}
        for above, texts_of in document.items()
        for name, text in texts_of.items()
    ]


def _are_questions(names: Iterable[str]) -> bool:
    return all(len(name.split()) > 1 for name in names)


def _are_words(names: Iterable[str]) -> bool:
    return all(len(name.split()) == 1 for name in names)
