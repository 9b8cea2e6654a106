"""The self-test of speed times real counting, and fails where counts disagree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fastslop.base.errors import FastslopError
from fastslop.counting.count import count
from fastslop.demo import bench
from fastslop.system.threads import n_cores
from tests.corpora_of import fastslop


def test_bench__times_plain_python_and_every_number_of_workers() -> None:
    timings = json.loads(fastslop("bench", "--size", 1, "--json").out)["timings"]
    assert "plain Python" in timings[0]["what"]
    assert [t["workers"] for t in timings[1:]] == sorted({1, n_cores()}) * 2
    assert all(t["mb_per_s"] > 0 and t["n_bytes"] > 0 for t in timings)


def test_bench__fails_where_counts_disagree(monkeypatch) -> None:
    monkeypatch.setattr(bench, "ORDERS", (1, 2))
    with pytest.raises(FastslopError, match="fastslop and plain Python count the same text differently; please report"):
        next(bench.self_test(50_000))


def test_bench__fails_where_profiles_differ_between_numbers_of_workers(monkeypatch) -> None:
    def counted(texts: object, *, out: Path | None = None, spec: str = "words", workers: int = 0) -> Any:
        return count(texts, out=out, spec=spec, workers=1, panel=str(workers))

    monkeypatch.setattr(bench, "count", counted)
    monkeypatch.setattr(bench, "n_cores", lambda: 2)
    with pytest.raises(FastslopError, match="the profiles of 'words' differ between numbers of workers; please report"):
        list(bench.self_test(50_000))
