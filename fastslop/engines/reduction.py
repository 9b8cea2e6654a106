"""The end of a count in tasks: what all tasks read is judged as one count would, and each label's tokens are counted.

A label is counted as a whole, in bounded memory, beside others. Tasks could count as well, and their profiles be added
up, as those of shards are: but most n-grams of a large label are in one task only, and so few of them are the same that
the sum has nearly as many rows as all tasks together. For 1 GB of one label in four tasks the rows took 54 s to add up,
and its tokens take 20 s to count (docs/how-to/cluster.md has the figures).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fastslop.base.errors import NoTextsError
from fastslop.base.sources import sum_of_sums
from fastslop.counting.count import check_any_left
from fastslop.counting.in_tasks import count_token_files
from fastslop.counting.token_files import token_file_name
from fastslop.engines.folder import TaskDone, TaskFolder
from fastslop.engines.plan import TaskPlan
from fastslop.profiles.files import (
    CountedProfile,
    counted_by,
    counted_profile,
    profile_name,
    read_footer,
    write_profile,
)
from fastslop.profiles.profile import pruning_rule
from fastslop.profiles.source_ledger import SourceLedger
from fastslop.reading.file_tally import FileTally
from fastslop.reading.tally import Tally
from fastslop.system.atomic import refuse_to_overwrite
from fastslop.system.budget import BASE_BYTES, Budget
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
    """The labels of all tasks, those of most tokens first."""
    sizes = sizes_of(all_done)
    return sorted(sizes, key=lambda label: (-sizes[label], label))


def sizes_of(all_done: Sequence[TaskDone]) -> dict[str, int]:
    """The bytes of each label's tokens in all tasks."""
    sizes: dict[str, int] = {}
    for done in all_done:
        for label in done.labels:
            sizes[label] = sizes.get(label, 0) + done.sizes[label]
    return sizes


def shared_budget(budget: Budget, sizes: Sequence[int]) -> tuple[Budget, int]:
    """The budget of each label, of these sizes of tokens, and how many are counted side by side.

    That is one a thread, unless one would still be at work long after the others are done: then they follow one
    another, and each has all threads.
    """
    n = budget.n_workers
    if n == 1 or not sizes or 2 * n * max(sizes) > sum(sizes):
        return budget, 1
    return Budget(1, BASE_BYTES + max(budget.spare_bytes, 0) // n, budget.temp), n


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
    folder: TaskFolder, plan: TaskPlan, all_done: Sequence[TaskDone], label: str, target: Target, budget: Budget
) -> CountedProfile:
    """Count the tokens of a label in all tasks, and write its profile; one of this plan that is there is kept.

    Raises
    ------
    BadInputError
        If all generations of the label were set aside, or a file of tokens is damaged.
    IncompatibleProfilesError
        If two inputs have the same texts of it.
    """
    kept = _finished(plan, all_done, label, target)
    if kept is not None:
        return kept
    sources = _sources_of(plan, all_done, label)
    tasks = [task for task, done in enumerate(all_done) if label in done.labels]
    files = [folder.map_folder(task) / token_file_name(label) for task in tasks]
    path = target.path_of(label, plan.options.panel)
    with Spill(budget.temp) as spill, copies_of(files) as copies:
        counted = count_token_files(copies, plan.options.spec, budget, spill, target.min_prompts)
        profile = replace(counted.profile, sources=sources, panel=plan.options.panel)
        check_any_left(profile)
        write_profile(replace(counted, profile=profile), path, force=target.force)
    return counted_profile(profile, path)


def _finished(plan: TaskPlan, all_done: Sequence[TaskDone], label: str, target: Target) -> CountedProfile | None:
    """The profile of a label if it is there already; None if it is not, or is another one."""
    path = target.path_of(label, plan.options.panel)
    if target.force or not path.is_file():
        return None
    with copies_of([path]) as (copy,):
        footer = read_footer(copy)
    rule = pruning_rule(target.min_prompts) if target.min_prompts else None
    spec = plan.options.spec.cut_by(footer.spec.dictionary)
    ours = (label, plan.options.panel, spec, rule, _sources_of(plan, all_done, label))
    theirs = (footer.label, footer.panel, footer.spec, footer.pruned, footer.sources)
    return replace(counted_by(footer), path=path) if ours == theirs and not footer.shards else None


def _sources_of(plan: TaskPlan, all_done: Sequence[TaskDone], label: str) -> frozenset[str]:
    """The sources of all that was read of a label.

    Raises
    ------
    IncompatibleProfilesError
        If two of them are the same.
    """
    sums: dict[str, list[str]] = {}
    for done in all_done:
        for source, total in done.labels.get(label, {}).items():
            sums.setdefault(source, []).append(total)
    ledger = SourceLedger(label)
    ledger.add("the tasks", (), plan.shards({source: sum_of_sums(totals) for source, totals in sums.items()}))
    return ledger.total()[0]
