"""What is learnt from a library, kept beside its profiles: it is the same for every query, and learnt once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from fastslop._kernels.machine.jit import SOURCE_STAMP, source_stamp
from fastslop.profiles.files import read_footer
from fastslop.profiles.profile_set import Member
from fastslop.system.atomic import write_atomically

FOLDER = ".fastslop"
"""Name of the folder for what is learnt, in the folder of the library's profiles."""
KEY_CHARS = 16
"""Characters of the library's key in the names of files."""

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Learnt:
    """Arrays that were learnt from a library, by name; with no ``folder`` they are learnt each time.

    ``key`` tells the library by its profiles' footers (labels, specification, sources, totals), its panels and the code
    that learns: what was learnt from other profiles, or by another version, is not taken.
    """

    folder: Path | None = None
    key: str = ""

    @staticmethod
    def of(members: Sequence[Member], beside: Path | None = None) -> Learnt:
        """Of the library of these labels: in the folder ``beside``, or in that of their files, if they are in one."""
        folders = {member.place.parent if isinstance(member.place, Path) else None for member in members}
        folder = beside or (folders.pop() if len(folders) == 1 else None)
        if folder is None or any(member.only is not None for member in members):
            return Learnt()
        digest = sha256((SOURCE_STAMP + _code_stamp()).encode())
        for member in members:
            assert isinstance(member.place, Path)
            values = read_footer(member.place).values
            digest.update(json.dumps([member.name, member.panel, values], sort_keys=True).encode())
        return Learnt(folder / FOLDER, digest.hexdigest()[:KEY_CHARS])

    def recall(self, name: str, learn: Callable[[], Arrays]) -> Arrays:
        """The arrays of a name, which ``learn`` makes if there is no whole file of them; they are then kept.

        What cannot be written, as into a folder that is read-only, is not kept. What was learnt from profiles that are
        no longer the library is removed.
        """
        if self.folder is None:
            return learn()
        path = self.folder / f"{self.key}-{name}.npz"
        with suppress(OSError, ValueError, KeyError, EOFError, BadZipFile), path.open("rb") as file:
            return dict(np.load(file, allow_pickle=False))
        arrays = learn()
        with suppress(OSError):
            write_atomically(path, lambda beside: _save(beside, arrays), force=True)
            for other in self.folder.glob("*.npz"):
                if not other.name.startswith(self.key):
                    other.unlink()
        return arrays


def _save(path: Path, arrays: Arrays) -> None:
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)  # type: ignore[arg-type, unused-ignore]


def _code_stamp() -> str:
    """Digest of the source that learns."""
    rooms = Path(__file__).parents[1]
    return "".join(source_stamp(rooms / room) for room in ("evidence", "comparing", "profiles"))
