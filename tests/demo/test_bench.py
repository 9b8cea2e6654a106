"""The self-test of speed times real counting, and fails where counts disagree."""

from __future__ import annotations

import json

import pytest

from fastslop.base.errors import FastslopError
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
    with pytest.raises(FastslopError, match="differently"):
        next(bench.self_test(50_000))
