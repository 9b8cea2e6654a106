"""Controls of a link of A to B: whether A's base, a sibling of A or a common teacher explains it.

A model is like whatever its base is like. So what speaks for a teacher is not that A is like B, but that A is more like
B than its base is, or than a sibling from before the suspicion.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from fastslop.evidence.links import NOT_SUPPORTED, SIGNIFICANCE, SUPPORTED, UNRESOLVED, Links, LinkVerdict, nearer_tests

BASE, SIBLING, COMMON_TEACHER = "base", "sibling", "common teacher"


@dataclass(frozen=True)
class Control:
    """What a third label says of the link of A to B.

    ``role``: the third is A's "base", a "sibling" of A, or, of all others, the likeliest "common teacher" of both.
    ``difference``: how much more alike A and B are than the third and B. ``p``: that it is not more, and
    ``p_reverse``: that it is not less, one-sided, the larger of two halves of the prompts (`links.nearer_tests`).
    """

    role: str
    label: str
    difference: float
    p: float
    p_reverse: float

    @property
    def finding(self) -> str:
        """Whether the third explains the likeness: "no", "yes" (it is nearer to B than A is) or "unresolved"."""
        if self.p <= SIGNIFICANCE:
            return "no"
        return "yes" if self.p_reverse <= SIGNIFICANCE else UNRESOLVED

    def to_dict(self) -> dict[str, Any]:
        """All fields, and the finding."""
        return asdict(self) | {"explains": self.finding}


def controls_of(labels: Sequence[str], links: Links, pair: tuple[int, int], kin: dict[str, int]) -> list[Control]:
    """The controls of A's link to B: of the ``kin`` of A, by role, and of the likeliest common teacher."""
    teacher = likeliest_teacher(links, pair, kin.values())
    thirds = kin if teacher is None else kin | {COMMON_TEACHER: teacher}
    found = []
    for role, third in thirds.items():
        a, b = pair
        difference, p = nearer_tests(links, b, a, [third])
        reverse = float((1 - p).max())
        found.append(Control(role, labels[third], float(difference[0]), float(p.max()), reverse))
    return found


def likeliest_teacher(links: Links, pair: tuple[int, int], kin: Iterable[int]) -> int | None:
    """The label to which the less near of A and B is nearest; None if there is none besides A's kin."""
    thirds = [i for i in range(len(links.whole)) if i not in (*pair, *kin)]
    if not thirds:
        return None
    return thirds[int(links.whole[np.ix_(pair, thirds)].min(axis=0).argmax())]


def with_controls(verdict: LinkVerdict, a: str, b: str, controls: Sequence[Control]) -> LinkVerdict:
    """The verdict on a link, which is supported, to B or to a group, only where no kin of A explains it.

    The common teacher is a rival of B already, and only shown.
    """
    of_kin = [control for control in controls if control.role != COMMON_TEACHER]
    if not of_kin or (verdict.verdict != SUPPORTED and not verdict.group):
        return verdict
    for control in of_kin:
        name = f"{control.label}, its {control.role},"
        if control.finding == "yes":
            return replace(verdict, verdict=NOT_SUPPORTED, reason=f"{name} is nearer to {b} than {a} is", group=())
        if control.finding == UNRESOLVED:
            reason = f"prompts do not settle whether {a} is nearer to {b} than {name} is"
            return replace(verdict, verdict=UNRESOLVED, reason=reason, group=())
    names = " and ".join(f"its {control.role} {control.label}" for control in of_kin)
    return replace(verdict, reason=f"{verdict.reason}; and it is nearer to {b} than {names} explains")
