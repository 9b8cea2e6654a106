"""The command that says what would be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fastslop.cli import options as options_of
from fastslop.cli.printing import print_json, say_notes
from fastslop.cli.progress import progress_shown

if TYPE_CHECKING:
    from fastslop.reading.look import LookedAt


@click.command()
@options_of.inputs
@options_of.querying
@options_of.as_json
def look(inputs: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Say what would be read of INPUT, and why: fields, one generation, what would be skipped, the language."""
    from fastslop.reading.look import alike
    from fastslop.reading.look import look as look_at

    with progress_shown() as progress:
        found = look_at(inputs, progress=progress, **options)
    if as_json:
        print_json(found.to_dict())
    else:
        for file, n_files in alike(found.files):
            print_looked_at(file, n_files)
    say_notes(found.notes)
    if found.problem is not None:
        raise found.problem


def print_looked_at(file: LookedAt, n_files: int) -> None:
    """What would be read of a file, and how many are read alike."""
    from fastslop.reading.look import summary

    click.echo(f"{file.name}{f' and {n_files - 1:,} more like it' if n_files > 1 else ''}: {summary(file)}")
    lines = {
        "read": file.taken,
        "fields": ", ".join(file.fields),
        "model": file.model,
        "prompt": file.prompt,
        "text": file.text,
        "language": file.language or "not told",
    }
    for name, value in lines.items():
        if value:
            click.echo(f"  {name:<8}  {value}")
    for note in file.notes:
        click.echo(f"  {note}")
    if file.error is not None:
        click.echo(f"  cannot be read: {file.error}")
