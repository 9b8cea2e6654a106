"""The results of ``benchmarks.kinship`` as the tables of kinship.md, and what the README says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from benchmarks.accuracy_table import wilson
from benchmarks.reporting import markdown_table
from fastslop.base.defaults import DEFAULT_METHOD
from fastslop.base.wording import plural

PARENTS = {"base": "base", "teacher": "teacher", "merge": "merged model", "snapshot": "earlier version"}
"""What a parent is called, by the kind of relation."""
SHOWN_LINKS = {
    ("all", "related"): "`explain` supports: parent and child",
    ("all", "sibling"): "other relatives",
    ("all", "unrelated"): "unrelated",
    ("nearest", "unrelated"): "unrelated, the nearest",
}
"""Links that are shown of every panel: which pairs, of which group."""
GROUPS = {"related": "parent and child", "sibling": "other relatives", "unrelated": "unrelated"}


def to_markdown(published: Mapping[str, Any]) -> str:
    """The tables of each panel, one panel after the other."""
    return "\n" + "\n".join(_panel_tables(*item) for item in published["panels"].items())


def _panel_tables(name: str, results: Mapping[str, Any]) -> str:
    """A table for each number of prompts, a row for each measure and a column for each method."""
    machine = results["environment"]
    about = (
        f"{results['n_labels']} models; `{results['command']}`; seed {results['seed']}; commit {machine['commit']}, "
    )
    about += f"{machine['cpu']}, python {machine['versions']['python']}.\n\n{_relations(results['relations'])}"
    tables = "\n".join(f"{_title(of_size)}\n\n{_table(results, of_size)}" for of_size in results["sizes"])
    return f"## {name}\n\n{about}\n\n{tables}\n{_strangers(results['sizes'][-1]['nearest'])}\n"


def to_summary(published: Mapping[str, Any]) -> str:
    """What the first panel's results on all prompts mean, its rows that show it, and a table of all panels."""
    first, *others = published["panels"].values()
    return _panel_summary(first) + (f"{_beside(published['panels'])}\n" if others else "")


def _panel_summary(results: Mapping[str, Any]) -> str:
    of_all = results["sizes"][-1]
    rows = [*_nearest_rows(of_all), *_parent_rows(of_all, ("all",))]
    rows += [row for row in _pair_rows(of_all) if row[0].endswith(GROUPS["related"])]
    rows += [row for row in _link_rows(of_all) if row[0] in {_link_title(name) for name in GROUPS}]
    table = markdown_table(["measure", *of_all["parents"]], [[row[0], *row[2:]] for row in rows])
    return f"\n{fill(' '.join(_sentences(results)), 120, break_on_hyphens=False)}\n\n{table}\n"


def _beside(panels: Mapping[str, Mapping[str, Any]]) -> str:
    """A row for each panel: the nearest by both methods, and the links that `explain` supports."""
    rows = []
    for name, results in panels.items():
        of_all = results["sizes"][-1]
        nearest, links = of_all["nearest"], of_all["links"]
        hits = [f"{_number(n)} of {nearest['n']}" for n in nearest["hits"].values()]
        supported = ["too few prompts" if links is None else _hits(links[which][group]) for which, group in SHOWN_LINKS]
        rows.append([name, str(results["n_labels"]), str(of_all["n_prompts"]), *hits, *supported])
    methods = [f"nearest a relative: {method}" for method in of_all["nearest"]["hits"]]
    header = ["panel", "models", "prompts", *methods, *SHOWN_LINKS.values()]
    return f"All panels on all prompts; links are ordered pairs:\n\n{markdown_table(header, rows)}"


# Sentences


def _relations(of: Mapping[str, Any]) -> str:
    known = ", ".join(f"{n} of {kind}" for kind, n in of["known"].items())
    pairs = ", ".join(f"{n:,} {GROUPS[name]}" for name, n in of["pairs"].items())
    text = f"{plural(sum(of['known'].values()), 'relation')} in the panel" + (f": {known}" if known else "")
    text += f". Pairs: {pairs}. "
    text += f"{plural(of['n_without'], 'model')} without a relation."
    if of["absent"]:
        text += f" {plural(of['n'] - sum(of['known'].values()), 'relation')} left out, of models that are not in the "
        text += f"panel: {', '.join(of['absent'])}."
    return text


def _title(of_size: Mapping[str, Any]) -> str:
    if of_size["n_draws"] == 1:
        return f"**All {of_size['n_prompts']} prompts**"
    return f"**{of_size['n_prompts']} prompts**, mean of {of_size['n_draws']} draws"


def _sentences(results: Mapping[str, Any]) -> list[str]:
    """What the numbers on all prompts mean."""
    of_all = results["sizes"][-1]
    parents, links = of_all["parents"][DEFAULT_METHOD], of_all["links"]
    said = [
        f"Of {results['n_labels']} models that answered the same {of_all['n_prompts']} prompts, "
        f"{results['relations']['n']} relations are publicly known."
    ]
    for kind, of_kind in parents.items():
        among = of_kind["among"]["all"]
        said.append(
            f"The true {PARENTS[kind]} is the nearest of {among['n_candidates']:.0f} candidates for "
            f"{among['first']:.0f} of {of_kind['n']} children, and among the three nearest for {among['few']:.0f}."
        )
    if "related" in of_all["pairs"]:
        found = of_all["pairs"]["related"]["methods"][DEFAULT_METHOD]["found"]
        said.append(
            f"By likeness alone, {found:.0%} of parents and children are found where 5 % of unrelated pairs are."
        )
    if links:
        supported = {name: links["all"][name]["hits"] for name in GROUPS}
        nearest = links["nearest"]["unrelated"]
        said.append(
            f"`explain` is stricter: it supports {sum(supported.values()):.0f} links in all, "
            f"{supported['related']:.0f} between parent and child, {supported['sibling']:.0f} between other relatives, "
            f"and {supported['unrelated']:.0f} between models that nothing connects. For {nearest['n']:.0f} models "
            f"the nearest is such a stranger, and `explain` supports {nearest['hits']:.0f} of these links."
        )
    return said


def _strangers(nearest: Mapping[str, Any]) -> str:
    """Who is nearest to a stranger on all prompts."""
    lines = []
    for method, mistakes in nearest["strangers"].items():
        shown = "; ".join(f"{label} to {other}" for label, other in mistakes)
        lines.append(f"Nearest to a stranger by {method}: {shown or 'none'}.")
    return "\n\n".join(lines)


# Rows


def _table(results: Mapping[str, Any], of_size: Mapping[str, Any]) -> str:
    rows = [*_parent_rows(of_size), *_nearest_rows(of_size), *_pair_rows(of_size), *_link_rows(of_size)]
    return markdown_table(["measure", "cases", *of_size["parents"]], rows, left=2)


def _parent_rows(of_size: Mapping[str, Any], shown: Sequence[str] = ()) -> list[list[str]]:
    """Where true parents are, for each kind and each set of candidates."""
    rows = []
    for kind, of_kind in next(iter(of_size["parents"].values())).items():
        for name, among in of_kind["among"].items():
            if shown and name not in shown:
                continue
            cases = f"{plural(of_kind['n'], 'relation')}, {among['n_candidates']:.0f} candidates"
            cells = [_places(of[kind]["among"][name], of_kind["n"]) for of in of_size["parents"].values()]
            title = f"rank of the true {PARENTS[kind]}" + (f", candidates {name}" if not shown else "")
            rows.append([title, cases, *cells])
    return rows


def _places(among: Mapping[str, float], n: int) -> str:
    return (
        f"first {_number(among['first'])}, in three {_number(among['few'])} of {n}; median {_number(among['median'])}"
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _nearest_rows(of_size: Mapping[str, Any]) -> list[list[str]]:
    nearest = of_size["nearest"]
    shares = (_share({"hits": hits, "n": nearest["n"]}) for hits in nearest["hits"].values())
    cases = plural(nearest["n"], "model")
    if of_size["n_draws"] == 1:
        cases += f"; McNemar's p {nearest['p']:.2g}"
    return [["nearest is a relative", cases, *shares]]


def _pair_rows(of_size: Mapping[str, Any]) -> list[list[str]]:
    rows = []
    for name, of_group in of_size["pairs"].items():
        methods = of_group["methods"].values()
        areas = (f"{of['area']:.3f} ({_range(of['area_interval'], '.3f')})" for of in methods)
        found = (f"{of['found']:.1%} ({_range(of['found_interval'], '.1%')})" for of in methods)
        gained = f"gained: {_range(of_group['area_gained'], '+.3f')}"
        rows.append([f"area under the ROC curve, {GROUPS[name]}", gained, *areas])
        gained = f"gained: {_range(of_group['found_gained'], '+.1%')}"
        rows.append([f"found where 5 % of unrelated pairs are, {GROUPS[name]}", gained, *found])
    return rows


def _link_rows(of_size: Mapping[str, Any]) -> list[list[str]]:
    links, n_others = of_size["links"], len(of_size["parents"]) - 1
    if links is None:
        return [["`explain` supports a link", "", "too few prompts", *[""] * n_others]]
    rows = []
    for which in ("all", "nearest"):
        for name, found in links[which].items():
            if found["n"]:
                cases = plural(round(found["n"]), "pair") + (" both ways" if which == "all" and name in GROUPS else "")
                rows.append([_link_title(name, which), cases, _share(found)])
    return [row + [""] * n_others for row in rows]


def _link_title(name: str, which: str = "all") -> str:
    return f"`explain` supports, {GROUPS.get(name, name)}" + (", the nearest" if which == "nearest" else "")


def _share(found: Mapping[str, float]) -> str:
    """A share with Wilson's interval; hits and cases may be means over draws."""
    if not found["n"]:
        return "none"
    low, high = wilson(found["hits"], found["n"])
    return f"{_percent(found['hits'] / found['n'])} ({_percent(low)} to {_percent(high)})"


def _hits(found: Mapping[str, float]) -> str:
    return f"{_number(found['hits'])} of {found['n']:,.0f}: {_share(found)}" if found["n"] else "none"


def _percent(share: float) -> str:
    return f"{share:.2%}" if 0 < share < 0.005 else f"{share:.1%}"


def _range(ends: Sequence[float], form: str) -> str:
    return f"{ends[0]:{form}} to {ends[1]:{form}}"
