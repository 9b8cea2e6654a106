"""Files of lists to groups of entries, in the shapes in which lists are passed around; nothing is judged here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from fastslop.base.csv_cells import plain
from fastslop.base.errors import BadInputError, NotThereError
from fastslop.reading.names import known_as
from fastslop.reading.unusable import CONVERT
from fastslop.system.file_kinds import is_pipe

ENDINGS = ".txt (an entry a line), .json, .jsonl, .csv (a column 'phrase'), .yaml"
KEYS = frozenset(
    """
    bannedstrings bannedtokens globalbannedtokens badwords bannedwords bannedphrases bannedngrams bannedslopphrases
    slopphrases slopwords sloplist phrases words ngrams bigrams trigrams strings bannedregex
    bannedregexcaseinsensitive bannedregexes regex regexes regexpatterns extraslopphrasestoban extrangramstoban
    extraregexpatterns
    """.split()
)
"""Keys of an object, as ``known_as`` writes them, under which entries of a list are."""
ENTRY_KEYS = ("phrase", "ngram", "bigram", "trigram", "word", "text", "string", "regex", "pattern")
"""Keys of an object that is one entry."""
QUOTE = '"'


class Entry(NamedTuple):
    """An entry as it is written, and its place in the file: ``entry 3``, ``line 3``."""

    text: str
    place: str


class Group(NamedTuple):
    """Entries that are under one name: a key in the file, or else that of the file.

    ``are_nested``: each is an array of one string, as slop-forensics writes its lists. ``tokens``: lines of a field for
    phrases in double quotes that have none, and so are tokens.
    """

    name: str
    entries: Sequence[Entry]
    are_nested: bool = False
    tokens: Sequence[Entry] = ()


def read_list(path: Path) -> list[Group]:
    """The entries of a list.

    Raises
    ------
    BadInputError
        If the file is not there, cannot be read as a list, or holds no entries.
    """
    readers = {".txt": _read_text, ".json": _read_json, ".jsonl": _read_json_lines, ".csv": _read_csv}
    read = readers | {".yaml": _read_yaml, ".yml": _read_yaml}
    if path.suffix.lower() not in read:
        raise BadInputError(f"{path}: unknown kind of list; known are {ENDINGS}")
    if is_pipe(path):
        raise BadInputError(f"{path} is a pipe, which a list cannot be read from: write it to a file first")
    try:
        groups = list(read[path.suffix.lower()](path))
    except FileNotFoundError:
        raise NotThereError(f"{path}: no such file") from None
    except RecursionError:
        raise BadInputError(f"{path}: nested too deeply; write the list as an array of strings") from None
    except UnicodeDecodeError as error:
        raw, line = error.object, error.object.count(b"\n", 0, error.start) + 1
        raise BadInputError(f"{path}:{line}: no UTF-8 (byte 0x{raw[error.start]:02X}); {CONVERT}") from None
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror}") from None
    if not any(group.entries or group.tokens for group in groups):
        raise BadInputError(f"{path}: there is no phrase in it; choose another list")
    return groups


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


# Text


def _read_text(path: Path) -> Iterable[Group]:
    text = _text_of(path)
    if text.lstrip()[:1] in ("[", "{"):
        try:
            return groups_in(json.loads(text), path.stem, str(path))
        except (ValueError, RecursionError):
            pass  # lines that begin with a bracket
    return [Group(path.stem, [Entry(unquoted(line) or line, place) for line, place in _lines(text)])]


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """The lines that are not blank, and their places."""
    return ((line, f"line {number}") for number, line in enumerate(text.splitlines(), 1) if line.strip())


def unquoted(line: str) -> str | None:
    """What stands between the double quotes that a line is in, be it an element of an array; None if it is in none."""
    line = line.strip().removesuffix(",")
    if len(line) < 2 or line[0] != QUOTE or line[-1] != QUOTE:
        return None
    try:
        return str(json.loads(line))
    except ValueError:
        return line[1:-1]


def _quoted_lines(text: str, name: str) -> Group:
    """The lines of a field for phrases in double quotes; if none is in quotes, all are phrases."""
    lines = [(unquoted(line), Entry(line.strip(), place)) for line, place in _lines(text)]
    quoted = [Entry(inner, entry.place) for inner, entry in lines if inner is not None]
    others = [entry for inner, entry in lines if inner is None]
    return Group(name, quoted, tokens=others) if quoted else Group(name, others)


# JSON and YAML


def _read_json(path: Path) -> Iterable[Group]:
    text = _text_of(path)
    try:
        value = json.loads(text)
    except ValueError as error:
        raise BadInputError(f"{path}: no valid JSON ({error}); mend it, or write an entry a line into a .txt") from None
    return groups_in(value, path.stem, str(path))


def _read_json_lines(path: Path) -> Iterable[Group]:
    values: list[tuple[str, object]] = []
    for text, place in _lines(_text_of(path)):
        try:
            values.append((place, json.loads(text)))
        except ValueError as error:
            line = place.removeprefix("line ")
            raise BadInputError(f"{path}:{line}: no valid JSON ({error}); mend it, or take it out") from None
    return _groups_of(values, path.stem, str(path))


def _read_yaml(path: Path) -> Iterable[Group]:
    try:
        import yaml  # no dependency, since few lists are YAML
    except ImportError:
        raise BadInputError(f"{path}: PyYAML reads it: pip install pyyaml, or write the list as JSON") from None
    text = _text_of(path)
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        said = " ".join(str(error).split())
        raise BadInputError(f"{path}: no valid YAML ({said}); mend it, or write it as JSON") from None
    return groups_in(value, path.stem, str(path))


def groups_in(value: object, name: str, source: str) -> list[Group]:
    """The entries in a value of JSON: an array, an object of phrases with numbers, or one that has them under a key.

    Raises
    ------
    BadInputError
        If there are none in it, or one is no text; the message begins with ``source``.
    """
    if isinstance(value, str):
        return [_quoted_lines(value, name)]
    if isinstance(value, list):
        return _groups_of([(f"entry {i}", entry) for i, entry in enumerate(value, 1)], name, source)
    if isinstance(value, Mapping) and value:
        if all(isinstance(n, int | float) and not isinstance(n, bool) for n in value.values()):
            return [Group(name, [Entry(str(key), f"entry {i}") for i, key in enumerate(value, 1)])]
        groups = list(_groups_under(value, name, source, {id(value)}))
        if groups:
            return groups
        keys = ", ".join(map(str, list(value)[:10]))
        raise BadInputError(f"{source}: no list under any of the keys {keys}; known is 'banned_strings' and the like")
    raise BadInputError(f"{source}: a list of phrases is a JSON array, of strings or of arrays that begin with one")


def _groups_under(value: Mapping[object, object], above: str, source: str, seen: set[int]) -> Iterator[Group]:
    """The groups under the keys of ``KEYS``, however deep they lie.

    ``seen``: the objects that were looked into, by identity: YAML may have one in several places, within itself too.
    """
    for key, inner in value.items():
        own = known_as(key)
        name = above if own == "override" else str(key)
        is_list = known_as(name) in KEYS  # a preset has an override of everything, of strings to stop at as well
        if is_list and isinstance(inner, list):
            yield from _groups_of([(f"entry {i}", one) for i, one in enumerate(inner, 1)], name, f"{source}: {key}")
        elif is_list and isinstance(inner, str):
            yield _quoted_lines(inner, name)
        elif isinstance(inner, Mapping) and id(inner) not in seen:
            seen.add(id(inner))
            yield from _groups_under(inner, name, source, seen)


def _groups_of(values: Iterable[tuple[str, object]], name: str, source: str) -> list[Group]:
    """The groups of an array: of its strings and arrays, and of its objects by the key under which their text is."""
    by_name: dict[str, list[Entry]] = {}
    are_nested = True
    for place, value in values:
        own, text = name, value
        if isinstance(value, Mapping):
            own, text = next(((key, value[key]) for key in ENTRY_KEYS if key in value), (name, None))
        elif isinstance(value, list) and value:
            is_split = len(value) > 1 and all(isinstance(word, str) for word in value)
            text = " ".join(value) if is_split else value[0]
        if not isinstance(text, str):
            raise BadInputError(f"{source}: {place} is neither a string nor an array that begins with one; take it out")
        are_nested &= isinstance(value, list) and len(value) == 1
        by_name.setdefault(own, []).append(Entry(text, place))
    return [Group(own, entries, are_nested) for own, entries in by_name.items()]


# CSV


def _read_csv(path: Path) -> Iterable[Group]:
    try:
        frame = pl.read_csv(_text_of(path).encode(), infer_schema=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        said = str(error).splitlines()[0]
        raise BadInputError(f"{path}: no readable CSV ({said}); mend it, or write a .txt") from None
    if "phrase" not in frame.columns:
        raise BadInputError(f"{path}: no column 'phrase' among {', '.join(frame.columns)}; name that of the entries so")
    kinds = frame["kind"] if "kind" in frame.columns else [path.stem] * frame.height
    by_kind: dict[str, list[Entry]] = {}
    for row, (kind, phrase) in enumerate(zip(kinds, frame["phrase"], strict=True), 1):
        if phrase is not None:
            by_kind.setdefault(kind or path.stem, []).append(Entry(plain(phrase), f"row {row}"))
    return [Group(kind, entries) for kind, entries in by_kind.items()]
