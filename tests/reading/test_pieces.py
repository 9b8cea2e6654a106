"""Pieces of inputs, read one by one, have the documents of the whole."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.reading.corpus import files_of, read_files
from fastslop.reading.options import ReadOptions
from fastslop.reading.pieces import Piece, lines_in
from fastslop.reading.tally import Tally
from tests.corpora_of import write_jsonl
from tests.reading.test_corpus import docs_of

LINES = st.lists(st.text("ab\r ", max_size=9).map(str.encode), max_size=12)


@given(LINES, st.booleans(), st.sets(st.integers(1, 99), max_size=6), st.integers(1, 9))
def test_lines_in__has_each_line_in_the_piece_that_it_begins_in(
    lines: list[bytes], is_ended: bool, cuts: set[int], at_once: int
) -> None:
    whole = b"\n".join(lines) + b"\n" * is_ended
    bounds = [0, *sorted(cuts), None]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a")
        path.write_bytes(whole)
        for start, stop in pairwise(bounds):
            seen: list[int] = []
            blocks = list(lines_in(path, Piece("", start or 0, stop), at_once, seen.append))
            begins = [at for at in range(len(whole)) if at == 0 or whole[at - 1 : at] == b"\n"]
            own = [at for at in begins if (start or 0) <= at and (stop is None or at < stop)]
            expected = b"".join(whole[at:].split(b"\n")[0] + b"\n" for at in own)
            assert b"".join(blocks).removesuffix(b"\n") == expected.removesuffix(b"\n")
            assert all(block.endswith(b"\n") for block in blocks[:-1])
            assert seen == sorted(seen)


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "nested.parquet"])
def test_pieces__have_the_documents_of_the_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    rows = [{"model": "ab"[i % 2], "id": f"p{i}", "output": f"The sea, {i} times."} for i in range(50)]
    if name == "nested.parquet":
        turns = [
            [{"role": "user", "content": row["id"]}, {"role": "assistant", "content": row["output"]}] for row in rows
        ]
        pl.DataFrame({"messages": turns}).write_parquet(path, row_group_size=7)
    elif name == "a.parquet":
        pl.DataFrame(rows).write_parquet(path, row_group_size=7)
    else:
        write_jsonl(path, rows)
    (file,) = files_of([str(path)], Tally())
    whole = docs_of(read_files([file], ReadOptions(), 1 << 20, Tally()))
    bounds = [0, 700, 701, 2100, None] if name == "a.jsonl" else [0, 7, 21, 48, None]
    tally, found = Tally(), []
    for start, stop in pairwise(bounds):
        piece = replace(file, piece=Piece("source", start or 0, stop))
        found += docs_of(read_files([piece], ReadOptions(), 1 << 20, tally))
    assert len(whole) == 50 and sorted(found) == sorted(whole)
    assert tally.records.n_read == 50 and tally.of_pieces[file.name].n_records < 50


def test_bad_record__of_a_piece_is_told_with_where_it_begins(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"model": "a", "output": "The sea."}] * 9)
    path.write_text(path.read_text() + "{\n")
    (file,) = files_of([str(path)], Tally())
    tally = Tally()
    list(read_files([replace(file, piece=Piece("s", 250))], ReadOptions(), 1 << 20, tally))
    ((place,),) = tally.places.values()
    assert place == f"{path} from byte 250 on, line 3"
