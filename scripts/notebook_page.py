"""A notebook as a page of Markdown: its texts, its code, and the outputs that are stored in it. Nothing is run."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")  # of colours on a terminal
PICTURES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}


@dataclass
class NotebookPage:
    """A page of Markdown, and the pictures it shows by their file names."""

    stem: str
    parts: list[str] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The page."""
        return "\n\n".join(self.parts) + "\n"

    def add_cell(self, cell: Mapping[str, object]) -> None:
        """Append a cell of the notebook with its outputs."""
        source = joined(cell["source"]).strip("\n")
        if cell["cell_type"] == "markdown":
            self.parts.append(source)
        elif cell["cell_type"] == "code" and source:
            self.parts.append(fenced("python", source))
            outputs = cell.get("outputs")
            for output in outputs if isinstance(outputs, list) else []:
                self.add_output(output)

    def add_output(self, output: Mapping[str, object]) -> None:
        """Append what a cell printed, returned or showed: of several forms the richest.

        Raises
        ------
        ValueError
            If the cell failed.
        """
        kind = output["output_type"]
        if kind == "error":
            raise ValueError(f"{self.stem}: a cell failed with {output['ename']}: {output['evalue']}")
        if kind == "stream":
            self._add_plain(joined(output["text"]))
            return
        data = output["data"]
        assert isinstance(data, dict)
        picture = next((form for form in PICTURES if form in data), None)
        if picture:
            self._add_picture(picture, joined(data[picture]))
        elif "text/html" in data:
            self.parts.append(f'<div class="cell-output">\n{without_empty_lines(joined(data["text/html"]))}\n</div>')
        elif "text/markdown" in data:
            self.parts.append(joined(data["text/markdown"]))
        elif "text/plain" in data:
            self._add_plain(joined(data["text/plain"]))

    def _add_plain(self, text: str) -> None:
        if text.strip():
            self.parts.append(fenced("text", ESCAPES.sub("", text).strip("\n")))

    def _add_picture(self, form: str, data: str) -> None:
        name = f"{self.stem}_{len(self.pictures) + 1}.{PICTURES[form]}"
        self.pictures[name] = data.encode() if form == "image/svg+xml" else base64.b64decode(data)
        self.parts.append(f"![Output of the cell above]({name})")


def page_of(notebook: str, stem: str) -> NotebookPage:
    """The page of a notebook's JSON; pictures get names that begin with ``stem``."""
    page = NotebookPage(stem)
    for cell in json.loads(notebook)["cells"]:
        page.add_cell(cell)
    return page


def joined(lines: object) -> str:
    """The text of a field, which is one string or a list of lines."""
    return "".join(map(str, lines)) if isinstance(lines, Sequence) and not isinstance(lines, str) else str(lines)


def fenced(language: str, text: str) -> str:
    """The text in a fence that is longer than any inside it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def without_empty_lines(html: str) -> str:
    """HTML that Markdown does not take apart: an empty line would end it."""
    return "\n".join(line for line in html.splitlines() if line.strip())
