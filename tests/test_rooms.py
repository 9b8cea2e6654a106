"""The rooms of the package, read from its source: imports go one way, and heavy or special ones stay in their place."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import fastslop

PACKAGE = Path(fastslop.__file__).parent
BELOW: dict[str, set[str]] = {
    "tokens": set(),
    "reading": {"tokens"},  # texts in memory are cleaned as tokens are
    "profiles": {"tokens"},
    "counting": {"reading", "tokens", "profiles"},
    "engines": {"counting", "reading", "profiles"},
    "vectors": {"tokens"},  # both keep a lexicon
    "scoring": {"profiles", "tokens"},
    "comparing": {"profiles", "tokens"},
    "search": {"reading", "tokens"},
    "evidence": {"profiles", "comparing"},
    "generating": {"reading", "tokens"},  # prompts are read as they are of generations, answers judged alike
    "known": {"profiles", "comparing"},  # they are cut down to what is compared
    "trees": {"profiles", "comparing"},
    "drawing": {"trees", "comparing"},  # a heat map is of a comparison
    "lists": {"search", "scoring", "profiles", "reading", "tokens"},
    "report": {"drawing", "trees", "evidence", "search", "comparing", "scoring"},
}
"""What each room imports of the others, beside ``base`` and ``system``."""
HOUSE = ("base", "system", *BELOW)
BELOW["pipeline"] = set(HOUSE)
BELOW["demo"] = {*HOUSE, "pipeline"}
BELOW["cli"] = {*HOUSE, "pipeline", "demo"}
BELOW["base"] = set()
BELOW["system"] = set()

DOORS = {("comparing", "drawing"), ("trees", "drawing")}
"""Results that draw themselves: imported when a picture is asked for, never before."""
KERNELS = {"counting": {"profiles"}, "vectors": {"counting", "tokens"}}
"""Kernels of other rooms that a room calls, or its kernels do: rows are packed as they are counted."""
OWN = {"numba": "_kernels", "llvmlite": "_kernels", "click": "cli", "openai": "generating"}
"""Packages that one room alone imports."""
HEAVY = "numpy polars scipy numba wordfreq matplotlib selenium sklearn pandas pyarrow openai".split()


class Import(NamedTuple):
    """An import of ``module``: at the top of its file, or when something is called."""

    file: Path
    module: str
    at_top: bool


def imports_of(file: Path) -> Iterator[Import]:
    """Every import of a file, but those for type checkers."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    typing = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for node in ast.walk(block)
    }
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if id(node) in typing:
            continue
        if isinstance(node, ast.Import):
            yield from (Import(file, alias.name, id(node) in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            found = [name for name in submodules if path_of(name) is not None]
            yield from (Import(file, name, id(node) in top) for name in found or [node.module])


def path_of(module: str) -> Path | None:
    path = PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")
    return path if path.is_file() else None


def room_of(module: str) -> str:
    return module.split(".")[1] if module.startswith("fastslop.") else ""


FILES = [file for file in sorted(PACKAGE.rglob("*.py")) if file.parent != PACKAGE]
IMPORTS = [found for file in FILES for found in imports_of(file)]


def room_at(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0]


def test_rooms__are_those_of_the_table() -> None:
    assert {room_at(file) for file in FILES} == {*BELOW, "_kernels"}


def test_rooms__import_only_rooms_below_them() -> None:
    wrong = [
        f"{found.file}: {found.module}"
        for found in IMPORTS
        if (room := room_at(found.file)) != "_kernels"
        and (other := room_of(found.module)) not in ("", room, "base", "system", "_kernels")
        and other not in BELOW[room]
        and not ((room, other) in DOORS and not found.at_top)
    ]
    assert wrong == []


def test_base_and_system__import_no_room_above() -> None:
    allowed = {"base": {"", "base", "_kernels"}, "system": {"", "base", "system"}}
    assert [
        f"{found.file}: {found.module}"
        for found in IMPORTS
        if (room := room_at(found.file)) in allowed and room_of(found.module) not in allowed[room]
    ] == []


def test_doors__are_all_used() -> None:
    used = {(room_at(found.file), room_of(found.module)) for found in IMPORTS if not found.at_top}
    assert used >= DOORS


def test_rooms__have_no_circle_of_files() -> None:
    graph: dict[Path, set[Path]] = {file: set() for file in FILES}
    for found in IMPORTS:
        target = path_of(found.module)
        if found.at_top and target is not None:
            graph[found.file].add(target)
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_kernels__are_called_by_their_own_room() -> None:
    wrong = []
    for found in IMPORTS:
        if not found.module.startswith("fastslop._kernels."):
            continue
        parts = found.file.relative_to(PACKAGE).parts
        room = parts[1] if parts[0] == "_kernels" else parts[0]
        if found.module.split(".")[2] not in {room, "machine", *KERNELS.get(room, ())}:
            wrong.append(f"{found.file}: {found.module}")
    assert wrong == []


def test_kernels__know_nothing_of_the_rooms() -> None:
    assert [
        f"{found.file}: {found.module}"
        for found in IMPORTS
        if room_at(found.file) == "_kernels" and room_of(found.module) not in ("", "_kernels")
    ] == []


@pytest.mark.parametrize("package", OWN)
def test_package__is_imported_in_its_room_alone(package: str) -> None:
    rooms = {room_at(found.file) for found in IMPORTS if found.module.split(".")[0] == package}
    assert rooms == {OWN[package]}


def test_nothing__prints_but_the_command_line() -> None:
    printing = [
        f"{file}:{node.lineno}"
        for file in FILES
        if room_at(file) != "cli"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_rooms__bear_no_name_of_a_public_function() -> None:
    assert set(BELOW) & set(fastslop.__all__) == set()


@pytest.mark.parametrize("module", ["fastslop", "fastslop.cli.main"])
def test_import__loads_nothing_heavy(module: str) -> None:
    code = f"import {module}, sys; print(*sorted(m for m in sys.modules if m in {HEAVY}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_public_names__are_all_there() -> None:
    assert sorted(fastslop.__all__) == sorted(fastslop._MODULES)
    assert set(fastslop.__all__) <= set(dir(fastslop))
    for name in fastslop.__all__:
        assert getattr(fastslop, name).__name__ == name


def test_unknown_name__is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'cuont'"):
        fastslop.cuont  # noqa: B018


def test_tests__lie_in_the_rooms_that_they_test() -> None:
    tests = Path(__file__).parent
    folders = {path.parent.name for path in tests.glob("*/test_*.py")}
    assert folders <= {"_kernels", "hostile", *BELOW}  # hostile inputs go through several rooms
    assert folders >= {*BELOW} - {"system"}  # threads, files and progress are tested by what uses them
