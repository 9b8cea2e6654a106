"""Lists are read in the shapes in which programs pass them around; what is no list is refused with its place."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from fastslop.base.errors import BadInputError, NotThereError
from fastslop.search.list_files import Entry, groups_in, read_list, unquoted

PRESET = """
banned_strings:
  override: ["barely above", elara]
  force: false
temperature:
  override: 0.8
stop:
  override: ["Bob:"]
"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "barely above\n\nelara\n"),
        ("a.txt", '"barely above"\n"elara"\n'),
        ("a.txt", '["barely above", "elara"]'),
        ("a.json", '["barely above", "elara"]'),
        ("b.json", '[["barely above", 0.1], ["elara", 0.5]]'),
        ("c.json", '{"barely above": 0.1, "elara": 1}'),
        ("d.json", '[{"phrase": "barely above", "n": 4}, {"phrase": "elara", "n": 2}]'),
        ("e.json", '[["barely", "above"], ["elara"]]'),
        ("f.json", '{"model": "m", "temperature": 1, "banned_strings": ["barely above", "elara"]}'),
        ("g.json", '{"stop": ["Bob:"], "bad_words": ["barely above", "elara"]}'),
        ("h.json", '{"preset": {"banned_tokens": "\\"barely above\\"\\n\\"elara\\""}}'),
        ("i.json", '"\\"barely above\\"\\n\\"elara\\""'),
        ("a.yaml", PRESET),
        ("a.yml", "- barely above\n- elara\n"),
        ("a.jsonl", '["barely above", 12]\n["elara", 3]\n'),
        ("b.jsonl", '"barely above"\n\n"elara"\n'),
        ("a.csv", 'n,phrase\n1,"barely above"\n2,elara\n'),
        ("b.csv", 'kind,phrase\nphrases,"barely above"\nwords,elara\nwords,\n'),
    ],
)
def test_read_list__reads_every_shape(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    groups = read_list(tmp_path / name)
    assert [entry.text for group in groups for entry in group.entries] == ["barely above", "elara"]
    assert not any(group.tokens for group in groups)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.doc", "x", "unknown kind of list; known are .txt (an entry a line), .json"),
        ("a.txt", "\n", "no phrase in it"),
        ("a.json", "[]", "no phrase in it; choose another list"),
        ("a.json", "{", "(char 1)); mend it, or write an entry a line into a .txt"),
        ("a.json", "9" * 5000, "no valid JSON (Exceeds the limit"),
        ("a.json", "[" * 100_000, "nested too deeply; write the list as an array of strings"),
        ("a.yaml", "[" * 5000, "nested too deeply; write the list as an array of strings"),
        ("a.json", "null", "is a JSON array"),
        ("a.json", '{"a": ["x"], "b": 1}', "no list under any of the keys a, b; known is 'banned_strings'"),
        ("a.json", '["a", 1]', "entry 2 is neither a string nor an array that begins with one; take it out"),
        ("a.json", '{"banned_tokens": [29, 30]}', "banned_tokens: entry 1"),
        ("a.json", '[{"n": 1}]', "entry 1"),
        ("a.jsonl", '"a"\n{', ":2: no valid JSON (Expecting property name"),
        ("a.jsonl", '"a"\n{', "(char 1)); mend it, or take it out"),
        ("a.yaml", "a: [1,\n b: {", "line 2, column 6: b: { ^); mend it, or write it as JSON"),
        ("a.yaml", "a: 2024-13-45", "no valid YAML (month must be in 1..12)"),
        ("a.csv", "word\na\n", "no column 'phrase' among word; name that of the entries so"),
        ("a.csv", "", "no readable CSV (empty CSV); mend it, or write a .txt"),
    ],
)
def test_read_list__names_what_is_wrong(name: str, content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(BadInputError, match=re.escape(words)):
        read_list(tmp_path / name)


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.jsonl", "a.yaml", "a.csv"])
def test_read_list__names_the_line_that_is_no_utf8(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\xef\xbb\xbfphrase\n\xe9lan\n")
    with pytest.raises(BadInputError, match=rf"{name}:2: no UTF-8 \(byte 0xE9\); it may be Latin-1 .*iconv"):
        read_list(tmp_path / name)


def test_read_list__takes_no_folder_and_no_pipe(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(BadInputError, match=r"folder.txt: cannot be read: Is a directory"):
        read_list(tmp_path / "folder.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(BadInputError, match=r"pipe.txt is a pipe, .*: write it to a file first"):
        read_list(tmp_path / "pipe.txt")
    with pytest.raises(NotThereError, match=r"nowhere.txt: no such file"):
        read_list(tmp_path / "nowhere.txt")


def test_read_list__says_what_reads_yaml_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text("- elara\n")
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(BadInputError, match=r"a.yaml: PyYAML reads it: pip install pyyaml, or write the list as JSON"):
        read_list(tmp_path / "a.yaml")


def test_read_list__knows_the_name_that_entries_are_under(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"banned_strings": ["a"], "more": {"banned_regex": ["b"]}}))
    assert [(group.name, group.entries) for group in read_list(path)] == [
        ("banned_strings", [Entry("a", "entry 1")]),
        ("banned_regex", [Entry("b", "entry 1")]),
    ]
    (tmp_path / "own.csv").write_text("kind,phrase\nbigrams,deep breath\nwords,elara\nbigrams,old light\n")
    assert [(group.name, group.entries) for group in read_list(tmp_path / "own.csv")] == [
        ("bigrams", [Entry("deep breath", "row 1"), Entry("old light", "row 3")]),
        ("words", [Entry("elara", "row 2")]),
    ]


def test_groups_in__tells_arrays_of_one_string_from_others() -> None:
    for value, expected in (([["a"], ["b c"]], True), ([["a"], ["b", 2]], False), (["a", ["b"]], False)):
        assert [group.are_nested for group in groups_in(value, "", "")] == [expected]


def test_groups_in__takes_lines_without_quotes_for_tokens_where_others_have_them() -> None:
    (group,) = groups_in({"banned_tokens": '" a reminder"\n[29, 30]\n"elara"\nfoo'}, "", "")
    assert [entry.text for entry in group.entries] == [" a reminder", "elara"]
    assert group.tokens == [Entry("[29, 30]", "line 2"), Entry("foo", "line 4")]
    (group,) = groups_in({"banned_tokens": "elara\nfoo"}, "", "")
    assert [entry.text for entry in group.entries] == ["elara", "foo"]


@pytest.mark.parametrize(
    ("line", "inner"),
    [
        ('"elara"', "elara"),
        (' "\\\\bnot\\\\b but", ', r"\bnot\b but"),
        ('"\\d"', r"\d"),
        ('"I see," she said.', None),
        ("elara", None),
        ('"', None),
    ],
)
def test_unquoted__is_what_stands_between_quotes(line: str, inner: str | None) -> None:
    assert unquoted(line) == inner
