"""A source is known by how it begins, which every shard of it sees, and by sums that add up to that of the whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.arrays import offsets_of
from fastslop.base.sources import sum_of_sums
from fastslop.reading.corpus import read_chunks
from fastslop.reading.digests import SourceDigest
from fastslop.reading.documents import Documents
from fastslop.reading.options import ReadOptions
from fastslop.reading.tally import Tally

MIX, ALL = 0x9E3779B97F4A7C15, 2**64
DOCUMENTS = st.lists(st.tuples(st.sampled_from("ab"), st.binary(max_size=20), st.integers(0, ALL - 1)), max_size=12)


def documents_of(rows: list[tuple[str, bytes, int]]) -> Documents:
    text = np.frombuffer(b"".join(text for _, text, _ in rows) + bytes(8), np.uint8)
    offsets = offsets_of(np.array([len(text) for _, text, _ in rows], np.int64))
    codes = np.array(["ab".index(label) for label, _, _ in rows], np.int64)
    keys = np.array([key for _, _, key in rows], np.uint64)
    return Documents(text, offsets, np.arange(len(rows)), ("a", "b"), codes, keys)


def mixed(key: int) -> int:
    product = key * MIX % ALL
    return (product ^ product >> 29) * MIX % ALL


def hash_of(text: bytes) -> int:
    """The hash of docs/reference/profile.md in plain numbers."""
    key = len(text)
    for i in range(0, len(text) // 8 * 8 + 1, 8):
        key = ((key << 23 | key >> 41) % ALL ^ int.from_bytes(text[i : i + 8], "little")) * MIX % ALL
    return key


@given(DOCUMENTS, DOCUMENTS)
def test_sum__is_that_of_two_hashes_of_each_document(some: list[Any], more: list[Any]) -> None:
    digest = SourceDigest()
    for rows in (some, more):
        digest.add(documents_of(rows))
    both = [*some, *more]
    first = sum(mixed(mixed(hash_of(text)) + prompt) for label, text, prompt in both if label == "a") % ALL
    second = sum(mixed(mixed(ALL - 1 - prompt) + hash_of(text)) for label, text, prompt in both if label == "a") % ALL
    if any(label == "a" for label, _, _ in both):
        assert digest.of_label("a") == f"{first:016x}{second:016x}"
    assert digest.of_all() == sum_of_sums(map(digest.of_label, digest.sums))
    assert digest.n_bytes == sum(len(text) for _, text, _ in both)


def tally_of(*inputs: Path, shard: tuple[int, int] = (0, 1), reasoning: str = "drop") -> Tally:
    tally = Tally()
    list(read_chunks([str(path) for path in inputs], ReadOptions(shard=shard, reasoning=reasoning), tally=tally))
    return tally


def rows(n: int = 20) -> list[dict[str, str]]:
    return [{"model": "ab"[i % 2], "prompt": f"p{i}", "output": f"It is {i} o'clock."} for i in range(n)]


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Path]:
    """The same texts in several formats."""
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows()))
    (tmp_path / "b.json").write_text(json.dumps(rows()))
    pl.DataFrame(rows()).write_parquet(tmp_path / "c.parquet")
    pl.DataFrame(rows()).write_csv(tmp_path / "d.csv")
    return {path.suffix: path for path in sorted(tmp_path.iterdir())}


def test_digest__does_not_depend_on_the_format(inputs: dict[str, Path]) -> None:
    assert len({tally_of(path).sources[0].digest for path in inputs.values()}) == 1
    assert len({tuple(sorted(tally_of(path).by_label["a"].items())) for path in inputs.values()}) == 1


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".parquet", ".csv"])
def test_shards__tell_how_the_whole_begins_and_add_up_to_it(inputs: dict[str, Path], suffix: str) -> None:
    whole = tally_of(inputs[suffix])
    n = 30  # more than there are records
    shards = [tally_of(inputs[suffix], shard=(i, n)) for i in range(n)]
    assert {one.beginnings[0] for one in shards} == {whole.beginnings[0]}
    ((name, total),) = whole.by_label["b"].items()
    assert sum_of_sums(one.by_label["b"][name] for one in shards if "b" in one.by_label) == total
    ((_, own),) = {(d, p.n) for one in shards if "b" in one.by_label for d, p in one.sources_of("b", (0, n))[1].items()}
    assert own == n


def test_beginning__is_of_the_texts_that_are_counted(inputs: dict[str, Path], tmp_path: Path) -> None:
    path = inputs[".jsonl"]
    other = tmp_path / "other.jsonl"
    other.write_text(path.read_text().replace("It is 3 ", "It was 3 "))
    longer = tmp_path / "longer.jsonl"
    longer.write_text(path.read_text() + json.dumps(rows(21)[-1]) + "\n")
    beginning = tally_of(path).beginnings[0].digest
    assert tally_of(longer).beginnings[0].digest == beginning
    assert tally_of(other).beginnings[0].digest != beginning
    assert tally_of(path, reasoning="keep").beginnings[0].digest != beginning


def test_inputs_of_one_record__are_dealt_out_to_all_shards(tmp_path: Path) -> None:
    for i in range(12):
        (tmp_path / f"{i:02}.jsonl").write_text(json.dumps(rows(12)[i]))
    assert [tally_of(tmp_path, shard=(i, 4)).n_docs for i in range(4)] == [3, 3, 3, 3]
