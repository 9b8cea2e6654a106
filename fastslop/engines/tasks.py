"""A count in tasks: its plan, its maps and its reduction, each by itself or all of them by an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from importlib import import_module
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol, TypeVar

from fastslop.base.defaults import DROP_REASONING, ENGINES, MAX_BAD
from fastslop.base.errors import UsageError
from fastslop.base.spec import CountSpec, spec_of
from fastslop.counting.count import CountedSet
from fastslop.counting.in_tasks import tokenise_pieces
from fastslop.counting.options import CountOptions
from fastslop.counting.result import CountResult
from fastslop.counting.sums import count_sums
from fastslop.engines.folder import TaskDone, TaskFolder
from fastslop.engines.plan import TaskPlan, make_plan
from fastslop.engines.processes import Processes
from fastslop.engines.reduction import (
    Target,
    check_targets,
    judged_tally,
    labels_of,
    reduce_label,
    shared_budget,
    sizes_of,
)
from fastslop.profiles.files import SUFFIX, CountedProfile
from fastslop.profiles.profile_set import open_profiles
from fastslop.reading.frames import inputs_of
from fastslop.reading.languages import AUTO, spec_in
from fastslop.reading.options import read_options
from fastslop.system.budget import Budget, budget_of
from fastslop.system.memory import free_bytes
from fastslop.system.object_paths import AnyPath, path_of
from fastslop.system.progress import Progress, silent, tracked
from fastslop.system.threads import map_bounded, n_cores

Result = TypeVar("Result")
Place = str | PathLike[str]

TASK_MEMORY = 2 << 30
"""Bytes of memory of a task, where the user does not say."""


class Engine(Protocol):
    """What calls functions elsewhere: results come as they are made, and a call that dies is made anew."""

    def results(self, function: Callable[[int], Result], items: Iterable[int]) -> Iterator[Result]:
        """Yield the results for all items."""
        ...

    def threads(self, n_calls: int) -> int:
        """How many threads each of so many calls has."""
        ...


def plan_tasks(
    source: object,
    out: Place,
    *,
    n_tasks: int | None = None,
    text: str | None = None,
    model: str | None = None,
    prompt: str | None = None,
    label: str | None = None,
    panel: str | None = None,
    spec: str | CountSpec = "default",
    orders: Sequence[int] | None = None,
    language: str = AUTO,
    scaled: int | None = None,
    max_bad: float = MAX_BAD,
    reasoning: str = DROP_REASONING,
    force: bool = False,
    progress: Progress = silent,
) -> TaskPlan:
    """
    Divide a count into tasks, each of some files or ranges of files, for `map_task` and `reduce_tasks`.

    Parameters
    ----------
    source
        Files, folders, globs and addresses; all machines must find them at the same paths.
    out
        The folder of tasks.
    n_tasks
        How many tasks there are; one for each 512 MiB of input, if None.
    text, model, prompt, label, panel, spec, orders, scaled, max_bad, reasoning
        As of `count`.
    language
        As of `count`; ``auto``: what most of the first texts of all inputs are in, so that all tasks count alike.
    force
        Replace another plan that is in the folder.
    progress
        Is told how many files are planned.

    Raises
    ------
    BadInputError
        If an input does not exist, cannot be read or holds no text.
    UsageError
        If an input cannot be read by tasks, there is no such language, or another plan is in the folder.
    """
    read = read_options(text, model, prompt, label, (0, 1), max_bad, reasoning)
    found = AUTO if language == AUTO else None
    options = CountOptions(spec_in(spec_of(spec, orders, scaled), language), read, panel, language=found)
    plan = make_plan(inputs_of(source), options, n_tasks, progress)
    TaskFolder(path_of(out)).write_plan(plan, force=force)
    return plan


def map_task(
    tasks: Place,
    task: int,
    *,
    workers: int | None = None,
    memory: str | int | None = None,
    temp: Place | None = None,
    progress: Progress = silent,
) -> bool:
    """
    Read what one task of a plan has into tokens, and say whether that was to be done: it is not done a second time.

    Parameters
    ----------
    tasks
        The folder of tasks.
    task
        The number of the task, from 0.
    workers, memory, temp, progress
        As of `count`.

    Raises
    ------
    BadInputError
        If an input cannot be read, or has changed since it was planned.
    UsageError
        If there is no such task.
    """
    folder = TaskFolder(path_of(tasks))
    return _map(folder, folder.read_plan(), budget_of(workers, memory, temp), progress, task)


def _map(folder: TaskFolder, plan: TaskPlan, budget: Budget, progress: Progress, task: int) -> bool:
    if not 0 <= task < plan.n_tasks:
        raise UsageError(f"there is no task {task}: the plan in {folder.place} has tasks 0 to {plan.n_tasks - 1}")
    if folder.read_done(plan, task) is not None:
        return False
    options = replace(plan.options, budget=budget)
    with folder.filled(task, budget.temp) as own:
        read = tokenise_pieces(plan.files_of(task), own, options, progress)
    folder.write_done(plan, task, TaskDone.of(read))
    return True


def reduce_tasks(
    tasks: Place,
    out: Place,
    *,
    min_prompts: int = 0,
    shard: tuple[int, int] = (0, 1),
    workers: int | None = None,
    memory: str | int | None = None,
    temp: Place | None = None,
    force: bool = False,
    progress: Progress = silent,
) -> CountedSet:
    """
    Count the tokens of all tasks: the profiles are those that one `count` of all inputs would give, byte for byte.

    Parameters
    ----------
    tasks
        The folder of tasks, all of which are finished.
    out
        The folder for the profiles. Those of this plan that are already there are kept.
    min_prompts
        Leave out what is in fewer prompts.
    shard
        (i, n): only every nth model, the ith first, for who reduces on several machines.
    workers, memory, temp
        As of `count`.
    force
        Replace profiles that are already there.
    progress
        Is told how many models are reduced.

    Raises
    ------
    BadInputError
        If too much of an input is bad, no text is left of a model, or a file of tokens is damaged.
    UsageError
        If a task is not finished, or another profile is already there.
    """
    folder = TaskFolder(path_of(tasks))
    i, n = read_options(shard=shard).shard
    target = Target(_folder_of(out), min_prompts, force)
    plan = folder.read_plan()
    all_done = folder.all_done(plan)
    labels = labels_of(all_done)[i::n]
    budget, at_once = shared_budget(budget_of(workers, memory, temp), [sizes_of(all_done)[label] for label in labels])

    def reduced(label: str) -> CountedProfile:
        return reduce_label(folder, plan, all_done, label, target, budget)

    return _reduced(plan, all_done, labels, target, progress, lambda: map_bounded(reduced, labels, at_once))


def _folder_of(out: Place) -> AnyPath:
    folder = path_of(out)
    if folder.suffix == SUFFIX:
        raise UsageError(f"{out}: tasks are reduced into a folder of profiles; give the name of one")
    return folder


def _reduce(folder: TaskFolder, target: Target, budget: Budget, number: int) -> CountedProfile:
    """Reduce the label of this number: what is read for it is read by whoever does it."""
    plan = folder.read_plan()
    all_done = folder.all_done(plan)
    return reduce_label(folder, plan, all_done, labels_of(all_done)[number], target, budget)


def _reduced(
    plan: TaskPlan,
    all_done: Sequence[TaskDone],
    labels: Sequence[str],
    target: Target,
    progress: Progress,
    reduce_all: Callable[[], Iterable[CountedProfile]],
) -> CountedSet:
    """The profiles of some labels, which ``reduce_all`` makes, and what is told of them."""
    start = perf_counter()
    tally = judged_tally(plan, all_done)
    check_targets(plan, all_done, target)
    if isinstance(target.out, Path):
        target.out.mkdir(parents=True, exist_ok=True)
    reduced = tracked(reduce_all(), progress, "reducing", len(labels), "models")
    counted = tuple(sorted(reduced, key=lambda profile: profile.label))
    bytes_aside = sum(done.bytes_aside for done in all_done)
    sums = count_sums(tally, counted, sets_aside=plan.options.spec.sets_aside, bytes_aside=bytes_aside)
    if len(labels) == len(labels_of(all_done)):
        sums.check()
    spec, elapsed_s = plan.options.spec, perf_counter() - start
    result = CountResult(counted, tally, sums, elapsed_s, 0.0, spec.sets_aside, language=spec.language)
    return CountedSet(partial(open_profiles, *(str(one.path) for one in counted)) if counted else (), result)


def count_in_tasks(
    source: object,
    out: Place,
    *,
    tasks: Place | None = None,
    n_tasks: int | None = None,
    engine: str = ENGINES[0],
    address: str | None = None,
    min_prompts: int = 0,
    workers: int = 1,
    memory: str | int | None = None,
    temp: Place | None = None,
    force: bool = False,
    progress: Progress = silent,
    **counting: Any,
) -> CountedSet:
    """
    Count texts in tasks that an engine runs: the profiles are those of `count`, byte for byte.

    Parameters
    ----------
    source, out, min_prompts, temp
        As of `count`; ``out`` is a folder.
    tasks
        The folder of tasks: what is finished in it is not counted again. If None, it is ``out`` with ``.tasks`` behind
        its name, and is removed when all is done.
    n_tasks
        As of `plan_tasks`.
    engine
        ``processes`` on this machine, or ``ray``.
    address
        Of a Ray cluster (``HOST:PORT``, ``ray://HOST:PORT``, ``auto``); if None, that in ``RAY_ADDRESS``, else one is
        started on this machine.
    workers, memory
        Threads and memory of each task; 2 GB if None. Models that are fewer than processes have more threads.
    force
        Replace profiles, and another plan, that are already there.
    progress
        Is told how many tasks are done.
    **counting
        Options of `plan_tasks`.

    Raises
    ------
    BadInputError, UsageError
        As of `plan_tasks`, `map_task` and `reduce_tasks`; also if a cluster does not answer.
    FastslopError
        If a task dies again and again.
    """
    start = perf_counter()
    target = Target(_folder_of(out), min_prompts, force)
    own = path_of(tasks) if tasks is not None else target.out.with_name(f"{target.out.name}.tasks")
    folder = TaskFolder(own)
    budget = budget_of(workers, memory or TASK_MEMORY, temp)
    plan = plan_tasks(source, str(folder.place), n_tasks=n_tasks, force=force, progress=progress, **counting)
    with ExitStack() as stack:
        runner = _engine(engine, address, budget, stack)
        waiting = folder.unfinished(plan)
        mapped = runner.results(partial(_map_alone, folder, budget), waiting)
        for _ in tracked(mapped, progress, "counting", len(waiting), "tasks"):
            pass
        all_done = folder.all_done(plan)
        labels = labels_of(all_done)
        one = partial(_reduce, folder, target, replace(budget, workers=runner.threads(len(labels))))
        reduce_all = partial(runner.results, one, range(len(labels)))
        found = _reduced(plan, all_done, labels, target, progress, reduce_all)
    if tasks is None:
        folder.remove()
    return CountedSet(lambda: found, replace(found.result, elapsed_s=perf_counter() - start))


def _map_alone(folder: TaskFolder, budget: Budget, task: int) -> bool:
    return _map(folder, folder.read_plan(), budget, silent, task)


def _engine(name: str, address: str | None, budget: Budget, stack: ExitStack) -> Engine:
    if name not in ENGINES:
        raise UsageError(f"engine {name!r}: it is one of {', '.join(ENGINES)}")
    if name == "ray":
        ray_cluster = import_module("fastslop.engines.ray_cluster")  # an extra, which nothing else needs
        engine: Engine = stack.enter_context(ray_cluster.RayCluster(address, budget.n_workers, budget.memory))
        return engine
    if address is not None:
        raise UsageError("--address is that of a Ray cluster; say --engine ray")
    at_once = min(n_cores() // budget.n_workers, free_bytes() // budget.memory)
    return stack.enter_context(Processes(max(at_once, 1), budget.n_workers))
