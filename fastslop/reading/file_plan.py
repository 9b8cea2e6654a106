"""How a file is read, by a sample of its records: which fields hold the texts, the models and the prompts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from fastslop.reading.batch_requests import BATCHES
from fastslop.reading.checks import VALUES_SHOWN, check_sample, documents_with_text, pooled_models
from fastslop.reading.choice import choose_columns, with_asked
from fastslop.reading.digests import HEAD, beginning_of
from fastslop.reading.documents import Plan
from fastslop.reading.inputs import InputFile
from fastslop.reading.options import ReadOptions


def plan_of(file: InputFile, options: ReadOptions, sample: Sequence[object], place: str) -> Plan:
    """The plan to read a file, by a sample of its records; ``place`` stands between its name and a record's number."""
    columns = choose_columns(sample, options.fields, name=file.name, one_label=options.label is not None)
    columns = with_asked(columns, sample)
    notes = list(check_sample(sample, columns, options.fields, file.name))
    own = file.folder if columns.is_labelled_by_folder and file.folder else file.label
    pooled = None if columns.has_labels or options.label else pooled_models(sample, columns)
    if pooled is not None:
        name, values = pooled
        shown = ", ".join(values[:VALUES_SHOWN]) + (", ..." if len(values) > VALUES_SHOWN else "")
        notes.append(f"{file.name} is taken for one model, {own!r}; if {name} ({shown}) names models: --model {name}")

    def place_of(number: int) -> str:
        return f"{file.name}{place}{number}"

    requests = file.requests if columns.shape in BATCHES else {}
    first = list(islice(documents_with_text(sample, columns), HEAD))
    example = first[0] if first else None
    if example is not None:
        example = example._replace(prompt=requests.get(example.prompt or "", example.prompt))
    return Plan(
        columns,
        options.label or own,
        place_of,
        options.reasoning,
        tuple(notes),
        requests,
        example,
        file.name,
        beginning_of(first, options.reasoning),
    )
