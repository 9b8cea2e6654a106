"""What kernels do beside Python's rules is done where it is safe."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import fastslop

KERNELS = sorted((Path(fastslop.__file__).parent / "_kernels").rglob("*.py"))
MAKERS = {"arange", "empty", "empty_like", "full", "ones", "zeros", "zeros_like"}
KEPT_ALIVE = {"spans_of_line"}
"""Arrays that a later use keeps alive."""


def functions() -> Iterator[ast.FunctionDef]:
    for file in KERNELS:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def names_in(node: ast.AST) -> set[str]:
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}


def made_by(function: ast.FunctionDef) -> set[str]:
    """Names of the arrays that a function makes."""
    names: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            calls = [call.func for call in ast.walk(node.value) if isinstance(call, ast.Call)]
            if any(isinstance(call, ast.Attribute) and call.attr in MAKERS for call in calls):
                names = names.union(*map(names_in, node.targets))
    return names


def test_borrowed__are_arrays_of_the_caller() -> None:
    """Numba frees an array that a kernel made before the loop that uses it, if that has it as borrowed only."""
    borrowed = [
        (function, call.args[0])
        for function in functions()
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "borrowed"
    ]
    assert len(borrowed) > 50
    own = {
        f"{function.name}: {ast.unparse(array)}" for function, array in borrowed if names_in(array) & made_by(function)
    }
    assert own == {f"read_json_lines: {name}" for name in KEPT_ALIVE}
