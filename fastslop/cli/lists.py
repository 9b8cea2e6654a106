"""The command that writes what models overuse as lists for other programs."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from fastslop.base.defaults import LIST_ENTRIES
from fastslop.cli import options as options_of
from fastslop.cli.printing import compile_notice, say
from fastslop.cli.progress import progress_shown


@click.command()
@options_of.profiles
@options_of.out("DIR", "Folder for the lists.")
@options_of.baseline
@click.option(
    "--texts",
    metavar="INPUT",
    multiple=True,
    help="The texts that were counted (repeatable): adds phrases as they stand in them. Read twice.",
)
@options_of.top(LIST_ENTRIES, "Entries of each kind of a list.")
@options_of.kept_out
@options_of.reading
def lists(
    profiles: tuple[str, ...], out: Path, baseline: str, texts: tuple[str, ...], top: int, force: bool, **options: Any
) -> None:
    """Write what models overuse as lists for other programs: one of each model, and one of all together."""
    from fastslop.lists.build import slop_lists
    from fastslop.profiles.profile_set import open_profiles
    from fastslop.system.atomic import refuse_to_overwrite

    refuse_to_overwrite(out / "models", force=force)
    with compile_notice() if texts else nullcontext(), progress_shown() as progress:
        built = slop_lists(
            open_profiles(*profiles), baseline=baseline, texts=texts or None, top=top, progress=progress, **options
        )
    for note in built.notes:
        say(f"note: {note}")
    for note in built.read_notes:
        say(note)
    built.write(out, force=force)
    click.echo(str(out))
