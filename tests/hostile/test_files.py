"""Whatever a file is, it is counted right or refused in one line that names it; nothing is lost on the way."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastslop.base.errors import BadInputError
from fastslop.counting.count import count
from fastslop.reading.corpus import read_chunks
from fastslop.reading.tally import Tally
from fastslop.search.filter import filter_texts
from tests.corpora_of import fastslop
from tests.fuzz.readers import one_input
from tests.fuzz.seeds import READER_KINDS
from tests.strategies import json_values

SENTENCE = "The rain fell on the roof all night, and the river rose."
ROWS = [{"model": "m", "prompt": f"p{i}", "output": f"{SENTENCE} {i}"} for i in range(5)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
CSV = pl.DataFrame(ROWS).write_csv()


def line(**fields: object) -> bytes:
    return json.dumps(ROWS[0] | fields).encode() + b"\n"


def parquet() -> bytes:
    packed = io.BytesIO()
    pl.DataFrame(ROWS).write_parquet(packed)
    return packed.getvalue()


def log(sample: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("samples/1.json", sample)
    return packed.getvalue()


READ = {
    "bom.jsonl": (b"\xef\xbb\xbf" + LINES.encode(), 5),
    "bom.json": (b"\xef\xbb\xbf" + json.dumps(ROWS).encode(), 5),
    "bom.csv": (b"\xef\xbb\xbf" + CSV.encode(), 5),
    "crlf.jsonl": (LINES.replace("\n", "\r\n").encode(), 5),
    "crlf.csv": (CSV.replace("\n", "\r\n").encode(), 5),
    "nul.jsonl": (LINES.encode() + line(output="nul \0 here"), 6),
    "utf16.jsonl": (LINES.encode("utf-16"), 5),
    "utf16.csv": (CSV.encode("utf-16"), 5),
    "two-members.jsonl.gz": (gzip.compress(LINES.encode()) + gzip.compress(line(prompt="q")), 6),
    "word.txt": (b"a" * 1_000_000, 1),
    "key-twice.jsonl": (LINES.encode() + b'{"model": "m", "output": "one", "output": "another", "prompt": "q"}\n', 6),
    "id-a-float.jsonl": (b"".join(line(prompt=i + 0.5) for i in range(5)), 5),
    "surrogate-in-a-prompt.jsonl": (LINES.encode() + line(prompt="\ud800"), 6),
}
"""Files that are read, with how many generations they hold."""
REFUSED = {
    "empty.jsonl": (b"", "no JSON object in its first lines; write one object a line"),
    "empty.csv": (b"", "empty CSV"),
    "empty.parquet": (b"", "cannot be read: .*write or fetch it again"),
    "empty.txt": (b"", "no usable text in it"),
    "empty.eval": (b"", "cannot be read as an archive: .*write or fetch it again"),
    "newlines.jsonl": (b"\n" * 1000, "no JSON object"),
    "newlines.txt": (b"\r\n" * 1000, "no usable text in it"),
    "nuls.jsonl": (bytes(1000), "no JSON object"),
    "surrogate.jsonl": (LINES.encode() + line(output="\ud800"), "lone surrogate: 1, at .*:6.*--max-bad"),
    "latin.jsonl": (LINES.encode() + b'{"output": "\xe9", "model": "m"}\n', "invalid UTF-8: 1, at .*:6; .*iconv"),
    "latin.csv": (CSV.replace("rain", "\xe9").encode("latin-1"), "line 2 is no UTF-8 .*iconv"),
    "cut.utf16.jsonl": (LINES.encode("utf-16") + b"x", "UTF-16 ends within a character.*write or fetch it again"),
    "cut.utf16.csv": (CSV.encode("utf-16") + b"x", "UTF-16 ends within a character.*write or fetch it again"),
    "cut.utf16.txt": (SENTENCE.encode("utf-16") + b"x", "UTF-16 ends within a character.*write or fetch it again"),
    "deep.json": (b"[" * 100_000 + b"]" * 100_000, "its JSON is nested too deeply; write plain records"),
    "deep.jsonl": (LINES.encode() + b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "broken JSON: 1, at .*:6"),
    "deep.eval": (log(b"[" * 100_000 + b"]" * 100_000), "samples/1.json is no valid JSON .*mend it"),
    "broken.eval": (log(b"{"), "samples/1.json is no valid JSON .*mend it"),
    "numbers.jsonl": (LINES.encode() + line(output=7) + line(output=None) * 2, "text is not a string: 1, at .*:6"),
    "nulls.jsonl": (line(output=None) * 5, "no field looks like the text; fields found: .*--text"),
    "cut.jsonl.gz": (gzip.compress(LINES.encode() * 99)[:-20], "ended before .*write or fetch it again"),
    "cut.csv.gz": (gzip.compress(CSV.encode() * 99)[:-20], "ended before .*write or fetch it again"),
    "cut.parquet": (parquet()[:-20], "cannot be read: .*write or fetch it again"),
    "ragged.csv": (b"model,output\nm,a\nm,a,b\n", "row 2 has 3 fields, but there are 2 columns"),
    "quote.csv": (CSV.encode() * 200 + b'm,p,"never closed\nm,p,a\n', "a quote in line 1201 has no end: .*twice"),
}
"""Files that are refused, with what is said."""


@pytest.mark.parametrize("name", READ)
def test_file__is_counted_whole(name: str, tmp_path: Path) -> None:
    content, n = READ[name]
    (tmp_path / name).write_bytes(content)
    sums = count(str(tmp_path / name)).result.sums_dict()
    assert sums["generations"] == sums["generations_counted"] + sums["generations_set_aside"] == n
    assert sums["records"] == sums["records_used"] == n
    scored = filter_texts(str(tmp_path / name), ["rain"], workers=1)
    assert sum(score.n_docs for score in scored.scores) == n


@pytest.mark.parametrize("name", REFUSED)
def test_file__is_refused_in_one_line_that_names_it(name: str, tmp_path: Path) -> None:
    content, said = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(content)
    (tmp_path / "list.txt").write_text("rain\n")
    with pytest.raises(BadInputError, match=said) as error:
        count(str(path))
    for command in (
        ["count", path, "-o", tmp_path / "out"],
        ["run", path, "-o", tmp_path / "run"],
        ["look", path],
        ["filter", path, "--list", tmp_path / "list.txt"],
    ):
        answer = fastslop(*command)
        assert answer.code == 1, command
        assert str(error.value) in answer.log + answer.out and str(path) in str(error.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, "list.txt"])


@pytest.mark.parametrize("kind", ["csv", "jsonl", "txt"])
def test_bomb__is_refused_before_it_is_unpacked(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("csv_files", "json_lines", "text_files", "unusable", "documents"):
        monkeypatch.setattr(f"fastslop.reading.{module}.LONGEST_TEXT", 1 << 20)
    head = {"csv": b"model,output\nm,x\nm,", "jsonl": b'{"model": "m", "output": "', "txt": b""}[kind]
    tail = b'"}\n' if kind == "jsonl" else b""
    path = tmp_path / f"bomb.{kind}.gz"
    path.write_bytes(gzip.compress(head + b"a" * (2 << 20) + tail))
    with pytest.raises(BadInputError, match=rf"bomb\.{kind}\.gz: (a row unpacks to over 1 MiB|.*longer than)"):
        count(str(path))


def test_line__without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastslop.reading.formats.WHOLE_BYTES", 1 << 20)
    monkeypatch.setattr("fastslop.reading.formats.READ_BYTES", 1 << 10)
    path = tmp_path / "endless.jsonl.gz"
    path.write_bytes(gzip.compress(LINES.encode() + b"a" * (3 << 20)))
    with pytest.raises(BadInputError, match=r"endless.jsonl.gz: a line of over 1 MiB; write one object a line"):
        count(str(path))


def test_document__that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("formats", "csv_files"):
        monkeypatch.setattr(f"fastslop.reading.{module}.WHOLE_BYTES", 1 << 7)
    for name, content, message in (
        ("a.json", json.dumps(ROWS, indent=1).encode(), "a JSON document of over 0 MiB; write one object a line"),
        ("a.csv", CSV.encode("utf-16"), "over 0 MiB of UTF-16; convert it, as iconv -f UTF-16 -t UTF-8 does"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadInputError, match=f"{name}: {message}"):
            count(tmp_path / name)


def test_sample__that_unpacks_to_more_than_a_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastslop.reading.eval_logs.LONGEST_TEXT", 1 << 20)
    (tmp_path / "a.eval").write_bytes(log(b'"' + b"a" * (1 << 20) + b'"'))
    with pytest.raises(
        BadInputError, match=r"a.eval: samples/1.json unpacks to over 1 MiB; take it out of the archive"
    ):
        count(tmp_path / "a.eval")


def test_parquet__that_unpacks_to_far_more_than_texts_do_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastslop.reading.limits.ALWAYS_ALLOWED", 0)
    path = tmp_path / "bomb.parquet"
    pl.DataFrame({"output": ["a" * (1 << 24)]}).write_parquet(path)
    with pytest.raises(BadInputError, match=r"bomb.parquet: its .* would unpack to .*write it again from its source"):
        count(str(path))
    pl.DataFrame(ROWS).write_parquet(path)
    assert count(str(path)).result.sums_dict()["records"] == 5


def test_pipe__is_refused_by_name_and_passed_over_in_a_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(BadInputError, match=r"pipe.jsonl is a pipe, .*give it as standard input"):
        count(str(tmp_path / "pipe.jsonl"))
    (tmp_path / "a.jsonl").write_text(LINES)
    os.symlink(tmp_path / "circle.jsonl", tmp_path / "circle.jsonl")
    tally = count(str(tmp_path)).result.tally
    assert (tally.n_docs, tally.skipped) == (5, {"pipe, device or broken link": 2})


def test_links_in_circles__end(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(LINES)
    for name in "xyz":
        os.symlink(tmp_path, tmp_path / name)
    for place in (tmp_path, tmp_path / "**" / "*.jsonl"):
        assert count(str(place)).result.tally.n_docs == 5


@pytest.mark.parametrize("does", ["grows", "vanishes"])
def test_file_that_changes_while_it_is_read__is_refused(does: str, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(LINES)

    def change(step: str, done: int, total: int | None, unit: str) -> None:
        if done and path.exists():
            path.unlink() if does == "vanishes" else path.write_text(LINES + LINES)

    with pytest.raises(
        BadInputError, match=r"log.jsonl(: cannot be read: No such| was changed while| is not there any)"
    ):
        list(read_chunks([str(path)], tally=Tally(), progress=change))


@settings(max_examples=60)
@given(data=st.binary(max_size=300), kind=st.integers(0, len(READER_KINDS) - 1))
def test_any_bytes__are_read_or_refused(data: bytes, kind: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    one_input(bytes([kind]) + data, tmp_path_factory.mktemp("any"))


@settings(max_examples=60)
@given(values=st.lists(st.recursive(json_values, lambda inner: st.lists(inner, max_size=3), max_leaves=5), max_size=6))
def test_any_values__are_read_or_refused(values: list[object], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    lines = b"\n".join(json.dumps(value).encode() for value in values)
    one_input(b"\0" + LINES.encode() + lines, folder)
    one_input(b"\1" + json.dumps(values).encode(), folder)


def test_labels__that_differ_by_case_or_form_alone_have_files_of_their_own(tmp_path: Path) -> None:
    labels = ["m", "M", "\u00e9", "e\u0301", "a/b", 'a"b', "a\nb"]
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(line(model=label) for label in labels))
    answer = fastslop("count", path, "-o", tmp_path / "out", "--json")
    assert sorted(p["label"] for p in json.loads(answer.out)["profiles"]) == sorted(labels)
    assert len(list((tmp_path / "out").iterdir())) == len(labels)
