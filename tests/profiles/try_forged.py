"""Try forged profiles with commands, in a process of its own, which a forged profile must not bring down.

``python -m tests.profiles.try_forged PROFILE OTHERS FIRST STEP COMMAND...`` prints a line of JSON for each command with
each ``STEP``-th forgery of ``PROFILE`` from the ``FIRST`` on: the forgery's number and name, the command, its exit code
(-1 for an error that is not one line), and what it said.
"""

from __future__ import annotations

import io
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from fastslop.base.errors import FastslopError
from fastslop.cli.main import main
from fastslop.profiles.files import read_profile
from fastslop.profiles.merge_files import merge
from tests.profile_checks import check_possible
from tests.profiles.forge import Content, Writer, changed_files, forgeries

COMMANDS = {
    "inspect": ("inspect", "{forged}", "--json"),
    "merge": ("merge", "{forged}", "-o", "{out}/one.parquet"),
    "merge with itself": ("merge", "{forged}", "{other}", "--label", "x", "-o", "{out}/sum.parquet"),
    "compare": ("compare", "{forged}", "{others}", "--replicates", "0", "--json"),
    "score": ("score", "{forged}", "{others}", "--json"),
    "lists": ("lists", "{forged}", "{others}", "-o", "{out}/lists"),
    "identify": ("identify", "{others}", "{forged}", "--replicates", "20", "--json"),
    "export": ("export", "{forged}", "-o", "{out}/counts.parquet"),
}
"""What is tried, by name."""
CALLS: dict[str, Callable[[Path, Path], object]] = {
    "read": lambda forged, other: check_possible(read_profile(forged)),
    "read some": lambda forged, other: read_profile(forged, [("word", 1), ("word", 3)], min_prompts=2),
    "sum": lambda forged, other: merge(forged, other, label="x"),
}
"""What commands do with profiles, without the rest of what they do."""
CRASH = -2


class Tried(NamedTuple):
    """A command that was tried with a forgery: its exit ``code``, and what it ``said`` of an error."""

    number: int
    forgery: str
    command: str
    code: int
    said: str


def run(command: str, forged: Path, others: Path, out: Path) -> tuple[int, str]:
    """The exit code of a command, run in this process, and what it said; -1 for what is no error made on purpose."""
    said, other = io.StringIO(), min(others.glob("*.parquet"))
    places = {"forged": forged, "other": other, "others": others, "out": out}
    words = [word.format(**places) for word in COMMANDS.get(command, ())]
    with redirect_stderr(said), redirect_stdout(io.StringIO()), patch.object(sys, "argv", ["fastslop", *words]):
        try:
            if command in CALLS:
                CALLS[command](forged, other)
            else:
                main()
        except SystemExit as done:
            return int(done.code or 0), said.getvalue()
        except FastslopError as error:
            return error.exit_code, str(error)
        except BaseException as error:  # a panic of Polars is no Exception
            return -1, f"{type(error).__name__}: {error}"
    return 0, said.getvalue()


def all_kinds(real: Path) -> Iterator[tuple[str, Writer]]:
    """All forgeries of a profile, and files with changed bytes."""
    return itertools.chain(forgeries(Content.of(real)), changed_files(real))


def try_all(real: Path, others: Path, first: int, step: int, commands: Sequence[str]) -> Iterator[Tried]:
    """Try commands with each ``step``-th forgery of a profile, from the ``first`` on."""
    for number, (name, write) in islice(enumerate(all_kinds(real)), first, None, step):
        for command in commands:
            with tempfile.TemporaryDirectory() as folder:
                forged = Path(folder) / "forged.parquet"
                write(forged)
                code, said = run(command, forged, others, Path(folder))
                yield Tried(number, name, command, code, said.replace(str(forged), "FORGED"))


def tried(real: Path, others: Path, first: int, step: int, commands: Sequence[str]) -> list[Tried]:
    """The same in processes of their own: one that comes down is a `CRASH` of the command that it was at."""
    done: list[Tried] = []
    n = len(list(all_kinds(real)))
    while first < n:
        words = [real, others, first, step, *commands]
        child = subprocess.run(
            [sys.executable, "-m", __name__, *map(str, words)], capture_output=True, text=True, check=False
        )
        lines: list[list[Any]] = [json.loads(line) for line in child.stdout.splitlines()]
        done += [Tried(*line) for line in lines]
        if child.returncode == 0:
            break
        at = lines[-1][0] if lines else first
        before = [line[2] for line in lines if line[0] == at]
        crashed = next((command for command in commands if command not in before), commands[0])
        number = at if len(before) < len(commands) else at + step
        done.append(Tried(number, f"after {lines[-1][1] if lines else 'none'}", crashed, CRASH, child.stderr[-500:]))
        first = number + step
    return done


if __name__ == "__main__":
    real, others, first, step, *commands = sys.argv[1:]
    for one in try_all(Path(real), Path(others), int(first), int(step), commands):
        print(json.dumps(one), flush=True)
