"""Fuzzing of what reads texts: ``NUMBA_DISABLE_JIT=1 python -m tests.fuzz.readers [CORPUS] [-max_total_time=N]``.

Needs Atheris (``pip install --group fuzz``). The first byte of an input says what kind of file it is and how it is
read, the others are the file. What is found goes to ``found/readers``, which
``tests/hostile/test_found.py`` tries from then on, compiled.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

from fastslop.base.defaults import REASONINGS
from fastslop.base.errors import FastslopError, LostCountError
from fastslop.reading import formats
from fastslop.reading.corpus import read_documents
from fastslop.reading.options import RECORDS, ReadOptions
from fastslop.reading.tally import Tally
from tests.fuzz.seeds import READER_INPUTS, READER_KINDS, dictionary

SMALL_BYTES = 32
"""Bytes of a batch, where texts are read in small batches too."""


class Read(NamedTuple):
    """What was read of a file: its documents, what was left out, and how many records there were."""

    documents: list[tuple[int, str, bytes, int]]
    left_out: dict[str, int]
    n_records: int


def read(path: Path, options: ReadOptions) -> Read | None:
    """What is read of a file, which must add up; None if it is refused in words for people that name it."""
    tally = Tally()
    documents: list[tuple[int, str, bytes, int]] = []
    try:
        for batch in read_documents([str(path)], options, tally=tally):
            own = batch.documents
            for i in range(len(own)):
                text = own.text_of(i)
                assert text.decode().strip(), "a text that is blank"
                row = (int(own.records[i]), own.labels[own.codes[i]], text, int(own.prompt_keys[i]))
                documents.append(row)
    except LostCountError:
        raise
    except FastslopError as error:
        assert path.name in str(error), f"no file is named: {error}"
        return None
    sums = tally.records
    assert sums.n_used + sums.n_left_out - sums.n_both == sums.n_read
    assert sums.n_used == len({number for number, *_ in documents})
    assert len(documents) == tally.n_docs
    return Read(documents, dict(tally.skipped), sums.n_read)


def one_input(data: bytes, folder: Path) -> None:
    """Try one input by way of a file in ``folder``: it is refused, or read, and shards are the whole."""
    if not data:
        return
    kind, how = data[0] % len(READER_KINDS), data[0] // len(READER_KINDS)
    path = folder / f"input{READER_KINDS[kind]}"
    path.write_bytes(data[1:])
    try:
        options = ReadOptions(max_bad=1.0, reasoning=REASONINGS[how % len(REASONINGS)], keeps=RECORDS)
        whole = read(path, options)
        with suppress(FastslopError):
            read(path, ReadOptions())
        if whole is None:
            return
        shards = [read(path, ReadOptions(max_bad=1.0, reasoning=options.reasoning, shard=(i, 2))) for i in range(2)]
        assert sum(shard.n_records for shard in shards if shard) == whole.n_records
        assert sorted(row for shard in shards if shard for row in shard.documents) == sorted(whole.documents)
        with patch.object(formats, "READ_BYTES", SMALL_BYTES):
            read(path, options)  # fields are chosen by the first batch, so that other texts may be found
    finally:
        path.unlink()


def main() -> None:
    """Fuzz."""
    import atheris

    with atheris.instrument_imports(include=["fastslop.reading", "fastslop._kernels.reading", "json"]):
        for name in [name for name in sys.modules if name.startswith(("fastslop", "json", "tests."))]:
            del sys.modules[name]
        from tests.fuzz.readers import one_input as instrumented

    with TemporaryDirectory() as folder:
        (Path(folder) / "words").write_text(dictionary())
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        for i, data in enumerate(READER_INPUTS):
            (seeds / str(i)).write_bytes(data)
        atheris.Setup([*sys.argv, str(seeds), f"-dict={folder}/words"], lambda data: instrumented(data, Path(folder)))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
