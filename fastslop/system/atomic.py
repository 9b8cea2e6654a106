"""Files that are there whole or not at all: written beside their place, then renamed."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from fastslop.base.errors import UsageError
from fastslop.system.object_paths import AnyPath, ObjectPath
from fastslop.system.stores import KINDS
from fastslop.system.unfinished import is_unfinished, unfinished_beside


def write_text(path: AnyPath, text: str, *, force: bool = False) -> None:
    """Write a text file in UTF-8, whole or not at all."""
    write_atomically(path, lambda beside: beside.write_text(text, encoding="utf-8", newline=""), force=force)


def to_json(value: Mapping[str, Any]) -> str:
    """Indented JSON of a mapping; NaN raises a ValueError."""
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def write_json(path: AnyPath, value: Mapping[str, Any], *, force: bool = False) -> None:
    """Write a mapping as a file of indented JSON, whole or not at all."""
    write_text(path, to_json(value), force=force)


def write_atomically(path: AnyPath, write: Callable[[Path], object], *, force: bool = False) -> None:
    """Let ``write`` make a file beside ``path`` and rename it; a file that is there is replaced only by ``force``.

    No other process sees half of a file, and what is renamed is on the disk first: a machine that loses its power keeps
    the old file, the new one or none. What a killed process left in the folder is removed (see `unfinished`). An object
    of a store is made in a temporary folder, and put when it is whole.

    Raises
    ------
    UsageError
        If the file is already there, unless ``force``.
    """
    refuse_to_overwrite(path, force=force)
    if isinstance(path, ObjectPath):
        _put(path, write, force=force)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with _os_errors_of(path):
        beside = unfinished_beside(path)
    try:
        with _os_errors_of(path):
            write(beside)
            _sync(beside)
        os.replace(beside, path)
        _sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def _put(path: ObjectPath, write: Callable[[Path], object], *, force: bool) -> None:
    """Let ``write`` make a file in a temporary folder, and put it as an object."""
    with TemporaryDirectory(prefix="fastslop-") as folder:
        beside = Path(folder, "object")
        beside.touch()
        with _os_errors_of(beside):
            write(beside)
        path.put(beside, force=force)


def _sync(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk."""
    if path.is_dir() and os.name == "nt":  # Windows cannot open a folder
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _os_errors_of(path: Path) -> Iterator[None]:
    """Have an OSError, such as that of a full disk, name the file.

    Polars raises such errors as ComputeErrors, with the system's number in the text.
    """
    try:
        yield
    except OSError as error:
        if error.errno is not None and (error.filename is None or is_unfinished(Path(error.filename))):
            error.filename = str(path)
        raise
    except pl.exceptions.ComputeError as error:
        number = re.search(r"\(os error (\d+)\)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from error


def refuse_to_overwrite(path: AnyPath, *, force: bool, or_resume: bool = False) -> None:
    """Raise UsageError if the path exists, unless ``force``, or nothing can be written there.

    It says so where a job can also be resumed.
    """
    is_object = isinstance(path, ObjectPath)
    if not force and (path.is_file() if is_object else path.exists()):
        resume = ", or --resume to go on with what was broken off" if or_resume else ""
        raise UsageError(f"{path} is already there; choose another place or say --force{resume}")
    if isinstance(path, ObjectPath):
        return
    refuse_address(path)
    try:
        os.fsencode(path)
    except UnicodeEncodeError as error:
        encoding = sys.getfilesystemencoding()
        raise UsageError(
            f"{path} cannot be written: names of files are {encoding} here; set PYTHONUTF8=1 or a locale of UTF-8"
        ) from error
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if not os.access(above, os.W_OK):
        raise UsageError(f"{path} cannot be written: nothing may be put into {above}; choose another place")


def refuse_address(path: Path) -> None:
    """Raise UsageError if a path was an address in an object store, where this job writes to a disk."""
    kind, *rest = path.parts or [""]
    if kind.removesuffix(":") in KINDS and kind.endswith(":") and rest:
        raise UsageError(
            f"{kind}//{'/'.join(rest)}: this is not written to object stores, as profiles and tasks are; write it to a "
            "folder, and copy that"
        )


def check_target(path: str | PathLike[str], suffixes: Sequence[str], *, force: bool) -> Path:
    """The file to write, if it has one of these endings and is not already there.

    Raises
    ------
    UsageError
        If it has another ending, or is already there, unless ``force``.
    """
    target = Path(path)
    if target.suffix.lower() not in suffixes:
        raise UsageError(f"{target}: this is written as {', '.join(suffixes)}, by the ending of its name")
    refuse_to_overwrite(target, force=force)
    return target
