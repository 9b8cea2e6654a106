"""The results of ``benchmarks.accuracy`` as the tables of accuracy.md, and the rows of it that the README shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np

from benchmarks.naming import OF_KNOWN, OF_STRANGERS
from benchmarks.reporting import markdown_table

PERCENTS = (0, 5, 10, 20, 40)
POWER = 0.8
SUMMARY = (
    "halves",
    "10 a side",
    "other genre",
    "10 % replaced, detected",
    "placebo: nothing replaced, flagged",
    "`identify`, halves",
    "`identify`, 10 a side",
    "`identify`, other genre",
    "placebo: `explain` supports a link",
)


def wilson(hits: float, n: float, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    middle, width = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max((middle - width) / (1 + z * z / n), 0.0), min((middle + width) / (1 + z * z / n), 1.0)


def to_markdown(published: Mapping[str, Any]) -> str:
    """The tables of all panels, a row for each measure and a column for each method."""
    return "\n" + "\n".join(_panel_table(*item) for item in published["panels"].items())


def _panel_table(panel: str, results: Mapping[str, Any]) -> str:
    methods = results["methods"]
    machine = results["environment"]
    about = f"**{panel}**: {results['n_labels']} models, {results['n_prompts']} prompts; `{results['command']}`; seed "
    about += f"{results['seed']}; commit {machine['commit']}, {machine['cpu']}, python {machine['versions']['python']}."
    table = markdown_table(["measure", "cases", *methods], _rows(results), left=2)
    return f"{about}\n\n{table}\n{_families(methods)}\n"


def to_summary(published: Mapping[str, Any]) -> str:
    """The rows of ``SUMMARY`` of the first panel, without cases."""
    results = next(iter(published["panels"].values()))
    by_name = {row[0]: [row[0], *row[2:]] for row in _rows(results)}
    rows = [by_name[name] for name in SUMMARY if name in by_name]
    return f"\n{markdown_table(['measure', *results['methods']], rows)}\n"


def _rows(results: Mapping[str, Any]) -> list[list[str]]:
    methods = results["methods"]
    first = next(iter(methods.values()))
    rows = []
    for name, runs in first["splits"].items():
        cases = f"{len(runs)} x {_range([run['n'] for run in runs])} models, both ways"
        rows.append([name, cases, *(_known(of["splits"][name]) for of in methods.values())])
    relatives = first["relatives"]
    names = [f"{of['relatives']['hits']} of {of['relatives']['n']}" for of in methods.values()]
    rows.append(["nearest is of the same family", f"{relatives['n']} models", *names])
    for percent, found in first["admixture"].items():
        label = "placebo: nothing replaced, flagged" if percent == "0" else f"{percent} % replaced, detected"
        rows.append([label, f"{found['n']} pairs", *(_flagged(of["admixture"][percent]) for of in methods.values())])
    rows.append(["least share detected with power 0.8", "", *(_least(of["admixture"]) for of in methods.values())])
    rows += _identify_rows(results["identify"], len(methods) - 1)
    links = results["placebo_links"]
    empty = [""] * (len(methods) - 1)
    rows.append(["placebo: `explain` supports a link", f"{links['n']} unrelated pairs", _flagged(links), *empty])
    return rows


def _known(runs: Sequence[dict[str, Any]]) -> str:
    shares = [hits / run["n"] for run in runs if run["n"] for hits in run["hits"]]
    if not shares:
        return "too few prompts"
    if len(runs) == 1:
        return " and ".join(f"{hits} of {runs[0]['n']}" for hits in runs[0]["hits"])
    return f"{np.mean(shares):.1%} ({min(shares):.0%} to {max(shares):.0%})"


def _identify_rows(found: dict[str, Any], n_others: int) -> list[list[str]]:
    rows = []
    for name, runs in found["nearest"].items():
        cases = f"{len(runs)} x {_range([run['n'] for run in runs])} models, both ways"
        rows.append([f"`identify`, {name}", cases, _known(runs)])
    for name, said in found["said"].items():
        for of, keys in (("known", OF_KNOWN), ("strangers", OF_STRANGERS)):
            shares = (_flagged({"flagged": said[key], "n": said[of]}) for key in keys)
            rows += [
                [f"`identify` {name}: {key}", f"{said[of]} {'queries' if of == 'known' else of}", share]
                for key, share in zip(keys, shares, strict=True)
            ]
    return [row + [""] * n_others for row in rows]


def _flagged(found: dict[str, int]) -> str:
    if not found["n"]:
        return "too few splits"
    low, high = wilson(found["flagged"], found["n"])
    return f"{found['flagged'] / found['n']:.1%} ({low:.1%} to {high:.1%})"


def _least(admixture: dict[str, dict[str, int]]) -> str:
    enough = [p for p, found in admixture.items() if p != "0" and found["n"] and found["flagged"] / found["n"] >= POWER]
    return f"{enough[0]} %" if enough else f"more than {PERCENTS[-1]} %"


def _range(values: Sequence[int]) -> str:
    return str(values[0]) if min(values) == max(values) else f"{min(values)} to {max(values)}"


def _families(methods: dict[str, Any]) -> str:
    """Which families were guessed, and whose members were missed."""
    lines = ["Families, guessed from names: "]
    relatives = [of["relatives"] for of in methods.values()]
    lines[0] += "; ".join(f"{own} ({', '.join(labels)})" for own, labels in relatives[0]["families"].items()) + "."
    for name, of in zip(methods, relatives, strict=True):
        missed = "; ".join(f"{label} to {nearest}" for label, nearest in of["missed"])
        lines.append(f"Nearest to a stranger by {name}: {missed or 'none'}.")
    return "\n".join(lines)
