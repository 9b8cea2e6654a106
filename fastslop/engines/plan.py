"""The plan of a count in tasks: which ranges of which inputs each task counts, and how. It is a file of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import fastslop
from fastslop.base.errors import BadInputError, NoTextsError, UsageError
from fastslop.base.parquet_sizes import row_groups
from fastslop.base.sources import MOST_SHARDS, Shards, numbered
from fastslop.base.spec import CountSpec
from fastslop.counting.options import CountOptions
from fastslop.engines.division import Divisible, Range, divide
from fastslop.reading.batch_requests import part_requests
from fastslop.reading.batches import Batch
from fastslop.reading.checks import AcrossLabels
from fastslop.reading.corpus import files_of
from fastslop.reading.fields import Columns, Fields, Found
from fastslop.reading.file_tally import Skips
from fastslop.reading.formats import read_batches
from fastslop.reading.frames import Input
from fastslop.reading.inputs import InputFile, find_inputs
from fastslop.reading.languages import AUTO, FirstTexts, in_language
from fastslop.reading.options import ReadOptions
from fastslop.reading.pieces import Piece
from fastslop.reading.tally import Tally
from fastslop.system.object_paths import AnyPath, path_of
from fastslop.system.progress import Progress
from fastslop.system.threads import map_bounded

TASK_BYTES = 512 << 20
"""Stored bytes of a task, where the user does not say how many tasks there are: half a minute's work or less."""
DIVISION_DIGITS = 16
"""Hexadecimal digits of a plan's digest that name its division."""


@dataclass(frozen=True)
class PlannedInput:
    """An input of a plan: its file, with the name of its source, its stored size, and the fields that were chosen."""

    file: InputFile
    size: int
    columns: Columns

    def piece(self, start: int, stop: int | None) -> InputFile:
        """A range of the input, to be read.

        Raises
        ------
        BadInputError
            If the input is not what it was when it was planned.
        """
        if _size_of(self.file.paths) != self.size:
            raise BadInputError(f"{self.file.name}: has another size than when it was planned; plan the tasks anew")
        if self.file.kind == "txt":
            return replace(self.file, paths=self.file.paths[start:stop])
        assert self.file.piece is not None
        return replace(self.file, piece=replace(self.file.piece, start=start, stop=stop))


@dataclass(frozen=True)
class TaskPlan:
    """A plan: the inputs, the ranges of each task, how they are counted, and what was passed over.

    ``requests`` are the paths of files with requests of batches, which some inputs answer; ``notes``, those on choices
    of fields. A plan of another version of fastslop is refused.
    """

    options: CountOptions
    inputs: Sequence[PlannedInput]
    tasks: Sequence[Sequence[Range]]
    requests: Sequence[AnyPath] = ()
    passed_over: Skips = field(default_factory=Skips)
    notes: Sequence[str] = ()

    @property
    def n_tasks(self) -> int:
        """How many tasks there are."""
        return len(self.tasks)

    @cached_property
    def digest(self) -> str:
        """A digest of all that is planned; equal plans have equal ones."""
        return sha256(json.dumps(self._values(), sort_keys=True).encode()).hexdigest()

    def shards(self, sums: Mapping[str, str]) -> dict[str, Shards]:
        """All parts of the division of the inputs into tasks; ``sums`` has what all have of each source."""
        return {self.digest[:DIVISION_DIGITS]: Shards(self.n_tasks, dict.fromkeys(range(self.n_tasks), 1), sums)}

    def files_of(self, task: int) -> list[InputFile]:
        """The pieces of inputs that a task reads; errors are those of ``PlannedInput.piece``."""
        files = [self.inputs[number].piece(start, stop) for number, start, stop in self.tasks[task]]
        if not self.requests:
            return files
        requests = [InputFile(str(path), "json", "", (path,)) for path in self.requests]
        return part_requests([*files, *requests])[0]

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain values, fit for JSON."""
        return {**self._values(), "digest": self.digest}

    def _values(self) -> dict[str, Any]:
        read = self.options.read
        choices = list(dict.fromkeys(one.columns for one in self.inputs))
        return {
            "fastslop": fastslop.__version__,
            "spec": self.options.spec.to_dict(),
            "panel": self.options.panel,
            "fields": asdict(read.fields),
            "label": read.label,
            "max_bad": read.max_bad,
            "reasoning": read.reasoning,
            "choices": [_plain_columns(columns) for columns in choices],
            "inputs": [_plain_input(one, choices.index(one.columns)) for one in self.inputs],
            "requests": list(map(str, self.requests)),
            "passed_over": [[reason, n, self.passed_over.places[reason]] for reason, n in _items(self.passed_over)],
            "notes": list(self.notes),
            "tasks": [list(map(list, ranges)) for ranges in self.tasks],
        }

    @staticmethod
    def from_dict(values: Any, place: str) -> TaskPlan:
        """The plan of these values of JSON, which stand at ``place``.

        Raises
        ------
        BadInputError
            If they are no plan, or one that another version made.
        """
        if not isinstance(values, dict):
            raise BadInputError(f"{place} is no plan of tasks (it is no object); plan the tasks anew")
        version = values.get("fastslop")
        if version != fastslop.__version__:
            raise BadInputError(
                f"{place} was made by fastslop {version}, and this is {fastslop.__version__}; "
                "run all tasks with one version, or plan them anew"
            )
        try:
            plan = _plan_of(values)
            is_whole = plan.digest == values["digest"]
        except (LookupError, TypeError, ValueError, AttributeError, UsageError) as error:
            raise BadInputError(f"{place} is no plan of tasks ({error!r}); plan the tasks anew") from None
        if not is_whole:
            raise BadInputError(f"{place} is damaged: its digest does not agree; plan the tasks anew")
        return plan


def _items(skips: Skips) -> list[tuple[str, int]]:
    return sorted(skips.skipped.items())


def _plan_of(values: Mapping[str, Any]) -> TaskPlan:
    read = ReadOptions(
        Fields(**values["fields"]), values["label"], max_bad=values["max_bad"], reasoning=values["reasoning"]
    )
    choices = list(map(_columns_of, values["choices"]))
    passed_over = Skips()
    for reason, n, places in values["passed_over"]:
        passed_over.add_skips(reason, n, places)
    return TaskPlan(
        CountOptions(CountSpec.from_dict(values["spec"]), read, values["panel"]),
        [_input_of(one, choices) for one in values["inputs"]],
        [[Range(*one) for one in ranges] for ranges in values["tasks"]],
        list(map(path_of, values["requests"])),
        passed_over,
        values["notes"],
    )


def _plain_input(one: PlannedInput, choice: int) -> dict[str, Any]:
    file = one.file
    assert file.piece is not None
    return {
        "name": file.name,
        "kind": file.kind,
        "label": file.label,
        "paths": list(map(str, file.paths)),
        "is_one_of_many": file.is_one_of_many,
        "shared_names": sorted(file.shared_names),
        "prompt": file.prompt,
        "source": file.piece.source,
        "size": one.size,
        "choice": choice,
    }


def _input_of(values: Mapping[str, Any], choices: Sequence[Columns]) -> PlannedInput:
    file = InputFile(
        values["name"],
        values["kind"],
        values["label"],
        tuple(map(path_of, values["paths"])),
        is_one_of_many=values["is_one_of_many"],
        shared_names=frozenset(values["shared_names"]),
        prompt=values["prompt"],
        piece=Piece(values["source"]),
    )
    return PlannedInput(file, values["size"], choices[values["choice"]])


def _plain_columns(columns: Columns) -> dict[str, Any]:
    return asdict(columns) | {"optional": sorted(columns.optional), "also": list(columns.also)}


def _columns_of(values: Mapping[str, Any]) -> Columns:
    own = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    also = Found(*map(tuple, values["also"]))
    return Columns(**own | {"optional": frozenset(values["optional"]), "also": also, "more": _pairs(values["more"])})


def _pairs(values: Sequence[Sequence[Any]]) -> tuple[tuple[str, str | None], ...]:
    return tuple((text, label) for text, label in values)


def make_plan(inputs: Sequence[Input], options: CountOptions, n_tasks: int | None, progress: Progress) -> TaskPlan:
    """Plan ``n_tasks`` tasks that count inputs, or one for each ``TASK_BYTES`` of these; how each input begins is read.

    Raises
    ------
    BadInputError
        If an input does not exist, cannot be read or holds no text, or the first texts of all labels are the same.
    UsageError
        If an input is in memory, standard input or an address that Polars reads, or ``n_tasks`` is out of range.
    """
    if n_tasks is not None and not 1 <= n_tasks <= MOST_SHARDS:
        raise UsageError(f"{n_tasks} tasks: there can be 1 to {MOST_SHARDS:,}")
    tally = Tally()
    files = files_of(inputs, tally)
    for file in files:
        if not file.paths:
            raise UsageError(f"{file.name}: tasks read their inputs by themselves; give files or folders")
    planned: list[PlannedInput] = []
    stocks: list[Divisible] = []
    notes: list[str] = []
    n_alike: dict[str, int] = {}
    first_texts = FirstTexts(options.spec)
    for one, batch in _heads(files, options.read, tally, progress):
        plan = batch.plan
        if options.language == AUTO:
            first_texts.add(batch)
        source = numbered(plan.beginning, n_alike.get(plan.beginning, 0))
        n_alike[plan.beginning] = n_alike.get(plan.beginning, 0) + 1
        paths = tuple(path.absolute() for path in one.paths)
        size = _size_of(paths)
        planned.append(PlannedInput(replace(one, paths=paths, requests={}, piece=Piece(source)), size, plan.columns))
        stocks.append(_divisible(one, size, has_pieces=plan.has_pieces))
        notes += plan.notes
    requests = _requests_of(inputs, files)
    total = sum(one.size for one in planned)
    tasks = divide(stocks, n_tasks or max(-(-total // TASK_BYTES), 1))
    if options.language == AUTO:
        spec = in_language(options.spec, first_texts.language)
        options = replace(options, spec=spec, language=None)
    return TaskPlan(options, planned, tasks, requests, Skips(tally.skipped, tally.places), notes)


def _heads(
    files: Sequence[InputFile], options: ReadOptions, tally: Tally, progress: Progress
) -> Iterator[tuple[InputFile, Batch]]:
    """Yield each file that has texts with its first batch; those of labels are compared as far as they are read."""
    across = AcrossLabels()

    def head(file: InputFile) -> Batch | NoTextsError:
        batches = read_batches(file, options)
        try:
            return next(batches, None) or NoTextsError(f"{file.name}: no usable text in it (no records)")
        except NoTextsError as error:
            return error

    for n, (file, found) in enumerate(zip(files, map_bounded(head, files, 2), strict=True), start=1):
        progress("planning", n, len(files), "files")
        if isinstance(found, NoTextsError):
            if not file.is_one_of_many:
                raise found
            tally.pass_over(file, found)
            continue
        across.add(found.documents, found.plan.columns, options.fields)
        yield file, found
    if len(tally.without_texts) == len(files):
        tally.check()
    across.check()


def _requests_of(inputs: Sequence[Input], files: Sequence[InputFile]) -> list[AnyPath]:
    """The files with requests of batches, if some of the files answer them."""
    if not any(file.requests for file in files):
        return []
    known = {path for file in files for path in file.paths}
    found = [file for file in find_inputs(inputs)[0] if file.kind == "json"]
    return [path.absolute() for file in found for path in file.paths if path not in known]


def _size_of(paths: Sequence[AnyPath]) -> int:
    return sum(path.stat().st_size for path in paths)


def _divisible(file: InputFile, size: int, *, has_pieces: bool) -> Divisible:
    """How an input is divided."""
    if file.kind == "txt":
        return Divisible(size, True, [(path.stat().st_size, 1) for path in file.paths])
    if not has_pieces:
        return Divisible(size)
    if file.kind != "parquet":
        return Divisible(size, True)
    if not isinstance(file.paths[0], Path):  # it would be copied for each of its pieces
        return Divisible(size)
    groups = row_groups(file.on_disk)
    in_memory = sum(n_bytes for n_bytes, _ in groups)
    stored = [(size * n_bytes // max(in_memory, 1), n_rows) for n_bytes, n_rows in groups]
    return Divisible(sum(n for n, _ in stored), bool(stored), stored)
