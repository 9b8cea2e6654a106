"""The front door: every example in a docstring runs, every kind of source counts alike, the tutorial is executed."""

from __future__ import annotations

import doctest
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import polars as pl
import pytest
from nbclient import NotebookClient

import fastslop as fs
from fastslop.reading.frames import inputs_of

ROOT = Path(__file__).resolve().parents[1]
TUTORIAL = ROOT / "docs" / "tutorial.ipynb"
RECORDS = [
    {"model": model, "prompt": str(i), "text": f"The {noun} sighed; the sea, {i} times the sea."}
    for model, noun in (("a", "dusk"), ("b", "wind"), ("c", "hill"))
    for i in range(4)
]


def arrow(records: list[dict[str, str]]) -> object:
    return pl.DataFrame(records).to_arrow()


def pandas(records: list[dict[str, str]]) -> object:
    return pl.DataFrame(records).to_pandas()


@pytest.mark.parametrize("name", fs.__all__)
def test_examples__of_public_names_run(name: str) -> None:
    module = sys.modules[getattr(fs, name).__module__]
    examples = doctest.DocTestFinder(recurse=True).find(getattr(fs, name), name, module=module)
    results = [doctest.DocTestRunner().run(example) for example in examples]
    assert sum(result.failed for result in results) == 0


@pytest.mark.parametrize("made", [pl.DataFrame, pl.LazyFrame, arrow, pandas, iter])
def test_count__is_the_same_of_every_source_in_memory(made: Callable[[list[dict[str, str]]], object]) -> None:
    plain, other = fs.count(RECORDS), fs.count(made(RECORDS))
    assert other.labels == plain.labels == ("a", "b", "c")
    for label in plain.labels:
        assert other[label].frame("word", 2).equals(plain[label].frame("word", 2))


def test_count__of_a_file_is_that_of_its_records(tmp_path: Path) -> None:
    pl.DataFrame(RECORDS).write_ndjson(tmp_path / "texts.jsonl")
    of_file, plain = fs.count(tmp_path / "texts.jsonl"), fs.count(RECORDS)
    assert of_file["a"].frame("word", 1).equals(plain["a"].frame("word", 1))


def test_inputs__that_are_no_texts_are_refused_with_what_would_do() -> None:
    with pytest.raises(fs.FastslopError):
        list(inputs_of(3))


def test_tree__of_a_comparison_is_that_of_its_profiles() -> None:
    profiles = fs.count(RECORDS)
    of_profiles = fs.build_tree(profiles, replicates=20)
    assert fs.build_tree(fs.compare(profiles, replicates=20)).newick() == of_profiles.newick()


def test_tree__of_a_comparison_is_never_parsimony() -> None:
    with pytest.raises(fs.UsageError, match="give it the profiles"):
        fs.build_tree(fs.compare(fs.count(RECORDS), replicates=0), linkage="parsimony")


def test_tutorial__runs(corpora: Path) -> None:
    notebook = nbformat.read(TUTORIAL, as_version=4)
    assert (corpora / "slop-score").is_dir()
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(ROOT)}}).execute()
