"""Files, folders, globs and stdin -> a stream of bounded chunks of text, each of one label.

A document is never split, memory is bounded by the chunk size, and what is skipped is counted with its places.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path, PurePosixPath

import numpy as np

from fastslop.base.errors import BadInputError, UsageError
from fastslop.reading.chunks import Filling, TextChunk
from fastslop.reading.documents import Documents
from fastslop.reading.fields import UNKNOWN_TYPE, Fields
from fastslop.reading.formats import Batch, InputFile, Wanted, stored_bytes
from fastslop.reading.tally import Source, Tally, checked_batches
from fastslop.system.progress import BYTES, Progress, silent

KINDS = {
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "txt",
}
PACKED = (".gz", ".zst")
ENDINGS = f"{', '.join(KINDS)} (packed: {', '.join(PACKED)})"
ENDS_BYTES = 1 << 20  # bytes at either end of a file that go into its digest


def read_chunks(
    inputs: Sequence[str],
    *,
    fields: Fields = Fields(),  # noqa: B008 (frozen)
    label: str | None = None,
    chunk_bytes: int = 8 << 20,
    shard: tuple[int, int] = (0, 1),
    max_bad: float = 0.001,
    tally: Tally,
    progress: Progress = silent,
    step: str = "reading",
) -> Iterator[TextChunk]:
    """Read inputs as chunks, each closed by the document that fills it.

    Parameters
    ----------
    inputs : files, folders, globs, ``-`` for stdin, addresses in object stores (``s3://``)
    fields : names of fields; those not given are found for each file
    label : the one label of everything, whatever the files say
    chunk_bytes : bytes of text after which a chunk is closed, the first ones earlier; over all labels, four times as
        much waits at most
    shard : (i, n): only records i, i + n, i + 2n, ... of each input
    max_bad : share of bad records of a file above which reading stops
    tally : is filled while the chunks are taken
    progress : is told of every block that is read, as ``step``

    Raises
    ------
    BadInputError : an input does not exist, cannot be read, holds no text, or too much of it is bad
    UsageError : a field that was asked for is not there, or a parameter is out of range
    """
    if chunk_bytes < 1:
        raise UsageError(f"chunk_bytes {chunk_bytes}: must be positive")
    wanted = _wanted(fields, label, shard, max_bad)
    files = find_inputs(inputs, tally)
    return _read_files(files, wanted, chunk_bytes, max_bad, tally, _Read(files, progress, step))


def read_documents(
    inputs: Sequence[str],
    *,
    fields: Fields = Fields(),  # noqa: B008 (frozen)
    label: str | None = None,
    shard: tuple[int, int] = (0, 1),
    max_bad: float = 0.001,
    tally: Tally,
    progress: Progress = silent,
    step: str = "reading",
) -> Iterator[Batch]:
    """Read inputs in their order, as batches of documents of any label; parameters and errors as of ``read_chunks``."""
    wanted = _wanted(fields, label, shard, max_bad)
    files = find_inputs(inputs, tally)
    return _read_batches(files, wanted, max_bad, tally, _Read(files, progress, step))


def _read_batches(
    files: Sequence[InputFile], wanted: Wanted, max_bad: float, tally: Tally, read: _Read
) -> Iterator[Batch]:
    read.up_to(0)
    for file in files:
        yield from checked_batches(file, wanted, max_bad, tally, read.up_to)
        read.end(file)
    read.finish()


def _wanted(fields: Fields, label: str | None, shard: tuple[int, int], max_bad: float) -> Wanted:
    index, n_shards = shard
    if not 0 <= index < n_shards:
        raise UsageError(f"shard {index}/{n_shards}: the first number runs from 0 to {n_shards - 1}")
    if not 0 <= max_bad <= 1:
        raise UsageError(f"max_bad {max_bad}: a share lies between 0 and 1")
    return Wanted(fields, label, shard)


def find_inputs(inputs: Sequence[str], tally: Tally) -> list[InputFile]:
    """Find the files behind names: each once, those of a folder sorted, the texts of each folder as one input.

    Raises
    ------
    BadInputError : nothing is found under a name, or its kind is unknown
    """
    found: list[InputFile] = []
    seen: set[str] = set()
    for name in inputs:
        if name == "-" or "://" in name:
            new = [_stream(name)]
        else:
            new = [file for path in _expand(name) for file in (_walk(path, tally) if path.is_dir() else [_file(path)])]
        if not new:
            raise BadInputError(f"{name}: no files to read in it; known are {ENDINGS}")
        for file in new:
            paths = tuple(path for path in file.paths if os.path.realpath(path) not in seen)
            seen.update(os.path.realpath(path) for path in paths)
            if paths or not file.paths:
                found.append(replace(file, paths=paths))
    return _number_texts(_tell_apart(found))


# Reading


def _read_files(
    files: Sequence[InputFile], wanted: Wanted, chunk_bytes: int, max_bad: float, tally: Tally, read: _Read
) -> Iterator[TextChunk]:
    filling = Filling(chunk_bytes)
    read.up_to(0)
    for file in files:
        digest = _StreamDigest()
        labels: set[str] = set()
        for batch in checked_batches(file, wanted, max_bad, tally, read.up_to):
            documents = batch.documents
            if not file.paths:
                digest.add(documents)
            for label, docs in documents.by_label():
                labels.add(label)
                tally.n_bytes += int(documents.lengths(docs).sum())
                yield from filling.add(label, documents, docs)
        read.end(file)
        source = _source(file, wanted, digest)
        tally.sources.append(source)
        for label in sorted(labels):
            known = tally.digests_of.setdefault(label, set())
            if source.digest in known:
                twin = next(s.name for s in tally.sources if s.digest == source.digest)
                raise BadInputError(f"{file.name} has the same content as {twin}: {label!r} would be counted twice")
            known.add(source.digest)
    yield from filling.rest()
    read.finish()


class _Read:
    """How many bytes of all inputs are read, and of how many: as stored, where that is known of all of them."""

    def __init__(self, files: Sequence[InputFile], progress: Progress, step: str) -> None:
        sizes = [stored_bytes(file) for file in files]
        self.total = None if None in sizes else sum(size for size in sizes if size is not None)
        self.progress, self.step = progress, step
        self.before = self.position = 0

    def up_to(self, position: int) -> None:
        self.position = self.before + position
        self.progress(self.step, self.position, self.total, BYTES)

    def end(self, file: InputFile) -> None:
        """A shard may have left out the end of a file, or all of it."""
        size = stored_bytes(file)
        self.before = self.position if size is None else self.before + size

    def finish(self) -> None:
        """What was read is still in work."""
        self.progress(f"{self.step}, the last part", 0, 1, "parts")


# Sources


class _StreamDigest:
    """Digest of the text of an input that is not on disk; where its batches begin does not matter."""

    def __init__(self) -> None:
        self.n_bytes = 0
        self.texts, self.lengths = blake2b(digest_size=16), blake2b(digest_size=16)

    def add(self, documents: Documents) -> None:
        offsets = documents.offsets
        self.n_bytes += int(offsets[-1])
        self.texts.update(documents.text[: offsets[-1]].data)
        self.lengths.update(np.diff(offsets).astype("<i8").tobytes())

    def digest(self) -> bytes:
        return self.texts.digest() + self.lengths.digest()


def _source(file: InputFile, wanted: Wanted, stream: _StreamDigest) -> Source:
    content = blake2b(digest_size=16)
    if file.paths:
        digests = sorted(_digest_of(path) for path in file.paths)
        n_bytes = sum(path.stat().st_size for path in file.paths)
    else:
        digests, n_bytes = [stream.digest()], stream.n_bytes
    content.update(b"".join(digests))
    if wanted.shard[1] > 1:
        content.update("/".join(map(str, wanted.shard)).encode())
    return Source(file.name, n_bytes, content.hexdigest())


def _digest_of(path: Path) -> bytes:
    """Digest of a file's size and of the first and last MiB."""
    n_bytes = path.stat().st_size
    digest = blake2b(n_bytes.to_bytes(8, "little"), digest_size=16)
    with path.open("rb") as stream:
        digest.update(stream.read(ENDS_BYTES))
        stream.seek(max(0, n_bytes - ENDS_BYTES))
        digest.update(stream.read(ENDS_BYTES))
    return digest.digest()


# Finding


def kind_of(name: str) -> tuple[str, str] | None:
    """Kind of a file, and its name without extensions and without a part's number (``-00001-of-00004``)."""
    path = PurePosixPath(name)
    is_packed = path.suffix.lower() in PACKED
    if is_packed:
        path = path.with_suffix("")
    kind = KINDS.get(path.suffix.lower())
    if kind is None or (is_packed and kind == "parquet"):
        return None
    return kind, re.sub(r"-\d+-of-\d+$", "", path.stem)


def _expand(name: str) -> list[Path]:
    """The paths meant by a name: itself, or what matches it as a pattern."""
    if os.path.exists(name):
        return [Path(name)]
    paths = [Path(match) for match in sorted(glob.glob(name, recursive=True))]
    if not paths:
        raise BadInputError(f"{name}: no such file or folder, and no file matches it as a pattern")
    return paths


def _stream(name: str) -> InputFile:
    if name == "-":
        return InputFile("stdin", "json", "stdin")
    known = kind_of(name.rpartition("/")[2])
    if known is None or known[0] == "txt":
        raise BadInputError(f"{name}: unknown file type; in an object store known are {ENDINGS.replace(', .txt', '')}")
    return InputFile(name, *known)


def _file(path: Path) -> InputFile:
    known = kind_of(path.name)
    if known is None:
        raise BadInputError(f"{path}: unknown file type; known are {ENDINGS}")
    return InputFile(str(path), *known, paths=(path,))


def _walk(folder: Path, tally: Tally) -> list[InputFile]:
    """The files of a folder and its sub-folders; each folder's texts are one input."""
    found: list[InputFile] = []
    texts: list[Path] = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.startswith("."):
            continue
        known = kind_of(path.name)
        if path.is_dir():
            found.extend([] if path.is_symlink() else _walk(path, tally))
        elif known is None:
            tally.skip(UNKNOWN_TYPE, str(path))
        elif known[0] == "txt":
            texts.append(path)
        else:
            found.append(_file(path))
    if texts:
        found.append(InputFile(str(folder), "txt", folder.resolve().name, tuple(texts)))
    return found


def _tell_apart(files: Sequence[InputFile]) -> list[InputFile]:
    """Lengthen labels taken from names by folders above, where several places would bear the same one."""
    homes: dict[str, set[Path]] = {}
    home_of = [_home(file) for file in files]
    for file, home in zip(files, home_of, strict=True):
        homes.setdefault(file.label, set()).add(home)
    labels: list[str] = []
    for file, home in zip(files, home_of, strict=True):
        above = os.path.commonpath([home.parent for home in homes[file.label]])
        labels.append(home.relative_to(above).as_posix() if len(homes[file.label]) > 1 else file.label)
    return [replace(file, label=label) for file, label in zip(files, labels, strict=True)]


def _home(file: InputFile) -> Path:
    """Path of what a label names: the file without extensions, or the folder of texts."""
    if not file.paths:
        return Path("/", file.label)
    parent = file.paths[0].absolute().parent
    is_folder = file.kind == "txt" and Path(file.name).is_dir()
    return Path(os.path.normpath(parent if is_folder else parent / file.label))


def _number_texts(files: Sequence[InputFile]) -> list[InputFile]:
    """Number the texts through all inputs, so that shards share many single files evenly."""
    numbered: list[InputFile] = []
    n_texts = 0
    for file in files:
        numbered.append(replace(file, first=n_texts))
        n_texts += len(file.paths) if file.kind == "txt" else 0
    return numbered
