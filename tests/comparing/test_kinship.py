"""The benchmark of kinship: relations are read and drawn out, and parents, curves and links are what counting gives."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import kinship
from benchmarks.curves import FALSE_ALARMS, GRID, curve, draw_models, roc
from benchmarks.kinship import (
    PICTURE,
    TABLE,
    Likeness,
    candidates_of,
    largest_panel,
    mcnemar,
    measure,
    rank,
)
from benchmarks.kinship_picture import to_svg
from benchmarks.kinship_table import to_markdown, to_summary
from benchmarks.relations import KINDS, OF_WEIGHTS, Kinship, Relation, read_relations
from benchmarks.reporting import HERE, SUMMARY_PAGE, readme_section, results_path
from benchmarks.subsets import SlopForensics, Style, Texts, on_prompts
from fastslop.base.errors import BadInputError
from fastslop.comparing.compare import compare, compare_counts
from fastslop.comparing.prompt_counts import read_prompt_counts
from fastslop.counting.count import count
from fastslop.demo.models import models
from fastslop.profiles.profile_set import ProfileSet
from tests.corpora_of import FAMILIES, Model, records, write_jsonl

MANY = 88
"""Prompts that suffice for ``explain``."""
PANEL = [
    Model("parent", {"burnished": 5, "petrichor": 4, "door to night": 3}),
    Model("child", {"burnished": 5, "petrichor": 4, "door to night": 3}),
    Model("ash", {"verdigris": 5, "gossamer": 2}),
    Model("beech", {"threadbare": 5, "hand over eyes": 3}),
    Model("cedar", {"flickered": 5, "old light room": 3}),
    Model("dogwood", {"languid": 5, "house by water": 3}),
]
"""A child that writes as its parent does, and four strangers."""


def relations_file(folder: Path, text: str) -> Path:
    path = folder / "relations.csv"
    path.write_text(text, encoding="utf-8")
    return path


def counted(folder: Path, models: list[Model], prompts: range) -> ProfileSet:
    folder.mkdir(parents=True)
    for model in models:
        write_jsonl(
            folder / f"{model.label}.jsonl", [row for row in records(model, n_prompts=MANY) if row["id"] in prompts]
        )
    return count(folder, out=folder / "profiles", panel="p")


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> ProfileSet:
    return counted(tmp_path_factory.mktemp("kinship") / "whole", PANEL, range(MANY))


@pytest.fixture(scope="module")
def likeness(panel: ProfileSet) -> Likeness:
    counts = read_prompt_counts(panel.members)
    return Likeness(counts, SlopForensics(panel.members, counts))


# Relations


def test_relations__are_read_with_or_without_their_sources(tmp_path: Path) -> None:
    rows = [Relation("b", "base", "a"), Relation("c", "teacher", "a")]
    assert read_relations(relations_file(tmp_path, "child,relation,parent\nb,base,a\n\n c , teacher,a\n")) == rows
    with_source = "\ufeffsource,child,relation,parent\na card,b,base,a\n,c,teacher,a\n"
    assert read_relations(relations_file(tmp_path, with_source)) == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"relations\.csv:1: the column 'child' is missing"),
        ("child,parent\nb,a\n", r":1: the column 'relation' is missing"),
        ("child,relation,parent,url\n", r":1: the column 'url' is unknown"),
        ("child,relation,parent,parent\n", r":1: a column stands there twice"),
        ("child,relation,parent\n", r"no relation is in it"),
        (
            "child,relation,parent\nb,base,a\nc,uncle,a\n",
            r":3: the relation 'uncle' is unknown; it is one of base, teacher",
        ),
        ("child,relation,parent\nb,base\n", r":2: 2 values, but there are 3 columns"),
        ("child,relation,parent\n,base,a\n", r":2: a child and a parent must have names"),
        ("child,relation,parent\na,base,a\n", r":2: 'a' cannot be its own parent"),
        ("child,relation,parent\nb,base,a\nb,base,a\n", r":3: this row stands at line 2 already"),
    ],
)
def test_relations__that_cannot_be_used_are_refused_with_their_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        read_relations(relations_file(tmp_path, text))


def test_kinship__connects_over_models_that_are_absent() -> None:
    found = Kinship(("a", "b", "c"), (Relation("a", "teacher", "absent"), Relation("b", "base", "absent")))
    assert found.absent == ["absent"]
    assert found.known == []
    assert found.n_without == 1
    assert found.is_sibling.tolist() == [[False, True, False], [True, False, False], [False, False, False]]
    assert found.is_unrelated[2].tolist() == [True, True, False]
    assert found.to_dict()["pairs"] == {"related": 0, "sibling": 1, "unrelated": 2}


@pytest.mark.parametrize("seed", range(5))
def test_kinship__is_what_following_relations_one_by_one_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = [f"m{i}" for i in range(12)]
    drawn = {(str(a), str(rng.choice(KINDS)), str(b)) for a, b in rng.choice(names, (8, 2)) if a != b}
    relations = tuple(Relation(*row) for row in sorted(drawn))
    found = Kinship(tuple(names[:10]), relations)

    def reached(start: str, steps: list[tuple[str, str]]) -> set[str]:
        seen, before = {start}, set[str]()
        while seen != before:
            before, seen = seen, seen | {b for a, b in steps if a in seen}
        return seen

    everything = [(r.parent, r.child) for r in relations] + [(r.child, r.parent) for r in relations]
    down = [(r.parent, r.child) for r in relations if r.kind in OF_WEIGHTS]
    up = [(b, a) for a, b in down]
    for i, one in enumerate(found.labels):
        of_base = set().union(*(reached(ancestor, down) for ancestor in reached(one, up)))
        for j, other in enumerate(found.labels):
            is_related = any({r.child, r.parent} == {one, other} for r in relations)
            is_kin = one != other and other in reached(one, everything)
            assert found.is_related[i, j] == is_related
            assert found.is_sibling[i, j] == (is_kin and not is_related)
            assert found.is_unrelated[i, j] == (one != other and not is_kin)
            assert found.is_of_base[i, j] == (other in of_base)


# Parents


def test_rank__is_the_place_among_candidates_and_behind_those_as_near() -> None:
    labels = ("child", "base", "cousin", "pupil", "teacher", "stranger")
    rows = [("child", "base", "base"), ("cousin", "base", "base"), ("child", "teacher", "teacher")]
    found = Kinship(labels, (*(Relation(*row) for row in rows), Relation("pupil", "teacher", "teacher")))
    distances = np.array([np.nan, 0.1, 0.2, 0.3, 0.4, 0.4])
    ranks = {name: rank(distances, 4, own) for name, own in candidates_of(found, 0, 4).items()}
    assert ranks == {"all": 5, "not of its base": 3, "nor a fellow": 2}
    assert rank(distances, 1, candidates_of(found, 0, 1)["not of its base"]) == 1


# Curves


@pytest.mark.parametrize("seed", range(4))
def test_curve__is_what_comparing_every_couple_gives(seed: int) -> None:
    """Also with ties, and with pairs that count several times or never."""
    rng = np.random.default_rng(seed)
    pairs, unrelated = rng.integers(0, 6, 9) / 6, rng.integers(0, 9, 25) / 9 + 0.1
    n, n_unrelated = rng.integers(0, 3, 9), rng.integers(0, 3, 25)
    found = curve(pairs, unrelated, n.astype(float), n_unrelated.astype(float))
    one, other = np.repeat(pairs, n), np.repeat(unrelated, n_unrelated)
    assert found.area == pytest.approx(np.mean([(a < b) + (a == b) / 2 for a in one for b in other]))
    exceeded = np.array([np.mean(other <= a) for a in one])
    assert found.found == pytest.approx(np.mean(exceeded <= FALSE_ALARMS))
    assert found.shares == pytest.approx([np.mean(exceeded <= share + 1e-9) for share in GRID])


@pytest.mark.parametrize(("distances", "area", "share"), [((0.1, 0.9), 1, 1), ((0.9, 0.1), 0, 0), ((0.5, 0.5), 0.5, 0)])
def test_curve__of_obvious_distances_is_obvious(distances: tuple[float, float], area: float, share: float) -> None:
    found = curve(*(np.full(20, d) for d in distances), np.ones(20), np.ones(20))
    assert (found.area, found.found) == (area, share)


def test_roc__draws_models_and_never_pairs_one_with_itself() -> None:
    n, rng = 8, np.random.default_rng(0)
    square = rng.random((n, n))
    square += square.T
    group = np.zeros((n, n), np.bool_)
    group[0, 1] = group[2, 3] = group[0, 4] = True
    group |= group.T
    unrelated = ~group & ~np.eye(n, dtype=np.bool_)
    drawn = draw_models(n, rng, 20)
    found = roc([square], group, unrelated, drawn)
    for n_of, area in zip(drawn, found.areas, strict=True):
        models = np.repeat(np.arange(n), n_of)
        pairs = [(a, b) for a, b in combinations(models, 2) if a != b]
        one = [square[p] for p in pairs if group[p]]
        other = [square[p] for p in pairs if unrelated[p]]
        if not one:
            assert np.isnan(area)
        else:
            assert area == pytest.approx(np.mean([(a < b) + (a == b) / 2 for a in one for b in other]))


def test_mcnemar__is_the_sign_test_of_cases_that_differ() -> None:
    hits, misses = np.ones(10, np.bool_), np.zeros(10, np.bool_)
    assert mcnemar(hits, hits) == mcnemar(misses, misses) == 1
    assert mcnemar(hits, misses) == pytest.approx(2 / 2**10)
    assert mcnemar(np.arange(10) < 7, np.arange(10) >= 7) == pytest.approx(2 * (1 + 10 + 45 + 120) / 2**10)


# Prompts and links


def test_on_prompts__is_what_counting_those_texts_gives(likeness: Likeness, tmp_path: Path) -> None:
    kept = np.zeros(MANY, np.bool_)
    again = counted(tmp_path / "some", PANEL, range(10, 40)).members
    kept[np.isin(likeness.counts.groups["p"], again[0].prompts.keys)] = True
    assert kept.sum() == 30
    some = on_prompts(likeness.counts, {"p": kept})
    distances = compare_counts(some, replicates=0).condensed
    np.testing.assert_allclose(distances, compare(ProfileSet(again), replicates=0).condensed, atol=1e-9)
    assert [of.n_words.sum() for of in some.counts] == [member.n_words for member in again]


def test_supported_links__are_the_child_and_its_parent(likeness: Likeness) -> None:
    supported = kinship.supported_links(likeness.counts, 0)
    assert supported is not None
    labels = likeness.counts.labels
    assert {(labels[a], labels[b]) for a, b in np.argwhere(supported)} == {("child", "parent"), ("parent", "child")}
    few = on_prompts(likeness.counts, {"p": np.arange(MANY) < 79})
    assert kinship.supported_links(few, 0) is None


def test_measure__finds_the_planted_parent_and_no_stranger(likeness: Likeness) -> None:
    found = Kinship(likeness.counts.labels, (Relation("child", "base", "parent"),))
    results = measure(found, [likeness.draw(None, np.random.default_rng(0))], 0)
    for method in ("fastslop", "slop-forensics"):
        among = results["parents"][method]["base"]["among"]
        assert among["all"] == {"n_candidates": 5, "first": 1, "few": 1, "median": 1}
        assert results["pairs"]["related"]["methods"][method]["area"] == 1
        assert results["nearest"]["hits"][method] == results["nearest"]["n"] == 2
    assert results["nearest"]["p"] == 1
    links = results["links"]["all"]
    assert links["related"] == {"n": 2, "hits": 2}
    assert links["base: child to parent"] == {"n": 1, "hits": 1}
    assert links["unrelated"] == {"n": 28, "hits": 0}
    assert results["links"]["nearest"]["related"] == {"n": 2, "hits": 2}


# The command


def test_command__measures_texts_as_it_does_profiles_and_tells_what_is_absent(texts: Path, tmp_path: Path) -> None:
    rows = "child,relation,parent\noak-2,base,oak-1\nelm-2,snapshot,elm-1\nelm-2,teacher,nobody\n"
    relations, results = relations_file(tmp_path, rows), []
    profiles = tmp_path / "profiles"
    count(texts, out=profiles)
    for place in (texts, profiles):
        path = tmp_path / f"{len(results)}.json"
        arguments = [str(place), str(relations), "--prompts", "10,100", "--draws", "2", "--json", str(path)]
        run = CliRunner().invoke(kinship.main, arguments, catch_exceptions=False)
        assert run.exit_code == 0, run.output
        assert "1 of 3 relations name models that are not in the panel: nobody" in run.stderr
        assert "there are 24 prompts" in run.stderr
        results.append(json.loads(path.read_text(encoding="utf-8")))
        assert to_markdown(results[-1]).strip() in run.output
    published, results = results, [next(iter(one["panels"].values())) for one in results]
    assert results[0]["sizes"] == results[1]["sizes"]
    assert [of["n_prompts"] for of in results[0]["sizes"]] == [10, 24]
    assert results[0]["sizes"][1]["nearest"]["hits"]["fastslop"] == len(FAMILIES)
    assert "too few prompts" in to_markdown(published[0])
    assert "1 relation left out" in to_markdown(published[0])
    assert "prefers-color-scheme:dark" in to_svg(results[0])


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ("child,relation,parent\na,uncle,b\n", [], "'uncle' is unknown"),
        ("child,relation,parent\na,base,b\n", [], "none of its relations connects two models"),
        ("child,relation,parent\noak-2,base,oak-1\n", ["--prompts", "few"], "write for example 25,100"),
        ("child,relation,parent\noak-2,base,oak-1\n", ["--prompts", "1"], "two prompts are the fewest"),
    ],
)
def test_command__says_what_is_wrong(
    profiles: Path, tmp_path: Path, rows: str, options: list[str], message: str
) -> None:
    run = CliRunner().invoke(kinship.main, [str(profiles), str(relations_file(tmp_path, rows)), *options])
    assert run.exit_code in (1, 2)
    assert message in run.output


def test_published_page__is_that_of_the_published_results() -> None:
    published = json.loads(results_path("kinship").read_text(encoding="utf-8"))
    assert readme_section("kinship", TABLE) == to_markdown(published)
    assert readme_section("kinship", SUMMARY_PAGE) == to_summary(published)
    assert PICTURE.read_text(encoding="utf-8") == to_svg(largest_panel())


def test_published_page__has_every_panel_whose_relations_lie_here() -> None:
    published = json.loads(results_path("kinship").read_text(encoding="utf-8"))
    assert {path.stem for path in (HERE / "kin").glob("*.csv")} <= set(published["panels"])


def test_relations_of_the_demo__are_its_families() -> None:
    relations = read_relations(HERE / "kin" / "demo.csv")
    assert {r.child: r.parent for r in relations} == {model.label: model.family for model in models()}


def test_style__on_some_prompts_is_as_on_their_counts(likeness: Likeness) -> None:
    kept = np.arange(MANY) % 3 == 0
    texts = [Texts(i, kept) for i in range(len(PANEL))]
    some = on_prompts(likeness.counts, {"p": kept})
    expected = compare_counts(some, replicates=0).square
    np.testing.assert_allclose(Style(likeness.counts).within(texts), expected, atol=1e-6)
