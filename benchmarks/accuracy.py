"""How often a fingerprint knows a model again, on any generations: on other prompts, on few, in another genre, mixed.

``python -m benchmarks.accuracy FOLDER_OR_PROFILES`` counts the texts once, or takes their profiles, and measures
fastslop's fingerprint beside slop-forensics'. What is measured and by which rules: accuracy.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy_table import PERCENTS, to_markdown, to_summary
from benchmarks.naming import Side, measure_placebo_links, nearest_by_identify, verdicts
from benchmarks.reporting import HERE, environment, panel_name, publish_panel
from benchmarks.subsets import Method, SlopForensics, Style, Texts
from fastslop.base.errors import BadInputError
from fastslop.base.hashing import hash_strings
from fastslop.comparing.prompt_counts import PromptCounts, read_prompt_counts
from fastslop.counting.count import count
from fastslop.drawing.families import guess_families
from fastslop.profiles.files import find_profiles, read_footer
from fastslop.profiles.profile_set import Member, open_profiles
from fastslop.system.threads import map_bounded, n_cores

SIZES = (5, 10, 25, 50, 100)
"""Prompts a side; generations where a model has one for each prompt."""
FALSE_ALARMS = 0.05
TABLE = HERE / "accuracy.md"

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Orders = dict[str, Ints]


@dataclass(frozen=True)
class Panel:
    """The labels' counts, and the genre of each group of prompts where genres were given."""

    counts: PromptCounts
    genres: dict[str, dict[str, Ints]]

    def halves(self, rng: np.random.Generator) -> tuple[Orders, Orders]:
        """All prompts in random order, the first half and the second."""
        return _cut_in_two({p: rng.permutation(len(keys)) for p, keys in sorted(self.counts.groups.items())})

    def side(self, orders: Orders, size: int | None = None) -> Side:
        """Each label on the prompts of these orders that it answered; on the first ``size``, if it has as many."""
        found = {}
        for label, panel in enumerate(self.counts.panels):
            answered = np.isin(orders[panel], self.counts.groups_of(label))
            mine = orders[panel][answered][:size]
            if len(mine) >= (size or 2):
                found[label] = Texts(label, _mask(mine, self.counts.n_groups(label)))
        return found


def _mask(groups: Ints, n_groups: int) -> NDArray[np.bool_]:
    mask = np.zeros(n_groups, np.bool_)
    mask[groups] = True
    return mask


def _cut_in_two(orders: Orders) -> tuple[Orders, Orders]:
    return (
        {panel: order[: len(order) // 2] for panel, order in orders.items()},
        {panel: order[len(order) // 2 :] for panel, order in orders.items()},
    )


def known_again(panel: Panel, method: Method, one: Side, other: Side) -> dict[str, Any]:
    """How many labels are nearest to themselves on the other side, both ways; labels that are on both sides compete."""
    labels = sorted(one.keys() & other.keys())
    n = len(labels)
    if n < 2:
        return {"n": n, "hits": [0, 0], "mistaken": []}
    names = [panel.counts.panels[label] for label in labels]
    texts = [one[label] for label in labels] + [other[label] for label in labels]
    square = method.distances(texts, [f"{name}/{side}" for side in "12" for name in names])[:n, n:]
    mistaken = []
    for nearest in (square.argmin(axis=1), square.argmin(axis=0)):
        pairs = zip(labels, nearest.tolist(), strict=True)
        mistaken.append([[panel.counts.labels[a], panel.counts.labels[labels[b]]] for a, b in pairs if labels[b] != a])
    return {"n": n, "hits": [n - len(wrong) for wrong in mistaken], "mistaken": mistaken}


def measure_splits(panel: Panel, method: Method, n_splits: int, seed: int) -> dict[str, list[dict[str, Any]]]:
    """Labels known again on the other half of the prompts, whole and in samples."""
    runs: dict[str, list[dict[str, Any]]] = {}
    for name, size in (("halves", None), *((f"{size} a side", size) for size in SIZES)):

        def one_split(split: int, size: int | None = size) -> dict[str, Any]:
            one, other = panel.halves(np.random.default_rng([seed, split]))
            return known_again(panel, method, panel.side(one, size), panel.side(other, size))

        runs[name] = list(map_bounded(one_split, range(n_splits), n_cores()))
    return runs


def measure_genres(panel: Panel, method: Method, n_splits: int, seed: int) -> dict[str, list[dict[str, Any]]]:
    """Labels known again in the other genre: on all its prompts, and on a random half of them."""
    if not panel.genres:
        return {}
    first, second = panel.genres.values()

    def one_split(split: int) -> dict[str, Any]:
        rng = np.random.default_rng([seed, 1, split])
        one, other = (_cut_in_two({p: rng.permutation(order) for p, order in g.items()})[0] for g in (first, second))
        return known_again(panel, method, panel.side(one), panel.side(other))

    whole = known_again(panel, method, panel.side(first), panel.side(second))
    halves = list(map_bounded(one_split, range(n_splits), n_cores()))
    return {"other genre": [whole], "other genre, half the prompts": halves}


def measure_relatives(panel: Panel, method: Method) -> dict[str, Any]:
    """On all prompts, how many labels are nearest to one of the same family, of those that have one."""
    counts = panel.counts
    everything = [Texts(i, np.ones(counts.n_groups(i), np.bool_)) for i in range(len(counts.labels))]
    square = method.within(everything)
    np.fill_diagonal(square, np.inf)
    nearest = square.argmin(axis=1).tolist()
    family = list(guess_families(counts.labels).values())
    relatives = [i for i, own in enumerate(family) if family.count(own) > 1]
    missed = [[counts.labels[i], counts.labels[nearest[i]]] for i in relatives if family[nearest[i]] != family[i]]
    families = {own: [counts.labels[i] for i in relatives if family[i] == own] for own in sorted(set(family))}
    return {
        "n": len(relatives),
        "hits": len(relatives) - len(missed),
        "missed": missed,
        "families": {own: labels for own, labels in families.items() if labels},
    }


def measure_admixture(panel: Panel, method: Method, n_splits: int, seed: int) -> dict[str, Any]:
    """How often a label is told whose texts were replaced, at each percentage, by the rule in accuracy.md."""
    scores = list(map_bounded(partial(_admixture_scores, panel, method, seed), range(n_splits), n_cores()))
    flagged: dict[int, list[bool]] = {percent: [] for percent in PERCENTS}
    for side in (0, 1):
        clean = np.concatenate([of_split[0] for of_split in scores[1 - side :: 2]] or [np.zeros(0)])
        if len(clean) + 1 < 1 / FALSE_ALARMS:
            continue
        for of_split in scores[side::2]:
            for percent in PERCENTS:
                n_beyond = len(clean) - np.searchsorted(np.sort(clean), of_split[percent])
                flagged[percent] += ((1 + n_beyond) / (1 + len(clean)) <= FALSE_ALARMS).tolist()
    return {str(percent): {"flagged": sum(found), "n": len(found)} for percent, found in flagged.items()}


def _admixture_scores(panel: Panel, method: Method, seed: int, split: int) -> dict[int, Floats]:
    """How much nearer to its source, and farther from itself, each mixed label is than clean: f64[labels] a percentage.

    Prompts are cut into thirds: all labels as references, all labels clean, all labels mixed.
    """
    counts = panel.counts
    rng = np.random.default_rng([seed, 2, split])
    orders = {p: rng.permutation(len(keys)) for p, keys in sorted(counts.groups.items())}
    reference, clean, query = (panel.side({p: order[i::3] for p, order in orders.items()}) for i in range(3))
    source = _sources(panel, sorted(reference.keys() & clean.keys() & query.keys()), rng)
    labels = sorted(source)
    scores = {}
    for percent in PERCENTS:
        mixed = [mix(panel, query[i], source[i], orders[counts.panels[i]][2::3], percent) for i in labels]
        queries = [some or query[i] for some, i in zip(mixed, labels, strict=True)]
        texts = [reference[i] for i in labels] + [clean[i] for i in labels] + queries
        panels = [f"{counts.panels[i]}/{side}" for side in "123" for i in labels]
        n = len(labels)
        square = method.distances(texts, panels) if n else np.zeros((0, 0))
        before, after = square[n : 2 * n, :n], square[2 * n :, :n]
        own, theirs = np.arange(n), np.array([labels.index(source[i]) for i in labels], np.int64)
        gained = (before - after)[own, theirs] - (before - after)[own, own]
        scores[percent] = gained[np.array([some is not None for some in mixed], np.bool_)]
    return scores


def _sources(panel: Panel, labels: Sequence[int], rng: np.random.Generator) -> dict[int, int]:
    """Another label of its panel for each label, each being a source once: the panel's mean hardly moves."""
    source: dict[int, int] = {}
    for name in sorted(set(panel.counts.panels)):
        circle = rng.permutation([i for i in labels if panel.counts.panels[i] == name]).tolist()
        if len(circle) > 1:
            source |= dict(zip(circle, circle[1:] + circle[:1], strict=True))
    return source


def mix(panel: Panel, texts: Texts, source: int, order: Ints, percent: int) -> Texts | None:
    """That many of a hundred of its prompts answered by the source instead; None if it answered too few of them."""
    if percent == 0:
        return texts
    mine = order[texts.kept[order]]
    n_replaced = round(percent * len(mine) / 100)
    shared = mine[np.isin(mine, panel.counts.groups_of(source))][:n_replaced]
    if len(shared) < max(n_replaced, 1):
        return None
    return Texts(texts.label, texts.kept, source, _mask(shared, len(texts.kept)))


def measure_method(panel: Panel, method: Method, n_splits: int, seed: int) -> dict[str, Any]:
    """Everything, for one method."""
    return {
        "splits": measure_splits(panel, method, n_splits, seed) | measure_genres(panel, method, n_splits, seed),
        "relatives": measure_relatives(panel, method),
        "admixture": measure_admixture(panel, method, n_splits, seed),
    }


def measure_identify(panel: Panel, n_splits: int, seed: int) -> dict[str, Any]:
    """What ``identify`` says of the other half of the prompts, of the other genre, and of strangers."""
    counts = panel.counts

    def sides(split: int, size: int | None) -> tuple[Side, Side]:
        one, other = panel.halves(np.random.default_rng([seed, split]))
        return panel.side(one, size), panel.side(other, size)

    def by_identify(name: str, size: int | None) -> tuple[str, list[dict[str, Any]]]:
        found = map_bounded(lambda split: nearest_by_identify(counts, *sides(split, size)), range(n_splits), n_cores())
        return name, list(found)

    nearest = dict([by_identify("halves", None), by_identify("10 a side", 10)])
    if panel.genres:
        first, second = panel.genres.values()
        nearest["other genre"] = [nearest_by_identify(counts, panel.side(first), panel.side(second))]
    said: dict[str, dict[str, int]] = {}
    for name, size, is_alone in (("together", 8, False), ("together", None, False), ("alone", 8, True)):
        found = []
        for split in range(min(n_splits, 1 if is_alone else 3)):
            one, other = panel.halves(np.random.default_rng([seed, split]))
            rng = np.random.default_rng([seed, 3, split])
            found.append(verdicts(counts, panel.side(one), panel.side(other, size), rng, is_alone=is_alone))
        title = f"{name}, {'half of the' if size is None else size} prompts"
        said[title] = {key: sum(of_split[key] for of_split in found) for key in found[0]}
    return {"nearest": nearest, "said": said}


# Genres


def read_genres(rule: str) -> dict[str, list[str]]:
    """The names of the prompts of two genres: from a JSON file, or ``stories=slop-score_0..149,essays=...``."""
    genres = json.loads(Path(rule).read_text(encoding="utf-8")) if Path(rule).is_file() else dict(_ranges(rule))
    is_mapping = isinstance(genres, dict) and all(isinstance(names, list) for names in genres.values())
    if not is_mapping or len(genres) != 2:
        raise click.BadParameter(
            f"{rule}: two genres are needed, each with the names of its prompts", param_hint="--genre"
        )
    return genres


def _ranges(rule: str) -> Iterator[tuple[str, list[str]]]:
    for part in rule.split(","):
        found = re.fullmatch(r"([^=]+)=(.*?)(\d+)\.\.(\d+)", part.strip())
        if found is None:
            raise click.BadParameter(
                f"{part!r} is no genre; name a JSON file, or write NAME=PREFIX0..149,NAME=PREFIX150..299",
                param_hint="--genre",
            )
        name, prefix, first, last = found.groups()
        yield name, [f"{prefix}{i}" for i in range(int(first), int(last) + 1)]


def panel_of(members: Sequence[Member], genres: dict[str, list[str]]) -> Panel:
    """What is measured on."""
    counts = read_prompt_counts(members, min_labels=1)
    found = {}
    for genre, names in genres.items():
        keys = hash_strings([str(name) for name in names])
        found[genre] = {p: np.flatnonzero(np.isin(own, keys)) for p, own in counts.groups.items()}
        if not any(len(groups) for groups in found[genre].values()):
            raise click.BadParameter(
                f"no prompt of {genre!r} is in the profiles; profiles name a prompt as SOURCE_ID, or by its text, "
                "and above 1,024 prompts they keep blocks, which have no genre",
                param_hint="--genre",
            )
    return Panel(counts, found)


def open_or_count(place: Path, folder: Path) -> Sequence[Member]:
    """The profiles of a place, or of the texts there, counted into the folder."""
    found = open_profiles(place) if _holds_profiles(place) else count(place, out=folder / "profiles")
    return found.members


def _holds_profiles(place: Path) -> bool:
    """Texts may be in Parquet files as well."""
    try:
        return bool([read_footer(path) for path in find_profiles([place])])
    except BadInputError:
        return False


@click.command()
@click.argument("place", metavar="FOLDER_OR_PROFILES", type=click.Path(path_type=Path, exists=True))
@click.option("--genre", help="Two genres: a JSON file of their prompts' names, or NAME=PREFIX0..149,NAME=...")
@click.option("--splits", default=10, show_default=True, type=click.IntRange(2))
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the results there.")
@click.option("--readme", is_flag=True, help="Renew this panel in accuracy.json and the tables of accuracy.md.")
def main(place: Path, genre: str | None, splits: int, seed: int, json_path: Path | None, readme: bool) -> None:
    """Measure how often models are known again, by fastslop's fingerprint and by slop-forensics'."""
    genres = read_genres(genre) if genre else {}
    with TemporaryDirectory() as folder:
        members = open_or_count(place, Path(folder))
        panel = panel_of(members, genres)
        methods: tuple[Method, ...] = (Style(panel.counts), SlopForensics(members, panel.counts))
    results = {
        "environment": environment(),
        "command": f"python -m benchmarks.accuracy {place.name}{f' --genre {genre}' if genre else ''}",
        "seed": seed,
        "n_splits": splits,
        "n_labels": len(members),
        "n_prompts": sum(map(len, panel.counts.groups.values())),
        "methods": {method.name: measure_method(panel, method, splits, seed) for method in methods},
        "identify": measure_identify(panel, splits, seed),
        "placebo_links": measure_placebo_links(panel.counts, seed),
    }
    publish_panel("accuracy", panel_name(place), results, to_markdown, to_summary, TABLE, json_path, readme=readme)


if __name__ == "__main__":
    main()
