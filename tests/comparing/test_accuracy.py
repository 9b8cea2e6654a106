"""The benchmark of accuracy: subsets from profiles are what counting the subset gives, and planted truths are found."""

from __future__ import annotations

import json
from pathlib import Path

import click
import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from scipy.spatial.distance import squareform

from benchmarks import accuracy
from benchmarks.accuracy import TABLE, Panel, known_again, mix, panel_of, read_genres
from benchmarks.accuracy_table import to_markdown, to_summary, wilson
from benchmarks.reporting import HERE, SUMMARY_PAGE, readme_section
from benchmarks.subsets import SlopForensics, Style, Texts
from fastslop.comparing.compare import compare
from fastslop.counting.count import count
from fastslop.profiles.profile_set import Member, ProfileSet
from tests.corpora_of import FAMILIES, N_PROMPTS, records, write_jsonl
from tests.naive import fnv1a

HALF = range(N_PROMPTS // 2)


def key_of(prompt: int) -> int:
    return fnv1a(f"planted_{prompt}")


def counted(folder: Path, rows: dict[str, list[dict[str, object]]]) -> ProfileSet:
    (folder / "texts").mkdir(parents=True)
    files = [write_jsonl(folder / "texts" / f"{label}.jsonl", own) for label, own in rows.items()]
    return count(files, out=folder / "profiles", panel="p")


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> tuple[Member, ...]:
    return counted(tmp_path_factory.mktemp("accuracy") / "whole", {m.label: records(m) for m in FAMILIES}).members


@pytest.fixture(scope="module")
def panel(members: tuple[Member, ...]) -> Panel:
    genres = {name: [f"planted_{i}" for i in range(N_PROMPTS) if i % 2 == odd] for odd, name in enumerate(("a", "b"))}
    return panel_of(members, genres)


def kept_of(panel: Panel, prompts: range) -> np.ndarray:
    return np.isin(panel.counts.groups["p"], np.array([key_of(i) for i in prompts], np.uint64))


@pytest.mark.parametrize(("method", "is_mixed"), [("fastslop", False), ("fastslop", True), ("slop-forensics", False)])
def test_subset__is_what_counting_those_texts_gives(
    members, panel: Panel, tmp_path: Path, method: str, is_mixed: bool
) -> None:
    """Also with a part of the texts by another label."""
    chosen = Style(panel.counts) if method == "fastslop" else SlopForensics(members, panel.counts)
    half, few = kept_of(panel, HALF), kept_of(panel, range(4))
    mixed = Texts(0, half, 2, few) if is_mixed else Texts(0, half)
    texts = [mixed, *(Texts(i, half) for i in range(1, len(FAMILIES)))]
    rows = {m.label: [r for r in records(m) if r["id"] in HALF] for m in FAMILIES}
    first, source = members[0].label, members[2].label
    if is_mixed:
        rows[first] = [{**r, "model": first} for r in rows[source][:4]] + rows[first][4:]
    again = compare(counted(tmp_path / "half", rows), method=method, replicates=0)
    assert list(again.labels) == [m.label for m in members]
    np.testing.assert_allclose(squareform(chosen.within(texts)), again.condensed, atol=1e-6)


def test_sides__share_no_prompt_and_have_the_size_asked_for(panel: Panel) -> None:
    one, other = panel.halves(np.random.default_rng(0))
    for size in (None, 5):
        for a, b in zip(panel.side(one, size).values(), panel.side(other, size).values(), strict=True):
            assert not (a.kept & b.kept).any()
            assert a.kept.sum() == b.kept.sum() == (size or N_PROMPTS // 2)
    assert panel.side(one, N_PROMPTS) == {}


@pytest.mark.parametrize("method", ["fastslop", "slop-forensics"])
def test_known_again__finds_planted_habits_and_counts_mistakes(members, panel: Panel, method: str) -> None:
    chosen = Style(panel.counts) if method == "fastslop" else SlopForensics(members, panel.counts)
    sides = [panel.side(order) for order in panel.halves(np.random.default_rng(1))]
    found = known_again(panel, chosen, *sides)
    assert found["n"] == 4
    assert found["hits"] == [4 - len(wrong) for wrong in found["mistaken"]]
    if method == "fastslop":
        assert found["hits"] == [4, 4]
    exchanged = {i: Texts(i, side.kept, 3 - i, side.kept) for i, side in sides[1].items()}
    assert known_again(panel, chosen, sides[0], exchanged)["hits"] == [0, 0]


def test_mix__replaces_the_share_asked_for_or_nothing(panel: Panel) -> None:
    everything = Texts(0, np.ones(N_PROMPTS, np.bool_))
    order = np.arange(N_PROMPTS)
    mixed = mix(panel, everything, 1, order, 25)
    assert mixed is not None
    assert mixed.replaced is not None
    assert mixed.replaced.sum() == N_PROMPTS / 4
    assert mix(panel, everything, 1, order, 1) is None
    assert mix(panel, everything, 1, order, 0) is everything


def test_wilson__is_the_published_interval() -> None:
    """Newcombe 1998, table I, method 3: 81 of 263, and 0 of 20."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_genres__are_read_from_a_rule_or_a_file(tmp_path: Path) -> None:
    by_rule = read_genres("stories=x_0..2,essays=x_3..4")
    assert by_rule == {"stories": ["x_0", "x_1", "x_2"], "essays": ["x_3", "x_4"]}
    (tmp_path / "genres.json").write_text(json.dumps(by_rule), encoding="utf-8")
    assert read_genres(str(tmp_path / "genres.json")) == by_rule
    for bad in ("stories", "a=x_0..1", "a=x_0..1,b=x_2..3,c=x_4..5"):
        with pytest.raises(click.BadParameter, match="genre"):
            read_genres(bad)


def test_genres__of_unknown_prompts_are_refused(members) -> None:
    with pytest.raises(click.BadParameter, match="no prompt of 'b'"):
        panel_of(members, {"a": ["planted_1"], "b": ["nowhere_1"]})


def test_published_table__is_that_of_the_published_results() -> None:
    results = json.loads((HERE / "accuracy.json").read_text(encoding="utf-8"))
    assert readme_section("accuracy", TABLE) == to_markdown(results)
    assert readme_section("accuracy", SUMMARY_PAGE) == to_summary(results)


def test_command__measures_texts_as_it_does_profiles(members, tmp_path: Path) -> None:
    texts = members[0].place.parents[1] / "texts"
    rule = "early=planted_0..11,late=planted_12..23"
    results = []
    parquet = tmp_path / "parquet"
    parquet.mkdir()
    for file in texts.iterdir():
        pl.read_ndjson(file).write_parquet(parquet / f"{file.stem}.parquet")
    for place in (texts, members[0].place.parent, parquet):
        path = tmp_path / f"{len(results)}.json"
        arguments = [str(place), "--genre", rule, "--splits", "2", "--json", str(path)]
        run = CliRunner().invoke(accuracy.main, arguments, catch_exceptions=False)
        assert run.exit_code == 0, run.output
        published = json.loads(path.read_text(encoding="utf-8"))
        assert to_markdown(published).strip() in run.output
        results += published["panels"].values()
    assert results[0]["methods"] == results[1]["methods"] == results[2]["methods"]
    of = results[0]["methods"]["fastslop"]
    assert of["relatives"]["hits"] == of["relatives"]["n"] == 4
    assert of["splits"]["25 a side"][0]["n"] == 0
    assert of["admixture"]["0"]["n"] == 0
    assert "too few splits" in to_markdown(published)


def test_admixture__is_told_by_more_than_nothing_is(panel: Panel) -> None:
    found = accuracy.measure_admixture(panel, Style(panel.counts), 12, 0)
    power = {int(percent): of["flagged"] / of["n"] for percent, of in found.items() if of["n"]}
    assert power[40] > 0.5 > 0.2 > power[0]


def test_identify__is_measured_by_what_the_command_says(panel: Panel) -> None:
    found = accuracy.measure_identify(panel, 2, 0)
    assert [run["hits"] for run in found["nearest"]["halves"]] == [[4, 4]] * 2
    for said in found["said"].values():
        assert said["known"] == 3 * said["strangers"]
        assert said["named"] + said["misnamed"] <= said["known"]
        assert said["wrongly named"] + said["refused"] <= said["strangers"]


def test_placebo_links__need_enough_prompts(panel: Panel) -> None:
    assert accuracy.measure_placebo_links(panel.counts, 0) == {"flagged": 0, "n": 0}
