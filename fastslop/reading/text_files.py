"""Texts, a file each, to batches of documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastslop.reading.batches import BOM, READ_BYTES, Batch, Seen, batch_of
from fastslop.reading.compression import unpacked
from fastslop.reading.digests import beginning_of_texts
from fastslop.reading.documents import Plan, read_records
from fastslop.reading.fields import FOLDER, TEXTS, Columns
from fastslop.reading.inputs import InputFile
from fastslop.reading.limits import LONGEST_TEXT
from fastslop.reading.options import ReadOptions


def read_texts(file: InputFile, options: ReadOptions, seen: Seen) -> Iterator[Batch]:
    """One document per file."""
    prompt = FOLDER if file.prompt else "name"
    columns = Columns("text", None, (prompt,) if file.prompt or file.shared_names else (), shape=TEXTS)
    asked = [name for name in (options.fields.text, options.fields.label, options.fields.prompt) if name]
    notes = (f"{file.name}: texts have no fields, so {', '.join(map(repr, asked))} means nothing for them",)

    def place_of(number: int) -> str:
        return str(file.paths[number])

    plan = Plan(
        columns,
        options.label or file.label,
        place_of,
        options.reasoning,
        notes if asked else (),
        beginning=beginning_of_texts(file.paths, options.reasoning),
    )
    shard, n_shards = options.shard
    of_shard = list(enumerate(file.paths))[shard::n_shards]
    if not of_shard:
        yield batch_of(read_records([], plan), 0, plan)
    waiting: list[tuple[int, dict[str, Any]]] = []
    n_bytes, n_stored = 0, 0
    for number, path in of_shard:
        with unpacked(path) as stream:
            own = file.prompt or (path.name.partition(".")[0] if path.name in file.shared_names else None)
            waiting.append((number, {"text": stream.content.read(LONGEST_TEXT + 1).removeprefix(BOM), prompt: own}))
            n_stored += stream.position or 0
        n_bytes += len(waiting[-1][1]["text"])
        if n_bytes >= READ_BYTES or number == of_shard[-1][0]:
            seen(n_stored)
            yield batch_of(read_records(waiting, plan), len(waiting), plan)
            waiting, n_bytes = [], 0
