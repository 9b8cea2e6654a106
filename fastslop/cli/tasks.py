"""The commands that count in tasks: all at once by an engine, or plan, map and reduce one by one."""

from __future__ import annotations

from typing import Any

import click

from fastslop.base.defaults import ENGINES
from fastslop.cli import options as options_of
from fastslop.cli.printing import compile_notice, print_counted, print_json, say, say_counted, say_notes
from fastslop.cli.progress import progress_shown

_folder = click.argument("tasks", metavar="TASKS")
_n_tasks = click.option(
    "-n", "--tasks", "n_tasks", type=click.IntRange(1), help="How many tasks.  [default: one for each 512 MiB]"
)


@click.group()
def tasks() -> None:
    """Count in tasks, on one machine or many: the profiles are those of `count`, byte for byte."""


@tasks.command("run")
@options_of.inputs
@options_of.out("PROFILES", "Folder for the profiles.", in_stores=True)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=ENGINES[0],
    show_default=True,
    help="What runs the tasks: processes of this machine, or Ray.",
)
@click.option("--address", metavar="ADDRESS", help="Of a Ray cluster (else RAY_ADDRESS, else one is started here).")
@_n_tasks
@click.option(
    "--task-folder",
    "tasks",
    metavar="DIR",
    help="Folder of tasks, kept.  [default: PROFILES.tasks, removed when all is done]",
)
@options_of.counted_as
@options_of.min_prompts
@options_of.max_bad
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Threads of each task.")
@options_of.counting_memory("Memory of each task.  [default: 2GiB]")
@options_of.temp
@options_of.force
@options_of.as_json
def run_tasks(inputs: tuple[str, ...], out: str, as_json: bool, **options: Any) -> None:
    """Count INPUT in tasks that an engine runs. Started again, it goes on with the tasks that are not finished."""
    from fastslop.engines.tasks import count_in_tasks

    with compile_notice(), progress_shown() as progress:
        result = count_in_tasks(inputs, out, progress=progress, **options).result
    say_counted(result)
    if as_json:
        print_json(result.to_dict())
    else:
        print_counted(result.profiles)


@tasks.command("plan")
@options_of.inputs
@options_of.out("TASKS", "Folder of tasks, which all machines see.", in_stores=True)
@_n_tasks
@options_of.counted_as
@options_of.max_bad
@options_of.force
def plan_tasks(inputs: tuple[str, ...], out: str, **options: Any) -> None:
    """Divide INPUT into tasks of about the same size, and print how many they are."""
    from fastslop.engines.tasks import plan_tasks as plan

    with progress_shown() as progress:
        made = plan(inputs, out, progress=progress, **options)
    say_notes([f"note: {note}" for note in made.notes])
    click.echo(str(made.n_tasks))


@tasks.command("map")
@_folder
@click.argument("task", metavar="I", type=int)
@options_of.workers
@options_of.counting_memory("Memory to stay within, such as 2GB.  [default: half of what is free]")
@options_of.temp
def map_task(tasks: str, task: int, **options: Any) -> None:
    """Read and tokenise what task I has, from 0. A task that is finished is not done again."""
    from fastslop.engines.tasks import map_task as map_one

    with compile_notice(), progress_shown() as progress:
        is_new = map_one(tasks, task, progress=progress, **options)
    say(f"task {task} is {'done' if is_new else 'finished already'}")


@tasks.command("reduce")
@_folder
@options_of.out("PROFILES", "Folder for the profiles.", in_stores=True)
@options_of.min_prompts
@click.option(
    "--shard", type=options_of.Shards(), default=(0, 1), help="Reduce only the Ith of N shares of the models."
)
@options_of.workers
@options_of.counting_memory("Memory to stay within, such as 2GB.  [default: half of what is free]")
@options_of.temp
@options_of.force
@options_of.as_json
def reduce_tasks(tasks: str, out: str, as_json: bool, **options: Any) -> None:
    """Count the tokens of all tasks into one profile per model."""
    from fastslop.engines.tasks import reduce_tasks as reduce_all

    with compile_notice(), progress_shown() as progress:
        result = reduce_all(tasks, out, progress=progress, **options).result
    say_notes(result.notes)
    if as_json:
        print_json(result.to_dict())
    else:
        print_counted(result.profiles)
