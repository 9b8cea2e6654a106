"""Objects that hold a table by its columns, as pandas and datasets write one: to rows, which are records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fastslop.base.errors import UnevenColumnsError
from fastslop.reading import names as n
from fastslop.reading.chats import is_chat
from fastslop.reading.paths import is_object

SPLIT = frozenset({"columns", "data"})
"""Fields of a table that is written with its columns' names apart (pandas: ``orient="split"``)."""
ONE_TEXT = (*n.ANSWERS, *n.CHATS, *n.ANYBODYS_TEXTS)
"""Columns of texts by their names; what is called *outputs* may be several texts of one prompt."""


def rows_of(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of an object that is a table; none if it is no table with texts.

    Its columns are lists of one length, or objects with one set of keys; or it has ``columns`` and rows of ``data``.
    A list of another length that holds no text, prompt or label is left aside.

    Raises
    ------
    UnevenColumnsError : the columns of texts, prompts and labels differ in length
    """
    if set(table) >= SPLIT:
        return _split_rows(table["columns"], table["data"])
    columns, rest = _columns_of(table)
    named = _of_one_length({_one_of(name, columns): column for name, column in columns.items()}, rest)
    if len(named) < 2 or not _has_texts(named) or (rest and not any(_is_prompts(*column) for column in named.items())):
        return []
    return [rest | dict(zip(named, row, strict=True)) for row in zip(*named.values(), strict=True)]


def _columns_of(table: Mapping[str, Any]) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """The columns of a table, and what it says of all rows; of objects all must have the same keys."""
    values = list(table.values())
    if values and all(is_object(value) and value.keys() == values[0].keys() for value in values):
        return {name: [column[key] for key in values[0]] for name, column in table.items()}, {}
    columns = {name: value for name, value in table.items() if isinstance(value, list)}
    return columns, {name: value for name, value in table.items() if name not in columns}


def _of_one_length(columns: Mapping[str, list[Any]], rest: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The columns of the commonest length; none if those of texts, prompts and labels have another."""
    main = {name: len(column) for name, column in columns.items() if _is_main(name, column)}
    if len({*main.values()}) > 1:
        if min(main.values()) > 1 and _has_texts(columns) and not _may_be_a_record(rest):
            lengths = ", ".join(f"{name!r} of {size}" for name, size in main.items())
            raise UnevenColumnsError(f"columns of one table differ in length: {lengths}; write one item a row in each")
        return {}
    sizes = Counter(len(column) for column in columns.values())
    size = max(sizes, key=lambda size: (sizes[size], size in main.values()), default=0)
    kept = {name: column for name, column in columns.items() if len(column) == size}
    return kept if main.keys() <= kept.keys() else {}


def _may_be_a_record(rest: Mapping[str, Any]) -> bool:
    """Whether what stands beside lists has a text or a label of its own: they may then be several texts of a prompt."""
    return any(n.has(name, (*ONE_TEXT, *n.LABELS)) for name in rest)


def _is_main(name: str, column: Sequence[Any]) -> bool:
    """Whether a column holds texts, prompts or labels, one a row."""
    return n.has(name, (*ONE_TEXT, *n.PROMPTS, *n.LABELS)) and not is_chat(column)


def _split_rows(names: object, rows: object) -> list[dict[str, Any]]:
    if not isinstance(names, list) or not isinstance(rows, list):
        return []
    fit = all(isinstance(row, list) and len(row) == len(names) for row in rows)
    return [dict(zip(map(str, names), row, strict=True)) for row in rows] if fit else []


def _one_of(name: str, columns: Mapping[str, Any]) -> str:
    """The name of one thing in a column that is called by that of many: *prompts*, *outputs*."""
    known = (*ONE_TEXT, *n.PROMPTS, *n.LABELS)
    one = name.removesuffix("s")
    is_plural = not n.has(name, known) and n.has(one, known) and one not in columns
    return one if is_plural and any(_is_prompts(*column) for column in columns.items()) else name


def _is_prompts(name: str, column: Sequence[Any]) -> bool:
    """Whether a column holds prompts: one for each of the texts."""
    is_called_so = n.has(name, n.PROMPTS) or n.has(name.removesuffix("s"), n.PROMPTS)
    return is_called_so and not is_chat(column)


def _has_texts(columns: Mapping[str, Sequence[Any]]) -> bool:
    """Whether a column holds texts or chats, one a row."""
    return any(
        n.has(name, ONE_TEXT)
        and not is_chat(column)
        and any(isinstance(item, str) or is_chat(item) for item in column)
        and not any(is_object(item) for item in column)
        for name, column in columns.items()
    )
