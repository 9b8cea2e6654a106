"""Added models as one file for others, and the files of others, of which nothing is believed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256 as new_digest
from os import PathLike, fspath
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen
from zipfile import BadZipFile, ZipFile, ZipInfo

from fastslop.base.errors import BadInputError, NotThereError, UsageError
from fastslop.known.models import add_known, is_built_in, known_of, open_known
from fastslop.profiles.checks import check_rows
from fastslop.profiles.files import SUFFIX, CountedProfile, read_packed
from fastslop.profiles.profile_set import Member, open_profiles
from fastslop.system.atomic import check_target, write_atomically
from fastslop.system.progress import Progress, silent

ARCHIVE = ".zip"
MADE_BY = "a file of `library export`"
MOST_BYTES, MOST_OF_A_MODEL, MOST_MODELS = 1 << 30, 1 << 26, 10_000
"""Most bytes of a library's file and of one profile in it, and most profiles: far more than any has."""
TIMEOUT = 60.0
"""Seconds without an answer after which an address is given up."""
AT_ONCE = 1 << 20


def export_known(path: str | PathLike[str], labels: Sequence[str] = (), *, force: bool = False) -> str:
    """
    Write models that were added into one file; equal models give equal bytes.

    Parameters
    ----------
    path
        The file, which ends in .zip.
    labels
        Their names among the known ones; all that were added, if not given.
    force
        Replace a file that is already there.

    Returns
    -------
    digest
        The file's SHA-256, by which others see that it came whole.

    Raises
    ------
    UsageError
        If none was added, one is not known, or the file is already there.
    """
    target = check_target(path, [ARCHIVE], force=force)
    members = known_of(labels) if labels else [m for m in open_known().members if not is_built_in(m)]
    if not members:
        raise UsageError("no models were added, and those of the package everyone has; add some with `library add`")
    write_atomically(target, lambda beside: _write_archive(beside, members), force=force)
    with target.open("rb") as file:
        return _digest(file)


def import_known(
    place: str | PathLike[str], *, sha256: str | None = None, force: bool = False, progress: Progress = silent
) -> list[CountedProfile]:
    """
    Add the models of a file that `export_known` wrote, all or none of them.

    Every profile is checked to the last row, and written anew.

    Parameters
    ----------
    place
        The file, or its address (``http://`` or ``https://``).
    sha256
        The file's SHA-256 in hexadecimal digits; an address needs it.
    force
        Replace models of the same name and panel that were added before.
    progress
        Is told how many are read.

    Raises
    ------
    BadInputError
        If the file is not there, has another checksum, or holds anything but sound profiles.
    UsageError
        If an address has no checksum, or a model is known already.
    IncompatibleProfilesError
        If models were counted in another way than the known ones.
    """
    address = fspath(place)
    is_address = urlsplit(address).scheme in ("http", "https")
    if is_address and sha256 is None:
        raise UsageError(f"{address}: name the file's checksum (--sha256), which whoever offers it can tell you")
    with TemporaryDirectory(prefix="fastslop-") as folder:
        archive = _downloaded(address, Path(folder) / "library.zip") if is_address else Path(address)
        if not archive.is_file():
            raise NotThereError(f"there is no file {archive}")
        if sha256 is not None:
            _check_digest(archive, address, sha256)
        inside = Path(folder) / "profiles"
        _unpack(archive, address, inside)
        for path in sorted(inside.iterdir()):
            check_rows(read_packed(path))
        return add_known(open_profiles(inside), force=force, progress=progress)


def _write_archive(path: Path, members: Sequence[Member]) -> None:
    """Profiles as they are, not compressed a second time; entries have the earliest date that there is."""
    with ZipFile(path, "w") as archive:
        for member in members:
            assert isinstance(member.place, Path)
            archive.writestr(ZipInfo(member.place.name), member.place.read_bytes())


def _downloaded(address: str, path: Path) -> Path:
    """The file at an address, as ``path``.

    Raises
    ------
    BadInputError
        If there is no answer, or it is too long.
    """
    try:
        with closing(urlopen(address, timeout=TIMEOUT)) as answer, path.open("wb") as file:
            _copy(answer, file, MOST_BYTES, address)
    except (URLError, OSError, ValueError) as error:
        raise BadInputError(f"{address} cannot be read: {error}; fetch it by other means and name the file") from None
    return path


def _copy(source: IO[bytes], target: IO[bytes], most: int, title: str) -> None:
    """Copy a stream of ``most`` bytes at most; BadInputError if it has more."""
    left = most
    while some := source.read(min(AT_ONCE, left + 1)):
        left -= len(some)
        if left < 0:
            raise BadInputError(f"{title} has more than {most:,} bytes, and is no library of models ({MADE_BY})")
        target.write(some)


def _digest(file: IO[bytes]) -> str:
    digest = new_digest()
    while some := file.read(AT_ONCE):
        digest.update(some)
    return digest.hexdigest()


def _check_digest(archive: Path, title: str, expected: str) -> None:
    with archive.open("rb") as file:
        found = _digest(file)
    if found != expected.strip().lower():
        raise BadInputError(
            f"{title} has the checksum {found}, not {expected}: it is another file, or came damaged; fetch it again"
        )


def _unpack(archive: Path, title: str, folder: Path) -> None:
    """The profiles of an archive, in a folder under numbers: names of strangers are not used as names of files.

    Raises
    ------
    BadInputError
        If it is no archive, or holds anything else.
    """
    folder.mkdir()
    try:
        with ZipFile(archive) as opened:
            entries = opened.infolist()
            if not 0 < len(entries) <= MOST_MODELS:
                raise BadInputError(
                    f"{title} holds {len(entries):,} files; a library of models ({MADE_BY}) has 1 to {MOST_MODELS:,}"
                )
            for i, entry in enumerate(entries):
                if not entry.filename.endswith(SUFFIX):
                    raise BadInputError(
                        f"{title} holds {entry.filename!r}, which is no profile (*{SUFFIX}); give {MADE_BY}"
                    )
                with opened.open(entry) as source, (folder / f"{i}{SUFFIX}").open("wb") as target:
                    _copy(source, target, MOST_OF_A_MODEL, f"{entry.filename!r} in {title}")
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadInputError(f"{title} is no library of models ({MADE_BY}): {error}") from None
