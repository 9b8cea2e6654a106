"""The folder of tasks: the plan, of each finished task files of tokens, and a marker that says that all are there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

from fastslop.base.errors import BadInputError, NotThereError, UsageError
from fastslop.base.sources import ranges
from fastslop.counting.in_tasks import PiecesRead
from fastslop.engines.plan import TaskPlan
from fastslop.reading.file_tally import FileTally
from fastslop.reading.sums import RecordSums
from fastslop.reading.tally import Tally
from fastslop.system.atomic import write_json
from fastslop.system.object_paths import COPIES_AT_ONCE, AnyPath
from fastslop.system.threads import map_bounded

PLAN, MAPS, MARKER = "plan.json", "map", "done.json"
"""Names in the folder: the plan, the folder of the tasks' folders, and in each of these the marker."""


@dataclass(frozen=True)
class TaskDone:
    """What a task read: of each label the sums of its sources, and the size of its file of tokens; what was left out,
    and how much was set aside."""

    labels: Mapping[str, Mapping[str, str]]
    sizes: Mapping[str, int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    bytes_aside: int = 0

    @staticmethod
    def of(read: PiecesRead) -> TaskDone:
        """What a task read of its pieces of inputs."""
        return TaskDone(read.tally.by_label, read.sizes, read.tally, read.bytes_aside)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, fit for JSON; they do not tell when and how fast it was."""
        tally = self.tally
        return {
            "labels": {label: dict(sorted(sums.items())) for label, sums in sorted(self.labels.items())},
            "sizes": dict(sorted(self.sizes.items())),
            "bytes_aside": self.bytes_aside,
            "n_docs": tally.n_docs,
            "n_bytes": tally.n_bytes,
            "records": asdict(tally.records),
            "skipped": {reason: [n, tally.places[reason]] for reason, n in sorted(tally.skipped.items())},
            "had": dict(sorted(tally.had.items())),
            "files": {name: _plain(of_file) for name, of_file in sorted(tally.of_pieces.items())},
        }

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> TaskDone:
        """What these values say."""
        tally = Tally(n_docs=values["n_docs"], n_bytes=values["n_bytes"], records=RecordSums(**values["records"]))
        for reason, (n, places) in values["skipped"].items():
            tally.add_skips(reason, n, places)
        tally.had = Counter(values["had"])
        tally.of_pieces = {name: _file_tally_of(one) for name, one in values["files"].items()}
        return TaskDone(values["labels"], values["sizes"], tally, values["bytes_aside"])


def _plain(one: FileTally) -> dict[str, Any]:
    return {
        "n_records": one.n_records,
        "n_docs": one.n_docs,
        "is_first_bad": one.is_first_bad,
        "found": list(one.found),
        "skipped": {reason: [n, one.places[reason]] for reason, n in sorted(one.skipped.items())},
    }


def _file_tally_of(values: Mapping[str, Any]) -> FileTally:
    of_file = FileTally(
        n_records=values["n_records"],
        n_docs=values["n_docs"],
        is_first_bad=values["is_first_bad"],
        found=tuple(values["found"]),
    )
    for reason, (n, places) in values["skipped"].items():
        of_file.add_skips(reason, n, places)
    return of_file


@dataclass(frozen=True)
class TaskFolder:
    """The folder of tasks at ``place``."""

    place: AnyPath

    def map_folder(self, task: int) -> AnyPath:
        """The folder of a task's files of tokens."""
        return self.place / MAPS / f"{task:05d}"

    @contextmanager
    def filled(self, task: int, temp: Path | None) -> Iterator[Path]:
        """A folder of this machine for a task's files: that of the task or, where it is in a store, one in
        the folder ``temp`` whose files are put there when all are made."""
        own = self.map_folder(task)
        if isinstance(own, Path):
            own.mkdir(parents=True, exist_ok=True)
            yield own
            return
        with TemporaryDirectory(prefix="fastslop-", dir=temp) as folder:
            yield Path(folder)
            for path in sorted(Path(folder).iterdir()):
                (own / path.name).put(path, force=True)

    def remove(self) -> None:
        """Remove the folder and all that is in it."""
        if isinstance(self.place, Path):
            rmtree(self.place)
        else:
            self.place.remove_all()

    def write_plan(self, plan: TaskPlan, *, force: bool) -> None:
        """Write a plan; the same plan may be there already.

        Raises
        ------
        UsageError
            If another plan is there, unless ``force``.
        """
        path = self.place / PLAN
        if not force and path.is_file():
            if _digest_in(path) == plan.digest:
                return
            raise UsageError(
                f"{path} is another plan (of other inputs or options, or inputs have changed since); "
                "choose another folder or say --force"
            )
        write_json(path, plan.to_dict(), force=True)

    def read_plan(self) -> TaskPlan:
        """The plan.

        Raises
        ------
        NotThereError
            If there is none.
        BadInputError
            If it cannot be used.
        """
        path = self.place / PLAN
        if not path.is_file():
            raise NotThereError(
                f"{self.place} is no folder of tasks: it has no {PLAN}; `fastslop tasks plan` makes one"
            )
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise BadInputError(f"{path} is no plan of tasks ({error}); plan the tasks anew") from None
        return TaskPlan.from_dict(values, str(path))

    def write_done(self, plan: TaskPlan, task: int, done: TaskDone) -> None:
        """Write the marker of a task whose files are all there."""
        write_json(self.map_folder(task) / MARKER, {"plan": plan.digest, **done.to_dict()}, force=True)

    def read_done(self, plan: TaskPlan, task: int) -> TaskDone | None:
        """What a finished task of this plan read; None if it is not finished."""
        try:
            values = json.loads((self.map_folder(task) / MARKER).read_text(encoding="utf-8"))
            return TaskDone.from_dict(values) if values["plan"] == plan.digest else None
        except (FileNotFoundError, NotThereError, ValueError, KeyError, TypeError):
            return None

    def _all_read(self, plan: TaskPlan) -> list[TaskDone | None]:
        """What each task read: a store is asked for many markers at once."""
        at_once = 1 if isinstance(self.place, Path) else COPIES_AT_ONCE
        return [*map_bounded(partial(self.read_done, plan), range(plan.n_tasks), at_once)]

    def unfinished(self, plan: TaskPlan) -> list[int]:
        """The tasks of a plan that are not finished."""
        return [task for task, done in enumerate(self._all_read(plan)) if done is None]

    def all_done(self, plan: TaskPlan) -> list[TaskDone]:
        """What all tasks read, in their order.

        Raises
        ------
        UsageError
            If some are not finished.
        """
        found = self._all_read(plan)
        missing = [task for task, done in enumerate(found) if done is None]
        if missing:
            raise UsageError(
                f"{self.place}: tasks {ranges(missing)} of {plan.n_tasks:,} are not finished; run `fastslop tasks map` "
                "for them"
            )
        return [done for done in found if done is not None]


def _digest_in(path: AnyPath) -> str | None:
    try:
        digest: str | None = json.loads(path.read_text(encoding="utf-8")).get("digest")
    except (ValueError, AttributeError):
        return None
    return digest
