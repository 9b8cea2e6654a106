"""Made reports: hostile names, made-up numbers, and what is shown of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from fastslop.comparing.compare import Comparison
from fastslop.evidence.explain import CANNOT_SHOW, Explanation
from fastslop.report.data import features_to_quote, report_data
from fastslop.scoring.score import Scores
from fastslop.scoring.slop_score import HumanLevel
from fastslop.search.examples import Entry
from fastslop.search.quotes import Passage
from fastslop.trees.linkage import linkage_of

HOSTILE = [
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\"quoted\" & 'quoted' {{data}} ]]>",
    "مرحبا بالعالم",
    "reversed \u202e text",
    "<!-- <script>",
    "W" * 300,
    "comma, line\nfeed",
]


HUMAN = HumanLevel("<b>wordfreq</b>:en", 2.5, 2.0, 3.25, "The <i>words</i> were chosen.")


def some_scores(labels: list[str], n_features: int = 12) -> Scores:
    """Made-up numbers, with the labels themselves among the features."""
    rng = np.random.default_rng(0)
    totals = {"panel": "p", "n_docs": 300, "n_prompts": 300, "n_tokens": 9000, "n_words": 7000}
    levels = (rng.random(len(labels)) * 30).tolist()
    totals_of = [
        {"label": label, **totals, "slop_score": level, "slop_low": level - 1, "slop_high": level + 1}
        for label, level in zip(sorted(labels), levels, strict=True)
    ]
    kinds = ("word", "mark")
    frames = [_features(label, i, kind, n_features) for i, label in enumerate(sorted(labels)) for kind in kinds]
    return Scores("wordfreq:en", pl.concat(frames), pl.DataFrame(totals_of), ("a <b>note</b>",), HUMAN)


def some_examples(scores: Scores) -> dict[str, dict[Entry, Passage]]:
    """A passage of each feature that a report may quote, hostile on either side."""
    return {
        label: {
            (table, feature): Passage(f"{HOSTILE[i % len(HOSTILE)]} before ", feature, f" after {HOSTILE[0]}")
            for table, features in tables.items()
            for i, feature in enumerate(features)
        }
        for label, tables in features_to_quote(scores).items()
    }


def some_phrases(texts: list[str]) -> pl.DataFrame:
    n = len(texts)
    counts = pl.Series(range(n, 0, -1))
    return pl.DataFrame(
        {
            "phrase": texts,
            "score": [2.0] * n,
            "rate_per_million": [12.0] * n,
            "baseline_per_million": [1.5] * n,
            "n": counts * 10,
            "n_prompts": counts,
            "n_labels": [1] * n,
            "echo": [0.5] * n,
            "is_name": [False] * n,
        }
    )


def some_report(labels: list[str], *, n_features: int = 12, support: bool = True, **given: Any) -> dict[str, Any]:
    """Data of a report with made-up numbers and the labels themselves among the features."""
    rng = np.random.default_rng(0)
    labels = sorted(labels)
    n = len(labels)
    scores = some_scores(labels, n_features)
    if n == 1:
        return report_data(scores, None, None, **given)
    condensed = rng.random(n * (n - 1) // 2) + 0.2
    comparison = Comparison("fastslop", "cosine distance", tuple(labels), ("p",) * n, condensed, 1000)
    tree = linkage_of(labels, condensed, metric=comparison.metric)
    if support:
        tree = replace(tree, support=tuple(rng.random(n - 1)))
    return report_data(scores, comparison, tree, **given)


def _features(label: str, i: int, kind: str, n: int) -> pl.DataFrame:
    names = [f"shared-{kind}-{k}" for k in range(n - 2)] + [f"only of {i} {kind}", HOSTILE[i % len(HOSTILE)]]
    counts = np.arange(n, 0, -1) * 10 + i
    return pl.DataFrame(
        {
            "label": [label] * n,
            "kind": pl.Series([kind] * n, dtype=pl.Enum(["word", "content", "mark"])),
            "order": pl.Series([1] * n, dtype=pl.UInt8),
            "feature": names,
            "n": counts,
            "n_winsorised": counts // 3,
            "n_docs": counts // 2,
            "n_prompts": counts // 2,
            "rate_per_million": counts * 3.0,
            "baseline_per_million": [0.5] * n,
            "log_ratio": np.linspace(6, 1, n),
            "log_ratio_low": np.linspace(5, 0.5, n),
            "log_ratio_high": np.linspace(7, 2, n),
            "q_value": [0.001] * n,
            "baseline": ["wordfreq:en"] * n,
            "echo": np.linspace(0, 1, n),
            "is_name": [True] + [None] * (n - 1),
            "is_topic": pl.Series([None] * n, dtype=pl.Boolean),
        }
    )


def with_map(data: dict[str, Any]) -> dict[str, Any]:
    """The data with a made-up map and a word on how tree-like the distances are."""
    rng = np.random.default_rng(1)
    n = len(data["models"])
    places = {"x": rng.random(n).tolist(), "y": rng.random(n).tolist(), "stress": 0.25, "words": "A <b>made</b> map."}
    likeness = {"mean_delta": 0.2, "words": "They are <i>fairly</i> tree-like."}
    return data | {"map": places, "tree": data["tree"] | {"likeness": likeness}}


def names(n: int) -> list[str]:
    return [f"{['gpt', 'claude', 'gemma', 'qwen', 'llama'][i % 5]}-{i}b-instruct" for i in range(n)]


def some_explanation(
    a: str, b: str, verdict: str = "unresolved", *, group: tuple[str, ...] = (), p: float = 0.05, p_all: float = 1.0
) -> Explanation:
    feature = {"feature": HOSTILE[0], "kind": "word", "order": 1, "n_a": 12345, "n_b": 7, "share": 0.0123}
    feature |= {"n_prompts_a": 11, "n_prompts_b": 5, "ratio_a": 3.14159, "ratio_b": 12.5}
    feature |= {"echo_a": 0.25, "echo_b": None, "is_name": True}
    rivals = [{"label": HOSTILE[1], "difference": 0.25, "p": 1e-300}]
    return Explanation(
        a,
        b,
        evidence={},
        shared=[feature],
        separating=[feature],
        base=None,
        sibling=None,
        controls=[],
        sources=[],
        cannot_show=CANNOT_SHOW,
        verdict=verdict,
        reason=f"prompts do not settle it: {HOSTILE[1]}",
        z=1.64,
        p=p,
        p_all_pairs=p_all,
        rivals=rivals,
        group=group,
        groups=[
            {"name": "typography", "share": 0.25, "features": [feature]},
            {"name": "words", "share": 0.6, "features": [feature]},
            {"name": "phrases", "share": 0.15, "features": []},
        ],
    )
