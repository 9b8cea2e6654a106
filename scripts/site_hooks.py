"""What MkDocs calls while it builds the site: pages that stand elsewhere or are made, and links between them.

Pages link to files of the repository, so that links work wherever the repository is read. Here the links to files
outside ``docs/`` are turned to the pages made of these files. The notebook becomes a page, and the page of the Python
API gets an entry for each public name, from its docstring.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import fastslop
from scripts.notebook_page import page_of

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks/README.md",
    "benchmarks/accuracy.md": "benchmarks/accuracy.md",
    "benchmarks/kinship.md": "benchmarks/kinship.md",
}
"""Files outside ``docs/`` that pages link to, and the pages of the site that stand for them."""
COPIED = [name for name in OUTSIDE if name != "README.md"]
NOTEBOOK, NOTEBOOK_PAGE = "tutorial.ipynb", "tutorial.md"
API_PAGE = "reference/api.md"
LINK = re.compile(r"(\]\()(?!https?:|mailto:|#)([^)#\s]+)([^)]*\))")
FENCE = re.compile(r"^(`{3,})[^\n]*\n.*?^\1`*$", re.M | re.S)
COMMENT = re.compile(r"^<!-- .*? -->\n", re.M)  # how outputs and tables are made


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that stand outside ``docs/`` or are made."""
    for name in COPIED:
        text = relinked((ROOT / name).read_text(encoding="utf-8"), ROOT / name, OUTSIDE[name])
        files.append(File.generated(config, OUTSIDE[name], content=text))
    files.remove(files.src_uris[NOTEBOOK])
    page = page_of((DOCS / NOTEBOOK).read_text(encoding="utf-8"), Path(NOTEBOOK).stem)
    files.append(File.generated(config, NOTEBOOK_PAGE, content=page.text))
    for name, data in page.pictures.items():
        files.append(File.generated(config, name, content=data))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """A page without the comments by which its outputs are made, and with its links turned to pages."""
    markdown = "".join(COMMENT.sub("", part) if is_text else part for is_text, part in texts_and_fences(markdown))
    if page.file.src_uri == API_PAGE:
        markdown += api_entries()
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


def api_entries() -> str:
    """The public names in groups, each as the mark that mkdocstrings replaces by its docstring."""
    groups: dict[str, list[str]] = {"Functions": [], "Classes": [], "Errors": []}
    for name in fastslop.__all__:
        value = getattr(fastslop, name)
        if not inspect.isclass(value):
            groups["Functions"].append(name)
        else:
            groups["Errors" if issubclass(value, Exception) else "Classes"].append(name)
    parts = [part for title, names in groups.items() for part in (f"## {title}", *(f"::: fastslop.{n}" for n in names))]
    return "\n" + "\n\n".join(parts) + "\n"
