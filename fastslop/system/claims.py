"""Outputs that a job is about to write, so that a second job on the same output is told who is there.

A job keeps the names of its outputs in a hidden file of their folder, on which it holds a lock of the system. The lock
ends with the process, however that ends, so that what is left of one that was killed blocks nobody: the next job that
can lock the file removes it.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from fastslop.base.errors import UsageError
from fastslop.system.object_paths import AnyPath, ObjectPath

try:
    from fcntl import LOCK_EX, LOCK_NB, flock

    CAN_LOCK = True
except ImportError:  # Windows: files are there whole or not at all, but nobody is told of another job
    CAN_LOCK = False

_PREFIX = ".fastslop-job-"


class Claims:
    """The outputs in a folder that this job writes."""

    def __init__(self, path: Path, file: IO[str] | None) -> None:
        self._path = path
        self._file = file
        self._names: set[str] = set()

    def add(self, name: str) -> None:
        """Claim an output by its name in the folder.

        Raises
        ------
        UsageError
            If another job that is still running claims it.
        """
        if self._file is None or name in self._names:
            return
        self._names.add(name)
        self._file.write(json.dumps(name) + "\n")
        self._file.flush()  # written before others are read: of two jobs at once, one sees the other, or both do
        for path in self._path.parent.glob(f"{_PREFIX}*"):
            if path != self._path and (other := _live(path)) and name in other["names"]:
                raise UsageError(
                    f"{self._path.parent / name} is being written by process {other['process']} on {other['host']}, "
                    f"since {other['since']}; wait until it is done, or choose another place"
                )


@contextmanager
def claims_in(folder: AnyPath) -> Iterator[Claims]:
    """Claims of a job on outputs in an existing folder, which end with it.

    Where no file can be made or locked, nothing is claimed: whoever writes there is told why it fails. A store has no
    locks: of two jobs that put the same object, the second is told that it is there, unless it is to be replaced.
    """
    if isinstance(folder, ObjectPath):
        yield Claims(Path(), None)
        return
    # Under another name until it is locked, lest another job takes it for one that was left.
    path, unlocked = (folder / f"{prefix}{secrets.token_hex(8)}" for prefix in (_PREFIX, ".fastslop-new-"))
    with ExitStack() as stack:
        stack.callback(_remove, (path, unlocked))
        file = None
        with suppress(OSError):
            if CAN_LOCK:
                file = _begun(stack.enter_context(unlocked.open("x", encoding="utf-8")), path)
        yield Claims(path, file)


def _begun(file: IO[str], path: Path) -> IO[str]:
    """Lock the file of a job, say whose it is, and give it its name."""
    flock(file, LOCK_EX | LOCK_NB)
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    file.write(json.dumps({"process": os.getpid(), "host": platform.node(), "since": since}) + "\n")
    file.flush()
    Path(file.name).rename(path)
    return file


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _live(path: Path) -> dict[str, Any] | None:
    """What a job says of itself and its outputs; None if it is no longer there, and then nothing of it is left."""
    try:
        with path.open("r+", encoding="utf-8") as file:
            try:
                flock(file, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                own, *names = (json.loads(line) for line in file.read().splitlines() if line.endswith(("}", '"')))
                return {**own, "names": set(names)}
            path.unlink(missing_ok=True)
    except (OSError, ValueError):
        pass
    return None
