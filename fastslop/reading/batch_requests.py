"""Requests of a batch beside its answers: the file that was sent has the prompts, which the answers only number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from fastslop.reading.compression import DAMAGE, unpacked
from fastslop.reading.inputs import InputFile
from fastslop.reading.paths import lookup
from fastslop.reading.prompts import prompt_of

HEAD_BYTES = 1 << 16
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


def part_requests(files: Iterable[InputFile]) -> tuple[list[InputFile], list[InputFile], dict[str, str]]:
    """The files with texts; those with the requests of batches; and the prompt of each request by its number."""
    texts: list[InputFile] = []
    requests: list[InputFile] = []
    prompts: dict[str, str] = {}
    for file in files:
        found = _prompts_in(file) if _has_requests(file) else {}
        (requests if found else texts).append(file)
        prompts |= found
    return texts, requests, prompts


def _has_requests(file: InputFile) -> bool:
    """Whether the first line of a file is a request."""
    if file.kind != "json" or len(file.paths) != 1:
        return False
    try:
        with unpacked(file.paths[0]) as stream:
            first = stream.content.read(HEAD_BYTES).split(b"\n", 1)[0]
    except DAMAGE:
        return False  # whoever reads it says so
    return _request(first) is not None


def _prompts_in(file: InputFile) -> dict[str, str]:
    prompts: dict[str, str] = {}
    with unpacked(file.paths[0]) as stream:
        for line in iter(stream.content.readline, b""):
            request = _request(line)
            if request is not None:
                prompts[request[0]] = request[1]
    return prompts


def _request(line: bytes) -> tuple[str, str] | None:
    """The number of a request and what identifies its prompt; None if a line is none."""
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, Mapping) or any(record.get(name) is not None for name in ANSWERS):
        return None
    for number, paths, systems in REQUESTS:
        if isinstance(record.get(number), str | int):
            asked = next((key for path in paths if (key := prompt_of(lookup(record, path)))), None)
            system = next((key for path in systems if (key := prompt_of(lookup(record, path)))), None)
            if asked is not None:
                return str(record[number]), " ".join(filter(None, (system, asked)))
    return None
