"""Kernels that are compiled ahead, by processes on the cores that a first command leaves idle.

Numba compiles one kernel at a time in a process, and all that ``run`` needs take half a minute. ``ahead.json`` has the
kernels of a run and the types that they are called with, in the order of their first call;
``scripts/make_kernel_list.py`` writes it. ``python -m fastslop._kernels.machine.ahead I N`` compiles a share of them
and keeps them on disk, where the command finds them when it comes to them. What is missing or stale there is compiled
when it is called, as ever.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numba import typeof, types

LISTED = Path(__file__).with_suffix(".json")
MOST = 3
"""Most processes: with more, the first to be called are still not compiled sooner."""
COUNTING = ("counting", "profiles")
"""Rooms whose kernels come first: a command gets to them while it still compiles those that read and tokenise. The
others are taken from the last on, so that the command and its helpers meet in the middle."""


def described(kind: Any) -> Any:
    """The JSON form of a type: ``u1:2`` for a matrix of bytes, ``i8`` for a number, a list for a tuple."""
    if isinstance(kind, types.Array):
        order, access = ("F" if kind.layout == "F" else ""), ("" if kind.mutable else "r")
        return f"{np.dtype(str(kind.dtype)).str[1:]}:{kind.ndim}{order}{access}"
    if isinstance(kind, types.BaseTuple):
        made, parts = getattr(kind, "instance_class", None), getattr(kind, "types", ())  # a named tuple has a class
        return [f"{made.__module__}:{made.__name__}" if made else "", *map(described, parts)]
    return np.dtype(str(kind)).str[1:]


def example(description: Any) -> Any:
    """A value of the type that a JSON form describes."""
    if isinstance(description, list):
        name, *parts = description
        values = map(example, parts)
        if not name:
            return tuple(values)
        module, _, made = name.partition(":")
        return getattr(import_module(module), made)(*values)
    code, _, shape = description.partition(":")
    if not shape:
        return np.dtype(code).type(0)
    array = np.zeros((2,) * int(shape[0]), code, order="F" if "F" in shape else "C")
    array.setflags(write="r" not in shape)
    return array


def listed() -> list[tuple[str, list[Any]]]:
    """The kernels of a run, ``module:name``, each with the JSON forms of the types it is called with."""
    return [(name, kinds) for name, kinds in json.loads(LISTED.read_text(encoding="utf-8"))]


def in_turn(kernels: Sequence[tuple[str, list[Any]]]) -> list[tuple[str, list[Any]]]:
    """The kernels in the order in which they are compiled ahead."""
    first = [one for one in kernels if one[0].split(".")[2] in COUNTING]
    return first + [one for one in reversed(kernels) if one not in first]


def compile_share(index: int, n: int) -> None:
    """Compile every ``n``-th kernel, or load it if it is on disk."""
    for name, kinds in in_turn(listed())[index::n]:
        module, _, function = name.partition(":")
        with suppress(Exception):  # a list that is stale costs time, no more
            types_of = tuple(typeof(example(kind)) for kind in kinds)
            getattr(import_module(module), function).compile(types_of)


@contextmanager
def compiled_ahead(n_cores: int) -> Iterator[None]:
    """Have other processes, one for each core but one, compile the kernels while a command begins."""
    n = min(n_cores - 1, MOST) if sys.executable else 0
    command = (sys.executable, "-m", __name__)
    helpers = [
        subprocess.Popen([*command, str(i), str(n)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for i in range(n)
    ]
    try:
        yield
    finally:
        for helper in helpers:
            helper.terminate()  # what is on disk is there whole
        for helper in helpers:
            helper.wait()


if __name__ == "__main__":
    compile_share(*map(int, sys.argv[1:]))
