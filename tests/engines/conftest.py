"""A corpus of several formats, and the profiles of one count of it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from tests.corpora_of import done, write_jsonl
from tests.engines.test_tasks import records, varied


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder ``texts`` with inputs of several formats, and ``whole``, the profiles of one count of them."""
    home = tmp_path_factory.mktemp("tasks")
    texts = home / "texts"
    (texts / "ann").mkdir(parents=True)
    write_jsonl(texts / "a.jsonl", records())
    lines = "".join(json.dumps(row) + "\n" for row in records(seed=1)).encode()
    (texts / "b.jsonl.gz").write_bytes(gzip.compress(lines))
    (texts / "c.json").write_text(json.dumps(records(4, seed=2)))
    pl.DataFrame(records(seed=3)).write_parquet(texts / "d.parquet", row_group_size=9)
    pl.DataFrame(records(30, seed=4)).write_csv(texts / "e.csv")
    for i in range(12):
        (texts / "ann" / f"{i}.txt").write_text(varied(9000 + i))
    (texts / "f.jsonl").write_text('{"score": 1}\n')  # without texts: passed over
    done("count", texts, "-o", home / "whole")
    return home
