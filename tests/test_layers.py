"""The structure of the package, read from its source: imports go one way, heavy ones stay in place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "fastslop"

# In the order of the flow: a module imports only what stands before it. Modules cli_* stand just before cli.
LAYERS = (
    "errors",
    "wording",
    "progress",
    "memory",
    "parallel",
    "stopwords",
    "spec",
    "_kernels",
    "unicode",
    "fields",
    "documents",
    "json_lines",
    "unpacking",
    "formats",
    "tally",
    "chunks",
    "corpus",
    "guards",
    "profile",
    "packing",
    "merging",
    "tokens",
    "tokenised",
    "whole",
    "wide",
    "encoding",
    "tables",
    "count",
    "store",
    "waiting",
    "counting",
    "rows",
    "baseline",
    "keyness",
    "slop",
    "features",
    "distance",
    "panels",
    "members",
    "scoring",
    "style",
    "samples",
    "phylogeny",
    "newick",
    "midpoint",
    "consensus",
    "tree",
    "joining",
    "resampling",
    "treelikeness",
    "comparing",
    "phylip",
    "parsimony",
    "openset",
    "library",
    "identifying",
    "explaining",
    "outputs",
    "matching",
    "patterns",
    "list_formats",
    "filtering",
    "examples",
    "phrases",
    "coverage",
    "pattern_rates",
    "listing",
    "inspecting",
    "families",
    "scene",
    "svg",
    "plotting",
    "layout",
    "support",
    "rectangular",
    "circular",
    "heatmap",
    "render",
    "report_evidence",
    "reporting",
    "page",
    "synthetic_words",
    "synthetic",
    "pipeline",
    "trees",
    "demonstration",
    "benching",
    "cli_*",
    "cli",
    "__main__",
)
HEAVY = {"numba", "numpy", "polars", "scipy", "matplotlib", "wordfreq"}
PRINTERS = {"print", "echo", "secho", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write"}
KERNELS = "_kernels"
"""A package, and one module to all others."""
MODULES = sorted(path.stem for path in [*PACKAGE.glob("*.py"), PACKAGE / KERNELS] if path.stem != "__init__")
KERNEL_FILES = sorted(path.stem for path in (PACKAGE / KERNELS).glob("*.py") if path.stem != "__init__")


class Import(NamedTuple):
    """One imported name such as ``fastslop.store``; lazy inside a function or for the type checker only."""

    name: str
    line: int
    is_lazy: bool


def syntax_tree(module: str) -> ast.Module:
    """Of a module, or of the files of a package one after the other."""
    inside = sorted((PACKAGE / module).glob("*.py"))
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in inside or [PACKAGE / f"{module}.py"]]
    return ast.Module([node for tree in trees for node in tree.body], [])


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def full_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Dotted: ``from . import store`` and ``from fastslop import store`` both give ``fastslop.store``."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    source = ".".join(filter(None, ["fastslop" if node.level else "", node.module]))
    return [f"{source}.{alias.name}" for alias in node.names] if source == "fastslop" else [source]


def walk_imports(node: ast.AST, is_lazy: bool = False) -> Iterator[Import]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (Import(name, node.lineno, is_lazy) for name in full_names(node))
    is_lazy |= isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or is_type_checking(node)
    for child in ast.iter_child_nodes(node):
        yield from walk_imports(child, is_lazy)


def imports(module: str) -> list[Import]:
    return list(walk_imports(syntax_tree(module)))


def is_known(module: str) -> bool:
    return module in LAYERS or module.startswith("cli_")


def own_module(name: str) -> str | None:
    """``store`` for ``fastslop.store``; ``__init__`` for names of the package itself; else nothing."""
    first, _, rest = name.partition(".")
    if first != "fastslop":
        return None
    module = rest.partition(".")[0]
    return module if module in MODULES or is_known(module) else "__init__"


def layer(module: str) -> int:
    assert is_known(module), f"fastslop/{module}.py has no place in LAYERS"
    return LAYERS.index("cli_*" if module.startswith("cli_") else module)


def is_cli(module: str) -> bool:
    return module in ("cli", "__main__") or module.startswith("cli_")


def is_printing(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in PRINTERS


def loaded_by(module: str) -> set[str]:
    """What ``import fastslop.<module>`` loads, own modules followed: names of outside packages."""
    seen, todo, outside = set[str](), {module, "__init__"}, set[str]()
    while todo:
        current = todo.pop()
        seen.add(current)
        names = [found.name for found in imports(current) if not found.is_lazy]
        outside |= {name.partition(".")[0] for name in names}
        todo |= ({own for name in names if (own := own_module(name))} & {*MODULES}) - seen
    return outside


def test_layers__list_every_module() -> None:
    unknown = [module for module in MODULES if not is_known(module)]
    assert not unknown, "a new module needs a place in LAYERS"


@pytest.mark.parametrize("module", MODULES)
def test_imports__go_only_leftwards(module: str) -> None:
    for found in imports(module):
        own = own_module(found.name)
        if own is None or own == module == KERNELS:
            continue
        place = f"fastslop/{module}.py:{found.line} imports {found.name}"
        if own == "__init__":
            assert found.name == "fastslop.__version__", f"{place}: the package itself gives only __version__"
        elif module.startswith("cli_") and own.startswith("cli_"):
            continue
        else:
            assert layer(own) < layer(module), f"{place}, which does not stand before it"


def test_imports__have_no_cycle() -> None:
    graph = {
        module: {own for found in imports(module) if (own := own_module(found.name)) not in (None, KERNELS)}
        for module in MODULES
    }
    assert list(TopologicalSorter(graph).static_order())


def test_imports__of_kernels_have_no_cycle_and_pass_the_package_itself_by() -> None:
    graph = {
        file: {
            name.removeprefix(f"fastslop.{KERNELS}.") for name, *_ in imports(f"{KERNELS}/{file}") if "fastslop" in name
        }
        for file in KERNEL_FILES
    }
    assert {*TopologicalSorter(graph).static_order()} == {*KERNEL_FILES}


@pytest.mark.parametrize(
    ("package", "is_allowed"),
    [("numba", lambda module: module == KERNELS), ("click", is_cli)],
    ids=["numba", "click"],
)
def test_package__is_imported_only_where_it_belongs(package: str, is_allowed: Callable[[str], bool]) -> None:
    for module in ["__init__", *MODULES]:
        used = [found.line for found in imports(module) if found.name.partition(".")[0] == package]
        assert not used or is_allowed(module), f"fastslop/{module}.py imports {package} on lines {used}"


def test_library__does_not_print() -> None:
    for module in ["__init__", *MODULES]:
        if not is_cli(module):
            lines = [node.lineno for node in ast.walk(syntax_tree(module)) if is_printing(node)]
            assert not lines, f"fastslop/{module}.py prints on lines {lines}; only the command line does"


@pytest.mark.parametrize("module", ["__init__", *filter(is_cli, MODULES)])
def test_command_line__loads_nothing_heavy_before_a_command_runs(module: str) -> None:
    heavy = loaded_by(module) & HEAVY
    assert not heavy, f"importing fastslop.{module} loads {sorted(heavy)}: import it inside the command"


def test_walk_imports__finds_every_form() -> None:
    source = """
import numpy as np
from . import store
from .spec import CountSpec
from fastslop import tree, __version__
if TYPE_CHECKING:
    import polars
def command():
    from scipy.cluster import hierarchy
"""
    found = [(name, is_lazy) for name, _, is_lazy in walk_imports(ast.parse(source))]
    eager = ["numpy", "fastslop.store", "fastslop.spec", "fastslop.tree", "fastslop.__version__"]
    assert found == [(name, False) for name in eager] + [("polars", True), ("scipy.cluster", True)]
