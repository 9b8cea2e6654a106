"""Profiles to the report, one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

from fastslop import __version__
from fastslop.base.defaults import DEFAULT_BASELINE, DEFAULT_METHOD, DROP_REASONING, MAX_BAD, REPLICATES
from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.written import as_written
from fastslop.comparing.compare import Comparison, compare, compare_counts
from fastslop.comparing.prompt_counts import read_prompt_counts
from fastslop.drawing.families import Families, families_of, read_families
from fastslop.evidence.dates import Dates, ReleaseDates
from fastslop.evidence.explain import Explanation, explain_nearest
from fastslop.lists.slop_lists import SlopList, build_lists
from fastslop.lists.wanted import Wanted
from fastslop.pipeline.texts import FromTexts, TextsAgain
from fastslop.profiles.origins import Origins, read_origins
from fastslop.profiles.profile_set import ProfileSet
from fastslop.reading.frames import inputs_of
from fastslop.reading.options import read_options
from fastslop.report.data import NO_OTHERS, OtherModels, ShownList, report_data
from fastslop.report.page import report_html
from fastslop.scoring.reference import check_baseline
from fastslop.scoring.score import Scores, score_with
from fastslop.system.atomic import refuse_to_overwrite, write_text
from fastslop.system.budget import budget_of
from fastslop.system.ceiling import ceiling
from fastslop.system.progress import Progress, silent
from fastslop.trees.build import comparison_linkage
from fastslop.trees.linkage import Linkage

EVIDENT = 8
"""Most features that the report shows as evidence of a pair."""
NOT_WANTED = "it was not wanted (--no-evidence)"


@dataclass(frozen=True)
class Weighed:
    """A comparison, and the evidence for the link of each label to its nearest, or why there is none."""

    comparison: Comparison | None = None
    evidence: tuple[Explanation, ...] = ()
    no_evidence: str | None = None

    @property
    def linkage(self) -> Linkage | None:
        """The linkage of the comparison; None for a single label."""
        return None if self.comparison is None else comparison_linkage(self.comparison)

    @property
    def verdicts(self) -> dict[str, str]:
        """By label, the verdict on its nearest, in the words of ``links.said_verdict``; of those that were weighed."""
        return {found.a: found.said for found in self.evidence}

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a reader of the comparison must know."""
        return () if self.comparison is None else self.comparison.notes


def weigh(
    profiles: ProfileSet,
    origins: Origins,
    released: ReleaseDates | None = None,
    progress: Progress = silent,
    *,
    replicates: int = REPLICATES,
    with_evidence: bool = True,
) -> Weighed:
    """Compare labels, two at least, by the default method, and gather the evidence, if it is wanted.

    ``origins``: where their features may come from.
    """
    counts = read_prompt_counts(profiles.members, progress=progress)
    comparison = compare_counts(counts, replicates=replicates, progress=progress)
    if not with_evidence:
        return Weighed(comparison, (), NOT_WANTED)
    try:
        evidence = explain_nearest(counts, comparison, origins, top=EVIDENT, released=released, progress=progress)
        return Weighed(comparison, tuple(evidence))
    except BadInputError as error:
        return Weighed(comparison, (), str(error))


def write_report(
    profiles: ProfileSet,
    path: str | PathLike[str],
    *,
    baseline: str = DEFAULT_BASELINE,
    method: str = DEFAULT_METHOD,
    title: str | None = None,
    dates: Dates | None = None,
    families: Families | None = None,
    replicates: int = REPLICATES,
    evidence: bool = True,
    texts: object = None,
    text: str | None = None,
    model: str | None = None,
    prompt: str | None = None,
    label: str | None = None,
    shard: tuple[int, int] = (0, 1),
    max_bad: float = MAX_BAD,
    reasoning: str = DROP_REASONING,
    workers: int | None = None,
    memory: str | int | None = None,
    temp: str | PathLike[str] | None = None,
    force: bool = False,
    progress: Progress = silent,
) -> tuple[str, ...]:
    """
    Write one page with the tree, the distances, every label's slop profile and any pair; it needs no network.

    Parameters
    ----------
    profiles
        The labels.
    path
        The file, which ends in .html.
    baseline
        Human writing that labels are scored against: ``wordfreq:LANG``, or the file of a profile.
    method
        The fingerprint by which they are compared.
    title
        Heading of the page.
    dates
        Dates of release, as for `explain`.
    families
        Families of labels, for colours: a CSV of ``label,family``, or the family of each label. Others are guessed.
    replicates
        How often prompts are drawn anew, for support and intervals; 0 for none.
    evidence
        Whether the link of each label to its nearest is weighed.
    texts
        The texts that were counted, as `count` takes them, for phrases, quoted passages and contrasts; they are read
        twice where memory cannot hold them. ``text``, ``model``, ``prompt``, ``label``, ``shard``, ``max_bad``,
        ``reasoning``, ``workers``, ``memory`` and ``temp`` are as for `count`.
    force
        Replace a file that is already there.
    progress
        Is told how far each step is.

    Returns
    -------
    notes
        Sentences that a reader of the page must know.

    Raises
    ------
    UsageError
        If ``path`` does not end in .html, or is already there, the texts can be read once only, or a family is given
        for a label that is not there.
    BadInputError
        If the baseline or the texts cannot be used, or dates or families are malformed.

    Examples
    --------
    >>> import fastslop as fs
    >>> notes = fs.write_report(fs.open_profiles("out"), "report.html")  # doctest: +SKIP
    """
    out = Path(path)
    if out.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{out}: a report is written as .html")
    refuse_to_overwrite(out, force=force)
    check_baseline(baseline, profiles.spec)
    released = None if dates is None else ReleaseDates.of(dates)
    budget = budget_of(workers, memory, temp)
    options = read_options(text, model, prompt, label, shard, max_bad, reasoning)
    given = None if families is None else read_families(families)
    known = families_of(profiles.labels, given)
    again = None if texts is None else TextsAgain(inputs_of(texts), options, budget, progress)
    guarded = {member.name: member.guarded for member in profiles.members}
    with ceiling.at(budget.memory_bytes):
        profiles = profiles.held()
        origins = read_origins(profiles.members)
        weighed = _weighed_by(method, profiles, origins, released, progress, replicates, evidence)
        scores = score_with(profiles, origins, baseline=baseline, progress=progress)
        scores = with_date_notes(scores, profiles, released)
        read: dict[str, object] = {
            "versions": {"fastslop": __version__},
            "parameters": {
                "baseline": baseline,
                "method": method,
                "dates": released.texts if released else None,
                "families": given,
            },
            "guards": profiles.spec.guards,
            "guarded": guarded,
        }
        lists, found = build_lists(scores, profiles.members, Wanted()), None
        if again is not None:
            found = again.found(lists, scores, profiles, Wanted())
            lists = found.lists
        progress("writing the report", 0, 1, "parts")
        write_text(out, page_of(scores, weighed, found, lists, families=known, read=read, title=title), force=force)
    return (*scores.notes, *weighed.notes, *(found.notes if found else ()))


def page_of(
    scores: Scores,
    weighed: Weighed,
    texts: FromTexts | None,
    lists: Sequence[SlopList],
    *,
    families: Mapping[str, str] | None,
    read: Mapping[str, object],
    title: str | None = None,
    beside: OtherModels = NO_OTHERS,
) -> str:
    """The page of a report; ``read`` is what is known of what was read, ``beside`` are models beside the run's own."""
    data = report_data(
        scores,
        weighed.comparison,
        weighed.linkage,
        title=title,
        families=families,
        read=read,
        phrases=texts.phrases if texts else None,
        examples=texts.examples if texts else None,
        evidence=weighed.evidence,
        no_evidence=weighed.no_evidence,
        patterns=texts.patterns if texts else None,
        beside=beside,
        listed=_entries_shown(lists),
    )
    return report_html(data)


def _entries_shown(lists: Sequence[SlopList]) -> ShownList:
    """The entries of the pooled list, or of that of the only label, as `list.txt` has them."""
    one = min((one for one in lists if one.genre is None), key=lambda one: one.label is not None)
    return ShownList(one.label, [as_written(phrase) for phrase in one.surface_by_score["phrase"]])


def with_date_notes(scores: Scores, profiles: ProfileSet, released: ReleaseDates | None) -> Scores:
    """Scores with notes on labels that have no date of release, and on dates of others."""
    if released is None:
        return scores
    return replace(scores, notes=(*scores.notes, *released.notes([member.name for member in profiles.members])))


def _weighed_by(
    method: str,
    profiles: ProfileSet,
    origins: Origins,
    released: ReleaseDates | None,
    progress: Progress,
    replicates: int,
    with_evidence: bool,
) -> Weighed:
    if len(profiles) < 2:
        return Weighed()
    if method == DEFAULT_METHOD:
        return weigh(profiles, origins, released, progress, replicates=replicates, with_evidence=with_evidence)
    comparison = compare(profiles, method=method, progress=progress)
    return Weighed(comparison, (), f"it is weighed by the fingerprint {DEFAULT_METHOD!r}, not by {method!r}")
