"""Keep the list of kernels that are compiled ahead true: those that ``fastslop demo`` calls, with the types it does.

``python scripts/make_kernel_list.py`` writes it; ``--check`` only says what is missing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from fastslop._kernels.machine import ahead
from fastslop._kernels.machine.jit import KernelCache
from fastslop.demo.demo import run_demo


def called_by_demo() -> list[tuple[str, list[Any]]]:
    """The kernels that the demo calls, and the types it calls them with, in the order of the first calls."""
    called: list[tuple[str, list[Any]]] = []
    load = KernelCache.load_overload

    def noted(cache: Any, signature: Any, context: Any) -> Any:
        name = f"{cache._py_func.__module__}:{cache._py_func.__name__}"
        called.append((name, [ahead.described(kind) for kind in signature]))
        return load(cache, signature, context)

    KernelCache.load_overload = noted  # type: ignore[method-assign, unused-ignore]
    try:
        with tempfile.TemporaryDirectory() as folder:
            run_demo(Path(folder) / "demo")
    finally:
        KernelCache.load_overload = load  # type: ignore[method-assign, unused-ignore]
    return called


def main() -> int:
    """Write the list, or say what is missing in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if a kernel is missing")
    called = called_by_demo()
    if parser.parse_args().check:
        known = ahead.listed()
        missing = [name for name, kinds in called if (name, kinds) not in known]
        print("\n".join(f"not listed: {name}" for name in missing), end="")
        return int(bool(missing))
    lines = ",\n".join(json.dumps(one) for one in called)
    ahead.LISTED.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
