"""The front door: every example in a docstring runs, every kind of source counts alike, the tutorial is executed."""

from __future__ import annotations

import doctest
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


class ArrowStream:
    """Whatever has an Arrow stream and nothing else, as a DuckDB relation."""

    def __init__(self, records: list[dict[str, str]]) -> None:
        self.frame = pl.DataFrame(records)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


def dataset(records: list[dict[str, str]]) -> Any:
    return pytest.importorskip("datasets").Dataset.from_list(records)


def shuffled_dataset(records: list[dict[str, str]]) -> object:
    return dataset(records).shuffle(seed=1)


def dataset_read_as_it_comes(records: list[dict[str, str]]) -> object:
    return dataset(records).to_iterable_dataset()


SOURCES = (
    pl.DataFrame,
    pl.LazyFrame,
    arrow,
    pandas,
    ArrowStream,
    dataset,
    shuffled_dataset,
    dataset_read_as_it_comes,
    iter,
)


@pytest.mark.parametrize("name", fs.__all__)
def test_examples__of_public_names_run(name: str) -> None:
    module = sys.modules[getattr(fs, name).__module__]
    examples = doctest.DocTestFinder(recurse=True).find(getattr(fs, name), name, module=module)
    results = [doctest.DocTestRunner().run(example) for example in examples]
    assert sum(result.failed for result in results) == 0


@pytest.mark.parametrize("made", SOURCES)
def test_count__is_the_same_of_every_source_in_memory(made: Callable[[list[dict[str, str]]], object]) -> None:
    plain, other = fs.count(RECORDS), fs.count(made(RECORDS))
    assert other.labels == plain.labels == ("a", "b", "c")
    for label in plain.labels:
        assert other[label].frame("word", 2).equals(plain[label].frame("word", 2))


def test_count__reads_the_rows_that_were_selected_of_a_dataset() -> None:
    """Its Arrow table has all of them still."""
    profiles = fs.count(dataset(RECORDS).select([9, 2, 1]))
    assert {label: profiles[label].prompts.n_docs.sum() for label in profiles.labels} == {"a": 2, "c": 1}


def test_count__of_a_file_is_that_of_its_records(tmp_path: Path) -> None:
    pl.DataFrame(RECORDS).write_ndjson(tmp_path / "texts.jsonl")
    of_file, plain = fs.count(tmp_path / "texts.jsonl"), fs.count(RECORDS)
    assert of_file["a"].frame("word", 1).equals(plain["a"].frame("word", 1))


@pytest.mark.parametrize(
    ("source", "message"),
    [(3, "from a int"), ({"text": "x"}, "from a dict"), (b"x", "from a bytes"), ([3], "from items of type int")],
)
def test_inputs__that_are_no_texts_are_refused_with_what_would_do(source: object, message: str) -> None:
    with pytest.raises(fs.UsageError, match=f"cannot read texts {message}; give (a path|paths)"):
        list(inputs_of(source))


def test_tree__of_a_comparison_is_that_of_its_profiles() -> None:
    profiles = fs.count(RECORDS)
    of_profiles = fs.build_tree(profiles, replicates=20)
    assert fs.build_tree(fs.compare(profiles, replicates=20)).newick() == of_profiles.newick()


def test_tree__of_a_comparison_is_never_parsimony() -> None:
    with pytest.raises(fs.UsageError, match="give it the profiles"):
        fs.build_tree(fs.compare(fs.count(RECORDS), replicates=0), linkage="parsimony")


def test_tutorial__runs(corpora: Path, tmp_path: Path) -> None:
    """On the models that it names and their relatives, seven of 22."""
    notebook = nbformat.read(TUTORIAL, as_version=4)
    for path in (corpora / "slop-score").iterdir():
        if path.name.startswith(("gemma", "deepseek", "Mistral")):
            (tmp_path / path.name).symlink_to(path.resolve())
    given, few = 'GENERATIONS = "../shared/corpora/slop-score"', f"GENERATIONS = {str(tmp_path)!r}"
    (cell,) = (cell for cell in notebook.cells if given in cell.source)
    cell.source = cell.source.replace(given, few)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(ROOT)}}).execute()
