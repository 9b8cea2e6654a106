"""Answers of a batch are joined with the requests that they answer, and with no others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import fastslop as fs
from fastslop.base.errors import BadInputError
from tests.reading.test_corpus import write_lines

OAK, ELM = ("Where do herons nest?", "What is a weir?"), ("What is a weir?", "Name a fen.")


def requests(prompts: Sequence[str], first: int = 0) -> list[dict[str, Any]]:
    return [
        {"custom_id": f"r-{i}", "body": {"messages": [{"role": "user", "content": prompt}]}}
        for i, prompt in enumerate(prompts, start=first)
    ]


def answers(model: str, numbers: Sequence[int] = (0, 1)) -> list[dict[str, Any]]:
    said = [[{"message": {"role": "assistant", "content": f"{model} tells of {i} at some length."}}] for i in range(99)]
    return [{"custom_id": f"r-{i}", "response": {"body": {"model": model, "choices": said[i]}}} for i in numbers]


def prompts_of(folder: Path) -> Mapping[str, str | None]:
    """The first prompt of each model."""
    looked = fs.look(folder)
    assert looked.error is None
    return {model: file.prompt for file in looked.files for model in file.models}


def test_requests__of_one_folder_are_those_of_its_answers(tmp_path: Path) -> None:
    for model, prompts in (("oak", OAK), ("elm", ELM)):
        write_lines(tmp_path / model / "in.jsonl", requests(prompts))
        write_lines(tmp_path / model / "out.jsonl", answers(model))
    assert prompts_of(tmp_path) == {"oak": OAK[0], "elm": ELM[0]}
    keys = {profile.label: profile.n_prompts for profile in fs.count(tmp_path).result.profiles}
    assert keys == {"oak": 2, "elm": 2}


def test_requests__above_several_folders_of_answers_are_those_of_all(tmp_path: Path) -> None:
    write_lines(tmp_path / "in.jsonl", requests(OAK))
    for model in ("oak", "elm"):
        write_lines(tmp_path / model / "out.jsonl", answers(model))
    assert prompts_of(tmp_path) == {"oak": OAK[0], "elm": OAK[0]}


def test_requests__of_equal_numbers_are_told_apart_by_which_of_them_are_answered(tmp_path: Path) -> None:
    write_lines(tmp_path / "few.jsonl", requests(OAK))
    write_lines(tmp_path / "many.jsonl", requests([*ELM, "And a third?"]))
    write_lines(tmp_path / "out.jsonl", answers("elm", (1, 0, 2)))
    assert prompts_of(tmp_path) == {"elm": ELM[1]}


def test_requests__that_cannot_be_told_apart_are_named_with_a_remedy(tmp_path: Path) -> None:
    for model, prompts in (("oak", OAK), ("elm", ELM)):
        write_lines(tmp_path / f"{model}_in.jsonl", requests(prompts))
        write_lines(tmp_path / f"{model}_out.jsonl", answers(model))
    with pytest.raises(BadInputError, match=r"elm_out\.jsonl: .*which requests it answers: .*elm_in.*oak_in.*folder"):
        fs.count(tmp_path)


def test_requests__of_several_files_that_agree_are_joined(tmp_path: Path) -> None:
    write_lines(tmp_path / "in_1.jsonl", requests(OAK))
    write_lines(tmp_path / "in_2.jsonl", requests(ELM, first=2))
    write_lines(tmp_path / "out.jsonl", answers("oak", (3, 0)))
    assert prompts_of(tmp_path) == {"oak": ELM[1]}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("is_wrapped", [True, False])
def test_requests__may_be_a_list(tmp_path: Path, indent: int | None, is_wrapped: bool) -> None:
    listed: Any = requests(OAK)
    whole = {"requests": listed} if is_wrapped else listed
    (tmp_path / "in.json").write_text(json.dumps(whole, indent=indent), encoding="utf-8")
    write_lines(tmp_path / "out.jsonl", answers("oak"))
    assert prompts_of(tmp_path) == {"oak": OAK[0]}


def test_answers__to_no_request_are_counted(tmp_path: Path) -> None:
    write_lines(tmp_path / "in.jsonl", requests(OAK))
    write_lines(tmp_path / "out.jsonl", answers("oak", (0, 1, 2)))
    (looked,) = fs.look(tmp_path).files
    assert "no request found for 1 text, whose number is taken for the prompt" in looked.notes
    assert looked.n_prompts == 3
