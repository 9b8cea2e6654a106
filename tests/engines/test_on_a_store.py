"""Inputs, profiles and tasks in an object store give the bytes that they give on a disk, on its bad days too."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import fastslop as fs
from fastslop.base.errors import BadInputError, UsageError
from fastslop.engines import tasks
from fastslop.engines.tasks import count_in_tasks, map_task, plan_tasks, reduce_tasks
from tests.corpora_of import done, write_jsonl
from tests.engines.test_tasks import contents, records

if TYPE_CHECKING:
    from tests.object_store import Bucket


@pytest.mark.parametrize("fails_every", [0, 5])
def test_tasks__on_a_store_make_the_profiles_of_one_count(corpus: Path, bucket: Bucket, fails_every: int) -> None:
    texts = bucket.put_all(corpus / "texts", "texts")
    bucket.server.fails_every, bucket.server.n_failed = fails_every, 0
    assert plan_tasks(texts, f"{bucket}/tasks", n_tasks=4).n_tasks == 4
    for task in range(4):
        assert map_task(f"{bucket}/tasks", task, workers=1)
    reduce_tasks(f"{bucket}/tasks", f"{bucket}/sum")
    assert bucket.contents("sum/") == contents(corpus / "whole")
    assert bool(bucket.server.n_failed) == bool(fails_every)


def test_tasks__on_a_store_done_again_are_the_same_bytes(tmp_path: Path, bucket: Bucket) -> None:
    bucket.put("a.jsonl", write_jsonl(tmp_path / "a.jsonl", records(90)).read_bytes())
    plan_tasks(f"{bucket}/a.jsonl", f"{bucket}/tasks", n_tasks=3)
    for task in range(3):
        map_task(f"{bucket}/tasks", task, workers=1)
    before = bucket.contents("tasks/map/00001/")
    assert not map_task(f"{bucket}/tasks", 1)
    bucket.put("tasks/map/00001/oak.tokens", b"half")
    bucket.delete("tasks/map/00001/done.json")
    with pytest.raises(UsageError, match=r"s3://.*/tasks: tasks 1 of 3 are not finished"):
        reduce_tasks(f"{bucket}/tasks", f"{bucket}/sum")
    assert map_task(f"{bucket}/tasks", 1)
    assert bucket.contents("tasks/map/00001/") == before
    reduce_tasks(f"{bucket}/tasks", f"{bucket}/sum")
    whole = bucket.contents("sum/")
    assert [one.path for one in reduce_tasks(f"{bucket}/tasks", f"{bucket}/sum").result.profiles]  # kept
    fs.count(str(tmp_path / "a.jsonl"), out=tmp_path / "whole")
    assert bucket.contents("sum/") == whole == contents(tmp_path / "whole")
    with pytest.raises(UsageError, match=r"s3://.*/tasks/plan\.json is another plan"):
        plan_tasks(f"{bucket}/a.jsonl", f"{bucket}/tasks", n_tasks=4)
    bucket.put("a.jsonl", b"{}")
    bucket.delete("tasks/map/00001/done.json")
    with pytest.raises(BadInputError, match=r"s3://.*/a\.jsonl: has another size than when it was planned"):
        map_task(f"{bucket}/tasks", 1)


class Engine:
    """Calls functions with what they are given and give as other processes would."""

    def __init__(self, n: int, workers: int) -> None:
        assert n and workers

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def threads(self, n_calls: int) -> int:
        return n_calls and 1

    def results(self, function: Callable[[int], Any], items: Iterable[int]) -> Iterator[Any]:
        sent = pickle.dumps(function)
        return (pickle.loads(pickle.dumps(pickle.loads(sent)(item))) for item in items)


def test_engine__on_a_store_removes_its_tasks(tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "Processes", Engine)
    bucket.put("a.jsonl", write_jsonl(tmp_path / "a.jsonl", records(90)).read_bytes())
    found = count_in_tasks(f"{bucket}/a.jsonl", f"{bucket}/sum", n_tasks=2)
    assert sorted(bucket.contents()) == ["a.jsonl", "elm.parquet", "oak.parquet", "rare.parquet"]
    fs.count(str(tmp_path / "a.jsonl"), out=tmp_path / "whole")
    assert bucket.contents("sum/") == contents(tmp_path / "whole")
    assert found.labels == ("elm", "oak", "rare")
    with pytest.raises(UsageError, match=r"s3://bucket-\d+/ is a whole bucket; name a folder in it"):
        count_in_tasks(f"{bucket}/a.jsonl", str(bucket))


def test_commands__of_tasks_and_counts_take_addresses(corpus: Path, bucket: Bucket, tmp_path: Path) -> None:
    texts = bucket.put_all(corpus / "texts", "texts")
    counted = done("count", texts, "-o", f"{bucket}/counted")
    assert f"{bucket}/counted/oak.parquet" in counted.out
    assert bucket.contents("counted/") == contents(corpus / "whole")
    done("tasks", "plan", texts, "-o", f"{bucket}/t", "-n", 1)
    done("tasks", "map", f"{bucket}/t", 0)
    done("tasks", "reduce", f"{bucket}/t", "-o", tmp_path / "sum")
    assert contents(tmp_path / "sum") == contents(corpus / "whole")
