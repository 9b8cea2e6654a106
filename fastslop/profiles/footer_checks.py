"""What the footer of a profile may say: its fields, their types, and numbers that there can be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from reprlib import repr as short
from typing import Any

from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.sources import HALF, MOST_SHARDS
from fastslop.base.spec import USUAL, CountSpec
from fastslop.profiles.packed import ALWAYS, CAPITALS, PROMPT_TEXTS, section_of

MOST = 1 << 53
"""Most that is believed of any count: more bytes than all text there is, and sums of it stay within 64 bits."""
PART = re.compile("0|[1-9][0-9]{0,9}")
"""The number of a part as it is written."""
TOTALS = ("n_docs", "n_prompts", "n_words", "n_tokens", "n_bytes")
GUARDS = ("looping", "refused", "truncated", "duplicate")
OPTIONAL: dict[str, Any] = {"pruned": None, "left_out": {}, "shards": {}}
"""Fields that a complete profile may lack, and what they then hold."""


def parsed_footer(text: str) -> dict[str, Any]:
    """The fields of a footer.

    Raises
    ------
    ValueError
        If it is no JSON object, or names a field twice.
    """
    try:
        values = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(values, dict):
        raise ValueError(f"it is no object but {short(values)}")
    return values


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("it names a field twice")
    return values


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def check_footer(values: Mapping[str, Any]) -> None:
    """Check the fields of a footer of this format.

    Raises
    ------
    BadInputError
        If one is not there, of another type, or a number there cannot be; the text names it, but not the file.
    """
    for name, (is_right, what) in _FIELDS.items():
        if name not in values and name not in OPTIONAL:
            raise _broken(f"has no {name}")
        if not is_right(values.get(name, OPTIONAL.get(name))):
            raise _broken(f"says {name} {short(values[name])}, which is not {what}")
    for field in fields(CountSpec):
        if field.name not in values["spec"] and field.name not in USUAL:
            raise _broken(f"has no {field.name} in its specification")
    try:
        spec = CountSpec.from_dict(values["spec"])
    except UsageError as error:
        raise _broken(f"has no specification: {error}") from None
    tables = [section_of(table) for table in spec.tables]
    for name, known in (("n_parts", {*ALWAYS, *tables}), ("left_out", {*tables})):
        for section in values.get(name, {}).keys() - known:
            raise _broken(f"says {name} of {short(section)}, which is no section of it")
    _check_sections(values["n_parts"])
    if values["n_prompts"] > values["n_docs"] or values["n_words"] > values["n_tokens"]:
        raise _broken("says more prompts than documents, or more words than tokens")


def _check_sections(n_parts: Mapping[str, int]) -> None:
    """Check that there is one part of each plain section, or none of those that may be missing, and then of neither."""
    for name in ALWAYS:
        least = 0 if name in (*CAPITALS, *PROMPT_TEXTS) else 1
        if not least <= n_parts.get(name, 0) <= 1:
            raise _broken(f"says {n_parts.get(name, 0)} parts of {name}, of which there is one")
    for one, other in (CAPITALS, PROMPT_TEXTS):
        if n_parts.get(one, 0) != n_parts.get(other, 0):
            raise _broken(f"says parts of {one} or {other}, but not of both")


def _broken(what: str) -> BadInputError:
    return BadInputError(f"damaged: its footer {what}; write it again from its source")


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST


def _is_text(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        value.encode()  # JSON can hold halves of characters
    except UnicodeEncodeError:
        return False
    return True


def _are_counts(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value)) and all(map(_is_count, value.values()))


def _are_shards(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value)) and all(map(_is_division, value.values()))


def _is_division(value: Any) -> bool:
    """Whether a value is what ``base.sources.Shards`` says of a division of which some parts are counted."""
    if not isinstance(value, dict) or value.keys() != {"n", "parts", "sums"}:
        return False
    n, parts, sums = value["n"], value["parts"], value["sums"]
    if not _is_count(n) or not _are_counts(parts) or not MOST_SHARDS >= n > len(parts) > 0:
        return False
    if not all(PART.fullmatch(part) and int(part) < n for part in parts):
        return False
    return isinstance(sums, dict) and all(map(_is_text, sums)) and all(map(_is_sum, sums.values()))


def _is_sum(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 2 * HALF and not set(value) - set("0123456789abcdef")


_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "label": (_is_text, "a text"),
    "panel": (lambda value: value is None or _is_text(value), "a text or null"),
    "spec": (lambda value: isinstance(value, dict), "an object"),
    "sources": (lambda value: isinstance(value, list) and all(map(_is_text, value)), "a list of texts"),
    "shards": (_are_shards, "an object of divisions, each with n, parts and sums"),
    **dict.fromkeys(TOTALS, (_is_count, "a count")),
    "guarded": (lambda value: _are_counts(value) and value.keys() == {*GUARDS}, f"counts of {', '.join(GUARDS)}"),
    "n_parts": (_are_counts, "counts of parts"),
    "pruned": (lambda value: value is None or _is_text(value), "a text or null"),
    "left_out": (_are_counts, "counts of rows"),
}
"""Whether each field is right, and what it must be."""
