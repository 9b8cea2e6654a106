"""The evidence of pairs as the report shows it: sentences and tables of plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastslop.evidence.explain import Explanation

RIVALS = 5
"""Most rivals that the report shows of a pair."""
ECHO = ("echo_a", "echo_b")


def pair_evidence(found: Explanation) -> dict[str, Any]:
    """A pair as ``{"a", "b", "verdict", "summary": [text], "tables": [{"title", "columns", "rows"}]}``."""
    a, b = found.a, found.b
    side = "above" if found.z > 0 else "below"
    summary = [
        f"{found.verdict.capitalize()}: {found.reason}.",
        f"Their likeness lies {abs(found.z):.1f} standard deviations {side} what two such models of this "
        "panel usually have "
        f"(p {found.p:.2g}; {found.p_all_pairs:.2g} if any pair might have been asked about).",
        *([f"By dates of release: {found.time_order.sentence}."] if found.time_order else []),
        f"This cannot show {'; nor '.join(found.cannot_show)}.",
    ]
    return {
        "a": a,
        "b": b,
        "verdict": found.verdict,
        "summary": summary,
        "tables": [_shared(a, b, found.shared), _rivals(a, b, found.rivals[:RIVALS]), _controls(a, b, found.controls)],
    }


def _shared(a: str, b: str, features: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
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
    title = f"What carries the likeness of {a} (first) to {b} (second)"
    return {"title": title, "columns": columns, "rows": rows}


def _rivals(a: str, b: str, rivals: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [[row["label"], round(row["difference"], 3), float(f"{row['p']:.2g}")] for row in rivals]
    title = f"Rivals of {b}: how much more similar {a} is to it, p adjusted over all rivals"
    return {"title": title, "columns": ["Rival", "Difference", "p"], "rows": rows}


def _controls(a: str, b: str, controls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [[c["label"], c["role"], round(c["difference"], 3), float(f"{c['p']:.2g}"), c["explains"]] for c in controls]
    title = f"Does a third explain it? How much more alike {a} and {b} are than it and {b}"
    return {"title": title, "columns": ["Third", "As", "Difference", "p", "Explains it"], "rows": rows}
