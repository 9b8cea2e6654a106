"""A count in tasks gives the profiles of one count, byte for byte, whatever the inputs, their number and what dies."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import fastslop as fs
from fastslop.base.errors import BadInputError, FastslopError, NotThereError, UsageError
from fastslop.engines import processes
from fastslop.engines.processes import Processes
from fastslop.engines.reduction import shared_budget
from fastslop.engines.tasks import count_in_tasks, map_task, plan_tasks, reduce_tasks
from fastslop.system.budget import BASE_BYTES, Budget
from tests.corpora_of import done, fastslop, write_jsonl

REFUSAL = "I’m sorry, but I can’t help with that."


def varied(i: int) -> str:
    words = random.Random(i).choices("sea hill Rain wind the of and lamp river stone".split(), k=30)
    return " ".join(words) + "."


def records(n: int = 60, seed: int = 0) -> list[dict[str, Any]]:
    """Texts of three models: one that is rare, and one that refuses now and then; some are copies of others."""
    rows = []
    for i in range(n):
        model = "rare" if i in (3, 40) else ("oak", "elm")[i % 2]
        text = REFUSAL if i % 7 == 0 else varied(1000 * seed + i % 50)
        rows.append({"model": model, "prompt": f"p{i // 2 % 20}", "output": text})
    return rows


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def in_tasks(texts: Path, home: Path, n: int, **options: Any) -> Path:
    plan_tasks(texts, home / "tasks", n_tasks=n, **options)
    for task in reversed(range(n)):
        assert map_task(home / "tasks", task, workers=1)
    reduce_tasks(home / "tasks", home / "sum")
    return home / "sum"


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_tasks__make_the_profiles_of_one_count(corpus: Path, tmp_path: Path, n: int) -> None:
    assert contents(in_tasks(corpus / "texts", tmp_path, n)) == contents(corpus / "whole")


def test_tasks__of_a_panel_and_pruned_are_one_count_so_pruned(corpus: Path, tmp_path: Path) -> None:
    done("count", corpus / "texts", "-o", tmp_path / "whole", "--panel", "p", "--min-prompts", 3)
    done("tasks", "plan", corpus / "texts", "-o", tmp_path / "t", "-n", 3, "--panel", "p")
    for task in range(3):
        done("tasks", "map", tmp_path / "t", task)
    done("tasks", "reduce", tmp_path / "t", "-o", tmp_path / "sum", "--min-prompts", 3)
    assert contents(tmp_path / "sum") == contents(tmp_path / "whole")


def test_tasks__done_again_are_skipped_and_counted_again_the_same_bytes(corpus: Path, tmp_path: Path) -> None:
    in_tasks(corpus / "texts", tmp_path, 3)
    before = contents(tmp_path / "tasks")
    assert not map_task(tmp_path / "tasks", 1)
    (tmp_path / "tasks" / "map" / "00001" / "done.json").unlink()
    (tmp_path / "tasks" / "map" / "00001" / "oak.tokens").write_bytes(b"half")
    with pytest.raises(UsageError, match="tasks 1 of 3 are not finished"):
        reduce_tasks(tmp_path / "tasks", tmp_path / "sum")
    assert map_task(tmp_path / "tasks", 1)
    assert contents(tmp_path / "tasks") == before
    reduce_tasks(tmp_path / "tasks", tmp_path / "sum")  # finished before: kept


def test_reduction__tells_what_one_count_tells(corpus: Path, tmp_path: Path) -> None:
    one = done("count", corpus / "texts", "-o", tmp_path / "whole", "--json").json
    in_tasks(corpus / "texts", tmp_path, 5)
    other = reduce_tasks(tmp_path / "tasks", tmp_path / "sum").to_dict()
    for name in ("skipped", "sums", "guarded", "read", "cleaned", "warnings"):
        assert other[name] == one[name], name


def test_reduction__keeps_no_profile_of_other_texts(corpus: Path, tmp_path: Path) -> None:
    in_tasks(corpus / "texts", tmp_path, 2)
    fs.count(records(5), out=tmp_path / "other")
    with pytest.raises(UsageError, match="already there"):
        reduce_tasks(tmp_path / "tasks", tmp_path / "other")
    reduce_tasks(tmp_path / "tasks", tmp_path / "other", force=True)
    assert contents(tmp_path / "other") == contents(corpus / "whole")


def test_reduction__by_shares_of_models_is_the_whole(corpus: Path, tmp_path: Path) -> None:
    in_tasks(corpus / "texts", tmp_path, 2)
    for i in range(2):
        done("tasks", "reduce", tmp_path / "tasks", "-o", tmp_path / "shared", "--shard", f"{i}/2")
    assert contents(tmp_path / "shared") == contents(corpus / "whole")


def test_bad_records__are_judged_by_the_whole_file(tmp_path: Path) -> None:
    """One part of a file is full of bad records, and all of it is not; and the other way round."""
    lines = [json.dumps(row) for row in records(400)]
    lines[200:203] = ['{"model": "oak", "output": '] * 3
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    with pytest.raises(BadInputError, match="3 of 400 records"):
        in_tasks(tmp_path / "a.jsonl", tmp_path, 40)
    done("count", tmp_path / "a.jsonl", "-o", tmp_path / "whole", "--max-bad", 0.01)
    in_tasks(tmp_path / "a.jsonl", tmp_path / "more", 40, max_bad=0.01)
    assert contents(tmp_path / "more" / "sum") == contents(tmp_path / "whole")


@pytest.mark.parametrize("n", [1, 3])
def test_two_copies__are_refused_when_their_parts_are_together(tmp_path: Path, n: int) -> None:
    for name in ("a", "b"):
        write_jsonl(tmp_path / f"{name}.jsonl", records(30))
    with pytest.raises(FastslopError, match="the same source twice"):
        in_tasks(tmp_path, tmp_path / "out", n, model="model")


def test_reduction__of_a_damaged_file_of_tokens_names_it(corpus: Path, tmp_path: Path) -> None:
    plan_tasks(corpus / "texts", tmp_path, n_tasks=2)
    for task in range(2):
        map_task(tmp_path, task)
    (tmp_path / "map" / "00001" / "oak.tokens").write_bytes(b"half")
    with pytest.raises(
        BadInputError, match=r"map/00001/oak\.tokens is no file of tokens .*run the task of this number"
    ):
        reduce_tasks(tmp_path, tmp_path / "sum")


@pytest.mark.parametrize(
    ("workers", "sizes", "expected"),
    [(4, [], (4, 1)), (1, [5, 5, 5], (1, 1)), (2, [9], (2, 1)), (2, [3, 3, 3, 3], (1, 2)), (2, [4, 3, 3, 3], (2, 1))],
    ids=["no labels", "one thread", "one label", "equal labels", "one that would be last"],
)
def test_labels__are_counted_side_by_side_if_none_would_be_long_after_the_others(
    workers: int, sizes: list[int], expected: tuple[int, int]
) -> None:
    whole = Budget(workers, BASE_BYTES + 1000)
    budget, at_once = shared_budget(whole, sizes)
    assert (budget.n_workers, at_once) == expected
    assert at_once * budget.spare_bytes <= whole.spare_bytes


def test_plan__is_the_same_again_and_another_is_refused(corpus: Path, tmp_path: Path) -> None:
    plan_tasks(corpus / "texts", tmp_path, n_tasks=3)
    before = contents(tmp_path)
    plan_tasks(corpus / "texts", tmp_path, n_tasks=3)
    assert contents(tmp_path) == before
    with pytest.raises(UsageError, match="is another plan"):
        plan_tasks(corpus / "texts", tmp_path, n_tasks=4)
    map_task(tmp_path, 0, workers=1)
    plan_tasks(corpus / "texts", tmp_path, n_tasks=4, force=True)
    with pytest.raises(UsageError, match="tasks 0-3 of 4 are not finished"):
        reduce_tasks(tmp_path, tmp_path / "sum")


def test_task__whose_input_has_changed_is_refused(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", records())
    plan_tasks(path, tmp_path / "t", n_tasks=2)
    write_jsonl(path, records(61))
    with pytest.raises(BadInputError, match=r"a\.jsonl: has another size than when it was planned"):
        map_task(tmp_path / "t", 0)


def test_tasks__that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotThereError, match="no folder of tasks"):
        map_task(tmp_path, 0)
    plan_tasks(write_jsonl(tmp_path / "a.jsonl", records(9)), tmp_path / "t", n_tasks=2)
    with pytest.raises(UsageError, match=r"no task 2: .* has tasks 0 to 1"):
        map_task(tmp_path / "t", 2)
    with pytest.raises(UsageError, match="give files or folders"):
        plan_tasks(records(9), tmp_path / "u")

    with pytest.raises(UsageError, match=r"0 tasks: there can be 1 to [\d,]+"):
        plan_tasks(tmp_path / "a.jsonl", tmp_path / "u", n_tasks=0)
    with pytest.raises(UsageError, match=r"sum.parquet: tasks are reduced into a folder of profiles; give the name of"):
        reduce_tasks(tmp_path / "t", tmp_path / "sum.parquet")


def test_plan__of_a_file_without_texts_is_refused_by_its_name(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "empty.jsonl", [{"model": "a", "score": 1}])
    with pytest.raises(BadInputError, match=r"empty\.jsonl: no field looks like the text; .*choose .* with --text"):
        plan_tasks(path, tmp_path / "t")
    path.write_text(" \n")
    with pytest.raises(BadInputError, match=r"empty\.jsonl: no JSON object in its first lines; write one object"):
        plan_tasks(path, tmp_path / "t")


def changed(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Texts that are no plan, and what is said of each."""
    yield "{", r"is no plan of tasks \(Expecting property name .*\); plan the tasks anew"
    yield "[]", r"is no plan of tasks \(it is no object\); plan the tasks anew"
    older = r"was made by fastslop 0\.0\.1, and this is .*; run all tasks with one version, or plan them anew"
    yield json.dumps(plan | {"fastslop": "0.0.1"}), older
    yield json.dumps(plan | {"panel": "other"}), "is damaged: its digest does not agree; plan the tasks anew"
    yield (
        json.dumps(plan | {"spec": {"tokeniser": "x"}}),
        "is no plan of tasks .*unknown tokeniser 'x'.*; plan the",
    )
    for name in plan:
        for wrong in (None, 5, "x", [5], {"x": 5}):
            if name != "fastslop" and plan[name] != wrong:
                yield json.dumps(plan | {name: wrong}), "(is no plan of tasks .*|is damaged: .*); plan the tasks anew"


def test_plan__that_is_none_is_refused(tmp_path: Path) -> None:
    plan_tasks(write_jsonl(tmp_path / "a.jsonl", records(9)), tmp_path / "t", n_tasks=2)
    path = tmp_path / "t" / "plan.json"
    for text, message in changed(json.loads(path.read_text())):
        path.write_text(text)
        with pytest.raises(BadInputError, match=rf"t/plan\.json {message}"):
            map_task(tmp_path / "t", 0)


# Engines


def test_processes__make_the_profiles_of_one_count(corpus: Path, tmp_path: Path) -> None:
    """In a process of its own, whose semaphores Python would tell to have leaked."""
    command = ["tasks", "run", str(corpus / "texts"), "-o", str(tmp_path / "sum"), "-n", "3"]
    ended = subprocess.run([sys.executable, "-m", "fastslop", *command], capture_output=True, text=True)
    assert ended.returncode == 0 and "leaked" not in ended.stderr, ended.stderr
    assert contents(tmp_path / "sum") == contents(corpus / "whole")
    assert not (tmp_path / "sum.tasks").exists()


def kill_once(marker: Path, item: int) -> int:
    if item == 1 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 10 * item


def fail(item: int) -> int:
    raise BadInputError(f"no {item}")


def kill(item: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return item


def test_processes__begin_anew_what_a_killed_one_was_at(tmp_path: Path) -> None:
    with Processes(2) as two:
        assert sorted(two.results(partial(kill_once, tmp_path / "killed"), range(4))) == [0, 10, 20, 30]
        assert sorted(two.results(partial(kill_once, tmp_path / "killed"), range(3))) == [0, 10, 20]


@pytest.mark.parametrize(("function", "message"), [(fail, "no 0"), (kill, "processes were killed 2 times, .*--memory")])
def test_processes__tell_what_goes_wrong(
    function: Callable[[int], int], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "MOST_DEATHS", 1)
    with pytest.raises(FastslopError, match=message), Processes(1) as one:
        list(one.results(function, range(2)))


def test_run__by_an_unknown_engine_or_at_an_address_without_one_is_refused(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", records(9))
    with pytest.raises(UsageError, match="one of processes, ray"):
        count_in_tasks(path, tmp_path / "out", engine="dask")
    answer = fastslop("tasks", "run", path, "-o", tmp_path / "out", "--address", "auto")
    assert answer.code == 2 and "say --engine ray" in answer.log


@pytest.mark.parametrize("language", ["auto", "zh"])
def test_tasks__of_chinese_with_some_thai_are_all_counted_as_chinese(tmp_path: Path, language: str) -> None:
    words = "值得注意的是 我们 可以 使用 这个 方法 因为 它 在 很多 情况下 都是 有用的 你 也 可以说 这 是 问题".split()

    def sentence(i: int) -> str:
        return "".join(random.Random(i).choices(words, k=30)) + "。ภาษาไทย"

    rows = [{"model": "ab"[i % 2], "prompt": f"p{i // 2}", "output": sentence(i)} for i in range(40)]
    write_jsonl(tmp_path / "a.jsonl", rows)
    path = str(tmp_path / "a.jsonl")
    whole = fs.count(path, out=tmp_path / "whole", language=language)
    found = count_in_tasks(path, tmp_path / "out", tasks=tmp_path / "t", n_tasks=4, language=language)
    assert whole.spec.language == found.result.language == "zh"
    assert len(reduce_tasks(tmp_path / "t", tmp_path / "out").result.profiles) == 2  # finished before: kept
    for profile in (tmp_path / "whole").iterdir():
        assert profile.read_bytes() == (tmp_path / "out" / profile.name).read_bytes()
