"""Requests of a batch beside its answers: the file that was sent has the prompts, which the answers only number."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fastslop.base.errors import BadInputError
from fastslop.reading.compression import DAMAGE, unpacked
from fastslop.reading.inputs import InputFile
from fastslop.reading.paths import is_object, lookup
from fastslop.reading.prompts import prompt_of
from fastslop.system.object_paths import COPIES_AT_ONCE, ObjectPath, by_names
from fastslop.system.threads import map_bounded

HEAD_BYTES = 1 << 20
"""Bytes in which the first request must end."""
BATCHES = frozenset({"OpenAI batch", "Anthropic batch", "Gemini batch"})
"""Shapes of records whose prompt is the number of a request."""
REQUESTS = (
    (
        "custom_id",
        ("body.messages", "body.input", "body.prompt", "params.messages"),
        ("params.system", "body.instructions"),
    ),
    ("key", ("request.contents",), ("request.systemInstruction", "request.system_instruction")),
)
"""Of each kind of request: the field of its number, the paths of its prompt, and those of a system prompt."""
ANSWERS = ("response", "result", "error")
_LIST = re.compile(rb'\s*(?:\{\s*"requests"\s*:\s*)?\[\s*')
"""What begins a file of which the requests are one list."""


@dataclass(frozen=True)
class Requests:
    """The prompt of each request of a file by its number."""

    file: InputFile
    prompts: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """The folder that the file lies in."""
        return _folder(self.file)


def part_requests(files: Sequence[InputFile]) -> tuple[list[InputFile], list[InputFile]]:
    """The files with texts, each with the prompts of its requests; and those with the requests of batches.

    Raises
    ------
    BadInputError : requests of several files have the same number, and it is not known to which answers belong
    """
    texts: list[InputFile] = []
    batches: list[Requests] = []
    at_once = COPIES_AT_ONCE if any(isinstance(path, ObjectPath) for file in files for path in file.paths) else 1
    for file, has_requests in zip(files, map_bounded(_has_requests, files, at_once), strict=True):
        prompts = dict(_requests_in(file)) if has_requests else {}
        if prompts:
            batches.append(Requests(file, prompts))
        else:
            texts.append(file)
    own = [replace(file, requests=_prompts_for(file, batches)) if batches else file for file in texts]
    return own, [batch.file for batch in batches]


def _prompts_for(file: InputFile, batches: Sequence[Requests]) -> Mapping[str, str]:
    """The prompts of the requests that a file answers: those in its folder, else in the nearest above, else any.

    Where several files number different prompts alike, those that have all numbers of the answers are meant.
    """
    near = _nearest(file, batches)
    joined = {number: prompt for batch in near for number, prompt in batch.prompts.items()}
    if len(near) < 2 or not _differ(near, joined):
        return joined
    numbers = _numbers_in(file)
    if not _differ(near, numbers):
        return joined
    near = [batch for batch in near if numbers <= batch.prompts.keys()]
    if not near or _differ(near, numbers):
        names = ", ".join(batch.file.name for batch in _nearest(file, batches))
        raise BadInputError(
            f"{file.name}: it cannot be told which requests it answers: {names} number different prompts alike; "
            "put each batch's requests and answers into a folder of their own"
        )
    return near[0].prompts


def _nearest(file: InputFile, batches: Sequence[Requests]) -> list[Requests]:
    folder = _folder(file)
    for place in (folder, *folder.parents):
        own = [batch for batch in batches if batch.folder == place]
        if own:
            return own
    return list(batches)


def _folder(file: InputFile) -> Path:
    return by_names(file.paths[0]).parent if file.paths else Path()


def _differ(batches: Sequence[Requests], numbers: Iterable[str]) -> bool:
    """Whether batches have several prompts under one of the numbers."""
    return any(len({batch.prompts[one] for batch in batches if one in batch.prompts}) > 1 for one in numbers)


def _numbers_in(file: InputFile) -> set[str]:
    """The numbers of the requests that a file answers."""
    records = _records_in(file) if file.kind == "json" and file.paths else ()
    answers = [record for record in records if _is_answer(record)]
    return {str(record[name]) for record in answers for name, _, _ in REQUESTS if record.get(name) is not None}


def _has_requests(file: InputFile) -> bool:
    """Whether the first record of a file is a request."""
    if file.kind != "json" or len(file.paths) != 1:
        return False
    try:
        head, listed = _head_of(file)
    except DAMAGE:
        return False  # whoever reads it says so
    if listed is None:
        return _request(_parsed(head)) is not None
    try:
        first, _ = json.JSONDecoder().raw_decode(listed.decode(errors="ignore"))
    except (ValueError, RecursionError):
        return False
    return _request(first) is not None


def _head_of(file: InputFile) -> tuple[bytes, bytes | None]:
    """How a file begins: its first line, or more; and what follows where a list begins, None if records are lines."""
    with unpacked(file.paths[0]) as stream:
        head = stream.content.readline(HEAD_BYTES)
        if head.strip()[-1:] in (b"[", b"{") or head.lstrip()[:1] == b"[":
            head += stream.content.read(HEAD_BYTES)
    begin = _LIST.match(head)
    return head, None if begin is None else head[begin.end() :]


def _requests_in(file: InputFile) -> Iterator[tuple[str, str]]:
    return filter(None, map(_request, _records_in(file)))


def _records_in(file: InputFile) -> Iterator[Mapping[str, Any]]:
    """The objects of a file: one a line, or those of a list."""
    _, listed = _head_of(file)
    with unpacked(file.paths[0]) as stream:
        if listed is None:
            yield from filter(is_object, map(_parsed, iter(stream.content.readline, b"")))
            return
        whole = _parsed(stream.content.read())
    records = whole.get("requests") if is_object(whole) else whole
    yield from filter(is_object, records if isinstance(records, list) else ())


def _parsed(raw: bytes) -> Any:
    """The JSON in some bytes; None if they are none."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _request(record: object) -> tuple[str, str] | None:
    """The number of a request and what identifies its prompt; None if a record is none."""
    if not is_object(record) or _is_answer(record):
        return None
    for number, paths, systems in REQUESTS:
        if isinstance(record.get(number), str | int):
            asked = next((key for path in paths if (key := prompt_of(lookup(record, path)))), None)
            system = next((key for path in systems if (key := prompt_of(lookup(record, path)))), None)
            if asked is not None:
                return str(record[number]), " ".join(filter(None, (system, asked)))
    return None


def _is_answer(record: Mapping[str, Any]) -> bool:
    return any(record.get(name) is not None for name in ANSWERS)
