"""What all benchmarks share: sizes on the command line, the machine, JSON, and tables in README.md made from it.

Nothing heavy is imported here: a process's peak of memory counts, on Linux, from its parent's.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"
SUMMARY_PAGE = HERE.parent / "README.md"
PACKAGES = ("fastslop", "numba", "numpy", "polars", "scikit-learn")
UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9}


class Size(click.ParamType):
    """A number of bytes such as ``64MB`` or ``1GB``."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bytes meant."""
        if isinstance(value, int):
            return value
        try:
            return int(float(value[:-2]) * UNITS[value[-2:].upper()])
        except (ValueError, KeyError):
            self.fail(f"{value!r} is no size; write for example 64MB or 1GB", param, ctx)


def size(n_bytes: float) -> str:
    """A number of bytes as ``64 MB``."""
    return f"{n_bytes / 1e9:.3g} GB" if n_bytes >= 999.5e6 else f"{n_bytes / 1e6:.3g} MB"


def environment() -> dict[str, Any]:
    """The machine and the versions that a measurement belongs to."""
    return {
        "cpu": _cpu(),
        "cores": n_cores(),
        "system": platform.platform(terse=True),
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES},
        "commit": _commit(),
    }


def n_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit, with a ``+`` where the package differs from it."""
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        return commit + ("+" if _git("status", "--porcelain", "--", "fastslop") else "")
    except (OSError, subprocess.CalledProcessError):
        return os.environ.get("FASTSLOP_COMMIT")


def _git(*arguments: str) -> str:
    done = subprocess.run(("git", "-C", str(HERE), *arguments), check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write results."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """A table whose first ``left`` columns are text and whose others are numbers."""
    rule = ["---" if i < left else "---:" for i in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows)) + "\n"


def renew_readme(name: str, text: str, readme: Path = README) -> None:
    """Replace what stands between the markers of that name."""
    before, after = _around(name, readme)
    readme.write_text(f"{before}\n{text}{after}", encoding="utf-8")


def publish_panel(
    name: str,
    panel: str,
    results: dict[str, Any],
    to_markdown: Callable[[Mapping[str, Any]], str],
    to_summary: Callable[[Mapping[str, Any]], str],
    page: Path,
    json_path: Path | None,
    *,
    readme: bool,
) -> None:
    """Show the results of one panel, and write them where asked for.

    ``readme``: renew ``NAME.json``, the table of a page and the README's with them, beside those of other panels.
    """
    alone = {"format": 2, "panels": {panel: results}}
    if json_path:
        write_json(json_path, alone)
    if readme:
        beside = _beside_others(results_path(name), panel, results)
        write_json(results_path(name), beside)
        renew_readme(name, to_markdown(beside), page)
        renew_readme(name, to_summary(beside), SUMMARY_PAGE)
    click.echo(to_markdown(alone))


def results_path(name: str) -> Path:
    """Where the published results of a benchmark are kept."""
    return HERE / f"{name.replace(' ', '_')}.json"


def _beside_others(path: Path, panel: str, results: dict[str, Any]) -> dict[str, Any]:
    """What is published by panel, with the results of one renewed: the panel of most labels first."""
    known = json.loads(path.read_text(encoding="utf-8"))["panels"] if path.exists() else {}
    panels = known | {panel: results}
    return {"format": 2, "panels": dict(sorted(panels.items(), key=lambda item: (-item[1]["n_labels"], item[0])))}


def panel_name(place: Path) -> str:
    """What a panel is called: its folder, or that of the results that its profiles lie in."""
    place = place.resolve()
    return place.parent.name if place.name == "profiles" else place.name


def readme_section(name: str, readme: Path = README) -> str:
    """What stands between the markers of that name."""
    before, after = _around(name, readme)
    return readme.read_text(encoding="utf-8")[len(before) + 1 : -len(after)]


def _around(name: str, readme: Path) -> tuple[str, str]:
    """README.md up to the end of the first marker, and from the second one on."""
    text = readme.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found and found_end):
        raise ValueError(f"{readme}: the markers {begin} and {end} are missing")
    return before + begin, end + after
