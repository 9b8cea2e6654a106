"""What dead processes left is removed, what living ones are writing is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fastslop.system.atomic import write_text
from fastslop.system.unfinished import remove_unfinished, unfinished_beside

WRITE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from fastslop.system.atomic import write_atomically

def write(beside):
    beside.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)

write_atomically(Path(sys.argv[1]), write)
"""


@pytest.fixture(autouse=True)
def _every_folder_is_new() -> None:
    remove_unfinished.cache_clear()


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_file_of_a_killed_process__is_removed_by_the_next_that_writes_there(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", WRITE_AND_DIE, tmp_path / "a.txt"], check=False)
    (left,) = tmp_path.iterdir()
    assert left.read_text() == "half"
    write_text(tmp_path / "b.txt", "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]


def test_file_of_a_living_process__is_left_alone(tmp_path: Path) -> None:
    own = unfinished_beside(tmp_path / "a.txt")
    own.write_text("half")
    remove_unfinished.cache_clear()
    write_text(tmp_path / "b.txt", "whole")
    assert own.read_text() == "half"


def test_file_of_an_earlier_process_of_the_same_number__is_removed(tmp_path: Path) -> None:
    own = unfinished_beside(tmp_path / "a.txt")
    own.unlink()
    host, process, begun, token = own.name.removeprefix(".fastslop-").split("-")
    (tmp_path / f".fastslop-{host}-{process}-{int(begun) - 3600}-{token}").write_text("half")
    remove_unfinished.cache_clear()
    write_text(tmp_path / "b.txt", "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]


def test_file_of_another_machine__is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / ".fastslop-00000000-1-0-00000000"
    other.write_text("half")
    remove_unfinished(tmp_path)
    assert other.exists()
