"""The standard panels: prompts of our own writing, numbered and never changed, so that results can be compared."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

from fastslop.base.errors import NotThereError
from fastslop.reading.prompt_files import READ, Prompt, read_prompts

FOLDER = Path(__file__).parent / "panels"
"""A file for each panel. One that was released is not changed: another set of prompts gets the next number."""


def panels() -> list[str]:
    """The names of the standard panels."""
    return sorted(path.stem for path in FOLDER.glob("*.jsonl"))


def find_prompts(place: str | PathLike[str]) -> list[Prompt]:
    """
    The prompts of a standard panel, where ``place`` names one and no file, or those of a file.

    Raises
    ------
    BadInputError
        If there is neither, or the file cannot be used.
    """
    name = fspath(place)
    if name in panels() and not Path(name).exists():
        return read_prompts(FOLDER / f"{name}.jsonl")
    if not Path(name).exists():
        raise NotThereError(f"there is no file {name}, and no panel of that name ({', '.join(panels())}); {READ}")
    return read_prompts(Path(name))
