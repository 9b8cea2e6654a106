"""The labels that are nearest to one, and what its link to each is worth: where to look before a pair is weighed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fastslop.base.defaults import EXPLAIN_REPLICATES, JSON_FORMAT
from fastslop.base.errors import BadInputError
from fastslop.comparing.compare import compare_counts
from fastslop.comparing.prompt_counts import PromptCounts, read_prompt_counts
from fastslop.evidence.explain import MIN_LABELS, TOO_FEW, check_names
from fastslop.evidence.links import LinkVerdict, judge_link, weigh_links
from fastslop.profiles.profile_set import ProfileSet
from fastslop.system.progress import Progress, silent


@dataclass(frozen=True)
class Neighbours:
    """
    The labels nearest to a label, the nearest first.

    ``neighbours``: of each the row of ``Comparison.neighbours`` without ``label``, and the ``verdict`` on the link to
    it, its ``reason``, ``z``, ``p`` and ``p_all_pairs``, as in `Explanation`; these five are None where there are too
    few labels or prompts to test with, which ``no_verdicts`` says.
    """

    a: str
    neighbours: list[dict[str, Any]]
    n_labels: int
    no_verdicts: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The shape of ``explain --json`` of one label."""
        return {"format": JSON_FORMAT, **asdict(self)}


def explain_neighbours(
    profiles: ProfileSet,
    a: str,
    *,
    top: int = 10,
    replicates: int = EXPLAIN_REPLICATES,
    seed: int = 0,
    progress: Progress = silent,
) -> Neighbours:
    """
    Say which labels are nearest to one, and of each whether a link to it is supported.

    Parameters
    ----------
    profiles
        Two labels at least; verdicts take five labels with eighty prompts.
    a
        The label.
    top
        How many neighbours to name.
    replicates, seed, progress
        As for `explain`.

    Raises
    ------
    UsageError
        If the label is not among them.
    BadInputError
        If there is no other label.

    Examples
    --------
    >>> import fastslop as fs
    >>> found = fs.explain_neighbours(fs.open_profiles("out"), "kimi-k2")  # doctest: +SKIP
    >>> found.neighbours[0]["neighbour"], found.neighbours[0]["verdict"]  # doctest: +SKIP
    ('kimi-k2-0905', 'supported')
    """
    names = [member.name for member in profiles.members]
    check_names(names, [a])
    if len(names) < 2:
        raise BadInputError(f"{a!r} is the only model among these; neighbours take another one")
    counts = read_prompt_counts(profiles.members, progress=progress)
    comparison = compare_counts(counts, replicates=replicates, seed=seed, progress=progress)
    rows = comparison.neighbours.filter(label=a).head(top).drop("label").to_dicts()
    try:
        verdicts = _verdicts(counts, a, [row["neighbour"] for row in rows], seed, progress)
        why = None
    except BadInputError as error:
        verdicts, why = dict.fromkeys((row["neighbour"] for row in rows), None), str(error)
    return Neighbours(a, [row | _worth(verdicts[row["neighbour"]]) for row in rows], len(names), why)


def _verdicts(
    counts: PromptCounts, a: str, others: Sequence[str], seed: int, progress: Progress
) -> dict[str, LinkVerdict | None]:
    """The verdict on the link to each of these labels."""
    if len(counts.labels) < MIN_LABELS:
        raise BadInputError(TOO_FEW.format(len(counts.labels)))
    links, places = weigh_links(counts, seed, progress), {label: i for i, label in enumerate(counts.labels)}
    return {b: judge_link(counts.labels, links, places[a], places[b]) for b in others}


def _worth(found: LinkVerdict | None) -> dict[str, Any]:
    """What a row says of the link."""
    tests = {name: getattr(found, name, None) for name in ("reason", "z", "p", "p_all_pairs")}
    return {"verdict": None if found is None else found.said} | tests
