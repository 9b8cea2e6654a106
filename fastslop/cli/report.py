"""The command that writes the report."""

from __future__ import annotations

from pathlib import Path

import click

from fastslop.cli import options
from fastslop.cli.printing import say_notes
from fastslop.cli.progress import progress_shown


@click.command()
@options.profiles
@options.out("FILE", "Ends in .html.")
@options.baseline
@options.method
@options.dates
@options.families
@click.option("--title", help="Title of the page.")
@options.within_memory
@options.force
def report(
    profiles: tuple[str, ...],
    out: Path,
    baseline: str,
    method: str,
    dates: Path | None,
    families: Path | None,
    title: str | None,
    force: bool,
) -> None:
    """Write one page with the tree, the distances, every model's slop profile and any pair: it needs no network."""
    from fastslop.pipeline.report import write_report
    from fastslop.profiles.profile_set import open_profiles

    with progress_shown() as progress:
        notes = write_report(
            open_profiles(*profiles),
            out,
            baseline=baseline,
            method=method,
            title=title,
            dates=dates,
            families=families,
            force=force,
            progress=progress,
        )
    say_notes(notes)
    click.echo(str(out))
