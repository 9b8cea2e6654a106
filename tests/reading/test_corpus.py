"""Reading gives the documents a plain reading gives, whatever the format, and counts what is left out."""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.base.errors import BadInputError, UsageError
from fastslop.base.hashing import hash_strings
from fastslop.reading import formats
from fastslop.reading.chats import Generation
from fastslop.reading.chunks import TextChunk
from fastslop.reading.cleaning import clean
from fastslop.reading.compression import zstd
from fastslop.reading.corpus import read_chunks
from fastslop.reading.fields import Fields
from fastslop.reading.options import ReadOptions
from fastslop.reading.tally import Tally
from fastslop.reading.unusable import FAILED_CALL
from fastslop.tokens.unicode import PADDING
from tests.naive import fnv1a
from tests.strategies import JSON_SPACES, json_lines, json_objects

FIELDS = Fields(text="output", label="model", prompt="id")
WHITE_SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""Unicode's; what ``str.strip`` removes holds four control characters more."""
TIDY = '{"output": "x", "model": "m", "id": "0"}'


class Doc(NamedTuple):
    label: str
    text: str
    prompt: int


def docs_of(chunks: Iterable[TextChunk]) -> list[Doc]:
    docs: list[Doc] = []
    for chunk in chunks:
        raw = chunk.text.tobytes()
        assert chunk.text.dtype == np.uint8
        assert chunk.doc_offsets.dtype == np.int64
        assert chunk.prompt_keys.dtype == np.uint64
        assert all(array.flags.writeable for array in (chunk.text, chunk.doc_offsets, chunk.prompt_keys))
        assert chunk.doc_offsets[0] == 0
        assert chunk.doc_offsets[-1] + PADDING == len(raw)
        ends = zip(chunk.doc_offsets, chunk.doc_offsets[1:], chunk.prompt_keys, strict=False)
        docs.extend(Doc(chunk.label, raw[start:end].decode(), int(key)) for start, end, key in ends)
        assert len(chunk.doc_offsets) == len(chunk.prompt_keys) + 1
    return docs


def read(*inputs: object, tally: Tally | None = None, chunk_bytes: int = 8 << 20, **options: Any) -> list[Doc]:
    names = [str(name) for name in inputs]
    return docs_of(read_chunks(names, ReadOptions(**options), chunk_bytes=chunk_bytes, tally=tally or Tally()))


def texts_of(*inputs: object, **options: Any) -> list[str]:
    return [doc.text for doc in read(*inputs, **options)]


def write_lines(path: Path, records: Iterable[object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def simple(n: int, label: str = "m") -> list[dict[str, str]]:
    return [{"model": label, "id": str(i % 7), "output": f"text {i} é🙂"} for i in range(n)]


# The standard library's view of JSON Lines


def naive_line(line: bytes) -> Doc | str:
    """The document of a line, or why there is none, by the standard library alone."""
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        return "invalid UTF-8"
    except (ValueError, RecursionError):
        return "broken JSON"
    if not isinstance(record, dict) or record.get("output") is None:
        return "no text field"
    text, label, prompt = record["output"], record.get("model"), record.get("id")
    while isinstance(text, dict) and isinstance(text.get("output"), str | dict) and text["output"] != {}:
        text = text["output"]  # an object around a text
    if not isinstance(text, str):
        return "text is not a string"
    if any("\ud800" <= char <= "\udfff" for char in text):
        return "lone surrogate"
    if not text.strip(WHITE_SPACE):
        return "empty text"
    label = str(label) if type(label) is int else label
    if (
        not isinstance(label, str)
        or not label.strip(WHITE_SPACE)
        or any("\ud800" <= char <= "\udfff" for char in label)
    ):
        return "no model field"
    if isinstance(prompt, float) and prompt.is_integer() and abs(prompt) < 2**53:
        prompt = int(prompt)
    if prompt is not None and not isinstance(prompt, str):
        prompt = json.dumps(prompt, ensure_ascii=False, sort_keys=True)
    prompt = None if prompt is None else " ".join(filter(None, re.split(f"[{WHITE_SPACE}]", prompt)))
    cleaned = clean(Generation(text))  # tags and tokens are drawn now and then
    if cleaned.had and not cleaned.text.strip():
        return "nothing but reasoning" if "reasoning" in cleaned.had else "empty text"
    return Doc(
        label,
        cleaned.text,
        fnv1a("".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in prompt or text)),
    )


def naive_read(content: bytes) -> tuple[Counter[Doc], dict[str, list[int]]]:
    found: Counter[Doc] = Counter()
    skipped: dict[str, list[int]] = {}
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            result = naive_line(line)
            if isinstance(result, Doc):
                found[result] += 1
            else:
                skipped.setdefault(result, []).append(number)
    return found, skipped


def assert_reads_as_json(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        path.write_bytes(content)
        tally = Tally()
        found = Counter(read(path, fields=FIELDS, max_bad=1, tally=tally))
        expected, skipped = naive_read(content)
        assert found == expected
        assert tally.skipped == {reason: len(numbers) for reason, numbers in skipped.items()}
        places = {reason: [f"{path}:{number}" for number in numbers[:5]] for reason, numbers in skipped.items()}
        assert tally.places == places
        assert tally.n_docs == found.total()
        assert tally.n_bytes == sum(len(doc.text.encode()) for doc in found.elements())


@given(json_lines)
def test_json_lines__read_as_the_standard_library_reads_them(lines: list[bytes]) -> None:
    assert_reads_as_json(b"\n".join([TIDY.encode(), *lines]))


@given(st.lists(json_objects(), min_size=1, max_size=8), st.integers(64, 200))
def test_json_lines__do_not_depend_on_where_blocks_end(lines: list[bytes], read_bytes: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formats, "READ_BYTES", read_bytes)
        assert_reads_as_json(b"\n".join([TIDY.encode(), *lines]))


@pytest.mark.parametrize(
    "line",
    [
        '{"output": "a", "output": "b", "model": "m"}',
        '{"output" : "a", "output": "b", "model": "m"}',
        '{"output": "a", "output" : "b", "model": "m"}',
        '{"output": "x", "model": "a", "model": "b"}',
        '{"output": "x", "model": "m", "id": "1", "id": "2"}',
        '{"output": "a", "out\\u0070ut": "b", "model": "m"}',
        '{"out\\u0070ut": "a", "model": "m"}',
        '{"meta": {"output": "a"}, "model": "m"}',
        '{"meta": {"output": "a"}, "out\\u0070ut": 5, "model": "m"}',
        '{"output": "\\ud83d", "model": "m"}',
        '{"output": "\\\\ud83d \\ud83d\\ude00", "model": "m"}',
        '{"output": "\\ude00", "model": "m"}',
        '{"output": "\\u0000", "model": "m"}',
        '{"output": 5, "model": "m"}',
        '{"output": "5", "model": 5}',
        '{"output": "x", "model": "m", "id": 123456789012345678901234567890}',
        '{"output": "x", "model": "m", "id": 1e22}',
        '{"output": "x", "model": "m", "id": 5.0}',
        '{"output": "x", "model": "m", "id": {"b": 1, "a": [true, null]}}',
        '{"output": "x", "model": "m", "id": null}',
        '{"output": "x", "model": "m", "id": "\\ud83d"}',
        '{"output": "x", "model": "m", "bad": "\udcff"}',
        '{"output" :  "x", "model":"m"}',
        '{"output": "x", "model": "m", "n": ' + "[" * 2000 + "]" * 2000 + "}",
        '{"output": "x", "model": "m", "n": ' + "[" * 200_000 + "]" * 200_000 + "}",
        '{"output": "x", "model": "m", "n": 1' + "0" * 5000 + "}",
        '{"output": "x", "model": "m", "n": 1e999}',
        '{"output": "x", "model": "m"} {"output": "y", "model": "m"}',
    ],
)
def test_json_lines__are_not_changed_silently(line: str) -> None:
    assert_reads_as_json(f"{TIDY}\n{line}\n{TIDY}".encode("utf-8", "surrogateescape"))


def test_json_lines__agree_over_many_records_at_once() -> None:
    """Odd spaces and nested braces, in more than one block."""
    rng = np.random.default_rng(1)
    inner = [
        '}\\n{"output": "no"}',
        '{\\"output\\": 1}',
        "\\u00e9",
        "\\ud83d\\ude00",
        "}{",
        "\\\\",
        "x" * 400,
    ]
    written = [
        f'{JSON_SPACES[rng.integers(4)]}{{"meta": {{"x": [{i}, {{}}]}}, "output": "{inner[rng.integers(7)]} {i}",'
        f'{JSON_SPACES[rng.integers(4)]}"id": {rng.integers(50)}, "model": "m{i % 3}"}}{JSON_SPACES[rng.integers(5)]}'
        for i in range(20_000)
    ]
    assert_reads_as_json("\n".join(written).encode())


@pytest.mark.parametrize("separators", [(", ", ": "), (",", ":")])
def test_json_lines__written_as_usual_all_go_the_fast_way(
    tmp_path: Path, separators: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids: list[object] = [0, 17, "a", None]
    records = [{"id": ids[i % 4], "text": f'é "text" {i}:\n', "model": "m", "x": {"y": [1]}} for i in range(40)]
    body = "\n".join(
        json.dumps(record, separators=separators, ensure_ascii=i % 2 == 0) for i, record in enumerate(records)
    )
    (tmp_path / "a.jsonl").write_text(body, encoding="utf-8")
    expected = [record["text"] for record in records]
    monkeypatch.setattr("fastslop.reading.fields.read_record", None)
    assert texts_of(tmp_path / "a.jsonl") == expected


def test_json_lines__keep_the_order_of_the_file(tmp_path: Path) -> None:
    odd = [{"model": "m", "output": ["a", "b"] if i % 3 else f"c{i}"} for i in range(30)]
    expected = [text for record in odd for text in ([record["output"]] if record["output"][0] == "c" else ["a", "b"])]
    assert texts_of(write_lines(tmp_path / "a.jsonl", odd), fields=Fields(text="output")) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n \r\n\n"])
@pytest.mark.parametrize("is_ended", [True, False])
def test_json_lines__may_have_marks_and_blank_lines(tmp_path: Path, start: str, end: str, is_ended: bool) -> None:
    body = (end + end).join(json.dumps(record) for record in simple(3)) + (end if is_ended else "")
    (tmp_path / "a.jsonl").write_bytes((start + body).encode())
    tally = Tally()
    assert texts_of(tmp_path / "a.jsonl", tally=tally) == [record["output"] for record in simple(3)]
    assert not tally.skipped


# Formats


def write_json_array(path: Path, records: list[dict[str, str]]) -> None:
    path.write_text(json.dumps(records, indent=1), encoding="utf-8")


def write_packed(pack: Callable[[bytes], bytes]) -> Callable[[Path, list[dict[str, str]]], None]:
    def write(path: Path, records: list[dict[str, str]]) -> None:
        halves = [records[: len(records) // 2], records[len(records) // 2 :]]  # two members in one file
        raw = ["".join(json.dumps(record) + "\n" for record in half).encode() for half in halves]
        path.write_bytes(b"".join(map(pack, raw)))

    return write


def write_csv(separator: str, pack: Callable[[bytes], bytes] = bytes) -> Callable[[Path, list[dict[str, str]]], None]:
    def write(path: Path, records: list[dict[str, str]]) -> None:
        path.write_bytes(pack(pl.DataFrame(records).write_csv(separator=separator).encode()))

    return write


FORMATS: dict[str, Callable[[Path, list[dict[str, str]]], object]] = {
    "a.jsonl": write_lines,
    "b.NDJSON": write_lines,
    "c.json": write_lines,
    "d.json": write_json_array,
    "e.jsonl.gz": write_packed(gzip.compress),
    "f.jsonl.zst": write_packed(zstd.compress),
    "g.parquet": lambda path, records: pl.DataFrame(records).write_parquet(path, row_group_size=100),
    "h.csv": write_csv(","),
    "i.tsv": write_csv("\t"),
    "j.csv.gz": write_csv(",", gzip.compress),
    "packed.jsonl": write_packed(gzip.compress),  # the first bytes count, not the name
}


@pytest.mark.parametrize("name", FORMATS)
def test_format__gives_the_same_documents(tmp_path: Path, name: str) -> None:
    records = [{**record, "output": record["output"] + '\n"quoted", \t'} for record in simple(500)]
    FORMATS[name](tmp_path / name, records)
    expected = [Doc("m", record["output"], fnv1a(record["id"])) for record in records]
    tally = Tally()
    assert read(tmp_path / name, tally=tally) == expected
    assert tally.n_docs == 500
    (source,) = tally.sources
    assert (source.name, source.n_bytes) == (str(tmp_path / name), (tmp_path / name).stat().st_size)


@pytest.mark.parametrize("name", FORMATS)
def test_shards__partition_the_records(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "READ_BYTES", 200)
    records = [{**record, "output": f"{i}" if i % 5 else " "} for i, record in enumerate(simple(400))]
    FORMATS[name](tmp_path / name, records)
    tallies = [Tally() for _ in range(7)]
    parts = [texts_of(tmp_path / name, fields=FIELDS, shard=(i, 7), tally=tallies[i]) for i in range(7)]
    for i, part in enumerate(parts):
        assert part == [record["output"] for record in records[i::7] if record["output"] != " "]
    assert sum(tally.skipped["empty text"] for tally in tallies) == 80
    assert len({source.digest for tally in tallies for source in tally.sources}) == 7


def test_shard__may_own_nothing_but_must_exist(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", simple(1))
    assert texts_of(path, shard=(1, 2)) == []
    with pytest.raises(UsageError, match="shard 2/2: the first number runs from 0 to 1"):
        read(path, shard=(2, 2))
    with pytest.raises(UsageError, match=r"shard 0/\d+: there can be [\d,]+ shards at most"):
        read(path, shard=(0, 10**9))


def test_options__that_cannot_be_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"max_bad 1.5: a share lies between 0 and 1"):
        ReadOptions(max_bad=1.5)
    with pytest.raises(UsageError, match="reasoning 'some': it is one of drop, "):
        ReadOptions(reasoning="some")
    (tmp_path / "a.json").write_text('["The sea.", "The hill."]')
    for option, field in (("--text", "text"), ("--model", "label"), ("--prompt", "prompt")):
        with pytest.raises(
            UsageError, match=rf"a.json: no field 'x' \(asked for with {option}\): .*; leave {option} out"
        ):
            read(tmp_path / "a.json", fields=Fields(**{field: "x"}))


def test_file__that_vanishes_before_it_is_read_is_named(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", simple(1))
    chunks = read_chunks([str(path)], tally=Tally())
    path.unlink()
    with pytest.raises(BadInputError, match=r"a.jsonl is not there any more: put it back, and read it again"):
        list(chunks)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress], ids=["plain", "gzip", "zstd"])
def test_stdin__is_json_lines(pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    content = "".join(json.dumps(record) + "\n" for record in [{"output": "a"}, {"output": "b"}]).encode()
    digests = []
    for _ in range(2):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pack(content))))
        tally = Tally()
        assert [doc[:2] for doc in read("-", tally=tally)] == [("stdin", "a"), ("stdin", "b")]
        digests.append(tally.sources[0].digest)
        assert not sys.stdin.closed
    assert digests[0] == digests[1]
    assert tally.sources[0].n_bytes == 2


@pytest.mark.parametrize("name", ["a.jsonl", "e.jsonl.gz", "f.jsonl.zst", "g.parquet", "h.csv"])
def test_address__is_read_as_a_file_is(tmp_path: Path, name: str) -> None:
    FORMATS[name](tmp_path / name, simple(50))
    tally = Tally()
    assert read(f"file://{tmp_path}/{name}", tally=tally) == read(tmp_path / name)
    assert tally.sources[0].n_bytes == tally.n_bytes


def test_address__of_unknown_type_or_missing__is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"hf://datasets/x\.bin: unknown file type"):
        read("hf://datasets/x.bin")
    with pytest.raises(BadInputError, match=r"none\.parquet: cannot be read"):
        read(f"file://{tmp_path}/none.parquet")


def test_parquet__may_hold_lists_and_chats(tmp_path: Path) -> None:
    chat = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    pl.DataFrame({"messages": [chat, chat]}).write_parquet(tmp_path / "chat.parquet")
    pl.DataFrame({"outputs": [["a", "b"], ["c"]], "id": [1, 2]}).write_parquet(tmp_path / "list.parquet")
    pl.DataFrame({"response": [{"text": "a"}, {"text": None}]}).write_parquet(tmp_path / "struct.parquet")
    raw = [b"a", b"\xff"]
    pl.DataFrame({"text": raw}, schema={"text": pl.Binary}).write_parquet(tmp_path / "raw.parquet")
    assert read(tmp_path / "chat.parquet") == [Doc("chat", "a", fnv1a("q"))] * 2
    keys = [fnv1a(key) for key in "112"]
    assert read(tmp_path / "list.parquet") == [Doc("list", *pair) for pair in zip("abc", keys, strict=True)]
    tally = Tally()
    inputs = [tmp_path / "struct.parquet", tmp_path / "raw.parquet"]
    assert texts_of(inputs[0], fields=Fields(text="response.text"), max_bad=1, tally=tally) == ["a"]
    assert texts_of(inputs[1], max_bad=1, tally=tally) == ["a"]
    assert tally.places == {"no text field": [f"{inputs[0]} row 2"], "invalid UTF-8": [f"{inputs[1]} row 2"]}


def test_parquet__numbers_and_categories_are_prompts_and_labels(tmp_path: Path) -> None:
    frame = pl.DataFrame({"text": ["a", "b"], "model": ["x", "y"], "prompt_id": [1, 2]})
    frame = frame.with_columns(pl.col("model").cast(pl.Categorical), pl.col("prompt_id").cast(pl.Float64))
    frame.write_parquet(tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet") == [Doc("x", "a", fnv1a("1")), Doc("y", "b", fnv1a("2"))]


def test_parquet__may_end_where_a_slice_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pl.DataFrame({"text": [str(i) for i in range(200)]}).write_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(formats, "_rows_per_batch", lambda head: 25)
    assert texts_of(tmp_path / "a.parquet", fields=Fields(text="text")) == [str(i) for i in range(200)]


def test_csv__empty_cells_are_empty_texts_not_errors(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text\n1,"a\nb"\n2,\n3,""\n', encoding="utf-8")
    tally = Tally()
    assert texts_of(tmp_path / "a.csv", max_bad=0, tally=tally) == ["a\nb"]
    assert tally.places == {"empty text": [f"{tmp_path / 'a.csv'} row {n}" for n in (2, 3)]}


# Texts, folders, labels


def write_texts(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="")
    return folder


def test_texts__of_a_folder_are_one_label_of_a_subfolder_another(tmp_path: Path) -> None:
    write_texts(tmp_path / "poe", b="\ufefftwo\r\n", a="one")
    write_texts(tmp_path / "poe" / "late", c="three")
    tally = Tally()
    assert [doc[:2] for doc in read(tmp_path / "poe", tally=tally)] == [
        ("late", "three"),
        ("poe", "one"),
        ("poe", "two\r\n"),
    ]
    assert [source.n_bytes for source in tally.sources] == [5, 11]
    assert [doc[:2] for doc in read(tmp_path / "poe" / "a.txt")] == [("a", "one")]


def test_texts__share_out_over_shards_even_as_single_files(tmp_path: Path) -> None:
    write_texts(tmp_path, **{f"t{i:02}": f"{i}" for i in range(10)})
    for inputs in ([tmp_path], sorted(tmp_path.glob("*.txt"))):
        assert [texts_of(*inputs, shard=(i, 3)) for i in range(3)] == [list("0369"), list("147"), list("258")]


def test_texts__invalid_utf8_is_located(tmp_path: Path) -> None:
    write_texts(tmp_path, a="one", c=" ")
    (tmp_path / "b.txt").write_bytes(b"\xff")
    tally = Tally()
    assert texts_of(tmp_path, max_bad=1, tally=tally) == ["one"]
    assert tally.places == {
        "invalid UTF-8": [str(tmp_path / "b.txt")],
        "empty text": [str(tmp_path / "c.txt")],
    }


def test_folder__is_walked_by_name_hidden_files_and_unknown_types_left_out(tmp_path: Path) -> None:
    for name in ("b.jsonl", "sub/c.jsonl", "a.jsonl.gz", ".hidden/d.jsonl", ".e.jsonl"):
        write_lines(tmp_path / name, [{"text": name}])
    (tmp_path / "README.md").write_text("x", encoding="utf-8")
    tally = Tally()
    assert texts_of(tmp_path, chunk_bytes=1, max_bad=0, tally=tally) == [
        "a.jsonl.gz",
        "b.jsonl",
        "sub/c.jsonl",
    ]
    assert tally.places == {"unknown file type": [str(tmp_path / "README.md")]}
    assert [Path(source.name).name for source in tally.sources] == ["a.jsonl.gz", "b.jsonl", "c.jsonl"]


@pytest.mark.parametrize("n_texts", [2, 12])
def test_texts__beside_data_files_are_a_models_only_if_they_are_many(tmp_path: Path, n_texts: int) -> None:
    write_lines(tmp_path / "a.jsonl", [{"text": "The hay was in before the storm."}])
    for i in range(n_texts):
        (tmp_path / f"{i:02}.txt").write_text(f"Note {i}.", encoding="utf-8")
    tally = Tally()
    found = texts_of(tmp_path, tally=tally)
    if n_texts == 2:
        assert found == ["The hay was in before the storm."]
        assert tally.places == {"plain text beside data files": [str(tmp_path / f"{i:02}.txt") for i in range(2)]}
    else:
        assert len(found) == 13
        assert not tally.places


def test_glob__is_expanded_unless_the_name_exists(tmp_path: Path) -> None:
    for name in ("a[1].jsonl", "a1.jsonl", "sub/a2.jsonl"):
        write_lines(tmp_path / name, [{"text": name}])
    assert texts_of(tmp_path / "a[1].jsonl") == ["a[1].jsonl"]
    assert texts_of(tmp_path / "a[12].jsonl") == ["a1.jsonl"]
    assert texts_of(tmp_path / "**" / "a?.jsonl") == ["a1.jsonl", "sub/a2.jsonl"]


def test_file__named_twice_is_read_once(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{"text": "x"}])
    assert texts_of(path, tmp_path, tmp_path / "*.jsonl") == ["x"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.jsonl", "no such file"),
        ("*.jsonl", "no file matches"),
        ("empty", "no files to read"),
        ("x.docx", "unknown"),
    ],
)
def test_input__that_is_not_there_is_said(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.docx").write_text("x", encoding="utf-8")
    with pytest.raises(BadInputError, match=message) as error:
        read(tmp_path / name)
    assert name in str(error.value)


def test_label__is_the_field_else_the_file_else_what_was_said(tmp_path: Path) -> None:
    both = write_lines(tmp_path / "both.jsonl", [{"model": "x", "text": "1"}, {"model": "y", "text": "2"}])
    part = write_lines(tmp_path / "gpt-4.1-00000-of-00002.jsonl", [{"text": "3"}])
    assert [doc.label for doc in read(both, part)] == ["gpt-4.1", "x", "y"]
    assert [doc.label for doc in read(both, part, label="z")] == ["z"] * 3
    assert [doc.label for doc in read(both, fields=Fields(label="text"))] == ["1", "2"]


def test_label__of_equal_file_names_in_two_folders_tells_them_apart(tmp_path: Path) -> None:
    for folder in ("x/a", "x/b", "y"):
        write_lines(tmp_path / folder / "out.jsonl", [{"text": folder}])
        write_lines(tmp_path / folder / "out-00001-of-00002.jsonl", [{"text": folder + " again"}])
    found = read(tmp_path)
    assert {(doc[0], doc[1].split()[0]) for doc in found} == {("x/a/out", "x/a"), ("x/b/out", "x/b"), ("y/out", "y")}
    assert len(found) == 6


# Prompts


def test_prompt__is_source_and_id_a_number_as_good_as_a_string(tmp_path: Path) -> None:
    records = [
        {"source": "s", "id": 5, "text": "a"},
        {"source": "s", "id": "5", "text": "b"},
        {"id": 5, "text": "c"},
    ]
    found = read(write_lines(tmp_path / "a.jsonl", records))
    assert [doc.prompt for doc in found] == [fnv1a("s_5"), fnv1a("s_5"), fnv1a("c")]


def test_prompt__unknown_is_the_document_but_one_for_generations_listed_together(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{"outputs": ["a", "b"]}, {"outputs": ["", "c"]}, {"outputs": []}])
    tally = Tally()
    keys = [fnv1a(text) for text in "aac"]
    assert read(path, tally=tally) == [Doc("a", text, key) for text, key in zip("abc", keys, strict=True)]
    assert tally.places == {"empty text": [f"{path}:2", f"{path}:3"]}


@given(st.lists(st.text(max_size=40) | st.sampled_from(["", "a", "x" * 3000]), max_size=30))
def test_hash_strings__equals_plain_python(texts: list[str]) -> None:
    assert hash_strings(texts).tolist() == [fnv1a(text) for text in texts]


# Chunks


@given(
    st.lists(
        st.tuples(st.sampled_from("xyz"), st.text(min_size=1, max_size=9).filter(str.strip)),
        min_size=1,
        max_size=30,
    ),
    st.integers(1, 40),
)
def test_chunks__hold_the_same_documents_whatever_their_size(records: list[tuple[str, str]], chunk_bytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = write_lines(Path(folder) / "a.jsonl", [{"model": label, "text": text} for label, text in records])
        options = ReadOptions(Fields(text="text"))
        whole = list(read_chunks([str(path)], options, tally=Tally()))
        small = list(read_chunks([str(path)], options, chunk_bytes=chunk_bytes, tally=Tally()))
    assert [chunk.label for chunk in whole] == sorted({label for label, _ in records})
    assert docs_of(whole) == sorted(docs_of(small), key=lambda doc: doc.label)
    assert all(chunk.doc_offsets[-2] < chunk_bytes for chunk in small), "closed by the document that filled it"


def test_chunks__bound_what_waits_over_all_labels(tmp_path: Path) -> None:
    records = [{"model": f"m{i % 50}", "text": "x" * 10} for i in range(500)]
    path = write_lines(tmp_path / "a.jsonl", records)
    tally, n_given, waiting = Tally(), 0, []
    for chunk in read_chunks([str(path)], ReadOptions(Fields(text="text")), chunk_bytes=60, tally=tally):
        n_given += int(chunk.doc_offsets[-1])
        waiting.append(tally.n_bytes - n_given)
    assert n_given == 5000
    assert max(waiting) <= 4 * 60 + 100, "and the batch at hand"


def test_documents__are_never_split(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{"text": "y" * 1000}, {"text": "z"}])
    assert texts_of(path, chunk_bytes=10) == ["y" * 1000, "z"]


# What is left out


def reasons_file(path: Path) -> Path:
    bad = [
        b'{"text": "a", "model": "m"',
        b'{"text": "\xff", "model": "m"}',
        b'{"model": "m"}',
        b'{"text": {"a": 1}, "model": "m"}',
        b'{"text": "\\ud800", "model": "m"}',
        b'{"text": " ", "model": "m"}',
        b'{"text": "a"}',
    ]
    path.write_bytes(b"\n".join([b'{"text": "fine", "model": "m"}', *bad]))
    return path


def test_skipped__every_reason_is_counted_and_located(tmp_path: Path) -> None:
    path = reasons_file(tmp_path / "a.jsonl")
    tally = Tally()
    assert texts_of(path, max_bad=1, tally=tally) == ["fine"]
    reasons = [
        "broken JSON",
        "invalid UTF-8",
        "no text field",
        "text is not a string",
        "lone surrogate",
        "empty text",
        "no model field",
    ]
    assert tally.skipped == dict.fromkeys(reasons, 1)
    assert tally.places == {reason: [f"{path}:{line}"] for line, reason in enumerate(reasons, start=2)}


def test_max_bad__stops_and_says_what_where_and_how_to_go_on(tmp_path: Path) -> None:
    path = reasons_file(tmp_path / "a.jsonl")
    with pytest.raises(BadInputError) as error:
        read(path)
    for part in (
        f"{path}: 6 of 8 records",
        "more than 0.10%",
        f"broken JSON: 1, at {path}:2",
        "--max-bad 0.75",
    ):
        assert part in str(error.value)
    assert "empty text" not in str(error.value)
    assert read(path, max_bad=0.75)


def test_max_bad__judges_a_hopeless_file_before_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "READ_BYTES", 1000)
    path = tmp_path / "a.jsonl"
    path.write_text(TIDY + "\n" + "broken\n" * 5000, encoding="utf-8")
    tally = Tally()
    with pytest.raises(BadInputError, match="broken JSON"):
        read(path, tally=tally)
    assert 1000 < tally.skipped["broken JSON"] < 1200


def test_no_usable_text__names_the_fields_that_are_there(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{"id": 1, "prompt": "p", "verdict": {"body": "x"}}])
    with pytest.raises(
        BadInputError,
        match=r"a\.jsonl: no field looks like the text; fields found: id, prompt, verdict.body; .*--text",
    ):
        read(path)
    assert texts_of(path, fields=Fields(text="verdict.body")) == ["x"]
    path = write_lines(tmp_path / "b.jsonl", [{"id": 1, "text": ""}])
    with pytest.raises(
        BadInputError, match=r"b\.jsonl: no usable text in it \(empty text: 1\); fields found: id, text"
    ):
        read(path)
    with pytest.raises(
        UsageError, match=r"b\.jsonl: no field 'body' \(asked for with --text\); fields found: id, text"
    ):
        read(path, fields=Fields(text="body"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b"", "no JSON object"),
        ("a.json", b'{\n "text": "a"\n', "no valid JSON object .*; write one object a line"),
        ("a.jsonl", b"nothing\nof it\n", "no JSON object in its first lines; write one object a line"),
        ("a.json", b'[{"text": "a"}\n', "no valid JSON array"),
        ("a.json", b"[]", "no records"),
        ("a.parquet", b"not parquet at all", "cannot be read"),
        ("a.csv", b"text\n\xff\xfe\n", "cannot be read"),
        ("a.csv", b"", "cannot be read"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "a"}\n' * 9999, mtime=0)[:-9], "cannot be read"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "a"}\n', mtime=0)[:-8] + b"12345678", "cannot be read"),
        ("a.jsonl.zst", zstd.compress(b'{"text": "a"}\n')[:-2], "cannot be read"),
    ],
)
def test_damaged_file__is_said_with_its_name(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInputError, match=message) as error:
        read(tmp_path / name)
    assert str(tmp_path / name) in str(error.value)


# Sources


def digests_of(*inputs: Path, **options: Any) -> Sequence[str]:
    tally = Tally()
    read(*inputs, tally=tally, **options)
    return [source.digest for source in tally.sources]


def test_digest__depends_on_the_content_and_not_on_the_name(tmp_path: Path) -> None:
    a = write_lines(tmp_path / "a.jsonl", simple(3))
    b = write_lines(tmp_path / "b.jsonl", simple(3))
    c = write_lines(tmp_path / "c.jsonl", simple(4))
    (same,), (same_too,), (other,) = (digests_of(path) for path in (a, b, c))
    assert same == same_too != other
    assert digests_of(a, shard=(0, 2)) != [same]
    x = write_texts(tmp_path / "x", a="one", b="two")
    y = write_texts(tmp_path / "y", c="two", d="one")
    assert digests_of(x) == digests_of(y) != digests_of(write_texts(tmp_path / "z", c="two", d="three"))


def test_digest__of_a_change_in_the_middle_of_a_file_is_another(tmp_path: Path) -> None:
    records = simple(3000)
    same = digests_of(write_lines(tmp_path / "a.jsonl", [record | {"pad": "x" * 1000} for record in records]))
    for change in ({"output": "otherwise"}, {"id": "another"}):
        middle = [*records[:1500], records[1500] | change, *records[1501:]]
        path = write_lines(tmp_path / "b.jsonl", [record | {"pad": "x" * 1000} for record in middle])
        assert digests_of(path) != same


def test_digest__does_not_depend_on_how_a_file_is_packed_or_where_its_batches_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_lines(tmp_path / "a.jsonl", simple(50))
    packed = tmp_path / "b.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    whole = digests_of(path)
    assert digests_of(packed) == whole
    monkeypatch.setattr(formats, "READ_BYTES", 1000)
    assert digests_of(path) == whole


def test_real_corpus__is_read_completely(corpora: Path) -> None:
    tally = Tally()
    found = read(corpora / "slop-score", tally=tally)
    assert (tally.n_docs, len({doc.label for doc in found}), tally.skipped) == (6069, 22, {})


def test_samples__of_a_prompt_in_a_folder_are_of_the_model_above(tmp_path: Path) -> None:
    for who in ("ann", "bob"):
        for prompt in ("hay", "rain"):
            own = {f"sample_{i}": f"{who} on {prompt}, {i}." for i in (1, 2)}
            write_texts(tmp_path / who / prompt, **own)
    docs = read(tmp_path)
    assert Counter(doc.label for doc in docs) == {"ann": 4, "bob": 4}
    assert {doc.prompt for doc in docs} == {fnv1a("hay"), fnv1a("rain")}


@pytest.mark.parametrize("name", ["story_1", "1"])
def test_texts__of_other_names_are_of_the_model_of_their_folder(tmp_path: Path, name: str) -> None:
    for genre in ("news", "tales"):
        for who in ("ann", "bob"):
            write_texts(tmp_path / genre / who, **{name: f"{who} of {genre}.", f"more_{name}": f"{genre}."})
    assert {doc.label for doc in read(tmp_path)} == {"news/ann", "news/bob", "tales/ann", "tales/bob"}


def test_samples__below_one_folder_are_of_the_model_of_their_folder(tmp_path: Path) -> None:
    for who in ("ann", "bob"):
        write_texts(tmp_path / who, **{"sample_1": f"{who} told it.", "sample_2": f"{who} told more."})
    assert {doc.label for doc in read(tmp_path)} == {"ann", "bob"}


def test_markdown__is_text_but_a_read_me_and_what_lies_beside_data_are_not(tmp_path: Path) -> None:
    write_texts(tmp_path / "ann", ReadMe="Texts.")
    (tmp_path / "ann" / "README.md").write_text("Texts.", encoding="utf-8")
    (tmp_path / "ann" / "a.md").write_text("It hailed.", encoding="utf-8")
    tally = Tally()
    assert texts_of(tmp_path, tally=tally) == ["It hailed."]
    assert tally.skipped == {"unknown file type": 1, "read-me of a folder": 1}
    write_lines(tmp_path / "data" / "a.jsonl", [{"text": "It snowed."}])
    tally = Tally()
    assert texts_of(tmp_path, tally=tally) == ["It snowed."]
    assert tally.places["plain text beside data files"] == [str(tmp_path / "ann" / "a.md")]
    assert texts_of(tmp_path / "ann" / "a.md") == ["It hailed."]


@pytest.mark.parametrize(
    "failed",
    [
        {"custom_id": "r9", "result": {"type": "errored", "error": {"message": "The service was overloaded today."}}},
        {"custom_id": "r9", "result": {"type": "expired"}},
        {"key": "r9", "response": {"promptFeedback": {"blockReason": "SAFETY"}}},
        {"custom_id": "r9", "response": None, "error": {"code": "batch_expired", "message": "It took too long."}},
    ],
)
def test_calls__that_failed_as_their_records_say_are_skipped_however_many(tmp_path: Path, failed: object) -> None:
    message = {
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "The boats lay aside."}],
    }
    answer = {"custom_id": "r1", "result": {"type": "succeeded", "message": message}}
    tally = Tally()
    path = write_lines(tmp_path / "a.jsonl", [answer, failed, failed])
    assert [doc.text for doc in docs_of(read_chunks([str(path)], tally=tally))] == ["The boats lay aside."]
    assert tally.skipped == {FAILED_CALL: 2}
    write_lines(path, [answer, {"custom_id": "r9"}])
    with pytest.raises(BadInputError, match="1 of 2 records cannot be used"):
        docs_of(read_chunks([str(path)], tally=Tally()))
