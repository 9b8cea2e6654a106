"""Families of models, given or guessed from their names: what pictures colour and collapse by, and no evidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.label_files import read_label_file
from fastslop.base.wording import meant

Families: TypeAlias = str | PathLike[str] | Mapping[str, str]
"""A CSV of ``label,family``, or the family of each label; labels left out are guessed."""

_LINES = {
    "gpt": "chatgpt davinci",
    "claude": "",
    "alpaca": "",
    "vicuna": "",
    "gemini": "bard",
    "gemma": "",
    "llama": "",
    "mistral": "mixtral ministral magistral codestral devstral pixtral mathstral",
    "qwen": "qwq qvq",
    "deepseek": "",
    "glm": "chatglm",
    "kimi": "moonshot",
    "grok": "",
    "phi": "",
    "yi": "",
    "falcon": "",
    "cohere": "command aya",
    "olmo": "olmoe",
    "granite": "",
    "nemotron": "",
    "internlm": "",
    "baichuan": "",
    "hunyuan": "",
    "ernie": "",
    "minimax": "",
    "doubao": "",
    "bloom": "bloomz",
    "pythia": "",
    "mpt": "",
    "solar": "",
    "smollm": "",
    "exaone": "",
}
"""Lines of models that others are tuned from or named after, and their other names."""
_LINE_OF = {name: line for line, others in _LINES.items() for name in (line, *others.split())}
# A name of five letters is told within a word (codellama, mistralai); shorter ones are within too many others.
_WITHIN = (*(name for name in _LINE_OF if len(name) >= 5), "qwen")
_REASONERS = re.compile(r"o[134](?![^\W_])")
_WORD = re.compile(r"[^\W\d_]+")


def guess_families(labels: Iterable[str]) -> dict[str, str]:
    """
    Guess from the models' names which family each belongs to; a guess for colours, not evidence.

    The family is the first name of a well-known line of models anywhere behind the last slash: ``SPPO-Mistral7B`` is
    mistral, and so is a Mixtral. Where there is none, it is the word of the name that most of the other labels begin
    with, and its first word where none does: beside ``tulu-2-7b``, ``pairrm-tulu-2`` is tulu. OpenAI's o1, o3 and o4
    are gpt. A label without letters is a family of its own.

    Examples
    --------
    >>> guess_families(["google/gemma-3-4b-it", "chatgpt-4o-latest", "o3", "SPPO-Mistral7B"])
    {'google/gemma-3-4b-it': 'gemma', 'chatgpt-4o-latest': 'gpt', 'o3': 'gpt', 'SPPO-Mistral7B': 'mistral'}
    """
    words = {label: _words(label) for label in labels}
    found = {label: _known(label, own) for label, own in words.items()}
    first = Counter(own[0] for label, own in words.items() if own and found[label] is None)
    return {label: found[label] or _first_of_most(label, own, first) for label, own in words.items()}


def families_of(labels: Sequence[str], given: Families | None = None) -> dict[str, str]:
    """
    The family of each label: as given, and guessed for the others.

    Raises
    ------
    BadInputError
        If a line of the file is malformed, or a label comes twice or has an empty family.
    UsageError
        If a family is given for a label that is not there.
    """
    guessed = guess_families(labels)
    if given is None:
        return guessed
    known = read_families(given)
    for label in known:
        if label not in guessed:
            raise UsageError(f"a family is given for {label!r}, which is no label here; {meant(label, labels)}")
    return guessed | known


def read_families(given: Families) -> dict[str, str]:
    """
    The families that are given, by label.

    Raises
    ------
    BadInputError
        If a line of the file is malformed, or a label comes twice or has an empty family.
    """
    if isinstance(given, Mapping):
        rows = [(label, family, "families") for label, family in given.items()]
    else:
        rows = list(read_label_file(Path(given), "family", "a family"))
    for label, family, place in rows:
        if not family.strip():
            raise BadInputError(f"{place}: the family of {label!r} is empty; leave the label out to have it guessed")
    return {label: family.strip() for label, family, _ in rows}


def _words(label: str) -> list[str]:
    """Runs of letters of a name, lower-cased, without those of its owner before a slash (or ``__``)."""
    return _WORD.findall(_own_name(label))


def _own_name(label: str) -> str:
    return re.split(r"/|__", label)[-1].lower()


def _known(label: str, words: Sequence[str]) -> str | None:
    """The first well-known line that is named."""
    if _REASONERS.match(_own_name(label)):
        return "gpt"
    return next((line for word in words if (line := _line(word)) is not None), None)


def _line(word: str) -> str | None:
    within = (name for name in _WITHIN if word.startswith(name) or word.endswith(name))
    return _LINE_OF.get(word) or next((_LINE_OF[name] for name in within), None)


def _first_of_most(label: str, words: Sequence[str], first: Mapping[str, int]) -> str:
    """The word that most labels begin with; the first of such words, and of a label its first word of two letters."""
    spelled = [word for word in words if len(word) > 1] or words
    return max(spelled, key=lambda word: first.get(word, 0), default=label)
