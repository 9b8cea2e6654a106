"""The evidence for a link between two labels: what carries it, whether others could as well, and what it exceeds.

Being the nearest says little: every label has a nearest. A link is supported if B is nearer to A than every rival, on
prompts that did not choose it, and nearer than two labels of the panel usually are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fastslop.base.defaults import EXPLAIN_REPLICATES, JSON_FORMAT
from fastslop.base.errors import BadInputError, UsageError
from fastslop.comparing.compare import Comparison, compare_counts
from fastslop.comparing.prompt_counts import PromptCounts, read_prompt_counts
from fastslop.evidence.carriers import Carriers
from fastslop.evidence.links import LinkVerdict, judge_link, weigh_links
from fastslop.evidence.patterson import patterson
from fastslop.profiles.origins import Origins, read_origins
from fastslop.profiles.profile_set import ProfileSet
from fastslop.system.progress import Progress, silent
from fastslop.system.threads import map_bounded, n_cores

MIN_LABELS = 5
"""Fewest labels of which it can be said what is usual."""
TOO_FEW = f"to say what is usual takes {MIN_LABELS} models at least, there are {{}}"
MAX_EXPLAINED = 250
"""Most pairs explained in one run; each adds about 1 kB to the report."""

CANNOT_SHOW = (
    "which of the two learnt from the other, or whether both learnt from a third",
    "a source that is not among these models",
)


@dataclass(frozen=True)
class Explanation:
    """
    The verdict on a link between two labels, and the evidence for it.

    ``evidence``: the row of ``Comparison.neighbours``. ``shared`` and ``separating``: features with their counts, rates
    over the panel's mean, share of the similarity or of the squared distance, and prompts of each; ``echo_a`` and
    ``echo_b``, the share of occurrences in answers to prompts that hold the feature, and ``is_name``, whether it holds
    a proper name, are None where that is not known. ``sources``:
    Patterson's D of each source. ``verdict`` is "supported", "not supported" or "unresolved", for this ``reason``; the
    rest is as in `LinkVerdict`.
    """

    a: str
    b: str
    evidence: dict[str, Any]
    shared: list[dict[str, Any]]
    separating: list[dict[str, Any]]
    sibling: str | None
    sources: list[dict[str, Any]]
    cannot_show: tuple[str, ...]
    verdict: str
    reason: str
    z: float
    p: float
    p_all_pairs: float
    rivals: list[dict[str, Any]]

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence on what the evidence cannot show."""
        return (f"this cannot show {'; nor '.join(self.cannot_show)}",)

    def to_dict(self) -> dict[str, Any]:
        """The shape of ``explain --json``."""
        return {"format": JSON_FORMAT, **asdict(self)}


def _explanation(
    a: str,
    b: str,
    evidence: dict[str, Any],
    carriers: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    verdict: LinkVerdict,
    sibling: str | None = None,
    sources: Sequence[dict[str, Any]] = (),
) -> Explanation:
    """Parts put together: parameters are fields of `Explanation`, ``carriers`` are ``shared`` and ``separating``."""
    return Explanation(a, b, evidence, *carriers, sibling, list(sources), CANNOT_SHOW, **vars(verdict))


def explain(
    profiles: ProfileSet,
    a: str,
    b: str,
    *,
    sibling: str | None = None,
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
    sibling
        A label like ``a`` that predates the suspicion: for Patterson's D.
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
        If there are too few labels or prompts to test with.

    Examples
    --------
    >>> import fastslop as fs
    >>> found = fs.explain(fs.open_profiles("out"), "kimi-k2", "kimi-k2-0905")  # doctest: +SKIP
    >>> found.verdict  # doctest: +SKIP
    'supported'
    """
    members = profiles.members
    names = [member.name for member in members]
    for name in (a, b, *([sibling] if sibling else [])):
        if name not in names:
            raise UsageError(f"there is no profile of {name!r} among these; there are {', '.join(names)}")
    if len({a, b, sibling}) < 3:
        raise UsageError("the models to explain must be different ones")
    if len(members) < MIN_LABELS:
        raise BadInputError(TOO_FEW.format(len(members)))
    counts = read_prompt_counts(members, progress=progress)
    comparison = compare_counts(counts, replicates=replicates, seed=seed, progress=progress)
    (row,) = comparison.neighbours.filter(label=a, neighbour=b).drop("label", "neighbour").to_dicts()
    i, j = names.index(a), names.index(b)
    carriers = Carriers.of(counts, read_origins(members)).of_pair(i, j, top)
    verdict = judge_link(names, weigh_links(counts, seed, progress), i, j)
    sources = [] if sibling is None else patterson(counts, names.index(sibling), i, seed)
    return _explanation(a, b, row, carriers, verdict, sibling, sources)


def explain_nearest(
    counts: PromptCounts,
    comparison: Comparison,
    origins: Origins,
    *,
    top: int,
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
    links, carriers = weigh_links(counts, seed, progress), Carriers.of(counts, origins)
    first = comparison.neighbours.filter(rank=1).sort("distance", "label").head(MAX_EXPLAINED).sort("label")
    place = {label: i for i, label in enumerate(counts.labels)}

    def explained(row: dict[str, Any]) -> Explanation:
        a, b = row.pop("label"), row.pop("neighbour")
        verdict = judge_link(counts.labels, links, place[a], place[b])
        return _explanation(a, b, row, carriers.of_pair(place[a], place[b], top), verdict)

    return list(map_bounded(explained, first.to_dicts(), n_cores()))
