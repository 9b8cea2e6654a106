"""Profiles to the report, one page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

from fastslop import __version__
from fastslop.base.defaults import DEFAULT_BASELINE, DEFAULT_METHOD, REPLICATES
from fastslop.base.errors import BadInputError, UsageError
from fastslop.comparing.compare import Comparison, compare, compare_counts
from fastslop.comparing.prompt_counts import read_prompt_counts
from fastslop.evidence.dates import Dates, ReleaseDates
from fastslop.evidence.explain import Explanation, explain_nearest
from fastslop.evidence.links import said_verdict
from fastslop.profiles.origins import read_origins
from fastslop.profiles.profile_set import ProfileSet
from fastslop.report.data import report_data
from fastslop.report.page import report_html
from fastslop.scoring.score import Scores, score
from fastslop.system.atomic import refuse_to_overwrite, write_text
from fastslop.system.progress import Progress, silent
from fastslop.trees.build import comparison_linkage
from fastslop.trees.linkage import Linkage

EVIDENT = 8
"""Most features that the report shows as evidence of a pair."""


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
        return {found.a: said_verdict(found.verdict, found.group) for found in self.evidence}


def weigh(profiles: ProfileSet, released: ReleaseDates | None = None, progress: Progress = silent) -> Weighed:
    """Compare labels, two at least, by the default method, and gather the evidence."""
    counts = read_prompt_counts(profiles.members, progress=progress)
    comparison = compare_counts(counts, replicates=REPLICATES, progress=progress)
    try:
        origins = read_origins(profiles.members)
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
        If ``path`` does not end in .html, or is already there.
    BadInputError
        If the baseline cannot be used, or dates are malformed.

    Examples
    --------
    >>> import fastslop as fs
    >>> notes = fs.write_report(fs.open_profiles("out"), "report.html")  # doctest: +SKIP
    """
    out = Path(path)
    if out.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{out}: a report is written as .html")
    refuse_to_overwrite(out, force=force)
    released = None if dates is None else ReleaseDates.of(dates)
    weighed = _weighed_by(method, profiles, released, progress)
    scores = with_date_notes(score(profiles, baseline=baseline, progress=progress), profiles, released)
    read: dict[str, object] = {
        "versions": {"fastslop": __version__},
        "parameters": {"baseline": baseline, "method": method, "dates": released.texts if released else None},
        "guards": profiles.spec.guards,
        "guarded": {member.name: member.guarded for member in profiles.members},
    }
    data = report_data(
        scores,
        weighed.comparison,
        weighed.linkage,
        title=title,
        read=read,
        evidence=weighed.evidence,
        no_evidence=weighed.no_evidence,
    )
    write_text(out, report_html(data), force=force)
    return tuple(data["notes"])


def with_date_notes(scores: Scores, profiles: ProfileSet, released: ReleaseDates | None) -> Scores:
    """Scores with notes on labels that have no date of release, and on dates of others."""
    if released is None:
        return scores
    return replace(scores, notes=(*scores.notes, *released.notes([member.name for member in profiles.members])))


def _weighed_by(method: str, profiles: ProfileSet, released: ReleaseDates | None, progress: Progress) -> Weighed:
    if len(profiles) < 2:
        return Weighed()
    if method == DEFAULT_METHOD:
        return weigh(profiles, released, progress)
    comparison = compare(profiles, method=method, progress=progress)
    return Weighed(comparison, (), f"it is weighed by the fingerprint {DEFAULT_METHOD!r}, not by {method!r}")
