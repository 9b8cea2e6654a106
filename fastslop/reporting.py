"""Scores, distances and tree to the data of the report: plain values, a few megabytes at most, nothing drawn yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from fastslop import __version__
from fastslop.comparing import Comparison
from fastslop.families import GREY, PALETTE, guess_families
from fastslop.keyness import MAX_Q
from fastslop.outputs import FORMAT, ranked_top
from fastslop.scene import ON_DARK
from fastslop.scoring import Scores
from fastslop.tree import Tree, to_newick

MAX_FEATURES = 40_000
"""Features in a report, over all models: about three megabytes."""
MOST_OF_A_TABLE, LEAST_OF_A_TABLE = 100, 15
NEIGHBOURS_KEPT = 10
"""Neighbours of a model whose support and interval a report keeps; it has all distances."""

TITLES = {
    "word 1": "Words",
    "word 2": "Bigrams",
    "word 3": "Trigrams",
    "content 2": "Content bigrams",
    "content 3": "Content trigrams",
    "mark 1": "Marks",
    "mark 2": "Pairs with marks",
    "phrase": "Phrases",
}
_COLUMNS = ("feature", "n", "n_winsorised", "n_docs", "n_prompts", "rate_per_million", "baseline_per_million")
_EFFECTS = ("log_ratio", "log_ratio_low", "log_ratio_high", "q_value")
_UNCERTAIN = ("support", "floor", "low", "high")

Rows = Sequence[Mapping[str, Any]]


def report_data(
    scores: Scores,
    comparison: Comparison | None,
    tree: Tree | None,
    *,
    title: str | None = None,
    read: Mapping[str, Any] | None = None,
    phrases: Mapping[str, Rows] | None = None,
    examples: Mapping[str, Mapping[str, str]] | None = None,
    evidence: Rows = (),
    human: Mapping[str, Any] | None = None,
    patterns: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """What the page shows, as values that JSON can hold.

    Parameters
    ----------
    comparison, tree : both None for a single label
    read : what was read and skipped: the manifest of a run, or what profiles know of it
    phrases : by label, rows of longer phrases; their fields are those of the features, as many as are known
    examples : by label and feature, a passage that holds it
    evidence : of pairs, ``{"a", "b", "summary": [text], "tables": [{"title", "columns", "rows"}]}``
    patterns : rates of contrasts by label, as of ``pattern_rates.pattern_rates``
    human : the slop score of human writing, ``{"name", "slop_score"}`` with ``low`` and ``high`` where known
    """
    profiles = _profiles(scores)
    for label, rows in (phrases or {}).items():
        profiles[label]["phrase"] = {name: [row[name] for row in rows] for name in (rows[0] if rows else {})}
    keys = {key for tables in profiles.values() for key in tables}
    models = _models(scores)
    return {
        "format": FORMAT,
        "version": __version__,
        "title": title,
        "models": models,
        "baselines": _baselines(scores),
        "tables": [{"key": key, "title": name} for key, name in _titles(keys).items()],
        "profiles": [profiles[model["label"]] for model in models],
        "comparison": None if comparison is None else _comparison(comparison),
        "tree": None if tree is None else _tree(tree, [model["label"] for model in models]),
        "colours": {"grey": [GREY, ON_DARK[GREY]], "palette": [[colour, ON_DARK[colour]] for colour in PALETTE]},
        "human": human,
        "patterns": None if patterns is None else patterns.to_dicts(),
        "examples": [dict((examples or {}).get(model["label"], {})) for model in models],
        "evidence": list(evidence),
        "read": read,
        "notes": [*scores.notes, *(comparison.notes if comparison else ())],
    }


def _models(scores: Scores) -> list[dict[str, Any]]:
    families = guess_families(scores.labels["label"])
    return [row | {"family": families[row["label"]]} for row in scores.labels.to_dicts()]


def _profiles(scores: Scores) -> dict[str, dict[str, dict[str, list[Any]]]]:
    """By label and table, the columns of its most over-represented features."""
    labels = scores.labels["label"].to_list()
    surely = (pl.col("q_value") <= MAX_Q) & (pl.col("log_ratio_low") > 0)
    over = scores.features.filter(surely)
    n_tables = max(over.select("kind", "order").n_unique(), 1)
    top = min(max(MAX_FEATURES // (len(labels) * n_tables), LEAST_OF_A_TABLE), MOST_OF_A_TABLE)
    shown = ranked_top(over, top).select("label", "kind", "order", *_COLUMNS, *_EFFECTS)
    shown = shown.with_columns(
        pl.col("rate_per_million", "baseline_per_million", "q_value").round_sig_figs(3),
        pl.col("log_ratio", "log_ratio_low", "log_ratio_high").round(2),
    )
    profiles: dict[str, dict[str, dict[str, list[Any]]]] = {label: {} for label in labels}
    for (label, kind, order), table in shown.group_by("label", "kind", "order", maintain_order=True):
        columns = table.select(*_COLUMNS, *_EFFECTS).to_dict(as_series=False)
        profiles[str(label)][f"{kind} {order}"] = columns
    return profiles


def _baselines(scores: Scores) -> dict[str, str]:
    """What each table was measured against."""
    pairs = scores.features.select("kind", "order", "baseline").unique().sort("kind", "order")
    return {f"{kind} {order}": baseline for kind, order, baseline in pairs.iter_rows()}


def _titles(keys: set[str]) -> dict[str, str]:
    """The tables that are there, in the order in which the page shows them."""
    known = {key: title for key, title in TITLES.items() if key in keys}
    return known | {key: f"{key} n-grams" for key in sorted(keys - known.keys())}


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "method": comparison.method,
        "metric": comparison.metric,
        "caption": comparison.caption,
        "distances": [round(distance, 4) for distance in comparison.condensed.tolist()],
        "neighbours": _uncertain(comparison),
    }


def _uncertain(comparison: Comparison) -> list[dict[str, Any]]:
    """Support, floor and interval of the nearest neighbours, where they were computed."""
    neighbours = comparison.neighbours
    known = [name for name in _UNCERTAIN if name in neighbours.columns]
    if not known:
        return []
    index = {label: i for i, label in enumerate(comparison.labels)}
    near = neighbours.filter(pl.col("rank") <= NEIGHBOURS_KEPT).select("label", "neighbour", *known)
    return [row | {name: index[row[name]] for name in ("label", "neighbour")} for row in near.to_dicts()]


def _tree(tree: Tree, labels: Sequence[str]) -> dict[str, Any]:
    """The tree over the positions of ``labels``: children and joining distance of each inner node."""
    place = {label: i for i, label in enumerate(labels)}
    n_leaves = len(labels)

    def node(number: float) -> int:
        return place[tree.labels[int(number)]] if number < n_leaves else int(number)

    return {
        "children": [[node(left), node(right)] for left, right in tree.linkage[:, :2].tolist()],
        "distances": [float(f"{distance:.6g}") for distance in tree.linkage[:, 2].tolist()],
        "support": None if tree.support is None else list(tree.support),
        "method": tree.method,
        "metric": tree.metric,
        "newick": to_newick(tree),
    }
