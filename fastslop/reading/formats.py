"""One input, of whatever format, to batches of documents.

JSON Lines, a JSON array, Parquet, CSV or texts; plain, gzip or zstd; on disk, from stdin or an object store, tables in
which are copied to be read. Memory is bounded by the batch, not by the input. What cannot be used is listed with its
place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import polars as pl

from fastslop.base.errors import BadInputError, NoTextsError, UnevenColumnsError
from fastslop.reading.batches import BOM, READ_BYTES, Batch, Seen, batch_of
from fastslop.reading.compression import DAMAGE, Unpacked, unpacked
from fastslop.reading.csv_files import scan_csv, where_wrong, whole_numbers
from fastslop.reading.documents import Plan, read_records
from fastslop.reading.eval_logs import samples_of
from fastslop.reading.file_plan import plan_of
from fastslop.reading.frames import in_batches
from fastslop.reading.inputs import InputFile, stored_bytes
from fastslop.reading.json_documents import ONE_A_LINE, documents_in, hold_records, records_in
from fastslop.reading.json_lines import NO_LINES, first_records, own_lines, read_lines
from fastslop.reading.limits import WHOLE_BYTES, check_parquet_size
from fastslop.reading.options import ReadOptions
from fastslop.reading.pieces import Piece, lines_in
from fastslop.reading.record_lines import kept_columns, lines_of_records, lines_of_rows, not_kept
from fastslop.reading.rows import documents_of_rows
from fastslop.reading.text_files import read_texts
from fastslop.reading.unusable import AGAIN
from fastslop.system.object_paths import copies_of
from fastslop.system.threads import map_bounded

READERS = 2
"""Slices of Parquet decoded at once, while documents are made of others: with one, the counting threads had to wait."""
STREAMED = ("json", "txt")
"""Kinds of files that are read from the beginning to the end; of others, the end or all of it is looked at first."""
SAMPLE = 100
"""Records looked at to choose the fields."""


def read_batches(file: InputFile, options: ReadOptions, seen: Seen = lambda position: None) -> Iterator[Batch]:
    """Read one input in batches of about ``READ_BYTES``; ``seen`` is told how many of its bytes are read.

    They are bytes as stored, up to ``stored_bytes``; where that is not known, they are bytes of content.

    Raises
    ------
    BadInputError : it cannot be opened or is damaged, or no field looks like the text
    UsageError : a field the user named is not there
    """
    by_kind = {
        "json": _read_json,
        "txt": read_texts,
        "eval": _read_eval,
        "frame": _read_frames,
        "records": _read_records,
    }
    read = by_kind.get(file.kind, _read_table)
    shard, n_shards = options.shard
    options = replace(options, shard=((shard - file.first) % n_shards, n_shards))
    try:
        with _as_read(file) as found:
            yield from read(found, options, seen)
    except UnevenColumnsError as error:
        raise BadInputError(f"{file.name}: {error}") from error
    except RecursionError as error:
        raise BadInputError(f"{file.name}: its JSON is nested too deeply; write plain records") from error
    except (*DAMAGE, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise BadInputError(f"{file.name}: cannot be read: {_why_unreadable(file, error)}") from error


@contextmanager
def _as_read(file: InputFile) -> Iterator[InputFile]:
    """An input with a copy of its object, if it is one in a store and cannot be read from its beginning to its end."""
    if file.kind in STREAMED or not file.paths:
        yield file
        return
    with copies_of(file.paths) as paths:
        yield replace(file, paths=tuple(paths))


def _why_unreadable(file: InputFile, error: BaseException) -> str:
    """What is wrong with a file, where, and what can be done."""
    if isinstance(error, OSError) and error.errno is not None:
        return f"{error.strerror}"  # the system's words say it
    problem = (str(error).splitlines() or [type(error).__name__])[0]
    is_table = file.kind in ("csv", "tsv") and not isinstance(error, DAMAGE)
    found = where_wrong(file, problem) if is_table else ""
    return found or f"{problem}; {AGAIN}"


# JSON


def _read_json(file: InputFile, options: ReadOptions, seen: Seen) -> Iterator[Batch]:
    """JSON Lines; or one JSON document, if that is how the file begins."""
    blocks = _blocks_of(file, seen)
    first = next(blocks, b"").removeprefix(BOM)
    second = next(blocks, b"")
    blocks = chain([first, second], blocks)
    lines = first.split(b"\n", 10 * SAMPLE)[: 10 * SAMPLE]
    sample = first_records(lines, SAMPLE)
    written = [line for line in lines if line.strip()]
    if written and _is_document(written, sample, options, is_whole=not second):
        yield _read_document(file, options, blocks)
        return
    if not sample:
        raise NoTextsError(f"{file.name}: no JSON object in its first lines; {ONE_A_LINE}")
    piece = file.piece or Piece("")
    place = f" from byte {piece.start} on, line " if piece.start else ":"
    plan = replace(plan_of(file, options, sample, place), has_pieces=_is_plain(file))
    if not piece.is_all:
        blocks = lines_in(file.paths[0], piece, READ_BYTES, seen)
        blocks = chain([next(blocks, b"").removeprefix(b"" if piece.start else BOM)], blocks)
    of_shard = own_lines(blocks, *options.shard)
    for own in chain([next(of_shard, NO_LINES)], of_shard):  # a shard may have none; how the file begins is still told
        yield batch_of(*read_lines(own, plan), plan, own)


def _is_plain(file: InputFile) -> bool:
    """Whether the bytes of an input are on disk as they are read."""
    if not file.paths:
        return False
    with unpacked(file.paths[0]) as stream:
        return stream.content is stream.stored and not stream.is_recoded


def _is_document(written: Sequence[bytes], sample: Sequence[object], options: ReadOptions, *, is_whole: bool) -> bool:
    """Whether lines are those of one JSON document, and not a record each; or each a document with records in it."""
    if written[0].lstrip()[:1] not in (b"{", b"["):
        return False
    if not first_records(written[:1], 1):  # it goes on in the next line, unless it is broken and others are not
        return 2 * len(sample) < min(len(written), SAMPLE)
    if isinstance(sample[0], list):
        return len(written) == 1 and is_whole
    return hold_records(sample, options.fields.text)


def _read_document(file: InputFile, options: ReadOptions, blocks: Iterable[bytes]) -> Batch:
    raw = bytearray()
    for block in blocks:
        raw += block
        if len(raw) > WHOLE_BYTES:
            raise BadInputError(f"{file.name}: a JSON document of over {WHOLE_BYTES >> 20} MiB; {ONE_A_LINE}")
    documents = documents_in(file.name, bytes(raw))
    asked = options.fields.text
    records = [record for document in documents for record in records_in(document, asked) or [document] if record]
    plan = plan_of(file, options, records[:SAMPLE], " record ")
    shard, n_shards = options.shard
    of_shard = list(enumerate(records, start=1))[shard::n_shards]
    return batch_of(read_records(of_shard, plan), len(of_shard), plan, lines_of_records(of_shard, options.keeps))


def _blocks_of(file: InputFile, seen: Seen) -> Iterator[bytes]:
    """The bytes of an input in blocks of whole lines, about ``READ_BYTES`` each."""
    n_bytes = 0
    if file.paths or "://" not in file.name:
        with unpacked(file.paths[0] if file.paths else None) as stream:
            while block := _whole_lines(stream, file.name):
                n_bytes += len(block)
                seen(n_bytes if stream.position is None else stream.position)
                yield block
        return
    # Polars' own JSON reader stops at the first bad line; its line reader does not look into lines.
    scan = pl.scan_lines(file.name)
    n_rows = _rows_per_batch(scan.head(SAMPLE).collect())
    for frame in scan.collect_batches(chunk_size=n_rows, maintain_order=True):
        block = "".join(f"{line}\n" for line in frame.to_series()).encode()
        n_bytes += len(block)
        seen(n_bytes)
        yield block


def _whole_lines(stream: Unpacked, name: str) -> bytes:
    """The next lines of an input, about ``READ_BYTES``; ``name`` is that of the input, for errors."""
    content = stream.content
    if content is stream.stored and content.seekable():  # joining a block to its last line's end would copy it
        start = content.tell()
        content.seek(start + READ_BYTES)
        _check_end(content.readline(WHOLE_BYTES), name)
        end = content.tell()
        content.seek(start)
        return content.read(end - start)
    block = content.read(READ_BYTES)
    return block + _check_end(content.readline(WHOLE_BYTES), name) if block and not block.endswith(b"\n") else block


def _check_end(line: bytes, name: str) -> bytes:
    """The end of a line, which is refused if it has none within ``WHOLE_BYTES``."""
    if len(line) >= WHOLE_BYTES and not line.endswith(b"\n"):
        raise BadInputError(f"{name}: a line of over {WHOLE_BYTES >> 20} MiB; {ONE_A_LINE}")
    return line


# Tables


def _read_table(file: InputFile, options: ReadOptions, seen: Seen) -> Iterator[Batch]:
    """Parquet, CSV or TSV."""
    scan = _scan(file)
    head = _sample_of(scan)
    if file.kind != "parquet":
        head = head.with_columns(whole_numbers(head.columns))
    elif hold_records(head.to_dicts(), options.fields.text):
        frames = scan.collect_batches(chunk_size=_rows_per_batch(head), maintain_order=True)
        yield from _read_within(_rows_in(frames), file, options, seen)
        return
    plan = _plan_of_table(file, options, head)
    tops = _columns_of(plan, head)
    if file.kind != "parquet":  # an empty cell is an empty text, not a missing field
        numbers = [name for name in plan.columns.prompt if name in tops and name != plan.columns.text]
        scan = scan.with_columns(pl.col(plan.columns.text).fill_null(""), whole_numbers(numbers))
    size = stored_bytes(file)
    n_all = scan.select(pl.len()).collect().item() if size is not None and file.kind == "parquet" else 0
    piece = file.piece or Piece("")
    if not piece.is_all:
        scan, n_all = scan.slice(piece.start, piece.length), piece.length or n_all - piece.start
        size = None

    def seen_of(n_rows: int, n_bytes: int) -> None:
        seen(n_bytes if size is None else size * n_rows // n_all if n_all else min(n_bytes, size))

    read = sorted({*tops, *kept_columns(head, options.keeps)}, key=head.columns.index)
    own = _frames(scan.select(read), head.select(read), n_all)
    yield from _batches_of(own, options, plan, seen_of, piece.start)


def _sample_of(scan: pl.LazyFrame) -> pl.DataFrame:
    """The first rows of a table, fewer if they are large: a value that is in the file once may be in every row."""
    head = scan.head(SAMPLE).collect()
    n_bytes = head.estimated_size()
    return head.head(max(int(SAMPLE * WHOLE_BYTES / n_bytes), 1)) if n_bytes > WHOLE_BYTES else head


def _plan_of_table(file: InputFile, options: ReadOptions, head: pl.DataFrame) -> Plan:
    plan = plan_of(file, options, head.to_dicts(), " row ")
    lost = not_kept(head, options.keeps)
    note = f"{file.name}: columns of bytes are left out of what is kept: {', '.join(lost)}"
    notes = (*plan.notes, note) if lost else plan.notes
    return replace(plan, notes=notes, has_pieces=file.kind == "parquet" and bool(file.paths))


def _columns_of(plan: Plan, head: pl.DataFrame) -> list[str]:
    """The columns that hold the chosen fields, which may lie inside of objects."""
    return sorted(plan.columns.tops.intersection(head.columns))


def _batches_of(
    frames: Iterable[pl.DataFrame],
    options: ReadOptions,
    plan: Plan,
    seen: Callable[[int, int], object],
    n_before: int = 0,
) -> Iterator[Batch]:
    """The shard's rows of frames as documents; ``seen`` is told how many rows and bytes were read.

    ``n_before`` rows are not in the frames.
    """
    shard, n_shards = options.shard
    n_rows = n_bytes = 0
    for frame in frames:
        of_shard = slice((shard - n_rows) % n_shards, None, n_shards)
        numbers = np.arange(n_rows + 1, n_rows + frame.height + 1)[of_shard] + n_before
        n_rows += frame.height
        n_bytes += int(frame.estimated_size())
        seen(n_rows, n_bytes)
        rows = frame[of_shard]
        made = documents_of_rows(rows.select(_columns_of(plan, rows)), numbers, plan)
        yield batch_of(made, numbers.size, plan, lines_of_rows(rows, numbers, options.keeps))


# In memory


def _read_frames(file: InputFile, options: ReadOptions, seen: Seen) -> Iterator[Batch]:
    """Frames of a table in memory."""
    assert file.memory is not None and file.memory.frames is not None
    frames = file.memory.frames()
    first = next(frames, pl.DataFrame())
    if hold_records(first.head(SAMPLE).to_dicts(), options.fields.text):
        yield from _read_within(_rows_in(chain([first], frames)), file, options, seen)
        return
    plan = _plan_of_table(file, options, first.head(SAMPLE))
    read = sorted({*_columns_of(plan, first), *kept_columns(first, options.keeps)}, key=first.columns.index)
    of_all = (frame.select(read) for frame in chain([first], frames))
    yield from _batches_of(of_all, options, plan, lambda n_rows, n_bytes: seen(n_bytes))


def _read_records(file: InputFile, options: ReadOptions, seen: Seen) -> Iterator[Batch]:
    """Objects in memory, one a record, or lists of turns; how many bytes they take is not known."""
    assert file.memory is not None and file.memory.records is not None
    batches = in_batches(file.memory.records())
    first = next(batches, [])
    if hold_records(first[:SAMPLE], options.fields.text):
        yield from _read_within(chain(first, chain.from_iterable(batches)), file, options, seen)
    else:
        yield from _read_batches_of(chain([first], batches), file, options, seen)


def _read_within(records: Iterable[object], file: InputFile, options: ReadOptions, seen: Seen) -> Iterator[Batch]:
    """The records within records."""
    within = (inner for record in records for inner in records_in(record, options.fields.text) or [record])
    yield from _read_batches_of(in_batches(within), file, options, seen)


def _rows_in(frames: Iterable[pl.DataFrame]) -> Iterator[dict[str, Any]]:
    return chain.from_iterable(frame.iter_rows(named=True) for frame in frames)


def _read_eval(file: InputFile, options: ReadOptions, seen: Seen) -> Iterator[Batch]:
    """The samples of a log of inspect_ai."""
    yield from _read_batches_of(in_batches(samples_of(file.on_disk)), file, options, seen)


def _read_batches_of(
    batches: Iterator[Sequence[Any]], file: InputFile, options: ReadOptions, seen: Seen
) -> Iterator[Batch]:
    first = next(batches, [])
    plan = plan_of(file, options, first[:SAMPLE], " record ")
    shard, n_shards = options.shard
    n_records = 0
    for batch in chain([first], batches):
        of_shard = list(enumerate(batch, start=n_records + 1))[(shard - n_records) % n_shards :: n_shards]
        n_records += len(batch)
        made = read_records(of_shard, plan)
        seen(int(made.documents.offsets[-1]))
        yield batch_of(made, len(of_shard), plan, lines_of_records(of_shard, options.keeps))


def _scan(file: InputFile) -> pl.LazyFrame:
    if file.kind == "parquet":
        if file.paths:
            check_parquet_size(file.on_disk)
        location, is_pattern = (os.fspath(file.on_disk), False) if file.paths else (file.name, True)
        return pl.scan_parquet(location, glob=is_pattern)
    return scan_csv(file)


def _frames(scan: pl.LazyFrame, head: pl.DataFrame, n_all: int) -> Iterator[pl.DataFrame]:
    """Rows of a table in order, in frames of bounded size; ``n_all`` is how many there are, 0 if that is not known.

    Polars' batch reader decodes ahead: of 0.9 GB of text in Parquet it held 0.6 to 1.1 GB, slices 0.2 to 0.4. But
    slices begin again at the row group's start if values are nested, fetch again what is remote, and parse CSV again.
    Small slices decode much of a row group twice: slices of one batch took a sixth longer than slices of two, and
    larger ones were no faster.
    """
    n_rows = _rows_per_batch(head)
    if not n_all or any(dtype.is_nested() for dtype in head.dtypes):
        os.environ.setdefault("POLARS_ROW_GROUP_PREFETCH_SIZE", "1")  # its default grows with the cores, to 512
        yield from scan.collect_batches(chunk_size=n_rows, maintain_order=True)
        return

    def read(start: int) -> pl.DataFrame:
        return scan.slice(start, 2 * n_rows).collect(engine="streaming")

    for frame in map_bounded(read, range(0, n_all, 2 * n_rows), READERS):
        yield from frame.iter_slices(n_rows)


def _rows_per_batch(head: pl.DataFrame) -> int:
    """Rows that make about ``READ_BYTES``, judged by the first ones."""
    n_bytes = head.estimated_size() / max(head.height, 1)
    return round(min(max(READ_BYTES / max(n_bytes, 1), 1), 100_000))
