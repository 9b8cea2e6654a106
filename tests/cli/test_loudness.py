"""``-q`` leaves results and errors, ``-v`` adds what was done: before the command's name or after it."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from fastslop.cli.main import cli
from tests.corpora_of import Answer, done, fastslop


def with_option(option: str, place: str, command: str, *args: object) -> Answer:
    """Run a command with an option before its name, or after all else."""
    return done(option, command, *args) if place == "before" else done(command, *args, option)


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("option", ["-q", "--quiet"])
def test_quiet__leaves_the_results_alone(option: str, place: str, texts: Path, profiles: Path, tmp_path: Path) -> None:
    usual = done("score", profiles, "--top", 1)
    quiet = with_option(option, place, "score", profiles, "--top", 1)
    assert "note: " in usual.log
    assert (quiet.log, quiet.out) == ("", usual.out)
    assert with_option(option, place, "count", texts, "-o", tmp_path / "out").log == ""


def test_quiet__leaves_the_errors(tmp_path: Path) -> None:
    for args in (("-q", "score", tmp_path / "nowhere"), ("score", tmp_path / "nowhere", "-q")):
        answer = fastslop(*args)
        assert (answer.code, answer.out) == (2, "")
        assert answer.log.startswith("error: ")


def test_quiet__leaves_out_the_sums_of_filter_which_are_no_data(texts: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("petrichor\n", encoding="utf-8")
    answer = done("filter", texts, "--list", tmp_path / "list.txt", "-q")
    assert answer.log == "" and len(answer.out.splitlines()) == 96


@pytest.mark.parametrize("place", ["before", "after"])
def test_verbose__says_each_step_and_how_long_it_took(place: str, profiles: Path) -> None:
    answer = with_option("-v", place, "compare", profiles, "--json")
    steps = re.findall(r"^ *\d+\.\d s  (.+)$", answer.log, re.M)
    assert [step.partition(",")[0] for step in steps] == [
        "choosing features",
        "reading counts by prompt",
        "resampling prompts",
        "halving prompts",
        "in all",
    ]
    assert "resampling prompts, 200 replicates" in answer.log
    assert answer.json["format"] == 1


def test_quiet_and_verbose__exclude_each_other(profiles: Path) -> None:
    for args in (("-q", "score", profiles, "-v"), ("score", "-v", profiles, "-q"), ("-qv", "score", profiles)):
        answer = fastslop(*args)
        assert (answer.code, answer.out) == (2, "")
        assert "-q and -v" in answer.log


def test_every_command__has_both_options() -> None:
    def commands(group: click.Group) -> list[click.Command]:
        inside = [c for one in group.commands.values() if isinstance(one, click.Group) for c in commands(one)]
        return [*group.commands.values(), *inside]

    for command in [cli, *commands(cli)]:
        options = [name for param in command.params for name in param.opts]
        assert sorted(name for name in options if name in ("-q", "-v")) == ["-q", "-v"], command.name
