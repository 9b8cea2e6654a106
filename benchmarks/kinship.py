"""How often a known parent is found, by likeness and by ``explain``, and how often a stranger is taken for one.

``python -m benchmarks.kinship FOLDER_OR_PROFILES RELATIONS.csv`` counts the texts once, or takes their profiles, and
measures fastslop's likeness beside slop-forensics'. What is measured and by which rules: kinship.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from benchmarks.accuracy import open_or_count
from benchmarks.curves import Roc, draw_models, interval, roc
from benchmarks.kinship_picture import to_svg
from benchmarks.kinship_table import to_markdown, to_summary
from benchmarks.relations import KINDS, Kinship, read_relations
from benchmarks.reporting import HERE, environment, panel_name, publish_panel, results_path
from benchmarks.subsets import SlopForensics, Texts, on_prompts
from fastslop.base.defaults import DEFAULT_METHOD, SLOP_FORENSICS
from fastslop.base.errors import BadInputError
from fastslop.comparing.compare import compare_counts
from fastslop.comparing.prompt_counts import PromptCounts, read_prompt_counts
from fastslop.evidence.links import SUPPORTED, judge_link, weigh_links

TABLE = HERE / "kinship.md"
PICTURE = HERE / "kinship.svg"
FEW = 3
"""Places that are shown of a ranking beside the first."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """What was found on one draw of prompts: distances by method, f64[labels, labels] each, NaN on the diagonal.

    ``supported`` bool[labels, labels]: whether ``explain`` supports a link of the row to the column; None where there
    are too few prompts or labels to weigh it.
    """

    squares: dict[str, Floats]
    supported: Bools | None


class Likeness:
    """The panel's distances and links, on any of its prompts."""

    def __init__(self, counts: PromptCounts, slop_forensics: SlopForensics) -> None:
        self.counts, self.slop_forensics = counts, slop_forensics

    @property
    def n_prompts(self) -> int:
        """Prompts of the panel that has most."""
        return max(map(len, self.counts.groups.values()))

    def draw(self, size: int | None, rng: np.random.Generator, seed: int = 0) -> Drawn:
        """On ``size`` random prompts of each panel, the same for all its labels; on all, if not given."""
        kept = {panel: _some_of(len(keys), size, rng) for panel, keys in sorted(self.counts.groups.items())}
        counts = on_prompts(self.counts, kept)
        texts = [Texts(label, kept[panel]) for label, panel in enumerate(counts.panels)]
        squares = {
            DEFAULT_METHOD: compare_counts(counts, replicates=0).square.copy(),
            SLOP_FORENSICS: self.slop_forensics.distances(texts, counts.panels).copy(),
        }
        for square in squares.values():
            np.fill_diagonal(square, np.nan)
        return Drawn(squares, supported_links(counts, seed))


def _some_of(n: int, size: int | None, rng: np.random.Generator) -> Bools:
    kept = np.zeros(n, np.bool_)
    kept[rng.permutation(n)[:size]] = True
    return kept


def supported_links(counts: PromptCounts, seed: int) -> Bools | None:
    """Whether ``explain`` supports a link of the row to the column, bool[labels, labels]; None if it cannot say."""
    n = len(counts.labels)
    try:
        links = weigh_links(counts, seed)
    except BadInputError:
        return None
    found = np.zeros((n, n), np.bool_)
    for a, b in zip(*np.nonzero(~np.eye(n, dtype=np.bool_)), strict=True):
        found[a, b] = judge_link(counts.labels, links, int(a), int(b)).verdict == SUPPORTED
    return found


# Parents


def candidates_of(kinship: Kinship, child: int, parent: int) -> dict[str, Bools]:
    """Candidates among which a parent is ranked, bool[labels] each: it is one of them itself, the child is none."""
    own = np.zeros(len(kinship.labels), np.bool_)
    own[child] = True
    of_base = kinship.is_of_base[child] | own
    fellows = of_base | kinship.is_child_of[parent]
    found = {"all": ~own, "not of its base": ~of_base, "nor a fellow": ~fellows}
    for candidates in found.values():
        candidates[parent] = True
    return found


def rank(distances: Floats, parent: int, candidates: Bools) -> int:
    """The place of the parent among candidates by distances from the child; it comes after those that are as near."""
    return int((distances[candidates] <= distances[parent]).sum())


def measure_parents(kinship: Kinship, squares: Sequence[Floats]) -> dict[str, Any]:
    """For each kind of relation and each set of candidates, where true parents are, a number for each draw."""
    found: dict[str, Any] = {}
    for kind in KINDS:
        pairs = [(kinship.place(r.child), kinship.place(r.parent)) for r in kinship.known if r.kind == kind]
        if not pairs:
            continue
        sets = _distinct([candidates_of(kinship, *pair) for pair in pairs])
        found[kind] = {"n": len(pairs), "among": {name: _ranks(squares, pairs, own) for name, own in sets.items()}}
    return found


def _distinct(sets: Sequence[dict[str, Bools]]) -> dict[str, list[Bools]]:
    """The candidates of each pair by the name of the set, without sets that are the same as one before."""
    found: dict[str, list[Bools]] = {}
    for name in sets[0]:
        own = [of_pair[name] for of_pair in sets]
        if not any(np.array_equal(own, other) for other in found.values()):
            found[name] = own
    return found


def _ranks(squares: Sequence[Floats], pairs: Sequence[tuple[int, int]], among: Sequence[Bools]) -> dict[str, Any]:
    ranks = np.array(
        [[rank(s[a], b, candidates) for (a, b), candidates in zip(pairs, among, strict=True)] for s in squares]
    )
    return {
        "n_candidates": float(np.median([candidates.sum() for candidates in among])),
        "first": float((ranks == 1).sum(axis=1).mean()),
        "few": float((ranks <= FEW).sum(axis=1).mean()),
        "median": float(np.median(ranks, axis=1).mean()),
    }


# Pairs


def measure_pairs(kinship: Kinship, drawn: Sequence[Drawn], seed: int) -> dict[str, Any]:
    """How well each method tells related and sibling pairs from unrelated ones, and how much better the first is."""
    rng = np.random.default_rng([seed, 7])
    models = draw_models(len(kinship.labels), rng)
    groups = dict(kinship.groups())
    unrelated = groups.pop("unrelated")
    found: dict[str, Any] = {}
    for name, group in groups.items():
        if not (group.any() and unrelated.any()):
            continue
        rocs = {
            method: roc([d.squares[method] for d in drawn], group, unrelated, models) for method in drawn[0].squares
        }
        ours, theirs = rocs.values()
        found[name] = {
            "methods": {method: _shown(of) for method, of in rocs.items()},
            "area_gained": interval(ours.areas - theirs.areas),
            "found_gained": interval(ours.found_anew - theirs.found_anew),
        }
    return found


def _shown(of: Roc) -> dict[str, Any]:
    return {
        "area": float(of.mean.area),
        "area_interval": interval(of.areas),
        "found": float(of.mean.found),
        "found_interval": interval(of.found_anew),
        "curve": of.mean.shares.round(4).tolist(),
    }


# The nearest


def measure_nearest(kinship: Kinship, drawn: Sequence[Drawn]) -> dict[str, Any]:
    """Of the models that have a relative, how many have one as their nearest, by method: the mean over draws.

    ``p`` is McNemar's, exact, of the two methods on the first draw; ``strangers`` are the mistakes there.
    """
    with_kin = np.flatnonzero(kinship.is_kin.any(axis=1))
    nearest = {
        method: np.array([np.nanargmin(d.squares[method], axis=1)[with_kin] for d in drawn])
        for method in drawn[0].squares
    }
    is_kin = {method: kinship.is_kin[with_kin, of_draws] for method, of_draws in nearest.items()}
    ours, theirs = (of_draws[0] for of_draws in is_kin.values())
    return {
        "n": len(with_kin),
        "hits": {method: float(of_draws.sum(axis=1).mean()) for method, of_draws in is_kin.items()},
        "p": mcnemar(ours, theirs),
        "strangers": {
            method: [
                [kinship.labels[a], kinship.labels[b]]
                for a, b, hit in zip(with_kin, nearest[method][0], is_kin[method][0], strict=True)
                if not hit
            ]
            for method in nearest
        },
    }


def mcnemar(one: Bools, other: Bools) -> float:
    """The exact p-value, two-sided, of equal shares of hits on the same cases (McNemar 1947): 1 if none differs."""
    first, second = int((one & ~other).sum()), int((other & ~one).sum())
    return float(binomtest(first, first + second).pvalue) if first + second else 1.0


# Links


def measure_links(kinship: Kinship, drawn: Sequence[Drawn]) -> dict[str, Any] | None:
    """How many links of each group of pairs ``explain`` supports, mean over draws, of all pairs and of the nearest.

    Pairs go both ways. Beside the groups: children to their parents, by kind of relation.
    """
    if any(d.supported is None for d in drawn):
        return None
    nearest = []
    for d in drawn:
        of_draw = np.zeros((len(kinship.labels),) * 2, np.bool_)
        of_draw[np.arange(len(of_draw)), np.nanargmin(d.squares[DEFAULT_METHOD], axis=1)] = True
        nearest.append(of_draw)
    everything = [np.ones_like(of_draw) for of_draw in nearest]
    groups = dict(kinship.groups())
    children = {f"{kind}: child to parent": group for kind, group in kinship.children_to_parents()}
    return {
        "all": {name: _supported(drawn, group, everything) for name, group in (groups | children).items()},
        "nearest": {name: _supported(drawn, group, nearest) for name, group in groups.items()},
    }


def _supported(drawn: Sequence[Drawn], group: Bools, among: Sequence[Bools]) -> dict[str, float]:
    n = [int((group & of_draw).sum()) for of_draw in among]
    hits = [
        int((group & of_draw & d.supported).sum())
        for of_draw, d in zip(among, drawn, strict=True)
        if d.supported is not None
    ]
    return {"n": float(np.mean(n)), "hits": float(np.mean(hits))}


# All of it


def measure(kinship: Kinship, drawn: Sequence[Drawn], seed: int) -> dict[str, Any]:
    """Everything, on some draws of prompts."""
    return {
        "n_draws": len(drawn),
        "parents": {
            method: measure_parents(kinship, [d.squares[method] for d in drawn]) for method in drawn[0].squares
        },
        "pairs": measure_pairs(kinship, drawn, seed),
        "nearest": measure_nearest(kinship, drawn),
        "links": measure_links(kinship, drawn),
    }


def measure_sizes(
    likeness: Likeness, kinship: Kinship, sizes: Sequence[int], n_draws: int, seed: int
) -> Iterator[dict[str, Any]]:
    """Everything, on some prompts and at last on all of them."""
    for size in (*sizes, None):
        streams = [np.random.default_rng([seed, size or 0, d]) for d in range(n_draws if size else 1)]
        drawn = [likeness.draw(size, rng, seed) for rng in streams]
        yield {"n_prompts": size or likeness.n_prompts, **measure(kinship, drawn, seed)}


def kinship_of(labels: Sequence[str], path: Path) -> Kinship:
    """The kinship of a panel by a file of relations; what cannot be used is told."""
    kinship = Kinship(tuple(labels), tuple(read_relations(path)))
    if kinship.absent:
        n = len(kinship.relations) - len(kinship.known)
        click.echo(
            f"{n} of {len(kinship.relations)} relations name models that are not in the panel: ", nl=False, err=True
        )
        click.echo(", ".join(kinship.absent), err=True)
    if not kinship.is_kin.any():
        raise BadInputError(f"{path}: none of its relations connects two models of the panel: {', '.join(labels)}")
    return kinship


def largest_panel() -> dict[str, Any]:
    """The published results of the panel that the picture shows."""
    published: dict[str, Any] = json.loads(results_path("kinship").read_text(encoding="utf-8"))
    return next(iter(published["panels"].values()))


class Sizes(click.ParamType):
    """Numbers of prompts such as ``25,100``."""

    name = "N,N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """The numbers, rising."""
        try:
            found = sorted({int(part) for part in value.split(",") if part.strip()})
        except ValueError:
            self.fail(f"{value!r} is no list of numbers; write for example 25,100", param, ctx)
        if found and found[0] < 2:
            self.fail("two prompts are the fewest that can be measured on", param, ctx)
        return tuple(found)


@click.command()
@click.argument("place", metavar="FOLDER_OR_PROFILES", type=click.Path(path_type=Path, exists=True))
@click.argument("relations", metavar="RELATIONS.csv", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--prompts", default="25,100", show_default=True, type=Sizes(), help="Beside all of them.")
@click.option("--draws", default=10, show_default=True, type=click.IntRange(1), help="Draws of so many prompts.")
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the results there.")
@click.option(
    "--readme", is_flag=True, help="Renew kinship.json, the table of kinship.md, the README's and its picture."
)
def main(
    place: Path,
    relations: Path,
    prompts: tuple[int, ...],
    draws: int,
    seed: int,
    json_path: Path | None,
    readme: bool,
) -> None:
    """Measure how often known parents are found, by fastslop's likeness and by slop-forensics', and by ``explain``."""
    with TemporaryDirectory() as folder:
        try:
            members = open_or_count(place, Path(folder))
            kinship = kinship_of([member.name for member in members], relations)
        except BadInputError as error:
            raise click.ClickException(str(error)) from error
        counts = read_prompt_counts(members, min_labels=1)
        likeness = Likeness(counts, SlopForensics(members, counts))
    sizes = [size for size in prompts if size < likeness.n_prompts]
    if len(sizes) < len(prompts):
        click.echo(f"there are {likeness.n_prompts} prompts; on more cannot be measured", err=True)
    results = {
        "environment": environment(),
        "command": f"python -m benchmarks.kinship {panel_name(place)} {relations.name}",
        "seed": seed,
        "n_labels": len(members),
        "relations": kinship.to_dict(),
        "sizes": list(measure_sizes(likeness, kinship, sizes, draws, seed)),
    }
    publish_panel("kinship", panel_name(place), results, to_markdown, to_summary, TABLE, json_path, readme=readme)
    if readme:
        PICTURE.write_text(to_svg(largest_panel()), encoding="utf-8")


if __name__ == "__main__":
    main()
