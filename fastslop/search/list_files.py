"""Lists of phrases, read from the shapes in which they are passed around."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from fastslop.base.errors import BadInputError, NotThereError

ENDINGS = ".txt (a phrase a line), .json, .jsonl, .csv (a column 'phrase')"


def read_phrases(path: Path) -> list[str]:
    """The phrases of a list, in its order.

    JSON may hold strings, or arrays that begin with one (slop-forensics, antislop-sampler); JSON Lines hold one such
    value a line, CSV a column ``phrase``, and text a phrase a line.

    Raises
    ------
    BadInputError
        If the file is not there, cannot be read as one of these, or holds no phrases.
    """
    read = {".txt": _read_lines, ".json": _read_json, ".jsonl": _read_json_lines, ".csv": _read_csv}
    if path.suffix.lower() not in read:
        raise BadInputError(f"{path}: unknown kind of list; known are {ENDINGS}")
    try:
        phrases = read[path.suffix.lower()](path)
    except FileNotFoundError:
        raise NotThereError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path}: cannot be read: {error}") from None
    if not phrases:
        raise BadInputError(f"{path}: there is no phrase in it")
    return phrases


def _read_lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]


def _read_json(path: Path) -> list[str]:
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInputError(f"{path}: no valid JSON ({error})") from None
    if not isinstance(values, list):
        raise BadInputError(f"{path}: a list of phrases is a JSON array, of strings or of arrays that begin with one")
    return _strings(path, "entry", enumerate(values, 1))


def _read_json_lines(path: Path) -> list[str]:
    values = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        try:
            values.extend([(number, json.loads(line))] if line.strip() else [])
        except (json.JSONDecodeError, RecursionError) as error:
            raise BadInputError(f"{path}:{number}: no valid JSON ({error})") from None
    return _strings(path, "line", values)


def _strings(path: Path, what: str, values: Iterable[tuple[int, object]]) -> list[str]:
    phrases = []
    for number, value in values:
        first = value[0] if isinstance(value, list) and value else value
        if not isinstance(first, str):
            raise BadInputError(f"{path}: {what} {number} is neither a string nor an array that begins with one")
        phrases.append(first)
    return phrases


def _read_csv(path: Path) -> list[str]:
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise BadInputError(f"{path}: no readable CSV ({str(error).splitlines()[0]})") from None
    if "phrase" not in frame.columns:
        raise BadInputError(f"{path}: no column 'phrase' among {', '.join(frame.columns)}")
    return frame["phrase"].drop_nulls().to_list()
