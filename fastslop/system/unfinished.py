"""Files that are being written: beside their place, under a name that says by which process, so that what a process
that died left behind can be told from what another one is writing."""

from __future__ import annotations

import os
import platform
import re
import secrets
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path

import psutil

_NAME = re.compile(r"\.fastslop-(?P<host>[0-9a-f]{8})-(?P<process>\d+)-(?P<begun>\d+)-[0-9a-f]{8}")
CLOCKS_DIFFER_S = 60
"""The time at which a process began, as the system tells it, changes as much where its clock is set."""


def unfinished_beside(path: Path) -> Path:
    """A new and empty file in the folder of ``path``, for what will be renamed to it once it is whole."""
    remove_unfinished(path.parent.resolve())
    process = os.getpid()
    beside = path.parent / f".fastslop-{_host()}-{process}-{_begun(process):.0f}-{secrets.token_hex(4)}"
    beside.touch(exist_ok=False)
    return beside


def is_unfinished(path: Path) -> bool:
    """Whether a file has the name of one that is being written."""
    return _NAME.fullmatch(path.name) is not None


@cache
def remove_unfinished(folder: Path) -> None:
    """Remove the files of a folder that processes of this machine left unfinished and that are no more.

    It is looked for once in each folder: processes seldom die while another one writes to the same folder.
    """
    for entry in os.scandir(folder):
        found = _NAME.fullmatch(entry.name)
        if found and found["host"] == _host() and not _is_alive(int(found["process"]), int(found["begun"])):
            with suppress(OSError):  # another process removes it as well
                os.unlink(entry)


def _is_alive(process: int, begun: int) -> bool:
    """Whether a process still runs; one of the same number that began at another time is another one."""
    try:
        return abs(_begun(process) - begun) <= CLOCKS_DIFFER_S
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True


@cache
def _begun(process: int) -> float:
    """When a process began, in seconds since 1970."""
    return psutil.Process(process).create_time()


@cache
def _host() -> str:
    """This machine, by a hash: a folder may be shared, and other machines number their processes anew."""
    return blake2b(platform.node().encode(), digest_size=4).hexdigest()
