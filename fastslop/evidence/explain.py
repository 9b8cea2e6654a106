"""The evidence for a link between two labels: what carries it, whether others could as well, and what it exceeds.

Being the nearest says little: every label has a nearest. A link is supported if B is nearer to A than every rival, on
prompts that did not choose it, and nearer than two labels of the panel usually are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from fastslop.base.defaults import EXPLAIN_REPLICATES, JSON_FORMAT
from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.wording import meant
from fastslop.comparing.compare import Comparison, compare_counts
from fastslop.comparing.prompt_counts import PromptCounts, read_prompt_counts
from fastslop.evidence.carriers import Carriers
from fastslop.evidence.controls import BASE, SIBLING, controls_of, with_controls
from fastslop.evidence.dates import Dates, ReleaseDates, TimeOrder
from fastslop.evidence.links import Links, judge_link, said_verdict, weigh_links
from fastslop.evidence.patterson import patterson
from fastslop.profiles.origins import Origins, read_origins
from fastslop.profiles.profile_set import ProfileSet
from fastslop.system.progress import Progress, silent
from fastslop.system.threads import map_bounded, n_cores

MIN_LABELS = 5
"""Fewest labels of which it can be said what is usual."""
TOO_FEW = f"to say what is usual takes {MIN_LABELS} models at least, there are {{}}: count more"
MAX_EXPLAINED = 250
"""Most pairs explained in one run; each adds about 1 kB to the report."""

CANNOT_SHOW = (
    "which of the two learnt from the other, or whether both learnt from a third",
    "a source that is not among these models",
)
NO_CONTROL = (
    "what {a} has from its own base: for that the model it was tuned from, or a sibling of it from before, must be "
    "among these models and be named (--base, --sibling)"
)


@dataclass(frozen=True)
class Explanation:
    """
    The verdict on a link between two labels, and the evidence for it.

    ``evidence``: the row of ``Comparison.neighbours``. ``shared`` and ``separating``: features with their counts, rates
    over the panel's mean, share of what both overuse or of the squared distance, and prompts of each; ``echo_a`` and
    ``echo_b``, the share of occurrences in answers to prompts that hold the feature, and ``is_name``, whether it holds
    a proper name, are None where that is not known. ``groups``: ``shared`` by kind of feature, each group with its
    ``name``, ``share`` and ``features`` (see ``carriers.GROUPS``). ``controls``: what A's base and sibling, and the
    likeliest common teacher, say of the link (`controls.Control`). ``sources``: Patterson's D of each source against
    the sibling, or else the base. ``verdict`` is "supported", "not supported" or "unresolved", for this ``reason``; the
    rest is as in `LinkVerdict`. ``time_order`` (see ``dates.TimeOrder``) and ``date_notes``: what dates of release say,
    if there are any.
    """

    a: str
    b: str
    evidence: dict[str, Any]
    shared: list[dict[str, Any]]
    separating: list[dict[str, Any]]
    base: str | None
    sibling: str | None
    controls: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    cannot_show: tuple[str, ...]
    verdict: str
    reason: str
    z: float
    p: float
    p_all_pairs: float
    rivals: list[dict[str, Any]]
    group: tuple[str, ...]
    groups: list[dict[str, Any]] = field(default_factory=list)
    time_order: TimeOrder | None = None
    date_notes: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """The verdict as it is said: see ``links.said_verdict``."""
        return said_verdict(self.verdict, self.group)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what the evidence cannot show, and on dates that are missing."""
        return (f"this cannot show {'; nor '.join(self.cannot_show)}", *self.date_notes)

    def to_dict(self) -> dict[str, Any]:
        """The shape of ``explain --json``."""
        return {"format": JSON_FORMAT, **asdict(self)}


@dataclass(frozen=True)
class _Evidence:
    """What the links of all pairs are weighed by; ``released`` are dates of release, if they are known."""

    labels: Sequence[str]
    links: Links
    carriers: Carriers
    released: ReleaseDates | None

    @staticmethod
    def of(
        counts: PromptCounts, origins: Origins, released: ReleaseDates | None, seed: int, progress: Progress
    ) -> _Evidence:
        links = weigh_links(counts, seed, progress)
        return _Evidence(counts.labels, links, Carriers.of(counts, origins, links.by_prompt), released)

    def of_pair(
        self,
        a: str,
        b: str,
        evidence: dict[str, Any],
        top: int,
        kin: Mapping[str, str],
        sources: Sequence[dict[str, Any]] = (),
    ) -> Explanation:
        """The explanation of a pair: parameters are fields of it, ``kin`` those of A by their role."""
        places = {label: i for i, label in enumerate(self.labels)}
        pair, of_kin = (places[a], places[b]), {role: places[name] for role, name in kin.items()}
        controls = controls_of(self.labels, self.links, pair, of_kin)
        carriers = self.carriers.of_pair(*pair, top)
        verdict = with_controls(judge_link(self.labels, self.links, *pair, [*of_kin.values()]), a, b, controls)
        return Explanation(
            a,
            b,
            evidence,
            carriers.shared,
            carriers.separating,
            kin.get(BASE),
            kin.get(SIBLING),
            [control.to_dict() for control in controls],
            list(sources),
            CANNOT_SHOW if kin else (*CANNOT_SHOW, NO_CONTROL.format(a=a)),
            **vars(verdict),
            groups=[group._asdict() for group in carriers.groups],
            time_order=None if self.released is None else self.released.order(a, b),
        )


def explain(
    profiles: ProfileSet,
    a: str,
    b: str,
    *,
    base: str | None = None,
    sibling: str | None = None,
    dates: Dates | None = None,
    top: int = 20,
    replicates: int = EXPLAIN_REPLICATES,
    seed: int = 0,
    progress: Progress = silent,
) -> Explanation:
    """
    Weigh the evidence for a link of one label to another: supported, not supported, or unresolved.

    Parameters
    ----------
    profiles
        Five labels at least, with eighty prompts at least.
    a, b
        The label, and the one it may have learnt from.
    base
        The label that ``a`` was tuned from: the link must exceed what ``a`` has from it.
    sibling
        A label like ``a`` that predates the suspicion: likewise.
    dates
        Dates of release, which say who can have learnt from whom: a CSV of ``label,date``, or a dict of them. A date is
        a day (2024-11-05) or a month (2024-11).
    top
        Features to show that carry the likeness, and that separate the two.
    replicates
        How often prompts are drawn anew, for support and intervals.
    seed
        Seed of the random draws.
    progress
        Is told how far each step is.

    Raises
    ------
    UsageError
        If a label is not among them.
    BadInputError
        If there are too few labels or prompts to test with, or dates are malformed.

    Examples
    --------
    >>> import fastslop as fs
    >>> found = fs.explain(fs.open_profiles("out"), "kimi-k2", "kimi-k2-0905")  # doctest: +SKIP
    >>> found.verdict  # doctest: +SKIP
    'supported'
    """
    members = profiles.members
    names = [member.name for member in members]
    kin = {role: name for role, name in ((BASE, base), (SIBLING, sibling)) if name is not None}
    check_names(names, [a, b, *kin.values()])
    if len(names) < MIN_LABELS:
        raise BadInputError(TOO_FEW.format(len(names)))
    released = None if dates is None else ReleaseDates.of(dates)
    counts = read_prompt_counts(members, progress=progress)
    comparison = compare_counts(counts, replicates=replicates, seed=seed, progress=progress)
    (row,) = comparison.neighbours.filter(label=a, neighbour=b).drop("label", "neighbour").to_dicts()
    evidence = _Evidence.of(counts, read_origins(members), released, seed, progress)
    before = kin.get(SIBLING, kin.get(BASE))
    sources = [] if before is None else patterson(counts, names.index(before), names.index(a), seed)
    found = evidence.of_pair(a, b, row, top, kin, sources)
    return found if released is None else replace(found, date_notes=released.notes(names))


def check_names(names: Sequence[str], asked: Sequence[str]) -> None:
    """Raise UsageError where a name is unknown or asked for twice."""
    for name in asked:
        if name not in names:
            raise UsageError(f"there is no profile of {name!r} among these; {meant(name, names)}")
        if asked.count(name) > 1:
            raise UsageError(f"{name!r} is named twice; the models to explain must be different ones")


def explain_nearest(
    counts: PromptCounts,
    comparison: Comparison,
    origins: Origins,
    *,
    top: int,
    released: ReleaseDates | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> list[Explanation]:
    """The evidence for the link of each label to its nearest, in the order of labels.

    If there are more than ``MAX_EXPLAINED`` labels, only those that are nearest to their nearest are explained.

    Raises
    ------
    BadInputError
        If there are too few labels or prompts to test with.
    """
    if len(counts.labels) < MIN_LABELS:
        raise BadInputError(TOO_FEW.format(len(counts.labels)))
    evidence = _Evidence.of(counts, origins, released, seed, progress)
    first = comparison.neighbours.filter(rank=1).sort("distance", "label").head(MAX_EXPLAINED).sort("label")

    def explained(row: dict[str, Any]) -> Explanation:
        return evidence.of_pair(row.pop("label"), row.pop("neighbour"), row, top, {})

    return list(map_bounded(explained, first.to_dicts(), n_cores()))
