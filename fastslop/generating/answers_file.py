"""The file of answers, a line each: what is in it is not asked again, and what comes is added to it at once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastslop.base.errors import BadInputError, UsageError
from fastslop.generating.answers import Answer
from fastslop.generating.requests import Key, Request
from fastslop.reading.chats import ENDING_OF
from fastslop.reading.paths import is_object
from fastslop.reading.prompts import prompt_of, tidy
from fastslop.system.atomic import write_atomically
from fastslop.tokens.guards import TRUNCATED

OPTIONS = {"prompt": "another prompt of that id", "temperature": "--temperature", "max_tokens": "--max-tokens"}
OPTIONS |= {"seed": "--seed", "extra_body": "--extra"}
"""What an answer was asked with, as messages name it."""
BEGIN = b'{"model": '
"""How a line begins that ``Answer.record`` makes: what begins otherwise is somebody else's."""
MOST_SHOWN = 60
"""Most characters of a prompt that a message shows."""


class AnswersFile:
    """
    The answers that are there, by what they are known by.

    Raises
    ------
    BadInputError
        If the file has a line that is no answer of ``generate``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []
        self._known: dict[Key, Mapping[str, Any]] = {}
        self._keys: list[Key] = []  # of the lines
        self._end, self._is_closed = 0, True  # of the last whole line, and whether it has its line end
        for number, line in enumerate(self._read(), start=1):
            record = self._parsed(number, line)
            if record is not None:
                self._keys.append(_key_of(record))
                self._known[self._keys[-1]] = _settings_of(record) | {"line": number}
                self._end, self._is_closed = self._end + len(line), line.endswith(b"\n")

    def _read(self) -> Iterator[bytes]:
        if self.path.exists():
            with self.path.open("rb") as lines:
                yield from lines

    def _parsed(self, number: int, line: bytes) -> Mapping[str, Any] | None:
        """The answer in a line; None in the last one that a job could not write to its end."""
        try:
            record = json.loads(line)
        except ValueError:
            if not line.endswith(b"\n") and (line.startswith(BEGIN) or BEGIN.startswith(line)):
                self.notes.append(
                    f"{self.path}:{number}: this line broke off, where a job was killed: it is taken out, and its "
                    "prompt asked again"
                )
                return None
            record = None
        if not is_object(record) or not _is_answer(record):
            raise BadInputError(
                f"{self.path}:{number}: is no answer that generate wrote; choose another file for --out, or take the "
                "line out"
            )
        return record

    def __len__(self) -> int:
        return len(self._keys)

    def is_there(self, request: Request) -> bool:
        """
        Whether a request is answered.

        Raises
        ------
        UsageError
            If the answer was asked for otherwise.
        """
        known = self._known.get(request.key)
        if known is None:
            return False
        wanted = request.settings()
        for name, what in OPTIONS.items():
            old, new = known.get(name), wanted.get(name)
            if old != new and not (name == "prompt" and prompt_of(old) == prompt_of(new)):
                differs = f"{what}: {old} then, {new} now" if name != "prompt" else what
                raise UsageError(
                    f"{self.path}:{known['line']}: {request.model} answered {_shown(request.prompt.name)!r} with "
                    f"{differs}; choose another file for --out, or ask as before"
                )
        return True

    def is_truncated(self, key: Key) -> bool:
        """Whether an answer that is there was cut off."""
        reason = str(self._known[key].get("finish_reason")).casefold()
        return ENDING_OF.get(reason) == TRUNCATED

    @contextmanager
    def open(self) -> Iterator[None]:
        """Have answers be added behind the last whole line; where there are none in the end, there is no file."""
        if self.path.exists():
            os.truncate(self.path, self._end)
        try:
            with self.path.open("ab") as self._out:
                self._out.write(b"" if self._is_closed else b"\n")
                yield
                os.fsync(self._out.fileno())
        finally:
            if not self.path.stat().st_size:
                self.path.unlink()

    def add(self, request: Request, answer: Answer) -> None:
        """Write an answer, at once: a job may be killed."""
        line = json.dumps(answer.record(request), ensure_ascii=False).encode("utf-8", "backslashreplace")
        self._out.write(line + b"\n")
        self._out.flush()
        self._keys.append(request.key)

    def put_in_order(self, requests: Sequence[Request]) -> None:
        """Sort the lines as the requests are, whichever was answered first; answers to others stand before them."""
        place = {request.key: i for i, request in enumerate(requests)}
        order = sorted(range(len(self)), key=lambda i: place.get(self._keys[i], -1))
        if order != list(range(len(self))):
            lines = list(self._read())
            ordered = b"".join(lines[i] for i in order)
            write_atomically(self.path, lambda beside: beside.write_bytes(ordered), force=True)


def _is_answer(record: Mapping[str, Any]) -> bool:
    is_known = isinstance(record.get("model"), str) and isinstance(record.get("output"), str)
    return is_known and type(record.get("sample")) is int and record.get("prompt") is not None


def _key_of(record: Mapping[str, Any]) -> Key:
    name = record.get("prompt_id")
    return record["model"], tidy(str(name) if name is not None else prompt_of(record["prompt"]) or ""), record["sample"]


def _settings_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """What is needed of an answer that is there: a file of them may be large."""
    return {name: record.get(name) for name in (*OPTIONS, "finish_reason")}


def _shown(name: str) -> str:
    """A prompt's name in a message: it may be a whole text."""
    return name if len(name) <= MOST_SHOWN else f"{name[: MOST_SHOWN - 1]}…"


def unanswered(file: AnswersFile, requests: Iterable[Request]) -> list[Request]:
    """The requests that have no answer yet; errors are those of ``is_there``."""
    return [request for request in requests if not file.is_there(request)]
