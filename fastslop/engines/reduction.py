"""The end of a count in tasks: what all tasks read is judged as one count would, and profiles are added up by label.

A label is reduced as a whole, in bounded memory, beside others. Its rows are not divided by ranges of keys: they are
sorted by ranks of tokens in the vocabulary of the profile that they are in, which is another one in each task, so that
ranges would have to be cut again, and the parts of a file are of a fixed number of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from fastslop.base.errors import NoTextsError
from fastslop.base.sources import source_of, sum_of_sums
from fastslop.counting.count import check_any_left
from fastslop.engines.folder import TaskDone, TaskFolder
from fastslop.engines.plan import TaskPlan
from fastslop.profiles.files import (
    CountedProfile,
    counted_by,
    counted_profile,
    profile_name,
    read_footer,
    read_packed,
    write_profile,
)
from fastslop.profiles.merge_files import Addend, sum_of_addends
from fastslop.profiles.profile import pruning_rule
from fastslop.reading.file_tally import FileTally
from fastslop.reading.tally import Tally
from fastslop.system.atomic import refuse_to_overwrite
from fastslop.system.object_paths import AnyPath, copies_of
from fastslop.system.spill import Spill


@dataclass(frozen=True)
class Target:
    """Where the profiles of labels go, and how: what is in fewer prompts is left out, files that are there are replaced
    or, without ``force``, kept if they are of this plan."""

    out: AnyPath
    min_prompts: int = 0
    force: bool = False

    def path_of(self, label: str, panel: str | None) -> AnyPath:
        """The file of a label's profile."""
        return self.out / profile_name(label, panel)


def judged_tally(plan: TaskPlan, all_done: Sequence[TaskDone]) -> Tally:
    """The tally of all tasks.

    Raises
    ------
    BadInputError
        If too much of an input is bad, or no text is left.
    """
    whole = Tally(reasoning=plan.options.read.reasoning)
    for skips in (plan.passed_over, *(done.tally for done in all_done)):
        for reason, n in skips.skipped.items():
            whole.add_skips(reason, n, skips.places[reason])
    for tally in (done.tally for done in all_done):
        whole.n_docs += tally.n_docs
        whole.n_bytes += tally.n_bytes
        whole.had += tally.had
        whole.records.add_sums(tally.records)
    for one in plan.inputs:
        of_file = FileTally()
        for tally in (done.tally for done in all_done):
            if one.file.name in tally.of_pieces:
                of_file.add_tally(tally.of_pieces[one.file.name])
        try:
            of_file.check_bad(one.file.name, plan.options.read.max_bad, at_end=True)
            of_file.check_text(one.file.name)
        except NoTextsError as error:
            if not one.file.is_one_of_many:
                raise
            whole.pass_over(one.file, error)
            continue
        whole.n_files += 1
        whole.taken.setdefault(one.columns, []).append(one.file.name)
    whole.of_choices += plan.notes
    whole.check()
    return whole


def labels_of(all_done: Sequence[TaskDone]) -> list[str]:
    """The labels of all tasks, those in most tasks first."""
    n_tasks: dict[str, int] = {}
    for done in all_done:
        for label in done.labels:
            n_tasks[label] = n_tasks.get(label, 0) + 1
    return sorted(n_tasks, key=lambda label: (-n_tasks[label], label))


def check_targets(plan: TaskPlan, all_done: Sequence[TaskDone], target: Target) -> None:
    """Check that the profiles of all labels can be written, or are there already.

    Raises
    ------
    UsageError
        If another profile is there, unless it is to be replaced.
    """
    for label in labels_of(all_done):
        if _finished(plan, all_done, label, target) is None:
            refuse_to_overwrite(target.path_of(label, plan.options.panel), force=target.force)


def reduce_label(
    folder: TaskFolder, plan: TaskPlan, all_done: Sequence[TaskDone], label: str, target: Target, workers: int
) -> CountedProfile:
    """Add up the profiles of a label, and write the sum; one of this plan that is there is kept.

    Raises
    ------
    BadInputError
        If all generations of the label were set aside.
    IncompatibleProfilesError
        If two inputs have the same texts of it.
    """
    kept = _finished(plan, all_done, label, target)
    if kept is not None:
        return kept
    tasks = [task for task, done in enumerate(all_done) if label in done.labels]
    without = {task: 0 for task, done in enumerate(all_done) if label not in done.labels}
    path = target.path_of(label, plan.options.panel)
    with Spill(None) as spill, copies_of([folder.map_folder(task) / path.name for task in tasks]) as parts:
        addends = [_addend(part, without) for part in parts]
        name = (label, plan.options.panel)
        whole, packed = sum_of_addends(addends, name, target.min_prompts, workers, spill)
        check_any_left(whole)
        write_profile(packed, path, force=target.force)
    return counted_profile(whole, path)


def _addend(path: Path, without: Mapping[int, int]) -> Addend:
    """A profile of a task; ``without``: the tasks that have no text of its label."""
    footer = read_footer(path)
    shards = {
        division: replace(own, parts=dict(sorted({**without, **own.parts}.items())))
        for division, own in footer.shards.items()
    }
    return Addend(footer.label, footer.panel, shards, partial(read_packed, path))


def _finished(plan: TaskPlan, all_done: Sequence[TaskDone], label: str, target: Target) -> CountedProfile | None:
    """The profile of a label if it is there already; None if it is not, or is another one."""
    path = target.path_of(label, plan.options.panel)
    if target.force or not path.is_file():
        return None
    with copies_of([path]) as (copy,):
        footer = read_footer(copy)
    rule = pruning_rule(target.min_prompts) if target.min_prompts else None
    ours = (label, plan.options.panel, plan.options.spec, rule, _sources_of(all_done, label))
    theirs = (footer.label, footer.panel, footer.spec, footer.pruned, footer.sources)
    return replace(counted_by(footer), path=path) if ours == theirs and not footer.shards else None


def _sources_of(all_done: Sequence[TaskDone], label: str) -> frozenset[str]:
    """The sources of all that was read of a label."""
    sums: dict[str, list[str]] = {}
    for done in all_done:
        for source, total in done.labels.get(label, {}).items():
            sums.setdefault(source, []).append(total)
    return frozenset(source_of(source, sum_of_sums(totals)) for source, totals in sums.items())
