"""Genres that the user gave: which prompts are of which kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np

from fastslop.base.arrays import Keys, union_of_keys
from fastslop.base.errors import BadInputError
from fastslop.base.hashing import hash_strings
from fastslop.base.label_files import rows_of
from fastslop.base.wording import plural
from fastslop.lists.genres import Genre
from fastslop.profiles.profile_set import Member
from fastslop.reading.prompt_files import read_prompts
from fastslop.reading.prompts import tidy
from fastslop.system.file_kinds import kind_of

COLUMNS = ["prompt", "genre"]
MOST_IN_RANGE = 1 << 20
"""Most prompts of one range."""
_NEEDED = f"a prompt and a genre are needed, as in {','.join(COLUMNS)}"
_NAMING = (
    "write a prompt as its records name it, source and id joined by _ where they have both (stories_7), or a range of "
    "such (stories_0..149), or its text"
)
_RANGE = re.compile(r"(.*?)(\d+)\.\.(\d+)", re.DOTALL)

GivenGenres: TypeAlias = str | PathLike[str] | Mapping[str, str]
"""A CSV of ``prompt,genre``; prompts or generations that have a field ``genre`` (.jsonl, .json); or the genre of each
prompt, which is given by its name, by its text, or as a range."""


class GenreRow(NamedTuple):
    """A prompt as it was given, its genre, and the place where both stand."""

    place: str
    prompt: str
    genre: str


def read_genres(given: GivenGenres) -> list[GenreRow]:
    """The rows of a file or a mapping.

    Raises
    ------
    BadInputError
        If the file is not there, or a line of it is malformed.
    """
    if isinstance(given, Mapping):
        return [GenreRow("genres", prompt, genre) for prompt, genre in given.items()]
    return list(_read(Path(given)))


def genres_of_rows(rows: Sequence[GenreRow], members: Sequence[Member]) -> tuple[tuple[Genre, ...], tuple[str, ...]]:
    """The genres of labels' prompts, in the order of their names, and lines on what is of none.

    Raises
    ------
    BadInputError
        If a prompt has two genres, or none is among those of the labels.
    """
    prompts = union_of_keys(*(member.prompts.keys for member in members))
    key_of_text = _keys_of_texts(members)
    genre_of: dict[int, str] = {}
    unknown: list[str] = []
    for place, prompt, genre in rows:
        keys = _keys_of(prompt, prompts, key_of_text)
        unknown += [] if keys else [prompt]
        for key in keys:
            if genre_of.setdefault(key, genre) != genre:
                raise BadInputError(
                    f"{place}: {prompt!r} is of {genre!r}, and of {genre_of[key]!r} before; leave one out"
                )
    if not genre_of:
        raise BadInputError(f"no prompt of the genres is in the profiles; {_NAMING}")
    notes = []
    if unknown:
        lines = f"{plural(len(unknown), 'line')} of the genres, the first of {unknown[0]!r},"
        notes.append(f"{lines} found no prompt in the profiles; {_NAMING}")
    if len(genre_of) < len(prompts):
        notes.append(f"of no genre: {len(prompts) - len(genre_of):,} of {plural(len(prompts), 'prompt')}")
    names = sorted(set(genre_of.values()))
    by_genre = {name: [key for key, own in genre_of.items() if own == name] for name in names}
    return tuple(Genre(name, np.sort(np.array(keys, np.uint64))) for name, keys in by_genre.items()), tuple(notes)


def _keys_of(prompt: str, prompts: Keys, key_of_text: Mapping[str, list[int]]) -> list[int]:
    """The keys of the prompts that are meant, of those that there are."""
    prompt = tidy(prompt)
    named = _among([prompt], prompts) or key_of_text.get(prompt, [])
    found = _RANGE.fullmatch(prompt)
    if named or found is None:
        return named
    prefix, first, last = found[1], int(found[2]), int(found[3])
    return _among([f"{prefix}{number}" for number in range(first, min(last, first + MOST_IN_RANGE) + 1)], prompts)


def _among(names: Sequence[str], prompts: Keys) -> list[int]:
    if not names:
        return []
    keys = hash_strings(list(names))
    return [int(key) for key in keys[np.isin(keys, prompts)]]


def _keys_of_texts(members: Sequence[Member]) -> dict[str, list[int]]:
    """The keys of prompts by their texts, where these are known."""
    keys: dict[str, list[int]] = {}
    for member in members:
        texts = member.read(()).prompt_texts
        for key, text in zip(texts.keys.tolist(), texts.texts, strict=True):
            own = keys.setdefault(tidy(text), [])
            if key not in own:
                own.append(key)
    return keys


def _read(path: Path) -> Iterator[GenreRow]:
    known = kind_of(path.name)
    if known is not None and known[0] == "json":
        yield from _of_prompts(path)
        return
    for line, cells in rows_of(path, COLUMNS, _NEEDED):
        if len(cells) != len(COLUMNS) or not all(cells):
            raise BadInputError(f"{path}:{line}: {_NEEDED}")
        yield GenreRow(f"{path}:{line}", *cells)


def _of_prompts(path: Path) -> Iterator[GenreRow]:
    """The genres of the prompts of a file, such as that of the generations themselves."""
    prompts = [prompt for prompt in read_prompts(path) if prompt.genre]
    if not prompts:
        raise BadInputError(f"{path}: no prompt has a field genre; add it, or write a CSV of {','.join(COLUMNS)}")
    yield from (GenreRow(str(path), prompt.name, prompt.genre) for prompt in prompts if prompt.genre)
