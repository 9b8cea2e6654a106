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
from fastslop.base.errors import BadInputError, FastslopError
from fastslop.base.parquet_sizes import sizes_of
from fastslop.profiles.files import read_profile
from fastslop.profiles.profile import Profile
from tests.conftest import ROOT
from tests.corpora_of import FAMILIES, done, records, write_jsonl
from tests.fuzz.seeds import PROFILE_INPUTS
from tests.profile_checks import same
from tests.profiles.forge import Content, forgeries, write_frame
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


TOLD = {
    "footer: blocks null": r" has blocks None, this version of fastslop reads 64",
    "footer: format text": r" has format 'x', this version of fastslop reads \d+ and \d+",
    "footer: blocks NaN": r" is a profile with a broken footer: NaN is no number of JSON",
    "footer: a field twice": r" is a profile with a broken footer: it names a field twice",
    "footer: nested deeply": r" is a profile with a broken footer: it is nested too deeply",
    "footer: [] as a whole": r" is a profile with a broken footer: it is no object but \[\]",
    "footer: no label": r" is damaged: its footer has no label",
    "footer: label list": r" is damaged: its footer says label \['x'\], which is not a text",
    "footer: spec empty": r" is damaged: its footer has no tokeniser in its specification",
    "footer: spec.guards text": r": its footer has no specification: unknown guards 'x'",
    "footer: n_parts object": r": its footer says n_parts of 'x', which is no section of it",
    "footer: n_parts empty": r": its footer says 0 parts of prompts.keys, of which there is one",
    "footer: n_docs zero": r": its footer says more prompts than documents, or more words than tokens",
    "footer: n_docs one more": r": n_docs of its prompts sum to 24, not to the footer's 25",
    "footer: n_tokens one more": r": words and marks of its prompts do not sum to the footer's [\d,]+ tokens",
    "footer: one copy too many": r": its texts are not 1 copies of others, as the footer says",
    "footer: one n-gram in ten said of all": r" of a part of word-2: its words are not among those of which .*",
    "prompts.keys cut by a byte": r": a part of 'prompts.keys' is not of the size that it says",
    "prompts.keys reversed": r": the keys of its prompts do not rise, or are not the 24 of the footer",
    "prompts.n_docs negative": r": n_docs of its prompts are no counts, one for each prompt",
    "tokens.kinds one less": r": there are \d+ tokens, and kinds of \d+",
    "tokens.kinds of kind 3": r": its tokens are not all of the kinds that there are",
    "tokens.text not in UTF-8": r": its tokens are not all words and marks in UTF-8",
    "tokens.text twice the same": r": two of its words are the same",
    "texts.keys reversed": r": the hashes of its texts do not rise, or are not those of 24 documents",
    "tokens.n_inside one less": r": it has capitals of \d+ tokens, not of \d+",
    "tokens.n_capital more than inside": r": its capitals are more than its words",
    "asked.keys reversed": r": it has 24 texts of prompts for 24 keys, which must rise",
    "asked.text not in UTF-8": r": the texts of its prompts are not in UTF-8, or of more than [\d,]+ bytes",
    "asked.text gone, and not told of": r": its footer says parts of asked.keys or asked.text, but not of both",
    "word-1 heads all ones": r": the counts of word-1 by prompt do not sum to the words of the prompts",
    "content-2 heads all zeros": r" at row [\d,]+ of a part of content-2: it names a token beyond the vocabulary",
    "content-2 heads reversed": r" at row [\d,]+ of a part of content-2: it does not come behind the row before",
    "content-2 firsts cut by a byte": r" at row [\d,]+ of a part of content-2: bytes are left behind the last",
    "content-2 firsts half": r" at row [\d,]+ of a part of content-2: its streams end within it",
    "content-2 few cut by a byte": r" of a part of content-2: its prompts do not rise, or are beyond the last",
    "content-2 spread empty": r": its counts are not those of so many prompts, documents and words",
    "mark-1 gone": r": it has 0 of 1 parts of mark-1",
    "no column section": r" is a damaged profile: unable to find column \"section\".*",
    "no column n_rows": r": its columns are not all of section, n_rows, n_units, .*",
}
"""What is said of some forgeries, by their names, behind the name of the file and before what is to be done."""
AGAIN = ".*; (write it again from its source|count its texts again with this version)"


def test_read_profile__says_what_is_wrong_and_where(folder, tmp_path) -> None:
    path, told = tmp_path / "forged.parquet", set()
    for name, write in forgeries(Content.of(folder / "real.parquet")):
        if name in TOLD:
            write(path)
            with pytest.raises(FastslopError, match=rf"forged\.parquet.*{TOLD[name]}{AGAIN}"):
                read_profile(path)
            told.add(name)
    assert told == {*TOLD}


def test_read_profile__says_where_there_are_not_as_many_counts_as_it_says(folder, tmp_path) -> None:
    content, path = Content.of(folder / "real.parquet"), tmp_path / "forged.parquet"
    n = content.parts[content.place("content-2")]["n_units"]
    said = {n + 1: f"its rows have {n} counts by prompt, not {n + 1} as it says", n - 1: "its counts are not those of"}
    for n_units, message in said.items():
        content.having("content-2", n_units=n_units).write(path)
        with pytest.raises(BadInputError, match=rf"at row [\d,]+ of a part of content-2: {message}{AGAIN}"):
            read_profile(path)


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
