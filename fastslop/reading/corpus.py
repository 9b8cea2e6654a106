"""Files, folders, globs and stdin to a stream of bounded chunks of text, each of one label.

A document is never split, memory is bounded by the chunk size, and what is skipped is counted with its places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from fastslop.base.errors import BadInputError, NoTextsError
from fastslop.reading.batch_requests import part_requests
from fastslop.reading.batches import Batch
from fastslop.reading.chunks import Filling, TextChunk, chunk_bytes_of
from fastslop.reading.digests import SourceDigest
from fastslop.reading.frames import Input, is_read_once
from fastslop.reading.inputs import InputFile, find_inputs, stored_bytes
from fastslop.reading.options import ReadOptions
from fastslop.reading.tally import Tally, checked_batches
from fastslop.reading.unusable import ONLY_REQUESTS
from fastslop.system.budget import Budget
from fastslop.system.progress import BYTES, Progress, silent

LABELS_COMPARED_FIRST = 2
"""Labels that are compared as soon as they are read, before the others are."""


def read_chunks(
    inputs: Sequence[Input],
    options: ReadOptions | None = None,
    *,
    chunk_bytes: int = 8 << 20,
    tally: Tally,
    progress: Progress = silent,
    step: str = "reading",
) -> Iterator[TextChunk]:
    """Read inputs as chunks, each closed by the document that fills it.

    Parameters
    ----------
    inputs : files, folders, globs, ``-`` for stdin, addresses in object stores (``s3://``), and what is in memory
    options : fields, label, shard and bad records; the defaults if None
    chunk_bytes : bytes of text after which a chunk is closed, the first ones earlier; over all labels, four times as
        much waits at most
    tally : is filled while the chunks are taken
    progress : is told of every block that is read, as ``step``

    Raises
    ------
    BadInputError : an input does not exist, cannot be read, holds no text, is changed meanwhile, or too much of it is
        bad
    UsageError : a field that was asked for is not there (of a folder's files, in none of them)
    """
    return read_files(files_of(inputs, tally), options or ReadOptions(), chunk_bytes, tally, progress, step)


def text_chunks(
    inputs: Sequence[Input],
    options: ReadOptions,
    budget: Budget,
    tally: Tally,
    progress: Progress = silent,
    step: str = "reading",
) -> Iterator[TextChunk]:
    """Read inputs as chunks, as large as the memory of ``budget`` has room for; all else is as in ``read_chunks``."""
    size = chunk_bytes_of(budget)
    return read_chunks(inputs, options, chunk_bytes=size, tally=tally, progress=progress, step=step)


def read_documents(
    inputs: Sequence[Input],
    options: ReadOptions | None = None,
    *,
    tally: Tally,
    progress: Progress = silent,
    step: str = "reading",
) -> Iterator[Batch]:
    """Read inputs in their order, as batches of documents of any label; parameters and errors as of ``read_chunks``."""
    files = files_of(inputs, tally)
    return _read_batches(files, options or ReadOptions(), tally, _Read(files, progress, step))


def check_first(inputs: Sequence[Input], options: ReadOptions) -> None:
    """Check what labels have in common by the first batch of each input, for who writes texts as they are read.

    What else is wrong is told when all is read; an input that can be read once only is left for then.

    Raises
    ------
    BadInputError : the texts of all labels are the same
    """
    if is_read_once(inputs):
        return
    tally = Tally()
    for file in files_of(inputs, tally):
        with suppress(BadInputError):
            next(checked_batches(file, options, tally, lambda position: None), None)
    tally.across.check()


def files_of(inputs: Sequence[Input], tally: Tally) -> list[InputFile]:
    """The files behind inputs, each with the requests it answers; those that are passed over in folders are tallied."""
    files, passed_over = find_inputs(inputs)
    for path, reason in passed_over:
        tally.skip(reason, str(path))
    texts, requests = part_requests(files) if len(files) > 1 else (files, [])
    if not texts:
        return files
    for file in requests:
        tally.skip(ONLY_REQUESTS, file.name)
    return texts


def _read_batches(files: Sequence[InputFile], options: ReadOptions, tally: Tally, read: _Read) -> Iterator[Batch]:
    read.up_to(0)
    for file in files:
        yield from _batches_of(file, options, tally, read)
        read.end(file)
    tally.check()
    read.finish()


def read_files(
    files: Sequence[InputFile],
    options: ReadOptions,
    chunk_bytes: int,
    tally: Tally,
    progress: Progress = silent,
    step: str = "reading",
) -> Iterator[TextChunk]:
    """Read files, or pieces of them, as chunks; parameters and errors as of ``read_chunks``."""
    read, filling = _Read(files, progress, step), Filling(chunk_bytes)
    read.up_to(0)
    for file in files:
        digest = SourceDigest()
        for batch in _batches_of(file, options, tally, read):
            documents = batch.documents
            digest.add(documents)
            if tally.asked is not None:
                tally.asked.add(documents)
            for label, docs in documents.by_label():
                tally.n_bytes += int(documents.lengths(docs).sum())
                yield from filling.add(label, documents, docs)
        read.end(file)
        if file.name in tally.without_texts:
            continue
        tally.add_source(file, digest)
        if len(tally.across.texts) == LABELS_COMPARED_FIRST:  # not to count much that is none of theirs
            tally.check()
    tally.check()
    yield from filling.rest()
    read.finish()


def _batches_of(file: InputFile, options: ReadOptions, tally: Tally, read: _Read) -> Iterator[Batch]:
    """The batches of a file; one without texts is passed over if it was only found beside others, and is named."""
    before = _state(file)
    try:
        yield from checked_batches(file, options, tally, read.up_to)
        if _state(file) != before:
            raise BadInputError(f"{file.name} was changed while it was read: read it when nothing writes to it")
    except NoTextsError as error:
        if not file.is_one_of_many:
            raise
        tally.pass_over(file, error)


def _state(file: InputFile) -> list[tuple[int, int]]:
    """Size of each file of an input, and when it was written last, which whoever reads an object asks for by itself.

    Raises
    ------
    BadInputError : one is not there any more
    """
    try:
        return [(found.st_size, found.st_mtime_ns) for found in (path.stat() for path in file.paths)]
    except OSError as error:
        raise BadInputError(f"{error.filename} is not there any more: put it back, and read it again") from None


class _Read:
    """Reports of how many bytes of all inputs are read, and of what total, if each one's stored size is known."""

    def __init__(self, files: Sequence[InputFile], progress: Progress, step: str) -> None:
        for file in files:
            _state(file)
        sizes = [stored_bytes(file) if file.piece is None else None for file in files]
        self.total = None if None in sizes else sum(size for size in sizes if size is not None)
        self.progress, self.step = progress, step
        self.before = self.position = 0

    def up_to(self, position: int) -> None:
        """Report that the current file is read up to a position."""
        self.position = self.before + position
        self.progress(self.step, self.position, self.total, BYTES)

    def end(self, file: InputFile) -> None:
        """Count all of a file as read, since a shard may have left out its end, or all of it."""
        size = stored_bytes(file) if file.piece is None else None
        self.before = self.position if size is None else self.before + size

    def finish(self) -> None:
        """Report that reading is done and what was read last is still in work."""
        self.progress(f"{self.step}, the last part", 0, 1, "parts")
