"""Files of prompts, in the shapes in which generations name theirs: what a model is to be asked, and of which genre.

A file of generations is a file of prompts too, and a batch's requests are one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from fastslop.base.errors import BadInputError, NotThereError
from fastslop.reading import names as n
from fastslop.reading.batch_requests import REQUESTS
from fastslop.reading.chats import Party, Turn, content_of, parties_of, role_of, split_content, turns_of
from fastslop.reading.choice import first_values
from fastslop.reading.compression import DAMAGE, unpacked
from fastslop.reading.csv_files import scan_csv
from fastslop.reading.inputs import InputFile
from fastslop.reading.limits import WHOLE_BYTES
from fastslop.reading.paths import is_object, lookup
from fastslop.reading.prompt_fields import PromptFields
from fastslop.reading.prompts import prompt_of, tidy
from fastslop.reading.unusable import CONVERT, Unusable, without_surrogates
from fastslop.system.file_kinds import kind_of

Asked = str | list[dict[str, str]]
"""A prompt as it is sent: a text, or the turns of a chat with their ``role`` and ``content``."""
GENRE = "genre"
READ = "a prompt file is .jsonl, .json, .csv, .tsv (packed: .gz, .zst) or .txt with one prompt a line"
SUCH = 'write objects such as {"id": "1", "genre": "story", "prompt": "Write a story about a bus driver."}'
_ROLES = {Party.USER: "user", Party.SYSTEM: "system", Party.MODEL: "assistant"}


class Prompt(NamedTuple):
    """What a model is asked; ``id`` and ``genre`` are None where the file has none."""

    asked: Asked
    id: str | None = None
    genre: str | None = None

    @property
    def name(self) -> str:
        """What identifies it among others: its id, else its text; white space does not matter."""
        return tidy(self.id if self.id is not None else prompt_of(self.asked) or "")


def read_prompts(path: Path) -> list[Prompt]:
    """
    The prompts of a file, each once, in their order.

    A record is a text, a chat, a batch's request, or an object with fields of known names: what was asked, an id
    (``source`` and ``id`` are joined by "_"), a genre. Turns behind the last one of the user are left out.

    Raises
    ------
    BadInputError
        If the file is not there, of another kind or damaged, has no prompts, or two of one id.
    """
    records = _records_of(path)
    batch = [(n_at, found) for n_at, record in records if (found := _of_request(record)) is not None]
    prompts = batch or list(_of_records(records, path))
    if not prompts:
        raise BadInputError(f"{path}: no prompts in it; {SUCH}")
    return _each_once(prompts, path)


def _each_once(prompts: Sequence[tuple[str, Prompt]], path: Path) -> list[Prompt]:
    first: dict[str, tuple[str, Prompt]] = {}
    for place, prompt in prompts:
        before, known = first.setdefault(prompt.name, (place, prompt))
        if prompt_of(known.asked) != prompt_of(prompt.asked):
            where = f"{path}: the prompts of {before} and {place}"
            raise BadInputError(f"{where} differ and have one id, {prompt.id!r}; give each an id of its own")
    return [prompt for _, prompt in first.values()]


# Records: each with its place in the file, as messages name it


def _records_of(path: Path) -> list[tuple[str, Any]]:
    if path.is_dir() or not path.exists():
        raise NotThereError(f"there is no file {path}")
    known = kind_of(path.name)
    kind = known[0] if known is not None else ""
    try:
        if kind in ("csv", "tsv"):
            rows = scan_csv(InputFile(str(path), kind, "", (path,))).collect().to_dicts()
            return [(f"row {i}", row) for i, row in enumerate(rows, start=1)]
        if kind == "json":
            return list(_json_records(_text_of(path), path))
        if kind == "txt":
            lines = enumerate(_text_of(path).splitlines(), start=1)
            return [(f"line {i}", line.strip()) for i, line in lines if line.strip()]
    except (*DAMAGE, pl.exceptions.PolarsError) as error:
        raise BadInputError(f"{path}: cannot be read: {error}; write or fetch it again") from error
    raise BadInputError(f"{path}: is no file of prompts by its name; {READ}")


def _text_of(path: Path) -> str:
    with unpacked(path) as stream:
        raw = stream.content.read(WHOLE_BYTES + 1)
    if len(raw) > WHOLE_BYTES:
        raise BadInputError(f"{path}: over {WHOLE_BYTES >> 20} MiB, far more than prompts have; divide it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path}: is no text in UTF-8 (byte {error.start:,}); {CONVERT}") from error


def _json_records(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    """The records of JSON Lines; of a document that is a list, or an object with a list of ``requests``."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None
    if is_object(whole) and isinstance(whole.get("requests"), list):
        whole = whole["requests"]
    if isinstance(whole, list):
        yield from ((f"item {i}", record) for i, record in enumerate(whole, start=1))
        return
    for i, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield f"line {i}", json.loads(line)
            except (ValueError, RecursionError) as error:
                raise BadInputError(f"{path}:{i}: is no JSON: {error}; {SUCH}, one a line") from error


# What is asked in a record


def _of_request(record: object) -> Prompt | None:
    """The prompt of a request of a batch; None if a record is none."""
    for number, paths, systems in REQUESTS:
        asked = next((value for path in paths if (value := lookup(record, path)) is not None), None)
        if asked is not None and isinstance(lookup(record, number), str | int):
            system = next((value for path in systems if (value := lookup(record, path)) is not None), None)
            sent = _sent([system] if system is not None else [], asked, None)
            return None if sent is None else Prompt(sent, str(lookup(record, number)))
    return None


def _of_records(records: Sequence[tuple[str, Any]], path: Path) -> Iterator[tuple[str, Prompt]]:
    objects = [record for _, record in records if is_object(record)]
    fields = _Fields(objects, path) if objects else None
    for place, record in records:
        if is_object(record) and fields is not None:
            found = fields.prompt_of(record)
        else:
            sent = _sent([], record, None)
            found = None if sent is None else Prompt(sent)
        if found is None:
            raise BadInputError(f"{path}: no prompt in {place}; {SUCH}")
        yield place, found


class _Fields:
    """The fields of a file's records that hold what is asked, an id and a genre."""

    def __init__(self, records: Sequence[Mapping[str, Any]], path: Path) -> None:
        values = first_values(records)
        fields = PromptFields(records, values, path.name)
        chosen = fields.choose("", None, None, are_messages=False, are_chats=False)
        asked = fields.what_was_asked(chosen, "")
        if not asked:  # of a word or two
            named = (name for name in n.in_order(n.PROMPTS, values) if isinstance(values[name], str))
            asked = tuple(name for name in named if not name.endswith(("id", "index", "idx")))[:1]
        if not asked:
            listed = ", ".join(map(str, values)) or "none"
            raise BadInputError(f"{path}: no field looks like a prompt (fields found: {listed}); {SUCH}")
        self.systems = [name for name in asked if n.has(name.rpartition(".")[2], n.SYSTEMS)]
        self.company = [name for name in asked[1:] if n.has(name, n.COMPANY)]
        self.asked = next(name for name in asked if name not in (*self.systems, *self.company))
        numbered = chosen if chosen and not set(chosen) & set(asked) else ()
        self.ids = numbered or tuple(fields.there(("prompt_id", "question_id", *n.IDS))[:1])
        self.genre = next(n.in_order((GENRE,), values), None)

    def prompt_of(self, record: Mapping[str, Any]) -> Prompt | None:
        """The prompt of a record, None where there is none."""
        company = [str(value) for name in self.company if (value := lookup(record, name))]
        sent = _sent([lookup(record, name) for name in self.systems], lookup(record, self.asked), company)
        if sent is None:
            return None
        ids = [prompt_of(lookup(record, name)) for name in self.ids]
        number = "_".join(tidy(one) for one in ids if one is not None) if ids and None not in ids else None
        genre = None if self.genre is None else record.get(self.genre)
        return Prompt(sent, number, str(genre) if genre is not None else None)


def _sent(systems: Sequence[object], asked: object, company: Sequence[str] | None) -> Asked | None:
    """What is sent to a model: a text, or turns where there is a system prompt or a chat; None where nobody asks."""
    turns = [{"role": "system", "content": text} for one in systems if (text := _said(one))]
    if isinstance(asked, list):
        turns += _turns_of(asked)
    elif text := _said(asked):
        turns.append({"role": "user", "content": "\n\n".join([text, *(company or ())])})
    while turns and turns[-1]["role"] != "user":
        turns.pop()
    if not turns:
        return None
    return turns if len(turns) > 1 else turns[0]["content"]


def _turns_of(chat: list[Any]) -> list[dict[str, str]]:
    turns: list[Turn] = [*turns_of(chat)] or [turn for turn in chat if is_object(turn)]
    roles = [role_of(turn) or "" for turn in turns]
    parties = parties_of(dict.fromkeys(roles))
    said = [(_ROLES.get(parties[role]), _said(content_of(turn))) for role, turn in zip(roles, turns, strict=True)]
    return [{"role": role, "content": text} for role, text in said if role and text]


def _said(value: object) -> str:
    try:
        return without_surrogates(split_content(value)[0]).strip()
    except Unusable:
        return ""
