"""What was read is what was counted, set aside and left out; where it is not, the job stops."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fastslop.base.errors import LostCountError
from fastslop.counting.count import count
from fastslop.counting.sums import CountSums
from fastslop.reading.batches import Batch
from fastslop.reading.formats import read_batches
from fastslop.reading.inputs import find_inputs
from fastslop.reading.options import ReadOptions
from fastslop.reading.sums import RecordSums

RECORDS: list[dict[str, object]] = [
    {"model": "a", "prompt": "1", "output": "The rain fell on the roof all night."},
    {"model": "a", "prompt": "2", "output": ""},
    {"model": "b", "prompt": "1", "output": "round and round " * 400},
    {"model": "b", "prompt": "2", "output": "It was the rain, she said."},
    {"model": "b", "prompt": "3", "output": 7},
]
SUMS = CountSums(3, 2, 1, 100, 60, 40)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    path = tmp_path / "records.jsonl"
    path.write_text("\n\n".join(json.dumps(record) for record in RECORDS), encoding="utf-8")
    return path


@pytest.fixture
def batch(records: Path) -> Batch:
    (file,), _ = find_inputs([str(records)])
    (only,) = read_batches(file, ReadOptions())
    return only


def test_sums__say_where_every_record_generation_and_byte_went(records: Path) -> None:
    sums = count(str(records), max_bad=1.0).result.sums_dict()
    sizes = [len(str(record["output"]).encode()) for record in RECORDS]
    assert sums == {
        "records": 5,
        "records_used": 3,
        "records_left_out": 2,
        "records_used_and_left_out": 0,
        "generations": 3,
        "generations_counted": 2,
        "generations_set_aside": 1,
        "bytes": sizes[0] + sizes[2] + sizes[3],
        "bytes_counted": sizes[0] + sizes[3],
        "bytes_set_aside": sizes[2],
    }


def test_record_that_gave_nothing_and_was_not_left_out__stops_the_job(batch: Batch) -> None:
    with pytest.raises(LostCountError, match=r"records\.jsonl:1: of 5 records .* 1 were left out"):
        RecordSums().add(replace(batch, skipped=batch.skipped[:1]))


def test_record_that_gave_a_text_and_was_left_out__counts_once(batch: Batch) -> None:
    first = int(batch.documents.records[0])
    sums = RecordSums()
    sums.add(replace(batch, skipped=[*batch.skipped, (first, "one of its texts")]))
    assert (sums.n_read, sums.n_used, sums.n_left_out, sums.n_both) == (5, 3, 3, 1)


@pytest.mark.parametrize(
    "changed", ["generations_counted", "generations_set_aside", "bytes_counted", "bytes_set_aside"]
)
def test_generation_or_byte_that_is_lost__stops_the_job(changed: str) -> None:
    SUMS.check()
    with pytest.raises(LostCountError, match="fault of fastslop"):
        replace(SUMS, **{changed: getattr(SUMS, changed) - 1}).check()
