"""Lines read by the kernel give what the standard library gives, and the kernel leaves what it is not sure of."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastslop.reading import json_lines
from fastslop.reading.documents import Documents, Plan, in_order, read_records
from fastslop.reading.fields import Columns
from fastslop.reading.json_lines import Lines, find_newlines, own_lines, read_lines
from tests import strategies
from tests.naive import fnv1a

COLUMNS = [
    Columns("output", "model", ("id",), ()),
    Columns("output", None, (), ()),
    Columns("output", "model", ("model", "id"), ()),
    Columns("é", "id", ("output",), ()),
    Columns("output", "output", ("output",), ()),
    Columns("x.y", "model", (), ()),
    Columns("output", "model", ("\ud800",), ()),
    Columns('"output"', "model", ("out\n",), ()),
    Columns("output", "model", ("id", "out"), optional=frozenset({"out"})),
    Columns("output", "model", ("out", "id"), optional=frozenset({"out"})),
    Columns("output", "model", ("id",), beside=("stop_reason",)),
    Columns("output", "model", ("id",), asked=("id",)),
    Columns("output", "model", ("id",), asked=("x", "out")),
]


def plan_of(columns: Columns, label: str = "file") -> Plan:
    return Plan(columns, label, str)


def lines_of(block: bytes) -> Lines:
    (lines,) = own_lines([block or b"\n"], 0, 1)
    return lines


def rows_of(documents: Documents) -> list[tuple[int, str, str, int]]:
    assert documents.text.size >= documents.offsets[-1]
    assert sorted(documents.records) == documents.records.tolist()
    assert set(documents.codes.tolist()) == set(range(len(documents.labels))), "no label without a document"
    ends = zip(documents.offsets, documents.offsets[1:], strict=False)
    texts = [documents.text[start:end].tobytes().decode() for start, end in ends]
    labels = [documents.labels[code] for code in documents.codes]
    return list(zip(documents.records.tolist(), texts, labels, documents.prompt_keys.tolist(), strict=True))


def assert_read_as_json(block: bytes, columns: Columns) -> None:
    lines, plan = lines_of(block), plan_of(columns)
    records = [(number, line) for number, line in enumerate(block.split(b"\n"), start=1) if line.strip()]
    slow = read_records(records, plan, json_lines._parse)
    fast, n_records = read_lines(lines, plan)
    assert rows_of(fast.documents) == rows_of(slow.documents)
    docs = np.arange(len(fast.documents))
    assert fast.documents.endings_of(docs).tolist() == slow.documents.endings_of(docs).tolist()
    assert told_by(fast.documents) == told_by(slow.documents)
    assert (fast.skipped, fast.had, n_records) == (slow.skipped, slow.had, len(records))


def told_by(documents: Documents) -> list[str]:
    """What was asked, by document; nothing where it is not told."""
    asked = documents.asked
    return [(text or "").strip() for text in ([None] * len(documents) if asked is None else asked.to_list())]


def taken(*lines: str | bytes, columns: Columns = COLUMNS[0]) -> list[int]:
    """Which lines, from 1, the kernel reads."""
    block = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)
    fields = json_lines._fields_of(plan_of(columns))
    assert fields is not None
    return (json_lines._read_certain(lines_of(block), fields, "file")[0] + 1).tolist()


@pytest.mark.kernels
@given(strategies.json_lines.map(b"\n".join), st.sampled_from(COLUMNS))
def test_read_lines__is_what_the_standard_library_makes_of_them(block: bytes, columns: Columns) -> None:
    assert_read_as_json(block, columns)


@pytest.mark.kernels
@given(
    st.lists(
        st.sampled_from([*range(0x22, 0x60), 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0])
        | st.sampled_from([0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF]),
        max_size=14,
    ),
    st.integers(0, 9),
)
def test_read_lines__knows_utf8(content: list[int], n_before: int) -> None:
    text = b"a" * n_before + bytes(content)
    assert_read_as_json(b'{"output": "' + text + b'", "model": "m"}', COLUMNS[0])


@pytest.mark.kernels
def test_kernel__reads_how_texts_ended() -> None:
    columns = Columns("output", "model", ("id",), beside=("stop_reason",))
    endings = ["stop", "length", "MAX_TOKENS", "Content-Filter", "", None, 5, "SAFETY", {"type": "length"}, ["length"]]
    lines = [json.dumps({"output": "x", "model": "m", "stop_reason": ending}) for ending in endings]
    assert taken(*lines, columns=columns) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert_read_as_json("\n".join([*lines, '{"output": "x", "model": "m"}']).encode(), columns)
    found, _ = read_lines(lines_of("\n".join(lines).encode()), plan_of(columns))
    assert found.documents.endings_of(np.arange(len(lines))).tolist() == [0, 1, 1, 2, 0, 0, 0, 2, 1, 0]


@pytest.mark.kernels
@pytest.mark.parametrize("first", [b"\xe0", b"\xed", b"\xef", b"\xf0", b"\xf4"])
def test_read_lines__knows_every_second_byte_of_utf8(first: bytes) -> None:
    rest = b"\x80" if first < b"\xf0" else b"\x80\x80"
    lines = [b'{"output": "' + first + bytes([second]) + rest + b'", "model": "m"}' for second in range(0x80, 0x100)]
    assert_read_as_json(b"\n".join(lines), COLUMNS[0])


@pytest.mark.kernels
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.booleans())
def test_kernel__reads_every_text_however_it_is_written(text: str, ensure_ascii: bool) -> None:
    record = {"id": text, "x": [text, {text: None}], "model": "m", "output": text + "."}
    line = json.dumps(record, ensure_ascii=ensure_ascii)
    assert taken(line) == [1]
    assert_read_as_json(line.encode(), COLUMNS[0])


@pytest.mark.kernels
@pytest.mark.parametrize("separators", [(", ", ": "), (",", ":")])
@pytest.mark.parametrize("value", ["p", "", 0, 17, -3, 10**30, None])
def test_kernel__reads_lines_as_they_are_usually_written(value: object, separators: tuple[str, str]) -> None:
    others = {"a": [1, -2.5e-3, 0.5, True, False, None, [], {}, [[]]], "b": {"output": 5, "model": {}}, "é": ""}
    record: dict[str, Any] = {"id": value, "output": 'é "x"\n', **others, "model": "m"}
    lines = [json.dumps(record, separators=separators, ensure_ascii=ascii_only) for ascii_only in (True, False)]
    assert taken(*lines, lines[0] + " \r") == [1, 2, 3]
    assert taken(*lines, columns=COLUMNS[1]) == [1, 2]
    assert taken(lines[0].replace("model", "m\\u006fdel")) == [1]
    assert_read_as_json("\n".join(lines).encode(), COLUMNS[2])


@pytest.mark.kernels
@pytest.mark.parametrize(
    "line",
    [
        '{"output": "x", "model": "m"',
        '{"output": "x", "model": "m"} 5',
        '{"output": "x", "model": "m",}',
        '{"output": "x", "model": "m", "a": NaN}',
        '{"output": "x", "model": "m", "a": 01}',
        '{"output": "x", "model": "m", "a": [1,]}',
        '{"output": "x", "model": "m", "a": [1}',
        '{"output": "x", "model": "m", "a": nulL}',
        '{"output": "x", "model": "m", "id": 5.0}',
        '{"output": "x", "model": "m", "id": -0}',
        '{"output": "x", "model": "m", "id": true}',
        '{"output": "x", "model": "m", "id": ["a"]}',
        '{"output": "x", "output": "y", "model": "m"}',
        '{"output": "x", "m\\u006fdel": "m", "model": "m"}',
        '{"output": "x", "model\\"": "m"}',
        '{"output": "x\ty", "model": "m"}',
        '{"output": "\\ud83d", "model": "m"}',
        '{"output": "\\ud83d\\u0041", "model": "m"}',
        '{"output": "\\ude00", "model": "m"}',
        '{"output": "\\u00g0", "model": "m"}',
        '{"output": "\\x", "model": "m"}',
        '{"output": "\u2003 ", "model": "m"}',
        '{"output": "x", "model": " "}',
        '{"output": "x"}',
        '{"output": 5, "model": "m"}',
        '{"model": "m"}',
        "",
        "{}",
        "[]",
        '{"output": "x", "model": "m", "a": ' + "[" * 100 + "]" * 100 + "}",
    ],
)
def test_kernel__leaves_what_it_is_not_sure_of(line: str) -> None:
    good = '{"output": "x", "model": "m", "id": "1"}'
    assert taken(good, line, good) == [1, 3]
    assert_read_as_json(f"{good}\n{line}\n{good}".encode(), COLUMNS[0])


@pytest.mark.kernels
@pytest.mark.parametrize("n_bytes", range(1, 40))
def test_kernel__reads_no_byte_behind_the_block(n_bytes: int) -> None:
    line = b'{"output": "\xf0\x9f\x99\x82\\ud83d\\ude42", "model": "m"}'
    assert_read_as_json(line[:n_bytes], COLUMNS[0])
    assert_read_as_json(line[: n_bytes - 1] + b"\n" + line[n_bytes:], COLUMNS[0])


@pytest.mark.kernels
def test_kernel__leaves_labels_it_has_no_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f'{{"output": "x", "model": "m{i % 5}"}}' for i in range(12)]
    monkeypatch.setattr(json_lines, "MAX_LABELS", 3)
    assert taken(*lines) == [1, 2, 3, 6, 7, 8, 11, 12]
    monkeypatch.setattr(json_lines, "LABEL_BYTES", 5)
    assert taken(*lines) == [1, 2, 6, 7, 11, 12]
    assert_read_as_json("\n".join(lines).encode(), COLUMNS[0])


def test_fields_of__a_path_or_a_name_for_two_is_not_the_kernels() -> None:
    is_left = [json_lines._fields_of(plan_of(columns)) is None for columns in COLUMNS]
    assert is_left == [False] * 4 + [True] * 3 + [False] * 6
    assert json_lines._fields_of(plan_of(COLUMNS[1], " ")) is None


def test_prompt__is_its_parts_joined() -> None:
    columns = Columns("output", None, ("source", "id"), ())
    records: list[dict[str, Any]] = [
        {"output": "x", "source": "s", "id": 5},
        {"output": "x", "source": "", "id": " "},
        {"output": "x", "source": "s", "id": None},
        {"output": "x", "id": "5"},
    ]
    lines = "\n".join(map(json.dumps, records))
    keys = [fnv1a(prompt) for prompt in ("s_5", "_", "x", "x")]
    assert read_lines(lines_of(lines.encode()), plan_of(columns))[0].documents.prompt_keys.tolist() == keys


@given(st.lists(st.binary(max_size=5).map(lambda line: line.replace(b"\n", b"")), max_size=9), st.integers(1, 4))
def test_own_lines__are_each_in_one_shard(lines: list[bytes], n_shards: int) -> None:
    block = b"\n".join(lines)
    found = {}
    for shard in range(n_shards):
        for own in own_lines([block[:0], block], shard, n_shards):
            assert set(own.numbers % n_shards) == {(shard + 1) % n_shards}
            found.update(zip(own.numbers.tolist(), own.cut(np.arange(own.ends.size)), strict=True))
    expected = (block if block.endswith(b"\n") else block + b"\n").split(b"\n")[:-1] if block else []
    assert found == dict(enumerate(expected, start=1))


@pytest.mark.kernels
@given(st.binary(max_size=70))
def test_find_newlines__gives_every_place(block: bytes) -> None:
    assert find_newlines(block).tolist() == [i for i, byte in enumerate(block) if byte == ord("\n")]


@pytest.mark.kernels
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("xyz"), st.text("ab", min_size=1)), max_size=12))
def test_documents__sort_by_record_and_part_by_label(rows: list[tuple[int, str, str]]) -> None:
    columns = Columns("text", "model", (), ())
    parts = []
    for own in (rows[::2], rows[1::2]):
        records = [
            (number, {"text": text, "model": label}) for number, label, text in sorted(own, key=lambda row: row[0])
        ]
        parts.append(read_records(records, plan_of(columns))[0])
    joined = rows_of(in_order(parts))
    expected = sorted([*rows[::2], *rows[1::2]], key=lambda row: row[0])
    assert [row[0] for row in joined] == [row[0] for row in expected]
    assert sorted(row[:3] for row in joined) == sorted((number, text, label) for number, label, text in expected)
    by_label = {label: [joined[doc] for doc in docs] for label, docs in in_order(parts).by_label()}
    assert list(by_label) == list(dict.fromkeys(row[2] for row in joined))
    assert by_label == {label: [row for row in joined if row[2] == label] for label in by_label}


def test_read_lines__of_a_great_many_blank_ones_takes_little_memory() -> None:
    block = b'{"text": "a", "model": "m"}\n' + b"\n" * 1_000_000
    plan = plan_of(Columns("text", "model", (), ("text", "model")))
    lines = lines_of(block)
    tracemalloc.start()
    made, n_records = read_lines(lines, plan)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(made.documents), made.skipped, n_records) == (1, [], 1)
    assert peak < 60 * len(block)
