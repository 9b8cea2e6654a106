"""Profiles from a stranger do no harm: whatever is in them, they are read as what they say, or refused in one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import tests.fuzz.profiles as fuzz
from fastslop._kernels.machine.parquet_sizes import find_numbers
from fastslop.base.errors import BadInputError
from fastslop.base.parquet_sizes import sizes_of
from fastslop.profiles.files import read_profile
from fastslop.profiles.profile import Profile
from tests.conftest import ROOT
from tests.corpora_of import FAMILIES, done, records, write_jsonl
from tests.fuzz.seeds import PROFILE_INPUTS
from tests.profile_checks import same
from tests.profiles.forge import Content, write_frame
from tests.profiles.try_forged import COMMANDS, Tried, all_kinds, tried

FOUND = ROOT / "tests" / "fuzz" / "found" / "profiles"
SHARES = 4
"""Shares of the forgeries that are tried side by side."""
OTHERS_POSSIBLE = ("a bit of byte", "firsts", "heads all zeros", "once all", "footer: no pruned", "file:")
"""Forgeries that may be another profile than it was, but one that can be: other words in other prompts."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a profile ``real.parquet`` that has all sections, and three of other models in ``others``."""
    folder = tmp_path_factory.mktemp("forged")
    (folder / "texts").mkdir()
    for model in FAMILIES:
        asked = [
            {
                "model": record["model"],
                "prompt": f"Tell of number {record['id']}, by water.",
                "output": record["output"],
            }
            for record in records(model)
        ]
        write_jsonl(folder / "texts" / f"{model.label}.jsonl", asked)
    done("count", folder / "texts", "-o", folder / "others")
    shutil.move(folder / "others" / "oak-1.parquet", folder / "real.parquet")
    return folder


def told_in_one_line(one: Tried) -> bool:
    """Whether an error says in one line which file, and what to do."""
    is_line = len(one.said.strip().splitlines()) == 1
    names = "FORGED" in one.said and ("again" in one.said or one.forgery.startswith("file:"))
    return one.code in (1, 2, 3) and is_line and names


def test_content__that_is_not_changed_is_the_same_profile(folder, tmp_path) -> None:
    """Or else the tests that follow could not fail."""
    Content.of(folder / "real.parquet").write(tmp_path / "again.parquet")
    assert same(read_profile(tmp_path / "again.parquet"), read_profile(folder / "real.parquet"))


@pytest.mark.parametrize("first", range(SHARES))
def test_read_profile__takes_what_can_be_and_refuses_all_else_in_one_line(folder, first) -> None:
    results = tried(folder / "real.parquet", folder / "others", first, SHARES, ["read"])
    n = len(list(all_kinds(folder / "real.parquet")))
    assert len(results) == len(range(first, n, SHARES))
    assert [one for one in results if one.code and not told_in_one_line(one)] == []
    taken = [one.forgery for one in results if not one.code]
    assert [name for name in taken if not any(kind in name for kind in OTHERS_POSSIBLE)] == []


def test_commands__survive_forged_profiles(folder) -> None:
    results = tried(folder / "real.parquet", folder / "others", 11, 131, [*COMMANDS])
    assert len(results) > 12 * len(COMMANDS)
    assert [one for one in results if one.code and not told_in_one_line(one)] == []
    assert {one.command for one in results if one.code} == {*COMMANDS}


def test_read_profile__does_not_unpack_what_is_larger_than_a_profile(folder, tmp_path) -> None:
    """A hundred megabytes of zeros, in a file of some kilobytes, whose sizes agree."""
    path, zeros = tmp_path / "large.parquet", bytes(100_000_000)
    Content.of(folder / "real.parquet").having("word-2", heads=zeros, n_rows=len(zeros)).write(path)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(BadInputError, match=r"large.parquet would unpack to \d+ rows of 100 MB, more than a profile"):
        read_profile(path)


def test_read_profile__does_not_read_more_rows_than_there_can_be(folder, tmp_path) -> None:
    content, path = Content.of(folder / "real.parquet"), tmp_path / "long.parquet"
    rows = pl.concat([content.frame, pl.concat([content.frame.head(1)] * 100_000)]).rechunk()
    write_frame(rows, content.footer, path, row_group_size=len(rows))
    with pytest.raises(BadInputError, match=r"long.parquet would unpack to 100,0\d\d rows .*, more than a profile"):
        read_profile(path)


@pytest.mark.kernels
@example(data=b"\x03" + b"\xff" * 20)  # the number of a field that never ends: reading began again, for ever
@given(data=st.binary(max_size=60))
def test_find_numbers__keeps_within_any_bytes(data: bytes) -> None:
    out = np.empty((2, 3), np.int64)
    path, fields = np.array([4, 1, 3]), np.array([7, 9, 11])
    assert find_numbers(np.frombuffer(data, np.uint8), path, fields, out) >= -1
    assert find_numbers(np.frombuffer(data, np.uint8), path[:0], fields, out) >= -1


def test_sizes__are_those_that_parquet_tells(folder) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    path = folder / "real.parquet"
    told = parquet.ParquetFile(path).metadata
    columns = [told.row_group(i).column(k) for i in range(told.num_row_groups) for k in range(told.num_columns)]
    n_rows, n_bytes = sizes_of(np.asarray(np.memmap(path, np.uint8, "r")))
    total = sum(column.total_uncompressed_size for column in columns)  # with the pages' headers
    assert n_rows == told.num_rows
    assert total - 50 * len(columns) < n_bytes < total


@pytest.mark.kernels
@pytest.mark.parametrize("path", sorted(FOUND.iterdir()), ids=lambda path: path.name)
def test_found__inputs_of_the_fuzzer_do_no_harm_any_more(path) -> None:
    fuzz.one_input(path.read_bytes())


@pytest.mark.kernels
@settings(max_examples=60)
@given(st.lists(st.sampled_from(PROFILE_INPUTS) | st.binary(min_size=6, max_size=20), min_size=1, max_size=4))
def test_edits__of_any_kind_do_no_harm(inputs: list[bytes]) -> None:
    fuzz.one_input(b"".join(inputs))


def test_opened__is_true_of_the_profile_that_the_fuzzer_begins_with() -> None:
    profile, content = fuzz.real()
    fuzz.opened(content)
    assert isinstance(profile, Profile) and profile.n_prompts == 3


SUMS = {"s": "0" * 32}
WRONG_SHARDS = {
    "no object": [],
    "a division of a number": {"d": 3},
    "a field too many": {"d": {"n": 2, "parts": {"0": 1}, "sums": SUMS, "more": 1}},
    "without sums": {"d": {"n": 2, "parts": {"0": 1}}},
    "no parts": {"d": {"n": 2, "parts": {}, "sums": SUMS}},
    "all parts": {"d": {"n": 1, "parts": {"0": 1}, "sums": SUMS}},
    "a part beyond all": {"d": {"n": 2, "parts": {"2": 1}, "sums": SUMS}},
    "a part below zero": {"d": {"n": 2, "parts": {"-1": 1}, "sums": SUMS}},
    "a part written otherwise": {"d": {"n": 4, "parts": {"01": 1}, "sums": SUMS}},
    "a part in other digits": {"d": {"n": 4, "parts": {"\u0661": 1}, "sums": SUMS}},
    "a part that is no number": {"d": {"n": 4, "parts": {"x": 1}, "sums": SUMS}},
    "fewer than no labels": {"d": {"n": 2, "parts": {"0": -1}, "sums": SUMS}},
    "a huge number of parts": {"d": {"n": 1 << 40, "parts": {"0": 1}, "sums": SUMS}},
    "a part of huge digits": {"d": {"n": 2, "parts": {"1" * 5000: 1}, "sums": SUMS}},
    "a short sum": {"d": {"n": 2, "parts": {"0": 1}, "sums": {"s": "0"}}},
    "a sum that is no number": {"d": {"n": 2, "parts": {"0": 1}, "sums": {"s": "g" * 32}}},
    "a sum of a number": {"d": {"n": 2, "parts": {"0": 1}, "sums": {"s": 0}}},
}


@pytest.mark.parametrize("kind", WRONG_SHARDS)
def test_footer__of_shards_that_cannot_be_is_refused(folder, tmp_path, kind) -> None:
    path = tmp_path / "forged.parquet"
    Content.of(folder / "real.parquet").saying(shards=WRONG_SHARDS[kind]).write(path)
    with pytest.raises(BadInputError, match=r"forged.parquet is damaged: its footer says shards .*write it again"):
        read_profile(path)


def test_footer__of_shards_that_can_be_is_read(folder, tmp_path) -> None:
    shards = {"d": {"n": 12, "parts": {"0": 1, "11": 0}, "sums": SUMS}}
    Content.of(folder / "real.parquet").saying(shards=shards).write(tmp_path / "a.parquet")
    assert read_profile(tmp_path / "a.parquet").shards["d"].missing == tuple(range(1, 11))
