"""Places, which are paths of files or addresses in object stores; both are read and written by the same methods."""

from __future__ import annotations

import io
import re
import shutil
from atexit import register, unregister
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import translate
from os import PathLike, fspath
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory, mkdtemp
from threading import Lock
from typing import IO, NamedTuple, cast

from fastslop.base.errors import NotThereError, UsageError
from fastslop.system.object_reader import COPY_BYTES, ObjectReader
from fastslop.system.stores import (
    Address,
    Found,
    address_of,
    delete_objects,
    find_object,
    has_objects,
    is_address,
    objects_below,
    objects_in,
    put_file,
)
from fastslop.system.threads import map_bounded

COPIES_AT_ONCE = 8
"""Objects that are copied, or looked at, side by side: a request waits much longer than it works."""
_MAGIC = re.compile(r"[*?\[]")


class Stat(NamedTuple):
    """What is known of an object without reading it, by the names that the system has for a file's."""

    st_size: int
    st_mtime_ns: int = 0


class ObjectPath:
    """An address in an object store, with those methods of a ``Path`` that are used of files which are read or written.

    It is no ``Path`` and has no ``__fspath__``: what would look for it on a disk fails instead. There are no folders in
    a store: a folder is what several keys begin with.

    ``found`` is the object, where that is known already: it was then listed, and is read as it was; ``children`` are
    what is in the folder, where all of it was listed.
    """

    def __init__(self, address: Address, found: Found | None = None, children: dict[str, ObjectPath] | None = None):
        self.address = address
        self._found = found
        self._children = children

    def __str__(self) -> str:
        return str(self.address)

    def __repr__(self) -> str:
        return f"ObjectPath({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectPath) and self.address == other.address

    def __hash__(self) -> int:
        return hash(self.address)

    def __lt__(self, other: ObjectPath) -> bool:
        return self.address < other.address

    # Names

    @property
    def lexical(self) -> PurePosixPath:
        """The address as the path of a file, for its names only."""
        return PurePosixPath("/", f"{self.address.kind}:", self.address.bucket, self.address.key)

    @property
    def name(self) -> str:
        """The last name of the address."""
        return self.lexical.name

    @property
    def suffix(self) -> str:
        """The ending of the name."""
        return self.lexical.suffix

    @property
    def suffixes(self) -> list[str]:
        """All endings of the name."""
        return self.lexical.suffixes

    @property
    def parent(self) -> ObjectPath:
        """The folder; that of a bucket is itself."""
        return ObjectPath(self.address._replace(key=self.address.key.rpartition("/")[0]))

    def __truediv__(self, name: str) -> ObjectPath:
        below = self.address.below(name)
        if self._children is None:
            return ObjectPath(below)
        return self._children.get(name) or self._children.get(f"{name}/") or ObjectPath(below, children={})

    def with_name(self, name: str) -> ObjectPath:
        """Another name in the same folder."""
        if not self.address.key:
            raise UsageError(f"{self} is a whole bucket; name a folder in it")
        return self.parent / name

    def absolute(self) -> ObjectPath:
        """Itself."""
        return self

    def resolve(self) -> ObjectPath:
        """Itself."""
        return self

    # What is there

    def _object(self) -> Found | None:
        if self._found is None and self._children is None:
            self._found = find_object(self.address)
        return self._found

    def _needed(self) -> Found:
        found = self._object()
        if found is None:
            raise NotThereError(f"{self}: there is no such object")
        return found

    def is_file(self) -> bool:
        """Whether it is an object."""
        return self._object() is not None

    def is_dir(self) -> bool:
        """Whether there are objects in it as a folder."""
        if self._children is not None:
            return bool(self._children)
        return self._found is None and has_objects(self.address)

    def is_symlink(self) -> bool:
        """There are no links in a store."""
        return False

    def exists(self) -> bool:
        """Whether it is an object, or a folder of some."""
        return self.is_file() or self.is_dir()

    def stat(self) -> Stat:
        """The size of the object."""
        return Stat(self._needed().size)

    def iterdir(self) -> Iterator[ObjectPath]:
        """Yield what is in the folder."""
        if self._children is None:
            found, folders = objects_in(self.address)
            yield from (ObjectPath(one.address, one) for one in found if one.address != self.address)
            yield from map(ObjectPath, folders)
        else:
            yield from self._children.values()

    def glob(self, pattern: str) -> Iterator[ObjectPath]:
        """Yield what is in the folder under names that match a pattern."""
        of_pattern = re.compile(translate(pattern))
        return (one for one in self.iterdir() if of_pattern.match(one.name))

    def walked(self) -> ObjectPath:
        """The folder with all that is below it, which is listed once."""
        root: dict[str, ObjectPath] = {}
        above = len(self.address.key) + 1 if self.address.key else 0
        for one in objects_below(self.address):
            *folders, name = one.address.key[above:].split("/")
            if not name:  # what some programs put where there is a folder
                continue
            inside, at = root, self.address
            for folder in folders:
                at = at.below(folder)
                of_folder = inside.setdefault(f"{folder}/", ObjectPath(at, None, {}))._children
                assert of_folder is not None
                inside = of_folder
            inside[name] = ObjectPath(one.address, one)
        return ObjectPath(self.address, None, root)

    # What is in it

    def open(self, mode: str = "rb") -> IO[bytes]:
        """Open the object to be read; it is read in ranges."""
        assert mode == "rb"
        return cast(IO[bytes], io.BufferedReader(cast(io.RawIOBase, ObjectReader(self._needed()))))

    def read_text(self, encoding: str = "utf-8") -> str:
        """The text of the object."""
        with self.open() as file:
            return file.read().decode(encoding)

    def put(self, path: Path, *, force: bool) -> None:
        """Put a file here; errors are those of ``put_file``."""
        put_file(path, self.address, force=force)
        self._found = None

    def remove_all(self) -> None:
        """Delete all objects in the folder and the folders in it."""
        delete_objects([one.address for one in objects_below(self.address)])


AnyPath = Path | ObjectPath
"""A place that is read from or written to."""


def path_of(place: str | PathLike[str] | AnyPath) -> AnyPath:
    """The path of a place, which is an address in an object store or a file's.

    Raises
    ------
    UsageError
        If it begins as an address does, and is none.
    """
    if isinstance(place, ObjectPath | Path):
        return place
    name = fspath(place)
    return ObjectPath(address_of(name)) if is_address(name) else Path(name)


def by_names(path: AnyPath) -> Path:
    """The whole path, for its names only: an address is one as well."""
    return path.absolute() if isinstance(path, Path) else Path(path.lexical)


def matching_objects(name: str) -> list[ObjectPath]:
    """The objects and folders meant by an address: itself, or what matches it as a pattern, sorted.

    ``*``, ``?`` and ``[...]`` match within a name, and no hidden one; ``**`` any folders.

    Raises
    ------
    NotThereError
        If there are none.
    """
    address = address_of(name)
    itself = ObjectPath(address)
    if itself.is_file():
        return [itself]
    if _MAGIC.search(address.key):
        found = sorted(_matches(ObjectPath(address._replace(key="")), address.key.split("/")))
    else:
        folder = itself.walked()
        found = [folder] if folder.is_dir() else []
    if not found:
        raise NotThereError(f"{name}: no such object or folder, and none matches it as a pattern")
    return found


def _matches(folder: ObjectPath, parts: Sequence[str]) -> Iterator[ObjectPath]:
    """Yield what is below a folder under the names that match ``parts``, in each object or folder once."""
    plain = next((i for i, part in enumerate(parts) if _MAGIC.search(part)), len(parts))
    for part in parts[:plain]:
        folder = folder / part
    first, *rest = parts[plain:] or [""]
    if first == "**":
        whole = folder if folder._children is not None else folder.walked()
        yield from dict.fromkeys(one for inner in _folders(whole) for one in _matches(inner, rest or ["*"]))
    elif not first:
        if folder.exists():
            yield folder if folder.is_file() else folder.walked()
    else:
        for one in folder.glob(first):
            if one.name.startswith(".") and not first.startswith("."):
                continue
            if rest:
                yield from _matches(one, rest) if not one._found else ()
            else:
                yield one if one._found or one._children is not None else one.walked()


def _folders(folder: ObjectPath) -> Iterator[ObjectPath]:
    """Yield a folder and those in it, all of which were listed, but hidden ones."""
    yield folder
    for one in folder.iterdir():
        if one._children is not None and not one.name.startswith("."):
            yield from _folders(one)


# Copies on this machine


class LocalCopy(type(Path())):  # type: ignore[misc]
    """The file of a copy of an object, which is named by the object's address in whatever is said of it."""

    address: str = ""

    def __str__(self) -> str:
        return self.address or super().__str__()

    def __fspath__(self) -> str:
        return cast(str, super().__str__())


def _copied(one: ObjectPath, folder: Path) -> Path:
    """A copy of an object in a folder."""
    size = one.stat().st_size
    if size > (free := shutil.disk_usage(folder).free):
        raise UsageError(
            f"{one} is copied to {folder} to be read, which has {free / 1e9:,.1f} of {size / 1e9:,.1f} GB free; "
            "name another folder by TMPDIR"
        )
    copy = LocalCopy(folder / one.name)
    copy.address = str(one)
    with one.open() as content, open(copy, "wb") as file:
        shutil.copyfileobj(content, file, COPY_BYTES)
    return cast(Path, copy)


@contextmanager
def copies_of(paths: Sequence[AnyPath]) -> Iterator[list[Path]]:
    """The files at these paths: copies of objects, which are removed in the end, and files as they are."""
    if all(isinstance(path, Path) for path in paths):
        yield cast("list[Path]", paths)
        return
    with TemporaryDirectory(prefix="fastslop-") as folder:
        inside = [Path(folder, str(i)) for i in range(len(paths))]

        def copied(i: int) -> Path:
            path = paths[i]
            if isinstance(path, Path):
                return path
            inside[i].mkdir()
            return _copied(path, inside[i])

        yield [*map_bounded(copied, range(len(paths)), COPIES_AT_ONCE)]


class _KeptCopies:
    """Copies of objects, which are kept until the process ends: profiles are read again by each step of a job."""

    def __init__(self) -> None:
        self._folder: TemporaryDirectory[str] | None = None
        self._copies: dict[Found, Path] = {}
        self._lock = Lock()

    def of(self, one: ObjectPath) -> Path:
        """The copy of an object as it is now."""
        found = one._needed()
        if found not in self._copies:
            self._copies[found] = _copied(one, Path(mkdtemp(dir=self._folder_of_all())))
        return self._copies[found]

    def _folder_of_all(self) -> str:
        with self._lock:
            if self._folder is None:
                folder = TemporaryDirectory(prefix="fastslop-")
                register(folder.cleanup)
                self._folder = folder
            return self._folder.name

    def remove(self) -> None:
        """Remove all copies."""
        with self._lock:
            if self._folder is not None:
                self._folder.cleanup()
                unregister(self._folder.cleanup)
            self._folder, self._copies = None, {}


_kept_copies = _KeptCopies()
remove_kept_copies = _kept_copies.remove


def file_at(place: str | PathLike[str] | AnyPath) -> Path:
    """The file at a place: itself, or a copy of the object there, which is kept until the process ends."""
    path = path_of(place)
    return path if isinstance(path, Path) else _kept_copies.of(path)


def files_at(places: Sequence[AnyPath]) -> list[Path]:
    """The files at these places, as ``file_at`` gives them."""
    return [*map_bounded(file_at, places, COPIES_AT_ONCE)]
