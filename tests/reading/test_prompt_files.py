"""Files of prompts are read in the shapes in which generations name theirs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from fastslop.base.errors import BadInputError, NotThereError
from fastslop.reading.prompt_files import Prompt, read_prompts

STORY, ESSAY = "Write a story about a bus driver.", "Write an essay about salt and its price."


def lines(folder: Path, rows: Sequence[object], name: str = "prompts.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def two(**more: Sequence[object]) -> list[dict[str, object]]:
    return [{name: values[i] for name, values in more.items()} for i in (0, 1)]


def chat(text: str, *more: Mapping[str, str]) -> list[Mapping[str, str]]:
    return [{"role": "user", "content": text}, *more]


PLAIN = [Prompt(STORY), Prompt(ESSAY)]
NUMBERED = [Prompt(STORY, "1", "story"), Prompt(ESSAY, "2", "essay")]


@pytest.mark.parametrize(
    ("rows", "prompts"),
    [
        ([STORY, ESSAY], PLAIN),
        (two(prompt=[STORY, ESSAY]), PLAIN),
        (two(writing_prompt=[STORY, ESSAY]), PLAIN),
        (two(id=[1, 2], genre=["story", "essay"], prompt=[STORY, ESSAY]), NUMBERED),
        (two(prompt_id=["1", "2"], Genre=["story", "essay"], question=[STORY, ESSAY]), NUMBERED),
        (two(messages=[chat(STORY), chat(ESSAY)]), PLAIN),
        ([chat(STORY), chat(ESSAY)], PLAIN),
        (two(prompt=["Go on.", "Stop it."]), [Prompt("Go on."), Prompt("Stop it.")]),
        (two(source=["s", "s"], id=[1, 2], prompt=[STORY, ESSAY]), [Prompt(STORY, "s_1"), Prompt(ESSAY, "s_2")]),
        (
            two(instruction=["Sum this text up in a word."] * 2, input=["One.", "Two."], id=["a", "b"]),
            [Prompt("Sum this text up in a word.\n\nOne.", "a"), Prompt("Sum this text up in a word.\n\nTwo.", "b")],
        ),
        (
            [{"custom_id": "a", "method": "POST", "body": {"model": "m", "messages": chat(STORY)}}],
            [Prompt(STORY, "a")],
        ),
        (
            [{"custom_id": "a", "params": {"system": "Be brief.", "messages": chat(STORY)}}],
            [Prompt([{"role": "system", "content": "Be brief."}, {"role": "user", "content": STORY}], "a")],
        ),
    ],
)
def test_prompts__are_found_in_records(tmp_path: Path, rows: Sequence[object], prompts: list[Prompt]) -> None:
    assert read_prompts(lines(tmp_path, rows)) == prompts


def test_prompts__are_the_same_in_every_form_of_a_file(tmp_path: Path) -> None:
    rows = two(id=[1, 2], genre=["story", "essay"], prompt=[STORY, ESSAY])
    (tmp_path / "list.json").write_text(json.dumps(rows))
    (tmp_path / "packed.jsonl.gz").write_bytes(gzip.compress(lines(tmp_path, rows).read_bytes()))
    (tmp_path / "table.csv").write_text(f"id;genre;prompt\n1;story;{STORY}\n2;essay;{ESSAY}\n")
    for name in ("list.json", "packed.jsonl.gz", "table.csv"):
        assert read_prompts(tmp_path / name) == NUMBERED, name
    (tmp_path / "lines.txt").write_text(f"{STORY}\n\n  {ESSAY}\n")
    assert read_prompts(tmp_path / "lines.txt") == PLAIN


def test_prompts__of_a_file_of_generations_are_asked_once_and_without_what_was_answered(tmp_path: Path) -> None:
    answered = chat(STORY, {"role": "assistant", "content": "No."})
    rows = [{"model": model, "messages": answered, "id": 7} for model in ("a", "b")]
    assert read_prompts(lines(tmp_path, rows)) == [Prompt(STORY, "7")]
    rows = [{"model": model, "prompt": STORY, "output": f"{model} wrote this."} for model in ("a", "b")]
    assert read_prompts(lines(tmp_path, rows)) == [Prompt(STORY)]


def test_prompts__of_chats_keep_their_turns(tmp_path: Path) -> None:
    turns = [("human", "Tell a story."), ("gpt", "Which?"), ("human", "Of a bus.")]
    rows = [{"conversations": [{"from": role, "value": text} for role, text in turns]}]
    roles = {"human": "user", "gpt": "assistant"}
    asked = [{"role": roles[role], "content": text} for role, text in turns]
    assert read_prompts(lines(tmp_path, rows)) == [Prompt(asked)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no prompts in it; write objects such as"),
        ([{"id": 1, "n": 2}], r"no field looks like a prompt \(fields found: id, n\); write objects such as"),
        ([{"prompt": STORY}, {"prompt": None}], "no prompt in line 2"),
        ([{"id": 1, "prompt": STORY}, {"id": 1, "prompt": ESSAY}], "of line 1 and line 2 differ and have one id, '1'"),
    ],
)
def test_prompts__that_are_none_are_told_with_their_place(tmp_path: Path, rows: list[object], message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        read_prompts(lines(tmp_path, rows))


# Without the time: it would be in the name of the case, and differ between the processes that collect tests.
CUT_SHORT = gzip.compress(b'{"prompt": "Go."}\n' * 999, mtime=0)[:40]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"prompt": "Go."}\n{"prompt', r"a.jsonl:2: is no JSON: .*, one a line"),
        ("a.txt", b"caf\xe9\n", r"is no text in UTF-8 \(byte 3\)"),
        ("a.jsonl.gz", CUT_SHORT, "cannot be read: .*; write or fetch it again"),
        ("a.docx", b"Go.", "is no file of prompts by its name; a prompt file is .jsonl"),
    ],
)
def test_file__that_is_damaged_or_of_another_kind_is_told(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInputError, match=message):
        read_prompts(tmp_path / name)


def test_file__that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotThereError, match="there is no file"):
        read_prompts(tmp_path / "prompts.jsonl")
