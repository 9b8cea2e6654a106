"""Verdicts in plain words, as the report shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastslop.base.wording import listed, p_value
from fastslop.evidence.explain import Explanation
from fastslop.evidence.links import SIGNIFICANCE, SUPPORTED

NOT_WEIGHED: dict[str, Any] = {"verdict": None, "group": [], "words": None}
"""What is said of a model whose nearest was not weighed."""


def with_verdicts(models: Sequence[dict[str, Any]], evidence: Sequence[Explanation]) -> list[dict[str, Any]]:
    """Models, each with a ``label``, and with the verdict on its nearest.

    ``verdict`` is None where the nearest was not weighed; ``group`` is the group that the link is supported to, if it
    is not to the nearest alone; ``words`` is a sentence that says so.
    """
    found = {one.a: {"verdict": one.verdict, "group": list(one.group), "words": _sentence(one)} for one in evidence}
    return [model | found.get(model["label"], NOT_WEIGHED) for model in models]


def _sentence(found: Explanation) -> str:
    if found.group:
        return (
            f"The nearest of {found.a} is one of a group ({listed(found.group)}): these are like each other and nearer "
            "to it than every other model, but the prompts do not settle which of them is the nearest."
        )
    return capitalised(found.reason, (found.a, found.b))


def capitalised(reason: str, names: Sequence[str]) -> str:
    """A reason as a sentence; a model's name at its head stays as it is written."""
    head = reason[:1] if reason.startswith(tuple(names)) else reason[:1].upper()
    return f"{head}{reason[1:]}."


def p_value_sentences(found: Explanation) -> list[str]:
    """How unusual a likeness is, and where its p-values seem to contradict the verdict, why they do not."""
    side = "above" if found.z > 0 else "below"
    sentences = [
        f"Their likeness lies {abs(found.z):.1f} standard deviations {side} what two such models of this panel usually "
        f"have (p {p_value(found.p)}; {p_value(found.p_all_pairs)} if any pair might have been asked about)."
    ]
    if explained := _apparent_contradiction(found):
        sentences.append(explained)
    return sentences


def _apparent_contradiction(found: Explanation) -> str | None:
    if found.verdict == SUPPORTED and found.p_all_pairs > SIGNIFICANCE:
        return (
            "The verdict asks about this pair only, for which the first p-value counts. Somebody who had searched all "
            "pairs for the most alike would have met such a likeness by chance, as the second one says."
        )
    if found.verdict != SUPPORTED and found.z > 0 and found.p <= SIGNIFICANCE:
        return (
            "A small p-value says that the two are more alike than usual. It does not say that no other model is as "
            "near, and that is what the verdict asks."
        )
    return None
