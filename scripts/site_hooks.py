"""What MkDocs calls while it builds the site: pages that stand elsewhere or are made, and links between them.

Pages link to files of the repository, so that links work wherever the repository is read. Here the links to files
outside ``docs/`` are turned to the pages made of these files. The notebook becomes a page, and the page of the Python
API gets an entry for each public name.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from scripts.notebook_page import page_of

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks/README.md",
    "benchmarks/accuracy.md": "benchmarks/accuracy.md",
}
"""Files outside ``docs/`` that pages link to, and the pages of the site that stand for them."""
COPIED = [name for name in OUTSIDE if name != "README.md"]
NOTEBOOK, NOTEBOOK_PAGE = "tutorial.ipynb", "tutorial.md"
API_PAGE = "reference/api.md"
LINK = re.compile(r"(\]\()(?!https?:|mailto:|#)([^)#\s]+)([^)]*\))")
FENCE = re.compile(r"^(`{3,})[^\n]*\n.*?^\1`*$", re.M | re.S)
COMMENT = re.compile(r"^<!-- .*? -->\n", re.M)  # how outputs and tables are made


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Leave pages to come out of the navigation.

    Raises
    ------
    PluginError
        If a page to come is there.
    """
    to_come = set(config.extra.get("to_come", []))
    written = {page for page in to_come if _is_written(page)}
    if written:
        raise PluginError(f"take these off extra.to_come of mkdocs.yml, they are written: {', '.join(sorted(written))}")
    config.nav = _without(config.nav, to_come)
    return config


def _is_written(page: str) -> bool:
    if page == API_PAGE:
        return bool(_public_names())
    return (DOCS / (NOTEBOOK if page == NOTEBOOK_PAGE else page)).exists()


def _without(nav: Any, pages: set[str]) -> Any:
    if isinstance(nav, list):
        return [entry for item in nav if (entry := _without(item, pages)) not in (None, {})]
    if isinstance(nav, dict):
        return {title: entry for title, item in nav.items() if (entry := _without(item, pages)) is not None}
    return None if nav in pages else nav


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that stand outside ``docs/`` or are made."""
    for name in COPIED:
        text = relinked((ROOT / name).read_text(encoding="utf-8"), ROOT / name, OUTSIDE[name])
        files.append(File.generated(config, OUTSIDE[name], content=text))
    if notebook := files.get_file_from_path(NOTEBOOK):
        files.remove(notebook)
        page = page_of((DOCS / NOTEBOOK).read_text(encoding="utf-8"), Path(NOTEBOOK).stem)
        files.append(File.generated(config, NOTEBOOK_PAGE, content=page.text))
        for name, data in page.pictures.items():
            files.append(File.generated(config, name, content=data))
    if _public_names():
        files.append(File.generated(config, API_PAGE, content=api_page()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """A page without the comments by which its outputs are made, and with its links turned to pages."""
    markdown = "".join(COMMENT.sub("", part) if is_text else part for is_text, part in texts_and_fences(markdown))
    return relinked(markdown, DOCS / page.file.src_uri, page.file.src_uri)


def relinked(text: str, origin: Path, at: str) -> str:
    """The text of a file of the repository, with links as they must be in the page ``at`` of the site."""

    def relink(match: re.Match[str]) -> str:
        target = Path(os.path.normpath(origin.parent / match[2]))
        if not target.is_relative_to(ROOT):
            return match[0]
        name = target.relative_to(ROOT).as_posix()
        page = OUTSIDE.get(name) or (target.relative_to(DOCS).as_posix() if target.is_relative_to(DOCS) else None)
        if page is None:
            return match[0]
        page = NOTEBOOK_PAGE if page == NOTEBOOK else page
        return match[1] + os.path.relpath(page, Path(at).parent).replace(os.sep, "/") + match[3]

    return "".join(LINK.sub(relink, part) if is_text else part for is_text, part in texts_and_fences(text))


def texts_and_fences(markdown: str) -> Iterator[tuple[bool, str]]:
    """The page in parts: text with True, fences with False."""
    end = 0
    for fence in FENCE.finditer(markdown):
        yield True, markdown[end : fence.start()]
        yield False, fence[0]
        end = fence.end()
    yield True, markdown[end:]


def _public_names() -> list[str]:
    return [name for name in getattr(importlib.import_module("fastslop"), "__all__", []) if not name.startswith("_")]


def api_page() -> str:
    """The page of the Python API: every public name, from its docstring."""
    package = importlib.import_module("fastslop")
    groups: dict[str, list[str]] = {"Functions": [], "Classes": [], "Errors": [], "Other names": []}
    for name in _public_names():
        value = getattr(package, name)
        if not inspect.isclass(value):
            groups["Functions" if callable(value) else "Other names"].append(name)
        else:
            groups["Errors" if issubclass(value, Exception) else "Classes"].append(name)
    parts = ["# Python API", "```text\nimport fastslop as fs\n```"]
    for title, names in groups.items():
        if names:
            parts += [f"## {title}", *(f"::: fastslop.{name}" for name in names)]
    return "\n\n".join(parts) + "\n"
