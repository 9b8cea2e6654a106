"""The evidence of pairs as the report shows it: sentences and tables of plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastslop.evidence.explain import Explanation
from fastslop.report.verdicts import capitalised, p_value_sentences

RIVALS = 5
"""Most rivals that the report shows of a pair."""
FEATURES_OF_A_GROUP = 5
"""Most features that the report shows of each group of features that carries a likeness."""
ECHO = ("echo_a", "echo_b")
TITLES = {
    "typography": "Typography: marks, line breaks, numbers, and what stands beside them",
    "words": "Words: one by one",
    "phrases": "Phrases: words beside each other",
}


def pair_evidence(found: Explanation) -> dict[str, Any]:
    """A pair as ``{"a", "b", "verdict", "group", "summary": [text], "cannot_show": [text], "groups", "tables"}``.

    ``groups`` are of ``{"name", "title", "share", "columns", "rows"}``, with the share in % of what carries the
    likeness, and ``tables`` of ``{"title", "columns", "rows"}``.
    """
    a, b = found.a, found.b
    summary = [
        *p_value_sentences(found),
        *([f"By dates of release: {found.time_order.sentence}."] if found.time_order else []),
    ]
    return {
        "a": a,
        "b": b,
        "verdict": found.verdict,
        "group": list(found.group),
        "reason": capitalised(found.reason, (a, b)),
        "summary": summary,
        "cannot_show": list(found.cannot_show),
        "groups": [_group(group) for group in found.groups],
        "tables": [_rivals(a, b, found.rivals[:RIVALS]), _controls(a, b, found.controls)],
    }


def _group(group: Mapping[str, Any]) -> dict[str, Any]:
    features = group["features"][:FEATURES_OF_A_GROUP]
    table = _shared(features)
    return {
        "name": group["name"],
        "title": TITLES[group["name"]],
        "share": round(100 * group["share"], 1),
        **table,
    }


def _shared(features: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    columns = ["Feature", "Share in %"] + [
        f"{name}, {which}" for name in ("Count", "Prompts", "Times the mean") for which in ("first", "second")
    ]
    has_echo = any(row[name] is not None for row in features for name in ECHO)
    columns += [f"Echo in %, {which}" for which in ("first", "second") if has_echo]
    has_names = any(row["is_name"] for row in features)
    columns += ["Name"] if has_names else []
    rows = [
        [
            row["feature"],
            round(100 * row["share"], 2),
            *(row[name] for name in ("n_a", "n_b", "n_prompts_a", "n_prompts_b")),
            *(float(f"{row[name]:.3g}") for name in ("ratio_a", "ratio_b")),
            *(None if row[name] is None else round(100 * row[name]) for name in ECHO if has_echo),
            *(["name" if row["is_name"] else ""] if has_names else []),
        ]
        for row in features
    ]
    return {"columns": columns, "rows": rows}


def _rivals(a: str, b: str, rivals: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [[row["label"], round(row["difference"], 3), float(f"{row['p']:.2g}")] for row in rivals]
    title = f"Rivals of {b}: how much more alike {a} is to it than to them"
    return {"title": title, "columns": ["Rival", "Difference", "p, over all rivals"], "rows": rows}


def _controls(a: str, b: str, controls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [[c["label"], c["role"], round(c["difference"], 3), float(f"{c['p']:.2g}"), c["explains"]] for c in controls]
    title = f"Does a third explain it? How much more alike {a} and {b} are than it and {b}"
    return {"title": title, "columns": ["Third", "As", "Difference", "p", "Explains it"], "rows": rows}
