"""How kernels are kept on disk: never older than their source, and loaded without what compiling needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import fastslop
from tests.corpora_of import write_models

HASH_OF_A_TEXT = """
import json, sys
import numpy as np
from fastslop._kernels.machine.jit import is_on_disk
from fastslop._kernels.machine.pieces import text_keys
was_on_disk = is_on_disk(text_keys)
text, out = np.frombuffer(b"once upon a time", np.uint8), np.empty(1, np.uint64)
text_keys(text, np.array([0]), np.array([16]), out)
n_loaded = sum(text_keys.stats.cache_hits.values())
print(json.dumps([int(out[0]), was_on_disk, n_loaded, "numba.np.arraymath" in sys.modules]))
"""
COUNT_OF_FILES = """
import sys
from pathlib import Path
import fastslop
fastslop.count(sys.argv[1], out=Path(sys.argv[2]), force=True)
print("numba.np.arraymath" in sys.modules)
"""


class Run(NamedTuple):
    """What a new process did: the hash, and whether its kernel was there, loaded, or compiled by all of Numba."""

    value: int
    was_on_disk: bool
    n_loaded: int
    can_compile: bool


@pytest.fixture
def copied_package(tmp_path: Path) -> Path:
    """A copy of the package, whose source may be changed."""
    source = Path(fastslop.__file__).parent
    return Path(shutil.copytree(source, tmp_path / "fastslop", ignore=shutil.ignore_patterns("__pycache__")))


def hash_of_a_text(package: Path, **more: str) -> Run:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "FASTSLOP_"))}
    environment |= {"NUMBA_CACHE_DIR": str(package.parent / "cache")} | more
    command = [sys.executable, "-c", HASH_OF_A_TEXT]  # which looks in the current folder first
    done = subprocess.run(command, cwd=package.parent, env=environment, check=True, capture_output=True, text=True)
    return Run(*json.loads(done.stdout))


def test_kernel__is_loaded_from_disk_without_what_compiling_needs(copied_package: Path) -> None:
    first = hash_of_a_text(copied_package)
    assert first[1:] == (False, 0, True)
    assert hash_of_a_text(copied_package) == (first.value, True, 1, False)


def test_kernel__is_compiled_again_when_a_helper_in_another_file_changes(copied_package: Path) -> None:
    first = hash_of_a_text(copied_package)
    helpers = copied_package / "_kernels" / "machine" / "pieces.py"
    source = helpers.read_text(encoding="utf-8")
    assert "np.uint64(23)" in source
    helpers.write_text(source.replace("np.uint64(23)", "np.uint64(29)"), encoding="utf-8")
    changed = hash_of_a_text(copied_package)
    assert changed.value != first.value
    assert changed[1:] == (False, 0, True)


def test_kernel__of_other_source_is_in_files_of_its_own(copied_package: Path) -> None:
    hash_of_a_text(copied_package)
    before = {path.name: path.read_bytes() for path in (copied_package.parent / "cache").rglob("*.nb?")}
    with (copied_package / "_kernels" / "profiles" / "rows.py").open("a", encoding="utf-8") as file:
        file.write("# other source\n")
    hash_of_a_text(copied_package)
    after = {path.name: path.read_bytes() for path in (copied_package.parent / "cache").rglob("*.nb?")}
    assert len(before) == 2
    assert len(after) == 4
    assert before.items() < after.items()


def test_kernel__is_not_kept_where_it_may_not_be(copied_package: Path) -> None:
    assert hash_of_a_text(copied_package, FASTSLOP_NO_CACHE="1")[1:] == (False, 0, True)
    assert not (copied_package.parent / "cache").exists()


def test_kernel__runs_where_there_is_no_place_to_keep_it(copied_package: Path) -> None:
    nowhere = {"NUMBA_CACHE_LOCATOR_CLASSES": "IPythonCacheLocator"}  # for cells of a notebook only
    assert hash_of_a_text(copied_package, **nowhere)[1:] == (False, 0, True)
    assert not (copied_package.parent / "cache").exists()


def test_count__runs_from_disk_without_what_compiling_needs(tmp_path: Path) -> None:
    """All kernels of a count are loaded alike: those that make arrays, too, and those that call each other."""
    write_models(tmp_path / "texts")
    command = [sys.executable, "-c", COUNT_OF_FILES, str(tmp_path / "texts"), str(tmp_path / "profiles")]
    done = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(2)]
    assert done[1] == "False\n"
