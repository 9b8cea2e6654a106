"""The benchmarks: made text grows as real text does, all programs count the same, and the tables are the results'."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import fastslop as fs
from benchmarks import files, growth, job, job_rivals, scaled, slop_forensics, speed
from benchmarks.corpus import cut, make_documents, records, stream_documents, write_corpus
from benchmarks.growth import SIZES, Point, made, measure
from benchmarks.inputs import up_to, write_inputs
from benchmarks.job_tables import times
from benchmarks.language import COMMON, FICTION, GENERATIONS, N_COMMON, REGISTERS, WORDS_AT, pieces, put_word
from benchmarks.reporting import HERE, Size, readme_section, renew_readme, size
from benchmarks.rivals import PROGRAMS, Text, write_text
from benchmarks.speed import Disagreement, Job, Sample, check, compile_c, plan
from fastslop.comparing.prompt_counts import read_prompt_counts
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"), reason="made text needs compiled kernels"
)


def read_results(name: str) -> dict[str, Any]:
    values = json.loads((HERE / name).read_text(encoding="utf-8"))
    assert isinstance(values, dict)
    return values


# Growth


@pytest.mark.parametrize(("register", "corpus"), growth.REAL.items())
def test_made_text__grows_as_real_text_does(register: str, corpus: str) -> None:
    real = [Point(**values) for values in read_results("growth.json")["curves"][corpus]]
    points = measure(made(REGISTERS[register], SIZES[register][-1] + 1, seed=7), SIZES[register])
    assert len(points) == len(real) == 4
    for point, other in zip(points, real, strict=True):
        for _, name, _ in growth.COLUMNS:
            assert getattr(point, name) == pytest.approx(getattr(other, name), rel=0.12), (point.n_bytes, name)


def test_made_text__goes_on_growing_where_a_repeated_block_stops() -> None:
    documents = make_documents(1, 0, 200)
    block = (documents.text, documents.offsets)
    once, repeated = measure([block, block], (len(documents.text) / 1e6, 2 * len(documents.text) / 1e6))
    assert repeated.n_distinct == once.n_distinct
    assert repeated.triples == pytest.approx(once.triples / 2, rel=0.01)
    one, two = measure(made(GENERATIONS, 3), (1.0, 2.0))
    assert two.n_distinct > 1.2 * one.n_distinct
    assert two.triples > 0.9 * one.triples


def test_words__are_spelt_differently() -> None:
    out = np.zeros(64, np.uint8)
    words = [*range(1, 100_000), *range(10**9, 10**9 + 1000), *range(10**14, 10**14 + 1000)]
    spelt = {bytes(out[: put_word(np.uint64(word), pieces(), out, 0)]).lower() for word in words}
    assert len(spelt) == len(words)
    assert all(word.isascii() and word.isalpha() for word in spelt)
    assert max(map(len, spelt)) < 40


def test_words__begin_with_the_common_ones() -> None:
    table = pieces()
    first = [bytes(table.rows[i, : table.lengths[i]]).decode() for i in range(WORDS_AT, WORDS_AT + N_COMMON)]
    assert first == COMMON
    assert len(set(COMMON)) == N_COMMON


# Documents


@pytest.mark.parametrize("register", [GENERATIONS, FICTION])
def test_document__depends_on_the_seed_and_its_number_alone(register: Any) -> None:
    whole = [text for documents in stream_documents(4_000_000, 3, register) for text in documents.strings]
    assert len(whole) > 600
    for first, n_docs in ((590, 10), (0, 3), (511, 2)):
        assert make_documents(3, first, n_docs, register).strings == whole[first : first + n_docs]


def test_documents__differ_between_seeds() -> None:
    one, other = make_documents(1, 0, 50).strings, make_documents(2, 0, 50).strings
    assert not set(one) & set(other)
    assert len(set(one)) == 50


def test_documents__have_marks_sentences_and_paragraphs() -> None:
    documents = make_documents(1, 0, 300)
    texts = documents.strings
    joined = "".join(texts)
    assert 4500 < len(documents.text) / len(texts) < 5500
    assert 2000 <= min(map(len, texts)) < max(map(len, texts)) < 10_000
    for mark in ("“", "”", "’", "—", "…", ", ", ". ", "\n\n", "?", "-", "# "):
        assert mark in joined
    assert joined.count("the ") > joined.count("myself ")


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.parquet"])
def test_corpus__is_the_same_bytes_for_the_same_seed(name: str, tmp_path: Path) -> None:
    first, second, other = (tmp_path / folder / name for folder in "123")
    for path, seed in ((first, 5), (second, 5), (other, 6)):
        path.parent.mkdir()
        n_docs = write_corpus(path, 300_000, seed, n_models=3)
    assert first.read_bytes() == second.read_bytes() != other.read_bytes()
    frame = read_records(first)
    assert frame["model"].unique(maintain_order=True).to_list() == ["model-00", "model-01", "model-02"]
    assert abs(len(frame) - n_docs) < 10
    assert 300_000 <= frame["output"].str.len_bytes().sum() < 310_000
    assert frame["output"].to_list() == make_documents(5, 0, len(frame)).strings


def read_records(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    data = path.read_bytes()
    return pl.read_ndjson(gzip.decompress(data) if path.suffix == ".gz" else data)


def test_corpus__refuses_a_format_it_does_not_know(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.jsonl"):
        write_corpus(tmp_path / "a.csv", 1000, 1)


def test_records__give_each_prompt_to_all_models() -> None:
    frame = records(["text"] * 128, 64, 5)
    answered = frame.group_by("prompt").agg(pl.col("model").n_unique(), pl.len())
    assert sorted(answered["prompt"]) == ["prompt 1", "prompt 2"]
    assert set(answered["model"]) == {5}


def test_inputs__are_the_same_documents_in_all_forms(tmp_path: Path) -> None:
    documents = ["“Yes”—no…", "naïve\ncafé", "plain"]
    n_bytes = write_inputs(tmp_path / "in", documents)
    assert n_bytes == sum(len(document.encode()) for document in documents)
    assert Text.read(tmp_path / "in" / "original").strings == documents
    assert Text.read(tmp_path / "in" / "common").strings == ["?Yes??no?\n", "na?ve\ncaf?\n", "plain\n"]
    assert read_records(tmp_path / "in" / "corpus.jsonl")["output"].to_list() == documents
    assert up_to(documents, 14) == documents[:1]
    assert up_to(documents, 10**6) == documents


# Rivals

AWKWARD = ["", "a", "...", "One two one TWO. One-two", "it's; a\tb\n\nc", "A" * 5000, "the " * 300, "x1y2z"]


def count_with(program: str, folder: Path, orders: tuple[int, ...]) -> dict[str, Any]:
    if program == "c":
        compiled = compile_c(folder.parent)
        if compiled is None:
            pytest.skip("there is no C compiler")
        done = subprocess.run([compiled, folder / "text.bin"], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)["findings"]  # type: ignore[no-any-return]
    if program == "scikit-learn":
        pytest.importorskip("sklearn")
    run = PROGRAMS[program](Text.read(folder), orders, 2).to_dict()
    return json.loads(json.dumps(run["findings"]))  # type: ignore[no-any-return]


@pytest.mark.parametrize("program", ["fastslop", "polars", "scikit-learn", "c"])
def test_programs__count_awkward_documents_as_python_does(program: str, tmp_path: Path) -> None:
    made_text = make_documents(1, 0, 100)
    documents = [*AWKWARD, *cut(made_text.text, made_text.offsets)]
    folder = tmp_path / "common"
    write_text(folder, (document.encode("ascii", "replace") + b"\n" for document in documents))
    orders = (1,) if program == "c" else (1, 2, 3)
    assert count_with(program, folder, orders) == count_with("python", folder, orders)


def test_check__raises_where_programs_disagree() -> None:
    ours, theirs = Job("fastslop", "words", 10, 1), Job("c", "words", 10, 1)
    check({ours: [Sample(1.0, 1.0, 5, {"1": 5})], theirs: [Sample(1.0, 1.0, 5, {"1": 5})]})
    with pytest.raises(Disagreement, match="differently"):
        check({ours: [Sample(1.0, 1.0, 5, {"1": 5})], theirs: [Sample(1.0, 1.0, 5, {"1": 6})]})


def test_plan__alternates_programs_and_gives_slow_ones_little() -> None:
    jobs = plan((1, 4, 16), list(speed.NAMES))
    assert len(jobs) == len(set(jobs))
    assert {job.wanted_bytes for job in jobs if job.program in speed.SLOW} == {1}
    compared = [job.program for job in jobs if job.task == "ngrams" and job.wanted_bytes == 16]
    assert compared == ["fastslop", "polars"]


# Results


def test_quick_benchmark__runs_and_has_its_fields(tmp_path: Path) -> None:
    path = tmp_path / "quick.json"
    command = [sys.executable, "-m", "benchmarks.speed", "--quick", "--json", str(path)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    results = json.loads(path.read_text(encoding="utf-8"))
    assert set(results) == {"format", "environment", "parameters", "runs", "start", "notes"}
    assert set(results["environment"]) == {"cpu", "cores", "system", "versions", "commit"}
    assert {run["task"] for run in results["runs"]} == set(speed.TASKS)
    for run in results["runs"]:
        assert min(run["elapsed_s"]) > 0
        assert run["mb_per_s"] > 0
        assert run["ngrams_per_s"] > 0
        assert run["peak_rss_mb"] > 1
        assert (run["times_polars"] is None) == (run["task"] == "default")
    programs = {run["program"] for run in results["runs"]} | {note.split()[0] for note in results["notes"]}
    assert len(programs) == len(speed.NAMES)
    assert results["start"]["warm_s"] > 0
    assert speed.to_markdown(results) in done.stdout


def test_files_benchmark__compares_the_same_counts(tmp_path: Path) -> None:
    pytest.importorskip("nltk")
    path = tmp_path / "files.json"
    command = [sys.executable, "-m", "benchmarks.files", "--size", "1MB", "--json", str(path)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    results = json.loads(path.read_text(encoding="utf-8"))
    assert {run["program"] for run in results["runs"]} == {"fastslop", "polars", "polars-in-memory", "slop-forensics"}
    for run in results["runs"]:
        assert min(run["mb_per_s"], run["times_polars"], run["times_slop_forensics"], run["peak_rss_mb"]) > 0
    assert files.to_markdown(results) in done.stdout


@pytest.fixture(scope="module")
def quick_results(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """What the quick job found, and what it printed."""
    pytest.importorskip("nltk")
    path = tmp_path_factory.mktemp("job") / "job.json"
    command = [sys.executable, "-m", "benchmarks.job", "--quick", "--rounds", "1", "--json", str(path)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(path.read_text(encoding="utf-8")), done.stdout


@pytest.mark.alone
def test_quick_job__does_all_jobs_and_has_a_table_for_each_comparison(
    quick_results: tuple[dict[str, Any], str],
) -> None:
    results, printed = quick_results
    (case,) = results["cases"]
    assert set(case["jobs"]) == {"count", "run", "compare", *job.RIVALS}
    for of_job in case["jobs"].values():
        assert min(*of_job["elapsed_s"], of_job["n_bytes"], of_job["peak_rss_mb"]) > 0
    assert case["jobs"]["compare"]["steps"][-1]["name"] == "halving prompts"
    shown = job.to_markdown(results)
    assert shown in printed
    for title in ("`run` beside `count`", "`compare` beside `count`", "beside Polars", "`run` beside slop-forensics"):
        assert title in shown


@pytest.mark.alone
def test_quick_job__is_no_half_slower_beside_counting_than_it_was(quick_results: tuple[dict[str, Any], str]) -> None:
    """Whatever the machine: what is compared are two jobs on it, in turns. A busy one is asked again, for longer; time
    of processors, which others on the machine hardly change, is looked at too.
    """
    (before,) = [case for case in read_results("job.json")["cases"] if case["name"] == "quick"]
    (now,) = quick_results[0]["cases"]
    if ratio_of_cores(now) >= 1.5 * ratio_of_cores(before) or ratio(now) >= 1.5 * ratio(before):
        (now,) = job.measure(job.CASES[:1], None, rounds=9)["cases"]
    assert ratio_of_cores(now) < 1.5 * ratio_of_cores(before)
    assert ratio(now) < 1.5 * ratio(before)
    assert all(now[name] == before[name] for name in ("n_labels", "n_docs", "n_bytes"))
    ran, ran_before = now["jobs"]["run"], before["jobs"]["run"]
    assert [step["name"] for step in ran["steps"]] == [step["name"] for step in ran_before["steps"]]
    assert sum(step["wall_s"] for step in ran["steps"]) <= max(ran["elapsed_s"])


def ratio(case: dict[str, Any]) -> float:
    return times(case["jobs"]["run"], case["jobs"]["count"])


def ratio_of_cores(case: dict[str, Any]) -> float:
    run, count = (sum(step["cpu_s"] for step in case["jobs"][name]["steps"]) for name in ("run", "count"))
    return run / count


def test_times__compares_the_same_amount_of_text_round_by_round() -> None:
    slow, fast = {"elapsed_s": [4.0, 6.0, 50.0], "n_bytes": 100}, {"elapsed_s": [2.0, 2.0, 5.0], "n_bytes": 400}
    assert times(slow, fast) == pytest.approx(12)
    assert times(fast, fast) == 1


@pytest.mark.parametrize("program", job.LETTERS)
def test_job_rivals__count_by_model_what_python_counts(program: str) -> None:
    made_text = make_documents(1, 0, 40)
    documents = [*AWKWARD, *cut(made_text.text, made_text.offsets)]
    models = [f"model {i % 3}" for i in range(len(documents))]
    texts = pl.DataFrame({"model": models, "prompt": [str(i) for i in range(len(documents))], "output": documents})
    assert job_rivals.PROGRAMS[program](texts).findings == {
        order: findings_in_python(models, documents, order) for order in (1, 2, 3)
    }


def findings_in_python(models: list[str], documents: list[str], order: int) -> job_rivals.Finding:
    n: Counter[Any] = Counter()
    n_docs: Counter[Any] = Counter()
    for model, document in zip(models, documents, strict=True):
        words = re.findall(r"[^\W\d_]+", document.lower())
        grams = [(model, *words[i : i + order]) for i in range(len(words) - order + 1)]
        n.update(grams)
        n_docs.update(set(grams))
    return job_rivals.Finding(len(n), n.total(), n_docs.total())


def test_job_check__raises_where_programs_disagree() -> None:
    def findings(n_docs: int) -> dict[str, dict[str, int]]:
        return {"1": {"n_distinct": 5000, "n": 90_000, "n_docs": n_docs}}

    job.check({"polars": findings(70_000), "fastslop-letters": findings(70_001)})
    with pytest.raises(Disagreement, match="polars and fastslop-letters"):
        job.check({"polars": findings(70_000), "fastslop-letters": findings(71_000)})


def test_slop_forensics__has_the_distances_that_compare_has_by_that_method() -> None:
    pytest.importorskip("nltk")
    documents = make_documents(1, 0, 45).strings  # so few that no n-gram is left out by a tie
    rows = [{"model": f"m{i % 3}", "prompt": f"{i // 3}", "text": text} for i, text in enumerate(documents)]
    fingerprints = {
        model: slop_forensics.fingerprint(
            slop_forensics.count_tables([(row["prompt"], row["text"]) for row in rows if row["model"] == model])
        )
        for model in ("m0", "m1", "m2")
    }
    compared = fs.compare(fs.count(rows, spec="slop-forensics"), method="slop-forensics").distances
    expected = compared.select(*fingerprints).to_numpy()
    for (i, one), (j, other) in combinations(enumerate(fingerprints.values()), 2):
        assert 1 - len(one & other) / len(one | other) == pytest.approx(expected[i, j])
    assert slop_forensics.tree(fingerprints)[0][2] == pytest.approx(expected[np.triu_indices(3, 1)].min())


def test_files_check__raises_where_programs_disagree() -> None:
    def samples(n_trigrams: int) -> dict[files.Job, list[files.Sample]]:
        ours, theirs = {"a": {"3": 5}}, {"a": {"3": n_trigrams}}
        return {
            files.Job("fastslop", spec="letters"): [files.Sample(1.0, 1, 1.0, ours)],
            files.Job("polars"): [files.Sample(1.0, 1, 1.0, theirs)],
        }

    files.check(samples(5))
    with pytest.raises(Disagreement, match="differently"):
        files.check(samples(6))


@pytest.mark.parametrize(
    ("name", "to_markdown"),
    [
        ("files", files.to_markdown),
        ("speed", speed.to_markdown),
        ("growth", growth.to_markdown),
        ("job", job.to_markdown),
        ("scaled", scaled.to_markdown),
    ],
)
def test_readme__shows_the_committed_results(name: str, to_markdown: Any) -> None:
    assert readme_section(name) == to_markdown(read_results(f"{name}.json"))


def test_scaled__measures_profiles_and_shares_beside_whole_profiles(texts: Path) -> None:
    found = scaled.measure(texts, scales=(1, 3), rounds=1, n_draws=2)
    whole, some = found.points
    assert (whole.errors.mean, whole.errors.same_nearest) == (0, 1)
    assert some.n_bytes < whole.n_bytes and 0 < some.errors.mean <= some.errors.largest
    assert [one.scaled for one in (*found.drawn, *found.weighted)] == [3, 3]
    assert found.drawn[0].errors != found.weighted[0].errors


def test_scaled__counts_a_feature_twice_as_if_there_were_two_of_it(profiles: Path) -> None:
    counts = read_prompt_counts(fs.open_profiles(profiles).members)
    once = np.ones(len(counts.features), np.int64)
    whole = fs.compare(fs.open_profiles(profiles), replicates=0).condensed
    np.testing.assert_allclose(scaled._condensed(counts, once), whole)
    np.testing.assert_allclose(scaled._condensed(counts, 2 * once), whole, atol=1e-5)


def test_renew_readme__replaces_what_stands_between_its_markers(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n", encoding="utf-8")
    renew_readme("x", "new\n", readme)
    assert readme.read_text(encoding="utf-8") == "a\n<!-- x: begin -->\nnew\n<!-- x: end -->\nb\n"
    assert readme_section("x", readme) == "new\n"
    with pytest.raises(ValueError, match="markers"):
        renew_readme("y", "new\n", readme)


@pytest.mark.parametrize(("text", "n_bytes"), [("64MB", 64_000_000), ("1gb", 10**9), ("1.5KB", 1500)])
def test_size__is_read_as_it_is_written(text: str, n_bytes: int) -> None:
    assert Size().convert(text, None, None) == n_bytes
    assert size(64e6) == "64 MB"
    assert size(1.00003e9) == "1 GB"
