"""Commands that show who is like whom: tables of neighbours, trees, heat maps, the report."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.corpora_of import FAMILIES, OWN_WORDS, Model, done, fastslop, files_below, leaves_below, records, write_jsonl

LABELS = sorted(OWN_WORDS)


# Comparing


def test_compare__says_what_the_contract_says(profiles: Path) -> None:
    value = done("compare", profiles, "--json").json
    assert (value["format"], value["method"]) == (1, "fastslop")
    assert isinstance(value["metric"], str) and value["labels"] == LABELS
    assert value["panels"] == dict.fromkeys(LABELS, "panel-1")
    distance = dict(zip(combinations(LABELS, 2), value["distances"], strict=True))
    for label in LABELS:
        rows = [row for row in value["neighbours"] if row["label"] == label]
        assert all({"neighbour", "rank", "distance", "support", "floor"} <= set(row) for row in rows)
        assert [row["rank"] for row in rows] == [1, 2, 3]
        assert sorted(row["neighbour"] for row in rows) == [other for other in LABELS if other != label]
        assert [row["distance"] for row in rows] == sorted(row["distance"] for row in rows)
        for row in rows:
            assert row["distance"] == distance[min(label, row["neighbour"]), max(label, row["neighbour"])]


def test_compare__has_slop_forensics_method_beside_its_own(profiles: Path) -> None:
    value = done("compare", profiles, "--method", "slop-forensics", "--json").json
    assert (value["method"], value["metric"]) == ("slop-forensics", "Jaccard distance")
    assert all(0 <= distance <= 1 for distance in value["distances"])
    refused = fastslop("compare", profiles, "--method", "guess")
    assert (refused.code, refused.out) == (2, "")
    assert "'guess'" in refused.log and "slop-forensics" in refused.log


def test_compare__prints_neighbours_for_people(profiles: Path) -> None:
    lines = done("compare", profiles, "--top", 1).out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith(tuple(LABELS))] == LABELS
    plain = done("compare", profiles, "--top", 1, "--replicates", 0).out.splitlines()
    assert [line.split()[0] for line in plain[-4:]] == LABELS


def test_compare__of_one_label_is_refused(profiles: Path) -> None:
    answer = fastslop("compare", profiles / "oak-1.parquet")
    assert (answer.code, answer.out) == (1, "")
    assert "'oak-1'" in answer.log and "two labels" in answer.log


def test_compare__of_equal_texts_is_zero(tmp_path: Path) -> None:
    rows = records(FAMILIES[0])
    for label in "ab":
        path = write_jsonl(tmp_path / f"{label}.jsonl", [row | {"model": label} for row in rows])
        done("count", path, "-o", tmp_path / "out")
    assert done("compare", tmp_path / "out", "--json").json["distances"] == [0.0]


def test_compare__shows_the_panel_of_a_label_in_two(texts: Path, tmp_path: Path) -> None:
    for label in ("oak-1", "oak-2", "elm-1"):
        rows = [json.loads(line) for line in (texts / f"{label}.jsonl").read_text().splitlines()]
        other = write_jsonl(tmp_path / f"{label}.jsonl", [row | {"source": "other prompts"} for row in rows])
        done("count", other, "-o", tmp_path / "found")
        done("count", texts / f"{label}.jsonl", "-o", tmp_path / "first")
        for panel in ("stories", "essays"):
            done("count", texts / f"{label}.jsonl", "-o", tmp_path / "named", "--panel", panel)
    done("count", texts / "elm-2.jsonl", "-o", tmp_path / "named", "--panel", "essays")
    named = done("compare", tmp_path / "named", "--json").json
    repeated = [f"{label}@{panel}" for label in ("elm-1", "oak-1", "oak-2") for panel in ("essays", "stories")]
    assert named["labels"] == sorted([*repeated, "elm-2"])
    assert named["panels"] == {name: name.partition("@")[2] or "essays" for name in named["labels"]}
    found = done("compare", tmp_path / "first", tmp_path / "found", "--json").json
    assert set(found["panels"].values()) == {"panel-1", "panel-2"}
    assert all(label.endswith(f"@{panel}") for label, panel in found["panels"].items())
    assert "panels" in found["notes"][0]


def refuses(message: str, *args: object) -> None:
    """Check that a command is bad usage, and says why."""
    answer = fastslop(*args)
    assert answer.code == 2 and message in answer.log, answer.log


def test_compare__draws_a_heat_map_beside_what_it_prints(profiles: Path, tmp_path: Path) -> None:
    path = tmp_path / "distances.svg"
    answer = done("compare", profiles, "--heatmap", path, "--json")
    labels = json.loads(answer.out)["labels"]
    drawn = path.read_text(encoding="utf-8")
    assert all(drawn.count(f">{label}</text>") == 2 for label in labels)
    refuses(f"{path} is already there", "compare", profiles, "--heatmap", path)
    named = "distances.txt: this is written as .svg, .png, .pdf, by the ending of its name"
    refuses(named, "compare", profiles, "--heatmap", tmp_path / "distances.txt")


def test_compare__draws_a_map_and_writes_distances_for_a_network(profiles: Path, tmp_path: Path) -> None:
    drawn, network = tmp_path / "map.svg", tmp_path / "network.nex"
    value = done("compare", profiles, "--map", drawn, "--nexus", network, "--json").json
    assert [len(value["map"][axis]) for axis in ("x", "y")] == [len(LABELS)] * 2
    assert value["likeness"].startswith(f"Mean delta {value['mean_delta']:.2f}")
    svg = drawn.read_text(encoding="utf-8")
    assert all(f">{label}</text>" in svg for label in LABELS)
    assert f"Stress {value['map']['stress']:.2f}" in svg
    assert network.read_text(encoding="utf-8").startswith("#NEXUS\nBEGIN TAXA;")
    refuses(f"{drawn} is already there", "compare", profiles, "--map", drawn)
    named = "network.txt: this is written as .nex, by the ending of its name"
    refuses(named, "compare", profiles, "--nexus", tmp_path / "network.txt")


# Trees


@pytest.mark.parametrize(
    ("suffix", "first"), [(".nwk", b"("), (".nex", b"#NEXUS"), (".svg", b"<svg"), (".png", b"\x89PNG"), (".NWK", b"(")]
)
def test_tree__is_written_by_the_ending(suffix: str, first: bytes, profiles: Path, tmp_path: Path) -> None:
    if suffix == ".png":
        pytest.importorskip("matplotlib")
    path = tmp_path / f"tree{suffix}"
    answer = done("tree", profiles, "-o", path, "--linkage", "ward", "--title", "Ash & <elm>")
    assert answer.out.split() == [str(path)]
    assert first in path.read_bytes()[:100]
    assert files_below(tmp_path) == [path.name]
    again = fastslop("tree", profiles, "-o", path)
    assert (again.code, again.out) == (2, "")
    assert str(path) in again.log and "--force" in again.log
    done("tree", profiles, "-o", path, "--force")


@pytest.mark.parametrize("name", ["tree.gif", "tree", "tree.nwk.gz"])
def test_tree__of_an_unknown_ending_is_refused_before_anything_is_computed(
    name: str, profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compute(*_: object) -> None:
        raise AssertionError("computed before the ending was looked at")

    monkeypatch.setattr("fastslop.profiles.profile_set.open_profiles", compute)
    answer = fastslop("tree", profiles, "-o", tmp_path / name)
    assert (answer.code, answer.out) == (2, "")
    assert name in answer.log and ".nwk, .nex, .svg, .png, .pdf" in answer.log


@pytest.mark.parametrize("layout", ["rectangular", "circular"])
def test_tree__marks_the_models_that_are_highlighted(layout: str, profiles: Path, tmp_path: Path) -> None:
    label = json.loads(done("compare", profiles, "--json").out)["labels"][0]
    path = tmp_path / "tree.svg"
    done("tree", profiles, "-o", path, "--layout", layout, "--highlight", label)
    assert path.read_text(encoding="utf-8").count('font-weight="bold"') == 1
    answer = fastslop("tree", profiles, "-o", path, "--highlight", "nobody", "--force")
    assert answer.code == 2
    assert "cannot highlight 'nobody'" in answer.log


def test_tree__says_how_tree_like_the_distances_are_in_its_picture(profiles: Path, tmp_path: Path) -> None:
    path = tmp_path / "tree.svg"
    answer = done("tree", profiles, "-o", path, "--replicates", 5)
    assert "note: Mean delta 0." in answer.log
    assert ">Mean delta 0." in path.read_text(encoding="utf-8")


def test_tree__is_coloured_and_collapsed_by_families_that_are_given(profiles: Path, tmp_path: Path) -> None:
    families, path = tmp_path / "families.csv", tmp_path / "tree.svg"
    families.write_text("label,family\n" + "".join(f"{label},Trees\n" for label in LABELS[:2]), encoding="utf-8")
    options = ("--families", families, "--collapse", "families", "--replicates", 5)
    done("tree", profiles, "-o", path, *options, "--hide-support", 101, "--size", "90x120")
    svg = path.read_text(encoding="utf-8")
    assert ">Trees</text>" in svg
    small = done("tree", profiles, "-o", path, *options, "--size", "20", "--force")
    assert "mm would do; --layout circular and --collapse need less room" in small.log
    assert 'mm"' in svg[:300]
    families.write_text("label,family\noak1,Trees\n", encoding="utf-8")
    answer = fastslop("tree", profiles, "-o", path, *options, "--force")
    assert answer.code == 2
    assert "'oak1'" in answer.log and "did you mean oak-1" in answer.log


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--collapse", "1", "'1': write families, or how many leaves are to be left, 2 at least"),
        ("--collapse", "family", "'family': write families, or how many leaves are to be left, 2 at least"),
        ("--size", "A4", "'A4' is no size; write a width in millimetres, or width and height: 180, 180x250"),
        ("--dpi", "300", "tree.svg: dots per inch are of a PNG; lines and texts of .svg are sharp at any size"),
    ],
)
def test_tree__refuses_what_cannot_be_drawn(
    option: str, value: str, message: str, profiles: Path, tmp_path: Path
) -> None:
    refuses(message, "tree", profiles, "-o", tmp_path / "tree.svg", "--replicates", 0, option, value)
    assert files_below(tmp_path) == []


def test_lists__of_unknown_kinds_name_those_that_there_are(profiles: Path, tmp_path: Path) -> None:
    refuses("'cliches' is none of cliche, ", "lists", profiles, "-o", tmp_path / "lists", "--kinds", "cliches")


# Report


def test_report__is_one_page_and_is_not_overwritten(profiles: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    answer = done("report", profiles, "-o", path, "--title", "Ash & <elm>")
    assert answer.out.split() == [str(path)]
    page = path.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "<elm>" not in page
    refuses(f"{path} is already there; choose another place or say --force", "report", profiles, "-o", path)
    assert path.read_text(encoding="utf-8") == page
    refuses("report.pdf: a report is written as .html", "report", profiles, "-o", tmp_path / "report.pdf")


def data_of(page: Path) -> dict[str, Any]:
    """The data of a report."""
    found = re.search(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page.read_text("utf-8"), re.S)
    assert found
    return json.loads(found[1])


def test_report__of_profiles_and_their_texts_is_that_of_the_run(texts: Path, tmp_path: Path) -> None:
    done("run", texts, "-o", tmp_path / "out")
    answer = done("report", tmp_path / "out", "--texts", texts, "-o", tmp_path / "page.html")
    assert "read: text output" in answer.log
    of_run, of_report = data_of(tmp_path / "out" / "report.html"), data_of(tmp_path / "page.html")
    assert any("example" in table for tables in of_run["profiles"] for table in tables.values())
    assert {name for name in of_run if of_run[name] != of_report[name]} == {"read"}


def test_report__with_texts_of_other_models_is_refused(texts: Path, profiles: Path, tmp_path: Path) -> None:
    strange = write_jsonl(tmp_path / "strange.jsonl", records(Model("ash-9")))
    answer = fastslop("report", profiles, "--texts", strange, "-o", tmp_path / "page.html")
    assert (answer.code, answer.out) == (1, "")
    assert "ash-9" in answer.log and "elm-1" in answer.log and "--label" in answer.log
    some = done("report", profiles, "--texts", strange, "--texts", texts / "oak-1.jsonl", "-o", tmp_path / "page.html")
    assert "no passages and phrases of elm-1, elm-2, oak-2" in some.log and "texts of ash-9 are not used" in some.log


def test_report__reads_texts_twice_and_so_not_from_a_pipe(profiles: Path, tmp_path: Path) -> None:
    answer = fastslop("report", profiles, "--texts", "-", "--label", "a", "-o", tmp_path / "page.html")
    assert (answer.code, answer.out) == (2, "")
    assert "read twice" in answer.log


def test_report__has_as_many_replicates_and_as_much_evidence_as_is_asked_for(profiles: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    answer = done("report", profiles, "-o", page, "--replicates", 20, "--no-evidence", "--json")
    assert (answer.json["format"], answer.json["path"], answer.json["labels"]) == (1, str(page), LABELS)
    assert any("20 replicates" in note for note in answer.json["notes"])
    assert data_of(page)["evidence"] == [] and "--no-evidence" in data_of(page)["no_evidence"]
    done("report", profiles, "-o", page, "--replicates", 0, "--force")
    assert {row["support"] for row in data_of(page)["comparison"]["neighbours"]} == {None}


# JSON of what is written


def test_tree__as_json_has_the_groups_of_its_newick(profiles: Path, tmp_path: Path) -> None:
    path = tmp_path / "tree.nwk"
    value = done("tree", profiles, "-o", path, "--json").json
    assert (value["format"], value["path"], value["labels"]) == (1, str(path), LABELS)
    assert path.read_text(encoding="utf-8") == value["newick"]
    assert {frozenset(group["labels"]) for group in value["groups"]} == leaves_below(value["newick"])
    heights = [group["height"] for group in value["groups"]]
    assert heights == sorted(heights) and value["groups"][-1]["labels"] == LABELS
    assert all(0 <= group["support"] <= 1 for group in value["groups"][:-1])
    plain = done("tree", profiles, "-o", path, "--json", "--replicates", 0, "--linkage", "nj", "--force").json
    assert {group["support"] for group in plain["groups"]} == {None} and not plain["is_rooted"]


def test_lists__as_json_say_how_many_entries_each_file_has(texts: Path, profiles: Path, tmp_path: Path) -> None:
    answer = done("lists", profiles, "--texts", texts, "-o", tmp_path / "lists", "--no-names", "--json")
    assert (answer.json["format"], answer.json["out"]) == (1, str(tmp_path / "lists"))
    assert [one["label"] for one in answer.json["lists"]] == [None, *LABELS]
    for one in answer.json["lists"]:
        written = pl.read_csv(tmp_path / "lists" / one["folder"] / "list.csv")
        assert dict(written.group_by("kind").len().iter_rows()) == {k: n for k, n in one["n_entries"].items() if n}
    assert all(note in answer.log for note in answer.json["notes"])


def test_filter__as_json_has_the_sums_alone(texts: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("petrichor\nverdigris\n", encoding="utf-8")
    args = ("filter", texts, "--list", tmp_path / "list.txt", "--max-score", 1)
    value = done(*args, "--json").json
    kept = done(*args, "-o", tmp_path / "kept.jsonl", "--json").json
    assert value == kept and value["format"] == 1
    rows = {row["label"]: row for row in value["labels"]}
    assert list(rows) == LABELS
    assert rows["elm-1"]["matches"] == 0 < rows["oak-1"]["matches"]
    lines = (tmp_path / "kept.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == sum(row["n_kept"] for row in rows.values())


def test_report__and_run_take_families(texts: Path, profiles: Path, tmp_path: Path) -> None:
    families = tmp_path / "families.csv"
    families.write_text(f"label,family\n{LABELS[0]},House of {LABELS[0]}\n", encoding="utf-8")
    done("report", profiles, "-o", tmp_path / "report.html", "--families", families)
    assert f"House of {LABELS[0]}" in (tmp_path / "report.html").read_text(encoding="utf-8")
    answer = done("run", texts, "-o", tmp_path / "out", "--families", families)
    assert f"House of {LABELS[0]}" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Mean delta 0." in answer.log
    assert ">Mean delta 0." in (tmp_path / "out" / "tree.svg").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["parameters"]["families"] == {
        LABELS[0]: f"House of {LABELS[0]}"
    }
    families.write_text("label,family\nnobody,House\n", encoding="utf-8")
    for command, out in (("report", "other.html"), ("run", "other")):
        refused = fastslop(
            command, profiles if command == "report" else texts, "-o", tmp_path / out, *("--families", families)
        )
        assert refused.code == 2
        assert "'nobody'" in refused.log
