"""Planted siblings are supported, unrelated pairs are not, and the tests are those of the books."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.errors import BadInputError, UsageError
from fastslop.comparing.compare import compare_counts
from fastslop.comparing.prompt_counts import read_prompt_counts
from fastslop.counting.count import count
from fastslop.evidence.explain import explain, explain_nearest
from fastslop.evidence.links import excess, holm, judge_link, said_verdict, weigh_links
from fastslop.evidence.neighbours import explain_neighbours
from fastslop.evidence.patterson import patterson
from fastslop.profiles.origins import read_origins
from fastslop.profiles.profile_set import open_profiles
from tests.corpora_of import Model, done, fastslop, records, write_jsonl

SHARED = {"burnished": 5, "over the hill": 4, "petrichor": 4}
MODELS = [
    Model("kin-1", {**SHARED, "verdigris": 2}),
    Model("kin-2", {**SHARED, "gossamer": 2}),
    *(Model(f"lone-{i}", {word: 5, f"{word} at night": 4}) for i, word in enumerate("ash bay elk fog gem hut".split())),
]


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explain")
    files = [write_jsonl(folder / f"{m.label}.jsonl", records(m, n_prompts=80)) for m in MODELS]
    done("count", *files, "-o", folder / "profiles")
    return folder / "profiles"


def test_explain__supports_planted_siblings_and_names_what_links_them(profiles) -> None:
    found = done("explain", profiles, "kin-1", "kin-2", "--replicates", 20, "--json").json
    assert found["format"] == 1
    assert found["verdict"] == "supported"
    assert {"burnished", "petrichor"} <= {row["feature"] for row in found["shared"]}
    shares = [row["share"] for row in found["separating"]]
    assert shares == sorted(shares, reverse=True)
    assert max(row["p"] for row in found["rivals"]) <= 0.05


def test_groups__share_what_carries_a_likeness_and_hold_their_kinds(profiles) -> None:
    found = explain(open_profiles(profiles), "kin-1", "kin-2", top=10_000_000, replicates=20)
    assert [group["name"] for group in found.groups] == ["typography", "words", "phrases"]
    assert sum(group["share"] for group in found.groups) == pytest.approx(1)
    for group in found.groups:
        assert group["share"] == pytest.approx(sum(row["share"] for row in group["features"]))
    typography, words, phrases = ({(row["kind"], row["order"]) for row in group["features"]} for group in found.groups)
    assert typography <= {("mark", 1), ("mark", 2)}
    assert (words, phrases) == ({("word", 1)}, {("word", 2)})
    together = [row for group in found.groups for row in group["features"]]
    assert sorted(map(str, together)) == sorted(map(str, found.shared))
    few = explain(open_profiles(profiles), "kin-1", "kin-2", top=3, replicates=20)
    assert [group["features"] for group in few.groups] == [group["features"][:3] for group in found.groups]
    assert [group["share"] for group in few.groups] == [group["share"] for group in found.groups]


def test_run__says_the_verdicts_of_its_report_in_summary_json_and_neighbours(profiles, tmp_path) -> None:
    answer = done("run", profiles.parent, "-o", tmp_path / "out")
    (line,) = re.findall(r"^kin-1 +kin-2 +(\w+(?: \w+)*)  ", answer.out, re.MULTILINE)
    assert line == "supported"
    rows = csv.DictReader(io.StringIO((tmp_path / "out" / "neighbours.csv").read_text(encoding="utf-8")))
    verdicts = {(row["label"], row["rank"]): row["verdict"] for row in rows}
    assert verdicts["kin-1", "1"] == verdicts["kin-2", "1"] == "supported"
    assert {verdict for (_, rank), verdict in verdicts.items() if rank != "1"} == {""}
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    of_page = {m["label"]: said_verdict(m["verdict"], m["group"]) for m in data["models"]}
    assert of_page == {label: verdict for (label, rank), verdict in verdicts.items() if rank == "1"}
    again = done("run", profiles.parent, "-o", tmp_path / "again", "--json").json
    assert {label: row["verdict"] for label, row in again["labels"].items()} == of_page


def test_judge_link__supports_no_unrelated_pair(profiles) -> None:
    counts = read_prompt_counts(open_profiles(profiles).members)
    links = weigh_links(counts)
    verdicts = {(a, b): judge_link(counts.labels, links, a, b).verdict for a, b in itertools.permutations(range(8), 2)}
    assert [pair for pair, verdict in verdicts.items() if verdict == "supported"] == [(0, 1), (1, 0)]


def test_explain_nearest__says_of_each_label_and_its_nearest_what_explain_says(profiles) -> None:
    opened = open_profiles(profiles)
    counts = read_prompt_counts(opened.members)
    comparison = compare_counts(counts, replicates=20)
    found = explain_nearest(counts, comparison, read_origins(opened.members), top=5)
    assert [one.a for one in found] == list(counts.labels)
    nearest = dict(comparison.neighbours.filter(rank=1).select("label", "neighbour").iter_rows())
    assert {one.a: one.b for one in found} == nearest
    for one in found[::4]:
        assert one == explain(opened, one.a, one.b, top=5, replicates=20)


def test_explain_nearest__refuses_what_explain_refuses(profiles) -> None:
    members = open_profiles(profiles)[:4].members
    counts = read_prompt_counts(members)
    with pytest.raises(BadInputError, match="takes 5 models at least, there are 4"):
        explain_nearest(counts, compare_counts(counts, replicates=20), read_origins(members), top=5)


def test_patterson__is_highest_for_the_source_that_the_sibling_has_not(profiles) -> None:
    counts = read_prompt_counts(open_profiles(profiles).members)
    found = patterson(counts, counts.labels.index("lone-0"), counts.labels.index("kin-1"))
    assert found[0]["source"] == "kin-2"
    assert found[0]["d"] > 0
    assert found[0]["p"] <= 0.05
    back = patterson(counts, counts.labels.index("kin-1"), counts.labels.index("lone-0"))
    assert {r["source"]: r["d"] for r in back} == pytest.approx({r["source"]: -r["d"] for r in found})


def test_explain__prints_the_verdict_first_and_what_it_cannot_show_last(profiles) -> None:
    out = done("explain", profiles, "kin-1", "lone-3", "--sibling", "lone-0", "--replicates", 20).out
    assert out.startswith("kin-1 and lone-3: not supported")
    assert "Patterson's D" in out
    assert out.rstrip().endswith("a source that is not among these models.")
    without = done("explain", profiles, "kin-1", "lone-3", "--replicates", 20).out
    assert without.rstrip().endswith("must be among these models and be named (--base, --sibling).")


def test_explain__refuses_a_label_that_is_not_there(profiles) -> None:
    answer = fastslop("explain", profiles, "kin-1", "nobody")
    assert (answer.code, "no profile of 'nobody'" in answer.log) == (2, True)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_holm__equals_testing_step_by_step(p) -> None:
    adjusted = holm(np.array(p))
    so_far = 0.0
    for step, i in enumerate(np.argsort(p, kind="stable")):
        so_far = max(so_far, min(1.0, (len(p) - step) * p[i]))
        assert adjusted[i] == pytest.approx(so_far)


def test_excess__is_large_only_for_the_pair_that_stands_out() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, (9, 9))
    whole = noise + noise.T
    whole[2, 5] = whole[5, 2] = 0.5
    scores = excess(whole)
    assert np.unravel_index(np.nanargmax(scores), scores.shape) == (2, 5)
    assert scores[2, 5] > 10
    assert np.nanmedian(scores) == pytest.approx(0, abs=1e-9)


def test_judge_link__names_the_group_where_siblings_tie(tmp_path: Path) -> None:
    """Of three that share the same, none is the others' nearest; those that share less are not of the group."""
    models = [*(Model(f"kin-{i}", SHARED) for i in range(3)), *MODELS[2:]]
    files = [write_jsonl(tmp_path / f"{m.label}.jsonl", records(m, n_prompts=80)) for m in models]
    done("count", *files, "-o", tmp_path / "profiles")
    counts = read_prompt_counts(open_profiles(tmp_path / "profiles").members)
    links = weigh_links(counts)
    tied = judge_link(counts.labels, links, 0, 1)
    assert (tied.verdict, set(tied.group)) == ("unresolved", {"kin-1", "kin-2"})
    assert "like each other" in tied.reason
    assert judge_link(counts.labels, links, 0, 4).group == ()


def test_judge_link__supports_no_link_between_panels(tmp_path: Path) -> None:
    """Kin that answered different prompts may be each other's nearest, as strangers may be."""
    for panel, labels in (("x", [0, 2, 3, 4]), ("y", [1, 5, 6, 7])):
        files = [write_jsonl(tmp_path / f"{MODELS[i].label}.jsonl", records(MODELS[i], n_prompts=80)) for i in labels]
        done("count", *files, "-o", tmp_path / "profiles", "--panel", panel)
    counts = read_prompt_counts(open_profiles(tmp_path / "profiles").members)
    kin = [counts.labels.index(name) for name in ("kin-1", "kin-2")]
    assert counts.panels[kin[0]] != counts.panels[kin[1]]
    found = judge_link(counts.labels, weigh_links(counts), *kin)
    assert found.verdict == "unresolved"
    assert "answered different prompts" in found.reason


# Before a pair is asked about


def test_explain_of_one__names_the_nearest_with_the_verdicts_of_explain(profiles) -> None:
    found = done("explain", profiles, "kin-1", "--replicates", 20, "--json").json
    assert (found["format"], found["a"], found["n_labels"], found["no_verdicts"]) == (1, "kin-1", 8, None)
    assert [row["rank"] for row in found["neighbours"]] == list(range(1, 8))
    for row in found["neighbours"][:3]:
        pair = done("explain", profiles, "kin-1", row["neighbour"], "--replicates", 20, "--json").json
        assert pair["evidence"] == {name: row[name] for name in pair["evidence"]}
        assert [row[n] for n in ("verdict", "reason", "z", "p")] == [pair[n] for n in ("verdict", "reason", "z", "p")]


def test_explain_of_one__prints_commands_that_weigh_each_pair(profiles) -> None:
    out = done("explain", profiles, "kin-1", "--replicates", 20, "--top", 2).out
    assert re.search(r"^ +kin-2 .* supported$", out, re.M)
    commands = [shlex.split(line)[1:] for line in out.splitlines() if line.startswith("  fastslop explain ")]
    assert [command[-2:] for command in commands] == [["kin-1", "kin-2"], ["kin-1", commands[1][-1]]]
    assert done(*commands[0], "--replicates", 20).out.startswith("kin-1 and kin-2: supported")


def test_explain_of_one__without_enough_models_says_who_is_near_and_why_no_verdicts(profiles) -> None:
    files = [profiles / f"{name}.parquet" for name in ("kin-1", "kin-2", "lone-0")]
    answer = done("explain", *files, "kin-1", "--replicates", 20)
    assert "no verdicts: to say what is usual takes 5 models" in answer.log
    assert "kin-2" in answer.out and "fastslop explain" not in answer.out


def test_explain__says_what_is_missing_or_unknown(profiles) -> None:
    for args, words in (
        ((profiles,), ["name the model", "kin-1"]),
        ((profiles, "kin-9"), ["'kin-9'", "did you mean kin-"]),
        ((profiles, "kin-1", "kin-9"), ["'kin-9'", "did you mean"]),
        ((profiles, "kin-1", "--base", "lone-0"), ["--base", "name the model B"]),
    ):
        answer = fastslop("explain", *args)
        assert (answer.code, answer.out) == (2, "")
        assert [word for word in words if word not in answer.log] == []


def test_explain__says_how_many_models_and_prompts_it_takes() -> None:
    rows = [{"model": m, "prompt": str(i), "text": f"The sea {m}{i}."} for m in "abcde" for i in range(2)]
    few_prompts, few = count(rows), count([row for row in rows if row["model"] != "e"])
    with pytest.raises(BadInputError, match="to say what is usual takes 5 models at least, there are 4: count more"):
        explain(few, "a", "b")
    with pytest.raises(BadInputError, match=r"panel '.*' has 2 prompts; to explain takes 80 at least"):
        explain(few_prompts, "a", "b", replicates=5)
    with pytest.raises(BadInputError, match="'a' is the only model among these; neighbours take another one"):
        explain_neighbours(few[:1], "a")
    with pytest.raises(UsageError, match="'b' is named twice; the models to explain must be different ones"):
        explain(few, "a", "b", sibling="b")


def test_explain__takes_a_model_for_a_model_though_a_file_has_its_name(
    profiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kin-1").mkdir()
    assert done("explain", profiles, "kin-1", "kin-2", "--replicates", 20).out.startswith("kin-1 and kin-2")
