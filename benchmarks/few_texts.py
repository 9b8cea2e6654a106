"""What ``identify`` says of few generations: of known models, of strangers with a sister in the library, and without.

``python -m benchmarks.few_texts FOLDER_OR_PROFILES`` counts the texts once, or takes their profiles. What is measured
and by which rules: accuracy.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy import TABLE, Panel, open_or_count, panel_of
from benchmarks.accuracy_table import wilson
from benchmarks.kinship import kinship_of
from benchmarks.naming import REPLICATES, library_of
from benchmarks.reporting import environment, markdown_table, panel_name, publish_panel
from fastslop.base.errors import BadInputError
from fastslop.drawing.families import guess_families
from fastslop.evidence.identify import CLOSE_RELATIVE, IDENTIFIED, NONE_OF_THESE, Verdict, ask
from fastslop.pipeline.identify import MIN_QUERY_PROMPTS

SIZES = (1, 3, 5, 10, 40)
"""Generations of a query, each of another prompt."""
GROUPS = ("known", "with a sister", "without a sister")
"""Authors of queries: in the library; not in it, but a relative is; neither."""
OUTCOMES = ("named", "or a relative", "wrong", "refused", "unresolved", "too few")
COMPANIES = {"alone": "each asked about alone", "together": "all asked about together"}

Bools = NDArray[np.bool_]


def outcome(author: int, verdict: Verdict | None, labels: Sequence[str], is_kin: Bools) -> str:
    """What a verdict on an author's texts comes to; None where the query is too short to be asked about.

    "or a relative" is right if the author is the nearest label or a relative of it.
    """
    if verdict is None:
        return "too few"
    nearest = labels.index(verdict.candidates[0].label)
    if verdict.verdict == IDENTIFIED:
        return "named" if nearest == author else "wrong"
    if verdict.verdict == CLOSE_RELATIVE:
        return "or a relative" if nearest == author or is_kin[author, nearest] else "wrong"
    return "refused" if verdict.verdict == NONE_OF_THESE else "unresolved"


def measure(panel: Panel, is_kin: Bools, n_splits: int, seed: int) -> dict[str, Any]:
    """By company, number of generations and group of authors, how often each outcome was."""
    return {
        company: {str(size): _measure_size(panel, is_kin, size, company, n_splits, seed) for size in SIZES}
        for company in COMPANIES
    }


def _measure_size(
    panel: Panel, is_kin: Bools, size: int, company: str, n_splits: int, seed: int
) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {group: Counter() for group in GROUPS}
    for split in range(n_splits):
        for group, of_query in _outcomes(panel, is_kin, size, split, seed, is_alone=company == "alone"):
            found[group][of_query] += 1
    return {group: {name: counted[name] for name in OUTCOMES} for group, counted in found.items()}


def _outcomes(
    panel: Panel, is_kin: Bools, size: int, split: int, seed: int, *, is_alone: bool
) -> Iterator[tuple[str, str]]:
    """The group and the outcome of each query of a split.

    A random quarter of the labels is not in the library, which has one half of the prompts; queries are of the other.
    """
    counts = panel.counts
    one, other = panel.halves(np.random.default_rng([seed, split]))
    known, asked = panel.side(one), panel.side(other, size)
    rng = np.random.default_rng([seed, 4, split])
    labels = rng.permutation(sorted(known.keys() & asked.keys())).tolist()
    inside = sorted(labels[len(labels) // 4 :])
    if len(inside) < 3:
        return
    verdicts: list[Verdict | None] = [None] * len(labels)
    if size >= MIN_QUERY_PROMPTS:
        library = library_of(counts, [known[i] for i in inside], [asked[i] for i in labels])
        rows = range(len(inside), len(inside) + len(labels))
        verdicts = [*ask(library, rows, REPLICATES, is_alone=is_alone)]
    for label, verdict in zip(labels, verdicts, strict=True):
        group = "known" if label in inside else GROUPS[1] if is_kin[label, inside].any() else GROUPS[2]
        yield group, outcome(label, verdict, counts.labels, is_kin)


def kin_by_name(labels: Sequence[str]) -> Bools:
    """Whether two labels are of the same family, guessed from their names, bool[labels, labels]."""
    family = np.array(list(guess_families(labels).values()))
    return (family[:, None] == family[None, :]) & ~np.eye(len(labels), dtype=np.bool_)


# The tables


def to_markdown(published: Mapping[str, Any]) -> str:
    """The tables of each panel, one after the other."""
    return "\n" + "\n".join(_panel_tables(*item) for item in published["panels"].items())


def _panel_tables(name: str, results: Mapping[str, Any]) -> str:
    """A table for each company: a row for each group and number of generations, a column for each outcome."""
    machine = results["environment"]
    about = f"**{name}**: {results['n_labels']} models, {results['n_splits']} splits; `{results['command']}`; seed "
    about += f"{results['seed']}; relatives {results['relatives']}; commit {machine['commit']}."
    parts = [about]
    for company, title in COMPANIES.items():
        rows = [
            [group, size, str(sum(counted.values())), *(_share(counted, name) for name in OUTCOMES[:-1])]
            for group in GROUPS
            for size, of_groups in results["said"][company].items()
            if sum((counted := of_groups[group]).values())
        ]
        header = ["author", "generations", "queries", "named", "X or a relative", "wrong", "refused", "unresolved"]
        parts.append(f"**{title.capitalize()}**\n\n{markdown_table(header, rows)}")
    return "\n\n".join(part.rstrip() for part in parts) + "\n\n"


def to_summary(published: Mapping[str, Any]) -> str:
    """The table of each panel: a row for each number of generations, asked about alone."""
    return "\n" + "\n".join(_panel_summary(*item) for item in published["panels"].items()) + "\n"


def _panel_summary(name: str, results: Mapping[str, Any]) -> str:
    rows = []
    for size, of_groups in results["said"]["alone"].items():
        known, sister, stranger = (of_groups[group] for group in GROUPS)
        named = [_share(known, name) for name in ("named", "or a relative", "wrong")]
        rows.append([size, *named, _share(sister, "wrong"), _share(stranger, "wrong")])
    header = ["generations", "named", "X or a relative", "wrong", "wrong: with a sister", "wrong: without"]
    return f"{name}, {results['n_labels']} models:\n\n{markdown_table(header, rows)}"


def _share(counted: Mapping[str, int], name: str) -> str:
    n = sum(counted.values())
    if counted["too few"] == n:
        return "too few" if n else "none"
    low, high = wilson(counted[name], n)
    return f"{counted[name] / n:.0%} ({low:.0%} to {high:.0%})"


@click.command()
@click.argument("place", metavar="FOLDER_OR_PROFILES", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--relations",
    metavar="CSV",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Relatives, as for benchmarks.kinship; else they are guessed from names.",
)
@click.option("--splits", default=10, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the results there.")
@click.option("--readme", is_flag=True, help="Renew few_texts.json, the table of accuracy.md and the README's.")
def main(place: Path, relations: Path | None, splits: int, seed: int, json_path: Path | None, readme: bool) -> None:
    """Measure what ``identify`` says of few generations."""
    with TemporaryDirectory() as folder:
        try:
            members = open_or_count(place, Path(folder))
            panel = panel_of(members, {})
            labels = panel.counts.labels
            is_kin = kin_by_name(labels) if relations is None else kinship_of(labels, relations).is_kin
        except BadInputError as error:
            raise click.ClickException(str(error)) from error
    results = {
        "environment": environment(),
        "command": f"python -m benchmarks.few_texts {panel_name(place)}"
        + (f" --relations {relations.name}" if relations else ""),
        "relatives": "guessed from names" if relations is None else f"of {relations.name}",
        "seed": seed,
        "n_splits": splits,
        "n_labels": len(members),
        "said": measure(panel, is_kin, splits, seed),
    }
    publish_panel("few texts", panel_name(place), results, to_markdown, to_summary, TABLE, json_path, readme=readme)


if __name__ == "__main__":
    main()
