"""Scores, distances and tree to the data of the report: plain values, a few megabytes at most, nothing drawn yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import polars as pl

from fastslop import __version__
from fastslop.base.defaults import JSON_FORMAT, MAX_Q
from fastslop.base.languages import NAMED
from fastslop.base.written import as_written
from fastslop.comparing.compare import Comparison
from fastslop.drawing.colours import GREY, ON_DARK, PALETTE
from fastslop.drawing.families import Families, families_of
from fastslop.evidence.explain import Explanation
from fastslop.report.pairs import pair_evidence
from fastslop.report.verdicts import with_verdicts
from fastslop.scoring.score import Scores, ranked_top
from fastslop.search.examples import PHRASES, Entry
from fastslop.search.quotes import Passage
from fastslop.trees.linkage import Linkage, to_newick

FEATURES_PER_PAGE = 40_000
"""Features in a report, over all models: about three megabytes."""
MOST_OF_A_TABLE, LEAST_OF_A_TABLE = 100, 15
"""Bounds of the features of each table of a model, whatever their total."""
MAX_EXAMPLES = 20_000
"""Quoted examples in a report, over all models: about two megabytes."""
QUOTED = (PHRASES, "word 1", "word 2", "word 3", "content 2", "content 3")
"""Tables whose features are quoted; a quoted mark shows little."""
NO_TEXTS = (
    "Phrases and quoted examples need the texts, which were not read for this page: fastslop run makes a report "
    "with them, and so does fastslop report --texts"
)
NO_PATTERNS = f"contrasts are known in {NAMED} only, and these texts were counted as another language"
NEIGHBOURS_KEPT = 10
"""Neighbours of a model whose support and interval a report keeps; it has all distances."""

TITLES = {
    "word 1": "Words",
    PHRASES: "Phrases",
    "word 2": "Bigrams",
    "word 3": "Trigrams",
    "content 2": "Content bigrams",
    "content 3": "Content trigrams",
    "mark 1": "Marks",
    "mark 2": "Pairs with marks",
}
"""Headings of tables, in the order in which the page shows them."""
_COLUMNS = ("feature", "n", "n_winsorised", "n_docs", "n_prompts", "rate_per_million", "baseline_per_million")
_EFFECTS = ("log_ratio", "log_ratio_low", "log_ratio_high", "q_value")
_ORIGINS = ("echo", "name")
"""Columns that are left out of a table where nothing is known of them."""
_UNCERTAIN = ("support", "floor", "low", "high")


class OtherModels(NamedTuple):
    """Labels that stand beside those of the reader, and what a likeness to them is worth, in a sentence."""

    labels: Collection[str]
    caveat: str | None


NO_OTHERS = OtherModels((), None)


class ShownList(NamedTuple):
    """Words and phrases of a list, as they are written, and the label whose list it is, None for the pooled one."""

    label: str | None
    entries: Sequence[str]


def report_data(
    scores: Scores,
    comparison: Comparison | None,
    tree: Linkage | None,
    *,
    title: str | None = None,
    families: Families | None = None,
    read: Mapping[str, Any] | None = None,
    phrases: Mapping[str, pl.DataFrame] | None = None,
    examples: Mapping[str, Mapping[Entry, Passage]] | None = None,
    evidence: Sequence[Explanation] = (),
    no_evidence: str | None = None,
    patterns: pl.DataFrame | None = None,
    beside: OtherModels = NO_OTHERS,
    listed: ShownList | None = None,
) -> dict[str, Any]:
    """The data of the page, as values that JSON can hold.

    Parameters
    ----------
    scores
        The keyness of all labels.
    comparison, tree
        Their distances and tree; None for a single label.
    title
        Heading of the page.
    families
        Families of labels that are not to be guessed.
    read
        What was read and skipped: the manifest of a run, or what profiles know of it.
    phrases
        By label, its list of phrases (see ``slop_lists.SlopList``).
    examples
        By label, a passage that holds a feature; None where no texts were read.
    evidence, no_evidence
        Evidence of pairs, and why there is none.
    patterns
        Rates of contrasts by label (see ``contrast_rates.pattern_rates``).
    beside
        Models that stand beside those of the reader.
    listed
        The list by which a reader's text is scored in the page.
    """
    profiles = _profiles(scores, phrases or {}, examples or {})
    keys = {key for tables in profiles.values() for key in tables}
    models = with_verdicts(_models(scores, families, beside.labels), evidence)
    return {
        "format": JSON_FORMAT,
        "version": __version__,
        "title": title,
        "models": models,
        "baselines": _baselines(scores),
        "tables": [{"key": key, "title": name} for key, name in _titles(keys).items()],
        "profiles": [profiles[model["label"]] for model in models],
        "comparison": None if comparison is None else _comparison(comparison),
        "tree": None if tree is None else _tree(tree, [model["label"] for model in models]) | _likeness(comparison),
        "map": None if comparison is None else _map(comparison, [model["label"] for model in models]),
        "colours": {"grey": [GREY, ON_DARK[GREY]], "palette": [[colour, ON_DARK[colour]] for colour in PALETTE]},
        "human": None if scores.human is None else asdict(scores.human),
        "quoted": None if examples is None else examples_of_a_table(len(models)),
        "no_texts": NO_TEXTS if examples is None else None,
        "evidence": [pair_evidence(found) for found in evidence],
        "no_evidence": no_evidence,
        "patterns": None if patterns is None else patterns.to_dict(as_series=False),
        "caveat": beside.caveat,
        "list": None if listed is None else _list(listed, scores),
        "read": read,
        "notes": [*scores.notes, *(comparison.notes if comparison else ()), *_no_patterns(patterns)],
    }


def _no_patterns(patterns: pl.DataFrame | None) -> list[str]:
    return [NO_PATTERNS] if patterns is not None and patterns.is_empty() else []


def examples_of_a_table(n_labels: int) -> int:
    """How many features of each table of each model are quoted, so that the page stays small."""
    return min(MAX_EXAMPLES // (n_labels * len(QUOTED)), MOST_OF_A_TABLE)


def features_to_quote(scores: Scores) -> dict[str, dict[str, list[str]]]:
    """Features of which the report shows an example, by label and table; phrases are not among them."""
    most = examples_of_a_table(len(scores.labels))
    wanted: dict[str, dict[str, list[str]]] = {}
    for (label, kind, order), table in _shown(scores).group_by("label", "kind", "order", maintain_order=True):
        if (key := f"{kind} {order}") in QUOTED:
            wanted.setdefault(str(label), {})[key] = table["feature"].head(most).to_list()
    return wanted


def _models(scores: Scores, families: Families | None, beside: Collection[str]) -> list[dict[str, Any]]:
    known = families_of(scores.labels["label"].to_list(), families)
    rows = scores.labels.to_dicts()
    return [row | {"family": known[row["label"]], "beside": row["label"] in beside} for row in rows]


def _list(listed: ShownList, scores: Scores) -> dict[str, Any]:
    """The list, and the words of the slop score."""
    return {
        "label": listed.label,
        "entries": list(listed.entries),
        "slop_words": list(scores.slop_words),
    }


def _shown(scores: Scores) -> pl.DataFrame:
    """The most over-represented features of every label, in order, without topics."""
    surely = (pl.col("q_value") <= MAX_Q) & (pl.col("log_ratio_low") > 0)
    over = scores.without_topics().features.filter(surely)
    return ranked_top(over, _rows_of_a_table(len(scores.labels), over.select("kind", "order").n_unique()))


def _rows_of_a_table(n_labels: int, n_tables: int) -> int:
    return min(max(FEATURES_PER_PAGE // (n_labels * max(n_tables, 1)), LEAST_OF_A_TABLE), MOST_OF_A_TABLE)


def _profiles(
    scores: Scores, phrases: Mapping[str, pl.DataFrame], examples: Mapping[str, Mapping[Entry, Passage]]
) -> dict[str, dict[str, dict[str, list[Any]]]]:
    """Columns of the most over-represented features, by label and table; an example is None where there is none."""
    labels = scores.labels["label"].to_list()
    shown = _shown(scores).with_columns(echo=_percent(pl.col("echo")), name=_marked(pl.col("is_name")))
    shown = shown.with_columns(
        pl.col("rate_per_million", "baseline_per_million", "q_value").round_sig_figs(3),
        pl.col("log_ratio", "log_ratio_low", "log_ratio_high").round(2),
    )
    profiles: dict[str, dict[str, dict[str, list[Any]]]] = {label: {} for label in labels}
    for (label, kind, order), table in shown.group_by("label", "kind", "order", maintain_order=True):
        columns = table.select(*_COLUMNS, *_EFFECTS, *_ORIGINS).to_dict(as_series=False)
        profiles[str(label)][f"{kind} {order}"] = _without_unknown(columns)
    n_tables = shown.select("kind", "order").n_unique() + 1
    for label, frame in phrases.items():
        if len(frame):
            profiles[label][PHRASES] = _phrase_columns(frame.head(_rows_of_a_table(len(labels), n_tables)))
    most = examples_of_a_table(len(labels))
    for label, tables in profiles.items():
        of_label = examples.get(label, {})
        for key, columns in tables.items():
            if of_label and key in QUOTED:
                passages = [of_label.get((key, feature)) for feature in columns["feature"][:most]]
                columns["example"] = [None if passage is None else list(passage) for passage in passages]
            columns["feature"] = [as_written(feature) for feature in columns["feature"]]
    return profiles


def _percent(share: pl.Expr) -> pl.Expr:
    return (100 * share).round().cast(pl.Int64)


def _marked(is_name: pl.Expr) -> pl.Expr:
    return pl.when(is_name).then(pl.lit("name"))


def _without_unknown(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The columns without those of ``_ORIGINS`` that hold nothing."""
    return {
        name: values
        for name, values in columns.items()
        if name not in _ORIGINS or any(value is not None for value in values)
    }


def _phrase_columns(frame: pl.DataFrame) -> dict[str, list[Any]]:
    """The columns of features that a list of phrases has.

    The core of a phrase is the n-gram that it was grown from; its ratio and the lower bound of that, the score, are
    another statistic than the ratio of the phrase's own n-gram, and have names of their own.
    """
    baseline = pl.col("baseline_per_million")
    columns = frame.select(
        feature="phrase",
        n=pl.col("n").cast(pl.Int64),
        n_prompts=pl.col("n_prompts").cast(pl.Int64),
        rate_per_million=pl.col("rate_per_million").round_sig_figs(3),
        core_log_ratio=pl.when(baseline > 0).then((pl.col("rate_per_million") / baseline).log(2).round(2)),
        core_log_ratio_low=pl.col("score").round(2),
        echo=_percent(pl.col("echo")),
        name=_marked(pl.col("is_name")),
    )
    return _without_unknown(columns.to_dict(as_series=False))


def _baselines(scores: Scores) -> dict[str, str]:
    """The baseline that each table was measured against."""
    pairs = scores.features.select("kind", "order", "baseline").unique().sort("kind", "order")
    found = {f"{kind} {order}": baseline for kind, order, baseline in pairs.iter_rows()}
    of_phrases = [found[key] for key in ("content 2", "content 3", "word 2", "word 3") if key in found]
    return found | ({PHRASES: of_phrases[0]} if of_phrases else {})


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
    """Support, floor and interval of the nearest neighbours, where they were computed; one alone has no support."""
    neighbours = comparison.neighbours
    told = _UNCERTAIN if len(comparison.labels) > 2 else _UNCERTAIN[1:]
    known = [name for name in told if name in neighbours.columns]
    if not known:
        return []
    index = {label: i for i, label in enumerate(comparison.labels)}
    near = neighbours.filter(pl.col("rank") <= NEIGHBOURS_KEPT).select("label", "neighbour", *known)
    return [row | {name: index[row[name]] for name in ("label", "neighbour")} for row in near.to_dicts()]


def _likeness(comparison: Comparison | None) -> dict[str, Any]:
    """How tree-like the distances are, ``mean_delta`` and ``words``; None for fewer than four labels."""
    if comparison is None or comparison.mean_delta is None:
        return {"likeness": None}
    return {"likeness": {"mean_delta": round(comparison.mean_delta, 4), "words": comparison.likeness}}


def _map(comparison: Comparison, labels: Sequence[str]) -> dict[str, Any] | None:
    """Places on the map in the order of ``labels``, the stress and what it says; None for fewer than three labels."""
    if comparison.scaling is None:
        return None
    place = {label: i for i, label in enumerate(comparison.labels)}
    x, y = comparison.scaling.points[[place[label] for label in labels]].round(4).T.tolist()
    return comparison.scaling.to_dict() | {"x": x, "y": y}


def _tree(tree: Linkage, labels: Sequence[str]) -> dict[str, Any]:
    """The tree over the positions of ``labels``: children and joining distance of each inner node."""
    place = {label: i for i, label in enumerate(labels)}
    n_leaves = len(labels)

    def node(number: float) -> int:
        return place[tree.labels[int(number)]] if number < n_leaves else int(number)

    return {
        "children": [[node(left), node(right)] for left, right in tree.matrix[:, :2].tolist()],
        "distances": [float(f"{distance:.6g}") for distance in tree.matrix[:, 2].tolist()],
        "support": None if tree.support is None else list(tree.support),
        "method": tree.method,
        "metric": tree.metric,
        "newick": to_newick(tree),
    }
