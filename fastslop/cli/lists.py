"""The command that writes what models overuse as lists for other programs."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from fastslop.base.defaults import LIST_ENTRIES
from fastslop.cli import options as options_of
from fastslop.cli.printing import compile_notice, print_json, say
from fastslop.cli.progress import progress_shown


@click.command()
@options_of.profiles
@options_of.out("DIR", "Folder for the lists.")
@options_of.baseline
@options_of.texts("adds phrases as they stand in them")
@options_of.top(LIST_ENTRIES, "Words, n-grams and phrases of a list, of each so many.")
@click.option(
    "--max",
    "most",
    type=click.IntRange(1),
    metavar="N",
    help="Most entries of each file of bans, for programs with little room (koboldcpp 1.102: 768).",
)
@options_of.listed
@options_of.genres
@options_of.reading
@options_of.as_json
def lists(
    profiles: tuple[str, ...],
    out: Path,
    baseline: str,
    texts: tuple[str, ...],
    top: int,
    most: int | None,
    force: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Write what models overuse as lists for other programs: one of each model, of all together, and of each genre."""
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
    built.write(out, most=most, force=force)
    if as_json:
        print_json(built.to_dict() | {"out": str(out)})
    else:
        click.echo(str(out))
